"""怎么用: what a page says, folded at its foot, to whoever is unsure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playwright.async_api import expect

from hub.app import Hub
from hub.words.actors import APPS
from tests.pages.flows.conftest import Lends
from tests.pages.flows.openings import pages_of
from tests.pages.flows.papers import PAPERS
from tests.world import ANJU

MOST = 120
# A word of ours, or of the trade, is none of theirs.
JARGON = re.compile(
    "[A-Za-z]|系统|接口|数据库|字段|提示信息|模块|节点|后台|缓存|参数|日志|脱敏|触发|配置|加载|终端|在此填写|点击"
)
# A paper says above itself, unfolded, how it is printed.
WITHOUT = frozenset(PAPERS)


def helps_of(hub: Hub) -> Iterator[tuple[str, str]]:
    """Each page with its help, in every app."""
    for app in APPS:
        yield from ((f"{each.plugin} {each.page.path}", each.page.help) for each in pages_of(hub, app))


async def test_every_page_has_one(hub: Hub) -> None:
    without = {page for page, help in helps_of(hub) if not help}

    assert without == WITHOUT


async def test_a_help_is_short_and_in_its_readers_words(hub: Hub) -> None:
    helps = {page: help for page, help in helps_of(hub) if help}

    assert {page: help for page, help in helps.items() if len(help) > MOST} == {}
    assert {page: found[0] for page, help in helps.items() if (found := JARGON.search(help))} == {}
    assert {page: help for page, help in helps.items() if not help.endswith("。")} == {}


async def test_it_is_there_for_whoever_asks(lends: Lends, script: bool) -> None:
    """Folded, one tap away, and never over the page."""
    phone = await lends(None, script=script)
    await phone.open(f"/ykt/{ANJU}/declaration/projects")
    words = phone.page.locator("details.help p")
    await expect(words).to_be_hidden()

    await phone.page.get_by_text("怎么用").click()

    await expect(words).to_be_visible()
    await expect(words).to_contain_text("村（社区）干部")
