"""逾期督办: a leader finds what is late from the home down to the case, and chooses how to hear of it."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_overdue_rows import wanted
from tests.world import ANJU


async def test_a_leader_finds_a_late_case_and_chooses_to_hear_of_the_next_at_once(
    walk: Walk, lends: Lends, script: bool
) -> None:
    """Home, county, town, project and node, case; then how one is reminded."""
    await wanted(walk)
    phone = await lends(await walk.staff("leader", ANJU), "ydjd", script=script)

    await phone.open(f"/ydjd/{ANJU}")
    await phone.tap("逾期督办")
    await phone.headed("逾期督办")
    await phone.tap("聚贤镇")
    await phone.reads("乡镇审核")
    await phone.tap("高龄津贴")
    await phone.headed("逾期事项")
    await phone.tap("高龄津贴")
    await phone.reads("由谁办", "还没有人认领", "逾期1个工作日")

    await phone.open(f"/ydjd/{ANJU}/overdue")
    await phone.tap("怎么提醒我")
    await phone.pick("一逾期就提醒")
    await phone.tap("保存")
    await phone.headed("逾期督办")
