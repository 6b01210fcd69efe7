"""What a struct and another one say alike: views of documents, facts about them, what comes of facts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from hub.words.contributions import Document


def taken(source: msgspec.Struct, *names: str) -> dict[str, Any]:
    """These fields of it, for another that has them too."""
    return {name: getattr(source, name) for name in names}


def shared(kind: type[msgspec.Struct], source: msgspec.Struct, *, but: Collection[str] = ()) -> dict[str, Any]:
    """The fields of ``kind`` that the source has under the same name, ``but`` for those that are said otherwise.

    A field of one name and two types is a ``TypeError``: what is sealed does not get into a view by being called the same. So is a
    document: what a new one has of another is named one by one (``taken``), or it would begin with that one's state and history.
    """
    names, values = _reader(kind, type(source), frozenset(but))
    return dict(zip(names, values(source), strict=True))


@cache
def _reader(
    kind: type[msgspec.Struct], source: type[msgspec.Struct], but: frozenset[str]
) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """Which fields, and what reads them all at once: lists make a view of every document they show."""
    names = _names(kind, source, but)
    if len(names) > 1:
        return names, attrgetter(*names)
    return names, lambda source: tuple(getattr(source, name) for name in names)


def _names(kind: type[msgspec.Struct], source: type[msgspec.Struct], but: frozenset[str]) -> tuple[str, ...]:
    if issubclass(kind, Document):
        raise TypeError(f"{kind.__name__} is a document")
    wanted, there = get_type_hints(kind), get_type_hints(source)
    names = [name for name in kind.__struct_fields__ if name in source.__struct_fields__ and name not in but]
    if other := [name for name in names if not _kinds(there[name]) <= _kinds(wanted[name])]:
        spelled = ", ".join(f"{name}: {_spelled(wanted[name])} and {_spelled(there[name])}" for name in other)
        raise TypeError(f"{kind.__name__} and {source.__name__} mean different things by {spelled}")
    return tuple(names)


def _spelled(hint: Any) -> str:
    return hint.__name__ if isinstance(hint, type) else str(hint)


def _kinds(hint: Any) -> frozenset[Any]:
    """The types that a value may have. A choice of words is text."""
    if get_origin(hint) in (Union, UnionType):
        return frozenset().union(*(_kinds(each) for each in get_args(hint)))
    if get_origin(hint) is Literal:
        return frozenset(type(each) for each in get_args(hint))
    return frozenset((NoneType if hint is None else hint,))
