"""The two plugins inside a whole hub: its doors, its dispatcher, its inbox; and silence where they are off."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from PIL import Image

from hub.app import Hub
from hub.identity.people import Claim
from hub.identity.staff import NewStaff, PositionWanted
from hub.rules.switching import switch
from hub.words.actors import HUB
from tests.plugins.conftest import CIVIL, OLD_AGE
from tests.waiting import until
from tests.web.scope import number_of
from tests.whole import whole_hub
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, VILLAGE

DAYING = "510923"  # where both plugins are off
ON = {"worklist": True, "declaration": True}


@dataclass
class Phone:
    """Somebody's app: asks with their token and reads their inbox."""

    http: aiohttp.ClientSession
    base: str
    token: str

    async def ask(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex} | options.pop("headers", {})
        async with self.http.request(method, f"{self.base}/api/v1/{path}", headers=headers, **options) as answer:
            return (
                answer.status,
                await answer.json() if answer.content_type == "application/json" else await answer.read(),
            )

    async def inbox(self) -> list[str]:
        status, page = await self.ask("GET", "inbox")
        assert status == 200, page
        return [entry["title"] for entry in page["items"]]

    async def waits_for(self, title: str) -> list[str]:
        async def there() -> bool:
            return any(title in each for each in await self.inbox())

        await until(there)
        return await self.inbox()


@dataclass
class City:
    hub: Hub
    http: aiohttp.ClientSession

    async def resident(self, name: str, id_number: str, region: str = VILLAGE) -> Phone:
        """Signed in and claimed."""
        identity, database = self.hub.identity, self.hub.database

        async def enter(session: Any) -> str:
            person = await identity.people.add(session)
            claim = Claim(
                name=name, id_number=id_number, region=region, consent_version=identity.settings.consent_version
            )
            await identity.people.claim(session, person.id, claim, identity.settings.consent_version)
            return (await identity.sessions.open(session, app="ykt", kind="resident", person=person.id)).token

        return Phone(self.http, self.hub.url, await database.transaction(enter))

    async def staff(self, username: str, name: str, *positions: PositionWanted) -> Phone:
        """With an account and these positions, signed in on the handlers' app."""
        new = NewStaff(username=username, name=name, id_number=number_of(username), positions=positions)
        units, identity = self.hub.units, self.hub.identity

        async def create(ctx: Any) -> Any:
            return await identity.staff.create_account(ctx, new, "Correct-horse-9", must_change=False)

        created = await units.read(create, plugin="identity", place=self.hub.places.tree[CITY], actor=HUB)

        async def enter(session: Any) -> str:
            opened = await identity.sessions.open(
                session, app="ydsh", kind="staff", person=created.person, account=created.account
            )
            return opened.token

        return Phone(self.http, self.hub.url, await self.hub.database.transaction(enter))


