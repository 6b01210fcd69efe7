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
    Forbidden,
    HistoryLine,
    Machine,
    MessageType,
    Move,
    Moved,
    Paging,
    Permission,
    Persons,
    Resource,
    Succession,
    WorkFact,
    masking,
    passing_on,
    telling,
)
from hub.testing import ANJU, JUXIAN, NEXT_VILLAGE, SHEHONG, VILLAGE, HubSetup
from hub.words.errors import AnotherLevel


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
    letter="F",
    about=lambda favour: None,
)


async def ask(ctx, body: FavourRequest) -> Favour:
    """请人帮忙"""
    return await FAVOURS.file(ctx, Favour, "请人帮忙", what=body.what)


async def ask_town(ctx, body: FavourRequest) -> Favour:
    """请镇上帮忙"""
    town = ctx.regions.at_level(ctx.place.code, "town")
    before = HistoryLine(at=ctx.now(), move="note", label="来电登记")
    return await FAVOURS.file(ctx, Favour, "请人帮忙", what=body.what, place=town.code, applicant="", acts=(before,))


async def finish(ctx, favour, form):
    return Moved(favour, tell=(FAVOURS.fact(FavourDone, twice=lambda saved: saved.version * 2),))


class FavourAgain(WorkFact, frozen=True, kw_only=True):
    """To be done once more."""


MINE = Resource(
    business=FAVOURS, apps=("ykt",), path="/mine", title="我的", read=Anyone.CLAIMED, new=ask, new_at="village"
)
HOME = Resource(business=FAVOURS, apps=("ykt",), path="/home", title="家里", read=Anyone.CLAIMED, new=ask, at_home=True)
TOWN = Resource(business=FAVOURS, apps=("ykt",), path="/town", title="镇上", read=Anyone.CLAIMED, new=ask_town)
DESK = Resource(
    business=FAVOURS,
    apps=("ydsh",),
    path="",
    title="帮忙",
    read="favours.do",
    buttons=(Button(name="finish", call=finish), Button(name="again", tell=(FavourAgain,))),
)
PLUGIN = SimpleNamespace(
    COLLECTIONS=(Collection(name="favours.favours", document=Favour, scope="subtree", indexes=(NEWEST_FIRST,)),),
    EVENTS=(FavourDone, FavourAgain),
    PERMISSIONS=(Permission("favours.do", "帮忙", ("handler",)),),
    RESOURCES=(MINE, HOME, TOWN, DESK),
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

    assert (view.number, view.state) == ("510904-2026-F000001", "asked")
    assert (stored["readers"], stored["avoid"]) == ([person.person], [person.person])


async def test_a_fact_says_what_both_have_what_a_fact_of_work_has_and_more(county, asked):
    person, view = asked

    await press(county, "finish", view)

    [fact] = await county.facts(FavourDone)
    assert (fact.subject, fact.number, fact.title) == (view.id, view.number, "帮忙搬粮")
    assert (fact.state, fact.state_label, fact.readers) == ("done", "已办", (person.person,))
    assert (fact.what, fact.twice) == ("搬粮", 4)


async def test_a_button_tells_what_it_says(county, asked):
    _, view = asked

    await press(county, "again", await press(county, "finish", view))

    [fact] = await county.facts(FavourAgain)
    assert (fact.subject, fact.state_label) == (view.id, "待办")


async def test_staff_see_who_filed_it_masked(county, asked):
    person, view = asked
    handler = await county.staff("handler", region=VILLAGE)

    theirs = await county.ask(handler, "GET favours/{id}", at=VILLAGE, id=view.id)

    assert [(fact.label, fact.text) for fact in theirs.facts] == [("申请人", masking.name(person.name.reveal()))]
    assert view.facts == []


async def test_it_is_filed_where_it_is_done(county):
    """At a county nobody files what a village does; the form says so before anything is typed."""
    person = await county.resident()
    page = next(each for each in MINE.pages() if each.path == "/mine/new")

    with pytest.raises(AnotherLevel, match="请先选择您所在的村（社区），再请人帮忙。"):
        await county.ask(person, "POST favours/mine", at=ANJU, body={"what": "搬粮"})
    with pytest.raises(AnotherLevel):
        await county.world.units.read(page.load, plugin="favours", place=county.world.place(ANJU), actor=person)


async def test_what_is_filed_at_home_is_filed_nowhere_else(county):
    """The button of another village's list leads home; another county's has none."""
    person = await county.resident(region=VILLAGE)
    page = next(each for each in county.world.host.plugins["favours"].pages if each.path == "/home")

    with pytest.raises(Forbidden, match="请在您所在的村（社区）请人帮忙。"):
        await county.ask(person, "POST favours/home", at=NEXT_VILLAGE, body={"what": "搬粮"})
    shown = await county.look(person, page, at=NEXT_VILLAGE, query=Paging())
    elsewhere = await county.look(person, page, at=SHEHONG, query=Paging())

    assert (shown.new_place, elsewhere.new) == (VILLAGE, None)
    assert (await county.ask(person, "POST favours/home", at=VILLAGE, body={"what": "搬粮"})).state == "asked"


async def test_its_readers_are_told_each_time_and_nobody_else(county, asked, expect_push, expect_no_push):
    person, view = asked
    neighbour = await county.resident()

    for button in ("finish", "again", "finish"):
        view = await press(county, button, view)
    pushes = await county.deliver()

    assert [push.to for push in pushes] == [Persons((person.person,))] * 2
    assert len({push.key for push in pushes}) == 2
    assert dict(pushes[0].data).keys() == {*WORK_SAMPLE, "what", "twice"}
    await expect_no_push(neighbour, "favours.done")
    await expect_push(person, "favours.done", times=2)


async def test_what_has_come_is_not_silence(county, asked, expect_push, expect_no_push):
    person, view = asked

    await press(county, "finish", view)

    with pytest.raises(AssertionError, match=r"favours\.done reaches them"):
        await expect_no_push(person, "favours.done")
    with pytest.raises(AssertionError, match=r"not 2 favours\.done"):
        await expect_push(person, "favours.done", times=2)


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


async def test_its_place_may_be_another_and_nobody_named(county):
    """What went before stands first in its history."""
    wang = await county.resident("王建国")

    filed = await county.ask(wang, "POST favours/town", at=VILLAGE, body={"what": "搬家"})

    stored = await county.world.database["favours.favours"].find_one({"_id": filed.id})
    assert (stored["place"], stored["applicant"], stored["readers"]) == (JUXIAN, "", [wang.person])
    assert [act["label"] for act in stored["acts"]] == ["来电登记", "请人帮忙"]
