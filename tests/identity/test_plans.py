"""Hot queries stay on their indexes at 20,000 documents: no scan, no sort in memory, no more documents than rows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.identity.positions import fitting, held_by, not_over
from hub.testing.plans import MANY, fill
from hub.words.contributions import ANY, Holders

from .conftest import ANJU, CITY, OA, TOWN, YKT


@pytest.fixture
async def crowded(desk):
    """Twenty thousand of everything, made in bulk."""
    now = desk.clock.now()
    numbers = range(MANY)
    await fill(
        desk.database,
        "sessions",
        [
            {
                "_id": f"s{n}",
                "person": f"p{n}",
                "account": f"a{n}",
                "parent": f"s{n - 1}",
                "app": "ykt",
                "created_at": now,
                "ends_at": now,
                "revoked_at": None,
            }
            for n in numbers
        ],
    )
    await fill(
        desk.database,
        "positions",
        [
            {"_id": f"h{n}", "role": "handler", "region": f"5109{n:08}", "bureau": None, "project": None, "node": None}
            | {"person": f"p{n}", "deputy": f"p{n + 1}", "on_leave": False, "since": now, "until": None}
            for n in numbers
        ]
        + [
            {"_id": "h", "role": "handler", "region": TOWN, "bureau": None, "project": None, "node": None}
            | {"person": "p1", "deputy": None, "on_leave": False, "since": now, "until": None},
            {"_id": "i", "path": [CITY, ANJU], "person": "p2", "since": now, "until": None, "to_begin": True},
            {"_id": "j", "path": [CITY], "person": "p2", "since": now, "until": now, "to_end": True},
        ],
    )
    await fill(desk.database, "sign_in_tries", [{"_id": f"t{n}", "name": f"n{n}"} for n in numbers])
    await fill(
        desk.database,
        "wechat_users",
        [{"_id": f"u{n}", "appid": YKT, "openid": f"o{n}", "unionid": f"x{n}", "follows": False} for n in numbers],
    )
    await fill(
        desk.database,
        "wechat_bindings",
        [
            {"_id": f"b{n}", "person": f"p{n}", "user": f"u{n}", "appid": YKT, "side": "resident", "active": True}
            for n in numbers
        ],
    )
    return desk


def stages(plan):
    """The names of all stages of a plan."""
    yield plan["stage"]
    for below in (plan.get("inputStage"), *plan.get("inputStages", ())):
        if below is not None:
            yield from stages(below)


async def seen(desk, collection, where, sort=None):
    """Stages of the winning plan, and how many documents were looked at."""
    cursor = desk.database[collection].find(where)
    told = await (cursor.sort(sort) if sort else cursor).explain()
    winner = told["queryPlanner"]["winningPlan"]
    return set(stages(winner.get("queryPlan", winner))), told["executionStats"]["totalDocsExamined"]


async def test_hot_queries_look_at_no_more_than_they_find(crowded):
    now, path = crowded.clock.now(), [CITY, ANJU, TOWN]
    audience = Holders(role="handler", place=TOWN, bureau="民政局", node="accept")
    persons = {"$in": ["p1", "p7", "p9"]}
    queries = {
        "session by token": ("sessions", {"_id": "s77"}, None, 1),
        "sessions of a person": (
            "sessions",
            {"person": "p7", "app": "ykt", "revoked_at": None},
            [("created_at", -1)],
            1,
        ),
        "sessions of an account": ("sessions", {"account": "a7", "revoked_at": None}, None, 1),
        "sessions handed over": ("sessions", {"parent": {"$in": ["s7", "s8"]}, "revoked_at": None}, None, 2),
        "tries of a name": ("sign_in_tries", {"name": "n7"}, None, 1),
        "positions below": ("positions", {"path": ANJU, "_id": {"$gt": "h"}, **not_over(now)}, [("_id", 1)], 1),
        "positions to begin": ("positions", {"to_begin": True, "since": {"$lte": now}}, None, 1),
        "positions to end": ("positions", {"to_end": True, "until": {"$lte": now}}, None, 1),
        "holders": ("positions", fitting(audience, path, now), None, 1),
        "holders of any node": ("positions", fitting(replace(audience, node=ANY), path, now), None, 1),
        "positions of a person": ("positions", held_by("p7", now), None, 2),
        "user by openid": ("wechat_users", {"appid": YKT, "openid": "o77"}, None, 1),
        "siblings": ("wechat_users", {"unionid": "x77"}, None, 1),
        "bindings of users": ("wechat_bindings", {"user": {"$in": ["u1", "u2"]}}, None, 2),
        "addresses": ("wechat_bindings", {"person": persons, "appid": {"$in": [OA, YKT]}, "active": True}, None, 3),
    }

    plans = {
        name: await seen(crowded, collection, where, sort) for name, (collection, where, sort, _) in queries.items()
    }

    slow = {name: plan for name, plan in plans.items() if plan[0] & {"COLLSCAN", "SORT"} or plan[1] > queries[name][3]}
    assert slow == {}
