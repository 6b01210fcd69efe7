"""Rosters, benefits and batches of a bureau that pays without declarations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.chain import acts, ways
from tests.chain.cast import DECLARANT, FINANCE, NEIGHBOUR, number_of
from tests.golden.play import Play
from tests.web.samples.village import READER
from tests.web.scope import RESIDENTS, Staff
from tests.world import ANJU, VILLAGE

FOREST, SHORT, NATURE = "40002", "生态补偿", "自然资源和规划局"
RANGER = Staff("handler", ANJU, NATURE)
PAYMENTS = f"/{ANJU}/payments"
HEAD = "姓名,身份证号,社保卡号,村（社区）,金额"
OFFICE = Staff("handler", ANJU, NATURE, "complaints")
# Paid, ended, on a list of the dead, and so on: see the scenes.
PEOPLE = (*((f"{name}桂兰", number_of(50 + at)) for at, name in enumerate("李张刘杨赵黄")), ("陈芳", RESIDENTS["陈芳"]))


async def a_roster_is_brought_in(play: Play) -> None:
    """Tried first, then in earnest; one line is none."""
    lines = [f"{name},{number},{acts.CARD},聚贤镇万古桥村,120.00" for name, number in PEOPLE]
    query = f"?project={FOREST}&short={SHORT}&bureau={NATURE}"
    for more in ("&dry_run=true", ""):
        table = play.table(RANGER, f"{PAYMENTS}/rosters{query}{more}", [HEAD, *lines, "王五,1,2,3,4"])
        await play.granted(table)


async def benefits(play: Play) -> list[dict[str, Any]]:
    return await play.all("payments.benefits", project=FOREST)


async def benefits_change(play: Play) -> None:
    """金额, 暂停, 恢复 of the first; 停发 and 终止 of the second; a search by number."""
    first, second, *_ = await benefits(play)
    await play.granted(acts.set_amount(play, first, RANGER))
    for id, verbs in ((first["_id"], ("suspend", "resume")), (second["_id"], ("stop", "end"))):
        for verb in verbs:
            version = (await play.fresh("payments.benefits", id))["version"]
            await play.press(RANGER, f"{PAYMENTS}/benefits/{id}/{verb}", version=version, reason="年度核查")
    await play.press(RANGER, f"{PAYMENTS}/benefits/search", id_number=number_of(50))


async def a_batch_is_given_up(play: Play) -> None:
    """Collected twice, then 作废."""
    batch = await _made(play)
    await _press(play, batch, "collect")
    await _press(play, batch, "cancel")


async def a_batch_goes_back_and_forth(play: Play) -> None:
    """Sent back by its review, its publicity broken off, objected to, one struck, one card refused and corrected."""
    batch = await _made(play)
    struck, unfounded, true, *_ = await play.all("payments.rows", batch=batch)
    await play.granted(acts.press_row(play, struck, "strike", RANGER))
    await _press(play, batch, "apply")
    await _decide(play, batch, "payments_review", RANGER, "return")
    await _press(play, batch, "apply")
    await _decide(play, batch, "payments_review", RANGER, "pass")
    await play.granted(acts.press_board(play, await _board(play, batch), "end", RANGER))
    await _decide(play, batch, "payments_review", RANGER, "pass")
    board = (await _board(play, batch))["_id"]
    await _read_aloud(play)
    complaints = [await ways.object_to(play, about=row["_id"], publicity=board) for row in (unfounded, true)]
    await ways.confirm(play, board)
    await _decide(play, batch, "payments_disburse", FINANCE, "pass")
    await _pay(play, batch, ("成功", "失败", "成功"))
    await _correct(play, batch)
    await _pay(play, batch, ("成功",))
    await _conclude(play, complaints[0], "no")
    await play.granted(play.ask(RANGER, "GET", f"{PAYMENTS}/rows/{true['_id']}/year"))
    await _pay(play, batch, ("成功",))
    await _conclude(play, complaints[1], "yes")


async def _read_aloud(play: Play) -> None:
    """播报, noted and taken back."""
    readings = f"/{VILLAGE}/village/readings"
    noted = await play.press(READER, readings, read_at=play.hub.clock.now().isoformat())
    await play.press(READER, f"{readings}/{noted['id']}/withdraw", version=noted["version"], reason="记错了")


async def _board(play: Play, batch: str) -> dict[str, Any]:
    return await play.one("publicity.publicities", subject=batch, state="running")


async def _pay(play: Play, batch: str, said: Sequence[str]) -> None:
    """发放, with the bank's answers in the order of the rows."""
    await _decide(play, batch, "payments_pay", FINANCE, "pass")
    await play.granted(play.ask(RANGER, "POST", f"{PAYMENTS}/batches/{batch}/export"))
    await play.press(FINANCE, f"{PAYMENTS}/batches/{batch}/bank-file", reason="提交银行")
    sent = await play.all("payments.rows", batch=batch, state="sent")
    answers = dict(zip(map(acts.slip_of, sent), said, strict=True))
    await play.granted(acts.bank(play, {"_id": batch}, answers))


async def _correct(play: Play, batch: str) -> None:
    [failed] = await play.all("payments.rows", batch=batch, state="failed")
    await play.granted(acts.press_row(play, failed, "correct", RANGER))
    await _decide(play, batch, "payments_correct", RANGER, "pass")


async def _conclude(play: Play, complaint: dict[str, Any], upheld: str) -> None:
    async def now() -> dict[str, Any]:
        return await play.fresh("complaints.complaints", complaint["_id"])

    await play.granted(acts.press_complaint(play, await now(), "accept", OFFICE))
    await play.granted(acts.press_complaint(play, await now(), "reply", OFFICE, upheld=upheld))
    await play.granted(acts.answer_complaint(play, await now(), NEIGHBOUR, satisfied=True))


async def _made(play: Play) -> str:
    body = {"project": FOREST, "period": "2026", "title": "2026年生态补偿"}
    made = await play.granted(play.ask(RANGER, "POST", f"{PAYMENTS}/batches", body))
    id: str = made["id"]
    return id


async def _press(play: Play, batch: str, verb: str) -> None:
    await play.granted(acts.press_batch(play, await play.fresh("payments.batches", batch), verb, RANGER))


async def _decide(play: Play, batch: str, node: str, who: Staff, move: str) -> None:
    task = await play.one("worklist.tasks", subject=batch, node=node, state="open")
    await play.granted(acts.decide(play, task, who, move))


async def residents_ask(play: Play) -> None:
    """C9: one's own, and what is nobody else's business."""
    found = await play.granted(play.ask(NEIGHBOUR, "GET", f"{PAYMENTS}/mine"))
    await play.granted(play.ask(NEIGHBOUR, "GET", f"{PAYMENTS}/mine/{found['items'][0]['id']}"))
    own = {"name": "陈芳", "id_number": RESIDENTS["陈芳"]}
    await play.press(NEIGHBOUR, f"{PAYMENTS}/mine/search", **own)
    await play.refused(play.ask(DECLARANT, "POST", f"{PAYMENTS}/mine/search", own))


SCENES = (
    a_roster_is_brought_in,
    benefits_change,
    a_batch_is_given_up,
    a_batch_goes_back_and_forth,
    residents_ask,
)
