"""``hub serve``: run until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import msgspec
import structlog

from hub.app import Hub
from hub.cli.opening import leave_out, read_settings, without_option
from hub.cli.reloading import Reloader
from hub.cli.workers import Supervisor, inherited, share_of, stop_with_the_supervisor, workers_of
from hub.settings import HubSettings
from hub.web.logs import configure
from hub.words.clock import Clock, SystemClock
from hub.words.errors import SetupError

log = structlog.get_logger("hub")


@click.command()
@click.option("--host", help="Listen on this address instead of server.host.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Listen on this port instead of server.port; 0 takes a free one."
)
@click.option("--name", help="This node's name in leases and logs, instead of server.name.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", show_default=True
)
@click.option("--pretty", is_flag=True, help="Log lines for people instead of JSON.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="So many processes behind the one port, instead of server.workers; more than one need redis.",
)
@without_option
@click.option(
    "--reload",
    is_flag=True,
    help="For development: start anew when a file of the hub, a plugin or config.yaml changes.",
)
@click.option("--listen-on", hidden=True, help="For workers: the supervisor's sockets.")
@click.option(
    "--clock-offset",
    type=click.FloatRange(-(10**9), 10**9),
    default=0.0,
    help="Seconds ahead of the machine's clock, for mode: test.",
)
@click.pass_obj
def serve(
    config: Path,
    host: str | None,
    port: int | None,
    name: str | None,
    log_level: str,
    pretty: bool,
    workers: int | None,
    without: tuple[str, ...],
    reload: bool,
    listen_on: str | None,
    clock_offset: float,
) -> None:
    """Run the hub: API, live sessions, dispatcher, deliveries and jobs.

    Prints one line of JSON with its address when it listens. SIGTERM and Ctrl-C stop it in good order: live sessions are told
    to move, requests at work are answered, leases are given back. After ``server.stop_within``, or at a second signal, it ends at once;
    nothing committed is lost.

    With several workers this process supervises them: one that dies is started again, and SIGHUP replaces them one after the
    other, so that a new version or config.yaml comes in without a refused connection.

    With --reload a start that fails says why and waits for the next change, as somebody wants it who writes a plugin.
    """
    configure(log_level, pretty=pretty)  # type: ignore[arg-type]
    if reload and workers not in (None, 1):
        raise SetupError("--reload: one process serves; leave out --workers")
    given = {"host": host, "port": port, "name": name, "workers": 1 if reload else workers}
    wanted = {key: value for key, value in given.items() if value is not None}

    def read() -> HubSettings:
        settings = leave_out(read_settings(config), without)
        return msgspec.structs.replace(settings, server=msgspec.structs.replace(settings.server, **wanted))

    options = {"log-level": log_level, "clock-offset": clock_offset, **wanted}
    if reload:
        asyncio.run(Reloader(config, read, _command(config, options, without, pretty)).run())
        return
    settings = read()
    if clock_offset and settings.production:
        raise SetupError("--clock-offset: production runs on the machine's own time; leave it out")
    clock = SystemClock(timedelta(seconds=clock_offset), played=settings.mode == "test")
    if listen_on is not None:
        run_until_told(_serve(share_of(settings), clock, inherited(listen_on)), settings.server.stop_within)
        return
    _say_mode(settings)
    if settings.server.workers == 1:
        run_until_told(_serve(settings, clock), settings.server.stop_within)
        return
    # As many as there are now, whatever config.yaml says when one is replaced.
    options["workers"] = settings.server.workers
    command = _command(config, options, without, pretty)
    click.get_current_context().exit(asyncio.run(_supervise(settings, command)))


def _command(config: Path, options: Mapping[str, object], without: Sequence[str], pretty: bool) -> list[str]:
    """What starts another process like this one."""
    words = [sys.executable, "-m", "hub", "--config", str(config), "serve"]
    words += [f"--{name}={value}" for name, value in options.items()]
    words += [f"--without={name}" for name in without]
    return [*words, "--pretty"] if pretty else words


def _say_mode(settings: HubSettings) -> None:
    """Whoever serves real people from a trial configuration should have been told."""
    if not settings.production:
        log.warning(
            "this hub is for trying out, not for real people: mode is not production",
            mode=settings.mode,
            wechat_accounts=len(settings.wechat.accounts),
            database="embedded" if settings.store.uri is None else "its own",
        )


async def _supervise(settings: HubSettings, command: Sequence[str]) -> int:
    workers, url = workers_of(settings)
    return await Supervisor(command, workers, url, settings.server.stop_within).run()


async def _serve(settings: HubSettings, clock: Clock, sockets: Sequence[socket.socket] = ()) -> None:
    if sockets:
        stop_with_the_supervisor()
    async with Hub.open(settings, clock=clock) as hub, hub.serving(sockets):
        click.echo(msgspec.json.encode({"url": hub.url, "node": hub.node}))
        await asyncio.get_running_loop().create_future()


def run_until_told(work: Coroutine[Any, Any, None], stop_within: timedelta) -> bool:
    """Run on uvloop where it is installed, until the work ends or SIGTERM or Ctrl-C stops it in good order.

    Returns whether it was stopped. ``stop_within`` counts from the first signal: what has not stopped then, whatever hangs, ends
    with the process, and so does everything at a second signal. Leases bring back what it held.
    """
    with asyncio.Runner(loop_factory=_fast_loop()) as runner:
        return runner.run(_until_told(work, stop_within))


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it is installed. Commands that end soon do without: it takes longer to import than they run."""
    if importlib.util.find_spec("uvloop") is None:
        return None
    loop: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    return loop


async def _until_told(work: Coroutine[Any, Any, None], stop_within: timedelta) -> bool:
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, task, stop_within)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    return task.cancelled()


def _stop(task: asyncio.Future[None], within: timedelta) -> None:
    """Cancelled, the work leaves its blocks from the inside out."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # From now on the kernel ends the process, even if the loop hangs.
        asyncio.get_running_loop().remove_signal_handler(number)
        signal.signal(number, signal.SIG_DFL)
    # A thread, because the loop may be what hangs.
    deadline = threading.Timer(within.total_seconds(), _give_up, (within,))
    deadline.daemon = True
    deadline.start()
    task.cancel()


def _give_up(within: timedelta) -> None:
    log.error("the hub did not stop in good order, it ends now", within=str(within))
    for child in multiprocessing.active_children():
        child.kill()
    os._exit(1)
