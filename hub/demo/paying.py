"""The second part of the story: survey, publicity, a complaint, approval, batch and bank; a month of time is put forward."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from hub.demo import pictures
from hub.demo.client import Phone
from hub.demo.stage import accept_messages
from hub.demo.telling import (
    COUNTY,
    FARMLAND,
    LOOK_AGAIN,
    OPERATOR,
    OTHER_WINDOW,
    RESIDENT,
    RESIDENT_APPID,
    SHORT,
    VILLAGE,
    WINDOW,
    Story,
    StoryStep,
    arrived,
    check,
    claim,
    decide,
    form_of,
    lands,
    look,
    papers_for,
    progress,
    told_this_hour,
)
from hub.demo.watch import Expected
from hub.words import masking
from hub.words.ids import new_id

NEIGHBOUR = "he_shuzhen"
VILLAGER, TOWN_CLERK, BUREAU, LISTENER, FINANCE = "yangfan", "dengqiang", "liaoxia", "tianye", "xiangyang"
LAND = SHORT[FARMLAND]
AREA, AMOUNT = "3.5", "350.00"
NEW_CARD = "6229990000000000019"
A_MOMENT = timedelta(minutes=1)


# --- declared ----------------------------------------------------------------------------------------------------------


async def wait_for_a_plugin(story: Story) -> None:
    """A chain whose next node's plugin is off: no node is passed over, the operators hear of it."""
    await _turn_survey(story, on=False)
    told = await told_this_hour(story)
    story.person = story.uncle
    await _declare(story)
    await claim(story, OTHER_WINDOW, others=[WINDOW])
    await decide(story, OTHER_WINDOW, "pass", "材料齐全，予以受理。")
    alert = [] if told else lands(story, [OPERATOR], "P17", "alert", "入户调查", "安居区")
    await story.watch.expect(*progress(story, "申报已受理", "已受理"), *alert)
    case = await look(story)
    check((case["state"], case["node"]) == ("holding", "survey"), f"没有在入户调查等待：{case['state']} {case['node']}")
    story.teller.say("在“入户调查”等待，不会跳过" + ("；本小时内已告警过一次，不再重复" if told else ""))


async def go_on(story: Story) -> None:
    await _turn_survey(story, on=True)
    await story.stage.travel(2 * A_MOMENT)
    await story.watch.expect(*arrived(story, [VILLAGER], LAND, "入户调查"))
    story.kept["uncle"] = await look(story)
    story.teller.say("功能一开启，等待中的申报自己继续")


async def declare_for_the_mother(story: Story) -> None:
    story.person = story.mother
    await _declare(story)
    await claim(story, WINDOW, others=[OTHER_WINDOW])
    await decide(story, WINDOW, "pass", "材料齐全，予以受理。")
    await story.watch.expect(*progress(story, "申报已受理", "已受理"), *arrived(story, [VILLAGER], LAND, "入户调查"))
    story.kept["mother"] = await look(story)


async def _turn_survey(story: Story, *, on: bool) -> None:
    why = "恢复入户调查" if on else "演示：暂停入户调查"
    await story.phones[OPERATOR].put(f"/{COUNTY}/ops/plugins/survey", {"on": on, "why": why})


async def _declare(story: Story) -> None:
    papers = await papers_for(story.resident, FARMLAND, "farmer")
    form = form_of(story, FARMLAND, answers={"area_mu": AREA}) | {"materials": papers}
    form["beneficiary"] = {**story.person, "category": "farmer"}
    story.case = await story.resident.post(f"/{COUNTY}/declaration/cases", form)
    await story.watch.expect(*arrived(story, [WINDOW, OTHER_WINDOW], LAND, "受理"))


# --- surveyed ----------------------------------------------------------------------------------------------------------


async def survey_both(story: Story) -> None:
    """Drafts are made on the way, without network; the phone sends one of them twice."""
    for who in ("uncle", "mother"):
        _turn_to(story, who)
        await _survey(story, story.case["number"], twice=who == "mother")
        await story.watch.expect(*arrived(story, [VILLAGER], LAND, "村级初审"))
        story.teller.say(f"{story.subject}：属实，继续享受")


