"""入户调查 without a network: taken along, filled in, the phone started anew, the sign-in run out, and sent once when it is back."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from hub.app import Hub
from hub.identity.staff import NewStaff, PositionWanted
from hub.testing.phones import PASSWORD
from hub.words.actors import HUB
from hub.words.clock import shanghai
from tests.browsers import QUIET, program
from tests.pages.flows.conftest import token_of
from tests.pages.flows.phone import Phone
from tests.pages.flows.test_reading import IN_THE_LARGEST, LOOKS
from tests.pages.flows.test_survey import begun
from tests.pages.looking import OUTSIDE, SMALL, violations
from tests.rows.rows import Walk, Walker
from tests.rows.test_survey_rows import filled
from tests.waiting import until
from tests.web.conftest import picture
from tests.world import CITY, VILLAGE

OFFLINE = f"/ydsh/{VILLAGE}/survey/offline"
NEW_PASSWORD = "Kuai-Le7-Shan"
# A browser says so of every answer that is not 200, and of every question without a network.
EXPECTED = re.compile(r"Failed to load resource: (net::ERR_|.*status of (401|403|404|409|422|503))")
# What somebody reads who has the phone's disk: keys, names, and the records as they lie there.
RAW = """
async () => {
  const ended = asked => new Promise(resolve => { asked.onsuccess = () => resolve(asked.result); });
  const database = await ended(indexedDB.open("hub-survey"));
  const all = name => ended(database.transaction(name).objectStore(name).getAll());
  const readable = key => crypto.subtle.exportKey("raw", key).then(() => true, () => false);
  const keys = await Promise.all((await all("keys")).map(each => readable(each.key)));
  const records = await all("records");
  database.close();
  return { keys: keys, names: records.map(each => each.id), texts: records.map(each => new TextDecoder().decode(each.sealed)) };
}
"""
LOOKS_AS = """
was => {
  for (const name of Object.keys(document.documentElement.dataset)) delete document.documentElement.dataset[name];
  Object.assign(document.documentElement.dataset, was);
}
"""
# What the page has said of whether it is kept: of an older version, then of the newest.
TELLS = """
document.addEventListener("kept", () => {
  const page = document.documentElement.dataset;
  page.told = [page.told, page.kept].filter(Boolean).join(", ");
});
"""
SENDS = "() => { const button = document.querySelector('[data-part=send]:not([hidden]) button'); if (button) button.click(); }"
Starts = Callable[..., Awaitable[Phone]]


@pytest.fixture
async def starts(browser: Browser, hub: Hub, tmp_path: Path) -> AsyncIterator[Starts]:
    """``await starts()``: one and the same phone, switched off and on; what it keeps lies on its disk."""
    phones: list[Phone] = []

    async def start(online: bool = True, **how: Any) -> Phone:
        for before in phones:
            await before.page.context.close()
        context = await browser.browser_type.launch_persistent_context(
            tmp_path / "phone",
            executable_path=program(),
            args=QUIET,
            viewport={"width": 375, "height": 812},
            locale="zh-CN",
            **how,
        )
        phone = heard(Phone(context.pages[0], hub.url))
        await context.set_offline(not online)
        phones.append(phone)
        return phone

    yield start
    await phones[-1].page.context.close()
    assert [each for phone in phones for each in phone.complaints] == []


def heard(phone: Phone) -> Phone:
    """It keeps what its browser complains of."""
    phone.page.on("pageerror", lambda error: phone.complaints.append(str(error)))
    phone.page.on("console", lambda said: note(phone, said.type, said.text))
    return phone


def note(phone: Phone, kind: str, text: str) -> None:
    if kind == "error" and not EXPECTED.search(text):
        phone.complaints.append(text)


@pytest.fixture
async def surveyor(walk: Walk) -> Walker:
    return await walk.staff("handler", VILLAGE, node="survey")


async def account(hub: Hub) -> tuple[str, str]:
    """Of a surveyor: its name, and whose it is."""
    positions = (PositionWanted(role="handler", region=VILLAGE, node="survey"),)
    new = NewStaff(username=f"u{uuid4().hex[:12]}", name="周敏", positions=positions)
    made = await hub.units.read(
        lambda ctx: hub.identity.staff.create_account(ctx, new, PASSWORD),
        plugin="identity",
        place=hub.places.tree[CITY],
        actor=HUB,
    )
    return made.username, made.person


async def signed_in(phone: Phone, hub: Hub, person: str) -> None:
    """From now on it is this person's phone, who has just been at home in the app."""
    token = await token_of(hub, person, "ydsh")
    await phone.page.context.clear_cookies()
    # Longer than the browser runs.
    ends = time.time() + 3600
    cookie = {"name": "hub_ydsh", "value": token, "url": phone.url, "expires": ends}
    await phone.page.context.add_cookies([cookie])  # type: ignore[list-item]
    await phone.open(f"/ydsh/{VILLAGE}")


