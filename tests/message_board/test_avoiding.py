"""Who reads a message and who does not: its writer under whatever account, other residents, other offices, leaders."""

from __future__ import annotations

import pytest

from hub.words.errors import Forbidden, NotFound
from tests.message_board.conftest import ANJU, CIVIL, FARMING, NUMBERS
from tests.world import JUXIAN, SHEHONG, VILLAGE

OUTSIDERS = {
    "the writer with a staff account": lambda office: office.handler("二号", id_number=NUMBERS["wang"]),
    "the writer's own record as staff": lambda office: office.handler("wang"),
    "another bureau": lambda office: office.handler(bureau=FARMING),
    "another county": lambda office: office.handler(region=SHEHONG),
    "a town below": lambda office: office.handler(region=JUXIAN),
    "another node": lambda office: office.handler(node="survey"),
    "a bureau's leader": lambda office: office.leader(bureau=FARMING),
}


@pytest.mark.parametrize("who", OUTSIDERS)
async def test_it_is_not_there(office, who):
    """Neither its page, nor in the list, nor its full name; nor can it be answered."""
    written, actor = await office.write(), OUTSIDERS[who](office)

    for operation in ("GET message_board/{id}", "POST message_board/{id}/unmask", "POST message_board/{id}/reply"):
        body = {} if operation.startswith("GET") else {"body": {"reason": "看看"}}
        if operation.endswith("reply"):
            body = {"body": {"version": 1, "text": "好的"}}
        with pytest.raises((NotFound, Forbidden)):
            await office.ask(actor, operation, id=written.id, **body)
    at = SHEHONG if who == "another county" else JUXIAN if who == "a town below" else ANJU
    assert (await office.ask(actor, "GET message_board", at=at)).items == []


async def test_its_writer_is_told_nothing_as_one_of_the_office(office):
    """The task is hidden from them, and the push passes them by."""
    second = await office.employ("二号", office.position("handler", ANJU, bureau=CIVIL), number=NUMBERS["wang"])
    colleague = await office.employ("甲", office.position("handler", ANJU, bureau=CIVIL))

    await office.write()

    await office.expect_no_push(second, "message_board.arrived")
    await office.expect_push(colleague, "message_board.arrived")
    assert (await office.ask(second, "GET worklist/tasks")).items == []


async def test_another_resident_finds_nothing(office):
    written, chen = await office.write(), office.citizen("chen")

    assert (await office.ask(chen, "GET message_board/mine")).items == []
    for move in ("ask", "rate", "close", "complain", "decline"):
        with pytest.raises(NotFound):
            await office.own(move, written.id, chen)


async def test_somebody_who_types_the_same_number_sees_only_their_own(office):
    written = await office.write()

    with pytest.raises(NotFound):
        await office.ask(office.claimant("liu", NUMBERS["wang"]), "GET message_board/mine/{id}", id=written.id)


@pytest.mark.parametrize("who", ["leader", "discipline"])
async def test_whoever_looks_on_reads_it_without_its_writer_and_their_grade(office, who):
    stored = await office.in_state("rated")

    seen = await office.ask(getattr(office, who)(), "GET message_board/{id}", id=stored["_id"])

    assert (seen.writer, seen.village, seen.grade, seen.words, seen.moves) == ("***", "", "", "", [])


async def test_who_looks_on_presses_nothing(office):
    written = await office.write()

    with pytest.raises(Forbidden):
        await office.do("reply", written.id, office.leader())


async def test_from_another_county_it_is_not_answered(office):
    """Also by the one who wrote it: its own county's switches count."""
    stored = await office.in_state("replied")
    body = {"version": stored["version"], "grade": "5"}

    with pytest.raises(NotFound, match="办理留言的区县"):
        await office.ask(office.citizen(), "POST message_board/mine/{id}/rate", at=SHEHONG, id=stored["_id"], body=body)


async def test_whoever_lives_elsewhere_by_now_reads_what_they_wrote(office):
    written = await office.write()

    moved = office.citizen(home="510981104")

    assert (await office.ask(moved, "GET message_board/mine", at=SHEHONG)).items[0].id == written.id
    assert moved.home != VILLAGE
