"""Numbers too small to be shown, and the sums that would give them away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import pytest

from hub.business.smallcells import bars, part, plain, withheld

KEYS = "abcd"


@pytest.mark.parametrize(
    ("counts", "texts"),
    [
        ([], []),
        ([0, 0], ["0", "0"]),
        ([5, 12], ["5", "12"]),
        ([1], ["少于5"]),
        ([4, 2, 9], ["少于5", "少于5", "9"]),
        # One alone is the sum less the others: the next smallest goes with it.
        ([20, 3, 9, 0], ["20", "未显示", "未显示", "0"]),
        # And all that are as small, so that none of them could not be the other.
        ([20, 3, 9, 9], ["20", "未显示", "未显示", "未显示"]),
        # The least and the most that two can be together.
        ([1, 1, 30], ["未显示", "未显示", "未显示"]),
        ([4, 4, 6, 30], ["未显示", "未显示", "未显示", "30"]),
        ([4, 4], ["未显示", "未显示"]),
    ],
)
def test_small_numbers_are_withheld(counts, texts):
    cells = withheld(counts, 5)

    assert [cell.text for cell in cells] == texts
    assert [cell.count for cell in cells] == [
        count if text.isdecimal() else None for count, text in zip(counts, texts, strict=True)
    ]


def told(counts: Iterable[int], least: int) -> tuple[str, ...]:
    """All that a page shows of a table: its sum, and the bars in their order, the longest first as the store has them."""
    rows = sorted(zip(KEYS, counts, strict=False), key=lambda row: -row[1])
    [total] = withheld([sum(counts)], least)
    return total.text, *(f"{bar.key} {bar.text}" for bar in bars([row for row in rows if row[1]], str, least))


@pytest.mark.parametrize(("least", "size", "most"), [(3, 4, 8), (4, 4, 9), (5, 3, 14), (5, 4, 9)])
def test_no_small_number_follows_from_what_is_shown(least, size, most):
    """Not for whoever knows the rule, the sum and the keys: of all tables that look the same, some have another number there."""
    alike = defaultdict(list)
    for counts in product(range(most + 1), repeat=size):
        alike[told(counts, least)].append(counts)

    for (_, *shown), tables in alike.items():
        for at in range(size):
            if shown and any(0 < counts[at] < least for counts in tables):
                assert len({counts[at] for counts in tables}) > 1, tables


@pytest.mark.parametrize(("least", "size"), [(3, 4), (4, 4), (5, 4), (5, 5)])
def test_no_small_sum_follows_from_what_is_shown(least, size):
    """Nor from which tables are not shown at all: each sum below the least looks like another one."""
    for total in range(1, least):
        tables = [counts for counts in product(range(least), repeat=size) if 0 < sum(counts) < least]
        looks = {told(counts, least) for counts in tables if sum(counts) == total}
        alike = {look: {sum(counts) for counts in tables if told(counts, least) == look} for look in looks}

        assert all(len(sums) > 1 for sums in alike.values()), alike


@pytest.mark.parametrize("counts", [[1, 1, 1, 1, 1], [1, 1, 1, 1], [2, 1, 1]])
def test_a_table_whose_keys_tell_its_numbers_is_not_shown(counts):
    """One each, as many as there are; or as many as 少于5 can be."""
    assert bars([(str(at), count) for at, count in enumerate(counts)], str, 5) == []


def test_the_order_of_what_is_withheld_tells_nothing():
    """By key, behind what is shown."""
    assert [bar.key for bar in bars([("c", 30), ("b", 9), ("d", 7), ("a", 2)], str, 5)] == ["c", "b", "a", "d"]


@pytest.mark.parametrize(
    ("count", "whole", "text"), [(3, 12, "未显示"), (9, 12, "未显示"), (6, 12, "6"), (0, 12, "0"), (2, 4, "少于5")]
)
def test_a_part_tells_nothing_of_the_others(count, whole, text):
    assert part(count, whole, 5).text == text
    assert part(count, whole, None).text == str(count)


def test_whoever_may_see_the_persons_reads_the_numbers():
    assert [(cell.count, cell.text) for cell in plain([0, 1, 9])] == [(0, "0"), (1, "1"), (9, "9")]
