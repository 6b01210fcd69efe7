"""Whom papers pass to when two records turn out to be one human."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from hub.rules.context import Context
from hub.store.documents import Documents
from hub.words.contributions import MOST_OF_A_LIST, Succession

if TYPE_CHECKING:
    from hub.business.business import Business

Kept: TypeAlias = tuple[Callable[[Context], Documents[Any]], Callable[[Any, Succession], Any]]
"""A collection of what is one person's own, and what makes of a document of it that of the one who succeeds."""


def passing_on(*kept: Kept | Business[Any]) -> Callable[[Context, Succession], Awaitable[int]]:
    """``pass_on`` of :class:`hub.words.contributions.Belongings`; of a business whose documents name residents as ``readers`` alone."""

    async def pass_on(ctx: Context, succession: Succession) -> int:
        return sum([await _passed(ctx, each, succession) for each in kept])

    return pass_on


def _read_by(document: Any, succession: Succession) -> Any:
    return msgspec.structs.replace(document, readers=succession.swap(document.readers))


async def _passed(ctx: Context, kept: Kept | Business[Any], succession: Succession) -> int:
    if isinstance(kept, tuple):
        (of, change), wanted = kept, {}
    else:
        of, change, wanted = kept.within, _read_by, {"readers": succession.before}
    documents = of(ctx)
    found = await documents.find(wanted, limit=MOST_OF_A_LIST)
    await documents.save_many([change(each, succession) for each in found])
    return len(found)
