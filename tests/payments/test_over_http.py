"""Payments on a whole hub, through its own doors and dispatcher; and nothing of them where they are off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from hub.identity.staff import PositionWanted
from tests.payments.conftest import FARMING, LAND, line, number_of, roster
from tests.plugins.test_over_http import City
from tests.waiting import patience
from tests.whole import ALL_ON, PLUGINS, whole_hub
from tests.world import ANJU, SHEHONG, VILLAGE


@pytest.fixture(scope="module")
async def city(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """安居区 with everything on, 射洪市 with everything but payments."""
    # Who needs payments goes with them.
    without = {name: name not in ("payments", "interception") for name in PLUGINS}
    folder = tmp_path_factory.mktemp("data")
    async with whole_hub(mongo_uri, folder, {ANJU: ALL_ON, SHEHONG: without}) as hub, aiohttp.ClientSession() as http:
        yield City(hub, http)


async def until_done(phone: Any, path: str) -> Any:
    async with patience():
        while True:
            _, intake = await phone.ask("GET", path)
            if intake["state"] == "done":
                return intake
            await asyncio.sleep(0.05)


async def test_a_roster_and_a_proof_open_ones_own_payments(city):
    """Uploaded by the bureau, read by the dispatcher in parts; proved at the window, the resident reads theirs and no other."""
    farmer = await city.staff("luo", "罗勇", PositionWanted(role="handler", region=ANJU, bureau=FARMING))
    window = await city.staff("zhou", "周敏", PositionWanted(role="window", region=VILLAGE[:9]))
    zhang = await city.resident("张一", number_of(10))
    form = aiohttp.FormData()
    form.add_field("file", roster(line(10, name="张一"), line(11), line(12, card="1")).data, filename="r.csv")
    query = f"project={LAND}&short=地力保护&bureau={FARMING}"

    status, intake = await farmer.ask("POST", f"{ANJU}/payments/rosters?{query}", data=form)
    done = await until_done(farmer, f"{ANJU}/payments/intakes/{intake['id']}")
    _, rejects = await farmer.ask("GET", f"{ANJU}/payments/intakes/{intake['id']}/rejects")
    before, refused = await zhang.ask("GET", f"{ANJU}/payments/mine")
    _, me = await zhang.ask("GET", "me")
    proof = {"person": me["person"], "name": "张一", "id_number": number_of(10)}
    proved, _ = await window.ask("POST", f"{VILLAGE[:9]}/proofs", json=proof)
    body = {"project": LAND, "period": "2026", "title": "2026年地力保护补贴"}
    await asyncio.sleep(0)
    made, batch = await farmer.ask("POST", f"{ANJU}/payments/batches", json=body)

    assert (status, done["added"], done["rejected"], [each["line"] for each in rejects["items"]]) == (202, 2, 1, [4])
    assert (before, refused["error"]["code"]) == (403, "prove_first")
    assert (proved, made) == (200, 201)
    [mine] = await waits_for_payments(zhang)
    assert (mine["amount"], mine["batch"], mine["person"]["name"]) == ("350.00", batch["id"], "张*")


async def waits_for_payments(phone: Any) -> list[Any]:
    async with patience():
        while True:
            status, page = await phone.ask("GET", f"{ANJU}/payments/mine")
            if status == 200 and page["items"]:
                items: list[Any] = page["items"]
                return items
            await asyncio.sleep(0.1)


async def test_where_payments_are_off_nothing_of_them_exists(city):
    """Every route 404, no menu entry, no event, no document; the chain's last nodes are nobody's there."""
    farmer = await city.staff("wen", "文强", PositionWanted(role="handler", region=SHEHONG, bureau=FARMING))
    routes = city.hub.host.plugins["payments"].routes

    statuses = {
        (await farmer.ask(route.method, f"{SHEHONG}/payments{route.path.format(id='x', kind='roster')}"))[0]
        for route in routes
    }
    _, menu = await farmer.ask("GET", f"{SHEHONG}/menu")

    assert len(routes) > 25 and statuses == {404}
    assert "补贴发放" not in repr(menu)
    for collection in ("benefits", "batches", "rows", "intakes"):
        assert await city.hub.database[f"payments.{collection}"].count_documents({"county": SHEHONG}) == 0
    ours = {"county": SHEHONG, "todo.name": {"$regex": ":payments"}}
    assert await city.hub.database["events"].count_documents(ours) == 0
