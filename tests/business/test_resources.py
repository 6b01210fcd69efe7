"""A business that is declared as a resource: who reads what of it, who is offered a move, how its list is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import msgspec
import pytest

from hub.api import (
    BY_STATE,
    NEWEST_FIRST,
    Anyone,
    Ask,
    Business,
    Button,
    Choice,
    Collection,
    Filed,
    Forbidden,
    Invalid,
    Machine,
    Move,
    NotFound,
    Permission,
    Reason,
    ReasonRequest,
    Resource,
)
from hub.testing import CITY, JUXIAN, SHEHONG, VILLAGE, HubSetup


class Wish(Filed, frozen=True, kw_only=True):
    text: str


class WishRequest(msgspec.Struct, frozen=True):
    text: str
    kind: str = ""
    helpers: tuple[str, ...] = ()


WISHES: Business[Wish] = Business(
    collection="wishes.wishes",
    kind="wish",
    machine=Machine({"open": "待办", "shut": "已办"}, {"shut": Move("办结", ("open",), "shut")}),
    title=lambda wish: wish.text,
    about=lambda wish: None,
)


async def kinds(ctx, loaded):
    return {
        "kind": [Choice("road", "道路"), Choice("light", "路灯")],
        "helpers": [Choice("a", "甲"), Choice("b", "乙")],
    }


async def wish(ctx, body: WishRequest) -> Wish:
    """提出心愿"""
    return await WISHES.file(ctx, Wish, "提出", text=body.text)


MINE = Resource(
    business=WISHES,
    apps=("ykt",),
    path="/mine",
    title="我的心愿",
    read=Anyone.CLAIMED,
    facts={"心愿": "text"},
    new=wish,
    form=Ask(choices=kinds),
)
DESK = Resource(
    business=WISHES,
    apps=("ydsh", "ydjd"),
    path="",
    title="心愿",
    read="wishes.read",
    act="wishes.shut",
    facts={"心愿": "text"},
    by_state=True,
    order=5,
    buttons=(Button(name="shut", form=ReasonRequest, reason=Reason("说明")),),
)
PLUGIN = SimpleNamespace(
    COLLECTIONS=(Collection(name="wishes.wishes", document=Wish, scope="subtree", indexes=(NEWEST_FIRST, BY_STATE)),),
    PERMISSIONS=(
        Permission("wishes.read", "查看心愿", ("handler", "leader")),
        Permission("wishes.shut", "办结心愿", ("handler",)),
    ),
    RESOURCES=(MINE, DESK),
)


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(stand_ins={"wishes": PLUGIN})


@pytest.fixture
async def made(county):
    """A wish of somebody of the village."""
    return await county.ask(await county.resident(), "POST wishes/mine", at=VILLAGE, body={"text": "修路"})


async def test_a_new_one_has_its_history_and_its_facts(made):
    assert (made.title, made.state_label, made.moves) == ("修路", "待办", [])
    assert [(fact.label, fact.text) for fact in made.facts] == [("心愿", "修路")]
    assert [line.label for line in made.flow] == ["提出"]


@pytest.mark.parametrize(("field", "value"), [("kind", "castle"), ("helpers", ["a", "c"])])
async def test_what_the_form_does_not_offer_is_taken_of_no_program_either(county, field, value):
    person = await county.resident()

    with pytest.raises(Invalid) as refused:
        await county.ask(person, "POST wishes/mine", at=VILLAGE, body={"text": "修路", field: value})

    assert refused.value.fields == {field: "不在可选范围内。"}
    assert (await county.ask(person, "GET wishes/mine", at=VILLAGE)).items == []


async def test_what_the_form_offers_is_taken(county):
    body = {"text": "修路", "kind": "road", "helpers": ["a", "b"]}

    made = await county.ask(await county.resident(), "POST wishes/mine", at=VILLAGE, body=body)

    assert made.title == "修路"


async def test_somebody_else_finds_it_nowhere(county, made):
    neighbour = await county.resident()

    listed = await county.ask(neighbour, "GET wishes/mine", at=VILLAGE)
    with pytest.raises(NotFound):
        await county.ask(neighbour, "GET wishes/mine/{id}", at=VILLAGE, id=made.id)

    assert listed.items == []


async def test_who_keeps_away_from_handling_their_own_reads_it(county, made):
    """回避 is asked of staff: on the handlers' side it is there for others only."""
    person, handler = await county.resident(), await county.staff("handler", region=VILLAGE)
    own = await county.ask(person, "POST wishes/mine", at=VILLAGE, body={"text": "路灯"})
    clerk = msgspec.structs.replace(handler, person=person.person)

    read = await county.ask(person, "GET wishes/mine/{id}", at=VILLAGE, id=own.id)
    mine = await county.ask(person, "GET wishes/mine", at=VILLAGE)
    desk = await county.ask(clerk, "GET wishes", at=VILLAGE)

    assert (read.title, [each.id for each in mine.items]) == ("路灯", [own.id])
    assert [each.id for each in desk.items] == [made.id]


