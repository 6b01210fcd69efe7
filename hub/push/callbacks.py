"""WeChat's callbacks: stored before they are answered, worked on afterwards, each once.

A callback may come before the send that it is about is recorded. So whoever comes second looks for the other: a callback
waits in its collection before it looks for deliveries, and a worker records a msgid before it looks for callbacks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, Protocol

import msgspec
import structlog

from hub.push.alerts import Alerts
from hub.push.credits import Credits
from hub.rules.context import Context, unit_of
from hub.rules.units import Units
from hub.store.database import Database, to_milliseconds
from hub.store.deliveries import Deliveries, Report, TraceLine
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, DuplicateKeyError, PyMongoError
from hub.store.sweeping import sweep
from hub.wechat.callbacks import (
    AuthorizationRevoked,
    Callback,
    Followed,
    Notice,
    SubscribeChoices,
    SubscribeSent,
    TemplateFinished,
    Unfollowed,
)
from hub.wechat.client import WeChat
from hub.wechat.refusals import CallFailed
from hub.words.clock import Clock
from hub.words.contributions import Index
from hub.words.errors import HubError, SetupError
from hub.words.personal import Secret

log = structlog.get_logger("hub.push")

COLLECTIONS = (
    CoreCollection(
        "callbacks",
        (
            Index((("at", 1),), partial={"state": "new"}, name="new"),
            Index((("msgids", 1),), partial={"state": "waiting"}, name="waiting"),
            Index((("at", 1), ("state", 1)), name="retention"),
        ),
    ),
)

AT_ONCE = 200
POLL_SECONDS = 1.0
MOST_TRIES = 5

WITHDRAWN = (
    "有人在微信中撤回了个人信息授权，其绑定、登录和推送已停止。请系统管理员或安全管理员核对后删除其个人信息："
    "POST /api/v1/withdrawals/{}/finish。"
)

# How WeChat ended a template message → why it failed.
FAILURES: Mapping[str, str] = MappingProxyType(
    {"blocked": "user_block", "failed": "system_failed", "limited": "freq_limit"}
)


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A stored callback. The notices hold openids, so they are sealed."""

    id: str = msgspec.field(name="_id")
    at: datetime
    state: Literal["new", "waiting", "done", "failed"]
    msgids: tuple[str, ...]
    notices: Secret
    tries: int = 0


class People(Protocol):
    """What is asked of the directory."""

    async def follow(self, appid: str, openid: str, unionid: str | None, at: datetime | None = None) -> None: ...
    async def unfollow(
        self, appid: str, openid: str, unionid: str | None = None, at: datetime | None = None
    ) -> None: ...
    async def withdrawn(self, session: AsyncClientSession, appid: str, openid: str) -> str | None: ...


class _Opened(msgspec.Struct, frozen=True):
    """A row and what it says."""

    row: _Row
    notices: tuple[Notice, ...]


