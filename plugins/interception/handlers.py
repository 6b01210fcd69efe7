"""The operations of 拦截信息确认 and 纪委监督: check lists, hits, evidence, 追缴, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.api import (
    Context,
    Export,
    Face,
    Listing,
    NotFound,
    Paged,
    Paging,
    Raw,
    Route,
    Search,
    Unmasking,
    Upload,
    check_here,
    sheets,
)
from plugins.interception import views
from plugins.interception.actions import hits, lists, reading, recoveries
from plugins.interception.actions.checks import check_confirms, check_evidence
from plugins.interception.actions.kinds import KINDS
from plugins.interception.actions.lists import ListQuery
from plugins.interception.actions.reading import (
    CountQuery,
    Counts,
    EntryQuery,
    ExportRequest,
    HitQuery,
    RecoveryQuery,
)
from plugins.interception.actions.rules import RULES
from plugins.interception.business import HITS, RECOVERIES
from plugins.interception.documents import lists_of, rejects_of

READ, CONFIRM, EVIDENCE, IMPORT, EXPORT = (
    f"interception.{name}" for name in ("read", "confirm", "evidence", "import", "export")
)

HIT = Face(
    business=HITS,
    path="/hits",
    find=HITS.seen,
    show=views.hit_detail,
    read=READ,
    act=CONFIRM,
    may=(check_here,),
    buttons=hits.BUTTONS,
)
RECOVERY = Face(
    business=RECOVERIES,
    path="/recoveries",
    find=RECOVERIES.seen,
    show=views.recovery_detail,
    read=READ,
    act=CONFIRM,
    may=(check_here, check_confirms),
    buttons=recoveries.BUTTONS,
    late_first=True,
)

# --- 纪委监督 -----------------------------------------------------------------------------------------------------------


async def count(ctx: Context, query: CountQuery) -> Counts:
    """风险拦截统计 by rule, place, bureau, project, month: numbers alone."""
    return await reading.count(ctx, query)


LIST = Listing(
    path="/hits",
    read=READ,
    says="拦截信息 within my reach, the newest first.",
    of=HITS,
    line=views.hit_line,
    query=HitQuery,
    exact=reading.FILTERS,
    wanted=reading.in_months,
    order=reading.newest,
    search=Search(
        says="拦截信息 of one person by ID number; logged.",
        subject="hits",
        wanted=lambda ctx, number: {"key": ctx.store.blind(number)},
    ),
    export=Export(
        says="导出 as XLSX, persons masked; with a reason, logged.",
        act=EXPORT,
        request=ExportRequest,
        columns=reading.COLUMNS,
    ),
)
ENTRIES = Listing(
    path="/entries",
    read=READ,
    says="纪委监督: persons intercepted while they were typed in, also where no declaration came of it.",
    of=HITS,
    own=lambda ctx: {"at_entry": True},
    line=views.hit_line,
    query=EntryQuery,
    exact=("rule", "project", "state"),
    wanted=reading.attempts,
    search=Search(
        says="纪委监督 of one person by ID number; logged.",
        subject="entries",
        wanted=lambda ctx, number: {"key": ctx.store.blind(number)},
    ),
)
RECOVERY_LIST = Listing(
    path="/recoveries",
    read=READ,
    says="追缴记录 within my reach, the newest first.",
    of=RECOVERIES,
    line=views.recovery_view,
    query=RecoveryQuery,
    exact=("state",),
)
EVIDENCE_VIEW = Unmasking(
    business=HITS,
    path="/hits/{id}/evidence",
    name="evidence",
    act=EVIDENCE,
    may=(check_evidence,),
    show=views.evidence_view,
    hourly=120,
    noted=lambda hit: {"number": hit.number, "rule": hit.rule},
)


# --- check lists -----------------------------------------------------------------------------------------------------


async def list_rules(ctx: Context) -> Paged[views.RuleView]:
    """The rules as this county runs them."""
    return Paged(items=[views.rule_view(ctx, rule) for rule in RULES])


async def list_kinds(ctx: Context) -> Paged[views.KindView]:
    """The kinds of check lists and their columns."""
    return Paged(items=[views.kind_view(kind) for kind in KINDS.values()])


async def template(ctx: Context, kind: str) -> Raw:
    """The table of this kind to fill in."""
    if kind not in KINDS:
        raise NotFound
    return sheets.template(kind, KINDS[kind].columns)


async def import_list(ctx: Context, query: ListQuery, upload: Upload) -> views.ListView:
    """导入名单 (CSV or XLSX) of one kind: read in parts afterwards; a bad line is left out and listed."""
    return views.list_view(ctx, await lists.receive(ctx, query, upload))


async def show_list(ctx: Context, id: str) -> views.ListView:
    """How far a list has been read, and its reconciliation counts."""
    return views.list_view(ctx, await lists_of(ctx).get(id))


async def of_list(ctx: Context, id: str) -> Mapping[str, Any]:
    stored = await lists_of(ctx).get(id)
    return {"list": stored.id}


CHECK_LISTS = Listing(
    path="/lists",
    read=IMPORT,
    says="Check lists that were brought in, the newest first.",
    of=lists_of,
    line=views.list_view,
    query=Paging,
)
REJECTS = Listing(
    path="/lists/{id}/rejects",
    read=IMPORT,
    says="The lines of a list that were left out, each with its reason.",
    of=rejects_of,
    below=of_list,
    line=views.reject_view,
    query=Paging,
    order=(("line", 1),),
)

HOURLY = timedelta(hours=1)

ROUTES = (
    *LIST.routes(),
    *HIT.routes(),
    EVIDENCE_VIEW.route(),
    *ENTRIES.routes(),
    Route(method="GET", path="/statistics", call=count, access=READ),
    *RECOVERY_LIST.routes(),
    *RECOVERY.routes(),
    Route(method="GET", path="/rules", call=list_rules, access=READ),
    Route(method="GET", path="/kinds", call=list_kinds, access=IMPORT),
    Route(method="GET", path="/templates/{kind}", call=template, access=IMPORT),
    Route(
        method="POST",
        path="/lists",
        call=import_list,
        access=IMPORT,
        status=202,
        rate=(30, HOURLY),
        transaction=False,
        reads="/lists/{id}",
    ),
    *CHECK_LISTS.routes(),
    Route(method="GET", path="/lists/{id}", call=show_list, access=IMPORT),
    *REJECTS.routes(),
)
