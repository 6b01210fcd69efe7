"""Archives of XML parts, which Word and Excel files are: opened with bounds, and read without what a document type could declare."""

from __future__ import annotations

import zipfile
import zlib
from xml.etree import ElementTree as ET

# What reading a broken or hostile one raises; IndexError and KeyError are LookupErrors, as is an encoding that nobody knows.
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ET.ParseError,
    LookupError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
)
# Spreadsheets and word processors write these two; decompressors of others raise errors of their own.
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Declared(ValueError):
    """A part with a document type: entities would say in few bytes what is long, or to one reader what another does not see."""


class Elements(ET.TreeBuilder):
    """Builds the tree of a part. The parser tells of a document type, in whatever encoding it is written, before it reads it."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise Declared


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """What it holds; ``BadZipFile`` for what is packed in another way than offices' programs do."""
    found = archive.infolist()
    if any(member.compress_type not in PACKED for member in found):
        raise zipfile.BadZipFile
    return found


def tree(content: bytes) -> ET.Element:
    """The elements of a part; ``Declared``, and what ``BROKEN`` names."""
    return ET.fromstring(content, ET.XMLParser(target=Elements()))  # noqa: S314 - nothing is declared in it
