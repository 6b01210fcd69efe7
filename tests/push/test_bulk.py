"""What goes to a whole city never keeps the rest waiting, and is taken back in parts."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hub.push.settings import PushSettings
from tests.push.office import ANJU, QUICK, Office, Parcel

MANY = 24


@pytest.fixture
def settings() -> PushSettings:
    """At a pace of twelve in a second, of which the bulk lane takes six; two batches are the whole."""
    worker = msgspec.structs.replace(QUICK.worker, rate=12, bulk_share=0.5, lanes=2, batch=MANY // 2)
    return msgspec.structs.replace(QUICK, worker=worker)


async def test_an_urgent_one_overtakes_what_is_bulk(office: Office) -> None:
    """All of it is due, and a batch in hand, when the urgent one is told; without a lane of its own it would come with the last."""
    people = [await office.person(f"p{number}") for number in range(MANY)]
    ann = await office.person("ann")
    crowd = Parcel(place=ANJU, subject="c1", persons=tuple(people), text="to all", urgent=True, bulk=True)
    called = Parcel(place=ANJU, subject="c2", persons=(ann,), text="urgent", urgent=True)

    async with office.push.running():
        await office.tell(crowd)
        await office.until(lambda: _some_are_sent(office))
        await office.tell(called)
        await office.settled()

    texts = await office.texts()
    assert len(texts) == MANY + 1 and texts.index("urgent") < MANY * 3 // 4


async def _some_are_sent(office: Office) -> bool:
    return len(await office.texts()) > 0


async def test_urgent_and_bulk_it_comes_at_night(office: Office) -> None:
    """In the last lane, and through quiet hours."""
    ann = await office.person("ann")
    office.clock.advance(timedelta(hours=12, minutes=30))

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,), urgent=True, bulk=True))
        await office.confirmed()

    [delivery] = await office.deliveries()
    assert (delivery.lane, len(await office.texts())) == ("bulk", 1)


async def test_it_is_taken_back_from_some(office: Office) -> None:
    """Whoever is not named keeps it."""
    ann, bob = await office.person("ann"), await office.person("bob")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann, bob), message="digest", bulk=True))
        await office.tell(Parcel(place=ANJU, subject="c1", message="digest", withdraw="c1", only=(ann,)))
        await office.until(lambda: _is_withdrawn(office, ann))

    of_bob = await office.deliveries(person=bob)
    assert [each.reason for each in of_bob] == ["awaiting_ack"]


async def _is_withdrawn(office: Office, person: str) -> bool:
    return [each.reason for each in await office.deliveries(person=person)] == ["withdrawn"]
