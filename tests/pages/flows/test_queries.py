"""How often a page asks the database: a few times, whatever it shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import pytest
from pymongo import monitoring

from hub.app import Hub
from hub.testing import settled
from hub.words.actors import APPS, App
from tests.pages.flows.conftest import token_of
from tests.pages.flows.openings import opening_of, pages_of
from tests.rows.rows import Walk
from tests.web.samples import complaints, core, interception
from tests.web.scope import Staff, Who
from tests.world import ANJU

AT_MOST = 5
# A task's pages: the task, who has it, who keeps away, what there was before, whether it moved on; of a declaration also itself and its
# rivals. 离职, asked before it is done: the account, its name and positions, which of them nobody else does, and what each feature keeps.
OF_MANY = {"worklist /tasks/": 7, "staff /accounts/{id}/leave-job": 8}
HOMES = (
    ("ydsh", Staff("handler", ANJU, "民政局")),
    ("ydjd", Staff("leader", ANJU)),
    ("ydjd", Staff("discipline", ANJU)),
)
OF_A_REQUEST = ("RequestHandler._execute", "news_of.<locals>.told")
# What ends or follows another question asks nothing new.
FOLLOWING = {"getMore", "killCursors", "commitTransaction", "abortTransaction", "endSessions"}


class Questions(monitoring.CommandListener):
    """The commands that requests sent while it listened; what the hub does beside them is not counted."""

    def __init__(self) -> None:
        self.heard: list[str] | None = None

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self.heard is not None and event.command_name not in FOLLOWING and answers_a_request():
            self.heard.append(f"{event.command_name} {event.command.get(event.command_name)}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Of no interest."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Of no interest."""

    @contextmanager
    def listening(self) -> Iterator[list[str]]:
        heard = self.heard = []
        yield heard
        self.heard = None


def answers_a_request() -> bool:
    """Each request is a task of its own, as the HTTP server makes it; a home asks its entries side by side, each in one more."""
    task = asyncio.current_task()
    return task is not None and getattr(task.get_coro(), "__qualname__", "") in OF_A_REQUEST


QUESTIONS = Questions()
# A client that is made from now on is listened to.
monitoring.register(QUESTIONS)


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """One whose client is listened to."""
    return own_hub


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.mark.parametrize("app", APPS)
async def test_a_page_asks_a_few_questions(walk: Walk, http: aiohttp.ClientSession, app: App) -> None:
    """Of somebody whose session is known to this node already, as it is from their first page on."""
    asked: dict[str, list[str]] = {}

    for page in pages_of(walk.hub, app):
        who, path = await opening_of(walk.scene, app, page)
        cookie = {"Cookie": await cookie_of(walk, app, who)}
        await look(http, f"{walk.hub.url}/{app}{path}", cookie)
        await settled(walk.hub)
        with QUESTIONS.listening() as heard:
            await look(http, f"{walk.hub.url}/{app}{path}", cookie)
        asked[f"{page.plugin} {page.page.path}"] = heard

    assert any(asked.values())
    assert {
        page: heard
        for page, heard in asked.items()
        if len(heard) > next((most for many, most in OF_MANY.items() if page.startswith(many)), AT_MOST)
    } == {}


@pytest.mark.parametrize(("app", "who"), HOMES)
async def test_a_home_asks_a_few_questions(walk: Walk, http: aiohttp.ClientSession, app: App, who: Who) -> None:
    """Its figures and tiles together; a plugin asks for all that it says there at once."""
    await complaints.stored(walk.scene)
    await interception.one(walk.scene)
    await core.tasks(walk.scene)
    cookie = {"Cookie": await cookie_of(walk, app, who)}
    await look(http, f"{walk.hub.url}/{app}/{ANJU}", cookie)
    await settled(walk.hub)

    with QUESTIONS.listening() as heard:
        await look(http, f"{walk.hub.url}/{app}/{ANJU}", cookie)

    assert heard and len(heard) <= AT_MOST, heard


async def look(http: aiohttp.ClientSession, url: str, cookie: dict[str, str]) -> None:
    async with http.get(url, headers=cookie) as answer:
        assert answer.status == 200, url


async def cookie_of(walk: Walk, app: App, who: Who | None) -> str:
    if who is None:
        return ""
    person = (await walk.scene.visitor(who)).person or ""
    return f"hub_{app}={await token_of(walk.hub, person, app)}"