async def _survey(story: Story, number: str, *, twice: bool = False) -> None:
    phone, now = story.phones[VILLAGER], story.stage.clock.now()
    todo = (await phone.get(f"/{VILLAGE}/survey/todo", limit=100))["items"]
    survey = next((each for each in todo if each["number"] == number), None)
    check(survey is not None, f"待调查里没有 {number}")
    form = {
        "result": "true",
        "handling": "continue",
        "visited_at": now.isoformat(),
        "spot": "木莲寺村3组",
        "findings": "承包地均在耕种。",
        "investigators": ["杨帆", "蒋波"],
        "photos": [await phone.upload(pictures.paper("field"))],
        "signatures": [await phone.upload(pictures.paper("signature"))],
    }
    draft = new_id(story.stage.clock)
    path = f"/{VILLAGE}/survey/surveys/{survey['id']}" if survey else ""
    for _ in range(2 if twice else 1):
        await phone.put(f"{path}/drafts/{draft}", {"revision": 1, "saved_at": now.isoformat(), "form": form})
    await phone.post(f"{path}/submit", {"draft": draft, "revision": 1})


# --- published ---------------------------------------------------------------------------------------------------------


async def review_in_the_village(story: Story) -> None:
    """合并: both at once. The first of them opens the publicity that they wait for."""
    await _pass_both(story, VILLAGER, "review_village", "情况属实，同意公示。")
    await story.watch.expect(*lands(story, [VILLAGER], "P01", "todo", LAND, "发起公示"))


async def publish_in_the_village(story: Story) -> None:
    await _start(story, VILLAGER)
    rows = (await story.resident.get(f"{_notice(story)}/rows"))["items"]
    check(sorted(row["name"] for row in rows) == ["李*兰", "王*福"], f"公示名单不对：{rows}")
    story.teller.say("公示名单：" + "、".join(f"{row['name']} {row['quantity']}" for row in rows))


async def complain(story: Story) -> None:
    """A neighbour, by a phone of her own; 保密."""
    neighbour = story.cast[NEIGHBOUR]
    phone = story.kept["neighbour"] = Phone(story.stage.http, story.stage.url, "ykt")
    await phone.sign_in_by_wechat(await story.stage.remote.code(RESIDENT_APPID, NEIGHBOUR))
    await accept_messages(story.stage.remote, neighbour)
    await story.stage.remote.settled()
    await story.exits.enter_async_context(phone.live(story.watch.live(NEIGHBOUR)))
    await phone.claim(neighbour)
    form = await phone.get(f"/{COUNTY}/complaints/form")
    rows = (await phone.get(f"{_notice(story)}/rows"))["items"]
    body = {
        "notice": form["notice"]["version"],
        "type": form["types"][0]["code"],
        "text": "面积可能多报了，请核实。",
        "kind": "publicity",
        "row": next(row["id"] for row in rows if row["name"] == "李*兰"),
        "confidential": True,
        "publish": True,
    }
    complaint = (await phone.post(f"/{COUNTY}/complaints", body))["complaint"]
    story.kept["complaint"] = complaint
    await story.watch.expect(*lands(story, [LISTENER], "P05", "todo", LAND, complaint["number"]))
    story.teller.say(f"{story.who(NEIGHBOUR)}（保密）：{complaint['number']}")


async def investigate(story: Story) -> None:
    """受理, and a survey that does not say who complained."""
    await _handle(story, "accept")
    await story.watch.expect(*_to_the_neighbour(story, "投诉已受理"))
    await _handle(story, "survey", reason="核实承包面积")
    number = story.kept["complaint"]["number"]
    await story.watch.expect(*lands(story, [VILLAGER], "P01", "todo", LAND, "入户调查", number))
    await _survey(story, number)
    seen = await story.phones[LISTENER].get(f"/{COUNTY}/complaints/{story.kept['complaint']['id']}")
    check(story.cast[NEIGHBOUR].name not in str(seen), "保密的投诉露出了投诉人")