class Callbacks:
    """Takes callbacks from the door; a loop on every node works on them."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        directory: People,
        credits: Credits,
        alerts: Alerts,
        accounts: Mapping[str, WeChat],
        units: Units,
    ) -> None:
        self._database = database
        self._units = units
        self._collection = database["callbacks"]
        self._deliveries = Deliveries(database)
        self._clock = clock
        self._directory = directory
        self._credits = credits
        self._alerts = alerts
        self._accounts = accounts
        self._wake = asyncio.Event()

    async def take(self, callback: Callback) -> None:
        """Store a callback; when this returns, WeChat may be answered. A repeat does nothing."""
        # Tagged by class name: notices of different kinds have the same fields.
        notices = Secret(_ENCODER.encode([(type(notice).__name__, notice) for notice in callback.notices]).decode())
        row = _Row(
            id=callback.dedupe_key, at=self._now(), state="new", msgids=_msgids(callback.notices), notices=notices
        )
        try:
            await self._collection.insert_one(self._database.encode(row))
        except DuplicateKeyError:
            return
        self._wake.set()

    async def run(self) -> None:
        """Work on what was stored, until cancelled."""
        while True:
            self._wake.clear()
            try:
                worked = await self.work()
            except (HubError, PyMongoError) as error:
                log.error(
                    "callbacks cannot be worked on, trying again: is MongoDB reachable?", error=type(error).__name__
                )
                worked = 0
                self._wake.clear()
            if worked < AT_ONCE:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_SECONDS):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def work(self) -> int:
        """Work on the oldest new ones; how many."""
        found = await self._collection.find({"state": "new"}, sort=[("at", 1)], limit=AT_ONCE).to_list(AT_ONCE)
        opened = [self._open(row) for row in found]
        await self._report([each for each in opened if each.row.msgids])
        for each in opened:
            if not each.row.msgids:
                await self._act_on(each)
        return len(found)

    async def match(self, sent: Sequence[tuple[str, str]]) -> None:
        """These (account, msgid) have just been recorded: has their callback come already?"""
        wanted = {"msgids": {"$in": [msgid for _, msgid in sent]}, "state": "waiting"}
        found = [self._open(row) async for row in self._collection.find(wanted)]
        if found:
            await self._finish(found)

    # --- results of sends ----------------------------------------------------------------------------------------------

    async def _report(self, opened: Sequence[_Opened]) -> None:
        if opened:
            # Waiting first, looking second: see the top of this module.
            ids = [each.row.id for each in opened]
            await self._collection.update_many({"_id": {"$in": ids}, "state": "new"}, {"$set": {"state": "waiting"}})
            await self._finish(opened)

    async def _finish(self, opened: Sequence[_Opened]) -> None:
        now = self._now()
        reports = {
            each.row.id: [report for notice in each.notices if (report := _report_of(notice, now))] for each in opened
        }
        recorded = await self._deliveries.finish_sent([report for some in reports.values() for report in some])
        done = [
            id for id, some in reports.items() if all((report.account, report.msgid) in recorded for report in some)
        ]
        await self._end(done, "waiting")

    async def _end(self, ids: Sequence[str], state: str) -> None:
        if ids:
            change = {"$set": {"state": "done"}, "$unset": {"notices": ""}}
            await self._collection.update_many({"_id": {"$in": list(ids)}, "state": state}, change)

    # --- everything else -----------------------------------------------------------------------------------------------

    async def _act_on(self, opened: _Opened) -> None:
        try:
            for notice in opened.notices:
                if (act := self._actions().get(type(notice))) is not None:
                    await act(notice)
            if not await self._count_credits(opened):
                await self._end([opened.row.id], "new")
        except Exception as error:  # noqa: BLE001 - one callback must not stop those behind it
            failed = opened.row.tries + 1 >= MOST_TRIES
            log.warning(
                "a callback could not be worked on: it is tried five times",
                callback=opened.row.id,
                tries=opened.row.tries + 1,
                error=type(error).__name__,
            )
            await self._collection.update_one(
                {"_id": opened.row.id, "state": "new"},
                {"$inc": {"tries": 1}, "$set": {"state": "failed" if failed else "new"}},
            )

    def _actions(self) -> Mapping[type, Callable[[Any], Any]]:
        return {Followed: self._followed, Unfollowed: self._unfollowed, AuthorizationRevoked: self._revoked}

    async def _followed(self, notice: Followed) -> None:
        await self._directory.follow(notice.appid, notice.openid, await self._unionid(notice))

    async def _unfollowed(self, notice: Unfollowed) -> None:
        await self._directory.unfollow(notice.appid, notice.openid)

    async def _revoked(self, notice: AuthorizationRevoked) -> None:
        """What must end at once ends; that somebody finishes it is told by its id, which is nobody's."""
        roots = self._units.places.tree.children(None)
        if not roots:
            raise SetupError("there are no regions yet: run hub regions import first")
        withdrawal = await self._units.run(partial(self._withdraw, notice), plugin="hub", place=roots[0])
        if withdrawal is not None:
            await self._alerts.tell(None, f"authorization_revoked:{withdrawal}", WITHDRAWN.format(withdrawal))

    async def _withdraw(self, notice: AuthorizationRevoked, ctx: Context) -> str | None:
        session = unit_of(ctx).session
        if session is None:
            raise RuntimeError("a withdrawal is taken in a transaction")
        withdrawal = await self._directory.withdrawn(session, notice.appid, notice.openid)
        if withdrawal is not None:
            ctx.audit("person.consent_withdrawn", withdrawal, appid=notice.appid)
        await self._clear_credits(session, notice)
        return withdrawal

    async def _clear_credits(self, session: AsyncClientSession, notice: AuthorizationRevoked) -> None:
        account = self._accounts.get(notice.appid)
        for template in account.account.templates.values() if account else ():
            await self._credits.clear(session, self._credits.id_of(notice.appid, notice.openid, template))

    async def _unionid(self, notice: Followed) -> str | None:
        """The event does not tell it; it joins the official account to the mini programs."""
        account = self._accounts.get(notice.appid)
        if account is None:
            return None
        try:
            return (await account.follower(notice.openid)).unionid
        except CallFailed:
            log.warning(
                "the unionid of a new follower is not known yet: it is learnt at their next sign-in",
                account=account.account.name,
            )
            return None

    async def _count_credits(self, opened: _Opened) -> bool:
        """Accepts and refusals change the ledger in one transaction with the callback's end: none counts twice."""
        choices = [notice for notice in opened.notices if isinstance(notice, SubscribeChoices)]
        if not choices:
            return False

        async def work(session: AsyncClientSession) -> None:
            done = {"$set": {"state": "done"}, "$unset": {"notices": ""}}
            answer = await self._collection.update_one({"_id": opened.row.id, "state": "new"}, done, session=session)
            if answer.modified_count:
                for notice in choices:
                    await self._count(session, notice)

        await self._database.transaction(work)
        return True

    async def _count(self, session: AsyncClientSession, notice: SubscribeChoices) -> None:
        for template, choice in notice.choices.items():
            credit = self._credits.id_of(notice.appid, notice.openid, template)
            if notice.by == "popup" and choice == "accept":
                await self._credits.add(session, credit, notice.appid)
            elif notice.by == "change" and choice == "reject":
                await self._credits.clear(session, credit)

    # --- pieces --------------------------------------------------------------------------------------------------------

    async def forget(self, before: datetime) -> int:
        """Delete the oldest callbacks from before this moment."""
        return await sweep(self._collection, {"at": {"$lt": before}}, by="at")

    def _open(self, row: Mapping[str, Any]) -> _Opened:
        stored = self._database.decode(_Row, row)
        pairs = msgspec.json.decode(stored.notices.reveal(), type=list[tuple[str, msgspec.Raw]])
        return _Opened(
            stored, tuple(msgspec.json.decode(raw, type=_KINDS[name]) for name, raw in pairs if name in _KINDS)
        )

    def _now(self) -> datetime:
        return to_milliseconds(self._clock.now())


