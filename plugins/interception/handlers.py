"""The operations of 拦截信息确认 and 纪委监督: check lists, hits, evidence, 追缴, numbers."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Context, NotFound, Page, Paging, Raw, Route, Upload, sheets
from plugins.interception import views
from plugins.interception.actions import hits, lists, reading, recoveries
from plugins.interception.actions.hits import ConfirmRequest, ProposalRequest, ReasonRequest, VersionRequest
from plugins.interception.actions.kinds import KINDS
from plugins.interception.actions.lists import ListQuery
from plugins.interception.actions.reading import (
    CountQuery,
    Counts,
    EntryQuery,
    ExportRequest,
    HitQuery,
    PersonSearch,
    RecoveryQuery,
)
from plugins.interception.actions.recoveries import RecoveredRequest, WaiveRequest
from plugins.interception.actions.rules import RULES, severity_of
from plugins.interception.documents import CheckList, Hit, Reject, lists_of, rejects_of

# --- hits ------------------------------------------------------------------------------------------------------------


async def list_hits(ctx: Context, query: HitQuery) -> Page[views.HitLine]:
    """拦截信息 within my reach, the newest first."""
    return _lines(ctx, await reading.page_of(ctx, query))


async def search_hits(ctx: Context, body: PersonSearch) -> Page[views.HitLine]:
    """拦截信息 of one person by ID number; logged."""
    return _lines(ctx, await reading.find_person(ctx, body, at_entry=False))


async def show_hit(ctx: Context, id: str) -> views.HitDetail:
    """One hit with all that happened to it; without what the lists say."""
    return await views.hit_detail(ctx, await hits.hit_of(ctx, id))


async def show_evidence(ctx: Context, id: str, body: ReasonRequest) -> views.EvidenceView:
    """比对依据: for the confirming bureau and 纪委, with a reason; logged."""
    proofs = await hits.show_evidence(ctx, id, body)
    return views.evidence_view(await hits.hit_of(ctx, id), proofs)


async def confirm(ctx: Context, id: str, body: ConfirmRequest) -> views.HitDetail:
    """属实: 停发, the open declaration ends or is refused, money is asked back."""
    return await views.hit_detail(ctx, await hits.confirm(ctx, id, body))


async def note(ctx: Context, id: str, body: VersionRequest) -> views.HitDetail:
    """知悉 a warning that needs nothing more."""
    return await views.hit_detail(ctx, await hits.note(ctx, id, body))


async def propose(ctx: Context, id: str, body: ProposalRequest) -> views.HitDetail:
    """提出误报解除 with reason and proof: a second person of the position decides; where there is none, the level above."""
    return await views.hit_detail(ctx, await hits.propose(ctx, id, body))


async def clear(ctx: Context, id: str, body: VersionRequest) -> views.HitDetail:
    """确认误报解除, as the second person: another holder, the bureau's leader, or the level above; never the first again."""
    return await views.hit_detail(ctx, await hits.clear(ctx, id, body))


async def reject(ctx: Context, id: str, body: VersionRequest) -> views.HitDetail:
    """不同意误报解除, as the second person: the bureau looks again."""
    return await views.hit_detail(ctx, await hits.reject(ctx, id, body))


async def review(ctx: Context, id: str, body: VersionRequest) -> views.HitDetail:
    """纪委复核同意."""
    return await views.hit_detail(ctx, await hits.review(ctx, id, body))


async def send_back(ctx: Context, id: str, body: VersionRequest) -> views.HitDetail:
    """纪委退回重新核实: it is open again."""
    return await views.hit_detail(ctx, await hits.send_back(ctx, id, body))


async def archive(ctx: Context, id: str, body: VersionRequest) -> views.HitDetail:
    """归档."""
    return await views.hit_detail(ctx, await hits.archive(ctx, id, body))


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


async def show_recovery(ctx: Context, id: str) -> views.RecoveryView:
    """One 追缴 with its steps."""
    return views.recovery_view(ctx, await recoveries.recovery_of(ctx, id))


async def recovered(ctx: Context, id: str, body: RecoveredRequest) -> views.RecoveryView:
    """登记追回."""
    return views.recovery_view(ctx, await recoveries.recovered(ctx, id, body))


async def waive(ctx: Context, id: str, body: WaiveRequest) -> views.RecoveryView:
    """不予追缴, with the reason."""
    return views.recovery_view(ctx, await recoveries.waive(ctx, id, body))


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
    data = sheets.template_file(KINDS[kind].columns)
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"{kind}.xlsx")


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


READ, CONFIRM, SECOND, REVIEW = (f"interception.{name}" for name in ("read", "confirm", "second", "review"))
EVIDENCE, IMPORT, EXPORT = (f"interception.{name}" for name in ("evidence", "import", "export"))
HOURLY = timedelta(hours=1)
HIT, RECOVERY = "/hits/{id}", "/recoveries/{id}"

ROUTES = (
    Route(method="GET", path="/hits", call=list_hits, access=READ),
    Route(method="POST", path="/hits/search", call=search_hits, access=READ, rate=(60, HOURLY)),
    Route(method="GET", path=HIT, call=show_hit, access=READ),
    Route(method="POST", path=f"{HIT}/evidence", call=show_evidence, access=EVIDENCE, rate=(120, HOURLY)),
    Route(method="POST", path=f"{HIT}/confirm", call=confirm, access=CONFIRM),
    Route(method="POST", path=f"{HIT}/note", call=note, access=CONFIRM),
    Route(method="POST", path=f"{HIT}/propose", call=propose, access=CONFIRM),
    Route(method="POST", path=f"{HIT}/clear", call=clear, access=SECOND),
    Route(method="POST", path=f"{HIT}/reject", call=reject, access=SECOND),
    Route(method="POST", path=f"{HIT}/review", call=review, access=REVIEW),
    Route(method="POST", path=f"{HIT}/return", call=send_back, access=REVIEW),
    Route(method="POST", path=f"{HIT}/archive", call=archive, access=REVIEW),
    Route(method="GET", path="/entries", call=list_entries, access=READ),
    Route(method="POST", path="/entries/search", call=search_entries, access=READ, rate=(60, HOURLY)),
    Route(method="GET", path="/statistics", call=count, access=READ),
    Route(method="POST", path="/export", call=export, access=EXPORT, rate=(30, HOURLY), transaction=False),
    Route(method="GET", path="/recoveries", call=list_recoveries, access=READ),
    Route(method="GET", path=RECOVERY, call=show_recovery, access=READ),
    Route(method="POST", path=f"{RECOVERY}/recovered", call=recovered, access=CONFIRM),
    Route(method="POST", path=f"{RECOVERY}/waive", call=waive, access=CONFIRM),
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
    ),
    Route(method="GET", path="/lists", call=list_lists, access=IMPORT),
    Route(method="GET", path="/lists/{id}", call=show_list, access=IMPORT),
    Route(method="GET", path="/lists/{id}/rejects", call=list_rejects, access=IMPORT),
)
