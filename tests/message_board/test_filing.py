"""我要留言: who has it, who is told, what is refused, how many may wait."""

from __future__ import annotations

import asyncio

import pytest

from hub.rules.switching import switch
from hub.words.errors import Conflict, Forbidden, Invalid
from tests.message_board.conftest import ALL, CIVIL, FARMING
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE


async def test_the_bureau_of_the_county_has_it_and_is_told(office):
    there, other = (
        await office.employ("甲", office.position("handler", ANJU, bureau=CIVIL)),
        office.handler(bureau=FARMING),
    )

    written = await office.write()

    push = await office.expect_push(there, "message_board.arrived", written.message.number, times=1)
    assert office.words(push).title == "新留言：咨询"
    assert (await office.stored(written.id))["place"] == ANJU
    await office.expect_no_push(other, "message_board.arrived")


async def test_where_the_county_says_so_the_town_of_its_writer_has_it(office):
    await switch(office.world.units, ANJU, "message_board", settings={"handled_at": "town"}, actor=office.leader())

    written = await office.write()

    await switch(office.world.units, ANJU, "message_board", settings={}, actor=office.leader())
    assert (await office.stored(written.id))["place"] == JUXIAN


async def test_nothing_that_was_written_and_nobody_s_name_is_in_a_push(office):
    clerk = await office.employ("甲", office.position("handler", ANJU, bureau=CIVIL))

    await office.write(title="王建国的低保", text="身份证号510921196711053319")

    words = office.words(await office.expect_push(clerk, "message_board.arrived"))
    assert not [secret for secret in ("王建国", "王", "低保", "5109211967") if secret in f"{words.title}{words.body}"]


async def test_who_asked_for_secrecy_is_named_nowhere(office):
    """Not masked, and not kept either."""
    written = await office.write(confidential=True)

    stored = await office.stored(written.id)
    seen = await office.ask(office.handler(), "GET message_board/{id}", id=written.id)
    assert (stored["name"], stored["applicant"], seen.writer, seen.village) == (None, "", "保密", "")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"bureau": "外星局"}, "bureau"), ({"title": "　"}, "title"), ({"text": " \n"}, "text")],
)
async def test_what_is_wrong_is_said_at_its_field(office, wrong, field):
    with pytest.raises(Invalid) as refused:
        await office.write(**wrong)

    assert list(refused.value.fields) == [field]


async def test_the_offices_of_another_county_are_not_ours(office):
    with pytest.raises(Forbidden, match="您所在村"):
        await office.write(office.citizen(home=VILLAGE), at=SHEHONG)


async def test_only_so_many_may_be_open(office):
    """One that has ended makes room."""
    ids = [(await office.write()).id for _ in range(5)]
    with pytest.raises(Conflict, match="办完一件再写新的"):
        await office.write()

    await office.own("close", ids[2])

    assert (await office.write()).message.state == "waiting"


async def test_a_county_that_allows_fewer_counts_those_that_are_there(office):
    """Whichever of them have ended meanwhile."""
    ids = [(await office.write()).id for _ in range(4)]
    for id in ids[:2]:
        await office.own("close", id)
    await switch(office.world.units, ANJU, "message_board", settings={"open_at_most": 2}, actor=office.leader())

    with pytest.raises(Conflict, match="办完一件再写新的"):
        await office.write()

    await switch(office.world.units, ANJU, "message_board", settings={}, actor=office.leader())


async def test_those_that_come_at_once_are_no_more_than_that(office):
    for _ in range(4):
        await office.write()

    answers = await asyncio.gather(
        *(office.ask(office.citizen(), "POST message_board", body=office.form()) for _ in range(3)),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, Conflict) for answer in answers) == 2
    assert await office.world.database[ALL].count_documents({}) == 5


async def test_a_picture_belongs_to_its_message(office):
    file = await office.upload(office.citizen())

    written = await office.write(pictures=[file])

    with pytest.raises(Invalid, match="已被使用"):
        await office.write(pictures=[file])
    assert written.pictures == (file,)
