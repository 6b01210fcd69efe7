"""What the log says of requests, and what it never says."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import msgspec
import pytest
import structlog

from hub.web import logs
from hub.words.personal import IdNumberText
from tests.web.small import SmallHub
from tests.world import ANJU, JUXIAN

NUMBER = "510904194403150023"


@pytest.fixture
def lines() -> Iterator[list[dict[str, object]]]:
    """The JSON lines written so far; logging is put back afterwards."""
    root, stream = logging.getLogger(), io.StringIO()
    before = (root.handlers, root.level, structlog.get_config())
    levels = {
        name: logging.getLogger(name).level
        for name in ("tornado.access", "tornado.general", "pymongo", "aiohttp", "asyncio")
    }
    logs.configure("info", stream=stream, cache=False)
    yield _Lines(stream)
    root.handlers, level, config = before
    root.setLevel(level)
    structlog.configure(**config)
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


class _Lines(list[dict[str, object]]):
    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    def __iter__(self):  # type: ignore[no-untyped-def]
        return (msgspec.json.decode(line) for line in self._stream.getvalue().splitlines())

    @property
    def text(self) -> str:
        return self._stream.getvalue()


async def test_each_request_is_one_line_without_its_url(hub: SmallHub, lines: _Lines) -> None:
    handler = await hub.handler(JUXIAN)

    answer = await handler.get(f"/api/v1/{JUXIAN}/notes/notes?limit=7", headers={"X-Request-Id": "of-this-test"})

    [line] = [line for line in lines if line["event"] == "request"]
    assert {
        name: line[name] for name in ("request_id", "route", "status", "plugin", "county", "method", "level", "person")
    } == {
        "request_id": "of-this-test",
        "route": "/api/v1/{place}/notes/notes",
        "status": answer.status,
        "plugin": "notes",
        "county": ANJU,
        "method": "GET",
        "level": "info",
        "person": handler.person,
    }
    assert "limit" not in lines.text
    assert "127.0.0.1" not in lines.text


async def test_what_breaks_is_logged_once_with_its_traceback_and_nothing_personal(hub: SmallHub, lines: _Lines) -> None:
    await hub.guest.get(f"/api/v1/{ANJU}/trials/crash?who=secret", headers={"X-Secret": "secret"})

    [line] = [line for line in lines if line["level"] == "error"]
    assert "in crash" in str(line["exception"])
    assert NUMBER not in lines.text
    assert "secret" not in lines.text


async def test_a_refusal_is_no_error(hub: SmallHub, lines: _Lines) -> None:
    await hub.guest.post(f"/api/v1/{ANJU}/trials/fields", {"id_number": NUMBER[:-1] + "4"})

    assert {line["level"] for line in lines} == {"info"}
    assert NUMBER[:-1] not in lines.text


def test_personal_values_and_telling_fields_are_starred(lines: _Lines) -> None:
    structlog.get_logger("hub.test").warning(
        "by mistake", who=IdNumberText(NUMBER), name="张三", note=f"called {NUMBER}, 13800138000"
    )

    [line] = list(lines)
    assert (line["who"], line["name"], line["note"]) == ("***", "***", "called ***, ***")


def test_lines_of_other_libraries_have_the_same_shape(lines: _Lines) -> None:
    logging.getLogger("somebody.else").warning("number %s", NUMBER)

    [line] = list(lines)
    assert (line["event"], line["level"], line["logger"]) == ("number ***", "warning", "somebody.else")
