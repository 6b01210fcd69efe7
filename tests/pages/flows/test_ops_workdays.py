"""工作日 as the city's system administrator keeps it on a phone: the yearly notice, one day, and a county that only looks."""

from __future__ import annotations

from datetime import date

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.world import ANJU, CITY


async def test_the_yearly_notice_is_tried_before_it_counts(walk: Walk, lends: Lends, script: bool) -> None:
    """A bad line is named; nothing counts until what was tried is confirmed, and then the history says who did it."""
    year = 2027 if script else 2028
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{CITY}")
    await phone.tap("工作日")
    await phone.tap(f"{year}年")
    await phone.reads("放假通知还没有导入")
    await phone.tap("导入放假通知")
    await phone.fill("每行一天", f"{year}-02-30 休\n{year}-01-09 班 元旦调休")
    await phone.fill("原因", "国务院办公厅通知")
    await phone.tap("试算")
    await phone.reads("第1行", "没有这一天")
    await phone.fill("每行一天", f"{year}-01-04 休 元旦\n{year}-01-09 班 元旦调休")
    await phone.tap("试算")
    await phone.headed("将更改2天")
    assert walk.hub.workdays.calendar.is_workday(date(year, 1, 4)) == (date(year, 1, 4).weekday() < 5)
    await phone.tap("确认保存")

    await phone.headed("已更改2天")
    assert not walk.hub.workdays.calendar.is_workday(date(year, 1, 4))
    assert walk.hub.workdays.calendar.is_workday(date(year, 1, 9))
    await phone.tap("返回")
    await phone.reads("国务院办公厅通知", f"{year}-01-04改为休息")


async def test_one_day_is_changed_and_taken_back(walk: Walk, lends: Lends, script: bool) -> None:
    """Offices close for a flood: the day rests, and counts as the State Council says once it is taken from the table."""
    day = date(2026, 12, 1 if script else 2)
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{CITY}/ops/workdays?year=2026&month=12")
    await phone.tap(f"{day.day}日")
    await phone.reads("国务院通知", "上班")
    await phone.pick("休息")
    await phone.fill("原因", "防汛停工")
    await phone.tap("保存")
    await phone.reads("防汛停工")
    closed = walk.hub.workdays.calendar.is_workday(day)
    await phone.open(f"/ops/{CITY}/ops/workdays/{day.isoformat()}")
    await phone.pick("按国家日历")
    await phone.fill("原因", "汛情解除")
    await phone.tap("保存")

    await phone.reads("汛情解除")
    assert (closed, walk.hub.workdays.calendar.is_workday(day)) == (False, True)


async def test_a_county_looks_and_changes_nothing(walk: Walk, lends: Lends, script: bool) -> None:
    """The days are the same for the whole city."""
    operator = await walk.staff("ops_system", ANJU)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{ANJU}/ops/workdays?year=2026")

    await phone.reads("更改请到市级页面", "1、2")
    assert not await phone.said("导入放假通知").count()
