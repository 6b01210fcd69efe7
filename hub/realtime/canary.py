"""A message that goes the whole way every few seconds: MongoDB, bus, stream, socket. When it stops, the node is not ready."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress

from tornado.iostream import IOStream

from hub.realtime.bus import Bus, BusMessage
from hub.realtime.fastpath import FastWire, broadcast, text_frame
from hub.realtime.metrics import LiveMetrics
from hub.realtime.settings import LiveSettings
from hub.store.canaries import Canaries
from hub.words.clock import Clock


class Canary:
    """Sings on one end of a pair of sockets and listens at the other."""

    def __init__(
        self,
        settings: LiveSettings,
        *,
        node: str,
        canaries: Canaries,
        bus: Bus,
        clock: Clock,
        metrics: LiveMetrics,
        now: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._node = node
        self._canaries = canaries
        self._bus = bus
        self._clock = clock
        self._metrics = metrics
        self._now = now
        self._sung: tuple[int, float] = (0, now())
        self._heard_at = now()
        self._stream: IOStream | None = None
        self._wire: FastWire | None = None
        self._ear: socket.socket | None = None

    def start(self) -> None:
        """Open the pair of sockets; the first song is due."""
        self._metrics.canary_silent.set_function(lambda: self._now() - self._heard_at)
        mouth, self._ear = socket.socketpair()
        self._ear.setblocking(False)
        self._stream = IOStream(mouth)
        self._wire = FastWire(self._stream, self._settings.max_queued, full=lambda: None)
        asyncio.get_running_loop().add_reader(self._ear, self._listen)

    async def stop(self) -> None:
        if self._ear is None or self._stream is None:
            return
        asyncio.get_running_loop().remove_reader(self._ear)
        self._ear.close()
        self._stream.close()
        self._ear = None
        # The database may be what has failed.
        with suppress(Exception):
            await self._canaries.forget(self._node)

    async def sing(self) -> None:
        """One song. Raises when MongoDB does not take it."""
        began = self._now()
        number = await self._canaries.sing(self._node, self._clock.now())
        self._sung = (number, began)
        song = BusMessage("canary", self._node, seq=number)
        if self._bus.healthy:
            self._bus.publish([song])
        else:
            # Without the bus the node still serves, from MongoDB: it must not be taken out for it.
            self.on_bus(song)

    def on_bus(self, song: BusMessage) -> None:
        """The bus has brought it: on to the socket."""
        if self._wire is not None and song.name == self._node:
            frame = text_frame(str(song.seq).encode())
            broadcast((self._wire,), ((None, frame),), frame)

    def _listen(self) -> None:
        assert self._ear is not None
        heard = self._ear.recv(4096)
        number, began = self._sung
        if text_frame(str(number).encode()) in heard:
            self._heard_at = self._now()
            self._metrics.canary.set(self._heard_at - began)

    def problem(self) -> str | None:
        """For /readyz: what is wrong, in English, or None."""
        silent = self._now() - self._heard_at
        if silent <= self._settings.canary_late.total_seconds():
            return None
        return f"no canary message came through MongoDB, bus and socket for {silent:.0f} s"
