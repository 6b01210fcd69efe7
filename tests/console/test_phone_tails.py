"""按手机尾号查找: one village's phones are opened and compared, and nothing else tells them (docs/decisions/0031-phone-tails.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from hub.app import Hub
from hub.words.clock import MovingClock
from hub.words.regions import Region
from tests.rows.rows import Walk
from tests.web.samples.core import phoned
from tests.web.scope import Scene
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, JUXIAN, MONDAY_MORNING, SHEHONG, VILLAGE

SEARCH, WHAT = f"/{ANJU}/deliveries/search", "deliveries.find_by_tail"


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
    """Who, when, in which village, and whose messages were shown."""
    operator = await walk.staff("ops_system", ANJU)
    person = await _person_of(walk, await phoned(walk.scene, "13900004711"))

    await operator.post(SEARCH, {"village": "聚贤镇万古桥村", "tail": "4711"})

    line = await walk.hub.database["audit"].find_one({"what": WHAT}, sort=[("_id", -1)])
    assert line is not None and (line["subject"], line["actor"]["person"]) == (VILLAGE, operator.person)
    assert line["details"]["persons"] == [person] and "4711" not in str({**line, "_id": "", "request_id": ""})


async def _person_of(walk: Walk, delivery: str) -> str:
    row = await walk.hub.database["deliveries"].find_one({"_id": delivery})
    assert row is not None
    return str(row["person"])


async def test_a_complainant_is_not_found(walk: Walk) -> None:
    """Who got 投诉已受理 has complained, and may have asked for 保密: neither here nor by their id."""
    operator = await walk.staff("ops_system", ANJU)
    accepted = await phoned(walk.scene, "13900005511", message="complaints.accepted")
    person = await _person_of(walk, accepted)

    found = await operator.post(SEARCH, {"village": VILLAGE, "tail": "5511"})

    assert (found["people"], found["found"]) == (1, [])
    assert person not in str(await operator.get(f"/{ANJU}/deliveries/{accepted}"))
    assert person not in str(await operator.get(f"/{ANJU}/deliveries", message="complaints.accepted"))


def test_all_that_complainants_get_is_discreet_and_what_interception_tells(hub: Hub) -> None:
    """One that is added later, too."""
    told = hub.host.message_types.items()

    secret = {name for name, kind in told if name.startswith("interception.")}
    # Who complains, and who writes to an office.
    secret |= {name for name, kind in told if name.startswith(("complaints.", "message_board.")) and kind.app == "ykt"}
    # Whose data are looked into.
    secret |= {"declaration.checking", "declaration.cleared"}

    assert secret == {name for name, kind in told if kind.discreet}


async def test_what_is_found_names_nobody_by_id(walk: Walk) -> None:
    """By it, what else went to them could be looked for."""
    operator = await walk.staff("ops_system", ANJU)
    person = await _person_of(walk, await phoned(walk.scene, "13900005522"))

    found = await operator.post(SEARCH, {"village": VILLAGE, "tail": "5522"})

    assert len(found["found"]) == 1 and person not in str(found)


async def test_the_work_of_staff_is_not_found(walk: Walk) -> None:
    """Their file names a village as well."""
    operator = await walk.staff("ops_system", ANJU)
    await phoned(walk.scene, "13900005533", message="worklist.arrived")

    found = await operator.post(SEARCH, {"village": VILLAGE, "tail": "5533"})

    assert found["found"] == []


async def test_whoever_took_their_consent_back_is_not_opened(walk: Walk) -> None:
    operator = await walk.staff("ops_system", ANJU)
    await phoned(walk.scene, "13900005544", withdrawn_at=datetime(2026, 11, 1, tzinfo=UTC))

    found = await operator.post(SEARCH, {"village": VILLAGE, "tail": "5544"})

    assert found["people"] == 0


async def test_a_village_that_was_merged_is_looked_through_under_its_old_code_too(walk: Walk) -> None:
    """By the one name that both have; it is said where somebody is on record."""
    new, old = [
        Region(code=code, name="合并村", level="village", parent=JUXIAN, status=status)
        for code, status in (("510904114291", "active"), ("510904114292", "abolished"))
    ]
    await walk.hub.places.import_rows([old, new])
    operator = await walk.staff("ops_system", ANJU)
    await phoned(walk.scene, "13900005555", village=old.code)

    found = await operator.post(SEARCH, {"village": "聚贤镇合并村", "tail": "5555"})

    assert [each["village"] for each in found["found"]] == ["聚贤镇合并村（已撤销）"]


@pytest.mark.parametrize(("ago", "refused"), [(timedelta(minutes=59), True), (timedelta(hours=1), False)])
async def test_thirty_searches_an_hour_whichever_node_is_asked(walk: Walk, ago: timedelta, refused: bool) -> None:
    """Another node has written these lines."""
    operator = await walk.staff("ops_system", SHEHONG)
    lines, at = walk.hub.database["audit"], walk.hub.clock.now() - ago
    await lines.delete_many({"actor.person": operator.person})
    await lines.insert_many([_line(operator.person, at) for _ in range(30)])

    body = {"village": "510981002", "tail": "0000"}
    answer = await operator.visitor.ask("POST", f"/api/v1/{SHEHONG}/deliveries/search", json=body)

    assert answer.status == (429 if refused else 200)


def _line(person: str, at: datetime) -> dict[str, Any]:
    return {"_id": uuid4().hex, "county": SHEHONG, "what": WHAT, "actor": {"person": person}, "at": at, "sealed": True}


async def test_the_bound_reads_an_index(walk: Walk) -> None:
    """The log only grows."""
    wanted = {"what": WHAT, "actor.person": "somebody", "at": {"$gt": walk.hub.clock.now()}}

    plan = await walk.hub.database["audit"].find(wanted, sort=[("at", -1)], limit=30).explain()

    assert "tails_looked_for" in str(plan["queryPlanner"]["winningPlan"])


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

    body = {"village": VILLAGE, "tail": "1122"}
    assert (await operator.refusal("POST", "/510900/deliveries/search", body))[0] == 400
