"""Topics: what many listen to (a village, a project, a county's board). Hints to look again, never the only copy."""

from __future__ import annotations

import re
import secrets
from typing import Literal, cast

import msgspec

from hub.errors import Invalid
from hub.realtime.bus import Bus
from hub.realtime.fastpath import Coalescer
from hub.realtime.frames import Msg, Reset, written
from hub.realtime.settings import LiveSettings
from hub.realtime.streams import Rings, Shelf, Stream

_NAME = re.compile(r"(village|project|county|dashboard):([0-9]{6,12})(?::([a-z0-9][a-z0-9_.-]{0,63}))?")


class Topic(msgspec.Struct, frozen=True):
    """``village:<region>``, ``project:<county>:<project>``, ``county:<county>:<board>`` or ``dashboard:<region>``."""

    kind: Literal["village", "project", "county", "dashboard"]
    place: str
    name: str | None = None

    def __str__(self) -> str:
        return ":".join(filter(None, (self.kind, self.place, self.name)))


def topic(text: str) -> Topic:
    """The topic of that name; Invalid when it is none."""
    match = _NAME.fullmatch(text)
    if match is None:
        raise Invalid("没有这个订阅主题。", fields={"topic": "名称不正确"})
    kind, place, name = match.groups()
    return Topic(cast(Literal["village"], kind), place, name)


class Topics(Shelf[Stream]):
    """The topics that somebody on this node listens to.

    Each node numbers for itself, under an epoch of its own: who comes to another node, or whose node missed something,
    is told to take a snapshot.
    """

    def __init__(self, settings: LiveSettings, bus: Bus, *, rings: Rings, coalescer: Coalescer) -> None:
        super().__init__(bus, settings.linger.total_seconds())
        self._limit = settings.topic_messages
        self._rings = rings
        self._coalescer = coalescer

    async def _make(self, name: str) -> Stream:
        return Stream(name, _epoch(), 0, rings=self._rings, limit=self._limit, coalescer=self._coalescer)

    def offer(self, name: str, key: str | None, body: bytes) -> None:
        """The next message of a topic, to those who listen here."""
        stream = self._streams.get(name)
        if stream is not None:
            stream.append([(key, written(Msg(name, stream.head + 1, body=msgspec.Raw(body))))])

    async def history(self, stream: Stream, seq: int) -> list[bytes] | None:
        """A topic has no past but its ring."""
        return None

    def restart(self, name: str) -> None:
        """Something was lost: a new epoch, and a snapshot for all who listen."""
        stream = self._streams[name]
        stream.restart(_epoch(), 0)
        stream.fan.write([(None, written(Reset(name, stream.epoch, 0)))])


def _epoch() -> str:
    return secrets.token_hex(6)
