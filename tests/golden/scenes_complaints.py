"""Complaints: passed on, merged, refused, answered twice, forgotten, taken back; about a project, a row, a payment."""

from __future__ import annotations

from typing import Any

from tests.chain import acts, ways
from tests.chain.cast import CIVIL, DECLARANT, LISTENER, NEIGHBOUR, OTHER
from tests.golden.play import Play
from tests.golden.scenes_money import OFFICE as RANGERS
from tests.web.scope import Staff, Who
from tests.world import ANJU, JUXIAN

OLD_AGE = "30005"
OFFICE, TOWN_OFFICE = Staff("handler", ANJU, CIVIL, "complaints"), Staff("handler", JUXIAN, CIVIL)
LEADER = Staff("leader", ANJU)
ABOUT = {"against": "project", "project": OLD_AGE, "bureau": CIVIL, "confidential": False}


async def filed(play: Play, by: Who, **more: Any) -> str:
    made = await play.granted(acts.complain(play, by, **{**ABOUT, **more}))
    id: str = made["complaint"]["id"]
    return id


async def press(play: Play, id: str, verb: str, who: Who = OFFICE, **more: Any) -> None:
    complaint = await play.fresh("complaints.complaints", id)
    await play.granted(acts.press_complaint(play, complaint, verb, who, **more))


async def answer(play: Play, id: str, by: Who, *, satisfied: bool) -> None:
    complaint = await play.fresh("complaints.complaints", id)
    await play.granted(acts.answer_complaint(play, complaint, by, satisfied=satisfied))


async def the_notice_changes(play: Play) -> None:
    """投诉须知 of the county's own."""
    now = await play.granted(play.ask(NEIGHBOUR, "GET", f"/{ANJU}/complaints/notice"))
    body = {"version": now["version"], "points": ["如实反映情况。", "不得捏造事实。"]}
    await play.granted(play.ask(LEADER, "PUT", f"/{ANJU}/complaints/notice", body))


async def passed_on_and_answered_twice(play: Play) -> None:
    """转办, 退回, 受理, 延期, 调查, 查看全名, 回复, 不满意, the second reply; a table of all. A leader follows it for a while."""
    id = await filed(play, DECLARANT)
    followed = f"/{ANJU}/follow/complaint/{id}"
    await play.granted(play.ask(LEADER, "POST", followed))
    await press(play, id, "transfer", region=JUXIAN, bureau=CIVIL)
    await press(play, id, "return", TOWN_OFFICE)
    await press(play, id, "accept")
    await play.granted(play.ask(LEADER, "DELETE", followed))
    await press(play, id, "extend")
    await press(play, id, "investigate")
    await play.press(OFFICE, f"/{ANJU}/complaints/{id}/unmask", reason="电话核实")
    await press(play, id, "reply", upheld="partly")
    await answer(play, id, DECLARANT, satisfied=False)
    await press(play, id, "reply", upheld="partly")
    await play.press(OFFICE, f"/{ANJU}/complaints/export", reason="月报")


async def merged_refused_taken_back(play: Play) -> None:
    """合并 of a twin, whose complainant hears of the reply too; 不予受理; 撤诉."""
    one, twin = await filed(play, DECLARANT), await filed(play, NEIGHBOUR)
    refused, back = await filed(play, NEIGHBOUR, type="attitude"), await filed(play, OTHER, type="procedure")
    await press(play, one, "accept")
    await press(play, twin, "merge", into=one)
    await press(play, refused, "refuse")
    version = (await play.fresh("complaints.complaints", back))["version"]
    await play.press(OTHER, f"/{ANJU}/complaints/mine/{back}/withdraw", version=version)
    await press(play, one, "reply")
    await answer(play, one, DECLARANT, satisfied=True)


async def nobody_says_anything(play: Play) -> None:
    """One reply without an answer stands after its days; one complaint that nobody takes up is reminded of, twice."""
    silent, forgotten = await filed(play, OTHER, type="attitude"), await filed(play, NEIGHBOUR, type="procedure")
    await press(play, silent, "accept")
    await press(play, silent, "reply")
    await play.pass_days(14)
    await play.pass_days(3)
    await press(play, forgotten, "refuse")


async def somebody_goes_and_looks(play: Play) -> None:
    """A survey comes back to the complaint that asked for it; another one is called off, since the complaint is taken back."""
    case = await ways.case_at_publicity(play, 30)
    await ways.start(play, "publicity_village")
    complaint = await ways.press(play, await ways.object_to(play, about=case["_id"]), "accept")
    await ways.press(play, complaint, "survey")
    await play.granted(acts.survey(play, await play.one("survey.surveys", subject=complaint["_id"])))
    await press(play, complaint["_id"], "survey", LISTENER)
    version = (await play.fresh("complaints.complaints", complaint["_id"]))["version"]
    await play.press(NEIGHBOUR, f"/{ANJU}/complaints/mine/{complaint['_id']}/withdraw", version=version)


async def an_upheld_complaint_ends_a_row(play: Play) -> None:
    """剔除 from the list; the case is back with its reviewer."""
    case = await play.one("declaration.cases", node="publicity_village", state="handling")
    row = await play.one("publicity.rows", about=case["_id"], state="shown")
    made = await play.granted(acts.complain(play, OTHER, kind="publicity", row=row["_id"]))
    complaint = await play.fresh("complaints.complaints", made["complaint"]["id"])
    await press(play, complaint["_id"], "accept", LISTENER)
    await press(play, complaint["_id"], "reply", LISTENER, upheld="yes")
    await answer(play, complaint["_id"], OTHER, satisfied=True)


async def a_payment_is_complained_about(play: Play) -> None:
    """By the one who got it; found true after it was paid, it is to come back."""
    row = await play.one("payments.rows", state="paid", **{"identity.id_number.b": play.key("510981198902141130")})
    made = await play.granted(acts.complain(play, NEIGHBOUR, kind="payment", row=row["_id"]))
    await press(play, made["complaint"]["id"], "accept", RANGERS)
    await press(play, made["complaint"]["id"], "reply", RANGERS, upheld="yes")
    await answer(play, made["complaint"]["id"], NEIGHBOUR, satisfied=True)


SCENES = (
    the_notice_changes,
    passed_on_and_answered_twice,
    merged_refused_taken_back,
    nobody_says_anything,
    somebody_goes_and_looks,
    an_upheld_complaint_ends_a_row,
    a_payment_is_complained_about,
)
