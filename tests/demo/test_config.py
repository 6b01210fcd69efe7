"""The demo plays what config.yaml says is installed, and where it says that it is on."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from hub.api import Node
from hub.demo import people, story
from hub.demo.desk import Desk
from hub.demo.page import handlers
from hub.demo.seed import _after_their_needs, with_new_nodes
from hub.demo.stage import demo_settings, open_stage, titles_of
from hub.rules.finding import find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.words.errors import SetupError
from hub.words.regions import RegionTree
from tests.demo.test_page import Silent
from tests.world import ANJU, REGIONS, SHEHONG, VILLAGE


@pytest.fixture
def few(tmp_path: Path) -> HubSettings:
    """Nothing installed but what every hub has."""
    return HubSettings(data_dir=tmp_path, server=ServerSettings(port=0), store=StoreSettings(embedded_port=0))


async def test_what_is_installed_later_is_on_where_config_says(few: HubSettings) -> None:
    """A demo that was started without a feature, then with it, on the same data; the story says what it lacks."""
    more = msgspec.structs.replace(few, plugins=("complaints",), counties={ANJU: {"complaints": True}})

    async with open_stage(few, says=print) as stage:
        with pytest.raises(SetupError, match="needs 'declaration', 'survey'") as lacking:
            await story.play(stage, Silent())
        assert stage.hub is not None
        assert not stage.hub.counties.is_on(ANJU, "complaints")
    async with open_stage(more, says=print) as stage:
        assert stage.hub is not None
        on = [county for county in (ANJU, SHEHONG) if stage.hub.counties.is_on(county, "complaints")]

    assert f"on in county {ANJU}" in str(lacking.value)
    assert on == [ANJU]


async def test_a_demo_without_declaration_has_no_tour(few: HubSettings) -> None:
    """The page is there all the same."""
    desk = Desk(few.templates)
    async with open_stage(few, says=print, handlers=partial(handlers, desk)) as stage:
        async with stage.http.post(f"{stage.url}/demo/tour") as refused:
            told = await refused.json()
        async with stage.http.get(f"{stage.url}/demo") as page:
            shown = page.status

    assert (refused.status, shown) == (409, 200)
    assert told["error"]["message"].startswith("这个演示现在不能申报高龄津贴")


def test_counties_are_those_of_config(few: HubSettings) -> None:
    """And each kind of message has a title and a template in every account."""
    counties = {SHEHONG: {"complaints": False}}

    settings = demo_settings(msgspec.structs.replace(few, counties=counties), "http://127.0.0.1:1", ["todo", "visit"])

    assert settings.counties == counties
    assert {tuple(account.templates) for account in settings.wechat.accounts} == {("todo", "visit")}
    assert titles_of(few)["todo"] == "待办提醒"


def test_what_is_needed_goes_on_first() -> None:
    """A feature cannot be turned on before those that it needs."""
    host = Host(gather(find(["payments", "publicity", "declaration", "survey"])))

    order = _after_their_needs(["payments", "survey", "publicity", "declaration"], host)

    places = {name: place for place, name in enumerate(order)}
    assert sorted(order) == ["declaration", "payments", "publicity", "survey"]
    assert all(places[need] < places[name] for name in order for need in host.plugins[name].needs if need in places)


def test_a_node_that_is_new_has_somebody_at_each_place_of_its_level() -> None:
    """One each: a plugin that somebody writes is done by the demo's handlers."""
    node = Node(name="supplies", label="发放", level="village", role="handler")
    host = Host(gather([("supplies", SimpleNamespace(NODES=(node,)))]))
    regions = RegionTree(read_csv(REGIONS))

    staff = with_new_nodes(people.staff(), host, regions)

    held = [each["region"] for member in staff for each in member.positions if each.get("node") == "supplies"]
    [jiangbo] = [member for member in staff if member.key == "jiangbo"]
    assert {"role": "handler", "region": VILLAGE, "node": "supplies"} in jiangbo.positions
    assert len(held) == len(set(held)) and {regions[region].level for region in held} == {"village"}
