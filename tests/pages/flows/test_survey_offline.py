"""入户调查 without a network: taken along, filled in a tunnel, the phone started anew, the sign-in run out, and sent once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, Request, Route, expect

from hub.app import Hub
from hub.identity.staff import NewStaff, PositionWanted
from hub.testing.phones import PASSWORD
from hub.words.actors import HUB
from hub.words.clock import shanghai
from tests.conftest import QUIET
from tests.pages.flows.phone import Phone, _note
from tests.pages.flows.test_survey import begun
from tests.rows.rows import Walk, Walker
from tests.web.conftest import picture
from tests.world import CITY, VILLAGE

OFFLINE = f"/ydsh/{VILLAGE}/survey/offline"
NEW_PASSWORD = "Kuai-Le7-Shan"
# One phone: what it keeps lies in a folder, as on a disk, and is there when it is started anew.
Starts = Callable[[], Awaitable[Phone]]
# Of what a browser complains when there is no network, or a session is over.
OFFLINE_AGAIN = re.compile(r"ERR_INTERNET_DISCONNECTED|ERR_FAILED|status of (401|409|422)")
RAW = """
async () => {
  const open = name => new Promise(done => { const asked = indexedDB.open(name); asked.onsuccess = () => done(asked.result); });
  const all = (database, name) => new Promise(done => {
    const asked = database.transaction(name).objectStore(name).getAll();
    asked.onsuccess = () => done(asked.result);
  });
  const database = await open("hub-survey");
  const [keys, records] = [await all(database, "keys"), await all(database, "records")];
  const text = buffer => new TextDecoder("utf-8").decode(buffer);
  const exported = await Promise.all(keys.map(each => crypto.subtle.exportKey("raw", each.key).then(() => "readable", () => "sealed")));
  return { keys: exported, ids: records.map(each => each.id), texts: records.map(each => text(each.sealed)) };
}
"""


@pytest.fixture
async def starts(browser: Browser, hub: Hub, tmp_path: Path) -> AsyncIterator[Starts]:
    running: list[Phone] = []

    async def start() -> Phone:
        for phone in running:
            await phone.page.context.close()
        context = await browser.browser_type.launch_persistent_context(
            tmp_path / "phone",
            executable_path=browser.browser_type.executable_path if False else CHROMIUM,
            args=QUIET,
            viewport={"width": 375, "height": 812},
            locale="zh-CN",
        )
        phone = Phone(context.pages[0], hub.url)
        phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
        phone.page.on("console", lambda said: print("CONSOLE", said.type, said.text))
        running[:] = [phone]
        return phone

    yield start
    for phone in running:
        await phone.page.context.close()


import shutil

CHROMIUM = shutil.which("chromium")


async def new_account(hub: Hub) -> str:
    positions = (PositionWanted(role="handler", region=VILLAGE, node="survey"),)
    new = NewStaff(username=f"u{uuid4().hex[:12]}", name="周敏", positions=positions)
    await hub.units.read(
        lambda ctx: hub.identity.staff.create_account(ctx, new, PASSWORD),
        plugin="identity",
        place=hub.places.tree[CITY],
        actor=HUB,
    )
    return new.username


async def test_try(hub: Hub, walk: Walk, starts: Starts) -> None:
    surveyor = await walk.staff("handler", VILLAGE, node="survey")
    surveys = [await begun(walk, surveyor) for _ in range(5)]
    username = await new_account(hub)
    phone = await starts()
    await phone.open(OFFLINE)
    await phone.page.screenshot(path="/tmp/off-0.png", full_page=True)
    await phone.reads("请先登录")
    await phone.tap("登录")
    await phone.fill("账号", username)
    await phone.fill("密码", PASSWORD)
    await phone.tap("登录")
    await phone.fill("原密码", PASSWORD)
    await phone.fill("新密码", NEW_PASSWORD)
    await phone.tap("修改密码")
    await phone.is_at(OFFLINE)
    await phone.reads("可以带走的")
    await phone.page.screenshot(path="/tmp/off-1.png", full_page=True)
    await phone.tap("带走")
    await phone.reads("手机里的调查", "未填写")
    await phone.page.screenshot(path="/tmp/off-2.png", full_page=True)
    print("SW0", await phone.page.evaluate("async () => { const c = await caches.open('x'); await c.put('/static/marker', new Response('hello')); return fetch('/static/marker').then(a => a.status, e => String(e)); }"))
    print("SW0", await phone.page.evaluate("() => [navigator.serviceWorker.controller && navigator.serviceWorker.controller.scriptURL, performance.getEntriesByType('navigation')[0].workerStart]"))
    await phone.page.reload()
    print("SW1", await phone.page.evaluate("() => [navigator.serviceWorker.controller && navigator.serviceWorker.controller.scriptURL, performance.getEntriesByType('navigation')[0].workerStart]"))
    await phone.page.context.set_offline(True)
    await phone.reads("现在没有网络")
    print("SW2", await phone.page.evaluate("() => fetch('/static/marker', {cache: 'no-store'}).then(a => a.status, e => String(e))"))
    await phone.page.reload()
    await phone.reads("现在没有网络", "未填写")
    await phone.page.locator("a.row").first.click()
    await phone.headed("填写入户调查")
    await phone.page.screenshot(path="/tmp/off-3.png", full_page=True)
    await phone.tap("填好了")
    await phone.reads("处要改")
    await phone.page.screenshot(path="/tmp/off-4.png", full_page=True)
