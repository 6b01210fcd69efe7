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
from hub.realtime.streams import Rings, Stream

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


class Topics:
    """The topics that somebody on this node listens to.

    Each node numbers for itself, under an epoch of its own: who comes to another node, or whose node missed something,
    is told to take a snapshot.
    """

    def __init__(self, settings: LiveSettings, bus: Bus, *, rings: Rings, coalescer: Coalescer) -> None:
        self._settings = settings
        self._bus = bus
        self._rings = rings
        self._coalescer = coalescer
        self._streams: dict[str, Stream] = {}

    async def open(self, name: Topic) -> Stream:
        """The topic's stream, made when nobody listened yet."""
        text = str(name)
        stream = self._streams.get(text)
        if stream is None:
            stream = self._streams[text] = Stream(
                text, _epoch(), 0, rings=self._rings, limit=self._settings.topic_messages, coalescer=self._coalescer
            )
            await self._bus.listen(text)
        stream.used_at = self._coalescer.time()
        return stream

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
        if len(stream.fan):
            stream.fan.write([(None, written(Reset(name, stream.epoch, 0)))])

    def names(self) -> list[str]:
        return list(self._streams)

    def sweep(self, now: float) -> None:
        """Let go of topics that nobody has listened to for a while."""
        limit = now - self._settings.linger.total_seconds()
        idle = [stream for stream in self._streams.values() if not stream.listeners and stream.used_at < limit]
        for stream in idle:
            stream.forget()
            del self._streams[stream.name]
            self._bus.unlisten(stream.name)


def _epoch() -> str:
    return secrets.token_hex(6)
