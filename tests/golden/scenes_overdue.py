"""What is late: counted in the morning, ordered at once and by name, read, answered, sent back, done; and nobody answers."""

from __future__ import annotations

from typing import Any

from tests.chain.cast import WINDOW
from tests.golden.play import Play
from tests.golden.scenes_chain import decide, declared
from tests.web.scope import Staff
from tests.world import ANJU

LEADER = Staff("leader", ANJU)
OVERDUE, WORDS = f"/{ANJU}/overdue", "请三日内办结，并说明原因。"


async def late(play: Play, *serials: int) -> list[dict[str, Any]]:
    """Cases that nobody has taken up in time, by their tasks."""
    cases = [await declared(play, serial) for serial in serials]
    await play.pass_days(14)
    await play.job("overdue.clock")
    return [await play.one("worklist.tasks", subject=case["_id"], state="open") for case in cases]


async def press(play: Play, task: str, move: str, who: Staff = WINDOW, **more: Any) -> None:
    """On the newest order about a task."""
    orders = await play.hub.database["overdue.orders"].find({"task": task}, sort=[("_id", -1)]).to_list(1)
    await play.press(who, f"{OVERDUE}/orders/{orders[0]['_id']}/{move}", version=orders[0]["version"], **more)


async def ordered_and_answered(play: Play) -> None:
    """By name: 知悉, 开始办理, 反馈, 退回再办, 反馈, and ended by what it is about; another one is withdrawn, and one closed."""
    done, withdrawn, closed = await late(play, 81, 82, 83)
    await play.granted(play.ask(LEADER, "PUT", f"{OVERDUE}/wishes", {"region": ANJU, "mode": "at_once"}))
    ids = [task["_id"] for task in (done, withdrawn, closed)]
    await play.press(LEADER, f"{OVERDUE}/named", tasks=ids, persons=[WINDOW.person], words=WORDS)
    for move in ("read", "begin"):
        await press(play, done["_id"], move)
    await press(play, done["_id"], "feed", text="本周办完")
    await press(play, done["_id"], "return", LEADER, reason="请写明日期")
    await press(play, done["_id"], "feed", text="周五办完")
    await press(play, withdrawn["_id"], "withdraw", LEADER, reason="已经办完")
    await press(play, closed["_id"], "feed", text="已经办完")
    await press(play, closed["_id"], "close", LEADER)
    case = await play.fresh("declaration.cases", done["subject"])
    await decide(play, case, "accept", WINDOW, "pass")


async def ordered_at_once_and_not_answered(play: Play) -> None:
    """一键督办 of one view; a warning, then the leaders above hear of it. The morning's counts."""
    await late(play, 84)
    view = {"node": "accept"}
    seen = await play.press(LEADER, f"{OVERDUE}/at-once/preview", **view)
    told = {"cases": seen["cases"], "people": seen["people"], "words": WORDS}
    await play.press(LEADER, f"{OVERDUE}/at-once", **view, **told)
    for _ in range(2):
        await play.pass_days(4)
        await play.job("overdue.orders")
    await play.job("overdue.morning")
    await play.job("overdue.look_over")


SCENES = (ordered_and_answered, ordered_at_once_and_not_answered)
