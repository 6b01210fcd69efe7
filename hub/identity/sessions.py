"""Who is signed in: sessions on the server's side, ended on every node within five seconds.

The token is 256 random bits that only the client keeps; the session's id is the token's keyed digest. So finding a
session is a look-up by ``_id``, and a reader of the database can sign in as nobody.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
import structlog

from hub.identity.holders import positions_of
from hub.identity.moments import now_of
from hub.identity.people import PEOPLE, Assurance
from hub.identity.settings import IdentitySettings
from hub.store.cipher import FieldCipher
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, PyMongoError
from hub.store.sweeping import sweep
from hub.words.actors import APPS, Actor, App, Position
from hub.words.clock import Clock
from hub.words.contributions import Index
from hub.words.errors import NotFound
from hub.words.personal import Secret

log = structlog.get_logger("hub.identity")

SESSIONS = "sessions"
COLLECTIONS = (
    CoreCollection(
        SESSIONS,
        (
            Index((("person", 1), ("app", 1), ("created_at", -1)), name="sessions_of_person"),
            Index((("account", 1),), partial={"account": {"$gt": ""}}, name="sessions_of_account"),
            Index((("parent", 1),), partial={"parent": {"$gt": ""}}, name="sessions_of_parent"),
            Index((("ends_at", 1),), name="sessions_by_end"),
        ),
    ),
)

TOKEN_BYTES = 32
# A token of ours is 43 characters; whatever is much longer is not worth a digest.
LONGEST_TOKEN = 128
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=0.2), timedelta(seconds=5)

Kind = Literal["resident", "staff"]
Why = Literal["signed_out", "revoked", "too_many", "password", "unbound", "left", "disabled"]


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in on one device.

    ``second_factor``: whether the second factor was passed (face, TOTP: another issue). ``limited``: what has to
    be done before the session carries any rights. ``parent``: the session of the mini program whose web-view this is; it ends
    when that ends. ``rights`` counts changes, so that the change stream tells all nodes.
    """

    id: str = msgspec.field(name="_id")
    app: App
    kind: Kind
    person: str
    account: str | None = None
    appid: str | None = None
    parent: str | None = None
    second_factor: Literal["none", "passed"] = "none"
    limited: Literal["password"] | None = None
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    revoked_at: datetime | None = None
    revoked_why: Why | None = None
    rights: int = 0

    def is_alive(self, now: datetime, idle: timedelta) -> bool:
        """Whether it may still be used."""
        return self.revoked_at is None and now < self.runs_out_at(idle)

    def runs_out_at(self, idle: timedelta) -> datetime:
        """When it ends by itself if it is not used any more."""
        return min(self.ends_at, self.last_seen_at + idle)


class Opened(msgspec.Struct, frozen=True):
    """A new session and the token that opens it: given to the client once, kept nowhere."""

    token: str
    session: Session

    def __repr__(self) -> str:
        return f"Opened({self.session.app!r})"


class _Remembered(msgspec.Struct, frozen=True):
    actor: Actor
    until: datetime


