"""The words of the live protocol, version 1: what a client may say, what the hub says. See docs/live-protocol.md."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeAlias

import msgspec

from hub.realtime.fastpath import text_frame
from hub.words.errors import Malformed, Refused

VERSION = 1
INBOX = "inbox"

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Position(msgspec.Struct, frozen=True):
    """A place in a stream: everything up to and including ``seq`` is known, as long as the epoch is the same."""

    epoch: Id
    seq: Number


# --- the client says ----------------------------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag_field="t", tag="hello"):
    """The first frame. The ticket travels here and never in the URL, which ends up in logs."""

    v: int
    ticket: Annotated[str, msgspec.Meta(max_length=4096)]
    device: Id
    resume: dict[str, Position] = {}


class Resume(msgspec.Struct, frozen=True, tag_field="t", tag="resume"):
    """Start a stream again from a known position, on the same socket."""

    stream: Name
    epoch: Id
    seq: Number


class Ack(msgspec.Struct, frozen=True, tag_field="t", tag="ack"):
    """This device has everything of the stream up to ``seq``."""

    stream: Name
    seq: Number


class Sub(msgspec.Struct, frozen=True, tag_field="t", tag="sub"):
    """Listen to a topic; ``from`` when it was listened to before."""

    topic: Name
    since: Position | None = None


class Unsub(msgspec.Struct, frozen=True, tag_field="t", tag="unsub"):
    topic: Name


class Cmd(msgspec.Struct, frozen=True, tag_field="t", tag="cmd"):
    """A plugin's command at a place; ``id`` comes back with the answer."""

    id: Id
    place: Name
    name: Name
    body: msgspec.Raw = msgspec.Raw(b"{}")


class Ping(msgspec.Struct, frozen=True, tag_field="t", tag="ping"):
    """The application's heartbeat: mini programs cannot send protocol pings."""


ClientFrame: TypeAlias = Hello | Resume | Ack | Sub | Unsub | Cmd | Ping


# --- the hub says -------------------------------------------------------------------------------------------------------


class Welcome(msgspec.Struct, frozen=True, tag_field="t", tag="welcome"):
    """The session is open. ``heartbeat`` in seconds. A stream that was not resumed goes on behind its position."""

    v: int
    session: str
    streams: dict[str, Position]
    heartbeat: float


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One message of the inbox, or the withdrawal of an earlier one (``ref`` is its id)."""

    id: str
    kind: str
    message: str
    title: str
    body: str
    at: datetime
    county: str | None = None
    code: str | None = None
    link: str | None = None
    urgent: bool = False
    ref: str | None = None


class Msg(msgspec.Struct, frozen=True, tag_field="t", tag="msg", omit_defaults=True, gc=False):
    """The next message of a stream: ``entry`` in the inbox, ``body`` on a topic."""

    stream: str
    seq: int
    entry: Entry | None = None
    body: msgspec.Raw | None = None


class Joined(msgspec.Struct, frozen=True, tag_field="t", tag="joined"):
    """A topic is listened to; what follows comes behind this position."""

    stream: str
    epoch: str
    seq: int


class Reset(msgspec.Struct, frozen=True, tag_field="t", tag="reset"):
    """The history behind the client's position is gone: take a snapshot; the stream goes on behind this position."""

    stream: str
    epoch: str
    seq: int


class Reply(msgspec.Struct, frozen=True, tag_field="t", tag="reply"):
    id: str
    body: Any = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The hub's one shape of errors."""

    code: str
    message: str
    fields: dict[str, str] = {}
    request_id: str = ""
    state: dict[str, Any] | None = None
    retry_after: float | None = None


class Error(msgspec.Struct, frozen=True, tag_field="t", tag="error", omit_defaults=True):
    error: Problem
    id: str | None = None


class Pong(msgspec.Struct, frozen=True, tag_field="t", tag="pong"):
    pass


class Move(msgspec.Struct, frozen=True, tag_field="t", tag="move"):
    """This node is about to stop: connect again after so many milliseconds, with this ticket."""

    after_ms: int
    ticket: str


ServerFrame: TypeAlias = Welcome | Msg | Joined | Reset | Reply | Error | Pong | Move

_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_encoder = msgspec.json.Encoder()


def read(data: str | bytes) -> ClientFrame:
    """What a client said, or Malformed."""
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        # Nested without end is malformed, too, and no failure of ours.
        # The reason would repeat what was sent; a client's author finds the protocol in docs/live-protocol.md.
        raise Malformed("实时消息格式不正确。") from None


def written(frame: ServerFrame) -> bytes:
    """The bytes on the wire, websocket header included."""
    return text_frame(_encoder.encode(frame))


def refusal_body(error: Refused) -> bytes:
    """A refusal as the body of an HTTP answer."""
    return _encoder.encode(refusal(error))


def refusal(error: Refused, *, request_id: str = "", id: str | None = None) -> Error:
    """What the client is told of a refusal."""
    problem = Problem(
        code=error.code,
        message=error.text,
        fields=error.fields,
        request_id=request_id,
        state=error.state,
        retry_after=error.retry_after,
    )
    return Error(problem, id)


PONG = written(Pong())
