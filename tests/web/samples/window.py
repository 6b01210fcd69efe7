"""代录 and 我代办的人: what a window has entered, and for whom a resident has declared."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hub.words.ids import new_id
from tests.web.conftest import picture
from tests.web.samples import core
from tests.web.scope import REFUSED, Question, Sample, Scene, Staff
from tests.web.test_files import form
from tests.world import ANJU, JUXIAN

ENTERS = Staff("handler", JUXIAN)
WINDOW = f"/api/v1/{JUXIAN}/declaration/window"
KEYS = ("id_card", "household", "social_card", "signed_paper")
P = "/api/v1/{place}/declaration"


async def _upload(scene: Scene) -> str:
    visitor = await scene.visitor(ENTERS)
    answer = await visitor.ask("POST", "/api/v1/files", data=form(picture()))
    assert answer.status == 201, answer.body
    return str(answer.json["id"])


async def filled(scene: Scene) -> dict[str, Any]:
    return {**named(), "materials": {key: [await _upload(scene)] for key in KEYS}}


def named() -> dict[str, Any]:
    """Whom it is for."""
    return {"project": core.OLD_AGE, "declared_for": "self", "beneficiary": core.somebody()}


async def enter(scene: Scene) -> Question:
    """Others may enter, but not with these files."""
    body = await filled(scene)
    return Question(json=body, guards=("files", body["materials"]["signed_paper"][0]))


async def entered(scene: Scene) -> dict[str, Any]:
    visitor = await scene.visitor(ENTERS)
    answer = await visitor.post(f"{WINDOW}/cases", await filled(scene))
    assert answer.status == 201, answer.body
    view: dict[str, Any] = answer.json
    return view


async def one(scene: Scene) -> Question:
    id = (await entered(scene))["id"]
    return Question(path={"id": id}, shows=id)


async def several(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await entered(scene))["id"])


async def file_of(scene: Scene) -> Question:
    case = await entered(scene)
    return Question(path={"id": case["id"], "file": case["materials"][0]["files"][0]})


async def withdraw(scene: Scene) -> Question:
    case = await entered(scene)
    return Question(
        path={"id": case["id"]},
        json={"version": case["version"], "reason": "录错了项目"},
        guards=("declaration.cases", case["id"]),
    )


async def mend(scene: Scene) -> Question:
    """Asked for by the 受理 of the same town."""
    await scene.visitor(core.WINDOW)
    case = await entered(scene)
    task = await core.claimed_of(scene, case["id"])
    await core._decide(scene, task, "correct")
    stored = await scene.hub.database["declaration.cases"].find_one({"_id": case["id"]})
    assert stored is not None
    body = {"version": stored["version"], "materials": {"household": [await _upload(scene)]}}
    return Question(path={"id": case["id"]}, json=body, guards=("declaration.cases", case["id"]))


async def begun(scene: Scene) -> tuple[str, dict[str, Any]]:
    """A draft that could be handed in."""
    visitor, id = await scene.visitor(ENTERS), new_id(scene.hub.clock)
    whole = await filled(scene)
    body = {"project": whole["project"], "form": {key: value for key, value in whole.items() if key != "project"}}
    answer = await visitor.ask("PUT", f"{WINDOW}/drafts/{id}", json=body)
    assert answer.status == 200, answer.body
    return id, whole


async def draft(scene: Scene) -> Question:
    id, _ = await begun(scene)
    return Question(path={"id": id}, shows=id)


async def drafts(scene: Scene) -> Question:
    id, _ = await begun(scene)
    return Question(query="?limit=100", shows=id)


async def draft_file(scene: Scene) -> Question:
    id, whole = await begun(scene)
    return Question(path={"id": id, "file": whole["materials"]["id_card"][0]})


def changed(body: Callable[[dict[str, Any]], dict[str, Any]], **path: str) -> Callable[[Scene], Awaitable[Question]]:
    async def ask(scene: Scene) -> Question:
        id, whole = await begun(scene)
        return Question(path={"id": id, **path}, json=body(whole), guards=("declaration.window_drafts", id))

    return ask


async def keep_material(scene: Scene) -> Question:
    id, _ = await begun(scene)
    body = {"version": 1, "files": [await _upload(scene)]}
    return Question(path={"id": id, "key": "household"}, json=body, guards=("declaration.window_drafts", id))


async def delete(scene: Scene) -> Question:
    id, _ = await begun(scene)
    return Question(path={"id": id}, guards=("declaration.window_drafts", id))


async def check_person(scene: Scene) -> Question:
    return Question(json=named())


async def project(scene: Scene) -> Question:
    return Question(path={"code": core.OLD_AGE})


async def people(scene: Scene) -> Question:
    return Question(shows=(await core._case(scene))["id"])


def of(ask: Callable[[Scene], Awaitable[Question]], **more: Any) -> Sample:
    return Sample(ENTERS, ask, **more)


SAMPLES: Mapping[str, Sample] = {
    f"GET {P}/window/projects": of(core.constantly(Question()), only_guests=True),
    f"GET {P}/window/projects/{{code}}": of(project, only_guests=True),
    f"GET {P}/window/projects/{{code}}/form": of(project, only_guests=True),
    f"GET {P}/window/drafts": of(drafts),
    f"GET {P}/window/drafts/{{id}}": of(draft),
    f"PUT {P}/window/drafts/{{id}}": of(
        changed(lambda whole: {"project": whole["project"], "form": {"declared_for": "self"}}),
        refusals=REFUSED | {409},
    ),
    f"DELETE {P}/window/drafts/{{id}}": of(delete),
    f"GET {P}/window/drafts/{{id}}/files/{{file}}": of(draft_file),
    f"PUT {P}/window/drafts/{{id}}/person": of(
        changed(lambda whole: {key: whole[key] for key in ("project", "declared_for", "beneficiary")}),
        refusals=REFUSED | {409, 422},
    ),
    f"PUT {P}/window/drafts/{{id}}/answers": of(changed(lambda whole: {"version": 1, "answers": {}})),
    f"PUT {P}/window/drafts/{{id}}/materials/{{key}}": of(keep_material),
    f"POST {P}/window/drafts/{{id}}/submit": of(changed(lambda whole: {"version": 1})),
    f"POST {P}/window/persons/check": of(check_person, only_guests=True),
    f"POST {P}/window/cases": of(enter, refusals=REFUSED | {422}),
    f"GET {P}/window/cases": of(several),
    f"GET {P}/window/cases/{{id}}": of(one),
    f"GET {P}/window/cases/{{id}}/files/{{file}}": of(file_of),
    f"POST {P}/window/cases/{{id}}/mend": of(mend),
    f"POST {P}/window/cases/{{id}}/withdraw": of(withdraw),
    f"GET {P}/people": Sample(core.APPLICANT, people, ANJU),
    f"GET {P}/people/{{id}}": Sample(core.APPLICANT, core.my_case, ANJU),
}
