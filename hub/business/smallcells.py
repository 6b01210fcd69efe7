"""Numbers that are too small to be shown: a count of two in a village names people as well as a list does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

WITHHELD = "未显示"


class Cell(msgspec.Struct, frozen=True):
    """A number as it is shown: ``count`` is None where it is withheld, ``text`` what stands there."""

    count: int | None
    text: str


class Bar(Cell, frozen=True, kw_only=True):
    """One of a chart, or a line of a table of numbers. ``key`` is what to filter by next."""

    key: str
    label: str


def plain(counts: Sequence[int]) -> list[Cell]:
    """As they are, for readers who may see the persons."""
    return [Cell(count, str(count)) for count in counts]


def withheld(counts: Sequence[int], least: int) -> list[Cell]:
    """The numbers of one table: those below ``least`` are 少于5. Where that is one alone, the next smallest is not shown either,
    since the sum would tell it.
    """
    small = [at for at, count in enumerate(counts) if 0 < count < least]
    others = sorted((count, at) for at, count in enumerate(counts) if count >= least)
    beside = {others[0][1]} if len(small) == 1 and others else set()
    return [_cell(count, least, at in beside) for at, count in enumerate(counts)]


def shown(counts: Sequence[int], least: int | None) -> list[Cell]:
    """Those below ``least`` withheld; all as they are where there is none."""
    return plain(counts) if least is None else withheld(counts, least)


def bars(rows: Sequence[tuple[str, int]], label: Callable[[str], str], least: int | None) -> list[Bar]:
    """How many there are of each key."""
    cells = shown([count for _, count in rows], least)
    return [
        Bar(key=key, label=label(key), count=cell.count, text=cell.text)
        for (key, _), cell in zip(rows, cells, strict=True)
    ]


def _cell(count: int, least: int, beside: bool) -> Cell:
    if 0 < count < least:
        return Cell(None, f"少于{least}")
    return Cell(None, WITHHELD) if beside else Cell(count, str(count))
