"""经办历史 and 我的已办: what one has done oneself, found again by number, word, project and day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import RecordActivity
from hub.words.errors import Forbidden, Invalid, NotFound
from tests.plugins.conftest import CIVIL, FARMING
from tests.world import ANJU, JUXIAN, MONDAY_MORNING, SHEHONG, VILLAGE

HISTORY, DETAIL, DONE = "GET worklist/history", "GET worklist/history/{id}", "GET worklist/done"


def touched(person="周敏", **changes):
    """What the survey plugin will tell."""
    given = {
        "place": JUXIAN, "subject": "survey-1", "kind": "survey", "label": "提交入户调查", "title": "耕地补贴 · 王*",
        "number": "DC-1", "person": person, "bureau": FARMING, "project": "10001", "link": "/pages/survey?id=1",
        "at": MONDAY_MORNING,
    }  # fmt: skip
    return RecordActivity(**given | changes)


async def two_days(office):
    """周敏: 补正 and 受理 of one case, on Tuesday a survey, on Wednesday another case refused."""
    case = await office.declare()
    zhou, wang = office.window(), office.resident()
    await office.decide(zhou, case.id, "correct")
    version = (await office.progress(case)).version
    await office.ask(
        wang, "POST declaration/cases/{id}/mend", id=case.id, body={"version": version, "phone": "19900000002"}
    )
    await office.deliver()
    await office.decide(zhou, case.id, "pass")
    office.world.clock.advance(timedelta(days=1))
    await office.tell(touched(at=office.world.clock.now()))
    office.world.clock.advance(timedelta(days=1))
    other = await office.declare(beneficiary={"name": "陈学文", "id_number": "510923194106120011"})
    await office.decide(zhou, other.id, "refuse")
    return case, other


async def titles(office, operation=HISTORY, actor=None, **query):
    page = await office.ask(actor or office.window(), operation, query=query)
    return [line.title for line in page.items]


async def test_history_has_every_business_once_the_latest_first(office):
    """Whatever plugin tells of it; with each act in its detail."""
    case, other = await two_days(office)

    lines = (await office.ask(office.window(), HISTORY)).items
    detail = await office.ask(office.window(), DETAIL, id=lines[2].id)

    assert [(line.number, line.last, line.kinds) for line in lines] == [
        (other.number, "受理：驳回", ("task",)), ("DC-1", "提交入户调查", ("survey",)), (case.number, "受理：通过", ("task",)),
    ]  # fmt: skip
    assert [act.label for act in detail.acts] == ["受理：补正", "受理：通过"]
    assert detail.business.link == f"/{VILLAGE}/declaration/review/{case.id}"


async def test_history_pages(office):
    """By cursor, while more comes in."""
    await two_days(office)

    first = await office.ask(office.window(), HISTORY, query={"limit": 2})
    await office.tell(touched(subject="survey-2", at=office.world.clock.now() + timedelta(minutes=1)))
    rest = await office.ask(office.window(), HISTORY, query={"limit": 2, "cursor": first.next})

    assert [line.number[:2] for line in first.items + rest.items] == ["51", "DC", "51"]
    assert rest.next is None


async def test_history_is_searched(office):
    """By number, word, project, kind and day, alone or together."""
    case, _ = await two_days(office)
    old_age, chen, survey = "高龄津贴 · 李*兰", "高龄津贴 · 陈*文", "耕地补贴 · 王*"

    assert await titles(office, number=case.number) == [old_age]
    assert await titles(office, keyword="陈*") == [chen]
    assert await titles(office, keyword=".") == []
    assert await titles(office, project="10001") == [survey]
    assert await titles(office, kind="task") == [chen, old_age]
    assert await titles(office, since="2026-11-24", until="2026-11-24") == [survey]
    assert await titles(office, since="2026-11-24", kind="task") == [chen]
    with pytest.raises(Invalid):
        await titles(office, keyword="字" * 51)


async def test_history_is_ones_own(office):
    """Not a colleague's, and not for residents; a fact told twice counts once, nobody's is nobody's."""
    await office.tell(touched(), touched(), touched(person=""))
    [mine] = (await office.ask(office.window(), HISTORY)).items

    detail = await office.ask(office.window(), DETAIL, id=mine.id)

    assert len(detail.acts) == 1
    assert await titles(office, actor=office.window("何军")) == []
    with pytest.raises(NotFound):
        await office.ask(office.window("何军"), DETAIL, id=mine.id)
    with pytest.raises(Forbidden):
        await office.ask(office.resident(), HISTORY)
    assert await office.world.database["worklist.touches"].count_documents({}) == 1


async def test_one_keeps_ones_history_elsewhere(office):
    """A new position in another county takes nothing away."""
    await office.tell(touched())
    moved = office.staff("周敏", office.position("handler", SHEHONG, bureau=CIVIL))

    page = await office.ask(moved, HISTORY, at=SHEHONG)

    assert [line.number for line in page.items] == ["DC-1"]


async def test_a_pass_taken_back_stands_in_the_history(office):
    """Beside the pass."""
    case = await office.declare()
    done = await office.decide(office.window(), case.id, "pass")
    body = {"version": done.version, "reason": "看错了"}
    await office.ask(office.window(), "POST worklist/tasks/{id}/recall", id=done.id, body=body)
    await office.deliver()

    [line] = (await office.ask(office.window(), HISTORY)).items

    assert line.last == "受理：撤销通过"


async def test_done_is_searched(office):
    """By number, word, decision, node and day."""
    case, other = await two_days(office)
    li, chen = "高龄津贴 · 李*兰", "高龄津贴 · 陈*文"

    assert await titles(office, DONE) == [chen, li, li]
    assert await titles(office, DONE, number=other.number) == [chen]
    assert await titles(office, DONE, keyword="李") == [li, li]
    assert await titles(office, DONE, move="correct") == [li]
    assert await titles(office, DONE, node="review_town") == []
    assert await titles(office, DONE, until="2026-11-23") == [li, li]
    assert await titles(office, DONE, since="2026-11-24") == [chen]
    assert await titles(office, DONE, office.window("何军")) == []
    assert case.number != other.number


async def test_a_task_is_found_by_its_number(office):
    """Among what waits for me."""
    case, other = (
        await office.declare(),
        await office.declare(beneficiary={"name": "陈学文", "id_number": "510923194106120011"}),
    )

    found = await titles(office, "GET worklist/tasks", number=other.number)

    assert found == ["高龄津贴 · 陈*文"]
    assert await titles(office, "GET worklist/tasks", number=case.number[:-1]) == []
    assert case.county == ANJU