async def confirm_the_others(story: Story) -> None:
    """An objection holds its own row, never the village."""
    await _pass_time(story, VILLAGER, remind_before=True)
    await _confirm(story, VILLAGER)
    _turn_to(story, "uncle")
    await story.watch.expect(
        *lands(story, [RESIDENT], "P04", "result", LAND), *arrived(story, [TOWN_CLERK], LAND, "乡镇审核")
    )
    _turn_to(story, "mother")
    check((await look(story))["node"] == "publicity_village", "有异议的一行被确认了")
    story.teller.say("王*福进入乡镇审核；李*兰有异议，单独等待")


async def reply(story: Story) -> None:
    now = story.stage.clock.now().isoformat()
    words = {"processed_at": now, "opinion": "经核实面积无误。", "situation": "已入户核对承包经营权证。"}
    await _handle(story, "reply", **words, upheld="no", public_summary="经核实，申报面积无误。")
    await story.watch.expect(*_to_the_neighbour(story, "投诉已回复", "result"))
    phone, id = story.kept["neighbour"], story.kept["complaint"]["id"]
    mine = await phone.get(f"/{COUNTY}/complaints/mine/{id}")
    answer = {"version": mine["complaint"]["version"], "satisfied": True}
    await phone.post(f"/{COUNTY}/complaints/mine/{id}/answer", answer)
    _turn_to(story, "mother")
    await story.watch.expect(
        *_to_the_neighbour(story, "投诉已办结", "result"), *arrived(story, [TOWN_CLERK], LAND, "乡镇审核")
    )
    story.teller.say("投诉人满意；李*兰的一行随后确认")


async def _handle(story: Story, what: str, **more: Any) -> None:
    phone, id = story.phones[LISTENER], story.kept["complaint"]["id"]
    seen = await phone.get(f"/{COUNTY}/complaints/{id}")
    await phone.post(f"/{COUNTY}/complaints/{id}/{what}", {"version": seen["complaint"]["version"], **more})


def _to_the_neighbour(story: Story, title: str, kind: str = "progress") -> list[Expected]:
    """P06, to her alone."""
    number = story.kept["complaint"]["number"]
    return [
        Expected("P06", NEIGHBOUR, "live", (title, number)),
        Expected("P06", NEIGHBOUR, "oa", (LAND, number), kind),
    ]


# --- approved ----------------------------------------------------------------------------------------------------------


async def review_at_town(story: Story) -> None:
    await _pass_both(story, TOWN_CLERK, "review_town", "同意上报。")
    await story.watch.expect(*lands(story, [TOWN_CLERK], "P01", "todo", LAND, "发起公示"))
    await _start(story, TOWN_CLERK)
    await _pass_time(story, TOWN_CLERK)
    await _confirm(story, TOWN_CLERK)
    await story.watch.expect(*lands(story, [RESIDENT], "P04", "result", LAND), *_both(story, BUREAU, "县级审批"))


async def approve(story: Story) -> None:
    await _pass_both(story, BUREAU, "approve_county", "符合条件。")
    approved = []
    for who in ("uncle", "mother"):
        _turn_to(story, who)
        approved += progress(story, "申报已批准", "已通过县级审批", kind="result")
    await story.watch.expect(*approved, *lands(story, [BUREAU], "P01", "todo", LAND, "发起公示"))
    await _start(story, BUREAU)
    await _pass_time(story, BUREAU)
    await _confirm(story, BUREAU)
    await story.watch.expect(*lands(story, [RESIDENT], "P04", "result", LAND), *_both(story, BUREAU, "拨付"))


# --- paid --------------------------------------------------------------------------------------------------------------


