"""Bindings: staff bind their WeChat, residents get the official account by unionid, and what unbinding means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.identity.settings import IdentitySettings
from hub.words.errors import Conflict, Forbidden, NotFound, NotSignedIn

from .conftest import OA, VILLAGE, YDSH, YKT

LI = {"name": "李桂兰", "id_number": "510904194403150023", "region": VILLAGE, "consent_version": "1"}


async def follow(desk, person, follows=True, at=None):
    """A follow event as the worker hands it on: with the unionid that it has asked WeChat for."""
    openids = await desk.wechat.add_person(person, follows=follows)
    client_says = desk.identity.directory
    if follows:
        await client_says.follow(OA, openids[OA], await unionid_of(desk, person), at)
    else:
        await client_says.unfollow(OA, openids[OA], at=at)


async def unionid_of(desk, person):
    code = await desk.wechat.code(YKT, person)
    plugin_asker = desk.asker
    return (await plugin_asker.by_mini_program(YKT, code)).unionid


async def bind(desk, actor, through, person, **how):
    appid, kind = (OA, "oauth") if through == "oa" else (YDSH, "login")
    code = await desk.wechat.code(appid, person, kind, **how)
    return await desk.call("POST", f"/me/wechat/{through}", {"code": code}, actor=actor)


async def address(desk, person, app):
    return (await desk.identity.directory.addresses([person], app))[person]


# --- residents ------------------------------------------------------------------------------------------------------


async def test_a_resident_is_reached_at_the_mini_program_they_signed_in_with(desk):
    _, actor = await desk.resident("li")

    found = await address(desk, actor.person, "ykt")

    assert (found.oa, found.mp.appid) == (None, YKT)


async def test_a_lost_follow_event_is_healed_when_they_come_by_the_official_account(desk):
    """WeChat is asked whether they follow, and for the unionid that the OAuth code alone does not tell."""
    _, actor = await desk.resident("li")
    await desk.wechat.add_person("li", follows=True)
    before = await address(desk, actor.person, "ykt")

    code = await desk.wechat.code(OA, "li", "oauth")
    await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code, "through": "oa"})

    after = await address(desk, actor.person, "ykt")
    assert before.oa is None
    assert (after.oa.appid, after.oa.follows) == (OA, True)


async def test_following_after_signing_in_gives_the_official_account(desk):
    _, actor = await desk.resident("li")

    await follow(desk, "li")

    found = await address(desk, actor.person, "ykt")
    assert (found.oa.appid, found.oa.follows) == (OA, True)


async def test_signing_in_after_following_gives_the_official_account(desk):
    await follow(desk, "li")

    _, actor = await desk.resident("li")

    assert (await address(desk, actor.person, "ykt")).oa.follows


async def test_following_twice_is_following_once(desk):
    _, actor = await desk.resident("li")

    await follow(desk, "li")
    await follow(desk, "li")

    assert await desk.database["wechat_bindings"].count_documents({"person": actor.person, "appid": OA}) == 1


async def test_ceasing_to_follow_closes_the_route_until_the_next_time(desk):
    _, actor = await desk.resident("li")
    await follow(desk, "li")
    desk.clock.advance(timedelta(seconds=1))

    await follow(desk, "li", follows=False)

    left = (await address(desk, actor.person, "ykt")).oa.follows
    desk.clock.advance(timedelta(seconds=1))
    await follow(desk, "li")
    assert (left, (await address(desk, actor.person, "ykt")).oa.follows) == (False, True)


async def test_an_old_event_that_comes_late_changes_nothing(desk):
    _, actor = await desk.resident("li")
    now = desk.clock.now()
    await follow(desk, "li", at=now)

    await follow(desk, "li", follows=False, at=now - timedelta(seconds=10))

    assert (await address(desk, actor.person, "ykt")).oa.follows


async def test_a_follower_whom_nobody_knows_is_kept_for_later(desk):
    await follow(desk, "stranger")

    assert await desk.database["wechat_bindings"].count_documents({}) == 0
    assert await desk.database["wechat_users"].count_documents({"follows": True}) == 1


async def test_unbinding_the_official_account_holds_although_the_person_follows_again(desk):
    _, actor = await desk.resident("li")
    await follow(desk, "li")

    await desk.call("DELETE", "/me/wechat/{appid}", actor=actor, appid=OA)

    await follow(desk, "li")
    await desk.resident("li")
    assert (await address(desk, actor.person, "ykt")).oa is None


async def test_unbinding_the_mini_program_signs_a_resident_out(desk):
    token, actor = await desk.resident("li")

    await desk.call("DELETE", "/me/wechat/{appid}", actor=actor, appid=YKT)

    assert await desk.identity.sessions.actor(token, "ykt") is None


async def test_unbound_and_signed_in_again_the_same_wechat_finds_its_record(desk):
    """Name, number and all that hangs on them; the messages come again, too."""
    _, before = await desk.resident("li")
    await desk.call("POST", "/me/claim", LI, actor=before)
    await desk.call("DELETE", "/me/wechat/{appid}", actor=before, appid=YKT)

    token, after = await desk.resident("li")

    assert (after.person, after.assurance) == (before.person, "claimed")
    assert (await address(desk, after.person, "ykt")).mp.appid == YKT
    assert (await desk.call("GET", "/me", actor=await desk.actor(token, "ykt"))).consent_due is False


async def test_who_comes_back_by_the_official_account_finds_their_record_too(desk):
    """One WeChat, seen by two accounts: what was unbound at one stays so."""
    await follow(desk, "li")
    _, before = await desk.resident("li")
    for appid in (OA, YKT):
        await desk.call("DELETE", "/me/wechat/{appid}", actor=before, appid=appid)
    code = await desk.wechat.code(OA, "li", "oauth", scope="snsapi_userinfo")

    answer = await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code, "through": "oa"})

    found = await address(desk, answer.person, "ykt")
    assert (answer.person, found.oa.appid, found.mp) == (before.person, OA, None)


async def test_who_was_hired_meanwhile_comes_back_to_their_own_record(desk):
    """Not to that of the member of staff, whose WeChat it is as well."""
    _, before = await desk.resident("min")
    await desk.hire("zhoumin")
    _, staff = await desk.staff("zhoumin")
    await bind(desk, staff, "mp", "min")
    await desk.call("DELETE", "/me/wechat/{appid}", actor=before, appid=YKT)

    _, after = await desk.resident("min")

    assert before.person == after.person != staff.person


async def test_who_comes_back_after_the_text_of_the_consent_has_changed_is_asked_again(desk):
    _, before = await desk.resident("li")
    await desk.call("POST", "/me/claim", LI, actor=before)
    await desk.call("DELETE", "/me/wechat/{appid}", actor=before, appid=YKT)
    object.__setattr__(desk.identity, "settings", IdentitySettings(consent_version="2"))

    code = await desk.wechat.code(YKT, "li")
    answer = await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code})

    assert (answer.person, answer.consent_due) == (before.person, True)


async def test_unbinding_what_is_not_bound_says_so(desk):
    _, actor = await desk.resident("li")

    with pytest.raises(NotFound, match="没有绑定"):
        await desk.call("DELETE", "/me/wechat/{appid}", actor=actor, appid=OA)


async def test_a_resident_is_not_bound_by_the_staffs_way(desk):
    _, actor = await desk.resident("li")

    with pytest.raises(Forbidden):
        await bind(desk, actor, "mp", "li")


# --- staff ----------------------------------------------------------------------------------------------------------


async def test_unbound_staff_are_told_that_pushes_will_not_reach_them(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")

    me = await desk.call("GET", "/me", actor=actor)

    assert (me.wechat.oa, me.wechat.mp, "收不到微信提醒" in me.wechat.hint) == ("none", False, True)


async def test_staff_who_bind_both_and_follow_are_reached_by_both(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")
    await follow(desk, "min")

    await bind(desk, actor, "oa", "min")
    wechat = await bind(desk, actor, "mp", "min")

    found = await address(desk, actor.person, "ydsh")
    assert (wechat.oa, wechat.mp, wechat.hint) == ("follows", True, None)
    assert (found.oa.follows, found.mp.appid) == (True, YDSH)


async def test_binding_the_mini_program_brings_the_official_account_along(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")
    await follow(desk, "min")

    await bind(desk, actor, "mp", "min")

    assert (await address(desk, actor.person, "ydsh")).oa.follows


async def test_moving_to_another_phone_ends_the_binding_of_the_old_one(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")
    await bind(desk, actor, "mp", "old phone")
    old = await address(desk, actor.person, "ydsh")

    await bind(desk, actor, "mp", "new phone")

    new = await address(desk, actor.person, "ydsh")
    ended = await desk.database["wechat_bindings"].find({"active": False}).to_list(None)
    assert old.mp.openid != new.mp.openid
    assert [row["ended_by"] for row in ended] == ["moved"]


async def test_two_colleagues_cannot_share_one_wechat(desk):
    await desk.hire("zhoumin")
    await desk.hire("hejun")
    (_, one), (_, other) = await desk.staff("zhoumin"), await desk.staff("hejun")
    await bind(desk, one, "mp", "min")

    with pytest.raises(Conflict, match="另一位工作人员"):
        await bind(desk, other, "mp", "min")

    assert (await address(desk, other.person, "ydsh")).mp is None


async def test_the_phone_is_free_for_the_successor_of_one_who_left(desk):
    await desk.hire("zhoumin")
    await desk.hire("hejun")
    (_, one), (_, successor) = await desk.staff("zhoumin"), await desk.staff("hejun")
    await bind(desk, one, "mp", "office phone")

    await desk.act(lambda ctx: desk.identity.staff.leave_job(ctx, "zhoumin"))
    await bind(desk, successor, "mp", "office phone")

    assert (await address(desk, one.person, "ydsh")).mp is None
    assert (await address(desk, successor.person, "ydsh")).mp is not None


async def test_staff_who_open_the_residents_app_are_the_same_human(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")
    await bind(desk, actor, "mp", "min")

    _, resident = await desk.resident("min")

    assert (resident.person, resident.kind, resident.positions) == (actor.person, "resident", ())


async def test_one_who_claimed_before_being_hired_keeps_the_residents_record_and_both_are_reached(desk):
    _, resident = await desk.resident("min")
    await desk.call("POST", "/me/claim", LI, actor=resident)
    await follow(desk, "min")
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")

    await bind(desk, actor, "oa", "min")

    as_staff, as_resident = await address(desk, actor.person, "ydsh"), await address(desk, resident.person, "ykt")
    assert as_staff.oa == as_resident.oa
    assert (await desk.resident("min"))[1].person == resident.person


async def test_a_preview_visit_binds_nothing(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")

    with pytest.raises(Forbidden, match="使用完整服务"):
        await bind(desk, actor, "oa", "min", snapshot=True)

    assert await desk.database["wechat_bindings"].count_documents({}) == 0


async def test_a_bad_code_binds_nothing(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")

    with pytest.raises(NotSignedIn, match="重新打开"):
        await desk.call("POST", "/me/wechat/mp", {"code": "made up"}, actor=actor)

    assert await desk.database["wechat_bindings"].count_documents({}) == 0


async def test_binding_and_unbinding_are_audited_without_openids(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin")
    await bind(desk, actor, "mp", "min")
    openid = (await address(desk, actor.person, "ydsh")).mp.openid

    await desk.call("DELETE", "/me/wechat/{appid}", actor=actor, appid=YDSH)

    lines = await desk.audited("wechat.bound") + await desk.audited("wechat.unbound")
    assert [line["details"]["person"] for line in lines] == [actor.person] * 2
    assert openid not in str(lines)


async def test_an_app_without_a_mini_program_says_so(desk):
    await desk.hire("zhoumin")
    _, actor = await desk.staff("zhoumin", "ydjd")

    with pytest.raises(NotFound, match="联系管理员"):
        await desk.call("POST", "/me/wechat/mp", {"code": "x"}, actor=actor)


async def test_addresses_take_two_queries_however_many_persons_are_asked(desk, mongo_client):
    persons = [(await desk.resident(f"p{number}"))[1].person for number in range(6)]
    before = (await mongo_client.admin.command("serverStatus"))["opcounters"]["query"]

    found = await desk.identity.directory.addresses([*persons, "unknown"], "ykt")

    after = (await mongo_client.admin.command("serverStatus"))["opcounters"]["query"]
    assert (after - before, len(found), found["unknown"].mp) == (2, 7, None)
