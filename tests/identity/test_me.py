"""What people do about themselves: consents taken back, 身份码, leave of their own, the phones they are signed in on."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from hub.identity.disputes import Dispute
from hub.identity.staff import PositionWanted
from hub.words.errors import Forbidden, Invalid, NotFound
from hub.words.personal import IdNumberText

from .conftest import ANJU, TOWN
from .test_proofs import CARD, claimed, clerk, prove
from .test_wechat import address, follow
from .test_withdrawals import REASON, operator

LOOK = "/me/real-name"
WINDOW = PositionWanted(role="window", region=TOWN)


async def code(desk, token):
    return (await desk.call("GET", LOOK, actor=await desk.actor(token, "ykt"))).code


# --- consents --------------------------------------------------------------------------------------------------------


async def test_who_takes_a_consent_back_is_nobody_but_stays_signed_in_and_reachable(desk):
    """So that they hear how it ends; WeChat's own permission ends more."""
    token, person = await claimed(desk, "li")
    await follow(desk, "li")

    await desk.call("POST", "/me/consents/withdraw", actor=await desk.actor(token, "ykt"))

    here = await desk.actor(token, "ykt")
    assert (here.assurance, (await address(desk, person, "ykt")).oa.follows) == ("none", True)
    consents = await desk.call("GET", "/me/consents", actor=here)
    assert [(each.version, each.given) for each in consents.items] == [("1", False), ("1", True)]
    assert (consents.stands, consents.due) == (False, True)


async def test_what_need_not_be_kept_is_deleted_afterwards_once(desk):
    """Taken back, given and taken back again, it is one thing to finish."""
    token, person = await claimed(desk, "li")
    for _ in range(2):
        await desk.call(
            "POST", "/me/claim", {**CARD, "region": TOWN, "consent_version": "1"}, actor=await desk.actor(token, "ykt")
        )
        await desk.call("POST", "/me/consents/withdraw", actor=await desk.actor(token, "ykt"))
    [withdrawal] = await desk.database["withdrawals"].find({}).to_list(9)

    await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=await operator(desk), id=withdrawal["_id"])

    assert (await desk.identity.people.get(person)).is_erased
    assert await desk.identity.sessions.actor(token, "ykt") is None


# --- 实名信息 --------------------------------------------------------------------------------------------------------


async def test_the_code_names_one_of_several_claims_on_a_number(desk):
    impostor, _ = await claimed(desk, "impostor")
    token, person = await claimed(desk, "li")
    shown = await code(desk, token)

    answer = await prove(desk, await clerk(desk), f"{shown[:4]} {shown[4:]}")

    assert (answer.person, await code(desk, impostor)) == (person, "")


async def test_the_code_of_another_number_names_nobody(desk):
    token, _ = await claimed(desk, "li")

    with pytest.raises(Invalid, match="不一致"):
        await prove(desk, await clerk(desk), await code(desk, token), id_number="510923194106120011")


async def test_both_sides_of_a_dispute_read_what_it_means_for_them(desk):
    first, holder = await claimed(desk, "holder")
    await prove(desk, await clerk(desk), holder)
    second, claimant = await claimed(desk, "claimant")
    await desk.database.transaction(
        lambda session: desk.identity.disputes.open(session, dispute(desk, holder, claimant))
    )

    told = [(await desk.call("GET", LOOK, actor=await desk.actor(token, "ykt"))).disputes for token in (first, second)]

    assert [(each.side, each.state) for [each] in told] == [("holder", "open"), ("claimant", "open")]
    assert "有人用您的身份证号" in told[0][0].says and "不用再申请" in told[1][0].says


def dispute(desk, holder, claimant):
    """As the window opens it."""
    city, now = desk.city.path, desk.clock.now()
    return Dispute(
        id="d",
        id_key=desk.database.blind(IdNumberText(CARD["id_number"])),
        holder=holder,
        claimant=claimant,
        place=TOWN,
        seat=ANJU,
        above=(*city, ANJU),
        path=(*city, ANJU),
        clerk="c",
        clerk_key="k",
        method="id_card",
        opened_at=now,
        decide_after=now,
    )


# --- leave -----------------------------------------------------------------------------------------------------------


async def colleague(desk, username, *positions):
    return (await desk.hire(username, *positions)).person


async def my_position(desk, actor):
    [mine] = (await desk.call("GET", "/me/positions", actor=actor)).items
    return mine


async def test_a_colleague_of_the_same_work_stands_in_until_one_comes_back(desk):
    actor, deputy = await clerk(desk), await colleague(desk, "qian", WINDOW)
    id = (await my_position(desk, actor)).id

    await desk.call("POST", "/me/positions/{id}/leave", {"deputy": deputy}, actor=actor, id=id)

    mine = await my_position(desk, actor)
    assert (mine.on_leave, mine.deputy, mine.holder) == (True, "周敏", "")
    assert [
        each.holder for each in (await desk.call("GET", "/me/positions", actor=(await desk.staff("qian"))[1])).items
    ] == ["周敏", ""]
    await desk.call("POST", "/me/positions/{id}/return", actor=actor, id=id)
    assert (await my_position(desk, actor)).on_leave is False


async def test_nobody_hands_rights_to_who_does_not_have_them(desk):
    """Of another role, of another place, of another bureau, bound to a node that the position is not bound to."""
    actor = await clerk(desk)
    id = (await my_position(desk, actor)).id
    others = [
        await colleague(desk, f"other{number}", position)
        for number, position in enumerate(
            (
                PositionWanted(role="handler", region=TOWN),
                PositionWanted(role="window", region=ANJU),
                PositionWanted(role="window", region=TOWN, bureau="民政局"),
                PositionWanted(role="window", region=TOWN, node="accept"),
            )
        )
    ]

    offered = await desk.call("GET", "/me/positions/{id}/leave", actor=actor, id=id)

    assert offered.colleagues == []
    for other in others:
        with pytest.raises(Invalid):
            await desk.call("POST", "/me/positions/{id}/leave", {"deputy": other}, actor=actor, id=id)


