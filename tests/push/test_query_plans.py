"""Every query of the push reads an index, at 20,000 documents: no collection scan, no sorting in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from hub.store.database import Database
from hub.store.deliveries import LANES, PAUSED, STATES, WAITING
from hub.testing.plans import MANY, Plan, fill, stages_of
from tests.push.office import ANJU, MORNING, SHEHONG, furnished


def delivery(n: int) -> dict[str, Any]:
    """Of a few weeks; some are due, most are done."""
    state = ("pending", "held", "sent", "failed")[n % 4] if n % 100 < 4 else "delivered"
    waits = {"next_at": MORNING + timedelta(seconds=n % 60 - 30), "bundle": f"b{n % 40}"}
    return {
        "_id": f"{n:06}",
        "event": f"e{n // 4}",
        "key": f"k{n}",
        "fact": f"f{n // 2}",
        "person": f"p{n % 500}",
        "channel": "wechat",
        "lane": LANES[n % 3],
        "county": county(n),
        "hour": hour(n),
        "state": state,
        "data": {"number": f"n{n // 10}"},
        **(waits if state in (*WAITING, "sent") else {}),
        **({"msgid": f"m{n}", "account": "wx"} if state == "sent" else {}),
    }


def event(n: int) -> dict[str, Any]:
    pending = {"state": "pending" if n % 100 < 4 else "done", "next_at": MORNING, "parked": False}
    return {"_id": f"e{n}", "subject": f"s{n // 3}", "county": county(n), "at": hour(n), "accepted": 2, **pending}


def entry(n: int) -> dict[str, Any]:
    kept = {"kind": "message", "unread": True, "at": MORNING}
    return {"_id": f"{n}", "stream": f"p{n % 50}:ykt", "seq": n // 50 + 1, **kept}


def county(n: int) -> str:
    return ANJU if n % 2 else SHEHONG


def hour(n: int) -> Any:
    return (MORNING - timedelta(hours=n // 50)).replace(minute=0)


@pytest.fixture(scope="module")
async def full(mongo_uri: str) -> AsyncIterator[Database]:
    async with furnished(mongo_uri, f"test_{uuid4().hex}") as database:
        for name, row in {"deliveries": delivery, "events": event, "inbox": entry}.items():
            await fill(database, name, [row(n) for n in range(MANY)])
        yield database


DUE = {"state": {"$in": list(WAITING)}, "next_at": {"$lte": MORNING}}
IN_LANES = {"lane": {"$in": list(LANES)}}
BUNDLE = {"bundle": {"$in": ["b1"]}, **DUE}
PAUSE = {"state": "pending", **IN_LANES, "next_at": {"$gt": MORNING}, "reason": {"$in": list(PAUSED)}}
LISTED = {"county": {"$in": [ANJU]}, "state": {"$in": ["failed", "dead"]}}
NUMBERED = {"county": {"$in": [ANJU]}, "state": {"$in": list(STATES)}, "data.number": "n7"}
OF_PERSON = {**LISTED, "state": {"$in": list(STATES)}, "channel": "wechat", "person": {"$in": ["p1", "p3"]}}
UNREACHED = {
    "county": {"$in": [ANJU]},
    "state": {"$in": ["suppressed", "failed"]},
    "hour": {"$gte": MORNING - timedelta(days=7)},
    "reason": {"$in": ["not_bound", "user_block"]},
    "channel": "wechat",
}
LATELY = {
    "county": {"$in": [ANJU]},
    "state": {"$in": list(STATES)},
    "hour": {"$gte": (MORNING - timedelta(hours=1)).replace(minute=0)},
}
FORTNIGHT = {"$lt": MORNING - timedelta(days=14)}
PENDING = {"state": "pending", "$expr": {"$lte": ["$next_at", "$$NOW"]}}
BEHIND = {"state": "pending", "subject": {"$in": ["s0", "s1"]}, "parked": False}
PAGE = {"stream": "p7:ykt", "seq": {"$lt": 350}, "kind": "message"}
# What is asked: (collection, filter, order, how many keys may be looked at).
QUERIES: Mapping[str, tuple[str, Mapping[str, Any], list[tuple[str, int]], int]] = {
    "claim": ("deliveries", DUE, [("lane", -1), ("next_at", 1)], 150),
    "claim what is bulk": ("deliveries", {**DUE, "lane": {"$lte": "bulk"}}, [("lane", -1), ("next_at", 1)], 150),
    "claim the rest": ("deliveries", {**DUE, "lane": {"$gt": "bulk"}}, [("lane", -1), ("next_at", 1)], 150),
    "bundle": ("deliveries", BUNDLE, [], 100),
    "oldest due": ("deliveries", {**DUE, **IN_LANES}, [("next_at", 1)], 100),
    "resume": ("deliveries", PAUSE, [], 300),
    "alerts": ("alerts", {"county": {"$in": [ANJU, None]}}, [("at", -1)], 10),
    "unconfirmed": ("deliveries", {"state": "sent", **IN_LANES, "next_at": {"$lte": MORNING}}, [], 300),
    "expired leases": ("deliveries", {"lease.until": {"$lt": MORNING}, "state": "sending"}, [], 10),
    "callback": ("deliveries", {"msgid": {"$in": ["m2", "m102"]}}, [], 10),
    "finish": ("deliveries", {"msgid": "m2", "account": "wx", "state": "sent"}, [], 10),
    "known keys": ("deliveries", {"key": {"$in": ["k1", "k2"]}}, [], 10),
    "withdraw from some": ("deliveries", {"key": {"$in": ["k1", "k2"]}, "person": {"$nin": []}}, [], 10),
    "withdraw": ("deliveries", {"fact": "f7", "channel": "wechat", "person": {"$nin": []}}, [], 10),
    "of an event": ("deliveries", {"event": "e9"}, [], 10),
    "list": ("deliveries", LISTED, [("hour", -1), ("_id", -1)], 60),
    "by number": ("deliveries", NUMBERED, [("hour", -1), ("_id", -1)], 20),
    "of two persons": ("deliveries", OF_PERSON, [("hour", -1), ("_id", -1)], 100),
    "unreached": ("deliveries", UNREACHED, [("hour", -1), ("_id", -1)], 300),
    "last hour": ("deliveries", LATELY, [], 60),
    "old deliveries": ("deliveries", {"hour": FORTNIGHT}, [("hour", 1)], 100),
    "pending events": ("events", PENDING, [("next_at", 1), ("_id", 1)], 100),
    "events behind": ("events", BEHIND, [("_id", 1)], 20),
    "oldest event": ("events", {"state": "pending", "parked": False}, [("at", 1)], 60),
    "old events": ("events", {"state": "done", "at": FORTNIGHT}, [("at", 1)], 100),
    "inbox since": ("inbox", {"stream": "p7:ykt", "seq": {"$gt": 350}}, [("seq", 1)], 60),
    "inbox page": ("inbox", PAGE, [("seq", -1)], 60),
    "unread": ("inbox", {"stream": "p7:ykt", "unread": True}, [], 60),
    "old entries": ("inbox", {"at": {"$lt": MORNING}}, [("at", 1)], 10),
    "new callbacks": ("callbacks", {"state": "new"}, [("at", 1)], 10),
    "waiting callbacks": ("callbacks", {"msgids": {"$in": ["1"]}, "state": "waiting"}, [], 10),
    "watermarks": ("watermarks", {"stream": {"$in": ["p1:ykt"]}}, [], 10),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_queries_stay_within_their_index(full: Database, name: str) -> None:
    """Explained and run with a limit of 50."""
    collection, wanted, order, most = QUERIES[name]

    plan = Plan.of(await full[collection].find(wanted, sort=order or None, limit=50).explain())

    assert not plan.stages & {"COLLSCAN", "SORT"}
    assert plan.keys <= most


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

    assert not {"COLLSCAN", "FETCH"} & set(stages_of(plan))
