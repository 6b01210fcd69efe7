"""Hot queries stay on their indexes at 20,000 documents: no scan, no sort in memory, no more documents than rows."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.identity.positions import fitting, held_by, not_over
from hub.testing.plans import MANY, Plan, fill
from hub.words.contributions import ANY, Holders

from .conftest import ANJU, CITY, OA, TOWN, YKT

SLOW = {"COLLSCAN", "SORT"}
FREE = {"bureau": None, "project": None, "node": None}


@pytest.fixture
async def crowded(desk):
    """Twenty thousand of everything, made in bulk."""
    now = desk.clock.now()
    opened = {"app": "ykt", "created_at": now, "ends_at": now, "revoked_at": None}
    held = {"role": "handler", **FREE, "since": now, "until": None}
    bound = {"appid": YKT, "side": "resident", "active": True}
    many = {
        "sessions": lambda n: {"person": f"p{n}", "account": f"a{n}", "parent": f"s{n - 1}", **opened},
        "positions": lambda n: {
            "region": f"5109{n:08}",
            "person": f"p{n}",
            "deputy": f"p{n + 1}",
            "on_leave": False,
            **held,
        },
        "sign_in_tries": lambda n: {"name": f"n{n}"},
        "people": lambda n: {"name": f"n{n}", "region": f"v{n}", "phone": {"v": b"", "b": f"b{n}"}},
        "wechat_users": lambda n: {"appid": YKT, "openid": f"o{n}", "unionid": f"x{n}", "follows": False},
        "wechat_bindings": lambda n: {"person": f"p{n}", "user": f"u{n}", **bound},
    }
    few = {
        "positions": [
            {"_id": "h", **held, "region": TOWN, "person": "p1", "deputy": None, "on_leave": False},
            {"_id": "i", "path": [CITY, ANJU], "person": "p2", "since": now, "until": None, "to_begin": True},
            {"_id": "j", "path": [CITY], "person": "p2", "since": now, "until": now, "to_end": True},
        ]
    }
    for name, row in many.items():
        rows = [{"_id": f"{'h' if name == 'positions' else 's'}{n}", **row(n)} for n in range(MANY)]
        await fill(desk.database, name, [*rows, *few.get(name, ())])
    return desk


async def test_hot_queries_look_at_no_more_than_they_find(crowded):
    now, path, database = crowded.clock.now(), [CITY, ANJU, TOWN], crowded.database
    audience = Holders(role="handler", place=TOWN, bureau="民政局", node="accept")
    own, of_account = {"person": "p7", "app": "ykt", "revoked_at": None}, {"account": "a7", "revoked_at": None}
    handed_over = {"parent": {"$in": ["s7", "s8"]}, "revoked_at": None}
    below = {"path": ANJU, "_id": {"$gt": "h"}, **not_over(now)}
    addresses = {"person": {"$in": ["p1", "p7", "p9"]}, "appid": {"$in": [OA, YKT]}, "active": True}
    # What is asked: (collection, filter, order, how many documents may be looked at).
    queries = {
        "session by token": ("sessions", {"_id": "s77"}, None, 1),
        "sessions of a person": ("sessions", own, [("created_at", -1)], 1),
        "sessions of an account": ("sessions", of_account, None, 1),
        "sessions handed over": ("sessions", handed_over, None, 2),
        "tries of a name": ("sign_in_tries", {"name": "n7"}, None, 1),
        "positions below": ("positions", below, [("_id", 1)], 1),
        "positions to begin": ("positions", {"to_begin": True, "since": {"$lte": now}}, None, 1),
        "positions to end": ("positions", {"to_end": True, "until": {"$lte": now}}, None, 1),
        "holders": ("positions", fitting(audience, path, now), None, 1),
        "holders of any node": ("positions", fitting(replace(audience, node=ANY), path, now), None, 1),
        "positions of a person": ("positions", held_by("p7", now), None, 2),
        "people of a name": ("people", {"name": "n7"}, None, 1),
        "people of a village": ("people", {"region": "v7", "phone.b": {"$gt": ""}}, None, 1),
        "user by openid": ("wechat_users", {"appid": YKT, "openid": "o77"}, None, 1),
        "siblings": ("wechat_users", {"unionid": "x77"}, None, 1),
        "bindings of users": ("wechat_bindings", {"user": {"$in": ["u1", "u2"]}}, None, 2),
        "addresses": ("wechat_bindings", addresses, None, 3),
    }

    plans = {
        name: (Plan.of(await database[collection].find(where, sort=order).explain()), most)
        for name, (collection, where, order, most) in queries.items()
    }

    slow = {name: plan for name, (plan, most) in plans.items() if plan.stages & SLOW or plan.looked_at > most}
    assert slow == {}
