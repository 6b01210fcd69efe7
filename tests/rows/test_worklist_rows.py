"""What a declaration passes on residents' and handlers' phones: C1 to C6, C16, S2, S4, S9, walked over HTTP."""

from __future__ import annotations

from typing import Any

from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN, VILLAGE

OLD_AGE = "30005"  # 高龄津贴: in 安居区 its chain is plain


async def declare(resident: Walker, id_number: str, place: str = ANJU) -> dict[str, Any]:
    """王建国 declares for somebody over 80."""
    case = await resident.post(f"/{place}/declaration/cases", await form(resident, id_number))
    await resident.walk.settled()
    return dict(case)


async def form(resident: Walker, id_number: str) -> dict[str, Any]:
    materials = {}
    for key in ("id_card", "household", "social_card", "proof"):
        materials[key] = [(await resident.upload("/files", picture(), f"{key}.jpg"))["id"]]
    beneficiary = {"name": "李桂兰", "id_number": id_number, "phone": "19900000001", "region": VILLAGE}
    return {
        "project": OLD_AGE,
        "declared_for": "other",
        "beneficiary": {**beneficiary, "category": "aged_80"},
        "materials": materials,
    }


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

    assert (detail["moves"], detail["task"]["title"]) == (["claim"], "高龄津贴 · 李*兰")
    assert (counts["todo"], groups["lines"][0]["count"]) == (2, 2)
    assert (together["passed"], [each["done"] for each in together["results"]]) == (2, [True, True])
    assert "申报需要补正：高龄津贴" in [entry["title"] for entry in await resident.inbox()]


@row(
    "C1",
    operations=("GET /{place}/declaration/projects",),
)
async def test_c1_a_resident_finds_what_can_be_declared(walk: Walk) -> None:
    """By bureau and keyword, also before signing in; what is closed says why."""
    guest = walk.guest()

    farming = await guest.get(f"/{ANJU}/declaration/projects", bureau="农业农村局", limit=100)
    found = await guest.get(f"/{ANJU}/declaration/projects", keyword="高龄")
    every = await guest.get(f"/{ANJU}/declaration/projects", limit=100)

    assert {project["bureau"] for project in farming["items"]} == {"农业农村局"}
    assert [project["code"] for project in found["items"]] == [OLD_AGE]
    assert all(project["openness"]["open"] or project["openness"]["text"] for project in every["items"])


@row("C2", operations=("GET /{place}/declaration/projects/{code}",))
async def test_c2_a_resident_reads_conditions_materials_and_flow(walk: Walk) -> None:
    """With the adviser's phone and the limit of each node."""
    notice = await walk.guest().get(f"/{ANJU}/declaration/projects/{OLD_AGE}")

    assert [(node["label"], node["limit"]["days"]) for node in notice["flow"]] == [
        ("受理", 5),
        ("乡镇审核", 10),
        ("县级审批", 10),
    ]
    assert notice["conditions"] and notice["materials"] and notice["advisers"][0]["phone"]


@row(
    "C3",
    operations=(
        "GET /{place}/declaration/projects/{code}/form",
        "POST /{place}/declaration/persons/check",
        "PUT /{place}/declaration/drafts/{id}",
        "GET /{place}/declaration/drafts",
        "GET /{place}/declaration/drafts/{id}",
        "DELETE /{place}/declaration/drafts/{id}",
    ),
)
async def test_c3_a_form_is_filled_checked_and_kept_as_a_draft(walk: Walk) -> None:
    """下一步 checks the person; the draft comes back as it was left, and is thrown away."""
    resident, id = await walk.resident("王建国"), walk.hub.units.new_id()
    asked = await resident.get(f"/{ANJU}/declaration/projects/{OLD_AGE}/form", category="aged_80", declared_for="other")
    filled = await form(resident, "510904194403150023")

    checked = await resident.post(f"/{ANJU}/declaration/persons/check", {**filled, "attempt_id": id})
    refused = await resident.refusal(
        "POST",
        f"/{ANJU}/declaration/persons/check",
        {**filled, "beneficiary": {**filled["beneficiary"], "id_number": "510904194403150024"}},
    )
    kept = {"project": OLD_AGE, "form": {name: part for name, part in filled.items() if name != "project"}}
    await resident.put(f"/{ANJU}/declaration/drafts/{id}", kept)
    drafts, draft = (
        await resident.get(f"/{ANJU}/declaration/drafts"),
        await resident.get(f"/{ANJU}/declaration/drafts/{id}"),
    )
    await resident.delete(f"/{ANJU}/declaration/drafts/{id}")

    assert "proof" in [material["key"] for material in asked["materials"]]
    assert (checked["attempt_id"], refused[0]) == (id, 422)
    assert id in [each["id"] for each in drafts["items"]]
    assert draft["form"]["beneficiary"]["name"] == "李桂兰"