async def test_who_is_away_or_closed_cannot_stand_in(desk):
    actor = await clerk(desk)
    away, _ = [await colleague(desk, name, WINDOW) for name in ("away", "closed")]
    [held] = await desk.identity.staff.held(away, desk.clock.now())
    await desk.act(lambda ctx: desk.identity.staff.set_leave(ctx, held.id, True))
    await desk.act(lambda ctx: desk.identity.staff.disable(ctx, "closed"))

    offered = await desk.call("GET", "/me/positions/{id}/leave", actor=actor, id=(await my_position(desk, actor)).id)

    assert offered.colleagues == []


async def test_the_leave_of_an_administrator_is_anothers_act(desk):
    ops = await operator(desk, "ops_security")
    mine = await my_position(desk, ops)

    with pytest.raises(Forbidden):
        await desk.call("POST", "/me/positions/{id}/leave", {}, actor=ops, id=mine.id)

    assert not mine.movable


async def test_a_leave_that_was_ordered_is_not_ended_by_oneself(desk):
    """Nor is anything moved from a resident's session of the same human."""
    actor = await clerk(desk)
    id = (await my_position(desk, actor)).id
    await desk.act(lambda ctx: desk.identity.staff.set_leave(ctx, id, True))

    with pytest.raises(Forbidden, match="请联系安全管理员"):
        await desk.call("POST", "/me/positions/{id}/return", actor=actor, id=id)
    with pytest.raises(NotFound):
        await desk.call("POST", "/me/positions/{id}/return", actor=replace(actor, kind="resident"), id=id)

    assert (await my_position(desk, actor)).movable is False


async def test_whom_a_colleague_has_chosen_stands_in_no_more_when_they_do_the_work_no_more(desk):
    actor, deputy = await clerk(desk), await colleague(desk, "qian", WINDOW)
    id = (await my_position(desk, actor)).id
    await desk.call("POST", "/me/positions/{id}/leave", {"deputy": deputy}, actor=actor, id=id)
    [theirs] = [each for each in await desk.identity.staff.held(deputy, desk.clock.now()) if each.person == deputy]

    await desk.act(lambda ctx: desk.identity.staff.dismiss(ctx, theirs.id))

    assert (await my_position(desk, actor)).deputy == ""


@pytest.mark.parametrize("way", ["leave_job", "disable"])
async def test_whoever_took_their_own_leave_comes_back_though_their_deputy_is_gone(desk, way):
    """The deputy alone is taken away; the leave is still their own."""
    actor, deputy = await clerk(desk), await colleague(desk, "qian", WINDOW)
    id = (await my_position(desk, actor)).id
    await desk.call("POST", "/me/positions/{id}/leave", {"deputy": deputy}, actor=actor, id=id)

    await desk.act(lambda ctx: getattr(desk.identity.staff, way)(ctx, "qian"))
    alone = await my_position(desk, actor)
    await desk.call("POST", "/me/positions/{id}/return", actor=actor, id=id)

    assert (alone.on_leave, alone.deputy, alone.movable) == (True, "", True)
    assert not (await my_position(desk, actor)).on_leave


async def test_a_deputy_whose_account_is_closed_at_the_same_moment_stands_in_for_nobody(desk):
    """Who may stand in is read in the transaction that says so."""
    actor, deputy = await clerk(desk), await colleague(desk, "qian", WINDOW)
    id = (await my_position(desk, actor)).id

    await asyncio.gather(
        desk.call("POST", "/me/positions/{id}/leave", {"deputy": deputy}, actor=actor, id=id),
        desk.act(lambda ctx: desk.identity.staff.disable(ctx, "qian")),
        return_exceptions=True,
    )

    held = await desk.identity.staff.position(id)
    assert held.deputy is None


async def test_nobody_sends_another_on_leave(desk):
    actor, other = await clerk(desk), await colleague(desk, "qian", WINDOW)
    [held] = await desk.identity.staff.held(other, desk.clock.now())

    with pytest.raises(NotFound):
        await desk.call("POST", "/me/positions/{id}/leave", {}, actor=actor, id=held.id)


# --- sessions --------------------------------------------------------------------------------------------------------


async def test_what_has_ended_already_is_ended(desk):
    """The page with the button may have stood open since."""
    lost, there = await desk.resident("li")
    _, here = await desk.resident("li")
    await desk.call("DELETE", "/me/sessions", actor=here)

    await desk.call("DELETE", "/me/sessions/{session_id}", actor=here, session_id=there.session)

    assert await desk.identity.sessions.actor(lost, "ykt") is None


async def test_pages_inside_a_mini_program_stand_for_one_phone(desk):
    """Whoever ends the line that is not theirs cannot end their own."""
    await desk.resident("li")
    _, mini = await desk.resident("li")
    handed = (await desk.call("POST", "/me/handover", actor=mini)).code
    pages = await desk.call("POST", "/signin/handover", {"code": handed})
    actor = await desk.actor(pages.token, "ykt")

    listed = (await desk.call("GET", "/me/sessions", actor=actor)).items

    assert {(each.id == mini.session, each.current, each.through) for each in listed} == {
        (True, True, "mp"),
        (False, False, "mp"),
    }
