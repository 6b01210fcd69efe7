"""P02: on the morning of a working day each person hears once of what they have, each leader once of each region; or as they chose."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.testing import ANJU, CITY, DONGCHAN, JUXIAN, SHEHONG, VILLAGE, County, HubSetup
from hub.words.errors import Forbidden, Invalid
from plugins.overdue import triggers
from tests.overdue.watched import CIVIL, FARMING, LAND, WATCHED, Watched

DUE, DIGEST, LATE = "overdue.due", "overdue.digest", "overdue.late"
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(plugins=WATCHED.plugins, stand_ins=WATCHED.stand_ins, on=(ANJU, SHEHONG), off=())


@pytest.fixture
def office(county: County) -> Watched:
    return Watched(county.world)


async def morning(office: Watched, at: str = ANJU) -> None:
    await office.clock(at)
    await office.job("overdue.morning", at)
    await office.deliver()


async def test_a_handler_hears_once_of_what_ends_soon_and_what_is_late(office):
    """However often the job runs, and whatever their tasks are."""
    handler = await office.handler()
    for _ in range(3):
        await office.want(days=1)
    await office.want(days=4)
    await morning(office)
    await office.expect_push(handler, DUE, "3件待办快到期", times=1)

    await office.pass_days(2)
    await morning(office)
    await morning(office)

    push = await office.expect_push(handler, DUE, times=2)
    assert (push.data["late"], push.data["more"]) == (3, 0)


async def test_what_was_told_is_not_told_again(office):
    """Of the late ones those that are new; on the next morning nothing is left to tell."""
    handler = await office.handler()
    await office.late()
    await morning(office)

    await office.pass_days(1)
    await morning(office)

    await office.expect_push(handler, DUE, "1件待办已逾期", times=1)


async def test_whoever_holds_two_positions_hears_of_both_in_one_message(office):
    """Also at two places; each message would say less."""
    both = await office.employ("唐丽", office.position("handler", JUXIAN), office.position("handler", DONGCHAN))
    await office.want(JUXIAN)
    await office.want(DONGCHAN, project=LAND, bureau=FARMING)

    await morning(office)

    push = await office.expect_push(both, DUE, times=1)
    assert push.data["more"] == 2


async def test_two_counts_of_one_day_are_one_message(office):
    """A morning that is counted anew, as after a restored backup, is told under the same key."""
    handler = await office.handler()
    await office.want()
    await morning(office)
    await office.world.database["overdue.rounds"].delete_many({})

    await morning(office)

    keys = {push.key for push in office.pushes if getattr(push, "message", "") == DUE}
    assert keys == {"2026-11-23"} and handler


async def test_two_mornings_that_meet_are_told_each_for_itself(office):
    """The node that began the first one died."""
    leader = await office.leader()
    await office.late()
    await office.job("overdue.morning")
    office.world.clock.advance(timedelta(days=1))

    await office.job("overdue.morning")
    await office.deliver()

    told = {push.key: push.data["late"] for push in office.pushes if getattr(push, "message", "") == DIGEST}
    assert told == {f"2026-11-26:{ANJU}": 1, f"2026-11-27:{ANJU}": 1}, leader


async def test_what_nobody_carried_out_is_forgotten_after_the_next_morning(office):
    left = {"_id": "left", "place": ANJU, "path": ["510900", ANJU], "county": ANJU, "version": 1, "day": "2026-11-02"}
    now = office.world.clock.now()
    stamps = {"created_at": now, "updated_at": now}
    rest = {"person": "唐丽", "leader": False, "at": ANJU, "late": 1, "more": 0}
    await office.world.database["overdue.notices"].insert_one({**left, **stamps, **rest})
    for _ in range(2):
        await morning(office)
        await office.pass_days(1)

    assert await office.world.database["overdue.notices"].count_documents({}) == 0


async def test_a_clock_that_ran_ahead_once_silences_nobody(office):
    handler = await office.handler()
    office.world.clock.advance(timedelta(days=364))
    await morning(office)
    office.world.clock.advance(-timedelta(days=364))
    await office.want()

    await morning(office)

    await office.expect_push(handler, DUE, "1件待办快到期", times=1)


async def test_who_must_keep_away_from_a_task_is_not_told_of_it(office):
    """The others who hold the position are; and all of what nobody must keep away from."""
    accused, other = await office.handler("唐丽"), await office.handler("邓强")
    await office.want(avoid=(accused.person,))
    await office.want()

    await morning(office)

    pushes = [await office.expect_push(each, DUE, times=1) for each in (accused, other)]
    assert [push.data["more"] for push in pushes] == [1, 2]


async def test_where_all_must_keep_away_whoever_stands_in_above_hears(office):
    accused, above = await office.handler("唐丽"), await office.handler("罗勇", ANJU)
    await office.want(avoid=(accused.person,))

    await morning(office)

    await office.expect_no_push(accused, DUE)
    await office.expect_push(above, DUE, "1件待办快到期", times=1)


async def test_whoever_has_claimed_it_hears_alone(office):
    """Else all who hold the position."""
    claimer, other = await office.handler("唐丽"), await office.handler("邓强")
    id = await office.want()
    await office.ask(claimer, "POST worklist/tasks/{id}/claim", id=id)
    await office.deliver()

    await morning(office)

    await office.expect_push(claimer, DUE, times=1)
    await office.expect_no_push(other, DUE)


async def test_where_nobody_is_whoever_stands_in_above_hears(office):
    """As of the task itself."""
    above = await office.handler("罗勇", ANJU)
    await office.want(VILLAGE)

    await morning(office)

    await office.expect_push(above, DUE, "1件待办快到期", times=1)


@pytest.mark.parametrize(("days", "hours"), [(0, -1), (5, 0), (6, 0)], ids=["before the hour", "Saturday", "Sunday"])
async def test_nobody_is_told_before_the_hour_or_on_a_day_of_rest(office, days, hours):
    """It is nine o'clock on a Monday when the story begins."""
    handler = await office.handler()
    await office.want()
    office.world.clock.advance(timedelta(days=days, hours=hours))

    await morning(office)

    await office.expect_no_push(handler, DUE)


