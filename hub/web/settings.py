"""Settings of the web door, with the defaults of a small county's server."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from hub.words.ranges import Bytes, Count, Kept, Range, Threads

KIBIBYTE = 1 << 10
MEBIBYTE = 1 << 20
# Request line and headers. Tornado hangs up on what has four times as many, before anybody could answer.
HEADER_BYTES = 16 * KIBIBYTE


class Rate(msgspec.Struct, frozen=True):
    """So many calls in a period; the whole period's worth may come at once."""

    calls: Count
    period: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(days=1))] = timedelta(minutes=1)


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``web:`` of config.yaml.

    ``public_url`` is how browsers reach the hub; its origin is the one that may write with a cookie. ``trusted_proxies`` are
    the addresses whose ``X-Forwarded-For`` is believed. ``metrics_token`` opens ``/metrics`` to others than this machine.
    """

    public_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^\s]+$")] | None = None
    trusted_proxies: tuple[str, ...] = ()
    trusted_origins: tuple[Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+$")], ...] = ()
    metrics_token: Annotated[str, msgspec.Meta(min_length=16)] | None = None

    json_limit: Annotated[int, Range(1 << 10, 1 << 24)] = 256 * KIBIBYTE
    upload_limit: Annotated[int, Range(1 << 10, 100 << 20)] = 10 * MEBIBYTE
    # A page's form with all its pictures, where no script uploads them one by one.
    form_limit: Annotated[int, Range(1 << 10, 60 << 20)] = 24 * MEBIBYTE
    # What is read and thrown away so that the sender, who is still writing, gets to see why it was refused.
    drain_limit: Bytes = 64 * MEBIBYTE
    # A phone on a village's 2G needs this long for 10 MB. Nobody else's body may take longer.
    body_timeout: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(hours=1))] = timedelta(minutes=5)
    # Of a body that takes longer than the grace: bytes per second, from its beginning on. What comes slower is ended.
    least_throughput: Annotated[int, Range(0, 1 << 24)] = 16 * KIBIBYTE
    throughput_grace: Annotated[timedelta, Range(timedelta(milliseconds=10), timedelta(hours=1))] = timedelta(
        seconds=20
    )

    # Villages share one address behind their operator's gateway, so an address has far more than a person.
    person_rate: Rate = Rate(300)
    address_rate: Rate = Rate(3000)
    upload_rate: Rate = Rate(60)
    remembered_callers: Count = 50_000

    uploads_at_once: Annotated[int, Range(1, 1000)] = 16
    # Of these, so many of one person: with slow ones nobody holds the slots of all.
    uploads_of_one: Annotated[int, Range(1, 1000)] = 3
    answer_within: Annotated[timedelta, Range(timedelta(milliseconds=100), timedelta(minutes=10))] = timedelta(
        seconds=30
    )
    # What a menu entry has to say on a home; one that takes longer says nothing this time.
    news_within: Annotated[timedelta, Range(timedelta(milliseconds=10), timedelta(minutes=1))] = timedelta(
        milliseconds=300
    )
    idempotency_kept: Kept = timedelta(days=30)
    # Pictures are decoded in so many processes of their own; one that takes longer is ended with its process.
    picture_processes: Threads = 2
    picture_within: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(minutes=10))] = timedelta(seconds=20)
    # Uploaded, and not submitted with anything: a form that was left open overnight still finds its pictures.
    pending_kept: Kept = timedelta(days=1)
    readiness_timeout: Annotated[timedelta, Range(timedelta(milliseconds=100), timedelta(minutes=1))] = timedelta(
        seconds=2
    )
