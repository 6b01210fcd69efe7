"""C8 投诉举报, C13 投诉举报进度查询, S5 投诉处理, L2 领导查看投诉, walked over HTTP."""

from __future__ import annotations

from typing import Any

from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.web.scope import FARMING, RESIDENTS
from tests.world import ANJU, JUXIAN

CIVIL, OLD_AGE, LAND = "民政局", "30005", "10001"
CARD = "6217000000000000004"
COMPLAINTS = f"/{ANJU}/complaints"


async def payment(walk: Walk, resident: Walker, name: str) -> dict[str, Any]:
    """A payment of a proved resident on a batch's 名册."""
    farmer, window = await walk.staff("handler", ANJU, FARMING), await walk.staff("window", JUXIAN, node="accept")
    proof = {"person": resident.person, "name": name, "id_number": RESIDENTS[name]}
    await window.post(f"/{JUXIAN}/proofs", proof)
    line = f"{name},{RESIDENTS[name]},{CARD},聚贤镇万古桥村,350.00"
    roster = f"姓名,身份证号,社保卡号,村（社区）,金额\n{line}\n".encode()
    query = f"?project={LAND}&short=地力保护&bureau={FARMING}"
    await farmer.upload(f"/{ANJU}/payments/rosters", roster, "roster.csv", query)
    await walk.settled()
    await farmer.post(f"/{ANJU}/payments/batches", {"project": LAND, "period": "2026", "title": "2026年地力保护补贴"})
    await walk.settled()
    [mine] = (await resident.get(f"/{ANJU}/payments/mine"))["items"]
    return dict(mine)


async def complain(resident: Walker, **changes: Any) -> dict[str, Any]:
    """About how 高龄津贴 is handled."""
    form = await resident.get(f"{COMPLAINTS}/form")
    about = {"against": "project", "project": OLD_AGE, "bureau": CIVIL}
    body = {"notice": form["notice"]["version"], "type": "favour", "text": "村里评议不公开。", "publish": True}
    made = await resident.post(COMPLAINTS, {**body, **(about if "kind" not in changes else {}), **changes})
    await resident.walk.settled()
    return dict(made)


async def press(handler: Walker, id: str, move: str, place: str = ANJU, **body: Any) -> dict[str, Any]:
    """One of the buttons, on the version that is shown."""
    seen = await handler.get(f"/{place}/complaints/{id}")
    body = {"version": seen["complaint"]["version"], **body}
    done = await handler.post(f"/{place}/complaints/{id}/{move}", body)
    await handler.walk.settled()
    return dict(done)


def reply(walk: Walk, upheld: str = "no") -> dict[str, Any]:
    """处理时间, 处理意见, 处理情况; 处理人 and 处理部门 are whoever replies."""
    return {
        "processed_at": walk.hub.clock.now().isoformat(),
        "opinion": "经核查，评议结果已张榜公布",
        "situation": "已到村核查会议记录和张榜照片",
        "upheld": upheld,
        "public_summary": "经核查，评议结果已按规定张榜公布。",
    }


@row(
    "C8",
    operations=(
        "GET /{place}/complaints/notice",
        "GET /{place}/complaints/form",
        "POST /files",
        "POST /{place}/complaints",
        "GET /{place}/complaints/mine/{id}/pictures/{file}",
    ),
    pushes=("P05",),
)
async def test_c8_a_resident_accepts_the_notice_and_complains_about_a_payment(walk: Walk) -> None:
    """Five points, the types, who will see it; with a picture; the payment is held, the bureau hears of it."""
    resident = await walk.resident("刘梅")
    paid = await payment(walk, resident, "刘梅")
    office = await walk.staff("handler", ANJU, FARMING, "complaints")

    notice = await walk.guest().get(f"{COMPLAINTS}/notice")
    form = await resident.get(f"{COMPLAINTS}/form")
    photo = (await resident.upload("/files", picture(), "photo.jpg"))["id"]
    about = {"kind": "payment", "row": paid["id"], "type": "amount", "text": "面积少算了一亩。"}
    filed = await complain(resident, **about, pictures=[photo], confidential=True)
    again = await resident.refusal("POST", COMPLAINTS, {"notice": notice["version"], "publish": True, **about})
    held = await resident.get(f"/{ANJU}/payments/mine/{paid['id']}")

    assert (len(notice["points"]), notice) == (5, form["notice"])
    assert any("上一级办理" in words for words in form["who_sees"])
    assert (filed["complaint"]["title"], filed["complaint"]["accused"]) == ("地力保护—标准或金额不符", "刘*")
    assert await resident.download(f"{COMPLAINTS}/mine/{filed['complaint']['id']}/pictures/{photo}")
    assert again == (409, "duplicate")
    assert "异议中" in held["payment"]["state_label"]
    [told] = [entry for entry in await office.inbox() if entry["title"].startswith("投诉新到")]
    assert "刘" not in told["title"] + told["body"]


