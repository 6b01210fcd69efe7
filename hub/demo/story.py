"""The main job as a story: a declaration travels from a resident's phone to the handlers' phones and back.

Everything is done from outside, as people do it: through the API, live sessions, and the stand-in for WeChat. Each step
says which pushes must land on whose phone; what is missing, wrong, late or lands elsewhere ends the story.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from stdnum.cn import ric

from hub import idnumbers, masking
from hub.clock import SHANGHAI, Clock, shanghai, today
from hub.demo import people, pictures
from hub.demo.accounts import CHANNELS, MINI_PROGRAMS, kinds_by_template
from hub.demo.client import Phone, Refusal
from hub.demo.people import Invented
from hub.demo.stage import Stage, accept_messages
from hub.demo.watch import WITHIN, Expected, Landed, Unmet, Watch, to_each

COUNTY, OTHER_COUNTY, CLOSED_COUNTY = "510904", "510981", "510923"
VILLAGE = "510904114206"  # 木莲寺村 of 聚贤镇
ELDERLY, FARMLAND = "30005", "10001"  # 高龄津贴 (chain plain here), 耕地地力保护补贴 (chain full)

RESIDENT = "wang_jianguo"
RESIDENT_APPID = MINI_PROGRAMS["ykt"]
MOTHER = "李桂兰"
WINDOW, OTHER_WINDOW = "zhoumin", "hejun"
TOWN, COUNTY_DESK, COUNTY_POST, OPERATOR, CITY_OPERATOR = "tangli", "luoyong", "qinxiaolan", "anju_ops", "sysadmin"
# A sibling town's window, another bureau of the same town, and two desks of other counties.
STRANGERS: Mapping[str, str] = {
    "shilei": COUNTY,
    "dengqiang": COUNTY,
    "xiejuan": OTHER_COUNTY,
    "yuanxiaoyuan": OTHER_COUNTY,
}
MOST_TASKS = 100
LOOK_AGAIN = 0.1


class Teller(Protocol):
    """Who hears the story: the terminal, the demo page, a test."""

    def step(self, number: int, title: str) -> None: ...

    def say(self, text: str) -> None: ...

    def push(self, expected: Expected, person: str) -> None: ...

    async def pause(self) -> None: ...


@dataclass
class Story:
    """What has happened so far, and the phones it happened on."""

    stage: Stage
    teller: Teller
    watch: Watch
    phones: dict[str, Phone]
    resident: Phone
    cast: Mapping[str, Invented]
    mother: dict[str, str]
    exits: AsyncExitStack
    materials: dict[str, list[str]] = field(default_factory=dict)
    case: dict[str, Any] = field(default_factory=dict)
    pushes: int = 0

    def who(self, person: str) -> str:
        return self.cast[person].masked

    @property
    def subject(self) -> str:
        """How a push names the beneficiary."""
        return masking.name(self.mother["name"])


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    play: Callable[[Story], Awaitable[None]]


# --- the resident ------------------------------------------------------------------------------------------------------


async def sign_in(story: Story) -> None:
    code = await story.stage.remote.code(RESIDENT_APPID, RESIDENT)
    await story.resident.sign_in_by_wechat(code)
    await accept_messages(story.stage.remote, story.cast[RESIDENT])
    await story.exits.enter_async_context(story.resident.live(story.watch.live(RESIDENT)))
    story.teller.say("wx.login 的 code 换得登录，实时会话已连接")


async def claim_identity(story: Story) -> None:
    me = await story.resident.get("/me")
    own = story.cast[RESIDENT]
    claim = {"name": own.name, "id_number": own.id_number, "region": own.region, "phone": own.phone}
    answer = await story.resident.post("/me/claim", {**claim, "consent_version": me["consent_version"]})
    _check(answer["assurance"] in ("claimed", "proved"), "实名绑定没有成功")
    story.teller.say(f"{answer['name']} 已实名（声明）")


async def list_projects(story: Story) -> None:
    found = await story.resident.get(f"/{COUNTY}/declaration/projects", open="true", limit=100)
    codes = [project["code"] for project in found["items"]]
    _check(ELDERLY in codes and FARMLAND in codes, "列表中没有高龄津贴或地力保护补贴")
    story.teller.say(f"安居区现在可申报 {len(codes)} 个项目")


async def read_notice(story: Story) -> None:
    notice = await story.resident.get(f"/{COUNTY}/declaration/projects/{ELDERLY}")
    flow = [node["label"] for node in notice["flow"]]
    _check(flow == ["受理", "乡镇审核", "县级审批"], f"流程不对：{flow}")
    _check(bool(notice["conditions"] and notice["materials"] and notice["advisers"]), "申报须知不完整")
    story.teller.say(
        f"条件 {len(notice['conditions'])} 条，材料 {len(notice['materials'])} 种，流程：{' → '.join(flow)}"
    )


async def upload_materials(story: Story) -> None:
    form = await story.resident.get(
        f"/{COUNTY}/declaration/projects/{ELDERLY}/form", category="aged_80", declared_for="other"
    )
    asked = [material for material in form["materials"] if material["required"]]
    _check("proof" in [material["key"] for material in asked], "为他人申报时没有要求委托书或关系证明")
    for material in asked:
        file = await story.resident.upload(pictures.paper(material["key"]))
        story.materials[material["key"]] = [file]
    story.teller.say("、".join(material["label"] for material in asked))


async def submit(story: Story) -> None:
    story.case = await story.resident.post(f"/{COUNTY}/declaration/cases", _form(story, ELDERLY))
    story.teller.say(f"受理编号 {story.case['number']}")
    await story.watch.expect(*_arrived(story, [WINDOW, OTHER_WINDOW], "高龄津贴", "受理"))


def _form(story: Story, project: str, **more: Any) -> dict[str, Any]:
    return {
        "project": project,
        "declared_for": "other",
        "beneficiary": story.mother,
        "materials": story.materials,
        **more,
    }


# --- the handlers ------------------------------------------------------------------------------------------------------


async def claim_at_window(story: Story) -> None:
    await _claim(story, WINDOW, others=[OTHER_WINDOW])
    seen = await _task(story, OTHER_WINDOW)
    _check(story.cast[WINDOW].name in seen["state_label"], "另一位窗口人员看不到谁在处理")
    refusal = await _refused(story.phones[OTHER_WINDOW].post(_task_path(seen, "claim")))
    _check(
        refusal.status == 409 and refusal.error.get("state", {}).get("state") == "claimed", "两人认领同一件没有被拒绝"
    )
    story.teller.say(f"{story.who(OTHER_WINDOW)} 看到“{seen['state_label']}”，再认领得到 409")


async def ask_correction(story: Story) -> None:
    await _decide(story, WINDOW, "correct", "户口簿本人页不清楚，请重新拍摄。")
    await story.watch.expect(*_progress(story, "申报需要补正", "受理：请补正材料"))
    case = await _look(story)
    _check(case["state"] == "correcting" and "mend" in case["can"], "补正状态不对")
    _check(any("重新拍摄" in step["opinion"] for step in case["progress"]), "看不到补正意见")


async def mend(story: Story) -> None:
    file = await story.resident.upload(pictures.paper("household again"))
    body = {"version": story.case["version"], "materials": {"household": [file]}}
    story.case = await story.resident.post(f"/{COUNTY}/declaration/cases/{story.case['id']}/mend", body)
    story.materials["household"] = [file]
    await story.watch.expect(*_arrived(story, [WINDOW, OTHER_WINDOW], "高龄津贴", "受理"))


async def accept(story: Story) -> None:
    await _claim(story, WINDOW, others=[OTHER_WINDOW])
    await _decide(story, WINDOW, "pass", "材料齐全，予以受理。")
    await story.watch.expect(
        *_progress(story, "申报已受理", "已受理"), *_arrived(story, [TOWN], "高龄津贴", "乡镇审核")
    )


async def review_at_town(story: Story) -> None:
    # One of the county's two desks does not follow the official account: its mini program reaches it, once it has accepted.
    await accept_messages(story.stage.remote, story.cast[COUNTY_POST])
    await story.stage.remote.settled()
    await _claim(story, TOWN)
    await _decide(story, TOWN, "pass", "情况属实，同意上报。")
    arrived = _arrived(story, [COUNTY_DESK, COUNTY_POST], "高龄津贴", "县级审批")
    await story.watch.expect(*arrived)


async def approve_at_county(story: Story) -> None:
    await _claim(story, COUNTY_DESK, others=[COUNTY_POST])
    await _decide(story, COUNTY_DESK, "pass", "符合条件，同意发放。")
    await story.watch.expect(*_progress(story, "申报已批准", "已通过县级审批", kind="result"))


async def _claim(story: Story, person: str, others: Sequence[str] = ()) -> None:
    task = await _task(story, person)
    await story.phones[person].post(_task_path(task, "claim"))
    await story.watch.expect(
        *to_each(others, "P01", "withdrawn", "高龄津贴" if story.case["project"] == ELDERLY else "地力保护")
    )


async def _decide(story: Story, person: str, move: str, opinion: str) -> None:
    task = await _task(story, person)
    body = {"move": move, "version": task["version"], "opinion": opinion}
    await story.phones[person].post(_task_path(task, "decide"), body)
    story.teller.say(f"{story.who(person)}：{opinion}")


async def _task(story: Story, person: str) -> dict[str, Any]:
    """This case in the person's 我的待办."""
    found = await _todo(story, person)
    if story.case["number"] not in found:
        raise Unmet(f"{story.who(person)} 的待办里没有 {story.case['number']}")
    return found[story.case["number"]]


