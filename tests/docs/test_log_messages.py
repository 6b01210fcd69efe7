"""docs/log-messages.md has every warning and error of the code, and no other."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/log-messages.md").read_text("utf-8")
LEVELS = {"warning": "warning", "error": "error", "exception": "error", "critical": "critical"}


class Line(msgspec.Struct, frozen=True):
    """A log line, as the code writes it or as the page shows it."""

    event: str
    level: str
    logger: str
    fields: frozenset[str]


def lines_of(file: Path) -> Iterator[Line]:
    """The warnings and errors that a module writes."""
    tree = ast.parse(file.read_text("utf-8"))
    loggers = re.findall(r"structlog\.get_logger\('([^']+)'\)", ast.unparse(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="log"), attr=method)) if method in LEVELS:
                [logger] = loggers
                fields = {keyword.arg for keyword in node.keywords} | ({"exc_info"} if method == "exception" else set())
                yield Line(ast.literal_eval(node.args[0]), LEVELS[method], logger, frozenset(fields))


@pytest.fixture(scope="module")
def written() -> set[Line]:
    """Every warning and error that the code can write."""
    files = [file for folder in ("hub", "plugins") for file in (ROOT / folder).rglob("*.py")]
    return {line for file in files for line in lines_of(file)}


def example(text: str) -> Line:
    shown: dict[str, Any] = json.loads(text)
    fields = {"exc_info" if name == "exception" else name for name in shown} - {"event", "level", "logger"}
    return Line(shown["event"], shown["level"], shown["logger"], frozenset(fields))


def entries() -> dict[str, str]:
    """Heading → what stands below it."""
    parts = re.split(r"^### (.+)$", PAGE.partition("\n## Causes of alerts")[0], flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_message_has_its_entry(written):
    """And vice versa: an entry that no code writes is stale."""
    assert sorted({line.event for line in written}) == sorted(entries())


@pytest.mark.parametrize("event", sorted(entries()))
def test_an_entry_is_right(event, written):
    """Its example is a line that the code can write; it says why, and what to do."""
    text = entries()[event]
    shown = example(text.split("```json\n")[1].split("\n```")[0])

    assert shown in written
    assert re.search(r"```\n\S.+\n\n\*\*Do:\*\* \S.+", text, re.DOTALL)


def test_every_cause_of_an_alert_is_listed():
    """What alerts are raised for, by the first word of their cause."""
    source = "\n".join(
        file.read_text("utf-8") for folder in ("hub/push", "hub/jobs") for file in (ROOT / folder).rglob("*.py")
    )
    raised = re.findall(r'(?:Alarm\(|tell\([^"]*?|_alert\([^"]*?)\s*f?"([a-z_]+)[:"]', source)
    listed = re.findall(r"`([a-z_]+)(?::[^`]*)?`", "\n".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)))

    assert len(set(raised)) >= 8
    assert set(raised) == set(listed)
