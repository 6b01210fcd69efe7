"""``hub maintenance``: what the proxy shows while the hub is stopped."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import cast

import click

from hub.cli.console import write_text
from hub.cli.opening import read_settings
from hub.web.pages.maintenance import maintenance_page
from hub.words.actors import APPS, App
from hub.words.clock import SHANGHAI


@click.command()
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d %H:%M"]),
    help="When it is expected to end, of Shanghai: '2026-12-01 08:00'.",
)
@click.option(
    "--words", metavar="TEXT", multiple=True, help="What else to say, in Chinese; repeatable, a paragraph each."
)
@click.option("--phone", default="", help="Whom to phone meanwhile.")
@click.option("--app", type=click.Choice(APPS), default="ykt", show_default=True, help="Whose colour and name it has.")
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of standard output."
)
@click.pass_obj
def maintenance(
    config: Path, until: datetime | None, words: tuple[str, ...], phone: str, app: str, output: Path | None
) -> None:
    """Make the page that the proxy shows while the hub is stopped.

    One file with all that it needs; docs/operations.md has the proxy's lines. Needs no database.
    """
    ends = until.replace(tzinfo=SHANGHAI) if until else None
    made = maintenance_page(read_settings(config).templates, app=cast(App, app), until=ends, words=words, phone=phone)
    if output is None:
        click.echo(made)
        return
    write_text(output, made)
    click.echo(f"written to {output}", err=True)
