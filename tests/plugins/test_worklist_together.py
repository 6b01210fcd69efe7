"""合并: the tasks of one project and node, passed together, each by itself; and a pass taken back against a claim."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from hub.api import OpenTask, SettleTask
from hub.words.errors import Conflict, Invalid, NotFound
from tests.plugins.conftest import CIVIL
from tests.world import JUXIAN

GROUPS, TOGETHER = "GET worklist/tasks/groups", "POST worklist/tasks/together"
PEOPLE = [("李桂兰", "510904194403150023"), ("陈学文", "510923194106120011"), ("徐光荣", "510922193501019975")]


async def three_cases(office):
    """Of three people, a day apart; and the ids of their tasks."""
    cases, ids = [], []
    for name, number in PEOPLE:
        category = "aged_90" if name == "徐光荣" else "aged_80"
        cases.append(await office.declare(beneficiary={"name": name, "id_number": number, "category": category}))
        ids.append((await office.task(cases[-1].id))["_id"])
        office.world.clock.advance(timedelta(days=1))
    return cases, ids


def wanted(**changes):
    given = {
        "place": JUXIAN, "subject": "s1", "node": "accept", "label": "受理", "role": "window", "bureau": CIVIL,
        "project": "30005", "title": "高龄津贴 · 李*兰", "number": "1", "link": "/pages/case?id=s1",
    }  # fmt: skip
    return given | changes


async def test_tasks_stand_as_one_line_per_project_and_node(office):
    """高龄津贴 · 受理 · 3 件, with the first limit; a claimed one counts, a done one does not."""
    _, ids = await three_cases(office)
    due = (await office.world.database["worklist.tasks"].find_one({"_id": ids[0]}))["due_at"]
    land = wanted(project="10001", title="耕地补贴 · 王*", due_at=office.world.clock.now() + timedelta(days=30))
    await office.tell(OpenTask(**land))
    await office.ask(office.window(), "POST worklist/tasks/{id}/claim", id=ids[1])

    groups = await office.ask(office.window("何军"), GROUPS)
    others = await office.ask(office.town(), GROUPS)

    assert [(line.short, line.node_label, line.count) for line in groups.lines] == [
        ("高龄津贴", "受理", 3), ("耕地补贴", "受理", 1),
    ]  # fmt: skip
    assert (groups.lines[0].oldest_due, groups.lines[0].overdue) == (due, False)
    assert others.lines == []


async def test_several_are_passed_together_each_with_its_result(office):
    """What is wrong with one does not hold up the others; all is as if each had been decided alone."""
    cases, ids = await three_cases(office)
    await office.ask(office.window("何军"), "POST worklist/tasks/{id}/claim", id=ids[1])

    answer = await office.ask(office.window(), TOGETHER, body={"ids": [*ids, "nobody", ids[0]], "opinion": "齐全"})
    await office.deliver()

    assert answer.passed == 2
    assert [(result.id, result.done, result.code) for result in answer.results] == [
        (ids[0], True, ""), (ids[1], False, "conflict"), (ids[2], True, ""), ("nobody", False, "not_found"),
    ]  # fmt: skip
    assert answer.results[1].message == "何军正在处理这件待办。"
    seen = [await office.progress(case) for case in cases]
    assert [case.node for case in seen] == ["review_town", "accept", "review_town"]
    assert (seen[0].progress[0].handler, seen[0].progress[0].opinion) == ("周敏", "齐全")
    audited = {"what": "worklist.decide", "actor.person": "周敏"}
    assert await office.world.database["audit"].count_documents(audited) == 2


async def test_what_one_has_passed_counts_when_the_rest_is_asked_for_again(office):
    """A request that took too long has passed some of them; sent again, it does not call those failures, nor pass them twice."""
    _, ids = await three_cases(office)
    await office.ask(office.window(), TOGETHER, body={"ids": ids[:2], "opinion": "齐全"})

    again = await office.ask(office.window(), TOGETHER, body={"ids": ids, "opinion": "齐全"})
    others = await office.ask(office.window("何军"), TOGETHER, body={"ids": ids})

    assert (again.passed, [result.done for result in again.results]) == (3, [True] * 3)
    assert all(result.number for result in again.results)
    assert (others.passed, {result.code for result in others.results}) == (0, {"conflict"})
    assert await office.world.database["audit"].count_documents({"what": "worklist.decide"}) == 3


@pytest.mark.parametrize("body", [{"move": "refuse"}, {"move": "correct"}, {"ids": []}, {"ids": ["x"] * 51}])
async def test_only_passed_and_at_most_fifty(office, body):
    """Never 驳回 together: the request itself is wrong."""
    with pytest.raises(msgspec.ValidationError):
        await office.ask(office.window(), TOGETHER, body={"ids": ["x"]} | body)


async def test_only_of_one_project_and_node(office):
    """Nothing is done when they differ."""
    _, ids = await three_cases(office)
    await office.tell(OpenTask(**wanted(project="10001", due_at=office.world.clock.now())))
    other = (await office.task("s1"))["_id"]

    with pytest.raises(Invalid) as refusal:
        await office.ask(office.window(), TOGETHER, body={"ids": [*ids, other]})

    assert "同一项目" in refusal.value.fields["ids"]
    assert await office.world.database["worklist.tasks"].count_documents({"state": "open"}) == 4


async def test_a_hidden_task_is_not_there_for_whom_it_avoids(office):
    """A complaint about a clerk: neither listed, counted, read nor claimed by them, under whatever account."""
    number = "510904194403150023"
    key = office.window("second-account", id_number=number).id_key
    due = office.world.clock.now() + timedelta(days=1)
    await office.tell(OpenTask(**wanted(avoid=("周敏",), avoid_keys=(key,), hidden=True, due_at=due)))
    id = (await office.task("s1"))["_id"]

    for clerk in (office.window("周敏"), office.window("second-account", id_number=number)):
        assert (await office.ask(clerk, "GET worklist/tasks")).items == []
        assert (await office.ask(clerk, GROUPS)).lines == []
        assert (await office.ask(clerk, "GET worklist/tasks/count")).todo == 0
        for operation in ("GET worklist/tasks/{id}", "POST worklist/tasks/{id}/claim"):
            with pytest.raises(NotFound):
                await office.ask(clerk, operation, id=id)
        [result] = (await office.ask(clerk, TOGETHER, body={"ids": [id]})).results
        assert result.code == "not_found"
    assert [line.id for line in (await office.ask(office.window("何军"), "GET worklist/tasks")).items] == [id]


async def test_what_is_hidden_by_now_shows_in_no_list_of_what_was_done(office):
    """周敏 has done the first round and has the third in hand; then their number is known, and it is about themselves."""
    number = "510904194403150023"
    unknown, known = office.window("周敏"), office.window("周敏", id_number=number)
    due, tasks = office.world.clock.now() + timedelta(days=1), office.world.database["worklist.tasks"]
    for round in (1, 2, 3):
        about = {"avoid_keys": (known.id_key,), "hidden": True} if round != 2 else {}
        await office.tell(OpenTask(**wanted(round=round, due_at=due, **about)))
    first, second, third = [task["_id"] async for task in tasks.find({}).sort("round", 1)]
    done = {"place": JUXIAN, "subject": "s1", "node": "accept", "round": 1, "person": "周敏", "shown": "周敏"}
    await office.tell(SettleTask(**done, move="pass"))
    await office.ask(unknown, "POST worklist/tasks/{id}/claim", id=third)

    before, after = [await office.ask(who, "GET worklist/tasks/{id}", id=second) for who in (unknown, known)]
    lists = [(await office.ask(who, "GET worklist/done")).items for who in (unknown, known)]
    counts = [(await office.ask(who, "GET worklist/tasks/count")).claimed_by_me for who in (unknown, known)]

    assert ([line.id for line in before.earlier_rounds], after.earlier_rounds) == ([first], [])
    assert ([line.id for line in lists[0]], lists[1], counts) == ([first], [], [1, 0])


# --- a pass taken back, and the next one's hand ----------------------------------------------------------------------


async def test_of_a_recall_and_a_claim_at_once_one_wins(office):
    """Ten times: either the case is back and the claim was refused, or the claim holds and the recall was refused."""
    for number in range(10):
        case = await office.declare()
        await office.decide(office.window(), case.id, "pass")
        done = await office.world.database["worklist.tasks"].find_one({"subject": case.id, "state": "done"})
        following = (await office.task(case.id))["_id"]
        body = {"version": done["version"], "reason": "看错了材料"}

        recalled, claimed = await asyncio.gather(
            office.ask(office.window(), "POST worklist/tasks/{id}/recall", id=done["_id"], body=body),
            office.ask(office.town(), "POST worklist/tasks/{id}/claim", id=following),
            return_exceptions=True,
        )

        [refusal] = [answer for answer in (recalled, claimed) if isinstance(answer, BaseException)]
        assert isinstance(refusal, Conflict), number
        await office.deliver()
        seen = await office.progress(case)
        assert seen.node == ("accept" if refusal is claimed else "review_town")
        body = {"version": seen.version}
        await office.ask(office.resident(), "POST declaration/cases/{id}/withdraw", id=case.id, body=body)
        await office.deliver()


async def test_a_recall_before_the_next_task_is_there(office):
    """The task that the pass asked for opens and ends again; nobody can claim it."""
    case = await office.declare()
    id = (await office.task(case.id))["_id"]
    line = await office.ask(office.window(), "POST worklist/tasks/{id}/claim", id=id)
    body = {"move": "pass", "version": line.version}
    done = await office.ask(office.window(), "POST worklist/tasks/{id}/decide", id=id, body=body)
    await office.ask(
        office.window(), "POST worklist/tasks/{id}/recall", id=id, body={"version": done.version, "reason": "理由"}
    )

    await office.deliver()

    tasks = await office.world.database["worklist.tasks"].find({"subject": case.id}, sort=[("round", 1)]).to_list(9)
    assert [(task["node"], task["round"], task["state"]) for task in tasks] == [
        ("accept", 1, "recalled"), ("review_town", 2, "ended"), ("accept", 3, "open"),
    ]  # fmt: skip


async def test_what_may_be_done_is_shown(office):
    """撤销通过 is offered to the one who passed it, and is no decision on an open task."""
    case = await office.declare()
    id = (await office.task(case.id))["_id"]
    before = await office.ask(office.window(), "GET worklist/tasks/{id}", id=id)
    await office.decide(office.window(), case.id, "pass")

    mine = await office.ask(office.window(), "GET worklist/tasks/{id}", id=id)
    colleagues = await office.ask(office.window("何军"), "GET worklist/tasks/{id}", id=id)

    assert (before.moves, mine.moves, colleagues.moves) == (["claim"], ["recall"], [])
    other = await office.declare(beneficiary={"name": "陈学文", "id_number": "510923194106120011"})
    with pytest.raises(Invalid):
        await office.decide(office.window(), other.id, "recall", "理由")
