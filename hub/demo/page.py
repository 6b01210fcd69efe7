"""``/demo``: two phones side by side, a resident's and a handler's, and the story played on them. In the demo alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog
from tornado.iostream import StreamClosedError

from hub.demo import people, story
from hub.demo.accounts import LABELS, NAMES, kinds_by_template
from hub.demo.client import Phone, Refusal
from hub.demo.feed import Feed
from hub.demo.people import Invented
from hub.demo.stage import Stage
from hub.demo.telling import RESIDENT, RESIDENT_APPID, WINDOW
from hub.demo.watch import CHANNEL_WORDS, Expected, Unmet
from hub.identity.sessions import cookie_name
from hub.reading.templates import OWN, environment
from hub.web.application import Handlers
from hub.web.base import BaseHandler
from hub.web.docs import HTML
from hub.web.statics import Assets
from hub.wechat.simulator.remote import ControlFailed
from hub.words.actors import APP_TITLES, App
from hub.words.endings import cancel_and_wait
from hub.words.errors import Conflict, NotFound, SetupError, TooMany

log = structlog.get_logger("hub.demo")

# Slow enough to read what lands before the next step.
PACE = 2.5
LOOK_FOR = 20.0
KEEP_ALIVE = 15.0
MOST_PAGES = 20
# What somebody looks at first: what has come.
BEGINS: Mapping[App, str] = {"ykt": "/ykt/inbox", "ydsh": "/ydsh/inbox"}
EVENTS = "text/event-stream; charset=utf-8"


class Shown(msgspec.Struct, frozen=True):
    """Whose phone the page shows, and what they are in the story."""

    person: Invented
    role: str
    app: str

    @property
    def key(self) -> str:
        return self.person.key

    @property
    def owner(self) -> str:
        return self.person.name


def shown_phones() -> Sequence[Shown]:
    """The resident's, and that of the one at the window."""
    everybody = {person.key: person for person in (*people.residents(), *people.staff())}
    return (
        Shown(everybody[RESIDENT], "居民，为母亲申报", "遂宁一卡通"),
        Shown(everybody[WINDOW], "聚贤镇受理窗口", "移动审核"),
    )


class Desk:
    """What the page's handlers share. Made before the hub, ``following`` once it serves."""

    def __init__(self, templates: Path, pace: float = PACE) -> None:
        self.templates = environment(templates, OWN, html=True)
        self.assets = Assets()
        self.feed = Feed()
        self.pages = 0
        self._pace = pace
        self._phones: dict[str, Phone] = {}
        self._playing: asyncio.Task[None] | None = None

    def handlers(self, stage: Stage) -> Handlers:
        shared = {"desk": self, "stage": stage}
        return [
            (r"/demo", DemoPage, shared),
            (r"/demo/enter/([a-z0-9_-]+)", EnterHandler, shared),
            (r"/demo/feed", FeedHandler, shared),
            (r"/demo/play", PlayHandler, shared),
        ]

    @asynccontextmanager
    async def following(self, stage: Stage) -> AsyncIterator[None]:
        """Tell the page what lands on the phones, until the block ends."""
        task = asyncio.create_task(self._follow(stage), name="demo phones")
        try:
            yield
        finally:
            await cancel_and_wait(filter(None, (task, self._playing)))

    async def _follow(self, stage: Stage) -> None:
        shown, kinds, after = {RESIDENT, WINDOW}, kinds_by_template(stage.kinds), 0
        while True:
            try:
                found = await stage.remote.messages(after=after, wait=LOOK_FOR)
            except (ControlFailed, OSError) as problem:
                log.warning(
                    "the demo page does not hear the stand-in for WeChat: restart the demo",
                    problem=type(problem).__name__,
                )
                await asyncio.sleep(1)
                continue
            for message in found:
                after = message["seq"]
                if message["person"] in shown:
                    self.feed.tell("wechat", **_on_the_phone(message, kinds))

    async def phone(self, stage: Stage, person: Invented) -> Phone:
        """This person's phone, signed in; anew when its session has ended."""
        phone = self._phones.get(person.key)
        if phone is None or await _has_ended(phone):
            phone = self._phones[person.key] = Phone(stage.http, stage.url, person.app)
            if person.app == "ykt":
                await phone.sign_in_by_wechat(await stage.remote.code(RESIDENT_APPID, person.key))
            else:
                await phone.sign_in_by_account(person.key, stage.password)
        return phone

    def play(self, stage: Stage) -> None:
        """Begin the story; ``Conflict`` while it is being played."""
        if self._playing is not None and not self._playing.done():
            raise Conflict("演示正在播放，请稍候。")
        self._playing = asyncio.create_task(self._play(stage), name="demo story")

    async def _play(self, stage: Stage) -> None:
        self.feed.tell("begin", total=len(story.STEPS))
        try:
            pushes = await story.play(stage, _OnThePage(self.feed, self._pace))
        except (Unmet, Refusal, SetupError) as problem:
            log.error(
                "the demo's story did not go as told: run hub demo --story for details", problem=type(problem).__name__
            )
            self.feed.tell("end", right=False, text=f"演示没有按预期进行：{problem}")
        else:
            self.feed.tell("end", right=True, text=f"{len(story.STEPS)} 步，{pushes} 条推送全部按时送达。")


