"""Tables that offices exchange: CSV and XLSX, read row by row and written so that no cell can act as a formula.

Reading is work that a hostile file can make long or large: whoever serves others goes through :mod:`hub.reading.tables`, which does it
in a process that can be ended. What a file is made of is bounded before it costs time all the same, so that people are told
in words. A row keeps the number it has in the file, header included: that is what a clerk looks for.
"""

from __future__ import annotations

import asyncio
import csv
import io
import math
import re
import tempfile
import zipfile
from collections.abc import AsyncIterable, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import PurePosixPath
from typing import IO, Any
from xml.etree import ElementTree as ET

import msgspec
import python_calamine
import xlsxwriter

from hub.reading import archives
from hub.words.contributions import Raw
from hub.words.errors import Invalid
from hub.words.text import clean, compatible

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 500
MOST_ROWS = 200_000
# Of filled columns; the pattern FAR says the same in letters.
MOST_COLUMNS = 100
# Blank rows count here: as many as a spreadsheet has.
MOST_LINES = 1_048_576
LONGEST_CELL = 1000
# A sheet of 200,000 rows unpacks to about 150 MB; what unpacks to more is made to.
MOST_UNPACKED = 400 * 1024 * 1024
MOST_PARTS = 1000
MOST_STRINGS = 2_000_000
MOST_FAULTS = 100_000
# From 16 digits on a spreadsheet rounds what is typed as a number.
FIRST_INEXACT = 10**15
# What a spreadsheet would calculate, or would break a cell out of its row.
ACTIVE = ("=", "+", "-", "@", "\t", "\r")

DAMAGED = "表格文件已损坏，请重新保存为 .xlsx 后上传。"
DECLARED = "表格文件含有不允许的内容，请重新保存为 .xlsx 后上传。"
TOO_LARGE = "表格文件展开后过大，请分成几个文件。"
TOO_WIDE = f"表格最多{MOST_COLUMNS}列，请只保留模板中的列。"


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column by its heading. ``hint`` and ``sample`` stand in the template file; ``also`` are other headings in use."""

    label: str
    required: bool = True
    hint: str = ""
    sample: str = ""
    also: tuple[str, ...] = ()


class SheetRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """``number`` as the spreadsheet shows it (the header is 1); ``cells`` by heading, trimmed, "" for empty.

    ``problem`` says that a cell cannot be read, for the person; ``twin`` is an earlier row of the same key (:class:`Twins`).
    A row with either belongs among the rejects.
    """

    number: int
    cells: dict[str, str]
    problem: str = ""
    twin: int | None = None

    def __repr__(self) -> str:
        # Cells hold names and numbers of people.
        return f"SheetRow({self.number})"


class Twins:
    """Finds rows of one file that speak of the same thing: of each key a 64-bit mark is remembered and not the key."""

    def __init__(self) -> None:
        self._first: dict[int, int] = {}

    def marked(self, row: SheetRow, *key: str) -> SheetRow:
        """The row with its ``twin``; in the key neither width, case, blanks nor invisible characters tell two apart."""
        if row.problem:
            return row
        first = self._first.setdefault(hash("\n".join(compared(text) for text in key)), row.number)
        return row if first == row.number else msgspec.structs.replace(row, twin=first)


class BadCell(str):
    """Stands where a cell cannot be read, and says why."""

    __slots__ = ()


NO_TEXT = "文件不是文本，或编码无法识别。请对照示例，用记事本写好，保存为UTF-8编码。"
LOST = BadCell("以数字格式录入，已丢失精度，请改为文本")
FAULTY = BadCell("是错误值，请改正")
TOO_LONG = BadCell(f"超过{LONGEST_CELL}字，请缩短")


# --- reading ---------------------------------------------------------------------------------------------------------


def read_rows(data: bytes, filename: str, columns: Sequence[Column] = ()) -> Iterator[SheetRow]:
    """The filled rows of a CSV (UTF-8 or GB18030) or of the first sheet of an XLSX file.

    With ``columns`` the cells are keyed by their labels, whatever of ``also`` the file says, and other columns are left out.
    Raises ``Invalid`` for a file that is no table, lacks a required column, or is longer than ``MOST_ROWS``.
    """
    lines = _xlsx(data) if _is_xlsx(data, filename) else _csv(data)
    numbered = ((number, line) for number, line in enumerate(lines, 1) if _is_filled(line))
    first = next(numbered, None)
    if first is None:
        raise Invalid("文件是空的，请下载空表填写。")
    headings = _headings([_text(value) for value in first[1][:MOST_COLUMNS]], columns)
    for number, line in numbered:
        if number > MOST_ROWS + 1:
            raise Invalid(_too_long())
        # Only what is asked for is looked at: a file may have a hundred columns more.
        yield _row(number, {label: _text(line[at]) if at < len(line) else "" for label, at in headings.items()})


def decoded(data: bytes, table: bool = True) -> str:
    """The text of a file as offices save it: UTF-8, or GB18030 (which has GBK in it). Raises ``Invalid``, in words for a ``table`` or for
    another text."""
    # Excel on Chinese systems writes GB18030; UTF-8 refuses almost any such text, so it is asked first.
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise Invalid("文件不是表格，请下载空表填写。" if table else NO_TEXT)
        return text
    raise Invalid("文件编码无法识别，请保存为 UTF-8 或 GB18030 编码的 CSV。" if table else NO_TEXT)


def _is_filled(line: Iterable[Any]) -> bool:
    return any(value != "" and not (isinstance(value, str) and value.isspace()) for value in line)


def _row(number: int, cells: dict[str, str]) -> SheetRow:
    bad = {label: cell for label, cell in cells.items() if isinstance(cell, BadCell)}
    if not bad:
        return SheetRow(number, cells)
    problem = "；".join(f"“{label}”{cell}" for label, cell in bad.items())
    return SheetRow(number, cells | dict.fromkeys(bad, ""), problem)


def _headings(line: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Which label stands in which column of the file."""
    found = {text.removeprefix("*").strip(): at for at, text in reversed(list(enumerate(line))) if text}
    if not columns:
        return dict(reversed(found.items()))
    same = {compared(text).removeprefix("*"): at for text, at in found.items()}
    known = {
        column.label: same[name]
        for column in columns
        for name in map(compared, (*column.also, column.label))
        if name in same
    }
    if missing := [column.label for column in columns if column.required and column.label not in known]:
        raise Invalid(f"文件缺少列：{'、'.join(missing)}。请下载空表填写，不要改动表头。")
    return known


