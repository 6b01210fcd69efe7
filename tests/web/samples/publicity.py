"""阳光公示: what everybody may read, and the 公示栏 of a town's publicity clerk."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from msgspec.structs import replace

from hub.api import Identity, IdNumberText, Limit, Secret, shanghai
from hub.store.database import to_milliseconds
from plugins.publicity.documents import Face, Publicity, Row, Standing
from tests.web.conftest import picture
from tests.web.samples.core import Ask
from tests.web.scope import Question, Sample, Scene, Staff
from tests.web.test_files import form
from tests.world import ANJU, JUXIAN, VILLAGE

CLERK = Staff("handler", JUXIAN, "民政局", "publicity_town")

OPEN: Mapping[str, str] = {
    "GET /api/v1/{place}/publicity/notices": "a publicity is for everybody to read",
    "GET /api/v1/{place}/publicity/notices/{id}": "a publicity is for everybody to read",
    "GET /api/v1/{place}/publicity/notices/{id}/rows": "masked, and only while it runs",
    "POST /api/v1/{place}/publicity/notices/{id}/views": "counts that somebody has opened it",
}


async def _store(scene: Scene, collection: str, document: Any) -> Any:
    """As the plugin would have stored it; how it comes to be is tested with the plugin."""
    path = scene.hub.places.tree[document.place].path
    now = to_milliseconds(scene.hub.clock.now())
    placed = replace(document, path=path, county=ANJU, created_at=now)
    await scene.hub.database[collection].insert_one(scene.hub.database.encode(placed))
    return placed


async def _publicity(scene: Scene, state: str, phase: Any) -> Publicity:
    now = to_milliseconds(scene.hub.clock.now())
    started = None if state == "preparing" else now - timedelta(days=10)
    ends_at = None if started is None else now + timedelta(days=9 if state == "running" else -1)
    id = uuid4().hex
    publicity = Publicity(
        id=id,
        place=JUXIAN,
        number=f"{ANJU}-2026-G{id[:6]}",
        kind="case",
        title="聚贤镇高龄津贴乡镇公示",
        # One waits at a time, per project.
        project=id,
        short="高龄津贴",
        bureau="民政局",
        sensitive=False,
        node="publicity_town",
        label="乡镇公示",
        unit="安居区聚贤镇民政局",
        least=Limit(5, "calendar"),
        limit=Limit(5, "calendar"),
        state=state,
        rows=1,
        shown=0 if state == "preparing" else 1,
        started_at=started,
        ends_at=ends_at,
    )
    await _store(scene, "publicity.standings", Standing(id=id, place=JUXIAN, phase=phase))
    stored: Publicity = await _store(scene, "publicity.publicities", publicity)
    return stored


async def _row(scene: Scene, state: str = "running", phase: str = "open") -> Row:
    publicity = await _publicity(scene, state, phase)
    name, number = Secret("李桂兰"), IdNumberText("510904194403150023")
    row = Row(
        id=uuid4().hex,
        place=VILLAGE,
        publicity=publicity.id,
        serial=1,
        kind="case",
        about=uuid4().hex,
        round=3,
        project=publicity.project,
        short="高龄津贴",
        bureau="民政局",
        sensitive=False,
        identity=Identity(name=name, id_number=number, region=VILLAGE),
        face=None if state == "preparing" else Face(name="李*兰", village="万古桥村"),
        state="waiting" if state == "preparing" else "shown",
    )
    stored: Row = await _store(scene, "publicity.rows", row)
    return stored


async def board(scene: Scene) -> Question:
    id = (await _row(scene)).publicity
    return Question(path={"id": id}, shows=id)


async def boards(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await _row(scene)).publicity)


async def board_rows(scene: Scene) -> Question:
    row = await _row(scene)
    return Question(path={"id": row.publicity}, shows=row.id)


def change(state: str, phase: str, **more: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        row = await _row(scene, state, phase)
        body = {"version": 1, **more}
        return Question(path={"id": row.publicity}, json=body, guards=("publicity.publicities", row.publicity))

    return ask


async def return_row(scene: Scene) -> Question:
    row = await _row(scene, "preparing", "preparing")
    body = {"version": 1, "reason": "年龄不符"}
    return Question(path={"id": row.publicity, "row": row.id}, json=body, guards=("publicity.rows", row.id))


async def table(scene: Scene) -> Question:
    return Question(path={"id": (await _row(scene)).publicity}, json={"reason": "村务公开栏张贴"})


async def hang(scene: Scene, state: str = "running") -> Question:
    """With a picture of the one who hangs it up."""
    row, visitor = await _row(scene, state), await scene.visitor(CLERK)
    answer = await visitor.ask("POST", "/api/v1/files", data=form(picture()))
    assert answer.status == 201, answer.body
    body = {"version": 1, "day": shanghai(scene.hub.clock.now()).date().isoformat(), "photos": [answer.json["id"]]}
    return Question(path={"id": row.publicity}, json=body, guards=("publicity.publicities", row.publicity))


async def hangs_at_end(scene: Scene) -> Question:
    return await hang(scene, "due")


async def photo(scene: Scene) -> Question:
    question, visitor = await hang(scene), await scene.visitor(CLERK)
    path = f"/api/v1/{JUXIAN}/publicity/board/{question.path['id']}/put-up"
    answer = await visitor.post(path, question.json)
    assert answer.status == 200, answer.body
    return Question(path={**question.path, "file": question.json["photos"][0]})


SAMPLES: Mapping[str, Sample] = {
    "GET /api/v1/{place}/publicity/board": Sample(CLERK, boards, bureaus=True),
    "GET /api/v1/{place}/publicity/board/{id}": Sample(CLERK, board, bureaus=True),
    "GET /api/v1/{place}/publicity/board/{id}/rows": Sample(CLERK, board_rows, bureaus=True),
    "POST /api/v1/{place}/publicity/board/{id}/start": Sample(CLERK, change("preparing", "preparing"), bureaus=True),
    "POST /api/v1/{place}/publicity/board/{id}/extend": Sample(
        CLERK, change("running", "open", days=20, reason="群众要求"), bureaus=True
    ),
    "POST /api/v1/{place}/publicity/board/{id}/end": Sample(
        CLERK, change("running", "open", reason="名单有误"), bureaus=True
    ),
    "POST /api/v1/{place}/publicity/board/{id}/republish": Sample(CLERK, change("ended", "over"), bureaus=True),
    "POST /api/v1/{place}/publicity/board/{id}/confirm": Sample(CLERK, change("due", "open"), bureaus=True),
    "POST /api/v1/{place}/publicity/board/{id}/rows/{row}/return": Sample(CLERK, return_row, bureaus=True),
    "POST /api/v1/{place}/publicity/board/{id}/put-up": Sample(CLERK, hang, bureaus=True),
    "POST /api/v1/{place}/publicity/board/{id}/at-end": Sample(CLERK, hangs_at_end, bureaus=True),
    "GET /api/v1/{place}/publicity/board/{id}/photos/{file}": Sample(CLERK, photo, bureaus=True),
    "POST /api/v1/{place}/publicity/board/{id}/export": Sample(CLERK, table, bureaus=True),
}
