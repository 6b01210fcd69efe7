"""Files that an office publishes (PDF, Word, pictures): checked by their content, written anew, with their text and their pages as
pictures, since Android's web-views show no PDF.

Plain functions that a hostile file can make long or large: whoever serves others goes through :mod:`hub.reading.tables`.
"""

from __future__ import annotations

import hashlib
import io
from itertools import islice

import msgspec
import pypdfium2
from PIL import Image

from hub.reading import fonts, wordfiles
from hub.words import masking, pdfs, pictures
from hub.words.errors import Invalid
from hub.words.text import clean

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# Pixels: readable on a phone that is turned, some 150 KB a page.
WIDTH, LONGEST_PAGE = 1080, 4000
# Characters of all paragraphs together; what is beyond is not shown and not found.
LONGEST_TEXT = 100_000
MEBIBYTE = 1 << 20
# Bytes of all pictures of pages together.
LARGEST_DRAWN = 20 * MEBIBYTE
# Places that are named where something must go.
MOST_TOLD = 20
# The place of what stands in headers, footers and notes.
BESIDE = 0


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
    """A file as it is kept. ``images`` are its first pages, of ``pages`` in all; Word has none, and is read by its ``paragraphs``.

    ``unread`` pages have no text, such as scans. ``private`` are the places with an ID or card number, ``mobiles`` those with a mobile
    phone's: pages, in Word paragraphs, both from 1, and ``BESIDE``; at most ``MOST_TOLD``.
    """

    data: bytes
    media_type: str
    sha256: str
    paragraphs: tuple[str, ...] = ()
    images: tuple[PageImage, ...] = ()
    pages: int = 0
    unread: int = 0
    private: tuple[int, ...] = ()
    mobiles: tuple[int, ...] = ()


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
    return OfficeFile(
        data=kept.data, media_type=kept.media_type, sha256=kept.sha256, images=(image,), pages=1, unread=1
    )


# --- PDF ---------------------------------------------------------------------------------------------------------------


def _pdf(kept: pictures.Pdf, most_pages: int) -> OfficeFile:
    look, lines, unread = Look(), Lines(), 0
    try:
        document = pypdfium2.PdfDocument(kept.data)
        images, blank = _drawn_of(document, most_pages)
        # All pages, also those that are not shown: all of them are downloaded.
        for number, page in enumerate(document, 1):
            text = page.get_textpage()
            said = text.get_text_bounded()
            # A page with words and nothing to be seen: its fonts are nowhere on this machine, and the file is read by its words.
            images = () if number in blank and said.strip() else images
            unread += not said.strip()
            # Also what lies beyond the page's edges.
            look.at(number, text.get_text_range().replace("\r", ""))
            for line in said.splitlines():
                lines.add(line)
    except (pypdfium2.PdfiumError, ValueError, OSError, ZeroDivisionError):
        # `from None`: what the library says may quote the file.
        raise pdfs.NotReadable from None
    return OfficeFile(
        data=kept.data,
        media_type=kept.media_type,
        sha256=kept.sha256,
        paragraphs=tuple(lines.lines),
        images=images,
        pages=len(document),
        unread=unread,
        private=tuple(look.private),
        mobiles=tuple(look.mobiles),
    )


def _drawn_of(document: pypdfium2.PdfDocument, most_pages: int) -> tuple[tuple[PageImage, ...], set[int]]:
    """The first pages, as far as they are small enough together: a few bytes of a file can be drawn on each. And which are blank."""
    images: list[PageImage] = []
    blank: set[int] = set()
    left = LARGEST_DRAWN
    for number, page in enumerate(islice(document, most_pages), 1):
        width, height = page.get_size()
        picture = page.render(scale=min(WIDTH / width, LONGEST_PAGE / height)).to_pil()
        image = _image(picture)
        left -= len(image.data)
        if left < 0 and images:
            break
        images.append(image)
        if fonts.is_blank(picture):
            blank.add(number)
    return tuple(images), blank


def _image(picture: Image.Image) -> PageImage:
    drawn = pictures.on_white(picture).convert("RGB")
    drawn.thumbnail((WIDTH, LONGEST_PAGE))
    out = io.BytesIO()
    drawn.save(out, "JPEG", quality=75)
    return PageImage(data=out.getvalue(), width=drawn.width, height=drawn.height)


class Lines:
    """The lines that say something, as many as are kept; ``count`` counts the others, too."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0
        self._left = LONGEST_TEXT

    def add(self, line: str) -> bool:
        """Whether it says something."""
        words = clean(line)
        self.count += bool(words)
        if kept := words[: self._left]:
            self.lines.append(kept)
            self._left -= len(kept)
        return bool(words)


class Look:
    """Where numbers of people stand: the first ``MOST_TOLD`` places, in order, each once."""

    def __init__(self) -> None:
        self.private: dict[int, None] = {}
        self.mobiles: dict[int, None] = {}

    def at(self, place: int, text: str) -> None:
        for places, holds in ((self.private, masking.holds_id_or_card), (self.mobiles, masking.holds_mobile)):
            if len(places) < MOST_TOLD and holds(text):
                places[place] = None


# --- Word --------------------------------------------------------------------------------------------------------------


def _word(data: bytes) -> OfficeFile:
    try:
        read = wordfiles.read_word(data)
    except wordfiles.NotWord:
        raise NotAnOfficeFile from None
    look, kept = Look(), Lines()
    for line in read.paragraphs:
        if kept.add(line):
            look.at(kept.count, line)
    for line in read.beside:
        look.at(BESIDE, line)
    return OfficeFile(
        data=read.data,
        media_type=DOCX,
        sha256=hashlib.sha256(read.data).hexdigest(),
        paragraphs=tuple(kept.lines),
        private=tuple(look.private),
        mobiles=tuple(look.mobiles),
    )
