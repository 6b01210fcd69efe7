"""A lost `subscribe` event is healed at night: WeChat's list is read, whoever is not known is asked about in batches."""

from __future__ import annotations

from datetime import timedelta

from tests.push.office import OA, Office

LIST, BATCH = "/cgi-bin/user/get", "/cgi-bin/user/info/batchget"


async def calls(office: Office, path: str) -> int:
    """How often the stand-in was asked."""
    counted = (await office.phones.counters())["calls"]
    return sum(count for key, count in counted.items() if path in key)


async def somebody_unheard(office: Office) -> str:
    """Bound at the mini program alone; follows while the hub is away, and WeChat's three tries come to nothing."""
    await office.phones.add_people([{"person": "ann", "unionid": "union-ann"}])
    ann = await office.person("ann", mp=True, oa=False)
    await office.phones.callbacks(hold=True)
    await office.phones.follow(OA, "ann")
    return ann


async def test_whoever_followed_while_the_hub_was_away_is_reached_after_the_night(office: Office) -> None:
    """Known by the mini program; the batch tells the unionid, and that the official account now reaches them."""
    ann = await somebody_unheard(office)
    before = (await office.identity.directory.addresses([ann], "ykt"))[ann]

    learnt = await office.push.followers.look()

    after = (await office.identity.directory.addresses([ann], "ykt"))[ann]
    assert (before.oa, learnt) == (None, 1)
    assert after.oa is not None and after.oa.follows


async def test_strangers_are_asked_about_by_the_hundred_and_once(office: Office) -> None:
    """250 are three calls; the rest of the night, and the next, there is nothing to ask."""
    await office.phones.add_people(
        [{"person": f"p{n}", "openids": {OA: f"o-{n:04}"}, "unionid": f"u{n}", "follows": True} for n in range(250)]
    )

    learnt = [await office.push.followers.look(), await office.push.followers.look()]
    first_night = await calls(office, BATCH)
    office.clock.advance(timedelta(days=1))
    learnt.append(await office.push.followers.look())

    assert learnt == [250, 0, 0]
    assert (first_night, await calls(office, BATCH)) == (3, 3)


async def test_a_refused_list_is_read_in_the_next_run(office: Office) -> None:
    ann = await somebody_unheard(office)
    await office.phones.fault(path=LIST, errcode=-1)

    refused, learnt = await office.push.followers.look(), await office.push.followers.look()

    assert (refused, learnt) == (0, 1)
    assert (await office.identity.directory.addresses([ann], "ykt"))[ann].oa is not None
