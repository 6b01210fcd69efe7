"""Sessions: tokens, limits in time, ending them on every node; tickets and hand-over."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest

from hub.identity.sessions import Sessions
from hub.identity.settings import IdentitySettings
from hub.identity.staff import PositionWanted
from hub.identity.tickets import BadTicket
from hub.words.actors import Actor
from hub.words.errors import NotFound, NotSignedIn
from tests.waiting import until

from .conftest import TOWN


@contextlib.asynccontextmanager
async def other_node(desk):
    """A second node's sessions, following the changes; its clock stands still, so nothing is forgotten by age."""
    sessions = Sessions(desk.database, desk.clock, IdentitySettings())
    following = asyncio.create_task(sessions.follow())
    await asyncio.sleep(0)
    yield sessions
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


# --- tokens ---------------------------------------------------------------------------------------------------------


async def test_the_token_is_not_in_the_database(desk):
    token, _ = await desk.resident("li")

    rows = await desk.database["sessions"].find({}).to_list(None)

    assert token not in str(rows)


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "session:" + "x" * 43, "\x00", "李"])
async def test_a_made_up_token_is_nobody(desk, token):
    await desk.resident("li")

    assert await desk.identity.sessions.actor(token, "ykt") is None


async def test_a_stored_session_id_opens_nothing(desk):
    _, actor = await desk.resident("li")

    assert await desk.identity.sessions.actor(actor.session, "ykt") is None


async def test_a_token_is_good_in_its_own_app_only(desk):
    token, _ = await desk.resident("li")

    assert await desk.identity.sessions.actor(token, "ydsh") is None


# --- limits in time -------------------------------------------------------------------------------------------------


async def test_a_desk_session_ends_after_thirty_minutes_without_use(desk):
    await desk.hire("zhoumin")
    token, _ = await desk.staff("zhoumin", "ops")

    desk.clock.advance(timedelta(minutes=30))

    assert await desk.identity.sessions.actor(token, "ops") is None


async def test_a_desk_session_in_use_lasts_twelve_hours_and_no_longer(desk):
    await desk.hire("zhoumin")
    token, _ = await desk.staff("zhoumin", "ops")

    alive = []
    for _ in range(36):
        desk.clock.advance(timedelta(minutes=20))
        alive.append(await desk.identity.sessions.actor(token, "ops") is not None)

    assert alive == [True] * 35 + [False]


async def test_a_remembered_actor_does_not_outlive_its_session(desk):
    await desk.hire("zhoumin")
    token, _ = await desk.staff("zhoumin", "ops")
    desk.clock.advance(timedelta(minutes=28))
    await desk.actor(token, "ops")
    desk.clock.advance(timedelta(minutes=29, seconds=58))
    await desk.actor(token, "ops")

    desk.clock.advance(timedelta(minutes=30))

    assert await desk.identity.sessions.actor(token, "ops") is None


async def test_the_cache_is_bounded(desk):
    sessions = Sessions(desk.database, desk.clock, IdentitySettings(actors_remembered=3))
    actors = [(await desk.resident(person))[1] for person in "abcdef"]

    for actor in actors:
        await sessions.actor_of(actor.session)

    assert len(sessions._remembered) == 3


async def test_the_eleventh_session_of_an_app_ends_the_oldest(desk):
    tokens = []
    for _ in range(11):
        tokens.append((await desk.resident("li"))[0])
        desk.clock.advance(timedelta(seconds=1))

    alive = [await desk.identity.sessions.actor(token, "ykt") is not None for token in tokens]

    assert alive == [False] + [True] * 10


async def test_old_sessions_are_swept_and_living_ones_are_not(desk):
    await desk.hire("zhoumin")
    await desk.staff("zhoumin", "ops")
    desk.clock.advance(timedelta(days=31))
    await desk.staff("zhoumin", "ops")

    await desk.identity.sweep(desk.clock.now())

    assert await desk.database["sessions"].count_documents({}) == 1


# --- ending ---------------------------------------------------------------------------------------------------------


async def test_signing_out_ends_this_session_alone(desk):
    (gone, actor), (kept, _) = await desk.resident("li"), await desk.resident("li")

    await desk.call("POST", "/signin/out", actor=actor)

    sessions = desk.identity.sessions
    assert (await sessions.actor(gone, "ykt"), await sessions.actor(kept, "ykt") is None) == (None, False)


async def test_my_sessions_are_listed_with_the_current_one_marked(desk):
    await desk.resident("li")
    desk.clock.advance(timedelta(seconds=1))
    _, actor = await desk.resident("li")

    listed = await desk.call("GET", "/me/sessions", actor=actor)

    assert [each.current for each in listed.items] == [True, False]


