"""What the console's operations do, asked as a program would; its pages are walked in ``tests/pages/flows/test_ops.py``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import aiohttp
import pytest

from hub.app import Hub
from hub.console.schema import setting_of
from hub.wechat.accounts import WeChatAccount
from hub.words.clock import MovingClock
from hub.words.errors import Invalid
from plugins.complaints.config import ComplaintsConfig
from tests.rows.rows import Walk
from tests.web.scope import Scene
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, CITY, MONDAY_MORNING, SHEHONG

OPS = f"/{ANJU}/ops"
ACCOUNT = WeChatAccount(
    name="oa",
    kind="oa",
    appid="wx0123456789abcdef",
    secret="s" * 32,
    callback_token="token",
    aes_key="a" * 43,
    templates=dict.fromkeys(("todo", "progress", "result", "reminder", "alert"), "tpl"),
)


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    folder, counties = tmp_path_factory.mktemp("hub"), {ANJU: ALL_ON, SHEHONG: ALL_ON}
    clock = MovingClock(MONDAY_MORNING)
    async with whole_hub(mongo_uri, folder, counties, clock=clock, accounts=(ACCOUNT,)) as made:
        yield made


@pytest.fixture
async def walk(hub: Hub) -> AsyncIterator[Walk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Walk(Scene(hub, http))


async def test_a_message_names_the_template_of_each_account_that_sends_it(walk: Walk) -> None:
    """By its kind, as config.yaml has it."""
    operator = await walk.staff("ops_system", ANJU)

    found = {each["name"]: each for each in await operator.get(f"{OPS}/messages")}

    assert found["worklist.arrived"]["templates"] == [{"account": "oa", "channel": "oa", "template": "tpl"}]
    assert [name for name, each in found.items() if each["problems"]] == []


async def test_a_template_that_was_spoilt_says_where(walk: Walk, tmp_path: Path) -> None:
    """The operator's mistake is told in Chinese with its line; the other channel is still shown."""
    operator, templates = await walk.staff("ops_system", ANJU), walk.hub.push.templates
    folder = templates.path("worklist.arrived", "oa").parent
    (tmp_path / "arrived.inbox").write_text("待办\n{{ title }}", "utf-8")
    (tmp_path / "arrived.oa").write_text("thing1: {{ title }}\nthing2: {{ nobody_knows }}", "utf-8")

    templates.add({"worklist": tmp_path})
    try:
        seen = await operator.get(f"{OPS}/messages/worklist.arrived")
    finally:
        templates.add({"worklist": folder})

    assert seen["message"]["problems"] == ["公众号：arrived.oa第2行写错了，或与数据对不上，这种消息发不出去。"]
    assert (seen["title"], seen["fields"]["oa"]) == ("待办", [])


async def test_one_template_that_cannot_be_read_leaves_the_others_on_the_page(walk: Walk, tmp_path: Path) -> None:
    """A brace that is not closed is told with file and line."""
    operator, templates = await walk.staff("ops_system", ANJU), walk.hub.push.templates
    folder = templates.path("worklist.arrived", "oa").parent
    (tmp_path / "arrived.inbox").write_text("待办\n您好\n{{ title", "utf-8")
    (tmp_path / "arrived.oa").write_text("thing1: {% if title %}{{ title }}", "utf-8")

    templates.add({"worklist": tmp_path})
    try:
        found = {each["name"]: each["problems"] for each in await operator.get(f"{OPS}/messages")}
    finally:
        templates.add({"worklist": folder})

    assert found["worklist.arrived"] == [
        f"{where}第{line}行写错了，或与数据对不上，这种消息发不出去。"
        for where, line in (("站内消息：arrived.inbox", 3), ("公众号：arrived.oa", 1))
    ]
    assert [name for name, problems in found.items() if problems] == ["worklist.arrived"]


