"""人员和岗位表: a table of staff, tried and brought in by whoever gives rights; what the last one had and this one has not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.api import sheets
from hub.app import Hub
from hub.rules import importing
from hub.words.clock import MovingClock
from hub.words.regions import Region
from tests.console.runs import IMPORTS, brought_in, tried
from tests.rows.rows import Walk, Walker
from tests.web.scope import Scene
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, MONDAY_MORNING, SHEHONG, VILLAGE

HEAD = "账号,姓名,身份证号,手机号,角色,地区代码,地区名称,部门,项目,岗位环节"
NUMBER = "510904198803129942"


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    folder, counties = tmp_path_factory.mktemp("hub"), {ANJU: ALL_ON, SHEHONG: ALL_ON}
    async with whole_hub(mongo_uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as made:
        yield made


@pytest.fixture
async def walk(hub: Hub) -> AsyncIterator[Walk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Walk(Scene(hub, http))


@pytest.fixture
async def officer(walk: Walk) -> Walker:
    return await walk.staff("ops_security", CITY)


@pytest.fixture(autouse=True)
async def no_last_table(hub: Hub) -> None:
    await hub.database["ops.import_rolls"].delete_many({})


def table(*rows: str) -> bytes:
    return "\n".join((HEAD, *rows)).encode()


def row(account: str, *, name: str = "周敏", number: str = "", role: str = "经办人员", code: str = "", place: str = "聚贤镇",
        bureau: str = "", node: str = "") -> str:  # fmt: skip
    return f"{account},{name},{number},,{role},{code},{place},{bureau},,{node}"


async def held_by(walk: Walk, account: str) -> set[tuple[str, str, str | None, str | None]]:
    """What the owner of an account holds."""
    staff = walk.hub.identity.staff
    found = await staff.held(await staff.person_of(account), walk.hub.clock.now())
    return {(each.role, each.region, each.bureau, each.node) for each in found}


async def test_several_rows_of_one_account_are_one_person(walk: Walk, officer: Walker) -> None:
    """Wherever they stand in the table; roles, nodes and places by what they are called, or by their codes."""
    rows = (
        row("several", number=NUMBER),
        row("another"),
        row("SEVERAL", name="周 敏", role="window", code=VILLAGE, place=""),
        row("several", name="周敏", place="安居区", bureau="民政局", node="县级审批"),
    )

    done = await brought_in(officer, "staff_table", table(*rows))

    assert (done["tally"]["added"], done["rejects"]) == (2, [])
    assert await held_by(walk, "several") == {
        ("handler", JUXIAN, None, None),
        ("window", VILLAGE, None, None),
        ("handler", ANJU, "民政局", "approve_county"),
    }


async def test_the_same_table_again_changes_nothing(walk: Walk, officer: Walker) -> None:
    """And one with a position more adds just that."""
    await brought_in(officer, "staff_table", table(row("again")))

    again = await tried(officer, "staff_table", table(row("again")))
    more = await brought_in(officer, "staff_table", table(row("again"), row("again", role="领导", place="安居区")))

    assert (again["tried"]["added"], again["tried"]["changed"], again["tried"]["unchanged"]) == (0, 0, 1)
    assert (more["tally"]["added"], more["tally"]["changed"]) == (0, 1)
    assert len(await held_by(walk, "again")) == 2


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (row("bad", role="国王"), "没有这个角色，请照空表里的说明填写"),
        (row("bad", role=""), "角色没有填写"),
        (row("bad", place=""), "地区代码和地区名称都没有填写"),
        (row("bad", place="没有的村"), "没有这个地区名称，请照空表里的说明填写"),
        (row("bad", code="999999"), "没有这个地区代码"),
        (row("bad", code=VILLAGE, place="安居区"), "地区代码和地区名称不是同一个地方"),
        (row("bad", node="没有的环节"), "没有这个岗位环节，请照空表里的说明填写"),
        (row("bad", number="510904198803129941"), "身份证号：身份证号校验不通过，请核对。"),
        (row("bad", name=""), "姓名：请填写身份证上的姓名。"),
        (row(""), "账号没有填写"),
        (row("good", name="何军"), "姓名与第2行同一账号的不一样"),
        (row("bad", role="安全管理员"), "管理员岗位请由运维人员在服务器上办理。"),
    ],
)
async def test_a_bad_row_is_named_and_stops_no_other(walk: Walk, officer: Walker, bad: str, why: str) -> None:
    """By its number, in Chinese, without what stands there about a person."""
    run = await tried(officer, "staff_table", table(row("good"), bad, row("fine")))

    assert run["rejects"] == [{"row": "3", "why": why}]
    assert run["tried"]["added"] == 2


async def test_a_place_that_several_are_called_is_to_be_written_in_full(walk: Walk, officer: Walker) -> None:
    """Where the whole name says which, that does."""
    twins = [(f"{town}901", town) for town in (JUXIAN, DONGCHAN)]
    villages = [Region(code=code, name="同名村", level="village", parent=town) for code, town in twins]
    await walk.hub.places.import_rows(villages)

    run = await tried(officer, "staff_table", table(row("twin", place="同名村"), row("twin", place="聚贤镇同名村")))

    assert [each["row"] for each in run["rejects"]] == ["2"]
    assert "同名" in run["rejects"][0]["why"]


async def test_a_long_table_is_tried_and_brought_in_in_parts(
    walk: Walk, officer: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows of one account stay together, so that they are one person in the trial as well."""
    monkeypatch.setattr(importing, "ROWS_OF_PART", 4)
    rows = [row(f"long{number % 5}", role=role) for role in ("经办人员", "领导") for number in range(5)]

    done = await brought_in(officer, "staff_table", table(*rows))

    assert (done["parts"], done["done"], done["tried"]["added"], done["tally"]["added"]) == (3, 3, 5, 5)
    assert await walk.hub.database["ops.import_contents"].count_documents({}) == 0
    assert len(await held_by(walk, "long4")) == 2


