"""Somebody with a browser in the hand: looks for words, taps them, types; whatever the browser complains of is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.async_api import Browser, Locator, Page, expect

# A form that is drawn again is no fault, nor a page that says why it is not for its visitor, though Chromium says so of every answer
# that is not 200.
DRAWN_AGAIN = re.compile(r"Failed to load resource: .* status of (401|403|409|422)")
# With script a page is asked for by the element that was tapped.
ARRIVED = "() => !document.querySelector('.htmx-request')"


@dataclass
class Phone:
    """One browser context. Addresses are those behind the hub's own."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    async def open(self, path: str, status: int = 200) -> None:
        answer = await self.page.goto(self.url + path)
        assert answer is not None and answer.status == status, f"{path}: {answer and answer.status}"

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.url)

    async def is_at(self, path: str) -> None:
        """Waits until the browser has come to an address that matches."""
        await expect(self.page).to_have_url(re.compile(re.escape(self.url) + path + "$"))

    async def headed(self, words: str) -> None:
        await expect(self.page.locator("h1")).to_contain_text(words)

    async def reads(self, *words: str) -> None:
        """Waits until the page says all of these."""
        for each in words:
            await expect(self.page.locator("body")).to_contain_text(each)

    async def reads_not(self, words: str) -> None:
        await expect(self.page.locator("body")).not_to_contain_text(words)

    async def tap(self, words: str) -> None:
        """A button or a link; one behind 更多 after that is opened."""
        found = self.said(words)
        if not await found.is_visible() and await self.page.locator("details.menu").count():
            await self.page.locator("details.menu summary").click()
        await found.click()
        # What follows is looked for on the page that comes, not on the one that is left: both may have it.
        await self.page.wait_for_function(ARRIVED)

    def said(self, words: str) -> Locator:
        wanted = re.compile(rf"^\s*{re.escape(words)}")
        page = self.page
        shown = page.get_by_role("button", name=wanted).or_(page.get_by_role("link", name=wanted))
        hidden = page.locator("details.menu .row", has_text=words)
        return shown.or_(hidden).first

    async def fill(self, label: str, text: str) -> None:
        await self.field(label).fill(text)

    async def search(self, text: str) -> None:
        """In the list that is shown."""
        await self.page.get_by_role("searchbox").fill(text)
        await self.tap("搜索")

    async def pick(self, label: str) -> None:
        """One of several that are seen."""
        await self.page.get_by_label(label, exact=True).check()

    async def choose(self, label: str, option: str) -> None:
        await self.field(label).select_option(label=option)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(re.compile(rf"^{re.escape(label)}(可不填|，自己写)?$"))

    async def attach(self, name: str, data: bytes) -> None:
        await self.page.set_input_files("input[type=file]", [{"name": name, "mimeType": "image/jpeg", "buffer": data}])


async def opened(
    browser: Browser, url: str, app: str, token: str, *, script: bool = True, width: int = 375, view: str = "1"
) -> Phone:
    """``view``: 字号 from 1 to 4, after an ``e`` in 长辈版."""
    context = await browser.new_context(
        viewport={"width": width, "height": 812}, locale="zh-CN", java_script_enabled=script
    )
    cookies = {"hub_view": view, **({f"hub_{app}": token} if token else {})}
    await context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    phone = Phone(await context.new_page(), url)
    phone.page.set_default_timeout(60_000)
    phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
    phone.page.on("console", lambda said: _note(phone, said.type, said.text))
    return phone


def _note(phone: Phone, kind: str, text: str) -> None:
    if kind == "error" and not DRAWN_AGAIN.search(text):
        phone.complaints.append(text)