async def _todo(story: Story, person: str, county: str = COUNTY) -> dict[str, dict[str, Any]]:
    tasks: dict[str, dict[str, Any]] = {}
    cursor: dict[str, str] = {}
    while True:
        page = await story.phones[person].get(f"/{county}/worklist/tasks", limit=MOST_TASKS, **cursor)
        tasks |= {task["number"]: task for task in page["items"]}
        if page["next"] is None:
            return tasks
        cursor = {"cursor": page["next"]}


def _task_path(task: Mapping[str, Any], what: str) -> str:
    return f"/{COUNTY}/worklist/tasks/{task['id']}/{what}"


# --- what everybody sees afterwards ------------------------------------------------------------------------------------


async def look_at_progress(story: Story) -> None:
    case = await _look(story)
    _check(case["state_label"] == "已批准", f"状态不对：{case['state_label']}")
    seen = [(step["label"], step["state_label"], step["handler"]) for step in case["progress"]]
    wanted = [
        ("受理", "需补正", story.cast[WINDOW].name),
        ("受理", "已通过", story.cast[WINDOW].name),
        ("乡镇审核", "已通过", story.cast[TOWN].name),
        ("县级审批", "已通过", story.cast[COUNTY_DESK].name),
    ]
    _check(seen == wanted, f"申报进度不对：{seen}")
    for step in case["progress"]:
        story.teller.say(
            f"{step['label']} {step['state_label']} · {step['unit']} {step['handler']} · {step['opinion']}"
        )


