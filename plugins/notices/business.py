"""Who may send notices where, and who gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import Actor, AnotherLevel, App, Business, Context, Crowd, Duty, Forbidden, NotFound, Placement, duties
from plugins.notices.documents import APPS, NOTICE, Notice, notices_of

NODE = "notices"
MANAGE = "notices.manage"
SENDER = Duty(role="handler", nodes=(NODE,))
ELSEWHERE = "重要信息通知由市、区县发布，请切换到市或区县的页面。"

NOTICES: Business[Notice] = Business(
    collection="notices.notices",
    kind="notice",
    machine=NOTICE,
    title=lambda notice: notice.title,
    about=lambda notice: None,
    link=lambda notice: f"/{notice.place}/notices/desk/{notice.id}",
    noted=lambda ctx, notice: {"number": notice.number, "people": notice.people},
)


class Group(msgspec.Struct, frozen=True):
    """A crowd that hears of a notice in one app."""

    app: App
    crowd: Crowd


def sends(actor: Actor) -> bool:
    """Whether whoever acts sends notices somewhere."""
    return duties.holds(actor, SENDER)


def check_sender(ctx: Context, notice: Notice | None = None) -> None:
    """Whether whoever acts may send notices at this place."""
    if not duties.does(ctx.actor, Placement(path=ctx.place.path, county=ctx.county), SENDER):
        raise Forbidden("请由负责重要信息通知的岗位办理。")


def writes_here(ctx: Context) -> bool:
    """Notices are a county's, or a city's."""
    return len(ctx.place.path) <= 2


def check_level(ctx: Context) -> None:
    if not writes_here(ctx):
        raise AnotherLevel(ELSEWHERE)


def ours(ctx: Context) -> Mapping[str, Any]:
    """A filter: the notices of this very place, for whoever may send them."""
    check_sender(ctx)
    return {"place": ctx.place.code, "state": {"$ne": "deleted"}}


async def at_desk(ctx: Context, id: str) -> Notice:
    """One of this very place."""
    found = await notices_of(ctx).first({"$and": [{"_id": id}, ours(ctx)]})
    if found is None:
        raise NotFound
    return found


def counties_on(ctx: Context) -> tuple[str, ...]:
    """Of a city: its counties that have notices."""
    return tuple(county for county, nodes in ctx.nodes_on().items() if NODE in nodes)


def places_of(ctx: Context, notice: Notice) -> tuple[str, ...]:
    """Of each town that was chosen the villages that were, else the whole town. Without towns all of the place; where some counties of a
    city have no notices, the others."""
    if not notice.towns:
        everywhere = ctx.county is not None or len(counties_on(ctx)) == len(ctx.nodes_on())
        return (ctx.place.code,) if everywhere else counties_on(ctx)
    within = [code for code in notice.villages if set(ctx.regions[code].path) & set(notice.towns)]
    narrowed = {town for code in within for town in ctx.regions[code].path}
    return (*(town for town in notice.towns if town not in narrowed), *within)


def where(ctx: Context, notice: Notice) -> str:
    """The same in words."""
    if not notice.towns:
        return f"{ctx.place.name}全部"
    names = [ctx.regions[code].name for code in places_of(ctx, notice)]
    return "、".join(names[:6]) + (f"等{len(names)}处" if len(names) > 6 else "")


def groups_of(ctx: Context, notice: Notice) -> Sequence[Group]:
    """Who gets it, app by app: staff first, so that a member of staff who lives here hears of it at work."""
    places = places_of(ctx, notice)
    groups = []
    for app in dict.fromkeys(APPS.values()):
        roles = tuple(role for role in notice.roles if APPS[role] == app)
        if app == "ykt" and roles:
            groups.append(Group(app, Crowd(places=places)))
        elif roles:
            groups.append(Group(app, Crowd(places=places, roles=roles, bureaus=notice.bureaus)))
    return groups


async def counted(ctx: Context, notice: Notice) -> int:
    """How many people would get it now."""
    return await ctx.crowd_size(*(group.crowd for group in groups_of(ctx, notice)))
