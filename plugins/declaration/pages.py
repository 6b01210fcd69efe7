"""The pages of 阳光申报: projects, 申报须知 and 申报进度 for residents; the declarations within reach for those who handle them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from hub.api import (
    Anyone,
    App,
    Ask,
    CardStep,
    Context,
    DetailPages,
    ListPage,
    News,
    NotFound,
    Page,
    RowView,
    Standing,
    day_in_chinese,
    shanghai,
)
from plugins.declaration import declaring, handlers, mending, papers, views
from plugins.declaration.actions import catalogue, window
from plugins.declaration.actions.cards import answered, card_of, person_facts, step_of
from plugins.declaration.asking import whom
from plugins.declaration.business import masked_name, title_of
from plugins.declaration.documents import CASE, NEWEST, Case, cases_of
from plugins.declaration.handlers import MY_CASES, REVIEW_LIST, STAFF, ProjectQuery
from plugins.declaration.projects import Adviser, Project

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
# What tells that a declaration has gone on.
TURNS = tuple(
    f"declaration.{name}"
    for name in (
        "accepted",
        "correction",
        "returned",
        "approved",
        "refused",
        "checking",
        "cleared",
        "recalled",
        "terminated",
    )
)
# How long a window that was away may still have to tell a result.
PHONED_WITHIN = timedelta(days=30)
TONES = {
    "handling": "info",
    "correcting": "wait",
    "holding": "mute",
    "intercepted": "wait",
    "approved": "ok",
    "refused": "bad",
    "withdrawn": "mute",
    "ended": "bad",
    "void": "mute",
}

# Nobody has more of them at once.
MOST_OPEN = 20


# --- C1: projects -------------------------------------------------------------------------------------------------------------


class ProjectsPage(msgspec.Struct, frozen=True, kw_only=True):
    """The projects that were asked for, and what can be asked for: the bureaus that have any, as (value, label)."""

    asked: ProjectQuery
    bureaus: tuple[str, ...]
    lines: tuple[views.ProjectLine, ...]
    next: str | None


async def projects(ctx: Context, query: ProjectQuery) -> ProjectsPage:
    """阳光申报"""
    return projects_page(ctx, await catalogue.offered(ctx), query)


def projects_page(ctx: Context, offered: Sequence[Project], query: ProjectQuery) -> ProjectsPage:
    found = handlers.page_of(ctx, offered, query)
    return ProjectsPage(
        asked=query,
        bureaus=tuple(dict.fromkeys(project.bureau for project in offered)),
        lines=tuple(found.items),
        next=found.next,
    )


# --- C2: 申报须知 ---------------------------------------------------------------------------------------------------------------


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """申报须知 and 流程; ``whom`` says of each material who must hand it in, by its key. ``draft`` is the id of one that is begun here."""

    project: views.ProjectView
    whom: dict[str, str]
    draft: str


async def notice(ctx: Context, code: str) -> NoticePage:
    """申报须知"""
    return notice_page(ctx, await handlers.show_project(ctx, code))


def notice_page(ctx: Context, project: views.ProjectView) -> NoticePage:
    labels = {category.key: category.label for category in project.categories}
    who = {each.key: whom(each, labels) for each in project.materials}
    return NoticePage(project=project, whom=who, draft=ctx.new_id())


# --- C6: 申报进度 ---------------------------------------------------------------------------------------------------------------


class ProgressPage(msgspec.Struct, frozen=True, kw_only=True):
    """One of my declarations. ``asked`` is what its handler wants mended; ``advisers`` are whom to phone. ``phone``: of one that a window
    has entered, whom it tells how it goes, in full, while there is something to tell: nobody else can. ``at_window``: it is read there."""

    case: views.CaseView
    facts: tuple[tuple[str, str], ...]
    tone: str
    asked: str
    steps: tuple[CardStep, ...]
    advisers: tuple[Adviser, ...]
    phone: str
    at_window: bool


async def progress(ctx: Context, id: str) -> ProgressPage:
    """申报进度"""
    declared = await window.declared(ctx, id)
    case = await views.case_view(ctx, declared)
    last = next((step for step in reversed(case.progress) if step.entered_at), None)
    return ProgressPage(
        case=case,
        facts=(
            ("为谁申报", case.beneficiary.name),
            ("申报方式", case.entered),
            *person_facts(case.beneficiary),
            *answered(case.answers),
        ),
        tone=TONES[case.state],
        asked=last.opinion if last and case.state == "correcting" else "",
        steps=tuple(map(step_of, case.progress)),
        # Those of another county know nothing of it.
        advisers=await advisers_of(ctx, case.project) if case.county == ctx.county else (),
        phone=declared.beneficiary.phone.reveal() if window.at_window(ctx) and to_be_phoned(ctx, declared) else "",
        at_window=window.at_window(ctx),
    )


def to_be_phoned(ctx: Context, case: Case) -> bool:
    """Whether there is something to tell; the number is not there to be read for years."""
    return case.state == "correcting" or (case.closed_at is not None and ctx.now() - case.closed_at < PHONED_WITHIN)


async def advisers_of(ctx: Context, project: str) -> tuple[Adviser, ...]:
    """None where the project is offered no more."""
    try:
        return (await catalogue.offer(ctx, project)).advisers
    except NotFound:
        return ()


async def own_news(ctx: Context) -> News:
    """At the head of a resident's home: where one of their open declarations lies, until when, and whom to phone. The one that has waited
    longest for them, else the newest."""
    mine: list[Case] = await cases_of(ctx).find({"open": True}, sort=NEWEST, limit=MOST_OPEN)
    if not mine:
        return News()
    case = next((each for each in reversed(mine) if each.state == "correcting"), mine[0])
    advisers = await advisers_of(ctx, case.project) if case.county == ctx.county else ()
    asked, phone = (advisers[0].name, advisers[0].phone) if advisers else ("", "")
    return News(
        standing=Standing(
            label=label_at_home(case),
            says=where_it_lies(ctx, case),
            path=f"/cases/{case.id}",
            place=case.county or "",
            pill=CASE.label(case.state if case.state == "correcting" else "handling"),
            tone=TONES["correcting" if case.state == "correcting" else "handling"],
            asked=asked,
            phone=phone,
        )
    )


def label_at_home(case: Case) -> str:
    """Of a sensitive project nothing is said: others look at the same phone."""
    if case.sensitive:
        return "您的申报"
    return f"您的申报：{case.short}" + (f"（{masked_name(case)}）" if case.declared_for == "other" else "")


def where_it_lies(ctx: Context, case: Case) -> str:
    """With the day by which the node is done, as long as its time runs."""
    stay = case.progress[-1]
    if case.state == "correcting":
        return f"{stay.label}请您补正，点这里看要补什么。"
    runs = case.state == "handling" and stay.due_at is not None and stay.due_at > ctx.now()
    until = f"，{day_in_chinese(shanghai(stay.due_at).date())}前办理" if runs and stay.due_at else ""
    return f"现在在{stay.label}{until}。"


def my_row(line: views.CaseLine) -> RowView:
    return RowView(
        title=line.short,
        facts=(line.who, line.node_label, f"{day_in_chinese(shanghai(line.submitted_at).date())}提交"),
        pill=line.state_label,
        tone=TONES[line.state],
        icon="file-text",
        href=f"/cases/{line.id}",
        at=line.county or "",
    )


# --- S2: by 受理编号 ------------------------------------------------------------------------------------------------------------


def review_row(line: views.ReviewLine) -> RowView:
    return RowView(
        title=" · ".join(part for part in (line.short, line.who) if part),
        facts=(line.node_label, line.place, line.number),
        pill=line.state_label,
        tone=TONES[line.state],
        href=f"/review/{line.id}",
    )


CASE_DETAIL = DetailPages(
    face=STAFF,
    apps=STAFF_APPS,
    template="declaration/review.html",
    tones=TONES,
    title=lambda ctx, case: title_of(case) if views.sees_persons(ctx, case) else case.short,
    sub=lambda case: case.number,
    facts=lambda view: (*card_of(view).facts, *answered(view.answers)),
    help="这里是一件申报的内容、材料和经过。轮到您办的，从下面进待办办理。群众来问，照“办理经过”答复。",
    ask={
        "end": Ask(
            tone="bad",
            says="这件申报不再办理",
            help="去世、重复申报等确实不能再办的，才终止；已经开始的补贴也会停。定了以后不能恢复，请先请示主管部门。",
        )
    },
)


PROGRESS = Page(
    apps=("ykt",),
    path="/cases/{id}",
    title="申报进度",
    template="declaration/case.html",
    help="这里能看到办到哪一步、由谁在办。要您补材料时，下面会有“去补正”。有疑问请给政策解答员打电话。",
    load=progress,
    access=Anyone.CLAIMED,
    live=TURNS,
)

PAGES = (
    Page(
        apps=("ykt",),
        path="/projects",
        title="阳光申报",
        help="点项目看申报条件、材料和流程，符合的可以在手机上申报。不知道能申报哪项，问问村（社区）干部。",
        template="declaration/projects.html",
        load=projects,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=("ykt",),
        path="/projects/{code}",
        title="申报须知",
        help="先看条件和要拍照的材料，再点“我要申报”。有疑问，给页面上的政策解答员打电话。",
        template="declaration/notice.html",
        load=notice,
        access=Anyone.PUBLIC,
    ),
    ListPage(
        listing=MY_CASES,
        apps=("ykt",),
        title="申报进度",
        row=my_row,
        help="这里是您提交过的申报，点开能看办到哪一步。有新进展，微信会提醒您。",
        chips={"全部": {}, "为自己": {"declared_for": "self"}, "为他人": {"declared_for": "other"}},
        find="number",
        looks_for="完整的受理编号",
        nothing=("还没有申报", "点下面的按钮，看看可以申报哪些补贴。"),
        new=("我要申报", "/projects"),
        live=TURNS,
    ).page(),
    PROGRESS,
    *declaring.PAGES,
    *mending.PAGES,
    ListPage(
        listing=REVIEW_LIST,
        apps=STAFF_APPS,
        title="申报查询",
        help="这里是本地在办的申报，只能查看。办结的请输入完整的受理编号查找。",
        row=review_row,
        find="number",
        looks_for="完整的受理编号",
        nothing=("没有在办的申报", "办结的申报，请按受理编号查找。"),
        columns=("申报", "环节", "地区", "受理编号"),
    ).page(),
    *CASE_DETAIL.pages(),
    *papers.PAGES,
)
