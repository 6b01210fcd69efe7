"""``/demo``: three phones, ten people to be, a tour, the story played, and a clock that can be put forward. In the demo alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec
from tornado.iostream import StreamClosedError

from hub.demo import people, tour
from hub.demo.cast import PHONES
from hub.demo.desk import Desk, day_of
from hub.demo.stage import Stage
from hub.identity.sessions import cookie_name
from hub.web.application import Handlers
from hub.web.base import BaseHandler
from hub.web.docs import HTML
from hub.words.actors import APP_TITLES, App
from hub.words.errors import NotFound, TooMany

KEEP_ALIVE = 15.0
MOST_PAGES = 20
# What somebody looks at first: what has come.
BEGINS: Mapping[App, str] = {"ykt": "/ykt/inbox", "ydsh": "/ydsh/inbox"}
# An address behind an app's own name, as a header may carry it.
ADDRESS = re.compile(r"/[!-~]*")
EVENTS = "text/event-stream; charset=utf-8"


def handlers(desk: Desk, stage: Stage) -> Handlers:
    """What a hub of the demo answers besides; no other hub has these addresses."""
    shared = {"desk": desk, "stage": stage}
    return [
        (r"/demo", DemoPage, shared),
        (r"/demo/enter/([a-z0-9_-]+)", EnterHandler, shared),
        (r"/demo/feed", FeedHandler, shared),
        (r"/demo/play", PlayHandler, shared),
        (r"/demo/tour", TourHandler, shared),
        (r"/demo/clock", ClockHandler, shared),
    ]


class _DemoHandler(BaseHandler):
    def initialize(self, desk: Desk, stage: Stage) -> None:
        self.desk = desk
        self.stage = stage

    @property
    def route(self) -> str:
        return self.request.path


class DemoPage(_DemoHandler):
    """The page."""

    page = True

    async def get(self) -> None:
        page = self.desk.templates.get_template("demo/demo.html").render(
            asset=self.desk.assets.url,
            phones=PHONES,
            cast=self.desk.cast,
            others=[person for key, person in people.everybody().items() if key not in self.desk.cast],
            titles=APP_TITLES,
            steps=tour.STEPS,
            day=day_of(self.stage),
        )
        self.set_header("Content-Type", HTML)
        await self.finish(page)


class EnterHandler(_DemoHandler):
    """Into the app of somebody invented, as if this browser were their phone; ``to`` a page of that app. Nobody real is in a demo."""

    @property
    def route(self) -> str:
        return "/demo/enter/{key}"

    async def get(self, key: str) -> None:
        person = people.everybody().get(key)
        if person is None:
            raise NotFound
        phone = await self.desk.phone(self.stage, person)
        self.set_cookie(cookie_name(person.app), phone.token, path="/", httponly=True, samesite="Lax")
        self.set_status(303)
        self.set_header("Location", _page_of(person.app, self.get_query_argument("to", "")))
        await self.finish()


def _page_of(app: App, wanted: str) -> str:
    """The wanted page, if it is one of the app's."""
    inside = wanted.startswith(f"/{app}/") and ADDRESS.fullmatch(wanted)
    return wanted if inside else BEGINS.get(app, f"/{app}")


class PlayHandler(_DemoHandler):
    """The button 播放演示."""

    async def post(self) -> None:
        self.parts.protection.check_same_site(self.request.headers)
        self.desk.play(self.stage)
        self.set_status(202)
        await self.finish()


class TourHandler(_DemoHandler):
    """The buttons 跟着做一遍 and 重新开始."""

    async def post(self) -> None:
        self.parts.protection.check_same_site(self.request.headers)
        await self.desk.begin_tour(self.stage)
        self.set_status(204)
        await self.finish()


class ClockHandler(_DemoHandler):
    """The button 时钟拨快一天; the day that it is then comes by the feed."""

    async def post(self) -> None:
        self.parts.protection.check_same_site(self.request.headers)
        await self.desk.put_forward(self.stage)
        self.set_status(204)
        await self.finish()


class FeedHandler(_DemoHandler):
    """Server-sent events: the feed from where the page has it."""

    _gone = False

    async def head(self, *args: str, **kwargs: str) -> None:
        """The feed itself has no end."""
        self.set_header("Content-Type", EVENTS)
        await self.finish()

    async def get(self) -> None:
        if self.desk.pages >= MOST_PAGES:
            raise TooMany(retry_after=10)
        self.set_header("Content-Type", EVENTS)
        given = self.request.headers.get("Last-Event-ID", "0")
        self.desk.pages += 1
        try:
            await self._send(int(given) if given.isdecimal() else 0)
        except StreamClosedError:
            return  # The page was closed.
        finally:
            self.desk.pages -= 1

    async def _send(self, after: int) -> None:
        while not self._gone:
            for number, frame in self.desk.feed.after(after):
                after = number
                self.write(f"id: {number}\ndata: {msgspec.json.encode(frame).decode()}\n\n")
            # A comment now and then shows whether the reader is still there.
            self.write(": still here\n\n")
            await self.flush()
            await self.desk.feed.wait(KEEP_ALIVE)

    def on_connection_close(self) -> None:
        self._gone = True
        self.desk.feed.stir()
        super().on_connection_close()
