"""What plugins keep for persons: asked where somebody is known, passed on with a proof, forgotten when the law wants it; and handed over
when a member of staff leaves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from hub.rules.context import Context, unit_of
from hub.words.contributions import Belongings, KnownPlace, Leaver, Succession, Unfinished

T = TypeVar("T")

# Of one transaction. A person has a few dozen documents; an agent who declared for whole villages has more, and the rest
# follows in parts.
MOST_AT_ONCE = 1000


async def known_places(ctx: Context, id_key: str) -> list[KnownPlace]:
    """Where the hub knows this ID number, in any county."""
    found: list[KnownPlace] = []
    for plugin, kept in _kept(ctx):
        if kept.known is not None:
            known = unit_of(ctx).units.turns.of(plugin, "belongings", kept.known)
            found += await known(unit_of(ctx).belongings(ctx, plugin), id_key)
    return found


async def pass_on(ctx: Context, successions: Sequence[Succession]) -> tuple[int, tuple[Succession, ...]]:
    """Let every plugin hand over what it keeps, in this transaction: how many documents, and what there was no room for."""
    passed, left = 0, []
    for succession in successions:
        some, whole = await _until_none(ctx, succession, MOST_AT_ONCE - passed)
        passed += some
        if not whole:
            left.append(succession)
    return passed, tuple(left)


async def forget(ctx: Context, person: str) -> tuple[int, bool]:
    """Let every plugin delete what the law does not say to keep of a person, in this transaction: how many documents, and
    whether there may be more.
    """
    forgotten = 0
    for plugin, kept in _kept(ctx):
        if kept.forget is not None and forgotten < MOST_AT_ONCE:
            lent = unit_of(ctx).belongings(ctx, plugin, person)
            forgotten += await _drained(kept.forget, lent, person, MOST_AT_ONCE - forgotten)
    return forgotten, forgotten >= MOST_AT_ONCE


async def unfinished(ctx: Context, person: str) -> list[Unfinished]:
    """What a member of staff has begun and nobody else can go on with."""
    found: list[Unfinished] = []
    for plugin, kept in _kept(ctx):
        if kept.unfinished is not None:
            asked = unit_of(ctx).units.turns.of(plugin, "belongings", kept.unfinished)
            found += await asked(unit_of(ctx).belongings(ctx, plugin), person)
    return [each for each in found if each.count]


async def hand_over(ctx: Context, leaver: Leaver) -> int:
    """Let every plugin give that to whoever has the work now, in this transaction: how many documents."""
    handed = 0
    for plugin, kept in _kept(ctx):
        if kept.hand_over is not None:
            handed += await _drained(kept.hand_over, unit_of(ctx).belongings(ctx, plugin), leaver, MOST_AT_ONCE)
    return handed


async def _until_none(ctx: Context, succession: Succession, room: int) -> tuple[int, bool]:
    passed = 0
    for plugin, kept in _kept(ctx):
        if kept.pass_on is None:
            continue
        if passed >= room:
            return passed, False
        lent = unit_of(ctx).belongings(ctx, plugin, succession.before)
        passed += await _drained(kept.pass_on, lent, succession, room - passed)
    return passed, passed < room


async def _drained(call: Callable[[Context, T], Awaitable[int]], ctx: Context, about: T, room: int) -> int:
    """Call again until nothing is left, or the room is used up."""
    done, taken = 0, unit_of(ctx).units.turns.of(ctx.plugin, "belongings", call)
    while done < room and (some := await taken(ctx, about)):
        done += some
    return done


def _kept(ctx: Context) -> list[tuple[str, Belongings]]:
    plugins = unit_of(ctx).units.host.plugins.values()
    return [(plugin.name, kept) for plugin in plugins for kept in plugin.belongings]
