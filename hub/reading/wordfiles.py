"""Word files (.docx) as offices publish them: read from their relationships, as Word does, and written anew with the parts that are known.

Names of parts say nothing: what a part is, its relationship says. So whatever no relationship of a known kind leads to is in no file
that is kept, and what runs, fetches, or tells who changed what is refused in words.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET
from xml.sax.saxutils import quoteattr

from hub.reading import archives
from hub.words import pdfs, pictures
from hub.words.errors import Invalid

MEBIBYTE = 1 << 20
MOST_UNPACKED, LARGEST_XML, MOST_PARTS = 60 * MEBIBYTE, 10 * MEBIBYTE, 1000
DAMAGED = "Word文件已损坏，请重新另存为 .docx，或导出PDF后上传。"
CARRIES = "Word文件里有宏、嵌入的文件或图表等，请删去，或导出PDF后上传。"
FETCHES = "Word文件引用了外部的模板、图片或数据，请导出PDF后上传。"
PICTURES = "Word文件里的图片只能是JPG、PNG或WebP，请导出PDF后上传。"
UNFINISHED = "Word文件里有修订或批注，请接受修订、删除批注后再上传。"

MAIN = "officeDocument"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_WORD = f"{_OFFICE}wordprocessingml."
# What is kept: the end of the relationship's type → the media type that the part has from then on.
KEPT: Mapping[str, str] = {
    MAIN: f"{_WORD}document.main+xml",
    "styles": f"{_WORD}styles+xml",
    "numbering": f"{_WORD}numbering+xml",
    "settings": f"{_WORD}settings+xml",
    "fontTable": f"{_WORD}fontTable+xml",
    "theme": f"{_OFFICE}theme+xml",
    "header": f"{_WORD}header+xml",
    "footer": f"{_WORD}footer+xml",
    "footnotes": f"{_WORD}footnotes+xml",
    "endnotes": f"{_WORD}endnotes+xml",
    "image": "image/jpeg",
}
# Left out without a word: who made it and with what, and what nothing in the text points to.
LEFT_OUT = frozenset(
    (
        *("core-properties", "extended-properties", "custom-properties", "extendedProperties", "customProperties"),
        *("thumbnail", "customXml", "people", "stylesWithEffects", "webSettings", "glossaryDocument", "origin"),
        "keyMapCustomizations",
    )
)
# Parts with text of their own, behind that of the main part.
BESIDE = ("header", "footer", "footnotes", "endnotes")
FOLLOWED = ("http://", "https://", "mailto:")
# Part names as word processors write them; no other may lie in what residents unpack.
NAMED = re.compile(r"(?:[A-Za-z0-9_-]+/)*[A-Za-z0-9_-]+\.(?:xml|jpe?g|png|webp)", re.ASCII)
# Fields that get something from elsewhere, or start it, once the file is opened.
FETCHING = re.compile(
    r"^\s*(?:DDE|DDEAUTO|INCLUDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|MACROBUTTON)\b",
    re.MULTILINE | re.IGNORECASE,
)
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
# The usual dialect and the strict one.
_NAMESPACES = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)
_TRACKED = frozenset(("ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "cellMerge", "delText", "delInstrText"))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


class NotWord(Exception):
    """An archive of another kind."""


class WordFile(NamedTuple):
    """``data`` as it is kept; what its text says, paragraph by paragraph, and what stands in headers, footers and notes."""

    data: bytes
    paragraphs: tuple[str, ...]
    beside: tuple[str, ...]


class Part(NamedTuple):
    """A part that is kept: its bytes, its media type, and the relations of it that are."""

    data: bytes
    media_type: str
    relations: tuple[Relation, ...]


class Relation(NamedTuple):
    """``kind`` is the end of ``type``; ``target`` as it is written, which for one within is the path of ``part``."""

    id: str
    type: str
    target: str
    part: str | None

    @property
    def kind(self) -> str:
        return self.type.rpartition("/")[2]


def read_word(data: bytes) -> WordFile:
    """The file written anew. ``NotWord`` for another archive, ``Invalid`` in words for what is broken, too large, or hides something."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(Package(archive))
    except archives.BROKEN:
        # `from None`: the reason would quote the file.
        raise Invalid(DAMAGED) from None


def _read(package: Package) -> WordFile:
    mains = [each for each in package.relations("") if each.kind == MAIN]
    if len(mains) != 1:
        raise NotWord
    parts: dict[str, Part] = {}
    waiting = [*mains]
    paragraphs: list[str] = []
    beside: list[str] = []
    while waiting:
        relation = waiting.pop(0)
        if relation.part is None or relation.part in parts:
            continue
        if not NAMED.fullmatch(relation.part):
            raise Invalid(DAMAGED)
        content = package.read(relation.part)
        if relation.kind == "image":
            parts[relation.part] = _picture(content)
            continue
        said = _told(content)
        if relation.kind == MAIN:
            paragraphs += said
        elif relation.kind in BESIDE:
            beside += said
        within = package.relations(relation.part)
        parts[relation.part] = Part(content, KEPT[relation.kind], within)
        waiting += within
    return WordFile(_written(mains[0], parts), tuple(paragraphs), tuple(beside))


