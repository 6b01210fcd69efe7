"""投诉处理: 受理, 退回, 转办, 合并, 延期, 回复; who sees how much; the end, and what it does to the row."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from hub.api import Secret, Withdraw
from hub.reading.sheets import read_rows
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from plugins.complaints.documents import seat_published
from tests.complaints.conftest import ANJU, CIVIL, FARMING, NUMBERS, OLD_AGE
from tests.plugins.conftest import told
from tests.world import CITY, JUXIAN, SHEHONG, VILLAGE

LIST, SHOW = "GET complaints", "GET complaints/{id}"


# --- the ordinary way ------------------------------------------------------------------------------------------------


async def test_from_filing_to_a_satisfied_end(office):
    """Each step told to whom it concerns; the row goes on, and everybody may read what came of it."""
    row = await office.row()
    filed = await office.file(row=row)
    accepted = await office.do("accept", filed.id)
    replied = await office.do("reply", filed.id)
    held = (await office.stored_row(row))["held"]
    closed = await office.own("answer", filed.id, satisfied=True)

    shown = await office.ask(office.citizen(), "GET complaints/published")
    assert accepted.complaint.state_label == "已受理"
    [reply] = replied.replies
    assert (reply.opinion, reply.situation, reply.handler, reply.unit) == (
        "经核查不属实",
        "已入户核查车辆登记",
        "罗勇",
        "安居区民政局",
    )
    # A reply alone does not let the row go.
    assert held == [filed.id]
    assert (await office.stored_row(row))["ended"] == [[filed.id, False]]
    assert (closed.complaint.state, closed.further, closed.moves) == ("closed", "", [])
    assert [(each.short, each.upheld, each.summary) for each in shown.items] == [
        ("高龄津贴", False, "经核查，反映的问题不属实。")
    ]
    assert told(office.pushes) == [
        ("complaints.arrived", f"handler@{ANJU}"),
        ("complaints.accepted", "wang"),
        ("complaints.replied", "wang"),
        ("complaints.closed", "wang"),
    ]
    task = await office.task(filed.id)
    assert (task["state"], task["move"], task["done_name"]) == ("done", "reply", "罗勇")


@pytest.mark.parametrize(("upheld", "goes"), [("yes", True), ("partly", False), ("no", False)])
async def test_what_is_true_takes_the_row_away(office, upheld, goes):
    """In full; what is true in part is set right by the handler, and the row goes on."""
    row = await office.row()
    filed = await office.file(row=row)
    await office.do("accept", filed.id)
    await office.do("reply", filed.id, upheld=upheld)
    await office.own("answer", filed.id, satisfied=True)

    assert (await office.stored_row(row))["ended"] == [[filed.id, goes]]


async def test_not_satisfied_it_is_handled_once_more_and_that_is_the_end(office):
    """With the second reply; then 12345 and 12388 are shown."""
    row = await office.row()
    filed = await office.file(row=row)
    await office.do("accept", filed.id)
    await office.do("reply", filed.id)
    with pytest.raises(Invalid):
        await office.own("answer", filed.id, satisfied=False)
    again = await office.own("answer", filed.id, satisfied=False, words="没有核查车辆")
    task = await office.task(filed.id)
    await office.do("reply", filed.id, upheld="yes")

    detail = await office.ask(office.citizen(), "GET complaints/mine/{id}", id=filed.id)
    assert (again.complaint.state_label, task["round"], task["state"]) == ("再次处理", 2, "open")
    assert (detail.complaint.state, len(detail.replies), detail.replies[0].satisfied) == ("closed", 2, False)
    assert "12345" in detail.further and "12388" in detail.further
    assert (await office.stored_row(row))["ended"] == [[filed.id, True]]
    assert told(office.pushes)[-2:] == [("complaints.again", f"handler@{ANJU}"), ("complaints.replied", "wang")]
    with pytest.raises(Conflict):
        await office.own("answer", filed.id, satisfied=False, words="还是不满意")


@pytest.mark.parametrize("move", ["refuse", "withdraw"])
async def test_other_ends_let_the_row_go_on(office, move):
    """不予受理 with a reason that is read, 撤诉 by the complainant alone."""
    row = await office.row("payment", readers=("wang",))
    filed = await office.file(row=row)

    await (office.do("refuse", filed.id, reason="不属于本项目") if move == "refuse" else office.own(move, filed.id))

    detail = await office.ask(office.citizen(), "GET complaints/mine/{id}", id=filed.id)
    assert (await office.stored_row(row))["ended"] == [[filed.id, False]]
    assert (detail.reason, detail.complaint.state) == (
        ("不属于本项目", "refused") if move == "refuse" else ("", "withdrawn")
    )
    assert (await office.task(filed.id))["state"] == ("done" if move == "refuse" else "ended")


async def test_nothing_is_published_that_was_declined(office):
    """Nor without words that somebody has checked."""
    for changes, said in (({"publish": False}, "已核查。"), ({"publish": True}, "")):
        filed = await office.file(row=await office.row(), **changes)
        await office.do("accept", filed.id)
        await office.do("reply", filed.id, public_summary=said)
        await office.own("answer", filed.id, satisfied=True)

    assert (await office.ask(office.citizen(), "GET complaints/published")).items == []


async def test_a_public_summary_names_nobody_whose_complaint_was_merged_into_it(office):
    """Each under the name that they had given."""
    row, chen = await office.row(), msgspec.structs.replace(office.citizen("chen"), name=Secret("陈芳"))
    main, second = await office.file(row=row), await office.file(chen, row=row)
    await office.do("accept", main.id)
    await office.do("merge", second.id, into=main.id)

    with pytest.raises(Invalid) as refused:
        await office.do("reply", main.id, public_summary="陈 芳反映的情况属实")

    assert set(refused.value.fields) == {"public_summary"}


@pytest.mark.parametrize("said", ["李桂兰不属实", "王建国反映不实", "电话13800001234核实", "长" * 301])
async def test_a_public_summary_names_nobody(office, said):
    filed = await office.file(row=await office.row())
    await office.do("accept", filed.id)

    with pytest.raises(Invalid) as refused:
        await office.do("reply", filed.id, public_summary=said)

    assert set(refused.value.fields) == {"public_summary"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"opinion": ""}, "opinion"), ({"situation": " "}, "situation"), ({"opinion": "长" * 2001}, "opinion")],
)
async def test_a_reply_says_all_five(office, changes, field):
    filed = await office.file(row=await office.row())
    await office.do("accept", filed.id)

    with pytest.raises(Invalid) as refused:
        await office.do("reply", filed.id, **changes)
    with pytest.raises(Invalid):
        await office.do("reply", filed.id, processed_at=office.world.clock.now() + timedelta(days=1))

    assert set(refused.value.fields) == {field}


async def test_nobody_works_on_an_old_version(office):
    filed = await office.file(row=await office.row())
    await office.do("accept", filed.id)

    with pytest.raises(Stale) as stale:
        await office.do("reply", filed.id, version=1)

    assert stale.value.state == {"state": "accepted", "version": 2}


# --- 转办, 退回, 合并 --------------------------------------------------------------------------------------------------


async def test_passed_on_to_another_bureau_it_is_theirs(office):
    """The first office sees it no more; whoever has it now is told, and accepts without the complainant being told again."""
    filed = await office.file(row=await office.row())
    await office.do("accept", filed.id)
    farmer = office.handler("农业", bureau=FARMING)
    limit = (await office.stored(filed.id))["due_at"]

    await office.do("transfer", filed.id, region=ANJU, bureau=FARMING)
    with pytest.raises(NotFound):
        await office.ask(office.handler(), SHOW, id=filed.id)
    await office.do("accept", filed.id, farmer)
    await office.do("reply", filed.id, farmer)
    await office.own("answer", filed.id, satisfied=True)

    tasks = await office.world.database["worklist.tasks"].find({"subject": filed.id}, sort=[("round", 1)]).to_list(9)
    assert [(each["bureau"], each["move"]) for each in tasks] == [(CIVIL, "transfer"), (FARMING, "reply")]
    assert (await office.stored(filed.id))["due_at"] == limit
    assert told(office.pushes).count(("complaints.accepted", "wang")) == 1
    assert ("complaints.assigned", f"handler@{ANJU}") in told(office.pushes)
    assert f"{filed.id}:1" in [push.key for push in office.pushes if isinstance(push, Withdraw)]


async def test_to_a_town_and_back(office):
    """退回 within two working days goes to whoever assigned it."""
    filed = await office.file(row=await office.row())
    town = office.handler("乡镇", region=JUXIAN)

    await office.do("transfer", filed.id, region=JUXIAN, bureau=CIVIL)
    assert (await office.stored(filed.id))["place"] == JUXIAN
    await office.do("return", filed.id, town, at=JUXIAN, reason="不属于本镇")

    stored = await office.stored(filed.id)
    assert (stored["place"], stored["bureau"], stored["state"], stored["before"]) == (ANJU, CIVIL, "returned", [])
    await office.do("transfer", filed.id, region=JUXIAN, bureau=CIVIL)
    office.world.clock.advance(timedelta(days=4))
    with pytest.raises(Conflict, match="已超过退回的期限"):
        await office.do("return", filed.id, town, at=JUXIAN)


async def test_a_first_dispatch_goes_back_to_the_countys_dispatchers(office):
    """Positions that are bound to no bureau, unless the county has set one."""
    filed = await office.file(row=await office.row())
    dispatcher = office.handler("派单", bureau=None)

    await office.do("return", filed.id)
    with pytest.raises(NotFound):
        await office.ask(office.handler(), SHOW, id=filed.id)
    with pytest.raises(Conflict, match="没有可退回的单位"):
        await accept_and_return(office, filed.id, dispatcher)
    await office.do("transfer", filed.id, dispatcher, region=ANJU, bureau=FARMING)

    assert (await office.stored(filed.id))["bureau"] == FARMING


async def accept_and_return(office, id, dispatcher):
    """What came back is accepted by mistake and given back once more: there is nobody behind the dispatchers."""
    await office.do("accept", id, dispatcher)
    await office.do("return", id, dispatcher)


@pytest.mark.parametrize(
    ("region", "field"), [(SHEHONG, "region"), ("999999", "region"), (VILLAGE, "region"), (ANJU, "bureau")]
)
async def test_it_goes_to_offices_of_the_county_alone(office, region, field):
    """Another county, no place, a village; nor to where it is."""
    filed = await office.file(row=await office.row())

    with pytest.raises(Invalid) as refused:
        await office.do("transfer", filed.id, region=region, bureau=CIVIL)

    assert set(refused.value.fields) == {field}


async def test_a_merged_complaint_lets_go_and_hears_the_reply(office):
    """The main one holds the row; both complainants get what comes of it."""
    row = await office.row()
    main = await office.file(row=row)
    second = await office.file(office.citizen("chen"), row=row)

    await office.do("merge", second.id, into=main.id)
    held = (await office.stored_row(row))["held"]
    with pytest.raises(Conflict, match="不能撤诉"):
        await office.own("withdraw", main.id)
    await office.do("accept", main.id)
    await office.do("reply", main.id)

    chen = office.citizen("chen")
    detail = await office.ask(chen, "GET complaints/mine/{id}", id=second.id)
    assert held == [main.id]
    assert (detail.complaint.state_label, len(detail.replies), detail.moves) == ("已合并办理", 1, [])
    assert [each for each in told(office.pushes) if each[1] == "chen"] == [
        ("complaints.merged", "chen"),
        ("complaints.replied", "chen"),
    ]
    assert (await office.stored_row(row))["ended"] == [[second.id, False]]


async def test_who_is_merged_learns_neither_the_inner_reason_nor_anothers_number(office):
    """Nor does the complainant whose complaint takes the other in; colleagues read both."""
    row = await office.row()
    main = await office.file(row=row)
    second = await office.file(office.citizen("chen"), row=row)
    [first_number, second_number] = [(await office.stored(each.id))["number"] for each in (main, second)]

    await office.do("merge", second.id, into=main.id, reason="与前件为同一邻居纠纷")

    own = await office.ask(office.citizen(), "GET complaints/mine/{id}", id=main.id)
    merged = await office.ask(office.citizen("chen"), "GET complaints/mine/{id}", id=second.id)
    seen = [await office.ask(office.handler(), SHOW, id=each.id) for each in (main, second)]
    assert (merged.complaint.state_label, merged.reason) == ("已合并办理", "")
    assert "同一邻居" not in repr(merged) and first_number not in repr(merged)
    assert second_number not in repr(own) and "另一件投诉并入本件" in [act.label for act in own.flow]
    assert seen[1].reason == "与前件为同一邻居纠纷"
    assert f"{second_number}并入本件" in [act.label for act in seen[0].flow]


async def test_what_the_city_has_handled_is_published_as_the_citys(office):
    """Though it is kept at the county; also what was stored before that was written down."""
    city = office.handler("city", region=CITY)
    filed = await office.file(row=await office.row())
    await office.do("transfer", filed.id, region=CITY, bureau=CIVIL)
    for move in ("accept", "reply"):
        await office.do(move, filed.id, city)
    await office.own("answer", filed.id, satisfied=True)

    [shown] = (await office.ask(office.citizen(), "GET complaints/published")).items
    published = office.world.database["complaints.published"]
    await published.update_one({}, {"$unset": {"seat": ""}})
    [before] = (await office.ask(office.citizen(), "GET complaints/published")).items
    await seat_published(office.world.database)
    [after] = (await office.ask(office.citizen(), "GET complaints/published")).items

    assert (shown.unit, before.unit, after.unit) == ("遂宁市民政局", "安居区民政局", "遂宁市民政局")


async def test_only_the_same_matter_is_merged(office):
    """Not about another row, not into itself, not into what has ended."""
    row = await office.row()
    one, other = await office.file(row=row), await office.file(row=await office.row())
    second = await office.file(office.citizen("chen"), row=row)
    await office.do("refuse", second.id)

    for into, error in ((other.id, Invalid), (one.id, Invalid), (second.id, Conflict), ("nothing", NotFound)):
        with pytest.raises(error):
            await office.do("merge", one.id, into=into)
    project = {"against": "project", "project": OLD_AGE, "short": "高龄津贴", "bureau": CIVIL}
    free = [await office.file(**project), await office.file(office.citizen("chen"), **project)]
    await office.do("merge", free[0].id, into=free[1].id)

    assert (await office.stored(free[0].id))["state"] == "merged"


# --- limits ----------------------------------------------------------------------------------------------------------


async def test_a_limit_is_extended_once_and_told(office):
    filed = await office.file(row=await office.row())
    with pytest.raises(Conflict, match="不能延期"):
        await office.do("extend", filed.id)
    await office.do("accept", filed.id)
    before = (await office.stored(filed.id))["due_at"]
    await office.do("extend", filed.id, reason="需外地协查")
    with pytest.raises(Conflict, match="已延期一次"):
        await office.do("extend", filed.id)

    stored, task = await office.stored(filed.id), await office.task(filed.id)
    mine = await office.ask(office.citizen(), "GET complaints/mine/{id}", id=filed.id)
    assert (stored["due_at"] - before, task["due_at"]) == (timedelta(days=30), stored["due_at"])
    assert ("complaints.extended", "wang") in told(office.pushes)
    assert "需外地协查" in [line.why for line in mine.flow]


# --- who sees how much -----------------------------------------------------------------------------------------------


async def test_a_handler_sees_masked_names_and_the_full_ones_behind_a_reason(office):
    filed = await office.file(row=await office.row(), phone="13800001234")

    detail = await office.ask(office.handler(), SHOW, id=filed.id)
    with pytest.raises(Invalid):
        await office.ask(office.handler(), "POST complaints/{id}/unmask", id=filed.id, body={"reason": " "})
    full = await office.ask(office.handler(), "POST complaints/{id}/unmask", id=filed.id, body={"reason": "联系核实"})

    assert (detail.complainant, detail.phone, detail.complaint.accused) == ("王*国", "138****1234", "李*兰")
    assert detail.accused_number == "510904********0023"
    assert (full.complainant, full.phone, full.accused, full.accused_number) == (
        "王建国",
        "13800001234",
        "李桂兰",
        NUMBERS["accused"],
    )
    [logged] = await office.world.database["audit"].find({"what": "complaints.unmask"}).to_list(9)
    assert (logged["why"], logged["subject"], logged["actor"]["person"]) == ("联系核实", filed.id, "罗勇")


async def test_kept_secret_is_kept_from_everybody(office):
    """保密: neither masked nor behind a reason."""
    filed = await office.file(row=await office.row(), phone="13800001234", confidential=True)

    detail = await office.ask(office.handler(), SHOW, id=filed.id)
    full = await office.ask(office.handler(), "POST complaints/{id}/unmask", id=filed.id, body={"reason": "联系核实"})
    table = await office.ask(office.handler(), "POST complaints/export", body={"reason": "月报"})

    assert (detail.complainant, detail.phone, full.complainant, full.phone) == ("保密",) * 4
    text = repr((detail, full)) + repr([row.cells for row in read_rows(table.data, table.filename)])
    assert "王" not in text and "1380000" not in text


async def test_leaders_and_discipline_read_without_the_complainant(office):
    """L2: and do nothing. Another county's leader finds nothing."""
    filed = await office.file(row=await office.row())

    for reader in (office.leader(), office.discipline(), office.leader("市领导", region=CITY)):
        page = await office.ask(reader, LIST)
        detail = await office.ask(reader, SHOW, id=filed.id)
        assert [each.id for each in page.items] == [filed.id]
        assert (detail.complainant, detail.phone, detail.moves, detail.complaint.accused) == ("***", "", [], "李*兰")
        with pytest.raises(Forbidden):
            await office.do("accept", filed.id, reader)
    stranger = office.leader("射洪领导", region=SHEHONG)
    assert (await office.ask(stranger, LIST, at=SHEHONG)).items == []
    with pytest.raises(NotFound):
        await office.ask(stranger, SHOW, id=filed.id)


