"""What the push shows to Prometheus: message codes, states and accounts; nothing about persons."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from hub.push.pauses import Pause
from hub.store.deliveries import Delivery
from hub.words.clock import Clock

# So many looks may fail before their figures count as old.
PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What the sweeper saw last: since when the oldest event and the oldest due delivery wait, None when nothing does."""

    at: datetime
    event: datetime | None = None
    due: datetime | None = None


class PushMetrics:
    """The instruments, on one registry per process.

    Ages are worked out when Prometheus asks, from the last look that succeeded: while the database is away they grow, whatever
    the sweeper can or cannot do.
    """

    def __init__(self, registry: CollectorRegistry, clock: Clock, every: timedelta) -> None:
        self._clock = clock
        self._stale_after = PATIENCE * every
        self._look = Look(clock.now())
        self._registry = registry
        self._planned = Counter(
            "hub_push_planned", "Deliveries planned.", ["code", "channel", "state"], registry=registry
        )
        self._settled = Counter(
            "hub_push_settled", "Deliveries settled.", ["code", "state", "reason"], registry=registry
        )
        self.calls = Counter(
            "hub_wechat_sends", "Calls of WeChat's send APIs.", ["account", "result"], registry=registry
        )
        self.call_time = Histogram(
            "hub_wechat_send_seconds",
            "How long WeChat took to answer a send.",
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
            registry=registry,
        )
        self.readers = Counter(
            "hub_push_readers", "Triggers and reactions run.", ["reader", "result"], registry=registry
        )
        self.dispatch_time = Histogram(
            "hub_push_dispatch_seconds",
            "From a fact to its deliveries and inbox entries.",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30),
            registry=registry,
        )
        Gauge("hub_push_oldest_event_seconds", "Age of the oldest unfinished event.", registry=registry).set_function(
            lambda: self._age(self._look.event)
        )
        Gauge(
            "hub_push_oldest_due_seconds", "How long the oldest delivery could have been sent.", registry=registry
        ).set_function(lambda: self._age(self._look.due))
        Gauge(
            "hub_database_up", "1 while the database answers the sweeper's questions.", registry=registry
        ).set_function(lambda: float(not self._is_stale()))
        Gauge(
            "hub_database_silent_seconds", "Since the database last answered the sweeper.", registry=registry
        ).set_function(lambda: self._since(self._look.at))
        self.freed = Counter("hub_push_freed", "Deliveries taken back from a dead or stuck worker.", registry=registry)
        self.cut_off = Gauge(
            "hub_push_cut_off", "Triggers and reactions that are cut off in a county.", registry=registry
        )

    def planned(self, deliveries: Iterable[Delivery]) -> None:
        tally = Tally((delivery.code, delivery.channel, delivery.state) for delivery in deliveries)
        for (code, channel, state), count in tally.items():
            self._planned.labels(code, channel, state).inc(count)

    def settled(self, code: str, state: str, reason: str | None, count: int = 1) -> None:
        self._settled.labels(code, state, reason or "").inc(count)

    def looked(self, look: Look) -> None:
        """The sweeper's questions were answered."""
        self._look = look

    def watch_sending(self, pauses: Callable[[], Sequence[Pause]], openings: Callable[[], int]) -> None:
        """What keeps messages from WeChat: ``pauses`` by account and template, ``openings`` of the breaker in a row."""
        self._registry.register(_Pauses(pauses, self._clock))
        Gauge(
            "hub_wechat_unreachable",
            "How many times in a row sending was stopped because WeChat did not answer.",
            registry=self._registry,
        ).set_function(openings)

    def _age(self, since: datetime | None) -> float:
        """Nothing waited at the last look; when that is long ago, something may have waited since then."""
        if since is None:
            return self._since(self._look.at) if self._is_stale() else 0.0
        return self._since(since)

    def _since(self, moment: datetime) -> float:
        return max(0.0, (self._clock.now() - moment).total_seconds())

    def _is_stale(self) -> bool:
        return self._clock.now() - self._look.at > self._stale_after


class _Pauses(Collector):
    """Pauses come and go, and with them their labels: told afresh every time."""

    def __init__(self, pauses: Callable[[], Sequence[Pause]], clock: Clock) -> None:
        self._pauses = pauses
        self._clock = clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "hub_wechat_paused_seconds",
            "How long an account ('*') or a template of it still rests, and why.",
            labels=["account", "template", "reason"],
        )
        now = self._clock.now()
        for pause in self._pauses():
            left = (pause.until - now).total_seconds()
            family.add_metric([pause.account, pause.template or "*", pause.reason], left)
        yield family
