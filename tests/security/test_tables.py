"""Tables that are broken, or made to cost: read in full or refused in words, and the next one is served."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.chain.cast import BUREAU, DISCIPLINE, City
from tests.payments.conftest import card_of, number_of
from tests.spreadsheets import broken, rows, workbook
from tests.web.small import Answer
from tests.world import ANJU

ROSTER = f"/{ANJU}/payments/rosters?project=10001&short=x&bureau=x"
PRISONERS = f"/{ANJU}/interception/lists?kind=prisoners"
HEAD = ("姓名", "身份证号", "社保卡号", "村（社区）", "金额")
DOORS = ((BUREAU, ROSTER), (DISCIPLINE, PRISONERS))


def person(n: int) -> tuple[str, ...]:
    return ("张三", number_of(n), card_of(n), "聚贤镇万古桥村", "100.00")


def table(*people: int, **more: Any) -> bytes:
    return workbook(rows(HEAD, *map(person, people)), **more)


# Small files that would build millions of rows, columns or texts.
COSTLY = {
    "a row far down": workbook(rows(HEAD) + '<row r="4000000"><c r="A4000000"><v>1</v></c></row>'),
    "a column far out": workbook(rows(HEAD) + '<row r="2"><c r="XFD2"><v>1</v></c></row>'),
    "an area that hides": workbook("<row r='1'><c r='A1'><v>1</v></c></row><row r='200001'><c r='ZZ200001'><v>1</v></c></row>"),
    "shared strings": workbook(rows(HEAD), strings="<si/>" * 2_000_001),
}  # fmt: skip


async def send(city: City, who: Any, path: str, data: bytes, name: str = "a.xlsx") -> Answer:
    sheet = aiohttp.FormData()
    sheet.add_field("file", data, filename=name)
    return await city.ask(who, "POST", path, data=sheet)


@pytest.mark.parametrize("attack", COSTLY)
async def test_a_small_table_that_would_cost_much_is_refused_and_the_next_is_read(city: City, attack: str) -> None:
    for who, path in DOORS:
        refused = await send(city, who, path, COSTLY[attack])
        served = await send(city, who, path, table(1))

        assert (refused.status, served.status) == (422, 202), (refused.body, served.body)
        await city.settled()


async def test_a_damaged_table_is_refused_in_words(city: City) -> None:
    for who, path in DOORS:
        answer = await send(city, who, path, broken(table(*range(50))))

        assert (answer.status, answer.json["error"]["message"]) == (422, "表格文件已损坏，请重新保存为 .xlsx 后上传。")


async def test_one_clerk_cannot_keep_everybody_from_reading_tables(city: City) -> None:
    """Of many at once by one person two are taken; the others are told to wait, and another clerk is served."""
    mine = [send(city, BUREAU, ROSTER, table(n)) for n in range(8)]
    answers = await asyncio.gather(*mine, send(city, DISCIPLINE, PRISONERS, table(1)))

    statuses = [answer.status for answer in answers]
    assert set(statuses[:-1]) <= {202, 429} and 202 in statuses
    assert statuses[-1] == 202


async def test_every_row_below_the_stated_dimension_is_read_and_no_style_keeps_it_out(city: City) -> None:
    """With a complete list, rows that were lost ended the entries of people who are on it."""
    data = table(1, 2, 3, before='<dimension ref="A1:H2"/>', styles="<styleSheet><fills><fill/></fills></styleSheet>")

    answers = [await send(city, who, path, data) for who, path in DOORS]
    await city.settled()

    assert [answer.status for answer in answers] == [202, 202]
    assert [(await city.one("payments.intakes", _id=answers[0].json["id"]))["rows"]] == [3]
    assert [(await city.one("interception.lists", _id=answers[1].json["id"]))["rows"]] == [3]


async def test_an_id_number_that_was_rounded_is_rejected_with_its_line(city: City) -> None:
    lost = workbook(rows(HEAD, ("张三", 510904195501010040.0, *person(1)[2:]), person(2)))

    for (who, path), rejects in zip(DOORS, ("payments.rejects", "interception.rejects"), strict=True):
        answer = await send(city, who, path, lost)
        await city.settled()

        [reject] = await city.all(rejects, line=2, **{"intake" if who is BUREAU else "list": answer.json["id"]})
        assert reject["reason"] == "“身份证号”以数字格式录入，已丢失精度，请改为文本"
