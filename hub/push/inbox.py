"""消息: every push in full, for whoever it was sent to; at ``/api/v1/inbox`` and ``/{app}/inbox``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.rules.context import Context
from hub.store.inbox import Inbox, InboxEntry, stream_of
from hub.words.actors import APPS
from hub.words.asking import Asked
from hub.words.contributions import Anyone, Form, Page, Paging, Route
from hub.words.errors import NotFound
from hub.words.hookspecs import hookimpl

MOST_READ_AT_ONCE = 200
MOST_COUNTED = 999


class InboxItem(msgspec.Struct, frozen=True, kw_only=True):
    """A message in full. ``withdrawn``: it no longer asks for anything."""

    id: str
    seq: int
    code: str
    title: str
    body: str
    link: str | None
    at: datetime
    urgent: bool
    read: bool
    withdrawn: bool


class InboxPage(msgspec.Struct, frozen=True, kw_only=True):
    """Newest first. ``unread`` is counted up to 999; ``seq`` is the newest number of all by now."""

    items: list[InboxItem]
    next: str | None
    unread: int
    seq: int


class ReadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What was read: the entries of these ``ids``, and all ``upto`` a number."""

    ids: Annotated[list[str], Asked("消息", look="hidden"), msgspec.Meta(max_length=MOST_READ_AT_ONCE)] = []
    upto: Annotated[int, Asked("到第几条", look="hidden"), msgspec.Meta(ge=0)] = 0


class ReadAnswer(msgspec.Struct, frozen=True, kw_only=True):
    unread: int


class InboxPlugin:
    """消息."""

    builtin = True
    placeless = True
    prefix = "inbox"

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return (
            Route(method="GET", path="", call=self.page, access=Anyone.SIGNED_IN),
            Route(method="POST", path="/read", call=self.read, access=Anyone.SIGNED_IN),
        )

    @hookimpl
    def pages(self) -> Sequence[Page]:
        return (
            Page(
                apps=APPS,
                path="",
                title="消息",
                template="ui/inbox.html",
                help="这里是发给您的通知，和微信上收到的一样。点开一条就算看过，里面有要办的事和期限。",
                load=self.page,
                access=Anyone.SIGNED_IN,
                live=("message",),
                form=Form(route="/read", then="/", submit="全部标为已读", start=all_there),
            ),
            Page(
                apps=APPS,
                path="/{id}",
                title="消息",
                template="ui/message.html",
                help="有要办的事，点“查看详情”就到那里。看过的还在“消息”里。看不明白的，居民问村（社区）干部，工作人员问上级经办。",
                load=self.open,
                access=Anyone.SIGNED_IN,
                marks=True,
            ),
        )

    async def page(self, ctx: Context, query: Paging) -> InboxPage:
        """我的消息"""
        stream = _stream(ctx)
        # Before the page: what comes meanwhile is shown, and stays unread.
        head = await self._inbox.head(stream)
        found = await self._inbox.page(stream, query)
        return InboxPage(
            items=[_item(entry) for entry in found.items],
            next=found.next,
            unread=await self._inbox.unread(stream, at_most=MOST_COUNTED),
            seq=head.seq,
        )

    async def open(self, ctx: Context, id: str) -> InboxItem:
        """一条消息，打开即为已读"""
        entry = await self._inbox.find(_stream(ctx), id)
        if entry is None:
            raise NotFound
        await self._inbox.mark_read(entry.stream, [id], ctx.now())
        return _item(entry)

    async def read(self, ctx: Context, body: ReadRequest) -> ReadAnswer:
        """标为已读"""
        stream = _stream(ctx)
        await self._inbox.mark_read(stream, body.ids, ctx.now())
        await self._inbox.mark_read_upto(stream, body.upto, ctx.now())
        return ReadAnswer(unread=await self._inbox.unread(stream, at_most=MOST_COUNTED))


def all_there(page: InboxPage) -> Mapping[str, Any]:
    """Not what comes while somebody looks."""
    return {"upto": page.seq}


def _stream(ctx: Context) -> str:
    if ctx.actor.person is None or ctx.actor.app is None:
        raise NotFound
    return stream_of(ctx.actor.person, ctx.actor.app)


def _item(entry: InboxEntry) -> InboxItem:
    return InboxItem(
        id=entry.id,
        seq=entry.seq,
        code=entry.code,
        title=entry.title,
        body=entry.body,
        link=entry.link,
        at=entry.at,
        urgent=entry.urgent,
        read=entry.read_at is not None,
        withdrawn=entry.withdrawn_at is not None,
    )
