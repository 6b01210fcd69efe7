"""docs/threats.md names only tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in (ROOT / "docs/threats.md").read_text("utf-8").splitlines()
    if re.match(r"\| *\d+ *\|", line)
]


def test_every_threat_names_a_test_that_there_is() -> None:
    named = [(row[0], *test) for row in ROWS for test in re.findall(r"`(tests/[\w/]+\.(?:py|js))(?:::(\w+))?", row[-1])]

    missing = [
        f"{number}: {path}::{name}"
        for number, path, name in named
        if not (ROOT / path).exists() or (name and f"def {name}(" not in (ROOT / path).read_text("utf-8"))
    ]

    assert len(named) >= len(ROWS) > 0
    assert missing == []


def test_each_of_the_rules_that_trying_it_has_shown_is_defended() -> None:
    """They are numbered without a gap."""
    numbers = {int(row[0].strip("|")) for row in ROWS}

    assert numbers == set(range(1, max(numbers) + 1))
    assert max(numbers) >= 35
