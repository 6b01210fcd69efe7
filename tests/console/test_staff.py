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


async def stands_in(walk: Walk, person: str, region: str) -> None:
    """``person`` stands in for somebody of this region."""
    away = await staff.clerk(walk.scene)
    where = {"region": region, "path": walk.hub.places.tree[region].path}
    change = {**where, "on_leave": True, "deputy": person}
    await walk.hub.database["positions"].update_one({"person": away.person}, {"$set": change})


@pytest.mark.parametrize("act", ["reset", "unlock", "disable", "enable", "leave-job", "sessions/end"])
async def test_whoever_stands_in_elsewhere_is_looked_after_above(walk: Walk, officer: Walker, act: str) -> None:
    """A password of theirs would open what the county does not reach."""
    clerk = await staff.clerk(walk.scene)
    await stands_in(walk, clerk.person, CITY)

    refused = await officer.refusal("POST", f"/{ANJU}/staff/accounts/{clerk.account}/{act}")

    assert refused == (403, "forbidden")
    assert (await officer.get(f"/{ANJU}/staff/accounts/{clerk.account}"))["above"] is True


@pytest.mark.parametrize("role", ["ops_system", "ops_audit"])
async def test_the_password_of_another_administrator_is_reset_above(walk: Walk, officer: Walker, role: str) -> None:
    """等保: with it the security officer of the same place would be the other one as well."""
    other = await staff.clerk(walk.scene, role)
    where = {"region": ANJU, "path": walk.hub.places.tree[ANJU].path}
    await walk.hub.database["positions"].update_one({"person": other.person}, {"$set": where})
    city = await walk.staff("ops_security", CITY)

    refused = await officer.refusal("POST", f"/{ANJU}/staff/accounts/{other.account}/reset")
    reset = await city.post(f"/{CITY}/staff/accounts/{other.account}/reset")

    assert refused == (403, "forbidden")
    assert reset["password"]


async def test_whoever_has_left_two_counties_is_looked_after_above_both(walk: Walk, officer: Walker) -> None:
    """Both positions ended at the same moment, and neither county is the last."""
    clerk = await staff.clerk(walk.scene)
    city = await walk.staff("ops_security", CITY)
    await city.post(f"/{CITY}/staff/accounts/{clerk.account}/positions", {"role": "leader", "region": SHEHONG})
    await city.post(f"/{CITY}/staff/accounts/{clerk.account}/leave-job")
    beyond = await walk.staff("ops_security", SHEHONG)

    refused = [
        await each.refusal("POST", f"/{place}/staff/accounts/{clerk.account}/enable")
        for each, place in ((officer, ANJU), (beyond, SHEHONG))
    ]
    await city.post(f"/{CITY}/staff/accounts/{clerk.account}/enable")

    assert refused == [(404, "not_found")] * 2


async def test_work_does_not_go_to_whoever_stands_in_for_the_position_that_ends(walk: Walk, officer: Walker) -> None:
    """The deputy loses it with the same press; so does the holder what a colleague has given them for holding it."""
    ending, deputy, colleague = [await staff.clerk(walk.scene, "discipline") for _ in range(3)]
    held, theirs = await staff.held(walk.scene, ending), await staff.held(walk.scene, colleague)
    own = await staff.held(walk.scene, deputy)
    await officer.post(f"/{ANJU}/staff/positions/{own.id}/end")
    positions = walk.hub.database["positions"]
    away = {"on_leave": True, "deputy": deputy.person}
    await positions.update_one({"_id": held.id}, {"$set": away})
    chosen = {"on_leave": True, "deputy": ending.person, "leave_by": colleague.person}
    await positions.update_one({"_id": theirs.id}, {"$set": chosen})

    seen = await officer.get(f"/{ANJU}/staff/positions/{held.id}")

    assert seen["heirs"] == []


async def test_the_same_position_with_other_days_is_told_apart(walk: Walk, officer: Walker) -> None:
    """Who lengthens a position hears that it ends first."""
    clerk, path = await staff.clerk(walk.scene), f"/{ANJU}/staff/accounts"
    body = {"role": "leader", "region": JUXIAN, "until": "2026-12-31"}
    await officer.post(f"{path}/{clerk.account}/positions", body)

    refused = await officer.refusal("POST", f"{path}/{clerk.account}/positions", {**body, "until": "2027-12-31"})

    assert refused == (409, "conflict")
