"""政策文件: what everybody may read, what a bureau's clerk publishes, whom a resident hears from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import uuid4

from hub.store.database import to_milliseconds
from plugins.policy.documents import Leaf, PolicyFile, Project, Subscription, Text
from tests.officefiles import docx
from tests.web.conftest import picture
from tests.web.samples.core import APPLICANT, OLD_AGE, Ask, constantly
from tests.web.scope import Question, Sample, Scene, Staff
from tests.web.test_files import form
from tests.world import ANJU

CLERK = Staff("handler", ANJU, "民政局")
OPEN: Mapping[str, str] = {
    "GET /api/v1/{place}/policy/files": "policy is for everybody to read",
    "GET /api/v1/{place}/policy/files/{id}": "policy is for everybody to read",
    "GET /api/v1/{place}/policy/files/{id}/download": "policy is for everybody to read",
    "GET /api/v1/{place}/policy/files/{id}/pages/{number}": "policy is for everybody to read",
}
FACTS: Mapping[str, Any] = {
    "title": "关于发放2026年高龄津贴的通知",
    "reference": "安民〔2026〕15号",
    "issuer": "安居区民政局",
    "issued_on": "2026-11-20",
    "bureau": "民政局",
    "projects": [OLD_AGE],
}


async def _store(scene: Scene, collection: str, document: Any) -> None:
    placed = {"path": list(scene.hub.places.tree[document.place].path), "county": ANJU}
    now = to_milliseconds(scene.hub.clock.now())
    row = scene.hub.database.encode(document) | placed | {"created_at": now}
    await scene.hub.database[collection].replace_one({"_id": document.id}, row, upsert=True)


async def stored(scene: Scene, state: str = "published") -> PolicyFile:
    """One of 民政局's, with a picture of its page, as the plugin would have stored it."""
    files, id, now = scene.hub.units.files, uuid4().hex, to_milliseconds(scene.hub.clock.now())
    kept = [
        await files.put_pending(
            data, owner="clerk", media_type=kind, sha256="", now=scene.hub.clock.now(), most_pending=9999
        )
        for data, kind in ((b"%PDF-1.7", "application/pdf"), (picture(), "image/jpeg"))
    ]
    names = [each.id for each in kept]
    await scene.hub.database.transaction(
        lambda session: files.claim(session, names, owner="clerk", plugin="policy", subject=id)
    )
    file = PolicyFile(
        id=id,
        place=ANJU,
        number=f"{ANJU}-2026-Z{id[:6]}",
        state=state,
        title=FACTS["title"],
        reference=FACTS["reference"],
        issuer=FACTS["issuer"],
        issued_on=date(2026, 11, 20),
        bureau="民政局",
        about=(Project(code=OLD_AGE, name="高龄津贴"),),
        projects=(OLD_AGE,),
        file=names[0],
        media_type="application/pdf",
        size=8,
        sha256="",
        pages=3,
        leaves=(Leaf(file=names[1], width=64, height=48),),
        edition=1,
        published_at=now if state == "published" else None,
    )
    await _store(scene, "policy.files", file)
    await _store(scene, "policy.texts", Text(id=id, place=ANJU, paragraphs=("各乡镇：",)))
    return file


def of_file(state: str, shows: bool = True, **form: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        file = await stored(scene, state)
        path = {"id": file.id, "number": "1"}
        if form:
            return Question(path=path, json={"version": file.version, **form}, guards=("policy.files", file.id))
        return Question(path=path, shows=file.id if shows else None)

    return ask


async def superseding(scene: Scene) -> Question:
    old, new = await stored(scene), await stored(scene)
    return Question(path={"id": old.id}, json={"version": 1, "by": new.id}, guards=("policy.files", old.id))


async def uploading(scene: Scene) -> Question:
    return Question(form=lambda: form(docx("各乡镇："), filename="通知.docx"))


async def subscribed(scene: Scene) -> Question:
    """王建国 hears of 高龄津贴."""
    person = (await scene.visitor(APPLICANT)).person or ""
    mine = Subscription(id="subscribed", place=ANJU, person=person, project=OLD_AGE, name="高龄津贴")
    await _store(scene, "policy.subscriptions", mine)
    return Question(path={"project": OLD_AGE}, shows="高龄津贴", guards=("policy.subscriptions", mine.id))


async def ending(scene: Scene) -> Question:
    question = await subscribed(scene)
    return Question(path=question.path, guards=question.guards)


P = "/api/v1/{place}/policy"
WHY = {"reason": "日期有误"}
SAMPLES: Mapping[str, Sample] = {
    f"GET {P}/desk": Sample(CLERK, of_file("draft"), ANJU, bureaus=True),
    f"POST {P}/desk": Sample(CLERK, uploading, ANJU, only_guests=True),
    f"GET {P}/desk/{{id}}": Sample(CLERK, of_file("draft"), ANJU, bureaus=True),
    f"GET {P}/desk/{{id}}/download": Sample(CLERK, of_file("draft", shows=False), ANJU, bureaus=True),
    f"GET {P}/desk/{{id}}/pages/{{number}}": Sample(CLERK, of_file("draft", shows=False), ANJU, bureaus=True),
    f"POST {P}/desk/{{id}}/publish": Sample(CLERK, of_file("draft", version=1), ANJU, bureaus=True),
    f"POST {P}/desk/{{id}}/describe": Sample(CLERK, of_file("draft", **FACTS), ANJU, bureaus=True),
    f"POST {P}/desk/{{id}}/withdraw": Sample(CLERK, of_file("published", **WHY), ANJU, bureaus=True),
    f"POST {P}/desk/{{id}}/delete": Sample(CLERK, of_file("draft", **WHY), ANJU, bureaus=True),
    f"POST {P}/desk/{{id}}/supersede": Sample(CLERK, superseding, ANJU, bureaus=True),
    f"GET {P}/subscriptions": Sample(APPLICANT, subscribed, ANJU),
    f"POST {P}/subscriptions": Sample(
        APPLICANT, constantly(Question(json={"project": OLD_AGE})), ANJU, only_guests=True
    ),
    f"DELETE {P}/subscriptions/{{project}}": Sample(APPLICANT, ending, ANJU),
}