async def signs_out(phone: Phone) -> None:
    await phone.open("/ydsh/me")
    await phone.tap("退出登录")
    await phone.headed("登录")


async def signed_out_elsewhere(phone: Phone, hub: Hub, person: str) -> None:
    """The session of this phone has ended, and the hub knows of it."""
    [token] = [each["value"] for each in await phone.page.context.cookies() if each["name"] == "hub_ydsh"]

    async def over() -> bool:
        return await hub.identity.sessions.actor(token, "ydsh") is None

    await hub.identity.sessions.revoke_all(None, person, "revoked")
    await until(over)


async def takes_along(phone: Phone, *surveys: dict[str, Any]) -> None:
    """All of these, each from its own page."""
    for survey in surveys:
        await phone.open(f"/ydsh/{VILLAGE}/survey/surveys/{survey['id']}")
        await phone.tap("带走，无网络时填写")
        await phone.headed("填写入户调查")
        await phone.tap("返回")
    await expect(kept(phone)).to_have_count(len(surveys))
    await would_open(phone)


async def would_open(phone: Phone) -> None:
    """The page has said that it would, without a network."""
    await expect(phone.page.locator("html[data-kept=yes]")).to_have_count(1)


async def loses_the_network(phone: Phone) -> None:
    await would_open(phone)
    await phone.page.context.set_offline(True)


def kept(phone: Phone) -> Locator:
    """The rows of what lies on the phone."""
    return phone.page.locator("[data-part=kept] .row")


async def fills_in(phone: Phone, survey: dict[str, Any], when: datetime, pictures: int = 1) -> None:
    await phone.page.locator(f"[href='#/{survey['id']}']").click()
    await phone.pick("属实")
    await phone.pick("继续享受")
    await phone.fill("调查时间", f"{shanghai(when):%Y-%m-%dT%H:%M}")
    await phone.fill("调查地点", "家中")
    await phone.fill("调查情况", "耕地由本人耕种。")
    await phone.fill("调查人员", "杨帆\n刘洋")
    await takes_pictures(phone, "photos", pictures)
    await takes_pictures(phone, "signatures", 1)


async def takes_pictures(phone: Phone, name: str, number: int) -> None:
    box = phone.page.locator(f"[data-pictures='form.{name}']")
    files = [{"name": f"{each}.jpg", "mimeType": "image/jpeg", "buffer": picture()} for each in range(number)]
    await box.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    await expect(box.locator("img")).to_have_count(number)


async def finishes(phone: Phone) -> None:
    await phone.tap("填好了")
    await phone.headed("无网络时填写")


async def filed(hub: Hub, survey: dict[str, Any]) -> list[tuple[int, int]]:
    """Of each record that there is of it: how many photos and signatures."""
    found = hub.database["survey.records"].find({"survey": survey["id"]})
    return [(len(each["photos"]), len(each["signatures"])) async for each in found]


def an_hour_ago(hub: Hub) -> datetime:
    return hub.clock.now() - timedelta(hours=1)


async def test_what_a_browser_keeps_is_nobodys(walk: Walk, surveyor: Walker) -> None:
    """The same for everybody, for seven days; put into the place of another page it is gone to; nobody posts to it."""
    cookie = {"Cookie": f"hub_ydsh={await token_of(walk.hub, surveyor.person, 'ydsh')}"}
    ask, address = walk.scene.http.request, walk.hub.url + OFFLINE

    async with ask("GET", address, headers=cookie) as mine, ask("GET", address) as anybodys:
        pages = [re.sub(r"\s+", " ", await each.text()) for each in (mine, anybodys)]
        kept_for = mine.headers["Cache-Control"]
    async with ask("GET", address, headers={**cookie, "HX-Request": "true"}) as put_in:
        led, not_kept = put_in.headers["HX-Redirect"], put_in.headers["Cache-Control"]
    async with ask("POST", address, headers=cookie, data={}) as posted:
        status = posted.status

    assert pages[0] == pages[1] and 'data-who=""' in pages[0] and 'data-csrf=""' in pages[0]
    assert (kept_for, led, not_kept, status) == ("private, max-age=604800", OFFLINE, "no-store", 405)


