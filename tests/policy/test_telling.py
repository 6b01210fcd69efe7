"""P10: who hears of a new file, and who does not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from hub.api import Conflict, NotFound, Withdraw
from hub.testing import County
from hub.words.actors import Actor
from plugins.policy import handlers, pages, triggers
from tests.policy.conftest import CIVIL, FARMING, OLD_AGE, Press
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE


async def subscribe(county: County, who: Actor, project: str = OLD_AGE, at: str = VILLAGE) -> Any:
    return await county.ask(who, "POST policy/subscriptions", at=at, body={"project": project})


def taken_back(county: County) -> list[Withdraw]:
    return [each for each in county.pushes if isinstance(each, Withdraw)]


async def test_subscribers_of_the_project_hear_once(county: County, press: Press, expect_push, expect_no_push) -> None:
    wang, chen = await county.resident("王建国"), await county.resident("陈芳")
    await subscribe(county, wang)
    await subscribe(county, wang)
    await subscribe(county, chen, "10001")

    await press.published(projects=[OLD_AGE, "30001"])

    await expect_push(wang, "policy.announced", "高龄津贴", times=1)
    await expect_no_push(chen, "policy.announced")


async def test_many_are_told_in_parts(
    county: County, press: Press, expect_push, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part is a fact of its own, of so many persons."""
    monkeypatch.setattr(triggers, "AT_ONCE", 2)
    residents = [await county.resident(name) for name in ("王建国", "陈芳", "刘梅")]
    for each in residents:
        await subscribe(county, each)

    await press.published()

    facts = await county.facts(triggers.FileAnnounced)
    assert sorted(len(each.persons) for each in facts) == [1, 2]
    for each in residents:
        await expect_push(each, "policy.announced", times=1)


async def test_a_towns_file_is_told_in_the_town(county: County, expect_push, expect_no_push) -> None:
    here, elsewhere = await county.resident("王建国"), await county.resident("陈芳")
    await subscribe(county, here)
    await subscribe(county, elsewhere, at=ANJU)
    town = Press(county, await county.staff("handler", region=JUXIAN, bureau=CIVIL))

    await town.published(at=JUXIAN)

    await expect_push(here, "policy.announced")
    await expect_no_push(elsewhere, "policy.announced")


async def test_the_bureaus_handlers_hear_but_who_published_it(county: County, press: Press) -> None:
    colleague = await county.staff("handler", region=ANJU, bureau=CIVIL)
    other = await county.staff("handler", region=ANJU, bureau=FARMING)

    await press.published()

    [push] = [each for each in county.pushes if each.message == "policy.published"]
    reached = await county.reached(push)
    assert colleague.person in reached and not {press.clerk.person, other.person} & set(reached)


async def test_published_again_it_is_told_again(county: County, press: Press, expect_push) -> None:
    wang = await county.resident("王建国")
    await subscribe(county, wang)
    file = await press.published()

    file = await press.press(file, "withdraw", reason="日期有误")
    await press.press(file, "publish")
    await county.deliver()

    await expect_push(wang, "policy.announced", times=2)


async def test_ones_own_are_listed_and_can_be_ended(county: County, press: Press, expect_no_push) -> None:
    wang, chen = await county.resident("王建国"), await county.resident("陈芳")
    await subscribe(county, wang)

    listed, others = [await county.ask(who, "GET policy/subscriptions", at=VILLAGE) for who in (wang, chen)]
    with pytest.raises(NotFound):
        await county.ask(chen, "DELETE policy/subscriptions/{project}", at=VILLAGE, project=OLD_AGE)
    await county.ask(wang, "DELETE policy/subscriptions/{project}", at=VILLAGE, project=OLD_AGE)
    await press.published()

    assert ([each.project for each in listed.items], others.items) == ([OLD_AGE], [])
    await expect_no_push(wang, "policy.announced")


async def test_nobody_subscribes_without_end_nor_to_what_is_not_there(
    county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = await county.resident("王建国")
    monkeypatch.setattr(handlers, "MOST_SUBSCRIBED", 1)

    with pytest.raises(NotFound):
        await subscribe(county, wang, "nothing")
    await subscribe(county, wang)
    with pytest.raises(Conflict, match="最多订阅"):
        await subscribe(county, wang, "10001", at=ANJU)


async def test_what_is_withdrawn_is_told_no_more(county: County, press: Press) -> None:
    """Neither to subscribers nor to handlers: what waits for the morning is taken back."""
    file = await press.published()

    await press.press(file, "withdraw", reason="传错了")
    await county.deliver()

    back = [(each.message, each.key) for each in taken_back(county)]
    assert back == [("policy.announced", f"{file.id}:1"), ("policy.published", f"{file.id}:1")]


async def test_what_was_followed_is_told_no_more(county: County, press: Press) -> None:
    old, new = await press.published(), await press.published(title="新的通知")

    await press.press(old, "supersede", by=new.id)
    await county.deliver()

    assert {each.key for each in taken_back(county)} == {f"{old.id}:1"}


async def test_in_another_county_one_subscribes_apart(county: County, press: Press) -> None:
    """Neither is it shown here, nor ended."""
    wang = await county.resident("王建国")
    await subscribe(county, wang, at=SHEHONG)

    here = await county.ask(wang, "GET policy/subscriptions", at=VILLAGE)
    with pytest.raises(NotFound):
        await county.ask(wang, "DELETE policy/subscriptions/{project}", at=VILLAGE, project=OLD_AGE)
    await subscribe(county, wang)
    await county.ask(wang, "DELETE policy/subscriptions/{project}", at=VILLAGE, project=OLD_AGE)

    there = await county.ask(wang, "GET policy/subscriptions", at=SHEHONG)
    assert (here.items, [each.project for each in there.items]) == ([], [OLD_AGE])


async def test_a_page_says_subscribed_where_that_is_so(county: County, press: Press) -> None:
    wang, file = await county.resident("王建国"), await press.published()
    await subscribe(county, wang, at=SHEHONG)

    async def shown(at: str) -> frozenset[str]:
        place = county.world.place(at)
        page = await county.world.units.read(
            lambda ctx: pages.shown(ctx, file.id), plugin="policy", place=place, actor=wang
        )
        return page.subscribed

    before = await shown(VILLAGE)
    await subscribe(county, wang)
    assert (before, await shown(VILLAGE)) == (frozenset(), frozenset({OLD_AGE}))


async def test_who_asks_at_once_has_one_subscription(county: County) -> None:
    wang = await county.resident("王建国")

    await asyncio.gather(*(subscribe(county, wang) for _ in range(6)))

    listed = await county.ask(wang, "GET policy/subscriptions", at=VILLAGE)
    assert [each.project for each in listed.items] == [OLD_AGE]
