"""Interception on a whole hub, through its own doors and dispatcher; nothing of it where it is off."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.app import Hub
from hub.identity.staff import PositionWanted
from tests.interception.conftest import CIVIL, ELDER
from tests.plugins.test_over_http import City, Phone
from tests.survey.test_over_http import leaning_on
from tests.waiting import until
from tests.whole import ALL_ON, PLUGINS, whole_hub
from tests.world import ANJU, SHEHONG, VILLAGE


@pytest.fixture(scope="module")
async def city(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """安居区 with everything on, 射洪市 with everything but interception."""
    without = {name: name not in leaning_on("interception") for name in PLUGINS}
    async with (
        whole_hub(mongo_uri, tmp_path_factory.mktemp("data"), {ANJU: ALL_ON, SHEHONG: without}) as hub,
        aiohttp.ClientSession() as http,
    ):
        yield City(hub, http)


async def bring(phone: Phone, kind: str, text: str) -> str:
    form = aiohttp.FormData()
    form.add_field("file", text.encode(), filename="list.csv")
    status, stored = await phone.ask("POST", f"{ANJU}/interception/lists?kind={kind}", data=form)
    assert status == 202, stored

    async def done() -> bool:
        _, now = await phone.ask("GET", f"{ANJU}/interception/lists/{stored['id']}")
        return bool(now["state"] == "done")

    await until(done)
    return str(stored["id"])


async def test_typed_found_told_cleared(city):
    """A list is brought in, a surveyor types at a door, the bureau gets P09, two clear it, 纪委 closes it."""
    discipline = await city.staff("ji", "纪伟", PositionWanted(role="discipline", region=ANJU))
    first, second = [
        await city.staff(name, shown, PositionWanted(role="handler", region=ANJU, bureau=CIVIL, node="interception"))
        for name, shown in (("luo", "罗勇"), ("he", "何军"))
    ]
    surveyor = await city.staff("yang", "杨帆", PositionWanted(role="handler", region=VILLAGE, node="survey"))
    await bring(discipline, "death", f"姓名,身份证号\n李桂兰,{ELDER}")
    household = {"place": VILLAGE, "project": "30005", "name": "李桂兰", "id_number": ELDER}

    status, _ = await surveyor.ask("POST", f"{VILLAGE}/survey/surveys", json=household)
    titles = await first.waits_for("拦截待确认")
    await discipline.waits_for("拦截待确认")
    _, page = await first.ask("GET", f"{ANJU}/interception/hits")
    [hit] = page["items"]
    one = f"{ANJU}/interception/hits/{hit['id']}"
    _, now = await first.ask("GET", one)
    proposal = {"version": now["hit"]["version"], "reason": "同名同号登记有误", "evidence": "派出所证明"}
    _, proposed = await first.ask("POST", f"{one}/propose", json=proposal)
    own, _ = await first.ask("POST", f"{one}/clear", json={"version": proposed["hit"]["version"], "reason": "同意"})
    _, cleared = await second.ask(
        "POST", f"{one}/clear", json={"version": proposed["hit"]["version"], "reason": "同意"}
    )
    _, reviewed = await discipline.ask(
        "POST", f"{one}/review", json={"version": cleared["hit"]["version"], "reason": "手续齐全"}
    )

    assert status == 201 and own == 403
    assert not any("李桂兰" in title or ELDER in title for title in titles)
    assert (hit["who"], cleared["hit"]["state"], reviewed["hit"]["state"]) == ("李*兰", "cleared", "reviewed")


async def test_the_number_stays_out_of_refusals(city):
    phone = await city.staff("zhou", "周敏", PositionWanted(role="discipline", region=ANJU))

    status, answer = await phone.ask(
        "POST", f"{ANJU}/interception/hits/search", json={"id_number": "510904194403150024"}
    )

    assert (status, list(answer["error"]["fields"])) == (422, ["id_number"])
    assert "510904194403150024" not in repr(answer)


async def test_where_it_is_off_nothing_of_it_exists(city):
    """Every route 404, no menu entry, no event heard, no document."""
    hub: Hub = city.hub
    phone = await city.staff("wen", "文强", PositionWanted(role="handler", region=SHEHONG))
    routes = hub.host.plugins["interception"].routes

    statuses = {
        (await phone.ask(route.method, f"{SHEHONG}/interception{route.path.format(id='x', kind='death')}"))[0]
        for route in routes
    }
    _, menu = await phone.ask("GET", f"{SHEHONG}/menu")

    assert len(routes) == 27 and statuses == {404}
    assert "拦截" not in repr(menu) and "纪委监督" not in repr(menu)
    for collection in ("people", "hits", "recoveries", "lists", "parts", "rejects"):
        assert await hub.database[f"interception.{collection}"].count_documents({"county": SHEHONG}) == 0
    ours = {"county": SHEHONG, "todo.name": {"$regex": ":interception"}}
    assert await hub.database["events"].count_documents(ours) == 0
