"""Uploads: what is taken, what is refused, who may read it."""

from __future__ import annotations

import asyncio
import io
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from PIL import Image

from hub.web.settings import MEBIBYTE, WebSettings
from hub.words.errors import NotFound
from tests.waiting import patience
from tests.web.small import SmallHub, small_hub

FILES = "/api/v1/files"


def form(data: bytes, *, name: str = "file", filename: str = "身份证.jpg") -> aiohttp.FormData:
    made = aiohttp.FormData()
    made.add_field(name, io.BytesIO(data), filename=filename, content_type="image/jpeg")
    return made


async def test_an_upload_is_cleaned_and_read_by_its_sender_alone(hub: SmallHub, jpeg: bytes) -> None:
    sender, other = await hub.resident("sender"), await hub.resident("other")

    made = await sender.ask("POST", FILES, data=form(jpeg))
    own = await sender.get(f"{FILES}/{made.json['id']}")
    others = await other.get(f"{FILES}/{made.json['id']}")
    guests = await hub.guest.get(f"{FILES}/{made.json['id']}")

    assert (made.status, made.json["media_type"], made.json["width"]) == (201, "image/jpeg", 64)
    assert (own.headers["Content-Type"], own.headers["Content-Disposition"]) == ("image/jpeg", "inline")
    assert Image.open(io.BytesIO(own.body)).size == (64, 48)
    assert (others.status, guests.status) == (404, 401)


async def test_a_file_name_that_is_not_utf_8_is_told(hub: SmallHub, jpeg: bytes) -> None:
    """As an old browser on a Chinese Windows sends it."""
    sender = await hub.resident("old-browser")
    head = 'Content-Disposition: form-data; name="file"; filename="身份证.jpg"\r\nContent-Type: image/jpeg'
    body = b"--x\r\n" + head.encode("gbk") + b"\r\n\r\n" + jpeg + b"\r\n--x--\r\n"

    answer = await sender.ask("POST", FILES, data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})

    assert (answer.status, "文件名不是UTF-8编码" in answer.json["error"]["message"]) == (400, True)


async def test_once_claimed_a_file_is_no_longer_read_here(hub: SmallHub, jpeg: bytes) -> None:
    sender = await hub.resident("claimer")
    made = await sender.ask("POST", FILES, data=form(jpeg))
    files, database = hub.world.units.files, hub.world.database
    await database.transaction(
        lambda session: files.claim(session, [made.json["id"]], owner="claimer", plugin="notes", subject="n1")
    )

    answer = await sender.get(f"{FILES}/{made.json['id']}")

    assert answer.status == 404


async def test_what_a_document_gives_back_another_may_claim(hub: SmallHub, jpeg: bytes) -> None:
    """Of whoever was handed it, and of nobody else; the first document has it no more."""
    sender = await hub.resident("giver")
    id = (await sender.ask("POST", FILES, data=form(jpeg))).json["id"]
    files, database = hub.world.units.files, hub.world.database

    async def handed_on(session: Any) -> None:
        await files.claim(session, [id], owner="giver", plugin="notes", subject="n1")
        await files.give_back(session, [id], owner="heir", plugin="notes", subject="n1")
        await files.claim(session, [id], owner="heir", plugin="other", subject="o1")

    await database.transaction(handed_on)

    file, _ = await files.read(id, plugin="other", subject="o1")
    assert (file.owner, file.state) == ("heir", "claimed")
    with pytest.raises(NotFound):
        await files.read(id, plugin="notes", subject="n1")


async def test_a_guest_uploads_nothing(hub: SmallHub, jpeg: bytes) -> None:
    answer = await hub.guest.ask("POST", FILES, data=form(jpeg))

    assert answer.status == 401


async def test_twenty_megabytes_are_refused_in_the_one_shape(hub: SmallHub) -> None:
    sender = await hub.resident("big")

    answer = await sender.ask("POST", FILES, data=form(b"\xff\xd8\xff" + bytes(20 * MEBIBYTE)))

    assert (answer.status, answer.error["code"]) == (413, "too_large")


async def test_twenty_megabytes_in_chunks_are_refused(hub: SmallHub) -> None:
    sender = await hub.resident("big")

    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(20):
            yield bytes(MEBIBYTE)

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = await sender.ask("POST", FILES, data=chunks(), headers=headers)

    assert (answer.status, answer.error["code"]) == (413, "too_large")