@row(
    "C5",
    operations=("POST /files", "POST /{place}/declaration/cases", "GET /{place}/declaration/cases/{id}/files/{file}"),
    pushes=("P01",),
)
async def test_c5_materials_are_uploaded_and_handed_in(walk: Walk) -> None:
    """A missing one is named; what was handed in can be looked at again."""
    resident = await walk.resident("王建国")
    filled = await form(resident, "510904193712090023")
    without = {**filled, "materials": {**filled["materials"], "household": []}}

    missing = await resident.refusal("POST", f"/{ANJU}/declaration/cases", without)
    case = await resident.post(f"/{ANJU}/declaration/cases", filled)
    shown = await resident.download(
        f"/{ANJU}/declaration/cases/{case['id']}/files/{filled['materials']['household'][0]}"
    )

    assert missing[0] == 422
    assert shown[:3] == b"\xff\xd8\xff"


@row(
    "C6",
    operations=(
        "GET /{place}/declaration/cases",
        "GET /{place}/declaration/cases/{id}",
        "POST /{place}/declaration/cases/{id}/mend",
        "POST /{place}/declaration/cases/{id}/withdraw",
        "POST /{place}/declaration/cases/{id}/redeclare",
        "POST /{place}/declaration/cases",
    ),
    pushes=("P01", "P14"),
)
async def test_c6_a_resident_follows_mends_withdraws_and_declares_anew(walk: Walk) -> None:
    """Found by its 受理编号; 补正, 撤回, then 重新申报 with what was typed before."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904193905060023")
    cases = f"/{ANJU}/declaration/cases"
    await window.decide(JUXIAN, case["number"], "accept", "correct", "户口簿不清楚")

    asked = await resident.get(f"{cases}/{case['id']}")
    sharp = (await resident.upload("/files", picture(), "household.jpg"))["id"]
    mended = await resident.post(
        f"{cases}/{case['id']}/mend", {"version": asked["version"], "materials": {"household": [sharp]}}
    )
    await resident.post(f"{cases}/{case['id']}/withdraw", {"version": mended["version"]})
    draft = await resident.post(f"{cases}/{case['id']}/redeclare")
    again = await resident.post(cases, {**draft["form"], "id": draft["id"], "project": OLD_AGE})
    found = await resident.get(cases, number=again["number"])
    old = await resident.get(f"{cases}/{case['id']}")

    assert ("mend" in asked["can"], mended["state"]) == (True, "handling")
    assert (old["state_label"], old["superseded_by"]) == ("已作废", again["id"])
    assert [line["id"] for line in found["items"]] == [again["id"]]


@row("C16", operations=("GET /inbox", "POST /inbox/read"), pushes=("P14",))
async def test_c16_every_push_is_in_the_inbox_and_can_be_read(walk: Walk) -> None:
    """In full, with the number to find it by."""
    resident, window = await walk.resident("陈芳"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904194012250027")
    await window.decide(JUXIAN, case["number"], "accept")
    [entry] = [each for each in await resident.inbox() if case["number"] in each["body"]]

    unread = (await resident.get("/inbox"))["unread"]
    after = await resident.post("/inbox/read", {"ids": [entry["id"]]})

    assert (entry["code"], entry["title"]) == ("P14", "申报已受理：高龄津贴")
    assert after["unread"] == unread - 1


@row(
    "S4",
    operations=("GET /{place}/worklist/history", "GET /{place}/worklist/history/{id}"),
)
async def test_s4_a_handler_finds_everything_they_touched(walk: Walk) -> None:
    """A line per business, and all that they did in it."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904194107080024")
    await window.decide(JUXIAN, case["number"], "accept", opinion="材料齐全")

    found = await window.get(f"/{JUXIAN}/worklist/history", number=case["number"])
    [line] = found["items"]
    detail = await window.get(f"/{JUXIAN}/worklist/history/{line['id']}")

    assert (line["title"], line["kinds"]) == ("高龄津贴 · 李*兰", ["task"])
    assert [act["label"] for act in detail["acts"]] == ["受理：通过"]


@row(
    "S9",
    operations=("GET /{place}/worklist/done", "POST /{place}/worklist/tasks/{id}/recall"),
    pushes=("P14",),
)
async def test_s9_a_handler_finds_what_is_done_and_takes_a_pass_back(walk: Walk) -> None:
    """撤销通过 while nobody has touched the next node; the declarant is told."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, "510904194203040022")
    await window.decide(JUXIAN, case["number"], "accept", opinion="材料齐全")

    [done] = (await window.get(f"/{JUXIAN}/worklist/done", number=case["number"]))["items"]
    await window.post(
        f"/{JUXIAN}/worklist/tasks/{done['id']}/recall", {"version": done["version"], "reason": "看错了材料"}
    )
    back = await resident.get(f"/{ANJU}/declaration/cases/{case['id']}")

    assert (done["move"], done["opinion"]) == ("pass", "材料齐全")
    assert (back["node"], back["state"]) == ("accept", "handling")
    assert "通过结果已撤销：高龄津贴" in [entry["title"] for entry in await resident.inbox()]
