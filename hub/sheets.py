"""Tables that offices exchange: CSV and XLSX, read row by row and written so that no cell can act as a formula.

Reading and writing block, so whoever serves others uses :func:`chunks_of` and :func:`write_rows`, which work in threads and
hold one chunk at a time. A row keeps the number it has in the file, header included: that is what a clerk looks for.
"""

from __future__ import annotations

import asyncio
import csv
import io
import itertools
import tempfile
import zipfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import openpyxl
import xlsxwriter
from openpyxl.utils.exceptions import InvalidFileException

from hub.errors import Invalid

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CHUNK = 500
MOST_ROWS = 200_000
MOST_COLUMNS = 100
# A sheet of 200,000 rows unpacks to about 150 MB; what unpacks to more is made to.
MOST_UNPACKED = 400 * 1024 * 1024
# What a spreadsheet would calculate, or would break a cell out of its row.
ACTIVE = ("=", "+", "-", "@", "\t", "\r")


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """A column by its heading. ``hint`` and ``sample`` stand in the template file; ``also`` are other headings in use."""

    label: str
    required: bool = True
    hint: str = ""
    sample: str = ""
    also: tuple[str, ...] = ()


class SheetRow(msgspec.Struct, frozen=True):
    """``number`` as the spreadsheet shows it (the header is 1); ``cells`` by heading, trimmed, "" for empty."""

    number: int
    cells: dict[str, str]

    def __repr__(self) -> str:
        # Cells hold names and numbers of people.
        return f"SheetRow({self.number})"


# --- reading ---------------------------------------------------------------------------------------------------------


def read_rows(data: bytes, filename: str, columns: Sequence[Column] = ()) -> Iterator[SheetRow]:
    """The filled rows of a CSV (UTF-8 or GB18030) or of the first sheet of an XLSX file.

    With ``columns`` the cells are keyed by their labels, whatever of ``also`` the file says, and other columns are left out.
    Raises ``Invalid`` for a file that is no table, lacks a required column, or is longer than ``MOST_ROWS``.
    """
    lines = _xlsx(data) if _is_xlsx(data, filename) else _csv(data)
    numbered = ((number, line) for number, line in enumerate(lines, 1) if any(line))
    first = next(numbered, None)
    if first is None:
        raise Invalid("文件是空的，请使用下载的模板填写。")
    headings = _headings(first[1], columns)
    for number, line in numbered:
        if number > MOST_ROWS + 1:
            raise Invalid(f"一次最多导入{MOST_ROWS}行，请分成几个文件。")
        yield SheetRow(number, {label: line[at] if at < len(line) else "" for label, at in headings.items()})


async def chunks_of(
    data: bytes, filename: str, columns: Sequence[Column] = (), size: int = CHUNK
) -> AsyncIterator[list[SheetRow]]:
    """The same in lists of at most ``size``, each read in a thread while the loop serves others."""
    rows = read_rows(data, filename, columns)
    while chunk := await asyncio.to_thread(lambda: list(itertools.islice(rows, size))):
        yield chunk


def _headings(line: Sequence[str], columns: Sequence[Column]) -> dict[str, int]:
    """Which label stands in which column of the file."""
    found = {text.removeprefix("*").strip(): at for at, text in reversed(list(enumerate(line))) if text}
    if not columns:
        return dict(reversed(found.items()))
    known = {column.label: found[name] for column in columns for name in (*column.also, column.label) if name in found}
    if missing := [column.label for column in columns if column.required and column.label not in known]:
        raise Invalid(f"文件缺少列：{'、'.join(missing)}。请使用下载的模板，不要改动表头。")
    return known


def _is_xlsx(data: bytes, filename: str) -> bool:
    if data.startswith(b"PK\x03\x04"):
        return True
    if data.startswith(b"\xd0\xcf\x11\xe0") or filename.lower().endswith((".xls", ".xlsx")):
        raise Invalid("不支持这种表格文件，请另存为 .xlsx 或 .csv 后再上传。")
    return False


def _csv(data: bytes) -> Iterator[list[str]]:
    # Excel on Chinese systems writes GB18030; UTF-8 refuses almost any such text, so it is asked first.
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise Invalid("文件编码无法识别，请保存为 UTF-8 或 GB18030 编码的 CSV。") from None
    if "\0" in text:
        raise Invalid("文件不是表格，请使用下载的模板填写。")
    try:
        for line in csv.reader(io.StringIO(text, newline=""), strict=True):
            yield [_plain(cell) for cell in line[:MOST_COLUMNS]]
    except csv.Error:
        raise Invalid("CSV 文件不完整（引号没有成对），请检查后重新上传。") from None


def _xlsx(data: bytes) -> Iterator[list[str]]:
    _refuse_bombs(data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            for line in book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True):
                yield [_text(value) for value in line]
        finally:
            book.close()
    except (InvalidFileException, KeyError, IndexError, ValueError, SyntaxError, zipfile.BadZipFile, EOFError):
        raise Invalid("表格文件已损坏，请重新保存为 .xlsx 后上传。") from None


def _refuse_bombs(data: bytes) -> None:
    """What unpacks to more than a table can be, or defines XML entities, is not opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(member.file_size for member in archive.infolist()) > MOST_UNPACKED:
                raise Invalid("表格文件展开后过大，请分成几个文件。")
            for member in archive.infolist():
                with archive.open(member) as file:
                    if b"<!DOCTYPE" in file.read(1024):
                        raise Invalid("表格文件含有不允许的内容，请重新保存为 .xlsx 后上传。")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        raise Invalid("表格文件已损坏，请重新保存为 .xlsx 后上传。") from None


def _text(value: Any) -> str:
    """A cell as it would be typed. Numbers without the ``.0`` that spreadsheets add."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case float():
            return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case _:
            return _plain(str(value))


def _plain(text: str) -> str:
    """Trimmed, and without the apostrophe that :func:`safe` has put in front."""
    trimmed = text.strip().strip("\ufeff\u3000")
    return trimmed[1:] if trimmed.startswith("'") and trimmed[1:].startswith(ACTIVE) else trimmed


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
