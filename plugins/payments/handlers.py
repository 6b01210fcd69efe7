"""The operations of 补贴发放: handlers' work on benefits, batches and tables; residents' own payments (C9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Literal

import msgspec

from hub.api import (
    Anyone,
    Context,
    Face,
    IdNumberText,
    Invalid,
    NotFound,
    Page,
    Paging,
    Raw,
    Route,
    Upload,
    check_here,
    idnumbers,
    shanghai,
    sheets,
)
from plugins.payments import views
from plugins.payments.actions import batches, changes, intakes, life, rows
from plugins.payments.actions.batches import BatchRequest
from plugins.payments.actions.intakes import COLUMNS, ResultsQuery, RosterQuery
from plugins.payments.actions.life import PersonQuery
from plugins.payments.business import BATCHES, BENEFITS, ROWS, check_granting, open_to
from plugins.payments.documents import (
    Batch,
    Benefit,
    Intake,
    Reject,
    Row,
    batches_of,
    benefits_of,
    intakes_of,
    rejects_of,
    rows_of,
)

READ, MANAGE, EXPORT = "payments.read", "payments.manage", "payments.export"

BENEFIT = Face(
    business=BENEFITS,
    path="/benefits",
    find=BENEFITS.seen,
    show=views.benefit_detail,
    read=READ,
    act=MANAGE,
    may=(check_here, check_granting),
    buttons=changes.BUTTONS,
)
BATCH: Face[Batch, views.BatchDetail] = Face(
    business=BATCHES,
    path="/batches",
    find=BATCHES.seen,
    show=views.batch_detail,
    brief=views.batch_view,
    read=READ,
    act=MANAGE,
    may=(check_here, check_granting),
    buttons=batches.BUTTONS,
    late_first=True,
)
ROW: Face[Row, views.RowDetail] = Face(
    business=ROWS,
    path="/rows",
    find=ROWS.seen,
    show=views.row_detail,
    brief=views.row_view,
    read=READ,
    act=MANAGE,
    may=(check_here, check_granting),
    buttons=rows.BUTTONS,
    late_first=True,
)


class BenefitQuery(Paging, frozen=True, kw_only=True):
    project: str | None = None
    state: Literal["active", "suspended", "stopped", "ended"] | None = None


class BatchQuery(Paging, frozen=True, kw_only=True):
    state: str | None = None


class RowQuery(Paging, frozen=True, kw_only=True):
    state: str | None = None


class FindRequest(Paging, frozen=True, kw_only=True):
    """A person by ID number, in the body: a number in an address would stand in every log on the way."""

    id_number: str

    def __repr__(self) -> str:
        return "FindRequest(***)"


class BankFileRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why unmasked data are needed."""

    reason: str


# --- 享受 ------------------------------------------------------------------------------------------------------------


async def list_benefits(ctx: Context, query: BenefitQuery) -> Page[views.BenefitView]:
    """享受 within my reach, the newest first."""
    wanted = {name: value for name in ("project", "state") if (value := getattr(query, name)) is not None}
    page: Page[Benefit] = await benefits_of(ctx).page(wanted, query)
    return Page(items=[views.benefit_view(ctx, benefit) for benefit in page.items], next=page.next)


async def find_benefits(ctx: Context, body: FindRequest) -> Page[views.BenefitView]:
    """享受 of one person by ID number; logged. Whoever may not read about persons of a project does not learn that somebody is in it."""
    try:
        number = IdNumberText(idnumbers.parse(body.id_number, shanghai(ctx.now()).date()).number)
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"id_number": problem.text}) from None
    ctx.audit("payments.find", "benefits")
    page: Page[Benefit] = await benefits_of(ctx).page({"identity.id_number": number, **open_to(ctx)}, body)
    return Page(items=[views.benefit_view(ctx, benefit) for benefit in page.items], next=page.next)


# --- tables ----------------------------------------------------------------------------------------------------------


async def template(ctx: Context, kind: str) -> Raw:
    """The table to fill in: ``roster`` 名册 or ``results`` 发放结果."""
    if kind not in COLUMNS:
        raise NotFound
    return sheets.template(kind, COLUMNS[kind])


async def import_roster(ctx: Context, query: RosterQuery, upload: Upload) -> views.IntakeView:
    """导入名册 (CSV or XLSX) of a project: read in parts afterwards; a bad line is left out and listed."""
    return views.intake_view(await intakes.receive_roster(ctx, query, upload))


async def import_results(ctx: Context, id: str, query: ResultsQuery, upload: Upload) -> views.IntakeView:
    """导入发放结果 of the bank for a batch: the same file again changes nothing."""
    return views.intake_view(await intakes.receive_results(ctx, id, query, upload))


async def list_intakes(ctx: Context, query: Paging) -> Page[views.IntakeView]:
    """Tables that were brought in, the newest first."""
    page: Page[Intake] = await intakes_of(ctx).page({}, query)
    return Page(items=[views.intake_view(intake) for intake in page.items], next=page.next)


async def show_intake(ctx: Context, id: str) -> views.IntakeView:
    """How far a table has been read, and its reconciliation counts."""
    return views.intake_view(await intakes_of(ctx).get(id))


