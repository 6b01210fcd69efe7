"""What staff read: which complaints a list has, what stands in their table, how many there are, and their pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.api import Columns, Context, Invalid, Paging, day_in_chinese, masking
from plugins.complaints.business import sees_persons
from plugins.complaints.documents import COMPLAINT, KINDS, Complaint

CONFIDENTIAL = "保密"

Word = Annotated[str, msgspec.Meta(max_length=64)]


class ComplaintQuery(Paging, frozen=True, kw_only=True):
    """``number`` is a whole one; ``against``: row, project, unit, staff; ``open``: those that have not ended; ``overdue``: those whose
    limit has passed while an office has them."""

    state: Word | None = None
    kind: Word | None = None
    type: Word | None = None
    project: Word | None = None
    number: Word | None = None
    against: Word | None = None
    open: bool | None = None
    overdue: bool = False


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why the table is needed, and the filters of the list."""

    reason: str
    filter: ComplaintQuery = ComplaintQuery()


FILTERS = ("state", "kind", "type", "project", "number", "against", "open")


def late(ctx: Context, query: ComplaintQuery) -> Mapping[str, Any]:
    """What is overdue, if that was asked for."""
    if not query.overdue:
        return {}
    with_office = {} if query.state else {"state": {"$ne": "replied"}}
    return {"open": True, "task_due": {"$lt": ctx.now()}, **with_office}


def order_of(query: ComplaintQuery) -> Sequence[tuple[str, int]]:
    """The newest first; of what is overdue the longest overdue."""
    return (("task_due", 1),) if query.overdue else (("created_at", -1),)


# --- as a table ------------------------------------------------------------------------------------------------------


def in_county(ctx: Context) -> None:
    if ctx.county is None:
        raise Invalid("请先选择区县再导出。")


def accused_of(ctx: Context, complaint: Complaint) -> str:
    """Whom it accuses, as lists show it: the masked person, the office, or the project."""
    if complaint.accused_masked:
        return complaint.accused_masked if sees_persons(ctx.actor, complaint) else masking.HIDDEN
    if complaint.unit is not None:
        return f"{ctx.regions.full_name(complaint.unit.region)}{complaint.unit.bureau or ''}"
    return complaint.short


def day_of(moment: datetime | None) -> str:
    return "" if moment is None else day_in_chinese(moment)


UPHELD = {None: "", True: "属实", False: "不属实或部分属实"}
COLUMNS: Columns[Complaint] = {
    "编号": lambda ctx, complaint: complaint.number,
    "投诉种类": lambda ctx, complaint: KINDS[complaint.kind],
    "投诉类型": lambda ctx, complaint: complaint.type_label,
    "补贴项目": lambda ctx, complaint: complaint.short,
    "处理单位": lambda ctx, complaint: f"{ctx.regions.full_name(complaint.seat)}{complaint.bureau}",
    "状态": lambda ctx, complaint: COMPLAINT.label(complaint.state),
    "投诉对象": accused_of,
    "投诉人": lambda ctx, complaint: CONFIDENTIAL if complaint.confidential else masking.HIDDEN,
    "投诉时间": lambda ctx, complaint: day_of(complaint.created_at),
    "受理时间": lambda ctx, complaint: day_of(complaint.accepted_at),
    "办理期限": lambda ctx, complaint: day_of(complaint.task_due if complaint.open else None),
    "办结时间": lambda ctx, complaint: day_of(complaint.closed_at),
    "是否属实": lambda ctx, complaint: UPHELD[complaint.upheld],
}
