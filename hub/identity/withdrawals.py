"""Somebody takes the permission to use their data back, in WeChat or in the app: what ends at once, and what somebody must finish.

At once, in one transaction: the consent, on record, and of WeChat's permission their bindings and sessions, so that nothing reaches
their phone and nobody is signed in as them. What the law does not say to keep is deleted by an act of the operations staff,
who look at it first: whoever agrees again meanwhile is left as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.identity.moments import now_of
from hub.identity.people import People
from hub.identity.sessions import Sessions
from hub.identity.wechat_users import WechatUsers
from hub.rules.places import Places
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession
from hub.words.clock import Clock
from hub.words.contributions import Index, Paged, Paging
from hub.words.errors import NotFound, Stale
from hub.words.ids import IdMaker

WITHDRAWALS = "withdrawals"
COLLECTIONS = (
    CoreCollection(
        WITHDRAWALS,
        (
            Index((("user", 1),), unique=True, partial={"state": "open"}, name="one_open_withdrawal_per_user"),
            Index((("path", 1), ("state", 1), ("_id", 1)), name="withdrawals_to_finish"),
        ),
    ),
)

State = Literal["open", "done"]


class Withdrawal(msgspec.Struct, frozen=True, kw_only=True):
    """The ``user`` (of account ``appid``) who took it back, and the records of ours for whom they stood; done in the app itself, the
    person stands for the user, and ``appid`` is "". ``path`` is the home of these, as far as it is known: whoever runs the hub there or
    above finishes it. ``returned``: who had agreed again by then.
    """

    id: str = msgspec.field(name="_id")
    user: str
    appid: str
    persons: tuple[str, ...]
    path: tuple[str, ...]
    at: datetime
    state: State = "open"
    version: int = 1
    finished_by: str | None = None
    finished_at: datetime | None = None
    reason: str = ""
    erased: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()


class Withdrawals:
    """Takes them from WeChat, and keeps the list of what is to be finished."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdMaker,
        places: Places,
        people: People,
        wechat: WechatUsers,
        sessions: Sessions,
    ) -> None:
        self._database = database
        self._rows = database[WITHDRAWALS]
        self._clock = clock
        self._new_id = new_id
        self._places = places
        self._people = people
        self._wechat = wechat
        self._sessions = sessions

    async def take(self, session: AsyncClientSession, appid: str, openid: str) -> str | None:
        """What has to end at once; the id of what is to be finished, None when the hub knows nobody by this openid. Told again
        it is the same one."""
        user = await self._wechat.known(session, appid, openid)
        if user is None:
            return None
        known = await self._rows.find_one({"user": user, "state": "open"}, {"_id": 1}, session=session)
        persons = await self._wechat.persons_of(session, user)
        for person in persons:
            await self._wechat.end_all(session, person, "revoked")
            await self._sessions.revoke_all(session, person, "revoked")
            await self._people.withdraw(session, person)
        if known is not None:
            id: str = known["_id"]
            return id
        return await self._add(session, user, appid, persons)

    async def take_back(self, session: AsyncClientSession, person: str) -> str:
        """Somebody who is signed in takes their consent back: they stay signed in and bound, so that they hear how it ends. The id of
        what is to be finished; one that is open from the time before goes on."""
        await self._people.withdraw(session, person)
        known = await self._rows.find_one({"user": person, "state": "open"}, {"_id": 1}, session=session)
        return known["_id"] if known is not None else await self._add(session, person, "", [person])

    async def _add(self, session: AsyncClientSession, user: str, appid: str, persons: Sequence[str]) -> str:
        withdrawal = await self._new(session, user, appid, persons)
        await self._rows.insert_one(self._database.encode(withdrawal), session=session)
        return withdrawal.id

    async def _new(self, session: AsyncClientSession, user: str, appid: str, persons: Sequence[str]) -> Withdrawal:
        people = await self._people.many(persons, session)
        homes = [self._places.tree.get(person.region or "") for person in people.values()]
        home = next((each for each in homes if each is not None), None)
        roots = self._places.tree.children(None)
        path = home.path if home is not None else tuple(root.code for root in roots[:1])
        return Withdrawal(
            id=self._new_id(), user=user, appid=appid, persons=tuple(persons), path=path, at=now_of(self._clock)
        )

    async def get(
        self, regions: Sequence[str], withdrawal: str, session: AsyncClientSession | None = None
    ) -> Withdrawal:
        """One of these regions; ``NotFound`` else."""
        found = await self._rows.find_one({"_id": withdrawal, "path": {"$in": list(regions)}}, session=session)
        if found is None:
            raise NotFound("没有找到这项撤回记录，请核对编号。")
        return self._database.decode(Withdrawal, found)

    async def page(self, regions: Sequence[str], state: State, paging: Paging) -> Paged[Withdrawal]:
        """Those of these regions, the oldest first."""
        wanted: dict[str, Any] = {"path": {"$in": list(regions)}, "state": state, "_id": {"$gt": paging.cursor or ""}}
        limit = max(1, min(paging.limit, 200))
        found = await self._rows.find(wanted, sort=[("_id", 1)], limit=limit + 1).to_list(None)
        shown = [self._database.decode(Withdrawal, row) for row in found[:limit]]
        return Paged(items=shown, next=shown[-1].id if len(found) > limit else None)

    async def finish(self, session: AsyncClientSession, withdrawal: Withdrawal) -> Withdrawal:
        """Write how it ended; ``Stale`` when somebody else was first."""
        done = msgspec.structs.replace(withdrawal, state="done", version=withdrawal.version + 1)
        which = {"_id": withdrawal.id, "version": withdrawal.version, "state": "open"}
        answer = await self._rows.replace_one(which, self._database.encode(done), session=session)
        if not answer.matched_count:
            raise Stale
        return done
