"""Tasks: offered to the holders of a position, claimed by one, decided once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from hub.api import CloseTask, Office, OpenTask, PauseTask, Push, ResumeTask, SettleTask, Withdraw
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from hub.worklist.documents import TASK
from tests.plugins.conftest import CIVIL, FARMING, OLD_AGE, told
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, MONDAY_MORNING, SHEHONG

CLAIM, RELEASE = "POST worklist/tasks/{id}/claim", "POST worklist/tasks/{id}/release"
DECIDE, SHOW, TODO = "POST worklist/tasks/{id}/decide", "GET worklist/tasks/{id}", "GET worklist/tasks"


async def new_task(office):
    """A case at 受理, and its task's id."""
    case = await office.declare()
    return case, (await office.task(case.id))["_id"]


async def titles(office, actor, at=ANJU, **query):
    page = await office.ask(actor, TODO, at=at, query=query)
    return [line.title for line in page.items]


async def test_a_task_is_offered_claimed_and_decided(office):
    """The first at the window takes it, the second sees who has it; afterwards it is among the first one's 已办."""
    case, id = await new_task(office)
    zhou, he = office.window("周敏"), office.window("何军")

    line = await office.ask(zhou, CLAIM, id=id)
    [seen] = (await office.ask(he, TODO)).items
    done = await office.ask(zhou, DECIDE, id=id, body={"move": "pass", "version": line.version, "opinion": "齐全"})

    assert (line.mine, line.state_label) == (True, "周敏处理中")
    assert (seen.mine, seen.claimed_by, seen.state_label) == (False, "周敏", "周敏处理中")
    assert (done.handler, done.opinion, done.state_label) == ("周敏", "齐全", "已办结")
    assert [other.id for other in (await office.ask(zhou, "GET worklist/done")).items] == [id]
    assert (await office.ask(he, "GET worklist/done")).items == []
    assert await titles(office, he) == []
    assert case.number == done.number


async def test_others_need_not_look_any_more(office):
    """P01 is withdrawn from everybody but the claimer; given back, it is told anew, not to the one who gave it back."""
    _, id = await new_task(office)
    await office.ask(office.window("周敏"), CLAIM, id=id)
    [withdrawn] = await office.deliver()

    await office.ask(office.window("周敏"), RELEASE, id=id)
    [again] = await office.deliver()

    first = next(push for push in office.pushes if push.message == "worklist.arrived")
    assert isinstance(withdrawn, Withdraw) and isinstance(again, Push)
    assert (withdrawn.key, withdrawn.keep) == (first.key, ("周敏",))
    assert again.key != first.key
    assert "周敏" in again.to.but_not and "wang" in again.to.but_not


async def test_of_ten_who_claim_at_once_one_wins(office):
    """The others get 409 with who has it."""
    _, id = await new_task(office)
    clerks = [office.window(f"clerk{number}") for number in range(10)]

    answers = await asyncio.gather(*[office.ask(clerk, CLAIM, id=id) for clerk in clerks], return_exceptions=True)

    winners = [answer.claimed_by for answer in answers if not isinstance(answer, BaseException)]
    refusals = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(winners) == 1
    assert [(type(refusal), refusal.state["claimed_by"]) for refusal in refusals] == [(Conflict, winners[0])] * 9


async def test_of_two_decisions_at_once_one_counts(office):
    """The same claimer on two phones: one passes, the other is told that it is done; the case moves once."""
    case, id = await new_task(office)
    zhou = office.window()
    line = await office.ask(zhou, CLAIM, id=id)
    body = {"version": line.version, "opinion": "理由"}

    answers = await asyncio.gather(
        office.ask(zhou, DECIDE, id=id, body=body | {"move": "pass"}),
        office.ask(zhou, DECIDE, id=id, body=body | {"move": "refuse"}),
        return_exceptions=True,
    )

    [refusal] = [answer for answer in answers if isinstance(answer, BaseException)]
    [done] = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert isinstance(refusal, Conflict) and refusal.state["state"] == "done"
    seen = await office.progress(case)
    assert seen.progress[0].state == {"pass": "passed", "refuse": "refused"}[done.move]