class Sessions:
    """Opens, finds and ends sessions. ``changed`` hears of sessions (by id) that were ended or whose rights changed."""

    def __init__(self, database: Database, clock: Clock, settings: IdentitySettings) -> None:
        self._database = database
        self._sessions = database[SESSIONS]
        self._clock = clock
        self._settings = settings
        self._remembered: OrderedDict[str, _Remembered] = OrderedDict()
        self._forgotten = 0
        self.changed: list[Callable[[str], None]] = []

    # --- for every request ------------------------------------------------------------------------------------------

    async def actor(self, token: str, app: App) -> Actor | None:
        """Who carries this token in this app, None when nobody does (any more)."""
        if not 0 < len(token) <= LONGEST_TOKEN:
            return None
        actor = await self.actor_of(self._digest(token))
        return actor if actor is not None and actor.app == app else None

    async def actor_of(self, session_id: str) -> Actor | None:
        """Who is behind a session; remembered for at most ``actor_life``."""
        now = now_of(self._clock)
        remembered = self._remembered.get(session_id)
        if remembered is not None and now < remembered.until:
            return remembered.actor
        return await self._read(session_id, now)

    async def _read(self, session_id: str, now: datetime) -> Actor | None:
        self._remembered.pop(session_id, None)
        forgotten = self._forgotten
        found = await (await self._sessions.aggregate([{"$match": {"_id": session_id}}, *_WITH_PERSON])).to_list(1)
        session = self._database.decode(Session, found[0]) if found else None
        if session is None or not session.is_alive(now, self._settings.span(session.app).idle):
            return None
        actor = await self._actor_behind(session, found[0]["who"], now)
        await self._see(session, now)
        if forgotten == self._forgotten:
            # Something that changed while we read may be missing in what we read: then it is not worth remembering.
            until = min(now + self._settings.actor_life, session.runs_out_at(self._settings.span(session.app).idle))
            self._remember(session_id, _Remembered(actor, until))
        return actor

    async def _actor_behind(self, session: Session, who: dict[str, Any], now: datetime) -> Actor:
        return Actor(
            kind=session.kind,
            app=session.app,
            person=session.person,
            account=session.account,
            session=session.id,
            assurance=_assurance(session, who),
            positions=await self._positions_of(session, now),
            name=Secret(who["name"]) if who.get("name") else None,
            id_key=(who.get("id_number") or {}).get("b"),
            home=(who.get("region") or "") if session.kind == "resident" else "",
            limited=session.limited,
            rights=session.rights,
        )

    async def _positions_of(self, session: Session, now: datetime) -> tuple[Position, ...]:
        """None for residents, and for staff who have to do something else first."""
        if session.kind != "staff" or session.limited is not None:
            return ()
        return await positions_of(self._database, session.person, now)

    async def _see(self, session: Session, now: datetime) -> None:
        """Note that the session is in use, seldom enough to cost nothing and often enough for its idle limit."""
        idle = self._settings.span(session.app).idle
        if now - session.last_seen_at >= min(idle / 20, timedelta(minutes=10)):
            await self._sessions.update_one({"_id": session.id}, {"$max": {"last_seen_at": now}})

    def _remember(self, session_id: str, entry: _Remembered) -> None:
        self._remembered[session_id] = entry
        if len(self._remembered) > self._settings.actors_remembered:
            self._remembered.popitem(last=False)

    def forget(self, session_id: str) -> None:
        """Read this session anew at its next use, and tell whoever holds a socket of it."""
        self._forgotten += 1
        self._remembered.pop(session_id, None)
        for hears in self.changed:
            hears(session_id)

    # --- opening ----------------------------------------------------------------------------------------------------

    async def open(
        self,
        session: AsyncClientSession,
        *,
        app: App,
        kind: Kind,
        person: str,
        account: str | None = None,
        appid: str | None = None,
        second_factor: Literal["none", "passed"] = "none",
        limited: Literal["password"] | None = None,
        parent: Session | None = None,
    ) -> Opened:
        """A new session. The oldest ones of this person and app give way when there are too many; of those that a
        ``parent`` has opened, its other ones."""
        now, token = now_of(self._clock), secrets.token_urlsafe(TOKEN_BYTES)
        opened = Session(
            id=self._digest(token),
            app=app,
            kind=kind,
            person=person,
            account=account,
            appid=appid,
            second_factor=second_factor,
            limited=limited,
            created_at=now,
            last_seen_at=now,
            parent=parent.id if parent else None,
            ends_at=self._end_of(app, now, parent),
        )
        await self._make_room(session, person, app, opened.parent)
        await self._sessions.insert_one(self._database.encode(opened), session=session)
        return Opened(token, opened)

    def _end_of(self, app: App, now: datetime, parent: Session | None) -> datetime:
        latest = now + self._settings.span(app).absolute
        return latest if parent is None else min(latest, parent.ends_at)

    async def _make_room(self, session: AsyncClientSession, person: str, app: App, parent: str | None) -> None:
        alive = {"person": person, "app": app, "revoked_at": None, "parent": parent}
        newest_first = self._sessions.find(alive, {"_id": 1}, session=session).sort("created_at", -1)
        surplus = await newest_first.skip(self._settings.sessions_per_app - 1).to_list(None)
        if surplus:
            await self._revoke(session, {"_id": {"$in": [row["_id"] for row in surplus]}}, "too_many")

    # --- ending -----------------------------------------------------------------------------------------------------

    async def of_person(self, person: str) -> list[Session]:
        """A person's living sessions, newest first."""
        now = now_of(self._clock)
        found = self._sessions.find({"person": person, "revoked_at": None}).sort("created_at", -1).limit(100)
        sessions = [self._database.decode(Session, row) for row in await found.to_list(100)]
        return [each for each in sessions if each.is_alive(now, self._settings.span(each.app).idle)]

    async def apps_of(self, session: AsyncClientSession, person: str) -> set[App]:
        """The apps that somebody has signed in to, as far back as sessions are kept."""
        found = await self._sessions.distinct("app", {"person": person}, session=session)
        return set(found)

    async def get(self, session_id: str, session: AsyncClientSession | None = None) -> Session | None:
        """The session, None when it has ended."""
        found = await self._sessions.find_one({"_id": session_id}, session=session)
        known = None if found is None else self._database.decode(Session, found)
        alive = known is not None and known.is_alive(now_of(self._clock), self._settings.span(known.app).idle)
        return known if alive else None

    async def hold(self, session: AsyncClientSession, session_id: str) -> Session | None:
        """The session, so that it cannot be ended meanwhile by another transaction; None when it has ended."""
        now = now_of(self._clock)
        await self._sessions.update_one({"_id": session_id}, {"$max": {"last_seen_at": now}}, session=session)
        return await self.get(session_id, session)

    async def outdated(self, known: Mapping[str, int]) -> set[str]:
        """Which of these (session to ``Actor.rights``) have ended or may do something else by now; they are read anew at
        their next use. A query for each count of rights among them: there are few."""
        by_rights: dict[int, list[str]] = defaultdict(list)
        for each, rights in known.items():
            by_rights[rights].append(each)
        outdated: set[str] = set()
        for rights, ids in by_rights.items():
            outdated |= await self._outdated_of(ids, rights)
        self._forget_here(outdated)
        return outdated

    async def _outdated_of(self, ids: list[str], rights: int) -> set[str]:
        now = now_of(self._clock)
        in_use = [{"app": app, "last_seen_at": {"$gt": now - self._settings.span(app).idle}} for app in APPS]
        same: dict[str, Any] = {"_id": {"$in": ids}, "revoked_at": None, "ends_at": {"$gt": now}, "$or": in_use}
        same["rights"] = rights or {"$in": [0, None]}
        # Nearly always it is all of them. Counted there it costs this process half of what reading the rows does (5,000 sign-ins:
        # 9 ms instead of 20).
        if await self._sessions.count_documents(same) == len(ids):
            return set()
        return set(ids) - {row["_id"] async for row in self._sessions.find(same, {"_id": 1})}

    async def revoke(
        self, session: AsyncClientSession | None, session_id: str, why: Why, person: str | None = None
    ) -> None:
        """End one session; with ``person``, only if it is theirs. One that has ended stays so; ``NotFound`` when there is none."""
        which = {"_id": session_id} if person is None else {"_id": session_id, "person": person}
        ended = await self._revoke(session, which, why)
        if not ended and await self._sessions.find_one(which, {"_id": 1}, session=session) is None:
            raise NotFound("没有找到这个登录，可能已经退出。请刷新后查看。")

    async def revoke_all(
        self,
        session: AsyncClientSession | None,
        person: str,
        why: Why,
        *,
        but: str | None = None,
        app: App | None = None,
    ) -> int:
        """End all sessions of a person (of one app), except ``but``; returns how many."""
        which: dict[str, Any] = {"person": person, "_id": {"$nin": await self._with_parents(session, but)}}
        return await self._revoke(session, which if app is None else {**which, "app": app}, why)

    async def revoke_account(
        self, session: AsyncClientSession | None, account: str, why: Why, *, but: str | None = None
    ) -> int:
        """End all sessions that were opened with this account, except ``but``; returns how many."""
        which = {"account": account, "_id": {"$nin": await self._with_parents(session, but)}}
        return await self._revoke(session, which, why)

    async def _with_parents(self, session: AsyncClientSession | None, session_id: str | None) -> list[str]:
        """A session that is to go on, and those without which it cannot."""
        kept: list[str] = []
        while session_id is not None and session_id not in kept:
            kept.append(session_id)
            row = await self._sessions.find_one({"_id": session_id}, {"parent": 1}, session=session)
            session_id = (row or {}).get("parent")
        return kept

    async def _revoke(self, session: AsyncClientSession | None, which: dict[str, Any], why: Why) -> int:
        """End sessions, and whatever was handed over from them."""
        ended = {"$set": {"revoked_at": now_of(self._clock), "revoked_why": why}}
        going = await self._change(session, which, ended)
        total = len(going)
        while going:
            going = await self._change(session, {"parent": {"$in": going}}, ended)
            total += len(going)
        return total

    async def lift_limit(self, session: AsyncClientSession, session_id: str) -> None:
        """What had to be done first has been done: the session carries its rights from now on."""
        await self._change(session, {"_id": session_id}, {"$set": {"limited": None}, "$inc": {"rights": 1}})

    async def rights_changed(self, session: AsyncClientSession, persons: Iterable[str]) -> None:
        """What these persons may do has changed: every node reads their sessions anew."""
        await self._change(session, {"person": {"$in": list(set(persons))}}, {"$inc": {"rights": 1}})

    async def _change(
        self, session: AsyncClientSession | None, which: dict[str, Any], change: dict[str, Any]
    ) -> list[str]:
        """Change living sessions; returns their ids. Other nodes hear of it, this one forgets them at once: the next
        request of whoever asked for the change already sees it."""
        living = {**which, "revoked_at": None}
        ids = [row["_id"] for row in await self._sessions.find(living, {"_id": 1}, session=session).to_list(None)]
        if ids:
            await self._sessions.update_many({"_id": {"$in": ids}, "revoked_at": None}, change, session=session)
        self._forget_here(ids)
        return ids

    def _forget_here(self, session_ids: Collection[str]) -> None:
        for session_id in session_ids:
            self._remembered.pop(session_id, None)
        self._forgotten += len(session_ids)

    async def sweep(self, now: datetime) -> int:
        """Remove what ended long ago; returns how many."""
        return await sweep(self._sessions, {"ends_at": {"$lt": now - self._settings.ended_kept}}, by="ends_at")

    # --- on every node ----------------------------------------------------------------------------------------------

    async def follow(self) -> None:
        """Forget what other nodes have changed, until cancelled.

        While the stream is down nothing is remembered beyond ``actor_life``, which is the promised five seconds.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                async with await self._sessions.watch(_CHANGES, max_await_time_ms=500) as stream:
                    # What changed before the stream stood was not heard.
                    self._forgotten += 1
                    self._remembered.clear()
                    pause = FIRST_PAUSE
                    async for change in stream:
                        self.forget(change["documentKey"]["_id"])
            except PyMongoError as error:
                log.warning(
                    "session changes lost, following again", error=type(error).__name__, pause=pause.total_seconds()
                )
                await asyncio.sleep(pause.total_seconds())
                pause = min(pause * 2, LONGEST_PAUSE)

    def _digest(self, token: str) -> str:
        return self._database.cipher.digest("session", token)


def mark_of(cipher: FieldCipher, person: str) -> str:
    """By which a device keeps apart what it has of different people; it tells nothing of them."""
    return cipher.digest("page of", person)[:16]


def cookie_name(app: App) -> str:
    """``hub_ykt``: it carries the app, so that three apps live in one browser."""
    return f"hub_{app}"


def _assurance(session: Session, who: dict[str, Any]) -> Assurance:
    """As :meth:`hub.identity.people.Person.assured`."""
    if session.kind == "resident" and who.get("withdrawn_at") is not None:
        return "none"
    assurance: Assurance = who.get("assurance", "none")
    return assurance


# Who the session belongs to, in the same round trip: every request that is not remembered makes it.
_WITH_PERSON: list[dict[str, Any]] = [
    {"$lookup": {"from": PEOPLE, "localField": "person", "foreignField": "_id", "as": "who"}},
    {"$set": {"who": {"$ifNull": [{"$first": "$who"}, {}]}}},
    {"$unset": ["who.consents", "who.phone", "who.id_number.c"]},
]

# Opening a session and noting its use change nobody's rights.
_CHANGES: list[dict[str, Any]] = [
    {
        "$match": {
            "operationType": {"$in": ["update", "replace", "delete"]},
            "updateDescription.updatedFields.last_seen_at": {"$exists": False},
        }
    },
    {"$project": {"documentKey": 1}},
]
