"""What a client may say, and what happens when it says something else."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from hub.realtime.fastpath import payload_of, text_frame
from hub.realtime.frames import read
from hub.realtime.settings import LiveSettings
from hub.words.errors import Malformed
from tests.realtime.nodes import Node, Phone, Town
from tests.world import ANJU, SHEHONG

MALFORMED = {
    "no JSON": "{",
    "no object": "[1]",
    "null": "null",
    "empty": "",
    "no type": "{}",
    "unknown type": '{"t":"hallo"}',
    "wrong type of a field": '{"t":"ack","stream":"inbox","seq":"1"}',
    "missing field": '{"t":"ack","stream":"inbox"}',
    "negative": '{"t":"ack","stream":"inbox","seq":-1}',
    "too big": '{"t":"ack","stream":"inbox","seq":99999999999999999999}',
    "long name": '{"t":"sub","topic":"' + "x" * 101 + '"}',
    "binary": b"\xff\xfe\x00",
    "nested without end": '{"t":"ping","x":' + "[" * 16_000,
    "nested deep in what is passed over": '{"t":"ping","x":' + "[" * 8_000 + "]" * 8_000 + "}",
    "a second hello": '{"t":"hello","v":1,"ticket":"x","device":"d"}',
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_frame_is_answered_in_the_one_error_shape(node: Node, frame: Any) -> None:
    """In Chinese, with a request id, without repeating what was sent; and the session goes on."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    await phone.socket.write_message(frame, binary=isinstance(frame, bytes))

    answer = await phone.hear()
    assert answer["t"] == "error"
    assert set(answer["error"]) == {"code", "message", "request_id"}
    assert answer["error"]["code"] == "malformed"
    assert await phone.is_quiet()


async def test_who_does_not_stop_is_sent_away(node: Node) -> None:
    """Three are forgiven."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    for _ in range(4):
        await phone.say("{")

    assert await phone.ended() == 4400


async def test_before_the_hello_nothing_is_forgiven(node: Node) -> None:
    """Nor listened to."""
    garbled, early = await Phone.dial(node), await Phone.dial(node)

    await garbled.say("{")
    await early.say({"t": "sub", "topic": f"pad.board:{ANJU}"})

    assert await garbled.ended() == 4400
    assert (await early.hear())["error"]["code"] == "not_signed_in"
    assert await early.ended() == 4401


async def test_a_client_of_another_version_is_told_so(node: Node) -> None:
    """Its ticket is not used up by it."""
    ticket = node.town.tickets.issue(await node.town.sign_in("p1"))
    old, new = await Phone.dial(node), await Phone.dial(node)

    await old.hello(ticket, v=0)

    assert (await old.hear())["error"]["code"] == "unknown_version"
    await new.hello(ticket)
    assert (await new.hear())["t"] == "welcome"


async def test_a_frame_over_the_limit_closes_the_socket(node: Node) -> None:
    """16 KB are far more than any command needs."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    await phone.say({"t": "cmd", "id": "1", "place": ANJU, "name": "pad.echo", "body": {"text": "x" * 17_000}})

    assert await phone.ended() == 1009


async def test_a_flood_is_ended(town: Town) -> None:
    """Two hundred frames in a second are no person."""
    node = await town.start(LiveSettings(sweep_every=timedelta(hours=1)))
    phone, _ = await Phone.open(node, await town.sign_in("p1"))

    await phone.flood({"t": "ping"} for _ in range(250))

    assert await phone.ended() == 4429


async def test_replays_from_the_beginning_again_and_again_are_a_flood_far_earlier(town: Town) -> None:
    """Each reads a page of the inbox from the database; twenty topics at once are no flood."""
    node = await town.start(LiveSettings(sweep_every=timedelta(hours=1)))
    phone, welcome = await Phone.open(node, await town.sign_in("p1"))
    many, _ = await Phone.open(node, await town.sign_in("p2"))

    await phone.flood({"t": "resume", "stream": "inbox", **welcome["streams"]["inbox"]} for _ in range(10))
    for number in range(20):
        await many.say({"t": "sub", "topic": f"pad.board:{ANJU}{number}"})

    assert await phone.ended() == 4429
    assert [(await many.hear())["t"] for _ in range(20)] == ["joined"] * 20


