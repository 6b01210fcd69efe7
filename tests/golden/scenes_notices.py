"""重要信息通知: written, changed, scheduled and not, sent, confirmed, reminded of, taken back; another draft deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.chain.cast import DECLARANT
from tests.golden.play import Play
from tests.officefiles import docx
from tests.web.samples.notices import CLERK, WORDS
from tests.web.test_files import form
from tests.world import ANJU, JUXIAN, VILLAGE

DESK = f"/{ANJU}/notices/desk"


async def press(play: Play, notice: Any, move: str, **more: Any) -> Any:
    kept = await play.fresh("notices.notices", notice["id"])
    return await play.press(CLERK, f"{DESK}/{notice['id']}/{move}", version=kept["version"], **more)


async def a_notice_goes_out_and_is_taken_back(play: Play) -> None:
    """To one village, with an attachment."""
    draft = await play.press(CLERK, DESK, **WORDS)
    await press(play, draft, "delete", reason="不发了")
    notice = await play.press(CLERK, DESK, **{**WORDS, "towns": [JUXIAN]})
    notice = await press(play, notice, "describe", **{**WORDS, "title": "汛期值班安排", "towns": [JUXIAN]})
    await press(play, notice, "choose", villages=[VILLAGE])
    for _ in range(2):
        sent = form(docx("各乡镇："), filename="安排.docx")
        notice = await play.granted(play.ask(CLERK, "POST", f"{DESK}/{notice['id']}/files", data=sent))
    await press(play, notice, "detach", file=notice["files"][0]["file"])
    count = (await play.granted(play.ask(CLERK, "GET", f"{DESK}/{notice['id']}/people")))["people"]
    at = (play.hub.clock.now() + timedelta(hours=2)).isoformat()
    await press(play, notice, "schedule", people=count, at=at)
    await press(play, notice, "unschedule")
    await press(play, notice, "send", people=count)
    await play.settled()
    await play.granted(play.ask(DECLARANT, "POST", f"/{ANJU}/notices/inbox/{notice['id']}/read"))
    await press(play, notice, "remind")
    await play.settled()
    await press(play, notice, "recall", reason="时间写错了")


SCENES = (a_notice_goes_out_and_is_taken_back,)
