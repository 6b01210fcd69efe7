"""Files for browsers go out packed: by what the browser takes, and never one that is out of date."""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import brotli
import pytest

from hub.web import statics
from hub.web.packing import pack, pack_what_plugins_bring
from tests.web.small import SmallHub, small_hub
from tests.web.test_statics import installed

STYLE = ".parcel { color: teal; background: teal }\n" * 50


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin's package with stylesheets."""
    folder = tmp_path_factory.mktemp("packages") / "parcels"
    (folder / "static").mkdir(parents=True)
    for name in ("parcels", "changed"):
        (folder / "static" / f"{name}.css").write_text(STYLE, "utf-8")
    return folder


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, package: Path) -> AsyncIterator[SmallHub]:
    """Set up, and served."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statics, "PACKED", package.parent / "packed")
        pack([package / "static"], statics.PACKED)
        async with small_hub(mongo_uri, f"test_{uuid4().hex}", plugins=[installed(package.parent, "parcels")]) as made:
            yield made


UNPACKED = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip, deflate", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("BR; q=0.000, *", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_a_browser_gets_the_smallest_copy_that_it_takes(hub: SmallHub, accepted: str, coding: str | None) -> None:
    """With the type of the file itself, and a word to caches that another browser may get another."""
    answer = await hub.guest.get(
        "/static/parcels/parcels.css", headers={"Accept-Encoding": accepted}, auto_decompress=False
    )

    assert answer.headers.get("Content-Encoding") == coding
    assert UNPACKED[coding](answer.body).decode() == STYLE
    assert (answer.headers["Content-Type"], answer.headers["Vary"]) == ("text/css", "Accept-Encoding")
    assert int(answer.headers["Content-Length"]) == len(answer.body)


async def test_each_coding_has_a_mark_of_its_own(hub: SmallHub, package: Path) -> None:
    """Who has the one copy is not told that the other has not changed; all are kept for long by the same address."""
    url = statics.Assets({"parcels": package / "static"}).url("static/parcels/parcels.css")
    answers = {
        coding: await hub.guest.get(url, headers={"Accept-Encoding": coding}, auto_decompress=False)
        for coding in ("br", "gzip", "identity")
    }

    marks = {coding: answer.headers["Etag"] for coding, answer in answers.items()}
    again = await hub.guest.get(url, headers={"Accept-Encoding": "br", "If-None-Match": marks["br"]})
    other = await hub.guest.get(url, headers={"Accept-Encoding": "gzip", "If-None-Match": marks["br"]})

    assert len(set(marks.values())) == 3
    assert (again.status, other.status) == (304, 200)
    assert {answer.headers["Cache-Control"] for answer in answers.values()} == {"public, max-age=31536000, immutable"}


async def test_a_file_that_was_changed_goes_as_it_is(hub: SmallHub, package: Path) -> None:
    """Until the next set-up."""
    (package / "static/changed.css").write_text("p {}\n", "utf-8")

    answer = await hub.guest.get("/static/parcels/changed.css", headers={"Accept-Encoding": "br, gzip"})

    assert answer.body.decode() == "p {}\n"
    assert "Content-Encoding" not in answer.headers


async def test_what_a_plugin_of_another_distribution_brings_is_packed_at_start(mongo_uri: str, package: Path) -> None:
    """Set-up knows nothing of it."""
    (package / "static/late.css").write_text(STYLE.replace("teal", "navy"), "utf-8")
    plugins, packed = [installed(package.parent, "parcels")], package.parent / "at-start"

    async with small_hub(mongo_uri, f"test_{uuid4().hex}", plugins=plugins, packed=packed) as late:
        answer = await late.guest.get(
            "/static/parcels/late.css", headers={"Accept-Encoding": "gzip"}, auto_decompress=False
        )

    assert answer.headers["Content-Encoding"] == "gzip" and b"navy" in gzip.decompress(answer.body)


async def test_a_hub_that_can_write_nothing_starts_all_the_same(mongo_uri: str, package: Path) -> None:
    """Its files go out as they are."""
    plugins, taken = [installed(package.parent, "parcels")], package.parent / "taken"
    taken.write_text("no folder", "utf-8")

    async with small_hub(mongo_uri, f"test_{uuid4().hex}", plugins=plugins, packed=taken) as hub:
        answer = await hub.guest.get("/static/parcels/parcels.css")

    assert answer.status == 200


def test_copies_follow_the_files(tmp_path: Path) -> None:
    """What is packed stays, what is gone goes, and what would not be smaller has no copy."""
    files, packed = tmp_path / "static", tmp_path / "static/made/packed"
    (files / "below").mkdir(parents=True)
    (files / "below/style.css").write_text(STYLE, "utf-8")
    (files / "tiny.css").write_text("p{}", "utf-8")
    (files / "picture.png").write_bytes(bytes(5000))

    first, again = pack([files], packed), pack([files], packed)
    before = sorted(copy.suffix for copy in packed.iterdir())
    (files / "below/style.css").unlink()
    pack([files], packed)

    assert (first, again) == (2, 0)
    assert before == [".br", ".gzip"]
    assert list(packed.iterdir()) == []


def test_what_nobody_has_wanted_for_a_month_goes(tmp_path: Path) -> None:
    """Copies of older versions, and the half that somebody was killed over; what is wanted is kept by each start."""
    files, packed = tmp_path / "static", tmp_path / "packed"
    files.mkdir()
    (files / "style.css").write_text(STYLE, "utf-8")
    pack_what_plugins_bring([files], packed)
    wanted = set(packed.iterdir())
    for name in ("0123.gzip", "tmp0123.half"):
        (packed / name).write_bytes(b"old")
    for copy in packed.iterdir():
        os.utime(copy, (0, 0))

    pack_what_plugins_bring([files], packed)

    assert set(packed.iterdir()) == wanted


def test_two_that_pack_at_once_do_not_meet(tmp_path: Path) -> None:
    """Each writes under a name of its own, and what one has made the other does not take away."""
    folder, into = tmp_path / "static", tmp_path / "packed"
    folder.mkdir()
    for n in range(20):
        (folder / f"{n}.css").write_text(f"/* {n} */ {STYLE}", "utf-8")

    with ThreadPoolExecutor(4) as together:
        list(together.map(lambda _: pack([folder], into, alone=False), range(8)))

    copies = sorted(into.iterdir())
    assert {copy.suffix for copy in copies} == {".br", ".gzip"} and len(copies) == 40
    assert all(STYLE.encode() in UNPACKED[copy.suffix[1:]](copy.read_bytes()) for copy in copies)