async def test_five_surveys_of_a_tunnel_are_sent_once(hub: Hub, walk: Walk, surveyor: Walker, starts: Starts) -> None:
    """Ten pictures each; the phone is started anew, and the sign-in has run out by the time there is a network."""
    surveys = [await begun(walk, surveyor) for _ in range(5)]
    username, person = await account(hub)
    phone = await starts()
    await phone.open("/ydsh/signin")
    for field, typed in (("账号", username), ("密码", PASSWORD)):
        await phone.fill(field, typed)
    await phone.tap("登录")
    for field, typed in (("原密码", PASSWORD), ("新密码", NEW_PASSWORD)):
        await phone.fill(field, typed)
    await phone.tap("修改密码")
    await phone.tap("入户调查")
    await phone.tap("无网络时填写")
    await phone.page.get_by_role("button", name="带走").click()
    await expect(kept(phone)).to_have_count(5)

    await loses_the_network(phone)
    for survey in surveys[:3]:
        await fills_in(phone, survey, an_hour_ago(hub), pictures=10)
        await finishes(phone)
    await fills_in(phone, surveys[3], an_hour_ago(hub), pictures=10)
    await phone.tap("返回")
    phone = await starts(online=False)
    await phone.page.goto(phone.url + OFFLINE)
    await phone.reads("现在没有网络", "今天填的，已存在手机里")
    await expect(kept(phone).filter(has_text="待发送")).to_have_count(3)
    await phone.page.locator(f"[href='#/{surveys[3]['id']}']").click()
    await expect(phone.page.locator("[data-pictures='form.photos'] img")).to_have_count(10)
    await finishes(phone)
    await fills_in(phone, surveys[4], an_hour_ago(hub), pictures=10)
    await finishes(phone)
    await signed_out_elsewhere(phone, hub, person)
    await phone.page.context.set_offline(False)
    await phone.reads("登录已过期")
    assert [await filed(hub, survey) for survey in surveys] == [[]] * 5
    await phone.page.locator("a.bar").click()
    for field, typed in (("账号", username), ("密码", NEW_PASSWORD)):
        await phone.fill(field, typed)
    await phone.tap("登录")

    await phone.is_at(OFFLINE)
    await expect(kept(phone).filter(has_text="已送达")).to_have_count(5)
    assert [await filed(hub, survey) for survey in surveys] == [[(10, 1)]] * 5
    raw = await phone.page.evaluate(RAW)
    assert all("/sent/" in name for name in raw["names"])


async def test_a_row_that_says_the_same_stays_under_the_finger(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts
) -> None:
    """One that was drawn anew between touch and release heard nothing of the tap."""
    survey, phone = await begun(walk, surveyor), await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, survey)
    row = await kept(phone).element_handle()

    await loses_the_network(phone)
    await phone.reads("现在没有网络")

    assert row is not None and await row.evaluate("row => row.isConnected")


async def test_what_was_taken_and_not_answered_is_sent_again(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts
) -> None:
    """After a picture, the draft and the record had arrived, each once. The page opens also where a browser has no workers."""
    survey, lost = await begun(walk, surveyor), list[str]()
    phone = await starts()
    await phone.page.context.add_init_script("delete Navigator.prototype.serviceWorker")
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, survey)

    async def lose(route: Route) -> None:
        """The first answer to each of the three."""
        which = f"{route.request.method} {route.request.url.rpartition('/')[2].split('?')[0]}"
        if route.request.method == "GET" or which in lost:
            await route.fallback()
            return
        lost.append(which)
        await route.fetch()
        await route.abort()

    await loses_the_network(phone)
    await phone.page.goto(phone.url + OFFLINE)
    await fills_in(phone, survey, an_hour_ago(hub), pictures=10)
    await finishes(phone)
    await phone.page.route("**/api/v1/**", lose)
    await phone.page.context.set_offline(False)

    async def is_sent() -> bool:
        """It is tapped whenever something waits to be sent."""
        await phone.page.evaluate(SENDS)
        return await kept(phone).filter(has_text="已送达").count() == 1

    await until(is_sent)
    assert len(lost) == 3
    assert await filed(hub, survey) == [(10, 1)]
    assert await hub.database["files"].count_documents({"owner": surveyor.person, "state": "pending"}) == 0


