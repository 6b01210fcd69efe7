"""Whoever follows the links of an app, and presses what there is to press, comes nowhere that is not there.

Each person goes from their home wherever links lead, once to each page of the page table; when all have looked, each form that was
seen is sent as it stands, with nothing typed: those of parts before that of the whole, which may end it; what takes something away
is last. Nothing answers 404 or 500, ends without a way on, or is complained of by the browser, which draws each sort of page once,
whoever comes to it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser

from hub.app import Hub
from hub.words.actors import APPS, App
from tests.pages.flows.openings import USERS, opening_of, pages_of, signed_in
from tests.pages.flows.phone import Phone, opened
from tests.rows.rows import Walk
from tests.web.scope import Who

READ = """
html => {
  const page = new DOMParser().parseFromString(html, "text/html");
  return {
    title: page.title,
    links: [...page.querySelectorAll("a[href]:not(.skip)")].map(a => a.getAttribute("href")),
    forms: [...page.querySelectorAll("form[method=post]")].map(form => ({
      action: form.getAttribute("action"),
      hidden: Object.fromEntries([...form.querySelectorAll("input[type=hidden]")].map(each => [each.name, each.value])),
    })),
  };
}
"""
# What a form that nothing was typed into is answered: done, drawn again, or refused by a rule that says why.
ANSWERED = {200, 303, 403, 409, 422, 429}
# What leaves nothing to send.
LAST = ("/delete", "/discard", "/out")
# Nobody turns a page every second for minutes: tickets for live sessions run out, and the page's script waits for the next.
TOO_FAST = "status of 429"
# Whose identity was only claimed is told how to prove it: a page to read, wherever it stands.
TOLD_HOW = "出错：请先核验身份"
# An id, a number of a document, a code of a place: pages of one sort are visited once.
NAMES = re.compile(r"(?<=/)(?:[0-9a-f]{32}|[0-9a-f-]{36}|[0-9a-f]{24}|[A-Z0-9-]{8,}|\d+)(?=/|$)")


@dataclass
class Crawl:
    """Where somebody has been, what they found to send, and what was wrong. ``drawn`` are the sorts that the browser has drawn, for them
    or for others."""

    phone: Phone
    app: App
    drawn: set[str]
    seen: set[str] = field(default_factory=set)
    forms: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    async def follow(self, first: str) -> None:
        """All that can be reached from there."""
        left = [(first, "")]
        while left:
            path, came_from = left.pop()
            if (sort := sort_of(path)) not in self.seen:
                self.seen.add(sort)
                left += [(each, path) for each in await self._look(path, came_from)]

    async def _look(self, path: str, came_from: str) -> list[str]:
        page, of_pages = self.phone.page, path.startswith(f"/{self.app}")
        answer = await page.request.get(self.phone.url + path, max_redirects=20 if of_pages else 0)
        if not of_pages:
            self._note(answer.status == 200, f"{came_from} → {path}: {answer.status}")
            return []
        if sort_of(path) not in self.drawn:
            self.drawn.add(sort_of(path))
            await page.goto(self.phone.url + path)
        read = await page.evaluate(READ, await answer.text())
        self._note(answer.status == 200 or read["title"] == TOLD_HOW, f"{came_from} → {path}: {answer.status}")
        for form in read["forms"]:
            action = form["action"] or path
            self.forms.setdefault(sort_of(action), (action, form["hidden"]))
        links = list(self._own(read["links"], path))
        self._note(bool(links), f"{path}: leads nowhere")
        return links

    def _own(self, hrefs: list[str], path: str) -> Iterator[str]:
        """Of this app, or what it loads; the phone and other apps are elsewhere."""
        for href in hrefs:
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            whole = (parts.path or urlsplit(path).path) + (f"?{parts.query}" if parts.query else "")
            if whole.startswith((f"/{self.app}", "/api/", "/static/")):
                yield whole

    async def send(self, action: str, hidden: dict[str, str]) -> None:
        answer = await self.phone.page.request.post(self.phone.url + action, form=hidden, max_redirects=0)
        self._note(answer.status in ANSWERED, f"POST {action}: {answer.status}")

    @property
    def all_wrong(self) -> list[str]:
        """With what the browser has complained of."""
        return [*self.wrong, *(each for each in self.phone.complaints if TOO_FAST not in each)]

    def _note(self, well: bool, words: str) -> None:
        if not well:
            self.wrong.append(words)


def is_last(action: str) -> bool:
    """Whether it may take from somebody what another form is about: a draft, a session, a colleague's position."""
    return action.endswith(LAST) or "/staff/" in action


def sort_of(address: str) -> str:
    """What stands for all pages of its sort: without ids, and of its query the names alone."""
    parts = urlsplit(address)
    names = "&".join(sorted(each.partition("=")[0] for each in parts.query.split("&")))
    return f"{NAMES.sub('*', parts.path)}?{names}"


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """For each app: what is pressed everywhere leaves little for the next, and some may be pressed a few times an hour."""
    return own_hub


@pytest.mark.parametrize("app", APPS)
async def test_every_link_and_every_button_leads_somewhere(browser: Browser, walk: Walk, app: App) -> None:
    """For everybody who has a page in it, with something on every page."""
    people: list[Who] = [USERS[app]]
    for page in pages_of(walk.hub, app):
        who, _ = await opening_of(walk.scene, app, page)
        people += [] if who is None or who in people else [who]
    await walk.settled()
    crawls: dict[Who, Crawl] = {}
    drawn: set[str] = set()

    for who in people:
        phone = await opened(browser, walk.hub.url, app, "")
        await signed_in(walk.scene, phone, app, who)
        crawls[who] = Crawl(phone, app, drawn)
        await crawls[who].follow(f"/{app}")
    seen = [(action, hidden, crawl) for crawl in crawls.values() for action, hidden in crawl.forms.values()]
    for action, hidden, crawl in sorted(seen, key=lambda form: (is_last(form[0]), -form[0].count("/"))):
        await crawl.send(action, hidden)
    for crawl in crawls.values():
        await crawl.phone.page.context.close()

    assert "\n".join(f"{who}: {each}" for who, crawl in crawls.items() for each in crawl.all_wrong) == ""