async def test_what_wechat_would_cut_is_shown_before_and_after(walk: Walk, tmp_path: Path) -> None:
    """A thing of more than twenty characters."""
    operator, templates = await walk.staff("ops_system", ANJU), walk.hub.push.templates
    folder = templates.path("worklist.arrived", "oa").parent
    (tmp_path / "arrived.inbox").write_text("待办\n", "utf-8")
    (tmp_path / "arrived.oa").write_text("thing1: {{ '办' * 30 }}", "utf-8")

    templates.add({"worklist": tmp_path})
    try:
        [field] = (await operator.get(f"{OPS}/messages/worklist.arrived"))["fields"]["oa"]
    finally:
        templates.add({"worklist": folder})

    assert (field["written"], field["sent"]) == ("办" * 30, "办" * 19 + "…")


async def test_an_undone_change_is_as_it_was_before(walk: Walk) -> None:
    """Also its settings; both changes stay in the history, each with who and why."""
    operator = await walk.staff("ops_system", ANJU)
    await operator.put(f"{OPS}/plugins/complaints/settings/accept_within.days", {"value": "10", "why": "试行"})
    off = await operator.put(f"{OPS}/plugins/complaints", {"on": False, "why": "检修"})

    await operator.post(f"{OPS}/plugins/undo", {"version": off["version"], "why": "检修推迟"})

    assert walk.hub.counties.is_on(ANJU, "complaints")
    assert walk.hub.counties.config(ANJU, "complaints").accept_within.days == 10
    lines = (await operator.get(f"{OPS}/plugins/history"))[:3]
    assert [(line["what"], line["why"]) for line in lines] == [
        ("开启“投诉举报”", "检修推迟"),
        ("关闭“投诉举报”", "检修"),
        ("更改“投诉举报”的设置", "试行"),
    ]
    assert all(line["by"] for line in lines)


async def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(walk: Walk) -> None:
    """Neither by a switch nor by an undo that was decided on what stood before."""
    operator = await walk.staff("ops_system", ANJU)
    seen = (await operator.put(f"{OPS}/plugins/survey", {"on": True, "why": "一"}))["version"]
    await operator.put(f"{OPS}/plugins/survey", {"on": True, "settings": {"drafts_kept": 30}, "why": "二"})

    turned = await operator.refusal("PUT", f"{OPS}/plugins/survey", {"on": False, "why": "三", "version": seen})
    undone = await operator.refusal("POST", f"{OPS}/plugins/undo", {"version": seen, "why": "四"})

    assert [turned, undone] == [(409, "stale")] * 2
    assert walk.hub.counties.config(ANJU, "survey").drafts_kept == 30


async def test_two_settings_that_are_changed_at_once_both_stand(walk: Walk) -> None:
    """Each is put among the others where they are kept, not among those that its writer has seen."""
    operator, settings = await walk.staff("ops_system", ANJU), f"{OPS}/plugins/complaints/settings"

    await asyncio.gather(
        operator.put(f"{settings}/accept_within.days", {"value": "10", "why": "一"}),
        operator.put(f"{settings}/least_shown", {"value": "7", "why": "二"}),
    )

    config = walk.hub.counties.config(ANJU, "complaints")
    assert (config.accept_within.days, config.least_shown) == (10, 7)


async def test_a_part_of_the_hub_is_set_and_not_turned_off(walk: Walk) -> None:
    operator = await walk.staff("ops_system", ANJU)

    await operator.put(f"{OPS}/plugins/worklist/settings/history_at_most", {"value": "20", "why": "页面太长"})
    refused = await operator.refusal("PUT", f"{OPS}/plugins/worklist", {"on": False, "why": "试"})

    assert walk.hub.counties.config(ANJU, "worklist").history_at_most == 20
    assert refused == (409, "conflict")


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("least_shown", "500", "从1到100。"),
        ("least_shown", "五", "填写有误，请核对。"),
        ("handled_at", "village", "填写有误，请核对。"),
        ("types", "{", "格式不对，请按JSON填写。"),
    ],
)
def test_a_setting_that_cannot_be_is_said_at_its_field(name: str, typed: str, said: str) -> None:
    setting = setting_of(ComplaintsConfig, name)

    with pytest.raises(Invalid) as refused:
        setting.read(typed)

    assert refused.value.fields == {"value": said}


def test_a_setting_that_is_left_empty_is_what_all_have() -> None:
    """The others of the county stay."""
    setting = setting_of(ComplaintsConfig, "accept_within.days")
    own = {"accept_within": {"days": 3, "unit": "workday"}, "least_shown": 9}

    assert setting.put(own, ComplaintsConfig(), "") == {"least_shown": 9}


