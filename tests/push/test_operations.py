"""What the operations staff and the person see, through the routes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.push.inbox import InboxPage, ReadRequest
from hub.push.plugins import BalanceQuery, DeliveriesQuery, RearmRequest, ReplayRequest
from hub.words.actors import Actor
from hub.words.errors import NotFound
from tests.push.office import ANJU, CITY, SEND_OA, SHEHONG, Office, Parcel

OPERATOR = Actor(kind="staff", app="ops", person="operator")


async def ask(
    office: Office,
    plugin: str,
    path: str,
    place: str = ANJU,
    method: str = "GET",
    actor: Actor = OPERATOR,
    **given: Any,
) -> Any:
    """What the web door does with a route."""
    [route] = [each for each in office.units.host.plugins[plugin].routes if (each.method, each.path) == (method, path)]
    opened = office.units.run if method != "GET" and route.transaction else office.units.read
    region = office.units.places.tree[place]
    return await opened(lambda ctx: route.call(ctx, **given), plugin=plugin, place=region, actor=actor, request_id="r1")


async def failed(office: Office, place: str = ANJU) -> None:
    ann = await office.person(f"ann-{place}")
    await office.phones.fault(path=SEND_OA, errcode=40249)
    async with office.push.running():
        await office.tell(Parcel(place=place, subject=f"c-{place}", persons=(ann,)))
        await office.settled()


async def test_the_story_of_a_message_is_told_in_words(office: Office) -> None:
    """Every step with its time; WeChat's code and request id for a question to WeChat."""
    await failed(office)
    [delivery] = await office.deliveries()

    story = await ask(office, "deliveries", "/{id}", id=delivery.id)

    assert [line.text for line in story.lines] == ["产生微信通知", "微信拒绝了消息内容"]
    assert story.lines[1].at_text == "2026年11月23日 09:00"
    assert "errcode 40249，rid " in story.lines[1].detail
    assert (story.delivery.state_text, story.delivery.reason_text) == ("发送失败", "微信拒绝了消息内容（错误 40249）")
    assert "openid" not in msgspec.json.encode(story).decode()


async def test_a_county_sees_its_own_and_the_city_all(office: Office) -> None:
    """Lists, stories and the balance."""
    await failed(office, ANJU)
    await failed(office, SHEHONG)
    [delivery] = await office.deliveries(county=SHEHONG)

    lists = [await ask(office, "deliveries", "", place, query=DeliveriesQuery()) for place in (ANJU, SHEHONG, CITY)]
    balances = [await ask(office, "deliveries", "/balance", place, query=BalanceQuery()) for place in (ANJU, CITY)]

    assert [[item.county for item in page.items] for page in lists] == [[ANJU], [SHEHONG], [SHEHONG, ANJU]]
    assert [[row.county for row in rows] for rows in balances] == [[ANJU], [ANJU, SHEHONG]]
    with pytest.raises(NotFound):
        await ask(office, "deliveries", "/{id}", ANJU, id=delivery.id)


async def test_a_replay_is_counted_then_done_and_noted(office: Office) -> None:
    """Of this county only; with an audit line."""
    await failed(office, ANJU)
    await failed(office, SHEHONG)

    counted = await ask(office, "deliveries", "/replay", method="POST", body=ReplayRequest())
    done = await ask(
        office,
        "deliveries",
        "/replay",
        method="POST",
        body=ReplayRequest(dry_run=False, reason="refused_40249", why="已改正"),
    )
    async with office.push.running():
        await office.confirmed()

    assert (counted.count, done.count) == (1, 1)
    assert sorted(await office.states(), key=str) == [("delivered", None), ("failed", "refused_40249")]
    line = await office.database["audit"].find_one({"what": "deliveries.replay"})
    assert line is not None and line["actor"]["person"] == "operator"


