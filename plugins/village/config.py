"""What a county can set."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Range


class VillageConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``others``: residents may look at villages that are not their own, and follow them. ``least``: of fewer people no sum is shown, and
    of a sensitive project no number. ``hangs``: where lists hang, as it is read aloud."""

    others: Annotated[bool, Asked("允许查看和关注其他村（社区）")] = False
    least: Annotated[int, Range(2, 20), Asked("少于几人不显示金额")] = 3
    hangs: Annotated[str, Asked("名单张贴在哪里")] = "村务公开栏"