async def test_a_claim_runs_out(office):
    """After two hours another may take it; a minute later the job offers it to all."""
    _, first = await new_task(office)
    await office.ask(office.window("周敏"), CLAIM, id=first)
    await office.deliver()

    office.world.clock.advance(timedelta(hours=2))
    taken = await office.ask(office.window("何军"), CLAIM, id=first)
    await office.deliver()
    office.world.clock.advance(timedelta(hours=2))
    await office.job("worklist.release_expired")
    [push] = await office.deliver()

    assert taken.claimed_by == "何军"
    assert (await office.world.database["worklist.tasks"].find_one({"_id": first}))["state"] == "open"
    assert push.message == "worklist.arrived" and "何军" not in push.to.but_not


async def test_a_stale_decision(office):
    """Somebody saw an older version: refused with the present one."""
    _, id = await new_task(office)
    line = await office.ask(office.window(), CLAIM, id=id)

    with pytest.raises(Stale) as refusal:
        await office.ask(office.window(), DECIDE, id=id, body={"move": "pass", "version": line.version - 1})

    assert refusal.value.state["version"] == line.version


@pytest.mark.parametrize("move", ["correct", "return", "refuse"])
async def test_a_person_must_be_told_why(office, move):
    """补正, 退回 and 驳回 need a reason; a pass does not."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass", opinion="")

    with pytest.raises(Invalid) as refusal:
        await office.decide(office.town(), case.id, move, opinion=" ")

    assert "opinion" in refusal.value.fields


async def test_an_unknown_move(office):
    """The node says what can be done there."""
    case, _ = await new_task(office)

    with pytest.raises(Invalid) as refusal:
        await office.decide(office.window(), case.id, "approve")

    assert "move" in refusal.value.fields


async def test_an_opinion_has_an_end(office):
    """500 characters."""
    case, _ = await new_task(office)

    with pytest.raises(Invalid) as refusal:
        await office.decide(office.window(), case.id, "pass", opinion="字" * 501)

    assert "opinion" in refusal.value.fields


# --- the table -------------------------------------------------------------------------------------------------------


BY_FACTS = {"end": CloseTask, "pause": PauseTask, "resume": ResumeTask, "settle": SettleTask}


async def bring_to(office, state):
    case, id = await new_task(office)
    if state in ("claimed", "done", "recalled"):
        line = await office.ask(office.window(), CLAIM, id=id)
        if state != "claimed":
            await office.ask(office.window(), DECIDE, id=id, body={"move": "pass", "version": line.version})
    if state == "recalled":
        await act(office, id, "recall")
    if state == "paused":
        await act(office, id, "pause")
    if state == "ended":
        version = (await office.progress(case)).version
        await office.ask(
            office.resident(), "POST declaration/cases/{id}/withdraw", id=case.id, body={"version": version}
        )
    await office.deliver()
    return id


async def act(office, id, move):
    """Some moves are told by other plugins; the others are the handler's."""
    task = await office.world.database["worklist.tasks"].find_one({"_id": id})
    if move in BY_FACTS:
        told = {"resume": {"due_at": task["due_at"]}, "settle": {"move": "pass", "person": "周敏", "shown": "周敏"}}
        more = told.get(move, {})
        named = {name: task[name] for name in ("place", "subject", "node", "round")}
        return await office.tell(BY_FACTS[move](**named, **more))
    operation = f"POST worklist/tasks/{{id}}/{move}"
    bodies = {"decide": {"move": "pass"}, "recall": {"reason": "看错了材料"}}
    more = {"body": {"version": task["version"], **bodies[move]}} if move in bodies else {}
    # Another one than the claimer claims: claiming what one has already is no move at all.
    return await office.ask(office.window("何军" if move == "claim" else "周敏"), operation, id=id, **more)


@pytest.mark.parametrize("move", TASK.moves)
@pytest.mark.parametrize("state", TASK.states)
async def test_every_move_of_the_table(office, state, move):
    """Allowed: the state that the table says. Else refused with the present state (a fact that comes late does
    nothing).
    """
    id = await bring_to(office, state)

    if TASK.allows(move, state):
        await act(office, id, move)
        after = TASK.moves[move].after
    else:
        after = state
        if move in BY_FACTS:
            await act(office, id, move)
        else:
            with pytest.raises(Conflict) as refusal:
                await act(office, id, move)
            assert refusal.value.state["state"] == state

    assert (await office.world.database["worklist.tasks"].find_one({"_id": id}))["state"] == after


