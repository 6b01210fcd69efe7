"""重要信息通知: what whoever sends them does, and what somebody got."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from hub.api import App, Attachment
from hub.store.database import to_milliseconds
from plugins.notices.documents import Notice, Receipt, Sending
from tests.officefiles import docx
from tests.web.samples.core import APPLICANT, Ask, constantly
from tests.web.scope import Question, Sample, Scene, Staff, Who
from tests.web.test_files import form
from tests.world import ANJU, JUXIAN, VILLAGE

CLERK = Staff("handler", ANJU)
OPEN: Mapping[str, str] = {}
WORDS: Mapping[str, Any] = {"title": "汛期办理时间调整", "text": "七月起上午八点开门。", "roles": ["resident"]}


async def _store(scene: Scene, document: Any) -> None:
    placed = {"path": list(scene.hub.places.tree[document.place].path), "county": ANJU}
    row = scene.hub.database.encode(document) | placed | {"created_at": to_milliseconds(scene.hub.clock.now())}
    await scene.hub.database[f"notices.{type(document).__name__.lower()}s"].insert_one(row)


async def stored(scene: Scene, state: str = "sent", to: Who = APPLICANT) -> Notice:
    """One with an attachment, of which they were told, as the plugin would have stored it."""
    files, id, now = scene.hub.units.files, uuid4().hex, to_milliseconds(scene.hub.clock.now())
    kept = await files.put_pending(
        b"PK", owner="clerk", media_type="application/octet-stream", sha256="", now=now, most_pending=9999
    )
    await scene.hub.database.transaction(
        lambda session: files.claim(session, [kept.id], owner="clerk", plugin="notices", subject=id)
    )
    sent = now if state in ("sending", "paused", "sent", "recalled") else None
    notice = Notice(
        id=id,
        place=ANJU,
        number=f"{ANJU}-2026-X{id[:6]}",
        state=state,
        title=WORDS["title"],
        text=WORDS["text"],
        unit="安居区应急管理局",
        roles=("resident",),
        towns=(JUXIAN,),
        urgent=False,
        asks=True,
        files=(Attachment(file=kept.id, name="安排.docx", media_type="application/octet-stream", size=2),),
        people=1,
        send_at=now + timedelta(days=1) if state == "scheduled" else None,
        sent_at=sent,
    )
    await _store(scene, notice)
    if sent:
        await _store(scene, Sending(id=id, place=ANJU, told=1, parts=9))
        person = (await scene.visitor(to)).person or ""
        app: App = "ykt" if to == APPLICANT else "ydsh"
        told = {"title": notice.title, "unit": notice.unit, "urgent": False, "asks": True}
        receipt = Receipt(
            id=uuid4().hex,
            place=ANJU,
            notice=id,
            person=person,
            readers=(person,),
            app=app,
            name="王*国",
            home=VILLAGE,
            **told,
        )
        await _store(scene, receipt)
    return notice


def of_notice(state: str, *names: str, shows: str = "汛期", **form: Any) -> Ask:
    """At the desk: of one in this state; ``names`` of its path besides its id."""

    async def ask(scene: Scene) -> Question:
        notice = await stored(scene, state)
        path = {"id": notice.id, **({"file": notice.files[0].file} if names else {})}
        if form:
            said = {"file": notice.files[0].file} if form.get("file") else {}
            body = {"version": notice.version, **form, **said}
            return Question(path=path, json=body, guards=("notices.notices", notice.id))
        return Question(path=path, shows=None if names else shows)

    return ask


async def got(scene: Scene) -> Question:
    notice = await stored(scene)
    return Question(path={"id": notice.id}, shows="汛期")


async def got_file(scene: Scene) -> Question:
    notice = await stored(scene)
    return Question(path={"id": notice.id, "file": notice.files[0].file})


async def confirming(scene: Scene) -> Question:
    notice = await stored(scene)
    receipt = await scene.hub.database["notices.receipts"].find_one({"notice": notice.id})
    return Question(path={"id": notice.id}, guards=("notices.receipts", receipt["_id"]))


async def attaching(scene: Scene) -> Question:
    notice = await stored(scene, "draft")
    return Question(
        path={"id": notice.id},
        form=lambda: form(docx("各乡镇："), filename="安排.docx"),
        guards=("notices.notices", notice.id),
    )


async def sending(scene: Scene) -> Question:
    """To as many as there are."""
    await scene.visitor(APPLICANT)
    notice = await stored(scene, "draft")
    homes = {"region": {"$regex": f"^{JUXIAN}"}, "assurance": {"$in": ["claimed", "proved"]}}
    people = await scene.hub.database["people"].count_documents(homes)
    at = (scene.hub.clock.now() + timedelta(days=1)).isoformat()
    return Question(
        path={"id": notice.id},
        json={"version": 1, "people": people, "at": at},
        guards=("notices.notices", notice.id),
    )


async def sending_now(scene: Scene) -> Question:
    question = await sending(scene)
    body = {name: value for name, value in question.json.items() if name != "at"}
    return Question(path=question.path, json=body, guards=question.guards)


P = "/api/v1/{place}/notices"
D = f"{P}/desk/{{id}}"
WHY, NONE = {"reason": "时间写错了"}, {"version": 1}
SAMPLES: Mapping[str, Sample] = {
    f"GET {P}/desk": Sample(CLERK, of_notice("draft"), ANJU),
    f"POST {P}/desk": Sample(CLERK, constantly(Question(json=WORDS)), ANJU, only_guests=True),
    f"GET {D}": Sample(CLERK, of_notice("draft"), ANJU),
    f"GET {D}/receipts": Sample(CLERK, of_notice("sent", shows="王*国"), ANJU),
    f"GET {D}/files/{{file}}": Sample(CLERK, of_notice("draft", "file"), ANJU),
    f"GET {D}/people": Sample(CLERK, of_notice("draft", shows="people"), ANJU),
    f"POST {D}/files": Sample(CLERK, attaching, ANJU),
    f"POST {D}/describe": Sample(CLERK, of_notice("draft", **WORDS), ANJU),
    f"POST {D}/choose": Sample(CLERK, of_notice("draft", villages=[VILLAGE]), ANJU),
    f"POST {D}/detach": Sample(CLERK, of_notice("draft", file="its"), ANJU),
    f"POST {D}/send": Sample(CLERK, sending_now, ANJU),
    f"POST {D}/schedule": Sample(CLERK, sending, ANJU),
    f"POST {D}/unschedule": Sample(CLERK, of_notice("scheduled", **NONE), ANJU),
    f"POST {D}/pause": Sample(CLERK, of_notice("sending", **NONE), ANJU),
    f"POST {D}/resume": Sample(CLERK, of_notice("paused", **NONE), ANJU),
    f"POST {D}/remind": Sample(CLERK, of_notice("sent", **NONE), ANJU),
    f"POST {D}/recall": Sample(CLERK, of_notice("sent", **WHY), ANJU),
    f"POST {D}/delete": Sample(CLERK, of_notice("draft", **WHY), ANJU),
    f"GET {P}/inbox": Sample(APPLICANT, got, ANJU),
    f"GET {P}/inbox/{{id}}": Sample(APPLICANT, got, ANJU),
    f"GET {P}/inbox/{{id}}/files/{{file}}": Sample(APPLICANT, got_file, ANJU),
    f"POST {P}/inbox/{{id}}/read": Sample(APPLICANT, confirming, ANJU),
}
