"""Rules as the county runs them, and the check lists that they read: brought in, how far, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.api import Context, Form, ListPage, Page, Paged, RowView, day_in_chinese
from plugins.interception import handlers, views
from plugins.interception.handlers import CHECK_LISTS, IMPORT, READ, REJECTS
from plugins.interception.pages.hits import STAFF_APPS

TONES = {"receiving": "wait", "running": "info", "ending": "info", "done": "ok", "left": "bad"}


class RulesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The rules; ``lists``: whoever looks may bring check lists in."""

    rules: tuple[views.RuleView, ...]
    kinds: Mapping[str, str]
    lists: bool


async def rules(ctx: Context) -> RulesPage:
    """拦截规则"""
    found = await handlers.list_rules(ctx)
    kinds = {kind.code: kind.label for kind in (await handlers.list_kinds(ctx)).items}
    return RulesPage(rules=tuple(found.items), kinds=kinds, lists=ctx.has(IMPORT))


def list_row(line: views.ListView) -> RowView:
    return RowView(
        title=line.kind_label,
        facts=(
            line.source,
            f"{line.rows}行",
            f"未导入{line.rejected}行" if line.rejected else "",
            f"命中{line.hits}件" if line.hits else "",
            day_in_chinese(line.created_at) if line.created_at else "",
        ),
        pill="试读" if line.dry_run else line.state_label,
        tone=TONES.get(line.state, ""),
        href=f"/lists/{line.id}",
    )


def reject_row(line: views.RejectView) -> RowView:
    return RowView(title=f"第{line.line}行", lacks=line.reason)


def first_values(kinds: Paged[views.KindView]) -> dict[str, Any]:
    return {"source": "业务局同步", "replace": False, "dry_run": False}


PAGES = (
    Page(
        apps=STAFF_APPS,
        path="/rules",
        title="拦截规则",
        help="写着“拦截”的，要先核实，申报才能往下办；写着“提醒”的，只请主管部门看一看。名单旧了，比对就不准，请按时导入新名单。",
        template="interception/rules.html",
        load=rules,
        access=READ,
    ),
    ListPage(
        listing=CHECK_LISTS,
        apps=STAFF_APPS,
        title="比对名单",
        help="名单更新到哪天，比对就准到哪天，收到新名单请马上导入。点一条，看读了多少行、命中多少件。",
        row=list_row,
        new=("导入名单", "/lists/new"),
        nothing=("还没有导入名单", "点下面的按钮导入。规则靠名单比对，没有名单的规则不起作用。"),
    ).page(),
    Page(
        apps=STAFF_APPS,
        path="/lists/new",
        title="导入名单",
        help="先下载这一类名单的表样，按表样填好再导入。读不出的行会列出原因，改好后重新导入即可。",
        template="interception/new_list.html",
        load=handlers.list_kinds,
        access=IMPORT,
        form=Form(
            route="/lists", then="/lists/{id}", submit="导入名单", start=first_values, labels={"file": "名单表格"}
        ),
    ),
    Page(
        apps=STAFF_APPS,
        path="/lists/{id}",
        title="导入结果",
        help="可以离开这一页，过几分钟再来看。有未导入的行，在原来的表格里改好，整张表再导入一次。命中的会发给主管部门核实。",
        template="interception/list.html",
        load=handlers.show_list,
        access=IMPORT,
    ),
    ListPage(
        listing=REJECTS,
        apps=STAFF_APPS,
        title="未导入的行",
        help="照行号在原来的表格里找，按原因改好，整张表再导入一次。已经导入的不会重复。看不懂原因的，请名单的单位核对。",
        row=reject_row,
        nothing=("没有未导入的行", "整张表都已读入。"),
    ).page(),
)
