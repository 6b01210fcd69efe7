"""What a county can set."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Range


class FollowConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``kept``: how many days after its end something is followed still."""

    kept: Annotated[int, Range(1, 3650), Asked("办结多少天后不再关注")] = 365
