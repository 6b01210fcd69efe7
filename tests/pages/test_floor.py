"""What browsers of 2020 do not know, and what our content policy forbids, stands in no file that a browser loads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "hub" / "static"
TEMPLATES = [
    file
    for part in ("hub", "plugins")
    for file in (ROOT / part).rglob("templates/**/*.html")
    if file.parent.name not in ("demo", "web")
]
SCRIPTS = sorted([*STATIC.glob("*.js"), *ROOT.glob("plugins/*/static/*.js")])
STYLES = [STATIC / "tokens.css", STATIC / "phone.css", STATIC / "paper.css"]
# Those that hold the look; all others call their macros.
LOOK = ("ui.html", "fields.html", "papers.html", "page.html")

# iOS 13.4 and Chromium 80.
TOO_NEW_IN_CSS = {
    "flex gap": r"(?<![\w-])(?:row-|column-)?gap\s*:",
    "inset": r"(?<![\w-])inset(?:-\w+)*\s*:",
    "aspect-ratio": r"(?<![\w-])aspect-ratio\s*:",
    "selector functions": r":(?:is|where|has)\(",
    "colour functions": r"\b(?:color-mix|oklch|lab|lch|color)\(",
    "viewport units": r"\d(?:dvh|svh|lvh|dvw)\b",
    "at-rules": r"@(?:layer|container|scope|property)\b",
    "accent-color": r"(?<![\w-])accent-color\s*:",
    "nesting": r"(?m)^\s*&",
    "logical margins in short": r"(?:margin|padding)-(?:inline|block)\s*:",
    "rgb by spaces": r"rgba?\(\s*\d+\s+\d",
}
TOO_NEW_IN_JS = {
    "assignments": r"(?:\|\||&&|\?\?)=",
    "at, replaceAll, findLast": r"\.(?:at|replaceAll|findLast|replaceChildren|hasOwn|any|showModal)\(",
    "structuredClone": r"\bstructuredClone\b",
    "inert": r"\binert\b",
    "randomUUID": r"\brandomUUID\b",
    "private members": r"(?:this\.|^\s+)#\w",
    "waiting at the top": r"(?m)^await\b",
}
FORBIDDEN_IN_JS = {
    "eval": r"\beval\(|new Function\b",
    "text as code": r"set(?:Timeout|Interval)\(\s*[\"']",
    "text as HTML": r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|document\.write)\b",
}
FORBIDDEN_IN_HTML = {
    "style": r"\sstyle\s*=",
    "handlers": r"\son\w+=[\"'{]",
    "hx-on": r"hx-on",
    "evaluated values": r"\bjs:",
    "script in the page": r"<script(?![^>]*\bsrc=)",
    "dialog": r"<dialog\b",
    "filters of triggers": r"hx-trigger=\"[^\"]*\[",
}


def found(rules: dict[str, str], text: str) -> list[str]:
    return [f"{name}: {match.group()!r}" for name, rule in rules.items() for match in re.finditer(rule, text)]


@pytest.mark.parametrize("file", STYLES, ids=lambda file: file.name)
def test_styles_are_old_enough(file: Path) -> None:
    """A phone of 2020 shows the same as one of today."""
    assert found(TOO_NEW_IN_CSS, _without_remarks(file)) == []


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_scripts_are_old_enough_and_harmless(file: Path) -> None:
    """Nothing is evaluated, and no text becomes HTML."""
    assert found(TOO_NEW_IN_JS | FORBIDDEN_IN_JS, _without_remarks(file)) == []


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_templates_keep_to_the_content_policy(file: Path) -> None:
    """What it would refuse in the browser is seen here."""
    assert found(FORBIDDEN_IN_HTML, _without_remarks(file)) == []


@pytest.mark.parametrize("file", [file for file in TEMPLATES if file.name not in LOOK], ids=lambda file: file.name)
def test_pages_are_made_of_macros(file: Path) -> None:
    """Nothing is styled twice: a class stands in the files of macros alone."""
    assert re.findall(r"\bclass=", file.read_text("utf-8")) == []


def test_colours_and_sizes_of_type_are_tokens() -> None:
    """One file to change them in."""
    for file in STYLES[1:]:
        assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|font-size", _without_remarks(file)) == []


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        (TOO_NEW_IN_CSS, "a { gap: 4px }"),
        (TOO_NEW_IN_CSS, "a { inset: 0 }"),
        (TOO_NEW_IN_CSS, "a:has(b) {}"),
        (TOO_NEW_IN_JS, "a ??= 1"),
        (FORBIDDEN_IN_JS, "a.innerHTML = b"),
        (FORBIDDEN_IN_HTML, '<p style="x">'),
        (FORBIDDEN_IN_HTML, "<script>x</script>"),
    ],
)
def test_the_rules_find_what_they_are_for(rules: dict[str, str], text: str) -> None:
    """Each of some, in a line that is wrong."""
    assert found(rules, text)


def test_what_is_allowed_is_not_found() -> None:
    """Words that look like it."""
    assert found(TOO_NEW_IN_CSS, "a { grid-gap: 4px; grid-row-gap: 0; box-shadow: inset 0 0 0 1px }") == []
    assert found(FORBIDDEN_IN_HTML, '<a data-on="x" hx-trigger="every 60s"><script src="x" defer></script>') == []


def _without_remarks(file: Path) -> str:
    text = file.read_text("utf-8")
    return re.sub(r"/\*.*?\*/|{#.*?#}|(?m:^\s*//.*$)", "", text, flags=re.DOTALL)
