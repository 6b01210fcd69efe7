"""``hub plugins info``: one look at a plugin, whether it is there or has only left something behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from pymongo import AsyncMongoClient

from hub.api import API_VERSION
from hub.app import Hub
from hub.cli.opening import read_settings
from hub.cli.skeletons import beside_config, make
from hub.rules.places import read_csv
from hub.settings import HubSettings
from hub.testing import Phones, settled
from tests.cli.conftest import Hub as Commands
from tests.cli.conftest import commands_on, write_config
from tests.world import ANJU, REGIONS, SHEHONG, VILLAGE

READER = "trigger:visits.tell_handlers:RequestFiled"
Configured = Callable[..., Commands]


@pytest.fixture(scope="module")
async def naming(
    tmp_path_factory: pytest.TempPathFactory, mongo_uri: str, mongo_client: AsyncMongoClient[dict[str, Any]]
) -> AsyncIterator[Configured]:
    """``naming("visits")``: commands where config.yaml names these plugins. Somebody's own has stored a request, whose fact its reader
    has not heard when the hub ended."""
    folder = tmp_path_factory.mktemp("visited")
    store = {"uri": mongo_uri, "database": f"test_{uuid4().hex}"}
    make(beside_config("visits", folder / "plugins"))

    def written(*plugins: str, **more: Any) -> Path:
        counties = {ANJU: dict.fromkeys(plugins, True), SHEHONG: dict.fromkeys(plugins, False)}
        given: dict[str, Any] = {"plugins": list(plugins), "counties": counties, "settings": {}, "store": store, **more}
        return write_config(folder, plugins_dir=str(folder / "plugins"), **given)

    await ask_for_a_visit(read_settings(written("visits")))
    yield lambda *plugins, **more: commands_on(written(*plugins, **more))
    await mongo_client.drop_database(store["database"])


async def ask_for_a_visit(settings: HubSettings) -> None:
    async with Hub.open(settings) as hub, aiohttp.ClientSession() as http:
        await hub.places.import_rows(read_csv(REGIONS))
        async with hub.serving():
            await (await Phones(hub, http).resident()).post(f"/{VILLAGE}/visits/mine", {"text": "请上门办理高龄津贴。"})
            await settled(hub)
        waiting = {"state": "pending", "todo": [{"name": READER, "attempts": 0}]}
        await hub.database["events"].update_one({"type": "visits.RequestFiled"}, {"$set": waiting})


async def test_one_that_is_there(naming: Configured) -> None:
    """Source, what it brings in counts, what is stored and waits."""
    shown = await naming("visits")("plugins", "info", "visits", "--json")

    found = shown.json
    assert found["source"].endswith("/plugins/visits")
    assert (found["state"], found["api"]) == ("loaded", API_VERSION)
    assert (found["brings"]["routes"], found["brings"]["message_types"], found["on_in"]) == (7, 2, [ANJU])
    assert found["documents"] == {"visits.requests": 1}
    assert found["waiting"] == {"triggers": 1, "facts": 1, "deliveries": 0}
    assert found["orphans"] == []


async def test_one_that_is_gone_and_has_left_something(naming: Configured) -> None:
    """What is stored and belongs to nothing that is loaded."""
    hub = naming("complaints")

    shown = await hub("plugins", "info", "visits", "--json")
    table = await hub("plugins", "info", "visits")

    assert shown.json["state"] == "not among plugins in config.yaml"
    assert shown.json["orphans"] == [
        "collection visits.requests: 1 documents",
        f"{READER}: 1 events wait for it",
        f"switches in 2 counties: {ANJU}, {SHEHONG}",
    ]
    assert "collection visits.requests: 1 documents" in table.out


async def test_one_that_is_left_out(naming: Configured) -> None:
    """What waits for it is no orphan, and nobody turns it meanwhile."""
    hub = naming("visits", without=["visits"])

    shown = await hub("plugins", "info", "visits", "--json")
    turned = await hub("plugins", "off", "visits", "--county", ANJU, "--yes")

    assert (shown.json["state"], shown.json["orphans"]) == ("left out (without in config.yaml)", [])
    assert (shown.json["documents"], shown.json["on_in"]) == ({"visits.requests": 1}, [ANJU])
    assert turned.code == 2 and "plugin 'visits' is left out" in turned.err


async def test_one_that_nobody_has_heard_of(naming: Configured) -> None:
    """With the name that was meant."""
    ended = await naming("visits")("plugins", "info", "visit")

    assert ended.code == 2
    assert "plugin 'visit' is unknown, and nothing is stored of it. Did you mean 'visits'?" in ended.err
