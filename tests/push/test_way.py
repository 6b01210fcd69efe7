"""The way of a fact: from a commit to the inbox, the live session and the phone."""

from __future__ import annotations

from tests.push.office import ANJU, Office, Parcel


async def test_a_push_reaches_inbox_live_session_and_phone(office: Office) -> None:
    """Told once, it is in the inbox, published, on the phone, and confirmed by WeChat."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        await office.phones.settled()
        await office.until(lambda: _confirmed(office))

    assert [(entry.person, entry.title) for entry in office.published] == [(ann, "高龄津贴有新进展")]
    assert await office.texts() == ["高龄津贴"]
    assert await office.states() == [("delivered", None)]
    [row] = await office.balance()
    assert (row.accepted, row.delivered) == (2, 2)


async def _confirmed(office: Office) -> bool:
    return [state for state, _ in await office.states()] == ["delivered"]
