"""Who did what, when, why: the lines that stand with a document."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hub.rules.context import Context
from hub.words.actors import Actor

# Of one document; an endless to and fro is cut at its old end.
MOST_LINES = 100


class HistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what, when, why. ``unit`` and ``handler`` are names as the flow shows them; both empty for residents. What the hub did
    has no handler.
    ``open``: residents read the reason too.
    """

    at: datetime
    move: str
    label: str
    unit: str = ""
    handler: str = ""
    person: str | None = None
    why: str = ""
    open: bool = False


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line as a page shows it. ``handler`` and ``why`` are empty where they are not for the reader."""

    at: datetime
    label: str
    handler: str
    why: str


class UnitLineView(LineView, frozen=True, kw_only=True):
    """A line with the unit that did it."""

    unit: str


def line_of(ctx: Context, move: str, label: str, why: str = "", *, unit: str = "", open: bool = False) -> HistoryLine:
    """What the one who acts has just done; ``unit`` is theirs. Without a person it was the hub."""
    return HistoryLine(
        at=ctx.now(),
        move=move,
        label=label,
        unit=unit,
        handler=shown_name(ctx.actor),
        person=ctx.actor.person,
        why=why,
        open=open,
    )


def with_line(lines: tuple[HistoryLine, ...], new: HistoryLine) -> tuple[HistoryLine, ...]:
    """The history with one more line, without the oldest beyond 100."""
    return (*lines, new)[-MOST_LINES:]


def shown_name(actor: Actor) -> str:
    """A handler's name stands open: who decides on public money does it by name, also where the hub does it for them."""
    return actor.name.reveal() if actor.kind in ("staff", "hub") and actor.name else ""


def unit_of(ctx: Context, region: str, bureau: str | None) -> str:
    """Such as 安居区民政局."""
    return f"{ctx.regions.full_name(region)}{bureau or ''}"
