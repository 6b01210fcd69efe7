"""A start that leaves a plugin out: it is not loaded, what needs it is told, and what waits for it goes on waiting."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from hub import app
from hub.app import Hub
from hub.cli.skeletons import beside_config, make
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.store.deliveries import GONE
from hub.testing import Phones, settled, until
from hub.words.clock import MovingClock
from tests.world import ANJU, MONDAY_MORNING, REGIONS, VILLAGE

FORM = {"text": "请上门办理高龄津贴。"}
FACT, READER = "visits.RequestFiled", "trigger:visits.tell_handlers:RequestFiled"


@pytest.fixture
def settings(tmp_path: Path, mongo_uri: str, database_name: str) -> HubSettings:
    """A hub with a plugin of somebody's own."""
    make(beside_config("visits", tmp_path / "plugins"))
    return HubSettings(
        mode="test",
        data_dir=tmp_path / "data",
        templates=tmp_path / "templates",
        plugins_dir=tmp_path / "plugins",
        server=ServerSettings(port=0),
        store=StoreSettings(uri=mongo_uri, database=database_name),
        plugins=("visits", "complaints"),
        counties={ANJU: {"visits": True, "complaints": True}},
    )


def without(settings: HubSettings, *names: str) -> HubSettings:
    return msgspec.structs.replace(settings, without=names)


@asynccontextmanager
async def serving(settings: HubSettings) -> AsyncIterator[tuple[Hub, Phones]]:
    """On a Monday morning: nothing waits for the end of the night."""
    async with Hub.open(settings, clock=MovingClock(MONDAY_MORNING)) as hub, aiohttp.ClientSession() as http:
        await hub.places.import_rows(read_csv(REGIONS))
        async with hub.serving():
            yield hub, Phones(hub, http)


async def there(hub: Hub, collection: str, **which: Any) -> bool:
    return await hub.database[collection].find_one(which) is not None


async def only(hub: Hub, collection: str, **which: Any) -> dict[str, Any]:
    [row] = await hub.database[collection].find(which).to_list()
    return row


async def interrupted(hub: Hub) -> None:
    """As a hub leaves them that ends in the middle: a fact that its reader has not heard, a WeChat message that is not sent."""
    waiting = {"state": "pending", "next_at": hub.clock.now()}
    todo = {"todo": [{"name": READER, "attempts": 0}]}
    await hub.database["events"].update_one({"type": FACT}, {"$set": waiting | todo})
    await hub.database["deliveries"].update_one({"channel": "wechat"}, {"$set": waiting, "$unset": {"reason": ""}})


async def test_what_waits_for_it_goes_on_waiting(settings: HubSettings) -> None:
    """Until it is back: then the fact is heard and the message tried, at once."""
    async with serving(settings) as (hub, phones):
        await phones.staff("handler", region=VILLAGE)
        await (await phones.resident()).post(f"/{VILLAGE}/visits/mine", FORM)
        await settled(hub)
        await interrupted(hub)

    async with serving(without(settings, "visits")) as (hub, _):

        async def put_off() -> bool:
            return await there(hub, "events", type=FACT, parked=True) and await there(hub, "deliveries", reason=GONE)

        await until(put_off)
        event, message = await only(hub, "events", type=FACT), await only(hub, "deliveries", reason=GONE)
    async with serving(settings) as (hub, _):
        await settled(hub)
        heard, tried = await only(hub, "events", type=FACT), await only(hub, "deliveries", _id=message["_id"])

    assert (event["state"], [each["name"] for each in event["todo"]]) == ("pending", [READER])
    assert message["state"] == "pending"
    assert (heard["state"], tried["reason"]) == ("done", "not_bound")


async def test_it_is_as_if_it_were_not_installed(settings: HubSettings) -> None:
    """No route, and the county's switch stays on in the database."""
    async with serving(settings):
        pass

    async with serving(without(settings, "visits")) as (hub, phones):
        refusal = await (await phones.resident()).refusal_of(f"/{VILLAGE}/visits/mine")
        switches = (await only(hub, "switches", _id=ANJU))["plugins"]

    assert refusal is not None and refusal.status == 404
    assert switches["visits"]["on"] is True


async def test_a_county_that_is_new_meanwhile_has_its_switch_all_the_same(settings: HubSettings) -> None:
    """As config.yaml has it: on as soon as the plugin is back."""
    async with serving(without(settings, "visits")):
        pass

    async with serving(settings) as (_, phones):
        refusal = await (await phones.resident()).refusal_of(f"/{VILLAGE}/visits/mine")

    assert refusal is None


def test_one_that_does_not_load_stands_in_the_way_no_more(settings: HubSettings) -> None:
    """Its settings and switches in config.yaml need not be taken out."""
    (settings.plugins_dir / "visits/events.py").write_text("import nothing_like_this\n")
    with_settings = msgspec.structs.replace(settings, settings={"visits": {"days": 3}})

    broken, left_out = app.problems(with_settings), app.problems(without(with_settings, "visits"))

    assert len(broken) == 1 and "No module named 'nothing_like_this'" in broken[0]
    assert left_out == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("visit", "config.yaml: without: 'visit' is not among plugins. Did you mean 'visits'?"),
        ("worklist", "config.yaml: without: 'worklist' is a part of the hub, which cannot be left out"),
    ],
)
def test_what_cannot_be_left_out_is_told(settings: HubSettings, name: str, words: str) -> None:
    """With the name that was meant."""
    assert app.problems(without(settings, name)) == [words]


def test_what_needs_it_is_told(settings: HubSettings) -> None:
    """With what to do about it."""
    (settings.plugins_dir / "leaning").mkdir()
    (settings.plugins_dir / "leaning/plugin.py").write_text('NEEDS = ("visits",)\n')
    both = msgspec.structs.replace(
        settings, plugins=("visits", "leaning"), counties={ANJU: {"visits": True, "leaning": True}}
    )

    [problem] = app.problems(without(both, "visits"))

    assert "plugin 'leaning': " in problem and "leaning/plugin.py:1: " in problem
    assert problem.endswith("NEEDS 'visits', which is left out: leave this one out as well (--without leaning)")
