"""A resident's home: what comes first, how one's own stands, and whom to phone, before anything is tapped."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from hub.app import Hub
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.rows.test_complaints_rows import complain, press, reply
from tests.rows.test_worklist_rows import declare
from tests.web.scope import Resident
from tests.world import ANJU, JUXIAN

HOME, OLD, OTHER = f"/ykt/{ANJU}", "510904194012250027", "510904194107080024"


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """Nobody has anything yet."""
    return own_hub


async def test_a_guest_is_shown_where_to_sign_in(lends: Lends) -> None:
    """And comes back to this home."""
    phone = await lends(None)

    await phone.open(HOME)
    await phone.tap("登录")

    await phone.is_at(f"/ykt/signin[?]to={HOME}")


async def test_whoever_is_not_known_yet_is_shown_where_to_say_who_they_are(walk: Walk, lends: Lends) -> None:
    phone = await lends(Walker(walk, await walk.scene.visitor(Resident(None))))

    await phone.open(HOME)
    await phone.tap("实名绑定")

    await phone.headed("实名绑定")


async def test_the_newest_open_declaration_says_where_it_lies_and_whom_to_phone(walk: Walk, lends: Lends) -> None:
    """Until it has ended."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, OLD)
    await window.decide(JUXIAN, case["number"], "accept")
    phone = await lends(resident)

    await phone.open(HOME)
    await phone.reads("您的申报：高龄津贴（李*兰）", "现在在乡镇审核", "前办理")
    await expect(phone.page.locator("a[href^='tel:0825']")).to_have_count(1)
    await phone.tap("您的申报")
    await phone.is_at(f"{HOME}/declaration/cases/{case['id']}")
    await phone.tap("撤回申报")
    await phone.tap("撤回申报")
    await phone.open(HOME)

    await phone.reads_not("您的申报")


async def test_what_has_to_be_mended_is_said_first(walk: Walk, lends: Lends) -> None:
    """Before what was declared since."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, OLD)
    await window.decide(JUXIAN, case["number"], "accept", "correct", "户口簿不清楚，请重拍。")
    await declare(resident, OTHER)
    phone = await lends(resident)

    await phone.open(HOME)

    await phone.reads("请您补正，点这里看要补什么。")


async def test_a_reply_waits_to_be_judged_and_its_matter_is_not_said(walk: Walk, lends: Lends) -> None:
    """Others may hold the phone."""
    resident, office = await walk.resident("陈芳"), await walk.staff("handler", ANJU, "民政局", "complaints")
    filed = (await complain(resident))["id"]
    for move, said in (("accept", {}), ("reply", reply(walk))):
        await press(office, filed, move, **said)
    phone = await lends(resident)

    await phone.open(HOME)
    await phone.reads("您的投诉有回复了", "前评价满意不满意")
    await phone.reads_not("优亲厚友")
    await phone.tap("您的投诉有回复了")

    await phone.is_at(f"{HOME}/complaints/mine/{filed}")
