"""The 公示表 for the board in the village: what is published, for as long as it is, as everybody reads it on the page."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from hub.api import (
    MOST_PRINTED,
    Anyone,
    App,
    Conflict,
    Context,
    Page,
    PaperView,
    day_in_chinese,
    money,
    printed_on,
)
from plugins.publicity import handlers, views
from plugins.publicity.business import PUBLICITIES
from plugins.publicity.handlers import READ, NoticeRowQuery

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
TITLE = "打印公示表"
# What the county has chosen to publish stands in a column, nothing else.
COLUMNS = {"证号后四位": "id_tail", "补贴标准": "standard", "数量": "quantity", "金额（元）": "amount"}


class NoticePaper(PaperView, frozen=True, kw_only=True):
    """One sheet for the board. ``columns`` are those beside serial, name and village: (head, field of a row). ``total`` (yuan) is that of
    these ``rows``; ``next`` leads to those that are printed after them. ``phone`` is for supervision."""

    facts: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    rows: tuple[views.NoticeRow, ...]
    total: str
    until: str
    phone: str
    started: str
    next: str | None


async def public_paper(ctx: Context, id: str, query: NoticeRowQuery) -> NoticePaper:
    """公示表"""
    return await paper(ctx, await handlers.show_notice(ctx, id), query)


async def board_paper(ctx: Context, id: str, query: NoticeRowQuery) -> NoticePaper:
    """公示表"""
    return await paper(ctx, views.notice_detail(ctx, await PUBLICITIES.seen(ctx, id), 0), query)


async def paper(ctx: Context, detail: views.NoticeDetail, query: NoticeRowQuery) -> NoticePaper:
    """Raises ``Conflict`` outside its days: what stands on no page stands on no board."""
    if not detail.open:
        raise Conflict("公示期内才能打印公示表。")
    found = await handlers.rows_in(
        ctx, detail.notice.id, msgspec.structs.replace(query, limit=MOST_PRINTED), is_open=True
    )
    rows, card = tuple(found.items), detail.notice
    return NoticePaper(
        title=card.title,
        office=card.unit,
        number=card.number,
        place=card.place_name,
        printed=printed_on(ctx),
        facts=tuple(facts_of(detail)),
        columns=tuple(each for each in COLUMNS.items() if any(getattr(row, each[1]) for row in rows)),
        rows=rows,
        total=money.written(money.total(row.amount for row in rows)),
        until=day_in_chinese(card.ends_at) if card.ends_at else "",
        phone=detail.phone,
        started=day_in_chinese(card.started_at) if card.started_at else "",
        next=found.next,
    )


def facts_of(detail: views.NoticeDetail) -> Iterator[tuple[str, str]]:
    card = detail.notice
    if card.started_at and card.ends_at:
        yield "公示时间", f"{day_in_chinese(card.started_at)}至{day_in_chinese(card.ends_at)}"
    yield "公示天数", card.days_in_words
    yield "补贴项目", card.short
    yield "批次", detail.period
    yield "公示人数", f"{detail.people}人"
    yield "金额合计", f"{detail.total}元" if detail.total.strip("0.") else ""


PAGES = (
    Page(
        apps=("ykt",),
        path="/notices/{id}/print",
        title=TITLE,
        template="publicity/paper.html",
        load=public_paper,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=STAFF_APPS,
        path="/board/{id}/print",
        title=TITLE,
        template="publicity/paper.html",
        load=board_paper,
        access=READ,
    ),
)
