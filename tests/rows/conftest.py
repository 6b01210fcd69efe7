"""A whole hub with every plugin on, and a walk through it that keeps its word."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import yaml

from hub.app import Hub
from hub.clock import MovingClock
from hub.identity.settings import IdentitySettings
from hub.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.web.settings import Rate, WebSettings
from tests.rows.rows import Walk
from tests.web.scope import Scene
from tests.world import ANJU, CITY, MONDAY_MORNING, REGIONS, SHEHONG

ROOT = Path(__file__).parents[2]
PLUGINS = tuple(sorted(folder.parent.name for folder in (ROOT / "plugins").glob("*/plugin.py")))
CATALOGUE = yaml.safe_load((ROOT / "hub/demo/data/projects.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    name = f"test_{uuid4().hex}"
    settings = HubSettings(
        mode="test",
        data_dir=tmp_path_factory.mktemp("hub"),
        templates=ROOT / "templates",
        static=ROOT / "static",
        server=ServerSettings(port=0),
        store=StoreSettings(uri=mongo_uri, database=name),
        web=WebSettings(person_rate=Rate(10**6), address_rate=Rate(10**6), upload_rate=Rate(10**6)),
        identity=IdentitySettings(sessions_per_app=10_000),
        plugins=PLUGINS,
        counties={county: dict.fromkeys(PLUGINS, True) for county in (ANJU, SHEHONG)},
    )
    async with Hub.open(settings, clock=MovingClock(MONDAY_MORNING)) as hub:
        await hub.places.import_rows(read_csv(REGIONS))
        for place in (CITY, ANJU):
            await _import_catalogue(hub, place)
        async with hub.serving():
            yield hub
        await hub.database.client.drop_database(name)


@pytest.fixture
async def walk(hub: Hub, request: pytest.FixtureRequest) -> AsyncIterator[Walk]:
    """Notes what is asked and what lands; afterwards the test's ``row`` must be true."""
    mark = request.node.get_closest_marker("row")
    assert mark is not None, "a test of this folder says which row it walks"
    _, operations, pushes = mark.args
    began = [entry["_id"] async for entry in hub.database["inbox"].find({}, {"_id": 1})]
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        walk = Walk(Scene(hub, http), began=began)
        yield walk
        await walk.settled()
    assert set(operations) - walk.asked == set(), "the row names operations that its walk never asked"
    assert set(pushes) - await walk.pushes() == set(), "the row names pushes that never landed"


async def _import_catalogue(hub: Hub, place: str) -> None:
    from plugins.declaration.actions.catalogue import import_projects

    await hub.units.run(lambda ctx: import_projects(ctx, CATALOGUE), plugin="declaration", place=hub.places.tree[place])
