"""PDF files are kept with their pages alone."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hub.words import pdfs

WHO = "Zhang San of Wangu"


def photograph() -> bytes:
    """With the author in EXIF and in a comment."""
    exif = Image.Exif()
    exif[0x013B] = WHO
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif, comment=WHO.encode())
    return out.getvalue()


def evidence() -> pikepdf.Pdf:
    """One page with a photograph and a comment, and its author in every place that a PDF has for that."""
    pdf = pikepdf.new()
    picture = pdf.make_stream(photograph())
    picture.stream_dict = pikepdf.Dictionary(
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=40,
        Height=30,
        ColorSpace=pikepdf.Name.DeviceRGB,
        BitsPerComponent=8,
        Filter=pikepdf.Name.DCTDecode,
        Metadata=pdf.make_stream(f"<x>{WHO}</x>".encode()),
    )
    comment = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=pikepdf.Array([0, 0, 9, 9]), T=WHO, Contents="see here"
    )
    page = pdf.add_blank_page(page_size=(40, 30))
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=picture))
    page.obj.Contents = pdf.make_stream(b"q 40 0 0 30 0 0 cm /Im Do Q")
    page.obj.PieceInfo = pikepdf.Dictionary(Office=pikepdf.Dictionary(Private=WHO))
    page.obj.Annots = pikepdf.Array([comment])
    pdf.attachments["who.txt"] = pikepdf.AttachedFileSpec(pdf, WHO.encode(), filename="who.txt")
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=f"app.alert('{WHO}')")
    with pdf.open_metadata() as xmp:
        xmp["dc:creator"] = [WHO]
    pdf.docinfo["/Author"] = pdf.docinfo["/Title"] = WHO
    return pdf


def saved(pdf: pikepdf.Pdf, encryption: pikepdf.Encryption | bool = False) -> bytes:
    out = io.BytesIO()
    pdf.save(out, encryption=encryption, compress_streams=False)
    return out.getvalue()


def laid_open(data: bytes) -> bytes:
    """Every object and stream of it in plain, but for its id, which is of the whole as it was written."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        del pdf.trailer["/ID"]
        pdf.save(out, qdf=True, static_id=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


def test_nothing_says_who_made_it() -> None:
    """Title, author, XMP, private data of programs, authors of comments, EXIF, attachments, scripts."""
    sent = saved(evidence())
    assert laid_open(sent).count(WHO.encode()) >= 8

    kept = laid_open(pdfs.without_metadata(sent))

    assert WHO.encode() not in kept
    assert b"who.txt" not in kept
    assert b"JavaScript" not in kept


@pytest.mark.parametrize(
    ("wrapping", "wrapped"),
    [("FlateDecode", zlib.compress), ("ASCIIHexDecode", lambda data: data.hex().encode() + b">")],
)
def test_a_photograph_that_is_packed_once_more_does_not_say_it_either(
    wrapping: str, wrapped: Callable[[bytes], bytes]
) -> None:
    """As some programs write them: the JPEG stands behind another filter."""
    pdf = evidence()
    picture = pdf.pages[0].Resources.XObject.Im
    filters = pikepdf.Array([pikepdf.Name(f"/{wrapping}"), pikepdf.Name.DCTDecode])
    picture.write(wrapped(photograph()), filter=filters)

    with pikepdf.open(io.BytesIO(pdfs.without_metadata(saved(pdf)))) as read:
        kept = read.pages[0].Resources.XObject.Im.read_raw_bytes()

    assert WHO.encode() not in kept
    assert Image.open(io.BytesIO(kept)).size == (40, 30)


def test_the_page_looks_as_before() -> None:
    """The picture, dot for dot, the words of the comment, the size."""
    with pikepdf.open(io.BytesIO(pdfs.without_metadata(saved(evidence())))) as kept:
        page = kept.pages[0]
        picture = page.obj.Resources.XObject.Im.read_raw_bytes()

        assert Image.open(io.BytesIO(picture)).tobytes() == Image.open(io.BytesIO(photograph())).tobytes()
        assert str(page.obj.Annots[0].Contents) == "see here"
        assert [int(side) for side in page.obj.MediaBox] == [0, 0, 40, 30]


def test_earlier_versions_and_what_stands_behind_the_end_are_not_kept() -> None:
    """A program that saves in steps leaves all that was deleted."""
    first = saved(evidence())
    later = first + b"\n% " + WHO.encode() + b"\n"

    assert WHO.encode() not in pdfs.without_metadata(later)


def test_the_id_of_the_file_that_was_sent_is_not_kept() -> None:
    """By it the file would be found again on whoever's disk it came from."""
    with pikepdf.open(io.BytesIO(saved(evidence()))) as sent:
        ids = [bytes(each) for each in sent.trailer.ID]

    clean = pdfs.without_metadata(saved(evidence()))

    with pikepdf.open(io.BytesIO(clean)) as kept:
        assert not set(ids) & {bytes(each) for each in kept.trailer.ID}


def test_the_same_file_is_the_same_again() -> None:
    """No time and no chance in it; and what is clean stays so."""
    once = pdfs.without_metadata(saved(evidence()))

    assert pdfs.without_metadata(saved(evidence())) == once
    assert laid_open(pdfs.without_metadata(once)) == laid_open(once)


def test_a_file_that_only_forbids_printing_is_read() -> None:
    """Banks send such statements; anybody can open them."""
    locked = saved(evidence(), pikepdf.Encryption(owner="bank", user=""))

    with pikepdf.open(io.BytesIO(pdfs.without_metadata(locked))) as kept:
        assert (len(kept.pages), kept.is_encrypted) == (1, False)


def broken() -> dict[str, bytes]:
    whole = saved(evidence())
    return {
        "a password": saved(evidence(), pikepdf.Encryption(owner="a", user="b")),
        "cut": whole[:400],
        "head alone": b"%PDF-1.7\n",
        "no pages": saved(pikepdf.new()),
        "no root": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n",
        "deep": b"%PDF-1.7\n1 0 obj\n" + b"[" * 5000 + b"]" * 5000 + b"\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n",
    }


@pytest.mark.parametrize("kind", list(broken()))
def test_what_cannot_be_opened_is_refused_in_words(kind: str) -> None:
    """Saying what to do, and nothing of what stands in it."""
    with pytest.raises(pdfs.NotReadable, match="请重新导出不带密码的PDF") as refused:
        pdfs.without_metadata(broken()[kind])

    assert (refused.value.status, refused.value.code) == (422, "pdf_not_readable")


@given(edits=st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=8))
def test_a_damaged_file_is_mended_or_refused(edits: list[tuple[int, bytes]]) -> None:
    """Never another error; and what is kept says nothing either."""
    damaged = bytearray(saved(evidence()))
    for place, patch in edits:
        at = place % len(damaged)
        damaged[at : at + len(patch)] = patch
    try:
        kept = pdfs.without_metadata(bytes(damaged))
    except pdfs.NotReadable:
        return
    assert b"/Author" not in kept


