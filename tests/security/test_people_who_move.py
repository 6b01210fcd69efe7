"""A new phone is the same human: with the proof, everything that is theirs comes along, and the old one hears nothing more."""

from __future__ import annotations

from hub.api import Identity, IdNumberText, Secret
from plugins.payments.documents import Benefit
from tests.chain import acts
from tests.chain.cast import City
from tests.security.people import Phone, new_number, phone, prove, proved, revoke
from tests.security.test_identity_theft import OPS, decide
from tests.waiting import until
from tests.world import ANJU, JUXIAN, VILLAGE


async def busy(city: City, one: Phone, serial: int) -> dict[str, str]:
    """Somebody with an open case, a draft with a file, and a complaint."""
    case = await acts.declare(city, serial, one.who)
    assert case.status == 201, case.body
    draft = city.hub.units.new_id()
    form = {"declared_for": "other", "materials": {"proof": [await city.upload(one.who)]}}
    saved = await one.ask("PUT", f"/{ANJU}/declaration/drafts/{draft}", {"project": "10001", "form": form})
    assert saved.status == 200, saved.body
    complaint = await acts.complain(city, one.who, against="unit", unit_region=JUXIAN)
    assert complaint.status == 201, complaint.body
    await city.settled()
    return {"case": case.json["id"], "draft": draft, "complaint": complaint.json["complaint"]["id"]}


async def test_cases_drafts_and_complaints_of_the_old_phone_pass_with_the_proof(city: City) -> None:
    number = new_number()
    old = await phone(city, "moving-old", number)
    things = await busy(city, old, 1910)
    new = await phone(city, "moving-new", number)

    answer = await prove(city, new)

    assert (answer.json["ended"], answer.json["passed"]) == (1, 3)
    case = await new.ask("GET", f"/{ANJU}/declaration/cases/{things['case']}")
    draft = await new.ask("GET", f"/{ANJU}/declaration/drafts/{things['draft']}")
    file = draft.json["form"]["materials"]["proof"][0]
    picture = await new.ask("GET", f"/{ANJU}/declaration/drafts/{things['draft']}/files/{file}")
    complaint = await new.ask("GET", f"/{ANJU}/complaints/mine/{things['complaint']}")
    assert [each.status for each in (case, draft, picture, complaint)] == [200] * 4
    assert (await old.ask("GET", f"/{ANJU}/declaration/cases/{things['case']}")).status == 403


async def test_both_are_told_and_the_old_phone_hears_nothing_more(city: City) -> None:
    """The case goes on: the new phone hears of it alone."""
    number = new_number()
    old = await phone(city, "telling-old", number)
    things = await busy(city, old, 1911)
    new = await phone(city, "telling-new", number)
    await prove(city, new)

    await acts.pass_task(city, subject=things["case"])

    assert (await old.messages())[-1] == "实名绑定已失效"
    assert (await new.messages())[:1] == ["身份已核验"]
    told = await city.all("inbox", message="declaration.accepted", person={"$in": [old.person, new.person]})
    assert [entry["person"] for entry in told] == [new.person]


async def test_what_the_new_phone_may_do_with_it_the_old_one_could(city: City) -> None:
    """The case is withdrawn from the new phone, the draft thrown away with its file."""
    number = new_number()
    things = await busy(city, await phone(city, "doing-old", number), 1912)
    new = await phone(city, "doing-new", number)
    await prove(city, new)
    version = (await new.ask("GET", f"/{ANJU}/declaration/cases/{things['case']}")).json["version"]

    case = await new.ask("POST", f"/{ANJU}/declaration/cases/{things['case']}/withdraw", {"version": version})
    draft = await new.ask("DELETE", f"/{ANJU}/declaration/drafts/{things['draft']}")

    assert (case.status, draft.status) == (200, 204)


async def test_a_benefit_of_the_old_phone_is_read_by_the_new_one(city: City) -> None:
    """As the agent of somebody else: the payment's reader, and who hears of it."""
    number = new_number()
    old, new = await phone(city, "paid-old", number), await phone(city, "paid-new", number)
    benefit = await benefit_of(city, old.person)

    await prove(city, new)

    after = await city.one("payments.benefits", _id=benefit)
    assert (after["readers"], after["agents"], after["told"]) == ([new.person], [new.person], [new.person])


