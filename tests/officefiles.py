"""Office files as tests send them: a PDF with words on its pages, a Word document."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pikepdf

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "</Types>"
)
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/package/2006/'
    'relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>'
)


def pdf(*pages: str) -> bytes:
    """A page for each text, of Latin letters: no font with Chinese is at hand."""
    made = pikepdf.new()
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    for text in pages:
        page = made.add_blank_page(page_size=(595, 842))
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
        page.obj.Contents = made.make_stream(f"BT /F1 24 Tf 72 720 Td ({text}) Tj ET".encode())
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def related(*targets: tuple[str, str], outside: bool = False, mode: str = "External") -> str:
    """Relations by the end of their type, each with its target."""
    where = f' TargetMode="{mode}"' if outside else ""
    each = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/{kind}" Target="{target}"{where}/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{each}</Relationships>'


def with_part(kind: str, content: str | bytes, name: str = "part.xml", *paragraphs: str) -> bytes:
    """A Word file whose main part leads to one more."""
    return docx(
        *(paragraphs or ("a",)), more={"word/_rels/document.xml.rels": related((kind, name)), f"word/{name}": content}
    )


def docx(*paragraphs: str, more: Mapping[str, str | bytes] | None = None, inside: str = "") -> bytes:
    """A paragraph for each text; ``more`` parts by their names, ``inside`` is written behind the paragraphs."""
    said = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELATIONS,
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body>{said}{inside}</w:body></w:document>',
        "docProps/core.xml": "<coreProperties><creator>周敏</creator></coreProperties>",
        **(more or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return out.getvalue()
