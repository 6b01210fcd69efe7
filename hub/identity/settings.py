"""The section ``identity`` of config.yaml."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from hub.words.actors import App
from hub.words.ranges import Count, Kept, Long, Range, Threads


class Span(msgspec.Struct, frozen=True):
    """How long a session lives: without use (``idle``), and in all (``absolute``)."""

    idle: Long
    absolute: Long


class IdentitySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults follow 等保 level 3 for desks (idle 30 min, absolute 12 h) and for the lock (5 failures, 15 min).

    ``lock_after`` failures from one address, or on one known device, lock that account there for ``lock_for``, then twice as
    long up to ``lock_at_most``. After ``unknown_after`` failures from unknown devices wherever they are, those have one try
    per ``unknown_every``. A device is known for ``device_kept`` after its last sign-in.
    ``consent_version`` names the text of the consent that a resident accepts when claiming; a new text asks anew.
    ``actors_remembered`` bounds the cache that saves three reads per request.
    """

    resident_session: Span = Span(timedelta(days=30), timedelta(days=180))
    phone_session: Span = Span(timedelta(days=7), timedelta(days=30))
    desk_session: Span = Span(timedelta(minutes=30), timedelta(hours=12))
    sessions_per_app: Annotated[int, Range(1, 1000)] = 10

    lock_after: Annotated[int, Range(1, 100)] = 5
    lock_for: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(days=7))] = timedelta(minutes=15)
    lock_at_most: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(days=7))] = timedelta(hours=4)
    unknown_after: Annotated[int, Range(1, 10_000)] = 50
    unknown_every: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(days=1))] = timedelta(minutes=1)
    device_kept: Kept = timedelta(days=180)
    passwords_remembered: Annotated[int, Range(0, 100)] = 5
    password_threads: Threads = 2
    # One check takes about 30 ms: a queue of this length still answers within a second.
    passwords_waiting: Count = 64

    ticket_life: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(minutes=10))] = timedelta(seconds=30)
    handover_life: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(minutes=10))] = timedelta(seconds=60)
    # "Revocable within 5 s on every node", also when the change stream is down.
    actor_life: Annotated[timedelta, Range(timedelta(0), timedelta(minutes=1))] = timedelta(seconds=5)
    actors_remembered: Count = 20_000

    consent_version: str = "1"
    # Ended sessions are kept this long for 我的登录设备 and for investigations.
    ended_kept: Kept = timedelta(days=30)

    def __post_init__(self) -> None:
        if self.lock_for > self.lock_at_most:
            raise ValueError("lock_for must not be longer than lock_at_most")

    def span(self, app: App) -> Span:
        """How long a session of this app lives."""
        if app == "ykt":
            return self.resident_session
        return self.desk_session if app == "ops" else self.phone_session
