"""The balance is exact at any time, whatever happens; and it can fail."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.push.office import ANJU, SEND_MP, SEND_OA, SHEHONG, Office, Parcel

ERRORS = [-1, 43108, 43004, 43101, 40037, 47001, 40249, 40241, 45168]


async def test_a_random_day_balances(office: Office, seed: int) -> None:
    """Random facts, errors, cuts, withdrawals and hours: exact after every step, and in the end nothing is pending."""
    dice = random.Random(seed)
    people = [
        await office.person(f"p{n}", oa=n % 3 > 0, mp=n % 2 == 0, follows=n % 5 > 0, credits=n % 4 if n % 2 == 0 else 0)
        for n in range(12)
    ]
    told = 0

    async with office.push.running(), office.second_node("two").running():
        for _ in range(40):
            parcels = [_any_parcel(dice, people, told + n) for n in range(dice.randint(1, 6))]
            told += len(parcels)
            for parcel in parcels:
                await office.tell(parcel)
            if dice.random() < 0.5:
                await office.phones.fault(path=dice.choice([SEND_OA, SEND_MP]), **_any_fault(dice))
            if dice.random() < 0.5:
                office.clock.advance(timedelta(minutes=dice.choice([1, 11, 45])))
            await office.balance()
        await office.phones.clear_faults()
        for _ in range(8):
            office.clock.advance(timedelta(hours=12))
            await office.settled()
            await office.balance()

    rows = await office.balance()
    assert sum(row.pending for row in rows) == 0, f"seed {seed}"
    assert sum(row.accepted for row in rows) > 0


def _any_parcel(dice: random.Random, people: list[str], number: int) -> Parcel:
    to = tuple(dice.sample(people, dice.randint(1, 5)))
    message = dice.choice(["note", "bundled", "digest", "legal", "desk"])
    key = f"k{dice.randint(0, 60)}"
    place = dice.choice([ANJU, SHEHONG])
    if dice.random() < 0.2:
        return Parcel(place=place, subject=f"s{number}", message=message, withdraw=key, keep=to[:1])
    return Parcel(place=place, subject=f"s{number}", key=key, persons=to, message=message, urgent=dice.random() < 0.1)


def _any_fault(dice: random.Random) -> dict[str, object]:
    if dice.random() < 0.3:
        return {"reset": dice.choice(["before", "after"]), "times": dice.randint(1, 3)}
    return {"errcode": dice.choice(ERRORS), "times": dice.randint(1, 3)}


async def test_a_delivery_that_vanishes_is_missed(office: Office) -> None:
    """The equation can fail: what was accepted is counted apart from the deliveries."""
    ann = await office.person("ann")
    async with office.push.running():
        [event] = await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    await office.database["deliveries"].delete_one({"channel": "wechat"})

    [row] = await office.push.operations.balance()
    assert row.missing == 1
    assert (await office.push.operations.balance_of(event)).missing == 1


async def test_the_balance_is_kept_by_county_and_hour(office: Office) -> None:
    """An hour's row holds what happened in it, newest first."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        office.clock.advance(timedelta(hours=2))
        await office.tell(Parcel(place=SHEHONG, subject="c2", persons=(ann,)))
        await office.confirmed()

    rows = await office.balance()
    assert [(row.county, row.hour.hour if row.hour else None) for row in rows] == [(SHEHONG, 3), (ANJU, 1)]
    since = await office.push.operations.balance([SHEHONG], office.clock.now() - timedelta(hours=1))
    assert [row.county for row in since] == [SHEHONG]
