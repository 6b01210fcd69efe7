"""Credits for one-time subscribe messages: one tap of the person's is one message; reserved before a call, settled after it.

They belong to (mini program, openid, template); the openid itself is not kept here, a keyed digest of it is. A reservation
names its delivery, so that one whose worker died finds it again instead of taking a second credit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

import msgspec

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, UpdateOne
from hub.words.contributions import Index

COLLECTIONS = (
    CoreCollection("credits", (Index((("account", 1),), partial={"available": {"$gt": 0}}, name="with_credit"),)),
)

# used: the message took it · returned: a definite refusal that cost nothing · empty: WeChat says there are none (43101).
Use: TypeAlias = Literal["used", "returned", "empty"]
# Who taps 总是保持以上选择 collects more than can ever be used.
MOST = 200
MOST_COUNTED = 100_000


class Need(msgspec.Struct, frozen=True):
    """A delivery that wants a credit."""

    credit: str
    delivery: str


class Settled(msgspec.Struct, frozen=True):
    """What became of a reservation."""

    need: Need
    use: Use


class Credits:
    """The ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._collection = database["credits"]

    def id_of(self, account: str, openid: str, template: str) -> str:
        """The ledger line of a person and a template."""
        return self._database.cipher.digest("credit", f"{account}|{openid}|{template}")

    async def reserve(self, needs: Sequence[Need]) -> frozenset[Need]:
        """Take a credit for each need that has none yet; those that have one now. Two round trips for many."""
        if not needs:
            return frozenset()
        taken = [
            UpdateOne(
                {"_id": need.credit, "available": {"$gt": 0}, "holds": {"$ne": need.delivery}},
                {"$inc": {"available": -1}, "$push": {"holds": need.delivery}},
            )
            for need in needs
        ]
        await self._collection.bulk_write(taken, ordered=False)
        found = self._collection.find({"_id": {"$in": [need.credit for need in needs]}}, {"holds": 1})
        held = {(row["_id"], delivery) async for row in found for delivery in row.get("holds", ())}
        return frozenset(need for need in needs if (need.credit, need.delivery) in held)

    async def settle(self, settled: Iterable[Settled]) -> None:
        """Use up, return or void reservations; one that is not there is passed over."""
        writes = [_settlement(each) for each in settled]
        if writes:
            await self._collection.bulk_write(writes, ordered=False)

    async def add(self, session: AsyncClientSession, credit: str, account: str) -> None:
        """One more, after an accepting tap."""
        await self._collection.update_one(
            {"_id": credit},
            [
                {
                    "$set": {
                        "account": account,
                        "available": {"$min": [MOST, {"$add": [{"$ifNull": ["$available", 0]}, 1]}]},
                        "holds": {"$ifNull": ["$holds", []]},
                    }
                }
            ],
            upsert=True,
            session=session,
        )

    async def clear(self, session: AsyncClientSession, credit: str) -> None:
        """The person has taken the permission back."""
        await self._collection.update_one({"_id": credit}, {"$set": {"available": 0}}, session=session)

    async def holders(self, account: str) -> int:
        """How many pairs of a person and a template have a credit left; of the first ``MOST_COUNTED``."""
        return await self._collection.count_documents({"account": account, "available": {"$gt": 0}}, limit=MOST_COUNTED)

    async def available(self, credit: str) -> int:
        return await self.left([credit])

    async def left(self, credits: Sequence[str]) -> int:
        """Of all these lines together."""
        rows = self._collection.find({"_id": {"$in": list(credits)}}, {"available": 1})
        return sum([int(row["available"]) async for row in rows])


def _settlement(settled: Settled) -> UpdateOne:
    change: dict[str, object] = {"$pull": {"holds": settled.need.delivery}}
    if settled.use == "returned":
        change["$inc"] = {"available": 1}
    if settled.use == "empty":
        change["$set"] = {"available": 0}
    return UpdateOne({"_id": settled.need.credit, "holds": settled.need.delivery}, change)
