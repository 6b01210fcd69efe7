"""Names the plugin and the line that keep the event loop from turning: meanwhile nobody is answered."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

import msgspec
import structlog
from prometheus_client import CollectorRegistry, Counter

log = structlog.get_logger("hub")

BEAT = 0.05
LIMIT = 0.2
# Whatever stands so long may stand for ever, and is told while it does.
STUCK = 5.0
# Whose line it was: of no plugin; of nobody who could be seen, as when the whole process stood still.
HUB, UNSEEN = "hub", "unseen"
# Plugin, its line, the innermost line.
Sight = tuple[str, str, str]
NOTHING: Sight = (UNSEEN, "", "")


class Blocked(msgspec.Struct, frozen=True):
    """The loop stood still for ``seconds``: in ``where``, the plugin's innermost line; ``inside`` is the innermost of all. ``still``: it
    does so yet."""

    plugin: str
    where: str
    inside: str
    seconds: float
    still: bool = False


class Watchdog:
    """A beat on the loop, and a thread that looks where the loop is when the beat stays away.

    ``owner`` tells the plugin to which a file belongs. What is told are files and lines, never what stands in variables. ``tell`` hears of
    it once the loop turns again; and before, in the thread, where it does not for long.
    """

    def __init__(
        self,
        owner: Callable[[str], str | None],
        tell: Callable[[Blocked], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._owner = owner
        self._tell = tell
        self._now = now
        self._stop = threading.Event()
        self._beaten = 0.0
        self._loop_thread = 0
        self._handle: asyncio.TimerHandle | None = None
        # What was seen, and since which beat the loop had stood still then.
        self._seen: tuple[float, Sight] = (0.0, NOTHING)

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch the loop of the caller until the block ends."""
        self._beaten, self._loop_thread = self._now(), threading.get_ident()
        self._stop.clear()
        self._beat()
        threading.Thread(target=self._look, name="watchdog", daemon=True).start()
        try:
            yield
        finally:
            self._stop.set()
            if self._handle is not None:
                self._handle.cancel()

    def _beat(self) -> None:
        """On the loop: it turns. What it stood still for is told now, when there is somebody to tell."""
        now = self._now()
        late, (since, seen) = now - self._beaten - BEAT, self._seen
        if late > LIMIT:
            self._tell(Blocked(*(seen if since == self._beaten else NOTHING), seconds=round(late, 3)))
        self._beaten = now
        self._handle = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _look(self) -> None:
        """In the thread. Whoever comes late himself has seen nothing: the process was stopped, or a library kept the interpreter."""
        told = 0.0
        while True:
            expected = self._now() + BEAT
            if self._stop.wait(BEAT):
                return
            now, beaten = self._now(), self._beaten
            if now - expected < LIMIT / 2 and now - beaten > LIMIT + BEAT and self._seen[0] != beaten:
                self._seen = (beaten, self._sight())
            if now - beaten > STUCK and beaten == self._seen[0] != told:
                told = beaten
                self._tell(Blocked(*self._sight(), seconds=round(now - beaten, 3), still=True))

    def _sight(self) -> Sight:
        """Where the loop's thread is. Frames hold variables: they do not leave this function."""
        frame: FrameType | None = sys._current_frames().get(self._loop_thread)  # noqa: SLF001
        inside = _line(frame) if frame else ""
        while frame is not None:
            if plugin := self._owner(frame.f_code.co_filename):
                return plugin, _line(frame), inside
            frame = frame.f_back
        return HUB, inside, inside


def _line(frame: FrameType) -> str:
    return f"{'/'.join(frame.f_code.co_filename.split('/')[-3:])}:{frame.f_lineno}"


def teller(registry: CollectorRegistry) -> Callable[[Blocked], None]:
    """Into the log and the metrics."""
    seconds = Counter(
        "hub_loop_blocked_seconds_total",
        "How long the event loop stood still, by plugin.",
        ["plugin"],
        registry=registry,
    )

    def tell(blocked: Blocked) -> None:
        if blocked.still:
            log.error(
                "the event loop has stood still for long: end this process if it goes on",
                plugin=blocked.plugin,
                where=blocked.where,
                inside=blocked.inside,
                seconds=blocked.seconds,
            )
            return
        seconds.labels(blocked.plugin).inc(blocked.seconds)
        log.warning(
            "the event loop was blocked",
            plugin=blocked.plugin,
            where=blocked.where,
            inside=blocked.inside,
            seconds=blocked.seconds,
        )

    return tell