def compared(text: str) -> str:
    """A heading, or a key by which something is found again, without what people do not see or mean: width, case, blanks, invisible
    characters."""
    return "".join(compatible(text).split()).upper()


def _is_xlsx(data: bytes, filename: str) -> bool:
    if data.startswith(b"PK\x03\x04"):
        return True
    if data.startswith(b"\xd0\xcf\x11\xe0") or filename.lower().endswith((".xls", ".xlsx")):
        raise Invalid("不支持这种表格文件，请另存为 .xlsx 或 .csv 后再上传。")
    return False


def _csv(data: bytes) -> Iterator[Sequence[Any]]:
    reader = csv.reader(io.StringIO(decoded(data), newline=""), strict=True)
    try:
        for number, line in enumerate(reader, 1):
            if number > MOST_LINES:
                raise Invalid(_too_long())
            if any(line[MOST_COLUMNS:]):
                raise Invalid(TOO_WIDE)
            yield line
    except csv.Error:
        raise Invalid("CSV 文件不完整（引号没有成对），请检查后重新上传。") from None


def _too_long() -> str:
    return f"一次最多导入{MOST_ROWS}行，请分成几个文件。"


# --- cells -----------------------------------------------------------------------------------------------------------


# As a spreadsheet saves what it has rounded: 5.10904E+17.
_ROUNDED = re.compile(r"-?[0-9](?:\.[0-9]+)?E\+[0-9]{2,3}")


def _text(value: Any) -> str:
    """A cell as it would be typed. Numbers without the ``.0`` that spreadsheets add."""
    return _CELLS.get(type(value), str)(value)


def _typed(value: str) -> str:
    text = _plain(value)
    if len(text) > LONGEST_CELL:
        return TOO_LONG
    return LOST if "E+" in text and _ROUNDED.fullmatch(text) else text


def _plain(text: str) -> str:
    """Cleaned, and without the apostrophe that :func:`safe` has put in front."""
    trimmed = clean(text)
    return trimmed[1:] if trimmed.startswith("'") and trimmed[1:].startswith(ACTIVE) else trimmed


def _number(value: float) -> str:
    if not math.isfinite(value):
        return FAULTY
    if abs(value) >= FIRST_INEXACT:
        return LOST
    return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")


