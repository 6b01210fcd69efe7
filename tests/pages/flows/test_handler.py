"""我的待办 as a handler does it: claim, pass, 补正, many together, 我的已办, 撤销通过."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_worklist_rows import OLD_AGE, declare
from tests.world import ANJU, JUXIAN

WORKLIST = f"/ydsh/{JUXIAN}/worklist"
# Over 80, each of a test of their own.
OLD = {
    "script": ("510923194106120011", "510904194403150023", "510904193805120025"),
    "plain": ("510904193712090023", "510904193905060023", "510904194012250027"),
}


async def test_a_handler_claims_asks_for_mending_and_passes(walk: Walk, lends: Lends, script: bool) -> None:
    """补正 needs words, which the applicant reads; the other is passed from its own page, and taken back from 我的已办."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    mending, passing = [await declare(resident, number) for number in OLD["script" if script else "plain"][:2]]
    await walk.settled()
    phone = await lends(window, "ydsh", script=script)

    await phone.open(f"{WORKLIST}/tasks?number={mending['number']}")
    await phone.headed("我的待办")
    await phone.tap("高龄津贴")
    await phone.tap("认领")
    await phone.reads("您已认领")
    await phone.tap("补正")
    await phone.headed("补正")
    await phone.tap("补正")
    await phone.reads("处要改")
    await phone.fill("处理意见", "户口簿不清楚，请重拍。")
    await phone.tap("补正")
    await phone.is_at(f"{WORKLIST}/tasks")

    await phone.open(f"{WORKLIST}/tasks?number={passing['number']}")
    await phone.tap("高龄津贴")
    await phone.tap("认领")
    await phone.pick("材料齐全，符合条件。")
    await phone.tap("通过")
    await phone.is_at(f"{WORKLIST}/tasks")
    await walk.settled()
    await phone.open(f"{WORKLIST}/done")
    await phone.search(passing["number"])
    await phone.tap("高龄津贴")
    await phone.tap("撤销通过")
    await phone.fill("撤销的理由", "看错了材料。")
    await phone.tap("撤销通过")

    await phone.is_at(f"{WORKLIST}/done")
    await walk.settled()
    cases = f"/{ANJU}/declaration/cases"
    back, mended = await resident.get(f"{cases}/{passing['id']}"), await resident.get(f"{cases}/{mending['id']}")
    assert (back["node"], back["state"], mended["state_label"]) == ("accept", "handling", "待补正")


async def test_a_town_gives_a_case_back_to_its_window(walk: Walk, lends: Lends, script: bool) -> None:
    """With words, without which it stays."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    town = await walk.staff("handler", JUXIAN, node="review_town")
    case = await declare(resident, "510904193905120022" if script else "510904194006130010")
    await window.decide(JUXIAN, case["number"], "accept")
    phone = await lends(town, "ydsh", script=script)

    await phone.open(f"{WORKLIST}/tasks?number={case['number']}")
    await phone.tap("高龄津贴")
    await phone.tap("认领")
    await phone.reads("您已认领")
    await phone.tap("退回")
    await phone.headed("退回")
    await phone.tap("退回")
    await phone.reads("处要改")
    await phone.fill("处理意见", "请核实年龄。")
    await phone.tap("退回")

    await phone.is_at(f"{WORKLIST}/tasks")
    await walk.settled()
    assert (await resident.get(f"/{ANJU}/declaration/cases/{case['id']}"))["node"] == "accept"


async def test_what_somebody_worked_on_is_found_by_its_number(walk: Walk, lends: Lends, script: bool) -> None:
    """The whole number; what nobody has worked on is not found, and that is said."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904193705180020" if script else "510904193804110028")
    await window.decide(JUXIAN, case["number"], "accept")
    phone = await lends(window, "ydsh", script=script)

    await phone.open(f"{WORKLIST}/history")
    await phone.search(case["number"][:-1])
    await phone.reads("没有找到")
    await phone.search(case["number"])
    await phone.tap("高龄津贴")

    await phone.headed("高龄津贴")
    await phone.reads(case["number"])


async def test_a_handler_passes_many_together(walk: Walk, lends: Lends, script: bool) -> None:
    """All but the one that is unticked; what became of each is shown."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    kept = await declare(resident, OLD["script" if script else "plain"][2])
    other = await declare(resident, "510904194107080024" if script else "510904194203040022")
    await walk.settled()
    phone = await lends(window, "ydsh", script=script)

    await phone.open(f"{WORKLIST}/tasks")
    await phone.tap("合并办理")
    await phone.tap("高龄津贴")
    ticks = phone.page.locator("input[name=ids]")
    await expect(ticks.first).to_be_checked()
    left = (await walk_task(window, kept["number"]))["id"]
    await phone.page.locator(f"input[name=ids][value^='{left}:']").uncheck()
    await phone.tap("通过勾选的")

    await phone.headed("通过了")
    await phone.reads(other["number"], "已通过")
    await phone.reads_not(kept["number"])
    await phone.tap("回到待办")
    await phone.headed("我的待办")


@pytest.mark.parametrize("script", [False], indirect=True)
async def test_what_moved_while_one_looked_is_not_passed_with_the_others(
    walk: Walk, lends: Lends, script: bool
) -> None:
    """A colleague claims it and gives it back."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    moved, other = [await declare(resident, number) for number in ("510904194501170028", "510904194006080025")]
    await walk.settled()
    phone = await lends(window, "ydsh", script=script)

    await phone.open(f"{WORKLIST}/together?project={OLD_AGE}&node=accept")
    task = (await walk_task(window, moved["number"]))["id"]
    for step in ("claim", "release"):
        await window.post(f"/{JUXIAN}/worklist/tasks/{task}/{step}")
    await phone.tap("通过勾选的")

    await phone.reads(other["number"], "已通过", "未通过", "刚刚有人更新了这条记录")
    assert await walk_task(window, moved["number"])


async def walk_task(window, number):  # type: ignore[no-untyped-def]
    return await window.task(JUXIAN, number, "accept")
