"""A county's leader, who has ten seconds for 移动监督."""

from __future__ import annotations

from collections.abc import Mapping

from tests.pages.flows.conftest import Lends
from tests.pages.flows.tapping import Count, Does, Tapping, counted
from tests.rows.rows import Walk
from tests.rows.test_worklist_rows import declare
from tests.web.samples import complaints
from tests.world import ANJU, JUXIAN

OLD = ("510904194403150023", "510923194106120011", "510904193805120025")


async def looks_at_the_county(walk: Walk, phone: Tapping) -> None:
    await phone.open(f"/ydjd/{ANJU}")
    await phone.reads("在办申报", "投诉已逾期")


async def asks_where_it_sticks(walk: Walk, phone: Tapping) -> None:
    await phone.tap("在办申报")
    await phone.reads("受理")


async def goes_down_to_a_town(walk: Walk, phone: Tapping) -> None:
    await phone.open(f"/ydjd/{ANJU}")
    bar = phone.page.get_by_role("region", name="未办结投诉按地区").get_by_role("link", name="聚贤镇")
    await phone.touch(bar)
    await bar.click()
    await phone.is_at(f"/ydjd/{JUXIAN}/complaints/overview")


async def reads_one_complaint(walk: Walk, phone: Tapping) -> None:
    await phone.tap("查看投诉")
    await phone.tap("高龄津贴")
    await phone.reads("办结期限")


TASKS: Mapping[str, Does] = {
    "how is my county": looks_at_the_county,
    "where do declarations stick": asks_where_it_sticks,
    "from the county to a town": goes_down_to_a_town,
    "one complaint in it": reads_one_complaint,
}


async def walked_by_a_leader(walk: Walk, lends: Lends) -> Mapping[str, Count]:
    for place in (*[JUXIAN] * 6, *[ANJU] * 5):
        await complaints.stored(walk.scene, place=place, type="favour")
    resident = await walk.resident("王建国")
    for number in OLD:
        await declare(resident, number)
    leader = await walk.staff("leader", ANJU)
    return await counted(walk, Tapping.of(await lends(leader, "ydjd")), TASKS)
