"""The plugin on the READMEs' first page, typed into a clone whose demo is then started: its messages land on phones."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from playwright.async_api import Browser

from hub.cli.opening import read_settings
from hub.demo import people
from hub.demo.accounts import CHANNELS
from hub.demo.client import Phone
from hub.demo.stage import Stage, open_stage
from hub.demo.telling import RESIDENT_APPID
from hub.settings import HubSettings
from tests.docs.test_readme import ROOT, type_in
from tests.pages.flows.phone import Phone as InHand
from tests.pages.flows.phone import opened
from tests.waiting import PATIENCE
from tests.world import SHEHONG

ASKER, HERE, FOLLOWER = "chen_xuewen", "510904114204", "510904114206"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> HubSettings:
    """config.yaml as it is shipped, with the two changes that the page names."""
    folder = tmp_path_factory.mktemp("clone")
    type_in(folder)
    shipped = (ROOT / "config.yaml").read_text("utf-8")
    installed, twice = re.subn(r"^plugins: \[", "plugins: [visits, ", shipped, flags=re.MULTILINE)
    on, once = re.subn(r'^  "510904": {', '  "510904": {visits: true, ', installed, flags=re.MULTILINE)
    assert (twice, once) == (1, 1)
    (folder / "config.yaml").write_text(on, "utf-8")
    ours = read_settings(folder / "config.yaml")
    free = {
        "server": msgspec.structs.replace(ours.server, port=0),
        "store": msgspec.structs.replace(ours.store, embedded_port=0),
    }
    return msgspec.structs.replace(ours, **free)


@pytest.fixture(scope="module")
async def stage(settings: HubSettings) -> AsyncIterator[Stage]:
    async with open_stage(settings, says=print) as opened:
        yield opened


@pytest.fixture(scope="module")
async def resident(stage: Stage) -> Phone:
    """Chen Xuewen has opened the mini program and said who he is."""
    [own] = [each for each in people.residents() if each.key == ASKER]
    phone = Phone(stage.http, stage.url, "ykt")
    await phone.sign_in_by_wechat(await stage.remote.code(RESIDENT_APPID, ASKER))
    await phone.claim(own)
    return phone


async def landed(stage: Stage, asked: Any) -> dict[str, Any]:
    """What WeChat shows somewhere once this is done."""
    known = await stage.remote.messages()
    await asked
    [message] = await stage.remote.messages(after=known[-1]["seq"] if known else 0, wait=PATIENCE)
    return message


@pytest.mark.parametrize(
    ("village", "handler", "channel"),
    [(HERE, "jiangbo", "mp"), (FOLLOWER, "yangfan", "oa")],
)
async def test_the_push_lands_on_the_village_handlers_phone(
    stage: Stage, resident: Phone, village: str, handler: str, channel: str
) -> None:
    """In the mini program's name, with the words that the page prints."""
    message = await landed(stage, resident.post(f"/{village}/visits/mine", {"day": "2026-11-30"}))

    assert (message["person"], CHANNELS[message["appid"]], message["title"]) == (handler, channel, "上门预约")
    assert message["fields"] == {"thing1": "居民预约上门办理", "date2": "2026年11月30日"}


async def test_where_it_is_off_there_is_nothing(resident: Phone) -> None:
    """The page turned it on in one county."""
    refusal = await resident.refusal_of(f"/{SHEHONG}/visits/mine")

    assert refusal is not None
    assert refusal.status == 404


@pytest.fixture
async def lends(browser: Browser, stage: Stage) -> AsyncIterator[Callable[[Phone], Awaitable[InHand]]]:
    """A browser on which this person is signed in already."""
    lent: list[InHand] = []

    async def lend(phone: Phone) -> InHand:
        lent.append(await opened(browser, stage.url, phone.app, phone.token))
        return lent[-1]

    yield lend
    for each in lent:
        await each.page.context.close()
    assert [said for each in lent for said in each.complaints] == []


async def test_its_pages_are_used(stage: Stage, resident: Phone, lends: Callable[[Phone], Awaitable[InHand]]) -> None:
    """The resident asks on a form, the handler opens the message and notes the visit, the resident reads it."""
    asker = await lends(resident)
    await asker.open(f"/ykt/{FOLLOWER}/visits/mine")
    await asker.tap("预约上门")
    await asker.fill("希望哪天上门", "2026-12-01")
    message = await landed(stage, asker.tap("预约上门"))
    await asker.reads("等待上门")

    handler = Phone(stage.http, stage.url, "ydsh")
    await handler.sign_in_by_account(message["person"], stage.password)
    worker = await lends(handler)
    await worker.open("/ydsh" + unquote(message["miniprogram"]["pagepath"]).partition("to=")[2])
    await worker.tap("登记上门")
    await worker.reads("已上门")

    await asker.page.reload()
    await asker.reads("已上门")
