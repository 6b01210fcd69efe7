"""政策文件: subscribed to, described, published, followed by a newer one, withdrawn, deleted. What somebody leaves out of WeChat. 关注."""

from __future__ import annotations

from typing import Any

from tests.chain.cast import DECLARANT
from tests.golden.play import Play
from tests.officefiles import pdf
from tests.web.samples.policy import CLERK, FACTS
from tests.web.test_files import form
from tests.world import ANJU, VILLAGE

DESK, SUBSCRIPTIONS = f"/{ANJU}/policy/desk", f"/{VILLAGE}/policy/subscriptions"


async def press(play: Play, file: Any, move: str, **more: Any) -> Any:
    return await play.press(CLERK, f"{DESK}/{file['id']}/{move}", version=file["version"], **more)


async def published(play: Play, **facts: Any) -> Any:
    sent = form(pdf("first page", "second page"), filename="notice.pdf")
    file = await play.granted(play.ask(CLERK, "POST", DESK, data=sent))
    file = await press(play, file, "describe", **{**FACTS, **facts})
    return await press(play, file, "publish")


async def files_come_and_go(play: Play) -> None:
    """A resident hears of the first; the second takes its place, is withdrawn, and is deleted."""
    project = FACTS["projects"][0]
    await play.press(DECLARANT, SUBSCRIPTIONS, project=project)
    old, new = await published(play), await published(play, title="关于提高高龄津贴标准的通知")
    await press(play, old, "supersede", by=new["id"])
    new = await press(play, await again(play, new), "withdraw", reason="有误")
    await press(play, new, "delete", reason="传错了")
    await play.granted(play.ask(DECLARANT, "DELETE", f"{SUBSCRIPTIONS}/{project}"))


async def again(play: Play, file: Any) -> dict[str, Any]:
    kept = await play.fresh("policy.files", file["id"])
    return {"id": kept["_id"], "version": kept["version"]}


async def one_sort_of_message_is_left_out(play: Play) -> None:
    """And taken up again."""
    for wanted in (["P04"], ["P04", "P14"]):
        shown = await play.granted(play.ask(DECLARANT, "GET", "/preferences"))
        await play.granted(play.ask(DECLARANT, "PUT", "/preferences", {"version": shown["version"], "wanted": wanted}))


async def a_village_is_followed(play: Play) -> None:
    """And no more."""
    follows = f"/{VILLAGE}/village/follows"
    await play.granted(play.ask(DECLARANT, "POST", follows))
    await play.granted(play.ask(DECLARANT, "DELETE", follows))


SCENES = (files_come_and_go, one_sort_of_message_is_left_out, a_village_is_followed)
