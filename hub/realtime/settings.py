"""What an operator may set of live sessions: the section ``live`` of config.yaml."""

from __future__ import annotations

from datetime import timedelta

import msgspec


class LiveSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times, bounds and limits of ``/ws``. Sizes are in bytes.

    ``heartbeat`` is what clients are told: WeChat and home routers drop a socket that is quiet for 60 s.
    ``ping_every`` and ``silent_for`` bound how long a dead socket passes for a live one: below 30 s together with the
    sweep of one second. ``linger`` is how long a stream without sockets stays hot, so that a phone that comes back is
    served from memory.
    """

    hello_within: timedelta = timedelta(seconds=5)
    heartbeat: timedelta = timedelta(seconds=25)
    ping_every: timedelta = timedelta(seconds=15)
    silent_for: timedelta = timedelta(seconds=25)
    sweep_every: timedelta = timedelta(seconds=1)
    revoked_every: timedelta = timedelta(seconds=3)
    command_within: timedelta = timedelta(seconds=10)
    malformed_allowed: int = 3

    max_frame: int = 16 * 1024
    max_queued: int = 64 * 1024
    # The kernel would grow a slow reader's buffer to megabytes; it doubles what is asked for.
    send_buffer: int = 64 * 1024
    coalesce: timedelta = timedelta(milliseconds=3)

    ring_messages: int = 200
    rings_total: int = 64 * 1024 * 1024
    topic_messages: int = 100
    linger: timedelta = timedelta(minutes=2)
    page: int = 200
    gap_wait: timedelta = timedelta(milliseconds=50)
    reconcile_every: timedelta = timedelta(seconds=10)
    acknowledge_every: timedelta = timedelta(milliseconds=500)

    max_sessions: int = 20_000
    max_sessions_of_person: int = 20
    max_sessions_of_county: int = 10_000
    # A town hall or a phone network has thousands of people behind one address.
    max_sessions_of_address: int = 2_000
    max_topics: int = 20
    retry_from: timedelta = timedelta(seconds=5)
    retry_to: timedelta = timedelta(seconds=30)
    move_over: timedelta = timedelta(seconds=10)

    canary_every: timedelta = timedelta(seconds=5)
    canary_late: timedelta = timedelta(seconds=15)
