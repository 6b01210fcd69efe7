"""What the last table of a kind named and the next one does not: said, listed, and never taken away by itself.

Of the last table that was brought in to its end, no more is kept than what it names, sealed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

import msgspec

from hub.business.stored import stored
from hub.rules.context import Context, transaction_of, unit_of
from hub.rules.plugins import Stamped
from hub.words.contributions import Collection, Document, Import, Index, Missing, Roll
from hub.words.personal import Secret

ROLLS = "ops.import_rolls"
# Of those that are listed; the rest is said by number.
MOST_LISTED = 1000
AT_ONCE = 100
Name = tuple[str, str]


class RollPart(Document, frozen=True, kw_only=True):
    """What a part of the last table of a kind names, as JSON: whose and what."""

    kind: str
    number: int
    said: Secret


class Lost(msgspec.Struct, frozen=True, kw_only=True):
    """What the last table named and this one does not: how many it was ``whose``, of these who are named no more at all; how many in all,
    and the first of them."""

    whose: int
    what: int
    first: tuple[Name, ...]


class Compared(msgspec.Struct, frozen=True):
    """What a table ``names``, in parts, to be kept; and what is ``lost`` since the last one, None where there was none."""

    names: list[Secret]
    lost: Lost | None


COLLECTION = Collection(
    name=ROLLS,
    document=RollPart,
    scope="open",
    indexes=(Index((("kind", 1), ("number", 1)), name="in_order"),),
)
parts_of = stored(ROLLS, RollPart)


async def compare(
    ctx: Context, kind: str, found: Stamped[Import], parts: int, part: Callable[[int], Awaitable[Any]]
) -> Compared | None:
    """Read all of a table once more; None where its kind is not compared. Of each name a mark is held meanwhile, not the name."""
    roll = found.record.roll
    if roll is None:
        return None
    lent = unit_of(ctx).as_plugin(ctx, found.plugin)
    there: set[int] = set()
    said: list[Secret] = []
    for number in range(parts):
        names = list(dict.fromkeys(roll.names(lent, await part(number))))
        there |= {mark for whose, what in names for mark in (hash((whose,)), hash((whose, what)))}
        said.append(Secret(msgspec.json.encode(names).decode()))
    return Compared(said, await _lost(ctx, kind, there))


async def _lost(ctx: Context, kind: str, there: set[int]) -> Lost | None:
    whose: set[str] = set()
    first: list[Name] = []
    what = number = 0
    while last := await parts_of(ctx).first({"county": None, "kind": kind, "number": number}):
        for name in msgspec.json.decode(last.said.reveal(), type=list[Name]):
            # Of those of whom a row cannot be read, now or then, nothing is known to be lost.
            if hash(name) in there or hash((name[0], "")) in there or not name[1]:
                continue
            what += 1
            first += [name] if len(first) < MOST_LISTED else []
            whose |= set() if hash(name[:1]) in there else {name[0]}
        number += 1
    return Lost(whose=len(whose), what=what, first=tuple(first)) if number else None


async def keep(ctx: Context, kind: str, compared: Compared) -> None:
    """From now on this table is the last one."""
    rolls, place = unit_of(ctx).database[ROLLS], ctx.place.code
    await rolls.delete_many({"county": None, "path": place, "kind": kind}, session=transaction_of(ctx))
    parts = [
        RollPart(id=ctx.new_id(), place=place, kind=kind, number=number, said=said)
        for number, said in enumerate(compared.names)
    ]
    await parts_of(ctx).insert_many(parts)


def in_words(lost: Lost | None, roll: Roll | None) -> str:
    """Such as 3人，5个岗位; "" where nothing is lost."""
    if lost is None or roll is None or not lost.what:
        return ""
    whose, what = roll.counted
    return f"{f'{lost.whose}{whose}，' if lost.whose else ''}{lost.what}{what}"


async def shown(ctx: Context, found: Stamped[Import] | None, lost: Lost | None, at_most: int) -> Sequence[Missing]:
    """The first of what is lost, as people read it and as it stands today."""
    if found is None or found.record.roll is None or lost is None:
        return []
    lent = unit_of(ctx).as_plugin(ctx, found.plugin)
    return [each for some in _chunks(lost.first[:at_most]) for each in await found.record.roll.show(lent, some)]


def _chunks(names: Sequence[Name]) -> Iterator[Sequence[Name]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
