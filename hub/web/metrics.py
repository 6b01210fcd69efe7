"""What the web door counts, by route template and status: never by URL, which may hold ids."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# Seconds. A person notices 0.1 and waits at 1.
LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class WebMetrics:
    """Counters of one hub, in the registry that all its parts share."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.requests = Counter(
            "hub_http_requests_total", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "hub_http_request_seconds",
            "Time until the answer was written.",
            ["route"],
            buckets=LATENCIES,
            registry=registry,
        )
        self.limited = Counter("hub_http_limited_total", "Requests refused by a rate limit.", ["by"], registry=registry)
        self.repeated = Counter(
            "hub_http_repeated_total", "Writes answered from their idempotency key.", registry=registry
        )
        self.ready = Gauge("hub_ready", "1 while this node calls itself ready.", registry=registry)
        self.checks = Gauge(
            "hub_check_ok", "1 while this question of /readyz is answered well.", ["check"], registry=registry
        )
        self.uploads = Gauge("hub_http_uploads", "Uploads being received.", registry=registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def checked(self, ready: bool, checks: Mapping[str, bool]) -> None:
        """What /readyz says, by check: MongoDB and whoever keeps it alive, the live canary, each plugin's own."""
        self.ready.set(ready)
        for name, well in checks.items():
            self.checks.labels(name).set(well)
