"""关注: who hears of a village's publicities (P04), once; whose village it may be."""

from __future__ import annotations

import pytest

from hub.api import Conflict, NotFound
from plugins.village import following
from plugins.village.events import FollowersTold
from tests.village.conftest import ANJU, OTHER_VILLAGE, VILLAGE

FOLLOWS = "village/follows"


async def follow(office, actor, at=VILLAGE):
    return await office.ask(actor, f"POST {FOLLOWS}", at=at)


async def test_a_follower_hears_of_the_beginning_and_of_the_result_once(office):
    """Of a list in parts; whoever stands in it has heard of that by publicity."""
    wang, standing = office.villager(), office.villager("told-7")
    for each in (wang, wang, standing):
        await follow(office, each)

    id = await office.put_up(250)
    begun = office.told_of("village.started")
    await office.confirmed_list(id)

    assert (begun, office.told_of("village.confirmed")) == (["wang"], ["wang"])


async def test_nobody_hears_of_a_village_they_do_not_follow(office):
    await follow(office, office.villager("chen", OTHER_VILLAGE), OTHER_VILLAGE)

    await office.put_up(3)

    assert office.told_of("village.started") == []


async def test_many_are_told_in_parts(office, monkeypatch):
    """Each part is a fact of its own, of so many persons."""
    monkeypatch.setattr(following, "AT_ONCE", 2)
    people = ["a", "b", "c"]
    for each in people:
        await follow(office, office.villager(each))

    await office.put_up(3)

    assert sorted(len(fact.persons) for fact in await office.facts(FollowersTold)) == [1, 2]
    assert sorted(office.told_of("village.started")) == people


async def test_a_message_names_nobody_and_no_amount(office):
    await follow(office, office.villager())

    await office.put_up(3)

    [push] = [each for each in office.pushes if each.message == "village.started"]
    assert set(push.data) == {"village", "place", "project", "short", "label", "number", "at"}


async def test_another_village_is_followed_where_the_county_allows_it(office):
    wang = office.villager()
    with pytest.raises(NotFound):
        await follow(office, wang, OTHER_VILLAGE)

    await office.turn("village", on=True, county=ANJU, settings={"others": True})
    await follow(office, wang, OTHER_VILLAGE)

    assert (await office.village(wang)).follows == [OTHER_VILLAGE]


async def test_ones_own_are_listed_and_ended_also_after_moving_away(office):
    wang, chen = office.villager(), office.villager("chen")
    await follow(office, wang)
    moved = office.villager("wang", OTHER_VILLAGE)

    listed = await office.ask(moved, f"GET {FOLLOWS}", at=OTHER_VILLAGE)
    with pytest.raises(NotFound):
        await office.ask(chen, f"DELETE {FOLLOWS}", at=VILLAGE)
    await office.ask(moved, f"DELETE {FOLLOWS}", at=VILLAGE)
    await office.put_up(3)

    assert [each.place for each in listed.items] == [VILLAGE]
    assert office.told_of("village.started") == []


async def test_nobody_follows_without_end(office, monkeypatch):
    monkeypatch.setattr(following, "MOST_FOLLOWED", 1)
    await office.turn("village", on=True, county=ANJU, settings={"others": True})
    await follow(office, office.villager())

    with pytest.raises(Conflict, match="最多关注"):
        await follow(office, office.villager(), OTHER_VILLAGE)
