"""XLSX files written by hand, as broken or as hostile as a test wants them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = f'<styleSheet xmlns="{MAIN}"/>'
SHEET = "xl/worksheets/sheet1.xml"


def letters(column: int) -> str:
    """0 is A, 26 is AA."""
    return (letters(column // 26 - 1) if column >= 26 else "") + chr(65 + column % 26)


def cell(place: str, value: str | float) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def rows(*lines: Sequence[str | float], start: int = 1) -> str:
    """Rows one below the other from ``start`` on; "" is no cell at all."""
    return "".join(
        f'<row r="{number}">'
        + "".join(cell(f"{letters(at)}{number}", value) for at, value in enumerate(line) if value != "")
        + "</row>"
        for number, line in enumerate(lines, start)
    )


def workbook(
    content: str,
    *,
    before: str = "",
    styles: str = STYLES,
    strings: str | None = None,
    more: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """A file whose only sheet has ``content`` as its rows, ``before`` in front of them, and ``more`` parts."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": relationships(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": book("第一张"),
        "xl/_rels/workbook.xml.rels": relationships(
            ("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml"), ("sharedStrings", "sharedStrings.xml")
        ),
        "xl/styles.xml": styles,
        SHEET: f'<worksheet xmlns="{MAIN}">{before}<sheetData>{content}</sheetData></worksheet>',
        **({"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{strings}</sst>'} if strings is not None else {}),
        **(more or {}),
    }
    return packed(parts)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def repacked(data: bytes) -> bytes:
    """The same parts, packed by LZMA."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return out.getvalue()


def book(*sheets: str, hidden: Sequence[str] = ()) -> str:
    """The part that names the sheets, in order; sheet n is relationship n."""
    named = "".join(
        f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"{" state=" + chr(34) + "hidden" + chr(34) if name in hidden else ""}/>'
        for n, name in enumerate(sheets, 1)
    )
    return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>'


def relationships(*targets: tuple[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{each}</Relationships>'


def broken(data: bytes, part: str = SHEET) -> bytes:
    """The same file with the compressed bytes of one part overwritten, as a bad stick leaves it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo(part)
    at = info.header_offset + 30 + len(info.filename.encode()) + 4
    return data[:at] + b"\xff" * 16 + data[at + 16 :]
