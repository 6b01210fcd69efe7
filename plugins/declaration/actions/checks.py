"""What a project must be like to be published, for every door: the pages, the operations and the catalogue file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any

import msgspec

from hub.api import Context, masking, money
from plugins.declaration.actions.form import MOST_FILES, asked_materials
from plugins.declaration.actions.window import PAPER
from plugins.declaration.documents import APPROVAL, NODE_LABELS, SIGNED
from plugins.declaration.events import KnownRules
from plugins.declaration.groups import GROUPS, About, ChainStep, Group, Handling
from plugins.declaration.projects import Category, Material, Project, Question, Window

CODE = re.compile(r"[0-9A-Za-z_-]{1,20}")
KEY = re.compile(r"[0-9A-Za-z_]{1,40}")
RULE = re.compile(r"[A-Z][0-9]{2}")
# Of a person, not of an office.
MOBILE = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}")
PHONE = re.compile(r"[0-9][0-9 -]{4,19}")
SAMPLE = re.compile(r"[0-9A-Za-z_-]{1,70}\.[a-z]{3,4}")
OLDEST, LONGEST_LIMIT, MOST_LETTERS, MOST_PICTURES = 150, 365, 2000, 20
MOST_LINES, LONGEST_LINE = 30, 200
# Of all texts of one form together: a draft holds 20 000 letters, and the person and the files are among them.
LONGEST_ANSWERS = 15_000
MOST_ASKED = MOST_FILES - PAPER.max_files
TELLS_WHO = "对所有人公开，不能有证件号、卡号或电话。办公电话请填到“政策解答员”。"
# Names that nobody reads, and where a phone belongs.
UNREAD = ("key", "sample", "phone")
EMPTY, BAD_DAY = "请填写。", "应为月-日，如03-01，而且有这一天。"
# Its address is that of the page on which a project is begun.
PAGE = "new"
# Where every declaration begins.
FIRST = "accept"
# As a bound: the day on which it is answered.
TODAY = "today"
# Field and what is wrong with it.
Saying = tuple[str, str]


class Flaw(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a ``field`` of the record ``at`` this place in a group; None and "" for what is wrong with them together."""

    group: str
    text: str
    at: int | None = None
    field: str = ""


def known_nodes(ctx: Context) -> tuple[str, ...]:
    """The nodes that a chain may name: those of the domain, and those in which plugins here handle cases."""
    handled = {name: ctx.node(name) for names in ctx.nodes_on().values() for name in names if name not in NODE_LABELS}
    return *NODE_LABELS, *sorted(name for name, node in handled.items() if node is not None and node.in_chain)


async def known_rules(ctx: Context) -> Collection[str] | None:
    """The rules that a project may name; None where nobody looks for any."""
    return await ctx.ask(KnownRules())


def flaws_of(project: Project, nodes: Collection[str], rules: Collection[str] | None = None) -> list[Flaw]:
    """All that is wrong with a project; ``nodes`` and ``rules`` are those that it may name."""
    found = [flaw for group in GROUPS.values() for flaw in _of_group(group, project, nodes)]
    unknown = unknown_rules(project.rules, rules)
    return [*found, Flaw(group="handling", at=0, field="rules", text=unknown)] if unknown else found


def unknown_rules(named: Collection[str], rules: Collection[str] | None) -> str:
    """What is wrong with the rules that a project names; "" where nothing is."""
    unknown = [code for code in named if RULE.fullmatch(code) and rules is not None and code not in rules]
    return f"没有这些规则：{'、'.join(unknown)}。" if unknown else ""


def _of_group(group: Group, project: Project, nodes: Collection[str]) -> Iterator[Flaw]:
    items = group.items(project)
    if len(items) > group.most:
        yield Flaw(group=group.name, text=f"最多{group.most}项。")
    yield from (Flaw(group=group.name, text=text) for text in TOGETHER.get(group.name, _nothing)(project))
    said = _repeated(group, items)
    for at, item in enumerate(items[: group.most]):
        for field, text in (*_of_texts(group, item), *CHECKS[group.name](item, project, nodes), *said.get(at, ())):
            yield Flaw(group=group.name, at=at, field=field, text=text)


