"""Topics: what open pages listen to (the tasks of a town, the cases of a county). Hints to look again, never the only copy."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence

import msgspec

from hub.realtime.bus import Bus
from hub.realtime.commands import CheckAccess
from hub.realtime.fastpath import Coalescer
from hub.realtime.frames import Msg, Reset, written
from hub.realtime.settings import LiveSettings
from hub.realtime.streams import Rings, Stream, StreamRegistry
from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.rules.places import Places
from hub.store.outbox import StoredEvent
from hub.words.actors import Actor
from hub.words.contributions import Access
from hub.words.errors import Forbidden, Invalid, NotSignedIn

_ADDRESS = re.compile(r"([a-z][a-z0-9_]{0,40}\.[a-z][a-z0-9_]{0,40}):([0-9A-Za-z_-]{1,32})")


class Address(msgspec.Struct, frozen=True):
    """One topic at one place, written ``<plugin>.<topic>:<place>``: ``worklist.tasks:510904114``."""

    name: str
    place: str

    def __str__(self) -> str:
        return f"{self.name}:{self.place}"


class LookAgain(msgspec.Struct, frozen=True):
    """What listeners are told: something of this sort happened at this place or below it. Never about whom."""

    event: str
    place: str


class Subjects:
    """The topics that plugins declare: who may listen to them, and which facts make them speak."""

    def __init__(self, host: Host, counties: Counties, places: Places, check: CheckAccess) -> None:
        self._counties = counties
        self._places = places
        self._check = check
        self._access: dict[str, tuple[str, Access]] = {}
        self._topics_of_event: dict[str, tuple[str, ...]] = {}
        for plugin in host.plugins.values():
            for topic in plugin.topics:
                name = f"{plugin.name}.{topic.name}"
                self._access[name] = (plugin.name, topic.access)
                for event in map(host.event_name, topic.events):
                    self._topics_of_event[event] = (*self._topics_of_event.get(event, ()), name)

    def may_listen(self, actor: Actor, address: Address) -> bool:
        """Whether the topic exists there, and the actor has its right at the whole of that place."""
        plugin, access = self._access.get(address.name, ("", ""))
        region = self._places.tree.get(address.place)
        if not plugin or region is None:
            return False
        # A city hears what its counties tell; one that has the plugin off tells nothing.
        if region.county is not None and not self._counties.is_on(region.county, plugin):
            return False
        try:
            self._check(access, actor, region)
        except (Forbidden, NotSignedIn):
            return False
        return True

    def follow(self, announce: Callable[[Address, LookAgain, str], None]) -> Callable[[Sequence[StoredEvent]], None]:
        """A listener to commits that announces what happened: at the place of the fact and at those above it."""

        def heard(events: Sequence[StoredEvent]) -> None:
            for event in events:
                for name in self._topics_of_event.get(event.type, ()):
                    for place in event.path:
                        # A slow page needs to look once, however much has happened.
                        announce(Address(name, place), LookAgain(event.type, event.place), event.type)

        return heard


def topic(text: str) -> Address:
    """The topic at a place of that name; Invalid when it is none."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise Invalid("没有这个订阅主题。", fields={"topic": "名称不正确"})
    return Address(*match.groups())


class Topics(StreamRegistry[Stream]):
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