async def test_i_can_end_my_lost_phones_session(desk):
    lost, there = await desk.resident("li")
    _, here = await desk.resident("li")

    await desk.call("DELETE", "/me/sessions/{session_id}", actor=here, session_id=there.session)

    assert await desk.identity.sessions.actor(lost, "ykt") is None


async def test_nobody_ends_anothers_session(desk):
    token, victim = await desk.resident("li")
    _, other = await desk.resident("wang")

    with pytest.raises(NotFound):
        await desk.call("DELETE", "/me/sessions/{session_id}", actor=other, session_id=victim.session)

    assert await desk.identity.sessions.actor(token, "ykt") is not None


async def test_ending_all_others_keeps_this_one(desk):
    for _ in range(3):
        token, actor = await desk.resident("li")

    answer = await desk.call("DELETE", "/me/sessions", actor=actor)

    assert (answer.ended, await desk.identity.sessions.actor(token, "ykt") is None) == (2, False)


async def test_of_many_sessions_those_are_told_that_ended_or_may_do_something_else(desk):
    await desk.hire("zhoumin")
    out, idle = (await desk.resident("li"))[1], (await desk.staff("zhoumin", "ops"))[1]
    await desk.call("POST", "/signin/out", actor=out)
    desk.clock.advance(timedelta(minutes=31))
    alive, other = (await desk.resident("li"))[1], (await desk.resident("wang"))[1]
    await desk.database.transaction(lambda session: desk.identity.sessions.rights_changed(session, [other.person]))

    known = {each.session: each.rights for each in (out, idle, alive, other)}
    outdated = await desk.identity.sessions.outdated({**known, "unknown": 0})

    assert outdated == {out.session, idle.session, other.session, "unknown"}


async def test_another_node_hears_that_a_session_was_ended(desk):
    async with other_node(desk) as node:
        token, actor = await desk.resident("li")
        heard = []
        node.changed.append(heard.append)
        # The stream may still be opening: ask until the node remembers and the session is listed as changed.
        assert await node.actor(token, "ykt") is not None

        await desk.call("POST", "/signin/out", actor=actor)

        await until(lambda: _is_none(node.actor(token, "ykt")))


async def test_another_node_hears_that_a_position_was_given(desk):
    await desk.hire("zhoumin")
    async with other_node(desk) as node:
        token, actor = await desk.staff("zhoumin")
        assert (await node.actor(token, "ydsh")).positions == ()

        wanted = PositionWanted(role="handler", region=TOWN)
        await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, actor.person, wanted))

        await until(lambda: _has_positions(node, token))


async def test_without_the_stream_an_ended_session_is_forgotten_after_five_seconds(desk):
    deaf = Sessions(desk.database, desk.clock, IdentitySettings())
    token, actor = await desk.resident("li")
    await deaf.actor(token, "ykt")
    await desk.call("POST", "/signin/out", actor=actor)

    remembered = await deaf.actor(token, "ykt")
    desk.clock.advance(timedelta(seconds=5))

    assert (remembered is None, await deaf.actor(token, "ykt")) == (False, None)


async def test_a_session_ended_while_it_was_read_is_not_remembered(desk, monkeypatch):
    sessions = desk.identity.sessions
    token, actor = await desk.resident("li")
    sessions.forget(actor.session)
    behind = Sessions._actor_behind

    async def ended_meanwhile(self, session, who, now):
        found = await behind(self, session, who, now)
        await desk.call("POST", "/signin/out", actor=actor)
        return found

    monkeypatch.setattr(Sessions, "_actor_behind", ended_meanwhile)
    await sessions.actor(token, "ykt")
    monkeypatch.undo()

    assert await sessions.actor(token, "ykt") is None


async def test_noting_use_does_not_disturb_other_nodes(desk):
    await desk.hire("zhoumin")
    token, actor = await desk.staff("zhoumin", "ops")
    async with other_node(desk) as node:
        await node.actor(token, "ops")
        heard = []
        node.changed.append(heard.append)
        desk.clock.advance(timedelta(minutes=10))
        await desk.actor(token, "ops")

        ended = (await desk.resident("li"))[1]
        await until(lambda: _ended_is_heard(desk, ended, heard))

    assert actor.session not in heard


async def _is_none(asking):
    return await asking is None


async def _has_positions(node, token):
    actor = await node.actor(token, "ydsh")
    return actor is not None and bool(actor.positions)


