"""What becomes of a message by what WeChat answers, on the real stand-in: one test per error class."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.push.office import ANJU, OA, SEND_MP, SEND_OA, TODO, YKT, Office, Parcel


@pytest.mark.parametrize("errcode", [-1, 43108])
async def test_a_busy_wechat_is_asked_again(office: Office, errcode: int) -> None:
    """WAIT: put off, then sent; never sooner than the table says."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, errcode=errcode)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        assert await office.states() == [("pending", "busy")]
        office.clock.advance(timedelta(milliseconds=900))
        await office.settled()
        assert await office.texts() == []
        office.clock.advance(timedelta(seconds=2))
        await office.confirmed()

    assert await office.texts() == ["高龄津贴"]
    [delivery] = await office.deliveries()
    assert [(step.what, step.errcode) for step in delivery.trace] == [
        ("busy", errcode),
        ("sent", None),
        ("delivered", None),
    ]
    assert delivery.trace[0].rid


async def test_refusals_for_concurrent_sends_are_spaced_ever_wider(office: Office) -> None:
    """43108: whoever else sends to this phone is not done sooner because we ask every second."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, errcode=43108, times=4)
    pauses = []

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        for _ in range(4):
            await office.settled()
            [delivery] = await office.deliveries()
            pauses.append((delivery.next_at - delivery.trace[-1].at).total_seconds())
            office.clock.advance(delivery.next_at - office.clock.now())
        await office.confirmed()

    assert await office.texts() == ["高龄津贴"]
    assert [least <= pause <= 1.5 * least for least, pause in zip((1, 3, 10, 30), pauses, strict=True)] == [True] * 4


@pytest.mark.parametrize("status", [404, 302])
async def test_one_odd_answer_is_tried_again_and_pauses_nothing(office: Office, status: int) -> None:
    """ODD: a gateway's hiccup. Nobody is alarmed, everybody else's messages go on."""
    ann, ben = await office.person("ann"), await office.person("ben")
    await office.phones.fault(path=SEND_OA, status=status)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        assert await office.states() == [("pending", "odd_answer")]
        await office.tell(Parcel(place=ANJU, subject="c2", persons=(ben,)))
        await office.settled()
        assert len(await office.texts()) == 1
        office.clock.advance(timedelta(seconds=10))
        await office.confirmed()

    assert len(await office.texts()) == 2
    assert office.push.pauses.all() == []
    assert await office.push.alerts.newest([None]) == []


async def test_odd_answers_that_go_on_pause_the_account_until_somebody_resumes_it(office: Office) -> None:
    """After two more tries it is somebody's task; whoever has mended it need not wait for the end of the pause."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, status=404, times=None)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        for _ in range(3):
            await office.settled()
            office.clock.advance(timedelta(seconds=60))
        [delivery] = await office.deliveries()
        [pause] = office.push.pauses.all()
        [alert] = await office.push.alerts.newest([None])
        await office.phones.clear_faults()
        ended = await office.push.resume(OA, None)
        await office.confirmed()

    assert [step.what for step in delivery.trace] == ["odd_answer", "odd_again", "wechat_config"]
    assert (pause.account, pause.template) == (OA, None) and "HTTP 404" in pause.reason
    assert "异常应答" in alert.detail and "None" not in alert.detail
    assert ended == (1, 1)
    assert await office.texts() == ["高龄津贴"]


async def test_a_dead_token_is_replaced_unnoticed(office: Office) -> None:
    """TOKEN: the client gets a new one, the message goes out with the first attempt."""
    ann = await office.person("ann")
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        await office.phones.kill_tokens(OA)

        await office.tell(Parcel(place=ANJU, subject="c2", persons=(ann,)))
        await office.confirmed()

    assert [delivery.attempts for delivery in await office.deliveries()] == [1, 1]
    assert len(await office.texts()) == 2