# --- whose it is -----------------------------------------------------------------------------------------------------


async def test_a_task_is_on_the_lists_of_its_position_alone(office):
    """Not of a sibling town, another node, another bureau, another county."""
    _, id = await new_task(office)
    mine = await titles(office, office.window())
    strangers = [
        office.window("石磊", DONGCHAN), office.town(), office.town(bureau=FARMING), office.bureau(),
        office.staff("other", office.position("window", SHEHONG)),
    ]  # fmt: skip

    lists = [await titles(office, stranger) for stranger in strangers]
    elsewhere = await titles(office, office.window(), at=SHEHONG)

    assert mine == ["高龄津贴 · 李*兰"]
    assert lists == [[]] * 5 and elsewhere == []
    for stranger in (strangers[0], strangers[2], strangers[4]):
        for operation in (SHOW, CLAIM):
            with pytest.raises(NotFound):
                await office.ask(stranger, operation, id=id)
    with pytest.raises(Forbidden):
        await office.ask(strangers[1], CLAIM, id=id)
    with pytest.raises(Forbidden):
        await office.ask(office.resident(), TODO)


async def test_the_level_above_may_stand_in(office):
    """Asked for, its list holds what waits below; taking it is noted in the audit line."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")
    chief = office.staff("chief", office.position("handler", ANJU, bureau=CIVIL))

    own = await titles(office, chief)
    below = await titles(office, chief, stand_in=True)
    await office.decide(chief, case.id, "pass")

    audit = await office.world.database["audit"].find_one({"what": "worklist.claim", "actor.person": "chief"})
    assert (own, below) == ([], ["高龄津贴 · 李*兰"])
    assert audit["details"]["stand_in"] is True


async def test_from_the_city_a_task_is_seen_and_not_changed(office):
    """What is changed goes by the switches of its own county."""
    _, id = await new_task(office)
    chief = office.staff("chief", office.position("window", CITY))

    seen = await office.ask(chief, SHOW, at=CITY, id=id)

    with pytest.raises(NotFound):
        await office.ask(chief, CLAIM, at=CITY, id=id)
    assert seen.task.id == id


async def test_nobody_handles_their_own_case(office):
    """回避: neither the declarant nor the beneficiary, under whatever account."""
    _, id = await new_task(office)
    declarant = office.window("wang")
    beneficiary = office.window("li", id_number="510904194403150023")
    same_man = office.window("wang-at-work", id_number="510921196711053319")

    for clerk in (declarant, beneficiary, same_man):
        with pytest.raises(Forbidden, match="回避"):
            await office.ask(clerk, CLAIM, id=id)
        assert (await office.ask(clerk, SHOW, id=id)).avoided


async def test_history_stands_beside_the_task(office):
    """Earlier business of the same person within the reader's reach, with what was decided."""
    wang = office.resident()
    first = await office.declare()
    await office.decide(office.window(), first.id, "refuse", "照片不清")
    other = await office.declare(beneficiary={"name": "陈学文", "id_number": "510923194106120011"})
    second = await office.declare()
    id = (await office.task(second.id))["_id"]

    detail = await office.ask(office.window(), SHOW, id=id)

    assert [(line.number, line.move, line.opinion) for line in detail.history.lines] == [
        (first.number, "refuse", "照片不清")
    ]
    assert detail.moves == ["claim"]
    assert other.number not in repr(detail) and wang.person not in repr(detail)


async def test_history_of_a_sensitive_project_is_nothing_to_others(office):
    """Whoever is none of its nodes does not even learn that there was something: of one person a number tells it."""
    wang = office.resident()
    await office.declare(
        wang,
        project="30003",
        beneficiary={"category": "general"},
        materials=await office.materials(wang, "id_card", "disability", "minimum_living", "social_card", "proof"),
    )
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")

    elsewhere = office.position("window", DONGCHAN, node="accept")
    both = office.staff("唐丽", office.town().positions[0], elsewhere)
    for reader in (office.town(), both):
        detail = await office.ask(reader, SHOW, id=(await office.task(case.id))["_id"])
        assert detail.history.lines == []


