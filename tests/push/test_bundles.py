"""P01's bundling: the first at once, further ones of the next minutes as one WeChat message; the inbox has each at once."""

from __future__ import annotations

from datetime import timedelta

from tests.push.office import ANJU, Office, Parcel


def task(n: int, person: str, **more: object) -> Parcel:
    return Parcel(place=ANJU, subject=f"task{n}", persons=(person,), message="bundled", text=f"第{n}件", **more)


async def test_the_first_goes_at_once_the_rest_together(office: Office) -> None:
    """23 more within ten minutes are one message; the window's end sends it, not a moment earlier."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(task(0, ann))
        await office.settled()
        await office.tell(*(task(n, ann) for n in range(1, 24)))
        office.clock.advance(timedelta(minutes=9))
        await office.settled()
        before = await office.texts()
        office.clock.advance(timedelta(minutes=1, seconds=1))
        await office.confirmed()
        await office.shown(24)

    assert before == ["第0件"]
    assert await office.texts() == ["第0件", "待办 23 件"]
    assert len(office.published) == 24
    [row] = await office.balance()
    assert (row.accepted, row.delivered) == (48, 48)


async def test_a_window_follows_a_bundle(office: Office) -> None:
    """Right after a bundle the phone is left in peace again."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(task(0, ann))
        await office.settled()
        await office.tell(task(1, ann))
        await office.settled()
        office.clock.advance(timedelta(minutes=11))
        await office.confirmed()
        await office.tell(task(2, ann))
        await office.settled()

    assert await office.texts() == ["第0件", "第1件"]
    assert (await office.states())[2] == ("held", "bundled")


async def test_people_have_their_own_windows(office: Office) -> None:
    """Two persons get their first at once."""
    ann, bob = await office.person("ann"), await office.person("bob")

    async with office.push.running():
        await office.tell(task(0, ann), task(1, bob))
        await office.confirmed()

    assert sorted(await office.texts()) == ["第0件", "第1件"]


async def test_urgent_ones_wait_for_no_window(office: Office) -> None:
    """And do not open one."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(task(0, ann))
        await office.settled()
        await office.tell(task(1, ann, urgent=True))
        await office.confirmed()

    assert await office.texts() == ["第0件", "第1件"]


async def test_what_is_claimed_meanwhile_is_withdrawn_from_the_others(office: Office) -> None:
    """A colleague took it: it is neither sent nor counted in the bundle, and the inboxes say so."""
    ann, bob = await office.person("ann"), await office.person("bob")
    offered = [
        Parcel(place=ANJU, subject=f"t{n}", persons=(ann, bob), message="bundled", text=f"第{n}件") for n in range(4)
    ]

    async with office.push.running():
        await office.tell(offered[0])
        await office.settled()
        await office.tell(*offered[1:])
        await office.settled()
        await office.shown(8)
        office.published.clear()
        await office.tell(Parcel(place=ANJU, subject="t1", message="bundled", withdraw="t1", keep=(bob,)))
        await office.settled()
        office.clock.advance(timedelta(minutes=11))
        await office.confirmed()
        await office.shown(1)

    assert sorted(await office.texts()) == ["待办 2 件", "待办 3 件", "第0件", "第0件"]
    [notice] = office.published
    assert (notice.kind, notice.person, notice.title, notice.body) == (
        "withdrawn",
        ann,
        "第1件有新进展",
        "已由他人办理",
    )
    [taken_back] = await office.deliveries(state="suppressed")
    assert (taken_back.person, taken_back.reason, taken_back.fact.endswith("|t1")) == (ann, "withdrawn", True)
    await office.balance()


async def test_a_withdraw_told_twice_marks_once(office: Office) -> None:
    """At least once, seen once."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(task(0, ann))
        await office.settled()
        await office.shown(1)
        office.published.clear()
        for _ in range(2):
            await office.tell(Parcel(place=ANJU, subject="task0", message="bundled", withdraw="task0"))
            await office.settled()
        await office.shown(1)

    assert [entry.kind for entry in office.published] == ["withdrawn"]


async def test_the_bundle_is_one_message_again_after_a_crash(office: Office) -> None:
    """A worker that dies with a bundle in hand: the same message goes out under the same id, once."""
    ann = await office.person("ann")
    async with office.push.running():
        await office.tell(task(0, ann))
        await office.settled()
        await office.tell(*(task(n, ann) for n in range(1, 6)))
        await office.settled()
        await office.phones.fault(path="/cgi-bin/message/template/send", reset="after")
        office.clock.advance(timedelta(minutes=11))
        await office.until(lambda: _doubtful(office))

    async with office.second_node("two").running():
        await office.tell(task(7, ann))  # Must not slip into the bundle that may be on the phone already.
        office.clock.advance(timedelta(minutes=1))
        await office.until(lambda: _sent(office))
        await office.settled()

    assert (await office.texts())[:2] == ["第0件", "待办 5 件"]
    assert len({each.msgid for each in await office.deliveries() if each.msgid}) == len(await office.texts())


async def _doubtful(office: Office) -> bool:
    return ("pending", "doubt") in await office.states()


async def _sent(office: Office) -> bool:
    return len(await office.deliveries(state={"$in": ["sent", "delivered"]})) >= 6
