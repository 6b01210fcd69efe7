"""A resident files no second one while the first is open."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import msgspec
import pytest

from hub.api import (
    NEWEST_FIRST,
    Anyone,
    Business,
    Button,
    Collection,
    Conflict,
    Filed,
    Machine,
    Move,
    OneOpen,
    Permission,
    Resource,
)
from hub.testing import ANJU, DONGCHAN, VILLAGE, HubSetup

SAYS = "您已借了一件，归还后再借。"
NUMBER = "510923194106120011"


class Tool(Filed, frozen=True, kw_only=True):
    sort: str


class ToolRequest(msgspec.Struct, frozen=True):
    sort: str


TOOLS: Business[Tool] = Business(
    collection="tools.tools",
    kind="tool",
    machine=Machine(
        {"asked": "待办", "lent": "已借", "back": "已还"},
        {"lend": Move("借出", ("asked",), "lent"), "take": Move("归还", ("asked", "lent"), "back")},
    ),
    title=lambda tool: tool.sort,
    about=lambda tool: None,
    one_open=OneOpen(per=("sort",), says=SAYS),
)


async def borrow(ctx, body: ToolRequest) -> Tool:
    """借工具"""
    return await TOOLS.file(ctx, Tool, "借工具", sort=body.sort)


MINE = Resource(business=TOOLS, apps=("ykt",), path="/mine", title="我的", read=Anyone.CLAIMED, new=borrow)
DESK = Resource(
    business=TOOLS,
    apps=("ydsh",),
    path="",
    title="工具",
    read="tools.lend",
    buttons=(Button(name="lend"), Button(name="take")),
)
PLUGIN = SimpleNamespace(
    COLLECTIONS=(Collection(name="tools.tools", document=Tool, scope="subtree", indexes=(NEWEST_FIRST,)),),
    PERMISSIONS=(Permission("tools.lend", "借出工具", ("handler",)),),
    RESOURCES=(MINE, DESK),
)


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(stand_ins={"tools": PLUGIN}, on=(ANJU,))


async def ask(county, who, sort="saw", at=VILLAGE):
    return await county.ask(who, "POST tools/mine", at=at, body={"sort": sort})


async def press(county, tool, button):
    zhou = await county.staff("handler", region=VILLAGE)
    return await county.ask(zhou, f"POST tools/{{id}}/{button}", at=VILLAGE, id=tool.id, body={"version": tool.version})


async def test_the_second_is_refused_in_words_until_the_first_is_closed(county):
    wang = await county.resident("王建国")
    tool = await press(county, await ask(county, wang), "lend")

    with pytest.raises(Conflict, match=SAYS):
        await ask(county, wang)
    await press(county, tool, "take")

    assert (await ask(county, wang)).state == "asked"


async def test_of_four_at_once_one_is_filed(county):
    wang = await county.resident("王建国")

    said = await asyncio.gather(*(ask(county, wang) for _ in range(4)), return_exceptions=True)

    assert sorted(str(each) for each in said if isinstance(each, Conflict)) == [SAYS] * 3


async def test_another_sort_and_another_person_are_free(county):
    wang, li = await county.resident("王建国"), await county.resident("李秀英")
    await ask(county, wang)

    filed = [await ask(county, wang, "drill"), await ask(county, li)]

    assert [each.state for each in filed] == ["asked", "asked"]


async def test_a_number_that_was_only_typed_keeps_nobody_out(county):
    """Nor does it tell whoever typed it what its owner has open."""
    stranger, wang = [await county.resident("王建国", number=NUMBER) for _ in range(2)]
    await ask(county, stranger)

    assert (await ask(county, wang)).state == "asked"


async def test_another_account_or_place_of_the_same_person_is_not(county):
    before, after = [await county.resident("王建国", number=NUMBER, proved=True) for _ in range(2)]
    await ask(county, before)

    with pytest.raises(Conflict, match=SAYS):
        await ask(county, after, at=DONGCHAN)
