"""What the demo's stories are made of: the phones, who watches them, and the small acts that every part needs.

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

from hub.demo import people, pictures
from hub.demo.accounts import CHANNELS, MINI_PROGRAMS, kinds_by_template
from hub.demo.client import Phone, Refusal
from hub.demo.people import Invented
from hub.demo.stage import Stage
from hub.demo.watch import Channel, Expected, Landed, Unmet, Watch, to_each
from hub.words import idnumbers, masking
from hub.words.clock import SHANGHAI, Clock, shanghai, today

COUNTY, OTHER_COUNTY, CLOSED_COUNTY = "510904", "510981", "510923"
VILLAGE = "510904114206"  # 木莲寺村 of 聚贤镇
ELDERLY, FARMLAND = "30005", "10001"  # 高龄津贴 (chain plain here), 耕地地力保护补贴 (chain full)
SHORT = {ELDERLY: "高龄津贴", FARMLAND: "地力保护"}

RESIDENT = "wang_jianguo"
RESIDENT_APPID = MINI_PROGRAMS["ykt"]
MOTHER, UNCLE = "李桂兰", "王德福"
WINDOW, OTHER_WINDOW = "zhoumin", "hejun"
OPERATOR, CITY_OPERATOR = "anju_ops", "sysadmin"
MOST_TASKS = 100
# A story lasts a month of its own time.
MOST_HOURS = 24 * 31
LOOK_AGAIN = 0.1


class Teller(Protocol):
    """Who hears the story: the terminal, the demo page, a test."""

    def step(self, number: int, title: str) -> None: ...

    def say(self, text: str) -> None: ...

    def push(self, expected: Expected, person: str) -> None: ...

    async def pause(self) -> None: ...


@dataclass
class Story:
    """What has happened so far, and the phones it happened on. ``person`` is whom ``case`` is for, ``kept`` what later steps need."""

    stage: Stage
    teller: Teller
    watch: Watch
    phones: dict[str, Phone]
    resident: Phone
    cast: Mapping[str, Invented]
    mother: dict[str, str]
    uncle: dict[str, str]
    person: dict[str, str]
    exits: AsyncExitStack
    materials: dict[str, list[str]] = field(default_factory=dict)
    case: dict[str, Any] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)
    pushes: int = 0

    def who(self, person: str) -> str:
        return self.cast[person].masked

    @property
    def subject(self) -> str:
        """How a push names the beneficiary of whom the story tells now."""
        return masking.name(self.person["name"])


@dataclass(frozen=True, slots=True)
class StoryStep:
    title: str
    play: Callable[[Story], Awaitable[None]]


# --- small acts ----------------------------------------------------------------------------------------------------------


def form_of(story: Story, project: str, **more: Any) -> dict[str, Any]:
    return {
        "project": project,
        "declared_for": "other",
        "beneficiary": story.person,
        "materials": story.materials,
        **more,
    }


async def claim(story: Story, person: str, others: Sequence[str] = ()) -> None:
    task = await task_of(story, person)
    await story.phones[person].post(task_path(task, "claim"))
    await story.watch.expect(*to_each(others, "P01", "withdrawn", SHORT[story.case["project"]]))


async def decide(story: Story, person: str, move: str, opinion: str) -> None:
    task = await task_of(story, person)
    body = {"move": move, "version": task["version"], "opinion": opinion}
    await story.phones[person].post(task_path(task, "decide"), body)
    story.teller.say(f"{story.who(person)}：{opinion}")


async def task_of(story: Story, person: str) -> dict[str, Any]:
    """This case in the person's 我的待办."""
    found = await todo_of(story, person)
    if story.case["number"] not in found:
        raise Unmet(f"{story.who(person)} 的待办里没有 {story.case['number']}")
    return found[story.case["number"]]


async def todo_of(story: Story, person: str, county: str = COUNTY) -> dict[str, dict[str, Any]]:
    tasks: dict[str, dict[str, Any]] = {}
    cursor: dict[str, str] = {}
    while True:
        page = await story.phones[person].get(f"/{county}/worklist/tasks", limit=MOST_TASKS, **cursor)
        tasks |= {task["number"]: task for task in page["items"]}
        if page["next"] is None:
            return tasks
        cursor = {"cursor": page["next"]}


def task_path(task: Mapping[str, Any], what: str) -> str:
    return f"/{COUNTY}/worklist/tasks/{task['id']}/{what}"


async def papers_for(phone: Phone, project: str, category: str) -> dict[str, list[str]]:
    """What a declaration for somebody else asks for, uploaded."""
    path = f"/{COUNTY}/declaration/projects/{project}/form"
    form = await phone.get(path, category=category, declared_for="other")
    asked = [material["key"] for material in form["materials"] if material["required"]]
    return {key: [await phone.upload(pictures.paper(key))] for key in asked}


