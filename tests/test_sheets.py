"""Tables in and out: what people upload is read as they see it, what they download cannot act."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime, time

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.reading import sheets
from hub.reading.sheets import Column, SheetRow, Twins, read_rows, template_file, write_rows
from hub.words.errors import Invalid
from tests.spreadsheets import MAIN, SHEET, book, broken, packed, relationships, repacked, rows, workbook

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


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"xl/workbook.xml": '<?xml version="1.0" encoding="foo-8"?><x/>'}, "已损坏"),
        ({"xl/workbook.xml": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x><x/>'.encode("utf-16")}, "不允许"),
        ({SHEET: '<?xml version="1.0" encoding="UTF-16"?><worksheet/>'.encode("utf-16")}, "不允许"),
        ({SHEET: " " * 2000 + "<!DOCTYPE x><worksheet/>"}, "不允许"),
        ({"xl/sharedStrings.xml": "<!DOCTYPE x><sst/>"}, "不允许"),
    ],
)
def test_what_is_written_to_be_read_in_two_ways_is_refused(more, words):
    with pytest.raises(Invalid, match=words):
        list(read_rows(workbook(rows(["a"]), more=more), "a.xlsx"))


def test_what_offices_do_not_pack_with_is_not_unpacked():
    with pytest.raises(Invalid, match="已损坏"):
        list(read_rows(repacked(workbook(rows(["a"]))), "a.xlsx"))


def test_too_many_rows_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_ROWS", 2)

    with pytest.raises(Invalid, match="最多"):
        list(read_rows(b"a\n1\n2\n3\n", "a.csv"))


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


# --- what spreadsheet programs write ---------------------------------------------------------------------------------

HEAD = ("姓名", "证号", "备注")


def told(data: bytes) -> list[tuple[int, dict[str, str], str]]:
    return [(row.number, row.cells, row.problem) for row in read_rows(data, "a.xlsx", COLUMNS)]


def test_a_number_of_more_than_15_digits_is_told_as_lost_with_its_line():
    """A spreadsheet has rounded it, and what is left may be somebody else's number with a valid check digit."""
    lines = rows(HEAD, ("张三", 5.10904194001083e17), ("李四", 510904194001083.0), ("王五", "510904194001083123"))

    [lost, short, text] = told(workbook(lines))

    assert lost == (2, {"姓名": "张三", "证号": "", "备注": ""}, "“证号”以数字格式录入，已丢失精度，请改为文本")
    assert (short[1]["证号"], short[2]) == ("510904194001083", "")
    assert (text[1]["证号"], text[2]) == ("510904194001083123", "")


def test_a_number_that_was_rounded_on_its_way_through_csv_is_told_as_lost():
    [row] = read_rows("姓名,证号\n张三,5.10904E+17\n".encode(), "a.csv", COLUMNS)

    assert row.problem == "“证号”以数字格式录入，已丢失精度，请改为文本"


def test_a_lost_number_in_a_column_that_nobody_asks_for_is_nobodys_problem():
    [row] = told(workbook(rows((*HEAD, "流水"), ("张三", "1", "", 6.2e18))))

    assert row == (2, {"姓名": "张三", "证号": "1", "备注": ""}, "")


@pytest.mark.parametrize("stated", ["A1", "A1:B2", "A1:XFD1048576", "Z9:Z9"])
def test_every_row_is_read_whatever_the_sheet_says_of_its_dimension(stated):
    """WPS states A1, copied files what the first of them had."""
    data = workbook(rows(HEAD, *(("张三", str(n)) for n in range(9))), before=f'<dimension ref="{stated}"/>')

    assert [cells["证号"] for _, cells, _ in told(data)] == [str(n) for n in range(9)]


@pytest.mark.parametrize(
    "styles",
    [
        f'<styleSheet xmlns="{MAIN}"><fills count="1"><fill/></fills><cellXfs><xf fillId="0"/></cellXfs></styleSheet>',
        f'<styleSheet xmlns="{MAIN}"><fills><fill><patternFill><extLst><ext/></extLst></patternFill></fill></fills></styleSheet>',
        f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="999999"/></cellXfs></styleSheet>',
    ],
)
def test_styles_never_keep_a_table_out(styles):
    assert told(workbook(rows(HEAD, ("张三", "1")), styles=styles)) == [
        (2, {"姓名": "张三", "证号": "1", "备注": ""}, "")
    ]


def test_days_and_times_come_as_they_are_shown():
    day, moment = date(2027, 12, 31), datetime.fromisoformat("2027-12-31 08:30")

    [(_, cells, _)] = told(xlsx(HEAD, [day, moment, time(8, 30)]))

    assert list(cells.values()) == ["2027-12-31", "2027-12-31 08:30:00", "08:30:00"]


def test_rows_keep_their_numbers_over_blank_ones_and_blank_columns():
    lines = rows(("", *HEAD), start=3) + rows(("", "张三", "1"), start=7) + rows(("", "  "), ("", "李四", "2"), start=8)

    assert [(number, cells["姓名"]) for number, cells, _ in told(workbook(lines))] == [(7, "张三"), (9, "李四")]


