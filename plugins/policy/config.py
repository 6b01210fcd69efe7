"""What a county can set."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Range


class PolicyConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``pages``: of how many pages of a file pictures are made; whoever wants the others downloads it."""

    pages: Annotated[int, Range(1, 40), Asked("预览多少页")] = 20
