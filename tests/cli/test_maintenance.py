"""``hub maintenance``: the page that a proxy shows while the hub is stopped, opened where there is nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Browser

from tests.cli.conftest import commands_on, write_config
from tests.pages.looking import OUTSIDE, SMALL, violations


async def test_the_page_stands_by_itself(tmp_path: Path, browser: Browser) -> None:
    """All that it needs is in the file; it says until when, and whom to phone."""
    made = tmp_path / "maintenance.html"
    said = ("--until", "2026-12-01 08:00", "--phone", "0825-5001234", "--words", "正在更换服务器。", "--app", "ydsh")

    ended = await commands_on(write_config(tmp_path))("maintenance", *said, "--output", str(made))

    page = await (await browser.new_context(viewport={"width": 320, "height": 640})).new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto(made.as_uri())
    words = await page.inner_text("main")
    assert ended.code == 0, ended.err
    assert "预计2026年12月1日08:00恢复" in re.sub(r"\s", "", words) and "正在更换服务器。" in words
    assert await page.locator("a[href='tel:0825-5001234']").count() == 1
    assert [url for url in asked if not url.startswith(("data:", made.as_uri()))] == []
    assert [*await page.evaluate(SMALL), *await page.evaluate(OUTSIDE), *await violations(page)] == []
    await page.context.close()