def _of_texts(group: Group, item: Any) -> Iterator[Saying]:
    for field in group.needed:
        if not getattr(item, field):
            yield field, EMPTY
    for field, longest in group.texts.items():
        if len(getattr(item, field) or "") > longest:
            yield field, f"不能超过{longest}个字。"
    for field in (*group.texts, *group.lines):
        said = getattr(item, field) or ""
        if field not in UNREAD and any(map(masking.tells_who, [said] if isinstance(said, str) else said)):
            yield field, TELLS_WHO


def _repeated(group: Group, items: Collection[Any]) -> Mapping[int, tuple[Saying, ...]]:
    """What is told apart by a key or a node stands there once."""
    field = next((each for each in ("key", "node") if each in group.record.__struct_fields__), None)
    if field is None:
        return {}
    number = Counter(getattr(item, field) for item in items)
    return {at: ((field, "已经有了，不能重复。"),) for at, item in enumerate(items) if number[getattr(item, field)] > 1}


# --- together -----------------------------------------------------------------------------------------------------------------


def _nothing(project: Project) -> Iterator[str]:
    yield from ()


def _chain(project: Project) -> Iterator[str]:
    """From 受理 over 县级审批, and nothing before what it needs: no money before the approval."""
    chain, known = project.chain, [node for node in NODE_LABELS if node in project.chain]
    if not chain:
        yield "至少要有一个环节。"
        return
    if chain[0] != FIRST:
        yield f"第一个环节应是{NODE_LABELS[FIRST]}。"
    if APPROVAL not in chain:
        yield f"要有{NODE_LABELS[APPROVAL]}。"
    if [node for node in chain if node in NODE_LABELS] != known:
        yield f"顺序应是：{'、'.join(NODE_LABELS[node] for node in known)}。"


def _questions(project: Project) -> Iterator[str]:
    most = sum(question.max_length for question in project.form.questions if question.type == "text")
    if most > LONGEST_ANSWERS:
        yield f"各题的最多字数加起来是{most}，不能超过{LONGEST_ANSWERS}。"


def _materials(project: Project) -> Iterator[str]:
    """Of whoever has the most to hand in: for somebody else, in any 人员类别, at a window, which asks for the signed paper besides."""
    kinds = [each.key for each in project.form.categories] or [""]
    most = max(sum(each.max_files for each in asked_materials(project.form, kind, "other")) for kind in kinds)
    if most > MOST_ASKED:
        yield f"一次申报最多{MOST_ASKED}张，现在各项材料加起来最多{most}张。"


# --- record by record ---------------------------------------------------------------------------------------------------------


