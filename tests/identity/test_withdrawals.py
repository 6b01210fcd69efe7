"""撤回授权: WeChat tells that somebody takes back the permission to use their data."""

from __future__ import annotations

import pytest

from hub.identity.erasing import WithdrawalQuery
from hub.identity.staff import PositionWanted
from hub.words.errors import Conflict, Forbidden, NotFound

from .conftest import ANJU, SHEHONG, YDSH, YKT
from .test_residents import LI
from .test_wechat import address, bind, follow

REASON = {"version": 1, "reason": "本人在微信中撤回授权"}


async def withdraw(desk, openid, appid=YKT):
    """The event, as the worker on callbacks hands it on."""
    return await desk.database.transaction(lambda session: desk.identity.directory.withdrawn(session, appid, openid))


async def claimed(desk, name="li"):
    """Signed in, claimed, and following the official account; token, actor, openid at the mini program."""
    token, actor = await desk.resident(name)
    await desk.call("POST", "/me/claim", LI, actor=actor)
    await follow(desk, name)
    openid = (await address(desk, actor.person, "ykt")).mp.openid
    return token, actor, openid


async def operator(desk, role="ops_system", region=ANJU):
    await desk.hire(f"{role}-{region}", PositionWanted(role=role, region=region))
    return (await desk.staff(f"{role}-{region}", "ops"))[1]


async def test_bindings_and_sessions_end_and_nothing_reaches_the_phone(desk):
    """At every account: the official account would reach the same phone."""
    token, actor, openid = await claimed(desk)

    await withdraw(desk, openid)

    found = await address(desk, actor.person, "ykt")
    assert (found.oa, found.mp) == (None, None)
    assert await desk.identity.sessions.actor(token, "ykt") is None
    ended = await desk.database["wechat_bindings"].distinct("ended_by", {"person": actor.person})
    assert ended == ["revoked"]


async def test_that_consent_was_taken_back_is_on_record_beside_that_it_was_given(desk):
    _, actor, openid = await claimed(desk)

    await withdraw(desk, openid)
    await withdraw(desk, openid)

    person = await desk.identity.people.get(actor.person)
    assert [(each.purpose, each.act) for each in person.consents] == [
        ("real_name", "given"),
        ("real_name", "withdrawn"),
    ]


async def test_told_again_it_is_the_same_withdrawal(desk):
    _, _, openid = await claimed(desk)

    assert await withdraw(desk, openid) == await withdraw(desk, openid)


async def test_of_an_openid_that_nobody_knows_there_is_nothing_to_finish(desk):
    assert await withdraw(desk, "o-nobody") is None


@pytest.mark.parametrize("role", ["ops_system", "ops_security"])
async def test_the_operation_that_finishes_it_deletes_what_need_not_be_kept(desk, role):
    """Name, numbers, home and openids; the consents and the audit line stay."""
    _, actor, openid = await claimed(desk)
    id = await withdraw(desk, openid)
    ops = await operator(desk, role)
    [waiting] = (await desk.call("GET", "/withdrawals", actor=ops, query=WithdrawalQuery())).items

    done = await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=ops, id=id)

    person = await desk.identity.people.get(actor.person)
    assert (waiting.id, waiting.persons, done.state, done.erased) == (id, [actor.person], "done", [actor.person])
    assert (person.name, person.id_number, person.phone, person.region) == ("", None, None, None)
    assert len(person.consents) == 2
    assert openid not in str(await desk.database["wechat_users"].find({}).to_list(None))
    assert len(await desk.audited("person.erased")) == len(await desk.audited("person.withdrawal_finished")) == 1


async def test_finished_twice_is_told_so(desk):
    _, _, openid = await claimed(desk)
    id = await withdraw(desk, openid)
    ops = await operator(desk)
    await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=ops, id=id)

    with pytest.raises(Conflict, match="已办理"):
        await desk.call("POST", "/withdrawals/{id}/finish", {**REASON, "version": 2}, actor=ops, id=id)


async def test_another_countys_operations_staff_do_not_see_it(desk):
    _, _, openid = await claimed(desk)
    id = await withdraw(desk, openid)
    elsewhere = await operator(desk, region=SHEHONG)

    with pytest.raises(NotFound):
        await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=elsewhere, id=id)


async def test_a_handler_does_not_finish_it(desk):
    _, _, openid = await claimed(desk)
    id = await withdraw(desk, openid)
    await desk.hire("zhou", PositionWanted(role="handler", region=ANJU))
    _, handler = await desk.staff("zhou")

    with pytest.raises(Forbidden):
        await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=handler, id=id)


async def test_who_comes_back_finds_their_record_and_agrees_again_first(desk):
    """Signed in they are nobody until then; what is theirs was kept, and is not deleted afterwards."""
    _, before, openid = await claimed(desk)
    id = await withdraw(desk, openid)
    token, after = await desk.resident("li")
    unsure, me = after.assurance, await desk.call("GET", "/me", actor=after)

    await desk.call("POST", "/me/claim", LI, actor=after)
    done = await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=await operator(desk), id=id)

    assert (after.person, unsure, me.assurance, me.consent_due) == (before.person, "none", "none", True)
    assert ((await desk.actor(token, "ykt")).assurance, done.returned, done.erased) == ("claimed", [before.person], [])
    assert (await address(desk, before.person, "ykt")).mp is not None


async def test_who_signed_in_again_without_agreeing_is_somebody_new_after_the_deletion(desk):
    """Under another name they do not open the files that stay of who they were."""
    _, before, openid = await claimed(desk)
    id = await withdraw(desk, openid)
    token, _ = await desk.resident("li")

    await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=await operator(desk), id=id)

    assert await desk.identity.sessions.actor(token, "ykt") is None
    assert (await desk.resident("li"))[1].person != before.person


async def test_whoever_works_here_too_is_as_a_resident_somebody_new_after_the_deletion(desk):
    """Their WeChat stays known for the sake of the account."""
    _, before, openid = await claimed(desk)
    id = await withdraw(desk, openid)
    await desk.hire("min")
    _, staff = await desk.staff("min")
    await bind(desk, staff, "oa", "li")
    await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=await operator(desk), id=id)

    after = (await desk.resident("li"))[1]

    assert after.person != before.person


async def test_of_a_member_of_staff_the_account_stays(desk):
    """They are signed out and not reached by WeChat; who they are is no matter of WeChat's permission."""
    await desk.hire("min", id_number="510904198803129942")
    token, actor = await desk.staff("min")
    await bind(desk, actor, "mp", "min")
    openid = (await address(desk, actor.person, "ydsh")).mp.openid

    id = await withdraw(desk, openid, YDSH)
    await desk.call("POST", "/withdrawals/{id}/finish", REASON, actor=await operator(desk, region="510900"), id=id)

    assert await desk.identity.sessions.actor(token, "ydsh") is None
    assert (await address(desk, actor.person, "ydsh")).mp is None
    assert (await desk.identity.people.get(actor.person)).name == "周敏"
    assert (await desk.staff("min"))[1].person == actor.person
    assert openid not in str(await desk.database["wechat_users"].find({}).to_list(None))
