"""``hub demo``: everything on one machine, with invented people and a stand-in for WeChat."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import click
import msgspec
from click.core import ParameterSource
from rich.panel import Panel
from rich.table import Table

from hub.cli.console import REFUSED, STOPPED, errors, out
from hub.cli.opening import read_settings
from hub.cli.serve import run_until_told
from hub.demo import CONFIG, page, people, story
from hub.demo.client import Refusal
from hub.demo.desk import Desk
from hub.demo.stage import Stage, open_stage
from hub.demo.watch import CHANNEL_WORDS, Expected, Unmet
from hub.settings import HubSettings
from hub.web.logs import configure

# Whom to sign in as first; everybody else of the sample data has an account, too.
SHOWN = ("zhoumin", "hejun", "tangli", "luoyong", "shilei", "xiejuan", "linfeng", "sysadmin", "anju_ops")


@click.command()
@click.option(
    "--story", "play", is_flag=True, help="Play the main job without a browser, print every step and push, then end."
)
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Keep the demo's data here.  [default: data/demo]"
)
@click.option("--host", help="Listen on this address instead of server.host.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Listen on this port instead of server.port; 0 takes a free one."
)
@click.pass_obj
def demo(config: Path, play: bool, data: Path | None, host: str | None, port: int | None) -> None:
    """Start the demo: database, a stand-in for WeChat, and the hub with sample data. Ctrl-C ends it.

    Prints addresses and this start's password. Nothing of it reaches WeChat, and nobody in it exists. Without a config.yaml
    it plays on one of its own. With --story it plays a
    declaration's way from a resident's phone to the money on the card, and exits with 1 when a push is missing, wrong or late.
    """
    configure("warning", pretty=True)
    settings = _settings(config)
    # The story's browser is itself: a port of its own lets it run beside anything.
    wanted = {"port": 0 if play else port, "host": host} if port is None else {"port": port, "host": host}
    server = msgspec.structs.replace(
        settings.server, **{key: value for key, value in wanted.items() if value is not None}
    )
    settings = msgspec.structs.replace(settings, server=server, data_dir=data or settings.data_dir / "demo")
    if play:
        if run_until_told(_play(settings), settings.server.stop_within):
            raise click.exceptions.Exit(STOPPED)
    else:
        run_until_told(_serve(settings), settings.server.stop_within)


def _settings(config: Path) -> HubSettings:
    """Those of config.yaml; where nobody has made or named one, the demo's own."""
    named = click.get_current_context().find_root().get_parameter_source("config") is not ParameterSource.DEFAULT
    return read_settings(config) if named or config.exists() else read_settings(CONFIG, folder=Path())


async def _serve(settings: HubSettings) -> None:
    started = time.monotonic()
    desk = Desk(settings.templates)
    async with AsyncExitStack() as exits:
        with errors().status("启动演示 starting…") as status:
            stage = await exits.enter_async_context(
                open_stage(settings, says=status.update, handlers=partial(page.handlers, desk))
            )
        await exits.enter_async_context(desk.following(stage))
        _show(stage, time.monotonic() - started)
        await asyncio.get_running_loop().create_future()


def _show(stage: Stage, seconds: float) -> None:
    cast = {person.key: person for person in people.staff()}
    accounts = Table.grid(padding=(0, 2))
    for key in SHOWN:
        accounts.add_row(
            key, cast[key].post, cast[key].positions[0]["region"], cast[key].positions[0].get("bureau", "")
        )
    lines = Table.grid(padding=(0, 2))
    lines.add_row("演示页 demo", f"[bold]{stage.url}/demo[/]")
    lines.add_row("接口 API", f"{stage.url}/docs")
    lines.add_row("微信替身 WeChat", stage.wechat_url)
    lines.add_row(
        "密码 password",
        f"[bold]{stage.password}[/]  （所有演示账号，每次启动更换 for all accounts, until the next start）",
    )
    lines.add_row("账号 accounts", accounts)
    lines.add_row("", f"… 共 {len(cast)} 个，见 hub/demo/data/people.yaml")
    console = out()
    console.print(Panel(lines, title=f"hub demo · {seconds:.1f} s", title_align="left", expand=False))
    console.print("Ctrl-C 结束 to end")


async def _play(settings: HubSettings) -> None:
    started = time.monotonic()
    async with open_stage(settings, says=lambda text: None) as stage:
        console = out()
        console.print(f"hub demo --story · {stage.url}", highlight=False)
        try:
            pushes = await story.play(stage, _Printer(started))
        except Unmet as unmet:
            _fail(unmet.problems)
        except Refusal as refusal:
            _fail([f"接口拒绝：{refusal}"])
        else:
            console.print(
                f"[bold green]✔ {len(story.STEPS)} 步，{pushes} 条推送全部按时送达[/] · {time.monotonic() - started:.1f} s"
            )


def _fail(problems: tuple[str, ...] | list[str]) -> None:
    for problem in problems:
        errors().print(f"✘ {problem}", style="bold red", markup=False)
    errors().print("上一次演示若被中断，留下的业务会影响这一次：用 --data 换一个目录再演一遍。", style="dim")
    raise click.exceptions.Exit(REFUSED)


class _Printer:
    """Tells the story on the terminal."""

    def __init__(self, started: float) -> None:
        self._started = started
        self._console = out()

    def step(self, number: int, title: str) -> None:
        self._console.print(
            f"[dim]{time.monotonic() - self._started:5.1f} s[/]  [bold]{number:2}. {title}[/]", highlight=False
        )

    def say(self, text: str) -> None:
        self._console.print(f"             {text}", style="dim", highlight=False, markup=False)

    def push(self, expected: Expected, person: str) -> None:
        words = f"{expected.code} {CHANNEL_WORDS[expected.channel]} → {person}：{'，'.join(expected.says)}"
        self._console.print(f"           ▸ {words}", style="cyan", highlight=False, markup=False)

    async def pause(self) -> None:
        """The terminal takes it as it comes."""