async def test_who_no_longer_follows_is_reached_by_the_mini_program(office: Office) -> None:
    """USER: refused by the official account, so it is routed once more; never by both."""
    ann = await office.person("ann", mp=True, credits=1)
    await office.phones.callbacks(hold=True)  # The hub does not hear that she left.
    await office.phones.follow(OA, "ann", follows=False)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    assert [message["appid"] for message in await office.phones.messages()] == [YKT]
    [delivery] = await office.deliveries()
    assert (delivery.state, delivery.via, delivery.refused_by) == ("sent", "mp", (OA,))
    assert (await office.identity.directory.addresses([ann], "ykt"))[ann].oa.follows is False
    await office.phones.callbacks(hold=False)


@pytest.mark.parametrize("standing", ["blacklisted", "frozen"])
async def test_who_cannot_be_reached_has_the_inbox(office: Office, standing: str) -> None:
    """USER without another way: suppressed with a reason, nothing is lost."""
    ann = await office.person("ann")
    await office.phones.set_standing(OA, "ann", **{standing: True})

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    assert await office.states() == [("suppressed", "refused")]
    assert len(office.published) == 1
    await office.balance()


async def test_a_used_up_credit_ends_it_and_empties_the_ledger(office: Office) -> None:
    """USER_TEMPLATE: WeChat knows better than our ledger."""
    ann = await office.person("ann", oa=False, mp=True, credits=3)
    await office.phones.set_credits(YKT, "ann", {TODO: 0})

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        await office.tell(Parcel(place=ANJU, subject="c2", persons=(ann,)))
        await office.settled()

    assert await office.states() == [("suppressed", "no_credit")] * 2
    calls = (await office.phones.counters())["calls"]
    assert calls == {**calls, f"{SEND_MP} 43101": 1}


async def test_a_wrong_template_stops_that_template_and_tells_operations(office: Office) -> None:
    """CONFIG: one refusal is enough; the messages wait, and go out when it was mended."""
    ann, bob = await office.person("ann"), await office.person("bob")
    await office.phones.fault(path=SEND_OA, errcode=40037)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        await office.tell(Parcel(place=ANJU, subject="c2", persons=(bob,)))
        await office.settled()
        calls = (await office.phones.counters())["calls"]
        office.clock.advance(timedelta(minutes=12))
        await office.confirmed()

    assert {call: count for call, count in calls.items() if call.startswith(SEND_OA)} == {f"{SEND_OA} 40037": 1}
    assert len(await office.texts()) == 2
    alert = await office.database["alerts"].find_one({})
    assert alert is not None and alert["cause"] == "wechat_config:wx-oa:40037"


async def test_a_used_up_quota_rests_until_midnight(office: Office) -> None:
    """QUOTA: the account is asked once, not again and again; at midnight in the city it goes on."""
    ann, bob = await office.person("ann"), await office.person("bob")
    await office.phones.fault(path=SEND_OA, errcode=45009)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        await office.tell(Parcel(place=ANJU, subject="c2", persons=(bob,)))
        await office.settled()
        calls = (await office.phones.counters())["calls"]
        office.clock.advance(timedelta(hours=24))  # Past midnight, and past quiet hours.
        await office.confirmed()

    assert {call: count for call, count in calls.items() if call.startswith(SEND_OA)} == {f"{SEND_OA} 45009": 1}
    assert len(await office.texts()) == 2
    assert await office.database["alerts"].count_documents({"cause": "quota:wx-oa"}) == 1


async def test_illegal_content_is_dropped(office: Office) -> None:
    """DROP: never tried again; can be found by its reason."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, errcode=40249)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    assert await office.states() == [("failed", "refused_40249")]
    [row] = await office.balance()
    assert row.failed == {"refused_40249": 1}


async def test_a_duplicate_counts_as_sent(office: Office) -> None:
    """DONE: WeChat has it already."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, errcode=40241)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()

    assert await office.states() == [("sent", None)]


