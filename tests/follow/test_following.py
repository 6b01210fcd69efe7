"""L4 关注, 取消, P15: who hears of what moved in what they follow, and who does not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import Conflict, NotFound
from hub.identity.positions import POSITIONS
from hub.testing import ANJU, CITY, JUXIAN, SHEHONG
from hub.words.errors import Forbidden
from plugins.follow import handlers, telling
from plugins.follow.events import FollowersMoved
from tests.follow.conftest import LIST, PAGE, Followers

LUO = "510903199010012486"
MESSAGES, FOLLOWS = "message_board.messages", "follow.follows"


async def test_a_follower_hears_of_each_move_once(office: Followers) -> None:
    """What is heard again has the same key, by which the hub sends it once."""
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)

    await office.board.do("take", id)
    await office.world.database["events"].update_many({}, {"$set": {"state": "pending"}})
    await office.board.do("reply", id)

    said = {push.key: (push.data["moved"], push.data["state"]) for push in await office.heard(lin)}
    assert list(said.values()) == [("接办", "处理中"), ("回复", "已回复")]


async def test_what_is_said_names_nobody_and_says_nothing_that_was_written(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)

    await office.board.do("take", id)

    [push] = await office.heard(lin)
    words = office.words(push)
    stored = await office.board.stored(id)
    assert words.title == "关注的留言有变化：咨询 · 民政局"
    assert stored["number"] in words.body and not any(
        name in words.body for name in ("王", "罗勇", "高龄津贴什么时候发")
    )
    assert push.key == f"{id}:{stored['version']}"


async def test_the_list_says_what_moved_last_first_and_what_was_not_seen(office: Followers) -> None:
    lin, first, second = await office.leader(), await office.message(), await office.message()
    for id in (first, second):
        await office.follow(lin, id)

    await office.board.do("take", first)

    lines = await office.followed(lin)
    assert [(line.subject, line.moved, line.state, line.unread) for line in lines] == [
        (first, "接办", "处理中", True),
        (second, "留言", "待分派", False),
    ]


async def test_whoever_opens_it_has_seen_it(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)
    await office.board.do("take", id)

    shown = await office.look(lin, PAGE, kind="message", id=id)

    [line] = await office.followed(lin)
    assert (shown.view.unread, line.unread) == (True, False)
    assert [step.label for step in shown.view.steps] == ["留言", "接办"]


async def test_whoever_did_it_is_not_told(office: Followers) -> None:
    """A leader who is a handler as well: what they did themselves is no news to them, and news to another."""
    leads, handles = (
        office.position("leader", ANJU),
        office.position("handler", ANJU, bureau="民政局", node="message_board"),
    )
    both, lin, id = await office.employ("罗勇", leads, handles), await office.leader(), await office.message()
    for who in (both, lin):
        await office.follow(who, id)

    await office.board.do("take", id, both)

    [line] = await office.followed(both)
    assert (await office.heard(both), line.moved, line.unread) == ([], "接办", False)
    assert len(await office.heard(lin)) == 1


async def test_who_follows_no_more_hears_nothing_and_may_follow_again(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)
    await office.cancel(lin, id)
    await office.board.do("take", id)

    await office.follow(lin, id)
    await office.board.do("reply", id)

    assert [push.data["moved"] for push in await office.heard(lin)] == ["回复"]


async def test_to_follow_twice_is_to_follow_once(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    once = await office.follow(lin, id)

    again = await office.follow(lin, id)

    assert (once.since, len(await office.followed(lin))) == (again.since, 1)


async def test_who_has_lost_the_position_hears_nothing_and_finds_nothing(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)
    await office.without(POSITIONS, person=lin.person)

    await office.board.do("take", id)

    moved = office.acting(lin.person or "", office.position("leader", SHEHONG))
    assert (await office.heard(lin), await office.followed(moved, at=CITY)) == ([], [])


async def test_whoever_must_keep_away_by_now_hears_nothing_and_finds_nothing(office: Followers) -> None:
    """By their ID number, under whatever account."""
    lin = await office.employ("林峰", office.position("leader", ANJU), number=LUO)
    id = await office.message()
    await office.follow(lin, id)
    await office.change(MESSAGES, id, avoid_keys=[office.key(LUO)])

    await office.board.do("take", id)

    assert (await office.heard(lin), await office.followed(lin)) == ([], [])
    with pytest.raises(NotFound):
        await office.look(lin, PAGE, kind="message", id=id)


async def test_what_one_may_not_read_one_cannot_follow(office: Followers) -> None:
    """Another county's, another bureau's; and what there is not."""
    id = await office.message()
    others = [
        await office.leader("甲", SHEHONG),
        await office.leader("乙", bureau="水利局"),
        await office.leader("丙", JUXIAN),
    ]

    for who, kind, subject in ((others[0], "message", id), (others[1], "message", id), (others[2], "message", id)):
        with pytest.raises(NotFound):
            await office.follow(who, subject, kind)
    with pytest.raises(NotFound):
        await office.follow(await office.leader(), id, "weather")


async def test_a_handler_follows_nothing(office: Followers) -> None:
    clerk, id = await office.staff("handler"), await office.message()

    with pytest.raises(Forbidden):
        await office.follow(clerk, id)


async def test_a_leader_of_the_city_follows_at_either_place_and_finds_it_at_the_city(office: Followers) -> None:
    above = await office.leader("市领导", CITY)
    here, there = await office.message(), await office.message(SHEHONG)
    await office.follow(above, here)
    await office.follow(above, there, at=CITY)

    await office.board.do("take", here)

    lines = await office.followed(above, at=CITY)
    assert [(line.subject, line.at, line.href) for line in lines] == [
        (here, ANJU, f"/{ANJU}/message_board/{here}"),
        (there, SHEHONG, f"/{SHEHONG}/message_board/{there}"),
    ]
    assert [line.subject for line in await office.followed(above)] == [here]
    assert len(await office.heard(above)) == 1


async def test_nobody_follows_more_than_the_bound(office: Followers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "MOST", 1)
    lin, first, second = await office.leader(), await office.message(), await office.message()
    await office.follow(lin, first)

    with pytest.raises(Conflict, match="最多关注1件"):
        await office.follow(lin, second)


async def test_many_followers_are_told_in_parts(office: Followers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    id, leaders = await office.message(), [await office.leader(name) for name in "甲乙丙丁戊"]
    for each in leaders:
        await office.follow(each, id)

    await office.board.do("take", id)

    assert [len(fact.persons) for fact in await office.facts(FollowersMoved)] == [2, 2, 1]
    assert [len(await office.heard(each)) for each in leaders] == [1] * 5


async def test_what_ended_long_ago_is_followed_no_more(office: Followers) -> None:
    """A year after its end; what goes on stays."""
    lin, ended, goes_on = await office.leader(), await office.message(), await office.message()
    for id in (ended, goes_on):
        await office.follow(lin, id)
    await office.board.own("close", ended)
    office.world.clock.advance(timedelta(days=364))
    await office.job("follow.tidy")
    both = await office.followed(lin)

    office.world.clock.advance(timedelta(days=2))
    await office.job("follow.tidy")

    assert (len(both), [line.subject for line in await office.followed(lin)]) == (2, [goes_on])


async def test_where_it_is_off_nothing_is_told_of_what_moves(office: Followers) -> None:
    id = await office.message()
    await office.turn("follow", on=False)

    await office.board.do("take", id)

    assert await office.facts(telling.TellFollowers) == []


async def test_where_messages_are_off_what_was_followed_of_them_is_not_shown(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)

    await office.turn("message_board", on=False)

    assert await office.followed(lin) == []


async def test_the_list_is_narrowed_to_a_kind(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)

    shown = [
        (await office.look(lin, LIST, query=handlers.FollowQuery(kind=kind))).rows for kind in ("message", "complaint")
    ]

    assert [len(rows) for rows in shown] == [1, 0]


async def test_who_leaves_no_trace_is_forgotten(office: Followers) -> None:
    lin, id = await office.leader(), await office.message()
    await office.follow(lin, id)

    async def forget(ctx) -> int:
        return await handlers.forget(ctx, lin.person)

    gone = await office.world.units.run(forget, plugin="follow", place=office.world.place(CITY), actor=lin)

    assert (gone, await office.followed(lin)) == (1, [])
