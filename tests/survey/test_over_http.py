"""Surveys on a whole hub, through its own doors and dispatcher, beside the real payments; nothing of them where they are off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from hub.app import Hub
from hub.identity.staff import PositionWanted
from hub.rules.host import find
from hub.rules.importing import run_import
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from tests.payments.conftest import line, number_of, roster
from tests.plugins.conftest import FARMING, LAND
from tests.plugins.test_over_http import City
from tests.waiting import until
from tests.web.conftest import picture
from tests.web.test_files import form
from tests.world import ANJU, JUXIAN, REGIONS, SHEHONG, VILLAGE

ROOT = Path(__file__).parents[2]
PLUGINS = tuple(sorted(folder.parent.name for folder in (ROOT / "plugins").glob("*/plugin.py")))


def leaning_on(name: str) -> set[str]:
    """The plugin and all that go with it."""
    needs = {other: getattr(module, "NEEDS", ()) for other, module in find(PLUGINS)}
    gone = {name}
    while more := {other for other, needed in needs.items() if gone & set(needed)} - gone:
        gone |= more
    return gone


@pytest.fixture(scope="module")
async def city(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """安居区 with everything on, 射洪市 with everything but surveys and what needs them."""
    settings = HubSettings(
        mode="test",
        data_dir=tmp_path_factory.mktemp("data"),
        templates=ROOT / "templates",
        server=ServerSettings(port=0),
        store=StoreSettings(uri=mongo_uri, database=f"test_{uuid4().hex}"),
        plugins=PLUGINS,
        counties={
            ANJU: dict.fromkeys(PLUGINS, True),
            SHEHONG: {name: name not in leaning_on("survey") for name in PLUGINS},
        },
    )
    async with Hub.open(settings) as hub:
        await hub.places.import_rows(read_csv(REGIONS))
        catalogue = (ROOT / "hub/demo/data/projects.yaml").read_bytes()
        await run_import(hub.units, "projects", catalogue, lambda done, total: None)
        async with hub.serving(), aiohttp.ClientSession() as http:
            yield City(hub, http)
        await hub.database.client.drop_database(settings.store.database)


async def benefit_of(farmer: Any, number: str) -> dict[str, Any] | None:
    _, page = await farmer.ask("POST", f"{ANJU}/payments/benefits/search", json={"id_number": number})
    items: Sequence[dict[str, Any]] = page["items"]
    return items[0] if items else None


async def enrolled(farmer: Any, n: int) -> None:
    """On the 名册 of 耕地地力保护补贴."""
    data = aiohttp.FormData()
    data.add_field("file", roster(line(n)).data, filename="r.csv")
    await farmer.ask("POST", f"{ANJU}/payments/rosters?project={LAND}&short=地力保护&bureau={FARMING}", data=data)

    async def there() -> bool:
        return await benefit_of(farmer, number_of(n)) is not None

    await until(there)


async def test_a_survey_that_says_stop_stops_the_money(city):
    """Looked at without a prior task, archived by the town: the real payments stop what the person gets."""
    farmer = await city.staff("luo", "罗勇", PositionWanted(role="handler", region=ANJU, bureau=FARMING))
    surveyor = await city.staff("yang", "杨帆", PositionWanted(role="handler", region=VILLAGE, node="survey"))
    town = await city.staff("tang", "唐丽", PositionWanted(role="handler", region=JUXIAN, bureau=FARMING))
    await enrolled(farmer, 21)
    _, detail = await surveyor.ask(
        "POST",
        f"{VILLAGE}/survey/surveys",
        json={"place": VILLAGE, "project": LAND, "name": "张二", "id_number": number_of(21)},
    )
    survey, draft = detail["survey"]["id"], city.hub.units.new_id()
    files = [(await surveyor.ask("POST", "files", data=form(picture())))[1]["id"] for _ in range(2)]
    filled = {
        "result": "untrue",
        "handling": "stop",
        "visited_at": city.hub.clock.now().isoformat(),
        "spot": "家中",
        "investigators": ["杨帆", "刘洋"],
        "photos": files[:1],
        "signatures": files[1:],
    }
    body = {"revision": 1, "saved_at": city.hub.clock.now().isoformat(), "form": filled}

    saved, _ = await surveyor.ask("PUT", f"{VILLAGE}/survey/surveys/{survey}/drafts/{draft}", json=body)
    _, done = await surveyor.ask(
        "POST", f"{VILLAGE}/survey/surveys/{survey}/submit", json={"draft": draft, "revision": 1}
    )
    archived, _ = await town.ask(
        "POST", f"{JUXIAN}/survey/surveys/{survey}/archive", json={"version": done["survey"]["version"]}
    )

    async def stopped() -> bool:
        found = await benefit_of(farmer, number_of(21))
        return found is not None and found["state"] == "stopped"

    assert (saved, archived) == (200, 200)
    await until(stopped)


async def test_the_number_stays_out_of_addresses_and_refusals(city):
    """A wrong number is told at its field, without the number."""
    surveyor = await city.staff("liu", "刘洋", PositionWanted(role="handler", region=VILLAGE, node="survey"))
    household = {"place": VILLAGE, "project": LAND, "name": "张二", "id_number": "510904194403150024"}

    status, answer = await surveyor.ask("POST", f"{VILLAGE}/survey/surveys", json=household)

    assert (status, list(answer["error"]["fields"])) == (422, ["id_number"])
    assert "510904194403150024" not in repr(answer)


async def test_where_surveys_are_off_nothing_of_them_exists(city):
    """Every route 404, no menu entry, no event, no document; a case waits at the node."""
    surveyor = await city.staff("wen", "文强", PositionWanted(role="handler", region=SHEHONG))
    routes = city.hub.host.plugins["survey"].routes

    statuses = {
        (await surveyor.ask(route.method, f"{SHEHONG}/survey{route.path.format(id='x', draft='x', file='x')}"))[0]
        for route in routes
    }
    _, menu = await surveyor.ask("GET", f"{SHEHONG}/menu")

    assert len(routes) == 18 and statuses == {404}
    assert "入户调查" not in repr(menu)
    for collection in ("surveys", "drafts", "records"):
        assert await city.hub.database[f"survey.{collection}"].count_documents({"county": SHEHONG}) == 0
    ours = {"county": SHEHONG, "todo.name": {"$regex": ":survey"}}
    assert await city.hub.database["events"].count_documents(ours) == 0