@pytest.mark.parametrize(("cut", "when"), [("reset", "before"), ("reset", "after"), ("hang", "before")])
async def test_without_an_answer_it_is_sent_again_under_the_same_id(office: Office, cut: str, when: str) -> None:
    """DOUBT, official account: on the phone once, whether or not the first call got through."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, **{cut: when})

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        assert await office.states() == [("pending", "doubt")]
        office.clock.advance(timedelta(seconds=5))
        await office.confirmed()

    assert await office.texts() == ["高龄津贴"]
    assert await office.states() == [("delivered", None)]


async def test_a_doubt_older_than_the_id_is_decided_by_the_message_class(office: Office) -> None:
    """After ten minutes WeChat no longer knows the id: a service message is repeated, a digest is not."""
    ann = await office.person("ann")

    async with office.push.running():
        for message in ("note", "digest"):
            await office.phones.fault(path=SEND_OA, reset="after")
            await office.tell(Parcel(place=ANJU, subject=message, persons=(ann,), text=message, message=message))
            await office.settled()
            office.clock.advance(timedelta(minutes=6))  # The digest waits for an acknowledgement first.
            await office.until(lambda: _has_state(office, "doubt"))
            office.clock.advance(timedelta(minutes=11))
            await office.confirmed()

    assert sorted(await office.texts()) == ["digest", "note", "note"]
    assert await office.states() == [("delivered", None), ("failed", "outcome_unknown")]


async def _has_state(office: Office, reason: str) -> bool:
    return reason in [found for _, found in await office.states()]


async def test_a_doubtful_subscribe_message_is_repeated_once_at_most(office: Office) -> None:
    """Mini programs have no message id: one repeat with another credit, then it is left."""
    ann = await office.person("ann", oa=False, mp=True, credits=5)
    await office.phones.fault(path=SEND_MP, reset="before", times=10)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        for _ in range(4):
            await office.settled()
            office.clock.advance(timedelta(minutes=3))
        await office.settled()

    assert await office.states() == [("failed", "outcome_unknown")]
    [delivery] = await office.deliveries()
    assert (delivery.attempts, delivery.repeats) == (2, 1)


async def test_what_cannot_be_sent_for_a_day_is_dead_and_can_be_replayed(office: Office) -> None:
    """Dead letters are listed, counted first, and sent again on demand."""
    ann = await office.person("ann")
    await office.phones.fault(path=SEND_OA, errcode=-1, times=None)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        for _ in range(4):
            await office.settled()
            office.clock.advance(timedelta(hours=8))
        await office.settled()
        assert [state for state, _ in await office.states()] == ["dead"]
        await office.phones.clear_faults()
        letters = await office.dead_letters()
        counted = await office.push.operations.replay(letters, dry_run=True)
        assert [state for state, _ in await office.states()] == ["dead"]
        await office.push.operations.replay(letters, dry_run=False)
        await office.confirmed()

    assert counted.count == 1
    assert await office.texts() == ["高龄津贴"]
    await office.balance()


async def test_an_unreachable_wechat_is_not_hammered(office: Office) -> None:
    """While connections are refused a handful of tries are made; afterwards everything arrives once."""
    people = [await office.person(f"p{n}") for n in range(30)]
    await office.phones.sky(outage="refuse")

    async with office.push.running():
        await office.tell(*(Parcel(place=ANJU, subject=person, persons=(person,)) for person in people))
        await office.until(lambda: _down(office))
        attempts = sum(delivery.attempts for delivery in await office.deliveries())
        await office.phones.sky(outage="none")
        await office.until(lambda: _all_sent(office))

    # Each once, and then single tries: without the breaker it would be all of them, every time.
    assert attempts <= 40
    assert len(await office.texts()) == 30
    await office.balance()


async def _down(office: Office) -> bool:
    office.clock.advance(timedelta(seconds=1))
    return await office.database["alerts"].count_documents({"cause": "wechat_down"}) > 0


async def _all_sent(office: Office) -> bool:
    office.clock.advance(timedelta(seconds=1))
    return all(delivery.state in ("sent", "delivered") for delivery in await office.deliveries())
