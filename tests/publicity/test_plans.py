"""What many people look at, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing.plans import Explain
from hub.words.actors import GUEST, Actor
from plugins.publicity.business import mine
from plugins.publicity.handlers import BOARD_ROWS
from tests.payments.conftest import Guarding
from tests.plans import Question, fill_alike
from tests.publicity.conftest import ANJU, CIVIL, FARMING, JUXIAN, VILLAGE, SunOffice, person
from tests.world import MONDAY_MORNING

STATES = ("running", "due", "confirmed", "ended")


def publicity(n: int) -> Mapping[str, Any]:
    """One is still being prepared."""
    started, ends = (MONDAY_MORNING + timedelta(minutes=-n, days=days) for days in (0, 7))
    return {
        **shown(n),
        "place": (ANJU, JUXIAN, VILLAGE)[n % 3],
        "created_at": started,
        "number": f"n{n:05d}",
        "node": "publicity_town" if n % 2 else "publicity_payment",
        "subject": "" if n % 2 else f"batch-{n}",
        "state": "preparing" if n == 1 else STATES[n % 4],
        "ends_at": ends,
        "look_at": ends if n % 4 < 2 else None,
    }


def shown(n: int) -> Mapping[str, Any]:
    """What a publicity and its appearance in a village have in common."""
    return {
        "_id": f"p{n:05d}",
        "kind": "case" if n % 2 else "payment",
        "title": f"第{n}期公示",
        "project": f"project-{n % 20}",
        "bureau": CIVIL if n % 4 else FARMING,
        "started_at": MONDAY_MORNING - timedelta(minutes=n),
    }


def appearance(n: int) -> Mapping[str, Any]:
    return {**shown(n), "_id": f"p{n:05d}:{VILLAGE}", "publicity": f"p{n:05d}"}


def row(n: int) -> Mapping[str, Any]:
    return {
        "_id": f"r{n:05d}",
        "publicity": f"p{n % 100:05d}",
        "serial": n // 100,
        "about": f"case-{n}",
        "persons": [f"person-{n}"],
        "state": ("shown", "objected", "confirmed", "waiting")[n // 100 % 4],
        "objections": ["c"] if n % 7 == 0 else [],
    }


def glance(n: int) -> Mapping[str, Any]:
    return {"_id": f"g{n}", "publicity": f"p{n % 5000:05d}"}


@pytest.fixture(scope="module")
async def people(explain: Explain) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    world = explain.world
    await fill_alike(world, "publicity.publicities", publicity)
    await fill_alike(world, "publicity.rows", row, project="project-1", round=3, identity=person(1))
    await fill_alike(world, "publicity.appearances", appearance)
    await fill_alike(world, "publicity.glances", glance)
    return {"guest": GUEST, "clerk": SunOffice(world, Guarding()).clerk()}


ALL, ROWS, APPEARANCES, GLANCES = (f"publicity.{name}" for name in ("publicities", "rows", "appearances", "glances"))
STARTED = (("started_at", -1), ("_id", -1))
NEWEST = (("created_at", -1), ("_id", -1))
SERIAL = (("serial", 1), ("_id", 1))
PUBLIC, HERE, ONE = {"started_at": {"$type": "date"}}, {"place": VILLAGE}, {"publicity": "p00007"}
PREPARING = {"place": JUXIAN, "project": "project-1", "node": "publicity_town", "state": "preparing", "kind": "case"}
OF_BATCH = {"subject": "batch-4", "kind": "payment"}
OVER = {"state": {"$nin": ["ended", "renewed"]}}
SHOWN = {"state": {"$in": ["shown", "objected"]}}
BEFORE = {"about": {"$in": [f"case-{n}" for n in range(0, 700, 7)]}, "objections.0": {"$exists": True}}
RECUSED = {"$or": [{"persons": "person-7"}, {"identity.id_number.b": "k"}]}
QUESTIONS = {
    "public list": Question(ALL, PUBLIC, "guest", order=STARTED),
    "public list in a state": Question(ALL, PUBLIC | {"state": "running"}, "guest", order=STARTED),
    "public list of a project": Question(ALL, PUBLIC | {"project": "project-7"}, "guest", order=STARTED),
    "public list of a bureau": Question(ALL, PUBLIC | {"bureau": FARMING}, "guest", order=STARTED),
    "list of a village": Question(APPEARANCES, HERE, "guest", order=STARTED),
    "of a project": Question(APPEARANCES, HERE | {"project": "project-7"}, "guest", order=STARTED),
    "of a bureau": Question(APPEARANCES, HERE | {"bureau": FARMING}, "guest", order=STARTED),
    "looked up": Question(ALL, {"_id": {"$in": [f"p{n:05d}" for n in range(100)]}}),
    "my board": Question(ALL, lambda ctx: mine(ctx.actor), "clerk", order=NEWEST, spare=2_000),
    "watch": Question(ALL, {"look_at": {"$lte": MONDAY_MORNING}}, order=(("look_at", 1),)),
    "preparing": Question(ALL, PREPARING),
    "of a batch": Question(ALL, OF_BATCH | OVER),
    "asked for by a batch": Question(ALL, OF_BATCH | {"asked": {"$in": [1, 0, None]}}),
    "public rows": Question(ROWS, ONE | SHOWN, "guest", order=SERIAL, spare=200),
    "rows of a village": Question(ROWS, ONE | HERE, "guest", order=SERIAL),
    "rows on the board": Question(BOARD_ROWS, {}, "clerk", below=ONE),
    "rows on the board in a state": Question(BOARD_ROWS, {"state": "confirmed"}, "clerk", below=ONE),
    "rows on the board of a village": Question(BOARD_ROWS, {"village": VILLAGE}, "clerk", below=ONE),
    "rows that are objected to": Question(BOARD_ROWS, {"state": "objected"}, "clerk", below=ONE),
    "rows in a state": Question(ROWS, ONE | {"state": "objected"}, "clerk", order=SERIAL),
    "freezing": Question(ROWS, ONE | {"state": "waiting"}, order=(("serial", 1),)),
    "arriving": Question(ROWS, {"about": "case-70", "round": 3}),
    "objected before": Question(ROWS, BEFORE),
    "回避": Question(ROWS, ONE | RECUSED, "clerk", spare=200),
    "views": Question(GLANCES, ONE, "guest"),
    "folding": Question(GLANCES, {}, order=(("created_at", 1), ("_id", 1))),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain, people, name):
    await QUESTIONS[name].by_index(explain, people)
