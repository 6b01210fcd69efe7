"""One caller does not block the door for all: slow bodies, large bodies, costly pictures, too many requests, absurd values."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from uuid import uuid4

import aiohttp
import pytest
from PIL import Image

from hub.app import Hub
from hub.web import application
from hub.web.settings import Rate, WebSettings
from tests.security.test_typos import put
from tests.waiting import LOOK_AGAIN, patience
from tests.web import samples
from tests.web.conftest import picture
from tests.web.scope import Scene
from tests.web.small import SmallHub, small_hub
from tests.web.test_files import FILES, form
from tests.world import ANJU

# Far more than the kernel's buffers take from a sender whom nobody reads.
MUCH = 60 << 20
PICTURE = picture()
PATHS = (
    "/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/static/docs.css",
    "/nowhere",
    "/wechat/callback/wx-oa",
    "/ws",
)


@pytest.fixture(scope="module")
async def narrow(mongo_uri: str) -> AsyncIterator[SmallHub]:
    """Few slots and a small rate for each address; a proxy says whose it is."""
    settings = WebSettings(uploads_at_once=2, uploads_of_one=1, address_rate=Rate(2), trusted_proxies=("127.0.0.1",))
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=settings) as hub:
        yield hub


@pytest.fixture(scope="module")
async def hasty(mongo_uri: str) -> AsyncIterator[SmallHub]:
    """A body may not take long."""
    settings = WebSettings(throughput_grace=timedelta(milliseconds=50))
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=settings) as hub:
        yield hub


@pytest.fixture(scope="module")
async def short_of_time(mongo_uri: str) -> AsyncIterator[SmallHub]:
    """A picture may not take long."""
    settings = WebSettings(picture_within=timedelta(milliseconds=50))
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=settings) as hub:
        yield hub


# --- bodies


async def test_one_person_does_not_hold_every_upload_slot(narrow: SmallHub) -> None:
    slow, other = await narrow.resident("slow"), await narrow.resident("other")
    _, writer = await begin(narrow.base, "POST", FILES, slow.headers, "Content-Length: 9999", b"--b")
    await until(lambda: narrow.application.parts.uploads.taken == 1)

    again = await slow.ask("POST", FILES, data=form(PICTURE))
    meanwhile = await other.ask("POST", FILES, data=form(PICTURE), headers={"X-Forwarded-For": "198.51.100.7"})
    writer.close()
    await until(lambda: narrow.application.parts.uploads.taken == 0)

    assert (again.status, again.headers["Retry-After"]) == (429, "5")
    assert meanwhile.status == 201


@pytest.mark.parametrize("path", [FILES, f"/api/v1/{ANJU}/trials/fields"])
async def test_a_body_that_comes_too_slowly_is_ended(hasty: SmallHub, path: str) -> None:
    slow = await hasty.resident("slow")
    reader, writer = await begin(hasty.base, "POST", path, slow.headers, "Content-Length: 9999", b"--b")

    said = await everything(reader)
    writer.close()
    await until(lambda: hasty.application.parts.uploads.taken == 0)

    assert said.startswith("HTTP/1.1 408 ")
    assert "too_slow" in said


@pytest.mark.parametrize("path", PATHS)
async def test_a_large_body_is_read_by_nobody(hub: Hub, path: str) -> None:
    """Announced, it is refused before it is sent; sent in chunks, where it gets too much."""
    announced, writer = await begin(hub.url, "POST", path, {}, f"Content-Length: {MUCH}", b"")
    before = await everything(announced)
    writer.close()
    chunked, writer = await begin(hub.url, "POST", path, {}, "Transfer-Encoding: chunked", b"")
    writer.write((b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 64)
    meanwhile = await everything(chunked)
    writer.close()

    # A socket's path is Tornado's own: 400. Who writes on after a refusal may be cut off before reading it.
    assert before.startswith(("HTTP/1.1 413 ", "HTTP/1.1 400 "))
    assert meanwhile.startswith(("HTTP/1.1 413 ", "HTTP/1.1 400 ", "HTTP/1.1 404 ")) or not meanwhile


@pytest.mark.parametrize(
    "framing",
    [
        "Transfer-Encoding: ye!vAnN",
        "Transfer-Encoding: chunked\r\nContent-Length: 3",
        "Content-Length: 3\r\nContent-Length: 4",
        "Content-Length: -3",
    ],
)
async def test_a_body_whose_end_cannot_be_known_is_refused_and_hung_up_on(hub: Hub, framing: str) -> None:
    """What follows could be read as a second request, in somebody else's name."""
    reader, writer = await begin(hub.url, "POST", FILES, {}, framing, b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n")

    said = await everything(reader)
    writer.close()

    assert said.startswith("HTTP/1.1 400 ")
    assert said.count("HTTP/1.1 ") == 1


# --- pictures


def progressive(scans: int, side: int = 4000) -> bytes:
    """A JPEG of a few KB whose decoder goes over all its pixels again and again."""
    out = io.BytesIO()
    Image.new("L", (side, side), 128).save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * (scans - data.count(b"\xff\xda")) + data[-2:]


async def test_a_progressive_picture_of_too_many_scans_is_refused(scene: Scene) -> None:
    sender = await scene.visitor(samples.core.APPLICANT)

    usual = await sender.ask("POST", FILES, data=form(progressive(10, side=400)))
    hostile = await sender.ask("POST", FILES, data=form(progressive(200)))

    assert usual.status == 201
    assert (hostile.status, hostile.error["code"]) == (422, "too_many_scans")


async def test_a_picture_that_takes_too_long_is_ended_with_its_process(short_of_time: SmallHub) -> None:
    sender = await short_of_time.resident("sender")

    answer = await sender.ask("POST", FILES, data=form(progressive(30)))

    assert (answer.status, answer.error["code"]) == (422, "too_costly")


# --- rates and addresses


@pytest.mark.parametrize(
    ("number", "path"), list(enumerate(["/healthz", "/docs", "/openapi.json", "/static/docs.css", "/nowhere", "/"]))
)
async def test_every_path_has_a_rate(narrow: SmallHub, number: int, path: str) -> None:
    sender = narrow.guest.with_headers(X_Forwarded_For=f"198.51.100.{100 + number}")

    answers = [await sender.get(path) for _ in range(3)]

    assert [answer.status == 429 for answer in answers] == [False, False, True]
    assert answers[2].headers["Retry-After"]


@pytest.mark.parametrize(
    ("written", "another"),
    [
        (["203.0.113.1", "::ffff:203.0.113.1", "::FFFF:203.0.113.1"], "::ffff:203.0.113.2"),
        (["203.0.113.3", "203.0.113.3:4711", "203.0.113.3:80"], "203.0.113.4:4711"),
        (["203.0.113.5", "64:ff9b::203.0.113.5", "64:ff9b::cb00:7105"], "64:ff9b::203.0.113.6"),
        (["2001:db8::1", "[2001:db8::2]:443", "[2001:db8::3]"], "[2001:db8:0:1::1]:443"),
    ],
)
async def test_a_client_is_one_however_its_address_is_written(
    narrow: SmallHub, written: list[str], another: str
) -> None:
    """Behind a dual-stack proxy all of IPv4 would share one /64."""
    answers = [await narrow.guest.get("/nowhere", headers={"X-Forwarded-For": who}) for who in (*written, another)]

    assert [answer.status for answer in answers] == [404, 404, 429, 404]


async def test_the_documentation_is_rendered_once(mongo_uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rendered, render = [], application.render
    monkeypatch.setattr(application, "render", lambda *given: rendered.append(1) or render(*given))

    async with small_hub(mongo_uri, f"test_{uuid4().hex}") as hub:
        pages = [(await hub.guest.get("/docs")).body for _ in range(3)]

    assert len(set(pages)) == 1
    assert len(rendered) == 1


# --- absurd values

ABSURD = ("%FF", "9" * 30, "9999-12-31", "0001-01-01T00:00:00%2B14:00")
BODIES = (
    b"[" * 400 + b"]" * 400,
    b'{"a":' * 400 + b"1" + b"}" * 400,
    b'{"a":' + b"[" * 100_000,
    b'{"version":' + b"9" * 30 + b"}",
    b'{"version":1e999}',
    b'{"reason":"\\ud800"}',
    b"null",
    b"1",
    b"\xff\xfe{}",
)


@pytest.fixture
async def scene(hub: Hub) -> AsyncIterator[Scene]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Scene(hub, http)


async def test_absurd_values_are_refused_by_every_operation(scene: Scene) -> None:
    """400 and 422, or nothing found; never a failure of the hub."""
    operations = scene.hub.application.parts.router.operations
    assert {operation.name for operation in operations} >= set(samples.SAMPLES)

    for operation in operations:
        fields = operation.query.__struct_fields__ if operation.query else ()
        for query in (f"?{field}={value}" for field in fields for value in ABSURD):
            answer = await put(scene, operation, query)
            assert answer.status < 500, f"{operation.name}{query}: {answer.body!r}"
        for body in BODIES if operation.body else ():
            answer = await put(scene, operation, data=body, headers={"Content-Type": "application/json"})
            assert 400 <= answer.status < 500, f"{operation.name} {body[:40]!r}: {answer.status} {answer.body!r}"


@pytest.mark.parametrize("query", ["states=nonsense", "cursor=99999999999999999999", "cursor=W1s5XV0", "limit=0"])
async def test_a_filter_that_means_nothing_is_told(scene: Scene, query: str) -> None:
    ops = await scene.visitor(samples.core.OPS)

    answer = await ops.get(f"/api/v1/{ANJU}/deliveries?{query}")

    assert (answer.status, list(answer.error["fields"])) == (422, [query.partition("=")[0]])


@pytest.mark.parametrize("claim_for", ["P99999999D", "-PT1H", "P36526D"])
async def test_a_setting_without_end_is_refused(scene: Scene, claim_for: str) -> None:
    """Else every claim of a task in that county would fail."""
    ops = await scene.visitor(samples.core.OPS)

    answer = await ops.ask(
        "PUT",
        f"/api/v1/{ANJU}/ops/plugins/worklist",
        json={"on": True, "settings": {"claim_for": claim_for}, "why": "test"},
    )

    assert (answer.status, "claim_for" in answer.error["message"]) == (422, True)


# --- by hand


async def begin(
    base: str, method: str, path: str, headers: dict[str, str], how: str, body: bytes
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request whose body goes on."""
    host, _, port = base.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    lines = [f"{method} {path} HTTP/1.1", "Host: hub", *(f"{name}: {value}" for name, value in headers.items())]
    kind = "multipart/form-data; boundary=b" if path == FILES else "application/json"
    writer.write("\r\n".join([*lines, f"Content-Type: {kind}", how, "", ""]).encode() + body)
    return reader, writer


async def everything(reader: asyncio.StreamReader) -> str:
    """What is said until the connection is closed."""
    said = b""
    async with asyncio.timeout(30):
        try:
            while got := await reader.read(1 << 16):
                said += got
        except ConnectionResetError:
            pass  # Closed while we were still writing.
    return said.decode(errors="replace")


async def until(true: Callable[[], bool]) -> None:
    async with patience():
        while not true():
            await asyncio.sleep(LOOK_AGAIN)
