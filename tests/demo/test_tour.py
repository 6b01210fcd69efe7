"""What a visitor does at /demo in a real browser: be somebody, open what has come, follow the tour, let a day pass."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import Browser, FrameLocator, Page, expect

from hub.demo import tour
from hub.demo.cast import PHONES, cast
from hub.demo.desk import Desk, day_of
from hub.demo.stage import Stage
from hub.demo.tour import TourStep
from hub.settings import HubSettings
from hub.testing.served import served_hub
from hub.testing.setup import HubSetup
from hub.words.clock import today
from hub.words.errors import Conflict
from tests.demo.test_page import frame_of, phone_of

DAY = re.compile(r"\d+年\d+月\d+日 星期.")
PATIENT = 60_000  # milliseconds
expect.set_options(timeout=PATIENT)


@pytest.fixture
async def page(browser: Browser, stage: Stage) -> AsyncIterator[Page]:
    """At a desk; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    page = await browser.new_page(viewport={"width": 1280, "height": 1000}, locale="zh-CN")
    page.set_default_timeout(PATIENT)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    await page.goto(f"{stage.url}/demo")
    yield page
    await page.close()
    assert complaints == []


async def press(app: FrameLocator, words: str) -> None:
    """The first button, link or choice that begins so."""
    name = re.compile(rf"^\s*{re.escape(words)}")
    named = [app.get_by_role(role, name=name) for role in ("button", "link", "radio")]
    await named[0].or_(named[1]).or_(named[2]).first.click()


async def follow(page: Page, step: TourStep, opened: Counter[str]) -> None:
    """Do what the bar says and see what it promises. ``opened``: how many messages each person has had in the tour."""
    phone, app = phone_of(page, step.app), frame_of(page, step.app)
    await expect(phone).to_have_class(re.compile(r"\bnow\b"))
    await expect(phone.locator("[aria-current]")).to_have_text(cast()[step.person].name)
    if step.day:
        await put_forward(page)
    if step.message:
        opened[step.person, step.message] += 1
        cards = phone.locator(".card", has_text=step.message)
        await expect(cards).to_have_count(opened[step.person, step.message])
        await cards.first.click()
    for words in step.presses:
        await press(app, words)
    await expect(app.locator("main")).to_contain_text(step.shows)


async def put_forward(page: Page) -> None:
    before = await page.locator("#today").inner_text()
    await page.locator("[data-forward]:visible").last.click()
    await page.locator("#ask").get_by_role("button", name="拨快一天").click()
    await expect(page.locator("#today")).not_to_have_text(before)
    await expect(page.locator("#today")).to_have_text(DAY)


async def test_the_tour_goes_as_its_steps_say(page: Page) -> None:
    """A declaration through four people's hands; the window's claim runs out after a day, and its message comes again."""
    opened: Counter[str] = Counter()

    await page.click("#begin")
    for step in tour.STEPS:
        await follow(page, step, opened)
        await page.click("#next")

    await expect(page.locator("#caption")).to_contain_text("走完了")
    await expect(page.locator(".phone.now")).to_have_count(0)


async def test_one_click_is_enough_to_be_anybody(page: Page) -> None:
    """Each with their own line, messages and app."""
    for phone in PHONES:
        for part in phone.parts:
            name = cast()[part.key].name

            await phone_of(page, phone.app).get_by_role("link", name=name, exact=True).click()

            await expect(phone_of(page, phone.app).locator(".says")).to_have_text(part.says)
            await expect(frame_of(page, phone.app).locator("h1").first).to_be_visible()
            await expect(frame_of(page, phone.app).locator("form[action$='/signin']")).to_have_count(0)


async def test_nobody_is_signed_out_by_a_day_that_passes(page: Page, stage: Stage) -> None:
    """Nor by as many as one likes: whoever is on a phone stays there."""
    person = cast()["zhoumin"]
    async with stage.http.get(f"{stage.url}/demo/enter/{person.key}", allow_redirects=False) as entered:
        cookie = entered.cookies["hub_ydsh"].value
    for _ in range(3):
        await put_forward(page)

    async with stage.http.get(f"{stage.url}/ydsh/inbox", headers={"Cookie": f"hub_ydsh={cookie}"}) as seen:
        assert (seen.status, seen.url.path) == (200, "/ydsh/inbox")


async def test_one_day_passes_at_a_time(stage: Stage, settings: HubSettings) -> None:
    """Whoever presses meanwhile is asked to wait; what is on its way arrives on its own day."""
    desk, before = Desk(settings.templates), today(stage.clock)

    first, second = await asyncio.gather(desk.put_forward(stage), desk.put_forward(stage), return_exceptions=True)

    assert today(stage.clock) - before == timedelta(days=1)
    assert first == day_of(stage)
    assert isinstance(second, Conflict)


@pytest.mark.parametrize("to", ["//evil.example/", "/ydjd/inbox", "/ydsh/inbox\r\nX: y", "https://evil.example/"])
async def test_one_enters_at_a_page_of_the_own_app_alone(stage: Stage, to: str) -> None:
    async with stage.http.get(f"{stage.url}/demo/enter/zhoumin", params={"to": to}, allow_redirects=False) as entered:
        assert (entered.status, entered.headers["Location"]) == (303, "/ydsh/inbox")


@pytest.mark.parametrize("path", ["/demo/clock", "/demo/tour", "/demo/play"])
async def test_other_sites_press_none_of_its_buttons(stage: Stage, path: str) -> None:
    async with stage.http.post(f"{stage.url}{path}", headers={"Origin": "https://evil.example"}) as refused:
        assert refused.status == 403


async def test_no_hub_but_the_demo_lets_its_clock_be_moved(mongo_uri: str, tmp_path: Path) -> None:
    """Nor is there anything else of the page."""
    async with served_hub(mongo_uri, tmp_path, HubSetup()) as hub:
        before = hub.clock.now()

        for path in ("/demo/clock", "/demo/tour", "/demo/play", "/demo/enter/zhoumin"):
            async with aiohttp.request("POST", f"{hub.url}{path}") as refused:
                assert refused.status == 404

        assert hub.clock.now() == before
