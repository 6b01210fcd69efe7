"""The 播报稿 names counts and no person; that it was read is noted, seen from above, and taken back with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import AnotherLevel, Conflict, Forbidden, Invalid, NotFound
from plugins.village.documents import READING
from plugins.village.events import ReadAloud
from tests.offered import accepted, seen
from tests.village.conftest import ANJU, OTHER_VILLAGE, SHEHONG, VILLAGE
from tests.world import CITY, DONGCHAN, JUXIAN

READINGS = "village/readings"
WHY = {"reason": "选错了时间"}


async def script(office, at=VILLAGE, actor=None):
    return await office.ask(actor or office.reader(at), "GET village/script", at=at)


async def log(office, actor=None, *, at=VILLAGE, ago=timedelta(0), **more):
    body = {"read_at": (office.world.clock.now() - ago).isoformat(), **more}
    return await office.ask(actor or office.reader(at), f"POST {READINGS}", at=at, body=body)


async def test_it_can_be_read_aloud_and_names_nobody(office):
    """Counts, project, until when, where it hangs, whom to phone."""
    await office.turn("publicity", on=True, county=ANJU, settings={"phone": "0825-8661234"})
    await office.put_up(5)
    await office.put_up(2, "small", short="农机补贴")

    text = "".join((await script(office)).text)

    assert "地力保护，发放公示，5人，金额合计1750元，公示到11月30日" in text.replace("2026年", "")
    assert "农机补贴，发放公示，2人，公示到" in text
    assert "村务公开栏" in text and text.count("0825-8661234") == 1
    assert "李" not in text and "王" not in text


async def test_what_hangs_no_more_is_not_read(office):
    id = await office.put_up(5)
    await office.pass_end(id)

    shown = await script(office)

    assert (shown.publicities, shown.text) == (0, [])
    with pytest.raises(Conflict, match="不用播报"):
        await log(office)


async def test_it_is_a_villages_own(office):
    with pytest.raises(AnotherLevel):
        await script(office, ANJU)


async def test_what_was_read_is_kept_as_it_was_and_seen_from_above(office):
    """By whom, when; a leader of the county reads it, of another county nobody, of another village neither."""
    await office.put_up(5)
    text = (await script(office)).text

    noted = await log(office, ago=timedelta(hours=1))
    await office.put_up(5, "later")

    readers = [office.reader(at, role) for at, role in ((VILLAGE, "handler"), (JUXIAN, "handler"), (ANJU, "leader"))]
    lists = [(await office.ask(who, f"GET {READINGS}", at=ANJU)).items for who in readers]
    assert [[each.handler for each in items] for items in lists] == [[f"handler-{VILLAGE}"]] * 3
    assert (noted.text, noted.publicities, noted.state_label) == (text, 1, "已播报")
    for stranger in (office.reader(OTHER_VILLAGE), office.reader(SHEHONG, "leader")):
        with pytest.raises(NotFound):
            await office.ask(stranger, f"GET {READINGS}/{{id}}", at=ANJU, id=noted.id)
    assert len(await office.facts(ReadAloud)) == 1


@pytest.mark.parametrize("ago", [timedelta(days=-1), timedelta(days=8)])
async def test_it_was_read_lately(office, ago):
    await office.put_up(5)

    with pytest.raises(Invalid):
        await log(office, ago=ago)


async def test_a_leader_notes_nothing(office):
    await office.put_up(5)

    with pytest.raises(Forbidden):
        await log(office, office.reader(ANJU, "leader"))


async def test_a_wrong_entry_is_withdrawn_and_stays_in_the_log(office):
    await office.put_up(5)
    noted = await log(office)

    body = {"version": noted.version, **WHY}
    gone = await office.ask(office.reader(), f"POST {READINGS}/{{id}}/withdraw", at=VILLAGE, id=noted.id, body=body)

    listed = (await office.ask(office.reader(), f"GET {READINGS}", at=VILLAGE, query={"state": "withdrawn"})).items
    assert (gone.state_label, gone.flow[-1].why, [each.id for each in listed]) == ("已撤销", WHY["reason"], [noted.id])
    assert [fact.state for fact in await office.facts(ReadAloud)] == ["logged", "withdrawn"]


async def test_photos_of_the_board_are_for_handlers_and_discipline(office):
    """A board also shows other papers, and passers-by; a leader reads how many there are."""
    await office.put_up(5)
    file = await office.upload(office.reader())

    noted = await log(office, photos=[file])

    photo = f"GET {READINGS}/{{id}}/photos/{{file}}"
    leader = office.reader(ANJU, "leader")
    raw = await office.ask(office.reader(ANJU, "discipline"), photo, at=VILLAGE, id=noted.id, file=file)
    shown = await office.ask(leader, f"GET {READINGS}/{{id}}", at=VILLAGE, id=noted.id)
    assert raw.data and noted.photos == [file]
    assert (shown.pictures, shown.photos) == (1, [])
    with pytest.raises(Forbidden):
        await office.ask(leader, photo, at=VILLAGE, id=noted.id, file=file)


@pytest.mark.parametrize("state", READING.states)
async def test_offered_is_accepted(office, state):
    await office.put_up(5)
    noted = await log(office)
    if state == "withdrawn":
        body = {"version": noted.version, **WHY}
        noted = await office.ask(
            office.reader(), f"POST {READINGS}/{{id}}/withdraw", at=VILLAGE, id=noted.id, body=body
        )
    readers = [
        (office.reader(VILLAGE), VILLAGE),
        (office.reader(JUXIAN), JUXIAN),
        (office.reader(CITY), ANJU),
        (office.reader(CITY), CITY),
        (office.reader(DONGCHAN), VILLAGE),
        (office.reader(ANJU, "leader"), ANJU),
        (office.reader(ANJU, "discipline"), ANJU),
        (office.villager(), VILLAGE),
    ]

    for who, at in readers:
        shown = await seen(office, who, f"GET {READINGS}/{{id}}", at=at, id=noted.id)
        body = {"version": noted.version, **WHY}
        taken = await accepted(office, who, f"POST {READINGS}/{{id}}/withdraw", at=at, id=noted.id, body=body)
        assert (shown is not None and "withdraw" in shown.moves) == taken, f"{who.positions} at {at}"
