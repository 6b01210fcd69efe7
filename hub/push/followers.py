"""Who follows the official accounts, looked up at night: a `subscribe` event that came while the hub was away is never repeated.

WeChat's list names openids, 10,000 a page; whoever is not known here as a follower is asked about, 100 in a call, and takes the
same way as an event. The place in the list is kept per account and day, so that a run which is cut short goes on in the next.
An `unsubscribe` that was lost needs no look: the next message is refused with 43004, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from hub.rules.context import Context
from hub.store.database import Database, to_milliseconds
from hub.store.indexes import CoreCollection
from hub.wechat.answers import Follower
from hub.wechat.client import WeChat
from hub.wechat.refusals import CallFailed
from hub.words.clock import Clock, today
from hub.words.contributions import Job
from hub.words.hookspecs import hookimpl

log = structlog.get_logger("hub.push")

COLLECTIONS = (CoreCollection("follower_rounds"),)

# What WeChat takes in one call of user/info/batchget.
AT_ONCE = 100
# Of one run: a million openids read, and at most so many strangers asked about; the next run goes on.
MOST_PAGES, MOST_STRANGERS = 100, 5_000


class Directory(Protocol):
    """What is asked of the directory."""

    async def unknown_followers(self, appid: str, openids: Sequence[str]) -> list[str]: ...
    async def follow(self, appid: str, openid: str, unionid: str | None, at: datetime | None = None) -> None: ...


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """How far the list of an account (``id``) was read on a day; ``after`` None when it was read to its end."""

    id: str = msgspec.field(name="_id")
    day: str
    after: str | None


class Followers:
    """Reads the lists of all official accounts."""

    def __init__(self, database: Database, clock: Clock, accounts: Mapping[str, WeChat], directory: Directory) -> None:
        self._database = database
        self._rounds = database["follower_rounds"]
        self._clock = clock
        self._accounts = {appid: client for appid, client in accounts.items() if client.account.kind == "oa"}
        self._directory = directory

    async def look(self) -> int:
        """Go on with today's rounds; how many followers were learnt of. What WeChat refuses waits for the next run."""
        learnt = 0
        for appid, account in self._accounts.items():
            try:
                learnt += await self._round(appid, account)
            except CallFailed as trouble:
                log.warning(
                    "the list of followers could not be read: it is tried again in ten minutes",
                    account=account.account.name,
                    errcode=trouble.errcode,
                )
        if learnt:
            log.info("followers were learnt of whose event was lost", count=learnt)
        return learnt

    async def _round(self, appid: str, account: WeChat) -> int:
        day, learnt = today(self._clock), 0
        after = await self._after(appid, day)
        for _ in range(MOST_PAGES):
            if after is None or learnt >= MOST_STRANGERS:
                break
            openids, after = await account.follower_page(after)
            for some in _hundreds(await self._directory.unknown_followers(appid, openids)):
                learnt += await self._learn(appid, account, some)
            await self._keep(Round(id=appid, day=day.isoformat(), after=after))
        return learnt

    async def _learn(self, appid: str, account: WeChat, openids: Sequence[str]) -> int:
        # Whoever leaves while we ask has a later event.
        asked_at = to_milliseconds(self._clock.now())
        found = [each for each in await account.followers(openids) if each.follows]
        for each in found:
            await self._tell(appid, each, asked_at)
        return len(found)

    async def _tell(self, appid: str, follower: Follower, at: datetime) -> None:
        await self._directory.follow(appid, follower.openid, follower.unionid, at)

    async def _after(self, appid: str, day: date) -> str | None:
        """Where today's round stands; an empty text is the beginning."""
        row = await self._rounds.find_one({"_id": appid})
        if row is None or row["day"] != day.isoformat():
            return ""
        return self._database.decode(Round, row).after

    async def _keep(self, round: Round) -> None:
        await self._rounds.replace_one({"_id": round.id}, self._database.encode(round), upsert=True)


class FollowersPlugin:
    """公众号关注核对: who follows is looked up at night."""

    builtin = True
    placeless = True
    prefix = ""

    def __init__(self, look: _Look) -> None:
        self._look = look

    @hookimpl
    def jobs(self) -> Sequence[Job]:
        # Every ten minutes from two to six: a city of four million is read in a handful of runs, and then nothing is left to do.
        return (
            Job(
                name="followers",
                call=self._run,
                label="核对公众号关注情况",
                cron="*/10 2-5 * * *",
                budget=timedelta(minutes=9),
                transaction=False,
            ),
        )

    async def _run(self, ctx: Context) -> None:
        await self._look()


class _Look(Protocol):
    async def __call__(self) -> int: ...


def _hundreds(openids: Iterable[str]) -> Iterator[Sequence[str]]:
    every = list(openids)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]
