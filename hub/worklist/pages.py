"""The pages of 我的待办, of one task with the decision, of 我的已办 and 经办历史."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import (
    App,
    CaseCard,
    Choice,
    Conflict,
    Context,
    Describe,
    Figure,
    Form,
    ListPage,
    ListView,
    News,
    NotFound,
    Page,
    RowView,
    day_in_chinese,
    shanghai,
    taken,
)
from hub.worklist import handlers
from hub.worklist.actions.decisions import ticked
from hub.worklist.documents import UNDONE
from hub.worklist.handlers import (
    DONE,
    HISTORY,
    TODO,
    DoneLine,
    GroupQuery,
    Groups,
    TaskDetail,
    TaskLine,
    TodoQuery,
    TouchLine,
)

STAFF: tuple[App, ...] = ("ydsh", "ydjd")
LIVE = ("worklist.tasks",)
# What a way on is called, and whether it harms.
WORDS: Mapping[str, tuple[str, str]] = {
    "accept": ("受理", ""),
    "pass": ("通过", ""),
    "correct": ("补正", ""),
    "return": ("退回", ""),
    "refuse": ("驳回", "bad"),
}
# What is said most, by what is decided; the handler may say otherwise, or more.
PHRASES = ("情况属实，同意。", "材料齐全，符合条件。", "经核实，同意上报。")
REASONS: Mapping[str, Sequence[str]] = {
    "correct": ("照片不清楚，请重新拍照上传。", "材料不全，请按申报须知补齐。", "填写的内容与证件不一致，请核对更正。"),
    "return": ("材料不全，请补齐后再报。", "情况需要再核实，请核实后再报。"),
    "refuse": ("经核实，不符合本项目的申报条件。", "已享受同类补贴，不能重复享受。"),
}
# These need a reason; the others may go on as they stand.
STRAIGHT = ("accept", "pass")


def task_row(line: TaskLine) -> RowView:
    due = day_in_chinese(shanghai(line.due_at).date())
    others = f"{line.claimed_by}处理中" if line.claimed_by and not line.mine else ""
    said = "，".join(part for part in ("代" if line.standing_in else "", others) if part)
    pill, tone = ("已逾期", "bad") if line.overdue else ("您已认领", "info") if line.mine else ("", "")
    return RowView(
        title=line.title,
        facts=(line.node_label, line.place, f"{due}前", line.number, said),
        pill=pill,
        tone=tone,
        href=f"/tasks/{line.id}",
    )


def done_row(line: DoneLine) -> RowView:
    when = day_in_chinese(shanghai(line.done_at).date()) if line.done_at else ""
    return RowView(
        title=line.title,
        facts=(line.node_label, line.number, when),
        pill=WORDS.get(line.move or "", (line.state_label, ""))[0],
        href=f"/tasks/{line.id}",
    )


def touch_row(line: TouchLine) -> RowView:
    when = day_in_chinese(shanghai(line.last_at).date())
    return RowView(title=line.title, facts=(line.last, line.number, when), href=f"/history/{line.id}")


# --- one task -------------------------------------------------------------------------------------------------------------------


class WayOn(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that may be made: its word, and whether it harms."""

    move: str
    label: str
    tone: str


class TaskPage(msgspec.Struct, frozen=True, kw_only=True):
    """A task and the business that it stands for. ``ways`` are decisions; ``straight`` is the one that goes on from the page itself;
    ``work`` is where, below the app, it is worked on that is not decided here."""

    detail: TaskDetail
    card: CaseCard | None
    ways: tuple[WayOn, ...]
    straight: WayOn | None
    claims: bool
    releases: bool
    recalls: bool
    work: str


async def show_task(ctx: Context, id: str) -> TaskPage:
    """一件待办"""
    detail = await handlers.show(ctx, id)
    ways = tuple(WayOn(move=move, label=WORDS[move][0], tone=WORDS[move][1]) for move in detail.moves if move in WORDS)
    return TaskPage(
        detail=detail,
        card=await ctx.ask(Describe(subject=detail.subject)),
        ways=tuple(way for way in ways if way.move not in STRAIGHT),
        straight=next((way for way in ways if way.move in STRAIGHT), None),
        claims="claim" in detail.moves,
        releases="release" in detail.moves,
        recalls="recall" in detail.moves,
        work=work_of(ctx, detail),
    )


