"""docs/reference/ says what the code says, and leaves nothing out."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from docs import generate, kitpages
from hub import api
from hub.app import installed
from hub.cli.opening import read_settings
from hub.words import contributions, hookspecs

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


def test_all_that_a_plugin_may_import_is_described(made):
    """Each name of hub.api has a place in the page of hooks, of contexts or of the kit."""
    text = "".join(made[page] for page in ("hooks.md", "context.md", "kit.md"))

    lost = [name for name in api.__all__ if not re.search(rf"^## (?:\w+\.)?{name}$|`@?{name}[`.]", text, re.MULTILINE)]

    assert lost == []


def test_whatever_it_can_do_has_words():
    """An engineer who writes a plugin has nothing but these pages."""
    kinds = {kind for kinds in kitpages.GIVEN.values() for kind in kinds}
    kinds |= {value for name in api.__all__ if inspect.isclass(value := getattr(api, name))}
    calls = {
        f"{kind.__name__}.{name}": inspect.getdoc(getattr(kind, name)) for kind in kinds for name, _ in methods_of(kind)
    }
    calls |= {name: inspect.getdoc(value) for name in api.__all__ if inspect.isfunction(value := getattr(api, name))}

    silent = sorted(name for name, words in calls.items() if not words)

    assert len(calls) > 100
    assert silent == []


def methods_of(kind):
    """Those of the records of hooks stand in no page."""
    return () if kind.__module__ == contributions.__name__ else kitpages.methods(kind)
