"""现场核验: a handler who sees the card proves a binding; every other claim on the number ends and is told."""

from __future__ import annotations

import asyncio
from typing import get_type_hints

import msgspec
import pytest

from hub.identity.prooffacts import BindingProved, tell_both
from hub.identity.staff import PositionWanted
from hub.words.errors import Conflict, Forbidden, Invalid

from .conftest import CITY, SHEHONG, TOWN, YDSH
from .test_residents import CHEN, LI

CARD = {"name": "李桂兰", "id_number": "510904194403150023"}


async def claimed(desk, person, body=LI):
    """Signed in and claimed; their token and person id."""
    token, actor = await desk.resident(person)
    await desk.call("POST", "/me/claim", body, actor=actor)
    return token, actor.person


ZHOU = "510904198803129942"


async def clerk(desk, username="zhou", id_number=ZHOU, region=TOWN, role="window", **more):
    """At the town's window, signed in."""
    await desk.hire(username, PositionWanted(role=role, region=region), id_number=id_number, **more)
    return (await desk.staff(username))[1]


async def prove(desk, actor, who, **changes):
    return await desk.call("POST", "/proofs", {"person": who, **CARD, **changes}, actor=actor)


async def test_a_proof_holds_in_the_very_next_request(desk):
    token, person = await claimed(desk, "li")

    answer = await prove(desk, await clerk(desk), person)

    assert (answer.assurance, answer.name, answer.ended) == ("proved", "李*兰", 0)
    assert (await desk.actor(token, "ykt")).assurance == "proved"
    [line] = await desk.audited("person.proved")
    assert (line["subject"], line["why"]) == (person, "id_card")


async def test_other_claims_on_the_number_end_and_are_told(desk):
    """Their record stays, without name and number; somebody else's claim is untouched, and so is what staff have on record."""
    impostor, wrong = await claimed(desk, "impostor")
    other, _ = await claimed(desk, "chen", CHEN)
    await desk.hire("guilan", id_number=CARD["id_number"])
    token, person = await claimed(desk, "li")

    answer = await prove(desk, await clerk(desk), person)

    ended = await desk.actor(impostor, "ykt")
    assert (answer.ended, ended.assurance, ended.id_key) == (1, "none", None)
    assert (await desk.actor(token, "ykt")).assurance == "proved"
    assert (await desk.actor(other, "ykt")).assurance == "claimed"
    events = await desk.database["events"].find({"type": "proofs.BindingProved"}, sort=[("_id", 1)]).to_list(9)
    assert [event["data"]["ended"] for event in events] == [[wrong]]
    assert "李桂兰" not in repr(events) and "510904194403150023" not in repr(events)
    assert len(await desk.audited("person.claim_ended")) == 1
    hired = await desk.identity.accounts.named("guilan")
    assert (await desk.identity.people.get(hired.person)).id_number.reveal() == CARD["id_number"]


@pytest.mark.parametrize("changes", [{"name": "李桂花"}, {"id_number": "510923194106120011"}, {"person": "nobody"}])
async def test_what_does_not_agree_is_refused_the_same_way_and_noted(desk, changes):
    _, person = await claimed(desk, "li")
    actor = await clerk(desk)

    with pytest.raises(Invalid, match="不一致"):
        await prove(desk, actor, person, **changes)

    assert len(await desk.audited("person.proof_refused")) == 1
    assert await desk.audited("person.proved") == []


async def test_nobody_proves_themself(desk):
    """Not under another account either: the numbers are compared."""
    _, person = await claimed(desk, "li")
    actor = await clerk(desk, id_number=CARD["id_number"])

    with pytest.raises(Forbidden, match="其他经办人员"):
        await prove(desk, actor, person)


async def test_nobody_proves_whoever_uses_their_wechat(desk):
    """Of one phone the resident's and the clerk's part are one human, or stand too near."""
    actor = await clerk(desk)
    code = await desk.wechat.code(YDSH, "min")
    await desk.call("POST", "/me/wechat/mp", {"code": code}, actor=actor)
    await desk.call("DELETE", "/me/wechat/{appid}", actor=actor, appid=YDSH)
    _, person = await claimed(desk, "min")

    with pytest.raises(Forbidden, match="同一个微信或手机号"):
        await prove(desk, actor, person)


async def test_nobody_proves_whoever_has_their_telephone_number(desk):
    _, person = await claimed(desk, "li")
    actor = await clerk(desk, phone=LI["phone"])

    with pytest.raises(Forbidden, match="同一个微信或手机号"):
        await prove(desk, actor, person)


async def test_a_clerk_without_a_number_on_record_is_told_what_is_missing(desk):
    """Else nobody could tell that they prove themselves; `hub users import` puts it on record."""
    _, person = await claimed(desk, "li")
    actor = await clerk(desk, id_number=None)

    with pytest.raises(Forbidden, match=r"没有登记身份证号.*hub users import"):
        await prove(desk, actor, person)

    row = {"username": "zhou", "name": "周敏", "id_number": ZHOU}
    rows = [{**row, "name": "何军"}, row]
    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, rows))
    assert report.problems == {1: "姓名：与此账号登记的姓名不一致。"}
    other = [{**row, "id_number": CARD["id_number"]}]
    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, other))
    assert report.problems == {1: "身份证号：与此账号登记的身份证号不一致。"}
    assert (await prove(desk, actor, person)).assurance == "proved"


async def test_whoever_lives_elsewhere_is_sent_there(desk):
    _, person = await claimed(desk, "li")
    actor, route = await clerk(desk), desk.routes["POST", "/proofs"]
    body = msgspec.convert({"person": person, **CARD}, get_type_hints(route.call)["body"])
    elsewhere = desk.units.places.tree[SHEHONG]

    with pytest.raises(Forbidden, match="户籍所在地"):
        await desk.units.run(lambda ctx: route.call(ctx, body), plugin="proofs", place=elsewhere, actor=actor)


async def test_twice_is_told_so(desk):
    _, person = await claimed(desk, "li")
    actor = await clerk(desk)
    await prove(desk, actor, person)

    with pytest.raises(Conflict, match="已经核验"):
        await prove(desk, actor, person)


async def test_of_two_proofs_at_once_one_stands(desk):
    """Two clerks, two phones, one number: whoever comes second finds no claim any more, never both proved."""
    _, one = await claimed(desk, "li")
    _, two = await claimed(desk, "impostor")
    actor = await clerk(desk)

    await asyncio.gather(prove(desk, actor, one), prove(desk, actor, two), return_exceptions=True)

    assert await desk.database["people"].count_documents({"assurance": "proved"}) == 1


async def test_both_hear_of_it(desk):
    event = BindingProved(place=TOWN, proof="p", at=desk.clock.now(), person="new", ended=("old",))

    async def heard(ctx):
        return await tell_both(event, ctx)

    pushes = await desk.units.read(heard, plugin="proofs", place=desk.units.places.tree[CITY])

    assert [(push.message, push.to.ids) for push in pushes] == [("proofs.proved", ("new",)), ("proofs.ended", ("old",))]
    assert [push.to.themselves for push in pushes] == [False, True]
