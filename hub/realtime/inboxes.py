"""The inbox streams that somebody on this node listens to: MongoDB is the truth, memory only the fast end of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import structlog

from hub.realtime.bus import Bus
from hub.realtime.fastpath import Coalescer, Item
from hub.realtime.frames import INBOX, Entry, Msg, Reset, written
from hub.realtime.settings import LiveSettings
from hub.realtime.streams import Rings, Stream, StreamRegistry
from hub.store.inbox import Head, InboxEntry
from hub.store.mongo import PyMongoError

log = structlog.get_logger("hub.realtime")

Pair: TypeAlias = tuple[int, Item]
"""A sequence number and its frame."""

# Messages ahead of their turn that are kept per stream; with more missing, all come from MongoDB.
_MAX_PARKED = 500
_STREAMS_PER_QUERY = 1000


class Keeper(Protocol):
    """What is asked of hub.store.inbox.Inbox."""

    async def begin(self, stream: str) -> Head: ...
    async def heads(self, streams: Sequence[str]) -> Mapping[str, Head]: ...
    async def since(self, stream: str, seq: int, limit: int) -> list[InboxEntry]: ...


def frame_of(entry: InboxEntry) -> bytes:
    """The one frame of an entry, for every device of its person."""
    shown = Entry(
        id=entry.id,
        kind=entry.kind,
        message=entry.message,
        title=entry.title,
        body=entry.body,
        at=entry.at,
        county=entry.county,
        code=entry.code,
        link=entry.link,
        urgent=entry.urgent,
        ref=entry.ref,
    )
    return written(Msg(INBOX, entry.seq, entry=shown))


def pairs_of(entries: Iterable[InboxEntry]) -> list[Pair]:
    return [(entry.seq, (None, frame_of(entry))) for entry in entries]


class InboxStream(Stream):
    """Delivers strictly in order: what comes ahead of its turn is parked until the missing has come."""

    __slots__ = ("parked", "repairing")

    def __init__(self, name: str, head: Head, *, rings: Rings, limit: int, coalescer: Coalescer) -> None:
        super().__init__(name, head.epoch, head.seq, rings=rings, limit=limit, coalescer=coalescer)
        self.parked: dict[int, Item] | None = None
        self.repairing = False

    def take(self, pairs: Sequence[Pair]) -> bool:
        """Deliver what is next in order; whether something before the parked ones is missing."""
        if self.parked is None and len(pairs) == 1 and pairs[0][0] == self.head + 1:
            self.append([pairs[0][1]])
            return False
        parked = self.parked or {}
        parked.update((seq, item) for seq, item in pairs if seq > self.head)
        run: list[Item] = []
        while (item := parked.pop(self.head + 1 + len(run), None)) is not None:
            run.append(item)
        if run:
            self.append(run)
        self.parked = parked if 0 < len(parked) <= _MAX_PARKED else None
        return bool(parked)

    def skip_to(self, epoch: str, head: int) -> None:
        """The history up to ``head`` is gone: listeners take a snapshot."""
        self.restart(epoch, head)
        self.parked = {seq: item for seq, item in (self.parked or {}).items() if seq > head} or None
        self.fan.write([(None, written(Reset(INBOX, epoch, head)))])


class Inboxes(StreamRegistry[InboxStream]):
    """Opens, feeds, repairs and closes the inbox streams of this node."""

    def __init__(
        self,
        settings: LiveSettings,
        keeper: Keeper,
        bus: Bus,
        *,
        rings: Rings,
        coalescer: Coalescer,
        start: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        super().__init__(bus, settings.linger.total_seconds())
        self._settings = settings
        self._keeper = keeper
        self._rings = rings
        self._coalescer = coalescer
        self._start = start
        # What is published while a stream is being opened may lie behind the head that MongoDB answers with.
        self._early: dict[str, list[Pair]] = {}

    async def _make(self, name: str) -> InboxStream:
        early = self._early[name] = []
        try:
            head = await self._keeper.begin(name)
        finally:
            del self._early[name]
        stream = InboxStream(
            name, head, rings=self._rings, limit=self._settings.ring_messages, coalescer=self._coalescer
        )
        if stream.take(early):
            self._mend(stream, stream.head + 1)
        return stream

    def offer(self, name: str, pairs: Sequence[Pair]) -> None:
        """Messages of a stream, committed, in any order, perhaps known already."""
        stream = self._streams.get(name)
        if stream is not None:
            if stream.take(pairs):
                self._mend(stream, stream.head + 1)
            return
        early = self._early.get(name)
        if early is not None and len(early) < _MAX_PARKED:
            early.extend(pairs)

    async def history(self, stream: Stream, seq: int) -> list[bytes] | None:
        """The page of frames behind ``seq`` from MongoDB, or None when they are no longer there."""
        entries = await self._keeper.since(stream.name, seq, self._settings.page)
        pairs = _unbroken(pairs_of(entries), seq)
        if pairs and pairs[-1][0] > stream.head:
            # MongoDB knows more than has been published here so far.
            self.offer(stream.name, [pair for pair in pairs if pair[0] > stream.head])
        return [frame for _, (_, frame) in pairs] or None

    def _mend(self, stream: InboxStream, until: int) -> None:
        if not stream.repairing:
            stream.repairing = True
            self._start(self._repair(stream, until))

    async def _repair(self, stream: InboxStream, until: int) -> None:
        """Fetch what the bus has not brought up to ``until``, unless it comes by itself within a moment."""
        try:
            await asyncio.sleep(self._settings.gap_wait.total_seconds())
            while stream.parked or stream.head < until:
                entries = await self._keeper.since(stream.name, stream.head, self._settings.page)
                if not entries:
                    break
                if entries[0].seq > stream.head + 1:
                    stream.skip_to(stream.epoch, entries[0].seq - 1)
                stream.take(pairs_of(entries))
        except PyMongoError as error:
            # The next reconcile comes back to it.
            log.warning("inbox stream could not be repaired, it is tried again", error=type(error).__name__)
        finally:
            stream.repairing = False

    async def reconcile(self, touches: Callable[[str], bool] = lambda name: True) -> None:
        """Compare the streams with MongoDB: finds what a bus that loses messages has not brought."""
        names = [name for name in self._streams if touches(name)]
        for at in range(0, len(names), _STREAMS_PER_QUERY):
            heads = await self._keeper.heads(names[at : at + _STREAMS_PER_QUERY])
            for name, head in heads.items():
                self._compare(name, head)

    def _compare(self, name: str, head: Head) -> None:
        stream = self._streams.get(name)
        if stream is None:
            return
        if head.epoch != stream.epoch:
            stream.skip_to(head.epoch, head.seq)
        elif head.seq > stream.head or stream.parked:
            self._mend(stream, head.seq)


def _unbroken(pairs: list[Pair], seq: int) -> list[Pair]:
    """The pairs up to the first gap behind ``seq``."""
    for at, (found, _) in enumerate(pairs):
        if found != seq + 1 + at:
            return pairs[:at]
    return pairs
