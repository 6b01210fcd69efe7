"""Declarations from the first form to the card: on the straight way, sent back, taken back, held, ended."""

from __future__ import annotations

from typing import Any

from tests.chain import acts, ways
from tests.chain.cast import BUREAU, DECLARANT, LAND, NEIGHBOUR, VILLAGER, WINDOW, number_of
from tests.golden.play import Play
from tests.web.scope import Staff
from tests.world import ANJU, CITY, JUXIAN, VILLAGE

OPERATOR = Staff("ops_system", CITY)


async def the_whole_chain(play: Play) -> None:
    """From the form to the card, through three publicities; the bank refuses the first card.

    One case alone: several that a publicity lets go at once go on side by side, in an order of their own.
    """
    await ways.to_the_money(play, 1)
    batch = (await ways.published_batch(play))["_id"]
    board = await play.one("publicity.publicities", subject=batch)
    await ways.confirm(play, board["_id"])
    await acts.pass_task(play, subject=batch, node="payments_disburse")
    await acts.pass_task(play, subject=batch, node="payments_pay")
    [sent] = await play.all("payments.rows", batch=batch, state="sent")
    await play.granted(acts.bank(play, {"_id": batch}, {acts.slip_of(sent): "失败"}))
    await play.granted(acts.press_row(play, await play.fresh("payments.rows", sent["_id"]), "correct"))
    await acts.pass_task(play, subject=batch, node="payments_correct")
    await acts.pass_task(play, subject=batch, node="payments_pay")
    await ways.bank_says_yes(play, batch)


async def declared(play: Play, serial: int) -> dict[str, Any]:
    """A case that waits at the window."""
    made = await play.granted(acts.declare(play, serial))
    return await play.fresh("declaration.cases", made["id"])


async def decide(play: Play, case: dict[str, Any], node: str, who: Staff, move: str) -> dict[str, Any]:
    """The one open task of this case at that node."""
    task = await play.one("worklist.tasks", subject=case["_id"], node=node, state="open")
    await play.granted(acts.decide(play, task, who, move))
    return await play.fresh("declaration.cases", case["_id"])


async def corrected_and_declared_anew(play: Play) -> None:
    """补正, 撤回, 重新申报; the new one is refused, and declared once more."""
    asked = await decide(play, await declared(play, 10), "accept", WINDOW, "correct")
    await play.granted(acts.press_case(play, asked, "mend"))
    mended = await play.fresh("declaration.cases", asked["_id"])
    await play.granted(acts.press_case(play, mended, "withdraw"))
    again = await play.granted(acts.declare_again(play, await play.fresh("declaration.cases", asked["_id"])))
    refused = await decide(play, await play.fresh("declaration.cases", again["id"]), "accept", WINDOW, "refuse")
    await play.granted(acts.declare_again(play, refused))


async def sent_back_and_taken_back(play: Play) -> None:
    """退回 from the village to the survey; 撤销通过 out of a publicity that has not begun; 终止 by the bureau."""
    case = await declared(play, 11)
    await decide(play, case, "accept", WINDOW, "pass")
    await _survey(play, case)
    await decide(play, case, "review_village", VILLAGER, "return")
    await _survey(play, case)
    await decide(play, case, "review_village", VILLAGER, "pass")
    [_, passed] = await play.all("worklist.tasks", subject=case["_id"], node="review_village")
    await play.granted(acts.recall(play, passed, VILLAGER))
    now = await play.fresh("declaration.cases", case["_id"])
    await play.press(BUREAU, f"/{ANJU}/declaration/review/{case['_id']}/end", version=now["version"], reason="名额已满")


async def _survey(play: Play, case: dict[str, Any]) -> None:
    """The newest that is wanted."""
    found = await play.one("survey.surveys", subject=case["_id"], state="wanted")
    await play.granted(acts.survey(play, found))


async def held_while_a_plugin_is_off(play: Play) -> None:
    """等待 at a node that nobody handles; it goes on by itself when the plugin is on again."""
    case = await declared(play, 12)
    await play.granted(play.ask(OPERATOR, "PUT", f"/{ANJU}/ops/plugins/survey", {"on": False, "why": "检修"}))
    await decide(play, case, "accept", WINDOW, "pass")
    await play.granted(play.ask(OPERATOR, "PUT", f"/{ANJU}/ops/plugins/survey", {"on": True, "why": "恢复"}))
    await play.job("declaration.watch_nodes")
    await play.granted(acts.press_case(play, await play.fresh("declaration.cases", case["_id"]), "withdraw"))


