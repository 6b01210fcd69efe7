"""Settings of the job runner."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from hub.words.ranges import Lease, Long, Poll, Range


class JobSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``jobs:`` of config.yaml. ``lease`` is how long a dead node keeps its jobs; it is renewed while one runs."""

    poll: Poll = timedelta(seconds=1)
    lease: Lease = timedelta(seconds=30)
    at_once: Annotated[int, Range(1, 1000)] = 4
    cut_off_after: Annotated[int, Range(1, 1000)] = 5
    cut_off_for: Long = timedelta(hours=1)
