"""How the stand-in behaves where WeChat's own behaviour is a number."""

from __future__ import annotations

import msgspec


class SimulatorSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Times are in seconds. What grows is bounded: a load test that counts every message raises ``keep_messages``."""

    host: str = "127.0.0.1"
    keep_messages: int = 10_000
    keep_codes: int = 10_000
    keep_message_ids: int = 100_000
    token_life: int = 7200
    # -1 was seen at 400 parallel calls on the live platform.
    overload_at: int = 400
    template_quota: int = 100_000
    subscribe_quota: int = 10_000_000
    sign_ins_per_minute: int = 100
    callback_workers: int = 8
    callback_backlog: int = 100_000
    callback_timeout: float = 5.0
    callback_attempts: int = 3
    callback_retry_gap: float = 1.0
    # The origin of a page that reads /_control/ from a browser; none by default.
    allow_origin: str | None = None
