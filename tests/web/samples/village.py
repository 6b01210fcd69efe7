"""村村响: a resident's own village, what they follow, and what the village's handler has read aloud."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from hub.api import HistoryLine
from hub.store.database import to_milliseconds
from plugins.village.documents import Entry, Follow, Reading
from tests.web.conftest import picture
from tests.web.samples import publicity
from tests.web.samples.core import APPLICANT
from tests.web.scope import REFUSED, Question, Sample, Scene, Staff
from tests.web.test_files import form
from tests.world import ANJU, VILLAGE

READER = Staff("handler", VILLAGE)
# At a county one is sent to a village first; at a village of one's own nothing hangs.
ELSEWHERE = REFUSED | {400, 409}


async def _store(scene: Scene, collection: str, document: Any) -> None:
    placed = {"path": list(scene.hub.places.tree[document.place].path), "county": ANJU}
    now = to_milliseconds(scene.hub.clock.now())
    row = scene.hub.database.encode(document) | placed | {"created_at": now}
    await scene.hub.database[collection].replace_one({"_id": document.id}, row, upsert=True)


async def entry(scene: Scene) -> Entry:
    """One person of the village stands in a publicity that is open."""
    row = await publicity._row(scene)
    made = Entry(
        id=f"{row.publicity}:{VILLAGE}",
        place=VILLAGE,
        publicity=row.publicity,
        kind="case",
        number=f"{ANJU}-2026-G0012",
        project=row.project,
        short="高龄津贴",
        label="乡镇公示",
        period="",
        batch="",
        sensitive=False,
        year=scene.hub.clock.now().year,
        people=1,
        started_at=to_milliseconds(scene.hub.clock.now()),
    )
    await _store(scene, "village.entries", made)
    return made


async def looking(scene: Scene) -> Question:
    return Question(shows=(await entry(scene)).publicity)


async def of_project(scene: Scene) -> Question:
    made = await entry(scene)
    return Question(path={"project": made.project}, shows=made.publicity)


async def followed(scene: Scene) -> Question:
    """王建国 follows the village."""
    person = (await scene.visitor(APPLICANT)).person or ""
    mine = Follow(id="followed", place=VILLAGE, person=person)
    await _store(scene, "village.follows", mine)
    return Question(guards=("village.follows", mine.id))


async def follows(scene: Scene) -> Question:
    await followed(scene)
    return Question(shows=VILLAGE)


async def following(scene: Scene) -> Question:
    """Nobody follows it yet."""
    await scene.hub.database["village.follows"].delete_many({})
    return Question()


async def reading(scene: Scene, *photos: str) -> Reading:
    now = to_milliseconds(scene.hub.clock.now())
    line = HistoryLine(at=now, move="log", label="登记播报", unit="", handler="周敏", person="somebody")
    id = uuid4().hex
    common = {"place": VILLAGE, "number": f"{ANJU}-2026-L{id[:6]}", "state": "logged", "acts": (line,), "read_at": now}
    made = Reading(id=id, text=("各位乡亲，下面播报正在公示的补贴。",), publicities=1, photos=photos, **common)
    await _store(scene, "village.readings", made)
    return made


async def readings(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await reading(scene)).id)


async def one_reading(scene: Scene) -> Question:
    made = await reading(scene)
    return Question(path={"id": made.id}, shows=made.number)


async def logging(scene: Scene) -> Question:
    """With a photo of the one who notes it."""
    await entry(scene)
    answer = await (await scene.visitor(READER)).ask("POST", "/api/v1/files", data=form(picture()))
    assert answer.status == 201, answer.body
    return Question(json={"read_at": scene.hub.clock.now().isoformat(), "photos": [answer.json["id"]]})


async def photo(scene: Scene) -> Question:
    question, visitor = await logging(scene), await scene.visitor(READER)
    answer = await visitor.post(f"/api/v1/{VILLAGE}/village/readings", question.json)
    assert answer.status == 201, answer.body
    return Question(path={"id": answer.json["id"], "file": question.json["photos"][0]})


async def withdrawing(scene: Scene) -> Question:
    made = await reading(scene)
    body = {"version": made.version, "reason": "选错了村"}
    return Question(path={"id": made.id}, json=body, guards=("village.readings", made.id))


async def script(scene: Scene) -> Question:
    await entry(scene)
    return Question(shows="各位乡亲")


P = "/api/v1/{place}/village"
# What hangs in a village is for all who live there: whose village it may be is tried in tests/village.
SAMPLES: Mapping[str, Sample] = {
    f"GET {P}": Sample(APPLICANT, looking, VILLAGE, only_guests=True),
    f"GET {P}/projects/{{project}}": Sample(APPLICANT, of_project, VILLAGE, only_guests=True),
    f"GET {P}/follows": Sample(APPLICANT, follows, VILLAGE),
    f"POST {P}/follows": Sample(APPLICANT, following, VILLAGE, only_guests=True),
    f"DELETE {P}/follows": Sample(APPLICANT, followed, VILLAGE),
    f"GET {P}/script": Sample(READER, script, VILLAGE, refusals=ELSEWHERE),
    f"GET {P}/readings": Sample(READER, readings, VILLAGE),
    f"POST {P}/readings": Sample(READER, logging, VILLAGE, refusals=ELSEWHERE),
    f"GET {P}/readings/{{id}}": Sample(READER, one_reading, VILLAGE),
    f"POST {P}/readings/{{id}}/withdraw": Sample(READER, withdrawing, VILLAGE),
    f"GET {P}/readings/{{id}}/photos/{{file}}": Sample(READER, photo, VILLAGE),
}
