"""The pages of 银行网点: the list by area and name, and what is nearest to the phone."""

from __future__ import annotations

import msgspec

from hub.api import Anyone, Choice, Context, Form, Page
from plugins.branches.documents import branches_of
from plugins.branches.handlers import BRANCHES, BranchQuery, BranchView

TITLE = "银行网点"


class BranchesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The branches that were asked for, and the towns that have any. ``chosen``: a county was; a city has none of its own."""

    asked: BranchQuery
    areas: tuple[Choice, ...]
    lines: tuple[BranchView, ...]
    next: str | None
    chosen: bool


async def listed(ctx: Context, query: BranchQuery) -> BranchesPage:
    """银行网点"""
    page = await BRANCHES.page(ctx, query)
    return BranchesPage(
        asked=query, areas=await areas_of(ctx), lines=tuple(page.items), next=page.next, chosen=ctx.county is not None
    )


async def areas_of(ctx: Context) -> tuple[Choice, ...]:
    """The towns of the county that have branches, one's own first."""
    groups = await branches_of(ctx).groups({}, ("areas.1",))
    codes = [group.key[0] for group in groups if group.key[0] in ctx.regions]
    return tuple(
        Choice(code, ctx.regions[code].name)
        for code in sorted(codes, key=lambda code: (code not in ctx.place.path, code))
    )


PAGES = (
    Page(
        apps=("ykt",),
        path="",
        title=TITLE,
        help="选乡镇，或者输入银行、网点的名字。点电话图标就能打电话。办社保卡、核对卡号，请带上身份证和社保卡。",
        template="branches/branches.html",
        load=listed,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=("ykt",),
        path="/nearest",
        title="离我最近的网点",
        help="手机问能不能使用位置时，请点“允许”。不想给位置，可以返回按乡镇查。",
        template="branches/nearest.html",
        access=Anyone.PUBLIC,
        form=Form(route="/nearest", shows="branches/found.html", submit="查找"),
    ),
)