async def test_an_account_that_rests_is_set_going_again(walk: Walk) -> None:
    """By the city's operators, with what waits for it; a county's see nothing of it."""
    city, county = await walk.staff("ops_system", CITY), await walk.staff("ops_system", ANJU)
    until = walk.hub.clock.now() + timedelta(hours=3)
    await walk.hub.push.pauses.add(ACCOUNT.appid, None, until, "quota")

    [before] = await city.get(f"/{CITY}/ops/wechat")
    resumed = await city.post(f"/{CITY}/ops/wechat/oa/resume", {"why": "额度已提高"})
    [after] = await city.get(f"/{CITY}/ops/wechat")

    assert [pause["reason_text"] for pause in before["pauses"]] == ["微信当日额度用完，次日零点后发送"]
    assert (resumed["ended"], after["pauses"]) == (1, [])
    line = await walk.hub.database["audit"].find_one({"what": "wechat.resume"})
    assert line is not None and line["why"] == "额度已提高"
    assert await county.refusal("GET", f"/{ANJU}/ops/wechat") == (404, "not_found")


async def test_a_glance_shows_what_is_wrong(walk: Walk) -> None:
    """Of the place and below."""
    operator = await walk.staff("ops_system", CITY)
    row = {"_id": f"{ANJU}|trigger:x", "county": ANJU, "name": "trigger:x", "failures": 5, "error": "ValueError"}
    await walk.hub.database["cutoffs"].insert_one({**row, "cut_at": walk.hub.clock.now(), "probe_at": None})

    here = await operator.get(f"/{CITY}/ops/health")
    elsewhere = await operator.get(f"/{SHEHONG}/ops/health")

    assert (here["cut_off"], elsewhere["cut_off"]) == (1, 0)
    assert here["checks"]["mongodb"] == "ok" and here["sessions"] == 0


@pytest.mark.parametrize("role", ["ops_security", "ops_audit"])
async def test_the_other_administrators_turn_nothing(walk: Walk, role: str) -> None:
    """The three roles never overlap."""
    other = await walk.staff(role, CITY)

    asked = ("plugins", "health", "jobs", "wechat", "workdays", "messages", "messages/worklist.arrived")

    assert {await other.refusal("GET", f"/{CITY}/ops/{path}") for path in asked} == {(403, "forbidden")}


async def test_a_county_changes_no_working_day(walk: Walk) -> None:
    """They are the same for the whole city, whoever asks at a county."""
    city = await walk.staff("ops_system", CITY)

    refused = await city.refusal("PUT", f"/{ANJU}/ops/workdays/2026-12-01", {"kind": "rest", "why": "防汛"})

    assert refused == (404, "not_found")
    assert walk.hub.workdays.calendar.is_workday(date(2026, 12, 1))


async def test_bad_lines_of_a_notice_are_told_at_once(walk: Walk) -> None:
    """A word that is none, a day twice, a year that nobody plans yet; nothing is written."""
    city = await walk.staff("ops_system", CITY)
    lines = ["2027-01-01 放假", "2027-01-03 班", "2027-01-03 休", "2032-01-01 休"]
    body = {"lines": lines, "why": "通知", "dry_run": False}

    answer = await city.visitor.ask("POST", f"/api/v1/{CITY}/ops/workdays/import", json=body)

    assert answer.status == 422
    said = answer.error["fields"]["lines"].splitlines()
    assert [line.partition("行")[0] for line in said] == ["第1", "第3", "第4"]
    assert await walk.hub.workdays.days_of(2027) == []


async def test_a_day_that_was_changed_does_not_make_its_year_known(walk: Walk) -> None:
    """Offices close for a flood: the notice of the year is still to be imported."""
    city, year = await walk.staff("ops_system", CITY), walk.hub.clock.now().year + 2

    await city.put(f"/{CITY}/ops/workdays/{year}-07-05", {"kind": "rest", "why": "防汛"})

    seen = await city.get(f"/{CITY}/ops/workdays", year=year)
    assert seen["known"] is False
