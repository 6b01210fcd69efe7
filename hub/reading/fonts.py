"""Whether this machine can draw Chinese: many offices' PDF files bring no fonts of their own."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2
from PIL import Image

from hub.words.pictures import on_white

MISSING = (
    "no font on this machine draws Chinese: pages of PDF files that bring no fonts are read without their pictures; install the "
    "package fonts-noto-cjk"
)


def draws_chinese() -> bool:
    """Whether a page of 政策, in a font that is named and not brought along, has something on it."""
    page = pypdfium2.PdfDocument(unbrought("政策"))[0]
    return not is_blank(page.render(scale=1).to_pil())


def is_blank(picture: Image.Image) -> bool:
    """Whether all of it has one colour."""
    lowest, highest = on_white(picture).convert("L").getextrema()
    return lowest == highest


def unbrought(text: str) -> bytes:
    """A PDF file of one page with this text, in a font that whoever draws it must have."""
    made = pikepdf.new()
    ordering = pikepdf.Dictionary(Registry="Adobe", Ordering="GB1", Supplement=4)
    inner = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType0,
        BaseFont=pikepdf.Name("/STSong-Light"),
        CIDSystemInfo=ordering,
    )
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=pikepdf.Name("/STSong-Light-UniGB-UCS2-H"),
        Encoding=pikepdf.Name("/UniGB-UCS2-H"),
        DescendantFonts=pikepdf.Array([made.make_indirect(inner)]),
    )
    page = made.add_blank_page(page_size=(200, 100))
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=made.make_indirect(font)))
    written = text.encode("utf-16-be").hex().upper()
    page.obj.Contents = made.make_stream(f"BT /F1 24 Tf 20 40 Td <{written}> Tj ET".encode())
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
