"""What the handlers of ``/demo`` share: the phones that are signed in, what has landed on them, the story, the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import structlog

from hub.demo import story, tour
from hub.demo.accounts import LABELS, MINI_PROGRAMS, NAMES, kinds_by_template
from hub.demo.cast import cast
from hub.demo.client import Phone, Refusal
from hub.demo.feed import Feed
from hub.demo.people import Invented
from hub.demo.stage import Stage
from hub.demo.telling import RESIDENT, RESIDENT_APPID
from hub.demo.watch import CHANNEL_WORDS, Expected, Unmet
from hub.reading.templates import OWN, environment
from hub.web.statics import Assets
from hub.wechat.simulator.remote import ControlFailed
from hub.words.clock import day_in_chinese, today
from hub.words.endings import cancel_and_wait
from hub.words.errors import Conflict, SetupError

log = structlog.get_logger("hub.demo")

# Slow enough to read what lands before the next step.
PACE = 2.5
LOOK_FOR = 20.0
A_DAY = timedelta(days=1)
WEEKDAYS = "一二三四五六日"
APPS = {appid: app for app, appid in MINI_PROGRAMS.items()}


class Desk:
    """Made before the hub, ``following`` once it serves."""

    def __init__(self, templates: Path, pace: float = PACE) -> None:
        self.templates = environment(templates, OWN, html=True)
        self.assets = Assets()
        self.feed = Feed()
        self.cast = cast()
        self.pages = 0
        self._pace = pace
        self._phones: dict[str, Phone] = {}
        self._playing: asyncio.Task[None] | None = None
        self._moving = False
        self._preparing = asyncio.Lock()

    @asynccontextmanager
    async def following(self, stage: Stage) -> AsyncIterator[None]:
        """Tell the page what lands on the phones, until the block ends."""
        task = asyncio.create_task(self._follow(stage), name="demo phones")
        try:
            yield
        finally:
            await cancel_and_wait(filter(None, (task, self._playing)))

    async def _follow(self, stage: Stage) -> None:
        kinds, after = kinds_by_template(stage.kinds), 0
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
                if message["person"] in self.cast:
                    self.feed.tell("wechat", **_on_the_phone(message, kinds))

    async def phone(self, stage: Stage, person: Invented) -> Phone:
        """This person's phone, signed in, a resident's with their name; anew when its session has ended."""
        phone = self._phones.get(person.key)
        if phone is None or await _has_ended(phone):
            phone = self._phones[person.key] = Phone(stage.http, stage.url, person.app)
            if person.app == "ykt":
                await phone.sign_in_by_wechat(await stage.remote.code(RESIDENT_APPID, person.key))
                await phone.claim(person)
            else:
                await phone.sign_in_by_account(person.key, stage.password)
        return phone

    # --- the tour and the clock ----------------------------------------------------------------------------------------

    async def begin_tour(self, stage: Stage) -> None:
        """Lay ready what its first step needs; ``Conflict`` where the demo has no declaration."""
        try:
            # Two at once would lay two drafts.
            async with self._preparing:
                await tour.prepare(await self.phone(stage, self.cast[RESIDENT]), stage.clock)
        except Refusal as refusal:
            raise Conflict(f"这个演示现在不能申报高龄津贴：{refusal.error.get('message', '')}") from refusal

    async def put_forward(self, stage: Stage) -> str:
        """The next day begins: which day it is then. Nothing that is under way is overtaken by it: sessions of a demo do not end,
        leases run on the database's clock, a ticket that was not used yet is asked for anew by its page."""
        self._alone()
        self._moving = True
        try:
            await stage.travel(A_DAY)
        finally:
            self._moving = False
        day = day_of(stage)
        self.feed.tell("clock", day=day)
        return day

    # --- the story -----------------------------------------------------------------------------------------------------

    def play(self, stage: Stage) -> None:
        """Begin the story; ``Conflict`` while it is being played."""
        self._alone()
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
        self.feed.tell("clock", day=day_of(stage))

    def _alone(self) -> None:
        """The story moves the clock itself, and counts every message."""
        if self._playing is not None and not self._playing.done():
            raise Conflict("演示正在播放，请稍候。")
        if self._moving:
            raise Conflict("时钟正在拨快，请稍候。")


def day_of(stage: Stage) -> str:
    """Today, as the demo has it."""
    day = today(stage.clock)
    return f"{day_in_chinese(day)} 星期{WEEKDAYS[day.weekday()]}"


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
        "href": _leads_to(message),
    }


def _leads_to(message: Mapping[str, Any]) -> str:
    """Where a tap leads: into its reader's app, at the page that the mini program would open there."""
    target = message["miniprogram"] or {"appid": message["appid"], "pagepath": message["page"] or ""}
    app = APPS.get(target["appid"])
    link = parse_qs(urlsplit(target["pagepath"]).query).get("to", ["/"])[0]
    page = {"to": f"/{app}{quote(link, safe='/?&=%')}"} if app else {}
    return f"/demo/enter/{message['person']}?{urlencode(page)}"


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
