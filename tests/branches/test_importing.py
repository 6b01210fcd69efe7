"""The table of branches: what it adds, changes and takes away, and which rows it leaves out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hub.testing import County
from hub.words.actors import GUEST
from tests.branches.conftest import AT_SEAT, AT_TOWN, SEAT, TOWN, Brings
from tests.world import ANJU, SHEHONG, VILLAGE


async def names(county: County, at: str = VILLAGE) -> list[str]:
    return [each.name for each in (await county.ask(GUEST, "GET branches", at=at)).items]


async def test_the_same_table_again_changes_nothing(county: County, brings: Brings) -> None:
    first = await brings(TOWN | AT_TOWN, SEAT)

    again = await brings(TOWN | AT_TOWN, SEAT)

    assert (first.added, first.changed, first.unchanged) == (2, 0, 0)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    assert await names(county) == ["农业银行安居支行", "农商银行聚贤支行"]


async def test_a_row_changes_the_branch_of_its_name_and_ends_one(county: County, brings: Brings) -> None:
    await brings(TOWN, SEAT)

    done = await brings(TOWN | {"电话": "96633"}, SEAT | {"状态": "撤销"})

    [left] = (await county.ask(GUEST, "GET branches", at=ANJU)).items
    assert (done.added, done.changed) == (0, 2)
    assert (left.name, left.phone) == ("农商银行聚贤支行", "96633")


async def test_a_trial_leaves_nothing(county: County, brings: Brings) -> None:
    done = await brings(TOWN, trial=True)

    assert done.added == 1 and await names(county) == []


async def test_each_county_has_its_own(county: County, brings: Brings) -> None:
    done = await brings(TOWN, SEAT | {"地区代码": SHEHONG})

    assert done.added == 2
    assert (await names(county), await names(county, SHEHONG)) == (["农商银行聚贤支行"], ["农业银行安居支行"])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"地区代码": "999"}, "没有登记"),
        ({"网点名称": " "}, "网点名称没有填写"),
        ({"地址": "长" * 101}, "地址不能超过100个字"),
        ({"电话": "打柜台"}, "电话只能是一个号码"),
        ({"状态": "装修"}, "状态留空"),
        ({"经度": "105.4"}, "两个一起填"),
        ({"经度": "1_05", "纬度": "30.3"}, "两个一起填"),
        ({"经度": "1e2", "纬度": "30.3"}, "两个一起填"),
        ({"状态": "撤销"}, "没有登记这个网点"),
        ({"经度": "30.3", "纬度": "105.4"}, "两个一起填"),
        ({"网点名称": SEAT["网点名称"]}, "与第2行是同一个网点"),
    ],
)
async def test_a_bad_row_is_left_out_and_the_others_come_in(
    county: County, brings: Brings, wrong: Mapping[str, str], why: str
) -> None:
    done = await brings(SEAT, TOWN | wrong)

    assert done.added == 1 and list(done.problems) == ["3"] and why in done.problems["3"]
    assert await names(county) == ["农业银行安居支行"]


async def test_however_a_name_is_written_it_is_one_branch(county: County, brings: Brings) -> None:
    wide, narrow = TOWN | {"网点名称": "中国银行（聚贤）"}, TOWN | {"网点名称": "中国银行(聚贤)"}
    await brings(wide)

    again = await brings(narrow)
    listed = await names(county)
    gone = await brings(wide | {"状态": "撤销"})

    assert (again.added, again.changed, listed) == (0, 1, ["中国银行(聚贤)"])
    assert (gone.changed, gone.problems, await names(county)) == (1, {}, [])


async def test_a_branch_far_from_all_others_has_a_wrong_digit(county: County, brings: Brings) -> None:
    """Within China, as 115 for 105 is."""
    await brings(TOWN | AT_TOWN, SEAT | AT_SEAT)

    done = await brings(TOWN | AT_TOWN | {"网点名称": "邮储银行聚贤支行", "经度": "115.40"}, trial=True)

    assert done.added == 0 and "请核对经度" in done.problems["2"]