def _on_the_phone(message: Mapping[str, Any], kinds: Mapping[str, str]) -> dict[str, Any]:
    """A WeChat message as its reader sees it: the account, the template's title, a line per field. A field of a plugin's own
    template has no label that the demo knows, and shows its key."""
    fields = message["fields"]
    known = LABELS.get(kinds.get(message["template_id"], ""), ())
    labels = (*known, *list(fields)[len(known) :])
    lines = [{"label": label, "text": text} for label, text in zip(labels, fields.values(), strict=False)]
    return {
        "person": message["person"],
        "account": NAMES.get(message["appid"], ""),
        "title": message["title"],
        "lines": lines,
        "at": message["at"],
    }


async def _has_ended(phone: Phone) -> bool:
    refusal = await phone.refusal_of("/me")
    return refusal is not None and refusal.status == 401


class _OnThePage:
    """Tells the story on the page, slowly."""

    def __init__(self, feed: Feed, pace: float) -> None:
        self._feed = feed
        self._pace = pace

    def step(self, number: int, title: str) -> None:
        self._feed.tell("step", number=number, title=title)

    def say(self, text: str) -> None:
        self._feed.tell("say", text=text)

    def push(self, expected: Expected, person: str) -> None:
        self._feed.tell("push", code=expected.code, channel=CHANNEL_WORDS[expected.channel], to=person)

    async def pause(self) -> None:
        await asyncio.sleep(self._pace)


# --- handlers ----------------------------------------------------------------------------------------------------------


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
            phones=shown_phones(),
            people=(*people.residents(), *people.staff()),
            titles=APP_TITLES,
        )
        self.set_header("Content-Type", HTML)
        await self.finish(page)


class EnterHandler(_DemoHandler):
    """Into the app of somebody invented, as if this browser were their phone. Nobody real is in a demo."""

    @property
    def route(self) -> str:
        return "/demo/enter/{key}"

    async def get(self, key: str) -> None:
        person = next((each for each in (*people.residents(), *people.staff()) if each.key == key), None)
        if person is None:
            raise NotFound
        phone = await self.desk.phone(self.stage, person)
        self.set_cookie(cookie_name(person.app), phone.token, path="/", httponly=True, samesite="Lax")
        self.set_status(303)
        self.set_header("Location", BEGINS.get(person.app, f"/{person.app}"))
        await self.finish()


class PlayHandler(_DemoHandler):
    """The button 播放演示."""

    async def post(self) -> None:
        self.parts.protection.check_same_site(self.request.headers)
        self.desk.play(self.stage)
        self.set_status(202)
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
