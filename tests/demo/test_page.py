"""The page /demo in a real browser: messages land on both phones while the story plays, at every width."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, FrameLocator, Page

from hub.demo import story
from hub.demo.stage import Stage
from hub.demo.telling import RESIDENT, WINDOW
from hub.demo.watch import Expected

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
    """Open the page at a width, wait until both apps are there; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    pages: list[Page] = []

    async def opened(width: int) -> Page:
        page = await browser.new_page(viewport={"width": width, "height": 900}, locale="zh-CN")
        pages.append(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        await page.goto(f"{stage.url}/demo")
        for person in (RESIDENT, WINDOW):
            await app_of(page, person).locator("h1").wait_for()
        return page

    yield opened
    for page in pages:
        await page.close()
    assert complaints == []


def app_of(page: Page, person: str) -> FrameLocator:
    """The app on this person's phone: the hub's own pages."""
    return page.frame_locator(f'[data-person="{person}"] iframe')


async def shown_anew(page: Page, person: str) -> str:
    """What is in the app after a tap on 刚到."""
    app = app_of(page, person)
    await app.locator(".arrived a").click()
    await app.locator(".arrived").wait_for(state="hidden")
    return await app.locator("#list").inner_text()


async def test_the_story_plays_on_both_phones(opens: Opens) -> None:
    """WeChat above, the app's own page below; the resident's has the result, the handler's a task that a colleague took."""
    page = await opens(1280)

    await page.click("#play")
    await page.wait_for_selector("#play[disabled]")
    await page.wait_for_selector("#play:not([disabled])", timeout=600_000)

    assert await page.inner_text("#caption") == "演示结束：申报已走完全程"
    resident, window = (page.locator(f'[data-person="{person}"]') for person in (RESIDENT, WINDOW))
    assert "办理结果通知" in await resident.locator('[data-list="wechat"]').inner_text()
    assert "待办提醒" in await window.locator('[data-list="wechat"]').inner_text()
    assert "申报已批准：高龄津贴" in await shown_anew(page, RESIDENT)
    assert "已失效" in await shown_anew(page, WINDOW)


async def test_who_comes_later_sees_what_has_landed(opens: Opens, stage: Stage) -> None:
    """The app shows its messages, WeChat's come from the feed: here up to the resident's first push."""
    await story.play(stage, Silent(), story.STEPS[:8])

    page = await opens(1280)

    await app_of(page, RESIDENT).locator("#list .row").first.wait_for()
    await page.wait_for_selector(f'[data-person="{RESIDENT}"] [data-list="wechat"] > li')


@pytest.mark.parametrize("width", WIDTHS)
async def test_nothing_sticks_out_at_any_width(opens: Opens, width: int) -> None:
    """Phones stand side by side on a desk and one above the other on a phone."""
    page = await opens(width)

    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = [await phone.bounding_box() for phone in await page.locator(".phone").all()]
    left, right = boxes[0], boxes[1]
    assert left is not None and right is not None
    assert (left["y"] == right["y"]) == (width == 1280)
    button = await page.locator("#play").bounding_box()
    assert button is not None and button["height"] >= 48


async def test_the_bare_address_leads_to_the_page(stage: Stage) -> None:
    """And the feed, which has no end, answers HEAD at once."""
    async with stage.http.get(f"{stage.url}/", allow_redirects=False) as home:
        assert (home.status, home.headers["Location"]) == (302, "/demo")
    async with stage.http.head(f"{stage.url}/demo/feed") as feed:
        assert (feed.status, feed.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")


async def test_nobody_enters_as_somebody_who_was_not_invented(stage: Stage) -> None:
    async with stage.http.get(f"{stage.url}/demo/enter/nobody", allow_redirects=False) as seen:
        assert (seen.status, "Set-Cookie" in seen.headers) == (404, False)
