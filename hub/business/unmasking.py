"""What stands in full behind a reason: shown to those whose work needs it, and written down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from hub.business.business import Business, Work
from hub.business.faces import returned, typed
from hub.business.offers import Check, check_all
from hub.rules.context import Context
from hub.words.asking import Asked
from hub.words.contributions import Access, Route
from hub.words.text import read_words

D = TypeVar("D", bound=Work)
V = TypeVar("V")


class WhyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Why it is needed; kept in the audit log."""

    reason: Annotated[str, Asked("理由", long=True)]


@dataclass(frozen=True, kw_only=True)
class Unmasking(Generic[D, V]):
    """``path`` is that of its route; ``name`` that of its audit line, in which ``noted`` stands. ``may`` are checks: whether it is
    the reader's work. ``show`` makes the answer, and its docstring is that of the route. ``asked`` is what the reason is called.
    """

    business: Business[D]
    path: str
    name: str
    act: Access
    may: tuple[Check[D], ...]
    show: Callable[[Context, D], V]
    hourly: int
    asked: str = "查看的理由"
    noted: Callable[[D], Mapping[str, Any]] = lambda document: {}

    async def reveal(self, ctx: Context, id: str, request: WhyRequest) -> V:
        """Found, the reader's own, with a reason; then written down."""
        document = await self.business.seen(ctx, id)
        await check_all(self.may, ctx, document)
        why = read_words(request.reason, "reason", self.asked)
        ctx.audit(f"{ctx.plugin}.{self.name}", document.id, why=why, **self.noted(document))
        return self.show(ctx, document)

    def route(self) -> Route:
        """By POST, with the reason in its body; at most ``hourly`` an hour and person."""
        rate = (self.hourly, timedelta(hours=1))
        call = self._revealing()
        return Route(method="POST", path=self.path, call=call, access=self.act, rate=rate, changes_nothing=True)

    def _revealing(self) -> Callable[..., Awaitable[V]]:
        async def reveal(ctx: Context, id: str, body: WhyRequest) -> V:
            return await self.reveal(ctx, id, body)

        return typed(reveal, self.show, id=str, body=WhyRequest, returns=returned(self.show))
