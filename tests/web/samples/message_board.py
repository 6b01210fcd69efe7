"""The message board: something real to ask each of its routes for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from hub.api import Office, Secret
from hub.store.database import to_milliseconds
from plugins.message_board import documents
from tests.web.conftest import picture
from tests.web.samples.core import APPLICANT, Ask
from tests.web.scope import REFUSED, Question, Sample, Scene, Staff
from tests.web.test_files import form
from tests.world import ANJU, VILLAGE

MESSAGES = f"/api/v1/{ANJU}/message_board"
HANDLER = Staff("handler", ANJU, "民政局", "message_board")
STORED = "message_board.messages"


async def stored(scene: Scene, state: str = "handling", **more: Any) -> Any:
    """One of 王建国's to 民政局, as the plugin would have stored it; how it comes to be is tested with the plugin."""
    person, now = (await scene.visitor(APPLICANT)).person or "", to_milliseconds(scene.hub.clock.now())
    message = documents.Message(
        id=uuid4().hex,
        place=ANJU,
        number=f"{ANJU}-2026-M{uuid4().hex[:8]}",
        kind="complain",
        bureau="民政局",
        home=VILLAGE,
        slot=1,
        subject=Secret("高龄津贴什么时候发"),
        text=Secret("想问高龄津贴几号到账。"),
        confidential=False,
        name=Secret("王建国"),
        readers=(person,),
        avoid=(person,),
        state=state,
        assigned_at=now,
        due_at=now + timedelta(days=7),
        path=scene.hub.places.tree[ANJU].path,
        county=ANJU,
        created_at=now,
    )
    placed = replace(message, **more)
    await scene.hub.database[STORED].insert_one(scene.hub.database.encode(placed))
    return placed


def replied(scene: Scene) -> dict[str, Any]:
    now = to_milliseconds(scene.hub.clock.now())
    said = documents.Said(text=Secret("每月15日发放。"), at=now, unit="安居区民政局", handler="罗勇")
    return {"said": (said,), "ends_at": now + timedelta(days=15)}


async def _upload(scene: Scene) -> str:
    answer = await (await scene.visitor(APPLICANT)).ask("POST", "/api/v1/files", data=form(picture()))
    assert answer.status == 201, answer.body
    id: str = answer.json["id"]
    return id


def _body(*pictures: str) -> dict[str, Any]:
    words = {"title": "高龄津贴什么时候发", "text": "想问高龄津贴几号到账。"}
    return {"kind": "consult", "bureau": "民政局", **words, "pictures": list(pictures), "confidential": False}


async def writing(scene: Scene) -> Question:
    return Question()


async def file(scene: Scene) -> Question:
    """Others may write, but not with this picture. Nobody's place is taken."""
    await scene.hub.database[STORED].delete_many({})
    picture_id = await _upload(scene)
    return Question(json=_body(picture_id), guards=("files", picture_id))


async def one(scene: Scene) -> Question:
    found = await stored(scene)
    return Question(path={"id": found.id}, shows=found.id)


async def several(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await stored(scene)).id)


async def picture_of_one(scene: Scene) -> Question:
    await scene.hub.database[STORED].delete_many({})
    picture_id = await _upload(scene)
    answer = await (await scene.visitor(APPLICANT)).post(MESSAGES, _body(picture_id))
    assert answer.status == 201, answer.body
    return Question(path={"id": answer.json["id"], "file": picture_id})


async def overview(scene: Scene) -> Question:
    await stored(scene)
    return Question(shows="民政局")


def pressed(state: str = "handling", **body: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        more = replied(scene) if state == "replied" else {}
        found = await stored(scene, state, **more)
        return Question(path={"id": found.id}, json={"version": 1, **body}, guards=(STORED, found.id))

    return ask


async def complain(scene: Scene) -> Question:
    notice = (await scene.guest.get(f"/api/v1/{ANJU}/complaints/notice")).json["version"]
    said = {"about": f"unit:{VILLAGE}", "type": "other", "text": "请核查", "confidential": False, "publish": False}
    return await pressed("proposed", notice=notice, **said)(scene)


async def give_back(scene: Scene) -> Question:
    found = await stored(scene, before=(Office(ANJU, "财政局"),))
    return Question(path={"id": found.id}, json={"version": 1, **WHY}, guards=(STORED, found.id))


async def unmask(scene: Scene) -> Question:
    found = await stored(scene)
    return Question(path={"id": found.id}, json={"reason": "联系核实"}, shows="王建国")


WHY = {"reason": "核实后决定"}
P = "/api/v1/{place}/message_board"

SAMPLES: Mapping[str, Sample] = {
    f"GET {P}/form": Sample(APPLICANT, writing, ANJU, only_guests=True),
    f"POST {P}": Sample(APPLICANT, file, ANJU, refusals=REFUSED | {422}),
    f"GET {P}/mine": Sample(APPLICANT, several, ANJU),
    f"GET {P}/mine/{{id}}": Sample(APPLICANT, one, ANJU),
    f"GET {P}/mine/{{id}}/pictures/{{file}}": Sample(APPLICANT, picture_of_one, ANJU),
    f"POST {P}/mine/{{id}}/ask": Sample(APPLICANT, pressed("replied", text="几号？"), ANJU),
    f"POST {P}/mine/{{id}}/rate": Sample(APPLICANT, pressed("replied", grade="4"), ANJU),
    f"POST {P}/mine/{{id}}/close": Sample(APPLICANT, pressed(), ANJU),
    f"POST {P}/mine/{{id}}/complain": Sample(APPLICANT, complain, ANJU),
    f"POST {P}/mine/{{id}}/decline": Sample(APPLICANT, pressed("proposed"), ANJU),
    f"GET {P}": Sample(HANDLER, several, ANJU, bureaus=True),
    f"GET {P}/overview": Sample(HANDLER, overview, ANJU, bureaus=True),
    f"GET {P}/{{id}}": Sample(HANDLER, one, ANJU, bureaus=True),
    f"GET {P}/{{id}}/pictures/{{file}}": Sample(HANDLER, picture_of_one, ANJU, bureaus=True),
    f"POST {P}/{{id}}/reply": Sample(HANDLER, pressed(text="每月15日发放。"), ANJU, bureaus=True),
    f"POST {P}/{{id}}/take": Sample(HANDLER, pressed("waiting"), ANJU, bureaus=True),
    f"POST {P}/{{id}}/transfer": Sample(HANDLER, pressed(region=ANJU, bureau="财政局", **WHY), ANJU, bureaus=True),
    f"POST {P}/{{id}}/return": Sample(HANDLER, give_back, ANJU, bureaus=True),
    f"POST {P}/{{id}}/propose": Sample(HANDLER, pressed(**WHY), ANJU, bureaus=True),
    f"POST {P}/{{id}}/unmask": Sample(HANDLER, unmask, ANJU, bureaus=True),
}
