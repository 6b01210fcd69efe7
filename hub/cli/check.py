"""``hub check``: every problem of configuration, templates and plugins at once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from hub.app import differences, notes, problems
from hub.cli.console import WRONG_SETUP, errors, say_problems
from hub.cli.opening import has_database, leave_out, read_settings, without_option
from hub.settings import HubSettings
from hub.web.logs import configure


@click.command()
@click.option("--offline", is_flag=True, help="Do not look into the database.")
@without_option
@click.pass_obj
def check(config: Path, offline: bool, without: tuple[str, ...]) -> None:
    """Check config.yaml, plugins, routes and message templates without serving, and print every problem with its fix.

    Says so as well when config.yaml and the switches in the database differ (there the database decides, so that is no
    problem), what the next start would migrate, and where a plugin writes an old name of hub.api or an icon that is
    not there, or keeps documents that nobody passes on. Nothing is written. Exit code 2 when anything must be mended.
    """
    settings = leave_out(read_settings(config), without)
    if found := problems(settings):
        say_problems(found)
        raise click.exceptions.Exit(WRONG_SETUP)
    found = notes(settings)
    if not offline and has_database(settings):
        found += asyncio.run(_differences(settings))
    for difference in found:
        errors().print(f"note: {difference}", markup=False)
    click.echo(f"{config} is well: {_plugins(settings)}, {len(settings.counties)} counties, {_accounts(settings)}")


def _plugins(settings: HubSettings) -> str:
    left_out = f" (without {', '.join(settings.without)})" if settings.without else ""
    return f"{len(settings.loaded)} plugins{left_out}"


def _accounts(settings: HubSettings) -> str:
    count = len(settings.wechat.accounts)
    return f"{count} WeChat accounts" if count else "no WeChat account (messages go to the inbox alone)"


async def _differences(settings: HubSettings) -> list[str]:
    configure("error", pretty=True)
    return await differences(settings)
