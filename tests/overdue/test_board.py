"""L3: how many are late where, of how many projects, at which node; and to whom which of it is shown."""

from __future__ import annotations

import pytest

from hub.api import Office
from hub.testing import ANJU, CITY, DONGCHAN, JUXIAN, NEXT_VILLAGE, SHEHONG, VILLAGE, County, HubSetup
from hub.words.errors import Forbidden, NotFound
from plugins.overdue.documents import watches_of
from plugins.overdue.late import late_of
from tests.overdue.watched import CIVIL, FARMING, LAND, OLD_AGE, WATCHED, Watched

LAND_TASK = {"project": LAND, "bureau": FARMING}


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(plugins=WATCHED.plugins, stand_ins=WATCHED.stand_ins, on=(ANJU, SHEHONG), off=())


@pytest.fixture
def office(county: County) -> Watched:
    return Watched(county.world)


async def shared_out(office: Watched) -> None:
    """Late: two and one in the villages and the office of a town, one in another, two at the county, one in another county, one at the
    city."""
    for place, more in (
        (VILLAGE, {}),
        (NEXT_VILLAGE, {}),
        (JUXIAN, LAND_TASK),
        (DONGCHAN, {}),
        (ANJU, {"node": "approve_county", "label": "县级审批"}),
        (ANJU, LAND_TASK),
        (SHEHONG, {}),
        (CITY, {}),
    ):
        await office.want(place, **more)
    await office.pass_days(3)
    await office.clock(SHEHONG)
    await office.clock(CITY)


def rows(board):
    return {row.place: (row.name, row.late, row.projects) for row in board.rows if row.late}


async def test_a_county_has_its_own_and_its_towns(office):
    """县本级 beside the towns; villages count in their town; all of it adds up."""
    await shared_out(office)

    board = await office.board(await office.leader())

    assert rows(board) == {ANJU: ("安居区本级", 2, 2), JUXIAN: ("聚贤镇", 3, 2), DONGCHAN: ("东禅镇", 1, 1)}
    assert (board.late, board.projects) == (6, 2)
    assert board.rows[0].own and sum(row.late for row in board.rows) == board.late


async def test_a_city_has_its_own_and_its_counties(office):
    """市本级 beside the counties where it is on."""
    await shared_out(office)

    board = await office.board(await office.leader("市领导", CITY), at=CITY)

    assert rows(board) == {CITY: ("遂宁市本级", 1, 1), ANJU: ("安居区", 6, 2), SHEHONG: ("射洪市", 1, 1)}
    assert board.late == 8 and {row.place for row in board.rows} == {CITY, ANJU, SHEHONG}


async def test_a_line_is_divided_by_project_and_node_down_to_each_case(office):
    """What the numbers of a cell are is what the list of it has."""
    await shared_out(office)
    leader = await office.leader()

    town = await office.cells(leader, at=JUXIAN)
    own = await office.cells(leader, row=ANJU)
    old_age = await office.cases(leader, row=JUXIAN, project=OLD_AGE, node="review_town")

    assert [(cell.short, cell.label, cell.late) for cell in town.cells] == [
        ("高龄津贴", "乡镇审核", 2),
        ("地力保护", "乡镇审核", 1),
    ]
    assert {(cell.short, cell.label, cell.late) for cell in own.cells} == {
        ("高龄津贴", "县级审批", 1),
        ("地力保护", "乡镇审核", 1),
    }
    assert {line.place for line in old_age} == {
        "安居区聚贤镇万古桥村",
        office.world.places.tree.full_name(NEXT_VILLAGE),
    }


async def test_a_village_has_its_own(office):
    """Though it is no line of a board."""
    await shared_out(office)

    cells = await office.cells(await office.leader("村干部", VILLAGE), at=VILLAGE)

    assert [(cell.short, cell.late) for cell in cells.cells] == [("高龄津贴", 1)]


@pytest.mark.parametrize(
    ("narrowed", "late"),
    [
        ({}, 6),
        ({"bureau": FARMING}, 2),
        ({"bureau": CIVIL}, 4),
        ({"bureau": CIVIL, "project": LAND}, 0),
        ({"project": OLD_AGE}, 4),
    ],
)
async def test_a_position_that_is_narrowed_gets_its_own_numbers(office, narrowed, late):
    """Of its bureau, of its project; the list has the same."""
    await shared_out(office)
    leader = await office.leader(**narrowed)

    board = await office.board(leader)

    assert board.late == late == len(await office.cases(leader))


async def test_a_county_never_sees_another(office):
    """Neither from its own address nor from the other's, nor from the city's."""
    await shared_out(office)
    leader = await office.leader("射洪领导", SHEHONG)

    seen = [await office.board(leader, at=at) for at in (ANJU, SHEHONG, CITY)]

    assert [board.late for board in seen] == [0, 1, 1]
    assert [row.place for row in seen[2].rows] == [SHEHONG]


async def test_handlers_have_no_board(office):
    """Their own late tasks stand in 我的待办."""
    with pytest.raises(Forbidden):
        await office.board(await office.handler())


# --- sensitive projects ---------------------------------------------------------------------------------------------------------