async def test_lists_page_by_cursor(office: Office) -> None:
    """Each delivery once, newest first, also within one hour."""
    people = tuple(f"p{n}" for n in range(7))
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=people))
        await office.settled()
        office.clock.advance(timedelta(hours=1))
        await office.tell(Parcel(place=ANJU, subject="c2", persons=people))
        await office.settled()

    found, cursor = [], None
    for _ in range(5):
        query = DeliveriesQuery(limit=3, cursor=cursor, states="suppressed")
        page = await ask(office, "deliveries", "", query=query)
        found += [item.id for item in page.items]
        cursor = page.next

    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 14 and cursor is None


async def test_a_cut_off_trigger_can_be_set_going_again(office: Office) -> None:
    """From the console."""

    async def fail(_: Parcel) -> None:
        raise ValueError

    office.parcels.before = fail
    async with office.push.running():
        await office.tell(*(Parcel(place=ANJU, subject=f"c{n}", persons=("p",)) for n in range(5)))
        await office.settled()
        [line] = await ask(office, "deliveries", "/cut-off")
        office.parcels.before = None
        answer = await ask(
            office, "deliveries", "/cut-off/rearm", method="POST", body=RearmRequest(name=line.name, why="已改正")
        )
        await office.shown(5)

    assert answer.waiting == 5
    assert await ask(office, "deliveries", "/cut-off") == []


async def test_alerts_are_listed_once_per_hour_and_cause(office: Office) -> None:
    """Told five times in two hours: two lines, newest first; the next county sees none."""
    for _ in range(5):
        await office.push.alert(office.units.places.tree[ANJU], "backup_missed", "昨晚没有备份。")
        office.clock.advance(timedelta(minutes=20))

    here = await ask(office, "deliveries", "/alerts")
    elsewhere = await ask(office, "deliveries", "/alerts", SHEHONG)

    assert [(line.title, line.detail) for line in here] == [("备份未按时完成", "昨晚没有备份。")] * 2
    assert here[0].at > here[1].at and elsewhere == []


async def test_everybody_reads_their_own_inbox(office: Office) -> None:
    """And marks it as read; somebody else's stays as it is."""
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=("ann", "bob")))
        await office.settled()
    ann, bob = (Actor(kind="resident", app="ykt", person=name) for name in ("ann", "bob"))

    [item] = (await _inbox(office, ann)).items
    await ask(office, "inbox", "/read", CITY, "POST", ann, body=ReadRequest(ids=[item.id]))

    assert (item.title, item.link, item.code, item.read) == ("高龄津贴有新进展", "/p/高龄津贴", "P14", False)
    assert ((await _inbox(office, ann)).unread, (await _inbox(office, bob)).unread) == (0, 1)


async def test_all_that_was_there_is_marked_as_read_at_once(office: Office) -> None:
    """More than one screen shows; what comes meanwhile stays unread."""
    ann = Actor(kind="resident", app="ykt", person="ann")
    async with office.push.running():
        for number in range(3):
            await office.tell(Parcel(place=ANJU, subject=f"c{number}", persons=("ann",)))
        await office.settled()
        seen = await _inbox(office, ann)
        await office.tell(Parcel(place=ANJU, subject="later", persons=("ann",)))
        await office.settled()

    answer = await ask(office, "inbox", "/read", CITY, "POST", ann, body=ReadRequest(upto=seen.seq))

    assert (seen.seq, seen.unread, answer.unread) == (3, 3, 1)


async def test_old_pushes_go_and_the_balance_stays_exact(office: Office) -> None:
    """Events and their deliveries of the same hours, together; and what was heard in them."""

    async def look(ctx: Any) -> None:
        await ctx.told_since(ctx.event_id)

    office.parcels.meanwhile = look
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=("ann",)))
        await office.settled()
        office.clock.advance(timedelta(days=399))
        await office.tell(Parcel(place=ANJU, subject="c2", persons=("ann",)))
        await office.settled()

    office.clock.advance(timedelta(days=2))
    await office.push.forget()

    assert [row.accepted for row in await office.balance()] == [2]
    assert await office.database["heard"].count_documents({}) == 1


async def _inbox(office: Office, actor: Actor) -> InboxPage:
    from hub.words.contributions import Paging

    page: InboxPage = await ask(office, "inbox", "", CITY, actor=actor, query=Paging())
    return page