@row(
    "C13",
    operations=(
        "GET /{place}/complaints/mine",
        "GET /{place}/complaints/mine/{id}",
        "POST /{place}/complaints/mine/{id}/answer",
        "POST /{place}/complaints/mine/{id}/withdraw",
        "GET /{place}/complaints/published",
    ),
    pushes=("P06",),
)
async def test_c13_the_complainant_follows_answers_and_takes_back(walk: Walk) -> None:
    """不满意 has it handled once more; after the second reply 12345 and 12388 are shown; another one is taken back."""
    resident, handler = await walk.resident("王建国"), await walk.staff("handler", ANJU, CIVIL, "complaints")
    first, second = (await complain(resident))["complaint"], (await complain(resident, type="procedure"))["complaint"]

    await press(handler, first["id"], "accept")
    await press(handler, first["id"], "reply", **reply(walk))
    seen = await resident.get(f"{COMPLAINTS}/mine/{first['id']}")
    version = seen["complaint"]["version"]
    answer = {"version": version, "satisfied": False, "words": "没有看到张榜"}
    await resident.post(f"{COMPLAINTS}/mine/{first['id']}/answer", answer)
    await press(handler, first["id"], "reply", **reply(walk, "partly"))
    closed = await resident.get(f"{COMPLAINTS}/mine/{first['id']}")
    back = await resident.post(f"{COMPLAINTS}/mine/{second['id']}/withdraw", {"version": second["version"]})
    mine = await resident.get(f"{COMPLAINTS}/mine")
    shown = await walk.guest().get(f"{COMPLAINTS}/published")

    assert (seen["replies"][0]["unit"], seen["moves"]) == ("安居区民政局", ["satisfied", "dissatisfied", "withdraw"])
    assert [each["satisfied"] for each in closed["replies"]] == [False, None]
    assert "12345" in closed["further"] and "12388" in closed["further"]
    assert back["complaint"]["state_label"] == "已撤诉"
    assert [each["state_label"] for each in mine["items"]] == ["已撤诉", "已办结"]
    assert [each["summary"] for each in shown["items"]] == ["经核查，评议结果已按规定张榜公布。"]
    titles = [entry["title"] for entry in await resident.inbox()]
    assert titles.count("投诉已回复：高龄津贴") == 2 and titles.count("投诉已受理：高龄津贴") == 1


