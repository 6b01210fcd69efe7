"""Websocket commands: a plugin's Command, in one unit of work, where the plugin is on."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import msgspec

from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.rules.lateness import not_later
from hub.rules.places import Places
from hub.rules.sources import place_of
from hub.rules.units import Units
from hub.web.decoding import Decoder, Nothing
from hub.words.actors import Actor
from hub.words.contributions import Access, Command
from hub.words.errors import NotFound, SetupError
from hub.words.regions import Region


class CheckAccess(Protocol):
    """Raises NotSignedIn or Forbidden unless the actor may, at this place."""

    def __call__(self, access: Access, actor: Actor, place: Region) -> None: ...


@dataclass(frozen=True, slots=True)
class _Known:
    plugin: str
    command: Command
    body: type[msgspec.Struct] | None


def compile_commands(host: Host) -> Mapping[str, _Known]:
    """The commands of all plugins by full name. Raises one ``SetupError`` with the problems of all of them."""
    known: dict[str, _Known] = {}
    problems: list[str] = []
    for plugin in host.plugins.values():
        for command in plugin.commands:
            try:
                known[f"{plugin.name}.{command.name}"] = _Known(plugin.name, command, _body_of(plugin.name, command))
            except SetupError as error:
                problems += error.problems
    if problems:
        raise SetupError(*problems)
    return known


class Commands:
    """All commands of all plugins, compiled once. Bodies are read as those of the JSON API."""

    def __init__(
        self, host: Host, counties: Counties, places: Places, units: Units, check: CheckAccess, decoder: Decoder
    ) -> None:
        self._counties = counties
        self._places = places
        self._units = units
        self._check = check
        self._decoder = decoder
        self._known = compile_commands(host)

    async def run(
        self, actor: Actor, name: str, place: str, body: msgspec.Raw, request_id: str, within: timedelta
    ) -> Any:
        """The command's answer. A plugin that is off there does not exist there. ``TimeoutError`` after ``within``."""
        known, region = self._known.get(name), self._places.tree.get(place)
        if known is None or region is None or not self._counties.is_on(region.county, known.plugin):
            raise NotFound("没有这个操作。")
        self._check(known.command.access, actor, region)
        permission = known.command.access if isinstance(known.command.access, str) else None
        async with not_later(self._units, known.plugin, "command", within):
            return await self._units.run(
                self._units.turns.of(known.plugin, "command", _bound(known, body, self._decoder)),
                plugin=known.plugin,
                place=region,
                actor=actor,
                permission=permission,
                request_id=request_id,
            )


def _bound(known: _Known, raw: msgspec.Raw, decoder: Decoder) -> Callable[[Any], Awaitable[Any]]:
    if known.body is None:
        decoder.json(bytes(raw), Nothing)
        return known.command.call
    body = decoder.json(bytes(raw), known.body)
    call = known.command.call

    def bound(ctx: Any) -> Awaitable[Any]:
        return call(ctx, body)

    return bound


def _body_of(plugin: str, command: Command) -> type[msgspec.Struct] | None:
    """What the second parameter is annotated with; None for a command that takes no body."""
    where = f"plugin '{plugin}': {place_of(command.call)}command {command.name}"
    parameters = list(inspect.signature(command.call).parameters.values())
    if len(parameters) not in (1, 2) or not inspect.iscoroutinefunction(command.call):
        raise SetupError(f"{where}: write it as async def {command.name}(ctx, body: SomeStruct)")
    if len(parameters) == 1:
        return None
    try:
        body = typing.get_type_hints(command.call)[parameters[1].name]
    except (NameError, KeyError):
        raise SetupError(f"{where}: annotate body with a struct that is imported outside TYPE_CHECKING") from None
    if not (isinstance(body, type) and issubclass(body, msgspec.Struct)):
        raise SetupError(f"{where}: body must be a msgspec.Struct, not {body!r}")
    return body