async def read_inbox(story: Story) -> None:
    page = await story.resident.get("/inbox", limit=20)
    about = [entry["title"] for entry in page["items"] if story.case["number"] in entry["body"]]
    _check(about == ["申报已批准：高龄津贴", "申报已受理：高龄津贴", "申报需要补正：高龄津贴"], f"消息不对：{about}")
    story.teller.say(f"三条通知都在：{'；'.join(reversed(about))}")


async def strangers_see_nothing(story: Story) -> None:
    for person, county in STRANGERS.items():
        own = await _todo(story, person, county)
        _check(story.case["number"] not in own, f"{story.who(person)} 的待办里有别处的件")
        for place in {county, COUNTY}:
            refusal = await story.phones[person].refusal_of(f"/{place}/declaration/review/{story.case['id']}")
            _check(refusal is not None and refusal.status in (403, 404), f"{story.who(person)} 能看到别处的申报")
    await story.watch.expect()
    names = "、".join(story.who(person) for person in STRANGERS)
    story.teller.say(f"{names}：待办里没有，打开被拒绝，也没有收到任何推送（共盯着 {len(story.phones) + 1} 部手机）")


async def nothing_where_it_is_off(story: Story) -> None:
    off = await story.resident.refusal_of(f"/{CLOSED_COUNTY}/declaration/projects")
    never = await story.resident.refusal_of(f"/{CLOSED_COUNTY}/no-such-thing/projects")
    _check(
        off is not None
        and never is not None
        and (off.status, off.code) == (404, "not_found") == (never.status, never.code),
        "关闭的功能露出了痕迹",
    )
    menu = await story.resident.get(f"/{CLOSED_COUNTY}/menu")
    _check(not menu["items"], "菜单里有关闭的功能")
    story.teller.say("大英县的申报页面与从未有过的页面回答相同，菜单为空")


