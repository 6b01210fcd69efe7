"""A gallery per worker, and visitors with phones: whatever their browser complains of fails the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page

from tests.pages.gallery import browser_files, serving

Opens = Callable[..., Awaitable[Page]]

# A form that is refused is said on the console as well.
REFUSED = "the server responded with a status of 422"


def is_wrong(said: ConsoleMessage) -> bool:
    return said.type == "error" and REFUSED not in said.text


@pytest.fixture(scope="session")
def static(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return browser_files(tmp_path_factory.mktemp("static"))


@pytest.fixture(scope="session")
async def gallery(static: Path) -> AsyncIterator[str]:
    with serving(static) as address:
        yield address


@pytest.fixture
async def opens(browser: Browser, gallery: str) -> AsyncIterator[Opens]:
    """``await opens("rows", size=4, elder=True, width=320)``: a fixture on a phone of this width; the same phone while it is as wide."""
    complaints: list[str] = []
    phones: dict[tuple[int, bool], Page] = {}

    async def opened(name: str, *, size: int = 1, elder: bool = False, width: int = 375, script: bool = True) -> Page:
        if (width, script) not in phones:
            context = await browser.new_context(
                viewport={"width": width, "height": 812}, locale="zh-CN", java_script_enabled=script
            )
            page = phones[width, script] = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if is_wrong(said) else None)
        page = phones[width, script]
        await page.goto(f"{gallery}/ui/{name}?size={size}&elder={int(elder)}")
        return page

    yield opened
    for page in phones.values():
        await page.context.close()
    assert complaints == []
