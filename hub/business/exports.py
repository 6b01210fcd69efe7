"""导出: documents as a table, a page at a time, after it was written down who wanted it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from hub.reading import sheets
from hub.rules.context import Context
from hub.store.documents import Documents, Sort
from hub.words.contributions import Access, Document, Paging, Raw

D = TypeVar("D", bound=Document)
R = TypeVar("R", bound=msgspec.Struct)

Columns: TypeAlias = Mapping[str, Callable[[Context, D], str]]
"""What stands in each column, by its heading."""

AT_ONCE = 200


@dataclass(frozen=True, kw_only=True)
class Export(Generic[D, R]):
    """The table of a list. ``request`` has a ``reason``, called ``asked``, and the list's filters: fields that its query has too,
    unless ``query`` says what the list is asked. ``wanted`` are filters that the list does not have. ``check`` refuses all of it."""

    says: str
    act: Access
    request: type[R]
    columns: Columns[D]
    asked: str = "导出的理由"
    query: Callable[[R], Any] | None = None
    wanted: Callable[[Context, R], Mapping[str, Any]] = lambda ctx, request: {}
    check: Callable[[Context], None] = lambda ctx: None
    path: str = "/export"


async def log_first(ctx: Context, what: str, subject: str, **noted: Any) -> None:
    """The audit line, in a transaction of its own: before anything is shown."""

    async def write(unit: Context) -> None:
        unit.audit(what, subject, **noted)

    await ctx.in_transaction(write)


async def as_table(
    ctx: Context, columns: Columns[D], documents: Documents[D], wanted: Mapping[str, Any], order: Sort, name: str
) -> Raw:
    """An XLSX file of this name."""
    data = await sheets.write_rows(tuple(columns), _rows(ctx, columns, documents, wanted, order))
    return Raw(data=data, media_type=sheets.XLSX_TYPE, filename=f"{name}.xlsx")


async def _rows(
    ctx: Context, columns: Columns[D], documents: Documents[D], wanted: Mapping[str, Any], order: Sort
) -> AsyncIterator[Iterable[tuple[str, ...]]]:
    paging: Paging | None = Paging(limit=AT_ONCE)
    while paging is not None:
        page = await documents.page(wanted, paging, order)
        yield [tuple(cell(ctx, each) for cell in columns.values()) for each in page.items]
        paging = Paging(limit=AT_ONCE, cursor=page.next) if page.next else None