async def list_rejects(ctx: Context, id: str, query: Paging) -> Page[views.RejectView]:
    """The lines of a table that were left out, each with its reason."""
    intake = await intakes_of(ctx).get(id)
    page: Page[Reject] = await rejects_of(ctx).page({"intake": intake.id}, query, sort=(("line", 1),))
    return Page(items=[views.RejectView(line=each.line, reason=each.reason) for each in page.items], next=page.next)


# --- batches ---------------------------------------------------------------------------------------------------------


async def create_batch(ctx: Context, body: BatchRequest) -> views.BatchView:
    """编制名册: a new batch of everybody who is 享受中 in a project."""
    return views.batch_view(ctx, await batches.create(ctx, body))


async def list_batches(ctx: Context, query: BatchQuery) -> Page[views.BatchView]:
    """发放批次 within my reach, the newest first."""
    wanted = {"state": query.state} if query.state else {}
    page: Page[Batch] = await batches_of(ctx).page(wanted, query)
    return Page(items=[views.batch_view(ctx, batch) for batch in page.items], next=page.next)


async def list_rows(ctx: Context, id: str, query: RowQuery) -> Page[views.RowView]:
    """The 名册 of a batch."""
    batch = await batches_of(ctx).get(id)
    wanted: dict[str, Any] = {"batch": batch.id}
    if query.state:
        wanted["state"] = query.state
    page: Page[Row] = await rows_of(ctx).page(wanted, query, sort=(("serial", 1),))
    return Page(items=[views.row_view(ctx, row) for row in page.items], next=page.next)


async def export(ctx: Context, id: str) -> Raw:
    """导出: the rows of a batch as XLSX, persons masked; logged."""
    return await life.export(ctx, id)


async def bank_file(ctx: Context, id: str, body: BankFileRequest) -> Raw:
    """发放文件 for the bank, unmasked: for the paying bureau alone, with a reason; logged."""
    return await life.bank_file(ctx, id, body.reason)


# --- C9 --------------------------------------------------------------------------------------------------------------


async def list_mine(ctx: Context, query: Paging) -> Page[views.RowView]:
    """补贴发放信息: my payments, and those of persons I am the approved agent of."""
    page = await life.list_mine(ctx, query)
    return Page(items=[views.row_view(ctx, row) for row in page.items], next=page.next)


async def search_mine(ctx: Context, body: PersonQuery) -> Page[views.RowView]:
    """补贴发放信息 by 姓名 + 身份证号: only of myself and of persons I am the approved agent of."""
    page = await life.search_mine(ctx, body)
    return Page(items=[views.row_view(ctx, row) for row in page.items], next=page.next)


async def show_mine(ctx: Context, id: str) -> views.RowDetail:
    """One of these payments with its whole life: every node, time and 经办人员."""
    return await views.row_detail(ctx, await life.show_mine(ctx, id))


HOURLY = timedelta(hours=1)

ROUTES = (
    Route(method="GET", path="/benefits", call=list_benefits, access=READ),
    Route(method="POST", path="/benefits/search", call=find_benefits, access=READ, rate=(60, HOURLY)),
    *BENEFIT.routes(),
    Route(method="GET", path="/templates/{kind}", call=template, access=MANAGE),
    Route(
        method="POST",
        path="/rosters",
        call=import_roster,
        access=MANAGE,
        status=202,
        rate=(30, HOURLY),
        transaction=False,
        reads="/intakes/{id}",
    ),
    Route(method="GET", path="/intakes", call=list_intakes, access=MANAGE),
    Route(method="GET", path="/intakes/{id}", call=show_intake, access=MANAGE),
    Route(method="GET", path="/intakes/{id}/rejects", call=list_rejects, access=MANAGE),
    Route(method="POST", path="/batches", call=create_batch, access=MANAGE, status=201),
    Route(method="GET", path="/batches", call=list_batches, access=READ),
    *BATCH.routes(),
    Route(method="GET", path="/batches/{id}/rows", call=list_rows, access=READ),
    Route(method="POST", path="/batches/{id}/export", call=export, access=EXPORT, rate=(30, HOURLY), transaction=False),
    Route(
        method="POST",
        path="/batches/{id}/bank-file",
        call=bank_file,
        access=MANAGE,
        rate=(30, HOURLY),
        transaction=False,
    ),
    Route(
        method="POST",
        path="/batches/{id}/results",
        call=import_results,
        access=MANAGE,
        status=202,
        rate=(30, HOURLY),
        transaction=False,
    ),
    *ROW.routes(),
    # Each query is logged; a person has a few dozen payments, who asks hundreds of times looks for something else.
    Route(method="GET", path="/mine", call=list_mine, access=Anyone.PROVED, rate=(60, HOURLY)),
    Route(
        method="POST",
        path="/mine/search",
        call=search_mine,
        access=Anyone.PROVED,
        rate=(30, HOURLY),
        transaction=False,
    ),
    Route(method="GET", path="/mine/{id}", call=show_mine, access=Anyone.PROVED, rate=(120, HOURLY)),
)
