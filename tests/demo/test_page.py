"""The page /demo in a real browser: messages land on the phones while the story plays, at every width."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, FrameLocator, Locator, Page

from hub.demo import story
from hub.demo.cast import PHONES
from hub.demo.stage import Stage
from hub.demo.watch import Expected
from hub.words.actors import App
from tests.pages.looking import violations

WIDTHS = (1280, 375, 320)
Opens = Callable[[int], Awaitable[Page]]


class Silent:
    """Hears a story and keeps it."""

    def step(self, number: int, title: str) -> None:
        """Nothing to do."""

    def say(self, text: str) -> None:
        """Nothing to do."""

    def push(self, expected: Expected, person: str) -> None:
        """Nothing to do."""

    async def pause(self) -> None:
        """Nothing to wait for."""


@pytest.fixture
async def opens(browser: Browser, stage: Stage) -> AsyncIterator[Opens]:
    """Open the page at a width, wait until all apps are there; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    async def opened(width: int) -> Page:
        page = await browser.new_page(viewport={"width": width, "height": 900}, locale="zh-CN")
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await page.goto(f"{stage.url}/demo")
        for phone in PHONES:
            await frame_of(page, phone.app).locator("h1").first.wait_for()
        return page

    yield opened
    for page in pages:
        await page.close()
    assert complaints == []


def phone_of(page: Page, app: App) -> Locator:
    return page.locator(f'.phone[data-app="{app}"]')


def frame_of(page: Page, app: App) -> FrameLocator:
    """What is in the phone's frame: the hub's own pages."""
    return phone_of(page, app).frame_locator("iframe")


async def shown_anew(page: Page, app: App) -> str:
    """What is in the app after a tap on 刚到."""
    frame = frame_of(page, app)
    await frame.locator(".arrived a").click()
    await frame.locator(".arrived").wait_for(state="hidden")
    return await frame.locator("#list").inner_text()


async def test_the_story_plays_on_the_phones(opens: Opens) -> None:
    """WeChat above, the app's own page below; the resident's has the result, the handler's a task that a colleague took."""
    page = await opens(1280)

    await page.click("#play")
    await page.wait_for_selector("#play[disabled]")
    await page.wait_for_selector("#play:not([disabled])", timeout=600_000)

    assert await page.inner_text("#caption") == "演示结束：申报已走完全程"
    resident, window = phone_of(page, "ykt"), phone_of(page, "ydsh")
    assert "办理结果通知" in await resident.locator('[data-list="wechat"]').inner_text()
    assert "待办提醒" in await window.locator('[data-list="wechat"]').inner_text()
    assert "申报已批准：高龄津贴" in await shown_anew(page, "ykt")
    assert "已失效" in await shown_anew(page, "ydsh")


async def test_who_comes_later_sees_what_has_landed(opens: Opens, stage: Stage) -> None:
    """The app shows its messages, WeChat's come from the feed: here up to the resident's first push."""
    await story.play(stage, Silent(), story.STEPS[:8])

    page = await opens(1280)

    await frame_of(page, "ykt").locator("#list .row").first.wait_for()
    await phone_of(page, "ykt").locator('[data-list="wechat"] > li').first.wait_for()


@pytest.mark.parametrize("width", WIDTHS)
async def test_nothing_sticks_out_at_any_width(opens: Opens, width: int) -> None:
    """Phones stand side by side on a desk and one above the other on a phone."""
    page = await opens(width)

    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [await phone.bounding_box() for phone in await page.locator(".phone").all()]
    tops = {box["y"] for box in boxes if box is not None}
    assert len(tops) == (1 if width == 1280 else len(PHONES))
    for target in await page.locator("button:visible, .who a").all():
        box = await target.bounding_box()
        assert box is not None and min(box["height"], box["width"]) >= 48


@pytest.mark.parametrize("width", [1280, 375])
async def test_it_can_be_read_by_everybody(opens: Opens, width: int) -> None:
    """WCAG 2.1 AA, with messages on the phones, while the tour is on and while one is asked about the day."""
    page = await opens(width)
    found = await violations(page)
    await page.click("#begin")
    await page.locator("#tour").wait_for()
    found += await violations(page)
    await page.locator("[data-forward]:visible").first.click()

    found += await violations(page)

    assert found == []


async def test_the_bare_address_leads_to_the_page(stage: Stage) -> None:
    """And the feed, which has no end, answers HEAD at once."""
    async with stage.http.get(f"{stage.url}/", allow_redirects=False) as home:
        assert (home.status, home.headers["Location"]) == (302, "/demo")
    async with stage.http.head(f"{stage.url}/demo/feed") as feed:
        assert (feed.status, feed.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")


async def test_nobody_enters_as_somebody_who_was_not_invented(stage: Stage) -> None:
    async with stage.http.get(f"{stage.url}/demo/enter/nobody", allow_redirects=False) as seen:
        assert (seen.status, "Set-Cookie" in seen.headers) == (404, False)
