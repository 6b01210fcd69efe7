"""How a file is found: by its words, its project, its bureau; and what is found no more."""

from __future__ import annotations

from typing import Any

import pytest

from hub.testing import County
from hub.words.actors import GUEST
from plugins.policy import finding
from plugins.policy.pages import newest
from tests.policy.conftest import CIVIL, FACTS, OLD_AGE, Press, docx
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
    await county.deliver()

    assert await found(county, keyword="高龄津贴") == []
    assert await county.world.database["policy.passages"].count_documents({}) == 0


async def test_the_home_says_which_is_the_newest(county: County, press: Press) -> None:
    file = await press.published()

    said = await county.world.units.read(newest, plugin="policy", place=county.world.place(ANJU), actor=press.clerk)

    assert said.standing is not None and said.standing.path == f"/files/{file.id}"
    assert "关于发放2026年高龄津贴的通知" in said.standing.says


async def test_published_again_it_is_found_by_its_new_words_alone(county: County, press: Press) -> None:
    file = await press.published(LONG)

    file = await press.press(file, "withdraw", reason="标题有误")
    file = await press.press(file, "describe", **{**FACTS, "title": "另一个通知"})
    await press.press(file, "publish")
    await county.deliver()

    assert await found(county, keyword="另一个通知") == await found(county, keyword="公安户籍登记") == ["另一个通知"]
    assert await found(county, keyword="高龄津贴的通知") == []


async def test_long_files_are_made_ready_in_parts(
    county: County, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction with all words of a file does not fit into a small cache."""
    monkeypatch.setattr(finding, "AT_ONCE", 2)

    file = await press.published(LONG)
    assert await found(county, keyword="公安户籍登记")
    await press.press(file, "withdraw", reason="重复")
    await county.deliver()

    assert await county.world.database["policy.passages"].count_documents({}) == 0


async def test_no_number_of_anybody_is_kept_to_be_looked_for(county: County, press: Press) -> None:
    """Not even one that a clerk let pass as an office's."""
    file = await press.upload(docx("联系人王建国，手机13800138000，电话0825-8661234，年满八十周岁"))
    file = await press.press(file, "describe", **FACTS)
    await press.press(file, "publish", office_phones=True)
    await county.deliver()

    assert await found(county, keyword="八十周岁")
    assert await found(county, keyword="13800138000") == []
    words = await county.world.database["policy.passages"].distinct("words")
    assert not [word for word in words if word.isdigit() and len(word) > 4]


async def test_what_is_asked_for_besides_is_looked_for_at_once(
    county: County, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that say a word more often do not stand before those of the project."""
    monkeypatch.setattr(finding, "MOST_FOUND", 1)
    await press.published(LONG, title="补贴补贴", projects=["30001"])
    await press.published(title="补贴高龄", projects=[OLD_AGE])

    both = await county.ask(GUEST, "GET policy/files", at=VILLAGE, query={"keyword": "补贴", "project": OLD_AGE})

    assert [each.title for each in both.items] == ["补贴高龄"]


async def test_forty_characters_across_a_cut_are_found(county: County, press: Press) -> None:
    phrase = "".join(chr(0x4E00 + at) for at in range(40))

    await press.published(docx("文" * (finding.LONG - 20) + phrase + "末" * 500))

    assert await found(county, keyword=phrase)
