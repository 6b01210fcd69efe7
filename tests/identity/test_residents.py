"""Residents: WeChat's code, the claim, and what their record says."""

from __future__ import annotations

import asyncio

import pytest

from hub.words.errors import Conflict, Duplicate, Invalid, NotSignedIn, Unavailable

from .conftest import ANJU, CITY, OA, VILLAGE, YKT

LI = {
    "name": "李桂兰",
    "id_number": "510904194403150023",
    "region": VILLAGE,
    "consent_version": "1",
    "phone": "19900000001",
}
CHEN = {**LI, "name": "陈学文", "id_number": "510923194106120011"}


async def test_the_first_code_makes_a_person_who_has_yet_to_claim(desk):
    _, actor = await desk.resident("li")

    me = await desk.call("GET", "/me", actor=actor)

    assert (actor.kind, actor.assurance, me.assurance, me.name) == ("resident", "none", "none", "")


async def test_the_same_wechat_is_the_same_person_again(desk):
    _, first = await desk.resident("li")

    _, second = await desk.resident("li")

    assert (first.person, first.session != second.session) == (second.person, True)


async def test_a_double_tap_makes_one_person(desk):
    codes = [await desk.wechat.code(YKT, "li") for _ in range(4)]

    answers = await asyncio.gather(
        *(desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code}) for code in codes)
    )

    assert len({answer.person for answer in answers}) == 1


async def test_a_claim_is_masked_before_the_claimants_own_eyes(desk):
    token, actor = await desk.resident("li")

    await desk.call("POST", "/me/claim", LI, actor=actor)

    me = await desk.call("GET", "/me", actor=await desk.actor(token, "ykt"))
    assert (me.assurance, me.name, me.id_number, me.phone) == ("claimed", "李*兰", "510904********0023", "199****0001")


async def test_a_claim_shows_in_the_very_next_request(desk):
    token, before = await desk.resident("li")

    await desk.call("POST", "/me/claim", LI, actor=before)

    assert (await desk.actor(token, "ykt")).assurance == "claimed"


async def test_name_and_numbers_are_not_readable_in_the_database(desk):
    _, actor = await desk.resident("li")

    await desk.call("POST", "/me/claim", LI, actor=actor)

    row = await desk.database["people"].find_one({"_id": actor.person})
    assert "510904194403150023" not in str(row)
    assert "19900000001" not in str(row)


async def test_two_residents_may_claim_the_same_number_and_stay_two(desk):
    _, one = await desk.resident("li")
    _, other = await desk.resident("impostor")

    for actor in (one, other):
        await desk.call("POST", "/me/claim", LI, actor=actor)

    assert one.person != other.person


async def test_only_one_proof_of_a_number_can_stand(desk):
    _, one = await desk.resident("li")
    _, other = await desk.resident("impostor")
    for actor in (one, other):
        await desk.call("POST", "/me/claim", LI, actor=actor)

    async def prove_both(session):
        await desk.database["people"].update_many({}, {"$set": {"assurance": "proved"}}, session=session)

    with pytest.raises(Duplicate):
        await desk.database.transaction(prove_both)


async def test_somebody_who_has_claimed_cannot_become_another(desk):
    _, actor = await desk.resident("li")
    await desk.call("POST", "/me/claim", LI, actor=actor)

    with pytest.raises(Conflict, match="便民服务窗口"):
        await desk.call("POST", "/me/claim", CHEN, actor=actor)


async def test_claiming_the_same_again_renews_phone_and_consent(desk):
    _, actor = await desk.resident("li")
    await desk.call("POST", "/me/claim", LI, actor=actor)

    await desk.call("POST", "/me/claim", {**LI, "phone": "19900000009"}, actor=actor)

    person = await desk.identity.people.get(actor.person)
    assert (person.phone.reveal(), len(person.consents)) == ("19900000009", 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id_number", "510904194403150024"),
        ("id_number", "510904194402300023"),
        ("name", "1"),
        ("name", "李"),
        ("phone", "12345"),
        ("region", "000000"),
        ("region", CITY),
        ("region", "510904114299"),
        ("consent_version", "0"),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_is_written(desk, field, value):
    _, actor = await desk.resident("li")

    with pytest.raises(Invalid) as refused:
        await desk.call("POST", "/me/claim", {**LI, field: value}, actor=actor)

    assert list(refused.value.fields) == [field]
    assert (await desk.identity.people.get(actor.person)).assurance == "none"


async def test_all_wrong_fields_are_named_at_once(desk):
    _, actor = await desk.resident("li")

    with pytest.raises(Invalid) as refused:
        await desk.call("POST", "/me/claim", {**LI, "name": "", "phone": "1", "id_number": "2"}, actor=actor)

    assert set(refused.value.fields) == {"name", "phone", "id_number"}


@pytest.mark.parametrize("name", ["阿依古丽·买买提", "欧阳小雨", "𬱖向阳", "Zhang San"])
async def test_names_of_all_kinds_are_taken(desk, name):
    _, actor = await desk.resident("li")

    answer = await desk.call("POST", "/me/claim", {**LI, "name": name}, actor=actor)

    assert answer.assurance == "claimed"


async def test_a_child_is_masked_as_a_minor(desk):
    _, actor = await desk.resident("child")
    child = {**LI, "name": "欧阳小雨", "id_number": "510904201605209989", "region": ANJU}

    answer = await desk.call("POST", "/me/claim", child, actor=actor)

    assert answer.name == "欧阳**"


async def test_a_used_code_is_refused_and_leaves_nothing_but_an_audit_line(desk):
    code = await desk.wechat.code(YKT, "li")
    await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code})
    before = await desk.database["sessions"].count_documents({})

    with pytest.raises(NotSignedIn, match="重新打开"):
        await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code})

    assert await desk.database["sessions"].count_documents({}) == before
    assert [line["why"] for line in await desk.audited("signin.refused")] == ["bad_wechat_code"]


async def test_wechat_being_down_is_said_and_nothing_is_written(desk):
    code = await desk.wechat.code(YKT, "li")
    await desk.wechat.sky(outage="503")

    with pytest.raises(Unavailable, match="微信暂时没有响应"):
        await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code})

    assert await desk.database["people"].count_documents({}) == 0


async def test_the_preview_account_is_never_bound(desk):
    code = await desk.wechat.code(OA, "li", "oauth", snapshot=True)

    with pytest.raises(Exception, match="使用完整服务"):
        await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code, "through": "oa"})

    assert await desk.database["wechat_users"].count_documents({}) == 0


async def test_a_page_in_the_official_account_signs_the_same_person_in(desk):
    _, by_mini_program = await desk.resident("li")
    code = await desk.wechat.code(OA, "li", "oauth", scope="snsapi_userinfo")

    answer = await desk.call("POST", "/signin/wechat", {"app": "ykt", "code": code, "through": "oa"})

    assert answer.person == by_mini_program.person
