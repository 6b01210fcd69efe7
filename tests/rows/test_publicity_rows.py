"""C7 阳光公示查询, S7 公示栏: a town publishes a declaration, everybody reads it, nobody objects; walked over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.world import SHEHONG

TUOPAI = "510981104"  # a town without villages in the data: its own village
OLD_AGE, CIVIL = "30005", "民政局"  # 高龄津贴: in 射洪市 its chain has the town's publicity


async def declare(resident: Walker, id_number: str) -> dict[str, Any]:
    """王建国 declares for somebody over 80."""
    materials = {}
    for key in ("id_card", "household", "social_card", "proof"):
        materials[key] = [(await resident.upload("/files", picture(), f"{key}.jpg"))["id"]]
    person = {"name": "李桂兰", "id_number": id_number, "phone": "19900000001", "region": TUOPAI}
    form = {
        "project": OLD_AGE,
        "declared_for": "other",
        "beneficiary": {**person, "category": "aged_80"},
        "materials": materials,
    }
    case = await resident.post(f"/{SHEHONG}/declaration/cases", form)
    await resident.walk.settled()
    return dict(case)


async def come_to_publicity(walk: Walk, id_number: str) -> tuple[Walker, Walker, dict[str, Any]]:
    """The resident, the town's publicity clerk, and a case that waits to be published."""
    resident = await walk.resident("王建国")
    window = await walk.staff("window", TUOPAI, node="accept")
    town = await walk.staff("handler", TUOPAI, CIVIL, "review_town")
    clerk = await walk.staff("handler", TUOPAI, CIVIL, "publicity_town")
    case = await declare(resident, id_number)
    await window.decide(TUOPAI, case["number"], "accept")
    await town.decide(TUOPAI, case["number"], "review_town")
    return resident, clerk, case


async def waiting(clerk: Walker) -> dict[str, Any]:
    page = await clerk.get(f"/{TUOPAI}/publicity/board", state="preparing")
    return dict(page["items"][0])


async def start(clerk: Walker) -> str:
    """What waits, started; its id."""
    line = await waiting(clerk)
    id: str = line["notice"]["id"]
    await clerk.post(f"/{TUOPAI}/publicity/board/{id}/start", {"version": line["version"]})
    await clerk.walk.settled()
    return id


async def days_pass(walk: Walk, days: float) -> None:
    walk.hub.clock.advance(timedelta(days=days))  # type: ignore[attr-defined]
    await walk.job("publicity.watch", SHEHONG)


@row(
    "C7",
    operations=(
        "GET /{place}/publicity/notices",
        "GET /{place}/publicity/notices/{id}",
        "GET /{place}/publicity/notices/{id}/rows",
        "POST /{place}/publicity/notices/{id}/views",
    ),
    pushes=("P04",),
)
async def test_c7_anybody_finds_a_publicity_and_reads_who_stands_in_it(walk: Walk) -> None:
    """Without signing in: cards by filters, the masked row, the count of views; after the end the person is gone."""
    resident, clerk, _ = await come_to_publicity(walk, "510904194403150023")
    guest = walk.guest()
    before = await guest.get(f"/{SHEHONG}/publicity/notices")
    id = await start(clerk)

    page = await guest.get(f"/{SHEHONG}/publicity/notices", bureau=CIVIL, project=OLD_AGE, state="running")
    elsewhere = await guest.get(f"/{SHEHONG}/publicity/notices", keyword="地力")
    await guest.post(f"/{SHEHONG}/publicity/notices/{id}/views")
    detail = await guest.get(f"/{SHEHONG}/publicity/notices/{id}")
    rows = await guest.get(f"/{SHEHONG}/publicity/notices/{id}/rows")
    titles = [entry["title"] for entry in await resident.inbox()]
    await days_pass(walk, 6)
    after = await guest.get(f"/{SHEHONG}/publicity/notices/{id}/rows")
    counts = await guest.get(f"/{SHEHONG}/publicity/notices/{id}")

    [card] = page["items"]
    assert (before["items"], elsewhere["items"], card["id"]) == ([], [], id)
    assert (card["title"], card["unit"]) == ("沱牌镇高龄津贴乡镇公示", "射洪市沱牌镇民政局")
    assert (card["days"], card["state_label"], detail["views"], detail["people"]) == (5, "公示中", 1, 1)
    [person] = rows["items"]
    assert (person["name"], person["village"]) == ("李*兰", "射洪市沱牌镇")
    assert "公示开始：沱牌镇高龄津贴乡镇公示" in titles
    assert (after["items"], counts["people"], counts["notice"]["state_label"]) == ([], 1, "到期待确认")


@row(
    "S7",
    operations=(
        "GET /{place}/publicity/board",
        "GET /{place}/publicity/board/{id}",
        "GET /{place}/publicity/board/{id}/rows",
        "POST /{place}/publicity/board/{id}/start",
        "POST /{place}/publicity/board/{id}/extend",
        "POST /{place}/publicity/board/{id}/confirm",
        "POST /{place}/publicity/board/{id}/export",
    ),
    pushes=("P01", "P03", "P04", "P14"),
)
async def test_s7_a_handler_starts_extends_and_finally_confirms(walk: Walk) -> None:
    """From the task to the next node; reminded when it ends, refused before, done in 我的已办."""
    resident, clerk, case = await come_to_publicity(walk, "510923194106120011")
    line = await waiting(clerk)
    task = await clerk.task(TUOPAI, line["notice"]["number"], "publicity_town")
    id = await start(clerk)
    board = f"/{TUOPAI}/publicity/board/{id}"
    detail = await clerk.get(board)
    early = await clerk.refusal("POST", f"{board}/confirm", {"version": detail["board"]["version"]})
    body = {"version": detail["board"]["version"], "days": 1, "reason": "群众要求延长"}
    longer = await clerk.post(f"{board}/extend", body)
    await days_pass(walk, 5.7)
    soon = [entry["title"] for entry in await clerk.inbox()]
    await days_pass(walk, 1)
    due = await clerk.get(board)
    rows = await clerk.get(f"{board}/rows")
    table = await clerk.visitor.ask("POST", f"/api/v1{board}/export", json={"reason": "村务公开栏张贴"})
    walk.note("POST", f"/api/v1{board}/export")

    done = await clerk.post(f"{board}/confirm", {"version": due["board"]["version"], "opinion": "公示无异议"})
    await walk.settled()
    after = await resident.get(f"/{SHEHONG}/declaration/cases/{case['id']}")
    finished = await clerk.get(f"/{TUOPAI}/worklist/done")

    assert (task["node_label"], line["notice"]["state_label"], early) == ("发起公示", "待公示", (409, "conflict"))
    assert (longer["board"]["notice"]["days"], detail["moves"]) == (6, ["put_up", "extend", "end"])
    assert any(title.startswith("公示即将到期") for title in soon)
    assert (due["board"]["notice"]["state_label"], due["counts"]["shown"]) == ("到期待确认", 1)
    assert (rows["items"][0]["number"], rows["items"][0]["name"]) == (case["number"], "李*兰")
    assert (table.status, table.body[:2]) == (200, b"PK")
    assert done["board"]["notice"]["state_label"] == "已确认"
    assert after["node"] == "approve_county"
    titles = [entry["title"] for entry in await resident.inbox()]
    assert "公示结束：沱牌镇高龄津贴乡镇公示" in titles
    assert {each["node_label"] for each in finished["items"]} == {"发起公示", "公示最终确认"}