async def test_of_sensitive_projects_leaders_get_numbers_alone(office):
    """Beside the others, those below five as 少于5; 纪委 gets all of it, with the cases."""
    await office.want()
    for _ in range(2):
        await office.want(sensitive=True, **LAND_TASK)
    await office.pass_days(3)
    leader, discipline = await office.leader(), await office.discipline()

    board, cells = await office.board(leader), await office.cells(leader, at=JUXIAN)
    full = await office.board(discipline)

    assert (board.late, board.projects, board.restricted) == (1, 1, "少于5")
    assert [(cell.short, cell.text, cell.restricted) for cell in cells.cells] == [
        ("高龄津贴", "1", False),
        ("地力保护", "少于5", True),
    ]
    assert len(await office.cases(leader)) == 1 and len(await office.cases(discipline)) == 3
    assert (full.late, full.projects, full.restricted) == (3, 2, "")


async def test_from_five_on_they_are_shown(office):
    """As numbers."""
    for _ in range(5):
        await office.want(sensitive=True)
    await office.pass_days(3)

    board = await office.board(await office.leader())

    assert (board.late, board.restricted) == (0, "5")


async def test_one_case_of_them_is_shown_to_whose_own_it_is(office):
    """To others it is not there."""
    id = await office.late(sensitive=True)

    shown = await office.ask(await office.discipline(), "GET overdue/cases/{id}", id=id)

    assert shown.days == 2
    with pytest.raises(NotFound):
        await office.ask(await office.leader(), "GET overdue/cases/{id}", id=id)


# --- 回避 ---------------------------------------------------------------------------------------------------------------------------


async def test_what_is_hidden_from_a_leader_is_in_no_number(office):
    """Such as a complaint about their office: a number would tell of it."""
    await office.want()
    await office.want(hidden=True, avoid_offices=(Office(ANJU),))
    await office.want(hidden=True, avoid=("林峰",), **LAND_TASK)
    await office.pass_days(3)
    accused, other = await office.leader(), await office.leader("市领导", CITY)

    seen, whole = await office.board(accused), await office.board(other, at=ANJU)

    assert (seen.late, seen.projects, len(await office.cases(accused))) == (1, 1, 1)
    assert [cell.late for cell in (await office.cells(accused, at=JUXIAN)).cells] == [1]
    assert (whole.late, whole.projects) == (3, 2)


async def test_what_is_hidden_in_a_village_is_in_no_number_of_its_town(office):
    """Though a village is no line of a board."""
    accused, other = await office.leader("镇长", JUXIAN), await office.leader()
    await office.late(VILLAGE, hidden=True, avoid=("镇长",))

    numbers = [
        (await office.board(reader, at=JUXIAN)).late
        + (await office.cells(reader, at=JUXIAN, row=JUXIAN)).late
        + (await office.cells(reader, at=JUXIAN, row=VILLAGE)).late
        for reader in (accused, other)
    ]

    assert numbers == [0, 3]


async def test_who_must_keep_away_hears_of_no_order_about_it_and_issues_none(office):
    await office.handler()
    task = await office.late(avoid=("高明",))
    accused, leader = await office.leader("高明"), await office.leader()
    await office.name(leader, task, "唐丽")

    [theirs], [others] = await office.cases(accused), await office.cases(leader)

    assert [(each.ordered, each.may_order) for each in (theirs, others)] == [("", False), ("督办已签发", True)]


async def test_what_one_must_keep_away_from_is_not_ones_own_to_order(office):
    """It may be read, and nothing is done about it."""
    own = await office.late(avoid=("林峰",))
    leader = await office.leader()

    async def mine(ctx):
        return await watches_of(ctx).find(late_of(ctx, {}))

    found = await office.world.units.read(
        mine, plugin="overdue", place=office.world.place(ANJU), actor=leader, permission="overdue.read"
    )

    assert found == [] and [line.id for line in await office.cases(leader)] == [own]


# --- mended ---------------------------------------------------------------------------------------------------------------------------


async def test_what_was_miscounted_or_missed_is_found_and_mended(office):
    """By operators, or at night: the numbers, the watches, and those of tasks that are no more."""
    late, gone, missed = await office.late(), await office.late(), await office.late()
    database = office.world.database
    await database["overdue.tallies"].delete_one({})
    await database["overdue.watches"].delete_one({"_id": missed})
    await database["worklist.tasks"].update_one({"_id": gone}, {"$set": {"state": "done"}})

    found = await office.recount()
    unchanged = await office.recount()
    await office.recount(repair=True)
    await office.clock()

    assert len(found) == 3 and found == unchanged
    assert await office.recount() == []
    assert {line.id for line in await office.cases(await office.leader())} == {late, missed}
    assert (await office.board(await office.leader("再看"))).late == 2


async def test_the_job_of_the_night_mends_the_same(office):
    """In parts."""
    await office.late()
    await office.world.database["overdue.tallies"].delete_many({})

    await office.job("overdue.look_over")
    await office.deliver()

    assert (await office.board(await office.leader())).late == 1
    lines = await office.world.database["audit"].find({"what": "overdue.mended"}).to_list(None)
    assert [line["details"]["found"] for line in lines] == [1]


async def test_tallies_are_folded_into_one_for_each_cell(office):
    """However many tasks came and went; nothing is left of what is none."""
    one, other = await office.late(), await office.late()
    await office.clock()
    tallies = office.world.database["overdue.tallies"]
    folded = await tallies.count_documents({})

    await office.close(one)
    await office.close(other)
    await office.clock()

    assert folded == 1 and await tallies.count_documents({}) == 0
