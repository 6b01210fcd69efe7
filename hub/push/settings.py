"""The section ``push`` of config.yaml. Times are ISO 8601 durations (``PT5S``), hours of the day are Shanghai's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated

import msgspec

from hub.words.actors import App
from hub.words.ranges import Count, Kept, Lease, Long, Many, Poll, Range, Wait


class DispatchSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How events become deliveries.

    ``poll``: how long an event may wait that no kick told of (another node's, or one given back). ``cut_off_after``
    failures in a row end a trigger or reaction in that county; ``probe_every`` so often one event tries it again.
    ``chunk``: persons per transaction of a large audience. ``at_once``: triggers and reactions that run at the same time on
    this node, so that a burst does not use up the time that each of them has.
    """

    poll: Poll = timedelta(seconds=1)
    lease: Lease = timedelta(seconds=30)
    batch: Annotated[int, Range(1, 10_000)] = 64
    # Events in hand at once: a hanging trigger holds one of these places for its budget, not the others.
    in_hand: Annotated[int, Range(1, 100_000)] = 256
    at_once: Annotated[int, Range(1, 10_000)] = 32
    chunk: Annotated[int, Range(1, 10_000)] = 500
    # Deliveries in one transaction: some 20 ms of work for the server.
    group: Annotated[int, Range(1, 10_000)] = 1000
    retry_after: Annotated[tuple[Wait, ...], msgspec.Meta(min_length=1)] = (
        timedelta(seconds=1),
        timedelta(seconds=5),
        timedelta(seconds=30),
    )
    cut_off_after: Annotated[int, Range(1, 1000)] = 5
    probe_every: Long = timedelta(minutes=10)


class QuietHours(msgspec.Struct, frozen=True, kw_only=True):
    """When WeChat notices wait, for which apps; the inbox has them at once. The same hour twice means never."""

    start: time = time(21, 0)
    end: time = time(8, 0)
    apps: tuple[App, ...] = ("ykt", "ydsh")


# What somebody may choose instead, each for every app. A night ends in the morning of the same day: nothing is held longer than until then.
NIGHTS: Mapping[str, tuple[time, time]] = {
    "early": (time(19), time(8)),
    "long": (time(20), time(9)),
    "never": (time(0), time(0)),
}


class ExpiryRule(msgspec.Struct, frozen=True, kw_only=True):
    """How long it is tried before a message counts as dead, and whether one with unknown outcome is sent again.

    ``repeat_when_unknown``: after a doubt that no key resolves (mini programs; official accounts after 10 minutes), send
    once more rather than not at all.
    """

    max_age: Long
    repeat_when_unknown: bool


class ExpiryRules(msgspec.Struct, frozen=True, kw_only=True):
    """By message class. Each lives longer than the longest night, or what is held in it would be dead in the morning."""

    legal: ExpiryRule = ExpiryRule(max_age=timedelta(hours=72), repeat_when_unknown=True)
    service: ExpiryRule = ExpiryRule(max_age=timedelta(hours=24), repeat_when_unknown=True)
    digest: ExpiryRule = ExpiryRule(max_age=timedelta(hours=16), repeat_when_unknown=False)
    notice: ExpiryRule = ExpiryRule(max_age=timedelta(hours=24), repeat_when_unknown=False)

    def of(self, message_class: str) -> ExpiryRule:
        rule: ExpiryRule = getattr(self, message_class)
        return rule


