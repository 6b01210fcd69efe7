"""The first part of the story: a declaration travels from a resident's phone to the handlers' phones and back."""

from __future__ import annotations

from collections.abc import Mapping

from hub.demo import pictures
from hub.demo.stage import accept_messages
from hub.demo.telling import (
    CLOSED_COUNTY,
    COUNTY,
    ELDERLY,
    FARMLAND,
    OTHER_COUNTY,
    OTHER_WINDOW,
    RESIDENT,
    RESIDENT_APPID,
    WINDOW,
    Story,
    StoryStep,
    arrived,
    check,
    claim,
    decide,
    form_of,
    look,
    progress,
    refused,
    task_of,
    task_path,
    todo_of,
)

TOWN, COUNTY_DESK, COUNTY_POST = "tangli", "luoyong", "qinxiaolan"
# A sibling town's window, another bureau of the same town, and two desks of other counties.
STRANGERS: Mapping[str, str] = {
    "shilei": COUNTY,
    "dengqiang": COUNTY,
    "xiejuan": OTHER_COUNTY,
    "yuanxiaoyuan": OTHER_COUNTY,
}


async def sign_in(story: Story) -> None:
    code = await story.stage.remote.code(RESIDENT_APPID, RESIDENT)
    await story.resident.sign_in_by_wechat(code)
    await accept_messages(story.stage.remote, story.cast[RESIDENT])
    await story.exits.enter_async_context(story.resident.live(story.watch.live(RESIDENT)))
    story.teller.say("wx.login 的 code 换得登录，实时会话已连接")


async def claim_identity(story: Story) -> None:
    answer = await story.resident.claim(story.cast[RESIDENT])
    check(answer["assurance"] in ("claimed", "proved"), "实名绑定没有成功")
    story.teller.say(f"{answer['name']} 已实名（声明）")


async def list_projects(story: Story) -> None:
    found = await story.resident.get(f"/{COUNTY}/declaration/projects", open="true", limit=100)
    codes = [project["code"] for project in found["items"]]
    check(ELDERLY in codes and FARMLAND in codes, "列表中没有高龄津贴或地力保护补贴")
    story.teller.say(f"安居区现在可申报 {len(codes)} 个项目")


async def read_notice(story: Story) -> None:
    notice = await story.resident.get(f"/{COUNTY}/declaration/projects/{ELDERLY}")
    flow = [node["label"] for node in notice["flow"]]
    check(flow == ["受理", "乡镇审核", "县级审批"], f"流程不对：{flow}")
    check(bool(notice["conditions"] and notice["materials"] and notice["advisers"]), "申报须知不完整")
    story.teller.say(
        f"条件 {len(notice['conditions'])} 条，材料 {len(notice['materials'])} 种，流程：{' → '.join(flow)}"
    )


async def upload_materials(story: Story) -> None:
    form = await story.resident.get(
        f"/{COUNTY}/declaration/projects/{ELDERLY}/form", category="aged_80", declared_for="other"
    )
    asked = [material for material in form["materials"] if material["required"]]
    check("proof" in [material["key"] for material in asked], "为他人申报时没有要求委托书或关系证明")
    for material in asked:
        file = await story.resident.upload(pictures.paper(material["key"]))
        story.materials[material["key"]] = [file]
    story.teller.say("、".join(material["label"] for material in asked))


async def submit(story: Story) -> None:
    story.case = await story.resident.post(f"/{COUNTY}/declaration/cases", form_of(story, ELDERLY))
    story.teller.say(f"受理编号 {story.case['number']}")
    await story.watch.expect(*arrived(story, [WINDOW, OTHER_WINDOW], "高龄津贴", "受理"))


# --- the handlers ------------------------------------------------------------------------------------------------------


async def claim_at_window(story: Story) -> None:
    await claim(story, WINDOW, others=[OTHER_WINDOW])
    seen = await task_of(story, OTHER_WINDOW)
    check(story.cast[WINDOW].name in seen["state_label"], "另一位窗口人员看不到谁在处理")
    refusal = await refused(story.phones[OTHER_WINDOW].post(task_path(seen, "claim")))
    check(
        refusal.status == 409 and refusal.error.get("state", {}).get("state") == "claimed", "两人认领同一件没有被拒绝"
    )
    story.teller.say(f"{story.who(OTHER_WINDOW)} 看到“{seen['state_label']}”，再认领得到 409")


async def ask_correction(story: Story) -> None:
    await decide(story, WINDOW, "correct", "户口簿本人页不清楚，请重新拍摄。")
    await story.watch.expect(*progress(story, "申报需要补正", "受理：请补正材料"))
    case = await look(story)
    check(case["state"] == "correcting" and "mend" in case["can"], "补正状态不对")
    check(any("重新拍摄" in step["opinion"] for step in case["progress"]), "看不到补正意见")


async def mend(story: Story) -> None:
    file = await story.resident.upload(pictures.paper("household again"))
    body = {"version": story.case["version"], "materials": {"household": [file]}}
    story.case = await story.resident.post(f"/{COUNTY}/declaration/cases/{story.case['id']}/mend", body)
    story.materials["household"] = [file]
    await story.watch.expect(*arrived(story, [WINDOW, OTHER_WINDOW], "高龄津贴", "受理"))


