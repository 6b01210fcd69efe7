"""The pages of 留言板: the form and 我的留言 for residents; the list, the detail and every move for handlers; 概况 for leaders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import (
    Anyone,
    App,
    Ask,
    Choice,
    Context,
    DetailPages,
    DetailView,
    Form,
    ListPage,
    Page,
    Reveal,
    RowView,
    charts,
    day_in_chinese,
    shanghai,
    unit_of,
)
from plugins.declaration.events import ListedProjects
from plugins.message_board import handlers, views
from plugins.message_board.actions import handling, own
from plugins.message_board.business import MESSAGES
from plugins.message_board.config import MessageBoardConfig
from plugins.message_board.documents import KINDS
from plugins.message_board.handlers import FULL_NAME, LIST, MY_LIST, OWN, READ, STAFF

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
OVERVIEW = "message_board/overview"
TONES = {
    "waiting": "wait",
    "handling": "info",
    "replied": "ok",
    "proposed": "wait",
    "rated": "ok",
    "closed": "mute",
    "complained": "mute",
}


# --- lists -----------------------------------------------------------------------------------------------------------------


def my_row(line: views.MessageLine) -> RowView:
    filed = f"{day_in_chinese(shanghai(line.filed_at).date())}提交" if line.filed_at else ""
    return RowView(
        title=line.subject,
        facts=(line.kind_label, line.bureau, filed),
        pill=MINE.get(line.state, line.state_label),
        tone="wait" if line.state in MINE else TONES.get(line.state, ""),
        icon="message-2",
        href=f"/mine/{line.id}",
        at=line.county,
    )


# What its writer is to do.
MINE = {"replied": "等您评价", "proposed": "等您确认"}


def staff_row(line: views.MessageLine) -> RowView:
    return RowView(
        title=line.subject,
        facts=(line.kind_label, line.seat, line.number),
        pill="已逾期" if line.overdue else line.state_label,
        tone="bad" if line.overdue else TONES.get(line.state, ""),
        href=f"/{line.id}",
    )


# --- C12: writing ----------------------------------------------------------------------------------------------------------


async def bureaus(ctx: Context, form: views.FormView) -> Mapping[str, Sequence[Choice]]:
    return {"bureau": [Choice(name, name) for name in form.bureaus]}


# --- what a button asks ------------------------------------------------------------------------------------------------------


async def offices(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    """转办: to another bureau of the county, or to the town of whoever wrote."""
    places = [ctx.regions[code] for code in handling.places_for(ctx, shown.document)]
    return {
        "region": [Choice(each.code, each.name) for each in places],
        "bureau": [Choice(name, name) for name in ctx.settings(MessageBoardConfig).bureaus],
    }


async def accusable(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    """What a complaint may be about: the county's office, the places of its writer's home, and the county's projects."""
    message, terms = shown.document, shown.view.terms
    county = message.county or message.place
    places = [ctx.regions[code] for code in ctx.regions[message.home].path]
    projects = await ctx.ask(ListedProjects()) or ()
    about = [
        Choice(f"unit:{county}:{message.bureau}", unit_of(ctx, county, message.bureau)),
        *(Choice(f"unit:{each.code}", each.name) for each in places if each.level in ("town", "village")),
        *(Choice(f"project:{each.code}", f"补贴项目：{each.name}") for each in projects),
    ]
    return {"about": about, "type": [Choice(code, label) for code, label in terms.types.items()] if terms else []}


def first_words(shown: DetailView) -> Mapping[str, Any]:
    """投诉须知 by the version that is read, and all that was written."""
    said = {"text": own.whole_story(shown.document), "confidential": shown.document.confidential}
    return {"notice": shown.view.terms.notice if shown.view.terms else "", **said}


STAFF_ASKS = {
    "reply": Ask(
        template="message_board/reply.html",
        help="留言人会收到通知，可以追问、评价。写清怎么办、找谁、什么时候办好，用群众听得懂的话。拿不准的，先请示上级经办。",
    ),
    "take": Ask(
        says="告诉留言人已经在办，回复前还可以转办",
        help="点了以后，留言人看到“处理中”。期限不变，请留出写回复的时间。",
    ),
    "transfer": Ask(
        start=lambda shown: {"region": shown.document.place},
        choices=offices,
        says="由转到的单位接着办",
        then="/",
        help="转走后您的列表里不再有这件。写清为什么归他办，留言人看不到您写的理由。期限不重新算。",
    ),
    "return": Ask(
        says="不归本单位办理的，退给转来的单位",
        then="/",
        help="只能在转来后的几个工作日内退回，过了只能回复或者转办。写清该归谁办。期限不重新算。",
    ),
    "propose": Ask(
        label="转为投诉",
        says="由留言人自己看过投诉须知后决定",
        help="留言人同意后，按投诉举报的规定和期限办理，这件留言就结束。不同意或过期没有答复，仍由您单位回复。只能建议一次。",
    ),
}
OWN_ASKS = {
    "rate": Ask(
        label="评价",
        template="message_board/rate.html",
        help="选一个最合适的。评价后这件留言就结束，不能再追问；还有事可以先追问，再评价。过期没有评价，按办完处理。",
    ),
    "ask": Ask(
        template="message_board/rate.html",
        help="回复没有说清的，可以接着问，单位会再回复您。另一件事请写新的留言。",
    ),
    "complain": Ask(
        start=first_words,
        choices=accusable,
        template="message_board/complain.html",
        help="先看投诉须知，再选投诉的是谁、什么事。提交后由没有牵连的单位办理，进度在“投诉举报进度查询”里看。",
    ),
    "decline": Ask(
        says="由原来的单位继续回复您",
        help="点了以后，这件事还按留言办理，单位会再回复您。以后想投诉，可以到“投诉举报”里提交。",
    ),
    "close": Ask(
        tone="bad",
        template="message_board/close.html",
        help="事情已经解决、不用再回复的，才关闭。关闭后还有事，可以写新的留言。",
    ),
}