class Package:
    """The archive as relationships lead through it; names of parts differ by more than their case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        members = archives.members(archive)
        self._archive = archive
        self._names = {member.filename.lower(): member.filename for member in members}
        if len(members) > MOST_PARTS or sum(member.file_size for member in members) > MOST_UNPACKED:
            raise Invalid("Word文件太大，请导出PDF后上传。")
        if len(self._names) < len(members):
            raise NotWord

    def read(self, name: str) -> bytes:
        return self._archive.read(self._names[name.lower()])

    def relations(self, part: str) -> tuple[Relation, ...]:
        """Those of a part ("": of the package) that are kept."""
        folder, _, name = part.rpartition("/")
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path.lower() not in self._names:
            return ()
        found = (_relation(each, folder) for each in archives.tree(_bounded(self.read(path))))
        return tuple(self._within(each) for each in found if each.kind not in LEFT_OUT)

    def _within(self, relation: Relation) -> Relation:
        """To the part as the archive names it: each is kept once."""
        return relation if relation.part is None else relation._replace(part=self._names[relation.part.lower()])


def _relation(element: ET.Element, folder: str) -> Relation:
    """``Invalid`` for one that may not be."""
    type, target = element.get("Type", ""), element.get("Target", "")
    kind = type.rpartition("/")[2]
    if element.get("TargetMode", "").lower() == "external":
        # A link is followed by a tap alone; one to a file would tell where it lies, and whoever taps it might run it.
        if kind != "hyperlink" or not target.lower().startswith(FOLLOWED):
            raise Invalid(FETCHES)
        return Relation(element.get("Id", ""), type, target, None)
    if kind.lower().startswith("comments"):
        raise Invalid(UNFINISHED)
    if kind not in KEPT and kind not in LEFT_OUT:
        raise Invalid(CARRIES)
    path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
    return Relation(element.get("Id", ""), type, target, path)


def _picture(content: bytes) -> Part:
    """Written anew without where and with what it was taken; it stays as it lies, since Word keeps its turning beside it."""
    try:
        kept = pictures.clean(pdfs.without_segments(content))
    except pictures.NotAPicture:
        raise Invalid(PICTURES) from None
    return Part(kept.data, kept.media_type, ())


def _bounded(content: bytes) -> bytes:
    if len(content) > LARGEST_XML:
        raise Invalid(DAMAGED)
    return content


# --- what a part says ---------------------------------------------------------------------------------------------------


class Story:
    """What an XML parser tells of a part, in one pass: its paragraphs in the order in which they begin, one within another (a text box)
    apart. What Word shows only where it cannot show the first choice is not said twice."""

    def __init__(self) -> None:
        self.paragraphs: list[list[str]] = []
        self._open: list[list[str]] = []
        self._codes: list[str] = []
        self._writes: list[str] | None = None
        self._instead = 0

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise archives.Declared

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        if name in _TRACKED or name.endswith("Change") or any(_local(each) == "author" for each in attributes):
            raise Invalid(UNFINISHED)
        self._instead += tag == _FALLBACK
        if name == "p":
            self._open.append([])
            if not self._instead:
                self.paragraphs.append(self._open[-1])
        elif name == "fldSimple":
            self._codes.append("\n" + next((text for each, text in attributes.items() if _local(each) == "instr"), ""))
        elif name == "fldChar":
            self._codes.append("\n")
        elif name == "instrText":
            self._writes = self._codes
        elif self._open and not self._instead:
            self._say(name)

    def _say(self, name: str) -> None:
        if name == "t":
            self._writes = self._open[-1]
        elif name in ("tab", "br", "cr"):
            self._open[-1].append(" ")

    def end(self, tag: str) -> None:
        name = _local(tag)
        self._instead -= tag == _FALLBACK
        if name == "p":
            self._open.pop()
        elif name in ("t", "instrText"):
            self._writes = None

    def data(self, text: str) -> None:
        if self._writes is not None:
            self._writes.append(text)

    def close(self) -> Iterator[str]:
        if FETCHING.search("".join(self._codes)):
            raise Invalid(FETCHES)
        return ("".join(each) for each in self.paragraphs)


def _local(name: str) -> str:
    """The name in Word's own namespaces; "" in others."""
    return next((name.removeprefix(each) for each in _NAMESPACES if name.startswith(each)), "")


def _told(content: bytes) -> Iterator[str]:
    parser: Any = ET.XMLParser(target=Story())  # noqa: S314 - nothing is declared in it
    parser.feed(_bounded(content))
    said: Iterator[str] = parser.close()
    return said


# --- writing ------------------------------------------------------------------------------------------------------------


def _written(main: Relation, parts: Mapping[str, Part]) -> bytes:
    out = io.BytesIO()
    types = "".join(
        f"<Override PartName={quoteattr('/' + name)} ContentType={quoteattr(part.media_type)}/>"
        for name, part in parts.items()
    )
    rels = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        _write(archive, "[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types">{rels}{types}</Types>')
        _write(archive, "_rels/.rels", _related((main,)))
        for name, part in parts.items():
            _write(archive, name, part.data)
            if part.relations:
                folder, _, last = name.rpartition("/")
                _write(archive, posixpath.join(folder, "_rels", f"{last}.rels"), _related(part.relations))
    return out.getvalue()


def _write(archive: zipfile.ZipFile, name: str, content: str | bytes) -> None:
    # A member without a moment: when it was made tells something, too.
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def _related(relations: tuple[Relation, ...]) -> str:
    each = "".join(
        f"<Relationship Id={quoteattr(one.id)} Type={quoteattr(one.type)} "
        + (
            f'Target={quoteattr(one.target)} TargetMode="External"/>'
            if one.part is None
            else f"Target={quoteattr('/' + one.part)}/>"
        )
        for one in relations
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'
