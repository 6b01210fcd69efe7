"""Complaints on a whole hub, through its own doors and dispatcher; and nothing of them where they are off."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from hub.app import Hub
from hub.identity.staff import PositionWanted
from hub.rules.importing import run_import
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from tests.complaints.conftest import CIVIL, NUMBERS, OLD_AGE
from tests.plugins.test_over_http import City
from tests.world import ANJU, CITY, REGIONS, SHEHONG

ROOT = Path(__file__).parents[2]
PLUGINS = ("worklist", "declaration", "survey", "complaints")


@pytest.fixture(scope="module")
async def city(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """安居区 with complaints on, 射洪市 with all but them."""
    on = dict.fromkeys(PLUGINS, True)
    settings = HubSettings(
        mode="test",
        data_dir=tmp_path_factory.mktemp("data"),
        templates=ROOT / "templates",
        server=ServerSettings(port=0),
        store=StoreSettings(uri=mongo_uri, database=f"test_{uuid4().hex}"),
        plugins=PLUGINS,
        counties={ANJU: on, SHEHONG: on | {"complaints": False}},
    )
    async with Hub.open(settings) as hub:
        await hub.places.import_rows(read_csv(REGIONS))
        catalogue = (ROOT / "hub/demo/data/projects.yaml").read_bytes()
        await run_import(hub.units, "projects", catalogue, lambda done, total: None)
        async with hub.serving(), aiohttp.ClientSession() as http:
            yield City(hub, http)
        await hub.database.client.drop_database(settings.store.database)


def form(**changes: object) -> dict[str, object]:
    about = {"against": "project", "project": OLD_AGE, "bureau": CIVIL}
    return {"notice": "0", "type": "favour", "text": "评议不公开", "publish": False, **about, **changes}


async def test_the_office_hears_of_it_and_the_accused_do_not(city):
    """Through the real directory: one of two handlers belongs to the accused town; about the county the city hears."""
    handler = await city.staff("luo", "罗勇", PositionWanted(role="handler", region=ANJU, bureau=CIVIL))
    clerk = await city.staff(
        "he",
        "何军",
        PositionWanted(role="handler", region=ANJU, bureau=CIVIL),
        PositionWanted(role="handler", region=f"{ANJU}114", bureau=CIVIL),
    )
    above = await city.staff("shi", "史进", PositionWanted(role="handler", region=CITY, bureau=CIVIL))
    wang = await city.resident("王建国", NUMBERS["wang"])
    town = form(against="unit", unit_region=f"{ANJU}114", unit_bureau=CIVIL)

    made, filed = await wang.ask("POST", f"{ANJU}/complaints", json=town)
    await handler.waits_for("投诉新到：高龄津贴")
    up, passed = await wang.ask(
        "POST", f"{ANJU}/complaints", json=form(against="unit", unit_region=ANJU, unit_bureau=CIVIL)
    )
    await above.waits_for("投诉新到：高龄津贴")
    id = passed["complaint"]["id"]

    assert (made, up) == (201, 201)
    assert (await clerk.inbox(), len(await handler.inbox()), len(await above.inbox())) == ([], 1, 1)
    assert (await clerk.ask("GET", f"{ANJU}/complaints"))[1]["items"] == []
    assert (await handler.ask("GET", f"{ANJU}/complaints/{id}"))[0] == 404
    status, accepted = await above.ask("POST", f"{ANJU}/complaints/{id}/accept", json={"version": 1})
    assert (status, accepted["complaint"]["state"]) == (200, "accepted")
    await wang.waits_for("投诉已受理：高龄津贴")
    assert filed["complaint"]["state"] == "filed"


async def test_a_complaint_that_is_sent_twice_is_answered_as_it_is_now(city):
    """The phone that lost the first answer does not learn of a state that is over."""
    chen = await city.resident("陈芳", NUMBERS["chen"])
    send = functools.partial(chen.ask, "POST", json=form(), headers={"Idempotency-Key": uuid4().hex})

    _, filed = await send(f"{ANJU}/complaints")
    taken_back = {"version": filed["complaint"]["version"]}
    withdrawn, _ = await chen.ask("POST", f"{ANJU}/complaints/mine/{filed['id']}/withdraw", json=taken_back)
    repeated, now = await send(f"{ANJU}/complaints")

    assert (withdrawn, repeated) == (200, 201)
    assert (now["id"], now["complaint"]["state"]) == (filed["complaint"]["id"], "withdrawn")


async def test_an_old_notice_is_refused_and_secrets_are_not_echoed(city):
    chen = await city.resident("陈芳", NUMBERS["chen"])

    old, refusal = await chen.ask("POST", f"{ANJU}/complaints", json=form(notice="9"))
    wrong, invalid = await chen.ask("POST", f"{ANJU}/complaints", json=form(phone="secret-phone", text="x" * 3000))

    assert (old, refusal["error"]["state"]) == (409, {"notice": "0"})
    assert "重新阅读" in refusal["error"]["message"]
    assert wrong == 422 and "secret-phone" not in repr(invalid) and "xxx" not in repr(invalid)


async def test_where_complaints_are_off_nothing_of_them_exists(city):
    """Every route 404, no menu entry, no event, no document."""
    staff = await city.staff("wen", "文强", PositionWanted(role="handler", region=SHEHONG, bureau=CIVIL))
    resident = await city.resident("刘梅", NUMBERS["liu"])
    routes = city.hub.host.plugins["complaints"].routes

    statuses = {
        (await phone.ask(route.method, f"{SHEHONG}/complaints{route.path.format(id='x', file='y')}"))[0]
        for route in routes
        for phone in (staff, resident)
    }
    menus = [(await phone.ask("GET", f"{SHEHONG}/menu"))[1] for phone in (staff, resident)]

    assert len(routes) > 20 and statuses == {404}
    assert "投诉" not in repr(menus)
    for collection in ("complaints", "notices", "published"):
        assert await city.hub.database[f"complaints.{collection}"].count_documents({"county": SHEHONG}) == 0
    ours = {"county": SHEHONG, "todo.name": {"$regex": ":complaints"}}
    assert await city.hub.database["events"].count_documents(ours) == 0
