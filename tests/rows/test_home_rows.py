"""What everybody has: homes, messages, 我的; and 代录 for people without a phone: C15, S1, S13, S14, L1, L5, L10."""

from __future__ import annotations

from typing import Any

from tests.rows.rows import Walk, Walker, row
from tests.rows.test_worklist_rows import declare
from tests.web.conftest import picture
from tests.web.samples.core import OLD_AGE
from tests.web.samples.window import KEYS
from tests.world import ANJU, JUXIAN, VILLAGE


@row(
    "C15",
    operations=(
        "GET /me",
        "POST /me/claim",
        "GET /me/real-name",
        "POST /{place}/proofs",
        "GET /{place}/declaration/people",
        "GET /me/sessions",
        "DELETE /me/sessions",
        "GET /me/consents",
        "POST /me/consents/withdraw",
    ),
)
async def test_c15_a_resident_says_who_they_are_and_takes_it_back(walk: Walk) -> None:
    """Claimed on the phone, proved at the window; whom they act for; other phones signed out; the consent taken back."""
    resident = await walk.resident(None)
    window = await walk.staff("window", JUXIAN)
    number = "510903199010012486"

    await resident.post("/me/claim", {"name": "李晓燕", "id_number": number, "region": VILLAGE, "consent_version": "1"})
    claimed = await resident.get("/me/real-name")
    await window.post(f"/{JUXIAN}/proofs", {"person": resident.person, "name": "李晓燕", "id_number": number})
    me, proved = await resident.get("/me"), await resident.get("/me/real-name")
    people = await resident.get(f"/{ANJU}/declaration/people")
    sessions = await resident.get("/me/sessions")
    await resident.delete("/me/sessions")
    given = await resident.get("/me/consents")
    await resident.post("/me/consents/withdraw", {})
    taken = await resident.get("/me/real-name")

    assert (claimed["assurance"], proved["assurance"], me["assurance"]) == ("claimed", "proved", "proved")
    assert claimed["name"] == "李*燕" and number not in str(claimed)
    assert people["people"] == [] and len(sessions["items"]) >= 1 and given["items"]
    assert taken["withdrawn"]


@row(
    "S1",
    operations=("GET /{place}/menu", "GET /{place}/worklist/tasks/count", "GET /me/positions"),
)
async def test_s1_a_handler_sees_what_there_is_to_do(walk: Walk) -> None:
    """The tiles of their position, and how much waits for it."""
    window = await walk.staff("window", JUXIAN, node="accept")

    menu = await window.get(f"/{JUXIAN}/menu")
    before = await window.get(f"/{JUXIAN}/worklist/tasks/count")
    await declare(await walk.resident("王建国"), "510904194105130024")
    after = await window.get(f"/{JUXIAN}/worklist/tasks/count")
    positions = await window.get("/me/positions")

    assert {"我的待办", "经办历史", "我的已办", "代录"} <= {tile["label"] for tile in menu["items"]}
    assert after["todo"] == before["todo"] + 1
    assert [each["region_name"] for each in positions["items"]] == ["安居区聚贤镇"]


@row("S13", operations=("GET /inbox", "POST /inbox/read"), pushes=("P01",))
async def test_s13_a_handler_reads_what_has_come(walk: Walk) -> None:
    """The task that came stands there unread, leads to its page, and is read."""
    window = await walk.staff("window", JUXIAN, node="accept")
    await declare(await walk.resident("王建国"), "510904194206140029")

    await walk.settled()

    [arrived, *_] = [entry for entry in (await window.get("/inbox"))["items"] if entry["code"] == "P01"]
    await window.post("/inbox/read", {"ids": [arrived["id"]]})
    again = {entry["id"]: entry for entry in (await window.get("/inbox"))["items"]}

    assert "李桂兰" not in str(arrived) and arrived["link"]
    assert (arrived["read"], again[arrived["id"]]["read"]) == (False, True)


