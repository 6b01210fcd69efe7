"""Docstrings and tables as Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence


def prose(docstring: str | None) -> str:
    """reStructuredText of a docstring as Markdown, one paragraph per line."""
    text = inspect.cleandoc(docstring or "")
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text).replace("``", "`")
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def escaped(text: str) -> str:
    """For a cell: a bar would end it."""
    return text.replace("|", "\\|")


def cell(text: str) -> str:
    """On one line."""
    return text.replace("\n\n", "<br>").replace("\n", " ")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """With a row for each of ``rows``."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(cell(part) for part in row)} |" for row in rows)])