async def look(story: Story) -> dict[str, Any]:
    story.case = await story.resident.get(f"/{COUNTY}/declaration/cases/{story.case['id']}")
    return story.case


async def balanced(story: Story) -> list[dict[str, Any]]:
    """The balance of the whole city, once nothing is on its way: WeChat tells a little later what it has delivered."""
    deadline = asyncio.get_running_loop().time() + story.watch.within
    while True:
        await story.stage.remote.settled()
        rows: list[dict[str, Any]] = await story.phones[CITY_OPERATOR].get(
            "/510900/deliveries/balance", hours=MOST_HOURS
        )
        if not any(row["pending"] or row["sent"] for row in rows) or asyncio.get_running_loop().time() > deadline:
            return rows
        await asyncio.sleep(LOOK_AGAIN)


# --- pushes ------------------------------------------------------------------------------------------------------------


def arrived(story: Story, persons: Sequence[str], project: str, node: str) -> list[Expected]:
    """P01 待办到达 of the present case."""
    return lands(story, persons, "P01", "todo", f"{project} · {story.subject}", node, story.case["number"])


def lands(story: Story, persons: Sequence[str], code: str, kind: str, *says: str) -> list[Expected]:
    """A push on the live session and as WeChat message, of whichever account reaches the person."""
    expected = []
    for person in persons:
        wechat = story.cast[person].wechat
        channel: Channel = "oa" if wechat and wechat.follows else "mp"
        expected += to_each([person], code, "live", *says)
        expected += to_each([person], code, channel, *says, kind=kind)
    return expected


def progress(story: Story, title: str, words: str, kind: str = "progress") -> list[Expected]:
    """P14 申报进度 to the declarant."""
    return [
        Expected("P14", RESIDENT, "live", (title, story.subject, story.case["number"])),
        Expected("P14", RESIDENT, "oa", (words, story.subject, story.case["number"]), kind),
    ]


def check(right: bool, words: str) -> None:
    if not right:
        raise Unmet(words)


async def refused(asking: Awaitable[Any]) -> Refusal:
    try:
        await asking
    except Refusal as refusal:
        return refusal
    raise Unmet("应当被拒绝的操作成功了")


async def told_this_hour(story: Story) -> bool:
    """The same cause is told once an hour: a second story finds it in the operators' inbox."""
    page = await story.phones[OPERATOR].get("/inbox", limit=50)
    now = shanghai(story.stage.clock.now()).replace(minute=0, second=0, microsecond=0)
    return any(
        entry["code"] == "P17"
        and "入户调查" in entry["title"]
        and datetime.fromisoformat(entry["at"]).astimezone(SHANGHAI) >= now
        for entry in page["items"]
    )


# --- playing it --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def opened(stage: Stage, teller: Teller, within: float) -> AsyncIterator[Story]:
    """Everybody's phone is signed in and watched: who gets nothing is as much part of the story as who gets something."""
    cast = people.everybody()
    mother = fresh_person(MOTHER, stage.clock, woman=True)
    uncle = fresh_person(UNCLE, stage.clock, woman=False)
    story: Story

    def settled(expected: Expected, landed: Landed) -> None:
        story.pushes += 1
        teller.push(expected, cast[landed.person].masked)

    own = (cast[RESIDENT].name, cast[RESIDENT].id_number)
    secret = (*(each[what] for each in (mother, uncle) for what in ("name", "id_number")), *own)
    watch = Watch(settled, secret, within)
    async with AsyncExitStack() as exits:
        await exits.enter_async_context(watch.wechat(stage.remote, CHANNELS, kinds_by_template(stage.kinds)))
        phones = {}
        for person in people.staff():
            phones[person.key] = phone = Phone(stage.http, stage.url, person.app)
            await phone.sign_in_by_account(person.key, stage.password)
            await exits.enter_async_context(phone.live(watch.live(person.key)))
        resident = Phone(stage.http, stage.url, "ykt")
        story = Story(stage, teller, watch, phones, resident, cast, mother, uncle, mother, exits)
        yield story


def fresh_person(name: str, clock: Clock, *, woman: bool) -> dict[str, str]:
    """A beneficiary: each story has another identity number, so that it can be told again on the same database."""
    now = today(clock)
    born = date(now.year - 82, 1, 1) - timedelta(days=secrets.randbelow(5 * 365))
    # The third digit of the sequence is even for women.
    number = f"{COUNTY}{born:%Y%m%d}{secrets.randbelow(100):02d}{secrets.choice('02468' if woman else '13579')}"
    number += ric.calc_check_digit(f"{number}0")
    idnumbers.parse(number, now)
    return {"name": name, "id_number": number, "phone": "19900000001", "region": VILLAGE, "category": "aged_80"}
