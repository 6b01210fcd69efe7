"""Runs operations, through whichever door they are asked for: who may, where, in which transaction, and only once.

The JSON API and the pages both stand on it, so that a form does what a program's request does, by the same rules.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from hub.rules.context import Context, unit_of
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.turns import Entry
from hub.rules.units import Units
from hub.web.access import check_access
from hub.web.decoding import Decoder
from hub.web.idempotency import Kept, Keys, Slot
from hub.web.operations import Operation
from hub.web.router import Match, Router
from hub.words.actors import Actor
from hub.words.errors import Invalid, NotFound, Refused
from hub.words.regions import Region

T = TypeVar("T")

NOWHERE = Region(code="0", name="", level="city", path=("0",))


@dataclass(frozen=True, slots=True)
class Asking:
    """One request for an operation: what was found at its address, who asks, from which address."""

    match: Match
    actor: Actor
    address: str
    request_id: str
    entry: Entry = "route"
    """The door: what the plugin's calls are counted as."""

    @property
    def owner(self) -> str:
        """Whose keys it uses: keys of two people never meet."""
        return self.actor.person or self.actor.account or f"guest {self.address}"


@dataclass(frozen=True, kw_only=True)
class Performing:
    """What running an operation takes."""

    host: Host
    places: Places
    units: Units
    router: Router
    decoder: Decoder
    keys: Keys

    def check_access(self, operation: Operation, actor: Actor, place: Region | None) -> None:
        """Raise ``NotSignedIn`` or ``Forbidden`` unless the actor may run it there."""
        # The hub's own operations look at a place past the scoped store.
        whole = self.host.plugins[operation.plugin].builtin
        check_access(operation.access, actor, place, self.host, self.places.tree, whole=whole)

    def path_arguments(self, operation: Operation, texts: Mapping[str, str]) -> dict[str, Any]:
        """What stands in the path; ``NotFound`` where it cannot be what the operation reads."""
        try:
            return {name: self.decoder.value(texts[name], kind) for name, kind in operation.parameters.items()}
        except (msgspec.ValidationError, Invalid):
            raise NotFound from None

    async def run(self, asking: Asking, operation: Operation, arguments: Mapping[str, Any]) -> Any:
        """The operation's answer."""
        return await self._open(asking, operation, self._bound(asking, operation, arguments))

    async def read(self, asking: Asking, operation: Operation, call: Callable[[Context], Awaitable[T]]) -> T:
        """What ``call`` finds, for the plugin and by the right of this operation."""
        taken = self.units.turns.of(operation.plugin, asking.entry, call)
        found: T = await self._open(asking, operation, taken)
        return found

    async def run_once(self, asking: Asking, operation: Operation, arguments: Mapping[str, Any], slot: Slot) -> Any:
        """The operation's answer; raises ``Repeated`` when it was run with this key before."""
        call = self._bound(asking, operation, arguments)
        if operation.route.transaction:
            return await self._open(asking, operation, self.keys.once(slot, operation.status, call))
        return await self.keys.around(slot, operation.status, lambda: self._open(asking, operation, call))

    async def read_again(self, asking: Asking, operation: Operation, kept: Kept) -> Any:
        """What a repeat is answered: the object as it is now, where the route names the operation that reads it and the one who asks
        may use that; else None."""
        reader = self.router.reader_of(operation)
        if reader is None:
            return None
        known = {name: asking.match.arguments.get(name, kept.object) for name in reader.parameters}
        try:
            self.check_access(reader, asking.actor, asking.match.place)
            arguments: dict[str, Any] = {
                name: self.decoder.value(text or "", reader.parameters[name]) for name, text in known.items()
            }
            if reader.query is not None:
                arguments["query"] = self.decoder.query({}, reader.query)
            return await self.run(asking, reader, arguments)
        except (Refused, msgspec.ValidationError):
            # It was done, even if its maker may not see it (any more).
            return None

    def _bound(
        self, asking: Asking, operation: Operation, arguments: Mapping[str, Any]
    ) -> Callable[[Context], Awaitable[Any]]:
        call = functools.partial(_call, operation.call, arguments)
        return self.units.turns.of(operation.plugin, asking.entry, call)

    async def _open(self, asking: Asking, operation: Operation, call: Callable[[Context], Awaitable[Any]]) -> Any:
        open_unit = self.units.run if operation.writes and operation.route.transaction else self.units.read
        return await open_unit(
            functools.partial(_while_on, call),
            plugin=operation.plugin,
            place=self._place(asking),
            actor=asking.actor,
            permission=operation.access if isinstance(operation.access, str) else None,
            request_id=asking.request_id,
        )

    def _place(self, asking: Asking) -> Region:
        """Where this happens; for what names no place, the city of the one who asks."""
        if asking.match.place is not None:
            return asking.match.place
        tree, positions = self.places.tree, asking.actor.positions
        if positions and (city := tree.get(positions[0].path[0])) is not None:
            return city
        return next(iter(tree.children(None)), NOWHERE)


async def _while_on(call: Callable[[Context], Awaitable[Any]], ctx: Context) -> Any:
    """The router has asked before the body came, which may take minutes: what was turned off meanwhile does not exist."""
    if not unit_of(ctx).is_on(ctx):
        raise NotFound
    return await call(ctx)


async def _call(call: Callable[..., Awaitable[Any]], arguments: Mapping[str, Any], ctx: Context) -> Any:
    return await call(ctx, **arguments)