async def test_what_is_too_much_for_one_transaction_follows_by_itself(city: City) -> None:
    """The agent of whole villages: a thousand at once, the rest in parts, nothing left behind."""
    number = new_number()
    old, new = await phone(city, "agent-old", number), await phone(city, "agent-new", number)
    one = await city.one("payments.benefits", _id=await benefit_of(city, old.person))
    many = [{**one, "_id": city.hub.units.new_id(), "open": False} for _ in range(1100)]
    await city.hub.database["payments.benefits"].insert_many(many)

    answer = await prove(city, new)

    left = await city.hub.database["payments.benefits"].count_documents({"readers": old.person})
    assert (1000 <= answer.json["passed"] < 1101, left) == (True, 0)


async def benefit_of(city: City, agent: str) -> str:
    """As payments would have stored it."""
    document = Benefit(
        id=city.hub.units.new_id(),
        place=VILLAGE,
        path=city.hub.places.tree[VILLAGE].path,
        county=ANJU,
        project="10001",
        short="耕地地力",
        bureau="农业农村局",
        source="declaration",
        identity=Identity(name=Secret("王桂兰"), id_number=IdNumberText(new_number()), region=VILLAGE),
        readers=(agent,),
        agents=(agent,),
        told=(agent,),
    )
    await city.hub.database["payments.benefits"].insert_one(city.hub.database.encode(document))
    return document.id


async def test_a_disputed_proof_that_is_upheld_brings_everything_along(city: City) -> None:
    """The old phone was proved; the new one waits, and then has it all."""
    number = new_number()
    old = await proved(city, "upheld-old", number)
    things = await busy(city, old, 1915)
    new = await phone(city, "upheld-new", number)
    dispute = (await prove(city, new)).json["dispute"]
    before = await new.ask("GET", f"/{ANJU}/declaration/cases/{things['case']}")
    await city.pass_days(7)

    await decide(city, dispute, "uphold")

    after = await new.ask("GET", f"/{ANJU}/declaration/cases/{things['case']}")
    assert (before.status, after.status) == (404, 200)


async def test_another_name_under_the_same_number_keeps_their_own_papers(city: City) -> None:
    """They mistyped it: what they wrote is not shown to the one whose number it is."""
    number = new_number()
    other = await phone(city, "mistyped", number, name="李小明")
    complaint = await acts.complain(city, other.who, against="unit", unit_region=JUXIAN)
    rightful = await phone(city, "rightful", number)

    answer = await prove(city, rightful)

    stored = await city.one("complaints.complaints", _id=complaint.json["complaint"]["id"])
    assert (answer.json["passed"], stored["readers"]) == (0, [other.person])
    assert (await other.messages())[-1] == "实名绑定已失效"


async def test_who_withdraws_wechats_permission_is_signed_out_and_what_need_not_be_kept_is_deleted(city: City) -> None:
    """As WeChat's callback tells it; the draft goes, the declaration is a file of the administration and stays."""
    one = await phone(city, "withdrawn", new_number())
    things = await busy(city, one, 1916)
    id = await revoke(city, one)
    await until(lambda: city.all("alerts", cause=f"authorization_revoked:{id}"))
    out = await one.ask("GET", "/me")
    shown = await city.ask(OPS, "GET", f"/withdrawals/{id}")
    done = await city.done(OPS, "POST", f"/withdrawals/{id}/finish", {"version": 1, "reason": "本人撤回授权"})

    assert (out.status, shown.json["persons"], done["erased"]) == (401, [one.person], [one.person])
    assert await city.all("declaration.drafts", person=one.person) == []
    assert (await city.one("declaration.cases", _id=things["case"]))["applicant"] == one.person
    person = await city.one("people", _id=one.person)
    assert (person["name"], person["id_number"]) == ("", None)
    assert [line["act"] for line in person["consents"]] == ["given", "withdrawn"]