@pytest.mark.parametrize(
    ("action", "stays"),
    [
        (pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://www.sc.gov.cn/a"), True),
        (pikepdf.Dictionary(S=pikepdf.Name.GoTo, D="chapter"), True),
        (pikepdf.Dictionary(S=pikepdf.Name.URI, URI="file:///C:/Users/zhoumin"), False),
        (pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"), False),
        (pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe"), False),
        (pikepdf.Dictionary(S=pikepdf.Name.SubmitForm, F="http://far.example"), False),
    ],
)
@pytest.mark.parametrize("aside", [False, True])
def test_a_tap_goes_to_a_page_and_starts_nothing(action: pikepdf.Dictionary, stays: bool, aside: bool) -> None:
    """Also where the action is an object of its own."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(40, 30))
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=pikepdf.Array([0, 0, 9, 9]),
        A=pdf.make_indirect(action) if aside else action,
    )  # fmt: skip
    page.obj.Annots = pikepdf.Array([link])

    with pikepdf.open(io.BytesIO(pdfs.without_metadata(saved(pdf)))) as kept:
        assert ("/A" in kept.pages[0].obj.Annots[0]) == stays


def test_what_follows_a_tap_is_dropped_with_it() -> None:
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(40, 30))
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    going = pikepdf.Dictionary(S=pikepdf.Name.GoTo, D="chapter", Next=pikepdf.Array([script]))
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=going)
    page.obj.Annots = pikepdf.Array([link])

    with pikepdf.open(io.BytesIO(pdfs.without_metadata(saved(pdf)))) as kept:
        assert set(kept.pages[0].obj.Annots[0].A.keys()) == {"/S", "/D"}
