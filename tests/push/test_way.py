"""The way of a fact: from a commit to the inbox, the live session and the phone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.push.plans import RenderedPush
from hub.push.writer import WriteBatch
from hub.reading.templates import Rendered
from hub.rules.context import unit_of
from hub.store.outbox import LeaseLost, Progress, StoredEvent
from hub.words.contributions import Persons, Push
from tests.push.office import ANJU, QUICK, SEND_OA, SHEHONG, Office, Parcel

# A lease is renewed at each third of it.
HURRIED = replace(QUICK, dispatch=replace(QUICK.dispatch, lease=timedelta(seconds=1)))


async def test_a_reaction_knows_which_event_it_answers_and_whether_it_was_put_off(office: Office) -> None:
    """By both, what was put off is told from what was told later; what was not comes in its order, whatever the clocks say."""
    seen: list[tuple[str | None, bool]] = []

    async def look(ctx: Any) -> None:
        seen.append((ctx.event_id, ctx.overtaken_by(ctx.new_id())))
        if len(seen) <= QUICK.dispatch.cut_off_after:
            raise ZeroDivisionError

    office.parcels.meanwhile = look
    async with office.push.running():
        [event] = await office.tell(Parcel(place=ANJU, subject="c1"))
        await office.settled()
        await office.push.dispatcher.rearm(ANJU, "reaction:parcels.react:Parcel")
        await office.settled()

    assert seen == [*[(event, False)] * QUICK.dispatch.cut_off_after, (event, True)]


async def test_what_was_put_off_learns_what_was_told_since_of_the_same_thing(office: Office) -> None:
    """And of other things not; the same event again was told of nothing since."""
    heard: dict[str, list[Any]] = {}
    broken = True

    async def look(ctx: Any) -> None:
        since = await ctx.told_since("c1", "c2")
        heard.setdefault(ctx.event_id, []).append({thing: event.text for thing, event in since.items()})
        if broken and len(heard) == 1:
            raise ZeroDivisionError

    office.parcels.meanwhile = look
    async with office.push.running():
        [first] = await office.tell(Parcel(place=ANJU, subject="c1", text="first"))
        await office.settled()
        [second] = await office.tell(Parcel(place=ANJU, subject="c1", text="second"))
        await office.settled()
        broken = False
        await office.push.dispatcher.rearm(ANJU, "reaction:parcels.react:Parcel")
        await office.settled()

    # A transaction that meets another is called again, and learns the same again: nothing else, and in this order.
    learnt = {"c1": "second", "c2": "second"}
    before = heard[first].index(learnt)
    assert before >= QUICK.dispatch.cut_off_after
    assert heard[first] == [{}] * before + [learnt] * (len(heard[first]) - before)
    assert heard[second] == [{}] * len(heard[second])


async def test_a_push_reaches_inbox_live_session_and_phone(office: Office) -> None:
    """Told once, it is in the inbox, published, on the phone, and confirmed by WeChat."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.confirmed()

    assert [(entry.person, entry.title) for entry in office.published] == [(ann, "高龄津贴有新进展")]
    assert await office.texts() == ["高龄津贴"]
    assert await office.states() == [("delivered", None)]
    [row] = await office.balance()
    assert (row.accepted, row.delivered) == (2, 2)


async def test_two_triggers_and_a_repeated_fact_push_once(office: Office) -> None:
    """One person gets one message per key; the rest is counted as suppressed, not lost."""
    ann = await office.person("ann")
    same = Push(
        to=Persons((ann,)), message="parcels.note", key="c1", data={"text": "高龄津贴", "at": office.clock.now()}
    )
    office.parcels.also = [same]

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann, ann)))
        await office.settled()
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    assert await office.texts() == ["高龄津贴"]
    assert len(office.published) == 1
    [row] = await office.balance()
    assert row.accepted == 8
    assert row.suppressed == {"duplicate": 6}


async def test_another_county_may_use_the_same_key(office: Office) -> None:
    """The dedupe key begins with the county."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.tell(Parcel(place=SHEHONG, subject="c1", persons=(ann,)))
        await office.settled()

    assert [entry.county for entry in office.published] == [ANJU, SHEHONG]
    assert [row.county for row in await office.balance()] == [ANJU, SHEHONG]


async def test_facts_of_one_subject_arrive_in_their_order(office: Office) -> None:
    """However many are under way at once, one case's messages keep their order in the inbox."""
    ann = await office.person("ann")
    await office.tell(
        *(Parcel(place=ANJU, subject="c1", key=f"k{n:02}", text=f"{n:02}", persons=(ann,)) for n in range(40))
    )

    async with office.push.running():
        await office.settled()

    assert [entry.title[:2] for entry in office.published] == [f"{n:02}" for n in range(40)]
    assert [entry.seq for entry in office.published] == list(range(1, 41))


async def test_a_failing_fact_holds_back_the_later_ones_of_its_subject_only(office: Office) -> None:
    """The order of a case survives a trigger that fails at first; other cases do not wait."""
    ann = await office.person("ann")
    failures = ["once", "twice"]

    async def fail_first(event: Parcel) -> None:
        if event.key == "first" and failures:
            raise RuntimeError(failures.pop())

    office.parcels.before = fail_first
    first = Parcel(place=ANJU, subject="c1", key="first", text="first", persons=(ann,))
    second = Parcel(place=ANJU, subject="c1", key="second", text="second", persons=(ann,))
    other = Parcel(place=ANJU, subject="c2", key="other", text="other", persons=(ann,))
    await office.tell(first, second, other)

    async with office.push.running():
        await office.settled()

    assert [entry.title.removesuffix("有新进展") for entry in office.published] == ["other", "first", "second"]


