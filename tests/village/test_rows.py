"""Who stands on the board: everybody, masked, while it hangs there; afterwards oneself alone."""

from __future__ import annotations

import random

import pytest
from msgspec.structs import replace

from hub.api import AnotherLevel, NotFound
from hub.words.errors import Refused
from plugins.village.documents import Entry
from plugins.village.looking import VillageQuery
from plugins.village.pages import PAGES
from tests.publicity.test_random_moves import move
from tests.village.conftest import ANJU, LAND, OLD_AGE, OTHER_VILLAGE, VILLAGE, said
from tests.village.test_numbers import paid

STEPS = 30


async def rows(office, project=LAND, **who):
    return [row for entry in await office.lists(project, **who) for row in entry.rows]


async def test_while_it_hangs_all_are_read_masked_and_with_their_stage(office):
    await office.put_up(3)

    shown = await rows(office)
    [line] = (await office.village()).open

    assert [row.name for row in shown] == ["李*一", "王*", "赵*一"]
    assert {(row.amount, row.quantity, row.state_label, row.mine) for row in shown} == {
        ("350.00", "3.5亩", "公示中", False)
    }
    assert (line.people, line.total) == ("3人", "1050.00")
    assert "told-1" not in said(shown)


async def test_when_its_days_are_over_nobody_is_left_but_oneself(office):
    """Before the final confirmation, and after."""
    id = await office.put_up(3)

    await office.pass_end(id)
    over, mine = await rows(office), await rows(office, actor=office.villager("told-2"))
    await office.do("confirm", id, office.payer())
    later = await rows(office, actor=office.villager("told-2"))

    assert (over, [row.name for row in mine]) == ([], ["王*"])
    assert [(row.name, row.state_label, row.amount) for row in later] == [("王*", "已确认", "350.00")]


async def test_ones_own_row_says_when_it_was_paid(office):
    await office.confirmed_list(await office.put_up(3))

    at = office.world.clock.now()
    await paid(office, "batch-1-2")

    [mine] = await rows(office, actor=office.villager("told-2"))
    assert (mine.state_label, mine.since, mine.subject_row) == ("已发放", at, "batch-1-2")


async def test_a_proved_number_opens_ones_own_row_and_a_typed_one_does_not(office):
    """Of a list from before they were known to stand in it."""
    await office.confirmed_list(await office.put_up(3))
    proved = office.villager("new", n=1)

    typed = await rows(office, actor=replace(proved, assurance="claimed"))

    assert (len(await rows(office, actor=proved)), typed) == (1, [])


async def test_an_objection_is_nobodys_business_here(office):
    """The row stays as it was for everybody and for whoever stands in it; found true, it goes."""
    id = await office.put_up(3)
    first, *_ = await office.row_ids(id)
    me = office.villager("told-1")

    await office.complain(first)
    during, mine = await rows(office), await rows(office, actor=me)
    await office.end_complaint(first, upheld=True)

    assert len(during) == 3 and {row.state_label for row in (*during, *mine)} == {"公示中"}
    assert len(await rows(office)) == 2
    assert [row.state_label for row in await rows(office, actor=me) if row.mine] == ["已剔除"]


async def test_a_withdrawn_declaration_leaves_the_board(office):
    id = await office.started(1, 2)
    before = await rows(office, OLD_AGE)

    row = (await office.row_ids(id))[0]
    await office.world.database["publicity.rows"].update_one({"_id": row}, {"$set": {"state": "withdrawn"}})

    assert (len(before), len(await rows(office, OLD_AGE))) == (2, 1)


@pytest.mark.parametrize("turn", range(3))
async def test_whatever_happens_others_are_read_only_while_it_runs(office, seed, turn):
    """And the numbers that were kept are those of a recount."""
    chance = random.Random(f"{seed}-{turn}-village")
    await office.arrive(1, 2, 3)
    await office.offer(4, days=3)
    complaints: dict[str, str] = {}
    seen = 0

    for _ in range(STEPS):
        try:
            await move(office, chance, complaints)
        except Refused:
            continue
        finally:
            await office.deliver()
        seen += await check_rows(office)
        await check_numbers(office)

    assert seen


async def check_rows(office) -> int:
    """All whom the page shows are shown by their publicity, and the other way round."""
    database, now = office.world.database, office.world.clock.now()
    running = [
        each["_id"]
        for each in await database["publicity.publicities"].find({"state": "running"}).to_list(99)
        if now <= each["ends_at"]
    ]
    public = {"publicity": {"$in": running}, "place": VILLAGE, "state": {"$in": ["shown", "objected"]}}
    expected = {each["_id"] for each in await database["publicity.rows"].find(public).to_list(999)}
    shown = {row.row for project in (LAND, OLD_AGE) for row in await rows(office, project, limit=100)}
    assert shown == expected
    return len(shown)


async def check_numbers(office) -> None:
    """Of every publicity that was not ended, each village's rows that were ever shown, and their amounts."""
    database = office.world.database
    started = {"started_at": {"$ne": None}, "state": {"$nin": ["ended", "renewed"]}}
    boards = [each["_id"] for each in await database["publicity.publicities"].find(started).to_list(99)]
    recounted: dict[str, tuple[int, int]] = {}
    for row in (
        await database["publicity.rows"].find({"publicity": {"$in": boards}, "face": {"$ne": None}}).to_list(999)
    ):
        people, cents = recounted.get(f"{row['publicity']}:{row['place']}", (0, 0))
        amount = round(float(row["face"]["amount"] or 0) * 100)
        recounted[f"{row['publicity']}:{row['place']}"] = (people + 1, cents + amount)
    entries = [database.decode(Entry, each) for each in await database["village.entries"].find().to_list(999)]
    assert {each.id: (each.people, each.cents) for each in entries} == recounted


# --- whose village ------------------------------------------------------------------------------------------------------------------


async def test_another_village_is_not_there_unless_the_county_lets_one_look(office):
    await office.put_up(3)
    stranger = office.villager("chen", OTHER_VILLAGE)

    with pytest.raises(NotFound):
        await office.village(stranger)
    with pytest.raises(NotFound):
        await office.lists(actor=stranger)
    await office.turn("village", on=True, county=ANJU, settings={"others": True})

    assert len(await rows(office, actor=stranger)) == 3


async def test_who_has_no_village_is_told_where_to_say_it(office):
    await office.put_up(3)
    nobody = office.resident("new")

    page = await office.look(nobody, PAGES[0], at=VILLAGE, query=VillageQuery())

    assert (page.view, page.home) == (None, "")
    with pytest.raises(NotFound):
        await office.village(nobody)


async def test_who_has_moved_sees_the_new_village_and_their_own_rows_no_more_in_the_old(office):
    await office.put_up(3)
    moved = office.villager("told-1", OTHER_VILLAGE)

    with pytest.raises(NotFound):
        await office.lists(actor=moved)

    assert (await office.village(moved, at=OTHER_VILLAGE)).open == []


async def test_a_county_is_no_village(office):
    with pytest.raises(AnotherLevel):
        await office.village(office.villager(), at=ANJU)