async def test_pictures_that_the_hub_has_let_go_are_uploaded_anew(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts
) -> None:
    """The network went between the pictures and the draft, and came back after they were swept."""
    survey = await begun(walk, surveyor)
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, survey)
    await fills_in(phone, survey, an_hour_ago(hub), pictures=2)

    await phone.page.route("**/drafts/*", lambda route: route.abort())
    await finishes(phone)
    await phone.reads("现在没有网络")
    mine = {"owner": surveyor.person, "state": "pending"}
    assert await hub.database["files"].count_documents(mine) == 3
    await hub.database["files"].update_many(mine, {"$set": {"state": "released"}})
    await phone.page.unroute("**/drafts/*")
    await phone.page.get_by_role("button", name="马上发送").click()

    await expect(kept(phone).filter(has_text="已送达")).to_have_count(1)
    assert await filed(hub, survey) == [(2, 1)]


async def test_a_page_that_was_not_kept_says_so(hub: Hub, surveyor: Walker, starts: Starts) -> None:
    """The hub had no answer to who wanted to keep it; with an older version on the phone that is no matter."""
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await phone.page.context.add_init_script(TELLS)

    async def no_answer(route: Route) -> None:
        """To whoever keeps it."""
        await (route.fulfill(status=503) if route.request.resource_type == "fetch" else route.fallback())

    async def tells(kept: str) -> None:
        await phone.page.goto(phone.url + OFFLINE)
        await expect(phone.page.locator("html[data-told]")).to_have_attribute("data-told", kept)

    await phone.page.route(f"**{OFFLINE}", no_answer)
    await tells("no")
    await phone.reads("这一页没有存进手机", "请稍后重新打开")
    await phone.page.unroute(f"**{OFFLINE}")
    await tells("yes")
    await phone.page.route(f"**{OFFLINE}", no_answer)

    await tells("yes, yes")


async def test_a_newer_version_is_kept_whole(hub: Hub, surveyor: Walker, starts: Starts) -> None:
    """Its page with its scripts: what was kept while one version was shown opens as the next."""
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)

    async def newer(route: Route) -> None:
        """To whoever keeps it; what is shown is the version before."""
        if route.request.resource_type != "fetch":
            await route.fallback()
            return
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace(".js?v=", ".js?v=1"))

    await phone.page.route(f"**{OFFLINE}", newer)
    await phone.page.goto(phone.url + OFFLINE)

    async def is_kept() -> bool:
        text = await phone.page.evaluate("caches.match(location.pathname).then(found => (found ? found.text() : ''))")
        return ".js?v=1" in text

    await until(is_kept)
    await phone.page.unroute_all(behavior="wait")
    await phone.page.context.set_offline(True)
    await phone.page.reload()

    await phone.reads("现在没有网络", "手机里没有调查")


async def test_what_is_refused_stays_and_says_what_to_do(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts
) -> None:
    """A time that cannot be is mended and sent; what somebody else has handed in meanwhile is removed."""
    wrong, done = await begun(walk, surveyor), await begun(walk, surveyor)
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, wrong, done)
    await loses_the_network(phone)
    await fills_in(phone, wrong, hub.clock.now() + timedelta(days=1))
    await finishes(phone)
    await fills_in(phone, done, an_hour_ago(hub))
    await finishes(phone)
    one = f"/{VILLAGE}/survey/surveys/{done['id']}"
    await surveyor.put(f"{one}/drafts/{done['id']}", await filled(walk, surveyor))
    await surveyor.post(f"{one}/submit", {"draft": done["id"], "revision": 1})

    await phone.page.context.set_offline(False)
    await expect(kept(phone).filter(has_text="有问题")).to_have_count(2)
    await phone.reads("请点开改好后再发送", "别人可能已经办理")
    await phone.page.locator(f"[href='#/{wrong['id']}']").click()
    await phone.reads("还有1处要改", "调查时间不能晚于现在")
    await phone.fill("调查时间", f"{shanghai(an_hour_ago(hub)):%Y-%m-%dT%H:%M}")
    await finishes(phone)
    await expect(kept(phone).filter(has_text="已送达")).to_have_count(1)
    await phone.page.locator(f"[href='#/{done['id']}']").click()
    await phone.tap("从手机里删除")
    await phone.reads("不能找回")
    await phone.tap("删除")

    await expect(kept(phone).filter(has_text="有问题")).to_have_count(0)
    assert [await filed(hub, survey) for survey in (wrong, done)] == [[(1, 1)], [(1, 1)]]


