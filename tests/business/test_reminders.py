"""A document that waits too long is told of once: to its readers, or to the holders of its task."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import msgspec
import pytest
from msgspec.structs import replace

from hub.api import (
    NEWEST_FIRST,
    REMINDER_SAMPLE,
    WORK_SAMPLE,
    Anyone,
    Business,
    Button,
    Collection,
    Filed,
    Limit,
    Machine,
    MessageType,
    Move,
    Moved,
    Node,
    Permission,
    Persons,
    Push,
    Reminder,
    Resource,
    Task,
    Withdraw,
)
from hub.testing import ANJU, VILLAGE, HubSetup
from hub.words.actors import HUB


class ChoresConfig(msgspec.Struct, frozen=True, kw_only=True):
    begin_within: Limit = Limit(2)


class Chore(Filed, frozen=True, kw_only=True):
    what: str
    done_by: datetime | None = None


class ChoreRequest(msgspec.Struct, frozen=True):
    what: str


def tasks_of(ctx, chore):
    return (
        (Task(node="chores", label="办事", round=1, due_at=chore.created_at or ctx.now()),)
        if chore.state == "asked"
        else ()
    )


FAULTS: list[Exception] = []


async def stumble(ctx, chore):
    """What else follows from a write fails, when a test says so."""
    if FAULTS:
        raise FAULTS.pop()


CHORES: Business[Chore] = Business(
    collection="chores.chores",
    kind="chore",
    machine=Machine(
        {"asked": "待办", "begun": "在办", "done": "已办"},
        {
            "begin": Move("开始", ("asked",), "begun"),
            "put_back": Move("退回", ("begun",), "asked"),
            "finish": Move("办结", ("begun",), "done"),
        },
    ),
    title=lambda chore: chore.what,
    about=lambda chore: None,
    tasks=tasks_of,
    beside=stumble,
    reminders=(
        Reminder(states=("asked",), after="begin_within", message="chores.idle", to="holders"),
        Reminder(states=("begun",), until="done_by", ahead=timedelta(days=1), message="chores.near"),
        # Finer than what is kept.
        Reminder(
            states=("begun",), until=lambda chore: chore.done_by + timedelta(microseconds=1), message="chores.late"
        ),
    ),
)


async def ask(ctx, body: ChoreRequest) -> Chore:
    """请人办事"""
    return await CHORES.file(ctx, Chore, "请人办事", what=body.what)


async def begin(ctx, chore, form):
    return Moved(replace(chore, done_by=ctx.now() + timedelta(days=5)))


async def put_off(ctx, chore, form):
    return Moved(replace(chore, done_by=chore.done_by + timedelta(days=5)))


MINE = Resource(business=CHORES, apps=("ykt",), path="/mine", title="我的", read=Anyone.CLAIMED, new=ask)
DESK = Resource(
    business=CHORES,
    apps=("ydsh",),
    path="",
    title="办事",
    read="chores.do",
    buttons=(
        Button(name="begin", call=begin),
        Button(name="put_back"),
        Button(name="put_off", call=put_off, rows=(), label="延期"),
        Button(name="finish"),
    ),
)
MESSAGES = ("idle", "near", "late")
PLUGIN = SimpleNamespace(
    CONFIG=ChoresConfig,
    COLLECTIONS=(Collection(name="chores.chores", document=Chore, scope="subtree", indexes=(NEWEST_FIRST,)),),
    PERMISSIONS=(Permission("chores.do", "办事", ("handler",)),),
    NODES=(Node(name="chores", label="办事", level="village", role="handler"),),
    RESOURCES=(MINE, DESK),
    MESSAGE_TYPES=tuple(
        MessageType(name=name, code=f"X0{n}", kind="reminder", app="ykt", label=name, sample=REMINDER_SAMPLE)
        for n, name in enumerate(MESSAGES)
    ),
)


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(stand_ins={"chores": PLUGIN}, on=(ANJU,))


@pytest.fixture
async def chore(county):
    """One that was asked for on Monday at nine."""
    county.wang = await county.resident("王建国")
    county.zhou = await county.staff("handler", region=VILLAGE)
    return await county.ask(county.wang, "POST chores/mine", at=VILLAGE, body={"what": "修水管"})


async def press(county, chore, button):
    return await county.ask(
        county.zhou, f"POST chores/{{id}}/{button}", at=VILLAGE, id=chore.id, body={"version": chore.version}
    )


async def heard(county, **days):
    """Time passes and the job runs; the messages that came of it."""
    county.world.clock.advance(timedelta(**days))
    await county.job("chores.remind_chore")
    return [push.message for push in await county.deliver() if isinstance(push, Push) and is_of_chores(push)]


def is_of_chores(push):
    return push.message.startswith("chores.")


def last(county, message):
    """The newest push of this message."""
    return next(push for push in reversed(county.pushes) if isinstance(push, Push) and push.message == message)


async def stored(county, chore):
    """The chore as it is now."""
    return await county.ask(county.zhou, "GET chores/{id}", at=VILLAGE, id=chore.id)


async def test_the_holders_of_the_task_hear_once_that_nobody_has_begun(county, chore):
    """After the setting's two working days: Monday and all of Wednesday are in time."""
    assert await heard(county, days=2) == []

    assert await heard(county, days=1) == ["chores.idle"]

    await county.expect_push(county.zhou, "chores.idle", times=1)
    assert await heard(county, days=30) == []