def _moment(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


_CELLS: Mapping[type, Callable[[Any], str]] = {
    str: _typed,
    BadCell: lambda value: value,
    float: _number,
    bool: lambda value: "是" if value else "否",
    datetime: _moment,
    date: date.isoformat,
    time: time.isoformat,
}


# --- reading XLSX ----------------------------------------------------------------------------------------------------


def _xlsx(data: bytes) -> Iterator[Sequence[Any]]:
    name, faulty = _looked_through(data)
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_name(name)
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - compiled code: what it trips over may come as a panic, which is no Exception
        # `from None`: the reason could quote the file.
        raise Invalid(DAMAGED) from None
    if sheet.start is None or sheet.end is None:
        return
    if sheet.end[0] > MOST_ROWS:
        raise Invalid(_too_long())
    if sheet.end[1] >= MOST_COLUMNS:
        raise Invalid(TOO_WIDE)
    # Rows come from the first of the file on, columns from the first that has something in it.
    left = sheet.start[1]
    for number, line in enumerate(sheet.iter_rows(), 1):
        for column in faulty.get(number, ()):
            if left <= column < left + len(line):
                line[column - left] = FAULTY
        yield line


# A cell with something in it beyond column CV (the hundredth), or in a row with a number of six digits or more. Styled
# cells without content may lie anywhere: they are skipped when reading and cost nothing.
FAR = re.compile(
    rb' r="(?:(?:[A-Z]{3,}|C[W-Z]|[D-Z][A-Z])[0-9]+|[A-Z]{1,2}([0-9]{6,}))"[^<>]{0,100}+(?<!/)>\s{0,20}+<[^/]'
)
FAULT = b't="e"'
PLACE = re.compile(rb' r="([A-Z]{1,2})([0-9]{1,7})"')
MEBIBYTE = 1 << 20
# Longer than any cell's opening tag: looked at again with what follows, since a tag may be cut in two.
OVERLAP = 512

# Files of the strict and of the usual dialect differ in their namespaces alone.
_RELATED = (
    "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "{http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


def _looked_through(data: bytes) -> tuple[str, dict[int, list[int]]]:
    """The name of the first sheet that is shown, and its cells with error values: row → columns from 0.

    Raises ``Invalid`` for what unpacks to more than a table can be, in bytes, parts, texts, rows or columns: the reader
    would build it all in memory. What hides from this look is ended with its process.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _parts(archive)
            _check_strings(archive, parts)
            name, part = _first_sheet(archive, parts)
            return name, _check_cells(archive, part)
    except archives.Declared:
        raise Invalid(DECLARED) from None
    except archives.BROKEN:
        raise Invalid(DAMAGED) from None


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The names of the parts by what they are looked up with: the reader minds neither case nor kind of slash."""
    members = archives.members(archive)
    if len(members) > MOST_PARTS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Invalid(TOO_LARGE)
    parts = {_looked_up(member.filename): member.filename for member in members}
    # Two parts of one name: what is looked through would not be what is read. The others are kinds that it reads as well.
    if len(parts) < len(members) or "xl/workbook.xml" not in parts or {"content.xml", "xl/workbook.bin"} & set(parts):
        raise Invalid(DAMAGED)
    return parts


def _looked_up(name: str) -> str:
    return name.replace("\\", "/").lower()


def _check_strings(archive: zipfile.ZipFile, parts: dict[str, str]) -> None:
    name = parts.get("xl/sharedstrings.xml")
    if name is None:
        return
    count = 0
    with archive.open(name) as file:
        for window in _windows(file, overlap=2):
            _refuse_unseen(window)
            count += window.count(b"<si")
            if count > MOST_STRINGS:
                raise Invalid(TOO_LARGE)


def _first_sheet(archive: zipfile.ZipFile, parts: dict[str, str]) -> tuple[str, str]:
    """Name and part of the first worksheet that is not hidden; of the first of all when all are."""
    book = _tree(archive, parts["xl/workbook.xml"])
    related = _tree(archive, parts["xl/_rels/workbook.xml.rels"])
    targets = {
        each.get("Id"): each.get("Target", "") for each in related if each.get("Type", "").endswith("/worksheet")
    }
    sheets = [(each, targets[id]) for each in book.findall(".//{*}sheet") if (id := _related(each)) in targets]
    shown = [(each, target) for each, target in sheets if each.get("state", "visible") == "visible"] or sheets
    if not shown:
        raise Invalid(DAMAGED)
    sheet, target = shown[0]
    path = target.removeprefix("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return sheet.get("name", ""), parts[_looked_up(path)]


def _related(sheet: ET.Element) -> str | None:
    return next((id for name in _RELATED if (id := sheet.get(name))), None)


def _tree(archive: zipfile.ZipFile, name: str) -> ET.Element:
    if archive.getinfo(name).file_size > MEBIBYTE:
        raise Invalid(TOO_LARGE)
    return archives.tree(archive.read(name))


def _refuse_unseen(window: bytes) -> None:
    """What is looked for in bytes must be written in them: no document type, and no UTF-16."""
    if b"<!DOCTYPE" in window or b"\0" in window:
        raise archives.Declared


def _check_cells(archive: zipfile.ZipFile, name: str) -> dict[int, list[int]]:
    faulty: dict[int, list[int]] = {}
    count = 0
    with archive.open(name) as file:
        for window in _windows(file, OVERLAP):
            _refuse_unseen(window)
            _refuse_far(window)
            for row, column in _faults(window):
                faulty.setdefault(row, []).append(column)
                if (count := count + 1) > MOST_FAULTS:
                    raise Invalid("表格中错误值太多，请改正后再上传。")
    return faulty


def _windows(file: IO[bytes], overlap: int) -> Iterator[bytes]:
    """A part, a megabyte at a time, each with the last ``overlap`` bytes of the one before."""
    kept = b""
    while read := file.read(MEBIBYTE):
        yield kept + read
        kept = (kept + read)[-overlap:]


def _refuse_far(window: bytes) -> None:
    for found in FAR.finditer(window):
        if found[1] is None:
            raise Invalid(TOO_WIDE)
        if int(found[1]) > MOST_ROWS + 1:
            raise Invalid(_too_long())


def _faults(window: bytes) -> Iterator[tuple[int, int]]:
    """Cells whose value is an error such as #N/A, which the reader would give as empty: (row, column from 0)."""
    at = -1
    while (at := window.find(FAULT, at + 1)) >= 0:
        start = window.rfind(b"<", 0, at)
        if start >= 0 and (place := PLACE.search(window, start, window.find(b">", at) + 1)):
            yield int(place[2]), _column(place[1])


def _column(letters: bytes) -> int:
    """A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


# --- writing ---------------------------------------------------------------------------------------------------------


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula, also after it was saved as CSV."""
    return f"'{text}" if text.lstrip(" \u3000").startswith(ACTIVE) else text


def template_file(columns: Sequence[Column], sheet: str = "导入模板") -> bytes:
    """An XLSX file to fill in: headings (required ones with ``*``), hints as comments, one sample row on a second sheet.

    All columns are text: Excel would round a card number and turn a code into a number.
    """
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        bold, plain = book.add_format({"bold": True, "num_format": "@"}), book.add_format({"num_format": "@"})
        page, shown = book.add_worksheet(sheet), book.add_worksheet("填写示例")
        for at, column in enumerate(columns):
            label = f"{'*' if column.required else ''}{column.label}"
            for each in (page, shown):
                each.set_column(at, at, 22, plain)
                each.write_string(0, at, label, bold)
            if column.hint:
                page.write_comment(0, at, column.hint)
            shown.write_string(1, at, column.sample, plain)
        page.freeze_panes(1, 0)
    return out.getvalue()


def template(kind: str, columns: Sequence[Column]) -> Raw:
    """The empty table of an import as a download."""
    return Raw(data=template_file(columns), media_type=XLSX_TYPE, filename=f"{kind}.xlsx")


async def write_rows(headings: Sequence[str], chunks: AsyncIterable[Iterable[Sequence[str]]]) -> bytes:
    """An XLSX file of these rows, which come in chunks; each chunk is written in a thread and forgotten.

    Every cell is text made :func:`safe`.
    """
    with tempfile.TemporaryFile() as out:
        # constant_memory writes each row to disk at once.
        book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False})
        page = book.add_worksheet()
        _write(page, 0, [headings])
        at = 1
        async for chunk in chunks:
            at += await asyncio.to_thread(_write, page, at, chunk)
        await asyncio.to_thread(book.close)
        out.seek(0)
        return await asyncio.to_thread(out.read)


def _write(page: Any, start: int, rows: Iterable[Sequence[str]]) -> int:
    """Write rows from line ``start`` on; returns how many."""
    count = 0
    for row in rows:
        for at, cell in enumerate(row):
            page.write_string(start + count, at, safe(cell))
        count += 1
    return count
