"""Two records turned out to be one human: what is told to the one before reaches the other, and no phone hears it twice."""

from __future__ import annotations

from datetime import timedelta

from tests.push.office import ANJU, Office, Parcel
from tests.push.test_quiet_hours import EVENING


async def succeed(office: Office, before: str, person: str) -> None:
    successions, now = office.identity.successions, office.clock.now()
    await office.database.transaction(lambda session: successions.add(session, [before], person, now))


async def heard(office: Office) -> list[str]:
    return [entry.person for entry in office.published]


async def test_a_fact_that_names_the_one_before_is_told_to_the_one_who_was_proved(office: Office) -> None:
    """Once, also where it names both; the balance counts the second as told already."""
    old, new = await office.person("old"), await office.person("new")
    await succeed(office, old, new)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(old,)))
        await office.tell(Parcel(place=ANJU, subject="c2", persons=(old, new)))
        await office.confirmed()

    assert await heard(office) == [new, new]
    await office.balance()


async def test_whoever_was_succeeded_twice_is_reached_where_they_are_now(office: Office) -> None:
    first, second, third = [await office.person(name) for name in ("first", "second", "third")]
    await succeed(office, first, second)
    await succeed(office, second, third)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(first,)))
        await office.confirmed()

    assert await heard(office) == [third]


async def test_what_was_on_its_way_when_the_claim_ended_is_not_sent(office: Office) -> None:
    """Told in the evening, held for the morning, ended in the night."""
    old, new = await office.person("old"), await office.person("new")
    office.clock.advance(EVENING)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(old,)))
        await office.settled()
        office.clock.advance(timedelta(seconds=1))
        await succeed(office, old, new)
        office.clock.advance(timedelta(hours=11))
        await office.settled()

    assert await office.states() == [("suppressed", "claim_ended")]
    assert await office.texts() == []


async def test_who_makes_a_new_claim_stands_for_themselves_again(office: Office) -> None:
    old, new = await office.person("old"), await office.person("new")
    await succeed(office, old, new)

    await office.database.transaction(lambda session: office.identity.successions.end(session, old))

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(old,)))
        await office.confirmed()
    assert await heard(office) == [old]
