"""The plugin on the READMEs' first page works as it is printed there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from hub import app
from hub.app import Hub
from hub.demo.client import Phone
from hub.identity.people import Claim
from hub.identity.staff import NewStaff, PositionWanted
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from tests.waiting import patience
from tests.world import ANJU, CITY, JUXIAN, REGIONS, SHEHONG, VILLAGE

ROOT = Path(__file__).parents[2]
ASKED = f"/{VILLAGE}/visits/mine"
READMES = ("README.md", "README.zh-CN.md")


def blocks(readme: str, language: str) -> list[str]:
    """The fenced blocks of a language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)


def type_in(folder: Path) -> None:
    """Type the plugin from the page, into a clone there."""
    [code] = blocks("README.md", "python")
    inbox, fields = blocks("README.md", "jinja")
    files = {
        "plugins/visits/plugin.py": code,
        "plugins/visits/templates/asked.inbox": inbox,
        "plugins/visits/templates/asked.oa": fields,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


@pytest.fixture
def settings(tmp_path: Path, mongo_uri: str, database_name: str) -> HubSettings:
    """A hub into which somebody has typed the plugin from the page: installed, on in 安居区, off in 射洪市."""
    type_in(tmp_path)
    return HubSettings(
        mode="test",
        plugins_dir=tmp_path / "plugins",
        data_dir=tmp_path / "data",
        templates=ROOT / "templates",
        server=ServerSettings(port=0),
        store=StoreSettings(uri=mongo_uri, database=database_name),
        plugins=("visits",),
        counties={ANJU: {"visits": True}, SHEHONG: {"visits": False}},
    )


@pytest.fixture
async def hub(settings: HubSettings) -> AsyncIterator[Hub]:
    async with Hub.open(settings) as opened:
        await opened.places.import_rows(read_csv(REGIONS))
        async with opened.serving():
            yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def resident(hub: Hub, http: aiohttp.ClientSession) -> Phone:
    """Somebody who has claimed a name and a number."""
    identity = hub.identity
    consent = identity.settings.consent_version
    claim = Claim(name="王建国", id_number="510921196711053319", region=VILLAGE, consent_version=consent)

    async def enter(session):
        person = await identity.people.add(session)
        await identity.people.claim(session, person.id, claim, consent)
        return await identity.sessions.open(session, app="ykt", kind="resident", person=person.id)

    opened = await hub.database.transaction(enter)
    return Phone(http, hub.url, "ykt", opened.token)


async def handler(hub: Hub, http: aiohttp.ClientSession, username: str, region: str) -> Phone:
    """Somebody with a handler's position there, signed in."""
    new = NewStaff(username=username, name="周敏", positions=(PositionWanted(role="handler", region=region),))
    created = await hub.units.read(
        lambda ctx: hub.identity.staff.create_account(ctx, new, "Correct-horse-9", must_change=False),
        plugin="identity",
        place=hub.places.tree[CITY],
    )
    phone = Phone(http, hub.url, "ydsh")
    await phone.sign_in_by_account(created.username, "Correct-horse-9")
    return phone


async def first_message(phone: Phone) -> str:
    """The title of the first message that arrives."""
    async with patience():
        while not (items := (await phone.get("/inbox"))["items"]):
            await asyncio.sleep(0.02)
    return items[0]["title"]


async def test_the_plugin_on_the_first_page_works(hub, http):
    """A visit asked for in the village lands with the village's handler, not with the town's."""
    wang = await resident(hub, http)
    here, elsewhere = await handler(hub, http, "here", VILLAGE), await handler(hub, http, "elsewhere", JUXIAN)

    await wang.post(ASKED, {"day": "2026-11-30"})

    assert await first_message(here) == "上门预约：2026年11月30日"
    assert (await elsewhere.get("/inbox"))["items"] == []
    [stored] = await hub.database["visits.visits"].find().to_list()
    assert (stored["county"], stored["day"]) == (ANJU, "2026-11-30")


async def test_the_handler_notes_the_visit_and_the_resident_reads_it(hub, http):
    """The list, the detail and the move are the handler's; the resident sees the state, and no button."""
    wang, here = await resident(hub, http), await handler(hub, http, "there", VILLAGE)
    asked = await wang.post(ASKED, {"day": "2026-11-30"})

    [listed] = (await here.get(f"/{VILLAGE}/visits"))["items"]
    made = await here.post(f"/{VILLAGE}/visits/{listed['id']}/make", {"version": asked["version"]})

    assert (asked["moves"], listed["title"], made["state_label"]) == ([], "2026年11月30日上门", "已上门")
    seen = await wang.get(f"{ASKED}/{asked['id']}")
    assert (seen["state_label"], [line["label"] for line in seen["flow"]]) == ("已上门", ["预约", "登记上门"])


async def test_it_is_silent_where_it_is_off(hub, http):
    """In 射洪市 the operation does not exist."""
    wang = await resident(hub, http)

    refusal = await wang.refusal_of(f"/{SHEHONG}/visits/mine")

    assert refusal.status == 404


async def test_what_the_page_says_comes_with_it(hub, http, settings):
    """Checked by ``hub check``, described in OpenAPI, validated in Chinese."""
    wang = await resident(hub, http)

    with pytest.raises(Exception, match="日期不正确") as refused:
        await wang.post(ASKED, {"day": "soon"})

    assert refused.value.status == 422
    assert app.problems(settings) == []
    assert "/api/v1/{place}/visits/mine" in app.openapi_document(settings)["paths"]


def test_forty_lines():
    """Without its blank lines the plugin has as many lines as the heading says."""
    [code] = blocks("README.md", "python")

    lines = [line for line in code.splitlines() if line.strip()]

    assert len(lines) <= 40


WORDS = re.compile(r'\s+# .*|"[^"]*"')  # comments of commands, labels of the diagram


@pytest.mark.parametrize("language", ["python", "jinja", "sh", "mermaid"])
def test_both_languages_print_the_same(language):
    """The Chinese page shows the same code and commands to the letter, and the same diagram in its own words."""
    english, chinese = (blocks(readme, language) for readme in READMES)

    if language in ("sh", "mermaid"):
        english, chinese = ([WORDS.sub("", block) for block in each] for each in (english, chinese))

    assert english and english == chinese


def test_every_link_leads_somewhere():
    """Relative links of all pages name files of the project."""
    pages = [ROOT / name for name in (*READMES, "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
        (ROOT / "docs").rglob("*.md")
    )

    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]

    assert dead == []
