"""``hub wechat``: accounts and templates that rest, and bringing them back once the cause is mended."""

from __future__ import annotations

import click

from hub.app import Hub
from hub.cli.console import print_json, print_table
from hub.cli.opening import in_loop, opened_hub, operator
from hub.rules.context import Context
from hub.rules.finding import nearest
from hub.words.errors import SetupError

COLUMNS = ("account", "template", "until", "reason")


@click.group()
def wechat() -> None:
    """WeChat: what rests there and why, and bringing it back."""


@wechat.command()
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def pauses(as_json: bool) -> None:
    """List the accounts ('*') and templates that are not used for a while, until when, and why.

    Exit code 1 when there is any.
    """
    async with opened_hub() as hub:
        await hub.push.pauses.load()
        found = sorted(hub.push.paused(), key=lambda pause: (pause.account, pause.template or ""))
    rows = [(pause.account, pause.template or "*", pause.until, pause.reason) for pause in found]
    if as_json:
        print_json([dict(zip(COLUMNS, row, strict=True)) for row in rows])
    else:
        print_table("pauses", COLUMNS, rows)
    if rows:
        raise click.exceptions.Exit(1)


@wechat.command()
@click.argument("account")
@click.option("--template", metavar="ID", help="Only this template; else the account itself and all of its templates.")
@click.option("--why", default="", help="A reason for the audit log.")
@in_loop
async def resume(account: str, template: str | None, why: str) -> None:
    """End the pauses of ACCOUNT (its name in config.yaml) and try at once what waits for them. First mend the cause.

    Running nodes know within a second. What WeChat refuses again is paused again.
    """
    async with opened_hub() as hub:
        appid = _appid(hub, account)
        await _note(hub, account, why)
        ended, waiting = await hub.push.resume(appid, template)
    click.echo(
        f"{account}: {ended} pauses ended, {waiting} messages are tried at once" if ended else f"{account} rests not"
    )


def _appid(hub: Hub, name: str) -> str:
    known = {each.name: each.appid for each in hub.settings.wechat.accounts}
    if name not in known:
        raise SetupError(f"wechat account '{name}' is not in config.yaml.{nearest(name, known)}")
    return known[name]


async def _note(hub: Hub, account: str, why: str) -> None:
    async def write(ctx: Context) -> None:
        ctx.audit("wechat.resume", account, why=why)

    if city := hub.places.tree.children(None):
        await hub.units.run(write, plugin="hub", place=city[0], actor=operator())
