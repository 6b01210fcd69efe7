"""What a project consists of, group by group: how each is read from it, put back, and asked for. Pages, operations, checks and the words of
what was changed all follow this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec.structs import replace

from hub.api import Asked, Context, Limit, shared
from plugins.declaration.documents import USUAL_LIMIT
from plugins.declaration.projects import (
    TYPES,
    Adviser,
    Category,
    Eligibility,
    Material,
    Project,
    Question,
    Window,
)
from plugins.declaration.seen import ItemRequest
from plugins.declaration.views import label_of

OBJECTS = {"person": "个人", "household": "家庭", "organisation": "单位"}
CYCLES = {"once": "一次性", "year": "每年", "half": "每半年", "quarter": "每季度", "month": "每月"}
UNITS = {"workday": "工作日", "calendar": "自然日"}


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What 申报须知 says."""

    name: Annotated[str, Asked("项目名称")]
    short: Annotated[str, Asked("简称", "列表和消息里用，不超过8个字")]
    bureau: Annotated[str, Asked("主管部门")]
    object: Annotated[Literal["person", "household", "organisation"], Asked("补贴对象", choices=OBJECTS)] = "person"
    audience: Annotated[str, Asked("服务对象", "哪些人可以申报", long=True)] = ""
    standard: Annotated[str, Asked("补贴标准", long=True)] = ""
    conditions: Annotated[tuple[str, ...], Asked("申报条件", "每行一条", look="lines")] = ()
    process: Annotated[str, Asked("申报流程说明", long=True)] = ""


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """How it is declared, checked and paid."""

    cycle: Annotated[Literal["once", "year", "half", "quarter", "month"] | None, Asked("发放周期", choices=CYCLES)] = (
        None
    )
    card: Annotated[bool, Asked("必须填写卡号")] = False
    agent_only: Annotated[bool, Asked("只能由监护人或代办人申报")] = False
    age_min: Annotated[int | None, Asked("补贴对象最小年龄", "周岁，含本数")] = None
    age_max: Annotated[int | None, Asked("补贴对象最大年龄", "周岁，含本数")] = None
    sensitive: Annotated[bool, Asked("涉及个人隐私", "申报人信息只向办理环节显示")] = False
    liveness: Annotated[
        Literal["none", "yearly"], Asked("生存认证", choices={"none": "不需要", "yearly": "每年一次"})
    ] = "none"
    rules: Annotated[tuple[str, ...], Asked("拦截规则", "每行一个编号，如R01；不填按本地统一规则", look="lines")] = ()


