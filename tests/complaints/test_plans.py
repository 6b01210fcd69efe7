"""The lists that people open all day, at 20,000 documents: by index, in order, without looking at what is others'."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.api import Secret
from hub.testing.plans import MANY, explained, fill, stages_of
from plugins.complaints.documents import Complaint, Notice, Published, complaints_of, notices_of
from plugins.complaints.handlers import LIST, MY_LIST, PUBLISHED
from tests.complaints.conftest import ANJU, CIVIL, FARMING, ComplaintOffice
from tests.world import JUXIAN, MONDAY_MORNING

STATES = ("filed", "accepted", "replied", "closed", "merged")


def complaint(n: int, text: Secret) -> Complaint:
    state = STATES[n % 5]
    open = state in ("filed", "accepted", "replied")
    at = MONDAY_MORNING - timedelta(minutes=n)
    return Complaint(
        id=f"c{n:05d}",
        place=JUXIAN if n % 3 == 0 else ANJU,
        number=f"n{n:05d}",
        title="",
        kind="payment" if n % 200 == 1 else "publicity",
        row=f"r{n}",
        against="row",
        project=f"p{n % 100}",
        bureau=CIVIL if n % 50 == 0 else FARMING,
        seat=ANJU,
        type="fraud" if n % 200 == 0 else "favour",
        type_label="优亲厚友",
        text=text,
        readers=(f"person-{n % 1000}",),
        complainant=f"person-{n % 1000}",
        complainant_key=f"k{n}",
        name=text,
        confidential=False,
        publish=True,
        notice="0",
        notice_at=at,
        avoid=(f"person-{n % 1000}",),
        state=state,
        open=open,
        assigned_at=at,
        task_due=MONDAY_MORNING + timedelta(days=n % 400 - 10),
        next_at=MONDAY_MORNING + timedelta(days=n % 400 - 10) if open else None,
        merged_into=f"c{n % 500:05d}" if state == "merged" else None,
    )


def published(n: int) -> Published:
    return Published(
        id=f"c{n:05d}",
        place=ANJU,
        kind="publicity",
        type_label="优亲厚友",
        project="p",
        short="",
        bureau=CIVIL,
        upheld=False,
        summary="已核查。",
        closed_at=MONDAY_MORNING - timedelta(minutes=n),
    )


@pytest.fixture(scope="module")
async def busy(complaint_world, owner):
    await complaint_world.begin()
    office, text = ComplaintOffice(complaint_world, owner), Secret("内容")
    made = {
        "complaints": [complaint(n, text) for n in range(MANY)],
        "published": [published(n) for n in range(MANY)],
        "notices": [Notice(id=f"{ANJU}:{n}", place=ANJU, number=n, points=("如实。",), by="") for n in range(1, 300)],
    }
    for name, documents in made.items():
        rows = [
            replace(
                each,
                path=complaint_world.place(each.place).path,
                county=ANJU,
                created_at=getattr(each, "assigned_at", MONDAY_MORNING),
            )
            for each in documents
        ]
        await fill(complaint_world.database, f"complaints.{name}", rows)
    return office


HANDLER, LEADER, RESIDENT, GUEST, HUB = "handler", "leader", "resident", "guest", "hub"
# what is asked: (list, query, None, or collection, filter, order; who asks, how many are looked at for each that is found)
QUERIES: dict[str, tuple[Any, dict[str, Any], Any, str, int]] = {
    "of a bureau": (LIST, {}, None, HANDLER, 1),
    "of a county": (LIST, {}, None, LEADER, 1),
    "in a state": (LIST, {"state": "accepted"}, None, LEADER, 1),
    "of a project": (LIST, {"project": "p7"}, None, LEADER, 1),
    "of a kind": (LIST, {"kind": "payment"}, None, LEADER, 1),
    "of a type": (LIST, {"type": "fraud"}, None, LEADER, 1),
    "by number": (LIST, {"number": "n00100"}, None, LEADER, 1),
    "overdue": (LIST, {"overdue": True}, None, LEADER, 2),
    "mine": (MY_LIST, {}, None, RESIDENT, 1),
    "my open one": (
        complaints_of,
        {"complainant": "person-7", "kind": "publicity", "row": "r7", "open": True},
        (),
        RESIDENT,
        20,
    ),
    "moments": (complaints_of, {"next_at": {"$lte": MONDAY_MORNING}}, (("next_at", 1), ("_id", 1)), HUB, 1),
    "merged": (complaints_of, {"merged_into": "c00004"}, (("_id", 1),), HUB, 1),
    "published": (PUBLISHED, {}, None, GUEST, 1),
    "notice": (notices_of, {"place": ANJU}, (("number", -1),), GUEST, 1),
}


@pytest.mark.parametrize("name", QUERIES)
async def test_by_index_and_only_ones_own(busy, name):
    collection, wanted, sort, who, spare = QUERIES[name]
    actors = {HANDLER: busy.handler(), LEADER: busy.leader(), RESIDENT: busy.citizen("person-7")}
    actor = actors.get(who)
    staff = who in (HANDLER, LEADER)

    async def look(ctx):
        return await explained(ctx, collection, wanted, sort)

    asked = {"actor": actor, "permission": "complaints.read" if staff else None} if actor else {}
    answer = await busy.world.units.read(look, plugin="complaints", place=busy.world.place(ANJU), **asked)
    used, stats = stages_of(answer), answer["executionStats"]

    assert not {"COLLSCAN", "SORT"} & used, used
    assert 0 < stats["totalDocsExamined"] <= spare * stats["nReturned"] + 10
