"""What happens to complaints, and what guards of other plugins look at when one is filed or ended."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.api import Event, Identity

# --- for guards --------------------------------------------------------------------------------------------------------


class Filing(msgspec.Struct, kw_only=True):
    """The carrier of the guard ``complaints.file``, in the complaint's own transaction: somebody complains about ``row``.

    Whoever keeps rows of this ``kind`` looks for it, holds it until ``complaints.end`` of the same ``complaint``, and fills in
    whose it is (``found``); or refuses. ``avoid_persons`` and ``avoid_keys`` (blind ID numbers) are those who may neither see
    nor handle the complaint: the one it is about and those who declared for them.
    """

    complaint: str
    kind: Literal["publicity", "payment"]
    row: str
    found: bool = False
    place: str = ""
    number: str = ""
    project: str = ""
    short: str = ""
    bureau: str = ""
    sensitive: bool = False
    accused_masked: str = ""
    accused: Identity | None = None
    avoid_persons: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Filing({self.complaint!r}, {self.kind!r})"


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The subject of the guard ``complaints.end``: a complaint about ``row`` has come to its end. ``upheld``: what it says is
    true, so the row goes; else the row goes on, once no other complaint holds it.
    """

    complaint: str
    kind: Literal["publicity", "payment"]
    row: str
    upheld: bool
    reason: str = ""


EVENTS: tuple[type[Event], ...] = ()
