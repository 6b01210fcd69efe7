"""身份争议: somebody was about to be proved, and another proof on the same ID number stands.

Nothing changes by itself. The holder of the standing proof hears of it at once; after some days a second person, one level
above the clerk and above both records, decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession
from hub.words.clock import shanghai
from hub.words.contributions import Index, Paged, Paging
from hub.words.errors import Conflict, NotFound, Stale
from hub.words.personal import Secret

DISPUTES = "disputes"
COLLECTIONS = (
    CoreCollection(
        DISPUTES,
        (
            Index((("claimant", 1),), unique=True, partial={"state": "open"}, name="one_open_dispute_per_claimant"),
            Index((("id_key", 1), ("state", 1)), name="disputes_about_number"),
            Index((("path", 1), ("state", 1), ("_id", 1)), name="disputes_to_decide"),
            Index((("ripe", 1), ("decide_after", 1)), partial={"state": "open"}, name="disputes_to_ripen"),
        ),
    ),
)

AT_ONCE = 100
State = Literal["open", "upheld", "dismissed", "overtaken"]
STATES: dict[State, str] = {
    "open": "待核定",
    "upheld": "已改为申请人",
    "dismissed": "维持原核验",
    "overtaken": "已由另一次核验办结",
}
Move = Literal["uphold", "dismiss"]


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """``holder`` has the standing proof, ``claimant`` wants one; both are persons. ``place`` is where the ``clerk`` sits who has
    seen the paper, ``seat`` (on ``above`` it are those who may decide) where it is decided, ``path`` where it is kept: there,
    or in the clerk's county when the city decides, which writes in its counties alone. ``id_key`` and ``clerk_key`` are blind ID
    numbers. ``ripe``: that the days are over was told. ``reason`` is the decider's.
    """

    id: str = msgspec.field(name="_id")
    id_key: str
    holder: str
    claimant: str
    place: str
    seat: str
    above: tuple[str, ...]
    path: tuple[str, ...]
    clerk: str
    clerk_key: str
    method: str
    opened_at: datetime
    decide_after: datetime
    state: State = "open"
    ripe: bool = False
    version: int = 1
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: Secret | None = None

    def moves(self, now: datetime) -> tuple[Move, ...]:
        """What may be decided now: that all stays as it is at any time, the change only when the days have passed."""
        if self.state != "open":
            return ()
        return ("uphold", "dismiss") if now >= self.decide_after else ("dismiss",)


def not_now(state: State, decide_after: datetime) -> str:
    """Why it cannot be decided, or not in this way."""
    if state != "open":
        return f"此争议{STATES[state]}，无需再办理。"
    return f"等待期未满，{shanghai(decide_after):%Y-%m-%d %H:%M}之后才能改为申请人；现在可以维持原核验。"


class Disputes:
    """Reads and writes disputes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = database[DISPUTES]

    async def open(self, session: AsyncClientSession, dispute: Dispute) -> None:
        """Begin one; ``Conflict`` when this claimant has one already."""
        known = await self._rows.find_one({"claimant": dispute.claimant, "state": "open"}, session=session)
        if known is not None:
            raise Conflict("此人的身份争议正在核定，请等待结果。", state={"dispute": known["_id"]})
        await self._rows.insert_one(self._database.encode(dispute), session=session)

    async def get(
        self, place: str, regions: Sequence[str], dispute: str, session: AsyncClientSession | None = None
    ) -> Dispute:
        """One that is kept at this place or below it and may be decided from one of the ``regions``; ``NotFound`` else."""
        found = await self._rows.find_one({"_id": dispute, **_within(place, regions)}, session=session)
        if found is None:
            raise NotFound
        return self._database.decode(Dispute, found)

    async def page(self, place: str, regions: Sequence[str], state: State, paging: Paging) -> Paged[Dispute]:
        """Disputes of these regions in this state, the oldest first."""
        wanted = {**_within(place, regions), "state": state, "_id": {"$gt": paging.cursor or ""}}
        limit = max(1, min(paging.limit, 200))
        found = await self._rows.find(wanted, sort=[("_id", 1)], limit=limit + 1).to_list(None)
        shown = [self._database.decode(Dispute, row) for row in found[:limit]]
        return Paged(items=shown, next=shown[-1].id if len(found) > limit else None)

    async def waiting(self, place: str, regions: Sequence[str]) -> int:
        """How many of these regions are open; counted to ``AT_ONCE``."""
        return await self._rows.count_documents({**_within(place, regions), "state": "open"}, limit=AT_ONCE)

    async def about(self, id_key: str, person: str) -> list[Dispute]:
        """Those about this number in which the person is one of the two, the newest first."""
        found = self._rows.find({"id_key": id_key, "$or": [{"claimant": person}, {"holder": person}]}).limit(AT_ONCE)
        rows = [self._database.decode(Dispute, row) for row in await found.to_list(AT_ONCE)]
        return sorted(rows, key=lambda each: each.id, reverse=True)

    async def decide(self, session: AsyncClientSession, dispute: Dispute, after: Dispute) -> None:
        """Write the decision; ``Stale`` when somebody else was first."""
        newer = self._database.encode(msgspec.structs.replace(after, version=dispute.version + 1))
        which = {"_id": dispute.id, "version": dispute.version, "state": "open"}
        answer = await self._rows.replace_one(which, newer, session=session)
        if not answer.matched_count:
            raise Stale

    async def overtake(self, session: AsyncClientSession, id_key: str, but: str, at: datetime) -> list[Dispute]:
        """A proof of this number has been made: whoever else disputed it has no claim any more. Those that ended by it, as
        they are now.
        """
        open_ones = {"id_key": id_key, "state": "open", "_id": {"$ne": but}}
        found = await self._rows.find(open_ones, session=session).limit(AT_ONCE).to_list(None)
        change = {"$set": {"state": "overtaken", "decided_at": at}, "$inc": {"version": 1}}
        await self._rows.update_many({"_id": {"$in": [row["_id"] for row in found]}}, change, session=session)
        ended = [self._database.decode(Dispute, row) for row in found]
        return [msgspec.structs.replace(each, state="overtaken", decided_at=at) for each in ended]

    async def ripen(self, session: AsyncClientSession, now: datetime) -> list[Dispute]:
        """Some of those whose days are over, each once."""
        over = {"state": "open", "ripe": False, "decide_after": {"$lte": now}}
        found = await self._rows.find(over, session=session).limit(AT_ONCE).to_list(None)
        ids = {"_id": {"$in": [row["_id"] for row in found]}}
        await self._rows.update_many(ids, {"$set": {"ripe": True}}, session=session)
        return [self._database.decode(Dispute, row) for row in found]


def _within(place: str, regions: Sequence[str]) -> dict[str, Any]:
    return {"path": place, "above": {"$in": list(regions)}}