async def test_unknown_fields_are_passed_over(node: Node) -> None:
    """A newer client must be able to say more."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    await phone.say({"t": "ping", "since": "version 2"})

    assert (await phone.hear())["t"] == "pong"


@given(some.binary(max_size=200))
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    """The door never fails on what is pushed through it."""
    with suppress(Malformed):
        read(data)


@given(
    some.recursive(some.none() | some.integers() | some.text(max_size=20), lambda inner: some.lists(inner, max_size=4))
)
def test_no_json_raises_anything_but_malformed(value: Any) -> None:
    """Whatever stands in the fields."""
    for kind in ("hello", "resume", "ack", "sub", "unsub", "cmd", "ping"):
        frame = {
            "t": kind,
            "v": value,
            "ticket": value,
            "device": value,
            "resume": value,
            "stream": value,
            "seq": value,
        }
        with suppress(Malformed):
            read(msgspec.json.encode(frame))


@given(some.sampled_from([0, 1, 125, 126, 127, 65535, 65536, 70000]))
def test_a_frame_has_the_header_that_rfc_6455_wants(size: int) -> None:
    """Its three lengths of length."""
    payload = b"x" * size

    frame = text_frame(payload)

    assert payload_of(frame) == payload
    header = frame[: len(frame) - size]
    assert header[0] == 0x81
    assert int.from_bytes(header[2:]) == size if size > 125 else header[1:] == bytes([size])
    assert len(header) == (2 if size < 126 else 4 if size < 65536 else 10)


# --- commands -----------------------------------------------------------------------------------------------------------


async def command(phone: Phone, name: str, place: str = ANJU, **body: Any) -> Any:
    """The answer to a command."""
    await phone.say({"t": "cmd", "id": "c1", "place": place, "name": name, "body": body})
    answer = await phone.hear()
    assert answer["id"] == "c1", answer
    return answer


async def test_a_command_is_answered(node: Node) -> None:
    """It ran in its plugin, at the place that was named."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    answer = await command(phone, "pad.echo", text="好", times=2)

    assert answer == {"t": "reply", "id": "c1", "body": {"text": f"pad@{ANJU}: 好好", "times": 1}}


@pytest.mark.parametrize(
    ("name", "place"),
    [("pad.none", ANJU), ("none.echo", ANJU), ("pad.echo", SHEHONG), ("pad.echo", "999999"), ("echo", ANJU)],
)
async def test_a_command_that_is_unknown_or_off_does_not_exist(node: Node, name: str, place: str) -> None:
    """Off in 射洪: there it was never there."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    answer = await command(phone, name, place, text="x")

    assert (answer["t"], answer["error"]["code"], answer["error"]["message"]) == (
        "error",
        "not_found",
        "没有这个操作。",
    )


async def test_a_command_needs_its_permission(node: Node) -> None:
    """This person holds no position."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    answer = await command(phone, "pad.decide", text="x")

    assert answer["error"]["code"] == "forbidden"


async def test_a_wrong_body_names_the_field(node: Node) -> None:
    """In the one error shape, as the JSON API does."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    answer = await command(phone, "pad.echo", text="x", times="often")

    assert (answer["error"]["code"], list(answer["error"]["fields"])) == ("invalid", ["times"])


async def test_a_misspelt_field_of_a_command_is_told(node: Node) -> None:
    """Also by a command that reads none."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    typo = await command(phone, "pad.echo", text="x", tmies=2)
    none = await command(phone, "pad.taken", text="x")

    assert typo["error"]["fields"] == {"tmies": "没有这个字段，是否应为“times”？"}
    assert none["error"]["fields"] == {"text": "没有这个字段。"}


async def test_a_refusal_shows_the_current_state(node: Node) -> None:
    """Somebody was faster."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    answer = await command(phone, "pad.taken")

    assert (answer["error"]["code"], answer["error"]["state"]) == ("conflict", {"by": "p2"})


async def test_a_command_that_breaks_says_nothing_of_its_inside(node: Node) -> None:
    """And the session goes on."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    answer = await command(phone, "pad.break", text="秘密")

    assert answer["error"]["code"] == "unavailable"
    assert "秘密" not in str(answer)
    assert await phone.is_quiet()


@pytest.mark.parametrize("name", ["hang", "deaf"])
async def test_a_command_that_takes_too_long_is_ended(town: Town, name: str) -> None:
    """Ten seconds as set by default; here a moment. Also one that does not hear it."""
    node = await town.start(LiveSettings(command_within=timedelta(milliseconds=20)))
    phone, _ = await Phone.open(node, await town.sign_in("p1"))

    answer = await command(phone, f"pad.{name}")

    assert "超时" in answer["error"]["message"]
