"""``hub serve --reload``, for development: a process that serves, replaced whenever a file of the hub or of a plugin changes.

This one serves nothing itself. It opens the listening socket, so that a browser waits during a restart instead of being refused,
and has a share in the embedded database, so that this runs on from one start to the next and is stopped at the end.

Not by ``tornado.autoreload``, which puts the new process in the place of the one that serves in the midst of its work (``execv``):
leases would stay taken for their time, and a push would come half a minute after the change that was to be looked at. It
knows the files of what was imported, so neither a template that is new nor the file that could not be loaded.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.metadata
import importlib.util
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click

import hub
from hub.app import embedded_server
from hub.cli.console import errors, say_problems
from hub.cli.workers import GRACE, Worker, bound
from hub.rules.finding import ENTRY_POINTS
from hub.rules.sources import short
from hub.settings import HubSettings
from hub.starting import told_in_words
from hub.words.endings import cancel_and_wait
from hub.words.errors import SetupError

# So often it is looked whether a file has changed; whoever saves several is given as long.
EVERY = 0.5
# Everything in these folders is read by the hub, besides Python.
READ = frozenset({"templates", "static"})

Stamps = Mapping[str, int]


class Reloader:
    """``read`` gives the settings as they are by now, or raises ``SetupError``; ``command`` starts what serves."""

    def __init__(self, config: Path, read: Callable[[], HubSettings], command: Sequence[str]) -> None:
        self._config = config
        self._read = read
        self._command = command
        self._settings = HubSettings()
        self._place: Worker | None = None
        self._told = asyncio.Event()

    async def run(self) -> None:
        """Until told to stop. Raises ``SetupError`` in production alone: what else is wrong is said, and may be mended."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._tell_to_stop)
        async with AsyncExitStack() as stack:
            while not self._told.is_set():
                before = self._stamps()
                place = await self._prepared(stack)
                if self._settings.production:
                    raise SetupError("--reload is for development: in production leave it out")
                if place is None:
                    await self._wait_for_a_change(before)
                else:
                    await self._serve(place)

    def _tell_to_stop(self) -> None:
        """In good order; at the second signal at once."""
        if self._told.is_set() and self._place is not None:
            self._place.tell(signal.SIGKILL)
        self._told.set()

    async def _prepared(self, stack: AsyncExitStack) -> Worker | None:
        """Where the process has its place, with its socket open and the embedded database, if there is one, up; None where something is
        wrong, which is said."""
        try:
            self._settings = self._read()
            if self._place is None and not self._settings.production:
                self._place = await _opened(self._settings, stack)
        except SetupError as problem:
            say_problems(problem.problems)
            return None
        return self._place

    async def _serve(self, place: Worker) -> None:
        """One process, until a file has changed. One that ends by itself has said why."""
        before = self._stamps()
        running = asyncio.create_task(place.run(self._command))
        saying = asyncio.create_task(_say_where(place))
        await self._change(before, unless=place.ended)
        if place.ended.is_set() and not self._told.is_set():
            await self._wait_for_a_change(before)
        place.tell(signal.SIGTERM)
        _, late = await asyncio.wait((running,), timeout=(self._settings.server.stop_within + GRACE).total_seconds())
        if late:
            place.tell(signal.SIGKILL)
        await cancel_and_wait((saying,))
        await running

    # --- files

    async def _wait_for_a_change(self, before: Stamps) -> None:
        errors().print("It is started again as soon as a file changes.", style="dim")
        await self._change(before, unless=self._told)

    async def _change(self, before: Stamps, *, unless: asyncio.Event) -> None:
        """Until files have changed and all are at rest; or this has come, or we are told to stop."""
        while (now := self._stamps()) == before:
            await asyncio.sleep(EVERY)
            if unless.is_set() or self._told.is_set():
                return
        changed = min(file for file, _ in set(before.items()) ^ set(now.items()))
        errors().print(f"{short(changed)} has changed.", style="dim", markup=False, highlight=False)
        while (later := self._stamps()) != now:
            now = later
            await asyncio.sleep(EVERY)

    def _stamps(self) -> Stamps:
        """When each file was written last that a start reads."""
        found = {}
        with contextlib.suppress(FileNotFoundError):
            found[str(self._config)] = self._config.stat().st_mtime_ns
        for folder in _packages(self._settings):
            found.update(_stamps_in(folder))
        found.update(_stamps_in(self._settings.templates, whole=True))
        return found


async def _opened(settings: HubSettings, stack: AsyncExitStack) -> Worker:
    with told_in_words():
        if settings.store.uri is None:
            await stack.enter_async_context(await embedded_server(settings))
    sockets = bound(settings.server.port, settings.server.host)
    for each in sockets:
        stack.callback(each.close)
    return Worker(settings.server.name, sockets, url="")


async def _say_where(worker: Worker) -> None:
    await worker.ready.wait()
    click.echo(worker.said, nl=False)


def _packages(settings: HubSettings) -> Iterator[Path]:
    """Where the code of the hub and of the plugins lies."""
    yield Path(hub.__file__).parent
    yield from _folders_of("plugins")
    yield settings.plugins_dir
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        if point.name in settings.loaded:
            yield from _folders_of(point.module.partition(".")[0])


def _folders_of(package: str) -> list[Path]:
    """Where a package lies; it is not imported."""
    spec = importlib.util.find_spec(package)
    return [Path(folder) for folder in (spec.submodule_search_locations if spec else None) or ()]


def _stamps_in(folder: str | Path, *, whole: bool = False) -> Iterator[tuple[str, int]]:
    """Of Python's files below a folder, and of all in those that the hub reads as a ``whole``. What goes meanwhile is left out."""
    with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and not entry.name.startswith((".", "__")):
                yield from _stamps_in(entry.path, whole=whole or entry.name in READ)
            elif entry.is_file() and (whole or entry.name.endswith(".py")):
                yield entry.path, entry.stat().st_mtime_ns