_ENCODER = msgspec.json.Encoder()
_KINDS: Mapping[str, type[Notice]] = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (TemplateFinished, Followed, Unfollowed, SubscribeChoices, SubscribeSent, AuthorizationRevoked)
    }
)


def _msgids(notices: Sequence[Notice]) -> tuple[str, ...]:
    return tuple(notice.msgid for notice in notices if isinstance(notice, TemplateFinished | SubscribeSent))


def _report_of(notice: Notice, now: datetime) -> Report | None:
    """What a notice says about a send."""
    if isinstance(notice, TemplateFinished):
        reason = FAILURES.get(notice.status)
        return _report(notice.appid, notice.msgid, reason, None, now)
    if isinstance(notice, SubscribeSent):
        reason = None if notice.errcode == 0 else f"refused_{notice.errcode}"
        return _report(notice.appid, notice.msgid, reason, notice.errcode or None, now)
    return None


def _report(account: str, msgid: str, reason: str | None, errcode: int | None, now: datetime) -> Report:
    state = "delivered" if reason is None else "failed"
    fields = {"state": state, "reason": reason, "next_at": None, "settled_at": now}
    return Report(
        account=account, msgid=msgid, fields=fields, step=TraceLine(at=now, what=reason or "delivered", errcode=errcode)
    )
