"""The operations of 补贴发放: handlers' work on benefits, batches and tables; residents' own payments (C9)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec

from hub.api import (
    Anyone,
    Asked,
    Context,
    Face,
    Listing,
    NotFound,
    Paged,
    Paging,
    Raw,
    Route,
    Upload,
    WhyRequest,
    both,
    check_here,
    read_id_number,
    sheets,
)
from plugins.payments import views
from plugins.payments.actions import batches, changes, expected, intakes, life, rows, years
from plugins.payments.actions.batches import BatchRequest
from plugins.payments.actions.expected import Unpaid
from plugins.payments.actions.intakes import COLUMNS, ResultsQuery, RosterQuery
from plugins.payments.actions.life import PersonQuery
from plugins.payments.actions.years import YearQuery
from plugins.payments.business import (
    BATCHES,
    BENEFITS,
    ROWS,
    check_answered,
    check_at_the_bank,
    check_granting,
    check_paying,
    open_to,
)
from plugins.payments.documents import (
    Batch,
    Benefit,
    Row,
    batches_of,
    benefits_of,
    intakes_of,
    rejects_of,
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
    also={
        "bank_file": (check_here, check_paying, check_at_the_bank),
        "results": (check_here, check_paying, check_answered),
    },
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


class StateQuery(Paging, frozen=True, kw_only=True):
    state: str | None = None


class FindRequest(Paging, frozen=True, kw_only=True):
    """A person by ID number, in the body: a number in an address would stand in every log on the way."""

    id_number: Annotated[str, Asked("身份证号")]

    def __repr__(self) -> str:
        return "FindRequest(***)"


# --- 享受 ------------------------------------------------------------------------------------------------------------


async def find_benefits(ctx: Context, body: FindRequest) -> Paged[views.BenefitView]:
    """享受 of one person by ID number; logged. Whoever may not read about persons of a project does not learn that somebody is in it."""
    number = read_id_number(ctx, body.id_number)
    ctx.audit("payments.find", "benefits")
    seen = both({"identity.id_number": number}, open_to(ctx), BENEFITS.sees(ctx.actor))
    page: Paged[Benefit] = await benefits_of(ctx).page(seen, body)
    return Paged(items=[views.benefit_view(ctx, benefit) for benefit in page.items], next=page.next)


# --- tables ----------------------------------------------------------------------------------------------------------


async def template(ctx: Context, kind: str) -> Raw:
    """The table to fill in: ``roster`` 名册 or ``results`` 发放结果."""
    if kind not in COLUMNS:
        raise NotFound
    return sheets.template(kind, COLUMNS[kind])


async def import_roster(ctx: Context, query: RosterQuery, upload: Upload) -> views.IntakeView:
    """导入名册 (CSV or XLSX) of a project: read in parts afterwards; a bad line is left out and listed."""
    return views.intake_view(ctx, await intakes.receive_roster(ctx, query, upload))


async def import_results(ctx: Context, id: str, query: ResultsQuery, upload: Upload) -> views.IntakeView:
    """导入发放结果 of the bank for a batch: the same file again changes nothing."""
    return views.intake_view(ctx, await intakes.receive_results(ctx, id, query, upload))


async def show_intake(ctx: Context, id: str) -> views.IntakeView:
    """How far a table has been read, and its reconciliation counts."""
    return views.intake_view(ctx, await intakes_of(ctx).get(id))


# --- batches ---------------------------------------------------------------------------------------------------------


async def create_batch(ctx: Context, body: BatchRequest) -> views.BatchView:
    """编制名册: a new batch of everybody who is 享受中 in a project."""
    return views.batch_view(ctx, await batches.create(ctx, body))


async def export(ctx: Context, id: str) -> Raw:
    """导出: the rows of a batch as XLSX, persons masked; logged."""
    return await life.export(ctx, id)


async def bank_file(ctx: Context, id: str, body: WhyRequest) -> Raw:
    """发放文件 for the bank, unmasked: for the paying bureau alone, with a reason; logged."""
    return await life.bank_file(ctx, id, body.reason)


# --- C9 --------------------------------------------------------------------------------------------------------------


async def list_mine(ctx: Context, query: Paging) -> Paged[views.RowView]:
    """补贴发放信息: my payments, and those of persons I am the approved agent of."""
    page = await life.list_mine(ctx, query)
    return Paged(items=[views.row_view(ctx, row) for row in page.items], next=page.next)


async def search_mine(ctx: Context, body: PersonQuery) -> Paged[views.RowView]:
    """补贴发放信息 by 姓名 + 身份证号: only of myself and of persons I am the approved agent of."""
    page = await life.search_mine(ctx, body)
    return Paged(items=[views.row_view(ctx, row) for row in page.items], next=page.next)


async def show_mine(ctx: Context, id: str) -> views.RowDetail:
    """One of these payments with its whole life: every node, time and 经办人员."""
    return await views.row_detail(ctx, await life.show_mine(ctx, id))


class UnpaidList(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Unpaid]


async def list_unpaid(ctx: Context) -> UnpaidList:
    """应发未发: periods within my reach that should be on the cards by now, what has waited longest first."""
    return UnpaidList(items=await expected.unpaid(ctx))


async def year_of_mine(ctx: Context, id: str, query: YearQuery) -> views.YearView:
    """年度发放清单: what the person of one of these payments was paid in a year."""
    return views.year_view(ctx, await years.of_mine(ctx, id, query))


async def year_of_row(ctx: Context, id: str, query: YearQuery) -> views.YearView:
    """年度发放清单 of the person of a payment within my reach; logged."""
    return views.year_view(ctx, await years.of_row(ctx, id, query))


# --- lists -----------------------------------------------------------------------------------------------------------


async def of_intake(ctx: Context, id: str) -> Mapping[str, Any]:
    intake = await intakes_of(ctx).get(id)
    return {"intake": intake.id}


async def of_batch(ctx: Context, id: str) -> Mapping[str, Any]:
    batch = await batches_of(ctx).get(id)
    return {"batch": batch.id}


BENEFIT_LIST = Listing(
    path="/benefits",
    read=READ,
    says="享受 within my reach, the newest first.",
    of=BENEFITS,
    line=views.benefit_view,
    query=BenefitQuery,
    exact=("project", "state"),
)
INTAKES = Listing(
    path="/intakes",
    read=MANAGE,
    says="Tables that were brought in, the newest first.",
    of=intakes_of,
    line=views.intake_view,
    query=Paging,
)
REJECTS = Listing(
    path="/intakes/{id}/rejects",
    read=MANAGE,
    says="The lines of a table that were left out, each with its reason.",
    of=rejects_of,
    below=of_intake,
    line=views.reject_view,
    query=Paging,
    order=(("line", 1),),
)
BATCH_LIST = Listing(
    path="/batches",
    read=READ,
    says="发放批次 within my reach, the newest first.",
    of=BATCHES,
    line=views.batch_view,
    query=StateQuery,
    exact=("state",),
)
ROW_LIST = Listing(
    path="/batches/{id}/rows",
    read=READ,
    says="The 名册 of a batch.",
    of=ROWS,
    below=of_batch,
    line=views.row_view,
    query=StateQuery,
    exact=("state",),
    order=life.BY_SERIAL,
)

HOURLY = timedelta(hours=1)
# Of one's own. Each query is logged; a person has a few dozen payments, who asks hundreds of times looks for something else.
LISTED, SHOWN = (60, HOURLY), (120, HOURLY)

ROUTES = (
    *BENEFIT_LIST.routes(),
    Route(
        method="POST",
        path="/benefits/search",
        call=find_benefits,
        access=READ,
        rate=(60, HOURLY),
        changes_nothing=True,
    ),
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
    *INTAKES.routes(),
    Route(method="GET", path="/intakes/{id}", call=show_intake, access=MANAGE),
    *REJECTS.routes(),
    Route(method="POST", path="/batches", call=create_batch, access=MANAGE, status=201),
    Route(method="GET", path="/unpaid", call=list_unpaid, access=READ),
    *BATCH_LIST.routes(),
    *BATCH.routes(),
    *ROW_LIST.routes(),
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
    Route(method="GET", path="/rows/{id}/year", call=year_of_row, access=READ, rate=(120, HOURLY)),
    Route(method="GET", path="/mine", call=list_mine, access=Anyone.PROVED, rate=LISTED),
    Route(
        method="POST",
        path="/mine/search",
        call=search_mine,
        access=Anyone.PROVED,
        rate=(30, HOURLY),
        transaction=False,
        changes_nothing=True,
    ),
    Route(method="GET", path="/mine/{id}", call=show_mine, access=Anyone.PROVED, rate=SHOWN),
    Route(method="GET", path="/mine/{id}/year", call=year_of_mine, access=Anyone.PROVED, rate=SHOWN),
)
