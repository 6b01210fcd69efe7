"""项目目录: a project of one's own to ask each route for, so that nobody else's catalogue is changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any

from tests.web.samples.core import OLD_AGE, OPS
from tests.web.scope import REFUSED, Question, Sample, Scene
from tests.world import ANJU

CATALOGUE = f"/api/v1/{ANJU}/declaration/catalogue"
ROUTE = "/api/v1/{place}/declaration/catalogue"
ONE = f"{ROUTE}/{{code}}"
WHY = {"why": "试验"}
ITEMS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "about": ("/about", {"name": "试验项目", "short": "试验", "bureau": "民政局"}),
    "handling": ("/handling", {"cycle": "year"}),
    "chain": ("/lists/chain/{number}", {"node": "accept", "days": 5}),
    "questions": ("/lists/questions/{number}", {"key": "area", "label": "面积", "type": "decimal"}),
    "materials": ("/lists/materials/{number}", {"key": "id_card", "label": "居民身份证"}),
    "categories": ("/lists/categories/{number}", {"key": "general", "label": "一般人员"}),
    "windows": ("/lists/windows/{number}", {"from": "01-01", "to": "12-31"}),
    "advisers": ("/lists/advisers/{number}", {"name": "覃玉梅", "phone": "0825-0001003"}),
}
_NUMBERS = count(1)


def _new() -> Mapping[str, Any]:
    code = f"T{next(_NUMBERS):04}"
    return {"code": code, "name": f"试验项目{code}", "short": "试验", "bureau": "民政局", "like": OLD_AGE}


async def _done(scene: Scene, path: str, body: Any) -> Any:
    answer = await (await scene.visitor(OPS)).ask("POST", f"{CATALOGUE}{path}", json=body)
    assert answer.status < 300, answer.body
    return answer.json


async def draft(scene: Scene) -> tuple[str, str]:
    """The code of a project that is not published yet, and the mark of what was seen."""
    made = await _done(scene, "", _new())
    return made["id"], made["seen"]


async def published(scene: Scene) -> tuple[str, str]:
    """The code of a project that the county has published by itself, and the mark of what was seen."""
    code, seen = await draft(scene)
    made = await _done(scene, f"/{code}/publish", {**WHY, "seen": seen})
    return code, made["seen"]


async def own(scene: Scene) -> tuple[str, str]:
    """The county's own terms of a project that the city has."""
    visitor = await scene.visitor(OPS)
    known = (await visitor.ask("GET", f"{CATALOGUE}/20001")).json
    if known["own"]:
        return "20001", known["seen"]
    item = {**known["terms"]["about"], "standard": "本县标准"}
    answer = await visitor.ask("PUT", f"{CATALOGUE}/20001/about", json={"item": item, "seen": known["seen"]})
    assert answer.status == 200, answer.body
    body = {**WHY, "seen": answer.json["seen"]}
    return "20001", (await _done(scene, "/20001/publish", body))["seen"]


async def listed(scene: Scene) -> Question:
    code, _ = await draft(scene)
    return Question(query="?limit=200", shows=code)


async def creating(scene: Scene) -> Question:
    return Question(json=_new())


async def one(scene: Scene) -> Question:
    code, _ = await draft(scene)
    return Question(path={"code": code}, shows=f"试验项目{code}")


def of_draft(**path: str) -> Callable[[Scene], Awaitable[Question]]:
    """What says what was seen."""

    async def ask(scene: Scene) -> Question:
        code, seen = await draft(scene)
        guards = ("declaration.revisions", f"{ANJU}:{code}")
        return Question(path={"code": code, **path}, json={"seen": seen}, guards=guards)

    return ask


def item(name: str) -> Callable[[Scene], Awaitable[Question]]:
    async def ask(scene: Scene) -> Question:
        question = await of_draft(number="0")(scene)
        path = dict(question.path) if "{number}" in ITEMS[name][0] else {"code": question.path["code"]}
        return Question(path=path, json={**question.json, "item": ITEMS[name][1]}, guards=question.guards)

    return ask


async def publishing(scene: Scene) -> Question:
    code, seen = await draft(scene)
    return Question(path={"code": code}, json={**WHY, "seen": seen})


async def trying(scene: Scene) -> Question:
    code, _ = await draft(scene)
    return Question(path={"code": code}, json={"answers": {}})


async def withdrawing(scene: Scene) -> Question:
    code, seen = await published(scene)
    return Question(path={"code": code}, json={**WHY, "seen": seen}, guards=("declaration.projects", f"{ANJU}:{code}"))


async def resuming(scene: Scene) -> Question:
    code, seen = await published(scene)
    seen = (await _done(scene, f"/{code}/withdraw", {**WHY, "seen": seen}))["seen"]
    return Question(path={"code": code}, json={**WHY, "seen": seen}, guards=("declaration.projects", f"{ANJU}:{code}"))


async def following(scene: Scene) -> Question:
    code, seen = await own(scene)
    return Question(path={"code": code}, json={**WHY, "seen": seen}, guards=("declaration.projects", f"{ANJU}:{code}"))


async def editions(scene: Scene) -> Question:
    code, _ = await published(scene)
    return Question(path={"code": code}, shows=WHY["why"])


async def edition(scene: Scene) -> Question:
    code, _ = await published(scene)
    return Question(path={"code": code, "number": "1"}, shows=f"试验项目{code}")


async def restoring(scene: Scene) -> Question:
    code, seen = await published(scene)
    return Question(path={"code": code, "number": "1"}, json={"seen": seen})


def _sample(ask: Callable[[Scene], Awaitable[Question]]) -> Sample:
    return Sample(OPS, ask, ANJU, refusals=REFUSED | {409})


SAMPLES: Mapping[str, Sample] = {
    f"GET {ROUTE}": _sample(listed),
    # Who may do so at another county makes one there.
    f"POST {ROUTE}": Sample(OPS, creating, ANJU, only_guests=True),
    f"GET {ONE}": _sample(one),
    **{f"PUT {ONE}{path}": _sample(item(name)) for name, (path, _) in ITEMS.items()},
    f"POST {ONE}/lists/{{group}}/{{number}}/remove": _sample(of_draft(group="materials", number="1")),
    f"POST {ONE}/lists/{{group}}/{{number}}/move": _sample(of_draft(group="materials", number="1")),
    f"POST {ONE}/try": _sample(trying),
    f"POST {ONE}/discard": _sample(of_draft()),
    f"POST {ONE}/publish": _sample(publishing),
    f"POST {ONE}/withdraw": _sample(withdrawing),
    f"POST {ONE}/resume": _sample(resuming),
    f"POST {ONE}/follow-city": _sample(following),
    f"GET {ONE}/editions": _sample(editions),
    f"GET {ONE}/editions/{{number}}": _sample(edition),
    f"POST {ONE}/editions/{{number}}/restore": _sample(restoring),
}
