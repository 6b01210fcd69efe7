"""拦截信息确认: somebody on a list is met by a surveyor in 万古桥村; the bureau confirms, 纪委 reviews."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import FormData

from hub.api import IdNumberText
from tests.waiting import until
from tests.web.samples.core import _id_number, constantly
from tests.web.scope import Question, Sample, Scene, Staff
from tests.world import ANJU, VILLAGE

SURVEYOR = Staff("handler", VILLAGE, node="survey")
CLERK = Staff("handler", ANJU, "民政局", "interception")
SECOND = Staff("handler", ANJU, "民政局")
DISCIPLINE = Staff("discipline", ANJU)
LEADER = Staff("leader", ANJU, "民政局")
BASE = f"/api/v1/{ANJU}/interception"

Ask = Callable[[Scene], Awaitable[Question]]


async def _asked(scene: Scene, who: Staff, method: str, path: str, **options: Any) -> Any:
    answer = await (await scene.visitor(who)).ask(method, path, **options)
    assert answer.status < 300, answer.body
    return answer.json


def _table(number: str = "") -> FormData:
    form = FormData()
    form.add_field("file", f"姓名,身份证号\n李桂兰,{number or _id_number()}".encode(), filename="list.csv")
    return form


async def _listed(scene: Scene, number: str = "", kind: str = "death") -> str:
    """A list that has been read to its end."""
    while True:
        visitor = await scene.visitor(DISCIPLINE)
        answer = await visitor.ask("POST", f"{BASE}/lists?kind={kind}", data=_table(number))
        if answer.status != 409:  # Another test's list of this kind is being read.
            break
        await asyncio.sleep(0.05)
    assert answer.status == 202, answer.body
    id = str(answer.json["id"])
    while (await _asked(scene, DISCIPLINE, "GET", f"{BASE}/lists/{id}"))["state"] != "done":
        await asyncio.sleep(0.02)
    return id


async def _found(scene: Scene, kind: str = "death", project: str = "30005") -> dict[str, Any]:
    """A hit that waits for the bureau."""
    number = _id_number()
    await _listed(scene, number, kind)
    household = {"place": VILLAGE, "project": project, "name": "李桂兰", "id_number": number}
    await _asked(scene, SURVEYOR, "POST", f"/api/v1/{VILLAGE}/survey/surveys", json=household)
    # Looking is limited to so often an hour: it is looked up once, when it is there.
    there = {"identity.id_number.b": scene.hub.database.blind(IdNumberText(number)), "state": "waiting"}
    await until(lambda: scene.hub.database["interception.hits"].find_one(there))
    page = await _asked(scene, DISCIPLINE, "POST", f"{BASE}/hits/search", json={"id_number": number})
    return {**page["items"][0], "id_number": number}


async def _moved(scene: Scene, who: Staff, hit: Mapping[str, Any], move: str, **body: Any) -> dict[str, Any]:
    given = {"version": hit["version"], "reason": "已核实", **body}
    detail = await _asked(scene, who, "POST", f"{BASE}/hits/{hit['id']}/{move}", json=given)
    return {**hit, **detail["hit"]}


def _guarded(hit: Mapping[str, Any], **body: Any) -> Question:
    given = {"version": hit["version"], "reason": "已核实", **body}
    return Question(path={"id": hit["id"]}, json=given, guards=("interception.hits", hit["id"]))


async def hits(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=(await _found(scene))["id"])


async def search(scene: Scene) -> Question:
    hit = await _found(scene)
    return Question(json={"id_number": hit["id_number"]}, shows=hit["id"])


async def one(scene: Scene) -> Question:
    id = (await _found(scene))["id"]
    return Question(path={"id": id}, shows=id)


async def evidence(scene: Scene) -> Question:
    return Question(path={"id": (await _found(scene))["id"]}, json={"reason": "核实"}, shows="李桂兰")


async def confirm(scene: Scene) -> Question:
    return _guarded(await _found(scene), recover="100.00")


async def note(scene: Scene) -> Question:
    return _guarded(await _found(scene, "cadres", "30001"))


async def propose(scene: Scene) -> Question:
    return _guarded(await _found(scene), evidence="派出所证明")


async def second(scene: Scene) -> Question:
    return _guarded(await _moved(scene, CLERK, await _found(scene), "propose", evidence="派出所证明"))


async def review(scene: Scene) -> Question:
    return _guarded(await _moved(scene, CLERK, await _found(scene), "confirm"))


async def archive(scene: Scene) -> Question:
    confirmed = await _moved(scene, CLERK, await _found(scene), "confirm")
    return _guarded(await _moved(scene, DISCIPLINE, confirmed, "review"))


async def _recovery(scene: Scene) -> dict[str, Any]:
    hit = await _moved(scene, CLERK, await _found(scene), "confirm", recover="100.00")
    page = await _asked(scene, CLERK, "GET", f"{BASE}/recoveries?state=open&limit=200")
    return dict(next(each for each in page["items"] if each["hit"] == hit["id"]))


async def recoveries(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=(await _recovery(scene))["id"])


async def recovery(scene: Scene) -> Question:
    id = (await _recovery(scene))["id"]
    return Question(path={"id": id}, shows=id)


async def recovered(scene: Scene) -> Question:
    return _closing(await _recovery(scene), amount="100.00")


async def waive(scene: Scene) -> Question:
    return _closing(await _recovery(scene))


def _closing(found: Mapping[str, Any], **body: Any) -> Question:
    given = {"version": found["version"], "reason": "已核实", **body}
    return Question(path={"id": found["id"]}, json=given, guards=("interception.recoveries", found["id"]))


async def bring(scene: Scene) -> Question:
    return Question(query="?kind=moved_out", form=_table)


async def lists(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=await _listed(scene))


async def one_list(scene: Scene) -> Question:
    id = await _listed(scene)
    return Question(path={"id": id}, shows=id)


async def rejects(scene: Scene) -> Question:
    id = await _listed(scene, "1")
    return Question(path={"id": id}, shows='"line"')


ROUTE = "/api/v1/{place}/interception"

SAMPLES: Mapping[str, Sample] = {
    f"GET {ROUTE}/hits": Sample(CLERK, hits, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/search": Sample(CLERK, search, ANJU, bureaus=True),
    f"GET {ROUTE}/hits/{{id}}": Sample(CLERK, one, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/{{id}}/evidence": Sample(CLERK, evidence, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/{{id}}/confirm": Sample(CLERK, confirm, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/{{id}}/note": Sample(CLERK, note, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/{{id}}/propose": Sample(CLERK, propose, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/{{id}}/clear": Sample(SECOND, second, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/{{id}}/reject": Sample(SECOND, second, ANJU, bureaus=True),
    f"POST {ROUTE}/hits/{{id}}/review": Sample(DISCIPLINE, review, ANJU),
    f"POST {ROUTE}/hits/{{id}}/return": Sample(DISCIPLINE, review, ANJU),
    f"POST {ROUTE}/hits/{{id}}/archive": Sample(DISCIPLINE, archive, ANJU),
    f"GET {ROUTE}/entries": Sample(CLERK, hits, ANJU, bureaus=True),
    f"POST {ROUTE}/entries/search": Sample(CLERK, search, ANJU, bureaus=True),
    f"GET {ROUTE}/recoveries": Sample(CLERK, recoveries, ANJU, bureaus=True),
    f"GET {ROUTE}/recoveries/{{id}}": Sample(CLERK, recovery, ANJU, bureaus=True),
    f"POST {ROUTE}/recoveries/{{id}}/recovered": Sample(CLERK, recovered, ANJU, bureaus=True),
    f"POST {ROUTE}/recoveries/{{id}}/waive": Sample(CLERK, waive, ANJU, bureaus=True),
    f"GET {ROUTE}/lists": Sample(DISCIPLINE, lists, ANJU),
    f"GET {ROUTE}/lists/{{id}}": Sample(DISCIPLINE, one_list, ANJU),
    f"GET {ROUTE}/lists/{{id}}/rejects": Sample(DISCIPLINE, rejects, ANJU),
    # Of another county it is their own list.
    f"POST {ROUTE}/lists": Sample(DISCIPLINE, bring, ANJU, only_guests=True),
    # Numbers alone, each within the asker's own reach: tests/interception/test_reading.py counts them.
    f"GET {ROUTE}/statistics": Sample(LEADER, constantly(Question(shows='"total"')), ANJU, only_guests=True),
    # Whoever may export gets their own; a packed table does not show whose it is: tests/interception/test_reading.py does.
    f"POST {ROUTE}/export": Sample(CLERK, constantly(Question(json={"reason": "汇总"})), ANJU, only_guests=True),
    # The same for every county.
    f"GET {ROUTE}/rules": Sample(CLERK, constantly(Question(shows="R01")), ANJU, only_guests=True),
    f"GET {ROUTE}/kinds": Sample(DISCIPLINE, constantly(Question(shows="death")), ANJU, only_guests=True),
    f"GET {ROUTE}/templates/{{kind}}": Sample(
        DISCIPLINE, constantly(Question(path={"kind": "death"})), ANJU, only_guests=True
    ),
}
