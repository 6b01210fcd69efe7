"""WeChat's callbacks: stored first, each counted once, in whatever order they come."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.wechat.callbacks import Callback, TemplateFinished
from tests.push.office import ANJU, OA, TODO, YKT, Office, Parcel


@pytest.mark.parametrize(
    ("finish", "state"),
    [
        ("success", ("delivered", None)),
        ("failed:user block", ("failed", "user_block")),
        ("failed: system failed", ("failed", "system_failed")),
        ("failed:freq limit", ("failed", "freq_limit")),
    ],
)
async def test_the_result_of_a_send_settles_it(office: Office, finish: str, state: tuple[str, str | None]) -> None:
    """TEMPLATESENDJOBFINISH says how it ended."""
    ann = await office.person("ann")
    await office.phones.set_standing(OA, "ann", finish=finish)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.confirmed()

    assert await office.states() == [state]
    await office.balance()


async def test_three_copies_count_once(office: Office) -> None:
    """WeChat repeats what is not answered in time."""
    ann = await office.person("ann")
    await office.phones.callbacks(copies=3)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.confirmed()
        await office.phones.settled()

    [delivery] = await office.deliveries()
    assert [step.what for step in delivery.trace] == ["sent", "delivered"]
    assert await office.database["callbacks"].count_documents({}) == 1
    await office.phones.callbacks(copies=1)


async def test_a_callback_before_the_settlement_waits_for_it(office: Office) -> None:
    """The callback knows a msgid that no delivery has yet; once it is recorded, it counts."""
    ann = await office.person("ann")
    await office.phones.callbacks(hold=True)
    early = Callback("early", (TemplateFinished(OA, "any-openid", "2400000000000000001", "delivered"),))
    await office.push.take_callback(early)
    await office.push.callbacks.work()
    waiting = await office.database["callbacks"].find_one({"_id": "early"})

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.confirmed()

    assert waiting is not None and waiting["state"] == "waiting"
    assert await office.states() == [("delivered", None)]
    done = await office.database["callbacks"].find_one({"_id": "early"})
    assert done is not None and done["state"] == "done" and "notices" not in done
    await office.phones.callbacks(hold=False)


async def test_openids_are_sealed(office: Office) -> None:
    """What is kept until it is worked on tells nobody who it is about."""
    await office.push.take_callback(Callback("k", (TemplateFinished(OA, "o-secret-openid", "1", "delivered"),)))

    stored = await office.database["callbacks"].find_one({"_id": "k"})

    assert "o-secret-openid" not in repr(stored)


async def test_following_opens_the_route(office: Office) -> None:
    """Who follows is reached by the official account from then on, and who leaves no longer is."""
    ann = await office.person("ann", mp=True, follows=False)

    async with office.push.running():
        await office.phones.follow(OA, "ann")
        await office.until(lambda: _follows(office, ann, True))
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.confirmed()
        await office.phones.follow(OA, "ann", follows=False)
        await office.until(lambda: _follows(office, ann, False))
        await office.tell(Parcel(place=ANJU, subject="c2", persons=(ann,)))
        await office.settled()

    assert await office.states() == [("delivered", None), ("suppressed", "no_credit")]


async def test_taps_are_credits(office: Office) -> None:
    """Two accepts, two messages; the third finds no credit and no call is made. A refusal in the settings takes all."""
    ann = await office.person("ann", oa=False, mp=True)

    async with office.push.running():
        for _ in range(2):
            await office.phones.popup(YKT, "ann", {TODO: "accept"})
            await office.phones.settled()
            office.stand_in.world.clock.offset += timedelta(
                seconds=1
            )  # Two taps in one second are one event to WeChat.
        await office.until(lambda: _credits(office, 2))
        for n in range(3):
            await office.tell(Parcel(place=ANJU, subject=f"c{n}", text=f"{n}", persons=(ann,)))
            await office.settled()
        await office.phones.popup(YKT, "ann", {TODO: "accept"})
        await office.until(lambda: _credits(office, 1))
        await office.phones.change(YKT, "ann", {TODO: "reject"})
        await office.until(lambda: _credits(office, 0))

    assert await office.texts() == ["0", "1"]
    assert [state for state, _ in await office.states()][2] == "suppressed"
    calls = (await office.phones.counters())["calls"]
    assert "/cgi-bin/message/subscribe/send 43101" not in calls


async def test_a_withdrawn_authorisation_reaches_operations(office: Office) -> None:
    """The law wants that person's data deleted: somebody must do it, and hears how. The alert names nobody."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.phones.revoke(OA, "ann")
        await office.until(lambda: _done(office))

    [withdrawal] = await office.database["withdrawals"].find({}).to_list(None)
    [alert] = await office.database["alerts"].find({}).to_list(None)
    assert (withdrawal["persons"], alert["cause"]) == ([ann], f"authorization_revoked:{withdrawal['_id']}")
    assert f"/withdrawals/{withdrawal['_id']}/finish" in alert["detail"]
    assert ann not in alert["detail"]


async def test_after_a_withdrawn_authorisation_pushes_stay_in_the_inbox(office: Office) -> None:
    """Not bound any more, at no account; a night's message that was waiting neither."""
    ann = await office.person("ann", mp=True, credits=2)

    async with office.push.running():
        await office.phones.revoke(YKT, "ann")
        await office.until(lambda: _done(office))
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    assert await office.states() == [("suppressed", "not_bound")]
    assert [entry.person for entry in office.published if entry.message.startswith("parcels")] == [ann]
    assert await _credits(office, 0)


async def _follows(office: Office, person: str, wanted: bool) -> bool:
    addresses = (await office.identity.directory.addresses([person], "ykt"))[person]
    return addresses.oa is not None and addresses.oa.follows is wanted


async def _credits(office: Office, count: int) -> bool:
    rows = await office.database["credits"].find({}).to_list(None)
    return sum(row["available"] for row in rows) == count and bool(rows)


async def _done(office: Office) -> bool:
    return await office.database["callbacks"].count_documents({"state": "done"}) > 0
