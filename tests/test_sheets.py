"""Tables in and out: what people upload is read as they see it, what they download cannot act."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest

from hub import sheets
from hub.api import Upload
from hub.errors import Invalid
from hub.sheets import Column, read_rows, template_file, write_rows
from tests.world import TABLES

COLUMNS = (
    Column(label="姓名", sample="张三"),
    Column(label="证号", also=("身份证号",), hint="18位"),
    Column(label="备注", required=False),
)


def xlsx(*rows, **more):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_every_encoding_that_offices_use(encoding):
    data = "身份证号,姓名,别的\n1, 欧阳𠮷 ,x\n\n2,李四,y\n".encode(encoding)

    rows = list(read_rows(data, "a.csv", COLUMNS))

    assert [(row.number, row.cells) for row in rows] == [
        (2, {"证号": "1", "姓名": "欧阳𠮷"}),
        (4, {"证号": "2", "姓名": "李四"}),
    ]


def test_xlsx_cells_read_as_they_would_be_typed():
    data = xlsx(["*姓名", "证号", "备注"], ["张三", 12.0, date(2026, 1, 2)], [None, 0.1, True])

    rows = [row.cells for row in read_rows(data, "a.xlsx", COLUMNS)]

    assert rows == [
        {"姓名": "张三", "证号": "12", "备注": "2026-01-02"},
        {"姓名": "", "证号": "0.1", "备注": "是"},
    ]


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "空的"),
        ("姓名\n张三\n".encode(), "a.csv", "缺少列：证号"),
        (b'"a,b\n', "a.csv", "引号"),
        (b"\x00\x01\xff", "a.csv", "编码|不是表格"),
        (b"PK\x03\x04broken", "a.xlsx", "损坏"),
        (b"no zip", "a.xlsx", "不支持"),
        (b"\xd0\xcf\x11\xe0old", "a.xls", "不支持"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data, name, words):
    with pytest.raises(Invalid, match=words):
        list(read_rows(data, name, COLUMNS))


def test_a_file_that_unpacks_without_end_is_not_opened(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 10_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 100_000)

    with pytest.raises(Invalid, match="过大"):
        list(read_rows(out.getvalue(), "a.xlsx"))


def test_xml_entities_are_not_opened():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><a/>')

    with pytest.raises(Invalid, match="不允许"):
        list(read_rows(out.getvalue(), "a.xlsx"))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)

    with pytest.raises(Invalid, match="最多"):
        list(read_rows(b"a\n1\n2\n3\n", "a.csv"))


async def test_chunks_keep_order_and_numbers():
    data = b"n\n" + b"".join(b"%d\n" % number for number in range(1234))

    chunks = [chunk async for chunk in TABLES.rows("a", Upload(filename="a.csv", data=data), (), 500)]

    assert [len(chunk) for chunk in chunks] == [500, 500, 234]
    assert [row.cells["n"] for chunk in chunks for row in chunk] == [str(number) for number in range(1234)]
    assert chunks[-1][-1].number == 1235


def test_the_template_is_read_back_with_its_own_columns():
    book = openpyxl.load_workbook(io.BytesIO(template_file(COLUMNS)))

    assert [cell.value for cell in book.worksheets[0][1]] == ["*姓名", "*证号", "备注"]
    assert (
        book.worksheets[0].column_dimensions["A"].number_format == "@" or book.worksheets[0]["A1"].number_format == "@"
    )
    assert list(read_rows(template_file(COLUMNS), "t.xlsx", COLUMNS)) == []


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =cmd|' /C calc'!A0", "　=1"])
async def test_no_cell_acts_as_a_formula(text):
    """Neither in the file, nor after somebody saved it as CSV; read back it is what was meant."""

    async def one():
        yield [[text, "平常"]]

    data = await write_rows(["a", "b"], one())
    [row] = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(min_row=2))

    assert row[0].data_type == "s"
    assert row[0].value.startswith("'")
    assert row[1].value == "平常"


async def test_long_files_are_written_in_chunks():
    async def many():
        for start in range(0, 3000, 500):
            yield [[str(number)] for number in range(start, start + 500)]

    data = await write_rows(["n"], many())

    assert [row.cells["n"] for row in read_rows(data, "n.xlsx")] == [str(number) for number in range(3000)]
