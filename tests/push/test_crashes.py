"""Whatever dies: what was committed arrives, at the phones once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from hub.store.deliveries import Change, Intent
from hub.store.outbox import LeaseLost
from tests.push.office import ANJU, OA, QUICK, SEND_OA, YKT, Office, Parcel


async def test_a_worker_dies_between_claim_and_call(office: Office) -> None:
    """Its claims come back after the lease, to another node."""
    ann = await office.person("ann")
    await office.tell(*(Parcel(place=ANJU, subject=f"c{n}", text=f"{n}", persons=(ann,)) for n in range(10)))
    dispatching = asyncio.create_task(office.push.dispatcher.run())
    await office.until(lambda: _planned(office, 10))
    dispatching.cancel()
    dead = await office.push.deliveries.claim("dead", 100, timedelta(seconds=0.5), office.clock.now())

    async with office.second_node("two").running():
        await office.settled()

    assert len(dead.deliveries) == 10
    assert sorted(await office.texts(), key=int) == [str(n) for n in range(10)]
    await office.balance()


@pytest.mark.parametrize("repeat", range(3))
async def test_a_node_is_cut_off_in_the_middle_of_its_calls(office: Office, repeat: int) -> None:
    """Killed while 40 calls are on their way: all arrive, none twice, and the balance is exact."""
    people = [await office.person(f"p{n}") for n in range(40)]
    await office.phones.sky(latency=0.3)
    node = office.push
    tasks = [asyncio.create_task(part) for part in (node.dispatcher.run(), node.worker.run())]
    await office.tell(*(Parcel(place=ANJU, subject=person, persons=(person,)) for person in people))
    await office.until(lambda: _on_phones(office, 5 + repeat))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await office.phones.sky(latency=0.0)

    async with office.second_node("two").running():
        await office.settled()

    messages = await office.phones.messages()
    assert len(messages) == 40
    assert len({message["openid"] for message in messages}) == 40
    await office.balance()


async def test_a_late_worker_cannot_overwrite_the_one_that_took_over(office: Office) -> None:
    """The lease's token fences it off: neither its intents nor its results count."""
    ann = await office.person("ann")
    await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
    dispatching = asyncio.create_task(office.push.dispatcher.run())
    await office.until(lambda: _planned(office, 1))
    dispatching.cancel()
    deliveries, now = office.push.deliveries, office.clock.now()
    late = await deliveries.claim("late", 10, timedelta(0), now)
    await office.until(deliveries.free_expired)
    taken = await deliveries.claim("new", 10, timedelta(minutes=1), now)

    ids = tuple(delivery.id for delivery in late.deliveries)
    intent = Intent(ids=ids, via="oa", account=OA, client_msg_id="x", at=now, first_at=now)
    ours = await deliveries.intend(late.token, [intent])
    await deliveries.settle([Change(ids=ids, token=late.token, fields={"state": "dead"})])

    assert len(taken.deliveries) == 1
    assert ours == frozenset()
    assert await office.states() == [("sending", None)]


async def test_an_event_that_was_not_lost_after_all_does_not_wait_for_its_lease(office: Office) -> None:
    """A transaction may read from before its claim and take it for lost: it is given back, and done long before its lease is over."""
    ann, seen = await office.person("ann"), list[str]()

    async def unseen_claim(parcel: Parcel) -> None:
        seen.append(parcel.subject)
        if len(seen) == 1:
            raise LeaseLost

    office.parcels.before = unseen_claim
    dispatch = msgspec.structs.replace(QUICK.dispatch, lease=timedelta(minutes=5))
    async with office.second_node("two", msgspec.structs.replace(QUICK, dispatch=dispatch)).running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    assert seen == ["c1", "c1"]
    assert len(await office.texts()) == 1
    await office.balance()


async def test_official_account_and_mini_program_never_both(office: Office) -> None:
    """A doubt at the official account is not resolved through the mini program, even when the person leaves meanwhile."""
    ann = await office.person("ann", mp=True, credits=3)
    await office.phones.fault(path=SEND_OA, reset="after")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.until(lambda: _reason(office, "doubt"))
        await office.phones.follow(OA, "ann", follows=False)
        await office.phones.settled()
        office.clock.advance(timedelta(minutes=5))
        await office.settled()

    assert [message["appid"] for message in await office.phones.messages()] == [OA]
    assert YKT not in [delivery.account for delivery in await office.deliveries()]


async def _planned(office: Office, count: int) -> bool:
    return await office.database["deliveries"].count_documents({"channel": "wechat"}) >= count


async def _on_phones(office: Office, count: int) -> bool:
    return len(await office.phones.messages()) >= count


async def _reason(office: Office, reason: str) -> bool:
    return reason in [found for _, found in await office.states()]
