"""异议 and departures: each holds or takes its own row, and no other."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict, NotFound
from plugins.declaration import events as declaration
from plugins.publicity.steps import AddCase
from tests.publicity.conftest import ANJU, CIVIL, JUXIAN, SHEHONG, VILLAGE, number_of, person


async def test_an_objection_holds_its_row_alone(office):
    """The others are confirmed; unfounded, it is confirmed after, in the name of who confirmed."""
    id = await office.started(1, 2, 3)
    first, *_ = await office.row_ids(id)
    filing = await office.complain(first)
    await office.pass_end(id)
    await office.do("confirm", id)
    [line] = await office.board()
    states = await office.states(id)

    await office.end_complaint(first, upheld=False)

    assert (states, line.objections) == (["objected", "confirmed", "confirmed"], 1)
    assert await office.states(id) == ["confirmed"] * 3
    last = (await office.told("declaration.TakeStep"))[-1]
    assert (last["case"], last["move"], last["opinion"], last["shown"]) == ("case-1", "pass", "公示异议不成立", "唐丽")
    key = office.world.database.blind(person(1).id_number)
    assert (filing.place, filing.number) == (VILLAGE, "510904-2026-000001")
    assert (filing.accused_masked, filing.bureau, filing.short) == ("李*一", CIVIL, "高龄津贴")
    assert (filing.avoid_persons, filing.avoid_keys) == (("declarant-1",), (key,))


async def test_an_unfounded_objection_before_the_end_puts_the_row_back(office):
    """Only when no other complaint is left."""
    id = await office.started(1)
    [row] = await office.row_ids(id)
    await office.complain(row, "c1")
    await office.complain(row, "c2")

    await office.end_complaint(row, "c1", upheld=False)
    between = await office.states(id)
    await office.end_complaint(row, "c2", upheld=False)

    assert (between, await office.states(id)) == (["objected"], ["shown"])


async def test_an_objection_that_nobody_accepted_holds_no_row(office):
    """Of somebody who only claims who they are; it is taken all the same. With 受理 the row waits."""
    id = await office.started(1, 2)
    first, second = await office.row_ids(id)
    taken = await office.complain(first, "c1", holds=False)
    await office.complain(second, "c2", holds=False)
    before = await office.states(id)

    accepted = await office.accept_complaint(first, "c1")
    await office.pass_end(id)
    await office.do("confirm", id)
    late = await office.accept_complaint(second, "c2")

    assert (taken is not None, before) == (True, ["shown", "shown"])
    assert (accepted, late) == (True, False)
    assert await office.states(id) == ["objected", "confirmed"]


async def test_one_accepted_between_two_publicities_holds_the_newer_row(office):
    """终止 and published again: the complaint names a row that is no more."""
    id = await office.started(1)
    [row] = await office.row_ids(id)
    await office.complain(row, holds=False)
    await office.do("end", id, reason="名单有误")
    await office.do("republish", id)
    [new] = [each for each in await office.board() if each.notice.id != id]

    accepted = await office.accept_complaint(row)
    waiting = await office.states(new.notice.id)
    await office.do("start", new.notice.id)

    assert (accepted, waiting, await office.states(new.notice.id)) == (True, ["waiting"], ["objected"])


@pytest.mark.parametrize("upheld", [True, False])
async def test_one_that_held_nothing_ends_though_its_row_was_withdrawn(office, upheld):
    """The case was taken back, and is published no more: there is nothing left to take away."""
    id = await office.started(1, 2)
    row, _ = await office.row_ids(id)
    await office.complain(row, holds=False)
    await office.tell(departure(office, declaration.CaseWithdrawn, 1), plugin="declaration")

    await office.end_complaint(row, upheld=upheld, holds=False)

    assert await office.states(id) == ["withdrawn", "shown"]


@pytest.mark.parametrize("move", ["return", "refuse"])
async def test_an_upheld_objection_sends_the_case_where_the_county_says(office, move):
    await office.configure(upheld=move)
    id = await office.started(1, 2)
    first, _ = await office.row_ids(id)
    await office.complain(first)

    await office.end_complaint(first, upheld=True)

    assert await office.states(id) == ["struck", "shown"]
    [decided] = await office.told("declaration.TakeStep")
    assert (decided["case"], decided["move"], decided["opinion"]) == ("case-1", move, "公示异议成立")
    assert len(await office.public_rows(id)) == 1


async def test_the_complaint_may_be_handled_below_the_place_that_publishes(office):
    """A batch is the county's; its row and the complaint are the town's."""
    await office.offer(2)
    id = await office.payment()
    _, second = await office.row_ids(id)
    await office.complain(second, at=VILLAGE)
    await office.end_complaint(second, upheld=True, at=JUXIAN)

    assert await office.states(id) == ["shown", "struck"]
    [struck] = await office.told("publicity.RowStruck")
    assert (struck["place"], struck["subject_row"]) == (ANJU, "batch-1-1")


async def test_what_cannot_be_objected_to_says_why(office):
    """Before the list stands, after the confirmation, after the end, of who has left; another county finds nothing."""
    id = await office.prepared(1, 2)
    first, second = await office.row_ids(id)
    with pytest.raises(Conflict):
        await office.complain(first)
    await office.do("start", id)
    assert await office.complain(first, at=SHEHONG) is None
    assert await office.complain("nothing") is None
    await office.tell(departure(office, declaration.CaseWithdrawn, 1), plugin="declaration")
    with pytest.raises(Conflict, match="不在公示名单"):
        await office.complain(first)
    await office.pass_end(id)
    await office.do("confirm", id)
    with pytest.raises(Conflict, match="已最终确认"):
        await office.complain(second)
    await office.arrive(3)
    other = (await office.board())[0].notice.id
    await office.do("start", other)
    await office.do("end", other, reason="有误")
    with pytest.raises(Conflict, match="已终止"):
        await office.complain((await office.row_ids(other))[0])


async def test_who_is_objected_to_learns_it_from_no_filter_and_no_count(office):
    """A clerk who stands in the publicity, or declared in it, under whatever account."""
    id = await office.started(1, 2, 3)
    first, second, _ = await office.row_ids(id)
    await office.complain(first, "c1")
    await office.complain(second, "c2")
    key = number_of(1)
    clerk = office.clerk("本人", id_number=key)
    agent = office.clerk("declarant-1")

    seen = []
    for actor in (clerk, agent, office.clerk()):
        detail = await office.detail(id, actor)
        [line] = await office.board(actor)
        objected = [row.serial for row in await office.rows(id, actor, state="objected")]
        shown = [row.serial for row in await office.rows(id, actor, state="shown")]
        seen.append((objected, shown, detail.counts.objected, detail.counts.shown, line.objections))

    assert seen == [([2], [1, 3], 1, 2, 1), ([2], [1, 3], 1, 2, 1), ([1, 2], [3], 2, 1, 2)]


async def test_a_row_takes_all_its_complaints_along_however_many(office):
    """More than one list holds."""
    id = await office.started(1)
    [row] = await office.row_ids(id)
    await office.complain(row, "c0")
    objections = office.world.database["publicity.objections"]
    first = await objections.find_one({"_id": "c0"})
    await objections.insert_many([first | {"_id": f"c{n}"} for n in range(1, 205)])
    every = {"$set": {"objections": [f"c{n}" for n in range(205)]}}
    await office.world.database["publicity.rows"].update_one({"_id": row}, every)
    await office.do("end", id, reason="有误")

    await office.do("republish", id)

    assert await objections.count_documents({"row": row}) == 0
    assert await objections.count_documents({}) == 205


async def test_the_last_waiting_row_that_is_struck_takes_the_publicity_along(office):
    """Broken off and waiting again with its complaint; nobody is asked to start an empty one."""
    id = await office.started(1)
    [row] = await office.row_ids(id)
    await office.complain(row)
    await office.do("end", id, reason="有误")
    await office.do("republish", id)
    [new] = [each.notice.id for each in await office.board() if each.notice.state == "preparing"]

    await office.end_complaint(row, upheld=True)

    assert (await office.stored(new))["state"] == "ended"
    assert (await office.task(new))["state"] == "ended"


async def test_a_complaint_about_nothing_cannot_end(office):
    with pytest.raises(NotFound):
        await office.end_complaint("nothing", upheld=True)


async def test_a_complaint_that_ended_is_over(office):
    """Told again it changes nothing."""
    id = await office.started(1)
    [row] = await office.row_ids(id)
    await office.complain(row)
    await office.end_complaint(row, upheld=False)

    await office.end_complaint(row, upheld=True)

    assert await office.states(id) == ["shown"]


def departure(office, kind, n, round=3, **more):
    told = office.arrival(n, round=round)
    known = {name: getattr(told, name) for name in told.__struct_fields__}
    return kind(**known, **more)


GONE = {
    declaration.CaseReturned: {"to": "review_village"},
    declaration.CaseRefused: {},
    declaration.CaseWithdrawn: {},
    declaration.CaseTerminated: {},
    declaration.CaseSuperseded: {"by": "case-9"},
    declaration.CaseRecalled: {"to": "accept", "finished": False, "announced": True},
}


@pytest.mark.parametrize("kind", GONE, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("running", [False, True])
async def test_a_case_that_leaves_takes_its_row_along(office, kind, running):
    """It counts as 撤下 and is not confirmed with the others; of another stay it says nothing."""
    id = await (office.started(1, 2) if running else office.prepared(1, 2))
    await office.tell(departure(office, kind, 1, round=2, **GONE[kind]), plugin="declaration")
    before = await office.states(id)

    await office.tell(departure(office, kind, 1, **GONE[kind]), plugin="declaration")

    assert ("withdrawn" in before, await office.states(id)) == (False, ["withdrawn", "shown" if running else "waiting"])
    counts = (await office.detail(id)).counts
    assert (counts.withdrawn, counts.waiting + counts.shown) == (1, 1)


@pytest.mark.parametrize("kind", GONE, ids=lambda kind: kind.__name__)
async def test_a_case_that_has_left_before_the_word_of_its_arrival_is_not_listed(office, kind):
    """The reader of the one was cut off, that of the other was not. A later stay is listed."""
    await office.configure(start="at_once")
    await office.tell_late(office.arrival(1), departure(office, kind, 1, **GONE[kind]))
    none = await office.notices()

    await office.arrive(1, round=5)

    rows = await office.world.database["publicity.rows"].find({}).to_list(9)
    assert (none, [(row["round"], row["state"]) for row in rows]) == ([], [(5, "shown")])


async def test_nor_one_whose_own_step_was_put_off(office):
    """Its arrival was heard, but it was not listed yet."""
    told = office.arrival(1)
    same = {name: getattr(told, name) for name in AddCase.__struct_fields__ if hasattr(told, name)}
    step = AddCase(**{**same, "place": JUXIAN, "village": VILLAGE})

    await office.tell_late(step, departure(office, declaration.CaseWithdrawn, 1))

    assert await office.world.database["publicity.rows"].count_documents({}) == 0


async def test_the_last_one_who_leaves_takes_the_task_along(office):
    """And who comes after it waits for a new publicity, with a new task."""
    id = await office.prepared(1)
    await office.tell(departure(office, declaration.CaseWithdrawn, 1), plugin="declaration")
    ended = await office.task(id)

    await office.arrive(1, round=5)

    assert ((await office.stored(id))["state"], ended["state"]) == ("ended", "ended")
    newer = await office.task_of_kind("发起公示")
    assert (newer != id, await office.states(newer)) == (True, ["waiting"])


async def test_a_case_that_comes_again_brings_its_complaint(office):
    """退回 and once more to the publicity: what is not settled holds the new row from its first moment."""
    id = await office.started(1)
    [row] = await office.row_ids(id)
    await office.complain(row)
    await office.tell(departure(office, declaration.CaseReturned, 1, to="accept"), plugin="declaration")
    await office.arrive(1, round=5)
    new = await office.task_of_kind("发起公示")
    await office.do("start", new)

    assert (await office.states(id), await office.states(new)) == (["withdrawn"], ["objected"])
    await office.end_complaint(row, upheld=True)
    assert await office.states(new) == ["struck"]


async def test_a_pass_is_taken_back_while_its_row_waits(office):
    """撤销通过 of a real declaration; after the start it is refused, and says so."""
    wang, window = office.resident(), office.window()
    case = await office.declare(wang)
    await office.decide(window, case.id, "pass")
    waits = await office.task_of_kind("发起公示")
    recall = "POST worklist/tasks/{id}/recall"

    done = await office.world.database["worklist.tasks"].find_one({"subject": case.id, "node": "accept"})
    body = {"version": done["version"], "reason": "材料看错了"}
    await office.ask(window, recall, id=done["_id"], body=body)
    await office.deliver()
    assert (await office.states(waits), (await office.stored(waits))["state"]) == (["withdrawn"], "ended")
    await office.decide(window, case.id, "pass")
    again = await office.task_of_kind("发起公示")
    await office.do("start", again, office.village_clerk())

    done = (
        await office.world.database["worklist.tasks"]
        .find({"subject": case.id, "node": "accept"}, sort=[("_id", -1)])
        .to_list(1)
    )[0]
    with pytest.raises(Conflict, match="公示已发起"):
        await office.ask(window, recall, id=done["_id"], body=body | {"version": done["version"]})
    assert await office.states(again) == ["shown"]