def _about(item: About, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    if not CODE.fullmatch(project.code):
        yield "code", "项目编码应为1至20位数字、英文字母、-或_。"
    if project.code == PAGE:
        yield "code", f"项目编码不能是{PAGE}。"
    if len(item.conditions) > MOST_LINES or any(len(line) > LONGEST_LINE for line in item.conditions):
        yield "conditions", f"最多{MOST_LINES}条，每条不超过{LONGEST_LINE}个字。"


def _handling(item: Handling, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    yield from _ages(item.age_min, item.age_max)
    if project.liveness not in ("none", "yearly"):
        yield "liveness", "应为none或yearly。"
    if len(item.rules) > MOST_LINES or not all(map(RULE.fullmatch, item.rules)):
        yield "rules", f"每行一个编号，如R01，最多{MOST_LINES}个。"


def _step(item: ChainStep, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    if item.node not in nodes:
        yield "node", "没有这个环节。"
    if item.days is not None and not 1 <= item.days <= LONGEST_LIMIT:
        yield "days", f"应为1至{LONGEST_LIMIT}天。"


def _question(item: Question, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    yield from _key(item.key)
    if not 1 <= item.max_length <= MOST_LETTERS:
        yield "max_length", f"应为1至{MOST_LETTERS}。"
    if item.type == "choice" and not item.of:
        yield "of", "单选要写出选项，每行一个。"
    if (
        len(item.of) > MOST_LINES
        or any(not line or len(line) > 40 for line in item.of)
        or len({*item.of}) < len(item.of)
    ):
        yield "of", f"最多{MOST_LINES}个选项，每个不超过40个字，不能重复。"
    yield from _bounds(item)


def _bounds(item: Question) -> Iterator[Saying]:
    """What bounds an answer must be readable as one."""
    read = READ_BOUND.get(item.type, str)
    known: dict[str, Any] = {}
    for field in ("min", "max"):
        bound = getattr(item, field)
        try:
            known[field] = read(str(bound)) if bound is not None else None
        except ValueError:
            yield field, BAD_BOUND.get(item.type, "读不懂。")
    least, most = known.get("min"), known.get("max")
    if item.type != "text" and least is not None and most is not None and least > most:
        yield "max", "不能小于最小值。"
    if item.type == "date" and item.min == TODAY and most is not None:
        yield "max", "最小值是today，过了这一天就没有人能填。请改用today或不填。"


def _material(item: Material, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    yield from _key(item.key)
    if item.key == SIGNED:
        yield "key", "这个标识用于签字的申报表，请换一个。"
    if not 1 <= item.max_files <= MOST_PICTURES:
        yield "max_files", f"应为1至{MOST_PICTURES}张。"
    if item.sample is not None and not SAMPLE.fullmatch(item.sample):
        yield "sample", "应为文件名，如id_card.svg。"
    if {*item.categories} - {each.key for each in project.form.categories}:
        yield "categories", "有的人员类别本项目没有。"


def _category(item: Category, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    yield from _key(item.key)
    yield from _ages(item.age_min, item.age_max)


def _window(item: Window, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    for field in ("opens", "closes"):
        if not is_day_of_year(getattr(item, field)):
            yield field, BAD_DAY


def _adviser(item: Any, project: Project, nodes: Collection[str]) -> Iterator[Saying]:
    if item.phone and not PHONE.fullmatch(item.phone):
        yield "phone", "应为办公电话，如0825-5432110。"
    if MOBILE.fullmatch(re.sub("[ -]", "", item.phone)):
        yield "phone", "对所有人公开，请填办公电话，不要填手机号。"


def _key(key: str) -> Iterator[Saying]:
    if key and not KEY.fullmatch(key):
        yield "key", "只能用英文字母、数字和下划线。"


def _ages(least: int | None, most: int | None) -> Iterator[Saying]:
    for field, age, youngest in (("age_min", least, 0), ("age_max", most, 1)):
        if age is not None and not youngest <= age <= OLDEST:
            yield field, f"应为{youngest}至{OLDEST}。"
    if least is not None and most is not None and least > most:
        yield "age_max", "不能小于最小年龄。"


def is_day_of_year(text: str) -> bool:
    """``MM-DD``, the last of February in leap years among them."""
    try:
        # A leap year.
        return re.fullmatch(r"\d\d-\d\d", text) is not None and bool(date.fromisoformat(f"2024-{text}"))
    except ValueError:
        return False


def read_day(text: str) -> date | None:
    return None if text == TODAY else date.fromisoformat(text)


READ_BOUND: Mapping[str, Callable[[str], Any]] = {
    "integer": lambda text: money.decimal(text, 0),
    "decimal": money.decimal,
    "date": read_day,
}
BAD_BOUND = {
    "integer": "应为整数。",
    "decimal": "应为数字，最多两位小数。",
    "date": "应为日期，如2020-01-01，或today。",
}
TOGETHER: Mapping[str, Callable[[Project], Iterator[str]]] = {
    "chain": _chain,
    "questions": _questions,
    "materials": _materials,
}
CHECKS: Mapping[str, Callable[[Any, Project, Collection[str]], Iterator[Saying]]] = {
    "about": _about,
    "handling": _handling,
    "chain": _step,
    "questions": _question,
    "materials": _material,
    "categories": _category,
    "windows": _window,
    "advisers": _adviser,
}
