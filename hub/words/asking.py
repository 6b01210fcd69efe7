"""How a page asks for a field of a record: said once, beside the field's type.

``opinion: Annotated[str, Asked("处理意见", long=True), Meta(min_length=1, max_length=2000)]``
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """``label`` above the field, ``hint`` below it; ``long`` text has several lines. ``choices``: value → what it is called.

    ``look`` only where the type does not say it: ``phrases`` puts words to pick above an area, ``options`` shows choices with their
    hints, ``pictures`` takes files, ``lines`` is a list with a line for each of it, ``hidden`` travels along. ``keyboard`` is the one of
    text that phones open with digits.
    """

    label: str
    hint: str = ""
    long: bool = False
    choices: Mapping[str, str] = {}
    look: Literal["", "options", "select", "phrases", "pictures", "lines", "password", "hidden"] = ""
    keyboard: Literal["", "tel", "numeric"] = ""

    def __hash__(self) -> int:
        # A part of types, which are kept by their hash; the choices are no key of it.
        return hash((self.label, self.hint, self.long, self.look, self.keyboard, *self.choices.items()))