async def typed_and_not_handed_in(play: Play) -> None:
    """下一步 is told to whoever checks people, whatever becomes of the form; drafts leave no line."""
    person = {
        "name": "李桂兰",
        "id_number": number_of(13),
        "region": VILLAGE,
        "phone": "19900000001",
        "category": "farmer",
    }
    form = {"declared_for": "other", "beneficiary": person, "answers": {"area_mu": "3.5"}, "materials": {}}
    id = play.hub.units.new_id()
    checked = {"project": LAND, "attempt_id": id, **form}
    await play.press(DECLARANT, f"/{ANJU}/declaration/persons/check", **checked)
    await play.granted(play.ask(DECLARANT, "PUT", f"/{ANJU}/declaration/drafts/{id}", {"project": LAND, "form": form}))
    await play.granted(play.ask(DECLARANT, "DELETE", f"/{ANJU}/declaration/drafts/{id}"))


async def claimed_and_given_back(play: Play) -> None:
    """退还 by hand, and by itself when the claim runs out; two are passed together."""
    one, two = await declared(play, 14), await declared(play, 15)
    tasks = [await play.one("worklist.tasks", subject=case["_id"], state="open") for case in (one, two)]
    path = f"/{JUXIAN}/worklist/tasks"
    await play.press(WINDOW, f"{path}/{tasks[0]['_id']}/claim")
    await play.press(WINDOW, f"{path}/{tasks[0]['_id']}/release")
    await play.press(WINDOW, f"{path}/{tasks[0]['_id']}/claim")
    await play.pass_days(1)
    ids = [task["_id"] for task in tasks]
    await play.press(WINDOW, f"{path}/together", ids=ids, opinion="材料齐全")


async def published_twice(play: Play) -> None:
    """延长, 终止, 重新公示; one case is sent back before the start, another one's row goes with its 撤回."""
    for serial in (20, 21, 22):
        await ways.case_at_publicity(play, serial)
    await _row_goes_back(play, 22)
    board = await ways.start(play, "publicity_village")
    await _board(play, board, "extend")
    await _board(play, board, "end")
    await _board(play, board, "republish")
    again = await ways.start(play, "publicity_village")
    [first, _] = await play.all("declaration.cases", node="publicity_village", state="handling")
    await play.granted(acts.press_case(play, first, "withdraw"))
    await play.press(VILLAGER, f"/{again['place']}/publicity/board/{again['_id']}/export", reason="张贴")
    await play.granted(play.ask(NEIGHBOUR, "POST", f"/{again['place']}/publicity/notices/{again['_id']}/views"))
    await play.job("publicity.fold_views")
    await play.pass_days(6)
    await ways.confirm(play, again["_id"], 3)


async def _row_goes_back(play: Play, serial: int) -> None:
    """退回 by the bureau that publishes; the case is reviewed anew."""
    case = await play.one("declaration.cases", **{"beneficiary.id_number.b": play.key(number_of(serial)), "open": True})
    row = await play.one("publicity.rows", about=case["_id"])
    path = f"/{row['place']}/publicity/board/{row['publicity']}/rows/{row['_id']}/return"
    await play.press(VILLAGER, path, version=row["version"], reason="户籍有疑问")


async def _board(play: Play, board: dict[str, Any], verb: str) -> None:
    now = await play.fresh("publicity.publicities", board["_id"])
    await play.granted(acts.press_board(play, now, verb, acts.publisher(now)))


async def nothing_left_to_publish(play: Play) -> None:
    """The only case that waited is withdrawn: what was prepared for it goes, too."""
    case = await ways.case_at_publicity(play, 23)
    await play.granted(acts.press_case(play, await play.fresh("declaration.cases", case["_id"]), "withdraw"))


SCENES = (
    the_whole_chain,
    corrected_and_declared_anew,
    sent_back_and_taken_back,
    held_while_a_plugin_is_off,
    typed_and_not_handed_in,
    claimed_and_given_back,
    published_twice,
    nothing_left_to_publish,
)