async def test_the_hour_is_a_setting(office):
    """Of the county."""
    handler = await office.handler()
    await office.want()
    await office.turn("overdue", on=True, settings={"morning": "14:00:00"})
    await morning(office)
    await office.expect_no_push(handler, DUE)

    office.world.clock.advance(5 * HOUR)
    await morning(office)

    await office.expect_push(handler, DUE, times=1)


# --- leaders ------------------------------------------------------------------------------------------------------------------------


async def test_a_leader_hears_once_a_day_how_many_are_late(office):
    """Of the whole region, with what is new; counts alone."""
    leader, town = await office.leader(), await office.leader("镇长", JUXIAN)
    await office.want()
    await office.late(DONGCHAN)

    await morning(office)
    await morning(office)

    push = await office.expect_push(leader, DIGEST, "2件", times=1)
    await office.expect_push(town, DIGEST, "聚贤镇：1件待办逾期", times=1)
    assert "高龄" not in office.words(push).body and "王" not in office.words(push).body


async def test_a_leader_of_a_bureau_hears_of_its_own(office):
    """With two positions there, of each once."""
    farming = await office.leader("农业局长", bureau=FARMING)
    both = await office.employ(
        "两职", office.position("leader", ANJU, bureau=CIVIL), office.position("leader", ANJU, bureau=FARMING)
    )
    await office.want()
    await office.late(project=LAND, bureau=FARMING)

    await morning(office)

    assert (await office.expect_push(farming, DIGEST, times=1)).data["late"] == 1
    assert (await office.expect_push(both, DIGEST, times=1)).data["late"] == 2


