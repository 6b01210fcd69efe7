"""What an operator may set of live sessions: the section ``live`` of config.yaml."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from hub.words.ranges import Bytes, Count, Poll, Range, Wait


class LiveSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times, bounds and limits of ``/ws``. Sizes are in bytes.

    ``heartbeat`` is what clients are told: WeChat and home routers drop a socket that is quiet for 60 s.
    ``ping_every`` and ``silent_for`` bound how long a dead socket passes for a live one: below 30 s together with the
    sweep of one second. ``linger`` is how long a stream without sockets stays hot, so that a phone that comes back is
    served from memory.
    """

    hello_within: Wait = timedelta(seconds=5)
    heartbeat: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(seconds=55))] = timedelta(seconds=25)
    ping_every: Poll = timedelta(seconds=15)
    silent_for: Wait = timedelta(seconds=25)
    sweep_every: Poll = timedelta(seconds=1)
    revoked_every: Wait = timedelta(seconds=3)
    command_within: Wait = timedelta(seconds=10)
    malformed_allowed: Annotated[int, Range(0, 1000)] = 3

    max_frame: Bytes = 16 * 1024
    max_queued: Bytes = 64 * 1024
    # The kernel would grow a slow reader's buffer to megabytes; it doubles what is asked for.
    send_buffer: Bytes = 64 * 1024
    coalesce: Annotated[timedelta, Range(timedelta(0), timedelta(seconds=1))] = timedelta(milliseconds=3)

    ring_messages: Count = 200
    rings_total: Bytes = 64 * 1024 * 1024
    topic_messages: Count = 100
    linger: Annotated[timedelta, Range(timedelta(0), timedelta(hours=1))] = timedelta(minutes=2)
    page: Count = 200
    gap_wait: Wait = timedelta(milliseconds=50)
    reconcile_every: Wait = timedelta(seconds=10)
    acknowledge_every: Wait = timedelta(milliseconds=500)

    max_sessions: Count = 20_000
    max_sessions_of_person: Count = 20
    max_sessions_of_county: Count = 10_000
    # A town hall or a phone network has thousands of people behind one address.
    max_sessions_of_address: Count = 2_000
    max_topics: Count = 20
    retry_from: Wait = timedelta(seconds=5)
    retry_to: Wait = timedelta(seconds=30)
    move_over: Wait = timedelta(seconds=10)

    canary_every: Wait = timedelta(seconds=5)
    canary_late: Wait = timedelta(seconds=15)
