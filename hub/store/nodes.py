"""Names of nodes: whoever serves under a name holds it on the database's clock, and a second living one is refused.

Leases know their owners by name, so two nodes of one name would each take what the other holds for its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from hub.store.database import FLEETING, Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import DuplicateKeyError, PyMongoError
from hub.words.errors import SetupError

log = structlog.get_logger("hub.store")

COLLECTIONS = (CoreCollection("nodes"),)

# A node that was killed on another machine keeps its name for so long; one of this machine is seen to be dead at once.
HELD_FOR, RENEWED_EVERY = timedelta(seconds=6), timedelta(seconds=2)
LOOK_AGAIN = timedelta(milliseconds=250)
LEAVE_WITHIN = timedelta(seconds=2)
MOST_NODES = 200


async def late_by(database: Database) -> dict[str, timedelta]:
    """The named nodes, each with how long ago it should have renewed its name; nothing where it is in time."""
    now = await database.server_now()
    rows = database["nodes"].find({"until": {"$exists": True}}, {"until": 1}, limit=MOST_NODES)
    return {row["_id"]: max(now - row["until"], timedelta(0)) async for row in rows}


class NodeName:
    """One process's hold on a name."""

    def __init__(self, database: Database, name: str) -> None:
        self._nodes = database.raw["nodes"].with_options(write_concern=FLEETING)
        self._name = name
        self._holder = secrets.token_hex(8)
        self._process = {"machine": _machine(), "pid": os.getpid(), "born": _born(os.getpid())}

    async def take(self) -> None:
        """Hold the name. Waits for a holder that may be dead to run out; raises ``SetupError`` for one that renews."""
        seen = None
        while (other := await self._try()) is not None:
            if seen not in (None, other["until"]):
                raise SetupError(
                    f"a node named '{self._name}' is serving on this database already: give each its own "
                    "--name (or server.name), or leave the name out"
                )
            seen = other["until"]
            await asyncio.sleep(LOOK_AGAIN.total_seconds())

    async def keep(self) -> None:
        """Renew until cancelled."""
        while True:
            await asyncio.sleep(RENEWED_EVERY.total_seconds())
            # A database that is away is told by others; the name is taken again when it is back.
            with contextlib.suppress(PyMongoError):
                if await self._try() is not None:
                    log.error("another node has taken this node's name: stop one of them", node=self._name)

    async def leave(self) -> None:
        """Let another have it at once; a database that is away does not hold up the stop."""
        with contextlib.suppress(PyMongoError, TimeoutError):
            async with asyncio.timeout(LEAVE_WITHIN.total_seconds()):
                await self._nodes.delete_one({"_id": self._name, "holder": self._holder})

    async def _try(self) -> Mapping[str, Any] | None:
        """Take or renew it; None when it is ours, else who has it."""
        other = await self._nodes.find_one({"_id": self._name})
        if other is None:
            with contextlib.suppress(DuplicateKeyError):
                await self._nodes.insert_one({"_id": self._name, "holder": ""})
            other = {"holder": ""}
        free = [self._holder, "", *([other["holder"]] if self._is_dead(other) else [])]
        answer = await self._nodes.update_one(
            {"_id": self._name, "$or": [{"holder": {"$in": free}}, {"$expr": {"$lt": ["$until", "$$NOW"]}}]},
            [
                {
                    "$set": {
                        "holder": self._holder,
                        "until": {"$add": ["$$NOW", _milliseconds(HELD_FOR)]},
                        **self._process,
                    }
                }
            ],
        )
        return None if answer.matched_count else await self._nodes.find_one({"_id": self._name})

    def _is_dead(self, other: Mapping[str, Any]) -> bool:
        """Known of this machine's processes alone; elsewhere only its lease tells."""
        return other.get("machine") == self._process["machine"] and _born(other["pid"]) != other["born"]


def _machine() -> str:
    """A text that is equal for processes that can see each other: they share a start of the kernel and a space of process ids."""
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{Path('/proc/self/ns/pid').readlink()}"


def _born(pid: int) -> str | None:
    """When the process of this id was started, by the kernel's count: an id that is used again is another process's."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _milliseconds(period: timedelta) -> int:
    return int(period.total_seconds() * 1000)
