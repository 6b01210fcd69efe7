"""Complaints: something real to ask each of their routes for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from hub.api import Secret
from hub.store.database import to_milliseconds
from plugins.complaints import documents
from plugins.complaints.actions.notices import version_of
from tests.web.conftest import picture
from tests.web.samples.core import APPLICANT, OLD_AGE, Ask, constantly
from tests.web.scope import REFUSED, Question, Sample, Scene, Staff, Who
from tests.web.test_files import form
from tests.world import ANJU

COMPLAINTS = f"/api/v1/{ANJU}/complaints"
HANDLER, LEADER = Staff("handler", ANJU, "民政局", "complaints"), Staff("leader", ANJU)
STORED = "complaints.complaints"

OPEN: Mapping[str, str] = {
    "GET /api/v1/{place}/complaints/notice": "投诉须知 is for everybody to read",
    "GET /api/v1/{place}/complaints/published": "results that their complainants let be shown, without persons",
}


async def _store(scene: Scene, collection: str, document: Any) -> Any:
    """As the plugin would have stored it; how it comes to be is tested with the plugin."""
    now = to_milliseconds(scene.hub.clock.now())
    placed = replace(document, path=scene.hub.places.tree[document.place].path, county=ANJU, created_at=now)
    await scene.hub.database[collection].insert_one(scene.hub.database.encode(placed))
    return placed


async def _upload(scene: Scene, who: Who = APPLICANT) -> str:
    answer = await (await scene.visitor(who)).ask("POST", "/api/v1/files", data=form(picture()))
    assert answer.status == 201, answer.body
    id: str = answer.json["id"]
    return id


async def stored(scene: Scene, state: str = "accepted", **more: Any) -> Any:
    """One of 王建国's about 高龄津贴, with 民政局."""
    person, now = (await scene.visitor(APPLICANT)).person or "", to_milliseconds(scene.hub.clock.now())
    complaint = documents.Complaint(
        id=uuid4().hex,
        place=ANJU,
        number=f"{ANJU}-2026-T{uuid4().hex[:8]}",
        title="高龄津贴—其他",
        kind="free",
        against="project",
        project=OLD_AGE,
        short="高龄津贴",
        bureau="民政局",
        seat=ANJU,
        type=f"type-{uuid4().hex}",
        type_label="其他",
        text=Secret("内容"),
        readers=(person,),
        complainant=person,
        complainant_key=uuid4().hex,
        name=Secret("王建国"),
        confidential=False,
        publish=True,
        notice="0",
        notice_at=now,
        avoid=(person,),
        state=state,
        open=True,
        assigned_at=now,
        accepted_at=now,
        task_due=now + timedelta(days=30),
        due_at=now + timedelta(days=60),
    )
    return await _store(scene, STORED, replace(complaint, **more))


async def _filed(scene: Scene, pictures: tuple[str, ...]) -> str:
    """Handed in through the hub, so that its pictures belong to it."""
    visitor = await scene.visitor(APPLICANT)
    answer = await visitor.post(COMPLAINTS, await _body(scene, pictures))
    assert answer.status == 201, answer.body
    id: str = answer.json["complaint"]["id"]
    return id


async def _body(scene: Scene, pictures: tuple[str, ...]) -> dict[str, Any]:
    notice = (await scene.guest.get(f"{COMPLAINTS}/notice")).json["version"]
    about = {"against": "project", "project": OLD_AGE, "bureau": "民政局"}
    said = {"type": "other", "text": "请核查", "publish": False, "pictures": list(pictures)}
    return {"notice": notice, **about, **said}


async def file(scene: Scene) -> Question:
    """Others may complain, but not with these pictures."""
    picture_id = await _upload(scene)
    return Question(json=await _body(scene, (picture_id,)), guards=("files", picture_id))


async def one(scene: Scene) -> Question:
    found = await stored(scene)
    return Question(path={"id": found.id}, shows=found.id)


async def several(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await stored(scene)).id)


async def picture_of_one(scene: Scene) -> Question:
    file = await _upload(scene)
    return Question(path={"id": await _filed(scene, (file,)), "file": file})


async def overview(scene: Scene) -> Question:
    return Question(shows=(await stored(scene)).type)


async def export(scene: Scene) -> Question:
    """Others export what is theirs, which is not this one: that is looked at beside the tables."""
    found = await stored(scene)
    return Question(json={"reason": "月报"}, guards=(STORED, found.id))