async def _ended_is_heard(desk, ended, heard):
    """Change that session again and again until the stream, whenever it opened, has told of it."""
    await desk.database["sessions"].update_one({"_id": ended.session}, {"$inc": {"rights": 1}})
    return ended.session in heard


# --- tickets --------------------------------------------------------------------------------------------------------


async def test_a_ticket_tells_who_comes(desk):
    _, actor = await desk.resident("li")
    answer = await desk.call("POST", "/me/ticket", actor=actor)

    found = await desk.identity.tickets.redeem(answer.ticket)

    assert (found.person, found.session, answer.expires_in) == (actor.person, actor.session, 30)


async def test_a_ticket_is_good_once_however_many_try(desk):
    _, actor = await desk.resident("li")
    ticket = desk.identity.tickets.issue(actor)

    outcomes = await asyncio.gather(*(desk.identity.tickets.redeem(ticket) for _ in range(5)), return_exceptions=True)

    assert sum(isinstance(outcome, BadTicket) for outcome in outcomes) == 4


async def test_many_tickets_at_once_each_pass_once(desk):
    _, actor = await desk.resident("li")
    tickets = [desk.identity.tickets.issue(actor) for _ in range(50)]

    outcomes = await asyncio.gather(
        *(desk.identity.tickets.redeem(ticket) for ticket in tickets * 2), return_exceptions=True
    )

    assert [sum(isinstance(o, kind) for o in outcomes) for kind in (Actor, BadTicket)] == [50, 50]


async def test_a_ticket_ends_after_thirty_seconds(desk):
    _, actor = await desk.resident("li")
    ticket = desk.identity.tickets.issue(actor)
    desk.clock.advance(timedelta(seconds=30))

    with pytest.raises(BadTicket, match="过期"):
        await desk.identity.tickets.redeem(ticket)


async def test_a_ticket_dies_with_its_session(desk):
    _, actor = await desk.resident("li")
    ticket = desk.identity.tickets.issue(actor)
    await desk.call("POST", "/signin/out", actor=actor)

    with pytest.raises(BadTicket, match="重新登录"):
        await desk.identity.tickets.redeem(ticket)


async def test_a_changed_ticket_is_refused(desk):
    (_, li), (_, wang) = await desk.resident("li"), await desk.resident("wang")
    ticket = desk.identity.tickets.issue(li)

    for forged in (
        ticket.replace(li.session, wang.session),
        ticket[:-1],
        ticket + "0",
        "",
        "...",
        "李.1.2.3",
        "x" * 5000,
    ):
        with pytest.raises(BadTicket):
            await desk.identity.tickets.redeem(forged)


async def test_used_tickets_are_swept_when_they_have_expired(desk):
    _, actor = await desk.resident("li")
    await desk.identity.tickets.redeem(desk.identity.tickets.issue(actor))
    desk.clock.advance(timedelta(seconds=31))

    await desk.identity.sweep(desk.clock.now())

    assert await desk.database["used_tickets"].count_documents({}) == 0


# --- hand-over ------------------------------------------------------------------------------------------------------


async def test_a_handover_opens_a_session_of_its_own_for_the_same_person(desk):
    _, actor = await desk.resident("li")
    code = (await desk.call("POST", "/me/handover", actor=actor)).code

    answer = await desk.call("POST", "/signin/handover", {"code": code})

    opened = await desk.actor(answer.token, "ykt")
    assert (opened.person, opened.session != actor.session) == (actor.person, True)


async def test_a_handover_code_is_good_once(desk):
    _, actor = await desk.resident("li")
    code = (await desk.call("POST", "/me/handover", actor=actor)).code

    outcomes = await asyncio.gather(
        *(desk.call("POST", "/signin/handover", {"code": code}) for _ in range(4)), return_exceptions=True
    )

    assert sum(isinstance(outcome, NotSignedIn) for outcome in outcomes) == 3


async def test_a_handover_code_ends_after_a_minute(desk):
    _, actor = await desk.resident("li")
    code = (await desk.call("POST", "/me/handover", actor=actor)).code
    desk.clock.advance(timedelta(seconds=60))

    with pytest.raises(NotSignedIn, match="重新打开"):
        await desk.call("POST", "/signin/handover", {"code": code})


async def test_a_handover_code_dies_with_the_session_that_made_it(desk):
    _, actor = await desk.resident("li")
    code = (await desk.call("POST", "/me/handover", actor=actor)).code
    await desk.call("POST", "/signin/out", actor=actor)

    with pytest.raises(NotSignedIn):
        await desk.call("POST", "/signin/handover", {"code": code})