async def test_rounds_of_the_same_business(office):
    """After 补正 the earlier decision stands beside the new task."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "correct", "缺户口簿")
    version = (await office.progress(case)).version
    await office.ask(
        office.resident(),
        "POST declaration/cases/{id}/mend",
        id=case.id,
        body={"version": version, "phone": "19900000002"},
    )
    await office.deliver()

    detail = await office.ask(office.window(), SHOW, id=(await office.task(case.id))["_id"])

    assert [(line.move, line.opinion) for line in detail.earlier_rounds] == [("correct", "缺户口簿")]


async def test_the_list_goes_by_due_date_in_pages(office):
    """The soonest first; overdue alone; counted for the home screen."""
    people = [("李桂兰", "510904194403150023"), ("陈学文", "510923194106120011"), ("徐光荣", "510922193501019975")]
    for name, number in people:
        category = "aged_90" if name == "徐光荣" else "aged_80"
        await office.declare(beneficiary={"name": name, "id_number": number, "category": category})
        office.world.clock.advance(timedelta(days=3))
    window = office.window()

    first = await office.ask(window, TODO, query={"limit": 2})
    rest = await office.ask(window, TODO, query={"limit": 2, "cursor": first.next})
    office.world.clock.advance(timedelta(days=1))
    overdue = await titles(office, window, overdue=True)
    counts = await office.ask(window, "GET worklist/tasks/count")

    assert [line.title[-3:] for line in first.items + rest.items] == ["李*兰", "陈*文", "徐*荣"]
    assert rest.next is None
    assert overdue == ["高龄津贴 · 李*兰"]
    assert (counts.todo, counts.overdue, counts.claimed_by_me) == (3, 1, 0)
    assert await titles(office, window, project="10001") == []


async def test_a_fact_told_twice_opens_one_task(office):
    """Reactions run at least once."""
    case, _ = await new_task(office)
    await office.world.database["events"].update_many({"type": "worklist.OpenTask"}, {"$set": {"state": "pending"}})

    pushes = await office.deliver()

    assert pushes == []
    assert await office.world.database["worklist.tasks"].count_documents({"subject": case.id}) == 1


async def test_urgent_business_is_told_at_once(office):
    """Another plugin may want somebody urgently: the push says so."""
    wanted = OpenTask(
        place=JUXIAN, subject="s1", node="accept", label="受理", role="window", bureau=CIVIL, project="30005",
        title="高龄津贴 · 李*兰", number="1", link="/pages/case?id=s1", due_at=office.world.clock.now(), urgent=True,
    )  # fmt: skip

    async def want(ctx):
        ctx.emit(wanted)

    await office.world.units.run(want, plugin="declaration", place=office.world.place(ANJU))
    [push] = await office.deliver()

    assert push.urgent


async def test_what_waits_is_counted_before_somebody_turns_a_plugin_off(office):
    """Undone tasks and open cases of the county."""
    case = await office.declare()
    await office.decide(office.window(), case.id, "pass")

    async def count(ctx):
        plugin = office.world.host.plugins[ctx.plugin]
        return [(waiting.label, await waiting.count(ctx)) for waiting in plugin.open_work]

    counts = [
        await office.world.units.read(count, plugin=plugin, place=office.world.place(ANJU))
        for plugin in ("worklist", "declaration")
    ]

    assert counts == [[("未办结的待办", 1)], [("在办的申报", 1)]]


# --- settled elsewhere -----------------------------------------------------------------------------------------------


def wanted_survey(case, **more):
    """As another plugin wants a task whose result comes from a page of its own."""
    given = {
        "place": JUXIAN,
        "subject": case,
        "node": "visit",
        "label": "走访",
        "role": "handler",
        "bureau": CIVIL,
        "project": OLD_AGE,
        "title": "高龄津贴 · 李*兰",
        "number": "510904-2026-000001",
        "link": "/pages/visit",
        "due_at": MONDAY_MORNING + timedelta(days=5),
    }
    return OpenTask(**(given | more))


async def test_a_task_that_is_settled_on_its_own_page_is_done_by_whoever_did_it(office):
    await office.tell(wanted_survey("v1"))

    settled = SettleTask(
        place=JUXIAN, subject="v1", node="visit", round=1, move="submitted", person="唐丽", shown="唐丽"
    )
    await office.tell(settled, settled)

    task = await office.task("v1")
    done = await office.ask(office.town(node="visit"), "GET worklist/done")
    assert (task["state"], task["done_by"], task["move"]) == ("done", "唐丽", "submitted")
    assert [line.number for line in done.items] == ["510904-2026-000001"]


async def test_what_is_announced_elsewhere_is_not_told_twice(office):
    """The first offer; when the task comes back, it is told as any other."""
    first = await office.tell(wanted_survey("v2", announced=True))
    task = await office.task("v2")
    clerk = office.town(node="visit")
    await office.ask(clerk, "POST worklist/tasks/{id}/claim", id=task["_id"])
    await office.ask(clerk, "POST worklist/tasks/{id}/release", id=task["_id"])

    again = await office.deliver()

    assert told(first) == []
    assert told(again) == [("worklist.arrived", f"handler@{JUXIAN}")]


async def test_the_accused_office_neither_sees_nor_handles_it(office):
    """Whoever holds a position there, also for a task of another place."""
    pushes = await office.tell(wanted_survey("v3", place=ANJU, hidden=True, avoid_offices=(Office(JUXIAN, CIVIL),)))
    task = await office.task("v3")
    both = office.staff("唐丽", office.position("handler", JUXIAN, bureau=CIVIL), office.position("handler", ANJU))

    [push] = [push for push in pushes if isinstance(push, Push)]
    assert push.to.but_not_offices == (Office(JUXIAN, CIVIL),)
    assert (await office.ask(both, "GET worklist/tasks")).items == []
    with pytest.raises(NotFound):
        await office.ask(both, "POST worklist/tasks/{id}/claim", id=task["_id"])


def asked(office, **changes):
    """What a plugin wants done that is not the one whose stay it is."""
    given = {
        "place": JUXIAN,
        "subject": "case-1",
        "node": "accept",
        "label": "受理",
        "round": 3,
        "role": "window",
        "bureau": CIVIL,
        "project": OLD_AGE,
        "title": "高龄津贴",
        "number": "510904-2026-000009",
        "link": "/",
        "due_at": office.world.clock.now() + timedelta(days=3),
    }
    return OpenTask(**given | changes)


STAY = {"place": JUXIAN, "subject": "case-1", "node": "accept", "round": 3}


async def test_a_pause_that_is_told_before_its_task_holds(office):
    """Nobody is offered it; taken up again it is offered, with the limit of then."""
    later = office.world.clock.now() + timedelta(days=9)

    pushes = await office.tell(PauseTask(**STAY), asked(office))
    paused, seen = await office.task("case-1"), await titles(office, office.window())
    await office.tell(ResumeTask(**STAY, due_at=later))

    assert (paused["state"], seen, [push for push in pushes if isinstance(push, Push)]) == ("paused", [], [])
    assert ((await office.task("case-1"))["state"], (await office.task("case-1"))["due_at"]) == ("open", later)
    assert await titles(office, office.window()) == ["高龄津贴"]


@pytest.mark.parametrize(
    ("told_before", "state"),
    [
        ((PauseTask(**STAY), ResumeTask(**STAY, due_at=MONDAY_MORNING)), "open"),
        ((PauseTask(**STAY), ResumeTask(**STAY, due_at=MONDAY_MORNING), PauseTask(**STAY)), "paused"),
        ((CloseTask(**STAY),), "ended"),
        ((SettleTask(**STAY, move="pass", person="唐丽", shown="唐丽"),), "ended"),
        ((CloseTask(**STAY), PauseTask(**STAY), ResumeTask(**STAY, due_at=MONDAY_MORNING)), "ended"),
        ((PauseTask(**STAY), CloseTask(**STAY), CloseTask(**STAY)), "ended"),
        ((PauseTask(**STAY | {"round": 2}), CloseTask(**STAY | {"node": "review_town"})), "open"),
    ],
)
async def test_what_is_told_before_its_task_counts(office, told_before, state):
    """Whatever comes of a stay while who wants somebody for it has not asked yet; of other stays it says nothing."""
    await office.tell(*told_before, asked(office))
    await office.tell(asked(office))

    assert (await office.task("case-1"))["state"] == state
    assert await titles(office, office.window()) == (["高龄津贴"] if state == "open" else [])


async def test_a_pause_that_is_told_again_after_its_end_changes_nothing(office):
    await office.tell(PauseTask(**STAY), asked(office), ResumeTask(**STAY, due_at=MONDAY_MORNING), CloseTask(**STAY))

    await office.tell(PauseTask(**STAY), ResumeTask(**STAY, due_at=MONDAY_MORNING))

    assert (await office.task("case-1"))["state"] == "ended"


LATER = MONDAY_MORNING + timedelta(days=30)
PAUSE, RESUME = PauseTask(**STAY), ResumeTask(**STAY, due_at=LATER)


@pytest.mark.parametrize(
    ("before", "late", "others", "state"),
    [
        ((), PAUSE, (RESUME,), "open"),
        ((PAUSE,), RESUME, (PAUSE,), "paused"),
        ((PAUSE,), RESUME, (), "open"),
        ((), PAUSE, (RESUME, CloseTask(**STAY)), "ended"),
    ],
)
async def test_a_pause_or_its_end_that_was_put_off_gives_way_to_what_was_told_later(
    office, before, late, others, state
):
    """The reader of the one was cut off, that of the other was not."""
    await office.tell(asked(office), *before)

    await office.tell_late(late, *others)

    assert (await office.task("case-1"))["state"] == state


@pytest.mark.parametrize(("late", "other", "state"), [(PAUSE, RESUME, "open"), (RESUME, PAUSE, "paused")])
async def test_so_does_one_that_was_put_off_before_its_task_was_asked_for(office, late, other, state):
    await office.tell_late(late, other, asked(office))

    assert (await office.task("case-1"))["state"] == state


async def test_a_task_that_was_asked_for_late_has_the_limit_told_since(office):
    """It was paused and taken up again meanwhile."""
    await office.tell_late(asked(office), PAUSE, RESUME)

    task = await office.task("case-1")
    assert (task["state"], task["due_at"]) == ("open", LATER)


async def test_who_is_wanted_as_it_was_put_off_gives_way_to_who_is_wanted_since(office):
    """Who has to keep away by now still does; and a limit that the end of a pause has told stays."""
    await office.tell(asked(office))

    await office.tell_late(asked(office, avoid=("何军",)), asked(office, avoid=("何军", "周敏")))
    away = (await office.task("case-1"))["avoid"]
    await office.tell_late(asked(office, avoid=("唐丽",)), PAUSE, RESUME)

    task = await office.task("case-1")
    assert (away, task["avoid"], task["due_at"]) == (["何军", "周敏"], ["唐丽"], LATER)


async def test_who_has_to_keep_away_by_now_does_not_take_their_pass_back(office):
    """Told of it after they had decided."""
    case, _ = await new_task(office)
    done = await office.decide(office.window("周敏"), case.id, "pass", "齐全")
    mine = {"subject": case.id, "node": "accept", "round": 1}
    before = await office.ask(office.window("周敏"), SHOW, id=done.id)

    await office.tell(asked(office, **mine, avoid=("周敏",)))
    after = await office.ask(office.window("周敏"), SHOW, id=done.id)
    body = {"version": after.task.version, "reason": "看错了材料"}

    assert (before.moves, after.moves) == (["recall"], [])
    assert after.task.state == "done"
    with pytest.raises(Forbidden, match="回避"):
        await office.ask(office.window("周敏"), "POST worklist/tasks/{id}/recall", id=done.id, body=body)


async def test_a_task_that_is_over_keeps_its_limit(office):
    """Who keeps away from it alone is told anew, to nobody."""
    case, _ = await new_task(office)
    done = await office.decide(office.window("周敏"), case.id, "pass", "齐全")
    before = await office.world.database["worklist.tasks"].find_one({"_id": done.id})

    pushes = await office.tell(asked(office, subject=case.id, round=1, title="别的", avoid_keys=("k",)))

    after = await office.world.database["worklist.tasks"].find_one({"_id": done.id})
    changed = {name for name in after if after[name] != before[name]}
    assert (pushes, changed - {"version", "updated_at", "asked_in"}) == ([], {"avoid", "avoid_keys"})
