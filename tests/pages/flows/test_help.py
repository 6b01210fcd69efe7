"""怎么用: what a page says, folded at its foot, to whoever is unsure."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from hub.app import Hub
from hub.words.actors import APPS
from tests.pages.flows.conftest import Lends
from tests.pages.flows.openings import pages_of
from tests.world import ANJU

MOST = 120
# A word of ours, or of the trade, is none of theirs.
JARGON = re.compile(r"[A-Za-z]|系统|接口|数据库|字段|提示信息|模块")


def helps_of(hub: Hub) -> dict[str, str]:
    pages = {f"{each.plugin} {each.page.path}": each.page.help for app in APPS for each in pages_of(hub, app)}
    return {page: help for page, help in pages.items() if help}


async def test_a_help_is_short_and_in_its_readers_words(hub: Hub) -> None:
    helps = helps_of(hub)

    assert len(helps) >= 25
    assert {page: help for page, help in helps.items() if len(help) > MOST} == {}
    assert {page: found[0] for page, help in helps.items() if (found := JARGON.search(help))} == {}
    assert {page: help for page, help in helps.items() if not help.endswith("。")} == {}


@pytest.mark.parametrize(
    "page", ["declaration /drafts/{id}", "complaints /new", "worklist /tasks", "payments /mine", "deliveries "]
)
async def test_the_pages_where_one_may_be_unsure_have_one(hub: Hub, page: str) -> None:
    assert helps_of(hub)[page]


async def test_it_is_there_for_whoever_asks(lends: Lends, script: bool) -> None:
    """Folded, one tap away, and never over the page."""
    phone = await lends(None, script=script)
    await phone.open(f"/ykt/{ANJU}/declaration/projects")
    words = phone.page.locator("details.help p")
    await expect(words).to_be_hidden()

    await phone.page.get_by_text("怎么用").click()

    await expect(words).to_be_visible()
    await expect(words).to_contain_text("村（社区）干部")
