"""One county in which every feature makes every move that it has, once: the same in every run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import aiohttp

from hub.app import Hub
from hub.jobs.settings import JobSettings
from hub.rules import workdaytable
from hub.words.clock import MovingClock
from tests.chain.cast import City, Clerk, _shape, settle_in
from tests.waiting import until
from tests.web.scope import Who
from tests.web.small import Answer
from tests.whole import ALL_ON, ROOT, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG

# In steps shorter than what the sweeper calls standing still.
QUARTER_HOUR, PAUSE = timedelta(minutes=15), timedelta(minutes=3)
# Jobs run when the play says so, and at no other time.
NO_JOBS = JobSettings(poll=timedelta(days=1))


class Play(City):
    """Numbers what it asks, so that each request is found again in what came of it."""

    def __init__(self, hub: Hub, http: aiohttp.ClientSession) -> None:
        super().__init__(hub, http, Random(0))
        self.headings: dict[str, str] = {}
        self.scene_name = ""

    async def ask(self, who: Who | Clerk, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """The same, under a number. Reads leave nothing behind but what they note themselves."""
        request = f"request-{len(self.headings) + 1:05d}"
        self.headings[request] = f"{self.scene_name}: {method} {_shape(path)}"
        return await super().ask(who, method, path, body, headers={"X-Request-Id": request}, **options)

    async def granted(self, asking: Awaitable[Answer]) -> Any:
        """The answer of an act, once everybody has heard of it."""
        answer = await asking
        assert answer.status < 300, f"{self.scene_name}: {answer.status} {answer.body.decode()}"
        await self.settled()
        return answer.json if answer.body and answer.body[:1] in b"[{" else None

    async def refused(self, asking: Awaitable[Answer]) -> None:
        """An act that must not be."""
        answer = await asking
        assert 400 <= answer.status < 500, f"{self.scene_name}: {answer.status} {answer.body.decode()}"
        await self.settled()

    async def press(self, who: Who | Clerk, path: str, **body: Any) -> Any:
        """POST, granted."""
        return await self.granted(self.ask(who, "POST", path, body))

    async def pass_days(self, days: float) -> None:
        """The same. What waits for a bundle or an acknowledgement is sent before, not found too old after."""
        for _ in range(QUARTER_HOUR // PAUSE):
            self.hub.clock.advance(PAUSE)  # type: ignore[attr-defined]
            await self.settled()
        await super().pass_days(days - QUARTER_HOUR / timedelta(days=1))

    async def settled(self) -> None:
        """Until every fact was heard, and nothing that is due waits to be sent."""
        await super().settled()
        due = {"state": {"$in": ["pending", "held"]}, "next_at": {"$lte": self.hub.clock.now()}}
        at_work = {"$or": [due, {"state": "sending"}]}

        async def at_rest() -> bool:
            return not await self.hub.database["deliveries"].count_documents(at_work, limit=1)

        await until(at_rest)
        # Of what was sent something may have been told.
        await super().settled()

    async def fresh(self, collection: str, id: str) -> dict[str, Any]:
        """A document as it is now."""
        return await self.one(collection, _id=id)


@asynccontextmanager
async def stage(uri: str, folder: Path) -> AsyncIterator[Play]:
    """A hub on which nothing has happened yet but that its people are there."""
    counties = {ANJU: ALL_ON, SHEHONG: ALL_ON}
    clock = MovingClock(MONDAY_MORNING)
    async with (
        whole_hub(uri, folder, counties, clock=clock, jobs=NO_JOBS) as hub,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        told = (ROOT / "hub/demo/data/workdays.csv").read_text("utf-8")
        await hub.workdays.import_days(workdaytable.read_csv(told, MONDAY_MORNING.date()))
        play = Play(hub, http)
        play.scene_name = "the people come"
        await settle_in(play)
        await play.settled()
        yield play
