"""公示栏照片: the paper on the village board, photographed by whoever runs the publicity."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import shanghai
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound
from tests.publicity.conftest import ANJU, FARMING, JUXIAN, LINE

PHOTO = f"GET {LINE}/photos/{{file}}"


def today(office):
    return shanghai(office.world.clock.now()).date().isoformat()


async def hang(office, id, verb="put-up", actor=None, photos=1, **changes):
    actor = actor or office.clerk()
    uploaded = [await office.upload(actor) for _ in range(photos)]
    return await office.do(verb, id, actor, **{"day": today(office), "photos": uploaded} | changes)


async def test_whoever_runs_it_adds_the_photos_of_the_board(office):
    """When it was put up and when the days were over, each with its day; both stand in the history."""
    id = await office.started(1)
    await hang(office, id, photos=2)
    await office.pass_end(id)

    seen = await hang(office, id, "at-end")

    assert (seen.put_up.number, seen.put_up.handler, seen.at_end.number) == (2, "唐丽", 1)
    assert seen.at_end.day > seen.put_up.day
    assert [step.label for step in seen.steps][-3:] == ["张贴照片", "到期", "期满照片"]


async def test_a_wrong_photo_is_replaced(office):
    """What is left out is let go."""
    id = await office.started(1)
    first = await hang(office, id)

    second = await hang(office, id)

    assert second.put_up.photos != first.put_up.photos
    released = await office.world.database["files"].distinct("_id", {"state": "released"})
    assert released == list(first.put_up.photos)


async def last_day(office, id):
    return shanghai((await office.stored(id))["ends_at"]).date().isoformat()


@pytest.mark.parametrize("days", [-1, 1], ids=["before it began", "tomorrow"])
async def test_a_day_on_which_it_did_not_hang_is_refused(office, days):
    id = await office.started(1)
    day = (shanghai(office.world.clock.now()) + timedelta(days=days)).date().isoformat()

    with pytest.raises(Invalid) as refused:
        await hang(office, id, day=day)

    assert set(refused.value.fields) == {"day"}


@pytest.mark.parametrize("photos", [0, 21])
async def test_none_and_too_many_are_refused(office, photos):
    id = await office.started(1)

    with pytest.raises(Invalid) as refused:
        await hang(office, id, photos=photos)

    assert set(refused.value.fields) == {"photos"}


async def test_the_end_is_photographed_from_the_last_day_on(office):
    id = await office.started(1)

    with pytest.raises(Conflict):
        await hang(office, id, "at-end")

    office.world.clock.set((await office.stored(id))["ends_at"] - timedelta(hours=1))
    assert (await hang(office, id, "at-end")).at_end.number == 1


async def test_one_photo_does_not_stand_for_both(office):
    """Nor would one that is let go in one place be lost in the other."""
    id = await office.expired(1)
    body = {"day": today(office), "photos": [await office.upload(office.clerk())]}
    await office.do("put-up", id, office.clerk(), **body | {"day": await last_day(office, id)})

    with pytest.raises(Invalid) as refused:
        await office.do("at-end", id, office.clerk(), **body)

    assert set(refused.value.fields) == {"photos"}


async def test_the_photo_of_the_end_is_of_the_end(office):
    """Of the day before the last one it shows nothing; after an extension the end is another."""
    await office.configure(board_photo="both")
    id = await office.expired(1)
    await hang(office, id, day=await last_day(office, id))
    ends = shanghai((await office.stored(id))["ends_at"]).date()

    with pytest.raises(Invalid) as refused:
        await hang(office, id, "at-end", day=(ends - timedelta(days=1)).isoformat())
    await hang(office, id, "at-end")

    assert set(refused.value.fields) == {"day"}
    assert (await office.detail(id)).lacks == []
    await office.do("extend", id, days=2, reason="群众要求延长。")
    assert (await office.detail(id)).lacks == ["期满照片"]


async def test_before_it_hangs_there_is_nothing_to_photograph(office):
    id = await office.prepared(1)

    with pytest.raises(Conflict):
        await hang(office, id)


@pytest.mark.parametrize(("wants", "lacks"), [("put_up", ["张贴照片"]), ("both", ["张贴照片", "期满照片"])])
async def test_a_county_may_want_them_before_the_confirmation(office, wants, lacks):
    await office.configure(board_photo=wants)
    id = await office.expired(1)
    before = await office.detail(id)

    with pytest.raises(Conflict):
        await office.do("confirm", id)
    await hang(office, id, day=await last_day(office, id))
    await hang(office, id, "at-end")
    after = await office.do("confirm", id)

    assert (before.lacks, "confirm" in before.moves, after.board.notice.state) == (lacks, False, "confirmed")


async def test_asked_for_is_not_required(office):
    """As it is where the county says nothing."""
    id = await office.expired(1)

    assert (await office.do("confirm", id)).board.notice.state == "confirmed"


async def test_a_photo_from_after_the_end_does_not_show_that_it_was_put_up(office):
    """One that was taken in time may come late."""
    id = await office.expired(1)
    office.world.clock.advance(timedelta(days=2))

    with pytest.raises(Invalid) as refused:
        await hang(office, id)
    late = await hang(office, id, day=await last_day(office, id))

    assert (set(refused.value.fields), late.put_up.number) == ({"day"}, 1)


@pytest.mark.parametrize("sensitive", [True, False])
async def test_handlers_and_discipline_see_them_and_nobody_else(office, sensitive):
    """The paper may show more of a name than the rows do."""
    id = await office.started(1, sensitive=sensitive)
    [file] = (await hang(office, id)).put_up.photos
    watcher = office.staff("纪伟", office.position("discipline", ANJU))
    leader = office.staff("高峰", office.position("leader", JUXIAN))

    for reader in (office.clerk(), watcher):
        assert (await office.ask(reader, PHOTO, id=id, file=file)).data
    assert (await office.detail(id, leader)).put_up.photos == ()
    with pytest.raises(NotFound):
        await office.ask(leader, PHOTO, id=id, file=file)
    with pytest.raises(NotFound):
        await office.ask(office.clerk("外局", bureau=FARMING), PHOTO, id=id, file=file)
    with pytest.raises(Forbidden):
        await office.ask(office.resident(), PHOTO, id=id, file=file)
