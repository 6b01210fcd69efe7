"""The plugin of docs/reference/hooks.md, which shows each hook once, does what it says."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from docs.examples.repairs import plugin as repairs
from docs.shown import EXAMPLE
from hub.api import Conflict, Context, Succession, Withdraw
from hub.app import Hub
from hub.rules.importing import run_import
from hub.rules.switching import waiting
from hub.testing import ANJU, SHEHONG, VILLAGE, HubSetup
from hub.words import hookspecs
from tests.typing_check import errors_in
from tests.whole import settings_of


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return HubSetup(stand_ins={"repairs": repairs}, on=(ANJU,), off=(SHEHONG,))


async def ask(county: Any, what: str = "路灯不亮") -> tuple[Any, Any]:
    """Somebody has asked for a repair."""
    wang = await county.resident("王建国")
    return wang, await county.ask(wang, "POST repairs/repairs", at=VILLAGE, body={"what": what})


def test_it_has_every_hook() -> None:
    hooks = {name for name, call in vars(hookspecs).items() if hasattr(call, "hub_spec")}

    given = {"config_schema" if name == "CONFIG" else name.lower() for name in vars(repairs)}

    assert hooks <= given


def test_a_type_checker_takes_it() -> None:
    """As strict as for the hub's own code."""
    errors = errors_in(EXAMPLE)

    assert errors == []


async def test_a_hub_takes_it(mongo_uri: str, tmp_path: Path, database_name: str) -> None:
    """Its migration, lifespan, page, templates, websocket command and all names."""
    settings = settings_of(mongo_uri, tmp_path, {ANJU: {"repairs": True}}, database_name, plugins=())

    async with Hub.open(settings, extra_plugins=[("repairs", repairs)]) as hub:
        assert "repairs" in hub.host.plugins
        assert await hub.database["migrations"].count_documents({"_id": "repairs.2026_11_until_when"}) == 1


async def test_a_repair_is_asked_for_told_of_and_done(county: Any) -> None:
    """Route, permission, event, message, trigger; and what was told is taken back."""
    zhou = await county.staff("handler", region=VILLAGE)
    wang, repair = await ask(county)
    await county.expect_push(zhou, "repairs.asked", "报修待办")

    await county.ask(zhou, "POST repairs/repairs/{id}/finish", at=VILLAGE, id=repair.id)
    came = await county.deliver()

    assert [(type(each), each.key) for each in came] == [(Withdraw, repair.id)]
    assert (await county.ask(zhou, "GET repairs/repairs", at=VILLAGE)).items == []
    assert (await county.ask(wang, "GET repairs/repairs/{id}", at=VILLAGE, id=repair.id)).what == "路灯不亮"


async def test_its_settings_bound_it(county: Any) -> None:
    await county.turn("repairs", on=True, settings={"most_open": 1})
    wang, _ = await ask(county)

    with pytest.raises(Conflict, match="您已有1件报修在办"):
        await county.ask(wang, "POST repairs/repairs", at=VILLAGE, body={"what": "又坏了"})


async def test_four_at_once_do_not_pass_the_bound(county: Any) -> None:
    await county.turn("repairs", on=True, settings={"most_open": 2})
    wang = await county.resident("王建国")
    asking = (county.ask(wang, "POST repairs/repairs", at=VILLAGE, body={"what": "路灯不亮"}) for _ in range(4))

    said = await asyncio.gather(*asking, return_exceptions=True)

    assert len([each for each in said if isinstance(each, Conflict)]) == 2


async def test_another_plugin_asks_forbids_and_instructs(county: Any) -> None:
    """Answer, guard, instruction and its reaction; what waits while it is off."""
    _, repair = await ask(county)
    case = type("Case", (), {"place": VILLAGE})()

    async def guarded(ctx: Context) -> None:
        await ctx.guard("declaration.advance", case)

    async def asked(ctx: Context) -> int | None:
        return await ctx.ask(repairs.OpenRepairs())

    place = county.world.place(VILLAGE)
    with pytest.raises(Conflict, match="该地还有报修在办"):
        await county.world.units.run(guarded, plugin="repairs", place=place)
    assert await county.world.units.read(asked, plugin="repairs", place=place) == 1
    assert await waiting(county.world.units, ANJU, "repairs") == {"在办的报修": 1}

    await county.tell(repairs.CallOff(place=VILLAGE, repair=repair.id))

    assert await county.world.units.read(asked, plugin="repairs", place=place) == 0


async def test_what_was_forgotten_is_closed_by_night(county: Any) -> None:
    """Job and step; the health check has told of it before."""
    await ask(county)
    county.world.clock.advance(timedelta(days=400))
    place = county.world.place(ANJU)
    told = await county.world.units.read(repairs.well, plugin="repairs", place=place)

    await county.job("repairs.close")
    await county.deliver()

    assert told == "a repair is a month late"
    assert await county.world.units.read(repairs.well, plugin="repairs", place=place) is None


async def test_a_list_is_brought_in_once(county: Any) -> None:
    content = f"村,报修事项\n{VILLAGE},路灯\n{VILLAGE},水泵\n".encode()

    first = await run_import(county.world.units, "repairs", content, lambda done, total, so_far: None)
    again = await run_import(county.world.units, "repairs", content, lambda done, total, so_far: None)

    assert (first.added, again.added, again.unchanged) == (2, 0, 2)


async def test_the_rest_of_it(county: Any) -> None:
    """Node, command, news, belongings: each called as the hub calls it."""
    wang, repair = await ask(county)
    units, place = county.world.units, county.world.place(VILLAGE)
    heir = await county.resident("王建国")

    async def decide(ctx: Context) -> None:
        node = ctx.node("repair")
        assert node is not None
        await node.moves["pass"](ctx, repair.id, None)

    async def pass_on(ctx: Context) -> int:
        [kept] = repairs.BELONGINGS
        assert kept.pass_on is not None
        return await kept.pass_on(ctx, Succession(before=wang.person, person=heir.person))

    counts = [
        (await units.read(repairs.count, plugin="repairs", place=place)).open,
        (await units.read(repairs.news, plugin="repairs", place=place, actor=wang)).count,
    ]
    passed = await units.run(pass_on, plugin="repairs", place=place, actor=wang)
    await units.run(decide, plugin="repairs", place=place)

    assert (counts, passed) == ([1, 1], 1)
    assert (await county.ask(heir, "GET repairs/repairs/{id}", at=VILLAGE, id=repair.id)).id == repair.id
    assert (await units.read(repairs.count, plugin="repairs", place=place)).open == 0
