"""The committed files, and how they are compared and written."""

from __future__ import annotations

import difflib
from pathlib import Path

FOLDER = Path(__file__).parent / "files"
COMMAND = "scripts/golden"
SHOWN = 40


def hold(file: Path, text: str, *, write: bool) -> None:
    """The file says what this run has said. ``write`` brings it up to date instead."""
    if write:
        file.write_text(text, "utf-8")
    before = file.read_text("utf-8") if file.exists() else ""
    if before != text:
        raise AssertionError(
            f"{file.name} is not what happened. Where that is meant: {COMMAND}\n{_difference(before, text)}"
        )


def _difference(before: str, after: str) -> str:
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), "committed", "now", n=1, lineterm=""))
    left = [f"… {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *left])
