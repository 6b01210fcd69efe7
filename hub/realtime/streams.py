"""A stream: messages in one order, each once, for all the sockets that listen; with a bounded memory of its end."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Generic, Literal, TypeAlias, TypeVar

from hub.realtime.bus import Bus
from hub.realtime.fastpath import Broadcaster, Coalescer, Item, Wire, joined

# Frames of a replay that are sent as one; half of what may wait for a slow reader.
_AT_ONCE = 32 * 1024


class Rings:
    """The memory that all hot rings of a node share: when it is used up, rings that were quiet are emptied. Bytes."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._streams: OrderedDict[Stream, None] = OrderedDict()
        self.used = 0

    def add(self, stream: Stream) -> None:
        self._streams[stream] = None

    def remove(self, stream: Stream) -> None:
        self._streams.pop(stream, None)

    def grown(self, size: int) -> None:
        """Called for every message: the order of the streams is only looked at when memory has run out."""
        self.used += size
        while self.used > self._total and self._streams:
            self._spare_or_forget(next(iter(self._streams)))

    def _spare_or_forget(self, oldest: Stream) -> None:
        # A second chance for who had a message since it was looked at last: nearly "longest unused first", for nothing.
        if oldest.touched and self.used < 2 * self._total:
            oldest.touched = False
            self._streams.move_to_end(oldest)
        else:
            oldest.forget()


class Stream:
    """``head`` is the sequence number of the last message that went to the listeners; those before are in the ring."""

    __slots__ = (
        "_limit",
        "_ring",
        "_rings",
        "_size",
        "epoch",
        "fan",
        "head",
        "listeners",
        "name",
        "touched",
        "used_at",
    )

    def __init__(self, name: str, epoch: str, head: int, *, rings: Rings, limit: int, coalescer: Coalescer) -> None:
        self.name = name
        self.epoch = epoch
        self.head = head
        self.fan = Broadcaster(coalescer)
        self.listeners = 0  # sockets at its end, and those still catching up
        self.used_at = coalescer.time()
        self.touched = False  # a message came since Rings looked at it
        self._rings = rings
        self._limit = limit
        self._size = 0
        self._ring: deque[bytes] | None = None  # an empty deque takes 600 bytes, and most streams are quiet

    def leave(self, wire: Wire, now: float) -> None:
        """One listener less; the stream stays hot for a while."""
        self.fan.leave(wire)
        self.listeners -= 1
        self.used_at = now

    def append(self, items: Sequence[Item]) -> None:
        """The next messages, in order: kept, and sent to all who listen."""
        self.head += len(items)
        if self.listeners:
            self.fan.write(items)
        self._keep(items)

    def _keep(self, items: Sequence[Item]) -> None:
        ring = self._ring
        if ring is None:
            ring = self._ring = deque()
            self._rings.add(self)
        grown = 0
        for _, frame in items:
            ring.append(frame)
            grown += len(frame)
        while len(ring) > self._limit:
            grown -= len(ring.popleft())
        self.touched = True
        self._size += grown
        self._rings.grown(grown)

    def after(self, seq: int) -> list[bytes] | None:
        """The frames behind ``seq``, or None where the memory does not reach back so far."""
        missing = self.head - seq
        if missing <= 0:
            return []
        if self._ring is None or missing > len(self._ring):
            return None
        return list(islice(self._ring, len(self._ring) - missing, None))

    def forget(self) -> None:
        """Empty the ring."""
        self._rings.remove(self)
        self._rings.grown(-self._size)
        self._ring, self._size = None, 0

    def restart(self, epoch: str, head: int) -> None:
        """The sequence began anew: nothing kept is of use."""
        self.forget()
        self.epoch, self.head = epoch, head


S = TypeVar("S", bound=Stream)


class StreamRegistry(Generic[S]):
    """The streams that somebody on this node listens to, or did a moment ago (``linger``, seconds)."""

    def __init__(self, bus: Bus, linger: float) -> None:
        self._bus = bus
        self._linger = linger
        self._streams: dict[str, S] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}

    def __len__(self) -> int:
        return len(self._streams)

    def names(self) -> list[str]:
        return list(self._streams)

    def get(self, name: str) -> S | None:
        return self._streams.get(name)

    def wants(self, name: str) -> bool:
        """Whether what concerns the stream is to be brought here."""
        return name in self._streams or name in self._opening

    async def open(self, name: str) -> S:
        """The stream. A caller that adds itself to its listeners before it waits for anything else keeps it here."""
        while (stream := self._streams.get(name)) is None:
            if name not in self._opening:
                self._opening[name] = asyncio.ensure_future(self._open(name))
            # Many may wait for one stream: the one that goes away must not cancel it for the others.
            await asyncio.shield(self._opening[name])
        return stream

    async def _open(self, name: str) -> None:
        try:
            await self._bus.listen(name)
            try:
                self._streams[name] = await self._make(name)
            except BaseException:
                self._bus.unlisten(name)
                raise
        finally:
            del self._opening[name]

    async def _make(self, name: str) -> S:
        raise NotImplementedError

    def sweep(self, now: float) -> None:
        """Let go of streams that nobody has listened to for a while."""
        limit = now - self._linger
        idle = [stream for stream in self._streams.values() if not stream.listeners and stream.used_at < limit]
        for stream in idle:
            stream.forget()
            del self._streams[stream.name]
            self._bus.unlisten(stream.name)


Source: TypeAlias = Literal["ring", "store"]
History: TypeAlias = Callable[[Stream, int], Awaitable[list[bytes] | None]]
"""The frames directly behind a sequence number, a page of them, from further back than memory; None: they are gone."""


async def catch_up(
    stream: Stream,
    wire: Wire,
    position: int,
    *,
    history: History,
    reset: Callable[[Stream], None],
    from_where: Callable[[Source], None],
) -> None:
    """Send what is missing behind ``position``, then join the listeners; nothing is lost or repeated in between.

    Between the last look at ``head`` and the join nothing is awaited, so no message can slip through.
    """
    epoch = stream.epoch
    while stream.epoch == epoch and position < stream.head:
        frames = stream.after(position)
        from_where("store" if frames is None else "ring")
        if frames is None:
            frames = await history(stream, position)
        if frames is None:
            break
        # While a page is fetched or sent, the stream may go on: the loop looks again.
        await _pour(wire, frames)
        position += len(frames)
    if stream.epoch != epoch or position != stream.head:
        reset(stream)
    stream.fan.join(wire)


async def _pour(wire: Wire, frames: Sequence[bytes]) -> None:
    """In pieces, each when the reader has taken the one before: a replay never counts as being too slow."""
    piece: list[Item] = []
    size = 0
    for frame in frames:
        if size + len(frame) > _AT_ONCE and piece:
            await wire.drained()
            wire.write(piece, joined(piece))
            piece, size = [], 0
        piece.append((None, frame))
        size += len(frame)
    await wire.drained()
    wire.write(piece, joined(piece))
    # Not after the last piece of the last page: what follows waits in the wire's own queue.
