from __future__ import annotations

import asyncio
import time
from typing import Any

import aiohttp
from pymongo import AsyncMongoClient

from tests.resilience.conftest import Found
from tests.resilience.load import Load
from tests.resilience.process import balance, command
from tests.resilience.town import ANJU, SHEHONG, Town
from tests.resilience.truth import Truth, until
from tests.waiting import patience

DECLARATIONS = 300  # in each of the two counties
AT_ONCE = 10

SETTINGS: dict[str, Any] = {
    "push": {
        # So few at once that facts of before the switch are still waiting after it.
        "dispatch": {"at_once": 1},
        # WeChat confirms every message, bundled ones too: nothing is presumed here.
        "worker": {"longest_bundle": "PT0.5S", "confirm_within": "PT48H"},
    }
}


async def test_a_county_is_switched_off_and_on_while_two_are_under_load(
    found: Found, mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, seed: int
) -> None:
    """``plugins off`` in one of two counties under load: there the routes are gone, as if never known.

    Not one request of the other county fails. What was accepted before is handled to its end by the switches that it was
    accepted under, nothing is accepted while it is off; on again it works at once, without a restart.
    """
    town = await found(**SETTINGS)
    hub = await town.start()
    # One declaration of each at a time: those of one declarant would wait for each other.
    residents = await town.residents(hub.url, 2 * AT_ONCE)
    here = Load(town, residents[:AT_ONCE], [hub.url])
    there = Load(town, residents[AT_ONCE:], [hub.url], first=DECLARATIONS)
    truth = Truth(town, mongo_client[database_name])

    loads = [
        asyncio.create_task(load.submit(DECLARATIONS, at_once=AT_ONCE, towns=town.towns_of(county), seed=seed))
        for load, county in ((here, ANJU), (there, SHEHONG))
    ]
    await until(lambda: _accepted(here, DECLARATIONS // 3))
    gone_after = await _turn_off_and_watch(town, hub.url)
    # What was under way when the switch was turned may still be answered.
    await until(lambda: _all_wait(here))
    before, turned_away = len(here.accepted), here.turned_away
    await until(lambda: _turned_away(here, turned_away + 3 * AT_ONCE))
    accepted_while_off = len(here.accepted) - before
    assert (await command(town.config, "plugins", "on", "declaration", "--county", ANJU))[0] == 0
    await asyncio.gather(*loads)
    await truth.settled()

    assert accepted_while_off == 0
    assert {each.tries for each in there.accepted} == {1} and there.turned_away == 0
    both = [*here.accepted, *there.accepted]
    await truth.check_cases(both)
    await truth.check_inboxes(both)
    await truth.check_versions(ANJU)
    assert (await balance(town.config))["missing"] == 0
    states = await truth.states()
    assert {key for key in states if key[0] == "wechat" and key[1] != "suppressed"} == {("wechat", "delivered", None)}
    assert hub.complaints() == []
    print(
        f"accepted {len(both)}; gone {gone_after:.2f} s after the command had ended; turned away {here.turned_away}; "
        f"events per version of the switches {await truth.versions(ANJU)}; {dict(states)}"
    )


async def test_what_was_accepted_before_a_switch_is_handled_by_it(
    found: Found, mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, seed: int
) -> None:
    """The hub dies with facts that nobody has handled, its plugin is turned off, another hub starts.

    Each declaration gets its task and its pushes all the same, as if the switch had been turned a second later.
    """
    town = await found(**SETTINGS)
    hub = await town.start()
    load = Load(town, await town.residents(hub.url), [hub.url])
    truth = Truth(town, mongo_client[database_name])
    await load.submit(60, at_once=20, towns=town.towns_of(ANJU), seed=seed)
    await hub.kill()
    left = await truth.database["events"].count_documents({"state": "pending", "type": "worklist.OpenTask"})

    assert (await command(town.config, "plugins", "off", "declaration", "--county", ANJU, "--yes"))[0] == 0
    await town.start()
    await truth.settled()

    assert left > 0
    await truth.check_cases(load.accepted)
    await truth.check_inboxes(load.accepted)
    await truth.check_versions(ANJU)
    assert await truth.versions(ANJU) == {1: 4 * len(load.accepted)}
    print(f"{left} of {len(load.accepted)} declarations were without a task when the hub died")


async def _turn_off_and_watch(town: Town, url: str) -> float:
    """Turn off what handles declarations; seconds from the end of the first command until its routes were gone."""
    off = asyncio.create_task(command(town.config, "plugins", "off", "declaration", "--county", ANJU, "--yes"))
    off.add_done_callback(lambda _: ended.append(time.monotonic()))
    ended: list[float] = []
    never = await _look(town, f"{url}/api/v1/{ANJU}/no-such-plugin/projects")
    async with patience():
        while await _look(town, f"{url}/api/v1/{ANJU}/declaration/projects") != never:
            await asyncio.sleep(0.02)
    gone = time.monotonic()
    assert never[0] == 404 and (await _look(town, f"{url}/api/v1/{SHEHONG}/declaration/projects"))[0] == 200
    assert (await off)[0] == 0
    return gone - ended[0]


async def _look(town: Town, url: str) -> tuple[int, Any]:
    """Status and answer of a GET, without what differs from one request to the next."""
    async with town.http.get(url, timeout=aiohttp.ClientTimeout(total=20)) as response:
        answer = await response.json()
    return response.status, {name: value for name, value in answer.get("error", {}).items() if name != "request_id"}


async def _accepted(load: Load, wanted: int) -> str | None:
    return None if len(load.accepted) >= wanted else f"{len(load.accepted)} of {wanted} accepted"


async def _all_wait(load: Load) -> str | None:
    return None if len(load.waiting) == AT_ONCE else f"{len(load.waiting)} of {AT_ONCE} phones were turned away"


async def _turned_away(load: Load, wanted: int) -> str | None:
    return None if load.turned_away >= wanted else f"{load.turned_away} of {wanted} turned away"
