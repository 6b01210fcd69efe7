"""The whole life of a payment, and reading it: by residents for themselves, by handlers for their work, as a table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Annotated, Any

import msgspec

from hub.api import (
    Conflict,
    Context,
    Forbidden,
    HistoryLine,
    IdNumberText,
    Invalid,
    Page,
    Paging,
    Raw,
    idnumbers,
    masking,
    read_reason,
    same_name,
    shanghai,
    sheets,
)
from plugins.payments.business import BATCHES, check_bureau, finance_of, sees_persons
from plugins.payments.documents import ROW, Proved, Row, batches_of, benefits_of, milestones_of, proved_of, rows_of
from plugins.payments.steps import KnowReader

NOT_YOURS = "只能查询本人，或由您代办并经审核的人员的补贴发放信息。"
MASKED_HEADINGS = ("流水号", "姓名", "身份证号", "卡号", "村（社区）", "补贴标准", "数量", "金额（元）", "状态", "说明")
BANK_HEADINGS = ("流水号", "姓名", "身份证号", "社保卡号", "金额（元）")
EXPORTED_AT_ONCE = 200
HIDDEN = "***"


class PersonQuery(Paging, frozen=True, kw_only=True):
    """By 姓名 + 身份证号, in the body: a number in an address would stand in every log on the way."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    id_number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]

    def __repr__(self) -> str:
        return "PersonQuery(***)"


# --- C9: one's own ---------------------------------------------------------------------------------------------------


def mine(ctx: Context) -> Mapping[str, Any]:
    """Rows of oneself, and of those one is the approved agent of. The store lets through what one is a reader of; here
    counts why: somebody's claim may have ended since.
    """
    return {"$or": [{"identity.id_number.b": ctx.actor.id_key or ""}, {"agents": ctx.actor.person or ""}]}


async def noted(ctx: Context, what: str, subject: str, result: str = "ok") -> None:
    """Every query is logged, in a transaction of its own: a refusal leaves its line too."""

    async def write(unit: Context) -> None:
        unit.audit(what, subject, result=result)
        await introduce(unit)

    await ctx.in_transaction(write)


async def introduce(ctx: Context) -> None:
    """Let payments know a proved person whom they have not met here; what is theirs appears a moment later."""
    person, key = ctx.actor.person, ctx.actor.id_key
    if person is None or key is None or ctx.county is None:
        return
    known: Proved | None = await proved_of(ctx).first({"county": ctx.county, "id_key": key})
    if known is None or known.person != person:
        ctx.enqueue(KnowReader(place=ctx.county, person=person, id_key=key))


async def list_mine(ctx: Context, query: Paging) -> Page[Row]:
    await noted(ctx, "payments.query", ctx.actor.person or "")
    page: Page[Row] = await rows_of(ctx).page(mine(ctx), query)
    return page


async def show_mine(ctx: Context, id: str) -> Row:
    await noted(ctx, "payments.show", id)
    row: Row | None = await rows_of(ctx).first({"$and": [{"_id": id}, mine(ctx)]})
    if row is None:
        raise Forbidden(NOT_YOURS)
    return row


async def search_mine(ctx: Context, query: PersonQuery) -> Page[Row]:
    """By name and number. The same refusal for somebody else's number whether there are payments or not."""
    try:
        number = IdNumberText(idnumbers.parse(query.id_number, shanghai(ctx.now()).date()).number)
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"id_number": problem.text}) from None
    key = ctx.store.blind(number)
    of_this = {"$and": [{"identity.id_number.b": key}, mine(ctx)]}
    first: Row | None = await rows_of(ctx).first(of_this, sort=(("created_at", -1),))
    allowed = key == ctx.actor.id_key or first is not None
    if not allowed or (first is not None and not same_name(first.identity.name.reveal(), query.name)):
        await noted(ctx, "payments.query", ctx.actor.person or "", "refused")
        raise Forbidden(NOT_YOURS)
    await noted(ctx, "payments.query", ctx.actor.person or "")
    page: Page[Row] = await rows_of(ctx).page(of_this, query)
    return page


async def life_of(ctx: Context, row: Row) -> list[HistoryLine]:
    """Every node with its time and 经办人员, in order: the benefit's, the batch's, the payment's own."""
    benefit = await benefits_of(ctx).first({"_id": row.benefit})
    batch = await milestones_of(ctx).first({"_id": row.batch})
    made = row.created_at
    before = [line for line in (benefit.acts if benefit else ()) if made is None or line.at < made]
    # Of one moment, the payment's own step comes first: paid, and with it the batch is done.
    lines = [*before, *row.acts, *(batch.acts if batch else ())]
    return sorted(lines, key=lambda line: line.at)


# --- tables ----------------------------------------------------------------------------------------------------------


async def export(ctx: Context, id: str) -> Raw:
    """The rows of a batch with masked persons, logged."""
    batch = await batches_of(ctx).get(id)

    async def note(unit: Context) -> None:
        unit.audit("payments.export", id, number=batch.number)

    await ctx.in_transaction(note)
    data = await sheets.write_rows(MASKED_HEADINGS, tables(ctx, {"batch": id}, lambda row: masked_cells(ctx, row)))
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"{batch.number}.xlsx")


async def bank_file(ctx: Context, id: str, reason: str) -> Raw:
    """What the bank needs: full names, numbers and cards of the rows that are with it now. For the paying bureau alone,
    with a reason, logged as seeing unmasked data.
    """
    batch = await BATCHES.here(ctx, id)
    check_bureau(ctx, batch, finance_of(batch))
    why = read_reason(reason)
    if batch.state != "paying" or batch.sending:
        raise Conflict("本批次没有已提交的发放数据，请在发放提交完成后下载。", state={"state": batch.state})

    async def note(unit: Context) -> None:
        unit.audit("payments.bank_file", id, why=why, number=batch.number, run=batch.run)

    await ctx.in_transaction(note)
    wanted = {"batch": id, "state": "sent"}
    data = await sheets.write_rows(BANK_HEADINGS, tables(ctx, wanted, bank_cells))
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"{batch.number}-{batch.run}.xlsx")


async def tables(ctx: Context, wanted: Mapping[str, Any], cells: Any) -> AsyncIterator[Iterable[tuple[str, ...]]]:
    """The rows, a page at a time, as cells."""
    cursor: str | None = None
    while True:
        paging = Paging(limit=EXPORTED_AT_ONCE, cursor=cursor)
        page: Page[Row] = await rows_of(ctx).page(wanted, paging, sort=(("serial", 1),))
        yield [cells(row) for row in page.items]
        cursor = page.next
        if cursor is None:
            return


def masked_cells(ctx: Context, row: Row) -> tuple[str, ...]:
    card = row.identity.card
    shown = sees_persons(ctx, row)
    return (
        row.number,
        row.identity.masked if shown else HIDDEN,
        masking.id_number_public(row.identity.id_number.reveal()) if shown else HIDDEN,
        masking.card(card.reveal()) if card and shown else "",
        ctx.regions.full_name(row.place),
        row.standard,
        row.quantity,
        row.amount,
        state_label(row),
        row.reason,
    )


def bank_cells(row: Row) -> tuple[str, ...]:
    card = row.identity.card
    return (
        row.slip,
        row.identity.name.reveal(),
        row.identity.id_number.reveal(),
        card.reveal() if card else "",
        row.amount,
    )


def state_label(row: Row) -> str:
    """An open objection is told beside the state."""
    label = ROW.label(row.state)
    return f"{label}（异议中）" if row.objections else label