async def test_a_wrong_account_gives_nobody_anothers_post(walk: Walk, officer: Walker) -> None:
    """Whether a number stands beside the name or not; a name that is written otherwise is the same. Who gets which post is said."""
    await brought_in(officer, "staff_table", table(row("plain2"), row("numbered2", number=NUMBER), row("spaced2")))

    leads = {"role": "领导", "place": "安居区"}
    wrong = row("plain2", name="李四", **leads), row("numbered2", name="李四", number=NUMBER, **leads)
    trial = await tried(officer, "staff_table", table(*wrong, row("spaced2", name="周 敏", bureau="民政局", **leads)))

    assert [(each["row"], each["why"]) for each in trial["rejects"]] == [
        ("2", "姓名：与此账号登记的姓名不一致。"),
        ("3", "姓名：与此账号登记的姓名不一致。"),
    ]
    assert trial["changes"] == ["spaced2：安居区 领导，民政局"]


async def test_of_whom_a_row_cannot_be_read_nothing_is_missing(walk: Walk, officer: Walker) -> None:
    """Neither where it could not be read before, nor where it cannot now."""
    typo = {"role": "经办人圆"}
    await brought_in(officer, "staff_table", table(row("before", **typo), row("now")))

    trial = await tried(officer, "staff_table", table(row("before"), row("now", **typo)))

    assert trial["lost"] == ""


async def test_what_the_last_table_had_and_this_one_has_not_is_said(walk: Walk, officer: Walker) -> None:
    """In the trial already, with the way to each; nothing is taken away."""
    first = table(row("stays"), row("loses"), row("loses", role="领导"), row("gone"), row("gone", role="领导"))
    before = await brought_in(officer, "staff_table", first)

    run = await tried(officer, "staff_table", table(row("stays"), row("loses")))
    report = await officer.visitor.post(f"/api/v1{IMPORTS}/{run['id']}/missing", json={})

    assert (before["lost"], run["lost"]) == ("", "1人，3个岗位")
    lines = [each.cells for each in sheets.read_rows(report.body, "missing.xlsx")]
    assert [(each["人员"], each["岗位"], each["现在"]) for each in lines] == [
        ("周敏（loses）", "安居区聚贤镇 领导", "仍有岗位"),
        ("周敏（gone）", "安居区聚贤镇 经办人员", "仍有岗位"),
        ("周敏（gone）", "安居区聚贤镇 领导", "仍有岗位"),
    ]
    assert len(await held_by(walk, "gone")) == 2


async def test_only_a_table_that_was_brought_in_is_the_last_one(walk: Walk, officer: Walker) -> None:
    """A trial is none; what a table names is kept sealed, and only of the last."""
    await brought_in(officer, "staff_table", table(row("first"), row("second")))
    await tried(officer, "staff_table", table(row("first")))

    run = await brought_in(officer, "staff_table", table(row("second")))
    after = await tried(officer, "staff_table", table(row("second")))

    assert (run["lost"], after["lost"]) == ("1人，1个岗位", "")
    [kept] = await walk.hub.database["ops.import_rolls"].find({}).to_list(None)
    assert "second" not in str(kept)


async def test_a_row_that_is_left_out_is_not_missing(walk: Walk, officer: Walker) -> None:
    """A slip of the pen in a number ends nobody's job."""
    await brought_in(officer, "staff_table", table(row("slip")))

    run = await tried(officer, "staff_table", table(row("slip", number="510904198803129941")))

    assert (run["tried"]["rejected"], run["lost"]) == (1, "")


async def test_the_table_to_fill_in_has_its_hints_and_a_sample(officer: Walker) -> None:
    """As for other tables."""
    answer = await officer.visitor.get(f"/api/v1{IMPORTS}/kinds/staff_table/template")

    [kind] = [each for each in await officer.get(f"{IMPORTS}/kinds") if each["name"] == "staff_table"]
    assert answer.status == 200
    assert [each["label"] for each in kind["columns"]] == HEAD.split(",")
    assert {each["label"] for each in kind["columns"] if each["required"]} == {"账号", "姓名", "角色"}
