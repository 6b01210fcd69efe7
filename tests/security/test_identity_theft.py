"""Who somebody is cannot be taken from them by one clerk, nor by what a stranger types."""

from __future__ import annotations

import asyncio

from tests.chain import acts
from tests.chain.cast import ABOVE, WINDOW, City, number_of
from tests.security.people import new_number, phone, prove, proved, revoke
from tests.web.scope import Staff
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE

ARBITER = Staff("handler", ANJU, node="disputes")
ROGUE = Staff("window", SHEHONG, node="accept")
OPS = Staff("ops_system", ANJU)


async def disputed(city: City, victim: str, stranger: str):
    """Somebody proved, and somebody else with the same name and number before the clerk."""
    number = new_number()
    holder, thief = await proved(city, victim, number), await phone(city, stranger, number)
    answer = await prove(city, thief)
    assert answer.status == 200, answer.body
    return holder, thief, answer.json


async def decide(city, dispute: str, move: str, who=ARBITER, place: str = ANJU, version: int = 1):
    body = {"version": version, "move": move, "reason": "已核对双方身份证和户口簿"}
    answer = await city.ask(who, "POST", f"/{place}/proofs/disputes/{dispute}/decide", body)
    await city.settled()
    return answer


async def test_a_proof_never_ends_another_proof_and_its_holder_is_told_at_once(city: City) -> None:
    holder, thief, answer = await disputed(city, "told-holder", "told-thief")

    assert (answer["assurance"], answer["ended"], bool(answer["dispute"])) == ("claimed", 0, True)
    assert ((await holder.me())["assurance"], (await thief.me())["assurance"]) == ("proved", "claimed")
    assert (await holder.messages())[-1] == "有人申请核验您的身份"
    assert (await thief.messages())[-1] == "身份核验待核定"


async def test_the_holder_hears_of_a_dispute_in_every_app_they_use(city: City) -> None:
    """Their staff account has the same number on record."""
    number = new_number()
    holder, thief = await proved(city, "apps-holder", number), await phone(city, "apps-thief", number)
    staff = await city.visitor(Staff("leader", ANJU))
    people, accounts = city.hub.database["people"], city.hub.database["accounts"]
    known = (await people.find_one({"_id": holder.person}))["id_number"]
    await people.update_one({"_id": staff.person}, {"$set": {"id_number": known}})
    await accounts.insert_one({"_id": "apps-account", "username": "apps-leader", "person": staff.person})

    await prove(city, thief)

    told = await city.all("inbox", message={"$regex": "^proofs.disputed"})
    mine = {(entry["person"], entry["app"]) for entry in told if entry["person"] in (holder.person, staff.person)}
    assert mine == {(holder.person, "ykt"), (staff.person, "ydsh")}


async def test_nothing_changes_before_the_days_are_over_then_a_second_person_decides(city: City) -> None:
    holder, thief, answer = await disputed(city, "days-holder", "days-rightful")
    early = await decide(city, answer["dispute"], "uphold")
    unmoved = (await holder.me())["assurance"]
    await city.pass_days(7)

    late = await decide(city, answer["dispute"], "uphold")

    assert (early.status, unmoved, late.status) == (409, "proved", 200)
    assert ((await holder.me())["assurance"], (await thief.me())["assurance"]) == ("none", "proved")
    assert ((await holder.messages())[-1], (await thief.messages())[-1]) == ("实名绑定已失效", "身份已核验")
    [line] = await city.all("audit", what="person.dispute_decided", subject=answer["dispute"])
    assert (line["actor"]["person"], line["result"]) == (person_of(ARBITER), "upheld")


def person_of(who: Staff) -> str:
    return f"{who.role}-{who.region}-{who.bureau}-{who.node}"


async def test_dismissed_all_stays_as_it_was_and_both_hear_of_it(city: City) -> None:
    """That needs no waiting."""
    holder, thief, answer = await disputed(city, "kept-holder", "kept-thief")

    decided = await decide(city, answer["dispute"], "dismiss")

    assert (decided.status, decided.json["dispute"]["state"]) == (200, "dismissed")
    assert ((await holder.me())["assurance"], (await thief.me())["assurance"]) == ("proved", "claimed")
    assert ((await holder.messages())[-1], (await thief.messages())[-1]) == ("身份争议已核定", "身份争议已核定")
    again = await decide(city, answer["dispute"], "dismiss", version=2)
    assert again.status == 409


async def test_a_proof_ends_the_dispute_whose_holder_is_gone(city: City) -> None:
    """Else it could be upheld against a proof that nobody disputed."""
    holder, thief, answer = await disputed(city, "gone-holder", "left-thief")
    withdrawal = await revoke(city, holder)
    await city.done(OPS, "POST", f"/withdrawals/{withdrawal}/finish", {"version": 1, "reason": "本人撤回授权"})

    await prove(city, thief)

    assert (await thief.me())["assurance"] == "proved"
    assert (await city.one("disputes", _id=answer["dispute"]))["state"] == "overtaken"