MY_DETAIL = DetailPages(
    face=OWN,
    apps=("ykt",),
    template="message_board/mine.html",
    title=lambda ctx, message: message.subject.reveal(),
    sub=lambda message: message.number,
    tones=TONES,
    facts={
        "留言类型": "message.kind_label",
        "承办": "message.seat",
        "提交时间": "message.filed_at",
        "回复期限": "reply_by",
        "我的评价": "grade",
    },
    ask=OWN_ASKS,
    live=("message_board.replied", "message_board.proposed"),
    help="这里能看到单位怎么回复的。没有说清的可以追问，说清了请评价。急事请打下面的电话。",
)
STAFF_DETAIL = DetailPages(
    face=STAFF,
    apps=STAFF_APPS,
    template="message_board/detail.html",
    title=lambda ctx, message: message.subject.reveal(),
    sub=lambda message: message.number,
    tones=TONES,
    facts={
        "留言类型": "message.kind_label",
        "承办": "message.seat",
        "回复期限": "reply_by",
        "留言人": "writer",
        "所在村（社区）": "village",
        "评价": "grade",
    },
    ask=STAFF_ASKS,
    reveal=Reveal(unmasking=FULL_NAME, facts={"留言人": "writer"}),
    help="看清留言后，点“回复”。不归本单位办的，转办给该办的单位。不要让被反映的人知道是谁写的。",
)


# --- L8: how many there are --------------------------------------------------------------------------------------------------------


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a place; ``up`` leads one level up."""

    where: str
    up: str
    counts: views.Overview
    by: tuple[tuple[str, tuple[charts.BarView, ...]], ...]


async def overview(ctx: Context) -> OverviewPage:
    """留言概况"""
    counts = await handlers.overview(ctx)
    return OverviewPage(
        where=ctx.regions.full_name(ctx.place.code),
        up=charts.page_above(ctx, OVERVIEW),
        counts=counts,
        by=(
            ("按状态", charts.bar_views(counts.states, lambda bar: lists_of(ctx, state=bar.key))),
            ("按地区", charts.place_views(ctx, counts.places, OVERVIEW)),
            ("按部门", charts.bar_views(counts.bureaus, lambda bar: lists_of(ctx, bureau=bar.key))),
            ("评价", charts.bar_views(counts.grades)),
        ),
    )


def lists_of(ctx: Context, **asked: str) -> str:
    """The list of what a bar counts."""
    return charts.page_at(ctx, ctx.place.code, MESSAGES.plugin, asked)


PAGES = (
    Page(
        apps=("ykt",),
        path="/new",
        title="我要留言",
        help="选好写给哪个部门，写清事情就能提交。一般几个工作日内回复，回复了微信告诉您。不会写的，请家里人或村干部帮忙。",
        template="message_board/new.html",
        load=handlers.show_form,
        access=Anyone.CLAIMED,
        form=Form(route="", then="/mine/{id}", submit="提交留言", choices=bureaus),
    ),
    ListPage(
        listing=MY_LIST,
        apps=("ykt",),
        title="我的留言",
        help="这里是您写的留言，点开能看到回复。单位回复后请评价，没有说清的可以追问。",
        row=my_row,
        nothing=("还没有留言", "想问政策、提建议、反映问题，点下面的按钮写给有关部门。"),
        new=("我要留言", "/new"),
        live=("message_board.replied", "message_board.proposed"),
    ).page(),
    *MY_DETAIL.pages(),
    ListPage(
        listing=LIST,
        apps=STAFF_APPS,
        title="留言处理",
        help="按期限从这里回复居民的留言，先办快到期的。不归本单位办的，转办给该办的单位。自己写的留言不会出现在这里。",
        row=staff_row,
        chips={
            "全部": {},
            "已逾期": {"overdue": "true"},
            **{label: {"state": state} for state, label in MESSAGES.machine.states.items()},
            **{f"{label}类": {"kind": kind} for kind, label in KINDS.items()},
        },
        find="number",
        looks_for="完整的留言编号",
        nothing=("没有留言", "换一个筛选条件看看。"),
        live=("message_board.arrived",),
        columns=("标题", "类型", "承办", "留言编号"),
    ).page(),
    Page(
        apps=("ydjd",),
        path="/overview",
        title="留言概况",
        help="这里是本地留言的件数和评价，点地区看下一级。评价的件数太小时不显示，以免认出是谁评的。",
        template="message_board/overview.html",
        load=overview,
        access=READ,
    ),
    *STAFF_DETAIL.pages(),
)