async def test_the_message_says_what_waits_and_until_when(county, chore):
    await heard(county, days=3)

    data = last(county, "chores.idle").data

    assert data.keys() == REMINDER_SAMPLE.keys() == {*WORK_SAMPLE, "until"}
    assert (data["title"], data["state_label"], data["until"].isoformat()) == (
        "修水管",
        "待办",
        "2026-11-25T15:59:59+00:00",
    )


async def test_a_date_of_the_document_is_told_ahead_and_when_it_has_passed(county, chore):
    await press(county, chore, "begin")

    told = [await heard(county, days=day) for day in (3, 1, 1, 5)]

    assert told == [[], ["chores.near"], ["chores.late"], []]
    assert last(county, "chores.late").to == Persons((county.wang.person,))


async def test_another_date_is_told_anew(county, chore):
    begun = await press(county, chore, "begin")
    await heard(county, days=4)

    await press(county, await stored(county, begun), "put_off")

    assert [await heard(county, days=day) for day in (3, 2)] == [[], ["chores.near"]]


async def test_what_comes_back_waits_anew(county, chore):
    await heard(county, days=3)
    begun = await press(county, await stored(county, chore), "begin")

    await press(county, begun, "put_back")

    assert [await heard(county, days=day) for day in (1, 4)] == [[], ["chores.idle"]]


async def test_what_was_told_is_taken_back_when_it_goes_on(county, chore):
    """A reminder that waits for the end of quiet hours is not sent any more; who has read it sees that it is over."""
    await heard(county, days=3)

    await press(county, await stored(county, chore), "begin")

    taken_back = [each for each in await county.deliver() if isinstance(each, Withdraw) and is_of_chores(each)]
    assert [(each.message, each.key) for each in taken_back] == [("chores.idle", last(county, "chores.idle").key)]


async def test_what_waits_on_stays_told(county, chore):
    await press(county, chore, "begin")
    await heard(county, days=4)

    await heard(county, days=1)

    assert not [each for each in county.pushes if isinstance(each, Withdraw) and is_of_chores(each)]


async def test_nobody_hears_of_what_goes_on_in_time(county, chore):
    begun = await press(county, chore, "begin")
    await press(county, begun, "finish")

    assert await heard(county, days=60) == []


async def test_what_fails_while_it_is_told_is_told_by_the_next_run(county, chore):
    """The moment is taken away with the fact, or both are not."""
    FAULTS.append(ConnectionError())
    with pytest.raises(ConnectionError):
        await heard(county, days=3)

    assert await heard(county, days=0) == ["chores.idle"]


async def test_one_that_cannot_be_told_keeps_no_other_waiting(county, chore):
    """The job says so at its end, and tries it again each time."""
    await county.ask(county.wang, "POST chores/mine", at=VILLAGE, body={"what": "修门"})
    FAULTS.append(ConnectionError())

    with pytest.raises(ConnectionError):
        await heard(county, days=3)
    told = [push.message for push in await county.deliver() if is_of_chores(push)]

    assert (told, await heard(county, days=0)) == (["chores.idle"], ["chores.idle"])


async def test_more_than_one_reading_holds_are_told_in_one_run(county, chore):
    async def ask_many(ctx):
        new = [Chore(id=ctx.new_id(), place=VILLAGE, number=str(n), state="asked", what="扫雪") for n in range(200)]
        await CHORES.within(ctx).insert_many([CHORES.derived(ctx, each) for each in new])

    await county.world.units.run(ask_many, plugin="chores", place=county.world.place(VILLAGE))

    assert len(await heard(county, days=3)) == 201


async def test_what_is_due_is_found_by_its_index(county, explain):
    now, shared = county.world.clock.now(), {"place": VILLAGE, "state": "asked", "what": "扫雪"}
    await explain.fill(
        "chores.chores",
        (Chore(id=f"{n:06}", number=str(n), remind_at=now + timedelta(minutes=n), **shared) for n in range(20_000)),
    )

    due = {"remind_at": {"$lte": now + timedelta(hours=2)}}
    plan = await explain("chores.chores", due, by=HUB, order=(("remind_at", 1),))

    plan.by_index()