async def test_what_is_far_too_large_is_cut_off_with_the_same_answer(mongo_uri: str) -> None:
    """Beyond what is read to be polite, the answer comes at once and the connection ends."""
    name = f"test_{uuid4().hex}"
    settings = WebSettings(upload_limit=MEBIBYTE, drain_limit=2 * MEBIBYTE)
    async with small_hub(mongo_uri, name, settings=settings) as hub:
        token = (await hub.resident("huge")).headers["Authorization"]
        head = (
            f"POST {FILES} HTTP/1.1\r\nHost: hub\r\nAuthorization: {token}\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {10**12}\r\n\r\n"
        )
        text = await _talk(hub.base, head.encode())

    assert text.startswith("HTTP/1.1 413 ")
    assert text.count("HTTP/1.1") == 1
    assert '"code":"too_large"' in text
    assert "Connection: close" in text


async def test_who_asks_first_is_told_before_sending(hub: SmallHub) -> None:
    token = (await hub.resident("polite")).headers["Authorization"]
    head = (
        f"POST {FILES} HTTP/1.1\r\nHost: hub\r\nAuthorization: {token}\r\nExpect: 100-continue\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {20 * MEBIBYTE}\r\n\r\n"
    )

    text = await _talk(hub.base, head.encode())

    assert text.startswith("HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "data", [b"no picture at all", b"\xff\xd8\xff\xe0 broken", b"GIF89a" + bytes(100), b"<svg/>", b""]
)
async def test_what_is_no_picture_is_refused(hub: SmallHub, data: bytes) -> None:
    sender = await hub.resident("artist")

    answer = await sender.ask("POST", FILES, data=form(data))

    assert answer.status == 422
    assert await hub.world.database["files"].count_documents({"owner": "artist"}) == 0


async def test_another_field_is_no_file(hub: SmallHub, jpeg: bytes) -> None:
    sender = await hub.resident("sender")

    answer = await sender.ask("POST", FILES, data=form(jpeg, name="picture"))

    assert answer.status == 422
    assert answer.error["fields"] == {"picture": "没有这个字段。", "file": "请选择一个文件。"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nnonsense"),
        ("multipart/form-data; boundary=b", b""),
    ],
)
async def test_a_broken_form_is_malformed(hub: SmallHub, content_type: str, body: bytes) -> None:
    sender = await hub.resident("sender")

    answer = await sender.ask("POST", FILES, data=body, headers={"Content-Type": content_type})

    assert (answer.status, answer.error["code"]) == (400, "malformed")


async def test_what_is_no_form_is_of_the_wrong_kind(hub: SmallHub) -> None:
    sender = await hub.resident("sender")

    answer = await sender.ask("POST", FILES, data=b"{}", headers={"Content-Type": "application/json"})

    assert (answer.status, answer.error["code"]) == (415, "unsupported_type")


async def test_uploads_give_their_slot_back(mongo_uri: str, jpeg: bytes) -> None:
    """Also those that were refused, and those whose sender hung up."""
    name = f"test_{uuid4().hex}"
    async with small_hub(mongo_uri, name, settings=WebSettings(uploads_at_once=1)) as hub:
        sender = await hub.resident("sender")
        head = f"POST {FILES} HTTP/1.1\r\nHost: hub\r\nAuthorization: {sender.headers['Authorization']}\r\n"
        writer = await _begin(
            hub.base, head + "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n--b"
        )
        await _until(lambda: hub.application.parts.uploads.taken == 1)
        busy = await sender.ask("POST", FILES, data=form(jpeg))
        writer.close()
        await _until(lambda: hub.application.parts.uploads.taken == 0)
        statuses = [(await sender.ask("POST", FILES, data=form(data))).status for data in (b"none", jpeg, jpeg)]

    assert (busy.status, busy.headers["Retry-After"]) == (503, "5")
    assert statuses == [422, 201, 201]


async def _talk(base: str, head: bytes) -> str:
    """Everything that the server says until it closes."""
    host, _, port = base.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(head)
    async with patience():
        text = await reader.read()
    writer.close()
    await writer.wait_closed()
    return text.decode()


async def _begin(base: str, head: str) -> asyncio.StreamWriter:
    host, _, port = base.removeprefix("http://").partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(head.encode())
    return writer


async def _until(true) -> None:  # type: ignore[no-untyped-def]
    async with patience():
        while not true():
            await asyncio.sleep(0.005)
