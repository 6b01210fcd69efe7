"""static/page.js in a browser: where the focus goes, that a form is sent once, what the hub says live, and that nothing needs it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, Route

from tests.pages.conftest import Opens
from tests.pages.looking import violations

FOCUSED = "document.activeElement.className || document.activeElement.tagName"
# Stands in for the hub's client: it keeps what it was told, and says what the test wants to be said.
CLIENT = """
window.HubClient = class {
  constructor(options) { Object.assign(this, { options: options, topics: {}, started: 0 }); window.client = this; }
  start() { this.started += 1; return this; }
  stop() { this.started -= 1; }
  subscribe(name, listener) { this.topics[name] = listener; }
  unsubscribe(name) { delete this.topics[name]; }
};
"""
HEARD = """
window.heard = [];
for (const name of ["message", "complaints.arrived", "worklist.tasks"]) {
  document.body.addEventListener("hub:" + name, () => heard.push(name));
}
"""


async def test_a_page_that_is_wrong_begins_at_its_summary(opens: Opens) -> None:
    """Its title says so, and each problem leads to its field."""
    page = await opens("page-form-wrong")

    assert await page.title() == "出错：投诉举报"
    assert await page.evaluate(FOCUSED) == "problems"
    await page.click(".problems a >> nth=1")
    assert await page.evaluate("document.activeElement.name") == "text"


async def test_a_page_that_is_swapped_in_begins_at_its_heading(opens: Opens) -> None:
    """No second document is loaded; the title and the address are those of the new page, and axe finds nothing in it."""
    page = await opens("page-home")

    await page.click(".tabbar a >> nth=1")
    await page.wait_for_selector("h1:has-text('投诉处理')")

    assert await page.evaluate(
        "performance.getEntriesByType('navigation')[0].name.endsWith('/ui/page-home?size=1&elder=0')"
    )
    assert page.url.endswith("/ui/page-list") and await page.title() == "投诉处理"
    await page.wait_for_function("document.activeElement.tagName === 'H1'")
    assert await violations(page) == []


async def test_a_phone_says_where_it_is_once_its_owner_has_let_it(opens: Opens) -> None:
    """In the body of a form, so that it stands in no address; who does not let it reads what to do."""
    page = await opens("position")
    button, refused = page.get_by_role("button", name="用我的位置查找"), page.locator("[data-no-position]")
    await button.click()
    await refused.wait_for(state="visible")
    await page.route("**/ui/position", lambda route: route.fulfill(body=""))
    await page.context.grant_permissions(["geolocation"])
    await page.context.set_geolocation({"latitude": 30.61, "longitude": 105.46})
    async with page.expect_request("**/ui/position") as sent:
        await button.click()

    assert (await sent.value).post_data == "_csrf=&_key=k&latitude=30.61&longitude=105.46"


async def test_pages_work_without_script(opens: Opens) -> None:
    """What needs it is not shown; links and forms are plain ones."""
    page = await opens("page-home", elder=True, script=False)

    assert await page.locator("[data-aloud]").is_hidden()
    await page.click(".tabbar a >> nth=1")
    await page.wait_for_url("**/ui/page-list")


async def test_a_form_is_sent_once(opens: Opens) -> None:
    """However often it is tapped before the answer comes; afterwards it may be sent again."""
    page = await opens("page-form")
    sent: list[Route] = []
    await page.route("**/ui/page-form", lambda route: _keep(sent, route))

    button = page.locator(".actions button")
    await button.dblclick()
    await button.click()
    await _until(lambda: bool(sent))

    assert await page.locator("form[data-sent]").count() == 1
    assert len(sent) == 1
    await sent[0].fulfill(
        status=422,
        content_type="text/html",
        body="<title>出错</title><div class='page'><h1 tabindex='-1'>再来</h1></div>",
    )
    await page.wait_for_selector("h1:has-text('再来')")


async def test_a_lost_network_is_said_until_it_is_back(opens: Opens) -> None:
    """By itself, without a tap."""
    page = await opens("page-list")

    await page.context.set_offline(True)
    await page.wait_for_selector("#network", state="visible")
    await page.context.set_offline(False)

    await page.wait_for_selector("#network", state="hidden")


@pytest.mark.parametrize("status", [200, 422])
async def test_a_list_is_never_gone_for_a_page_that_says_why(opens: Opens, status: int) -> None:
    """再显示 that is answered by signing in, or refused, leaves the rows as they are."""
    page = await opens("page-list")
    before = await page.locator("#list .row").count()
    answered = asyncio.Event()
    await page.route("**/ui/page-list?cursor=*", lambda route: _answer(route, answered, status))

    await page.evaluate("document.querySelector('.row.next').removeAttribute('hx-select')")
    await page.click(".row.next")
    await asyncio.wait_for(answered.wait(), 30)
    await page.wait_for_function("!document.querySelector('.htmx-request')")

    assert await page.locator("#list .row").count() == before
    assert await page.title() == "投诉处理"


async def test_what_arrived_moves_nothing_from_under_a_thumb(opens: Opens) -> None:
    page = await _signed_in(await opens(""), "bars", "complaints.arrived worklist.tasks:510921")
    before = await page.locator(".aside").first.bounding_box()

    await page.evaluate("client.options.onMessage({ entry: { message: 'complaints.arrived', title: '新投诉' } })")
    await page.locator("#arrived").wait_for(state="visible")

    assert await page.locator(".aside").first.bounding_box() == before


async def test_what_arrived_waits_until_its_reader_asks_for_it(opens: Opens) -> None:
    """Nothing moves: a pill counts messages, and a topic says that something changed."""
    page = await _signed_in(await opens(""), "bars", "worklist.tasks:510921")
    assert await page.locator("#arrived").is_hidden()

    await page.evaluate("client.topics['worklist.tasks:510921']({})")
    changed = await page.inner_text("#arrived")
    await page.evaluate("client.options.onMessage({ entry: { message: 'complaints.arrived', title: '新投诉' } })")

    assert changed == "有更新，点这里显示"
    assert await page.inner_text("#arrived") == "刚到1条，点这里显示"


async def test_after_a_gap_it_is_looked_whether_anything_is_new(opens: Opens) -> None:
    """The first connection of a visit is one as well: whoever has just opened a list is not told that it is old."""
    page = await _signed_in(await opens(""), "bars", "complaints.arrived worklist.tasks:510921")

    await page.evaluate("client.options.onReset('inbox')")
    before = await page.locator("#arrived").is_hidden()
    await page.evaluate("document.querySelector('#main').insertAdjacentHTML('beforeend', '<p id=list>不再是这样</p>')")
    await page.evaluate("client.options.onReset('worklist.tasks:510921')")

    assert before and await page.inner_text("#arrived") == "有更新，点这里显示"


async def test_what_the_hub_says_becomes_an_event_of_the_page(opens: Opens) -> None:
    """Messages by their names, topics by theirs; the same client serves the next page, and a guest has none."""
    page = await _signed_in(await opens(""), "rows", "complaints.arrived worklist.tasks:510921")
    await page.evaluate(HEARD)

    await page.evaluate("client.options.onMessage({ entry: { message: 'complaints.arrived' } })")
    await page.evaluate("client.topics['worklist.tasks:510921']({})")

    assert await page.evaluate("heard") == ["message", "complaints.arrived", "worklist.tasks"]
    assert await page.evaluate("[client.started, client.options.url.indexOf('ws://')]") == [1, 0]


async def test_two_persons_of_one_browser_do_not_skip_each_others_messages(opens: Opens) -> None:
    """What is remembered is kept apart by app and person; the device is one."""
    page = await _signed_in(await opens(""), "rows", "")

    await page.evaluate(
        "client.options.storage.set('hub.positions', '7'); client.options.storage.set('hub.device', 'd')"
    )

    assert await page.evaluate(
        "[sessionStorage.getItem('ykt.w1.hub.positions'), localStorage.getItem('hub.device')]"
    ) == ["7", "d"]
    assert await page.evaluate("client.options.storage.get('hub.positions')") == "7"


async def test_all_rows_are_ticked_at_once_but_not_more_than_may_be(opens: Opens) -> None:
    """And let go of at once."""
    page = await opens("ticks")
    ticked = "Array.from(document.querySelectorAll('[name=task]')).map(box => box.checked)"
    await page.evaluate("document.querySelector('[data-all]').setAttribute('data-most', '2')")

    await page.check("[data-all] input")
    some = await page.evaluate(ticked)
    await page.uncheck("[data-all] input")

    assert some == [True, True, False]
    assert await page.evaluate(ticked) == [False, False, False]


async def test_after_one_is_unticked_the_next_press_ticks_all_again(opens: Opens) -> None:
    page = await opens("ticks")
    every, boxes = page.locator("[data-all] input"), page.locator("[name=task]")
    await every.check()

    await boxes.first.uncheck()
    let_go = await every.is_checked()
    await every.click()

    assert (let_go, await every.is_checked()) == (False, True)
    assert [await boxes.nth(number).is_checked() for number in range(3)] == [True] * 3


async def test_more_than_may_be_are_not_said_to_be_all(opens: Opens) -> None:
    """Of seven, six: by the bound of the field."""
    page = await opens("fields")
    boxes = page.locator("[name=towns]")

    await page.get_by_label("勾选前6项，一次最多6项").check()

    assert [await boxes.nth(number).is_checked() for number in range(7)] == [True] * 6 + [False]


async def test_how_much_may_still_be_written_is_said_near_the_end(opens: Opens) -> None:
    """Not before, and what is too long is not cut off."""
    page = await opens("fields")
    left = page.locator("[data-left=text]")
    assert await left.is_hidden()

    await page.fill("#text", "字" * 490)
    near = await left.inner_text()
    await page.fill("#text", "字" * 503)

    assert near == "还可写10字"
    assert await left.inner_text() == "多了3字"


async def test_a_sheet_has_the_focus_until_it_is_closed(opens: Opens) -> None:
    """Tab stays inside; Escape leads back."""
    page = await opens("sheet")
    inside = "!!document.activeElement.closest('.sheet')"

    for _ in range(30):
        await page.keyboard.press("Tab")
        assert await page.evaluate(inside)
    await page.keyboard.press("Escape")

    await page.wait_for_url("**/ui")


async def test_a_picture_opens_over_the_page_and_closes(opens: Opens) -> None:
    """By plain links, and by Escape."""
    page = await opens("case")

    await page.click(".thumb >> nth=0")
    await page.wait_for_selector("#m1", state="visible")
    await page.click("#m1 footer [aria-label=下一张]")
    await page.wait_for_selector("#m2", state="visible")
    await page.keyboard.press("Escape")

    await page.wait_for_selector("#m2", state="hidden")


async def test_the_menu_closes_when_something_else_is_tapped(opens: Opens) -> None:
    """It does not lie over the page for ever."""
    page = await opens("menu-open")
    assert await page.locator(".menu .list").is_visible()

    await page.click("h1")

    assert await page.locator(".menu .list").is_hidden()


async def _signed_in(page: Page, name: str, live: str) -> Page:
    """The page as somebody sees it who is signed in, with a client of the test's."""

    async def changed(route: Route) -> None:
        answer = await route.fetch()
        text = (
            (await answer.text())
            .replace('data-live=""', f'data-live="{live}" data-signed-in')
            .replace('data-who=""', 'data-who="w1"')
        )
        await route.fulfill(response=answer, body=text)

    await page.route("**/hub-client.js*", lambda route: route.fulfill(content_type="text/javascript", body=CLIENT))
    await page.route(f"**/ui/{name}", changed)
    await page.goto(page.url.partition("/ui")[0] + f"/ui/{name}")
    return page


async def _keep(kept: list[Route], route: Route) -> None:
    kept.append(route)


async def _answer(route: Route, answered: asyncio.Event, status: int) -> None:
    await route.fulfill(status=status, content_type="text/html", body="<!doctype html><title>登录</title><h1>登录</h1>")
    answered.set()


async def _until(there: Any) -> None:
    async with asyncio.timeout(30):
        while not there():
            await asyncio.sleep(0.01)
