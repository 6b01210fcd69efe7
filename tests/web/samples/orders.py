"""督办单: something real to ask each of their routes for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from hub.api import Secret
from hub.store.database import to_milliseconds
from hub.worklist.documents import Task
from plugins.overdue import documents, orders
from tests.web.samples.complaints import _store, _upload
from tests.web.samples.core import Ask
from tests.web.scope import REFUSED, Question, Sample, Scene, Staff
from tests.world import ANJU, JUXIAN, VILLAGE

CIVIL = "民政局"
HANDLER, LEADER = Staff("handler", VILLAGE, CIVIL, "review_village"), Staff("leader", ANJU)
ORDERS, WATCHES, ISSUES = "overdue.orders", "overdue.watches", "overdue.issues"
WORDS = "请三日内办结"
WHY = {"reason": "核实后决定"}


async def late(scene: Scene, **changes: Any) -> documents.Watch:
    """A task that HANDLER has, and that is late."""
    now = to_milliseconds(scene.hub.clock.now())
    watch: dict[str, Any] = {
        "id": uuid4().hex,
        "place": VILLAGE,
        "row": JUXIAN,
        "subject": uuid4().hex,
        "node": "review_village",
        "label": "村级初审",
        "round": 1,
        "role": "handler",
        "bureau": CIVIL,
        "project": uuid4().hex,
        "title": "高龄津贴 · 王*",
        "number": uuid4().hex,
        "link": "/pages/case",
        "arrived_at": now - timedelta(days=9),
        "limit_at": now - timedelta(days=1),
        "days": 5,
        "due_at": now - timedelta(days=1),
        "state": "late",
    }
    stored: documents.Watch = await _store(scene, WATCHES, documents.Watch(**(watch | changes)))
    same = {name: getattr(stored, name) for name in Task.__struct_fields__ if name in documents.Watch.__struct_fields__}
    await _store(scene, "worklist.tasks", Task(**{**same, "at": stored.place, "state": "open"}))
    return stored


async def ordered(scene: Scene, state: str = "issued", **changes: Any) -> orders.Order:
    """One that LEADER has issued to HANDLER."""
    watch, now = await late(scene), to_milliseconds(scene.hub.clock.now())
    handler, leader = await scene.visitor(HANDLER), await scene.visitor(LEADER)
    order: dict[str, Any] = {
        "id": uuid4().hex,
        "place": watch.place,
        "number": uuid4().hex,
        "state": state,
        "issue": "",
        "task": watch.id,
        "row": watch.row,
        "project": watch.project,
        "bureau": watch.bureau,
        "node": watch.node,
        "label": watch.label,
        "title": watch.title,
        "case": watch.number,
        "due_at": watch.due_at,
        "person": handler.person,
        "name": "周敏",
        "office": VILLAGE,
        "role": "handler",
        "issuer": leader.person,
        "issuer_name": "周敏",
        "issued_at": ANJU,
        "words": Secret(WORDS),
        "answer_by": now + timedelta(days=3),
        "since": now,
    }
    stored: orders.Order = await _store(scene, ORDERS, orders.Order(**(order | changes)))
    return stored


async def issued(scene: Scene) -> orders.Issue:
    """What LEADER has issued at once."""
    leader, now = await scene.visitor(LEADER), to_milliseconds(scene.hub.clock.now())
    line = {"at": now, "move": "issue", "label": "签发"}
    issue: dict[str, Any] = {
        "id": uuid4().hex,
        "place": ANJU,
        "person": leader.person,
        "name": "周敏",
        "number": "1",
        "held": (),
        "words": Secret(WORDS),
        "answer_by": now,
        "line": orders.HistoryLine(**line),
        "cases": 1,
    }
    stored: orders.Issue = await _store(scene, ISSUES, orders.Issue(**issue))
    return stored


async def one(scene: Scene) -> Question:
    found = await ordered(scene)
    return Question(path={"id": found.id}, shows=found.id)


async def several(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=(await ordered(scene)).id)


def pressed(state: str, **body: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        found = await ordered(scene, state)
        return Question(path={"id": found.id}, json={"version": 1, **body}, guards=(ORDERS, found.id))

    return ask


async def picture_of_one(scene: Scene) -> Question:
    """Fed back through the hub, so that it belongs to the order."""
    found, handler = await ordered(scene), await scene.visitor(HANDLER)
    file = await _upload(scene, HANDLER)
    path = f"/api/v1/{ANJU}/overdue/orders/{found.id}/feed"
    answer = await handler.post(path, {"version": 1, "text": "在办", "pictures": [file]})
    assert answer.status == 200, answer.body
    return Question(path={"id": found.id, "file": file})


async def an_issue(scene: Scene) -> Question:
    found = await issued(scene)
    return Question(path={"id": found.id}, shows=found.id)


async def preview(scene: Scene) -> Question:
    """Nobody else reaches what is late of this project."""
    watch = await late(scene)
    return Question(json={"project": watch.project}, shows='"cases":1')


async def at_once(scene: Scene) -> Question:
    """Whoever reaches none of it has nobody to order."""
    watch, _ = await late(scene), await scene.visitor(HANDLER)
    body = {"project": watch.project, "cases": 1, "people": 1, "words": WORDS}
    return Question(json=body, guards=(WATCHES, watch.id))


async def choices(scene: Scene) -> Question:
    watch = await late(scene)
    return Question(query=f"?task={watch.id}", shows=watch.id)


async def named(scene: Scene) -> Question:
    watch, handler = await late(scene), await scene.visitor(HANDLER)
    body = {"tasks": [watch.id], "persons": [handler.person], "words": WORDS}
    return Question(json=body, guards=(WATCHES, watch.id))


ROOT = "/api/v1/{place}/overdue"
SAMPLES: Mapping[str, Sample] = {
    f"GET {ROOT}/orders/mine": Sample(HANDLER, several, VILLAGE),
    f"GET {ROOT}/orders/issued": Sample(LEADER, several, ANJU, bureaus=True),
    f"GET {ROOT}/orders": Sample(LEADER, several, ANJU, bureaus=True),
    f"GET {ROOT}/orders/{{id}}": Sample(LEADER, one, ANJU, bureaus=True),
    f"GET {ROOT}/orders/{{id}}/pictures/{{file}}": Sample(LEADER, picture_of_one, ANJU, bureaus=True),
    f"POST {ROOT}/orders/{{id}}/read": Sample(HANDLER, pressed("issued"), VILLAGE, bureaus=True),
    f"POST {ROOT}/orders/{{id}}/begin": Sample(HANDLER, pressed("read"), VILLAGE, bureaus=True),
    f"POST {ROOT}/orders/{{id}}/feed": Sample(HANDLER, pressed("read", text="在办"), VILLAGE, bureaus=True),
    f"POST {ROOT}/orders/{{id}}/close": Sample(LEADER, pressed("fed_back"), ANJU, bureaus=True),
    f"POST {ROOT}/orders/{{id}}/return": Sample(LEADER, pressed("fed_back", **WHY), ANJU, bureaus=True),
    f"POST {ROOT}/orders/{{id}}/withdraw": Sample(LEADER, pressed("issued", **WHY), ANJU, bureaus=True),
    f"POST {ROOT}/at-once/preview": Sample(LEADER, preview, ANJU, bureaus=True),
    f"POST {ROOT}/at-once": Sample(LEADER, at_once, ANJU, bureaus=True, refusals=REFUSED | {409}),
    f"GET {ROOT}/named": Sample(LEADER, choices, ANJU, bureaus=True),
    f"POST {ROOT}/named": Sample(LEADER, named, ANJU, bureaus=True, refusals=REFUSED | {422}),
    f"GET {ROOT}/issues/{{id}}": Sample(LEADER, an_issue, ANJU, bureaus=True),
}
