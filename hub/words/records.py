"""CSV tables that operators bring in by command: every bad line told at once, in English, before anything is written."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from io import StringIO
from typing import TypeVar

import msgspec

from hub.words.errors import SetupError
from hub.words.text import clean

T = TypeVar("T")


def read_records(
    content: str, columns: Sequence[str], read: Callable[[Mapping[str, str]], T], key: Callable[[T], str]
) -> list[tuple[int, T]]:
    """What ``read`` makes of each filled line, with the line's number in the file; the first line names the columns.

    ``read`` raises ``ValueError`` or msgspec's; ``key`` is what may stand in one line only. Raises ``SetupError`` naming all
    bad lines.
    """
    lines = _lines(content)
    _, head = next(lines, (1, []))
    if _without_end(head) != list(columns):
        raise SetupError(f"the first line must be {','.join(columns)}")
    records: list[tuple[int, T]] = []
    first: dict[str, int] = {}
    problems: list[str] = []
    for number, line in lines:
        try:
            record = read(_named(columns, line))
            if (before := first.setdefault(key(record), number)) != number:
                raise ValueError(f"{key(record)} stands in line {before} already")
            records.append((number, record))
        except (ValueError, msgspec.ValidationError) as problem:
            problems.append(f"line {number}: {problem}")
    if problems:
        raise SetupError(*problems)
    return records


def _lines(content: str) -> Iterator[tuple[int, list[str]]]:
    """The lines in which anything stands, cleaned."""
    try:
        for number, line in enumerate(csv.reader(StringIO(content, newline=""), strict=True), 1):
            if any(cells := [clean(cell) for cell in line]):
                yield number, cells
    except csv.Error:
        raise SetupError("the file is no CSV: its quotes do not pair") from None


def _named(columns: Sequence[str], line: Sequence[str]) -> dict[str, str]:
    if len(_without_end(line)) > len(columns):
        raise ValueError(f"has {len(line)} cells, the first line {len(columns)}")
    return dict(zip(columns, [*line, *[""] * len(columns)], strict=False))


def _without_end(line: Sequence[str]) -> list[str]:
    """Without the empty cells that spreadsheets put behind."""
    last = max((at for at, cell in enumerate(line, 1) if cell), default=0)
    return list(line[:last])
