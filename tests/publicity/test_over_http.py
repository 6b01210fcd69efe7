"""Publicity on a whole hub, through its own doors; and nothing of it where it is off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from hub.app import Hub
from hub.identity.staff import PositionWanted
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from tests.plugins.conftest import CIVIL
from tests.plugins.test_over_http import City
from tests.publicity.conftest import SunOffice
from tests.world import ANJU, CITY, JUXIAN, REGIONS, SHEHONG, VILLAGE

ROOT = Path(__file__).parents[2]
PLUGINS = tuple(sorted(folder.parent.name for folder in (ROOT / "plugins").glob("*/plugin.py")))
# Who needs publicity goes with it.
NEEDS_IT = ("publicity", "payments", "interception", "complaints")


@pytest.fixture(scope="module")
async def city(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """安居区 with everything on, 射洪市 without publicity."""
    settings = HubSettings(
        mode="test",
        data_dir=tmp_path_factory.mktemp("data"),
        templates=ROOT / "templates",
        server=ServerSettings(port=0),
        store=StoreSettings(uri=mongo_uri, database=f"test_{uuid4().hex}"),
        plugins=PLUGINS,
        counties={
            ANJU: dict.fromkeys(PLUGINS, True),
            SHEHONG: {name: name not in NEEDS_IT for name in PLUGINS},
        },
    )
    async with Hub.open(settings) as hub:
        await hub.places.import_rows(read_csv(REGIONS))
        async with hub.serving(), aiohttp.ClientSession() as http:
            yield City(hub, http)
        await hub.database.client.drop_database(settings.store.database)


async def test_where_it_is_off_nothing_of_it_exists(city):
    """Every route 404 (the city shows the others only), no menu entry, a case that comes there leaves no trace."""
    clerk = await city.staff("shi", "石磊", PositionWanted(role="handler", region=SHEHONG, bureau=CIVIL))
    routes = city.hub.host.plugins["publicity"].routes
    office = SunOffice.__new__(SunOffice)
    office.world = city.hub  # type: ignore[assignment]
    elsewhere = office.arrival(1, place="510981104", identity=office.arrival(1, place=VILLAGE).identity)

    await city.hub.units.run(
        lambda ctx: _tell(ctx, elsewhere), plugin="declaration", place=city.hub.places.tree[SHEHONG]
    )
    statuses = {
        (await clerk.ask(route.method, f"{SHEHONG}/publicity{route.path.format(id='x', row='y')}"))[0]
        for route in routes
    }
    _, menu = await clerk.ask("GET", f"{SHEHONG}/menu")

    assert len(routes) == 14 and statuses == {404}
    assert "公示" not in repr(menu)
    for collection in ("publicities", "rows", "standings"):
        assert await city.hub.database[f"publicity.{collection}"].count_documents({"county": SHEHONG}) == 0
    ours = {"county": SHEHONG, "todo.name": {"$regex": ":publicity"}}
    assert await city.hub.database["events"].count_documents(ours) == 0


async def _tell(ctx, event):
    ctx.emit(event)


async def test_the_menu_offers_it_to_whom_it_is_for(city):
    """公示栏 to handlers, 阳光公示查询 to everybody."""
    clerk = await city.staff("tang", "唐丽", PositionWanted(role="handler", region=JUXIAN, bureau=CIVIL))
    wang = await city.resident("王建国", "510921196711053319")

    menus = [repr((await phone.ask("GET", f"{ANJU}/menu"))[1]) for phone in (clerk, wang)]

    assert [("公示栏" in menu, "阳光公示查询" in menu) for menu in menus] == [(True, False), (False, True)]


async def test_a_wrong_question_is_answered_in_words(city):
    """By guests too: unknown filters, broken cursors, what does not exist."""
    wang = await city.resident("陈芳", "510981198902141130")

    asked = [
        await wang.ask("GET", f"{place}/publicity/notices{query}")
        for place, query in (
            (ANJU, "?cursor=broken"),
            (ANJU, "?state=preparing"),
            (ANJU, f"?keyword={'长' * 51}"),
            (ANJU, "/nothing"),
            (CITY, "/nothing/rows"),
        )
    ]

    assert [status for status, _ in asked] == [422, 422, 422, 404, 404]
    assert all(body["error"]["message"] for _, body in asked)
