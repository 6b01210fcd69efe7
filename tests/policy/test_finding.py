"""How a file is found: by its words, its project, its bureau; and what is found no more."""

from __future__ import annotations

from typing import Any

import pytest

from hub.testing import County
from hub.words.actors import GUEST
from plugins.policy.pages import newest
from tests.policy.conftest import CIVIL, OLD_AGE, Press, docx
from tests.world import ANJU, VILLAGE

LONG = docx(*["其他事项另行通知，请各村遵照执行。"] * 60, "补贴对象以公安户籍登记为准")


async def found(county: County, **asked: Any) -> list[str]:
    return [each.title for each in (await county.ask(GUEST, "GET policy/files", at=VILLAGE, query=asked)).items]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ({}, True),
        ({"keyword": "高龄津贴"}, True),
        ({"keyword": "社会保障卡"}, True),
        ({"keyword": "安民〔2026〕15号"}, True),
        ({"keyword": "低保"}, False),
        ({"project": OLD_AGE}, True),
        ({"project": "10001"}, False),
        ({"bureau": CIVIL}, True),
        ({"bureau": "农业农村局"}, False),
        ({"keyword": "八十周岁", "bureau": CIVIL, "project": OLD_AGE}, True),
    ],
)
async def test_by_words_project_and_bureau(county: County, press: Press, asked: Any, is_found: bool) -> None:
    await press.published()

    assert bool(await found(county, **asked)) == is_found


async def test_also_by_what_stands_far_behind(county: County, press: Press) -> None:
    await press.published(LONG)

    assert await found(county, keyword="公安户籍登记")


async def test_what_is_withdrawn_is_found_no_more(county: County, press: Press) -> None:
    file = await press.published()

    await press.press(file, "withdraw", reason="重复")

    assert await found(county, keyword="高龄津贴") == []
    assert await county.world.database["policy.passages"].count_documents({}) == 0


async def test_the_home_says_which_is_the_newest(county: County, press: Press) -> None:
    file = await press.published()

    said = await county.world.units.read(newest, plugin="policy", place=county.world.place(ANJU), actor=press.clerk)

    assert said.standing is not None and said.standing.path == f"/files/{file.id}"
    assert "关于发放2026年高龄津贴的通知" in said.standing.says