async def test_who_takes_a_consent_back_in_the_app_reads_their_business_no_more_and_somebody_is_told(
    city: City,
) -> None:
    """They stay signed in, to hear how it ends; the operations staff delete what need not be kept."""
    one = await phone(city, "taken-back", new_number())
    things = await busy(city, one, 1921)
    case = f"/{ANJU}/declaration/cases/{things['case']}"

    taken = await one.ask("POST", "/me/consents/withdraw")

    here, refused = await one.ask("GET", "/me"), await one.ask("GET", case)
    assert (taken.status, here.json["assurance"], refused.status) == (204, "none", 403)
    [withdrawal] = await city.all("withdrawals", user=one.person)
    await until(lambda: city.all("alerts", cause=f"authorization_revoked:{withdrawal['_id']}"))


async def test_a_dispute_with_somebody_who_is_gone_does_not_end_the_proof_that_was_made_since(city: City) -> None:
    """The holder's data were deleted and they were proved anew; the stranger claims their number once more, and waits."""
    number = new_number()
    holder, stranger = await proved(city, "gone-holder", number), await phone(city, "gone-stranger", number)
    dispute = (await prove(city, stranger)).json["dispute"]
    await deleted(city, holder)
    anew = await proved(city, "gone-anew", number)
    await agrees(stranger)
    await city.pass_days(7)

    late = await decide(city, dispute, "uphold", version=2)

    assert (late.status, late.json["error"]["state"]["state"]) == (409, "overtaken")
    assert (await city.one("people", _id=anew.person))["assurance"] == "proved"


async def test_a_dispute_ends_the_proof_of_the_one_who_was_told_of_it_and_no_other(city: City) -> None:
    """However it came that another one holds the number by now."""
    number = new_number()
    holder, claimant = await proved(city, "other-holder", number), await phone(city, "other-claimant", number)
    dispute = (await prove(city, claimant)).json["dispute"]
    await city.hub.database["disputes"].update_one({"_id": dispute}, {"$set": {"holder": "somebody-else"}})
    await city.pass_days(7)

    answer = await decide(city, dispute, "uphold")

    assert (answer.status, "已另有他人核验" in answer.json["error"]["message"]) == (409, True)
    assert (await city.one("people", _id=holder.person))["assurance"] == "proved"


async def test_a_dispute_is_not_decided_for_somebody_who_took_their_consent_back(city: City) -> None:
    """The deletion of their data would take the other's along. When they have agreed again, it may be."""
    number = new_number()
    holder, claimant = await proved(city, "back-holder", number), await phone(city, "back-claimant", number)
    dispute = (await prove(city, claimant)).json["dispute"]
    await revoke(city, claimant)
    await city.pass_days(7)

    before = await decide(city, dispute, "uphold")
    kept = (await city.one("people", _id=holder.person))["assurance"]
    claimant.visitor = await city.scene.sign_in(claimant.person, "ykt", "resident")
    await agrees(claimant)
    after = await decide(city, dispute, "uphold")

    assert (before.status, "撤回" in before.json["error"]["message"], kept, after.status) == (409, True, "proved", 200)


async def test_all_that_can_be_deleted_is_deleted_however_much_it_is(city: City) -> None:
    """An agent's drafts, with those that passed to them from other records."""
    one = await phone(city, "many-drafts", new_number())
    things = await busy(city, one, 1917)
    draft = await city.one("declaration.drafts", _id=things["draft"])
    many = [{**draft, "_id": city.hub.units.new_id()} for _ in range(1100)]
    await city.hub.database["declaration.drafts"].insert_many(many)

    await deleted(city, one)

    assert await city.hub.database["declaration.drafts"].count_documents({"person": one.person}) == 0


async def deleted(city: City, one: Phone) -> None:
    """They take WeChat's permission back, and the operations staff finish it."""
    id = await revoke(city, one)
    await city.done(OPS, "POST", f"/withdrawals/{id}/finish", {"version": 1, "reason": "本人撤回授权"})
    await city.settled()


async def agrees(one: Phone) -> None:
    """The same claim, once more."""
    claim = {"name": one.name, "id_number": one.number, "region": VILLAGE, "consent_version": "1"}
    claimed = await one.ask("POST", "/me/claim", claim)
    assert claimed.status == 200, claimed.body
