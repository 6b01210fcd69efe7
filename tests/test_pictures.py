"""What is kept of an uploaded file, and what is refused."""

import hashlib
import io
import struct
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from hub.words.errors import Refused
from hub.words.pdfs import without_metadata
from hub.words.pictures import NotADocument, NotAPicture, Pdf, TooBig, TooManyPixels, clean, clean_document
from tests.test_pdfs import evidence, saved

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def encoded(picture: Image.Image, encoder: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, encoder, **options)
    return out.getvalue()


def two_halves(mode: str = "RGB") -> Image.Image:
    """80 × 40 pixels, red on the left and blue on the right."""
    picture = Image.new("RGB", (80, 40), "red")
    picture.paste("blue", (40, 0, 80, 40))
    picture = picture.convert(mode)
    if mode == "RGBA":
        picture.putpixel((0, 0), (0, 0, 0, 0))  # WebP drops an alpha channel that nothing uses
    return picture


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def png_header(width: int, height: int) -> bytes:
    """A PNG file of a few bytes that claims to be large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("encoder", "mode", "media_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGB", "image/png"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("PNG", "I;16", "image/png"),
        ("WEBP", "RGB", "image/jpeg"),
        ("WEBP", "RGBA", "image/png"),
    ],
)
def test_pictures_of_every_kind_are_kept(encoder, mode, media_type):
    """The record tells the truth about its bytes."""
    sent = Image.new("I;16", (80, 40)) if mode == "I;16" else two_halves(mode)

    kept = clean(encoded(sent, encoder))

    assert (kept.kind, kept.media_type, kept.width, kept.height) == ("picture", media_type, 80, 40)
    assert kept.sha256 == hashlib.sha256(kept.data).hexdigest()
    assert (opened(kept.data).size, opened(kept.data).get_format_mimetype()) == ((80, 40), media_type)


def test_a_phones_picture_is_turned_upright_and_forgets_where_it_was_taken():
    """Orientation 6: the camera was held on its side, so what was left is on top."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "a phone"
    exif[GPS] = {1: "N", 2: (30.0, 31.0, 0.0)}
    sent = encoded(two_halves(), "JPEG", exif=exif, comment=b"a secret", dpi=(72, 72), quality=95)

    kept = clean(sent + b"bytes behind the end")

    shown = opened(kept.data)
    assert (kept.width, kept.height) == (40, 80)
    assert shown.getpixel((20, 10))[0] > 200  # red
    assert shown.getpixel((20, 70))[2] > 200  # blue
    assert not shown.getexif()
    assert not {"comment", "exif", "icc_profile"} & set(shown.info)
    assert b"bytes behind" not in kept.data
    assert b"a secret" not in kept.data


def test_of_several_pictures_in_a_file_the_first_is_kept():
    """Phones put depth maps and previews behind the picture (MPO), which can show more than the picture does."""
    sent = encoded(two_halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (90, 90), "green")])

    kept = clean(sent)

    assert (kept.media_type, kept.width, kept.height) == ("image/jpeg", 80, 40)
    assert opened(kept.data).format == "JPEG"


def test_a_png_loses_its_texts_and_profile():
    """Where editors put names and places."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "a secret")
    sent = encoded(two_halves("RGBA"), "PNG", pnginfo=texts, icc_profile=b"a secret too")

    kept = clean(sent)

    assert b"secret" not in kept.data
    assert opened(kept.data).info == {}


def test_a_large_picture_is_made_smaller_in_proportion():
    """The longer side is bound."""
    sent = encoded(Image.new("RGB", (1200, 300), "green"), "JPEG")

    kept = clean(sent, max_side=400)

    assert (kept.width, kept.height) == (400, 100)


def test_a_transparent_picture_that_grows_too_large_as_png_becomes_jpeg_on_white():
    """Noise hardly compresses as PNG."""
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    noise.putalpha(0)
    sent = encoded(noise, "WEBP", quality=1, exact=True)

    kept = clean(sent, limit_bytes=40_000)

    assert kept.media_type == "image/jpeg"
    assert min(opened(kept.data).getpixel((150, 150))) > 250


def test_a_file_over_the_limit_is_refused():
    """Before anything reads it."""
    sent = b"\0" * 1001

    with pytest.raises(TooBig) as refusal:
        clean(sent, limit_bytes=1000)

    assert (refusal.value.code, refusal.value.status) == ("too_big", 413)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"a picture, honestly",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(two_halves(), "GIF"),
        encoded(two_halves(), "BMP"),
        encoded(two_halves(), "TIFF"),
        encoded(two_halves(), "JPEG")[:300],
        encoded(two_halves(), "PNG")[:60],
        b"\xff\xd8\xff\xe0" + b"\0" * 500,
        PDF,
    ],
    ids=["empty", "text", "svg", "gif", "bmp", "tiff", "cut jpeg", "cut png", "jpeg's first bytes", "pdf"],
)
def test_what_is_no_picture_is_refused(sent):
    """By content, cut ones too."""
    with pytest.raises(NotAPicture) as refusal:
        clean(sent)

    assert (refusal.value.code, refusal.value.status) == ("not_a_picture", 422)


@pytest.mark.parametrize("side", [8_000, 12_000, 60_000], ids=["ours", "Pillow warns", "Pillow refuses"])
def test_a_decompression_bomb_is_refused(side):
    """A hundred bytes that would become gigabytes; from the header alone."""
    sent = png_header(side, side)

    with pytest.raises(TooManyPixels) as refusal:
        clean(sent)

    assert len(sent) < 200
    assert refusal.value.code == "too_many_pixels"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    encoder=st.sampled_from(["JPEG", "PNG", "WEBP"]),
    edits=st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=8)), min_size=1, max_size=6),
    cut=st.integers(0, 200),
)
def test_broken_files_are_kept_clean_or_refused(encoder, edits, cut):
    """Nothing but a refusal comes out of a decoder that meets nonsense."""
    broken = bytearray(encoded(two_halves(), encoder))
    for place, patch in edits:
        broken[place % len(broken)] = patch[0]
        broken[place % len(broken) : place % len(broken)] = patch[1:]

    try:
        kept = clean(bytes(broken[: len(broken) - cut]))
    except Refused as refusal:
        assert refusal.code in ("not_a_picture", "too_many_pixels")  # noqa: PT017 - either end is right
    else:
        assert opened(kept.data).size == (kept.width, kept.height)


def test_a_document_may_be_a_pdf_file():
    """Written anew, its title gone."""
    sent = saved(evidence())

    kept = clean_document(sent)

    assert isinstance(kept, Pdf)
    assert kept.data == without_metadata(sent)
    assert kept.sha256 == hashlib.sha256(kept.data).hexdigest()
    assert (kept.kind, kept.media_type) == ("pdf", "application/pdf")


def test_a_document_may_be_a_picture():
    """Cleaned like any other."""
    sent = encoded(two_halves(), "WEBP")

    kept = clean_document(sent)

    assert kept == clean(sent)


@pytest.mark.parametrize("sent", [b"", b"PK\x03\x04" + b"\0" * 100, b"text", b" " + PDF])
def test_other_documents_are_refused(sent):
    """An office file can carry programs; print it to PDF."""
    with pytest.raises(NotADocument) as refusal:
        clean_document(sent)

    assert (refusal.value.code, refusal.value.status) == ("not_a_document", 422)


def test_a_large_pdf_is_refused():
    """The limit is the same."""
    with pytest.raises(TooBig):
        clean_document(PDF, limit_bytes=10)
