"""Who gets a live session, and who does not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from pymongo.errors import AutoReconnect
from tornado.websocket import WebSocketClosedError

from hub.identity.sessions import Sessions
from hub.realtime.bus import InProcessBus
from hub.realtime.redis_bus import RedisBus
from hub.realtime.sessions import LiveSession
from hub.realtime.settings import LiveSettings
from hub.realtime.topics import Address
from hub.words.actors import Actor
from hub.words.errors import TooMany
from tests.realtime.nodes import Node, Phone, Town, at, until
from tests.world import ANJU, SHEHONG


async def test_a_message_reaches_the_phone_of_its_person_and_nobody_else(node: Node) -> None:
    """Two people, one message."""
    mine, _ = await Phone.open(node, await node.town.sign_in("p1"))
    other, _ = await Phone.open(node, await node.town.sign_in("p2"))

    await node.push("p1", body="请受理")

    frame = await mine.hear()
    assert (frame["t"], frame["stream"], frame["seq"], frame["entry"]["body"]) == ("msg", "inbox", 1, "请受理")
    assert await other.is_quiet()


async def test_the_same_person_in_another_app_hears_nothing(node: Node) -> None:
    """Inbox and live stream are keyed by person and app."""
    here, _ = await Phone.open(node, await node.town.sign_in("p1", "ydsh"))
    there, _ = await Phone.open(node, await node.town.sign_in("p1", "ydjd"))

    await node.push("p1", app="ydsh")

    assert await here.hear_many(1) == [1]
    assert await there.is_quiet()


async def test_nothing_personal_is_in_a_frame(node: Node) -> None:
    """The frame carries what is shown and where it leads; not whose it is."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    await node.push("p1")

    entry = (await phone.hear())["entry"]
    assert set(entry) == {"id", "kind", "message", "title", "body", "at", "county", "code"}


@pytest.mark.parametrize("wrong", ["", "x", "a.b.c.d", "p1.1999999999999.00.ff", "票据"])
async def test_a_forged_ticket_is_refused(node: Node, wrong: str) -> None:
    """Whatever it looks like."""
    phone = await Phone.dial(node)

    await phone.hello(wrong)

    error = (await phone.hear())["error"]
    assert (error["code"], await phone.ended()) == ("bad_ticket", 4401)
    assert error["message"] and error["request_id"]


async def test_a_ticket_with_one_letter_changed_is_refused(node: Node) -> None:
    """The signature covers all of it."""
    ticket = node.town.tickets.issue(await node.town.sign_in("p1"))
    phone = await Phone.dial(node)

    await phone.hello(ticket[:-1] + ("0" if ticket[-1] != "0" else "1"))

    assert await phone.ended() == 4401


async def test_a_ticket_is_good_once(node: Node) -> None:
    """Who reads it from a wire has nothing."""
    actor = await node.town.sign_in("p1")
    ticket = node.town.tickets.issue(actor)
    first, second = await Phone.dial(node), await Phone.dial(node)
    await first.hello(ticket)
    assert (await first.hear())["t"] == "welcome"

    await second.hello(ticket)

    assert (await second.hear())["error"]["code"] == "bad_ticket"
    assert await second.ended() == 4401
    assert await first.is_quiet()


async def test_a_ticket_of_thirty_seconds_ago_is_refused(node: Node) -> None:
    """It lives for as long as connecting takes."""
    ticket = node.town.tickets.issue(await node.town.sign_in("p1"))
    phone = await Phone.dial(node)
    node.town.world.clock.advance(timedelta(seconds=31))

    await phone.hello(ticket)

    assert "过期" in (await phone.hear())["error"]["message"]
    assert await phone.ended() == 4401


async def test_who_says_nothing_is_sent_away(town: Town) -> None:
    """Five seconds for the hello."""
    watch = Stopwatch()
    node = await town.start(LiveSettings(sweep_every=timedelta(hours=1)), now=watch)
    silent = await Phone.dial(node)
    await asyncio.sleep(0)
    welcomed, _ = await Phone.open(node, await town.sign_in("p1"))

    watch.seconds += 5.1
    node.live.sessions.sweep()

    assert await silent.ended() == 4408
    assert await welcomed.is_quiet()


async def test_a_dead_socket_is_a_ghost_for_less_than_thirty_seconds(town: Town) -> None:
    """It is asked with protocol pings first; who answers stays."""
    watch = Stopwatch()
    node = await town.start(LiveSettings(sweep_every=timedelta(hours=1)), now=watch)
    dead, _ = await Phone.open(node, await town.sign_in("p1"))
    alive, _ = await Phone.open(node, await town.sign_in("p2"))
    deafen(dead)

    for _ in range(28):
        watch.seconds += 1
        node.live.sessions.sweep()
        await alive.is_quiet()

    assert not node.live.sessions.is_present("p1")
    assert node.live.sessions.is_present("p2")


