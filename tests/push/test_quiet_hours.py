"""At night the phone is silent, unless it is urgent; the inbox has everything at once."""

from __future__ import annotations

from datetime import timedelta

from tests.push.office import ANJU, Office, Parcel

EVENING = timedelta(hours=12, minutes=30)  # From 09:00 to 21:30.


async def test_the_notice_waits_for_eight_o_clock(office: Office) -> None:
    """Held, with the reason a clerk can read; sent in the morning."""
    ann = await office.person("ann")
    office.clock.advance(EVENING)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        office.clock.advance(timedelta(hours=10, minutes=29))  # 07:59
        await office.settled()
        await office.shown(1)
        at_night = (await office.states(), await office.texts(), len(office.published))
        office.clock.advance(timedelta(minutes=2))
        await office.confirmed()

    assert at_night == ([("held", "quiet_hours")], [], 1)
    assert await office.texts() == ["高龄津贴"]


async def test_urgent_and_operations_messages_come_at_night(office: Office) -> None:
    """Neither waits."""
    ann = await office.person("ann")
    office.clock.advance(EVENING)

    async with office.push.running():
        await office.tell(
            Parcel(place=ANJU, subject="c1", persons=(ann,), urgent=True, text="urgent"),
            Parcel(place=ANJU, subject="c2", persons=(ann,), message="desk", text="desk"),
        )
        await office.confirmed()

    assert sorted(await office.texts()) == ["desk", "urgent"]


async def test_a_retry_does_not_ring_at_night(office: Office) -> None:
    """Refused at 20:59, due again after nine: held until the morning."""
    ann = await office.person("ann")
    office.clock.advance(timedelta(hours=11, minutes=59, seconds=59))
    await office.phones.fault(path="/cgi-bin/message/template/send", errcode=-1)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        office.clock.advance(timedelta(seconds=10))
        await office.settled()

    assert await office.states() == [("held", "quiet_hours")]


async def test_a_night_of_tasks_is_one_message_in_the_morning(office: Office) -> None:
    """Bundling types that come one by one all night are sent together."""
    ann = await office.person("ann")
    office.clock.advance(EVENING)

    async with office.push.running():
        for n in range(5):
            await office.tell(Parcel(place=ANJU, subject=f"t{n}", persons=(ann,), message="bundled"))
            await office.settled()
            office.clock.advance(timedelta(hours=1))
        office.clock.advance(timedelta(hours=6))
        await office.confirmed()

    assert await office.texts() == ["待办 5 件"]


async def test_a_digest_that_was_seen_in_time_is_not_sent(office: Office) -> None:
    """Acknowledged on any device before the wait is over: WeChat stays silent."""
    ann, bob = await office.person("ann"), await office.person("bob")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann, bob), message="digest"))
        await office.settled()
        await office.shown(2)
        [entry] = [entry for entry in office.published if entry.person == ann]
        await office.push.inbox.acknowledge(entry.stream, "phone", entry.seq)
        office.clock.advance(timedelta(minutes=6))
        await office.confirmed()

    by_person = {each.person: (each.state, each.reason) for each in await office.deliveries()}
    assert by_person == {ann: ("suppressed", "seen"), bob: ("delivered", None)}
