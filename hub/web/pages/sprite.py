"""Makes what browsers load of others' work: one sprite of the icons that are used, and htmx. ``python -m hub.web.pages.sprite``

Run by ``scripts/setup`` where the packages of ``package.json`` are; the result is no part of the repository, and goes along in
the wheel. An icon is used where its name stands in quotes in ``icon=…``, ``icon(…)`` or ``mark(…)`` of a template, or in ``icon="…"`` of
a plugin's entry.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from hub.words.errors import SetupError

ROOT = Path(__file__).parents[3]
MADE = ROOT / "hub" / "static" / "made"
TABLER = ROOT / "node_modules" / "@iconify-json" / "tabler" / "icons.json"
HTMX = ROOT / "node_modules" / "htmx.org" / "dist" / "htmx.min.js"

# For plugins that are installed beside the hub, and were not there when the sprite was made.
COMMON = (
    "alert-triangle", "ambulance", "award", "bell", "book", "briefcase", "building-bank", "building-community", "bus", "calendar",
    "camera", "cash-banknote", "chart-bar", "clipboard-check", "file-text", "gift", "heart-handshake", "home", "id", "map-pin",
    "message-2", "message-report", "package", "phone", "plant-2", "school", "speakerphone", "stethoscope", "sun", "tractor",
    "user", "users", "wallet", "wheelchair",
)  # fmt: skip

# In templates calls and values, in modules values alone.
_CALLED = re.compile(r"\b_?(?:icon|mark)\(([^()]*)\)")
_GIVEN = re.compile(r'\bicon"?(?:: str)? ?[:=] ?([^,)}%\n]*)')
_QUOTED = re.compile(r'"([a-z][a-z0-9]*(?:-[a-z0-9]+)*)"')
# What the class of an icon says by itself.
_SAID = re.compile(r' (?:fill|stroke|stroke-width|stroke-linecap|stroke-linejoin)="(?:none|currentColor|2|round)"')
# Said beside a name: a size.
_NO_ICONS = frozenset({"small"})


def used(files: Iterable[Path]) -> dict[str, Path]:
    """The names of icons in these templates and modules, each with a file that uses it."""
    return {name: file for file in files for name in _names(file)}


def _names(file: Path) -> Iterator[str]:
    text = file.read_text("utf-8")
    for found in (*(_CALLED.findall(text) if file.suffix == ".html" else ()), *_GIVEN.findall(text)):
        yield from (name for name in _QUOTED.findall(found) if name not in _NO_ICONS)


def sprite(names: Iterable[str], known: Mapping[str, str]) -> str:
    """One file with these icons, in the order of their names."""
    symbols = [
        f'<symbol id="{name}" viewBox="0 0 24 24">{_SAID.sub("", known[name])}</symbol>' for name in sorted(set(names))
    ]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>\n'


def sources(root: Path = ROOT) -> list[Path]:
    """Every file that may name an icon."""
    return sorted(
        file for folder in ("hub", "plugins") for kind in ("html", "py") for file in (root / folder).rglob(f"*.{kind}")
        if file != Path(__file__)
    )  # fmt: skip


def make(made: Path = MADE) -> None:
    """Both files. Raises ``SetupError`` with every name that Tabler does not know."""
    known = {name: icon["body"] for name, icon in msgspec.json.decode(TABLER.read_bytes())["icons"].items()}
    wanted = used(sources())
    if problems := [
        f"{file}: no icon of Tabler is named {name!r}" for name, file in wanted.items() if name not in known
    ]:
        raise SetupError(*problems)
    made.mkdir(parents=True, exist_ok=True)
    (made / "icons.svg").write_text(sprite((*wanted, *COMMON), known), "utf-8")
    shutil.copyfile(HTMX, made / "htmx.min.js")


if __name__ == "__main__":
    try:
        make()
    except SetupError as problem:
        sys.exit(str(problem))
