"""导出: the rows of a publicity as a table, masked as they were published."""

from __future__ import annotations

from hub.api import Columns, Context, Raw, WhyRequest, as_table, log_first, read_reason
from plugins.publicity.business import PUBLICITIES
from plugins.publicity.documents import ROW, Row, rows_of
from plugins.publicity.views import seen_face, seen_state

COLUMNS: Columns[Row] = {
    "序号": lambda ctx, row: str(row.serial),
    "姓名": lambda ctx, row: seen_face(ctx, row).name,
    "身份证号": lambda ctx, row: seen_face(ctx, row).id_tail,
    "村（社区）": lambda ctx, row: seen_face(ctx, row).village,
    "补贴标准": lambda ctx, row: seen_face(ctx, row).standard,
    "面积（人数）": lambda ctx, row: seen_face(ctx, row).quantity,
    "金额（元）": lambda ctx, row: seen_face(ctx, row).amount,
    "状态": lambda ctx, row: ROW.label(seen_state(ctx, row)),
}


async def export(ctx: Context, id: str, request: WhyRequest) -> Raw:
    publicity = await PUBLICITIES.seen(ctx, id)
    await log_first(ctx, "publicity.export", id, why=read_reason(request.reason), number=publicity.number)
    wanted, order = {"publicity": publicity.id}, (("serial", 1),)
    return await as_table(ctx, COLUMNS, rows_of(ctx), wanted, order, publicity.number)
