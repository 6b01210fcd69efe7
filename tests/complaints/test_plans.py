"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from hub.testing.plans import Explain
from hub.words.actors import GUEST, Actor
from plugins.complaints.handlers import LIST, MY_LIST, PUBLISHED
from tests.complaints.conftest import ANJU, CIVIL, FARMING, ComplaintOffice, Owner
from tests.plans import Question, fill_alike
from tests.world import JUXIAN, MONDAY_MORNING

STATES = ("filed", "accepted", "replied", "closed", "merged")


def complaint(n: int) -> Mapping[str, Any]:
    state, person = STATES[n % 5], f"person-{n % 1000}"
    at, due = MONDAY_MORNING - timedelta(minutes=n), MONDAY_MORNING + timedelta(days=n % 400 - 10)
    open = state in ("filed", "accepted", "replied")
    return {
        "_id": f"c{n:05d}",
        "place": JUXIAN if n % 3 == 0 else ANJU,
        "number": f"n{n:05d}",
        "kind": "payment" if n % 200 == 1 else "publicity",
        "row": f"r{n}",
        "project": f"p{n % 100}",
        "bureau": CIVIL if n % 50 == 0 else FARMING,
        "type": "fraud" if n % 200 == 0 else "favour",
        "against": "staff" if n % 200 == 1 else "row",
        "readers": [person],
        "complainant": person,
        "avoid": [person],
        "complainant_key": f"k{n}",
        "state": state,
        "open": open,
        "next_at": due if open else None,
        "task_due": due,
        **dict.fromkeys(("notice_at", "assigned_at", "created_at"), at),
        "merged_into": f"c{n % 500:05d}" if state == "merged" else None,
    }


def published(n: int) -> Mapping[str, Any]:
    return {"_id": f"c{n:05d}", "closed_at": MONDAY_MORNING - timedelta(minutes=n)}


def notice(n: int) -> Mapping[str, Any]:
    return {"_id": f"{ANJU}:{n}", "number": n}


@pytest.fixture(scope="module")
async def people(explain: Explain, owner: Owner) -> Mapping[str, Actor]:
    """Who asks, when all is there."""
    said = {
        "kind": "publicity",
        "type_label": "优亲厚友",
        "project": "p",
        "short": "",
        "bureau": CIVIL,
        "upheld": False,
    }
    await fill_alike(explain.world, "complaints.complaints", complaint, seat=ANJU)
    await fill_alike(explain.world, "complaints.published", published, place=ANJU, summary="已核查。", **said)
    await fill_alike(explain.world, "complaints.notices", notice, many=300, place=ANJU, points=["如实。"], by="")
    office = ComplaintOffice(explain.world, owner)
    staff = {"handler": office.handler(), "leader": office.leader()}
    return {**staff, "resident": office.citizen("person-7"), "guest": GUEST}


ALL, NOTICES = "complaints.complaints", "complaints.notices"
MINE = {"complainant": "person-7", "kind": "publicity", "row": "r7", "open": True}
QUESTIONS = {
    "of a bureau": Question(LIST, {}, "handler"),
    "of a county": Question(LIST, {}, "leader"),
    "in a state": Question(LIST, {"state": "accepted"}, "leader"),
    "of a project": Question(LIST, {"project": "p7"}, "leader"),
    "of a kind": Question(LIST, {"kind": "payment"}, "leader"),
    "of a type": Question(LIST, {"type": "fraud"}, "leader"),
    "by number": Question(LIST, {"number": "n00100"}, "leader"),
    "against somebody of the staff": Question(LIST, {"against": "staff"}, "leader"),
    "open ones": Question(LIST, {"open": True}, "leader"),
    "overdue": Question(LIST, {"overdue": True}, "leader", spare=50),
    "mine": Question(MY_LIST, {}, "resident"),
    "my open one": Question(ALL, MINE, "resident", spare=20),
    "moments": Question(ALL, {"next_at": {"$lte": MONDAY_MORNING}}, order=(("next_at", 1), ("_id", 1))),
    "merged": Question(ALL, {"merged_into": "c00004"}, order=(("_id", 1),)),
    "published": Question(PUBLISHED, {}, "guest"),
    "notice": Question(NOTICES, {"place": ANJU}, "guest", order=(("number", -1),)),
}


@pytest.mark.parametrize("name", QUESTIONS)
async def test_by_index_and_only_ones_own(explain, people, name):
    await QUESTIONS[name].by_index(explain, people)
