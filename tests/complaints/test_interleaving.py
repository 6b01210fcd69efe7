"""Two at once: one wins, the other is told how it stands; the row hears of each end exactly once."""

from __future__ import annotations

import asyncio

import pytest

from hub.api import VersionRequest
from hub.words.errors import Conflict
from plugins.complaints.actions import handling, own
from plugins.complaints.business import COMPLAINTS
from plugins.complaints.handlers import OWN, STAFF
from tests.complaints.conftest import ANJU, FARMING
from tests.plugins.conftest import told


async def both(*acts):
    """Run at once; returns what came of each."""
    return await asyncio.gather(*acts, return_exceptions=True)


def lost(answers):
    return [answer for answer in answers if isinstance(answer, BaseException)]


async def ready(office, state="accepted"):
    row = await office.row()
    filed = await office.file(row=row)
    if state != "filed":
        await office.do("accept", filed.id)
    return row, filed, (await office.stored(filed.id))["version"]


async def pressed(office, move, id, actor, **body):
    return await office.ask(actor, f"POST complaints/{{id}}/{move}", id=id, body=body)


async def test_of_two_handlers_at_once_one_wins(office):
    row, filed, version = await ready(office, "filed")
    one, other = office.handler("甲"), office.handler("乙")

    answers = await both(
        pressed(office, "accept", filed.id, one, version=version),
        pressed(office, "refuse", filed.id, other, version=version, reason="不属于受理范围"),
    )
    await office.deliver()

    [refusal] = lost(answers)
    state = (await office.stored(filed.id))["state"]
    assert isinstance(refusal, Conflict) and refusal.state["state"] == state
    assert (await office.stored_row(row))["ended"] == ([] if state == "accepted" else [[filed.id, False]])


async def between(office, actor, read, act, meanwhile, permission=None):
    """Run ``act`` in a unit that has read before ``meanwhile`` commits; returns how often it ran."""
    tries = []

    async def unit(ctx):
        tries.append(1)
        if len(tries) == 1:
            await read(ctx)
            await meanwhile()
        await act(ctx)

    place = office.world.place(ANJU)
    try:
        await office.world.units.run(unit, plugin="complaints", place=place, actor=actor, permission=permission)
    finally:
        await office.deliver()
    return len(tries)


async def test_a_reply_while_it_is_being_taken_back(office):
    """It commits between the withdrawal's look and its write: the withdrawal runs again and is told."""
    row, filed, version = await ready(office)

    with pytest.raises(Conflict) as refused:
        await between(
            office,
            office.citizen(),
            lambda ctx: own.mine(ctx, filed.id),
            lambda ctx: OWN.press(ctx, "withdraw", filed.id, VersionRequest(version=version)),
            lambda: pressed(office, "reply", filed.id, office.handler(), version=version, **office.reply()),
        )

    assert refused.value.state == {"state": "replied", "version": version + 1}
    assert (await office.stored_row(row))["ended"] == []


async def test_a_withdrawal_while_somebody_writes_the_reply(office):
    """The other way round: nothing of the reply is left, nobody hears of it."""
    row, filed, version = await ready(office)
    request = handling.ReplyRequest(version=version, **office.reply())
    body = {"version": version}

    with pytest.raises(Conflict) as refused:
        await between(
            office,
            office.handler(),
            lambda ctx: COMPLAINTS.seen(ctx, filed.id),
            lambda ctx: STAFF.press(ctx, "reply", filed.id, request),
            lambda: office.ask(office.citizen(), "POST complaints/mine/{id}/withdraw", id=filed.id, body=body),
            permission="complaints.handle",
        )

    assert refused.value.state["state"] == "withdrawn"
    assert (await office.stored_row(row))["ended"] == [[filed.id, False]]
    assert "complaints.replied" not in [message for message, _ in told(office.pushes)]


@pytest.mark.parametrize("end", ["reply", "refuse"])
async def test_merging_while_the_main_one_is_being_decided(office, end):
    """Into what has been replied to it still goes, and gets that reply; into what has ended it does not."""
    row = await office.row()
    main = await office.file(row=row)
    second = await office.file(office.citizen("chen"), row=row)
    if end == "reply":
        await office.do("accept", main.id)
    body = {"version": (await office.stored(main.id))["version"]}
    body |= office.reply() if end == "reply" else {"reason": "不属于受理范围"}
    request = handling.MergeRequest(version=1, into=main.id, reason="同一事项")

    merging = between(
        office,
        office.handler(),
        lambda ctx: COMPLAINTS.seen(ctx, main.id),
        lambda ctx: STAFF.press(ctx, "merge", second.id, request),
        lambda: pressed(office, end, main.id, office.handler("乙"), **body),
        permission="complaints.handle",
    )
    if end == "refuse":
        with pytest.raises(Conflict):
            await merging
    else:
        assert await merging == 2

    merged, decided = await office.stored(second.id), await office.stored(main.id)
    held = (await office.stored_row(row))["held"]
    if end == "refuse":
        assert (merged["state"], decided["joined"], held) == ("filed", 0, [second.id])
    else:
        assert (merged["state"], len(merged["replies"]), decided["joined"], held) == ("merged", 1, 1, [main.id])


async def test_filing_twice_at_once_leaves_one(office):
    row = await office.row()
    body = office.form(row)

    answers = await both(*[office.ask(office.citizen(), "POST complaints", body=body) for _ in range(4)])
    await office.deliver()

    assert len(lost(answers)) == 3 and all(isinstance(each, Conflict) for each in lost(answers))
    assert len((await office.stored_row(row))["held"]) == 1


async def test_the_row_hears_of_an_end_once_though_the_act_runs_again(office):
    """Somebody writes the row while the guard stands in between: the whole act runs again, and counts once."""
    row, filed, _ = await ready(office)
    await office.do("reply", filed.id)
    tries = []

    async def write_meanwhile():
        tries.append(1)
        if len(tries) == 1:
            await office.world.database["owner.publicity"].update_one({"_id": row.id}, {"$inc": {"version": 1}})

    office.owner.before.append(write_meanwhile)
    await office.own("answer", filed.id, satisfied=True)

    assert len(tries) == 2
    assert (await office.stored_row(row))["ended"] == [[filed.id, False]]
    assert await office.world.database["complaints.published"].count_documents({"_id": filed.id}) == 1


async def test_a_transfer_and_a_reply_at_once(office):
    _, filed, version = await ready(office)

    answers = await both(
        pressed(office, "reply", filed.id, office.handler("甲"), version=version, **office.reply()),
        pressed(
            office,
            "transfer",
            filed.id,
            office.handler("乙"),
            version=version,
            region="510904",
            bureau=FARMING,
            reason="x",
        ),
    )
    await office.deliver()

    assert len(lost(answers)) == 1
    tasks = await office.world.database["worklist.tasks"].find({"subject": filed.id}).to_list(9)
    assert sum(task["state"] == "done" for task in tasks) == 1
