"""Files that an office publishes: what is kept of them, what is read, what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pikepdf
import pytest
from PIL import Image

from hub.api import Upload
from hub.reading import fonts, officefiles
from hub.reading.officefiles import DOCX, NotAnOfficeFile, read_office_file
from hub.reading.tables import Tables, TableSettings
from hub.words.errors import Invalid
from hub.words.processes import TooCostly
from tests.officefiles import WORD, docx, pdf, related, with_part
from tests.spreadsheets import repacked
from tests.web.conftest import picture

RELS = "word/_rels/document.xml.rels"
DELETED = "<w:p><w:del><w:r><w:delText>b</w:delText></w:r></w:del></w:p>"
CHANGED = "<w:p><w:r><w:rPr><w:rPrChange w:author='周敏'/></w:rPr><w:t>b</w:t></w:r></w:p>"
ID, MOBILE, CARD = "510904198803129942", "13800138000", "6217003760012345678"


def part(inside: str, root: str = "hdr") -> str:
    return f'<w:{root} xmlns:w="{WORD}">{inside}</w:{root}>'


def names_of(read) -> set[str]:
    with zipfile.ZipFile(io.BytesIO(read.data)) as archive:
        return set(archive.namelist())


def in_utf_16(text: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-16"?>{text}'.encode("utf-16")


def test_a_pdf_is_read_and_its_first_pages_are_pictures():
    read = read_office_file(pdf("first page", "second page", "third page"), most_pages=2)

    assert (read.media_type, read.pages, read.paragraphs) == (
        "application/pdf",
        3,
        ("first page", "second page", "third page"),
    )
    assert [(image.width, Image.open(io.BytesIO(image.data)).format) for image in read.images] == [(1080, "JPEG")] * 2


def test_a_word_file_is_read_and_kept_without_its_author():
    read = read_office_file(docx("关于发放高龄津贴的通知", "各乡镇：", " "), most_pages=9)

    with zipfile.ZipFile(io.BytesIO(read.data)) as archive:
        names = archive.namelist()
        indexes = archive.read("_rels/.rels") + archive.read("[Content_Types].xml")
    assert (read.media_type, read.paragraphs, read.images) == (DOCX, ("关于发放高龄津贴的通知", "各乡镇："), ())
    assert not any("docProps" in each for each in (*names, indexes.decode()))


def test_a_picture_is_its_only_page():
    read = read_office_file(picture(), most_pages=9)

    assert (read.pages, len(read.images), read.paragraphs) == (1, 1, ())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xd0\xcf\x11\xe0 an old .doc", "旧的 .doc 请另存为 .docx"),
        (b"%PDF-1.7 and nothing", "已损坏"),
        (docx("a")[:-30], "已损坏"),
        (docx("a", inside="<w:p>"), "已损坏"),
        (with_part("vbaProject", "x", "harmless.xml"), "宏"),
        (with_part("package", "x", "media/a.xml"), "嵌入"),
        (with_part("oleObject", "x"), "嵌入"),
        (with_part("aFChunk", "x"), "嵌入"),
        (with_part("comments", "<c/>", "other.xml"), "修订或批注"),
        (with_part("image", b"GIF89a", "media/a.png"), "图片只能是"),
        (with_part("header", part("x"), "../../../home/x/a.xml"), "已损坏"),
        (with_part("header", part("x"), "run.exe"), "已损坏"),
        (docx("a", more={RELS: related(("attachedTemplate", "http://far.example/t.dotm"), outside=True)}), "外部"),
        (
            docx("a", more={RELS.upper(): related(("image", "http://far.example/t"), outside=True, mode="external")}),
            "外部",
        ),
        (docx("a", more={RELS: related(("hyperlink", "file:///C:/周敏/a.docx"), outside=True)}), "外部"),
        (docx("a", inside="<w:p><w:fldSimple w:instr=' DDEAUTO cmd x '/></w:p>"), "外部"),
        (
            docx("a", inside="<w:p><w:fldChar/><w:instrText>DDE</w:instrText><w:instrText>AUTO c</w:instrText></w:p>"),
            "外部",
        ),
        (docx("a", inside=DELETED), "修订或批注"),
        (docx("a", inside=CHANGED), "修订或批注"),
        (with_part("header", part(DELETED), "header1.xml"), "修订或批注"),
        (with_part("footnotes", part(CHANGED, "footnotes"), "footnotes.xml"), "修订或批注"),
        (docx("a", more={"word/document.xml": in_utf_16("<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>")}), "已损坏"),
        (docx("a", more={"word/document.xml": '<?xml version="1.0" encoding="foo-8"?><x/>'}), "已损坏"),
        (repacked(docx("a")), "已损坏"),
        (docx("a", more={"word/document.xml": "<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>"}), "已损坏"),
        (docx("a", more={"word/document.xml": "<x>" + " " * (11 << 20) + "</x>"}), "已损坏"),
    ],
)
def test_what_cannot_be_shown_to_all_is_refused_in_words(data, words):
    with pytest.raises(Invalid, match=words):
        read_office_file(data, most_pages=1)


def test_of_a_word_file_only_known_parts_are_kept():
    """Whatever lies in the archive beside them: authors, programs, paths that lead out of a folder."""
    data = docx(
        "a",
        more={
            RELS: related(("styles", "styles.xml"), ("people", "people.xml"), ("customXml", "../customXml/item1.xml")),
            "word/styles.xml": part("", "styles"),
            "word/people.xml": part("", "people"),
            "customXml/item1.xml": "<x/>",
            "word/evil.exe": "MZ",
            "../../.bashrc": "x",
        },
    )

    read = read_office_file(data, most_pages=1)

    rels = {"_rels/.rels", RELS, "[Content_Types].xml"}
    assert names_of(read) == {"word/document.xml", "word/styles.xml", *rels}
    assert read_office_file(read.data, most_pages=1) == read


def test_what_is_read_is_what_word_opens():
    """The main part is the one that the package names, not one of a usual name beside it."""
    shown = f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>shown</w:t></w:r></w:p></w:body></w:document>'
    data = docx("decoy", more={"_rels/.rels": related(("officeDocument", "word/real.xml")), "word/real.xml": shown})

    read = read_office_file(data, most_pages=1)

    assert read.paragraphs == ("shown",)
    assert "word/document.xml" not in names_of(read)


def test_photographs_in_a_word_file_do_not_say_where_they_were_taken():
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "maker"
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)

    read = read_office_file(with_part("image", out.getvalue(), "media/image1.jpeg"), most_pages=1)

    with zipfile.ZipFile(io.BytesIO(read.data)) as archive:
        kept = archive.read("word/media/image1.jpeg")
    assert Image.open(io.BytesIO(kept)).size == (40, 30)
    assert b"maker" not in kept


def test_a_text_box_is_said_once_and_a_strict_file_is_read():
    box = "<w:txbxContent><w:p><w:r><w:t>seal</w:t></w:r></w:p></w:txbxContent>"
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    both = f'<m:AlternateContent xmlns:m="{mc}"><m:Choice>{box}</m:Choice><m:Fallback>{box}</m:Fallback></m:AlternateContent>'
    document = f'<w:document xmlns:w="{{}}"><w:body><w:p><w:r><w:t>text</w:t>{both}</w:r></w:p></w:body></w:document>'

    read = [
        read_office_file(docx(more={"word/document.xml": document.format(namespace)}), most_pages=1).paragraphs
        for namespace in (WORD, "http://purl.oclc.org/ooxml/wordprocessingml/main")
    ]

    assert read == [("text", "seal")] * 2


def test_paragraphs_within_paragraphs_are_read_in_one_pass():
    deep = "<w:p>" * 60_000 + "</w:p>" * 60_000

    read = read_office_file(docx("a", inside=deep), most_pages=1)

    assert read.paragraphs == ("a",)


def test_of_a_pdf_the_pages_with_numbers_of_people_are_told():
    """Also a page that is not shown, and one without text."""
    read = read_office_file(pdf("tel 0825-8661234", f"{ID} of", "", f"call {MOBILE}", CARD), most_pages=1)

    assert (read.private, read.mobiles, read.unread) == ((2, 5), (4,), 1)


def test_of_a_word_file_the_paragraphs_with_numbers_of_people_are_told():
    """Behind what is kept to be read and found, and in headers, too."""
    long = "补" * 100_001

    read = read_office_file(docx("标题", f"王建国{ID}", long, f"电话{MOBILE}"), most_pages=1)
    header = read_office_file(with_part("header", part(f"<w:p><w:r><w:t>{ID}</w:t></w:r></w:p>"), "h.xml"), 1)

    assert (read.private, read.mobiles) == ((2,), (4,))
    assert header.private == (0,)


def test_pictures_of_pages_are_bounded_together(monkeypatch):
    monkeypatch.setattr(officefiles, "LARGEST_DRAWN", 20_000)

    read = read_office_file(pdf(*["page"] * 9), most_pages=9)

    assert 0 < len(read.images) < 9 == read.pages


def test_a_font_that_the_file_does_not_bring_is_drawn_by_the_machines():
    """This one has Chinese fonts: scripts/test sees to that."""
    read = read_office_file(fonts.unbrought("政策"), most_pages=1)

    assert fonts.draws_chinese()
    assert (len(read.images), read.paragraphs) == (1, ("政策",))


def test_a_page_with_words_and_nothing_to_be_seen_is_read_by_its_words():
    """As all are whose font is nowhere on the machine; a scan has no words."""
    made = pikepdf.open(io.BytesIO(pdf("seen", "unseen")))
    page = made.pages[1]
    page.obj.Contents = made.make_stream(b"1 g " + page.obj.Contents.read_bytes())
    out = io.BytesIO()
    made.save(out)

    read, empty = (read_office_file(data, most_pages=9) for data in (out.getvalue(), pdf("seen", "")))

    assert (read.images, read.paragraphs, len(empty.images)) == ((), ("seen", "unseen"), 2)


def test_what_is_transparent_is_white_on_its_page():
    drawn = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    drawn.paste((0, 0, 0, 255), (0, 0, 10, 10))
    out = io.BytesIO()
    drawn.save(out, "PNG")

    [image] = read_office_file(out.getvalue(), most_pages=1).images

    page = Image.open(io.BytesIO(image.data))
    assert min(page.getpixel((35, 25))) > 200
    assert max(page.getpixel((2, 2))) < 60


def test_another_zip_is_no_word_file():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "x")

    with pytest.raises(NotAnOfficeFile):
        read_office_file(out.getvalue(), most_pages=1)


async def test_it_is_read_in_a_process_that_can_be_ended():
    tables = Tables(TableSettings(at_once=1))
    try:
        read = await tables.office_file("a", Upload(filename="a.pdf", data=pdf("first page")), 1)
        tables._within = timedelta(milliseconds=1)
        with pytest.raises(TooCostly):
            await tables.office_file("a", Upload(filename="a.pdf", data=pdf(*["page"] * 300)), 300)
    finally:
        tables.close()

    assert read.paragraphs == ("first page",)
