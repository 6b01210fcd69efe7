"""What the live door counts."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge


class LiveMetrics:
    """Counters of one hub, in the registry that all its parts share."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sockets = Gauge("hub_live_sockets", "Open websockets.", registry=registry)
        self.sessions = Gauge("hub_live_sessions", "Websockets that said hello, by app.", ["app"], registry=registry)
        self.streams = Gauge("hub_live_streams", "Inbox streams in memory.", registry=registry)
        self.ring_bytes = Gauge("hub_live_ring_bytes", "Memory that replays are served from.", registry=registry)
        published = Counter("hub_live_published_total", "Messages published here.", ["kind"], registry=registry)
        # Looking up a label costs 3 µs, a fifth of what a message costs in all.
        self.entries = published.labels("inbox")
        self.announcements = published.labels("topic")
        self.heard = Counter("hub_live_heard_total", "Client frames, by type.", ["type"], registry=registry)
        self.resumes = Counter(
            "hub_live_resumes_total", "Pages replayed, by where from.", ["source"], registry=registry
        )
        self.resets = Counter("hub_live_resets_total", "Clients sent for a snapshot.", registry=registry)
        self.closes = Counter("hub_live_closes_total", "Closed websockets, by code.", ["code"], registry=registry)
        self.refused = Counter("hub_live_refused_total", "Sessions refused by a limit.", ["limit"], registry=registry)
        self.repairs = Counter("hub_live_repairs_total", "Streams mended from MongoDB.", registry=registry)
        self.bus_healthy = Gauge("hub_live_bus_healthy", "1 while the bus between nodes works.", registry=registry)
        self.canary_silent = Gauge(
            "hub_live_canary_silent_seconds", "Since the last canary came through.", registry=registry
        )
        self.canary = Gauge("hub_live_canary_seconds", "MongoDB to socket, the last canary.", registry=registry)