async def test_a_citys_leader_hears_of_all_counties_in_one_message(office):
    """Told by the city's own run."""
    leader = await office.leader("市领导", CITY)
    await office.want()
    await office.late(SHEHONG)
    await office.clock(SHEHONG)

    await morning(office, CITY)

    assert (await office.expect_push(leader, DIGEST, "遂宁市", times=1)).data["late"] == 2


async def test_what_a_leader_may_not_see_is_in_no_digest(office):
    """Sensitive projects, and what is hidden from some."""
    leader = await office.leader()
    await office.want(sensitive=True)
    await office.late(hidden=True, avoid=("林峰",))

    await morning(office)

    await office.expect_no_push(leader, DIGEST)


# --- by choice ------------------------------------------------------------------------------------------------------------------------


async def choose(office: Watched, leader, mode: str, region: str = ANJU, at: str = ANJU):
    return await office.ask(leader, "PUT overdue/wishes", at=at, body={"region": region, "mode": mode})


async def test_a_leader_chooses_to_hear_at_once(office):
    """When something becomes late, at most once an hour; and no digest any more."""
    leader, other = await office.leader(), await office.leader("别处", DONGCHAN)
    await choose(office, leader, "at_once")
    await choose(office, other, "at_once", DONGCHAN)

    await office.late()
    await morning(office)

    await office.expect_push(leader, LATE, "聚贤镇有待办刚刚逾期", times=1)
    await office.expect_no_push(leader, DIGEST)
    await office.expect_no_push(other, LATE)


async def test_however_many_want_it_at_once_all_are_told(office):
    """Page by page."""
    leaders = [await office.leader(f"领导{n}") for n in range(5)]
    for leader in leaders:
        await choose(office, leader, "at_once")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(triggers, "AT_ONCE", 2)
        await office.late()

    for leader in leaders:
        await office.expect_push(leader, LATE, times=1)


async def test_at_once_goes_by_what_one_leads_now(office):
    """A bureau's leader hears of its own; what is hidden from some is told to none."""
    farming, gone = (
        await office.leader("农业局长", bureau=FARMING),
        office.acting("已离任", office.position("leader", ANJU)),
    )
    await choose(office, farming, "at_once")
    await choose(office, gone, "at_once")

    await office.late()
    await office.late(hidden=True, bureau=FARMING, project=LAND)
    await office.expect_no_push(farming, LATE)
    await office.late(bureau=FARMING, project=LAND)

    await office.expect_push(farming, LATE, times=1)
    await office.expect_no_push(gone, LATE)


async def test_a_citys_leader_hears_at_once_of_every_county(office):
    """Though each tells it by itself."""
    leader = await office.leader("市领导", CITY)
    await choose(office, leader, "at_once", CITY, at=CITY)

    await office.late()

    await office.expect_push(leader, LATE, times=1)


async def test_a_leader_chooses_to_hear_nothing(office):
    """And changes that again."""
    leader = await office.leader()
    await choose(office, leader, "none")
    await office.late()
    await morning(office)
    await office.expect_no_push(leader, DIGEST)

    chosen = await choose(office, leader, "digest")

    assert [(line.name, line.mode) for line in chosen.regions] == [("安居区", "digest")]
    await office.pass_days(1)
    await morning(office)
    await office.expect_push(leader, DIGEST, times=1)


async def test_each_region_is_chosen_for_by_who_leads_it(office):
    """Two regions, two choices; no others."""
    leader = await office.employ("林峰", office.position("leader", ANJU), office.position("leader", JUXIAN))
    await choose(office, leader, "none", JUXIAN)

    shown = await office.ask(leader, "GET overdue/wishes")

    assert {(line.region, line.mode) for line in shown.regions} == {(ANJU, "digest"), (JUXIAN, "none")}
    with pytest.raises(Invalid):
        await choose(office, leader, "none", DONGCHAN)
    with pytest.raises(Forbidden):
        await choose(office, await office.discipline(), "none")