@row(
    "S5",
    operations=(
        "GET /{place}/complaints",
        "GET /{place}/complaints/{id}",
        "POST /{place}/complaints/{id}/accept",
        "POST /{place}/complaints/{id}/refuse",
        "POST /{place}/complaints/{id}/return",
        "POST /{place}/complaints/{id}/transfer",
        "POST /{place}/complaints/{id}/merge",
        "POST /{place}/complaints/{id}/extend",
        "POST /{place}/complaints/{id}/investigate",
        "POST /{place}/complaints/{id}/reply",
        "POST /{place}/complaints/{id}/unmask",
        "POST /{place}/complaints/export",
        "GET /{place}/worklist/tasks",
    ),
    pushes=("P05", "P06"),
)
async def test_s5_a_handler_accepts_passes_on_merges_and_replies(walk: Walk) -> None:
    """The accused row masked; to the town and back; a twin merged; the five fields; the task done by it."""
    wang, chen = await walk.resident("王建国"), await walk.resident("陈芳")
    handler = await walk.staff("handler", ANJU, CIVIL, "complaints")
    town = await walk.staff("handler", JUXIAN, CIVIL, "complaints")
    one, twin = (await complain(wang))["complaint"], (await complain(chen))["complaint"]
    other = (await complain(chen, type="attitude"))["complaint"]

    task = await handler.task(ANJU, one["number"], "complaints")
    listed = await handler.get(COMPLAINTS, state="filed", project=OLD_AGE)
    await press(handler, one["id"], "transfer", region=JUXIAN, bureau=CIVIL, reason="涉及该镇")
    gone = await handler.get(f"{COMPLAINTS}/{one['id']}")
    await press(town, one["id"], "return", JUXIAN, reason="应由区级办理")
    await press(handler, one["id"], "accept")
    await press(handler, twin["id"], "merge", into=one["id"], reason="反映同一事项")
    await press(handler, other["id"], "refuse", reason="已有处理结论")
    await press(handler, one["id"], "extend", reason="需要调阅档案")
    await press(handler, one["id"], "investigate")
    full = await handler.post(f"{COMPLAINTS}/{one['id']}/unmask", {"reason": "电话核实"})
    replied = await press(handler, one["id"], "reply", **reply(walk, "yes"))
    table = await handler.visitor.post(f"/api/v1{COMPLAINTS}/export", {"reason": "月报"})
    handler.walk.note("POST", f"/api/v1{COMPLAINTS}/export")

    assert task["title"] == "高龄津贴 · 优亲厚友"
    assert {one["id"], twin["id"], other["id"]} <= {each["id"] for each in listed["items"]}
    # Passed down to a town of their own county, they still see how it goes on.
    assert gone["complaint"]["seat"] == JUXIAN
    assert (full["complainant"], replied["replies"][0]["handler"]) == ("王建国", "周敏")
    assert replied["complaint"]["state_label"] == "已回复"
    assert table.status == 200 and table.body[:2] == b"PK"
    assert "投诉已回复：高龄津贴" in [entry["title"] for entry in await chen.inbox()]
    titles = [entry["title"] for entry in await handler.inbox()]
    assert "投诉转办：高龄津贴" in titles and "投诉新到：高龄津贴" in titles


@row(
    "L2",
    operations=(
        "GET /{place}/complaints",
        "GET /{place}/complaints/overview",
        "GET /{place}/complaints/{id}",
    ),
)
async def test_l2_leaders_read_complaints_of_their_regions(walk: Walk) -> None:
    """With their handling, without the complainant; one about the county's own bureau is the city's alone."""
    resident = await walk.resident("王建国")
    leader, city = await walk.staff("leader", ANJU), await walk.staff("leader", "510900")
    plain = (await complain(resident))["complaint"]
    bureau = {"against": "unit", "unit_region": ANJU, "unit_bureau": CIVIL, "type": "attitude"}
    against = (await complain(resident, **bureau))["complaint"]

    seen = await leader.get(f"{COMPLAINTS}/{plain['id']}")
    listed = {each["id"] for each in (await leader.get(COMPLAINTS, limit=100))["items"]}
    above = {each["id"] for each in (await city.get("/510900/complaints", limit=100))["items"]}
    counts = await leader.get(f"{COMPLAINTS}/overview")
    watcher = await walk.staff("discipline", ANJU)
    exact = await watcher.get(f"{COMPLAINTS}/overview")

    assert (seen["complainant"], seen["moves"], seen["flow"][0]["label"]) == ("***", [], "提交投诉")
    assert plain["id"] in listed and against["id"] not in listed
    assert {plain["id"], against["id"]} <= above
    assert await leader.refusal("GET", f"{COMPLAINTS}/{against['id']}") == (404, "not_found")
    assert sum(line["count"] for line in exact["states"]) == len(listed)
    # What is small names people: not for leaders.
    assert all(line["count"] is None or line["count"] >= 5 for line in counts["states"])
