"""Each declared list is asked at 20,000 documents, by itself and with each of its filters: tests/*/test_plans.py say by whom."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import pytest

from hub.api import Listing, Paging

ROOT = Path(__file__).parents[2]
HANDLERS = {
    "hub.worklist": "tests.plugins.test_plans",
    "plugins.declaration": "tests.plugins.test_plans",
    **{
        f"plugins.{name}": f"tests.{name}.test_plans"
        for name in (
            "branches",
            "complaints",
            "follow",
            "interception",
            "message_board",
            "payments",
            "notices",
            "policy",
            "publicity",
            "survey",
            "village",
        )
    },
    "plugins.overdue": "tests.overdue.test_plans",
}
# Where a plugin's lists stand, if not in its handlers.py.
ELSEWHERE = {"plugins.overdue": ("late", "orderpages"), "plugins.village": ("following", "loudspeaker")}


def lists_of(package: str) -> Mapping[str, Listing]:
    """By their paths."""
    modules = [importlib.import_module(f"{package}.{name}") for name in ELSEWHERE.get(package, ("handlers",))]
    return {each.path: each for module in modules for each in vars(module).values() if isinstance(each, Listing)}


def asked_of(listing: Listing, module: str) -> Iterator[frozenset[str]]:
    """The filters of each question that a plan test asks of a list."""
    for question in vars(importlib.import_module(module))["QUESTIONS"].values():
        if question.of is listing:
            yield frozenset(question.wanted)


def test_no_plugin_is_forgotten():
    found = {f"plugins.{file.parent.name}" for file in ROOT.glob("plugins/*/handlers.py")}

    assert found <= set(HANDLERS)


@pytest.mark.parametrize(("package", "path"), [(package, path) for package in HANDLERS for path in lists_of(package)])
def test_its_plans_are_looked_at(package, path):
    listing = lists_of(package)[path]
    filters = {field.name: field.required for field in msgspec.structs.fields(listing.query)}
    for name in Paging.__struct_fields__:
        filters.pop(name)

    asked = set(asked_of(listing, HANDLERS[package]))

    assert filters.keys() - set().union(*asked) == set(), "filters whose plan nobody looks at"
    assert min(map(len, asked)) == sum(filters.values()), "nobody asks for all that can be seen"
