"""Files that an office publishes: what is kept of them, what is read, what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from PIL import Image

from hub.api import Upload
from hub.reading.officefiles import DOCX, NotAnOfficeFile, read_office_file
from hub.reading.tables import Tables, TableSettings
from hub.words.errors import Invalid
from hub.words.processes import TooCostly
from tests.officefiles import docx, pdf
from tests.web.conftest import picture

FETCHES = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r9" '
    'Type="http://x/attachedTemplate" Target="http://far.example/t.dotm" TargetMode="External"/></Relationships>'
)


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
        (docx("a", more={"word/vbaProject.bin": "x"}), "宏"),
        (docx("a", more={"word/embeddings/a.xlsx": "x"}), "嵌入"),
        (docx("a", more={"word/_rels/settings.xml.rels": FETCHES}), "外部"),
        (docx("a", more={"word/comments.xml": "<c/>"}), "修订或批注"),
        (docx("a", inside="<w:p><w:del><w:r><w:delText>b</w:delText></w:r></w:del></w:p>"), "修订或批注"),
        (docx("a", more={"word/document.xml": "<!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>"}), "已损坏"),
        (docx("a", more={"word/document.xml": "<x>" + " " * (11 << 20) + "</x>"}), "已损坏"),
    ],
)
def test_what_cannot_be_shown_to_all_is_refused_in_words(data, words):
    with pytest.raises(Invalid, match=words):
        read_office_file(data, most_pages=1)


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