class DailyQuota(msgspec.Struct, frozen=True, kw_only=True):
    """Calls per day and account, by the account's kind; what WeChat allows by default."""

    oa: Many = 100_000
    mp: Many = 10_000_000


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How deliveries go to WeChat.

    ``rate``: calls per second and account (WeChat names no number; 50 is known to be safe). ``in_flight``: calls at once on
    this node. ``lanes``: batches worked on at once. ``bulk_share`` of both is the most that the bulk lane takes, so that whatever goes
    to a whole city never keeps the others waiting. ``daily_quota`` per kind of account, reserved in blocks of ``quota_block``.
    ``longest_bundle`` cuts the time for which message types ask to be bundled; nothing is bundled with ``PT0S``.
    ``breaker_after`` unreachable calls in a row stop all sending for ``breaker_pause``, doubled up to ``breaker_longest``.
    """

    enabled: bool = True
    poll: Poll = timedelta(seconds=1)
    lease: Lease = timedelta(seconds=60)
    batch: Annotated[int, Range(1, 10_000)] = 100
    lanes: Annotated[int, Range(1, 100)] = 2
    in_flight: Annotated[int, Range(1, 10_000)] = 50
    rate: Annotated[float, Range(0.01, 10_000.0)] = 50.0
    bulk_share: Annotated[float, Range(0.01, 1.0)] = 0.8
    daily_quota: DailyQuota = DailyQuota()
    quota_block: Count = 500
    breaker_after: Annotated[int, Range(1, 100_000)] = 10
    breaker_pause: Wait = timedelta(seconds=1)
    breaker_longest: Wait = timedelta(seconds=30)
    # A refused template or account is tried again so often: somebody may have mended it on the platform.
    configuration_pause: Long = timedelta(minutes=10)
    # WeChat keeps a client_msg_id for 10 minutes; the margin is for its clock and ours.
    same_id_for: Annotated[timedelta, Range(timedelta(0), timedelta(minutes=10))] = timedelta(minutes=9)
    doubt_pause: Wait = timedelta(seconds=2)
    longest_bundle: Annotated[timedelta, Range(timedelta(0), timedelta(days=1))] = timedelta(hours=1)
    confirm_within: Long = timedelta(hours=24)
    # Digests and notices go to WeChat only when no device has acknowledged them by then.
    escalate_after: Annotated[timedelta, Range(timedelta(0), timedelta(days=7))] = timedelta(minutes=5)
    quiet_hours: QuietHours = QuietHours()
    classes: ExpiryRules = ExpiryRules()


class SweeperSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``every``: how often expired leases are given back and silent messages presumed delivered. ``alert_after``: what could
    have gone on for so long and did not is told to the operations staff."""

    every: Poll = timedelta(seconds=5)
    alert_after: Long = timedelta(minutes=5)


class LinkSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tap leads. ``public_url``: the H5 pages' address, none when they are not reachable from phones.
    ``mini_page``: the page of every mini program that opens a link inside it; ``{link}`` is replaced, URL-encoded."""

    public_url: str | None = None
    mini_page: str = "pages/open/open?to={link}"


class RetentionSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long things are kept. ``pushes``: finished events together with their ended deliveries, so that the balance stays
    exact; the log law asks for six months."""

    pushes: Kept = timedelta(days=400)
    inbox: Kept = timedelta(days=1100)
    callbacks: Kept = timedelta(days=30)


class PushSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about pushes. ``ValueError`` where a message would be too old before its night is over."""

    dispatch: DispatchSettings = DispatchSettings()
    worker: WorkerSettings = WorkerSettings()
    sweeper: SweeperSettings = SweeperSettings()
    links: LinkSettings = LinkSettings()
    retention: RetentionSettings = RetentionSettings()

    def __post_init__(self) -> None:
        usual = self.worker.quiet_hours
        night = max(_length(start, end) for start, end in ((usual.start, usual.end), *NIGHTS.values()))
        for name in ExpiryRules.__struct_fields__:
            if self.worker.classes.of(name).max_age <= night:
                raise ValueError(f"push.worker.classes.{name}.max_age must be longer than the longest night, {night}")


def _length(start: time, end: time) -> timedelta:
    """Of a night, over midnight where it ends earlier than it begins."""
    hours = timedelta(hours=end.hour - start.hour, minutes=end.minute - start.minute)
    return hours if hours >= timedelta(0) else hours + timedelta(days=1)
