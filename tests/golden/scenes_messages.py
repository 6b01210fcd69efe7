"""Messages to offices: passed on, asked again, rated, closed, forgotten by both sides, made a complaint of or not."""

from __future__ import annotations

from typing import Any

from tests.chain.cast import CIVIL, DECLARANT, NEIGHBOUR, OTHER
from tests.golden.play import Play
from tests.web.scope import FARMING, Staff, Who
from tests.world import ANJU, VILLAGE

OFFICE, FARMERS = [Staff("handler", ANJU, bureau, "message_board") for bureau in (CIVIL, FARMING)]
BOARD = f"/{ANJU}/message_board"
WORDS = {"title": "高龄津贴什么时候发", "text": "想问几号到账。", "bureau": CIVIL, "confidential": False}


async def written(play: Play, by: Who, **more: Any) -> str:
    made = await play.press(by, BOARD, **{"kind": "consult", **WORDS, **more})
    id: str = made["id"]
    return id


async def press(play: Play, id: str, verb: str, who: Who = OFFICE, **more: Any) -> None:
    version = (await play.fresh("message_board.messages", id))["version"]
    path = f"{BOARD}/mine/{id}" if who in (DECLARANT, NEIGHBOUR, OTHER) else f"{BOARD}/{id}"
    await play.press(who, f"{path}/{verb}", version=version, **more)


async def passed_on_asked_again_and_rated(play: Play) -> None:
    """转办, 退回, 接办, 查看全名, 回复, 追问, 回复, 评价; another one is closed."""
    id, other = await written(play, DECLARANT), await written(play, NEIGHBOUR, kind="suggest", confidential=True)
    await press(play, id, "transfer", region=ANJU, bureau=FARMING, reason="属农业补贴")
    await press(play, id, "return", FARMERS, reason="不归我局")
    await press(play, id, "take")
    await play.press(OFFICE, f"{BOARD}/{id}/unmask", reason="电话核实")
    await press(play, id, "reply", text="每月15日前发放。")
    await press(play, id, "ask", DECLARANT, text="我们村还没有发。")
    await press(play, id, "reply", text="已经补发。")
    await press(play, id, "rate", DECLARANT, grade="4")
    await press(play, other, "close", NEIGHBOUR)


async def a_complaint_of_it_or_none(play: Play) -> None:
    """Proposed and agreed to, with its picture; proposed and declined; proposed, and nothing said to it."""
    picture = await play.upload(DECLARANT)
    agreed = await written(play, DECLARANT, kind="complain", title="窗口不理人", pictures=[picture])
    declined, silent = [await written(play, who, kind="complain") for who in (NEIGHBOUR, OTHER)]
    for id in (agreed, declined, silent):
        await press(play, id, "propose", reason="反映的是工作人员")
    notice = (await play.granted(play.ask(DECLARANT, "GET", f"/{ANJU}/complaints/notice")))["version"]
    said = {
        "notice": notice,
        "about": f"unit:{VILLAGE}",
        "type": "attitude",
        "text": "窗口不理人",
        "confidential": False,
        "publish": False,
    }
    await press(play, agreed, "complain", DECLARANT, **said)
    await press(play, declined, "decline", NEIGHBOUR)


async def both_sides_say_nothing(play: Play) -> None:
    """An office is reminded that it is late, then not any more; a reply to which nothing was said stands."""
    late, replied = await written(play, DECLARANT), await written(play, OTHER, kind="suggest")
    await press(play, replied, "reply", text="已转村委会。")
    await play.pass_days(17)
    await play.job("message_board.remind_message")
    await play.job("message_board.lapse")
    await press(play, late, "reply", text="让您久等了，已经发放。")


SCENES = (passed_on_asked_again_and_rated, a_complaint_of_it_or_none, both_sides_say_nothing)
