"""A request that is sent twice is done once."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest

from hub.web.application import builtin_plugins
from hub.web.idempotency import LARGE, digest_of
from hub.web.settings import WebSettings
from hub.words.contributions import Upload
from tests.web.small import SmallHub, Visitor
from tests.world import ANJU, JUXIAN

NOTES = f"/api/v1/{JUXIAN}/notes/notes"


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def test_a_repeat_is_answered_with_the_object(hub: SmallHub, key: dict[str, str]) -> None:
    handler, text = await hub.handler(JUXIAN), uuid4().hex[:20]

    first = await handler.post(NOTES, {"text": text}, headers=key)
    second = await handler.post(NOTES, {"text": text}, headers=key)

    assert (first.status, second.status) == (201, 201)
    assert second.json == first.json
    assert ("Idempotency-Replayed" in first.headers, second.headers["Idempotency-Replayed"]) == (False, "true")
    assert await hub.world.database["notes.all"].count_documents({"text": text}) == 1


async def test_two_at_once_are_one(hub: SmallHub, key: dict[str, str]) -> None:
    """One wins, all others get the same answer; one document, one event, one key."""
    handler, text = await hub.handler(JUXIAN), uuid4().hex[:20]

    answers = await asyncio.gather(*(handler.post(NOTES, {"text": text}, headers=key) for _ in range(8)))

    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert await hub.world.database["notes.all"].count_documents({"text": text}) == 1
    assert await hub.world.database["events"].count_documents({"data.note": answers[0].json["id"]}) == 1


@pytest.mark.parametrize("what", ["body", "path"])
async def test_the_same_key_with_something_else_is_refused(hub: SmallHub, key: dict[str, str], what: str) -> None:
    handler = await hub.handler(ANJU)
    await handler.post(f"/api/v1/{ANJU}/notes/notes", {"text": "一"}, headers=key)

    place, text = (ANJU, "二") if what == "body" else (JUXIAN, "一")
    answer = await handler.post(f"/api/v1/{place}/notes/notes", {"text": text}, headers=key)

    assert (answer.status, answer.error["code"]) == (409, "idempotency_key_reused")


async def test_two_people_may_choose_the_same_key(hub: SmallHub, key: dict[str, str]) -> None:
    first, second = await hub.handler(JUXIAN), await hub.handler(ANJU)

    answers = [await visitor.post(NOTES, {"text": "同"}, headers=key) for visitor in (first, second)]

    assert answers[0].json["id"] != answers[1].json["id"]


async def test_a_refused_request_may_be_mended_and_sent_again(hub: SmallHub, key: dict[str, str]) -> None:
    """A refusal rolls the key back with everything else."""
    handler = await hub.handler(JUXIAN)

    refused = await handler.post(f"/api/v1/{JUXIAN}/notes/refuse", headers=key)
    again = await handler.post(f"/api/v1/{JUXIAN}/notes/refuse", headers=key)

    assert (refused.status, again.status) == (400, 400)
    assert await hub.world.database["notes.all"].count_documents({"text": "half"}) == 0


async def test_a_repeated_change_shows_the_object_of_today(hub: SmallHub, key: dict[str, str]) -> None:
    handler = await hub.handler(JUXIAN)
    made = await handler.post(NOTES, {"text": "旧"})
    path = f"{NOTES}/{made.json['id']}"
    await handler.ask("PATCH", path, json={"text": "新"}, headers=key)

    repeated = await handler.ask("PATCH", path, json={"text": "新"}, headers=key)

    assert repeated.json == {"id": made.json["id"], "text": "新", "version": 2}


async def test_a_repeated_removal_stays_204(hub: SmallHub, key: dict[str, str]) -> None:
    handler = await hub.handler(JUXIAN)
    made = await handler.post(NOTES, {"text": "去"})
    path = f"{NOTES}/{made.json['id']}"

    answers = [await handler.ask("DELETE", path, headers=key) for _ in range(2)]

    assert [answer.status for answer in answers] == [204, 204]


async def test_a_repeat_whose_object_is_gone_gets_the_first_answer(hub: SmallHub, key: dict[str, str]) -> None:
    handler = await hub.handler(JUXIAN)
    made = await handler.post(NOTES, {"text": "短"}, headers=key)
    await handler.ask("DELETE", f"{NOTES}/{made.json['id']}")

    repeated = await handler.post(NOTES, {"text": "短"}, headers=key)

    assert (repeated.status, repeated.json) == (201, made.json)
    assert repeated.headers["Idempotency-Replayed"] == "true"


async def test_a_repeat_without_an_object_gets_the_first_answer(hub: SmallHub, key: dict[str, str]) -> None:
    """Nothing reads a sum again."""
    body = {"name": "张三", "count": 1, "rows": [{"amount": 2}]}

    answers = [await hub.guest.post(f"/api/v1/{ANJU}/trials/fields", body, headers=key) for _ in range(2)]

    assert [(answer.status, answer.json) for answer in answers] == [(200, {"total": 1})] * 2
    assert answers[1].headers["Idempotency-Replayed"] == "true"


async def test_a_repeated_search_looks_again(hub: SmallHub, key: dict[str, str]) -> None:
    """What changes nothing is done anew, with the right of today; nothing of its answer is kept."""
    handler, text = await hub.handler(JUXIAN), uuid4().hex[:20]
    kept = hub.world.database["idempotency"]
    before = await kept.count_documents({})

    found = []
    for _ in range(2):
        found.append(await handler.post(f"{NOTES}/search", {"text": text}, headers=key))
        await handler.post(NOTES, {"text": text})

    assert [len(answer.json["items"]) for answer in found] == [0, 1]
    assert "Idempotency-Replayed" not in found[1].headers
    assert await kept.count_documents({}) == before


@pytest.mark.parametrize("bad", ["short", "x" * 129, "with space in it"])
async def test_a_key_has_a_form(hub: SmallHub, bad: str) -> None:
    handler = await hub.handler(JUXIAN)

    answer = await handler.post(NOTES, {"text": "一"}, headers={"Idempotency-Key": bad})

    assert (answer.status, answer.error["code"]) == (400, "malformed")


async def test_keys_hold_nothing_of_the_body(hub: SmallHub, key: dict[str, str]) -> None:
    handler, text = await hub.handler(JUXIAN), uuid4().hex[:20]
    await handler.post(NOTES, {"text": text}, headers=key)

    rows = await hub.world.database["idempotency"].find({}).to_list(None)

    # Neither what was sent nor what was answered.
    assert text not in str(rows)
    assert key["Idempotency-Key"] not in str(rows)


async def test_keys_are_kept_thirty_days(hub: SmallHub, key: dict[str, str]) -> None:
    handler = await hub.handler(JUXIAN, person="patient")
    await handler.post(NOTES, {"text": "久"}, headers=key)
    [job] = dict(builtin_plugins(WebSettings()))["web"].jobs()
    keys = hub.world.database["idempotency"]

    hub.world.clock.advance(timedelta(days=29, hours=23))
    await _run(hub, job)
    before = await keys.count_documents({})
    hub.world.clock.advance(timedelta(hours=2))
    await _run(hub, job)
    after = await keys.count_documents({})

    assert before > 0
    assert after == 0


async def test_a_repeat_of_an_upload_is_the_same_file(hub: SmallHub, key: dict[str, str], jpeg: bytes) -> None:
    """Uploads open their own writes, so their key is marked before and settled after."""
    resident = await hub.resident("uploader")

    first, second = await _upload(resident, jpeg, key), await _upload(resident, jpeg, key)

    assert (first.status, second.status) == (201, 201)
    assert second.json == first.json
    assert await hub.world.database["files"].count_documents({"owner": "uploader"}) == 1


@pytest.mark.parametrize("what", ["content", "name"])
async def test_the_same_key_with_another_file_is_refused(
    hub: SmallHub, key: dict[str, str], jpeg: bytes, what: str
) -> None:
    """Whoever corrects a file and sends it under the key of the first learns that it was not taken."""
    resident = await hub.resident(f"corrects-{what}")
    await _upload(resident, jpeg, key)

    data, filename = (jpeg + b"\0", "身份证.jpg") if what == "content" else (jpeg, "户口本.jpg")
    answer = await _upload(resident, data, key, filename=filename)

    assert (answer.status, answer.error["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize(("size", "at_once"), [(LARGE - 1, True), (LARGE, False)])
async def test_of_a_large_file_the_digest_holds_up_nobody(size: int, at_once: bool) -> None:
    """Others go on while it is made; it is the same wherever that is."""
    upload = Upload(filename="名单.csv", data=b"x" * size)

    digest = asyncio.create_task(digest_of(upload))
    await asyncio.sleep(0)

    assert digest.done() == at_once
    assert await digest == hashlib.sha256("名单.csv".encode() + b"\0" + upload.data).digest()


async def test_a_failed_upload_may_be_sent_again(hub: SmallHub, key: dict[str, str], jpeg: bytes) -> None:
    resident = await hub.resident("clumsy")

    bad, good = await _upload(resident, b"no picture", key), await _upload(resident, jpeg, key)

    assert (bad.status, good.status) == (422, 201)


async def _upload(visitor: Visitor, data: bytes, headers: dict[str, str], filename: str = "身份证.jpg"):  # type: ignore[no-untyped-def]
    from tests.web.test_files import form

    return await visitor.ask("POST", "/api/v1/files", data=form(data, filename=filename), headers=headers)


async def _run(hub: SmallHub, job) -> None:  # type: ignore[no-untyped-def]
    await hub.world.units.read(job.call, plugin="web", place=hub.world.place("510900"))