async def test_who_decides_hears_of_it_again_when_the_days_are_over_and_no_more_afterwards(city: City) -> None:
    """In their inbox it asks for nothing any more once somebody has decided."""
    person = (await city.visitor(ARBITER)).person
    _, _, answer = await disputed(city, "ripe-holder", "ripe-thief")
    await city.job("proofs.ripen")
    early = await asked_of(city, person, answer["dispute"])
    await city.pass_days(7)
    await city.job("proofs.ripen")
    await city.job("proofs.ripen")
    late = await asked_of(city, person, answer["dispute"])

    await decide(city, answer["dispute"], "dismiss")

    done = await asked_of(city, person, answer["dispute"])
    assert (early, late, done) == ([False], [False, False], [True, True])


async def asked_of(city: City, person: str | None, dispute: str) -> list[bool]:
    """The messages to a decider about this dispute: whether each is withdrawn."""
    told = await city.all("inbox", message="proofs.decide", person=person, kind="message")
    return [entry.get("withdrawn_at") is not None for entry in told if dispute in (entry["link"] or "")]


async def test_who_proved_does_not_decide_nor_whoever_sits_beside_them(city: City) -> None:
    """One level above the clerk, by a position that is bound to no bureau."""
    _, _, answer = await disputed(city, "beside-holder", "beside-thief")
    beside = (Staff("handler", JUXIAN), Staff("handler", VILLAGE), WINDOW, Staff("handler", ANJU, "民政局"), ROGUE)

    tried = [(await decide(city, answer["dispute"], "dismiss", who, who.region)).status for who in beside]

    assert set(tried) <= {403, 404}
    assert (await city.one("disputes", _id=answer["dispute"]))["state"] == "open"


async def test_a_proof_of_another_county_is_judged_above_both(city: City) -> None:
    """Else a clerk and their county could take it together."""
    number = new_number()
    await proved(city, "counties-holder", number)
    thief = await phone(city, "counties-thief", number, region=SHEHONG)

    answer = await prove(city, thief, ROGUE, SHEHONG)

    dispute = answer.json["dispute"]
    of_the_county = await decide(city, dispute, "dismiss", Staff("handler", SHEHONG), SHEHONG)
    of_the_city = await decide(city, dispute, "dismiss", ABOVE, SHEHONG)
    assert (of_the_county.status, of_the_city.status) == (404, 200)


async def test_where_somebody_belongs_is_what_the_hub_knows_not_what_a_claim_says(city: City) -> None:
    """A case that the window has accepted lies in 安居区: a claim at 射洪市 is not proved there, however it is typed."""
    declared = await acts.declare(city, 1900)
    await city.settled()
    await acts.pass_task(city, subject=declared.json["id"])
    name = f"{acts.SURNAMES[1900 % len(acts.SURNAMES)]}桂兰"
    thief = await phone(city, "typed-thief", number_of(1900), name=name, region=SHEHONG)

    refused = await prove(city, thief, ROGUE, SHEHONG)

    assert (refused.status, "本人户籍所在地" in refused.json["error"]["message"]) == (403, True)
    assert (await prove(city, thief)).json["assurance"] == "proved"


async def test_a_county_sets_how_many_days_a_dispute_waits(city: City) -> None:
    path = f"/{ANJU}/ops/plugins/proofs"
    changed = await city.ask(OPS, "PUT", path, {"on": True, "settings": {"dispute_days": 2}, "why": "试验"})
    refused = [
        (await city.ask(OPS, "PUT", path, body)).status
        for body in ({"on": True, "settings": {"dispute_days": 0}, "why": "试验"}, {"on": False, "why": "试验"})
    ]

    _, _, answer = await disputed(city, "setting-holder", "setting-thief")

    stored = await city.one("disputes", _id=answer["dispute"])
    assert (changed.status, refused) == (200, [422, 409])
    assert (stored["decide_after"] - stored["opened_at"]).days == 2
    await city.ask(OPS, "PUT", path, {"on": True, "settings": {}, "why": "试验"})


async def test_of_two_who_are_proved_at_once_one_stands(city: City) -> None:
    number = new_number()
    one, two = await phone(city, "once-one", number), await phone(city, "once-two", number)

    answers = await asyncio.gather(prove(city, one), prove(city, two))

    states = sorted([(await one.me())["assurance"], (await two.me())["assurance"]])
    assert states in (["claimed", "proved"], ["none", "proved"]), [answer.body for answer in answers]
