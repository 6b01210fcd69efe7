"""Uploaded tables: read in a process that can be ended, handed over chunk by chunk, nothing left behind."""

from __future__ import annotations

import asyncio
import tempfile
import time
import tracemalloc
from datetime import timedelta

import pytest

from hub.api import Upload
from hub.reading.config import convert
from hub.reading.sheets import Column
from hub.reading.tables import Tables, TableSettings
from hub.words.errors import Invalid, SetupError, TooMany
from hub.words.processes import TooCostly
from tests.spreadsheets import rows, workbook
from tests.waiting import LOOK_AGAIN, patience

# Quotes of the other kind hide from the look before reading: 140 million cells between these two.
HIDDEN = workbook("<row r='1'><c r='A1'><v>1</v></c></row><row r='200001'><c r='ZZ200001'><v>1</v></c></row>")


@pytest.fixture
async def tables():
    made = Tables(TableSettings(at_once=1, of_one=1))
    yield made
    made.close()


def csv(count: int) -> Upload:
    return Upload(filename="a.csv", data=b"n\n" + b"".join(b"%d\n" % number for number in range(count)))


async def test_chunks_keep_order_and_numbers(tables):
    chunks = [chunk async for chunk in tables.rows("a", csv(1234), (), 500)]

    assert [len(chunk) for chunk in chunks] == [500, 500, 234]
    assert [row.cells["n"] for chunk in chunks for row in chunk] == [str(number) for number in range(1234)]
    assert chunks[-1][-1].number == 1235


async def test_columns_and_problems_come_through(tables):
    upload = Upload(filename="a.xlsx", data=workbook(rows(("证号",), (5.1e17,), ("1",))))
    columns = (Column(label="身份证号", also=("证号",)),)

    [[lost, kept]] = [chunk async for chunk in tables.rows("a", upload, columns)]

    assert (lost.number, lost.problem) == (2, "“身份证号”以数字格式录入，已丢失精度，请改为文本")
    assert (kept.number, kept.cells) == (3, {"身份证号": "1"})


async def test_what_is_no_table_is_refused_in_words(tables):
    with pytest.raises(Invalid, match="缺少列：姓名"):
        [chunk async for chunk in tables.rows("a", csv(3), (Column(label="姓名"),))]


async def test_a_table_that_takes_too_much_memory_ends_with_its_process_and_the_next_is_read(tables):
    with pytest.raises(TooCostly):
        [chunk async for chunk in tables.rows("a", Upload(filename="a.xlsx", data=HIDDEN), ())]

    assert [len(chunk) async for chunk in tables.rows("a", csv(3), ())] == [3]


async def test_one_person_reads_no_more_tables_at_once_than_the_setting_says(tables):
    """While the only process is busy with somebody else, one table of theirs may wait, and no second."""

    async def count(person: str) -> int:
        return sum([len(chunk) async for chunk in tables.rows(person, csv(10), ())])

    busy = asyncio.create_task(tables._processes.run("c", timedelta(hours=1), time.sleep, 3600))
    mine = asyncio.create_task(count("a"))
    async with patience():
        while tables._processes.busy < 2:
            await asyncio.sleep(LOOK_AGAIN)
    with pytest.raises(TooMany):
        await count("a")
    busy.cancel()

    assert await mine == 10
    assert await count("a") == 10


async def test_the_hubs_own_memory_stays_flat(tables):
    """Twenty thousand rows are some twenty megabytes as objects; here are never more than two chunks of them."""
    upload = csv(20_000)
    [_ async for _ in tables.rows("a", csv(1), ())]
    tracemalloc.start()

    total = sum([len(chunk) async for chunk in tables.rows("a", upload, (), 200)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert total == 20_000
    assert peak < 1_000_000


async def test_nothing_of_a_table_has_a_name_on_the_disk(tables, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    seen = [list(tmp_path.iterdir()) async for _ in tables.rows("a", csv(1000), ())]

    assert seen == [[], []]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [{"at_once": 0}, {"of_one": 0}, {"waiting": -1}, {"seconds": 0}, {"memory": 1}])
def test_settings_have_their_range(wrong):
    with pytest.raises(SetupError):
        convert(wrong, TableSettings)
