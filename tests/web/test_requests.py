"""Requests through real HTTP: routing, decoding, errors in one shape."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from hub.web.settings import WebSettings
from tests.web.small import SmallHub, small_hub
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, SHEHONG, VILLAGE

PENGXI = "510921"  # 蓬溪县, where nothing is on


async def test_an_operation_answers_its_record(hub: SmallHub) -> None:
    handler = await hub.handler(JUXIAN)

    made = await handler.post(f"/api/v1/{JUXIAN}/notes/notes", {"text": "上门"})
    read = await handler.get(f"/api/v1/{JUXIAN}/notes/notes/{made.json['id']}")

    assert made.status == 201
    assert (read.status, read.json) == (200, made.json)


async def test_head_answers_without_a_body(hub: SmallHub) -> None:
    answer = await hub.guest.ask("HEAD", f"/api/v1/{ANJU}/trials/sum?number=1")

    assert (answer.status, answer.body) == (200, b"")


async def test_nothing_to_answer_is_204(hub: SmallHub) -> None:
    handler = await hub.handler(JUXIAN)
    made = await handler.post(f"/api/v1/{JUXIAN}/notes/notes", {"text": "删"})

    gone = await handler.ask("DELETE", f"/api/v1/{JUXIAN}/notes/notes/{made.json['id']}")

    assert (gone.status, gone.body) == (204, b"")


async def test_a_file_is_offered_as_attachment(hub: SmallHub) -> None:
    answer = await hub.guest.get(f"/api/v1/{ANJU}/trials/picture")

    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E5%85%AC%E7%A4%BA.pdf"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "status", "body", "said"),
    [
        ({"Range": "bytes=0-3"}, 206, b"%PDF", "bytes 0-3/8"),
        ({"Range": "bytes=5-"}, 206, b"1.7", "bytes 5-7/8"),
        ({"Range": "bytes=-3"}, 206, b"1.7", "bytes 5-7/8"),
        ({"Range": "bytes=4-99"}, 206, b"-1.7", "bytes 4-7/8"),
        ({"Range": "bytes=0-1,4-5"}, 200, b"%PDF-1.7", None),
        ({"Range": "bytes=5-2"}, 200, b"%PDF-1.7", None),
        ({"Range": "bytes=5-", "If-Range": '"an older one"'}, 200, b"%PDF-1.7", None),
    ],
)
async def test_a_download_that_was_cut_off_goes_on(hub, asked, status, body, said):
    answer = await hub.guest.ask("GET", f"/api/v1/{ANJU}/trials/picture", headers=asked)

    assert (answer.status, answer.body, answer.headers.get("Content-Range")) == (status, body, said)
    assert answer.headers["Accept-Ranges"] == "bytes"


async def test_beyond_its_end_there_is_nothing(hub):
    answer = await hub.guest.ask("GET", f"/api/v1/{ANJU}/trials/picture", headers={"Range": "bytes=8-"})

    assert (answer.status, answer.json["error"]["code"]) == (416, "range_not_satisfiable")


@pytest.mark.parametrize(
    "path",
    [
        f"/api/v1/{PENGXI}/trials/sum?number=1",  # off there
        f"/api/v1/{ANJU}/nowhere/sum?number=1",  # no such plugin
        f"/api/v1/{ANJU}/trials/summ",
        f"/api/v1/{ANJU}/trials/sum/",
        f"/api/v1/{ANJU}/trials",
        f"/api/v1/{ANJU}",
        "/api/v1/999999/trials/sum",
        "/api/v1/nowhere",
        "/api/v1/",
        "/api/v1/%ff/trials/sum",
        f"/api/v1/{ANJU}/trials/%00",
        "/nowhere",
        "/static/../config.yaml",
        "/static/nothing.js",
    ],
)
async def test_what_is_not_there_is_one_kind_of_404(hub: SmallHub, path: str) -> None:
    answer = await hub.guest.get(path)

    assert answer.status == 404
    assert answer.error | {"request_id": ""} == {
        "code": "not_found",
        "message": "没有找到您要的内容。",
        "fields": {},
        "request_id": "",
    }


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
async def test_an_off_plugin_cannot_be_told_from_an_unknown_one(hub: SmallHub, method: str) -> None:
    handler = await hub.handler(PENGXI)

    off = await handler.ask(method, f"/api/v1/{PENGXI}/notes/notes/1", headers={"X-Request-Id": "same-request"})
    unknown = await handler.ask(method, f"/api/v1/{PENGXI}/nonsense/notes/1", headers={"X-Request-Id": "same-request"})

    assert off.status == 404
    assert off.body == unknown.body
    assert _comparable(off) == _comparable(unknown)


async def test_a_switch_counts_at_once(hub: SmallHub) -> None:
    """Off while running: gone; on again: back, without a restart."""
    path = f"/api/v1/{SHEHONG}/trials/sum?number=1"
    await _turn(hub, "trials", False)

    off = await hub.guest.get(path)
    await _turn(hub, "trials", True)
    on = await hub.guest.get(path)

    assert (off.status, on.status) == (404, 200)


async def test_a_wrong_method_names_the_right_ones(hub: SmallHub) -> None:
    answer = await hub.guest.ask("PUT", f"/api/v1/{ANJU}/notes/notes", json={})

    assert (answer.status, answer.error["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


async def test_the_city_reads_its_counties_and_writes_nowhere(hub: SmallHub) -> None:
    leader = await hub.handler(CITY)
    texts = {ANJU: "安居", SHEHONG: "射洪"}
    for county, text in texts.items():
        await (await hub.handler(county)).post(f"/api/v1/{county}/notes/notes", {"text": text})

    read = await leader.get(f"/api/v1/{CITY}/notes/notes?limit=100")
    write = await leader.post(f"/api/v1/{CITY}/notes/notes", {"text": "市"})

    assert set(texts.values()) <= {note["text"] for note in read.json["items"]}
    assert (write.status, write.error["code"]) == (400, "choose_county")


async def test_the_city_does_not_read_where_it_is_off(hub: SmallHub) -> None:
    leader, text = await hub.handler(CITY), "不再开通"
    await (await hub.handler(SHEHONG)).post(f"/api/v1/{SHEHONG}/notes/notes", {"text": text})
    path = f"/api/v1/{CITY}/notes/notes?limit=100"

    on = await leader.get(path)
    await _turn(hub, "notes", False)
    off = await leader.get(path)
    await _turn(hub, "notes", True)

    assert text in {note["text"] for note in on.json["items"]}
    assert off.status == 200
    assert text not in {note["text"] for note in off.json["items"]}


async def test_every_wrong_field_is_named(hub: SmallHub) -> None:
    rows = [{"amount": 1}, {}, {"amount": 0}]
    wrong = {"name": "长长长长长", "count": "3", "id_number": "510904194403150024", "phone": "123", "rows": rows}

    answer = await hub.guest.post(f"/api/v1/{ANJU}/trials/fields", wrong)

    assert (answer.status, answer.error["code"]) == (422, "invalid")
    assert answer.error["fields"] == {
        "name": "不能超过4个字。",
        "count": "应为整数。",
        "id_number": "身份证号校验不通过，请核对。",
        "phone": "手机号应为11位数字，以13至19开头。",
        "rows[1].amount": "必填。",
        "rows[2].amount": "不能小于1。",
    }
    assert b"510904194403150024" not in answer.body


async def test_missing_fields_are_named_together(hub: SmallHub) -> None:
    answer = await hub.guest.post(f"/api/v1/{ANJU}/trials/fields", {})

    assert answer.error["fields"] == {"name": "必填。", "count": "必填。"}


async def test_good_fields_pass(hub: SmallHub) -> None:
    good = {"name": "张三", "count": 3, "id_number": "510904194403150023", "rows": [{"amount": 1}]}

    answer = await hub.guest.post(f"/api/v1/{ANJU}/trials/fields", good)

    assert (answer.status, answer.json) == (200, {"total": 1})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"name":"a\\u0000b","count":1}',
        b'{"name": NaN}',
        b'{"name":"x"} y',
    ],
)
async def test_what_is_no_json_is_malformed(hub: SmallHub, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await hub.guest.ask("POST", f"/api/v1/{ANJU}/trials/fields", data=body, headers=headers)

    assert (answer.status, answer.error["code"]) == (400, "malformed")


@pytest.mark.parametrize(
    "body", [b"[]", b"1", b'"text"', b"null", b'{"name":"ab","count":123456789012345678901234567890}']
)
async def test_json_of_another_shape_is_invalid(hub: SmallHub, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await hub.guest.ask("POST", f"/api/v1/{ANJU}/trials/fields", data=body, headers=headers)

    assert (answer.status, answer.error["code"]) == (422, "invalid")


async def test_a_form_is_no_json(hub: SmallHub) -> None:
    """Forms of other sites can only send these types."""
    answer = await hub.guest.ask("POST", f"/api/v1/{ANJU}/trials/fields", data={"name": "张三", "count": "1"})

    assert (answer.status, answer.error["code"]) == (415, "unsupported_type")


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("number=1&number=x", {"number[1]": "应为整数。"}),
        ("number=1&number=5000", {"number[1]": "不能大于1000。"}),
        ("most=3", {"number": "必填。"}),
        ("number=1&most=1&most=2", {"most": "只能有一个值。"}),
        ("number=60&number=60", {"number": "太多。"}),
    ],
)
async def test_wrong_query_fields_are_named(hub: SmallHub, query: str, fields: dict[str, str]) -> None:
    answer = await hub.guest.get(f"/api/v1/{ANJU}/trials/sum?{query}")

    assert (answer.status, answer.error["fields"]) == (422, fields)


async def test_an_empty_query_field_counts_as_not_given(hub: SmallHub) -> None:
    answer = await hub.guest.get(f"/api/v1/{ANJU}/trials/sum?number=2&most=")

    assert answer.json == {"total": 2}


async def test_too_much_json_is_refused(hub: SmallHub) -> None:
    much = {"name": "张三", "count": 1, "rows": [{"amount": 1}] * 40_000}

    answer = await hub.guest.post(f"/api/v1/{ANJU}/trials/fields", much)

    assert (answer.status, answer.error["code"]) == (413, "too_large")


async def test_too_much_json_in_chunks_is_refused(hub: SmallHub) -> None:
    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(30):
            yield b" " * 10_000

    headers = {"Content-Type": "application/json"}
    answer = await hub.guest.ask("POST", f"/api/v1/{ANJU}/trials/fields", data=chunks(), headers=headers)

    assert (answer.status, answer.error["code"]) == (413, "too_large")


async def test_a_refusal_carries_the_state_and_leaves_nothing(hub: SmallHub) -> None:
    handler = await hub.handler(DONGCHAN)

    answer = await handler.post(f"/api/v1/{DONGCHAN}/notes/refuse")

    assert (answer.status, answer.error["message"], answer.error["state"]) == (400, "办不了。", {"state": "closed"})
    assert await hub.world.database["notes.all"].count_documents({"text": "half"}) == 0


@pytest.mark.parametrize("what", ["crash", "leak"])
async def test_what_breaks_is_500_and_says_nothing(
    hub: SmallHub, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = await hub.guest.get(f"/api/v1/{ANJU}/trials/{what}")

    assert (answer.status, answer.error["code"]) == (500, "internal")
    assert b"510904194403150023" not in answer.body


async def test_what_takes_too_long_is_given_up_and_rolled_back(mongo_uri: str) -> None:
    settings = WebSettings(answer_within=timedelta(seconds=0.2))
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=settings) as hub:
        answer = await hub.guest.post(f"/api/v1/{ANJU}/trials/hang")
        left = await hub.world.database["trials.all"].count_documents({})

    assert (answer.status, answer.error["code"], left) == (503, "unavailable", 0)


async def test_a_database_that_has_gone_is_503_and_says_nothing_of_it(hub: SmallHub) -> None:
    answer = await hub.guest.get(f"/api/v1/{ANJU}/trials/lost")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert b"10.0.0.1" not in answer.body


async def test_a_request_id_is_kept_when_well_formed(hub: SmallHub) -> None:
    kept = await hub.guest.get("/healthz", headers={"X-Request-Id": "phone-0123456789"})
    replaced = await hub.guest.get("/healthz", headers={"X-Request-Id": "x' or 1=1 --"})

    assert kept.headers["X-Request-Id"] == "phone-0123456789"
    assert len(replaced.headers["X-Request-Id"]) == 32


async def test_a_village_can_be_asked_like_its_county(hub: SmallHub) -> None:
    answer = await hub.guest.get(f"/api/v1/{VILLAGE}/trials/sum?number=7")

    assert answer.json == {"total": 7}


def _comparable(answer) -> dict[str, str]:  # type: ignore[no-untyped-def]
    return {name: value for name, value in answer.headers.items() if name != "Date"}


async def _turn(hub: SmallHub, plugin: str, on: bool) -> None:
    """In 射洪市."""
    await hub.world.database["switches"].update_one({"_id": SHEHONG}, {"$set": {f"plugins.{plugin}.on": on}})
    await hub.world.counties.load()
