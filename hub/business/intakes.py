"""Uploaded tables: cut into sealed parts, each of which is read later in a transaction of its own.

So a long table blocks nobody, a crash loses nothing, and no more than one part is in memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from hub.reading.sheets import Column, SheetRow, Twins
from hub.rules.context import Context
from hub.store.documents import Documents
from hub.words.contributions import Document, Upload
from hub.words.errors import Invalid
from hub.words.personal import Secret

T = TypeVar("T", bound=Document)
P = TypeVar("P", bound=Document)

AT_ONCE = 200
# An upload is received within its request; one that still receives after a day was cut off.
GIVEN_UP = timedelta(days=1)
MOST_SWEPT = 50


class BadLine(Exception):
    """Why a line is left out, in words without what stands there."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Keep(Protocol):
    """Stores one part."""

    async def __call__(self, ctx: Context, /, *, number: int, lines: Sequence[SheetRow]) -> None: ...


async def keep_in_parts(
    ctx: Context,
    upload: Upload,
    columns: Sequence[Column],
    key: Callable[[SheetRow], Sequence[str]],
    begin: Callable[[Context], Awaitable[object]],
    keep: Keep,
) -> tuple[int, int]:
    """How many parts and rows there are. ``key`` says what two rows of the same thing have in common; ``begin`` comes with the
    first part: ``Invalid`` for a table that is none, which leaves nothing behind.
    """
    twins = Twins()
    parts = rows = 0
    async for chunk in ctx.read_table(upload, columns, AT_ONCE):
        lines = [twins.marked(row, *key(row)) for row in chunk]
        if parts == 0:
            await ctx.in_transaction(begin)
        await ctx.in_transaction(partial(keep, number=parts, lines=lines))
        parts, rows = parts + 1, rows + len(lines)
    if not parts:
        raise Invalid("文件中没有数据行。")
    return parts, rows


async def leave_unfinished(
    ctx: Context,
    intakes: Callable[[Context], Documents[T]],
    parts: Callable[[Context], Documents[P]],
    named: str,
    left: Callable[[Context, T], T],
) -> None:
    """Uploads whose request never came to its end: their sealed parts go, and the upload stays as one that was ``left``. ``named`` is
    the field of a part that names its upload.
    """
    cut_off = {"state": "receiving", "created_at": {"$lt": ctx.now() - GIVEN_UP}}

    async def leave(unit: Context, intake: T) -> None:
        await intakes(unit).save(left(unit, intake))

    for intake in await intakes(ctx).find(cut_off, sort=(("created_at", 1),), limit=MOST_SWEPT):
        while await ctx.in_transaction(partial(_drop_some, parts=parts, wanted={named: intake.id})):
            pass
        await ctx.in_transaction(partial(leave, intake=intake))


async def _drop_some(ctx: Context, parts: Callable[[Context], Documents[P]], wanted: Mapping[str, str]) -> bool:
    """The next parts; returns whether there may be more."""
    found = await parts(ctx).find(wanted, limit=AT_ONCE)
    await parts(ctx).delete_many(found)
    return len(found) == AT_ONCE


def sealed(lines: Sequence[SheetRow]) -> Secret:
    """The lines as a stored part keeps them: they hold persons."""
    return Secret(msgspec.json.encode(lines).decode())


def unsealed(lines: Secret) -> list[SheetRow]:
    """What :func:`sealed` has made of them."""
    return msgspec.json.decode(lines.reveal(), type=list[SheetRow])
