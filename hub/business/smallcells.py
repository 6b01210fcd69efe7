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
    return [_exact(count) for count in counts]


def withheld(counts: Sequence[int], least: int) -> list[Cell]:
    """The numbers of one table, whose sum is told unless it is below ``least`` too: those below it are 少于5. Where the sum would tell
    them all the same, they and the next smallest are 未显示, which may stand for either.

    Whoever knows this rule learns no more: what is shown depends on how large the numbers are alone, so that any two that are not
    shown could have changed places.
    """
    small = [count for count in counts if 0 < count < least]
    if sum(counts) < least or (len(small) < sum(small) < len(small) * (least - 1) and len(small) > 1):
        return [Cell(None, f"少于{least}") if 0 < count < least else _exact(count) for count in counts]
    upto = min((count for count in counts if count >= least), default=least - 1) if small else 0
    return [Cell(None, WITHHELD) if 0 < count <= upto else _exact(count) for count in counts]


def told_by_keys(counts: Sequence[int], least: int) -> bool:
    """Whether to know which of them are none would tell the rest: as many are some as the sum has, or may at most have."""
    some, total = sum(count > 0 for count in counts), sum(counts)
    return some > 0 and (some >= least - 2 if total < least else some == total)


def shown(counts: Sequence[int], least: int | None) -> list[Cell]:
    """Those below ``least`` withheld; all as they are where there is none."""
    return plain(counts) if least is None else withheld(counts, least)


def part(count: int, whole: int, least: int | None) -> Cell:
    """A number of those in ``whole``: that of all others is a small number too."""
    return shown([count, whole - count], least)[0]


def bars(rows: Sequence[tuple[str, int]], label: Callable[[str], str], least: int | None) -> list[Bar]:
    """How many there are of each key, as ``rows`` have them, then what is withheld by key: its order would tell which is more. None
    where the keys alone would tell the numbers."""
    counts = [count for _, count in rows]
    if least is not None and told_by_keys(counts, least):
        return []
    each = [
        Bar(key=key, label=label(key), count=cell.count, text=cell.text)
        for (key, _), cell in zip(rows, shown(counts, least), strict=True)
    ]
    return sorted(each, key=lambda bar: "" if bar.count is not None else bar.key)


def _exact(count: int) -> Cell:
    return Cell(count, str(count))
