"""Files that an office publishes (PDF, Word, pictures): checked by their content, written anew, with their text and their pages as
pictures, since Android's web-views show no PDF.

Plain functions that a hostile file can make long or large: whoever serves others goes through :mod:`hub.reading.tables`.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pypdfium2
from PIL import Image

from hub.words import pdfs, pictures
from hub.words.errors import Invalid
from hub.words.text import clean

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Pixels: readable on a phone that is turned, some 150 KB a page.
WIDTH, LONGEST_PAGE = 1080, 4000
# Characters of all paragraphs together; what is beyond is not shown and not found.
LONGEST_TEXT = 100_000
MEBIBYTE = 1 << 20
MOST_UNPACKED, LARGEST_XML, MOST_PARTS = 60 * MEBIBYTE, 10 * MEBIBYTE, 1000
DAMAGED = "Word文件已损坏，请重新另存为 .docx，或导出PDF后上传。"
# What a document may carry that runs, or fetches, once it is opened.
CARRIED = ("vbaproject", "word/embeddings/", "word/activex/", "word/afchunk")
UNFINISHED = "Word文件里有修订或批注，请接受修订、删除批注后再上传。"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"


class NotAnOfficeFile(Invalid):
    """Of another kind."""

    code = "not_an_office_file"
    message = "请上传PDF、Word（.docx）文件，或JPG、PNG、WebP图片。旧的 .doc 请另存为 .docx。"


class PageImage(msgspec.Struct, frozen=True, kw_only=True):
    """A page as a JPEG."""

    data: bytes
    width: int
    height: int


class OfficeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it is kept. ``images`` are its first pages, of ``pages`` in all; Word has none, and is read by its ``paragraphs``."""

    data: bytes
    media_type: str
    sha256: str
    paragraphs: tuple[str, ...] = ()
    images: tuple[PageImage, ...] = ()
    pages: int = 0


def read_office_file(data: bytes, most_pages: int, limit_bytes: int = pictures.LIMIT_BYTES) -> OfficeFile:
    """The file, with pictures of its first ``most_pages``. ``Invalid`` for what is none of these kinds, broken, or hides something."""
    if data[:4] == b"PK\x03\x04":
        return _word(data)
    try:
        kept = pictures.clean_document(data, limit_bytes=limit_bytes)
    except pictures.NotADocument:
        raise NotAnOfficeFile from None
    if isinstance(kept, pictures.Pdf):
        return _pdf(kept, most_pages)
    with Image.open(io.BytesIO(kept.data)) as picture:
        image = _image(picture)
    return OfficeFile(data=kept.data, media_type=kept.media_type, sha256=kept.sha256, images=(image,), pages=1)


# --- PDF ---------------------------------------------------------------------------------------------------------------


def _pdf(kept: pictures.Pdf, most_pages: int) -> OfficeFile:
    try:
        document = pypdfium2.PdfDocument(kept.data)
        pages = len(document)
        images = tuple(_drawn(document[at]) for at in range(min(pages, most_pages)))
        paragraphs = _bounded(line for page in document for line in _lines(page))
    except (pypdfium2.PdfiumError, ValueError, OSError, ZeroDivisionError):
        # `from None`: what the library says may quote the file.
        raise pdfs.NotReadable from None
    return OfficeFile(
        data=kept.data,
        media_type=kept.media_type,
        sha256=kept.sha256,
        paragraphs=paragraphs,
        images=images,
        pages=pages,
    )


def _drawn(page: Any) -> PageImage:
    width, height = page.get_size()
    return _image(page.render(scale=min(WIDTH / width, LONGEST_PAGE / height)).to_pil())


def _lines(page: Any) -> Iterator[str]:
    yield from page.get_textpage().get_text_bounded().splitlines()


def _image(picture: Image.Image) -> PageImage:
    drawn = picture.convert("RGB")
    drawn.thumbnail((WIDTH, LONGEST_PAGE))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=75)
    return PageImage(data=out.getvalue(), width=drawn.width, height=drawn.height)