async def test_a_revoked_session_loses_its_socket_at_once_by_the_change_stream(node: Node) -> None:
    """And another session of the same person keeps its own."""
    town = node.town
    following = asyncio.create_task(town.sessions.follow())
    lost, kept = await town.sign_in("p1"), await town.sign_in("p1")
    (loser, _), (keeper, _) = await Phone.open(node, lost), await Phone.open(node, kept)
    assert lost.session is not None

    await town.sessions.revoke(None, lost.session, "revoked")

    assert await loser.ended() == 4401
    assert await keeper.is_quiet()
    following.cancel()


async def test_a_revoked_session_loses_its_socket_without_the_change_stream_too(town: Town) -> None:
    """All sign-ins are looked at every few seconds, many in one query."""
    node = await town.start(LiveSettings(revoked_every=timedelta(milliseconds=50)))
    actor = await town.sign_in("p1")
    phone, _ = await Phone.open(node, actor)
    assert actor.session is not None

    await town.sessions.revoke(None, actor.session, "revoked")

    assert (await phone.hear())["error"]["code"] == "not_signed_in"
    assert await phone.ended() == 4401


async def test_what_is_said_after_the_end_is_not_heard(node: Node) -> None:
    """Signed out, the peer leaves the close frame unanswered and gives a command."""
    actor = await node.town.sign_in("p1")
    phone, _ = await Phone.open(node, actor)
    deafen(phone)
    node.live._apply(node.live.sessions.of_login(actor.session or ""), None)

    await phone.say({"t": "cmd", "id": "1", "place": ANJU, "name": "pad.echo", "body": {"text": "x"}})
    phone.cut()

    await until(lambda: node.count("hub_live_closes_total", code="1006") == 1)
    assert node.count("hub_live_heard_total", type="hello") == 1
    assert node.count("hub_live_heard_total", type="cmd") == 0


@pytest.mark.parametrize(
    ("limits", "second"),
    [({"max_sessions": 1}, "p2"), ({"max_sessions_of_address": 1}, "p2"), ({"max_sessions_of_person": 1}, "p1")],
)
async def test_a_limit_refuses_with_a_time_to_come_back(town: Town, limits: dict[str, int], second: str) -> None:
    """Per node, per address, per person; the times differ, so that they do not come back together."""
    node = await town.start(LiveSettings(**limits))
    first, _ = await Phone.open(node, await town.sign_in("p1"))

    refusals = [await refused(node, second) for _ in range(4)]

    assert all(5 <= seconds <= 30 for seconds in refusals)
    assert len(set(refusals)) > 1
    assert await first.is_quiet()


async def test_a_place_is_free_again_when_a_phone_leaves(town: Town) -> None:
    """Counters go down with every way of leaving."""
    node = await town.start(LiveSettings(max_sessions_of_person=1))
    actor = await town.sign_in("p1")

    for _ in range(3):
        phone, _ = await Phone.open(node, actor)
        phone.cut()
        await until(lambda: not node.live.sessions.is_present("p1"))

    assert len(node.live.sessions) == 0
    assert node.live._inboxes._streams["p1:ydsh"].listeners == 0


async def test_before_a_stop_everybody_gets_a_ticket_and_a_moment_of_their_own(town: Town, redis_url: str) -> None:
    """They move to the other node one after the other; nobody new is let in."""
    settings = LiveSettings(move_over=timedelta(milliseconds=400))
    old, new = [await town.start(settings, RedisBus(redis_url, f"n{at}")) for at in range(2)]
    phones = [await Phone.open(old, await town.sign_in(f"p{n}")) for n in range(4)]
    draining = asyncio.create_task(old.live.drain())

    moves = [await phone.hear() for phone, _ in phones]
    moved = [await Phone.dial(new) for _ in moves]
    for phone, move, (_, welcome) in zip(moved, moves, phones, strict=True):
        await phone.hello(move["ticket"], resume=at(welcome))

    assert sorted(move["after_ms"] for move in moves) == [0, 100, 200, 300]
    assert [(await phone.hear())["t"] for phone in moved] == ["welcome"] * 4
    assert await refused(old, "late") > 0
    await draining
    assert [await phone.ended() for phone, _ in phones] == [4001] * 4


async def test_another_sites_page_cannot_open_a_socket(node: Node) -> None:
    """Refused at the upgrade, in the one error shape."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(
        b"GET /ws HTTP/1.1\r\nHost: hub\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: https://evil.example\r\n\r\n"
    )

    answer = await reader.readuntil(b"}}")

    assert answer.startswith(b"HTTP/1.1 403")
    assert b'"error":{"code":"forbidden"' in answer
    writer.close()


async def test_a_plain_request_gets_an_error_in_the_one_shape(node: Node) -> None:
    """Somebody opens the address in a browser."""
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(b"GET /ws HTTP/1.1\r\nHost: hub\r\n\r\n")

    answer = await reader.readuntil(b"}}")

    assert answer.startswith(b"HTTP/1.1 426")
    assert b'"error":{"code":"malformed"' in answer
    writer.close()


class Stopwatch:
    """A monotonic clock that stands still."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


async def refused(node: Node, person: str) -> float:
    """When a phone that is not let in may come again."""
    phone = await Phone.dial(node)
    ticket = node.town.tickets.issue(await node.town.sign_in(person))
    # A full node does not wait for the hello.
    with suppress(WebSocketClosedError):
        await phone.hello(ticket)
    frame = await phone.hear()
    assert frame["error"]["code"] == "too_many", frame
    assert await phone.ended() == 4429
    return float(frame["error"]["retry_after"])


