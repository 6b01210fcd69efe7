"""docs/reference/ says what the code says, and leaves nothing out."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import generate
from hub.app import installed
from hub.cli.opening import read_settings
from hub.words import hookspecs

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs/reference"


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return generate.pages()


def test_the_pages_are_those_of_the_code(made):
    """Stale pages are written anew by ``scripts/docs``."""
    there = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    there["../coverage.md"] = (FOLDER / "../coverage.md").read_text("utf-8")

    stale = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))

    assert stale == [], "run scripts/docs and commit what it writes"


def test_everything_has_words_of_its_own():
    """No hook, plugin, event or operation of the hub without a docstring: the pages are made of them."""
    host = installed(read_settings(ROOT / "config.yaml"))
    described = {f"hook {name}": call.__doc__ for name, call in vars(hookspecs).items() if hasattr(call, "hub_spec")}
    for plugin in host.plugins.values():
        described[f"plugin {plugin.name}"] = plugin.doc
        described |= {host.event_name(kind): kind.__doc__ for kind in plugin.events}
        described |= {f"{plugin.name} {route.method} {route.path}": route.call.__doc__ for route in plugin.routes}

    silent = [name for name, words in described.items() if not (words or "").strip()]

    assert len(described) > 50
    assert silent == []
