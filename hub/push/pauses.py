"""Accounts and templates that must not be used for a while: told to all nodes, so that one refusal is enough."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.words.clock import Clock

COLLECTIONS = (CoreCollection("wechat_pauses"),)

# A storm of changes must not keep a node reading.
READS = 3


class Pause(msgspec.Struct, frozen=True, kw_only=True):
    """Until when an account (``template`` None) or one of its templates rests, and why."""

    id: str = msgspec.field(name="_id")
    account: str
    template: str | None
    until: datetime
    reason: str


class Pauses:
    """Reading costs nothing; ``load`` brings in what other nodes have learnt."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._collection = database["wechat_pauses"]
        self._clock = clock
        # At most one per account and template.
        self._known: dict[str, Pause] = {}
        # Grows with each change that is made here.
        self._changes = 0

    async def load(self) -> None:
        """Learn what other nodes know.

        What was read before a change here is old and is read again; where changes do not cease, the next turn reads.
        """
        for _ in range(READS):
            began = self._changes
            rows = [row async for row in self._collection.find({})]
            if began == self._changes:
                self._known = {row["_id"]: self._database.decode(Pause, row) for row in rows}
                return

    def of(self, account: str, template: str) -> Pause | None:
        """What forbids this template of this account now; of two pauses the longer one."""
        now = self._clock.now()
        found = [self._known.get(_id(account, None)), self._known.get(_id(account, template))]
        return max(
            (pause for pause in found if pause and pause.until > now), key=lambda pause: pause.until, default=None
        )

    def all(self) -> list[Pause]:
        """Those that hold now."""
        now = self._clock.now()
        return [pause for pause in self._known.values() if pause.until > now]

    async def add(self, account: str, template: str | None, until: datetime, reason: str) -> None:
        pause = Pause(id=_id(account, template), account=account, template=template, until=until, reason=reason)
        # At once; and again, for whoever has read meanwhile.
        self._put(pause)
        row = self._database.encode(pause)
        await self._collection.replace_one({"_id": pause.id}, row, upsert=True)
        self._put(pause)

    def _put(self, pause: Pause) -> None:
        self._known[pause.id] = pause
        self._changes += 1

    async def end(self, account: str, template: str | None = None) -> int:
        """Somebody has mended it: this template, or the account with all of its templates. How many pauses have ended."""
        await self.load()
        ended = [each.id for each in self.all() if each.account == account and template in (None, each.template)]
        # The account and each of its templates: a handful.
        await self._collection.delete_many({"_id": {"$in": ended}})
        for id in ended:
            self._known.pop(id, None)
        self._changes += 1
        return len(ended)


def _id(account: str, template: str | None) -> str:
    return f"{account}|{template or '*'}"