async def notice(scene: Scene) -> Question:
    """After a version of the county's own that nobody else may follow."""
    number = await scene.hub.database["complaints.notices"].count_documents({}) + 1
    before = documents.Notice(id=f"{ANJU}:{number}", place=ANJU, number=number, points=("如实反映。",), by="")
    await _store(scene, "complaints.notices", before)
    body = {"version": version_of(before), "points": ["如实反映情况。"]}
    return Question(json=body, guards=("complaints.notices", before.id))


def pressed(state: str = "accepted", **body: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        found = await stored(scene, state)
        return Question(path={"id": found.id}, json={"version": 1, **body}, guards=(STORED, found.id))

    return ask


async def answer(scene: Scene) -> Question:
    now = to_milliseconds(scene.hub.clock.now())
    words = Secret("已核查")
    reply = documents.Reply(
        number=1, processed_at=now, opinion=words, situation=words, handler="罗勇", unit="民政局", upheld="no", at=now
    )
    found = await stored(scene, "replied", replies=(reply,))
    return Question(path={"id": found.id}, json={"version": 1, "satisfied": True}, guards=(STORED, found.id))


async def reply(scene: Scene) -> Question:
    found = await stored(scene)
    body = {
        "version": 1,
        "processed_at": scene.hub.clock.now().isoformat(),
        "opinion": "不属实",
        "situation": "已核查",
        "upheld": "no",
    }
    return Question(path={"id": found.id}, json=body, guards=(STORED, found.id))


async def merge(scene: Scene) -> Question:
    main, found = await stored(scene), await stored(scene)
    body = {"version": 1, "into": main.id, "reason": "同一事项"}
    return Question(path={"id": found.id}, json=body, guards=(STORED, found.id))


async def unmask(scene: Scene) -> Question:
    found = await stored(scene)
    return Question(path={"id": found.id}, json={"reason": "联系核实"}, shows="王建国")


WHY = {"reason": "核实后决定"}

SAMPLES: Mapping[str, Sample] = {
    "PUT /api/v1/{place}/complaints/notice": Sample(LEADER, notice, ANJU, refusals=REFUSED | {409}),
    "GET /api/v1/{place}/complaints/form": Sample(APPLICANT, constantly(Question()), ANJU, only_guests=True),
    "POST /api/v1/{place}/complaints": Sample(APPLICANT, file, ANJU, refusals=REFUSED | {422}),
    "GET /api/v1/{place}/complaints/mine": Sample(APPLICANT, several, ANJU),
    "GET /api/v1/{place}/complaints/mine/{id}": Sample(APPLICANT, one, ANJU),
    "GET /api/v1/{place}/complaints/mine/{id}/pictures/{file}": Sample(APPLICANT, picture_of_one, ANJU),
    "POST /api/v1/{place}/complaints/mine/{id}/answer": Sample(APPLICANT, answer, ANJU),
    "POST /api/v1/{place}/complaints/mine/{id}/withdraw": Sample(APPLICANT, pressed(), ANJU),
    "GET /api/v1/{place}/complaints": Sample(HANDLER, several, ANJU, bureaus=True),
    "GET /api/v1/{place}/complaints/overview": Sample(HANDLER, overview, ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/export": Sample(HANDLER, export, ANJU, bureaus=True),
    "GET /api/v1/{place}/complaints/{id}": Sample(HANDLER, one, ANJU, bureaus=True),
    "GET /api/v1/{place}/complaints/{id}/pictures/{file}": Sample(HANDLER, picture_of_one, ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/accept": Sample(HANDLER, pressed("filed"), ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/refuse": Sample(HANDLER, pressed("filed", **WHY), ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/return": Sample(HANDLER, pressed("filed", **WHY), ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/transfer": Sample(
        HANDLER, pressed(region=ANJU, bureau="财政局", **WHY), ANJU, bureaus=True
    ),
    "POST /api/v1/{place}/complaints/{id}/merge": Sample(HANDLER, merge, ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/extend": Sample(HANDLER, pressed(**WHY), ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/investigate": Sample(HANDLER, pressed(), ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/survey": Sample(
        HANDLER,
        pressed(**WHY),
        ANJU,
        bureaus=True,
        unproved="a survey needs a row of another plugin; its own tests ask for one",
    ),
    "POST /api/v1/{place}/complaints/{id}/reply": Sample(HANDLER, reply, ANJU, bureaus=True),
    "POST /api/v1/{place}/complaints/{id}/unmask": Sample(HANDLER, unmask, ANJU, bureaus=True),
}