async def wait_for_a_plugin(story: Story) -> None:
    """A chain whose next node's plugin is off: no node is passed over, the operators hear of it."""
    told = await _alert_of_this_hour(story)
    papers = await _papers_for(story, FARMLAND)
    form = _form(story, FARMLAND, answers={"area_mu": "3.5"}) | {"materials": papers}
    form["beneficiary"] = {**story.mother, "category": "farmer"}
    story.case = await story.resident.post(f"/{COUNTY}/declaration/cases", form)
    await story.watch.expect(*_arrived(story, [WINDOW, OTHER_WINDOW], "地力保护", "受理"))
    await _claim(story, OTHER_WINDOW, others=[WINDOW])
    await _decide(story, OTHER_WINDOW, "pass", "材料齐全，予以受理。")
    alert = (
        []
        if told
        else [
            Expected("P17", OPERATOR, "live", ("入户调查", "安居区", "不会跳过")),
            Expected("P17", OPERATOR, "oa", ("入户调查", "安居区"), "alert"),
        ]
    )
    await story.watch.expect(*_progress(story, "申报已受理", "已受理"), *alert)
    case = await _look(story)
    _check(
        (case["state"], case["node"]) == ("holding", "survey"), f"没有在入户调查等待：{case['state']} {case['node']}"
    )
    story.teller.say("在“入户调查”等待，不会跳过" + ("；本小时内已告警过一次，不再重复" if told else ""))


async def _papers_for(story: Story, project: str) -> dict[str, list[str]]:
    form = await story.resident.get(
        f"/{COUNTY}/declaration/projects/{project}/form", category="farmer", declared_for="other"
    )
    asked = [material["key"] for material in form["materials"] if material["required"]]
    return {key: [await story.resident.upload(pictures.paper(key))] for key in asked}


async def _alert_of_this_hour(story: Story) -> bool:
    """The same cause is told once an hour: a second story finds it in the operators' inbox."""
    page = await story.phones[OPERATOR].get("/inbox", limit=50)
    now = shanghai(story.stage.clock.now()).replace(minute=0, second=0, microsecond=0)
    return any(
        entry["code"] == "P17"
        and "入户调查" in entry["title"]
        and datetime.fromisoformat(entry["at"]).astimezone(SHANGHAI) >= now
        for entry in page["items"]
    )


async def take_back(story: Story) -> None:
    path = f"/{COUNTY}/declaration/cases/{story.case['id']}/withdraw"
    story.case = await story.resident.post(path, {"version": story.case["version"]})
    _check(story.case["state_label"] == "已撤回", "撤回没有成功")
    story.teller.say("等待中的申报由申报人撤回")


async def balance(story: Story) -> None:
    rows = await _balanced(story)
    await story.watch.expect()
    _check(all(not any(row[name] for name in ("missing", "pending", "sent")) for row in rows), f"推送收支不符：{rows}")
    accepted, delivered = (sum(row[name] for row in rows) for name in ("accepted", "delivered"))
    story.teller.say(f"应发 {accepted}，送达 {delivered}，缺失 0")


async def _balanced(story: Story) -> list[dict[str, Any]]:
    """The balance of the whole city, once nothing is on its way: WeChat tells a little later what it has delivered."""
    deadline = asyncio.get_running_loop().time() + story.watch.within
    while True:
        await story.stage.remote.settled()
        rows: list[dict[str, Any]] = await story.phones[CITY_OPERATOR].get("/510900/deliveries/balance")
        if not any(row["pending"] or row["sent"] for row in rows) or asyncio.get_running_loop().time() > deadline:
            return rows
        await asyncio.sleep(LOOK_AGAIN)


async def _look(story: Story) -> dict[str, Any]:
    story.case = await story.resident.get(f"/{COUNTY}/declaration/cases/{story.case['id']}")
    return story.case


# --- pushes ------------------------------------------------------------------------------------------------------------


def _arrived(story: Story, persons: Sequence[str], project: str, node: str) -> list[Expected]:
    """P01 待办到达: on the live session and as WeChat message, of whichever account reaches the person."""
    title = f"{project} · {story.subject}"
    expected = to_each(persons, "P01", "live", title, node, story.case["number"])
    for person in persons:
        wechat = story.cast[person].wechat
        channel = "oa" if wechat and wechat.follows else "mp"
        expected += to_each([person], "P01", channel, title, node, story.case["number"], kind="todo")  # type: ignore[arg-type]
    return expected


