"""The operations of 银行网点, open to all: the list by area and name, and what is nearest to a position."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import asin, cos, radians, sin, sqrt
from typing import Annotated, Any

import msgspec

from hub.api import Anyone, Asked, Context, Listing, Paging, Route, asked_words, shared
from plugins.branches.documents import Branch, Point, branches_of

NEAREST = 10
FARTHEST = 100_000  # metres
EARTH = 6371.0  # kilometres, its mean radius


class BranchView(msgspec.Struct, frozen=True, kw_only=True):
    """A branch. ``away`` says how far it is, where that was asked."""

    name: str
    bank: str
    address: str
    phone: str
    hours: str
    away: str = ""


class BranchQuery(Paging, frozen=True, kw_only=True):
    """Of an ``area`` (the code of a town), and those with ``keyword`` in their name."""

    area: Annotated[str, msgspec.Meta(max_length=12)] | None = None
    keyword: Annotated[str, msgspec.Meta(max_length=40)] | None = None


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """Where somebody is, in degrees."""

    latitude: Annotated[float, Asked("纬度", look="hidden"), msgspec.Meta(ge=-90, le=90)]
    longitude: Annotated[float, Asked("经度", look="hidden"), msgspec.Meta(ge=-180, le=180)]

    def __repr__(self) -> str:
        return "Whereabouts(***)"


class Nearest(msgspec.Struct, frozen=True, kw_only=True):
    """The nearest of the county, the first is the nearest."""

    items: list[BranchView]


def view(ctx: Context, branch: Branch) -> BranchView:
    return BranchView(**shared(BranchView, branch, but=("away",)))


def _wanted(ctx: Context, query: BranchQuery) -> Mapping[str, Any]:
    words = asked_words(query.keyword or "")
    return {
        **({"areas": query.area} if query.area else {}),
        **({"words": {"$all": list(words)}} if words else {}),
    }


BRANCHES = Listing(
    path="",
    read=Anyone.PUBLIC,
    says="银行网点",
    of=branches_of,
    line=view,
    query=BranchQuery,
    wanted=_wanted,
    order=(("name", 1),),
)


async def nearest(ctx: Context, body: Whereabouts) -> Nearest:
    """离我最近的银行网点；位置只用来查这一次，不保存"""
    found = await branches_of(ctx).find(near(body), limit=NEAREST)
    return Nearest(items=[msgspec.structs.replace(view(ctx, each), away=_away(body, each.position)) for each in found])


def near(here: Whereabouts) -> Mapping[str, Any]:
    """The filter: the nearest first."""
    point = {"type": "Point", "coordinates": [here.longitude, here.latitude]}
    return {"position": {"$nearSphere": {"$geometry": point, "$maxDistance": FARTHEST}}}


def _away(here: Whereabouts, there: Point | None) -> str:
    if there is None:
        return ""
    kilometres = distance((here.longitude, here.latitude), there.coordinates)
    return f"约{round(kilometres * 10) * 100 or 100}米" if kilometres < 0.95 else f"约{kilometres:.1f}公里"


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the surface, in kilometres, between (degrees east, degrees north): the haversine formula."""
    (east, north), (further_east, further_north) = (tuple(map(radians, each)) for each in (one, other))
    half = sin((further_north - north) / 2) ** 2
    half += cos(north) * cos(further_north) * sin((further_east - east) / 2) ** 2
    return 2 * EARTH * asin(sqrt(half))


ROUTES = (
    *BRANCHES.routes(),
    Route(
        method="POST",
        path="/nearest",
        call=nearest,
        access=Anyone.PUBLIC,
        rate=(200, timedelta(hours=1)),
        changes_nothing=True,
    ),
)
