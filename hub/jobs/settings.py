"""Settings of the job runner."""

from __future__ import annotations

from datetime import timedelta

import msgspec


class JobSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``jobs:`` of config.yaml. ``lease`` is how long a dead node keeps its jobs; it is renewed while one runs."""

    poll: timedelta = timedelta(seconds=1)
    lease: timedelta = timedelta(seconds=30)
    at_once: int = 4
    cut_off_after: int = 5
    cut_off_for: timedelta = timedelta(hours=1)
