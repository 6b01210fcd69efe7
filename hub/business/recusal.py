"""回避: whom a document accuses, concerns or belongs to neither sees nor handles it: by person, by ID number, by office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from hub.words.actors import Actor, Position
from hub.words.contributions import Document, Office
from hub.words.errors import Forbidden

CONCERNED = "您是本件的当事人，按规定应当回避，请由其他经办人员办理。"


class Recused(Document, frozen=True, kw_only=True):
    """A document that some must keep away from: ``avoid`` are persons, ``avoid_keys`` blind ID numbers (the same human under
    whatever account), ``avoid_offices`` all who hold a position there."""

    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()
    avoid_offices: tuple[Office, ...] = ()


R = TypeVar("R", bound=Recused)


class Named(Protocol):
    """Who must keep away: by person id, and by blind ID number under whatever account."""

    @property
    def avoid(self) -> tuple[str, ...]: ...
    @property
    def avoid_keys(self) -> tuple[str, ...]: ...


class Avoided(Named, Protocol):
    """What is compared with the one who asks: a document, or a fact about one; with the offices that must keep away as a whole."""

    @property
    def avoid_offices(self) -> tuple[Office, ...]: ...


def not_avoided(actor: Actor) -> Mapping[str, Any]:
    """A filter: without the documents that the one who asks must not see."""
    return {"$nor": avoided(actor)}


def left_to(actor: Actor, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """A filter: the wanted ones that the one who asks may handle."""
    return {"$and": [wanted, not_avoided(actor)]}


def of_these(named: Named) -> Mapping[str, Any]:
    """A filter: what any of these persons or numbers must keep away from."""
    return {"$or": [{"avoid": {"$in": list(named.avoid)}}, {"avoid_keys": {"$in": list(named.avoid_keys)}}]}


def avoided(actor: Actor, **only: Any) -> list[dict[str, Any]]:
    """Filters for those documents; of them ``only`` those with these values."""
    found: list[dict[str, Any]] = [{**only, "avoid": actor.person}]
    if actor.id_key is not None:
        found.append({**only, "avoid_keys": actor.id_key})
    for position in actor.positions:
        ours = {"region": position.region, "bureau": {"$in": [None, position.bureau]}}
        found.append({**only, "avoid_offices": {"$elemMatch": ours}})
    return found


def is_avoided(actor: Actor, document: Avoided) -> bool:
    """Whether the actor must keep away from a document that was read already."""
    if actor.person in document.avoid or (actor.id_key is not None and actor.id_key in document.avoid_keys):
        return True
    return any(acts_in(position, office) for position in actor.positions for office in document.avoid_offices)


def check_not_avoided(actor: Actor, document: Avoided) -> None:
    """``Forbidden`` for whoever may read of it and must not handle it."""
    if is_avoided(actor, document):
        raise Forbidden(CONCERNED)


def acts_in(position: Position, office: Office) -> bool:
    """Whether the position stands at that very place, and in that bureau where it names one."""
    return position.region == office.region and office.bureau in (None, position.bureau)


def widened(document: R, other: Named | None = None, *, keys: Iterable[str] = ()) -> R:
    """The document, with those kept away from it who must keep away from the other, by person and by number; and whoever has one
    of these numbers."""
    persons, numbers = (other.avoid, other.avoid_keys) if other else ((), ())
    return msgspec.structs.replace(
        document,
        avoid=tuple(dict.fromkeys((*document.avoid, *persons))),
        avoid_keys=tuple(dict.fromkeys((*document.avoid_keys, *numbers, *keys))),
    )


def keeps_more_away(now: Named, before: Named) -> bool:
    """Whether somebody must keep away who did not before."""
    return not (set(now.avoid) <= set(before.avoid) and set(now.avoid_keys) <= set(before.avoid_keys))


def keeps_away(document: Avoided, office: Office) -> bool:
    """Whether a whole office is one of those that must keep away."""
    return any(each.region == office.region and each.bureau in (None, office.bureau) for each in document.avoid_offices)


def is_same(actor: Actor, person: str | None, id_key: str | None) -> bool:
    """Whether that is the one who acts, under whatever account: for the second of two persons."""
    return actor.person == person or (actor.id_key is not None and actor.id_key == id_key)
