"""The operations of 拦截信息确认 and 纪委监督: check lists, hits, evidence, 追缴, numbers."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Context, Face, NotFound, Page, Paging, Raw, Route, Upload, check_here, sheets
from plugins.interception import views
from plugins.interception.actions import hits, lists, reading, recoveries
from plugins.interception.actions.checks import check_confirms
from plugins.interception.actions.kinds import KINDS
from plugins.interception.actions.lists import ListQuery
from plugins.interception.actions.reading import (
    CountQuery,
    Counts,
    EntryQuery,
    ExportRequest,
    HitQuery,
    PersonSearch,
    ReasonRequest,
    RecoveryQuery,
)
from plugins.interception.actions.rules import RULES, severity_of
from plugins.interception.business import HITS, RECOVERIES
from plugins.interception.documents import CheckList, Hit, Reject, lists_of, rejects_of

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

# --- hits ------------------------------------------------------------------------------------------------------------


async def list_hits(ctx: Context, query: HitQuery) -> Page[views.HitLine]:
    """拦截信息 within my reach, the newest first."""
    return _lines(ctx, await reading.page_of(ctx, query))


async def search_hits(ctx: Context, body: PersonSearch) -> Page[views.HitLine]:
    """拦截信息 of one person by ID number; logged."""
    return _lines(ctx, await reading.find_person(ctx, body, at_entry=False))


async def show_evidence(ctx: Context, id: str, body: ReasonRequest) -> views.EvidenceView:
    """比对依据: for the confirming bureau and 纪委, with a reason; logged."""
    return views.evidence_view(*await reading.evidence(ctx, id, body))


def _lines(ctx: Context, page: Page[Hit]) -> Page[views.HitLine]:
    return Page(items=[views.hit_line(ctx, hit) for hit in page.items], next=page.next)


# --- 纪委监督 -----------------------------------------------------------------------------------------------------------


async def list_entries(ctx: Context, query: EntryQuery) -> Page[views.HitLine]:
    """纪委监督: persons intercepted while they were typed in, also where no declaration came of it."""
    return _lines(ctx, await reading.entries_of(ctx, query))


async def search_entries(ctx: Context, body: PersonSearch) -> Page[views.HitLine]:
    """纪委监督 of one person by ID number; logged."""
    return _lines(ctx, await reading.find_person(ctx, body, at_entry=True))


async def count(ctx: Context, query: CountQuery) -> Counts:
    """风险拦截统计 by rule, place, bureau, project, month: numbers alone."""
    return await reading.count(ctx, query)


async def export(ctx: Context, body: ExportRequest) -> Raw:
    """导出 as XLSX, persons masked; with a reason, logged."""
    return await reading.export(ctx, body)


# --- 追缴 ------------------------------------------------------------------------------------------------------------


async def list_recoveries(ctx: Context, query: RecoveryQuery) -> Page[views.RecoveryView]:
    """追缴记录 within my reach, the newest first."""
    page = await reading.page_of_recoveries(ctx, query)
    return Page(items=[views.recovery_view(ctx, each) for each in page.items], next=page.next)


# --- check lists -----------------------------------------------------------------------------------------------------


async def list_rules(ctx: Context) -> Page[views.RuleView]:
    """The rules as this county runs them."""
    return Page(
        items=[
            views.RuleView(
                code=rule.code,
                label=rule.label,
                severity=severity_of(ctx.config, rule),
                words=rule.words,
                kind=rule.kind,
                full_survey=rule.full_survey,
                on=rule.code not in ctx.config.off,
            )
            for rule in RULES
        ]
    )


async def list_kinds(ctx: Context) -> Page[views.KindView]:
    """The kinds of check lists and their columns."""
    return Page(
        items=[
            views.KindView(code=kind.code, label=kind.label, columns=[column.label for column in kind.columns])
            for kind in KINDS.values()
        ]
    )


async def template(ctx: Context, kind: str) -> Raw:
    """The table of this kind to fill in."""
    if kind not in KINDS:
        raise NotFound
    return sheets.template(kind, KINDS[kind].columns)


async def import_list(ctx: Context, query: ListQuery, upload: Upload) -> views.ListView:
    """导入名单 (CSV or XLSX) of one kind: read in parts afterwards; a bad line is left out and listed."""
    return views.list_view(await lists.receive(ctx, query, upload))


async def list_lists(ctx: Context, query: Paging) -> Page[views.ListView]:
    """Check lists that were brought in, the newest first."""
    page: Page[CheckList] = await lists_of(ctx).page({}, query)
    return Page(items=[views.list_view(each) for each in page.items], next=page.next)


async def show_list(ctx: Context, id: str) -> views.ListView:
    """How far a list has been read, and its reconciliation counts."""
    return views.list_view(await lists_of(ctx).get(id))


async def list_rejects(ctx: Context, id: str, query: Paging) -> Page[views.RejectView]:
    """The lines of a list that were left out, each with its reason."""
    stored = await lists_of(ctx).get(id)
    page: Page[Reject] = await rejects_of(ctx).page({"list": stored.id}, query, sort=(("line", 1),))
    return Page(items=[views.RejectView(line=each.line, reason=each.reason) for each in page.items], next=page.next)


HOURLY = timedelta(hours=1)

ROUTES = (
    Route(method="GET", path="/hits", call=list_hits, access=READ),
    Route(method="POST", path="/hits/search", call=search_hits, access=READ, rate=(60, HOURLY)),
    *HIT.routes(),
    Route(method="POST", path="/hits/{id}/evidence", call=show_evidence, access=EVIDENCE, rate=(120, HOURLY)),
    Route(method="GET", path="/entries", call=list_entries, access=READ),
    Route(method="POST", path="/entries/search", call=search_entries, access=READ, rate=(60, HOURLY)),
    Route(method="GET", path="/statistics", call=count, access=READ),
    Route(method="POST", path="/export", call=export, access=EXPORT, rate=(30, HOURLY), transaction=False),
    Route(method="GET", path="/recoveries", call=list_recoveries, access=READ),
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
    Route(method="GET", path="/lists", call=list_lists, access=IMPORT),
    Route(method="GET", path="/lists/{id}", call=show_list, access=IMPORT),
    Route(method="GET", path="/lists/{id}/rejects", call=list_rejects, access=IMPORT),
)
