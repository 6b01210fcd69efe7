"""Every audit line and every event of a play in which each feature makes each of its moves, as committed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.golden import known, lines
from tests.golden.comparing import COMMAND, FOLDER, hold
from tests.golden.play import Play

SHARE = 0.9


@pytest.fixture(scope="module")
async def texts(played: Play) -> lines.Texts:
    return await lines.read(played.hub, played.headings, clock_stands=True)


@pytest.mark.parametrize("name", ["audit", "events"])
def test_what_is_noted_and_told_is_what_is_committed(texts: lines.Texts, name: str, golden: bool) -> None:
    """In their order, with all that they carry."""
    hold(FOLDER / f"{name}.txt", getattr(texts, name), write=golden)


def test_what_the_files_never_show_is_named_with_its_reason() -> None:
    """Little, and nothing that the code does not write or the files do show."""
    there = {f"audit {name}" for name in known.audit_actions()} | {f"event {name}" for name in known.event_kinds()}
    shown = {f"audit {name}" for name in _shown("audit")} | {f"event {name}" for name in _shown("events")}

    named = dict(line.split(": ", 1) for line in (FOLDER / "unseen.txt").read_text("utf-8").splitlines())

    assert sorted(shown - there) == [], "written, but not found in the code: mend tests/golden/known.py"
    assert sorted(named) == sorted(there - shown), f"mend files/unseen.txt ({COMMAND} does not)"
    assert all(named.values())
    assert len(shown) >= SHARE * len(there)


def _shown(name: str) -> Iterator[str]:
    """The first word of each line, in any of the files of that name."""
    for file in FOLDER.glob(f"*{name}.txt"):
        for line in file.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                yield line.split(" | ")[0]