@row(
    "S14",
    operations=(
        "GET /{place}/declaration/window/projects",
        "GET /{place}/declaration/window/projects/{code}/form",
        "POST /{place}/declaration/window/persons/check",
        "POST /files",
        "POST /{place}/declaration/window/cases",
        "GET /{place}/declaration/window/cases",
        "GET /{place}/declaration/window/cases/{id}",
    ),
    pushes=("P01",),
)
async def test_s14_a_handler_declares_for_somebody_without_a_phone(walk: Walk) -> None:
    """With the signed paper as a picture; the case goes its way like any other, and is found among what the window entered."""
    clerk, window = await walk.staff("handler", JUXIAN), await walk.staff("window", JUXIAN, node="accept")
    place = f"/{JUXIAN}/declaration/window"
    person = {"name": "李桂兰", "id_number": "510904194307150023", "phone": "19900000001", "region": VILLAGE}
    whom = {"project": OLD_AGE, "declared_for": "self", "beneficiary": {**person, "category": "aged_80"}}

    projects = await clerk.get(f"{place}/projects")
    form = await clerk.get(f"{place}/projects/{OLD_AGE}/form")
    await clerk.post(f"{place}/persons/check", whom)
    case = await clerk.post(f"{place}/cases", {**whom, "materials": await papers(clerk)})
    task = await window.task(JUXIAN, case["number"], "accept")
    found = await clerk.get(f"{place}/cases")
    shown = await clerk.get(f"{place}/cases/{case['id']}")

    assert OLD_AGE in [each["code"] for each in projects["items"]] and form["materials"]
    assert task["title"] == "高龄津贴 · 李*兰"
    assert case["id"] in [each["id"] for each in found["items"]] and shown["number"] == case["number"]


async def papers(clerk: Walker) -> dict[str, Any]:
    return {key: [(await clerk.upload("/files", picture(), f"{key}.jpg"))["id"]] for key in KEYS}


@row(
    "L1",
    operations=(
        "GET /{place}/menu",
        "GET /{place}/worklist/tasks/count",
        "GET /{place}/complaints/overview",
        "GET /{place}/interception/statistics",
    ),
)
async def test_l1_a_leader_sees_how_the_place_stands(walk: Walk) -> None:
    """The tiles, and the numbers that stand on the home: what is small is withheld from leaders there as well."""
    leader, watcher = await walk.staff("leader", ANJU), await walk.staff("discipline", ANJU)

    phone = Walker(walk, await walk.scene.sign_in(leader.person, "ydjd", "staff"))
    labels = {tile["label"] for tile in (await phone.get(f"/{ANJU}/menu"))["items"]}
    await leader.get(f"/{ANJU}/worklist/tasks/count")
    shown = await leader.get(f"/{ANJU}/complaints/overview")
    exact = await watcher.get(f"/{ANJU}/complaints/overview")
    risks = await leader.get(f"/{ANJU}/interception/statistics")

    assert {"投诉处理", "我的待办", "申报查询", "入户调查"} <= labels
    assert shown["open"] in (None, exact["open"]) and exact["open"] is not None
    assert risks["total"] == sum(each["count"] or 0 for each in risks["rule"])


@row(
    "L5",
    operations=("GET /{place}/worklist/tasks", "GET /{place}/worklist/done", "GET /{place}/worklist/tasks/count"),
)
async def test_l5_a_leader_has_a_list_of_their_own(walk: Walk) -> None:
    """What waits for handlers is not on it."""
    leader = await walk.staff("leader", ANJU)
    await declare(await walk.resident("王建国"), "510904194408160028")

    todo = await leader.get(f"/{ANJU}/worklist/tasks")
    done = await leader.get(f"/{ANJU}/worklist/done")
    count = await leader.get(f"/{ANJU}/worklist/tasks/count")

    assert (todo["items"], done["items"], count["todo"]) == ([], [], 0)


@row("L10", operations=("GET /inbox", "POST /inbox/read"))
async def test_l10_a_leader_reads_their_messages(walk: Walk) -> None:
    """Those of the leader alone; all are read at once."""
    leader = await walk.staff("leader", ANJU)

    mine = (await leader.get("/inbox"))["items"]
    read = await leader.post("/inbox/read", {"upto": 10**6})

    assert all(entry["code"] != "P01" for entry in mine) and read is not None
