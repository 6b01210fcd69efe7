"""S10 拦截信息确认, S8 and L7 纪委监督, walked over HTTP by the bureau, 纪委 and a leader."""

from __future__ import annotations

from typing import Any

from stdnum.iso7064 import mod_11_2

from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN, VILLAGE

CIVIL, OLD_AGE = "民政局", "30005"
BASE = f"/{ANJU}/interception"
NUMBERS = ("510904194403150023", "510923194106120011")


async def bring(walk: Walk, who: Walker, number: str, kind: str = "death") -> dict[str, Any]:
    """A check list with one right line and one that is none."""
    text = f"姓名,身份证号\n李桂兰,{number}\n张三,1"
    stored = await who.upload(f"{BASE}/lists", text.encode(), "list.csv", f"?kind={kind}")
    await walk.settled()
    return dict(await who.get(f"{BASE}/lists/{stored['id']}"))


async def declare(resident: Walker, number: str) -> dict[str, Any]:
    """王建国 declares 高龄津贴 for somebody over 80."""
    keys = ("id_card", "household", "social_card", "proof")
    materials = {key: [(await resident.upload("/files", picture(), f"{key}.jpg"))["id"]] for key in keys}
    person = {"name": "李桂兰", "id_number": number, "phone": "19900000001", "region": VILLAGE, "category": "aged_80"}
    form = {"project": OLD_AGE, "declared_for": "other", "beneficiary": person, "materials": materials}
    return dict(await resident.post(f"/{ANJU}/declaration/cases", form))


async def typed(walk: Walk, number: str, project: str = OLD_AGE) -> None:
    """A surveyor types a household on site."""
    surveyor = await walk.staff("handler", VILLAGE, node="survey")
    await typed(walk, number)

    listed = (await discipline.get(f"{BASE}/entries", attempt="true", rule="R01"))["items"]
    found_again = (await town.post(f"/{JUXIAN}/interception/entries/search", {"id_number": number}))["items"]

    assert [each["id"] for each in listed] == [each["id"] for each in found_again]
    assert (listed[0]["who"], listed[0]["label"], listed[0]["case_number"]) == ("李*兰", "已死亡仍领取", "")
    assert number not in repr(listed) + repr(found_again)


@row(
    "L7",
    operations=(
        "GET /{place}/interception/statistics",
        "GET /{place}/interception/hits",
        "POST /{place}/interception/hits/search",
        "GET /{place}/interception/hits/{id}",
        "POST /{place}/interception/export",
    ),
    pushes=("P09",),
)
async def test_l7_a_leader_counts_drills_down_and_reads_the_list(walk: Walk) -> None:
    """By rule and town, then the town's villages, then the hits; the sums agree; evidence is not for leaders."""
    number = valid("510904194011110011")
    discipline, leader = await walk.staff("discipline", ANJU), await walk.staff("leader", ANJU)
    await bring(walk, discipline, number)
    await typed(walk, number)

    county = await leader.get(f"{BASE}/statistics")
    town = await leader.get(f"/{JUXIAN}/interception/statistics", rule="R01")
    listed = (await leader.get(f"/{JUXIAN}/interception/hits", rule="R01"))["items"]
    hit = await found(leader, number)
    detail = await leader.get(f"{BASE}/hits/{hit['id']}")
    refused = await leader.refusal("POST", f"{BASE}/hits/{hit['id']}/evidence", {"reason": "看看"})
    table = await leader.visitor.ask("POST", f"/api/v1{BASE}/export", json={"reason": "季度汇总"})
    walk.note("POST", f"/api/v1{BASE}/export")

    for name in ("rule", "severity", "state", "place", "bureau", "project", "month"):
        assert sum(bar["count"] for bar in county[name]) == county["total"] > 0, name
    [bar] = [each for each in county["place"] if each["key"] == JUXIAN]
    assert bar["count"] >= town["total"] == len(listed)
    assert (detail["can"], detail["evidence"], refused[0]) == ([], False, 403)
    assert (table.status, table.body[:2]) == (200, b"PK")


def valid(number: str) -> str:
    """With its right check digit."""
    return number[:17] + mod_11_2.calc_check_digit(number[:17])