async def make_a_batch(story: Story) -> None:
    phone = story.phones[BUREAU]
    await _end_earlier_stories(story, phone)
    for who in ("uncle", "mother"):
        number = story.kept[who]["number"]
        found = await phone.post(f"/{COUNTY}/payments/benefits/search", {"id_number": getattr(story, who)["id_number"]})
        benefit = next(each for each in found["items"] if each["number"] == number)
        body = {"version": benefit["version"], "amount": AMOUNT, "reason": "3.5亩×100元"}
        await phone.post(f"/{COUNTY}/payments/benefits/{benefit['id']}/amount", body)
    story.kept["period"] = period = _period(story)
    batch = await phone.post(
        f"/{COUNTY}/payments/batches", {"project": FARMLAND, "period": period, "title": f"{period}地力保护补贴"}
    )
    story.kept["batch"] = batch
    batch = await _until(story, lambda batch: batch["collected"])
    check(batch["rows"] == 2, f"名册上不是两人：{batch['rows']}")
    await phone.post(f"/{COUNTY}/payments/batches/{batch['id']}/apply", {"version": batch["version"]})
    await story.watch.expect(*_step_of_batch(story, BUREAU, "发放申请审核"))
    await _decide_batch(story, BUREAU, "同意，发起公示。")
    await story.watch.expect(*lands(story, [RESIDENT], "P04", "progress", LAND))
    story.teller.say(f"名册 {batch['rows']} 人，共 {batch['total']} 元，发放公示自动开始")


async def _end_earlier_stories(story: Story, phone: Phone) -> None:
    """Whom an earlier story has paid is not on this one's 名册; their declarant hears of each."""
    ours = {story.kept[who]["number"] for who in ("uncle", "mother")}
    found = await phone.get(f"/{COUNTY}/payments/benefits", project=FARMLAND, state="active", limit=100)
    earlier = [benefit for benefit in found["items"] if benefit["number"] not in ours]
    for benefit in earlier:
        body = {"version": benefit["version"], "reason": "演示重新开始"}
        await phone.post(f"/{COUNTY}/payments/benefits/{benefit['id']}/end", body)
    ended = [each for _ in earlier for each in lands(story, [RESIDENT], "P14", "result", LAND, "终止")]
    await story.watch.expect(*ended)


async def confirm_the_batch(story: Story) -> None:
    await _find_publicity(story, BUREAU, "running", "payment")
    await _pass_time(story, BUREAU)
    await _confirm(story, BUREAU)
    await story.watch.expect(*lands(story, [RESIDENT], "P04", "result", LAND), *_step_of_batch(story, FINANCE, "拨付"))


async def pay(story: Story) -> None:
    """One is paid, the other's card is refused."""
    await _decide_batch(story, FINANCE, "同意拨付。")
    await story.watch.expect(*_step_of_batch(story, FINANCE, "发放"))
    await _decide_batch(story, FINANCE, "提交银行。")
    await _until(story, lambda batch: not batch["sending"] and batch["state"] == "paying")
    # With the money on its way, nobody need put these two on a batch any more.
    await story.watch.expect(*(Expected("P01", BUREAU, "withdrawn", (LAND, "拨付")) for _ in range(2)))
    await _bank(story, 1, {"uncle": "成功,", "mother": "失败,账号状态异常"})
    await story.watch.expect(
        *_money(story, "uncle", "补贴已发放"),
        *_money(story, "mother", "发放失败"),
        *_step_of_batch(story, BUREAU, "发放失败更正"),
    )


async def correct_and_pay_again(story: Story) -> None:
    row = next(row for row in await _rows(story) if row["state"] == "failed")
    body = {"version": row["version"], "card": NEW_CARD, "reason": "原卡已换"}
    await story.phones[BUREAU].post(f"/{COUNTY}/payments/rows/{row['id']}/correct", body)
    await _decide_batch(story, BUREAU, "已更正。")
    await story.watch.expect(*_step_of_batch(story, FINANCE, "发放"))
    await _decide_batch(story, FINANCE, "重新发放。")
    await _until(story, lambda batch: not batch["sending"])
    await _bank(story, 2, {"mother": "成功,"})
    await story.watch.expect(*_money(story, "mother", "补贴已发放"))
    batch = await _until(story, lambda batch: batch["state"] == "done")
    story.teller.say(f"批次 {batch['number']}：{batch['state_label']}")