class ChainStep(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the chain, with the time that it has."""

    node: Annotated[str, Asked("环节", look="select")]
    days: Annotated[int | None, Asked("期限天数", f"不填按{USUAL_LIMIT.days}个工作日")] = None
    unit: Annotated[Literal["workday", "calendar"], Asked("按哪种天数算", choices=UNITS)] = "workday"


@dataclass(frozen=True, kw_only=True)
class Group:
    """A part of a project that is changed by itself: one ``record``, or a list of up to ``most`` of them. ``intro`` heads its page.
    ``texts``: the longest that each text of a record may be; ``lines``: its lists of texts; ``needed``: what must say something.
    ``called`` is an item in words, ``says`` more of it."""

    name: str
    title: str
    intro: str
    record: type[msgspec.Struct]
    items: Callable[[Project], tuple[Any, ...]]
    put: Callable[[Project, tuple[Any, ...]], Project]
    most: int = 1
    texts: Mapping[str, int]
    lines: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    called: Callable[[Context, Any], str] = lambda ctx, item: ""
    says: Callable[[Any], tuple[str, ...]] = lambda item: ()

    @property
    def many(self) -> bool:
        return self.most > 1

    @property
    def path(self) -> str:
        """Of its page, below the project's."""
        return f"/lists/{self.name}" if self.many else f"/{self.name}"

    @property
    def request(self) -> type[msgspec.Struct]:
        """What is sent to change one record of it."""
        return REQUESTS[self.name]


def _about(project: Project) -> tuple[About, ...]:
    return (About(**shared(About, project)),)


def _put_about(project: Project, items: tuple[About, ...]) -> Project:
    return replace(project, **msgspec.structs.asdict(items[0]))


def _handling(project: Project) -> tuple[Handling, ...]:
    form = project.form
    return (
        Handling(
            cycle=project.cycle,
            card=form.card,
            agent_only=form.agent_only,
            age_min=form.eligibility.age_min,
            age_max=form.eligibility.age_max,
            sensitive=project.sensitive,
            liveness="yearly" if project.liveness == "yearly" else "none",
            rules=project.rules,
        ),
    )


def _put_handling(project: Project, items: tuple[Handling, ...]) -> Project:
    [one] = items
    eligibility = Eligibility(age_min=one.age_min, age_max=one.age_max)
    return replace(
        project,
        cycle=one.cycle,
        sensitive=one.sensitive,
        liveness=one.liveness,
        rules=one.rules,
        form=replace(project.form, card=one.card, agent_only=one.agent_only, eligibility=eligibility),
    )


def _steps(project: Project) -> tuple[ChainStep, ...]:
    limits = project.limits
    return tuple(
        ChainStep(node=node, days=limits[node].days, unit=limits[node].unit) if node in limits else ChainStep(node=node)
        for node in project.chain
    )


def _put_steps(project: Project, items: tuple[ChainStep, ...]) -> Project:
    limits = {each.node: Limit(each.days, each.unit) for each in items if each.days is not None}
    return replace(project, chain=tuple(each.node for each in items), limits=limits)


def _of_form(name: str) -> Mapping[str, Any]:
    """A list of the project's form."""
    return {
        "items": lambda project: getattr(project.form, name),
        "put": lambda project, items: replace(project, form=replace(project.form, **{name: items})),
    }


def _of_project(name: str) -> Mapping[str, Any]:
    return {
        "items": lambda project: getattr(project, name),
        "put": lambda project, items: replace(project, **{name: items}),
    }


def _ages(item: Category) -> str:
    if item.age_min is None and item.age_max is None:
        return ""
    return f"{item.age_min or 0}周岁以上" if item.age_max is None else f"{item.age_min or 0}至{item.age_max}周岁"


def _days(step: ChainStep) -> str:
    limit = Limit(step.days, step.unit) if step.days is not None else USUAL_LIMIT
    return f"{limit.days}{'个工作日' if limit.unit == 'workday' else '天'}内"


GROUPS: Mapping[str, Group] = {
    group.name: group
    for group in (
        Group(
            name="about",
            title="项目说明",
            intro="居民在申报须知里看到的内容。写短句，让老人也能看懂。",
            record=About,
            items=_about,
            put=_put_about,
            texts={"name": 40, "short": 8, "bureau": 30, "audience": 500, "standard": 500, "process": 1000},
            lines=("conditions",),
            needed=("name", "short", "bureau"),
        ),
        Group(
            name="handling",
            title="办理设置",
            intro="发放周期、隐私、生存认证和拦截规则。不清楚的问主管部门，不要自己改。",
            record=Handling,
            items=_handling,
            put=_put_handling,
            texts={},
        ),
        Group(
            name="chain",
            title="办理环节",
            intro="从受理到办结的顺序，和每个环节的期限。已提交的申报仍按原来的环节办。",
            record=ChainStep,
            items=_steps,
            put=_put_steps,
            most=20,
            texts={},
            called=lambda ctx, step: label_of(ctx, step.node),
            says=lambda step: (_days(step),),
        ),
        Group(
            name="questions",
            title="申报内容",
            intro="除姓名、身份证号等以外，居民还要回答的问题。能不问的不问。",
            record=Question,
            **_of_form("questions"),
            most=40,
            texts={"key": 40, "label": 40, "hint": 200},
            lines=("of",),
            needed=("key", "label"),
            called=lambda ctx, question: question.label,
            says=lambda question: (TYPES[question.type], "必答" if question.required else "可不填"),
        ),
        Group(
            name="materials",
            title="申报材料",
            intro="居民要拍照上传的材料。写清拍哪几页，怎样算清楚。",
            record=Material,
            **_of_form("materials"),
            most=40,
            texts={"key": 40, "label": 40, "hint": 200, "sample": 80},
            needed=("key", "label"),
            called=lambda ctx, material: material.label,
            says=lambda material: ("必交" if material.required else "可不交", f"最多{material.max_files}张"),
        ),
        Group(
            name="categories",
            title="人员类别",
            intro="居民申报时选一类，不同类别可以交不同的材料，也可以有年龄要求。",
            record=Category,
            **_of_form("categories"),
            most=40,
            texts={"key": 40, "label": 40},
            needed=("key", "label"),
            called=lambda ctx, category: category.label,
            says=lambda category: (_ages(category),),
        ),
        Group(
            name="windows",
            title="申报时间",
            intro="每年什么时候可以申报。一个也没有，就是全年可以申报。",
            record=Window,
            **_of_project("windows"),
            most=12,
            texts={"where": 80},
            called=lambda ctx, window: f"{window.opens}至{window.closes}",
            says=lambda window: ("到窗口办理" if window.offline else "网上申报", window.where or ""),
        ),
        Group(
            name="advisers",
            title="政策解答员",
            intro="居民有疑问时打电话找谁。姓名和办公电话对所有人公开，不要写私人手机号。",
            record=Adviser,
            **_of_project("advisers"),
            most=10,
            texts={"name": 20, "phone": 20},
            needed=("name", "phone"),
            called=lambda ctx, adviser: adviser.name,
            says=lambda adviser: (adviser.phone,),
        ),
    )
}

# What is sent to change one record of a group: the record as ``item``, and what was seen.
REQUESTS: Mapping[str, type[msgspec.Struct]] = {
    group.name: msgspec.defstruct(
        f"{group.record.__name__}Request",
        [("item", group.record)],
        bases=(ItemRequest,),
        module=__name__,
        frozen=True,
        kw_only=True,
    )
    for group in GROUPS.values()
}
