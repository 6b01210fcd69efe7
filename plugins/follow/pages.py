"""The pages of 关注记录 in 移动监督: what I follow, one of it with its flow, 关注 and 取消关注."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from hub.api import Chip, Context, Form, ListView, Page, RowView, day_in_chinese, shanghai
from plugins.follow.handlers import KINDS, ONE, USE, FollowLine, FollowQuery, FollowView, list_followed, mark, show

NOTHING = ("还没有关注的事项", "打开一件投诉、逾期事项、留言或拦截信息，点下面的“关注这件”，有变化就通知您。")
NOTHING_OF_KIND = ("没有关注这一类", "点“全部”看您关注的其他事项。")


class OnePage(msgspec.Struct, frozen=True, kw_only=True):
    """Something that I follow or may follow, whose page is ``href`` below the plugin; ``whole`` is the thing's own page."""

    title: str
    href: str
    sort: str
    view: FollowView
    whole: str


async def listed(ctx: Context, query: FollowQuery) -> ListView:
    """关注记录"""
    found = await list_followed(ctx, query)
    kinds = {"全部": "", **{kind.label: name for name, kind in KINDS.items()}}
    return ListView(
        rows=tuple(map(row, found.items)),
        next=found.next,
        chips=tuple(
            Chip(label=label, href=f"?kind={name}" if name else "?", current=name == (query.kind or ""))
            for label, name in kinds.items()
        ),
        nothing=NOTHING_OF_KIND if query.kind else NOTHING,
    )


def row(line: FollowLine) -> RowView:
    """What moved last stands below the title, and how it stands behind it."""
    kind = KINDS[line.kind]
    return RowView(
        title=line.title,
        facts=(f"{line.moved}，{day_in_chinese(shanghai(line.moved_at).date())}", f"{kind.label} {line.number}"),
        pill=line.state,
        tone="mute" if line.over else "info",
        icon=kind.icon,
        href=f"/{line.kind}/{line.subject}",
        at=line.at,
        unread=line.unread,
    )


async def one(ctx: Context, kind: str, id: str) -> OnePage:
    """关注事项"""
    return page_of(ctx, await show(ctx, kind, id))


async def opened(ctx: Context, kind: str, id: str) -> OnePage:
    """关注事项: whoever opens it has seen what moved."""
    shown = await show(ctx, kind, id)
    if shown.unread:
        await ctx.in_transaction(partial(mark, id=id))
    return page_of(ctx, shown)


def page_of(ctx: Context, view: FollowView) -> OnePage:
    return OnePage(
        title=view.title,
        href=f"/{view.kind}/{view.subject}",
        sort=KINDS[view.kind].label,
        view=view,
        whole=f"/{ctx.actor.app}{view.href}",
    )


PAGES: Sequence[Page] = (
    Page(
        apps=("ydjd",),
        path="",
        title="关注记录",
        help="这里是您关注的事项，最近有变化的在前，没看过的有标记。点开看办到哪一步，也在那里取消关注。",
        template="follow/list.html",
        load=listed,
        access=USE,
        live=("follow.moved",),
    ),
    Page(
        apps=("ydjd",),
        path=ONE,
        title="关注事项",
        help="关注以后，这件有变化就通知您，不影响办理，办理人不知道谁在关注。取消后可以再关注。",
        template="follow/one.html",
        load=opened,
        access=USE,
        live=("follow.moved",),
        marks=True,
    ),
    Page(
        apps=("ydjd",),
        path=f"{ONE}/follow",
        title="关注",
        help="关注以后，这件有变化就通知您。随时可以取消。",
        template="ui/ask.html",
        load=one,
        access=USE,
        form=Form(route=ONE, then=ONE, submit="关注"),
    ),
    Page(
        apps=("ydjd",),
        path=f"{ONE}/cancel",
        title="取消关注",
        help="取消以后不再通知您，以后还可以再关注。",
        template="ui/ask.html",
        load=one,
        access=USE,
        form=Form(method="DELETE", route=ONE, then=ONE, submit="取消关注"),
    ),
)