async def test_nobody_else_on_this_phone_sees_it(hub: Hub, walk: Walk, surveyor: Walker, starts: Starts) -> None:
    """Not after signing out, not as somebody else, not on the disk; whoever comes back finds it."""
    survey = await begun(walk, surveyor)
    _, other = await account(hub)
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, survey)
    await fills_in(phone, survey, an_hour_ago(hub))
    await phone.tap("返回")

    raw = await phone.page.evaluate(RAW)
    assert raw["keys"] == [False] and len(raw["texts"]) == 3
    assert not [text for text in raw["texts"] for word in ("王秀英", "地力保护", "家中", "jpeg") if word in text]
    await phone.open(f"/ydsh/{VILLAGE}/survey/todo")
    await expect(phone.page.locator("a.bar")).to_contain_text("1份入户调查还没发出，点这里发送")
    await signs_out(phone)
    await phone.page.context.set_offline(True)
    await phone.page.goto(phone.url + OFFLINE)
    await phone.reads("请先登录")
    await phone.reads_not("王秀英")
    await phone.page.context.set_offline(False)
    await signed_in(phone, hub, other)
    await phone.page.goto(phone.url + OFFLINE)
    await expect(phone.page.locator("[data-part=offers]")).to_be_visible()
    await expect(kept(phone)).to_have_count(0)
    await signed_in(phone, hub, surveyor.person)
    await phone.page.goto(phone.url + OFFLINE)

    await expect(kept(phone).filter(has_text="草稿")).to_have_count(1)


async def test_a_lost_phone_shows_nothing_once_its_sign_in_was_ended(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts
) -> None:
    """Without an answer of the hub's it shows whoever was here last; after one that nobody is signed in, nothing, until they are."""
    survey = await begun(walk, surveyor)
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, survey)
    await loses_the_network(phone)
    await phone.page.reload()
    await expect(kept(phone)).to_have_count(1)

    await signed_out_elsewhere(phone, hub, surveyor.person)
    for offline in (False, True):
        await phone.page.context.set_offline(offline)
        await phone.page.reload()
        await phone.reads("请先登录")
        await expect(kept(phone)).to_have_count(0)
    await phone.page.context.set_offline(False)
    await signed_in(phone, hub, surveyor.person)
    await phone.page.goto(phone.url + OFFLINE)

    await expect(kept(phone)).to_have_count(1)


@pytest.mark.parametrize("other", [True, False], ids=["another", "the same"])
async def test_somebody_else_signs_in_while_it_is_sent(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts, other: bool
) -> None:
    """On another page of the phone: what is on its way is filed by whoever filled it in, and lies in their store alone."""
    survey, gate = await begun(walk, surveyor), asyncio.Event()
    next_one = (await account(hub))[1] if other else surveyor.person
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, survey)
    await fills_in(phone, survey, an_hour_ago(hub))
    mine = await whose(phone)

    async def hold(route: Route) -> None:
        await gate.wait()
        await route.continue_()

    await phone.page.route("**/api/v1/files", hold)
    async with phone.page.expect_request("**/api/v1/files"):
        await finishes(phone)
    second = heard(Phone(await phone.page.context.new_page(), phone.url))
    await signs_out(second)
    await signed_in(second, hub, next_one)
    async with phone.page.expect_response("**/api/v1/files") as refused:
        gate.set()
    assert (await refused.value).status == 403
    if other:
        await expect(phone.page.locator("[data-part=offers]")).to_be_visible()
        await expect(kept(phone)).to_have_count(0)
        names = (await phone.page.evaluate(RAW))["names"]
        assert [name for name in names if not name.startswith(f"{mine}/")] == []
        await signed_in(second, hub, surveyor.person)

    await expect(kept(phone).filter(has_text="已送达")).to_have_count(1)
    assert await filed(hub, survey) == [(1, 1)]
    assert second.complaints == []


