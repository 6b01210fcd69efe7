"""What a resident files: whose it is, what is told of it and to whom, and who has it when two records are one human."""

from __future__ import annotations

from types import SimpleNamespace

import msgspec
import pytest

from hub.api import (
    NEWEST_FIRST,
    WORK_SAMPLE,
    Anyone,
    Belongings,
    Business,
    Button,
    Collection,
    Filed,
    Machine,
    MessageType,
    Move,
    Moved,
    Permission,
    Persons,
    Resource,
    Succession,
    WorkFact,
    passing_on,
    telling,
)
from hub.testing import VILLAGE, HubSetup


class Favour(Filed, frozen=True, kw_only=True):
    what: str
    steps: int = 0


class FavourDone(WorkFact, frozen=True, kw_only=True):
    """``what`` is the document's own, ``twice`` is made of it."""

    what: str
    twice: int


class FavourRequest(msgspec.Struct, frozen=True):
    what: str


FAVOURS: Business[Favour] = Business(
    collection="favours.favours",
    kind="favour",
    machine=Machine(
        {"asked": "待办", "done": "已办"},
        {"finish": Move("办结", ("asked",), "done"), "again": Move("再办", ("done",), "asked")},
    ),
    title=lambda favour: f"帮忙{favour.what}",
    about=lambda favour: None,
)


async def ask(ctx, body: FavourRequest) -> Favour:
    """请人帮忙"""
    return await FAVOURS.file(ctx, Favour, "请人帮忙", what=body.what)


async def finish(ctx, favour, form):
    return Moved(favour, tell=(FAVOURS.fact(FavourDone, twice=lambda saved: saved.version * 2),))


MINE = Resource(business=FAVOURS, apps=("ykt",), path="/mine", title="我的", read=Anyone.CLAIMED, new=ask)
DESK = Resource(
    business=FAVOURS,
    apps=("ydsh",),
    path="",
    title="帮忙",
    read="favours.do",
    buttons=(Button(name="finish", call=finish), Button(name="again")),
)
PLUGIN = SimpleNamespace(
    COLLECTIONS=(Collection(name="favours.favours", document=Favour, scope="subtree", indexes=(NEWEST_FIRST,)),),
    EVENTS=(FavourDone,),
    PERMISSIONS=(Permission("favours.do", "帮忙", ("handler",)),),
    RESOURCES=(MINE, DESK),
    TRIGGERS=(telling(FavourDone, "favours.done"),),
    BELONGINGS=(Belongings(pass_on=passing_on(FAVOURS)),),
    MESSAGE_TYPES=(
        MessageType(name="done", code="X01", kind="result", app="ykt", label="帮忙结果", sample=WORK_SAMPLE),
    ),
)


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(stand_ins={"favours": PLUGIN})


@pytest.fixture
async def asked(county):
    """A resident and what they have asked for."""
    person = await county.resident()
    return person, await county.ask(person, "POST favours/mine", at=VILLAGE, body={"what": "搬粮"})


async def press(county, button, view):
    handler = await county.staff("handler", region=VILLAGE)
    body = {"version": view.version}
    return await county.ask(handler, f"POST favours/{{id}}/{button}", at=VILLAGE, id=view.id, body=body)


async def test_it_has_the_next_number_the_first_state_and_its_reader(county, asked):
    person, view = asked

    stored = await county.world.database["favours.favours"].find_one({"_id": view.id})

    assert (view.number, view.state) == ("510904-2026-000001", "asked")
    assert (stored["readers"], stored["avoid"]) == ([person.person], [person.person])


async def test_a_fact_says_what_both_have_what_a_fact_of_work_has_and_more(county, asked):
    person, view = asked

    await press(county, "finish", view)

    [fact] = await county.facts(FavourDone)
    assert (fact.subject, fact.number, fact.title) == (view.id, view.number, "帮忙搬粮")
    assert (fact.state, fact.state_label, fact.readers) == ("done", "已办", (person.person,))
    assert (fact.what, fact.twice) == ("搬粮", 4)


async def test_its_readers_are_told_each_time_and_nobody_else(county, asked, expect_no_push):
    person, view = asked
    neighbour = await county.resident()

    for button in ("finish", "again", "finish"):
        view = await press(county, button, view)
    pushes = await county.deliver()

    assert [push.to for push in pushes] == [Persons((person.person,))] * 2
    assert len({push.key for push in pushes}) == 2
    assert dict(pushes[0].data).keys() == {*WORK_SAMPLE, "what", "twice"}
    await expect_no_push(neighbour, "favours.done")


async def test_what_has_come_is_not_silence(county, asked, expect_no_push):
    person, view = asked

    await press(county, "finish", view)

    with pytest.raises(AssertionError, match=r"favours\.done reaches them"):
        await expect_no_push(person, "favours.done")


async def test_a_message_that_nobody_has_is_no_silence(county, asked, expect_no_push):
    person, _ = asked

    with pytest.raises(LookupError, match=r"no plugin has a message 'favours\.finished'"):
        await expect_no_push(person, "favours.finished")


async def test_who_succeeds_reads_it(county, asked):
    person, view = asked
    [belongings] = PLUGIN.BELONGINGS
    heir = await county.resident()

    async def pass_on(ctx):
        return await belongings.pass_on(ctx, Succession(before=person.person, person=heir.person))

    passed = await county.world.units.run(pass_on, plugin="favours", place=county.world.place(VILLAGE), actor=person)

    assert passed == 1
    assert (await county.ask(heir, "GET favours/mine/{id}", at=VILLAGE, id=view.id)).title == "帮忙搬粮"
