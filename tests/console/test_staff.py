"""What a security administrator may do with positions; the pages are walked in ``tests/pages/flows/test_ops_people.py``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta

import aiohttp
import pytest

from hub.app import Hub
from hub.words.clock import MovingClock, shanghai
from tests.rows.rows import Walk, Walker
from tests.web.samples import core, staff
from tests.web.scope import Scene
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, CITY, JUXIAN, MONDAY_MORNING, SHEHONG


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    folder, counties = tmp_path_factory.mktemp("hub"), {ANJU: ALL_ON, SHEHONG: ALL_ON}
    async with whole_hub(mongo_uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as made:
        yield made


@pytest.fixture
async def walk(hub: Hub) -> AsyncIterator[Walk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Walk(Scene(hub, http))


@pytest.fixture
async def officer(walk: Walk) -> Walker:
    return await walk.staff("ops_security", ANJU)


async def test_work_of_a_post_that_nobody_does_is_counted_with_the_vacancy(walk: Walk, officer: Walker) -> None:
    """When the last one at the window leaves, the vacancy says how much waits, and since when."""
    await core.tasks(walk.scene)
    await walk.settled()
    window = await walk.scene.visitor(core.WINDOW)

    await officer.post(f"/{ANJU}/staff/positions/holding-{window.person}/end")
    await walk.settled()

    [vacancy] = [
        each
        for each in await officer.get(f"/{ANJU}/staff/vacancies")
        if (each["region"], each["role_label"]) == (JUXIAN, "受理窗口")
    ]
    assert (vacancy["waiting"], vacancy["oldest"] is None, vacancy["ended_at"] is None) == (1, False, False)


async def test_a_position_is_given_within_ones_own_place(walk: Walk, officer: Walker) -> None:
    """Another county's is refused at its field."""
    clerk = await staff.clerk(walk.scene)

    refused = await officer.refusal(
        "POST", f"/{ANJU}/staff/accounts/{clerk.account}/positions", {"role": "leader", "region": SHEHONG}
    )

    assert refused == (422, "invalid")
    assert len(await walk.hub.identity.staff.held(clerk.person, walk.hub.clock.now())) == 1


async def test_the_three_administrators_stay_three_persons(walk: Walk, officer: Walker) -> None:
    """等保: who runs the system is not given the audit as well."""
    clerk = await staff.clerk(walk.scene, "ops_system")

    refused = await officer.refusal(
        "POST", f"/{ANJU}/staff/accounts/{clerk.account}/positions", {"role": "ops_audit", "region": JUXIAN}
    )

    assert refused == (409, "conflict")


async def test_a_position_runs_from_its_first_day_through_its_last(walk: Walk, officer: Walker) -> None:
    """By the city's days."""
    clerk, path = await staff.clerk(walk.scene), f"/{ANJU}/staff/accounts"
    first, last = date(2026, 12, 1), date(2026, 12, 31)

    body = {"role": "leader", "region": JUXIAN, "since": first.isoformat(), "until": last.isoformat()}
    await officer.post(f"{path}/{clerk.account}/positions", body)

    held = await walk.hub.identity.staff.held(clerk.person, walk.hub.clock.now())
    [led] = [each for each in held if each.role == "leader"]
    assert led.until is not None
    assert (shanghai(led.since).date(), shanghai(led.until).date()) == (first, last + timedelta(days=1))


async def test_days_that_are_over_are_refused(walk: Walk, officer: Walker) -> None:
    """Rights are not given for yesterday."""
    clerk = await staff.clerk(walk.scene)

    body = {"role": "leader", "region": JUXIAN, "until": "2026-11-01"}
    refused = await officer.refusal("POST", f"/{ANJU}/staff/accounts/{clerk.account}/positions", body)

    assert refused == (422, "invalid")


async def test_people_are_found_by_their_whole_name_where_one_reaches(walk: Walk, officer: Walker) -> None:
    """Not from another county, and not by half a name."""
    clerk = await staff.clerk(walk.scene)
    beyond = await walk.staff("ops_security", SHEHONG)

    found = await officer.post(f"/{ANJU}/staff/search", {"who": "周敏"})
    by_half = await officer.post(f"/{ANJU}/staff/search", {"who": "周敏敏"})
    elsewhere = await beyond.post(f"/{SHEHONG}/staff/search", {"who": clerk.username})

    assert clerk.account in {each["account"] for each in found["items"]}
    assert (by_half["items"], elsewhere["items"]) == ([], [])


async def test_whoever_has_no_position_left_is_looked_after_where_the_last_was(walk: Walk, officer: Walker) -> None:
    """There the account is closed, or given work again; not elsewhere."""
    clerk = await staff.clerk(walk.scene)
    held = await staff.held(walk.scene, clerk)
    beyond = await walk.staff("ops_security", SHEHONG)

    await officer.post(f"/{ANJU}/staff/positions/{held.id}/end")

    seen = await officer.get(f"/{ANJU}/staff/accounts/{clerk.account}")
    elsewhere = await beyond.refusal("GET", f"/{SHEHONG}/staff/accounts/{clerk.account}")
    assert (seen["positions"], elsewhere) == ([], (404, "not_found"))


async def test_whoever_works_for_the_city_is_looked_after_there(walk: Walk) -> None:
    """By those who do so at the city; a county does not reach them."""
    clerk = await staff.clerk(walk.scene)
    city = await walk.staff("ops_security", CITY)
    await city.post(f"/{CITY}/staff/accounts/{clerk.account}/positions", {"role": "leader", "region": CITY})
    officer = await walk.staff("ops_security", ANJU)

    refused = await officer.refusal("POST", f"/{ANJU}/staff/accounts/{clerk.account}/reset")
    reset = await city.post(f"/{CITY}/staff/accounts/{clerk.account}/reset")

    assert refused == (404, "not_found")
    assert reset["password"]