async def whose(phone: Phone) -> str:
    """The mark of whoever's phone it is."""
    mark: str = await phone.page.evaluate("localStorage.getItem('hub.who.ydsh')")
    return mark


async def test_what_lies_there_says_how_old_it_is_and_goes(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts
) -> None:
    """Begun and not sent: thirty days, and any page clears it away. Taken along and not begun: seven days."""
    begun_one, untouched = await begun(walk, surveyor), await begun(walk, surveyor)
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, begun_one, untouched)
    await fills_in(phone, begun_one, an_hour_ago(hub))
    await phone.tap("返回")
    await loses_the_network(phone)
    now = datetime.now(UTC)

    for days, left in ((3, 2), (8, 1)):
        await phone.page.clock.set_fixed_time(now + timedelta(days=days))
        await phone.page.reload()
        await expect(kept(phone)).to_have_count(left)
        await phone.reads(f"已在手机里{days}天，iPhone7天后可能清除，请尽快联网")
    await phone.page.clock.set_fixed_time(now + timedelta(days=31))
    await phone.page.context.set_offline(False)
    await phone.open(f"/ydsh/{VILLAGE}")

    async def is_swept() -> bool:
        return (await phone.page.evaluate(RAW))["names"] == []

    await until(is_swept)
    await phone.page.context.set_offline(True)
    await phone.page.goto(phone.url + OFFLINE)
    await phone.reads("手机里没有调查", "有网络时先在这里带走")


async def test_a_visit_begins_now_and_with_those_who_made_the_one_before(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts
) -> None:
    """The same two go from door to door: their names are typed once."""
    first, second = [await begun(walk, surveyor) for _ in range(2)]
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await takes_along(phone, first, second)
    await loses_the_network(phone)

    await fills_in(phone, first, an_hour_ago(hub))
    await finishes(phone)
    await phone.page.locator(f"[href='#/{second['id']}']").click()

    await expect(phone.field("调查人员")).to_have_value("杨帆\n刘洋")
    await expect(phone.field("调查时间")).not_to_have_value("")
    await expect(phone.field("调查地点")).to_have_value("")


@pytest.mark.parametrize("view", ["1", "e1"])
async def test_what_its_script_draws_can_be_read_and_tapped(
    hub: Hub, walk: Walk, surveyor: Walker, starts: Starts, view: str
) -> None:
    """As every page is looked at: what could be taken along, what lies there, a form that is not filled in, the question before it goes."""
    survey, _ = await begun(walk, surveyor), await begun(walk, surveyor)
    phone = await starts()
    await signed_in(phone, hub, surveyor.person)
    await phone.page.context.add_cookies([{"name": "hub_view", "value": view, "url": phone.url}])
    wrong: dict[str, list[str]] = {}

    async def look(state: str) -> None:
        as_it_was = await phone.page.evaluate("({ ...document.documentElement.dataset })")
        for width, size in LOOKS:
            await phone.page.set_viewport_size({"width": width, "height": 812})
            if size == "4":
                await phone.page.evaluate(IN_THE_LARGEST)
            found = [*await phone.page.evaluate(SMALL), *await phone.page.evaluate(OUTSIDE)]
            wrong[f"{state} {width}px {size}"] = [*found, *await violations(phone.page)]
        await phone.page.evaluate(LOOKS_AS, as_it_was)
        await phone.page.set_viewport_size({"width": 375, "height": 812})

    await phone.page.goto(phone.url + OFFLINE)
    await expect(phone.page.locator("[data-part=offers]")).to_be_visible()
    await look("offers")
    await takes_along(phone, survey)
    await loses_the_network(phone)
    await phone.page.goto(phone.url + OFFLINE)
    await fills_in(phone, survey, an_hour_ago(hub), pictures=2)
    await look("form")
    await phone.fill("调查地点", "")
    await phone.fill("调查人员", "杨帆")
    await phone.tap("填好了")
    await phone.reads("还有2处要改")
    await look("missing")
    await phone.tap("从手机里删除")
    await look("sheet")
    await phone.tap("不删")
    await phone.tap("返回")
    await phone.reads("今天填的")
    await look("kept")

    assert {where: found for where, found in wrong.items() if found} == {}