def test_an_error_value_is_told_and_not_taken_for_empty():
    fault = (
        '<row r="2"><c r="A2" t="inlineStr"><is><t>张三</t></is></c><c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )

    assert told(workbook(rows(HEAD) + fault)) == [
        (2, {"姓名": "张三", "证号": "", "备注": ""}, "“证号”是错误值，请改正")
    ]


def test_a_long_cell_is_told():
    [row] = told(workbook(rows(HEAD, ("张三", "1", "长" * 1001))))

    assert row[2] == "“备注”超过1000字，请缩短"


def test_the_first_sheet_that_is_shown_is_read():
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{rows(HEAD, ("张三", "1"))}</sheetData></worksheet>'
    more = {
        "xl/workbook.xml": book("参数", "名册", hidden=["参数"]),
        "xl/_rels/workbook.xml.rels": relationships(
            ("worksheet", "worksheets/sheet1.xml"), ("worksheet", "/xl/worksheets/Sheet2.xml"), ("styles", "styles.xml")
        ),
        "xl/worksheets/sheet2.xml": sheet,
    }

    assert [number for number, _, _ in told(workbook(rows(["别的"]), more=more))] == [2]


def test_headings_are_found_however_wide_they_are_typed():
    data = "＊姓 名,证号\u200b,备注\n张三,1,\n".encode()

    assert [row.cells for row in read_rows(data, "a.csv", COLUMNS)] == [{"姓名": "张三", "证号": "1", "备注": ""}]


# --- what is made to cost ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<row r="4000000"><c r="A4000000"><v>1</v></c></row>', "最多导入200000行"),
        ('<row r="4000000"><c><v>1</v></c></row>', "最多导入200000行"),
        (
            '<row r="1"><c r="A1"><v>1</v></c></row><row r="200002"><c r="A200002"><v>1</v></c></row>',
            "最多导入200000行",
        ),
        ('<row r="1"><c r="XFD1"><v>1</v></c></row>', "最多100列"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="CW1" t="s" s="1" ><v>1</v></c></row>', "最多100列"),
        ('<row r="1"><c r="ZZZZZZZZ1"><v>1</v></c></row>', "最多100列"),
    ],
)
def test_cells_far_out_are_refused_before_anything_is_built_for_them(content, words):
    with pytest.raises(Invalid, match=words):
        told(workbook(content))


def test_styled_cells_far_out_are_no_content():
    """As a spreadsheet leaves them behind a column that was formatted as a whole."""
    far = '<row r="1048576" s="1" customFormat="1"><c r="XFD1048576" s="1"/></row>'

    assert [number for number, _, _ in told(workbook(rows(HEAD, ("张三", "1")) + far))] == [2]


def test_too_many_shared_strings_parts_and_errors_are_refused(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_STRINGS", 10)
    monkeypatch.setattr(sheets, "MOST_PARTS", 20)
    monkeypatch.setattr(sheets, "MOST_FAULTS", 5)
    many = {f"xl/media/{n}.png": b"" for n in range(20)}

    for data in (workbook("", strings="<si/>" * 11), workbook("", more=many), workbook('<c r="A1" t="e"/>' * 6)):
        with pytest.raises(Invalid, match=r"过大|错误值太多"):
            told(data)


@pytest.mark.parametrize(
    "data",
    [
        broken(workbook(rows(HEAD, *(("张三", str(n)) for n in range(99))))),
        workbook(rows(HEAD))[:-40],
        workbook('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'),
        workbook("<row"),
        workbook(rows(HEAD), styles=""),
        workbook('<row r="0"><c r="A0"><v>1</v></c></row>'),
        packed({"content.xml": "<a/>", "mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
        workbook(rows(HEAD), more={"XL/workbook.xml": book("另一张")}),
        workbook(rows(HEAD), more={"content.xml": "<a/>"}),
        workbook(rows(HEAD), more={"xl/workbook.xml": book()}),
    ],
)
def test_a_damaged_file_is_refused_in_words(data):
    """Cut short, overwritten, inconsistent, of another kind: never an error of the hub's."""
    with pytest.raises(Invalid, match="文件已损坏"):
        told(data)


@given(at=st.integers(0), byte=st.integers(0, 255), cut=st.integers(0, 3000))
def test_any_damage_is_read_or_refused(at, byte, cut):
    data = bytearray(workbook(rows(HEAD, ("张三", "1"), ("李四", 2.5)), strings="<si><t>a</t></si>"))
    data[at % len(data)] = byte

    with suppress(Invalid):
        told(bytes(data[: len(data) - cut] if cut < 1500 else data))


def test_blank_lines_without_end_and_too_many_columns_are_refused_in_csv_too(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_LINES", 100)

    for data, words in ((b"a\n" + b"\n" * 200, "最多导入"), (b"a\n" + b"," * 100 + b"x\n", "最多100列")):
        with pytest.raises(Invalid, match=words):
            list(read_rows(data, "a.csv"))


# --- the same twice ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again", ["51090X", "51090x", " 51 090X", "５１０９０Ｘ", "51090X\u200b", "\u202a51090X\u202c"]
)
def test_the_same_key_twice_is_told_with_the_earlier_row(again):
    twins = Twins()

    first, other, second = (
        twins.marked(SheetRow(number, {}), key) for number, key in ((2, "51090X"), (3, "51090Y"), (4, again))
    )

    assert (first.twin, other.twin, second.twin) == (None, None, 2)


def test_a_row_whose_key_was_lost_is_nobodys_twin():
    twins = Twins()

    marked = [twins.marked(SheetRow(number, {}, "已丢失精度"), "") for number in (2, 3)]

    assert [row.twin for row in marked] == [None, None]
