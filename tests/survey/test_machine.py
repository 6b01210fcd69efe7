"""The table of moves: every one that is allowed works, every other is refused with the present state; walked by those who may."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict
from plugins.survey.documents import SURVEY, TODO, TOLD
from tests.survey.conftest import ONE, survey_cancelled

CELLS = [(move, state) for move in SURVEY.moves for state in SURVEY.states]


@pytest.mark.parametrize(("move", "state"), CELLS)
def test_each_move_in_each_state(move, state):
    if state in SURVEY.moves[move].before:
        assert SURVEY.transition(move, state) == SURVEY.moves[move].after
    else:
        with pytest.raises(Conflict) as refused:
            SURVEY.transition(move, state, version=3)
        assert refused.value.state == {"state": state, "version": 3}


def test_what_is_over_stays_over():
    assert all(state not in move.before for state in ("archived", "cancelled") for move in SURVEY.moves.values())
    assert set(SURVEY.moves["cancel"].before) == set(TODO)
    assert set(TOLD) == {"submitted", "archived"}


async def in_state(office, state):
    """A survey that complaints asked for, brought there by those who may."""
    survey = await office.wanted()
    if state == "cancelled":
        await office.tell(survey_cancelled())
    if state == "draft":
        await office.save(survey)
    if state in TOLD:
        await office.submit(survey)
    if state == "archived":
        await office.archive(survey)
    found = await office.stored(_id=survey.id)
    assert found.state == state
    return found


async def make(office, survey, move):
    match move:
        case "save" | "keep":
            await office.save(survey)
        case "submit":
            # A draft that came in before, so that the move itself is tried.
            row = await office.world.database["survey.drafts"].find_one({"survey": survey.id})
            draft = row["_id"] if row else (await office.save(survey)).draft.id
            body = {"draft": draft, "revision": 1}
            await office.ask(office.surveyor(), f"POST {ONE}/submit", id=survey.id, body=body)
        case "correct":
            await office.correct(survey)
        case "return":
            await office.send_back(survey)
        case "archive":
            await office.archive(survey)


HANDS = ("save", "correct", "return", "archive")


@pytest.mark.parametrize("move", HANDS)
@pytest.mark.parametrize("state", SURVEY.states)
async def test_each_operation_in_each_state(office, move, state):
    """Over the operations themselves; 存草稿 after the hand-in keeps the draft and no more."""
    survey = await in_state(office, state)
    table = "keep" if (move, state) == ("save", "submitted") else move
    allowed = SURVEY.allows(table, state)

    if allowed:
        await make(office, survey, move)
    else:
        with pytest.raises(Conflict):
            await make(office, survey, move)

    after = await office.stored(_id=survey.id)
    # To have something to hand in, a draft was saved first.
    refused = "draft" if (move, state) == ("correct", "wanted") else state
    assert after.state == (SURVEY.moves[table].after if allowed else refused)


@pytest.mark.parametrize("state", SURVEY.states)
async def test_only_a_draft_is_handed_in(office, state):
    survey = await in_state(office, state)
    before = survey.records

    if state == "draft":
        await make(office, survey, "submit")
        assert (await office.stored(_id=survey.id)).state == "submitted"
    elif state == "wanted":
        with pytest.raises(Conflict):
            SURVEY.transition("submit", state)
    elif state == "cancelled":
        with pytest.raises(Conflict):
            await make(office, survey, "submit")
    else:
        # The same words again are the record that is there.
        await make(office, survey, "submit")
        assert (await office.stored(_id=survey.id)).records == before == 1


async def test_every_move_says_who_when_and_why(office):
    """On the survey, and in the audit log."""
    survey = await office.wanted()
    await office.submit(survey)
    await office.send_back(survey, reason="照片不清楚")
    await office.submit(survey)
    await office.archive(survey)

    acts = (await office.stored(_id=survey.id)).acts
    audit = await office.world.database["audit"].find({"subject": survey.id}, sort=[("_id", 1)]).to_list(99)

    assert [(act.move, act.handler, act.why) for act in acts] == [
        ("save", "杨帆", ""),
        ("submit", "杨帆", ""),
        ("return", "唐丽", "照片不清楚"),
        ("submit", "杨帆", ""),
        ("archive", "唐丽", ""),
    ]
    assert all(act.at and act.person for act in acts)
    assert [line["what"] for line in audit] == [f"survey.{act.move}" for act in acts]
