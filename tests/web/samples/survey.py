"""入户调查: a household of 万古桥村, surveyed by its surveyors, looked over by the town, followed up by the county."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from hub.words.ids import new_id
from tests.web.conftest import picture
from tests.web.samples.core import _id_number, constantly
from tests.web.scope import REFUSED, Question, Sample, Scene, Staff
from tests.web.test_files import form
from tests.world import ANJU, JUXIAN, VILLAGE

SURVEYOR = Staff("handler", VILLAGE, node="survey")
TOWN = Staff("handler", JUXIAN, "民政局", "review_town")
BUREAU = Staff("handler", ANJU, "民政局")
SURVEYS = f"/api/v1/{VILLAGE}/survey/surveys"

Ask = Callable[[Scene], Awaitable[Question]]


def _household() -> dict[str, Any]:
    """Of another person over 80 each time."""
    return {"place": VILLAGE, "project": "30005", "name": "李桂兰", "id_number": _id_number()}


async def _asked(scene: Scene, who: Staff, method: str, path: str, **options: Any) -> Any:
    answer = await (await scene.visitor(who)).ask(method, path, **options)
    assert answer.status < 300, answer.body
    return answer.json


async def _begun(scene: Scene) -> dict[str, Any]:
    detail = await _asked(scene, SURVEYOR, "POST", SURVEYS, json=_household())
    return dict(detail["survey"])


async def _filled(scene: Scene) -> dict[str, Any]:
    """A form with nothing missing, its pictures uploaded by the surveyor."""
    pictures = {}
    for name in ("photos", "signatures"):
        pictures[name] = [(await _asked(scene, SURVEYOR, "POST", "/api/v1/files", data=form(picture())))["id"]]
    return {
        "result": "changed",
        "handling": "report",
        "visited_at": scene.hub.clock.now().isoformat(),
        "spot": "家中",
        "investigators": ["杨帆", "刘洋"],
        **pictures,
    }


async def _draft_body(scene: Scene) -> dict[str, Any]:
    return {"revision": 1, "saved_at": scene.hub.clock.now().isoformat(), "form": await _filled(scene)}


async def _saved(scene: Scene) -> tuple[dict[str, Any], dict[str, Any]]:
    """A survey and its draft."""
    survey, draft = await _begun(scene), new_id(scene.hub.clock)
    path = f"{SURVEYS}/{survey['id']}/drafts/{draft}"
    saved = await _asked(scene, SURVEYOR, "PUT", path, json=await _draft_body(scene))
    return survey, saved["draft"]


async def _submitted(scene: Scene) -> dict[str, Any]:
    survey, draft = await _saved(scene)
    body = {"draft": draft["id"], "revision": 1}
    return dict(await _asked(scene, SURVEYOR, "POST", f"{SURVEYS}/{survey['id']}/submit", json=body))


def _guarded(survey: Mapping[str, Any], body: Any, **path: str) -> Question:
    return Question(path={"id": survey["id"], **path}, json=body, guards=("survey.surveys", survey["id"]))


async def listed(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=(await _begun(scene))["id"])


async def begin(scene: Scene) -> Question:
    return Question(json=_household())


async def search(scene: Scene) -> Question:
    body = _household()
    detail = await _asked(scene, SURVEYOR, "POST", SURVEYS, json=body)
    return Question(json={"id_number": body["id_number"]}, shows=detail["survey"]["id"])


async def one(scene: Scene) -> Question:
    id = (await _begun(scene))["id"]
    return Question(path={"id": id}, shows=id)


async def person(scene: Scene) -> Question:
    return Question(path={"id": (await _begun(scene))["id"]}, json={"reason": "现场核对身份证"}, shows="李桂兰")


async def photo(scene: Scene) -> Question:
    detail = await _submitted(scene)
    return Question(path={"id": detail["survey"]["id"], "file": detail["records"][0]["photos"][0]})


async def save_draft(scene: Scene) -> Question:
    return _guarded(await _begun(scene), await _draft_body(scene), draft=new_id(scene.hub.clock))


async def draft(scene: Scene) -> Question:
    survey, saved = await _saved(scene)
    return Question(path={"id": survey["id"], "draft": saved["id"]}, shows=saved["id"])


async def delete_draft(scene: Scene) -> Question:
    survey, saved = await _saved(scene)
    return Question(path={"id": survey["id"], "draft": saved["id"]}, guards=("survey.drafts", saved["id"]))


async def drafts(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=(await _saved(scene))[1]["id"])


async def submit(scene: Scene) -> Question:
    survey, saved = await _saved(scene)
    return _guarded(survey, {"draft": saved["id"], "revision": 1})


async def correct(scene: Scene) -> Question:
    detail, again = await _submitted(scene), new_id(scene.hub.clock)
    survey = detail["survey"]
    path = f"{SURVEYS}/{survey['id']}/drafts/{again}"
    await _asked(scene, SURVEYOR, "PUT", path, json=await _draft_body(scene))
    return _guarded(survey, {"draft": again, "revision": 1, "replaces": detail["records"][0]["id"], "reason": "看错了"})


async def send_back(scene: Scene) -> Question:
    survey = (await _submitted(scene))["survey"]
    return _guarded(survey, {"version": survey["version"], "reason": "照片不清楚"})


async def archive(scene: Scene) -> Question:
    survey = (await _submitted(scene))["survey"]
    return _guarded(survey, {"version": survey["version"]})


async def follow_up(scene: Scene) -> Question:
    survey = (await _submitted(scene))["survey"]
    path = f"/api/v1/{JUXIAN}/survey/surveys/{survey['id']}/archive"
    archived = (await _asked(scene, TOWN, "POST", path, json={"version": survey["version"]}))["survey"]
    return _guarded(survey, {"version": archived["version"], "reason": "已上报"})


ROUTE = "/api/v1/{place}/survey"

SAMPLES: Mapping[str, Sample] = {
    f"GET {ROUTE}/todo": Sample(SURVEYOR, listed, VILLAGE, bureaus=True),
    f"GET {ROUTE}/todo/count": Sample(
        SURVEYOR, constantly(Question(shows='"todo"')), VILLAGE, only_guests=True, refusals=REFUSED
    ),
    f"GET {ROUTE}/drafts": Sample(SURVEYOR, drafts, VILLAGE, bureaus=True),
    # From another county it is no village of theirs.
    f"POST {ROUTE}/surveys": Sample(SURVEYOR, begin, VILLAGE, bureaus=True, refusals=REFUSED | {422}),
    f"GET {ROUTE}/surveys": Sample(TOWN, listed, bureaus=True),
    f"POST {ROUTE}/surveys/search": Sample(TOWN, search, bureaus=True),
    f"GET {ROUTE}/surveys/{{id}}": Sample(TOWN, one, bureaus=True),
    f"POST {ROUTE}/surveys/{{id}}/person": Sample(SURVEYOR, person, VILLAGE, bureaus=True),
    f"GET {ROUTE}/surveys/{{id}}/files/{{file}}": Sample(TOWN, photo, bureaus=True),
    f"PUT {ROUTE}/surveys/{{id}}/drafts/{{draft}}": Sample(SURVEYOR, save_draft, VILLAGE, bureaus=True),
    f"GET {ROUTE}/surveys/{{id}}/drafts/{{draft}}": Sample(SURVEYOR, draft, VILLAGE, bureaus=True),
    f"DELETE {ROUTE}/surveys/{{id}}/drafts/{{draft}}": Sample(SURVEYOR, delete_draft, VILLAGE, bureaus=True),
    f"POST {ROUTE}/surveys/{{id}}/submit": Sample(SURVEYOR, submit, VILLAGE, bureaus=True),
    f"POST {ROUTE}/surveys/{{id}}/correct": Sample(SURVEYOR, correct, VILLAGE, bureaus=True),
    f"POST {ROUTE}/surveys/{{id}}/return": Sample(TOWN, send_back, bureaus=True),
    f"POST {ROUTE}/surveys/{{id}}/archive": Sample(TOWN, archive, bureaus=True),
    f"POST {ROUTE}/surveys/{{id}}/followup": Sample(BUREAU, follow_up, ANJU, bureaus=True),
    # Whoever may export gets their own; a packed table does not show whose it is: tests/survey/test_reading.py does.
    f"POST {ROUTE}/export": Sample(TOWN, constantly(Question(json={"reason": "汇总"})), only_guests=True),
}
