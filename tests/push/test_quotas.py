"""The daily quota is shared by all nodes; the ledger of credits knows every reservation."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from hub.push.credits import Credits, Need, Settled
from hub.push.quotas import Quotas
from hub.push.settings import DailyQuota, PushSettings
from tests.push.office import ANJU, QUICK, SEND_OA, Office, Parcel


@pytest.fixture
def settings() -> PushSettings:
    worker = msgspec.structs.replace(QUICK.worker, daily_quota=DailyQuota(oa=12), quota_block=5)
    return msgspec.structs.replace(QUICK, worker=worker)


async def test_two_nodes_never_exceed_the_quota(office: Office, settings: PushSettings) -> None:
    """Fourteen messages, a quota of twelve: at most twelve calls today, the rest after midnight, nothing lost."""
    people = [await office.person(f"p{n}") for n in range(14)]
    await office.tell(*(Parcel(place=ANJU, subject=person, persons=(person,)) for person in people))

    async with office.push.running(), office.second_node("two", settings).running():
        await office.settled()
        today = (await office.phones.counters())["calls"][f"{SEND_OA} 0"]
        office.clock.advance(timedelta(hours=24))
        await office.confirmed()

    # A block that one node reserved and did not need is not another's: at most one is left over, on the second day as well.
    assert 12 - 5 <= today <= 12
    assert len(await office.texts()) == 14
    await office.balance()


async def test_blocks_add_up_to_the_limit(office: Office) -> None:
    """Whatever the nodes take, in whatever order, never more than the limit is granted; a new day starts anew."""
    nodes = [Quotas(office.database, office.clock, block=7) for _ in range(3)]

    granted = [sum(await asyncio.gather(*(node.take("a", 3, 50) for node in nodes))) for _ in range(10)]
    for node in nodes:
        await node.give_back()
    rest = await nodes[0].take("a", 50, 50)
    office.clock.advance(timedelta(days=1))
    tomorrow = await nodes[0].take("a", 50, 50)

    assert sum(granted) + rest == 50
    assert tomorrow == 50


async def test_lanes_of_one_node_share_what_each_of_them_reserves(office: Office) -> None:
    """Ten at once: what one has reserved is not forgotten by another, nor spent twice."""
    node = Quotas(office.database, office.clock, block=7)

    granted = sum(await asyncio.gather(*(node.take("a", 1, 50) for _ in range(10))))
    await node.give_back()
    rest = await node.take("a", 50, 50)

    assert (granted, rest) == (10, 40)


async def test_a_credit_is_reserved_once_per_delivery(office: Office) -> None:
    """A worker that died finds its reservation again; a returned credit can be used by another."""
    credits = Credits(office.database)
    await office.database.transaction(lambda session: credits.add(session, "line", "wx"))
    first, second = Need("line", "d1"), Need("line", "d2")

    reserved = await credits.reserve([first, second])
    again = await credits.reserve([first, second])
    [holder] = reserved
    await credits.settle([Settled(holder, "returned"), Settled(holder, "returned")])
    other = await credits.reserve([second if holder == first else first])

    assert len(reserved) == 1 and again == reserved
    assert len(other) == 1
    assert await credits.available("line") == 0