def _bounded(lines: Iterator[str]) -> tuple[str, ...]:
    """The lines that say something, as many as are kept."""
    kept: list[str] = []
    left = LONGEST_TEXT
    for line in lines:
        words = clean(line)[:left]
        left -= len(words)
        if words:
            kept.append(words)
        if not left:
            break
    return tuple(kept)


# --- Word --------------------------------------------------------------------------------------------------------------


def _word(data: bytes) -> OfficeFile:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = _parts(archive)
            paragraphs = _bounded(_paragraphs(_tree(parts["word/document.xml"])))
            written = _without_properties(parts)
    except (
        zipfile.BadZipFile,
        zlib.error,
        ET.ParseError,
        KeyError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ):
        raise Invalid(DAMAGED) from None
    return OfficeFile(data=written, media_type=DOCX, sha256=hashlib.sha256(written).hexdigest(), paragraphs=paragraphs)


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """All that it holds; ``Invalid`` for too much, for what runs, fetches, or was not meant to be read."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(members) > MOST_PARTS or sum(member.file_size for member in members) > MOST_UNPACKED:
        raise Invalid("Word文件太大，请导出PDF后上传。")
    if len(set(names)) < len(names) or "word/document.xml" not in names or "[Content_Types].xml" not in names:
        raise NotAnOfficeFile
    if any(carried in name.lower() for name in names for carried in CARRIED):
        raise Invalid("Word文件里有宏或嵌入的文件，请删去，或导出PDF后上传。")
    parts = {member.filename: archive.read(member) for member in members if not member.is_dir()}
    if any(_fetches(parts[name]) for name in parts if name.endswith(".rels")):
        raise Invalid("Word文件引用了外部的模板或图片，请导出PDF后上传。")
    if any(name.startswith("word/comments") for name in parts):
        raise Invalid(UNFINISHED)
    return parts


def _tree(content: bytes) -> ET.Element:
    if len(content) > LARGEST_XML or b"<!DOCTYPE" in content:
        raise Invalid(DAMAGED)
    return ET.fromstring(content)  # noqa: S314 - without entities, and of bounded size


def _fetches(relations: bytes) -> bool:
    """Whether something is got from elsewhere at the opening; a link is followed by a tap alone."""
    return any(
        each.get("TargetMode") == "External" and not each.get("Type", "").endswith("/hyperlink")
        for each in _tree(relations)
    )


def _paragraphs(document: ET.Element) -> Iterator[str]:
    if any(each.tag in (f"{_W}ins", f"{_W}del") for each in document.iter()):
        raise Invalid(UNFINISHED)
    for paragraph in document.iter(f"{_W}p"):
        yield "".join(_SAID[each.tag](each) for each in paragraph.iter() if each.tag in _SAID)


_SAID: Mapping[str, Any] = {
    f"{_W}t": lambda each: each.text or "",
    f"{_W}tab": lambda each: " ",
    f"{_W}br": lambda each: " ",
}


def _without_properties(parts: Mapping[str, bytes]) -> bytes:
    """Written anew without who made it, when and with what."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if name.startswith("docProps/"):
                continue
            if name == "_rels/.rels":
                content = _left_out(content, f"{_RELATIONS}Relationship", "Target")  # noqa: PLW2901 - the same part
            if name == "[Content_Types].xml":
                content = _left_out(content, f"{_TYPES}Override", "PartName")  # noqa: PLW2901 - the same part
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _left_out(content: bytes, tag: str, named: str) -> bytes:
    """An index of parts without those that are left out."""
    root = _tree(content)
    for each in root.findall(tag):
        if each.get(named, "").lstrip("/").startswith("docProps/"):
            root.remove(each)
    ET.register_namespace("", tag[1:].partition("}")[0])
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
