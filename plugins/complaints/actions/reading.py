"""What staff read: lists, counts, tables, and what stands in full behind a reason."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.api import (
    Context,
    Group,
    Invalid,
    NotFound,
    Page,
    Paging,
    Raw,
    day_in_chinese,
    read_words,
    sheets,
)
from plugins.complaints.actions.checks import at_desk
from plugins.complaints.business import COMPLAINTS, sees_persons
from plugins.complaints.documents import COMPLAINT, KINDS, Complaint, complaints_of

HIDDEN = "***"
CONFIDENTIAL = "保密"
EXPORTED_AT_ONCE = 200
HEADINGS = (
    "编号",
    "投诉种类",
    "投诉类型",
    "补贴项目",
    "处理单位",
    "状态",
    "投诉对象",
    "投诉人",
    "投诉时间",
    "受理时间",
    "办理期限",
    "办结时间",
    "是否属实",
)

Word = Annotated[str, msgspec.Meta(max_length=64)]


class ComplaintQuery(Paging, frozen=True, kw_only=True):
    """``number`` is a whole one; ``overdue``: those whose limit has passed while an office has them."""

    state: Word | None = None
    kind: Word | None = None
    type: Word | None = None
    project: Word | None = None
    number: Word | None = None
    overdue: bool = False


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why the table is needed, and the filters of the list."""

    reason: str
    filter: ComplaintQuery = ComplaintQuery()


class UnmaskRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why the full name is needed."""

    reason: str


def wanted_of(ctx: Context, query: ComplaintQuery) -> Mapping[str, Any]:
    """The filter, without what the reader must keep away from."""
    fields = ("state", "kind", "type", "project", "number")
    exact = {name: value for name in fields if (value := getattr(query, name))}
    if query.overdue:
        exact |= {"open": True, "task_due": {"$lt": ctx.now()}, "state": exact.get("state", {"$ne": "replied"})}
    return {**exact, **COMPLAINTS.sees(ctx.actor)}


def order_of(query: ComplaintQuery) -> Sequence[tuple[str, int]]:
    """The newest first; of what is overdue the longest overdue."""
    return (("task_due", 1),) if query.overdue else (("created_at", -1),)


async def listed(ctx: Context, query: ComplaintQuery) -> Page[Complaint]:
    page: Page[Complaint] = await complaints_of(ctx).page(wanted_of(ctx, query), query, sort=order_of(query))
    return page


async def groups(ctx: Context, query: ComplaintQuery, by: str) -> list[Group]:
    """How many of each, within reach."""
    return await complaints_of(ctx).groups(wanted_of(ctx, query), (by,))


async def unmask(ctx: Context, id: str, request: UnmaskRequest) -> Complaint:
    """For whoever handles it, with a reason, logged. 保密 is kept also here."""
    complaint = await COMPLAINTS.here(ctx, id)
    at_desk(ctx, complaint)
    ctx.audit("complaints.unmask", id, why=read_words(request.reason, "reason", "查看的理由"), number=complaint.number)
    return complaint


async def picture(ctx: Context, complaint: Complaint, file: str) -> Raw:
    if file not in complaint.pictures:
        raise NotFound("没有找到该文件。")
    stored, data = await ctx.files.read(file, complaint.id)
    return Raw(data=data, media_type=stored.media_type)


# --- tables ----------------------------------------------------------------------------------------------------------


async def export(ctx: Context, request: ExportRequest) -> Raw:
    """What the list shows, masked, as XLSX; logged with its reason."""
    reason = read_words(request.reason, "reason", "导出的理由")
    if ctx.county is None:
        raise Invalid("请先选择区县再导出。")
    place = ctx.place.code

    async def note(unit: Context) -> None:
        unit.audit("complaints.export", place, why=reason)

    await ctx.in_transaction(note)
    data = await sheets.write_rows(HEADINGS, tables(ctx, request.filter))
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"complaints-{place}.xlsx")


async def tables(ctx: Context, query: ComplaintQuery) -> AsyncIterator[Iterable[tuple[str, ...]]]:
    """The complaints, a page at a time, as cells."""
    cursor: str | None = None
    while True:
        paging = Paging(limit=EXPORTED_AT_ONCE, cursor=cursor)
        page: Page[Complaint] = await complaints_of(ctx).page(wanted_of(ctx, query), paging, order_of(query))
        yield [cells(ctx, complaint) for complaint in page.items]
        cursor = page.next
        if cursor is None:
            return


def cells(ctx: Context, complaint: Complaint) -> tuple[str, ...]:
    upheld = {None: "", True: "属实", False: "不属实或部分属实"}[complaint.upheld]
    return (
        complaint.number,
        KINDS[complaint.kind],
        complaint.type_label,
        complaint.short,
        f"{ctx.regions.full_name(complaint.seat)}{complaint.bureau}",
        COMPLAINT.label(complaint.state),
        accused_of(ctx, complaint),
        CONFIDENTIAL if complaint.confidential else HIDDEN,
        day_of(complaint.created_at),
        day_of(complaint.accepted_at),
        day_of(complaint.task_due if complaint.open else None),
        day_of(complaint.closed_at),
        upheld,
    )


def accused_of(ctx: Context, complaint: Complaint) -> str:
    """Whom it accuses, as lists show it: the masked person, the office, or the project."""
    if complaint.accused_masked:
        return complaint.accused_masked if sees_persons(ctx.actor, complaint) else HIDDEN
    if complaint.unit is not None:
        return f"{ctx.regions.full_name(complaint.unit.region)}{complaint.unit.bureau or ''}"
    return complaint.short


def day_of(moment: datetime | None) -> str:
    return "" if moment is None else day_in_chinese(moment)
