"""What happens by itself: 催办 before and after a limit, closing what nobody answered; told twice, done once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from hub.rules.switching import switch
from hub.words.actors import HUB
from hub.words.clock import shanghai
from plugins.complaints.steps import MeetMoment, ShareAnswer
from tests.complaints.conftest import ANJU, OLD_AGE
from tests.plugins.conftest import told


def day(moment: datetime) -> str:
    return shanghai(moment).strftime("%m-%d")


async def set_limit(office, **settings):
    await switch(office.world.units, ANJU, "complaints", on=True, actor=HUB, settings=settings)


async def test_before_and_after_the_limit_its_office_is_reminded_once_each(office):
    """15 days to accept: one working day before the end, and after it."""
    filed = await office.file(row=await office.row())
    clock, keys = office.world.clock, []
    office.pushes.clear()

    for _ in range(24):
        await office.watch()
        await office.watch()
        clock.advance(timedelta(days=1))

    keys = [(push.message, push.key.split(":", 1)[1]) for push in office.pushes]
    assert day((await office.stored(filed.id))["task_due"]) == "12-08"
    assert keys == [("complaints.urged", "1:near:20261208"), ("complaints.urged", "1:late:20261208")]
    assert [push.data["late"] for push in office.pushes] == [False, True]


async def test_with_each_limit_it_begins_anew(office):
    """受理 sets that of law; the project's own is shorter; an extension moves it."""
    await set_limit(office, limits={OLD_AGE: {"days": 10}})
    try:
        filed = await office.file(row=await office.row())
        office.world.clock.advance(timedelta(days=14))
        await office.watch()
        await office.do("accept", filed.id)
        stored = await office.stored(filed.id)
        assert (day(stored["task_due"]), day(stored["due_at"])) == ("12-21", "02-05")
        assert (await office.task(filed.id))["due_at"] == stored["task_due"]

        office.world.clock.set(stored["task_due"] + timedelta(hours=1))
        await office.watch()
        assert (await office.stored(filed.id))["urged"] == "late"
        await office.do("extend", filed.id)
        assert day((await office.stored(filed.id))["task_due"]) == "03-07"
        assert (await office.stored(filed.id))["urged"] == ""
    finally:
        await set_limit(office)


async def test_what_nobody_answers_is_closed_after_fifteen_days(office):
    """The reply stands; the row goes as it says, and the complainant is told."""
    row = await office.row()
    filed = await office.file(row=row)
    await office.do("accept", filed.id)
    await office.do("reply", filed.id, upheld="yes")
    mine = await office.ask(office.citizen(), "GET complaints/mine/{id}", id=filed.id)

    office.world.clock.advance(timedelta(days=14))
    await office.watch()
    assert (await office.stored(filed.id))["state"] == "replied"
    office.world.clock.advance(timedelta(days=2))
    await office.watch()
    await office.watch()

    assert day(mine.answer_by) == "12-08"
    assert (await office.stored(filed.id))["state"] == "closed"
    assert (await office.stored_row(row))["ended"] == [[filed.id, True]]
    assert told(office.pushes)[-1] == ("complaints.closed", "wang")


@pytest.mark.parametrize(
    ("state", "upheld"), [("withdrawn", False), ("refused", False), ("merged", False), ("closed", False)]
)
async def test_a_row_whose_keeper_is_off_is_let_go_when_it_is_on_again(office, owner, state, upheld):
    """The complaint ends in time; the row stays held meanwhile, and is let go once."""
    row = await office.row()
    owner.off = True
    ended = await office.in_state(state, row)
    held = (await office.stored_row(row))["held"]
    office.world.clock.advance(timedelta(hours=2))
    await office.watch()
    still = (await office.stored_row(row))["held"]

    owner.off = False
    office.world.clock.advance(timedelta(hours=2))
    await office.watch()
    after = await office.stored(ended["_id"])
    await office.watch()

    assert ended["_id"] in held and still == held
    assert (ended["state"], after["state"], after["owed"], after["next_at"]) == (state, state, "", None)
    assert [ended["_id"], upheld] in (await office.stored_row(row))["ended"]
    assert (await office.stored_row(row))["ended"].count([ended["_id"], upheld]) == 1


async def test_what_was_true_takes_the_row_away_also_later(office, owner):
    row = await office.row()
    filed = await office.file(row=row)
    await office.do("accept", filed.id)
    await office.do("reply", filed.id, upheld="yes")
    owner.off = True
    await office.own("answer", filed.id, satisfied=True)

    owner.off = False
    office.world.clock.advance(timedelta(hours=2))
    await office.watch()

    assert (await office.stored_row(row))["ended"] == [[filed.id, True]]


async def test_told_too_early_or_twice_nothing_comes_of_it(office):
    row = await office.row()
    filed = await office.file(row=row)
    main = await office.file(office.citizen("chen"), row=row)
    await office.do("merge", filed.id, into=main.id)
    await office.do("accept", main.id)
    await office.do("reply", main.id)
    before = [await office.stored(filed.id), await office.stored(main.id)]

    again = ShareAnswer(place=ANJU, complaint=main.id, reply=1)
    pushes = await office.tell(
        MeetMoment(place=ANJU, complaint=main.id),
        MeetMoment(place=ANJU, complaint="gone"),
        again,
        ShareAnswer(place=ANJU, complaint="gone", reply=1),
        plugin="complaints",
    )

    assert pushes == []
    assert [await office.stored(filed.id), await office.stored(main.id)] == before


async def test_many_at_once_go_in_parts(office):
    """More than one part holds; each is written by itself."""
    for n in range(3):
        await office.file(office.citizen(("wang", "chen", "liu")[n]), row=await office.row())
    database = office.world.database["complaints.complaints"]
    [first] = await database.find({}).to_list(1)
    copies = [first | {"_id": f"copy-{n}", "complainant_key": f"k{n}", "number": f"n{n}"} for n in range(250)]
    await database.insert_many(copies)
    office.world.clock.advance(timedelta(days=30))

    await office.watch()

    assert await database.count_documents({"urged": "late"}) == 253


async def test_what_would_stand_still_is_counted(office):
    await office.file(row=await office.row())
    [waiting] = office.world.host.plugins["complaints"].open_work

    counted = await office.world.units.read(waiting.count, plugin="complaints", place=office.world.place(ANJU))

    assert counted == 1
