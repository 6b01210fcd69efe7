"""转为投诉: the office proposes, the writer accepts 投诉须知 and decides; where complaints are off nobody is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.rules.switching import switch
from hub.words.errors import Conflict, Invalid, NotFound
from plugins.message_board.actions.own import whole_story
from plugins.message_board.documents import Message
from plugins.message_board.events import MessageComplained
from tests.message_board.conftest import ANJU, CIVIL, FARMING
from tests.world import JUXIAN

COMPLAINTS = "complaints.complaints"


async def test_it_is_filed_in_the_writer_s_name_with_its_history(office):
    written = await office.write(kind="complain", title="窗口不理人", pictures=[await office.upload(office.citizen())])
    await office.do("propose", written.id)

    ended = await office.own("complain", written.id)

    filed = await office.world.database[COMPLAINTS].find_one({"_id": (await office.stored(written.id))["complaint"]})
    assert (ended.message.state, ended.pictures) == ("complained", ())
    assert (filed["number"], filed["complainant"]) == (ended.complaint_number, "wang")
    assert filed["source"] == f"留言{written.message.number}"
    assert [act["label"] for act in filed["acts"]] == ["留言", "建议转为投诉", "提交投诉"]
    assert tuple(filed["pictures"]) == written.pictures


async def test_the_writer_finds_it_among_their_complaints_and_nobody_else_does(office):
    stored = await office.in_state("complained")

    mine = await office.ask(office.citizen(), "GET complaints/mine")
    others = await office.ask(office.citizen("chen"), "GET complaints/mine")

    assert ([each.id for each in mine.items], others.items) == ([stored["complaint"]], [])


async def test_the_bureau_that_had_it_handles_what_accuses_a_village_or_a_town(office):
    """At the county, above them."""
    stored = await office.in_state("complained")

    filed = await office.world.database[COMPLAINTS].find_one({"_id": stored["complaint"]})

    assert (filed["seat"], filed["bureau"], filed["unit"]) == (ANJU, CIVIL, {"region": JUXIAN, "bureau": None})


async def test_its_picture_is_seen_there(office):
    picture = await office.upload(office.citizen())
    stored = await office.in_state("complained", pictures=[picture])

    shown = await office.ask(
        office.citizen(), "GET complaints/mine/{id}/pictures/{file}", id=stored["complaint"], file=picture
    )

    assert shown.data


async def test_secrecy_is_asked_anew(office):
    """Who wrote with their name may complain without."""
    stored = await office.in_state("proposed")

    await office.own("complain", stored["_id"], confidential=True)

    filed = await office.world.database[COMPLAINTS].find_one({})
    assert filed["confidential"]


async def test_nobody_finds_by_the_message_who_complains_in_secret(office):
    """The complaint names it, and the same office has both."""
    stored = await office.in_state("proposed")

    await office.own("complain", stored["_id"], confidential=True)

    seen = await office.ask(office.handler(), "GET message_board/{id}", id=stored["_id"])
    assert (seen.writer, seen.village) == ("保密", "")
    with pytest.raises(NotFound):
        await office.ask(
            office.handler(), "POST message_board/{id}/unmask", id=stored["_id"], body={"reason": "电话核实"}
        )


@pytest.mark.parametrize("length", [1900, 2000])
async def test_what_is_too_long_says_where_the_rest_stands(office, length):
    """With the title, the reply and the question after it."""
    written = await office.write(text="长" * length)
    await office.do("reply", written.id, text="请到窗口办理。")
    await office.own("ask", written.id, text="哪个窗口？")

    stored = office.world.database.decode(Message, await office.stored(written.id))
    text = whole_story(stored)

    assert len(text) <= 2000
    assert text.endswith("哪个窗口？" if length == 1900 else f"（后面的内容见留言{written.message.number}）")


async def test_the_office_that_may_be_accused_does_not_read_its_number(office):
    stored = await office.in_state("complained")

    seen = await office.ask(office.handler(), "GET message_board/{id}", id=stored["_id"])

    assert seen.message.state == "complained"
    assert stored["complaint_number"] not in repr(seen)
    assert stored["complaint"] not in repr(seen)


async def test_an_old_notice_is_not_accepted(office):
    """Nothing of it is done: the message waits, with its pictures."""
    picture = await office.upload(office.citizen())
    stored = await office.in_state("proposed", pictures=[picture])

    with pytest.raises(Conflict, match="投诉须知已更新"):
        await office.own("complain", stored["_id"], notice="7")

    after = await office.stored(stored["_id"])
    assert (after["state"], after["pictures"], await office.world.database[COMPLAINTS].count_documents({})) == (
        "proposed",
        [picture],
        0,
    )


@pytest.mark.parametrize("about", ["", "unit:", "project:", "staff:510904", f"row:{JUXIAN}"])
async def test_what_no_page_offers_is_refused(office, about):
    stored = await office.in_state("proposed")

    with pytest.raises(Invalid) as refused:
        await office.own("complain", stored["_id"], about=about)

    assert list(refused.value.fields) == ["about"]


async def test_declined_the_office_goes_on_and_proposes_no_more(office):
    clerk = await office.employ("甲", office.position("handler", ANJU, bureau="民政局"))
    stored = await office.in_state("proposed")

    await office.own("decline", stored["_id"])

    await office.expect_push(clerk, "message_board.arrived", "不转投诉的留言")
    with pytest.raises(Conflict, match="留言人未同意"):
        await office.do("propose", stored["_id"])


async def test_without_an_answer_the_office_goes_on(office):
    stored = await office.in_state("proposed")

    await office.travel(timedelta(days=17))

    assert (await office.stored(stored["_id"]))["state"] == "handling"


async def test_where_complaints_are_off_it_is_offered_to_nobody(office):
    stored = await office.in_state("waiting")
    await switch(office.world.units, ANJU, "complaints", on=False, actor=office.leader())

    offered = (await office.ask(office.handler(), "GET message_board/{id}", id=stored["_id"])).moves
    with pytest.raises(Conflict, match="未开通投诉举报"):
        await office.do("propose", stored["_id"])

    await switch(office.world.units, ANJU, "complaints", on=True, actor=office.leader())
    assert "propose" not in offered


async def test_turned_off_meanwhile_it_can_only_be_declined(office):
    stored = await office.in_state("proposed")
    await switch(office.world.units, ANJU, "complaints", on=False, actor=office.leader())

    mine = await office.ask(office.citizen(), "GET message_board/mine/{id}", id=stored["_id"])

    await switch(office.world.units, ANJU, "complaints", on=True, actor=office.leader())
    assert (mine.moves, mine.terms) == (["decline"], None)


@pytest.mark.parametrize("kind", ["consult", "suggest"])
async def test_a_question_is_no_complaint(office, kind):
    written = await office.write(kind=kind)

    with pytest.raises(Conflict, match="只有投诉类"):
        await office.do("propose", written.id)


async def test_what_has_become_a_complaint_is_told(office):
    stored = await office.in_state("complained")

    [fact] = await office.facts(MessageComplained)

    assert (fact.subject, fact.complaint, fact.state) == (stored["_id"], stored["complaint"], "complained")


async def test_the_office_that_passed_it_on_reads_why_its_writer_does_not(office):
    written = await office.write()
    await office.do("transfer", written.id)

    mine = await office.ask(office.citizen(), "GET message_board/mine/{id}", id=written.id)
    theirs = await office.ask(office.handler(bureau=FARMING), "GET message_board/{id}", id=written.id)

    assert (mine.flow[-1].why, theirs.flow[-1].why) == ("", "属农业补贴")
