"""The worked tour of the page ``/demo``: who does what, on which phone, and what is seen then. A test follows it in a browser."""

from __future__ import annotations

import msgspec

from hub.demo.client import Phone
from hub.demo.telling import COUNTY, ELDERLY, MOTHER, RESIDENT, WINDOW, fresh_person, papers_for
from hub.words.actors import App
from hub.words.clock import Clock
from hub.words.ids import new_id

CATEGORY = "aged_80"
DRAFTS = f"/ykt/{COUNTY}/declaration/drafts"


class TourStep(msgspec.Struct, frozen=True, kw_only=True):
    """``person`` holds the phone of ``app``, which ``opens`` a page when the step begins. Then in this order: the ``day`` is put
    forward, the newest ``message`` of WeChat so called is opened, what is named in ``presses`` is pressed; the phone
    ``shows`` the words."""

    person: str
    app: App
    does: str
    opens: str = ""
    day: bool = False
    message: str = ""
    presses: tuple[str, ...] = ()
    shows: str


PASSED = ("认领", "材料齐全，符合条件。", "通过")

STEPS = (
    TourStep(
        person=RESIDENT,
        app="ykt",
        does="替母亲申报高龄津贴。材料已替您拍好，在草稿里",
        opens=DRAFTS,
        presses=("高龄津贴", "提交申报"),
        shows="办理中",
    ),
    TourStep(
        person=WINDOW,
        app="ydsh",
        does="受理窗口收到待办，认领下来",
        message="待办提醒",
        presses=("认领",),
        shows="您已认领",
    ),
    TourStep(
        person=WINDOW,
        app="ydsh",
        does="认领后两小时没办完会自动放回：一天以后，待办再次送到",
        day=True,
        message="待办提醒",
        shows="认领",
    ),
    TourStep(person=WINDOW, app="ydsh", does="这一次办完：受理", presses=PASSED, shows="我的待办"),
    TourStep(person="tangli", app="ydsh", does="乡镇审核", message="待办提醒", presses=PASSED, shows="我的待办"),
    TourStep(
        person="linfeng",
        app="ydjd",
        does="领导查正在办的这一件，走到哪一步、谁办的都看得到",
        opens=f"/ydjd/{COUNTY}/declaration/review",
        presses=("高龄津贴",),
        shows="办理经过",
    ),
    TourStep(person="luoyong", app="ydsh", does="县级审批", message="待办提醒", presses=PASSED, shows="我的待办"),
    TourStep(person=RESIDENT, app="ykt", does="居民收到结果", message="办理结果通知", shows="已批准"),
)


async def prepare(phone: Phone, clock: Clock) -> None:
    """A draft of the first step, filled but for its 提交, unless one lies there already. Each is for another beneficiary."""
    lying = await phone.get(f"/{COUNTY}/declaration/drafts")
    if any(draft["project"] == ELDERLY for draft in lying["items"]):
        return
    form = {
        "declared_for": "other",
        "beneficiary": fresh_person(MOTHER, clock, woman=True) | {"category": CATEGORY},
        "materials": await papers_for(phone, ELDERLY, CATEGORY),
    }
    await phone.put(f"/{COUNTY}/declaration/drafts/{new_id(clock)}", {"project": ELDERLY, "form": form})
