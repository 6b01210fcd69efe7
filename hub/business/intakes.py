"""Uploaded tables: cut into sealed parts, each of which is read later in a transaction of its own.

So a long table blocks nobody, a crash loses nothing, and no more than one part is in memory.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from hub.reading.sheets import Column, SheetRow, Twins
from hub.rules.context import Context
from hub.words.contributions import Upload
from hub.words.errors import Invalid
from hub.words.personal import Secret

AT_ONCE = 200


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


def sealed(lines: Sequence[SheetRow]) -> Secret:
    return Secret(msgspec.json.encode(lines).decode())


def unsealed(lines: Secret) -> list[SheetRow]:
    return msgspec.json.decode(lines.reveal(), type=list[SheetRow])
