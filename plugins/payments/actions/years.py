"""年度发放清单: what one person was paid in a year, over all projects."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.api import MOST_PRINTED, Context, IdNumberText, Paging, Range, both, log_first, shanghai
from plugins.payments.actions import life
from plugins.payments.business import ROWS, open_to
from plugins.payments.documents import Row, rows_of


class YearQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The year of the city's calendar; without one, that of the payment."""

    year: Annotated[int, Range(2000, 2099)] | None = None


class Year(msgspec.Struct, frozen=True, kw_only=True):
    """``paid`` in it, the newest first, at most 200; ``more``: there are others. ``row`` is the payment it was asked from."""

    year: int
    row: Row
    paid: tuple[Row, ...]
    more: bool


async def of_mine(ctx: Context, id: str, query: YearQuery) -> Year:
    """Of the person of one of my payments: me, or whose approved agent I am."""
    return await _of(ctx, await life.show_mine(ctx, id), query, life.mine(ctx))


async def of_row(ctx: Context, id: str, query: YearQuery) -> Year:
    """Of the person of a payment within my reach, of the projects whose persons I may see; logged."""
    row = await ROWS.seen(ctx, id)
    await log_first(ctx, "payments.year", id, number=row.number)
    return await _of(ctx, row, query, both(open_to(ctx), ROWS.sees(ctx.actor)))


def year_of(ctx: Context, row: Row) -> int:
    """In which it was paid; of one that is not, in which it was made."""
    return shanghai(row.paid_at or row.created_at or ctx.now()).year


async def _of(ctx: Context, row: Row, query: YearQuery, seen: Mapping[str, Any]) -> Year:
    year = query.year or year_of(ctx, row)
    wanted = within(ctx, row.identity.id_number, year, seen)
    found = await rows_of(ctx).page(wanted, Paging(limit=MOST_PRINTED))
    paid = sorted(found.items, key=_when, reverse=True)
    return Year(year=year, row=row, paid=tuple(paid), more=found.next is not None)


def within(ctx: Context, number: IdNumberText, year: int, seen: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filter of what whoever has this number was paid in a year, of all that is ``seen``."""
    first = shanghai(ctx.now()).replace(year=year, month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    paid = {"state": "paid", "paid_at": {"$gte": first, "$lt": first.replace(year=year + 1)}}
    same = {"identity.id_number.b": ctx.store.blind(number)}
    return {"$and": [same, paid, seen]}


def _when(row: Row) -> datetime:
    assert row.paid_at is not None
    return row.paid_at