def deafen(phone: Phone) -> None:
    """The phone's programs stand still: nothing is read, so nothing is answered."""
    assert phone.socket.protocol is not None
    phone.socket.protocol._handle_message = lambda opcode, data: None  # type: ignore[method-assign,assignment]


async def test_a_county_has_its_share_and_no_more(town: Town) -> None:
    """Staff of one county fill it; another county's, and residents, are let in."""
    node = await town.start(LiveSettings(max_sessions_of_county=1))
    anju, shehong, resident = town.world.staff(ANJU), town.world.staff(SHEHONG), await town.sign_in("p1", "ykt")
    sockets = [await next_socket(node) for _ in range(4)]

    node.live.sessions.bind(sockets[0], anju, "phone")
    with pytest.raises(TooMany) as refusal:
        node.live.sessions.bind(sockets[1], anju, "phone")
    node.live.sessions.bind(sockets[2], shehong, "phone")
    node.live.sessions.bind(sockets[3], resident, "phone")

    assert 5 <= (refusal.value.retry_after or 0) <= 30
    assert [socket.actor is not None for socket in sockets] == [True, False, True, True]


async def test_who_loses_a_right_loses_the_topics_that_came_with_it(node: Node) -> None:
    """The session goes on, under the new rights."""
    actor = await node.town.sign_in("p1")
    phone, _ = await Phone.open(node, actor)
    await phone.say({"t": "sub", "topic": f"pad.board:{ANJU}"})
    assert (await phone.hear())["t"] == "joined"

    node.live._apply(list(node.live.sessions), msgspec.structs.replace(actor, kind="resident"))

    assert (await phone.hear())["error"]["code"] == "forbidden"
    node.live.announce(Address("pad.board", ANJU), 1)
    assert await phone.is_quiet()


async def test_rights_that_change_reach_the_socket_without_the_change_stream_too(town: Town) -> None:
    """As after a failover, or while the socket was being opened: all sign-ins are compared every few seconds."""
    node = await town.start(LiveSettings(revoked_every=timedelta(milliseconds=50)))
    people = town.world.database["people"]
    await people.insert_one({"_id": "p1", "name": "", "assurance": "claimed"})
    phone, _ = await Phone.open(node, await town.sign_in("p1", "ykt"))

    await people.update_one({"_id": "p1"}, {"$set": {"assurance": "proved"}})
    await town.world.database.transaction(lambda session: town.sessions.rights_changed(session, ["p1"]))

    await until(lambda: assurances(node) == ["proved"])
    assert await phone.is_quiet()


async def test_a_database_that_fails_once_does_not_end_the_following_of_rights(town: Town) -> None:
    """The one change is left to the next look at all sign-ins, which is far off here; what changes next is followed."""
    node = await town.start(LiveSettings(revoked_every=timedelta(hours=1)))
    actor = await town.sign_in("p1")
    phone, _ = await Phone.open(node, actor)
    node.live._logins = FailsOnce(town.sessions)
    node.live._login_changed(actor.session or "")
    await until(lambda: not node.live._following)

    await town.sessions.revoke(None, actor.session or "", "revoked")
    node.live._login_changed(actor.session or "")

    assert await phone.ended() == 4401


async def test_a_right_that_is_lost_while_a_topic_is_opened_does_not_count(town: Town) -> None:
    """The bus takes its time; meanwhile the actor has become somebody who may not listen."""
    bus = SlowBus()
    node = await town.start(bus=bus)
    actor = await town.sign_in("p1")
    phone, _ = await Phone.open(node, actor)
    await phone.say({"t": "sub", "topic": f"pad.board:{ANJU}"})
    await bus.asked.wait()

    node.live._apply(list(node.live.sessions), msgspec.structs.replace(actor, kind="resident"))
    bus.go.set()

    assert (await phone.hear())["error"]["code"] == "forbidden"
    node.live.announce(Address("pad.board", ANJU), 1)
    assert await phone.is_quiet()


class FailsOnce:
    """Sign-ins in a database that does not answer the first question."""

    def __init__(self, logins: Sessions) -> None:
        self._logins = logins
        self._failed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logins, name)

    async def actor_of(self, session_id: str) -> Actor | None:
        if not self._failed:
            self._failed = True
            raise AutoReconnect("no primary")
        return await self._logins.actor_of(session_id)


class SlowBus(InProcessBus):
    """Takes its time with topics."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def listen(self, name: str) -> None:
        if name.startswith("pad."):
            self.asked.set()
            await self.go.wait()


def assurances(node: Node) -> list[str]:
    """How sure the node is of those who have a socket."""
    return [session.actor.assurance for session in node.live.sessions if session.actor]


async def next_socket(node: Node) -> LiveSession:
    """A socket that has said nothing yet."""
    before = set(node.live.sessions)
    await Phone.dial(node)
    await until(lambda: len(node.live.sessions) > len(before))
    [session] = set(node.live.sessions) - before
    return session
