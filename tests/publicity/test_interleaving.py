"""Two at once, the order forced: what commits while the other has looked but not written makes that one look again."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict
from plugins.complaints.events import Filing
from plugins.declaration.events import CaseGuarded
from plugins.publicity.actions import confirming, lists, running
from plugins.publicity.documents import publicities_of
from plugins.publicity.handlers import BOARD
from plugins.publicity.steps import AddCase
from tests.publicity.conftest import ANJU, CIVIL, JUXIAN, OLD_AGE, VILLAGE, SunOffice, person


async def looked_before(office: SunOffice, act, then, *, actor=None) -> int:
    """``act`` has its snapshot before ``then`` commits, and writes after it; returns how often it was tried."""
    tries = []

    async def run(ctx):
        tries.append(1)
        await publicities_of(ctx).find({})
        if len(tries) == 1:
            await then()
        await act(ctx)

    asked = {"actor": actor, "permission": "publicity.manage"} if actor else {}
    try:
        await office.world.units.run(run, plugin="publicity", place=office.world.place(ANJU), **asked)
    finally:
        await office.deliver()
    return len(tries)


def complaint(row: str):
    async def act(ctx):
        await ctx.ask(Filing(complaint="c1", kind="publicity", row=row))

    return act


def recall(case: str):
    carrier = CaseGuarded(
        case=case,
        number="n",
        project=OLD_AGE,
        bureau=CIVIL,
        place=VILLAGE,
        node="publicity_town",
        round=3,
        move="recall",
        identity=person(1),
        rules=(),
        sensitive=False,
    )

    async def act(ctx):
        await ctx.guard("declaration.recall", carrier)

    return act


def start(id: str, version: int):
    async def act(ctx):
        await BOARD.press(ctx, "start", id, running.StartRequest(version=version))

    return act


def confirm(id: str, version: int):
    async def act(ctx):
        await BOARD.press(ctx, "confirm", id, confirming.ConfirmRequest(version=version))

    return act


async def test_a_complaint_that_is_first_holds_its_row(office):
    """It commits while the confirmation has looked: the others are confirmed, its row is not."""
    id = await office.expired(1, 2)
    first, _ = await office.row_ids(id)
    version = (await office.stored(id))["version"]

    tries = await looked_before(office, confirm(id, version), lambda: office.complain(first), actor=office.clerk())

    assert (tries, await office.states(id)) == (2, ["objected", "confirmed"])


async def test_a_confirmation_that_is_first_refuses_the_complaint(office):
    """It commits while the complaint has looked: the complaint is told where to go, the row is confirmed."""
    id = await office.expired(1, 2)
    first, _ = await office.row_ids(id)

    with pytest.raises(Conflict, match="已最终确认"):
        await looked_before(office, complaint(first), lambda: office.do("confirm", id))

    assert await office.states(id) == ["confirmed", "confirmed"]


async def test_a_complaint_between_the_parts_finds_it_confirmed(office):
    """After the press nothing can be objected to, also where the parts have not come yet."""
    id = await office.expired(1)
    [row] = await office.row_ids(id)
    body = {"version": (await office.stored(id))["version"]}
    await office.ask(office.clerk(), "POST publicity/board/{id}/confirm", id=id, body=body)

    with pytest.raises(Conflict, match="已最终确认"):
        await office.complain(row)

    await office.deliver()
    assert await office.states(id) == ["confirmed"]


async def test_a_recall_that_has_looked_before_the_start_is_refused(office):
    id = await office.prepared(1)

    with pytest.raises(Conflict, match="公示已发起"):
        await looked_before(office, recall("case-1"), lambda: office.do("start", id))


async def test_a_start_that_has_looked_before_the_recall_looks_again(office):
    """Both wrote where it stands; the case's own leaving takes its row off afterwards."""
    id = await office.prepared(1, 2)
    version = (await office.stored(id))["version"]
    guarded = recall("case-1")

    async def taken_back():
        await office.world.units.run(guarded, plugin="publicity", place=office.world.place(ANJU))

    assert await looked_before(office, start(id, version), taken_back, actor=office.clerk()) == 2


def arrival(office: SunOffice, n: int):
    """A case comes to the town's publicity node, as its reaction hears of it."""
    told = office.arrival(n)
    named = ("case", "round", "number", "project", "short", "bureau", "node", "declarants", "identity", "sensitive")
    known = {name: getattr(told, name) for name in (*named, "standard", "area_mu", "limit")}
    event = AddCase(place=JUXIAN, village=told.place, label="乡镇公示", **known)

    async def act(ctx):
        await lists.add_case(event, ctx)

    return act


async def test_a_case_that_comes_with_the_start_is_in_the_next_one(office):
    """The arrival has looked, the start commits: the arrival looks again."""
    id = await office.prepared(1)

    tries = await looked_before(office, arrival(office, 2), lambda: office.do("start", id))

    [newer, older] = await office.board()
    seen = [(each.notice.state, each.rows) for each in (older, newer)]
    assert (tries, seen) == (2, [("running", 1), ("preparing", 1)])


async def test_of_two_first_cases_at_once_one_makes_the_publicity(office):
    """Both have found none; the second looks again and joins, without a failure that would be counted."""

    async def other():
        place = office.world.place(JUXIAN)
        await office.world.units.run(arrival(office, 1), plugin="publicity", place=place)

    tries = await looked_before(office, arrival(office, 2), other)

    [line] = await office.board()
    assert (tries, line.rows) == (2, 2)


async def test_a_start_with_what_was_seen_before_another_came_is_refused(office):
    """The handler has read a list of one; with the second it is another list."""
    id = await office.prepared(1)
    version = (await office.stored(id))["version"]
    await office.arrive(2)

    with pytest.raises(Conflict):
        await office.do("start", id, version=version)


async def test_an_end_between_the_parts_of_a_start_stops_them(office):
    """Rows that were not shown are never shown."""
    id = await office.prepared(1)
    clerk = office.clerk()
    for verb, more in (("start", {}), ("end", {"reason": "名单有误"})):
        body = {"version": (await office.stored(id))["version"], **more}
        await office.ask(clerk, f"POST publicity/board/{{id}}/{verb}", id=id, body=body)

    await office.deliver()

    assert await office.states(id) == ["waiting"]
