"""What somebody had before them who changes the catalogue: told by whoever asks, and compared with what is there by now."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked


class SeenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``seen`` as the project was shown with it: it marks the draft and what is published, and is another after every change."""

    seen: Annotated[str, Asked("看到的内容", look="hidden")]


class ItemRequest(SeenRequest, frozen=True, kw_only=True):
    """``was``: which item of the list stood under the number. A page that is refused as too late takes ``seen`` anew, this it keeps."""

    was: Annotated[str | None, Asked("看到的一项", look="hidden")] = None
