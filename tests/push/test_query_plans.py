"""Every query of the push reads an index, at 20,000 documents: no collection scan, no sorting in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from hub.store.database import Database
from hub.store.deliveries import LANES, PAUSED, STATES, WAITING
from tests.push.office import ANJU, MORNING, SHEHONG, furnished

COUNT = 20_000


@pytest.fixture(scope="module")
async def full(mongo_uri: str) -> AsyncIterator[Database]:
    """Deliveries and events of a few weeks; some are due, most are done."""
    deliveries, events = [], []
    for n in range(COUNT):
        hour = (MORNING - timedelta(hours=n // 50)).replace(minute=0)
        state = ("pending", "held", "sent", "failed")[n % 4] if n % 100 < 4 else "delivered"
        county = ANJU if n % 2 else SHEHONG
        row: dict[str, Any] = {"_id": f"{n:06}", "event": f"e{n // 4}", "county": county, "hour": hour, "state": state}
        row |= {
            "key": f"k{n}",
            "fact": f"f{n // 2}",
            "channel": "wechat",
            "lane": LANES[n % 3],
            "person": f"p{n % 500}",
        }
        if state in (*WAITING, "sent"):
            row |= {"next_at": MORNING + timedelta(seconds=n % 60 - 30), "bundle": f"b{n % 40}"}
        if state == "sent":
            row |= {"msgid": f"m{n}", "account": "wx"}
        deliveries.append(row)
        pending = {"state": "pending" if n % 100 < 4 else "done", "next_at": MORNING, "parked": False}
        events.append({"_id": f"e{n}", "subject": f"s{n // 3}", "county": county, "at": hour, "accepted": 2, **pending})
    entry = {"kind": "message", "unread": True, "at": MORNING}
    entries = [{"_id": f"{n}", "stream": f"p{n % 50}:ykt", "seq": n // 50 + 1, **entry} for n in range(COUNT)]
    async with furnished(mongo_uri, f"test_{uuid4().hex}") as database:
        await database["deliveries"].insert_many(deliveries)
        await database["events"].insert_many(events)
        await database["inbox"].insert_many(entries)
        yield database


DUE = {"state": {"$in": list(WAITING)}, "next_at": {"$lte": MORNING}}
LISTED = {"county": {"$in": [ANJU]}, "state": {"$in": ["failed", "dead"]}}
# Name → collection, filter, sort, how many keys may be examined at most.
QUERIES: Mapping[str, tuple[str, dict[str, Any], list[tuple[str, int]], int]] = {
    "claim": ("deliveries", DUE, [("lane", -1), ("next_at", 1)], 150),
    "bundle": (
        "deliveries",
        {"bundle": {"$in": ["b1"]}, "next_at": {"$lte": MORNING}, "state": {"$in": list(WAITING)}},
        [],
        100,
    ),
    "oldest due": ("deliveries", {**DUE, "lane": {"$in": list(LANES)}}, [("next_at", 1)], 100),
    "resume": (
        "deliveries",
        {
            "state": "pending",
            "lane": {"$in": list(LANES)},
            "next_at": {"$gt": MORNING},
            "reason": {"$in": list(PAUSED)},
        },
        [],
        300,
    ),
    "alerts": ("alerts", {"county": {"$in": [ANJU, None]}}, [("at", -1)], 10),
    "unconfirmed": (
        "deliveries",
        {"state": "sent", "lane": {"$in": list(LANES)}, "next_at": {"$lte": MORNING}},
        [],
        300,
    ),
    "expired leases": ("deliveries", {"lease.until": {"$lt": MORNING}, "state": "sending"}, [], 10),
    "callback": ("deliveries", {"msgid": {"$in": ["m2", "m102"]}}, [], 10),
    "finish": ("deliveries", {"msgid": "m2", "account": "wx", "state": "sent"}, [], 10),
    "known keys": ("deliveries", {"key": {"$in": ["k1", "k2"]}}, [], 10),
    "withdraw": ("deliveries", {"fact": "f7", "channel": "wechat", "person": {"$nin": []}}, [], 10),
    "of an event": ("deliveries", {"event": "e9"}, [], 10),
    "list": ("deliveries", LISTED, [("hour", -1), ("_id", -1)], 60),
    "old deliveries": ("deliveries", {"hour": {"$lt": MORNING - timedelta(days=14)}}, [("hour", 1)], 100),
    "pending events": (
        "events",
        {"state": "pending", "$expr": {"$lte": ["$next_at", "$$NOW"]}},
        [("next_at", 1), ("_id", 1)],
        100,
    ),
    "events behind": (
        "events",
        {"state": "pending", "subject": {"$in": ["s0", "s1"]}, "parked": False},
        [("_id", 1)],
        20,
    ),
    "oldest event": ("events", {"state": "pending", "parked": False}, [("at", 1)], 60),
    "old events": ("events", {"state": "done", "at": {"$lt": MORNING - timedelta(days=14)}}, [("at", 1)], 100),
    "inbox since": ("inbox", {"stream": "p7:ykt", "seq": {"$gt": 350}}, [("seq", 1)], 60),
    "inbox page": ("inbox", {"stream": "p7:ykt", "seq": {"$lt": 350}, "kind": "message"}, [("seq", -1)], 60),
    "unread": ("inbox", {"stream": "p7:ykt", "unread": True}, [], 60),
    "old entries": ("inbox", {"at": {"$lt": MORNING}}, [("at", 1)], 10),
    "new callbacks": ("callbacks", {"state": "new"}, [("at", 1)], 10),
    "waiting callbacks": ("callbacks", {"msgids": {"$in": ["1"]}, "state": "waiting"}, [], 10),
    "watermarks": ("watermarks", {"stream": {"$in": ["p1:ykt"]}}, [], 10),
}


async def test_queries_stay_within_their_index(full: Database) -> None:
    """One table of all queries; each is explained and run with a limit of 50."""
    for name, (collection, filter, sort, most) in QUERIES.items():
        cursor = full[collection].find(filter, sort=sort or None, limit=50)
        plan = await cursor.explain()
        stages = set(_stages(plan["queryPlanner"]["winningPlan"]))
        assert "COLLSCAN" not in stages, name
        assert "SORT" not in stages, name
        assert plan["executionStats"]["totalKeysExamined"] <= most, (name, plan["executionStats"]["totalKeysExamined"])


async def test_the_balance_reads_its_index_alone(full: Database) -> None:
    """Not a single delivery is fetched."""
    match = {"county": {"$in": [ANJU]}, "state": {"$in": list(STATES)}, "hour": {"$gte": MORNING - timedelta(days=1)}}
    group = {
        "_id": {"county": "$county", "hour": "$hour", "state": "$state", "reason": "$reason"},
        "count": {"$sum": 1},
    }
    plan = await full.raw.command(
        "explain",
        {"aggregate": "deliveries", "pipeline": [{"$match": match}, {"$group": group}], "cursor": {}},
        verbosity="executionStats",
    )
    stages = set(_stages(plan))
    assert "COLLSCAN" not in stages
    assert "FETCH" not in stages


def _stages(plan: Any) -> list[str]:
    if isinstance(plan, list):
        return [stage for part in plan for stage in _stages(part)]
    if not isinstance(plan, Mapping):
        return []
    own = [plan["stage"]] if isinstance(plan.get("stage"), str) else []
    return own + [stage for key, part in plan.items() if key != "rejectedPlans" for stage in _stages(part)]
