"""S2 我的待办, S4 经办历史, S9 我的已办, C6 申报进度: a declaration at the window and back, walked over HTTP."""

from __future__ import annotations

from typing import Any

from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN, VILLAGE

OLD_AGE = "30005"  # 高龄津贴: in 安居区 its chain is plain


async def declare(resident: Walker, id_number: str, place: str = ANJU) -> dict[str, Any]:
    """王建国 declares for somebody over 80."""
    materials = {}
    for key in ("id_card", "household", "social_card", "proof"):
        materials[key] = [(await resident.upload("/files", picture(), f"{key}.jpg"))["id"]]
    beneficiary = {"name": "李桂兰", "id_number": id_number, "phone": "19900000001", "region": VILLAGE}
    form = {
        "project": OLD_AGE,
        "declared_for": "other",
        "beneficiary": {**beneficiary, "category": "aged_80"},
        "materials": materials,
    }
    case = await resident.post(f"/{place}/declaration/cases", form)
    await resident.walk.settled()
    return dict(case)


@row(
    "S2",
    operations=(
        "GET /{place}/worklist/tasks",
        "GET /{place}/worklist/tasks/count",
        "GET /{place}/worklist/tasks/groups",
        "GET /{place}/worklist/tasks/{id}",
        "POST /{place}/worklist/tasks/{id}/claim",
        "POST /{place}/worklist/tasks/{id}/decide",
        "POST /{place}/worklist/tasks/together",
    ),
    pushes=("P01", "P14"),
)
async def test_s2_a_handler_finds_claims_and_decides_what_waits(walk: Walk) -> None:
    """One by its 受理编号 with a reason, the other two together."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    cases = [
        await declare(resident, number) for number in ("510904194403150023", "510923194106120011", "510904193805120025")
    ]

    first = await window.task(JUXIAN, cases[0]["number"], "accept")
    detail = await window.get(f"/{JUXIAN}/worklist/tasks/{first['id']}")
    await window.decide(JUXIAN, cases[0]["number"], "accept", "correct", "户口簿不清楚")
    counts, groups = (
        await window.get(f"/{JUXIAN}/worklist/tasks/count"),
        await window.get(f"/{JUXIAN}/worklist/tasks/groups"),
    )
    rest = [(await window.task(JUXIAN, case["number"], "accept"))["id"] for case in cases[1:]]
    together = await window.post(f"/{JUXIAN}/worklist/tasks/together", {"ids": rest, "opinion": "材料齐全"})

    assert ("correct" in detail["moves"], detail["task"]["title"]) == (True, "高龄津贴 · 李*兰")
    assert (counts["todo"], groups["lines"][0]["count"]) == (2, 2)
    assert (together["passed"], [each["done"] for each in together["results"]]) == (2, [True, True])
    assert "申报需要补正：高龄津贴" in [entry["title"] for entry in await resident.inbox()]
