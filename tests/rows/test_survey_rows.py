"""S3 入户调查: with a task that a declaration brings, and at a door that nobody sent one to, walked over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub.words.ids import new_id
from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN, VILLAGE

LAND, FARMING = "10001", "农业农村局"


async def declare_land(resident: Walker, id_number: str = "510904194403150023") -> dict[str, Any]:
    """王建国 declares 耕地地力保护补贴 for 李桂兰."""
    materials = {}
    for key in ("id_card", "household", "social_card", "contract_land", "proof"):
        materials[key] = [(await resident.upload("/files", picture(), f"{key}.jpg"))["id"]]
    person = {"name": "李桂兰", "id_number": id_number, "phone": "19900000001", "region": VILLAGE}
    form = {
        "project": LAND,
        "declared_for": "other",
        "beneficiary": {**person, "category": "farmer"},
        "answers": {"area_mu": "3.5"},
        "materials": materials,
    }
    return dict(await resident.post(f"/{ANJU}/declaration/cases", form))


async def filled(walk: Walk, surveyor: Walker, **changes: Any) -> dict[str, Any]:
    """补贴对象 is known; 调查结果, 调查后处理, time, place, investigators, photos, signatures."""
    photo, signature = [
        (await surveyor.upload("/files", picture(), name))["id"] for name in ("photo.jpg", "signature.jpg")
    ]
    form = {
        "result": "true",
        "handling": "continue",
        "visited_at": (walk.hub.clock.now() - timedelta(hours=1)).isoformat(),
        "spot": "家中",
        "findings": "耕地由本人耕种。",
        "investigators": ["杨帆", "刘洋"],
        "photos": [photo],
        "signatures": [signature],
    }
    return {"revision": 1, "saved_at": walk.hub.clock.now().isoformat(), "form": {**form, **changes}}


@row(
    "S3",
    operations=(
        "GET /{place}/survey/todo",
        "GET /{place}/survey/todo/count",
        "GET /{place}/survey/surveys/{id}",
        "POST /{place}/survey/surveys/{id}/person",
        "PUT /{place}/survey/surveys/{id}/drafts/{draft}",
        "GET /{place}/survey/surveys/{id}/drafts/{draft}",
        "GET /{place}/survey/drafts",
        "POST /{place}/survey/surveys/{id}/submit",
        "GET /{place}/survey/surveys/{id}/files/{file}",
    ),
    pushes=("P01", "P14"),
)
async def test_s3_a_surveyor_is_sent_and_hands_in_what_was_found(walk: Walk) -> None:
    """The task comes with its push; the draft that was made offline is sent twice; the case goes on to 村级初审."""
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    surveyor = await walk.staff("handler", VILLAGE, node="survey")
    village = await walk.staff("handler", VILLAGE, node="review_village")
    case = await declare_land(resident)
    await window.decide(JUXIAN, case["number"], "accept", "pass", "材料齐全")

    told = [entry["title"] for entry in await surveyor.inbox()]
    [waiting] = (await surveyor.get(f"/{VILLAGE}/survey/todo"))["items"]
    counts = await surveyor.get(f"/{VILLAGE}/survey/todo/count")
    one, draft = f"/{VILLAGE}/survey/surveys/{waiting['id']}", new_id(walk.hub.clock)
    detail = await surveyor.get(one)
    person = await surveyor.post(f"{one}/person", {"reason": "现场核对身份证"})
    body = await filled(walk, surveyor)
    saved = [await surveyor.put(f"{one}/drafts/{draft}", body) for _ in range(2)]
    read = await surveyor.get(f"{one}/drafts/{draft}")
    mine = (await surveyor.get(f"/{VILLAGE}/survey/drafts"))["items"]
    done = await surveyor.post(f"{one}/submit", {"draft": draft, "revision": 1})
    photo = await surveyor.download(f"{one}/files/{done['records'][0]['photos'][0]}")
    await village.task(VILLAGE, case["number"], "review_village")
    progress = await resident.get(f"/{ANJU}/declaration/cases/{case['id']}")

    assert "待办到达：地力保护 · 李*兰（入户调查）" in told
    assert (waiting["number"], waiting["who"], counts["todo"]) == (case["number"], "李*兰", 1)
    assert (detail["person"]["name"], detail["person"]["id_number"]) == ("李桂兰", "510904********0023")
    assert (person["id_number"], read["form"]["spot"], [each["id"] for each in mine]) == (
        "510904194403150023", "家中", [draft],
    )  # fmt: skip
    assert saved[0]["draft"] == saved[1]["draft"]
    assert (done["survey"]["state_label"], done["survey"]["result_label"], photo[:2]) == ("已提交", "属实", b"\xff\xd8")
    [surveyed] = [step for step in progress["progress"] if step["node"] == "survey"]
    assert (surveyed["state"], surveyed["opinion"]) == ("passed", "入户调查：属实，继续享受")


@row(
    "S3",
    operations=(
        "POST /{place}/survey/surveys",
        "PUT /{place}/survey/surveys/{id}/drafts/{draft}",
        "POST /{place}/survey/surveys/{id}/submit",
        "POST /{place}/survey/surveys/{id}/correct",
        "POST /{place}/survey/surveys/{id}/return",
        "POST /{place}/survey/surveys/{id}/archive",
        "POST /{place}/survey/surveys/{id}/followup",
        "GET /{place}/survey/surveys",
        "POST /{place}/survey/surveys/search",
        "POST /{place}/survey/export",
        "GET /{place}/worklist/history",
    ),
    pushes=("P01",),
)
async def test_s3_without_a_prior_task_corrected_sent_back_archived(walk: Walk) -> None:
    """Name and number typed at the door; 更正; the town sends it back, then archives it; the county follows it up."""
    surveyor = await walk.staff("handler", VILLAGE, node="survey")
    town = await walk.staff("handler", JUXIAN, FARMING, "review_town")
    county = await walk.staff("handler", ANJU, FARMING)
    household = {"place": VILLAGE, "project": LAND, "name": "王秀英", "id_number": "510923194106120011"}
    begun = await surveyor.post(f"/{VILLAGE}/survey/surveys", {**household, "id": new_id(walk.hub.clock)})
    one = f"/{VILLAGE}/survey/surveys/{begun['survey']['id']}"

    async def save(**changes: Any) -> dict[str, Any]:
        draft = new_id(walk.hub.clock)
        await surveyor.put(f"{one}/drafts/{draft}", await filled(walk, surveyor, **changes))
        return {"draft": draft, "revision": 1}

    first = await surveyor.post(f"{one}/submit", await save())
    more = {"replaces": first["records"][0]["id"], "reason": "面积看错了"}
    corrected = await surveyor.post(f"{one}/correct", {**await save(result="changed"), **more})
    above = f"/{JUXIAN}/survey/surveys/{begun['survey']['id']}"
    back = await town.post(f"{above}/return", {"version": corrected["survey"]["version"], "reason": "照片不清楚"})
    again = await surveyor.post(f"{one}/submit", await save(result="changed", handling="adjust"))
    archived = await town.post(f"{above}/archive", {"version": again["survey"]["version"]})
    body = {"version": archived["survey"]["version"], "reason": "已按3亩核定"}
    followed = await county.post(f"/{ANJU}/survey/surveys/{begun['survey']['id']}/followup", body)
    found = await town.post(f"/{JUXIAN}/survey/surveys/search", {"id_number": household["id_number"]})
    listed = await county.get(f"/{ANJU}/survey/surveys", state="archived")
    table = await county.visitor.ask("POST", f"/api/v1/{ANJU}/survey/export", json={"reason": "季度汇总"})
    walk.note("POST", f"/api/v1/{ANJU}/survey/export")
    await walk.settled()
    history = await surveyor.get(f"/{VILLAGE}/worklist/history", kind="survey")

    assert [record["result_label"] for record in again["records"]] == ["属实", "情况变化", "情况变化"]
    assert (back["survey"]["state_label"], archived["survey"]["followup"]) == ("草稿", "due")
    assert followed["survey"]["followup"] == "done"
    ids = {begun["survey"]["id"]}
    assert (table.status, table.body[:2]) == (200, b"PK")
    assert {each["id"] for each in found["items"]} == {each["id"] for each in listed["items"]} == ids
    assert begun["survey"]["number"] in [line["number"] for line in history["items"]]
