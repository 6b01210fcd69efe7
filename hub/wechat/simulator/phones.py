"""The phones: every message as its reader sees it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(slots=True)
class PhoneMessage:
    """A message on a phone. ``repeats`` counts the sends that WeChat swallowed because of the same client_msg_id."""

    seq: int
    appid: str
    openid: str
    person: str
    template_id: str
    title: str
    fields: dict[str, str]
    at: str
    msgid: str
    url: str | None = None
    page: str | None = None
    miniprogram: dict[str, str] | None = None
    client_msg_id: str | None = None
    repeats: int = 0

    def as_json(self) -> dict[str, Any]:
        """For the control surface."""
        return asdict(self)


class Phones:
    """The last ``keep`` messages over all phones, numbered from 1, and those who wait for the next one."""

    def __init__(self, keep: int) -> None:
        self._all: deque[PhoneMessage] = deque(maxlen=keep)
        self._of: dict[str, deque[PhoneMessage]] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self.seq = 0

    def show(self, message: PhoneMessage) -> None:
        """Put it on the phone."""
        if len(self._all) == self._all.maxlen:
            self._forget_oldest()
        self._all.append(message)
        self._of.setdefault(message.openid, deque()).append(message)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    def next_seq(self) -> int:
        """The number of the next message."""
        self.seq += 1
        return self.seq

    def messages(self, openid: str | None = None, after: int = 0) -> Iterator[PhoneMessage]:
        """Those with a number above ``after``, oldest first."""
        held = self._all if openid is None else self._of.get(openid, ())
        return (message for message in held if message.seq > after)

    async def wait(self, seconds: float) -> None:
        """Return with the next message on any phone, or after so long."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return
        finally:
            self._waiting.discard(waiter)

    def clear(self) -> None:
        """Wipe all phones; numbers go on."""
        self._all.clear()
        self._of.clear()

    def _forget_oldest(self) -> None:
        oldest = self._all.popleft()
        of_phone = self._of[oldest.openid]
        of_phone.popleft()
        if not of_phone:
            del self._of[oldest.openid]