async def read_the_whole_life(story: Story) -> None:
    """C9: proved at the window once, the agent reads every node with its time and 经办人员."""
    me = await story.resident.get("/me")
    if me["assurance"] != "proved":
        own = story.cast[RESIDENT]
        proof = {"person": me["person"], "name": own.name, "id_number": own.id_number}
        await story.phones[WINDOW].post("/510904114/proofs", proof)
        await story.watch.expect(*lands(story, [RESIDENT], "P11", "result", "核验"))
    mine = (await story.resident.get(f"/{COUNTY}/payments/mine", limit=100))["items"]
    paid = [row for row in mine if row["number"].startswith(story.kept["batch"]["number"])]
    check([row["state"] for row in paid] == ["paid", "paid"], f"查询到的发放不对：{[row['state'] for row in paid]}")
    life = await story.resident.get(f"/{COUNTY}/payments/mine/{paid[0]['id']}")
    seen = [step["label"] for step in life["steps"]]
    check(bool(seen) and any(step["handler"] for step in life["steps"]), "看不到各环节的经办人员")
    story.teller.say(" → ".join(seen))


# --- small acts --------------------------------------------------------------------------------------------------------


def _turn_to(story: Story, who: str) -> None:
    """The story goes on about this one."""
    story.person, story.case = getattr(story, who), story.kept[who]


def _both(story: Story, person: str, node: str) -> list[Expected]:
    """P01 for both cases."""
    expected = []
    for who in ("uncle", "mother"):
        _turn_to(story, who)
        expected += arrived(story, [person], LAND, node)
    return expected


async def _pass_both(story: Story, person: str, node: str, opinion: str) -> None:
    """合并 of the two cases at one node."""
    phone, numbers = story.phones[person], {story.kept[who]["number"] for who in ("uncle", "mother")}
    todo = (await phone.get(f"/{COUNTY}/worklist/tasks", limit=100, node=node))["items"]
    ids = [task["id"] for task in todo if task["number"] in numbers]
    done = await phone.post(f"/{COUNTY}/worklist/tasks/together", {"ids": ids, "opinion": opinion})
    check(done["passed"] == 2, f"合并办理没有都通过：{done['results']}")
    story.teller.say(f"{story.who(person)}合并办理 2 件：{opinion}")


def _notice(story: Story) -> str:
    return f"/{COUNTY}/publicity/notices/{story.kept['publicity']['id']}"


async def _find_publicity(story: Story, person: str, state: str, kind: str = "case") -> dict[str, Any]:
    found = await story.phones[person].get(f"/{COUNTY}/publicity/board", state=state, kind=kind, project=FARMLAND)
    check(bool(found["items"]), f"公示栏里没有{state}的公示")
    line: dict[str, Any] = found["items"][0]
    story.kept["publicity"] = line["notice"]
    return line


async def _start(story: Story, person: str) -> None:
    """With both cases on it: the second joins what the first has opened."""
    async with asyncio.timeout(story.watch.within):
        while (line := await _find_publicity(story, person, "preparing"))["rows"] < 2:  # noqa: ASYNC110 - nothing tells us
            await asyncio.sleep(LOOK_AGAIN)
    path = f"/{COUNTY}/publicity/board/{line['notice']['id']}"
    await story.phones[person].post(f"{path}/start", {"version": line["version"]})
    await story.watch.expect(*lands(story, [RESIDENT], "P04", "progress", LAND))
    story.teller.say(f"{line['notice']['title']}：开始公示")


async def _pass_time(story: Story, person: str, *, remind_before: bool = False) -> None:
    """To the end of the publicity; P03 comes the day before and at the end."""
    notice = (await story.resident.get(_notice(story)))["notice"]
    ends = datetime.fromisoformat(notice["ends_at"])
    if remind_before:
        await _travel_to(story, ends - timedelta(days=1) + A_MOMENT)
        await story.watch.expect(*lands(story, [person], "P03", "reminder", "公示即将到期"))
    await _travel_to(story, ends + A_MOMENT)
    await story.watch.expect(*lands(story, [person], "P03", "reminder", "公示已到期"))
    story.teller.say(f"{notice['days']} 天后公示到期")


