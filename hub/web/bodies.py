"""Bodies of requests: what is taken of one, and how fast it has to come.

Everything that can be refused is refused before the body is kept; the body is read to its end all the same, within bounds, because
a sender who is cut off while writing never sees the answer. Whoever sends a byte now and then would hold a slot, or a connection,
for as long as they like.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from datetime import timedelta

from hub.web.base import BaseHandler
from hub.words.errors import Refused, TooLarge, TooSlow

LOOK_EVERY = timedelta(seconds=1)


class Pace:
    """Calls ``too_slow``, once, when less than ``least`` bytes per second have come after the ``grace``."""

    def __init__(self, least: int, grace: timedelta, too_slow: Callable[[], None]) -> None:
        self._least = least
        self._grace = grace.total_seconds()
        self._too_slow = too_slow
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._timer = self._loop.call_later(self._grace, self._look)
        self.received = 0

    def stop(self) -> None:
        """The body is there, or nobody waits for it any more."""
        self._timer.cancel()

    def _look(self) -> None:
        passed = self._loop.time() - self._began
        if self.received < self._least * passed:
            self._too_slow()
        else:
            self._timer = self._loop.call_later(LOOK_EVERY.total_seconds(), self._look)


class BodyHandler(BaseHandler):
    """Base of the handlers that read a body. They look at the head in :meth:`admit`, and end with :meth:`admit_body`."""

    def initialize(self) -> None:
        self._refused: Refused | None = None
        self.body = bytearray()
        self._limit = 0
        self._slot: Hashable = None
        self._pace: Pace | None = None

    async def prepare(self) -> None:
        try:
            await self.admit()
        except Refused as refused:
            if not self._can_drain():
                self._give_up_reading()
                raise
            self._refused = refused

    async def admit(self) -> None:
        """Refuse by the head alone whatever can be."""
        raise NotImplementedError

    def admit_body(self, limit: int, uploader: Hashable = None) -> None:
        """Take at most ``limit`` bytes; an ``uploader`` takes one of the few places for large ones."""
        self._limit = limit
        if self._announced() > limit:
            raise TooLarge
        if uploader is not None:
            self.parts.uploads.take(uploader)
            self._slot = uploader
        if self._announced() or "Transfer-Encoding" in self.request.headers:
            settings = self.parts.settings
            self._pace = Pace(settings.least_throughput, settings.throughput_grace, self._too_slow)

    def body_ended(self) -> None:
        """It is there: raises what was to be refused meanwhile."""
        self._stop_pace()
        self.check_admitted()

    def check_admitted(self) -> None:
        if self._refused is not None:
            raise self._refused

    def _can_drain(self) -> bool:
        """Whether to read on and answer afterwards: not when the sender waits for a go-ahead, nor without end."""
        return "Expect" not in self.request.headers and self._announced() <= self.parts.settings.drain_limit

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._received += len(chunk)
        if self._pace is not None:
            self._pace.received = self._received
        if self._received > self.parts.settings.drain_limit:
            self._end_reading(TooLarge())
        elif self._refused is None and self._received > self._limit:
            self._refused = TooLarge()
            self.body.clear()
        elif self._refused is None:
            self.body += chunk
        return None

    def _too_slow(self) -> None:
        self._end_reading(TooSlow())

    def _end_reading(self, refused: Refused) -> None:
        if not self._finished:
            self._give_up_reading()
            self._send_refusal(refused)

    def on_finish(self) -> None:
        self._stop_pace()
        self._upload_ended()

    def on_connection_close(self) -> None:
        self._stop_pace()
        self._upload_ended()
        super().on_connection_close()

    def _stop_pace(self) -> None:
        if self._pace is not None:
            self._pace.stop()

    def _upload_ended(self) -> None:
        if self._slot is not None:
            self.parts.uploads.give_back(self._slot)
            self._slot = None
