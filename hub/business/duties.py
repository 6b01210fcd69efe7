"""Whether a position fits a document: the one rule behind reading persons, deciding, searching, counting and exporting.

It is judged for each position by itself, never over all of somebody's positions together: who leads a county and surveys in
one of its towns surveys in that town alone, and who holds a post in one bureau does not decide for another with a second post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from hub.words.actors import Actor, Position, Reach


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """Work on documents that some positions are there for: those of this ``role``, bound to one of ``nodes`` or to none (None: to
    whatever node), at the document's place or above it; ``from_county``: at its county or above.
    """

    role: str
    nodes: tuple[str, ...] | None = None
    from_county: bool = False


class Placed(Protocol):
    """What a position is compared with: any document that a bureau's business is about."""

    @property
    def path(self) -> tuple[str, ...]: ...
    @property
    def county(self) -> str | None: ...
    @property
    def bureau(self) -> str | tuple[str, ...] | None: ...
    @property
    def project(self) -> str | None: ...


class Sensitive(Placed, Protocol):
    """A placed document of a project whose persons may be for its own people alone."""

    @property
    def sensitive(self) -> bool: ...


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where business lies that has no document yet. None: of any bureau, of any project."""

    path: tuple[str, ...]
    county: str | None
    bureau: str | tuple[str, ...] | None = None
    project: str | None = None


def fits(position: Position, document: Placed, duty: Duty, *, at: str | None = None, bureau: str | None = None) -> bool:
    """Whether this one position has this duty for this document. ``at``: it must stand at this very place; ``bureau``: of the
    document's bureaus it must be this one's.
    """
    stands = position.region == at if at is not None else position.region in _from(document, duty)
    return (
        stands
        and _is_of(position, duty)
        and _agrees(position.bureau, bureau or document.bureau)
        and _agrees(position.project, document.project)
    )


def does(actor: Actor, document: Placed, *duties: Duty, at: str | None = None, bureau: str | None = None) -> bool:
    """Whether one of the actor's positions has one of these duties for the document."""
    return any(fits(position, document, duty, at=at, bureau=bureau) for position in actor.positions for duty in duties)


def holds(actor: Actor, duty: Duty) -> bool:
    """Whether one of the actor's positions has this duty for some documents: what is shown first to those who have it."""
    return any(_has(position, duty) for position in actor.positions)


def sees_persons(actor: Actor, document: Sensitive, *duties: Duty) -> bool:
    """Of a sensitive project those whose duty it is read about persons; residents read what the store lets them, their own."""
    return not document.sensitive or not _looks_on(actor) or does(actor, document, *duties)


def seen(actor: Actor, *duties: Duty) -> Mapping[str, Any]:
    """The filter of :func:`sees_persons`: without the documents of sensitive projects whose persons the actor may not see.
    What is left out by the query shows itself in no page, no cursor and no count.
    """
    if not _looks_on(actor):
        return {}
    return {"$or": [{"sensitive": False}, *corners(actor, *duties)]}


def corners(actor: Actor, *duties: Duty) -> list[Mapping[str, Any]]:
    """Filters for what lies where one of the actor's positions has one of these duties; none, where none has."""
    return [_corner(position) for position in actor.positions for duty in duties if _has(position, duty)]


def sees_all(actor: Actor, reaches: Sequence[Reach], *duties: Duty) -> bool:
    """Whether the actor may see the persons of everything within these reaches: each of them is that of a position with the duty."""
    return not _looks_on(actor) or all(any(_covers(actor, reach, duty) for duty in duties) for reach in reaches)


def _covers(actor: Actor, reach: Reach, duty: Duty) -> bool:
    path = next((position.path for position in actor.positions if position.region == reach.region), (reach.region,))
    return any(
        _has(position, duty)
        and position.region in path
        and position.bureau in (None, reach.bureau)
        and position.project in (None, reach.project)
        for position in actor.positions
    )


def _looks_on(actor: Actor) -> bool:
    """Staff and systems; residents and the hub itself see what they reach."""
    return actor.kind not in ("resident", "hub")


def _from(document: Placed, duty: Duty) -> tuple[str, ...]:
    """The places at which a position may stand."""
    path = document.path
    if not duty.from_county:
        return path
    return path[: path.index(document.county) + 1] if document.county in path else ()


def _has(position: Position, duty: Duty) -> bool:
    """Whether it has the duty for some documents."""
    return _is_of(position, duty) and (not duty.from_county or position.region in position.path[:2])


def _is_of(position: Position, duty: Duty) -> bool:
    return position.role == duty.role and (duty.nodes is None or position.node in (None, *duty.nodes))


def _agrees(bound: str | None, value: str | tuple[str, ...] | None) -> bool:
    if bound is None or value is None:
        return True
    return bound in value if isinstance(value, tuple) else bound == value


def _corner(position: Position) -> dict[str, Any]:
    bound = {"bureau": position.bureau, "project": position.project}
    return {"path": position.region, **{name: value for name, value in bound.items() if value is not None}}
