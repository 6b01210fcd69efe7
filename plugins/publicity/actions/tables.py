"""导出: the rows of a publicity as a table, masked as they were published."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

import msgspec

from hub.api import Context, Page, Paging, Raw, read_reason, sheets
from plugins.publicity.business import PUBLICITIES
from plugins.publicity.documents import Publicity, Row, rows_of
from plugins.publicity.views import row_line

HEADINGS = ("序号", "姓名", "身份证号", "村（社区）", "补贴标准", "面积（人数）", "金额（元）", "状态")
EXPORTED_AT_ONCE = 200


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why the table is needed; kept in the audit log."""

    reason: str


async def export(ctx: Context, id: str, request: ExportRequest) -> Raw:
    publicity = await PUBLICITIES.seen(ctx, id)
    why = read_reason(request.reason)

    async def note(unit: Context) -> None:
        unit.audit("publicity.export", id, why=why, number=publicity.number)

    await ctx.in_transaction(note)
    data = await sheets.write_rows(HEADINGS, lines_of(ctx, publicity))
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"{publicity.number}.xlsx")


async def lines_of(ctx: Context, publicity: Publicity) -> AsyncIterator[Iterable[tuple[str, ...]]]:
    """The rows, a page at a time, as cells."""
    cursor: str | None = None
    while True:
        paging = Paging(limit=EXPORTED_AT_ONCE, cursor=cursor)
        page: Page[Row] = await rows_of(ctx).page({"publicity": publicity.id}, paging, sort=(("serial", 1),))
        yield [cells_of(ctx, row) for row in page.items]
        cursor = page.next
        if cursor is None:
            return


def cells_of(ctx: Context, row: Row) -> tuple[str, ...]:
    line = row_line(ctx, row)
    return (
        str(line.serial),
        line.name,
        line.id_tail,
        line.village,
        line.standard,
        line.quantity,
        line.amount,
        line.state_label,
    )
