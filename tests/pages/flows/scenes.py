"""What there is before somebody does what a chapter of a manual tells: who it is, on which phone, and what they will fill in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from hub.words.actors import App
from hub.words.clock import shanghai
from tests.pages.flows.conftest import Lends
from tests.pages.flows.test_payments import failed
from tests.pages.flows.test_proving import code_of
from tests.pages.flows.test_survey import begun
from tests.rows.rows import Walk, Walker
from tests.rows.test_complaints_rows import complain
from tests.rows.test_interception_rows import bring, typed
from tests.rows.test_publicity_rows import TUOPAI, come_to_publicity, start
from tests.rows.test_worklist_rows import declare
from tests.web.samples import complaints
from tests.web.scope import RESIDENTS
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE

CIVIL, OLD = "民政局", "510904194012250027"
COMPLAINT = {"投诉类型": "优亲厚友", "投诉内容": "村里评议没有张榜。", "补贴项目": "高龄津贴"}
MOTHER = {
    "姓名": "李桂兰",
    "身份证号": OLD,
    "手机号": "19900000001",
    "户籍所在村（社区）": "万古桥村",
}


@dataclass(frozen=True)
class Scene:
    """``person`` opens ``app`` at ``place``; ``own`` is what they fill in, by the names of the fields."""

    person: Walker | None
    app: App
    place: str
    own: Mapping[str, str] = field(default_factory=dict)

    @property
    def home(self) -> str:
        return f"/{self.app}/{self.place}"


async def nothing(walk: Walk, lends: Lends) -> Scene:
    return Scene(await walk.resident("王建国"), "ykt", ANJU, MOTHER)


async def complaining(walk: Walk, lends: Lends) -> Scene:
    return Scene(await walk.resident("王建国"), "ykt", ANJU, COMPLAINT)


async def on_its_way(walk: Walk, lends: Lends) -> Scene:
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, OLD)
    await window.decide(JUXIAN, case["number"], "accept")
    return Scene(resident, "ykt", ANJU)


async def to_be_mended(walk: Walk, lends: Lends) -> Scene:
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    case = await declare(resident, OLD)
    await window.decide(JUXIAN, case["number"], "accept", "correct", "户口簿不清楚，请重拍。")
    return Scene(resident, "ykt", ANJU, {"手机号": "19900000002"})


async def published(walk: Walk, lends: Lends) -> Scene:
    _, clerk, _ = await come_to_publicity(walk, OLD)
    await start(clerk)
    return Scene(await walk.resident("陈芳"), "ykt", SHEHONG, COMPLAINT)


async def not_paid(walk: Walk, lends: Lends) -> Scene:
    resident = await walk.resident("陈芳")
    await failed(walk, resident, "陈芳")
    return Scene(resident, "ykt", ANJU)


async def one_task(walk: Walk, lends: Lends) -> Scene:
    resident, window = await walk.resident("王建国"), await walk.staff("window", JUXIAN, node="accept")
    await declare(resident, OLD)
    await walk.settled()
    return Scene(window, "ydsh", JUXIAN, {"处理意见": "户口簿不清楚，请重拍。"})


async def some_tasks(walk: Walk, lends: Lends) -> Scene:
    scene = await one_task(walk, lends)
    await declare(await walk.resident("王建国"), "510904194107080024")
    await walk.settled()
    return scene


async def to_be_surveyed(walk: Walk, lends: Lends) -> Scene:
    surveyor = await walk.staff("handler", VILLAGE, node="survey")
    await begun(walk, surveyor)
    own = {
        "调查时间": f"{shanghai(walk.hub.clock.now() - timedelta(hours=1)):%Y-%m-%dT%H:%M}",
        "调查地点": "家中",
        "调查情况": "耕地由本人耕种。",
        "调查人员": "杨帆\n刘洋",
    }
    return Scene(surveyor, "ydsh", VILLAGE, own)


async def to_be_published(walk: Walk, lends: Lends) -> Scene:
    _, clerk, _ = await come_to_publicity(walk, OLD)
    await walk.settled()
    return Scene(clerk, "ydsh", TUOPAI)


async def complained(walk: Walk, lends: Lends) -> Scene:
    await complain(await walk.resident("王建国"))
    own = {"处理情况": "已到村核查会议记录。", "处理意见": "评议结果已张榜公布。"}
    return Scene(await walk.staff("handler", ANJU, CIVIL, "complaints"), "ydsh", ANJU, own)


async def at_the_window(walk: Walk, lends: Lends) -> Scene:
    code = await code_of(await lends(await walk.resident("陈芳")))
    own = {"身份码": code, "姓名": "陈芳", "身份证号": RESIDENTS["陈芳"]}
    return Scene(await walk.staff("window", JUXIAN, node="accept"), "ydsh", JUXIAN, own)


async def looked_at(walk: Walk, lends: Lends) -> Scene:
    for place in (JUXIAN, ANJU, ANJU):
        await complaints.stored(walk.scene, place=place, type="favour")
    await on_its_way(walk, lends)
    return Scene(await walk.staff("leader", ANJU), "ydjd", ANJU)


async def looked_at_in_public(walk: Walk, lends: Lends) -> Scene:
    _, clerk, _ = await come_to_publicity(walk, OLD)
    await start(clerk)
    return Scene(await walk.staff("leader", SHEHONG), "ydjd", SHEHONG)


async def intercepted(walk: Walk, lends: Lends) -> Scene:
    discipline = await walk.staff("discipline", ANJU)
    await bring(walk, discipline, OLD)
    await typed(walk, OLD)
    return Scene(discipline, "ydjd", ANJU)


SCENES: Mapping[str, Callable[[Walk, Lends], Awaitable[Scene]]] = {
    "resident-换成大字": nothing,
    "resident-申报一项补贴": nothing,
    "resident-看办到哪一步": on_its_way,
    "resident-补材料": to_be_mended,
    "resident-看公示，对公示提意见": published,
    "resident-投诉举报": complaining,
    "resident-查发到卡上的补贴": not_paid,
    "handler-受理一件申报": one_task,
    "handler-要求补正": one_task,
    "handler-合并办理": some_tasks,
    "handler-入户调查": to_be_surveyed,
    "handler-公示": to_be_published,
    "handler-办理投诉": complained,
    "handler-现场核验身份": at_the_window,
    "leader-看本地概况": looked_at,
    "leader-查一件申报": looked_at,
    "leader-看公示": looked_at_in_public,
    "leader-看拦截（纪委）": intercepted,
}
