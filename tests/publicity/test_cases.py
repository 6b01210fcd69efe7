"""资格公示: cases wait, a handler starts, everybody reads, nobody objects, all go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.api import Limit
from hub.words.actors import GUEST
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from tests.publicity.conftest import ANJU, CIVIL, FARMING, JUXIAN, OTHER_VILLAGE, SHEHONG, VILLAGE, person, pushed
from tests.world import CITY, DONGCHAN


async def test_a_case_goes_through_its_three_publicities(office):
    """A real declaration: village, town and county publish it in turn, each confirmed by its own handler."""
    wang = office.resident()
    case = await office.declare(wang)
    await office.decide(office.window(), case.id, "pass")
    for clerk in (office.village_clerk(), office.clerk(), office.clerk("罗勇", ANJU, "publicity_county")):
        task = await office.task_of_kind("发起公示")
        await office.do("start", task, clerk)
        await office.pass_end(task)
        await office.do("confirm", task, clerk)
        review = {"publicity_village": office.town(), "publicity_town": office.bureau()}.get(clerk.positions[0].node)
        if review:
            await office.decide(review, case.id, "pass", "同意")

    after = await office.progress(case)

    said = [(step.node, step.state, step.opinion) for step in after.progress if step.node.startswith("publicity")]
    assert said == [(f"publicity_{level}", "passed", "公示无异议") for level in ("village", "town", "county")]
    assert after.state == "approved"


async def test_the_first_case_asks_the_handler_to_start(office):
    """One publicity per place, project and node; one task, however many cases come; told twice, a case waits once."""
    await office.arrive(1)
    await office.arrive(2, 2)
    [line] = await office.board()

    tasks = await office.world.database["worklist.tasks"].find({"label": "发起公示"}).to_list(9)

    assert (line.rows, line.notice.state, line.notice.title) == (2, "preparing", "聚贤镇高龄津贴乡镇公示")
    assert [(task["subject"], task["node"], task["place"]) for task in tasks] == [
        (line.notice.id, "publicity_town", JUXIAN)
    ]
    assert line.notice.unit == "安居区聚贤镇民政局"


async def test_what_comes_after_the_start_waits_for_the_next(office):
    id = await office.started(1)

    await office.arrive(2)

    [newer, older] = await office.board()
    assert (older.notice.id, older.rows, newer.rows, newer.notice.state) == (id, 1, 1, "preparing")


async def test_the_start_freezes_and_masks(office):
    """What changes about the person or in the settings afterwards does not show."""
    id = await office.started(11, 12)
    await office.configure(names={"30005": "surname"}, show_id_tail=True)
    await office.world.database["publicity.rows"].update_many({}, {"$set": {"standard": "99元"}})

    rows = await office.public_rows(id)

    assert [(row.name, row.standard, row.id_tail) for row in rows] == [("李*二", "25元/月", ""), ("王*", "25元/月", "")]
    assert rows[0].village == "安居区聚贤镇万古桥村"
    stored = await office.world.database["publicity.rows"].find_one({"serial": 1})
    assert "李小二" not in repr(stored)


async def test_a_county_chooses_how_much_of_a_name_is_shown(office):
    """Less of the name, the tail of the number; of a minor never more."""
    await office.configure(names={"30005": "surname"}, show_id_tail=True)
    id = await office.started(11)
    minor = person(13, minor=True)
    await office.arrive(13, identity=minor)
    [young, _] = await office.board()
    await office.do("start", young.notice.id)

    [row], [child] = await office.public_rows(id), await office.public_rows(young.notice.id)

    assert (row.name, row.id_tail) == ("李**", f"****{person(11).id_number.reveal()[-4:]}")
    assert (child.name, child.id_tail) == ("赵**", "")


@pytest.mark.parametrize(("shows", "seen"), [("name", ""), ("all", "25元/月")])
async def test_of_a_sensitive_project_name_and_village_alone(office, shows, seen):
    """Unless the county says otherwise; who looks on reads no name in the 公示栏."""
    await office.configure(sensitive_shows=shows)
    id = await office.started(1, sensitive=True)
    leader = office.staff("领导", office.position("leader", ANJU))
    discipline = office.staff("纪委", office.position("discipline", ANJU))

    [row] = await office.public_rows(id)
    lines = [(await office.rows(id, who))[0] for who in (leader, discipline, office.clerk())]

    assert (row.name, row.village, row.standard) == ("李*一", "安居区聚贤镇万古桥村", seen)
    assert [line.name for line in lines] == ["***", "李*一", "李*一"]
    assert [bool(line.number) for line in lines] == [False, True, True]


async def test_persons_are_public_while_it_runs_and_counts_stay(office):
    """Before the start nothing is; at the end of the last day the rows leave, with or without the job."""
    id = await office.prepared(1, 2)
    with pytest.raises(NotFound):
        await office.ask(GUEST, "GET publicity/notices/{id}", id=id)
    assert await office.notices() == []
    await office.do("start", id)
    running = len(await office.public_rows(id))

    office.world.clock.set((await office.stored(id))["ends_at"])
    last_second = len(await office.public_rows(id))
    office.world.clock.advance(timedelta(seconds=1))
    over = await office.public_rows(id)
    detail = await office.ask(GUEST, "GET publicity/notices/{id}", id=id)

    assert (running, last_second, over) == (2, 2, [])
    assert (detail.people, detail.open, detail.notice.state_label) == (2, False, "公示中")


async def test_who_stands_in_it_hears_of_start_and_result(office):
    """P04 to the declarants, P03 to the handlers: a day before, at the end, a day after; each once."""
    id = await office.prepared(1, 2)
    office.pushes.clear()
    await office.do("start", id)
    ends_at = (await office.stored(id))["ends_at"]
    for moment in (-25, -23, -22, 0.1, 1, 23, 25, 48):
        office.world.clock.set(ends_at + timedelta(hours=moment))
        await office.watch()
    await office.do("confirm", id)

    # P01 is silent about the confirmation, of which P03 has told.
    assert pushed(office.pushes) == [
        ("publicity.started", ("declarant-1", "declarant-2")),
        *[("publicity.due", f"publicity_town@{JUXIAN}")] * 3,
        ("publicity.confirmed", ("declarant-1", "declarant-2")),
    ]
    assert [push.data["words"] for push in office.pushes if push.message == "publicity.due"] == [
        "公示即将到期",
        "公示已到期，请最终确认",
        "公示到期未确认，请尽快办理",
    ]
    assert "李" not in repr([push.data for push in office.pushes])


async def test_nothing_is_confirmed_before_the_end(office):
    """Nor by who does not hold the post, nor with an old version."""
    id = await office.started(1)
    with pytest.raises(Conflict, match="公示中"):
        await office.do("confirm", id)
    await office.pass_end(id)
    stale = (await office.stored(id))["version"] - 1

    with pytest.raises(Stale):
        await office.do("confirm", id, version=stale)
    with pytest.raises(NotFound):
        await office.do("confirm", id, office.clerk("别镇", DONGCHAN))
    with pytest.raises(Forbidden):
        await office.do("confirm", id, office.staff("领导", office.position("leader", JUXIAN)))
    assert await office.states(id) == ["shown"]


async def test_confirming_tells_the_cases_and_ends_the_task(office):
    id = await office.expired(1, 2)
    task = await office.task(id)

    await office.do("confirm", id, opinion="无异议，予以确认")

    passed = await office.told("declaration.TakeStep")
    done = await office.task(id)
    assert [(each["case"], each["round"], each["move"], each["shown"]) for each in passed] == [
        ("case-1", 3, "pass", "唐丽"),
        ("case-2", 3, "pass", "唐丽"),
    ]
    assert (task["label"], task["state"], done["state"], done["done_by"]) == ("公示最终确认", "open", "done", "唐丽")
    assert [step.label for step in (await office.detail(id)).steps] == ["发起公示", "到期", "公示最终确认"]


async def test_a_publicity_of_an_earlier_version_goes_on(office):
    """By when it is to be started only the worklist knows: one more case does not move that, and the start settles it."""
    id = await office.prepared(1)
    later = {"task_due": "", "avoid": "", "avoid_keys": "", "avoid_offices": ""}
    await office.world.database["publicity.publicities"].update_one({"_id": id}, {"$unset": later})
    asked = await office.task(id)
    office.world.clock.advance(timedelta(hours=3))

    await office.arrive(2)
    kept = await office.task(id)
    await office.do("start", id)

    assert (kept["state"], kept["due_at"]) == ("open", asked["due_at"])
    assert ((await office.task(id))["state"], len(await office.told("worklist.OpenTask"))) == ("done", 1)


async def test_days_may_be_longer_than_the_projects_never_shorter(office):
    id = await office.prepared(1)
    for days, unit in ((4, "calendar"), (3, "workday"), (0, None), (61, None)):
        with pytest.raises(Invalid):
            await office.do("start", id, days=days, unit=unit)

    started = await office.do("start", id, days=7, unit="workday", title="2026年第4期")

    assert (started.board.notice.days, started.board.notice.days_unit) == (7, "workday")
    assert started.board.notice.title == "2026年第4期"


async def test_a_county_may_want_more_days_than_a_project(office):
    await office.configure(least={"days": 7, "unit": "workday"})
    id = await office.prepared(1)

    assert (await office.stored(id))["least"] == {"days": 7, "unit": "workday"}


async def test_cases_with_other_limits_get_the_longest(office):
    """What a case was submitted with counts."""
    await office.arrive(1, limit=Limit(5, "calendar"))
    id = await office.prepared(2, limit=Limit(5, "workday"))
    await office.arrive(3, limit=Limit(2, "calendar"))

    assert (await office.stored(id))["least"] == {"days": 5, "unit": "workday"}


@pytest.mark.parametrize(
    ("limit", "end"), [(Limit(10, "calendar"), "2026-10-08"), (Limit(10, "workday"), "2026-10-16")]
)
async def test_ten_days_over_the_national_holiday(office, limit, end):
    """国庆 2026: 1 to 7 October are free, 10 October is worked (State Council's notice)."""
    office.world.clock.set(datetime(2026, 9, 28, 2, tzinfo=UTC))
    id = await office.started(1, limit=limit)

    ends_at = (await office.stored(id))["ends_at"]

    assert ends_at.isoformat() == f"{end}T15:59:59+00:00"


async def test_the_end_moves_forward_only(office):
    """With a reason, within the county's longest; each new end is reminded of anew; a due one runs again."""
    id = await office.started(1)
    before = (await office.stored(id))["ends_at"]
    for days, reason in ((0, "雨"), (-3, "雨"), (56, "雨"), (1, " ")):
        with pytest.raises(Invalid):
            await office.do("extend", id, days=days, reason=reason)
    await office.do("extend", id, days=2, reason="群众要求")
    moved = (await office.stored(id))["ends_at"]
    await office.pass_end(id)

    again = await office.do("extend", id, days=3, reason="再次延长")

    assert moved - before == timedelta(days=2)
    assert (again.board.notice.state, (await office.stored(id))["ends_at"] - moved) == ("running", timedelta(days=3))
    assert (await office.task(id))["state"] == "ended"
    assert len(await office.public_rows(id)) == 1
    reminded = pushed(await office.pass_end(id))
    assert ("publicity.due", f"publicity_town@{JUXIAN}") in reminded
    assert (await office.task(id))["state"] == "open"


async def test_an_extension_that_would_still_be_over_is_refused(office):
    id = await office.expired(1)
    office.world.clock.advance(timedelta(days=5))

    with pytest.raises(Invalid):
        await office.do("extend", id, days=2, reason="太迟")


async def test_after_an_end_the_cases_are_published_again(office):
    """终止, then 重新公示: the same cases in a new publicity, open complaints with them."""
    id = await office.started(1, 2)
    first, _ = await office.row_ids(id)
    await office.complain(first)
    await office.do("end", id, reason="名单有误")
    asked = await office.task(id)

    await office.do("republish", id)

    [new, _] = await office.board()
    assert (asked["label"], asked["state"], (await office.task(id))["state"]) == ("重新公示", "open", "done")
    assert (await office.states(id), await office.states(new.notice.id)) == (["withdrawn"] * 2, ["waiting"] * 2)
    await office.do("start", new.notice.id)
    assert sorted(await office.states(new.notice.id)) == ["objected", "shown"]
    await office.end_complaint(first, upheld=False)
    assert await office.states(new.notice.id) == ["shown"] * 2
    assert await office.public_rows(id) == []
    with pytest.raises(Conflict):
        await office.do("republish", id)


async def test_with_at_once_nobody_needs_to_start(office):
    await office.configure(start="at_once")
    await office.arrive(1)

    [line] = await office.board()

    assert (line.notice.state, line.handler, len(await office.public_rows(line.notice.id))) == ("running", "", 1)
    assert await office.world.database["worklist.tasks"].count_documents({}) == 0


async def test_a_wrong_case_is_sent_back_before_it_is_published(office):
    """With a reason for the declarant; the last one takes the task with it."""
    id = await office.prepared(1, 2)
    first, second = await office.rows(id)

    for row in (first, second):
        await office.ask(
            office.clerk(),
            "POST publicity/board/{id}/rows/{row}/return",
            id=id,
            row=row.id,
            body={"version": row.version, "reason": "年龄不符"},
        )
        await office.deliver()

    back = await office.told("declaration.TakeStep")
    assert [(each["move"], each["opinion"], each["shown"]) for each in back] == [("return", "年龄不符", "唐丽")] * 2
    assert ((await office.stored(id))["state"], (await office.task(id))["state"]) == ("ended", "ended")
    assert await office.notices() == []


async def test_nobody_sends_back_what_they_declared(office):
    """回避, as at the confirmation."""
    id = await office.prepared(1)
    [row] = await office.rows(id)
    body = {"version": row.version, "reason": "年龄不符"}

    with pytest.raises(Forbidden, match="回避"):
        await office.ask(
            office.clerk("declarant-1"), "POST publicity/board/{id}/rows/{row}/return", id=id, row=row.id, body=body
        )


async def test_lists_have_filters_and_ones_own_only(office):
    """C7 by area, bureau, project, kind, state, keyword; S7 by position."""
    town = await office.started(1)
    await office.arrive(2, node="publicity_village", place=OTHER_VILLAGE)
    village_clerk = office.village_clerk("村干部", OTHER_VILLAGE)
    [line] = await office.board(village_clerk)
    await office.do("start", line.notice.id, village_clerk)
    await office.offer(2)
    batch = await office.payment()

    async def found(**query):
        return {each.id for each in await office.notices(**query)}

    village = line.notice.id
    assert await found() == await found(at=CITY) == {town, village, batch}
    assert await found(at=JUXIAN) == {town, village}
    assert await found(at=OTHER_VILLAGE) == {village, batch}  # The batch has people of it.
    assert await found(at=SHEHONG) == await found(at=DONGCHAN) == set()
    assert await found(bureau=FARMING) == await found(kind="payment") == await found(project="10001") == {batch}
    assert await found(keyword="高龄") == {town, village}
    assert await found(keyword=".*") == set()
    assert await found(state="due") == set()
    boards = {
        who: {each.notice.id for each in await office.board(actor)}
        for who, actor in {
            "town": office.clerk(),
            "village": village_clerk,
            "payer": office.payer(),
            "leader": office.staff("领导", office.position("leader", ANJU)),
            "civil": office.staff("民政", office.position("leader", ANJU, bureau=CIVIL)),
            "elsewhere": office.clerk("别镇", DONGCHAN),
        }.items()
    }
    assert boards == {
        "town": {town},
        "village": {village},
        "payer": {batch},
        "leader": {town, village, batch},
        "civil": {town, village},
        "elsewhere": set(),
    }


async def test_nobody_confirms_what_they_declared_for(office):
    """回避, by person or by ID number; also who declared under another account."""
    neighbour = person(9).id_number
    await office.arrive(3, avoid_keys=(office.world.database.blind(neighbour),))
    id = await office.expired(1, 2)

    for clerk in (
        office.clerk("declarant-2"),
        office.clerk("本人", id_number=person(1).id_number.reveal()),
        office.clerk("换了账号", id_number=neighbour.reveal()),
    ):
        with pytest.raises(Forbidden, match="回避"):
            await office.do("confirm", id, clerk)

    assert (await office.do("confirm", id)).board.notice.state == "confirmed"


async def test_a_case_that_is_told_anew_with_more_numbers_keeps_them_away(office):
    """The version before told of none."""
    neighbour = person(9).id_number
    await office.arrive(1)

    await office.arrive(1, avoid_keys=(office.world.database.blind(neighbour),))

    id = await office.expired()
    with pytest.raises(Forbidden, match="回避"):
        await office.do("confirm", id, office.clerk("换了账号", id_number=neighbour.reveal()))
    assert (await office.do("confirm", id)).board.notice.state == "confirmed"


async def test_who_stands_in_it_does_not_see_the_objection(office):
    """A handler reads of the complaints of others, never of the one about themself."""
    id = await office.started(1)
    await office.complain((await office.row_ids(id))[0])
    accused = office.clerk("本人", id_number=person(1).id_number.reveal())

    [[mine], [others]] = [await office.rows(id, who) for who in (accused, office.clerk())]

    assert (mine.state, others.state) == ("shown", "objected")
    assert VILLAGE in (await office.world.database["publicity.rows"].find_one({"_id": mine.id}))["path"]


async def test_before_it_is_turned_off_somebody_is_told_what_stands_still(office):
    await office.started(1)
    await office.arrive(2)
    await office.offer(1)
    [waiting] = office.world.host.plugins["publicity"].open_work

    count = await office.world.units.read(waiting.count, plugin="publicity", place=office.world.place(ANJU))

    assert (waiting.label, count) == ("未办结的公示", 3)
