"""docs/live-protocol.md is true: its examples are frames, and its close codes are those that a client gets."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from pymongo.errors import ServerSelectionTimeoutError

from hub.realtime import frames
from hub.realtime.sessions import Close
from hub.realtime.settings import LiveSettings
from tests.realtime.nodes import Phone, Town, until
from tests.realtime.test_sessions import Stopwatch

PAGE = (Path(__file__).parents[2] / "docs/live-protocol.md").read_text("utf-8")
CODES = {int(code): name for code, name in re.findall(r"^\| (\d{4}) \| ([a-z ]*?) *\|", PAGE, re.MULTILINE)}
BY_THE_WEBSOCKET = {1009: ""}
CALM = {"sweep_every": timedelta(hours=1)}
Provoke = Callable[[Town], Awaitable[int | None]]


def said_by(arrow: str) -> list[str]:
    """The example frames of one side, over as many lines as they have."""
    blocks = "\n".join(re.findall(r"```\n(.*?)```", PAGE, re.DOTALL))
    found = re.findall(rf"^{arrow} (.*(?:\n   .*)*)", blocks, re.MULTILINE)
    return [re.sub(r"\n\s*", "", text) for text in found]


def test_what_the_page_lets_a_client_say_is_a_frame() -> None:
    examples = said_by("→")

    heard = [type(frames.read(text)) for text in examples]

    assert set(heard) == set(get_args(frames.ClientFrame))


def test_what_the_page_lets_the_hub_say_is_a_frame() -> None:
    """With all that a frame must have, and nothing that it cannot have."""
    examples = [msgspec.json.decode(text) for text in said_by("←")]
    kinds = {kind.__struct_config__.tag: kind for kind in get_args(frames.ServerFrame)}

    for example in examples:
        fields = msgspec.structs.fields(kinds[example["t"]])
        assert set(example) <= {"t", *(field.name for field in fields)}, example
        assert set(example) >= {field.name for field in fields if field.required}, example

    assert {example["t"] for example in examples} == set(kinds)


def test_the_page_has_every_close_code() -> None:
    assert {code.value: code.name.lower().replace("_", " ") for code in Close} | BY_THE_WEBSOCKET == CODES


async def moved(town: Town) -> int | None:
    node = await town.start()
    phone, _ = await Phone.open(node, await town.sign_in("p1"))
    await node.live.drain()
    return await phone.ended()


async def malformed(town: Town) -> int | None:
    phone = await Phone.dial(await town.start())
    await phone.say("hello")
    return await phone.ended()


async def not_signed_in(town: Town) -> int | None:
    phone = await Phone.dial(await town.start())
    await phone.hello("no ticket")
    return await phone.ended()


async def no_hello(town: Town) -> int | None:
    watch = Stopwatch()
    node = await town.start(LiveSettings(**CALM), now=watch)
    phone = await Phone.dial(node)
    await until(lambda: len(node.live.sessions) == 1)
    watch.seconds += 6
    node.live.sessions.sweep()
    return await phone.ended()


async def silent(town: Town) -> int | None:
    watch = Stopwatch()
    node = await town.start(LiveSettings(**CALM), now=watch)
    phone, _ = await Phone.open(node, await town.sign_in("p1"))
    watch.seconds += 26
    node.live.sessions.sweep()
    return await phone.ended()


async def behind(town: Town) -> int | None:
    node = await town.start(LiveSettings(send_buffer=4096, coalesce=timedelta(0)))
    phone, _ = await Phone.open(node, await town.sign_in("p1"))
    stream: Any = phone.socket.protocol.stream if phone.socket.protocol else None
    handle, stream._handle_events = stream._handle_events, lambda fd, events: None
    while len(node.live.sessions):
        await node.push("p1", 20, body="很长的消息" * 200)
    stream._handle_events = handle
    return await phone.ended()


async def too_many(town: Town) -> int | None:
    phone = await Phone.dial(await town.start(LiveSettings(max_sessions=0)))
    return await phone.ended()


class DeadInbox:
    """A database that does not answer, as the inbox tells it."""

    def __getattr__(self, name: str) -> Any:
        async def fails(*given: Any) -> None:
            raise ServerSelectionTimeoutError

        return fails


async def unavailable(town: Town) -> int | None:
    node = await town.start(inbox=DeadInbox())
    phone = await Phone.dial(node)
    await phone.hello(town.tickets.issue(await town.sign_in("p1")))
    return await phone.ended()


async def too_long(town: Town) -> int | None:
    phone, _ = await Phone.open(await town.start(), await town.sign_in("p1"))
    await phone.say("x" * 20_000)
    return await phone.ended()


PROVOKED: dict[int, Provoke] = {
    Close.MOVED: moved,
    Close.MALFORMED: malformed,
    Close.NOT_SIGNED_IN: not_signed_in,
    Close.NO_HELLO: no_hello,
    Close.SILENT: silent,
    Close.BEHIND: behind,
    Close.TOO_MANY: too_many,
    Close.UNAVAILABLE: unavailable,
    1009: too_long,
}


@pytest.mark.parametrize("code", sorted(CODES))
async def test_a_client_is_closed_with_the_code_of_the_page(town: Town, code: int) -> None:
    got = await PROVOKED[code](town)

    assert got == code
