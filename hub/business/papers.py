"""What is printed, signed and sealed: the part that all papers have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

from hub.rules.context import Context
from hub.words.clock import day_in_chinese, shanghai

L = TypeVar("L")

# Lines of one print: as many as are read at once. What is longer is printed in parts.
MOST_PRINTED = 200


class PaperView(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that is drawn by a template of ``ui/paper.html``. The ``office`` issues it and seals it, by ``number`` people find what
    it is about, ``place`` is in words, ``printed`` the day."""

    title: str
    office: str
    number: str
    place: str
    printed: str


def printed_on(ctx: Context) -> str:
    """The day of a print."""
    return day_in_chinese(shanghai(ctx.now()).date())


def sheets_of(lines: Sequence[L], size: int) -> Iterator[tuple[L, ...]]:
    """The lines of each sheet; an empty list has one sheet that is empty."""
    rest = iter(lines)
    yield tuple(islice(rest, size))
    while sheet := tuple(islice(rest, size)):
        yield sheet