def _progress(story: Story, title: str, words: str, kind: str = "progress") -> list[Expected]:
    """P14 申报进度 to the declarant."""
    return [
        Expected("P14", RESIDENT, "live", (title, story.subject, story.case["number"])),
        Expected("P14", RESIDENT, "oa", (words, story.subject, story.case["number"]), kind),
    ]


def _check(right: bool, words: str) -> None:
    if not right:
        raise Unmet(words)


async def _refused(asking: Awaitable[Any]) -> Refusal:
    try:
        await asking
    except Refusal as refusal:
        return refusal
    raise Unmet("应当被拒绝的操作成功了")


STEPS: Sequence[Step] = (
    Step("王建国打开“遂宁一卡通”，用微信登录", sign_in),
    Step("实名绑定：姓名、身份证号、同意告知书", claim_identity),
    Step("查看安居区可以申报的项目", list_projects),
    Step("阅读高龄津贴的申报须知和流程", read_notice),
    Step("为母亲申报：上传材料和关系证明", upload_materials),
    Step("提交申报，聚贤镇受理窗口立即收到待办", submit),
    Step("周敏认领，何军看到有人在处理", claim_at_window),
    Step("周敏要求补正，王建国收到通知", ask_correction),
    Step("王建国补正，窗口再次收到待办", mend),
    Step("周敏受理，王建国和乡镇审核人员收到通知", accept),
    Step("唐丽乡镇审核通过，县民政局收到待办", review_at_town),
    Step("罗勇县级审批通过，王建国收到结果", approve_at_county),
    Step("王建国查看申报进度：每个环节都在", look_at_progress),
    Step("每条通知都在消息里", read_inbox),
    Step("其他区县、乡镇、业务局的人什么也看不到", strangers_see_nothing),
    Step("大英县没有开通申报：如同不存在", nothing_where_it_is_off),
    Step("地力保护补贴走到没有开启的环节：等待并告警", wait_for_a_plugin),
    Step("申报人撤回等待中的申报", take_back),
    Step("推送收支相符", balance),
)


# --- playing it --------------------------------------------------------------------------------------------------------


async def play(stage: Stage, teller: Teller, steps: Sequence[Step] = STEPS, within: float = WITHIN) -> int:
    """Play the steps; returns how many pushes landed as they should, each ``within`` so many seconds.

    Raises :class:`Unmet` or :class:`Refusal` at the first step that does not go as told.
    """
    async with _opened(stage, teller, within) as story:
        for number, step in enumerate(steps, start=1):
            teller.step(number, step.title)
            await step.play(story)
            await teller.pause()
        return story.pushes


@asynccontextmanager
async def _opened(stage: Stage, teller: Teller, within: float) -> AsyncIterator[Story]:
    """Everybody's phone is signed in and watched: who gets nothing is as much part of the story as who gets something."""
    cast = {person.key: person for person in (*people.residents(), *people.staff())}
    mother = fresh_mother(stage.clock)
    story: Story

    def settled(expected: Expected, landed: Landed) -> None:
        story.pushes += 1
        teller.push(expected, cast[landed.person].masked)

    secret = (mother["name"], mother["id_number"], cast[RESIDENT].name, cast[RESIDENT].id_number)
    watch = Watch(settled, secret, within)
    async with AsyncExitStack() as exits:
        await exits.enter_async_context(watch.wechat(stage.remote, CHANNELS, kinds_by_template()))
        phones = {}
        for person in people.staff():
            phones[person.key] = phone = Phone(stage.http, stage.url, person.app)
            await phone.sign_in_by_account(person.key, stage.password)
            await exits.enter_async_context(phone.live(watch.live(person.key)))
        resident = Phone(stage.http, stage.url, "ykt")
        story = Story(stage, teller, watch, phones, resident, cast, mother, exits)
        yield story


def fresh_mother(clock: Clock) -> dict[str, str]:
    """The beneficiary: each story has another identity number, so that it can be told again on the same database."""
    now = today(clock)
    born = date(now.year - 82, 1, 1) - timedelta(days=secrets.randbelow(5 * 365))
    # The third digit of the sequence is even for women.
    number = f"{COUNTY}{born:%Y%m%d}{secrets.randbelow(100):02d}{secrets.choice('02468')}"
    number += ric.calc_check_digit(f"{number}0")
    idnumbers.parse(number, now)
    return {"name": MOTHER, "id_number": number, "phone": "19900000001", "region": VILLAGE, "category": "aged_80"}
