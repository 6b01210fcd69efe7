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
    household = {"place": VILLAGE, "project": project, "name": "李桂兰", "id_number": number}
    await surveyor.post(f"/{VILLAGE}/survey/surveys", household)
    await walk.settled()


async def found(who: Walker, number: str) -> dict[str, Any]:
    await who.walk.settled()
    page = await who.post(f"{BASE}/hits/search", {"id_number": number})
    return dict(page["items"][0])


async def move(who: Walker, hit: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    one = f"{BASE}/hits/{hit['id']}"
    version = (await who.get(one))["hit"]["version"]
    done = await who.post(f"{one}/{verb}", {"version": version, "reason": "已核实", **body})
    await who.walk.settled()
    return dict(done)


@row(
    "S10",
    operations=(
        "GET /{place}/interception/kinds",
        "GET /{place}/interception/templates/{kind}",
        "POST /{place}/interception/lists",
        "GET /{place}/interception/lists",
        "GET /{place}/interception/lists/{id}",
        "GET /{place}/interception/lists/{id}/rejects",
        "GET /{place}/interception/hits",
        "GET /{place}/interception/hits/{id}",
        "POST /{place}/interception/hits/{id}/evidence",
        "POST /{place}/interception/hits/{id}/propose",
        "POST /{place}/interception/hits/{id}/reject",
        "POST /{place}/interception/hits/{id}/clear",
        "POST /{place}/interception/hits/{id}/review",
        "POST /{place}/interception/hits/{id}/archive",
    ),
    pushes=("P01", "P09"),
)
async def test_s10_a_false_alarm_is_cleared_by_two_and_the_case_goes_on(walk: Walk) -> None:
    """The list is brought in, the declaration waits in neutral words; the first proposes, the second clears, 纪委 archives."""
    number = NUMBERS[0]
    resident, discipline = await walk.resident("王建国"), await walk.staff("discipline", ANJU)
    first = await walk.staff("handler", ANJU, CIVIL, "interception")
    second = await walk.staff("handler", ANJU, CIVIL)
    kinds = await discipline.get(f"{BASE}/kinds")
    table = await discipline.download(f"{BASE}/templates/death")
    stored = await bring(walk, discipline, number)
    lists = await discipline.get(f"{BASE}/lists")
    rejects = await discipline.get(f"{BASE}/lists/{stored['id']}/rejects")
    case = await declare(resident, number)

    told = [entry["title"] for entry in await first.inbox()]
    waiting = (await first.get(f"{BASE}/hits", state="waiting"))["items"]
    hit = await found(first, number)
    held = await resident.get(f"/{ANJU}/declaration/cases/{case['id']}")
    evidence = await first.post(f"{BASE}/hits/{hit['id']}/evidence", {"reason": "核实死亡登记"})
    await move(first, hit, "propose", evidence="派出所证明")
    await move(second, hit, "reject")
    await move(first, hit, "propose", evidence="派出所证明、本人到场")
    cleared = await move(second, hit, "clear")
    after = await resident.get(f"/{ANJU}/declaration/cases/{case['id']}")
    await move(discipline, hit, "review")
    archived = await move(discipline, hit, "archive")

    assert (len(kinds["items"]), table[:2], len(lists["items"])) == (11, b"PK", 1)
    assert (stored["rows"], stored["added"], stored["rejected"], rejects["items"][0]["line"]) == (2, 1, 1, 3)
    assert any(title.startswith("拦截待确认：高龄津贴（李*兰）") for title in told)
    assert (hit["case_number"], [each["id"] for each in waiting]) == (case["number"], [hit["id"]])
    assert "核对" in repr(held) and "死亡" not in repr(held)
    assert (held["state"], after["state"]) == ("intercepted", "handling")
    assert evidence["proofs"][0]["says"] == {"姓名": "李桂兰"}
    assert (cleared["hit"]["state_label"], archived["hit"]["state_label"]) == ("误报解除", "已归档")
    assert [step["label"] for step in archived["steps"]][-5:] == [
        "不同意误报解除", "提出误报解除", "确认误报解除", "复核同意", "归档",
    ]  # fmt: skip


@row(
    "S10",
    operations=(
        "POST /{place}/interception/hits/{id}/confirm",
        "POST /{place}/interception/hits/{id}/note",
        "POST /{place}/interception/hits/{id}/return",
        "GET /{place}/interception/recoveries",
        "GET /{place}/interception/recoveries/{id}",
        "POST /{place}/interception/recoveries/{id}/recovered",
        "POST /{place}/interception/recoveries/{id}/waive",
        "GET /{place}/interception/rules",
    ),
    pushes=("P09", "P14"),
)
async def test_s10_confirmed_the_case_ends_and_the_money_comes_back(walk: Walk) -> None:
    """属实 ends the declaration, 纪委 sends it back once; one 追缴 is paid, one waived; a warning is noted."""
    number, warned = NUMBERS[1], valid("51090419370101002X")
    resident, discipline = await walk.resident("王建国"), await walk.staff("discipline", ANJU)
    clerk = await walk.staff("handler", ANJU, CIVIL, "interception")
    await bring(walk, discipline, number)
    case = await declare(resident, number)
    hit = await found(clerk, number)
    rules = await clerk.get(f"{BASE}/rules")

    await move(clerk, hit, "confirm")
    await move(discipline, hit, "return")
    confirmed = await move(clerk, hit, "confirm", end_case=True, recover="360.00")
    ended = await resident.get(f"/{ANJU}/declaration/cases/{case['id']}")
    told = [entry["title"] for entry in await resident.inbox()]
    owed = await clerk.get(f"{BASE}/recoveries/{confirmed['recovery']}")
    given = {"version": owed["version"], "amount": "360.00", "reason": "收据0001"}
    back = await clerk.post(f"{BASE}/recoveries/{owed['id']}/recovered", given)
    await bring(walk, discipline, warned, "cadres")
    await typed(walk, warned, "30001")
    noted = await move(clerk, await found(clerk, warned), "note")
    waived = await waive_another(walk, clerk, discipline)

    assert len(rules["items"]) == 13
    assert (confirmed["hit"]["state_label"], ended["state"]) == ("属实", "ended")
    assert "死亡" not in repr(ended) and not any("死亡" in title for title in told)
    assert (owed["amount"], back["state_label"], waived["state_label"]) == ("360.00", "已追回", "不予追缴")
    assert (noted["hit"]["label"], noted["hit"]["state_label"]) == ("村干部、经办人员或其亲属", "知悉")


async def waive_another(walk: Walk, clerk: Walker, discipline: Walker) -> dict[str, Any]:
    """A 追缴 that nothing can come of."""
    number = valid("51090419360101002X")
    await bring(walk, discipline, number)
    await typed(walk, number)
    await move(clerk, await found(clerk, number), "confirm", recover="60")
    [owed] = (await clerk.get(f"{BASE}/recoveries", state="open"))["items"]
    given = {"version": owed["version"], "reason": "已死亡且无遗产"}
    return dict(await clerk.post(f"{BASE}/recoveries/{owed['id']}/waive", given))


@row(
    "S8",
    operations=("GET /{place}/interception/entries", "POST /{place}/interception/entries/search"),
    pushes=("P09",),
)
async def test_s8_somebody_was_typed_in_and_never_declared(walk: Walk) -> None:
    """A surveyor types a person who is on a list; 纪委 and a handler of the town read of it, without number or evidence."""
    number = valid("51090419390101002X")
    discipline = await walk.staff("discipline", ANJU)
    town = await walk.staff("handler", JUXIAN, CIVIL)
    await bring(walk, discipline, number)
    await typed(walk, number)

    listed = [
        each
        for each in (await discipline.get(f"{BASE}/entries", attempt="true", rule="R01"))["items"]
        if each["state"] == "waiting"
    ]
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

    shown = await leader.get(f"{BASE}/statistics")
    county = await discipline.get(f"{BASE}/statistics")
    town = await discipline.get(f"/{JUXIAN}/interception/statistics", rule="R01")
    listed = (await leader.get(f"/{JUXIAN}/interception/hits", rule="R01"))["items"]
    hit = await found(leader, number)
    detail = await leader.get(f"{BASE}/hits/{hit['id']}")
    refused = await leader.refusal("POST", f"{BASE}/hits/{hit['id']}/evidence", {"reason": "看看"})
    table = await leader.visitor.ask("POST", f"/api/v1{BASE}/export", json={"reason": "季度汇总"})
    walk.note("POST", f"/api/v1{BASE}/export")

    for name in ("rule", "severity", "state", "place", "bureau", "project", "month"):
        assert sum(bar["count"] for bar in county[name]) == county["total"] > 0, name
        # What is small names people: not for leaders.
        assert all(bar["count"] is None or bar["count"] >= 5 for bar in shown[name]), name
    [bar] = [each for each in county["place"] if each["key"] == JUXIAN]
    assert bar["count"] >= town["total"] == len(listed)
    assert (detail["can"], detail["evidence"], refused[0]) == ([], False, 403)
    assert (table.status, table.body[:2]) == (200, b"PK")


def valid(number: str) -> str:
    """With its right check digit."""
    return number[:17] + mod_11_2.calc_check_digit(number[:17])
