"""消息: what was pushed, to be read on the phone."""

from __future__ import annotations

from playwright.async_api import expect

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_worklist_rows import declare
from tests.world import ANJU, JUXIAN

OLD = {"script": "510923194106120011", "plain": "510904194403150023"}
OTHERS = {"script": ("510904193805120025", "510904193811030026"), "plain": ("510904193905060023", "510904193904170028")}


async def test_a_message_is_opened_and_is_read(walk: Walk, lends: Lends, script: bool) -> None:
    """The list has its first words, the page all of them; of somebody else it is not there."""
    resident, other = await walk.resident("陈芳"), await walk.resident("刘梅")
    window = await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, OLD["script" if script else "plain"])
    await window.decide(JUXIAN, case["number"], "accept")
    newest = (await resident.inbox())[0]
    phone, another = await lends(resident, script=script), await lends(other, script=script)

    await phone.open(f"/ykt/{ANJU}")
    await phone.tap("消息")
    await phone.reads(newest["title"], newest["body"][:20], "条未读")
    await phone.tap(newest["title"])
    await phone.headed(newest["title"])
    await phone.reads(*filter(None, newest["body"].splitlines()), "查看详情")
    await phone.tap("返回")
    await phone.headed("消息")
    not_theirs = await another.page.request.get(f"{another.url}/ykt/inbox/{newest['id']}")

    assert not_theirs.status == 404
    assert {item["id"]: item["read"] for item in await resident.inbox()}[newest["id"]]


async def test_all_messages_are_marked_as_read(walk: Walk, lends: Lends, script: bool) -> None:
    """Also those that are not on the screen."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    for number in OTHERS["script" if script else "plain"]:
        await window.decide(JUXIAN, (await declare(resident, number))["number"], "accept")
    assert len(await resident.inbox()) > 1
    phone = await lends(resident, script=script)

    await phone.open("/ykt/inbox?limit=1")
    await phone.tap("全部标为已读")
    await phone.headed("消息")
    await phone.reads_not("条未读")

    assert all(item["read"] for item in await resident.inbox())


async def test_a_message_that_comes_is_said_and_shown_when_asked_for(walk: Walk, lends: Lends) -> None:
    """Nothing moves until it is tapped."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    phone = await lends(resident)
    case = await declare(resident, "510904193712090023")
    before = len(await resident.inbox())
    await phone.open("/ykt/inbox")
    await expect(phone.page.locator("#list .row:not(.next)")).to_have_count(min(before, 20))

    await window.decide(JUXIAN, case["number"], "accept")
    await phone.tap("刚到1条")

    await phone.reads("申报已受理：高龄津贴")
    await expect(phone.page.locator("#arrived")).to_be_hidden()
