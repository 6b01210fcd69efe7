"""The one place where scope becomes a filter: what a reader may see and where a writer may write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from hub.words.actors import Reach
from hub.words.contributions import Collection
from hub.words.errors import Forbidden
from hub.words.regions import Region

NOTHING: Mapping[str, Any] = {"_id": {"$in": []}}


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """Who reads from which place. ``reaches`` are those of the permission that the operation asked for. ``counties``, for a
    city: where the plugin is on, None standing for the city's own documents; a county where it is off does not exist."""

    kind: Literal["guest", "resident", "staff", "system", "hub"]
    place: Region
    person: str | None = None
    reaches: tuple[Reach, ...] = ()
    counties: tuple[str | None, ...] | None = None


def narrow(collection: Collection, scope: Scope) -> dict[str, Any]:
    """The filter that every read and every replacement in ``collection`` is joined with."""
    match collection.scope:
        case "shared":
            return {}
        case "published_down":
            return {"place": {"$in": list(scope.place.path)}}
        case "open":
            return _below(scope)
        case "person":
            return _below(scope) if scope.kind == "hub" else _owned(scope, "person")
        case "subtree":
            return _cases(collection, scope)


def check_place(collection: Collection, scope: Scope, document: Any, at: Region) -> None:
    """Refuse a new document outside the county of the request, or outside the writer's positions."""
    if scope.place.county is not None and scope.place.county != at.county and at.code not in scope.place.path:
        raise Forbidden("不能在其他区县办理。")
    bound = collection.scope == "subtree" and scope.kind in ("staff", "system") and scope.reaches
    if bound and not any(_covers(reach, collection, document, at) for reach in scope.reaches):
        raise Forbidden("不在您的岗位范围内。")


def _below(scope: Scope) -> dict[str, Any]:
    if scope.place.county is not None:
        # What the hub itself carries on happened in a village, and may be about what was begun in another, or at the county.
        top = scope.place.county if scope.kind == "hub" else scope.place.code
        return {"county": scope.place.county, "path": top}
    if scope.counties is None:
        return {"path": scope.place.code}
    # The counties also let the query run on indexes, which have them in front.
    return {"county": {"$in": list(scope.counties)}, "path": scope.place.code}


def _owned(scope: Scope, field: str) -> dict[str, Any]:
    return {field: scope.person} if scope.person is not None else dict(NOTHING)


def _cases(collection: Collection, scope: Scope) -> dict[str, Any]:
    if scope.kind == "hub":
        return _below(scope)
    if not scope.reaches:
        # Residents, and staff on a route that asks for no position, read what they themselves are part of.
        return _owned(scope, "readers")
    clauses = [clause for reach in scope.reaches if (clause := _within(reach, collection, scope)) is not None]
    if not clauses:
        return dict(NOTHING)
    return clauses[0] if len(clauses) == 1 else {"$or": clauses}


def _within(reach: Reach, collection: Collection, scope: Scope) -> dict[str, Any] | None:
    """One position, seen from the place of the request: the deeper of both regions, or None when they lie apart."""
    place = scope.place
    if reach.region in place.path:
        clause = _below(scope)
    elif scope.counties is not None and reach.county not in scope.counties:
        return None
    elif place.code == reach.region or reach.county == place.county or place.county is None:
        # A reach beside the place gives an empty result by itself: both codes must be on the document's path.
        clause = {"path": reach.region} if place.county is None else {"path": {"$all": [reach.region, place.code]}}
        if reach.county is not None:
            clause = {"county": reach.county, **clause}
    else:
        return None
    for field in collection.narrowed_by:
        if (bound := getattr(reach, field)) is not None:
            clause[field] = bound
    return clause


def _covers(reach: Reach, collection: Collection, document: Any, at: Region) -> bool:
    return reach.region in at.path and all(
        (bound := getattr(reach, field)) is None or _names(getattr(document, field), bound)
        for field in collection.narrowed_by
    )


def _names(value: str | tuple[str, ...], bound: str) -> bool:
    """A document may name several, such as the bureau that grants and the one that pays; MongoDB compares likewise."""
    return bound in value if isinstance(value, tuple) else bound == value