async def test_a_large_audience_is_written_in_chunks(office: Office) -> None:
    """1,234 people get one message each, in transactions of at most 500 persons; counted before they are written."""
    people = tuple(f"person-{n:04}" for n in range(1234))

    async with office.second_node("one", HURRIED).running():
        [event] = await office.tell(Parcel(place=ANJU, subject="c1", persons=people))
        await office.settled()

    assert sorted(entry.person for entry in office.published) == list(people)
    balance = await office.push.operations.balance_of(event)
    assert (balance.accepted, balance.delivered, balance.suppressed) == (2468, 1234, {"not_bound": 1234})
    assert balance.missing == 0


async def test_an_interrupted_audience_goes_on_where_it_stood(office: Office) -> None:
    """A node that stops between two chunks: the next one writes the rest, nobody twice."""
    people = tuple(f"person-{n:04}" for n in range(2000))
    [event] = await office.tell(Parcel(place=ANJU, subject="c1", persons=people))
    async with office.second_node("one", HURRIED).running():
        await office.until(lambda: _begun(office))
    row = await office.database["events"].find_one({"_id": event})
    assert row is not None and 0 < row["accepted"] < 4000

    lease_runs_out = [{"$set": {"next_at": {"$subtract": ["$$NOW", 1]}}}]
    await office.database["events"].update_one({"_id": event}, lease_runs_out)
    async with office.second_node("two", HURRIED).running():
        await office.settled()

    assert sorted(entry.person for entry in office.published) == list(people)
    balance = await office.push.operations.balance_of(event)
    assert (balance.accepted, balance.suppressed, balance.missing) == (4000, {"not_bound": 2000}, 0)


async def _begun(office: Office) -> int:
    return len(office.published)


async def test_links_open_the_mini_program_and_the_page(office: Office) -> None:
    """A tap opens the app's mini program; where there is none, the page."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,), text="x"))
        await office.tell(Parcel(place=ANJU, subject="c2", persons=(ann,), text="y", message="desk"))
        await office.settled()

    by_text = {message["fields"]["thing1"]: message for message in await office.phones.messages()}
    assert by_text["x"]["miniprogram"] == {"appid": "wx-ykt", "pagepath": "pages/open/open?to=%2Fp%2Fx"}
    assert by_text["y"]["url"] == "https://hub.example/ops/p/y"
    assert by_text["y"]["miniprogram"] is None


async def test_a_reaction_runs_once_and_in_its_own_unit(office: Office) -> None:
    """Its end is part of its own transaction."""
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1"), Parcel(place=ANJU, subject="c2"))
        await office.settled()

    assert await office.reacted() == ["c1", "c2"]


async def test_a_reaction_that_outlasts_a_renewal_of_leases_runs_once(office: Office) -> None:
    """Both write to the event: renewed in the midst of it, it would begin again each time."""

    async def outlasts(ctx: Any) -> None:
        # What it sees is of now, so that a later write of others would be noticed.
        await office.database["events"].find_one({}, session=unit_of(ctx).session)
        await office.push.dispatcher.renew()

    office.parcels.meanwhile = outlasts
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1"))
        await office.settled()

    assert await office.reacted() == ["c1"]


@pytest.mark.parametrize("nodes", [2])
async def test_two_nodes_share_the_work_without_duplicates(office: Office, nodes: int) -> None:
    """Events and deliveries are handled once, whoever takes them."""
    ann = await office.person("ann")
    await office.tell(*(Parcel(place=ANJU, subject=f"c{n}", text=f"{n}", persons=(ann,)) for n in range(100)))

    async with office.push.running(), office.second_node("two").running():
        await office.settled()

    assert sorted(await office.texts(), key=int) == [str(n) for n in range(100)]
    calls = (await office.phones.counters())["calls"]
    assert calls[f"{SEND_OA} 0"] == 100
    await office.balance()


async def test_what_nobody_confirms_counts_as_delivered_after_a_day(office: Office) -> None:
    """And says so."""
    ann = await office.person("ann")
    await office.phones.callbacks(hold=True)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        assert await office.states() == [("sent", None)]
        office.clock.advance(timedelta(hours=24, minutes=1))
        await office.confirmed()

    assert await office.states() == [("delivered", "unconfirmed")]
    [row] = await office.balance()
    assert (row.delivered, row.unconfirmed) == (2, 1)
    await office.phones.callbacks(hold=False)


async def test_one_bad_fact_does_not_spoil_its_group(office: Office) -> None:
    """Three are written together; of one the lease was lost: the others are written all the same."""
    await office.tell(*(Parcel(place=ANJU, subject=f"c{n}", text=f"{n}", persons=("ann",)) for n in range(3)))
    events = await office.units.outbox.claim("one", 10, timedelta(minutes=1))
    await office.database["events"].update_one({"_id": events[1].id}, {"$set": {"lease.token": "another node's"}})
    kind = office.units.host.message_type("parcels.note")
    assert kind is not None

    def one(event: StoredEvent) -> WriteBatch:
        push = Push(to=Persons(("ann",)), message="parcels.note", key=event.subject, data={})
        post = RenderedPush(push, kind, "parcels", Rendered(event.subject, ""), None, {}, ("ann",))
        return WriteBatch(Progress(event=event, todo=()), (post,))

    answers = await office.push.dispatcher.writer.write([one(event) for event in events])

    assert [type(answer) for answer in answers] == [type(None), LeaseLost, type(None)]
    assert [entry.title for entry in office.published] == ["c0", "c2"]
    assert [entry.seq for entry in office.published] == [1, 2]


async def test_without_any_account_nothing_waits_for_ever(office: Office) -> None:
    """A hub without WeChat: the inbox has it, the rest is accounted for."""
    office.clients.clear()
    async with office.second_node("two").running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=("ann",)))
        await office.settled()

    assert await office.states() == [("suppressed", "not_bound")]
