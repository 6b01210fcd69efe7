"""读给我听, static/aloud.js in a browser: what it says to the browser's own voice, and when it is silent."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.pages.conftest import Opens

# What the browser is given to say is kept instead of said.
HEARS = """
window.said = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
speechSynthesis.speak = sentence => said.push(sentence);
speechSynthesis.cancel = () => said.push(null);
speechSynthesis.getVoices = () => VOICES;
"""
MUTE = "delete window.speechSynthesis; Object.defineProperty(window, 'speechSynthesis', { value: undefined });"
TEXTS = "said.map(sentence => sentence && sentence.text)"


async def test_the_page_is_read_in_short_sentences(opens: Opens) -> None:
    """In Chinese, without what is tapped; what is masked is said as people say it, and nothing before it is asked for."""
    page = await _hearing(opens, "[{ lang: 'en-US' }, { lang: 'zh_CN' }]")
    assert await page.evaluate("said.length") == 0

    await page.get_by_role("button", name="读给我听").click()

    texts = await page.evaluate(TEXTS)
    assert texts == [
        *("aloud", "您现在不用做什么。", "有结果会在微信告诉您。"),
        *("为谁申报", "王某英", "身份证", "尾号3319"),
        *("镇上正在审核。", "请在12月8日前等候；", "不用再来。", "长" * 80, "长" * 20),
    ]
    assert await page.evaluate("said.every(sentence => sentence.lang === 'zh-CN' && sentence.voice.lang === 'zh_CN')")


async def test_a_second_tap_stops_it(opens: Opens) -> None:
    """The button says what it would do, and keeps the focus."""
    page = await _hearing(opens)

    await page.get_by_role("button", name="读给我听").click()
    await expect(page.get_by_role("button", name="停止")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("button", name="读给我听")).to_be_focused()
    assert (await page.evaluate(TEXTS))[-1] is None


async def test_at_its_end_it_can_be_heard_again(opens: Opens) -> None:
    page = await _hearing(opens)
    await page.get_by_role("button", name="读给我听").click()

    await page.evaluate("said[said.length - 1].onend()")

    await expect(page.locator("[data-aloud]")).to_have_text("读给我听")


async def test_leaving_the_page_stops_it(opens: Opens) -> None:
    """The next page is put in its place without a new document."""
    page = await _hearing(opens)
    await page.get_by_role("button", name="读给我听").click()

    await page.get_by_role("link", name="返回首页").click()
    await page.wait_for_url("**/ui")

    assert (await page.evaluate(TEXTS))[-1] is None


@pytest.mark.parametrize("browser_has", [MUTE, HEARS.replace("VOICES", "[{ lang: 'en-US' }]")], ids=["none", "english"])
async def test_there_is_no_button_without_a_voice(opens: Opens, browser_has: str) -> None:
    page = await opens("aloud")
    await page.add_init_script(browser_has)

    await page.reload()

    await expect(page.locator("[data-aloud]")).to_be_hidden()


async def _hearing(opens: Opens, voices: str = "[]") -> Page:
    page = await opens("aloud")
    await page.add_init_script(HEARS.replace("VOICES", voices))
    await page.reload()
    return page