@pytest.fixture(scope="module")
async def city(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """安居区 with both plugins on, 大英县 with both off."""
    folder, counties = tmp_path_factory.mktemp("data"), {ANJU: ON, DAYING: dict.fromkeys(ON, False)}
    async with (
        whole_hub(mongo_uri, folder, counties, plugins=tuple(ON)) as hub,
        aiohttp.ClientSession() as http,
    ):
        yield City(hub, http)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return out.getvalue()


async def form_of(app: Phone, **beneficiary: str) -> dict[str, Any]:
    """高龄津贴 for somebody else, its files uploaded."""
    materials = {}
    for key in ("id_card", "household", "social_card", "proof"):
        data = aiohttp.FormData()
        data.add_field("file", picture(), filename="a.jpg", content_type="image/jpeg")
        status, stored = await app.ask("POST", "files", data=data)
        assert status == 201, stored
        materials[key] = [stored["id"]]
    person = {"name": "李桂兰", "id_number": "510904194403150023", "phone": "19900000001", "region": VILLAGE}
    person |= {"category": "aged_80"} | beneficiary
    return {"project": OLD_AGE, "declared_for": "other", "beneficiary": person, "materials": materials}


async def test_from_phone_to_phone(city):
    """Submitted by a resident, the task lands with the window of that town alone; decided there, the resident hears
    of it.
    """
    wang = await city.resident("王建国", "510921196711053319")
    zhou = await city.staff("zhou", "周敏", PositionWanted(role="window", region=JUXIAN, node="accept"))
    shi = await city.staff("shi", "石磊", PositionWanted(role="window", region=DONGCHAN, node="accept"))
    tang = await city.staff(
        "tang", "唐丽", PositionWanted(role="handler", region=JUXIAN, bureau=CIVIL, node="review_town")
    )

    status, case = await wang.ask("POST", f"{ANJU}/declaration/cases", json=await form_of(wang))
    assert status == 201, case
    assert await zhou.waits_for("待办到达") == ["待办到达：高龄津贴 · 李*兰（受理）"]
    _, todo = await zhou.ask("GET", f"{ANJU}/worklist/tasks")
    [task] = todo["items"]
    _, task = await zhou.ask("POST", f"{ANJU}/worklist/tasks/{task['id']}/claim")
    body = {"move": "pass", "opinion": "齐全", "version": task["version"]}
    status, done = await zhou.ask("POST", f"{ANJU}/worklist/tasks/{task['id']}/decide", json=body)

    assert (status, done["handler"]) == (200, "周敏")
    assert await wang.waits_for("申报已受理") == ["申报已受理：高龄津贴"]
    assert await tang.waits_for("待办到达") == ["待办到达：高龄津贴 · 李*兰（乡镇审核）"]
    assert await shi.inbox() == []
    _, seen = await wang.ask("GET", f"{ANJU}/declaration/cases/{case['id']}")
    assert [step["handler"] for step in seen["progress"]] == ["周敏", "", ""]
    [file] = seen["materials"][0]["files"]
    _, bytes_back = await zhou.ask("GET", f"{ANJU}/declaration/review/{case['id']}/files/{file}")
    assert bytes_back[:3] == b"\xff\xd8\xff"


async def test_a_double_submit_makes_one_case(city):
    """The same idempotency key gives the same answer; another key is told that there is a case already."""
    chen = await city.resident("陈学文", "510923194106120011")
    form = await form_of(chen, name="徐光荣", id_number="510922193501019975", category="aged_90")
    once = {"Idempotency-Key": uuid4().hex}

    first = await chen.ask("POST", f"{ANJU}/declaration/cases", json=form, headers=once)
    second = await chen.ask("POST", f"{ANJU}/declaration/cases", json=form, headers=once)
    status, third = await chen.ask("POST", f"{ANJU}/declaration/cases", json=form)

    assert first[0] == 201 and second[1]["id"] == first[1]["id"]
    assert (status, third["error"]["code"]) == (409, "duplicate")
    assert "请勿重复申报" in third["error"]["message"]


async def test_bad_input_in_the_one_error_shape(city):
    """Fields by their path, words in Chinese, nothing of what was typed."""
    tan = await city.resident("谭志远", "510981198902141130")
    form = await form_of(tan, id_number="510904194403150024", phone="1")

    status, answer = await tan.ask("POST", f"{ANJU}/declaration/cases", json=form)

    assert status == 422
    assert set(answer["error"]["fields"]) == {"beneficiary.id_number", "beneficiary.phone"}
    assert "510904194403150024" not in repr(answer)


async def test_where_the_plugins_are_off_nothing_of_them_exists(city):
    """Every route 404, no menu entry, no job, no event and no push; next door all goes on."""
    tang = await city.resident("唐云", "510923198512129925", region="510923105205")
    host = city.hub.host
    routes = [(plugin, route) for plugin in ON for route in host.plugins[plugin].routes]

    statuses = {
        (await tang.ask(route.method, f"{DAYING}/{plugin}{route.path.format(id='x', code='x', file='x')}"))[0]
        for plugin, route in routes
    }
    form = await form_of(tang, region="510923105205", name="吴秀兰", id_number="510981193806079960")
    submitted, _ = await tang.ask("POST", f"{DAYING}/declaration/cases", json=form)

    assert len(routes) > 20 and statuses == {404} and submitted == 404
    assert await city.hub.database["events"].count_documents({"county": DAYING}) == 0
    assert await city.hub.database["jobs"].count_documents({"county": DAYING}) == 0
    assert await tang.inbox() == []
    assert (await tang.ask("GET", f"{ANJU}/declaration/projects"))[0] == 200


async def test_switched_off_and_on_while_running(city):
    """Off: gone within a second. On again without a restart: the open case is where it was."""
    liu = await city.resident("刘梅", "510923197512304629")
    form = await form_of(liu, name="蒋志勇", id_number="510903194311119997")
    _, case = await liu.ask("POST", f"{ANJU}/declaration/cases", json=form)
    path = f"{ANJU}/declaration/cases/{case['id']}"

    await switch(city.hub.units, ANJU, "declaration", on=False, actor=HUB)
    off, _ = await liu.ask("GET", path)
    await switch(city.hub.units, ANJU, "declaration", on=True, actor=HUB)
    on, again = await liu.ask("GET", path)

    assert (off, on) == (404, 200)
    assert again["state"] == "handling"
