"""按手机尾号查找: one village's phones are opened and compared, and nothing else tells them (docs/decisions/0031-phone-tails.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.app import Hub
from hub.words.clock import MovingClock
from tests.rows.rows import Walk
from tests.web.samples.core import phoned
from tests.web.scope import Scene
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG, VILLAGE

SEARCH = f"/{ANJU}/deliveries/search"


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    folder, counties = tmp_path_factory.mktemp("hub"), {ANJU: ALL_ON, SHEHONG: ALL_ON}
    async with whole_hub(mongo_uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as made:
        yield made


@pytest.fixture
async def walk(hub: Hub) -> AsyncIterator[Walk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Walk(Scene(hub, http))


async def test_somebody_of_a_village_is_found_by_the_last_digits(walk: Walk) -> None:
    """Masked, with their messages; whoever lives in another village is not."""
    operator = await walk.staff("ops_system", ANJU)
    here, _ = await phoned(walk.scene, "13900001122"), await phoned(walk.scene, "13700001122", village="510904114205")

    found = await operator.post(SEARCH, {"village": VILLAGE, "tail": "1122"})

    assert [(each["name"], each["phone"], each["delivery"]["id"]) for each in found["found"]] == [
        ("李*兰", "139****1122", here)
    ]
    assert (found["people"], found["all"]) == (1, True)


async def test_a_search_is_written_down_without_the_digits(walk: Walk) -> None:
    """Who, when, and in which village."""
    operator = await walk.staff("ops_system", ANJU)

    await operator.post(SEARCH, {"village": "聚贤镇万古桥村", "tail": "4711"})

    line = await walk.hub.database["audit"].find_one({"what": "deliveries.find_by_tail"}, sort=[("_id", -1)])
    assert line is not None and (line["subject"], line["actor"]["person"]) == (VILLAGE, operator.person)
    assert "4711" not in str(line)


@pytest.mark.parametrize("village", ["没有这个村", "510981001001", "安居区"])
async def test_without_a_village_of_this_county_nobody_is_looked_at(walk: Walk, village: str) -> None:
    operator = await walk.staff("ops_system", ANJU)

    assert await operator.refusal("POST", SEARCH, {"village": village, "tail": "1122"}) == (422, "invalid")


@pytest.mark.parametrize("tail", ["", "112", "11223", "....", "13900001122"])
async def test_four_digits_and_nothing_else(walk: Walk, tail: str) -> None:
    operator = await walk.staff("ops_system", ANJU)

    status, _ = await operator.refusal("POST", SEARCH, {"village": VILLAGE, "tail": tail})

    assert status == 422


async def test_a_city_searches_in_its_counties(walk: Walk) -> None:
    """Names of villages come again in each."""
    operator = await walk.staff("ops_system", "510900")

    assert (await operator.refusal("POST", "/510900/deliveries/search", {"village": VILLAGE, "tail": "1122"}))[0] >= 400