async def _travel_to(story: Story, moment: datetime) -> None:
    await story.stage.travel(max(timedelta(0), moment - story.stage.clock.now()))


async def _confirm(story: Story, person: str) -> None:
    path = f"/{COUNTY}/publicity/board/{story.kept['publicity']['id']}"
    seen = await story.phones[person].get(path)
    await story.phones[person].post(f"{path}/confirm", {"version": seen["board"]["version"], "opinion": "公示期满"})


def _period(story: Story) -> str:
    """What one is paid for once: here the month, since the same people are in no other batch."""
    return f"{story.stage.clock.now():%Y-%m}"


async def _until(story: Story, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The batch, once its work in parts has come so far."""
    path = f"/{COUNTY}/payments/batches/{story.kept['batch']['id']}"
    async with asyncio.timeout(story.watch.within):
        while True:
            batch: dict[str, Any] = (await story.phones[BUREAU].get(path))["batch"]
            if holds(batch):
                return batch
            await asyncio.sleep(LOOK_AGAIN)


async def _rows(story: Story) -> list[dict[str, Any]]:
    found = await story.phones[FINANCE].get(f"/{COUNTY}/payments/batches/{story.kept['batch']['id']}/rows")
    rows: list[dict[str, Any]] = found["items"]
    return rows


async def _bank(story: Story, run: int, answers: Mapping[str, str]) -> None:
    """The bank's table: a slip (流水号) per row that it was given in this run, and what became of it."""
    names = {masking.name(getattr(story, who)["name"]): answer for who, answer in answers.items()}
    sent = [row for row in await _rows(story) if row["state"] == "sent"]
    lines = [f"{row['number']}-{run},{names[row['person']['name']]}" for row in sent]
    table = "\n".join(["流水号,发放结果,失败原因", *lines]).encode()
    path = f"/{COUNTY}/payments/batches/{story.kept['batch']['id']}/results"
    await story.phones[FINANCE].send(path, table, "results.csv", "text/csv")


def _money(story: Story, who: str, title: str) -> list[Expected]:
    """P14 to the declarant: of whom, never how much."""
    return lands(story, [RESIDENT], "P14", "result", masking.name(getattr(story, who)["name"]), title)


def _step_of_batch(story: Story, person: str, label: str) -> list[Expected]:
    return lands(story, [person], "P01", "todo", label, story.kept["batch"]["number"])


async def _decide_batch(story: Story, person: str, opinion: str) -> None:
    story.case = story.kept["batch"]
    await claim(story, person)
    await decide(story, person, "pass", opinion)


STEPS: Sequence[StoryStep] = (
    StoryStep("入户调查暂停：地力保护补贴走到这里等待并告警", wait_for_a_plugin),
    StoryStep("恢复入户调查，等待中的申报自己继续", go_on),
    StoryStep("王建国再为母亲申报地力保护补贴", declare_for_the_mother),
    StoryStep("杨帆入户调查两户，离线草稿补传两次也只有一份", survey_both),
    StoryStep("村级初审：合并办理两件，等待发起公示", review_in_the_village),
    StoryStep("木莲寺村公示 7 天，任何人都能查看", publish_in_the_village),
    StoryStep("何淑珍对其中一人提出异议（保密）", complain),
    StoryStep("田野受理投诉，请村里再次入户核实", investigate),
    StoryStep("公示期满：杨帆确认无异议的一行", confirm_the_others),
    StoryStep("田野回复，何淑珍满意，有异议的一行随后确认", reply),
    StoryStep("乡镇审核、乡镇公示 5 天、最终确认", review_at_town),
    StoryStep("县级审批、县级公示 7 天、最终确认", approve),
    StoryStep("农业农村局编制名册、审核，开始发放公示", make_a_batch),
    StoryStep("发放公示期满，最终确认，财政局收到拨付", confirm_the_batch),
    StoryStep("拨付并提交银行：一人成功，一人失败", pay),
    StoryStep("更正社保卡，重新发放成功", correct_and_pay_again),
    StoryStep("王建国查询发放的全过程", read_the_whole_life),
)
