"""What all papers have."""

from __future__ import annotations

import pytest

from hub.business.papers import sheets_of


@pytest.mark.parametrize(
    ("lines", "sheets"),
    [(0, [()]), (2, [(0, 1)]), (3, [(0, 1, 2)]), (5, [(0, 1, 2), (3, 4)]), (6, [(0, 1, 2), (3, 4, 5)])],
)
def test_lines_are_laid_on_sheets(lines: int, sheets: list[tuple[int, ...]]) -> None:
    """An empty list is one sheet to look at; a full one is not followed by an empty one."""
    assert list(sheets_of(range(lines), 3)) == sheets
