"""What a plugin keeps, within reach of the one who asks: documents of a collection, and files."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, TypeVar

from hub.rules.context import Context
from hub.store.documents import Documents
from hub.words.contributions import Document, Raw
from hub.words.errors import NotFound

D = TypeVar("D", bound=Document)

COUNTED_AT_MOST = 100_000


def stored(collection: str, kind: type[D]) -> Callable[[Context], Documents[D]]:
    """``collection`` is its whole name, and holds documents of this kind."""

    def documents(ctx: Context) -> Documents[D]:
        return ctx.store[collection]

    return documents


def counting(of: Callable[[Context], Documents[D]], wanted: Mapping[str, Any]) -> Callable[[Context], Awaitable[int]]:
    """How many of these there are, of what stands still while a plugin is off."""

    async def count(ctx: Context) -> int:
        return await of(ctx).count(wanted, at_most=COUNTED_AT_MOST)

    return count


async def read_file(ctx: Context, file: str, listed: Collection[str], kept_under: str) -> Raw:
    """One of the files that the reader is shown the names of; ``NotFound`` for any other."""
    if file not in listed:
        raise NotFound("没有找到该文件。")
    found, data = await ctx.files.read(file, kept_under)
    return Raw(data=data, media_type=found.media_type)
