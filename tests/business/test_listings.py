"""A declared list: its filters, its scope, who keeps away from it, its pages; the search for a person, and the table."""

from __future__ import annotations

import io

import msgspec
import openpyxl
import pytest

from hub.reading.sheets import XLSX_TYPE
from hub.words.errors import Invalid, NotFound
from tests.business.conftest import NUMBERS, PaperLine
from tests.world import ANJU, DONGCHAN, JUXIAN, SHEHONG, VILLAGE


def table(raw):
    """The cells of the first sheet, heading first."""
    return [[cell.value for cell in row] for row in openpyxl.load_workbook(io.BytesIO(raw.data)).active]


async def refused(call):
    with pytest.raises(Invalid) as told:
        await call
    return told.value.fields


# --- which ---------------------------------------------------------------------------------------------------------------


async def test_what_lies_within_reach_the_newest_first(papers):
    await papers.paper(JUXIAN)
    await papers.paper(DONGCHAN)
    await papers.paper(SHEHONG)
    await papers.paper(JUXIAN, bureau="财政局")

    assert await papers.numbers(papers.county()) == ["n004", "n002", "n001"]
    assert await papers.numbers(papers.county(bureau="民政局")) == ["n002", "n001"]
    assert await papers.numbers(papers.world.staff(JUXIAN)) == ["n004", "n001"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"state": "closed"}, ["n002"]),
        ({"state": "closed", "desk": "a"}, []),
        ({"state": ""}, ["n003", "n002", "n001"]),
        ({"title": "修"}, ["n003", "n001"]),
        ({"oldest": True}, ["n001", "n002", "n003"]),
    ],
)
async def test_filters_and_order(papers, query, found):
    await papers.paper(JUXIAN)
    await papers.paper(JUXIAN, subject="供水", state="closed", desk="b")
    await papers.paper(JUXIAN)

    assert await papers.numbers(papers.county(), query=query) == found


async def test_whoever_must_keep_away_does_not_see_it(papers):
    """As a person, under another account, by office; in the list, in the search and in the table."""
    me = msgspec.structs.replace(papers.county(bureau="民政局"), id_key="me")
    await papers.paper(JUXIAN, avoid=(me.person,))
    await papers.paper(JUXIAN, avoid_keys=("me",))
    await papers.paper(JUXIAN, avoid_offices=(papers.office,))
    await papers.paper(JUXIAN)

    listed = await papers.numbers(me)
    searched = await papers.numbers(me, "POST /papers/search", body={"id_number": NUMBERS[0]})
    exported = table(await papers.ask(me, "POST /export", body={"reason": "年度检查"}))

    assert listed == searched == [line[0] for line in exported[1:]] == ["n004"]


async def test_what_is_ones_own_of_a_collection(papers):
    await papers.paper(JUXIAN)
    await papers.paper(JUXIAN, desk="b")

    assert await papers.numbers(papers.county(), "GET /mine") == ["n001"]


async def test_those_of_one_document(papers):
    """Which the reader has to see."""
    first = await papers.paper(JUXIAN)
    await papers.paper(JUXIAN, subject="供水")
    await papers.paper(VILLAGE)
    hidden = await papers.paper(JUXIAN, avoid=(papers.county().person,))

    assert await papers.numbers(papers.county(), "GET /papers/{id}/alike", id=first.id) == ["n001", "n003"]
    with pytest.raises(NotFound):
        await papers.ask(papers.county(), "GET /papers/{id}/alike", id=hidden.id)


async def test_a_cursor_goes_on_while_others_come(papers):
    for _ in range(5):
        await papers.paper(JUXIAN)
    seen, cursor = [], None

    while cursor is not None or not seen:
        page = await papers.ask(papers.county(), "GET /papers", query={"limit": 2, "cursor": cursor})
        seen += [each.number for each in page.items]
        cursor = page.next
        await papers.paper(JUXIAN)

    assert seen == ["n005", "n004", "n003", "n002", "n001"]


def test_a_list_is_bounded(papers):
    """By the query that every list has."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"limit": 201}, papers.routes["GET /papers"].call.__annotations__["query"])


async def test_its_route_is_described(papers):
    route = papers.routes["GET /papers"]

    assert (route.access, route.call.__doc__) == ("papers.read", "Papers within reach.")
    assert route.call.__annotations__["return"].__args__ == (PaperLine,)


# --- one person ----------------------------------------------------------------------------------------------------------


async def test_a_person_is_found_and_it_is_written_down_without_the_number(papers):
    await papers.paper(JUXIAN)
    await papers.paper(JUXIAN, id_number=type((await papers.paper(JUXIAN)).id_number)(NUMBERS[1]))

    found = await papers.numbers(papers.county(), "POST /papers/search", body={"id_number": NUMBERS[1].lower()})

    [line] = await papers.lines()
    assert found == ["n003"]
    assert (line["what"], line["subject"]) == ("papers.search", "papers")
    assert NUMBERS[1] not in str(line)


async def test_a_number_that_is_none_is_refused_without_a_word_of_it(papers):
    fields = await refused(papers.ask(papers.county(), "POST /papers/search", body={"id_number": "51090419440315002"}))

    assert set(fields) == {"id_number"}
    assert "5109" not in str(fields)
    assert await papers.lines() == []


# --- as a table ----------------------------------------------------------------------------------------------------------


async def test_the_table_is_masked_has_a_reason_and_is_written_down(papers):
    await papers.paper(JUXIAN)
    await papers.paper(JUXIAN, state="closed")
    await papers.paper(SHEHONG)

    raw = await papers.ask(papers.county(), "POST /export", body={"reason": " 年度检查 ", "state": "open"})

    [line] = await papers.lines()
    assert table(raw) == [["编号", "事项", "姓名"], ["n001", "修路", "王*国"]]
    assert (raw.media_type, raw.filename) == (XLSX_TYPE, f"papers-{ANJU}.xlsx")
    assert (line["what"], line["subject"], line["why"]) == ("papers.export", ANJU, "年度检查")


async def test_without_a_reason_there_is_none(papers):
    fields = await refused(papers.ask(papers.county(), "POST /export", body={"reason": "  "}))

    assert fields == {"reason": "请填写导出的理由。"}
    assert await papers.lines() == []


async def test_no_cell_of_it_is_a_formula(papers):
    await papers.paper(JUXIAN, subject="=HYPERLINK(1)")

    raw = await papers.ask(papers.county(), "POST /export", body={"reason": "年度检查"})

    assert table(raw)[1][1] == "'=HYPERLINK(1)"


async def test_it_has_filters_of_its_own(papers):
    await papers.paper(JUXIAN)
    await papers.paper(JUXIAN)

    raw = await papers.ask(papers.county(), "POST /export", body={"reason": "年度检查", "numbers": ["n001"]})

    assert [line[0] for line in table(raw)[1:]] == ["n001"]


async def test_all_pages_of_it_are_there(papers, monkeypatch):
    monkeypatch.setattr("hub.business.exports.AT_ONCE", 2)
    for _ in range(5):
        await papers.paper(JUXIAN)

    raw = await papers.ask(papers.county(), "POST /export", body={"reason": "年度检查"})

    assert [line[0] for line in table(raw)[1:]] == ["n005", "n004", "n003", "n002", "n001"]
