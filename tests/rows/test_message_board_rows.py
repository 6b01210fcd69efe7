"""C12 我要留言 / 我的留言, S11 留言处理, L8 留言板, walked over HTTP."""

from __future__ import annotations

from typing import Any

from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.world import ANJU, VILLAGE

CIVIL, FARMING = "民政局", "农业农村局"
BOARD = f"/{ANJU}/message_board"


async def write(resident: Walker, **changes: Any) -> dict[str, Any]:
    """To 民政局, about 高龄津贴."""
    words = {"title": "高龄津贴什么时候发", "text": "我母亲今年八十二岁，想问高龄津贴几号到账。"}
    made = await resident.post(BOARD, {"kind": "consult", "bureau": CIVIL, **words, "confidential": False, **changes})
    await resident.walk.settled()
    return dict(made)


async def press(walker: Walker, path: str, move: str, **body: Any) -> dict[str, Any]:
    """One of the buttons, on the version that is shown."""
    seen = await walker.get(path)
    done = await walker.post(f"{path}/{move}", {"version": seen["message"]["version"], **body})
    await walker.walk.settled()
    return dict(done)


@row(
    "C12",
    operations=(
        "GET /{place}/message_board/form",
        "POST /files",
        "POST /{place}/message_board",
        "GET /{place}/message_board/mine",
        "GET /{place}/message_board/mine/{id}",
        "GET /{place}/message_board/mine/{id}/pictures/{file}",
        "POST /{place}/message_board/mine/{id}/ask",
        "POST /{place}/message_board/mine/{id}/rate",
        "POST /{place}/message_board/mine/{id}/close",
    ),
    pushes=("P13",),
)
async def test_c12_a_resident_writes_asks_again_rates_and_closes(walk: Walk) -> None:
    """To one bureau, with a picture; told of the reply, asked again, rated in five grades; another one is closed."""
    resident, office = await walk.resident("王建国"), await walk.staff("handler", ANJU, CIVIL, "message_board")
    form = await resident.get(f"{BOARD}/form")
    photo = (await resident.upload("/files", picture(), "photo.jpg"))["id"]

    one, other = await write(resident, pictures=[photo]), await write(resident, kind="suggest")
    mine = f"{BOARD}/mine/{one['id']}"
    await press(office, f"{BOARD}/{one['id']}", "reply", text="每月15日前发放。")
    asked = await press(resident, mine, "ask", text="我们村还没有发。")
    await press(office, f"{BOARD}/{one['id']}", "reply", text="已补发，请查收。")
    rated = await press(resident, mine, "rate", grade="4")
    closed = await press(resident, f"{BOARD}/mine/{other['id']}", "close")

    assert CIVIL in form["bureaus"] and len(form["who_sees"]) == 2
    assert await resident.download(f"{mine}/pictures/{photo}")
    assert (asked["message"]["state"], rated["grade"], closed["message"]["state"]) == ("handling", "满意", "closed")
    assert [bool(each["unit"]) for each in rated["said"]] == [True, False, True]
    assert {each["id"] for each in (await resident.get(f"{BOARD}/mine"))["items"]} >= {one["id"], other["id"]}


@row(
    "S11",
    operations=(
        "GET /{place}/worklist/tasks",
        "GET /{place}/message_board",
        "GET /{place}/message_board/{id}",
        "POST /{place}/message_board/{id}/take",
        "POST /{place}/message_board/{id}/transfer",
        "POST /{place}/message_board/{id}/return",
        "POST /{place}/message_board/{id}/reply",
        "POST /{place}/message_board/{id}/unmask",
        "POST /{place}/message_board/{id}/propose",
        "POST /{place}/message_board/mine/{id}/complain",
        "POST /{place}/message_board/mine/{id}/decline",
        "GET /{place}/complaints/mine/{id}",
    ),
    pushes=("P13", "P05"),
)
async def test_s11_a_handler_replies_passes_on_and_proposes_a_complaint(walk: Walk) -> None:
    """In 我的待办; to another bureau and back; one becomes its writer's complaint, the other does not and is replied to."""
    resident = await walk.resident("刘梅")
    office, farmer = [await walk.staff("handler", ANJU, bureau, "message_board") for bureau in (CIVIL, FARMING)]
    await walk.staff("handler", ANJU, CIVIL, "complaints")
    one = await write(resident, kind="complain", title="窗口不理人", text="去了三次都没有人。")
    other = await write(resident, kind="complain", title="村里不公开", text="名单没有张贴。")
    here, there = f"{BOARD}/{one['id']}", f"{BOARD}/{other['id']}"

    found = await office.get(BOARD, number=one["message"]["number"])
    task = await office.task(ANJU, one["message"]["number"], "message_board")
    await press(office, here, "take")
    await press(office, here, "transfer", region=ANJU, bureau=FARMING, reason="属农业补贴")
    await press(farmer, here, "return", reason="不归我局办理")
    named = await office.post(f"{here}/unmask", {"reason": "电话核实"})
    await press(office, here, "propose", reason="反映的是窗口人员")
    await press(office, there, "propose", reason="反映的是村里")
    terms = (await resident.get(f"{BOARD}/mine/{one['id']}"))["terms"]
    said = {
        "notice": terms["notice"],
        "about": f"unit:{VILLAGE}",
        "type": "attitude",
        "confidential": True,
        "publish": False,
    }
    ended = await press(resident, f"{BOARD}/mine/{one['id']}", "complain", text="窗口不理人。", **said)
    await press(resident, f"{BOARD}/mine/{other['id']}", "decline")
    replied = await press(office, there, "reply", text="名单已经张贴在村务公开栏。")
    complaint = await resident.get(f"/{ANJU}/complaints/mine/{ended['complaint_href'].rpartition('/')[2]}")

    assert [each["subject"] for each in found["items"]] == ["窗口不理人"]
    assert task["title"] == f"投诉 · {CIVIL} · 刘*"
    assert (named["writer"], replied["message"]["state"]) == ("刘梅", "replied")
    assert complaint["complaint"]["number"] == ended["complaint_number"]
    assert complaint["source"] == f"留言{one['message']['number']}"


@row(
    "L8",
    operations=(
        "GET /{place}/message_board",
        "GET /{place}/message_board/{id}",
        "GET /{place}/message_board/overview",
    ),
)
async def test_l8_leaders_read_messages_and_count_them(walk: Walk) -> None:
    """With their replies, without their writers and what each has rated."""
    resident, office = await walk.resident("陈芳"), await walk.staff("handler", ANJU, CIVIL, "message_board")
    leader = await walk.staff("leader", ANJU)
    written = await write(resident)
    await press(office, f"{BOARD}/{written['id']}", "reply", text="每月15日前发放。")
    await press(resident, f"{BOARD}/mine/{written['id']}", "rate", grade="1")

    listed = await leader.get(BOARD, state="rated")
    seen = await leader.get(f"{BOARD}/{written['id']}")
    counts = await leader.get(f"{BOARD}/overview")

    assert written["id"] in {each["id"] for each in listed["items"]}
    assert (seen["writer"], seen["grade"], seen["said"][0]["text"]) == ("***", "", "每月15日前发放。")
    assert counts["total"] >= 1 and {bar["key"] for bar in counts["bureaus"]} >= {CIVIL}