async def test_of_a_sensitive_project_only_its_own_read_persons(office):
    filed = await office.file(row=await office.row(sensitive=True))

    leader = await office.ask(office.leader(), SHOW, id=filed.id)
    others = [await office.ask(who, SHOW, id=filed.id) for who in (office.handler(), office.discipline())]

    assert (leader.complaint.accused, leader.accused_number, leader.pictures) == ("***", "", ())
    assert "家里有车" not in leader.text
    assert [(each.complaint.accused, "家里有车" in each.text) for each in others] == [("李*兰", True)] * 2
    table = await office.ask(office.leader(), "POST complaints/export", body={"reason": "月报"})
    assert [row.cells["投诉对象"] for row in read_rows(table.data, table.filename)] == ["***"]


@pytest.mark.parametrize("node", ["survey", "approve_county", "publicity_village"])
async def test_positions_of_other_nodes_have_nothing_to_do_with_it(office, node):
    filed = await office.file(row=await office.row())
    other = office.handler("别岗", node=node)

    assert (await office.ask(other, LIST)).items == []
    with pytest.raises(NotFound):
        await office.do("accept", filed.id, other)


async def test_lists_counts_and_tables(office):
    """Filters; what is overdue; how many by state, place, bureau and type; a table with its reason logged."""
    filed = [await office.file(office.citizen(who), row=await office.row()) for who in ("wang", "chen", "liu")]
    await office.do("accept", filed[0].id)
    office.world.clock.advance(timedelta(days=20))
    handler = office.handler()

    overdue = await office.ask(handler, LIST, query={"overdue": True})
    accepted = await office.ask(handler, LIST, query={"state": "accepted"})
    one = await office.ask(handler, LIST, query={"number": filed[1].number})
    first = await office.ask(handler, LIST, query={"limit": 2})
    rest = await office.ask(handler, LIST, query={"limit": 2, "cursor": first.next})
    counts, few = [await office.ask(who, "GET complaints/overview") for who in (handler, office.leader())]
    body = {"reason": "月报", "filter": {"state": "accepted"}}
    table = await office.ask(office.leader(), "POST complaints/export", body=body)

    assert [each.id for each in overdue.items] == [filed[1].id, filed[2].id]
    assert ([each.id for each in accepted.items], [each.id for each in one.items]) == ([filed[0].id], [filed[1].id])
    assert [each.id for each in (*first.items, *rest.items)] == [each.id for each in reversed(filed)]
    assert {line.label: line.count for line in counts.states} == {"待受理": 2, "已受理": 1}
    assert ([line.label for line in counts.places], counts.overdue) == (["安居区"], 2)
    # Small numbers name people to those who may not see them.
    assert {(line.count, line.text) for line in (*few.states, *few.places, *few.types)} == {(None, "少于5")}
    assert (few.overdue, few.overdue_text) == (None, "少于5")
    assert [row.cells["编号"] for row in read_rows(table.data, table.filename)] == [filed[0].number]
    [logged] = await office.world.database["audit"].find({"what": "complaints.export"}).to_list(9)
    assert logged["why"] == "月报"


async def test_a_type_that_the_county_has_taken_off_its_list_is_not_shown_as_its_code(office):
    filed = await office.file(row=await office.row())
    await office.world.database["complaints.complaints"].update_one({"_id": filed.id}, {"$set": {"type": "gone"}})

    counts = await office.ask(office.handler(), "GET complaints/overview")

    assert [(line.key, line.label) for line in counts.types] == [("gone", "已停用的类型")]


async def test_handlers_find_what_they_did_in_their_history(office):
    filed = await office.file(row=await office.row())
    await office.do("accept", filed.id)
    await office.do("extend", filed.id)
    await office.do("investigate", filed.id)

    [touch] = await office.world.database["worklist.touches"].find({"subject": filed.id}).to_list(9)

    assert [act["label"] for act in touch["acts"]] == ["受理", "延期", "开展调查"]
    assert "李" not in repr(touch) and "王" not in repr(touch)
