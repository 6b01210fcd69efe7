"""hub/static/hub-client.js in a real browser, under the Content-Security-Policy of the hub's pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from hub.realtime.handler import LiveHandler, SocketAccess
from hub.words.actors import Actor
from tests.realtime.nodes import Node, Town, until
from tests.waiting import patience
from tests.world import ANJU

CLIENT = (Path(__file__).parents[2] / "hub/static/hub-client.js").read_text(encoding="utf-8")
POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
HTML = """<!doctype html><meta charset=utf-8><ol id=heard></ol>
<script src=hub-client.js></script><script src=page.js></script>"""
PAGE = """
window.heard = []; window.states = []; window.resets = 0;
window.client = new HubClient({
  url: location.origin.replace("http", "ws") + "/ws",
  ticket: () => fetch("/ticket", { method: "POST" }).then(answer => answer.ok ? answer.text() : Promise.reject(answer)),
  onMessage: frame => {
    heard.push(frame.seq);
    const line = document.createElement("li");
    line.textContent = frame.entry.body;
    document.getElementById("heard").append(line);
  },
  onReset: () => { resets += 1; },
  onState: state => states.push(state),
  random: () => 0,
}).start();
"""


class Asset(RequestHandler):
    """The page, its scripts, and its tickets."""

    def initialize(self, site: Site) -> None:
        self.site = site

    def get(self, name: str) -> None:
        kind, text = {
            "": ("text/html", HTML),
            "hub-client.js": ("text/javascript", CLIENT),
            "page.js": ("text/javascript", PAGE),
        }[name]
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.set_header("Content-Security-Policy", POLICY)
        self.finish(text)

    def post(self, _: str) -> None:
        if self.site.signed_out:
            self.send_error(401)
        else:
            self.finish(self.site.town.tickets.issue(self.site.actor))


@dataclass
class Site:
    """A page at the same origin as ``/ws``."""

    town: Town
    node: Node
    actor: Actor
    port: int = 0
    signed_out: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def cut(self) -> None:
        """As a tunnel cuts."""
        for session in self.node.live.sessions:
            session.wire.broken()  # type: ignore[union-attr]


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A new profile. A script or connection that the policy refuses fails the test, and so does an error of the page."""
    problems: list[str] = []
    made = await browser.new_context()
    made.on("weberror", lambda error: problems.append(str(error.error)))
    made.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    yield made
    await made.close()
    assert problems == []


@pytest.fixture
async def site(town: Town) -> AsyncIterator[Site]:
    node = await town.start()
    made = Site(town, node, await town.sign_in("p1", "ydsh"))
    door = SocketAccess(node.live, lambda origin, host: origin == f"http://{host}", lambda request: "")
    server = HTTPServer(
        Application([("/ws", LiveHandler, {"door": door}), ("/(|ticket|hub-client.js|page.js)", Asset, {"site": made})])
    )
    [listening] = bind_sockets(0, "127.0.0.1")
    server.add_sockets([listening])
    made.port = listening.getsockname()[1]
    yield made
    server.stop()
    await server.close_all_connections()


async def holds(page: Page, condition: str) -> None:
    """Until it does. Playwright's own waiting evaluates text inside the page, which the policy forbids."""
    async with patience():
        while not await page.evaluate(condition):
            await asyncio.sleep(0.01)


Visit = Callable[[], Awaitable[Page]]


@pytest.fixture
def visit(context: BrowserContext, site: Site) -> Visit:
    """Open the page in a tab, connected."""

    async def opened() -> Page:
        page = await context.new_page()
        await page.goto(site.url)
        await holds(page, "client.state === 'open'")
        return page

    return opened


async def test_messages_arrive_once_in_order_through_20_cuts(site: Site, visit: Visit) -> None:
    """On the screen, not only in memory."""
    page = await visit()

    for batch in range(40):
        await site.node.push("p1", 10)
        if batch % 2:
            site.cut()
            await until(lambda: len(site.node.live.sessions) == 0)
            await page.evaluate("client.wake()")
            await until(lambda: len(site.node.live.sessions) == 1)

    await holds(page, "heard.length >= 400")
    assert await page.evaluate("heard") == list(range(1, 401))
    assert await page.locator("#heard li").count() == 400
    assert await page.evaluate("resets") == 1


async def test_a_reload_goes_on_where_the_tab_was(site: Site, visit: Visit) -> None:
    """What came while the page was loading anew is shown, the rest not again."""
    page = await visit()
    await site.node.push("p1", 3)
    await holds(page, "heard.length === 3")
    await page.goto("about:blank")
    await site.node.push("p1", 2)

    await page.goto(site.url)

    await holds(page, "heard.length === 2")
    assert await page.evaluate("[heard, resets]") == [[4, 5], 0]


async def test_two_tabs_both_show_everything(site: Site, visit: Visit) -> None:
    """They are one device, with a position each."""
    first, second = await visit(), await visit()

    await site.node.push("p1", 20)

    for page in (first, second):
        await holds(page, "heard.length === 20")
    devices = {session.device for session in site.node.live.sessions}
    assert len(devices) == 1


async def test_a_new_tab_begins_with_a_snapshot(site: Site, visit: Visit) -> None:
    """Its past is the inbox page's business."""
    await site.node.push("p1", 5)

    page = await visit()

    assert await page.evaluate("[heard, resets]") == [[], 1]


async def test_losing_the_network_is_noticed_and_getting_it_back_too(
    site: Site, visit: Visit, context: BrowserContext
) -> None:
    """The browser says online; the client does not wait for its pause to end."""
    page = await visit()
    await context.set_offline(True)
    site.cut()
    await holds(page, "client.state === 'waiting'")
    await site.node.push("p1", 2)

    await context.set_offline(False)

    await holds(page, "heard.length === 2")


async def test_a_signed_out_page_stops_asking(site: Site, visit: Visit) -> None:
    """No loop of tickets."""
    page = await visit()
    site.signed_out = True

    site.node.live._apply(list(site.node.live.sessions), None)

    await holds(page, "client.state === 'signed_out'")
    assert await page.evaluate("states") == ["connecting", "open", "waiting", "connecting", "signed_out"]


async def test_a_command_from_the_page(site: Site, visit: Visit) -> None:
    """Answer and refusal, with the words that people read."""
    page = await visit()

    good = await page.evaluate(f"client.command('{ANJU}', 'pad.echo', {{text: '好'}})")
    bad = await page.evaluate(
        f"client.command('{ANJU}', 'pad.taken').catch(error => [error.code, error.message, error.state])"
    )

    assert good == {"text": f"pad@{ANJU}: 好", "times": 1}
    assert bad == ["conflict", "已被他人领取。", {"by": "p2"}]


async def test_leaving_the_page_gives_the_place_free(site: Site, visit: Visit) -> None:
    """At once, without waiting for a heartbeat."""
    page = await visit()
    assert len(site.node.live.sessions) == 1

    await page.close()

    await until(lambda: len(site.node.live.sessions) == 0)
