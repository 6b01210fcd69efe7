"""L1: what a leader and 纪委 see first, and that every number is that of the page behind it."""

from __future__ import annotations

import re

import aiohttp
import pytest

from hub.app import Hub
from tests.pages.flows.conftest import Lends
from tests.pages.flows.openings import signed_in
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk
from tests.web.samples import complaints, core, interception
from tests.web.scope import Scene, Staff
from tests.world import ANJU, JUXIAN

LEADER, DISCIPLINE = Staff("leader", ANJU), Staff("discipline", ANJU)
HOME = f"/ydjd/{ANJU}"


@pytest.fixture(scope="module")
async def happened(hub: Hub) -> None:
    """A district with declarations in work, complaints of which one is late and one about a clerk, and somebody intercepted."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        scene = Scene(hub, http)
        await core.my_cases(scene)
        await core.tasks(scene)
        for more in ({"place": JUXIAN}, {"against": "staff"}, {"task_due": hub.clock.now().replace(year=2020)}):
            await complaints.stored(scene, **more)
        await complaints.stored(scene, "closed", open=False)
        await interception.one(scene)


@pytest.fixture
def busy(happened: None, walk: Walk) -> Walk:
    """Each looks at the same; nobody changes anything."""
    return walk


async def test_a_leader_sees_how_the_place_stands(busy: Walk, lends: Lends) -> None:
    phone = await at_home(busy, lends, LEADER)

    figures = await figures_of(phone)

    complaints_first, own, risks = (
        ("未办结投诉", "投诉已逾期", "在办申报"),
        ("我的待办",),
        ("近一年拦截", "拦截待确认"),
    )
    assert tuple(figures) == (*complaints_first, *own, *risks)
    assert int(figures["在办申报"]) >= 2
    await phone.reads("未办结投诉按地区")
    assert await phone.page.get_by_role("heading", name="拦截按地区").count() == 0


async def test_discipline_inspection_sees_what_it_watches_first(busy: Walk, lends: Lends) -> None:
    """Interceptions with their bars, then complaints about conduct."""
    phone = await at_home(busy, lends, DISCIPLINE)

    figures = await figures_of(phone)

    assert list(figures)[:3] == ["近一年拦截", "拦截待确认", "涉工作人员未办结投诉"]
    assert (figures["涉工作人员未办结投诉"], figures["未办结投诉"], figures["投诉已逾期"]) == ("1", "3", "1")
    await phone.reads("拦截按地区", "拦截按规则")


@pytest.mark.parametrize("who", [LEADER, DISCIPLINE], ids=["leader", "discipline"])
async def test_each_number_is_that_of_the_page_behind_it(busy: Walk, lends: Lends, who: Staff) -> None:
    """A page of numbers says it, a list has so many lines; what is withheld at home is withheld there."""
    phone = await at_home(busy, lends, who)
    shown = await figures_of(phone)

    for label, number in shown.items():
        await phone.open(HOME)
        await phone.page.locator(f".headline:has(small:text-is('{label}'))").click()
        await phone.page.wait_for_url(re.compile(f"{HOME}/"))
        if number.isdigit() and await phone.page.locator(".figures").count() == 0:
            assert await phone.page.locator("#list a.row:not(.next)").count() == int(number), label
        else:
            assert number in await phone.page.locator(".figures dd, .against .num").evaluate_all(NUMBERS), label


@pytest.mark.parametrize(
    ("who", "chart", "page"),
    [
        (DISCIPLINE, "拦截按地区", "interception"),
        (DISCIPLINE, "未办结投诉按地区", "complaints/overview"),
        (LEADER, "在办申报按地区", "declaration/overview"),
    ],
    ids=["interceptions", "complaints", "declarations"],
)
async def test_a_bar_leads_one_level_down(busy: Walk, lends: Lends, who: Staff, chart: str, page: str) -> None:
    """From the district to its town, with the number that led there."""
    phone = await at_home(busy, lends, who)
    bar = phone.page.get_by_role("region", name=chart).locator(f"a[href*='/{JUXIAN}/']")
    number = await bar.locator(".num b").inner_text()

    await bar.click()

    await phone.is_at(f"/ydjd/{JUXIAN}/{page}")
    assert number == (await phone.page.locator(".figures dd").evaluate_all(NUMBERS))[0]


async def test_a_bar_that_is_withheld_leads_nowhere(busy: Walk, lends: Lends) -> None:
    """What it hides stands on the page below."""
    phone = await at_home(busy, lends, LEADER)

    chart = phone.page.get_by_role("region", name="未办结投诉按地区")

    assert "少于5" in await chart.inner_text()
    assert await chart.locator("a").count() == 0


async def test_declarations_are_as_many_as_the_list_has(busy: Walk, lends: Lends) -> None:
    """申报概况 adds up, by place, node and project, to the lines of 申报查询."""
    phone = await at_home(busy, lends, LEADER)
    await phone.tap("在办申报")
    await phone.headed("申报概况")

    total, *rest = await phone.page.locator(".figures dd, .against .num b").evaluate_all(NUMBERS)
    sums = {
        label: sum(map(int, await phone.page.get_by_role("region", name=label).locator(".num b").all_inner_texts()))
        for label in ("在办按环节", "在办按地区", "在办按项目")
    }
    await phone.tap("查看申报")

    assert rest and sums == dict.fromkeys(sums, int(total))
    assert await phone.page.locator("#list a.row:not(.next)").count() == int(total)


NUMBERS = "cells => cells.map(cell => cell.firstChild.textContent)"


async def at_home(walk: Walk, lends: Lends, who: Staff) -> Phone:
    phone = await lends(None, "ydjd")
    await signed_in(walk.scene, phone, "ydjd", who)
    await phone.open(HOME)
    return phone


async def figures_of(phone: Phone) -> dict[str, str]:
    """By their names, in their order."""
    pairs = "all => all.map(each => [each.querySelector('small').textContent, each.querySelector('b').firstChild.textContent])"
    return dict(await phone.page.locator(".headline").evaluate_all(pairs))
