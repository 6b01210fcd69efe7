"""Files that people upload, made safe to keep: pictures are decoded, PDF files taken apart, and both written anew.

Nothing the sender says is believed, neither file name nor media type: the content decides. Writing a picture anew drops
whatever else it carried, such as the place where it was taken, comments, and bytes behind its end.

These are plain functions that need up to a second of CPU, and more for a hostile file: call them in a process that can be ended
(:mod:`hub.words.processes`).
"""

import hashlib
import io
import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import Literal

import filetype
from PIL import Image, ImageOps

from hub.words import pdfs
from hub.words.errors import Invalid, TooLarge

MEBIBYTE = 1 << 20
LIMIT_BYTES = 10 * MEBIBYTE
MAX_PIXELS = 50_000_000  # what phones take at most by default; 150 MB when decoded
MAX_SIDE = 3000  # an A4 page at 250 dpi
# Of a progressive JPEG: encoders write about 10, and each costs a pass over all pixels, however few bytes it has.
MAX_SCANS = 30

# Media type → the only decoder that may open it: a file cannot pick one of Pillow's fifty others.
DECODERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}

# A JPEG's next marker: neither a stuffed byte, nor filling, nor one of those that stand alone in the middle of a scan.
_MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])", re.DOTALL)
_SCAN, _END = b"\xda", b"\xd9"

# What Pillow's decoders raise on broken data; found by mutating files, see tests/test_pictures.py.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, struct.error, zlib.error)


class TooBig(TooLarge):
    """More bytes than may be uploaded."""

    code = "too_big"
    message = "文件太大，请压缩后再上传。"


class NotAPicture(Invalid):
    """Another kind of file, or a broken one."""

    code = "not_a_picture"
    message = "无法识别该图片，请上传完整的 JPG、PNG 或 WebP 图片。"


class NotADocument(Invalid):
    """Neither a picture nor a PDF file."""

    code = "not_a_document"
    message = "请上传 JPG、PNG、WebP 图片或 PDF 文件。"


class TooManyPixels(Invalid):
    """A picture that would fill the memory once decoded, however few bytes it has."""

    code = "too_many_pixels"
    message = "图片尺寸太大，请缩小后再上传。"


class TooManyScans(Invalid):
    """A JPEG that would be decoded again and again."""

    code = "too_many_scans"
    message = "图片格式过于复杂，请另存为普通 JPG 后再上传。"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture written anew. `sha256` (hex) and the sides in pixels are those of `data`."""

    data: bytes = field(repr=False)
    media_type: Literal["image/jpeg", "image/png"]
    width: int
    height: int
    sha256: str
    kind: Literal["picture"] = "picture"


@dataclass(frozen=True, slots=True)
class Pdf:
    """A PDF file written anew by `hub.words.pdfs`: serve it as an attachment, with `nosniff`, never in a page."""

    data: bytes = field(repr=False)
    sha256: str
    media_type: Literal["application/pdf"] = "application/pdf"
    kind: Literal["pdf"] = "pdf"


def clean(
    data: bytes, *, limit_bytes: int = LIMIT_BYTES, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE
) -> Picture:
    """A picture without anything but its picture: upright, at most `max_side` on its longer side, JPEG or PNG.

    PNG stays PNG, so that scans and screenshots keep their edges; so does what is transparent; the rest becomes JPEG.
    Refuses with `TooBig`, `NotAPicture`, `TooManyPixels` or `TooManyScans`.
    """
    _check_size(data, limit_bytes)
    media_type = _media_type(data)
    if media_type not in DECODERS:
        raise NotAPicture
    if media_type == "image/jpeg" and scans_of(data) > MAX_SCANS:
        raise TooManyScans
    try:
        with _open(data, DECODERS[media_type], max_pixels) as picture:
            return _rewrite(_upright(picture, max_side), media_type, limit_bytes)
    except _BROKEN:
        # `from None`: what a decoder says may quote the file.
        raise NotAPicture from None


def clean_document(
    data: bytes, *, limit_bytes: int = LIMIT_BYTES, max_pixels: int = MAX_PIXELS, max_side: int = MAX_SIDE
) -> Picture | Pdf:
    """A material of a case: a picture as by `clean`, or a PDF file without its metadata.

    Refuses as `clean` and `hub.words.pdfs` do, but what is neither with `NotADocument`.
    """
    _check_size(data, limit_bytes)
    media_type = _media_type(data)
    if media_type == "application/pdf":
        rewritten = pdfs.without_metadata(data)
        _check_size(rewritten, limit_bytes)
        return Pdf(rewritten, _hash(rewritten))
    if media_type not in DECODERS:
        raise NotADocument
    return clean(data, limit_bytes=limit_bytes, max_pixels=max_pixels, max_side=max_side)


def scans_of(data: bytes) -> int:
    """How often a decoder goes over a JPEG: its scans up to its end, or one more than are allowed. What phones write behind the
    end, such as a film, counts for nothing."""
    scans, at = 0, 2
    while scans <= MAX_SCANS and (found := _MARKER.search(data, at)) is not None and found[1] != _END:
        scans += found[1] == _SCAN
        # A segment's length counts its own two bytes.
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans


def _check_size(data: bytes, limit_bytes: int) -> None:
    if len(data) > limit_bytes:
        raise TooBig


def _media_type(data: bytes) -> str | None:
    kind = filetype.guess(data)
    return kind.mime if kind else None


def _open(data: bytes, decoder: str, max_pixels: int) -> Image.Image:
    """Read the header alone, and refuse before a pixel is decoded."""
    try:
        picture = Image.open(io.BytesIO(data), formats=(decoder,))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooManyPixels from None
    if picture.width * picture.height > max_pixels:
        picture.close()
        raise TooManyPixels
    return picture


def _upright(picture: Image.Image, max_side: int) -> Image.Image:
    """The first frame, turned as the camera was held, in one of the modes L, RGB and RGBA."""
    # A JPEG decoder can scale by 1/2, 1/4, 1/8 while it reads, at a fraction of the time and memory.
    picture.draft(None, (max_side, max_side))
    upright = ImageOps.exif_transpose(picture)
    if upright.mode not in ("L", "RGB", "RGBA"):
        upright = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    upright.thumbnail((max_side, max_side))
    # Encoders copy comments and colour profiles from here.
    upright.info.clear()
    return upright


def _rewrite(picture: Image.Image, media_type: str, limit_bytes: int) -> Picture:
    if media_type == "image/png" or picture.mode == "RGBA":
        data = _encode(picture, "PNG")
        # A photograph grows as PNG; within the limit is as far as it may.
        if len(data) <= limit_bytes:
            return Picture(data, "image/png", picture.width, picture.height, _hash(data))
    data = _encode(on_white(picture), "JPEG", quality=88)
    return Picture(data, "image/jpeg", picture.width, picture.height, _hash(data))


def on_white(picture: Image.Image) -> Image.Image:
    """JPEG knows no transparency; black is what would show."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGB", picture.size, "white")
    ground.paste(picture, mask=picture.getchannel("A"))
    return ground


def _encode(picture: Image.Image, encoder: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, encoder, **options)
    return out.getvalue()


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
