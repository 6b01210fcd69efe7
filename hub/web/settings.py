"""Settings of the web door, with the defaults of a small county's server."""

from __future__ import annotations

from datetime import timedelta

import msgspec

KIBIBYTE = 1 << 10
MEBIBYTE = 1 << 20
# Request line and headers. Tornado hangs up on what has four times as many, before anybody could answer.
HEADER_BYTES = 16 * KIBIBYTE


class Rate(msgspec.Struct, frozen=True):
    """So many calls in a period; the whole period's worth may come at once."""

    calls: int
    period: timedelta = timedelta(minutes=1)


class WebSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``web:`` of config.yaml.

    ``public_url`` is how browsers reach the hub; its origin is the one that may write with a cookie. ``trusted_proxies`` are
    the addresses whose ``X-Forwarded-For`` is believed. ``metrics_token`` opens ``/metrics`` to others than this machine.
    """

    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    trusted_origins: tuple[str, ...] = ()
    metrics_token: str | None = None

    json_limit: int = 256 * KIBIBYTE
    upload_limit: int = 10 * MEBIBYTE
    # What is read and thrown away so that the sender, who is still writing, gets to see why it was refused.
    drain_limit: int = 64 * MEBIBYTE
    # A phone on a village's 2G needs this long for 10 MB. Nobody else's body may take longer.
    body_timeout: timedelta = timedelta(minutes=5)
    # Of a body that takes longer than the grace: bytes per second, from its beginning on. What comes slower is ended.
    least_throughput: int = 16 * KIBIBYTE
    throughput_grace: timedelta = timedelta(seconds=20)

    # Villages share one address behind their operator's gateway, so an address has far more than a person.
    person_rate: Rate = Rate(300)
    address_rate: Rate = Rate(3000)
    upload_rate: Rate = Rate(60)
    remembered_callers: int = 50_000

    uploads_at_once: int = 16
    # Of these, so many of one person: with slow ones nobody holds the slots of all.
    uploads_of_one: int = 3
    answer_within: timedelta = timedelta(seconds=30)
    idempotency_kept: timedelta = timedelta(days=30)
    # Pictures are decoded in so many processes of their own; one that takes longer is ended with its process.
    picture_processes: int = 2
    picture_within: timedelta = timedelta(seconds=20)
    # Uploaded, and not submitted with anything: a form that was left open overnight still finds its pictures.
    pending_kept: timedelta = timedelta(days=1)
    readiness_timeout: timedelta = timedelta(seconds=2)
