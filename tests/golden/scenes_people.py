"""Who people are: accounts and positions of staff, claims, proofs, disputes; and what follows their business to other hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.identity.staff import Created, NewStaff, PositionWanted
from tests.chain import acts
from tests.chain.cast import DECLARANT, DISCIPLINE, LAND, WINDOW, number_of
from tests.golden.play import Play
from tests.golden.scenes_chain import OPERATOR, declared
from tests.golden.scenes_checks import bring, hit_of
from tests.web.scope import RESIDENTS, Staff
from tests.web.small import Visitor
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, VILLAGE

SECURITY, ARBITER = Staff("ops_security", ANJU), Staff("handler", ANJU, node="disputes")
NEW_PHONE = "resident-new-phone"
FIRST, SECOND = "Kuai-Le7-Shan", "Qing-Shui9-He"


async def a_clerk_comes_and_goes(play: Play) -> None:
    """Hired, signed in after a wrong password, the password changed; locked out, let in, closed, gone."""
    clerk = await _hired(play)
    guest = play.scene.guest
    await play.refused(guest.post("/api/v1/signin/account", _credentials("wrong")))
    phone = await _signed_in(play, FIRST)
    await play.granted(phone.post("/api/v1/me/password", {"old": FIRST, "new": SECOND}))
    other = await _signed_in(play, SECOND)
    await play.granted(phone.ask("DELETE", "/api/v1/me/sessions"))
    await play.refused(other.get("/api/v1/me"))
    await play.granted(phone.post("/api/v1/signin/out"))
    for verb in ("unlock", "reset", "disable", "enable", "leave-job"):
        await play.granted(play.ask(SECURITY, "POST", f"/{ANJU}/staff/accounts/{clerk.account}/{verb}"))


async def _hired(play: Play) -> Created:
    """As ``hub users add`` does it."""
    position = PositionWanted(role="window", region=DONGCHAN, node="accept")
    new = NewStaff(username="liyun", name="李云", positions=(position,))
    return await play.hub.units.read(
        lambda ctx: play.hub.identity.staff.create_account(ctx, new, FIRST, must_change=False),
        plugin="identity",
        place=play.hub.places.tree[CITY],
    )


def _credentials(password: str) -> dict[str, str]:
    return {"app": "ydsh", "username": "liyun", "password": password}


async def _signed_in(play: Play, password: str) -> Visitor:
    signed = await play.granted(play.scene.guest.post("/api/v1/signin/account", _credentials(password)))
    return play.scene.guest.with_headers(Authorization=f"Bearer {signed['token']}", X_Hub_App="ydsh")


async def tasks_follow_positions(play: Play) -> None:
    """The window goes on leave: what waits there goes one level up, and comes back with it."""
    case = await declared(play, 70)
    holding = await play.one("positions", person=(await play.visitor(WINDOW)).person)
    path = f"/{ANJU}/staff/positions/{holding['_id']}"
    await play.press(SECURITY, f"{path}/leave")
    await play.granted(play.ask(SECURITY, "POST", f"{path}/return"))
    await play.granted(acts.press_case(play, await play.fresh("declaration.cases", case["_id"]), "withdraw"))
    ended = await play.one("positions", person=(await play.visitor(DISCIPLINE)).person)
    await play.granted(play.ask(SECURITY, "POST", f"/{ANJU}/staff/positions/{ended['_id']}/end"))


async def claimed(play: Play, person: str, name: str) -> None:
    """Another record of somebody: their new phone, or somebody else's."""
    await play.hub.database["people"].insert_one({"_id": person, "name": "", "assurance": "none"})
    phone = await play.scene.sign_in(person, "ykt", "resident")
    claim = {"name": name, "id_number": RESIDENTS[name], "region": VILLAGE, "consent_version": "1"}
    await play.granted(phone.post("/api/v1/me/claim", claim))


async def proved(play: Play, person: str, name: str) -> Any:
    return await play.press(WINDOW, f"/{JUXIAN}/proofs", person=person, name=name, id_number=RESIDENTS[name])


async def a_new_phone_is_proved(play: Play) -> None:
    """A card that does not fit is refused; then the older claim ends, and what was its passes on. Payments, off meanwhile, meet
    this person when they first ask.
    """
    await claimed(play, NEW_PHONE, "刘梅")
    wrong = {"person": NEW_PHONE, "name": "刘梅", "id_number": RESIDENTS["陈芳"]}
    await play.refused(play.ask(WINDOW, "POST", f"/{JUXIAN}/proofs", wrong))
    await _turn(play, on=False, names=("interception", "payments"))
    await proved(play, NEW_PHONE, "刘梅")
    await _turn(play, on=True, names=("payments", "interception"))
    phone = await play.scene.sign_in(NEW_PHONE, "ykt", "resident")
    await play.granted(phone.get(f"/api/v1/{ANJU}/payments/mine"))


async def _turn(play: Play, *, on: bool, names: Sequence[str]) -> None:
    for name in names:
        await play.granted(play.ask(OPERATOR, "PUT", f"/{ANJU}/ops/plugins/{name}", {"on": on, "why": "检修"}))


async def two_are_proved_to_be_one(play: Play) -> None:
    """A standing proof is never ended but disputed; one dispute is dismissed, the next upheld."""
    for move in ("dismiss", "uphold"):
        person = f"resident-{move}"
        await claimed(play, person, "陈芳")
        dispute = (await proved(play, person, "陈芳"))["dispute"]
        await play.pass_days(8)
        await _ripen(play)
        path = f"/{ANJU}/proofs/disputes/{dispute}/decide"
        await play.press(ARBITER, path, version=1, move=move, reason="两份档案已核对")


async def _ripen(play: Play) -> None:
    await play.job("proofs.ripen")


async def typed_in_first_and_declared_then(play: Play) -> None:
    """What was found when the form was filled in becomes the case's."""
    await bring(play, "death", 71)
    id = play.hub.units.new_id()
    person = {
        "name": "李桂兰",
        "id_number": number_of(71),
        "region": VILLAGE,
        "phone": "19900000001",
        "category": "farmer",
    }
    form = {"project": LAND, "declared_for": "other", "beneficiary": person, "answers": {"area_mu": "3.5"}}
    checked = {**form, "attempt_id": id, "materials": {}}
    await play.press(DECLARANT, f"/{ANJU}/declaration/persons/check", **checked)
    papers = {paper: [await play.upload(DECLARANT)] for paper in acts.PAPERS}
    await play.press(DECLARANT, f"/{ANJU}/declaration/cases", **form, id=id, materials=papers)
    hit = await hit_of(play, 71)
    assert hit["case"] == id


SCENES = (
    a_clerk_comes_and_goes,
    tasks_follow_positions,
    a_new_phone_is_proved,
    two_are_proved_to_be_one,
    typed_in_first_and_declared_then,
)