async def accept(story: Story) -> None:
    await claim(story, WINDOW, others=[OTHER_WINDOW])
    await decide(story, WINDOW, "pass", "材料齐全，予以受理。")
    await story.watch.expect(*progress(story, "申报已受理", "已受理"), *arrived(story, [TOWN], "高龄津贴", "乡镇审核"))


async def review_at_town(story: Story) -> None:
    # One of the county's two desks does not follow the official account: its mini program reaches it, once it has accepted.
    await accept_messages(story.stage.remote, story.cast[COUNTY_POST])
    await story.stage.remote.settled()
    await claim(story, TOWN)
    await decide(story, TOWN, "pass", "情况属实，同意上报。")
    await story.watch.expect(*arrived(story, [COUNTY_DESK, COUNTY_POST], "高龄津贴", "县级审批"))


async def approve_at_county(story: Story) -> None:
    await claim(story, COUNTY_DESK, others=[COUNTY_POST])
    await decide(story, COUNTY_DESK, "pass", "符合条件，同意发放。")
    await story.watch.expect(*progress(story, "申报已批准", "已通过县级审批", kind="result"))


# --- what everybody sees afterwards ------------------------------------------------------------------------------------


async def look_at_progress(story: Story) -> None:
    case = await look(story)
    check(case["state_label"] == "已批准", f"状态不对：{case['state_label']}")
    seen = [(step["label"], step["state_label"], step["handler"]) for step in case["progress"]]
    wanted = [
        ("受理", "需补正", story.cast[WINDOW].name),
        ("受理", "已通过", story.cast[WINDOW].name),
        ("乡镇审核", "已通过", story.cast[TOWN].name),
        ("县级审批", "已通过", story.cast[COUNTY_DESK].name),
    ]
    check(seen == wanted, f"申报进度不对：{seen}")
    for step in case["progress"]:
        story.teller.say(
            f"{step['label']} {step['state_label']} · {step['unit']} {step['handler']} · {step['opinion']}"
        )


async def read_inbox(story: Story) -> None:
    page = await story.resident.get("/inbox", limit=20)
    about = [entry["title"] for entry in page["items"] if story.case["number"] in entry["body"]]
    check(about == ["申报已批准：高龄津贴", "申报已受理：高龄津贴", "申报需要补正：高龄津贴"], f"消息不对：{about}")
    story.teller.say(f"三条通知都在：{'；'.join(reversed(about))}")


async def strangers_see_nothing(story: Story) -> None:
    for person, county in STRANGERS.items():
        own = await todo_of(story, person, county)
        check(story.case["number"] not in own, f"{story.who(person)} 的待办里有别处的件")
        for place in {county, COUNTY}:
            refusal = await story.phones[person].refusal_of(f"/{place}/declaration/review/{story.case['id']}")
            check(refusal is not None and refusal.status in (403, 404), f"{story.who(person)} 能看到别处的申报")
    await story.watch.expect()
    names = "、".join(story.who(person) for person in STRANGERS)
    story.teller.say(f"{names}：待办里没有，打开被拒绝，也没有收到任何推送（共盯着 {len(story.phones) + 1} 部手机）")


async def nothing_where_it_is_off(story: Story) -> None:
    off = await story.resident.refusal_of(f"/{CLOSED_COUNTY}/declaration/projects")
    never = await story.resident.refusal_of(f"/{CLOSED_COUNTY}/no-such-thing/projects")
    check(
        off is not None
        and never is not None
        and (off.status, off.code) == (404, "not_found") == (never.status, never.code),
        "关闭的功能露出了痕迹",
    )
    menu = await story.resident.get(f"/{CLOSED_COUNTY}/menu")
    check(not menu["items"], "菜单里有关闭的功能")
    story.teller.say("大英县的申报页面与从未有过的页面回答相同，菜单为空")


STEPS: tuple[StoryStep, ...] = (
    StoryStep("王建国打开“遂宁一卡通”，用微信登录", sign_in),
    StoryStep("实名绑定：姓名、身份证号、同意告知书", claim_identity),
    StoryStep("查看安居区可以申报的项目", list_projects),
    StoryStep("阅读高龄津贴的申报须知和流程", read_notice),
    StoryStep("为母亲申报：上传材料和关系证明", upload_materials),
    StoryStep("提交申报，聚贤镇受理窗口立即收到待办", submit),
    StoryStep("周敏认领，何军看到有人在处理", claim_at_window),
    StoryStep("周敏要求补正，王建国收到通知", ask_correction),
    StoryStep("王建国补正，窗口再次收到待办", mend),
    StoryStep("周敏受理，王建国和乡镇审核人员收到通知", accept),
    StoryStep("唐丽乡镇审核通过，县民政局收到待办", review_at_town),
    StoryStep("罗勇县级审批通过，王建国收到结果", approve_at_county),
    StoryStep("王建国查看申报进度：每个环节都在", look_at_progress),
    StoryStep("每条通知都在消息里", read_inbox),
    StoryStep("其他区县、乡镇、业务局的人什么也看不到", strangers_see_nothing),
    StoryStep("大英县没有开通申报：如同不存在", nothing_where_it_is_off),
)
