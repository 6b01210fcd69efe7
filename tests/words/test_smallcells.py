"""Numbers too small to be shown, and the sums that would give them away."""

from __future__ import annotations

import pytest

from hub.business.smallcells import plain, withheld


@pytest.mark.parametrize(
    ("counts", "texts"),
    [
        ([], []),
        ([0, 0], ["0", "0"]),
        ([5, 12], ["5", "12"]),
        ([1], ["少于5"]),
        ([4, 2, 9], ["少于5", "少于5", "9"]),
        # One alone is the sum less the others: the next smallest goes with it.
        ([20, 3, 9, 0], ["20", "少于5", "未显示", "0"]),
    ],
)
def test_small_numbers_are_withheld(counts, texts):
    cells = withheld(counts, 5)

    assert [cell.text for cell in cells] == texts
    assert [cell.count for cell in cells] == [
        count if text.isdecimal() else None for count, text in zip(counts, texts, strict=True)
    ]


def test_no_single_small_number_follows_from_the_sum_of_its_table():
    for counts in ([1, 7, 8], [2, 5], [3, 100, 100, 100], [1, 1, 30]):
        hidden = [count for count, cell in zip(counts, withheld(counts, 5), strict=True) if cell.count is None]
        assert len(hidden) > 1


def test_whoever_may_see_the_persons_reads_the_numbers():
    assert [(cell.count, cell.text) for cell in plain([0, 1, 9])] == [(0, "0"), (1, "1"), (9, "9")]