def work_of(ctx: Context, detail: TaskDetail) -> str:
    """The page of its plugin, while it is to be done; "" for what is decided here, or is not the reader's."""
    node = ctx.node(detail.task.node)
    if detail.avoided or detail.task.state not in UNDONE or node is None or node.moves:
        return ""
    return node.link.format(place=ctx.place.code, subject=detail.subject) or detail.task.link


def straight_on(page: TaskPage) -> Mapping[str, Any]:
    move = page.straight.move if page.straight else ""
    return {"move": move, "version": page.detail.task.version}


async def phrases(ctx: Context, page: Any) -> Mapping[str, Sequence[Choice]]:
    return {"opinion": [Choice(words, words) for words in PHRASES]}


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Which decision is to be made."""

    move: str = ""


class DecidePage(msgspec.Struct, frozen=True, kw_only=True):
    """The decision that asks for words."""

    detail: TaskDetail
    way: WayOn


async def show_way(ctx: Context, id: str, query: Way) -> DecidePage:
    """办理"""
    detail = await handlers.show(ctx, id)
    if query.move not in detail.moves or query.move not in WORDS:
        raise Conflict
    label, tone = WORDS[query.move]
    return DecidePage(detail=detail, way=WayOn(move=query.move, label=label, tone=tone))


async def reasons(ctx: Context, page: DecidePage) -> Mapping[str, Sequence[Choice]]:
    return {"opinion": [Choice(words, words) for words in REASONS.get(page.way.move, PHRASES)]}


def on_this_way(page: DecidePage) -> Mapping[str, Any]:
    return {"move": page.way.move, "version": page.detail.task.version}


def version_of(page: TaskPage) -> Mapping[str, Any]:
    return {"version": page.detail.task.version}


# --- 合并 -----------------------------------------------------------------------------------------------------------------------


class GroupOf(msgspec.Struct, frozen=True, kw_only=True):
    """The tasks of one project at one node."""

    project: str = ""
    node: str = ""


class TogetherPage(msgspec.Struct, frozen=True, kw_only=True):
    """Those that can be passed at once."""

    label: str
    tasks: tuple[TaskLine, ...]


async def show_group(ctx: Context, query: GroupOf) -> TogetherPage:
    """合并办理"""
    if query.node and not passes(ctx, query.node):
        raise NotFound
    found = await TODO.page(ctx, handlers.TodoQuery(project=query.project, node=query.node, limit=50))
    label = f"{found.items[0].title.partition(' · ')[0]} · {found.items[0].node_label}" if found.items else "合并办理"
    return TogetherPage(label=label, tasks=tuple(found.items))


async def those_together(ctx: Context, page: TogetherPage) -> Mapping[str, Sequence[Choice]]:
    return {"ids": [Choice(_ticked(task), task.title, task.number) for task in page.tasks]}


def all_together(page: TogetherPage) -> Mapping[str, Any]:
    return {"ids": tuple(map(_ticked, page.tasks)), "move": "pass"}


def _ticked(task: TaskLine) -> str:
    return ticked(task.id, task.version)


async def news(ctx: Context) -> News:
    todo, overdue = await handlers.count_waiting(ctx)
    return News(count=todo, line=f"{overdue}件已逾期" if overdue else "")


async def numbers(ctx: Context) -> News:
    """The same for those who look at numbers first."""
    todo, overdue = await handlers.count_waiting(ctx)
    own = Figure(label="我的待办", text=str(todo), path="/tasks")
    late = Figure(label="待办已逾期", text=str(overdue), path="/tasks?overdue=true", tone="bad")
    return News(count=todo, figures=(own, late) if overdue else (own,))


async def groups(ctx: Context, query: GroupQuery) -> Groups:
    """合并：可以一起通过的"""
    found = await handlers.list_groups(ctx, query)
    return Groups(lines=[line for line in found.lines if passes(ctx, line.node)])


def passes(ctx: Context, node: str) -> bool:
    """Whether tasks at this node are passed in 我的待办, and so several at once; others are worked on at their own pages."""
    known = ctx.node(node)
    return known is not None and "pass" in known.moves


TASKS = ListPage(
    listing=TODO,
    apps=STAFF,
    title="我的待办",
    help="这里是等您办理的事，快到期的在前。点开先认领，再办理。几件一样的，可以合并办理。",
    row=task_row,
    chips={"全部": {}, "已逾期": {"overdue": "true"}, "含下级": {"stand_in": "true"}},
    find="number",
    looks_for="完整的受理编号",
    template="worklist/tasks.html",
    nothing=("没有待办", "新的待办到了，这里和微信都会提醒您。"),
    live=LIVE,
    columns=("事项", "环节", "地区", "期限", "受理编号", "说明"),
).page()


class TasksView(ListView, frozen=True, kw_only=True):
    """``together``: some can be passed at once."""

    together: bool


async def tasks(ctx: Context, query: TodoQuery) -> TasksView:
    """我的待办"""
    shown = await TASKS.load(ctx, query)
    together = bool(shown.rows) and bool((await groups(ctx, GroupQuery(stand_in=query.stand_in))).lines)
    return TasksView(**taken(shown, *ListView.__struct_fields__), together=together)


DECIDE, HISTORIES = "worklist.decide", "worklist.history"


def _task(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    return Page(apps=STAFF, path=path, title=title, template=template, load=load, access=DECIDE, form=form, help=help)


PAGES = (
    msgspec.structs.replace(TASKS, load=tasks),
    _task(
        "/groups",
        "合并办理",
        "worklist/groups.html",
        groups,
        help="一行是同一项目、同一环节的几件，点开可以一起通过。要退回、补正的，回“我的待办”一件一件办。",
    ),
    _task(
        "/together",
        "合并办理",
        "worklist/together.html",
        show_group,
        Form(
            route="/tasks/together",
            shows="worklist/passed.html",
            submit="通过勾选的",
            start=all_together,
            choices=those_together,
        ),
        help="一次通过同一项目、同一环节的待办。不放心的不要勾选，点开单独办理。",
    ),
    _task(
        "/tasks/{id}",
        "待办",
        "worklist/task.html",
        show_task,
        Form(
            route="/tasks/{id}/decide",
            then="/tasks",
            submit="通过",
            start=straight_on,
            choices=phrases,
            asks=lambda page: ("opinion",),
        ),
        help="先看申报内容、材料和以前的记录，再决定。认领后别人不能同时办。通过后，下一环节没动之前可以撤销。",
    ),
    _task(
        "/tasks/{id}/claim",
        "认领",
        "worklist/claim.html",
        show_task,
        Form(route="/tasks/{id}/claim", then="/tasks/{id}", submit="认领"),
        help="认领后到时间没有办完，会自动放回。办不了的，早一点放回。是自己或亲戚的事，不要认领，请同事办。",
    ),
    _task(
        "/tasks/{id}/release",
        "放回",
        "worklist/claim.html",
        show_task,
        Form(route="/tasks/{id}/release", then="/tasks", submit="放回"),
        help="要请假、要回避，或手上有急事的，就放回。办理期限不变，请告诉同事一声，免得没有人办。",
    ),
    _task(
        "/tasks/{id}/decide",
        "办理",
        "worklist/decide.html",
        show_way,
        Form(
            route="/tasks/{id}/decide",
            then="/tasks",
            submit="确定",
            start=on_this_way,
            choices=reasons,
            asks=lambda page: ("opinion",),
            needs=lambda page: () if page.way.move in STRAIGHT else ("opinion",),
        ),
        help="写明理由，申报人会在手机上看到。驳回以后，申报人符合条件了可以重新申报。",
    ),
    _task(
        "/tasks/{id}/recall",
        "撤销通过",
        "worklist/claim.html",
        show_task,
        Form(route="/tasks/{id}/recall", then="/done", submit="撤销通过", start=version_of),
        help="只能撤销自己点的通过，下一环节有人认领了就不能撤。写清为什么撤，撤了以后要尽快重新办。",
    ),
    ListPage(
        listing=DONE,
        apps=STAFF,
        title="我的已办",
        help="点错了“通过”的，点开那一件撤销，要赶在下一环节有人认领以前。您经手过的其他事，在“经办历史”里。",
        row=done_row,
        find="number",
        looks_for="完整的受理编号",
        nothing=("还没有办过的事项", ""),
        columns=("事项", "环节", "受理编号", "办理时间"),
    ).page(),
    ListPage(
        listing=HISTORY,
        apps=STAFF,
        title="经办历史",
        help="您经手过的事都在这里，后来交给别人办的也在。点一件，看您哪天做了什么。",
        row=touch_row,
        find="number",
        looks_for="完整的受理编号",
        nothing=("还没有经办记录", ""),
        columns=("事项", "最近办理", "受理编号", "时间"),
    ).page(),
    Page(
        apps=STAFF,
        path="/history/{id}",
        title="经办历史",
        help="这里只有您自己做过的，不能改。要知道这件现在办到哪一步，按受理编号到“申报查询”里查，或问上级经办。",
        template="worklist/history.html",
        load=handlers.show_history,
        access=HISTORIES,
    ),
)
