"""The rules that the catalogue names: those that are there, and a mistyped one looks for nothing less."""

from __future__ import annotations

import copy

import pytest

from hub.words.errors import Invalid
from plugins.declaration.actions.importing import import_projects
from tests.interception.conftest import configure
from tests.plugins.conftest import CATALOGUE, OLD_AGE
from tests.world import ANJU, CITY

ONE = "declaration/catalogue/{code}"


async def test_a_rule_that_nobody_knows_is_refused(office):
    """At its field, and a draft that names one since before is not published."""
    operator = office.staff("林运维", office.position("ops_system", ANJU))
    seen = (await office.ask(operator, f"GET {ONE}", code=OLD_AGE)).seen
    draft = {"item": {"rules": ["R01"]}, "seen": seen}
    shown = await office.ask(operator, f"PUT {ONE}/handling", code=OLD_AGE, body=draft)

    body = {"item": {"rules": ["R10", "R21"]}, "seen": shown.seen}
    with pytest.raises(Invalid) as typed:
        await office.ask(operator, f"PUT {ONE}/handling", code=OLD_AGE, body=body)
    await office.world.database["declaration.revisions"].update_one({}, {"$set": {"terms.rules": ["R21"]}})
    body = {"seen": shown.seen, "why": "政策调整"}
    with pytest.raises(Invalid) as published:
        await office.ask(operator, f"POST {ONE}/publish", code=OLD_AGE, body=body)

    [flaw] = (await office.ask(operator, f"GET {ONE}", code=OLD_AGE)).flaws
    assert (typed.value.fields, flaw.text) == ({"item.rules": "没有这些规则：R21。"}, "没有这些规则：R21。")
    assert [*published.value.fields] == ["handling"]


async def test_the_file_is_refused_it_too(office):
    """With its row."""
    catalogue = copy.deepcopy(CATALOGUE)
    catalogue["projects"][4]["rules"] = ["R21"]

    done = await office.world.units.run(
        lambda ctx: import_projects(ctx, catalogue), plugin="declaration", place=office.world.place(CITY)
    )

    [(row, reason)] = done.problems.items()
    assert row == "5"
    assert "rules：没有这些规则：R21。" in reason


async def test_names_that_nobody_knows_do_not_turn_interception_off(office):
    """The county's own rules run then, for terms from before."""
    await configure(office, usual_rules=("R01",))
    await office.dead()

    await office.typed(rules=("R21",))

    assert [hit.rule for hit in await office.hits()] == ["R01"]