async def test_who_only_reads_is_offered_nothing_and_may_do_nothing(county, made):
    """The right to act is another than that to read."""
    leader = await county.staff("leader", region=JUXIAN)

    seen = await county.ask(leader, "GET wishes/{id}", at=VILLAGE, id=made.id)
    with pytest.raises(Forbidden):
        await county.ask(leader, "POST wishes/{id}/shut", at=VILLAGE, id=made.id, body={"version": 1, "reason": "已办"})

    assert seen.moves == []


async def test_what_is_of_another_county_is_changed_there(county, made):
    """Read everywhere; its own county's switches decide."""
    person, handler = await county.resident(), await county.staff("handler", region=CITY)
    mine = await county.ask(person, "POST wishes/mine", at=VILLAGE, body={"text": "路灯"})

    seen = await county.ask(person, "GET wishes/mine/{id}", at=SHEHONG, id=mine.id)
    with pytest.raises(NotFound, match="请在办理它的区县操作"):
        await county.ask(handler, "POST wishes/{id}/shut", at=CITY, id=mine.id, body={"version": 1, "reason": "已办"})

    assert seen.title == "路灯"


async def test_who_files_is_bounded_and_needs_the_right_to_act():
    routes = {(route.method, route.path): route for route in replace(DESK, new=wish).routes()}

    filing = routes["POST", ""]

    assert (filing.access, filing.rate) == ("wishes.shut", (20, timedelta(hours=1)))


async def test_why_it_was_done_is_for_colleagues(county, made):
    """Unless the button says that the resident reads it."""
    handler, person = await county.staff("handler", region=VILLAGE), await county.resident()
    mine = await county.ask(person, "POST wishes/mine", at=VILLAGE, body={"text": "路灯"})

    asked = {"version": mine.version, "reason": "已转供电所"}
    shut = await county.ask(handler, "POST wishes/{id}/shut", at=VILLAGE, id=mine.id, body=asked)
    read = await county.ask(person, "GET wishes/mine/{id}", at=VILLAGE, id=mine.id)

    assert (shut.flow[-1].why, read.flow[-1].why) == ("已转供电所", "")


@pytest.mark.parametrize("asked", [{}, {"state": "open"}])
async def test_its_list_is_found_by_an_index(county, explain, asked):
    handler = await county.staff("handler", region=VILLAGE)
    await explain.fill(
        "wishes.wishes",
        (
            Wish(
                id=f"w{n:05d}",
                place=VILLAGE if n % 100 == 0 else JUXIAN,
                number=str(n),
                state="open",
                text="路",
                readers=(),
            )
            for n in range(20_000)
        ),
    )

    plan = await explain(DESK.listing, asked, by=handler)

    plan.by_index()


def test_its_form_and_its_tiles_say_what_the_declaration_says():
    pages = {page.path: page for page in MINE.pages()}
    [tile], desk = MINE.menu_entries(), DESK.menu_entries()

    assert (pages["/mine/new"].title, pages["/mine/new"].form.then) == ("提出心愿", "/mine/{id}")
    assert (tile.label, tile.path, tile.access) == ("我的心愿", "/mine", Anyone.CLAIMED)
    assert [(entry.app, entry.order) for entry in desk] == [("ydsh", 5), ("ydjd", 5)]
