"""A notice goes out in parts: once to everybody who was counted, whatever is pressed meanwhile and whatever runs again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from hub.api import Conflict, Invalid, Push, Refused
from hub.testing import NEXT_VILLAGE, VILLAGE, County
from hub.words.clock import shanghai
from plugins.notices.events import TellPart
from tests.notices.conftest import WHY, Desk
from tests.world import ANJU, CITY, JUXIAN, SHEHONG


async def residents(county: County, count: int, region: str = VILLAGE) -> list[str]:
    return [(await county.resident(region=region)).person for _ in range(count)]


async def test_everybody_counted_is_told_once(county: County, desk: Desk) -> None:
    """Seven in parts of two, at home in two villages; whoever lives in another county is not among them."""
    there = [*await residents(county, 4), *await residents(county, 3, NEXT_VILLAGE)]
    await residents(county, 2, SHEHONG)

    notice = await desk.send(7)

    assert sorted(desk.told(notice.id)) == sorted(there)
    assert (notice.state_label, notice.told, notice.people) == ("已发完", 7, 7)


async def test_each_in_their_own_app_and_staff_at_work(county: County, desk: Desk) -> None:
    """Who is several of them hears once; bureaus narrow staff, and those of none are of all."""
    wang, leader = await county.resident(), await county.staff("leader", region=ANJU)
    farmer = await county.staff("handler", region=VILLAGE, bureau="农业农村局")
    village = await county.staff("handler", region=VILLAGE)
    await county.staff("handler", region=VILLAGE, bureau="民政局")

    notice = await desk.send(5, roles=["resident", "handler", "leader"], bureaus=["农业农村局"])

    by_message = {each.message: set(each.to.ids) for each in county.pushes if isinstance(each, Push)}
    staff = {each for name, persons in by_message.items() if name == "notices.handler" for each in persons}
    assert by_message["notices.resident"] == {wang.person} and by_message["notices.leader"] == {leader.person}
    assert sorted(desk.told(notice.id)) == sorted(
        [wang.person, leader.person, farmer.person, village.person, desk.clerk.person]
    )
    assert staff <= {farmer.person, village.person, desk.clerk.person}


async def test_a_town_and_of_it_a_village(county: County, desk: Desk) -> None:
    here, beside = await residents(county, 2), await residents(county, 1, NEXT_VILLAGE)
    town = await desk.write(towns=[JUXIAN])

    village = await desk.press(town, "choose", villages=[VILLAGE])
    sent = await desk.press(village, "send", people=2)
    await county.deliver()

    assert sorted(desk.told(sent.id)) == sorted(here) and not set(beside) & set(desk.told(sent.id))


async def test_the_city_sends_to_its_counties(county: County) -> None:
    city = Desk(county, await county.staff("handler", region=CITY), CITY)
    both = [*await residents(county, 2), *await residents(county, 1, SHEHONG)]

    notice = await city.send(3)
    one = await city.send(1, towns=[SHEHONG])

    assert sorted(city.told(notice.id)) == sorted(both) and city.told(one.id) == both[2:]
    assert notice.number.startswith(f"{CITY}-")


async def test_only_with_the_number_that_was_shown(county: County, desk: Desk) -> None:
    await residents(county, 5)
    notice = await desk.write()

    with pytest.raises(Conflict, match="现在是5人"):
        await desk.press(notice, "send", people=50)
    with pytest.raises(Conflict, match="没有人会收到"):
        await desk.press(await desk.write(roles=["discipline"]), "send", people=0)

    assert (await desk.show(notice)).state == "draft"


async def test_paused_it_stops_and_goes_on_where_it_was(county: County, desk: Desk) -> None:
    there = await residents(county, 6)
    notice = await desk.begin(6)
    await desk.hear()

    await desk.press(notice, "pause")
    await county.deliver()
    told = desk.told(notice.id)
    await desk.press(notice, "resume")
    await county.deliver()

    assert len(told) == 2 and sorted(desk.told(notice.id)) == sorted(there)


async def test_the_next_part_leaves_room_for_others(county: County, desk: Desk) -> None:
    """It may be taken only after the time that its people take at the pace of the settings; the first at once."""
    await residents(county, 6)
    began = datetime.now(UTC)
    await desk.begin(6)
    steps = county.world.database["events"].find({"type": "notices.TellPart"}, sort=[("_id", 1)])

    await desk.hear()

    first, second = [row["next_at"] async for row in steps]
    assert first < began and second >= began + timedelta(seconds=2 / 100) - timedelta(milliseconds=1)


async def test_recalled_nobody_else_is_told_and_the_told_are_told_so(county: County, desk: Desk) -> None:
    await residents(county, 6)
    notice = await desk.begin(6)
    await desk.hear()

    await desk.press(notice, "recall", **WHY)
    await county.deliver()

    assert len(desk.told(notice.id)) == 2 and sorted(desk.taken_back(notice.id)) == sorted(desk.told(notice.id))
    assert all(each.recalled for each in await desk.receipts(notice))


async def test_sent_when_its_time_has_come(county: County, desk: Desk, travel) -> None:
    """Proposed is the next working morning; what is past, or far off, is refused."""
    there = await residents(county, 2)
    notice = await desk.write()
    now = county.world.clock.now()
    for wrong in (now, now + timedelta(days=91)):
        with pytest.raises(Invalid):
            await desk.press(notice, "schedule", people=2, at=wrong)

    at = notice.suggested
    scheduled = await desk.press(notice, "schedule", people=2, at=at)
    before = desk.told(notice.id)
    await county.travel(at - now + timedelta(minutes=2))

    assert (f"{shanghai(at):%H:%M}", scheduled.state_label, before) == ("09:00", "定时待发", [])
    assert sorted(desk.told(notice.id)) == sorted(there)


async def test_whoever_has_not_read_is_reminded_once_a_day(county: County, desk: Desk) -> None:
    wang, chen = await county.resident(), await county.resident("陈芳")
    notice = await desk.send(2)
    await county.ask(wang, "POST notices/inbox/{id}/read", id=notice.id)

    await desk.press(notice, "remind")
    with pytest.raises(Conflict, match="今天已经提醒过"):
        await desk.press(notice, "remind")
    await county.deliver()

    today = shanghai(county.world.clock.now()).date()
    assert desk.told(f"{notice.id}:{today}") == [chen.person]


async def test_urgent_to_few_goes_first_and_to_many_behind(county: County, desk: Desk) -> None:
    """Of an urgent one to more than the settings say, everybody hears at once and nobody else waits."""
    await residents(county, 6)
    few = await desk.send(1, roles=["handler"], urgent=True)
    many = await desk.send(6, urgent=True)
    usual = await desk.send(6)

    lanes = {each.key: (each.urgent, each.bulk) for each in county.pushes if isinstance(each, Push)}
    assert lanes == {few.id: (True, False), many.id: (True, True), usual.id: (False, True)}


@pytest.mark.parametrize("turn", range(6))
async def test_whatever_happens_nobody_twice_and_nobody_missed(
    county: County, desk: Desk, seed: int, turn: int
) -> None:
    """Pressed at random between the parts, parts that run again, staff who come, residents who move home: who was counted is told once;
    of what was recalled nobody is left."""
    chance = Random(seed * 100 + turn)
    homes = dict.fromkeys(await residents(county, chance.randint(3, 8)), VILLAGE)
    homes |= dict.fromkeys(await residents(county, chance.randint(0, 5), NEXT_VILLAGE), NEXT_VILLAGE)
    staff = [(await county.staff("handler", region=VILLAGE)).person for _ in range(chance.randint(0, 3))]
    counted = {*homes, *staff, desk.clerk.person}
    notice = await desk.begin(len(counted), roles=["resident", "handler"])
    people = county.world.database["people"]

    for _ in range(60):
        act = chance.choice(("hear", "hear", "hear", "pause", "resume", "again", "move", "come"))
        try:
            if act == "hear":
                await desk.hear()
            elif act in ("pause", "resume"):
                await desk.press(notice, act)
            elif act == "again":
                await county.world.units.run(
                    lambda ctx: ran_again(ctx, notice.id, chance.randint(0, 9)),
                    plugin="notices",
                    place=county.world.place(ANJU),
                )
            elif act == "move" and homes:
                person, home = homes.popitem()
                to = NEXT_VILLAGE if home == VILLAGE else VILLAGE
                await people.update_one({"_id": person}, {"$set": {"region": to}})
            else:
                await county.staff("handler", region=VILLAGE)
        except Refused:
            pass
    if (await desk.show(notice)).state == "paused":
        await desk.press(notice, "resume")
    await county.deliver()
    told = desk.told(notice.id)
    recalled = await desk.press(notice, "recall", **WHY)
    await county.deliver()

    assert len(told) == len(set(told)) == recalled.told and counted <= set(told)
    assert sorted(desk.taken_back(notice.id)) == sorted(told)


async def ran_again(ctx, notice: str, part: int) -> None:
    ctx.enqueue(TellPart(place=ANJU, notice=notice, part=part))
