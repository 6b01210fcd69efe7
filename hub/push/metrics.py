"""What the push shows to Prometheus: message codes, states and accounts; nothing about persons."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from hub.store.deliveries import Delivery


class PushMetrics:
    """The instruments, on one registry per process."""

    def __init__(self, registry: CollectorRegistry) -> None:
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
        self._oldest_event = Gauge(
            "hub_push_oldest_event_seconds", "Age of the oldest unfinished event.", registry=registry
        )
        self._oldest_due = Gauge(
            "hub_push_oldest_due_seconds", "How long the oldest delivery could have been sent.", registry=registry
        )
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

    def ages(self, now: datetime, event: datetime | None, due: datetime | None) -> None:
        self._oldest_event.set((now - event).total_seconds() if event else 0)
        self._oldest_due.set((now - due).total_seconds() if due else 0)
