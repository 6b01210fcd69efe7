"""留言概况: as many as the list shows; how somebody rated is read from no number."""

from __future__ import annotations

import pytest

from hub.store.documents import Group
from plugins.message_board import views
from plugins.message_board.handlers import READ
from tests.message_board.conftest import ANJU, CIVIL, FARMING


async def overview(office, actor, grades):
    """Of so many messages with each grade."""
    rated = [Group(key=(grade,), count=count) for grade, count in grades.items()]
    groups = {"grade": rated, "state": [], "place": [], "bureau": [], "overdue": []}

    async def call(ctx):
        return views.overview_of(ctx, groups)

    place = office.world.place(ANJU)
    return await office.world.units.read(call, plugin="message_board", place=place, actor=actor, permission=READ)


async def test_it_counts_what_the_list_shows(office):
    await office.write()
    passed = await office.write()
    await office.do("transfer", passed.id)

    counts = await office.ask(office.leader(), "GET message_board/overview")

    assert (counts.total, counts.overdue) == (2, 0)
    assert {bar.key: bar.count for bar in counts.bureaus} == {CIVIL: 1, FARMING: 1}
    assert {bar.label: bar.count for bar in counts.states} == {"待分派": 2}


@pytest.mark.parametrize(
    ("grades", "average"),
    [
        ({"5": 6, "4": 6}, "4.5"),
        ({"5": 9, "4": 1, "1": 6}, ""),
        ({"5": 5, "1": 1}, ""),
        ({"5": 1, "1": 3}, ""),
        ({}, ""),
    ],
)
async def test_the_average_gives_back_no_grade_that_is_withheld(office, grades, average):
    assert (await overview(office, office.leader(), grades)).average == average


async def test_a_leader_reads_no_small_number_of_grades(office):
    shown = await overview(office, office.leader(), {"5": 9, "1": 1, "2": 6})

    assert {bar.label: bar.text for bar in shown.grades} == {
        "非常满意": "9",
        "不满意": "未显示",
        "非常不满意": "未显示",
    }


async def test_whoever_handles_them_reads_all(office):
    shown = await overview(office, office.handler(), {"5": 1, "1": 1})

    assert ({bar.key: bar.count for bar in shown.grades}, shown.average) == ({"5": 1, "1": 1}, "3.0")


async def test_another_county_counts_nothing(office):
    await office.write()

    counts = await office.ask(office.leader("外县", "510981"), "GET message_board/overview", at="510981")

    assert (counts.total, counts.bureaus) == (0, [])
