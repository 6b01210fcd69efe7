"""Tables that come in: a 名册 is brought in, how far a table has been read, which lines were left out and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import Choice, Context, Form, ListPage, Page, RowView, day_in_chinese
from plugins.declaration.events import ListedProjects
from plugins.payments import handlers, views
from plugins.payments.handlers import INTAKES, MANAGE, REJECTS
from plugins.payments.pages.people import STAFF_APPS

KINDS = {"roster": "名册", "results": "发放结果"}
STATES = {"receiving": "上传中", "running": "读取中", "done": "已完成", "left": "未完成"}
TONES = {"receiving": "wait", "running": "info", "done": "ok", "left": "bad"}


def intake_row(line: views.IntakeView) -> RowView:
    return RowView(
        title=f"{KINDS[line.kind]} {line.short}",
        facts=(
            f"{line.rows}行",
            f"未导入{line.rejected}行" if line.rejected else "",
            day_in_chinese(line.created_at) if line.created_at else "",
        ),
        pill="试读" if line.dry_run else STATES[line.state],
        tone=TONES[line.state],
        href=f"/intakes/{line.id}",
    )


def reject_row(line: views.RejectView) -> RowView:
    return RowView(title=f"第{line.line}行", lacks=line.reason)


class IntakePage(msgspec.Struct, frozen=True, kw_only=True):
    """A table: what it is called, how it stands."""

    table: views.IntakeView
    kind: str
    state: str
    tone: str


async def intake(ctx: Context, id: str) -> IntakePage:
    """导入结果"""
    table = await handlers.show_intake(ctx, id)
    return IntakePage(table=table, kind=KINDS[table.kind], state=STATES[table.state], tone=TONES[table.state])


# --- a 名册 ----------------------------------------------------------------------------------------------------------------------


class WhoseRoster(msgspec.Struct, frozen=True, kw_only=True):
    """``other``: of a subsidy that is in no catalogue."""

    other: bool = False


class RosterPage(msgspec.Struct, frozen=True, kw_only=True):
    """导入名册: ``projects`` are those of the catalogue; ``other`` as it was asked, or where there is none."""

    projects: tuple[Choice, ...]
    other: bool


async def new_roster(ctx: Context, query: WhoseRoster) -> RosterPage:
    """导入名册"""
    projects = tuple(Choice(each.code, each.name) for each in await ctx.ask(ListedProjects()) or ())
    return RosterPage(projects=projects, other=query.other or not projects)


def asked_of(page: RosterPage) -> Sequence[str]:
    """Of a project in the catalogue the rest is known."""
    return ("project", "short", "bureau", "sensitive", "dry_run") if page.other else ("project", "dry_run")


def needed_of(page: RosterPage) -> Sequence[str]:
    return ("short", "bureau") if page.other else ()


def first_values(page: RosterPage) -> Mapping[str, Any]:
    return {"dry_run": False, "sensitive": False}


async def offers(ctx: Context, page: RosterPage) -> Mapping[str, Sequence[Choice]]:
    return {} if page.other else {"project": page.projects}


PAGES = (
    Page(
        apps=STAFF_APPS,
        path="/rosters/new",
        title="导入名册",
        help="先下载空表，一人一行照表头填。不放心的，先试读一遍，不会改动数据。导入好了，再去编制名册。",
        template="payments/roster.html",
        load=new_roster,
        access=MANAGE,
        form=Form(
            route="/rosters",
            then="/intakes/{id}",
            submit="导入名册",
            start=first_values,
            choices=offers,
            asks=asked_of,
            needs=needed_of,
            labels={"file": "名册表格"},
        ),
    ),
    ListPage(
        listing=INTAKES,
        apps=STAFF_APPS,
        title="导入记录",
        help="导入的名册和银行结果都记在这里。点一条，看哪些行没有导入、为什么。写着“未完成”的，要重新导入。",
        row=intake_row,
        new=("导入名册", "/rosters/new"),
        nothing=("还没有导入过表格", "点下面的按钮导入名册。"),
    ).page(),
    Page(
        apps=STAFF_APPS,
        path="/intakes/{id}",
        title="导入结果",
        help="可以离开这一页，过几分钟再来看。未导入的行，在原来的表格里改好，整张表再导入一次，已经导入的不会重复。",
        template="payments/intake.html",
        load=intake,
        access=MANAGE,
    ),
    ListPage(
        listing=REJECTS,
        apps=STAFF_APPS,
        title="未导入的行",
        help="照行号在原来的表格里找，按原因改好，整张表再导入一次。姓名、身份证号对不上的，请村（社区）找本人核对。",
        row=reject_row,
        nothing=("没有未导入的行", "整张表都已读入。"),
    ).page(),
)
