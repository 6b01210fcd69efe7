"""How the nodes of a hub tell each other what was committed. A bus may lose anything: MongoDB knows, and gaps are seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec


class BusMessage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One message on its way to the sockets.

    ``kind``: ``inbox`` (a committed entry of the stream ``name``; ``data`` is its frame), ``topic`` (``data`` is the JSON
    body, ``key`` what it makes superfluous) or ``canary`` (``name`` is the node that sings).
    """

    kind: str
    name: str
    data: bytes = b""
    seq: int = 0
    key: str | None = None


class Receiver(Protocol):
    """What hears the bus: the live door of this node."""

    def received(self, notices: Sequence[BusMessage]) -> None: ...

    def lost(self, touches: Callable[[str], bool]) -> None:
        """Messages may be missing of the streams and topics whose name ``touches`` says."""


class Bus(Protocol):
    """Brings notices to the other nodes, and the canary back to this one. Publishing never waits and never fails."""

    reaches_others: bool

    @property
    def healthy(self) -> bool: ...

    async def start(self, receiver: Receiver) -> None: ...

    async def stop(self) -> None: ...

    def publish(self, notices: Sequence[BusMessage]) -> None: ...

    async def listen(self, name: str) -> None:
        """From now on this node wants what concerns the stream or topic. Returns even if the bus is down."""

    def unlisten(self, name: str) -> None: ...


class InProcessBus:
    """For a hub of one node: there is nobody else to tell."""

    reaches_others = False
    healthy = True

    def __init__(self) -> None:
        self._receiver: Receiver | None = None

    async def start(self, receiver: Receiver) -> None:
        self._receiver = receiver

    async def stop(self) -> None:
        self._receiver = None

    def publish(self, notices: Sequence[BusMessage]) -> None:
        songs = [notice for notice in notices if notice.kind == "canary"]
        if songs and self._receiver is not None:
            self._receiver.received(songs)

    async def listen(self, name: str) -> None:
        """Everything is heard anyway."""

    def unlisten(self, name: str) -> None:
        """Everything is heard anyway."""
