"""A village surveyor: today's visits taken along at the office, made without a network, sent when there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from playwright.async_api import FilePayload, Locator, expect

from tests.pages.flows.conftest import Lends
from tests.pages.flows.tapping import Count, Does, Tapping, counted
from tests.pages.flows.test_survey import begun
from tests.pages.flows.test_survey_offline import OFFLINE, filed, kept, loses_the_network
from tests.rows.rows import Walk
from tests.web.conftest import picture
from tests.world import VILLAGE

VISITS = 5


async def walked_by_a_surveyor(walk: Walk, lends: Lends) -> Mapping[str, Count]:
    """What is measured ends when the hub has each of them once."""
    surveyor = await walk.staff("handler", VILLAGE, node="survey")
    surveys = [await begun(walk, surveyor) for _ in range(VISITS)]
    phone = Tapping.of(await lends(surveyor, "ydsh"))

    async def takes_along(walk: Walk, phone: Tapping) -> None:
        await phone.page.clock.set_fixed_time(walk.hub.clock.now())
        await phone.open(f"/ydsh/{VILLAGE}")
        await phone.tap("入户调查")
        await phone.tap("无网络时填写")
        every = phone.page.get_by_role("button", name="带走")
        await phone.touch(every)
        await every.click()
        await expect(kept(phone)).to_have_count(VISITS)
        await loses_the_network(phone)

    async def one_visit(walk: Walk, phone: Tapping) -> None:
        await visits(walk, phone, surveys[0])

    async def four_more(walk: Walk, phone: Tapping) -> None:
        """After the second the phone was off."""
        for survey in surveys[1:3]:
            await visits(walk, phone, survey)
        await starts_anew(phone)
        for survey in surveys[3:]:
            await visits(walk, phone, survey)

    async def sends(walk: Walk, phone: Tapping) -> None:
        """By itself, as soon as there is a network."""
        await phone.page.context.set_offline(False)
        await expect(kept(phone).filter(has_text="已送达")).to_have_count(VISITS)
        assert [await filed(walk.hub, survey) for survey in surveys] == [[(1, 1)]] * VISITS

    tasks: Mapping[str, Does] = {
        "at the office: take five visits along": takes_along,
        "one visit without a network: answers, a picture, a signature": one_visit,
        "four more, the phone started anew between them": four_more,
        "back in the network: all are sent": sends,
    }
    counts = await counted(walk, phone, tasks)
    # A browser says so of every question without a network.
    phone.complaints[:] = [each for each in phone.complaints if "net::ERR_" not in each]
    return counts


async def visits(walk: Walk, phone: Tapping, survey: dict[str, Any]) -> None:
    row = phone.page.locator(f"[href='#/{survey['id']}']")
    await phone.touch(row)
    await row.click()
    phone.turned()
    await phone.pick("属实")
    await phone.pick("继续享受")
    await phone.fill("调查地点", "家中")
    await phone.fill("调查情况", "耕地由本人耕种。")
    if not await phone.field("调查人员").input_value():
        await phone.fill("调查人员", "杨帆\n刘洋")
    for name in ("photos", "signatures"):
        await takes(phone, phone.page.locator(f"[data-pictures='form.{name}']"))
    await phone.tap("填好了")
    await phone.headed("无网络时填写")
    phone.turned()


async def takes(phone: Tapping, box: Locator) -> None:
    phone.outside(taps=4)
    given: FilePayload = {"name": "1.jpg", "mimeType": "image/jpeg", "buffer": picture()}
    await box.locator("input[type=file]").set_input_files([given])
    await expect(box.locator("img")).to_have_count(1)


async def starts_anew(phone: Tapping) -> None:
    """Unlocked, and the page opened where it was."""
    phone.outside(taps=3)
    await phone.page.goto("about:blank")
    await phone.page.goto(phone.url + OFFLINE)
    await phone.reads("现在没有网络")
