"""Tries to sign in with a password: counted by who is tried from where, so that nobody can lock anybody else out.

Where a try comes from is a *lane*: the device when the account has signed in on it before, else the network address. Too
many failures lock the lane, longer each time. What comes from unknown devices is counted for the account as a whole, too:
a thousand addresses guess no faster than one person can type, and the devices that are known go on.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub.identity.moments import now_of
from hub.identity.settings import IdentitySettings
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, ReturnDocument
from hub.store.sweeping import sweep
from hub.words.clock import Clock
from hub.words.contributions import Index, Visit

TRIES = "sign_in_tries"
DEVICES = "sign_in_devices"
COLLECTIONS = (
    CoreCollection(
        TRIES, (Index((("last_at", 1),), name="tries_by_time"), Index((("name", 1),), name="tries_of_name"))
    ),
    CoreCollection(DEVICES, (Index((("last_at", 1),), name="devices_by_time"),)),
)
DEVICE_BYTES = 32
LONGEST_DEVICE = 200
_ONE_DAY = timedelta(days=1)
_ONE_MILLISECOND = timedelta(milliseconds=1)
# Doubling twenty times is longer than any lock.
MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class Lane:
    """What is counted together, and when it is locked: after ``most`` failures for ``first``, twice as long each time up to
    ``longest``. After a lock the count goes on at ``again``: 0 gives ``most`` new tries, ``most - 1`` a single one."""

    key: str
    most: int
    first: timedelta
    longest: timedelta
    again: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """The state of a lane after one more try. ``closed``: the try is not even looked at."""

    closed: bool
    locked_until: datetime | None


class Tries:
    """Counts failures, and knows the devices on which a name has signed in."""

    def __init__(self, database: Database, clock: Clock, settings: IdentitySettings) -> None:
        self._database = database
        self._tries = database[TRIES]
        self._devices = database[DEVICES]
        self._clock = clock
        self._settings = settings

    # --- lanes ------------------------------------------------------------------------------------------------------

    async def lanes(self, name: str, visit: Visit) -> tuple[Lane, ...]:
        """The lanes of a try. Looked up in the same way for names that exist and for others."""
        if await self._is_known(name, visit.device):
            return (self._lane(f"{name}:device:{self._digest('device', visit.device or '')}"),)
        return self._lane(f"{name}:address:{self._digest('address', visit.address)}"), self._all_unknown(name)

    def own_lane(self, name: str, session: str) -> Lane:
        """For somebody who is signed in and types the password once more: nothing to do with who signs in elsewhere."""
        return self._lane(f"{name}:session:{session}")

    def _lane(self, key: str) -> Lane:
        settings = self._settings
        return Lane(key, settings.lock_after, settings.lock_for, settings.lock_at_most)

    def _all_unknown(self, name: str) -> Lane:
        settings = self._settings
        most, every = settings.unknown_after, settings.unknown_every
        return Lane(f"{name}:unknown", most, every, every, again=most - 1)

    async def count(self, name: str, lanes: Sequence[Lane]) -> Counted:
        """One more failure in each lane, up to the first that is closed; a success takes it back.

        Counted before the password is compared: a hundred at once are no way round the lock.
        """
        until = None
        for lane in lanes:
            row = await self._count(name, lane)
            until = row["locked_until"] or until
            if row["failures"] > lane.most:
                return Counted(closed=True, locked_until=row["locked_until"])
        return Counted(closed=False, locked_until=until)

    async def _count(self, name: str, lane: Lane) -> dict[str, Any]:
        row = await self._tries.find_one_and_update(
            {"_id": lane.key},
            _stages(name, lane, now_of(self._clock)),
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        return row or {"failures": 1, "locked_until": None}

    async def forgive(self, lanes: Sequence[Lane]) -> None:
        """The password was right: this lane starts anew. What others have tried stays counted, but for this one."""
        own, *shared = lanes
        await self._tries.delete_one({"_id": own.key})
        for lane in shared:
            await self._tries.update_one({"_id": lane.key}, {"$inc": {"failures": -1}})

    async def unlock(self, session: AsyncClientSession, name: str) -> None:
        """An administrator lifts all locks of a name."""
        await self._tries.delete_many({"name": name}, session=session)

    async def locked_until(self, name: str) -> datetime | None:
        """Until when somebody with this name cannot sign in from somewhere; None where every lane is open."""
        locked = {"name": name, "locked_until": {"$gt": now_of(self._clock)}}
        last = await self._tries.find_one(locked, sort=[("locked_until", -1)])
        return last["locked_until"] if last else None

    # --- devices ----------------------------------------------------------------------------------------------------

    async def know(self, session: AsyncClientSession, name: str, device: str | None) -> str:
        """Somebody has signed in: their device is known from now on. Returns its token, a new one where there was none."""
        token = device if device is not None and self._is_ours(device) else self._new_device()
        seen = {"$set": {"last_at": now_of(self._clock)}}
        await self._devices.update_one({"_id": self._known_id(name, token)}, seen, upsert=True, session=session)
        return token

    async def _is_known(self, name: str, device: str | None) -> bool:
        if device is None or not self._is_ours(device):
            return False
        since = now_of(self._clock) - self._settings.device_kept
        found = await self._devices.find_one(
            {"_id": self._known_id(name, device), "last_at": {"$gt": since}}, {"_id": 1}
        )
        return found is not None

    def _new_device(self) -> str:
        made = secrets.token_urlsafe(DEVICE_BYTES)
        return f"{made}.{self._digest('made device', made)}"

    def _is_ours(self, token: str) -> bool:
        """Whether the hub has made this token: what somebody plants in a browser is not remembered."""
        made, _, signature = token[:LONGEST_DEVICE].partition(".")
        return hmac.compare_digest(signature.encode(), self._digest("made device", made).encode())

    def _known_id(self, name: str, device: str) -> str:
        return self._digest("known device", f"{name}|{device}")

    def _digest(self, purpose: str, text: str) -> str:
        return self._database.cipher.digest(purpose, text)

    # --- upkeep -----------------------------------------------------------------------------------------------------

    async def sweep(self, now: datetime) -> int:
        """Forget failures that are older than a day, and devices that nobody uses any more."""
        quiet, unused = now - max(self._settings.lock_at_most, _ONE_DAY), now - self._settings.device_kept
        tries = await sweep(self._tries, {"last_at": {"$lt": quiet}}, by="last_at")
        return tries + await sweep(self._devices, {"last_at": {"$lt": unused}}, by="last_at")


def _stages(name: str, lane: Lane, now: datetime) -> list[dict[str, Any]]:
    """Two stages: the second sees the count that the first has made. A failure during a lock does not prolong it."""
    running = {"$gt": ["$locked_until", now]}
    passed = {"$and": [{"$gt": ["$locked_until", None]}, {"$lte": ["$locked_until", now]}]}
    before = {"$cond": [passed, lane.again, {"$max": [0, {"$ifNull": ["$failures", 0]}]}]}
    due = {"$and": [{"$not": [running]}, {"$gte": ["$failures", lane.most]}]}
    doubled = {"$multiply": [lane.first / _ONE_MILLISECOND, {"$pow": [2, {"$min": ["$locks", MOST_DOUBLINGS]}]}]}
    lasting = {"$min": [doubled, lane.longest / _ONE_MILLISECOND]}
    ends = {"$cond": [due, {"$add": [now, lasting]}, {"$cond": [running, "$locked_until", None]}]}
    return [
        {
            "$set": {
                "name": name,
                "failures": {"$add": [before, 1]},
                "locks": {"$ifNull": ["$locks", 0]},
                "last_at": now,
            }
        },
        {"$set": {"locked_until": ends, "locks": {"$add": ["$locks", {"$cond": [due, 1, 0]}]}}},
    ]
