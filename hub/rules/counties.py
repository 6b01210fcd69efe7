"""The one place where a county's switches are read: which plugins are on in which county, and with which settings."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog

from hub.reading.config import convert
from hub.rules.finding import nearest
from hub.rules.host import Host
from hub.rules.plugins import Plugin
from hub.store.changes import follow
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.words.contributions import Index
from hub.words.errors import SetupError
from hub.words.ranges import violations

log = structlog.get_logger("hub.counties")


COLLECTIONS = (
    CoreCollection("switches"),
    CoreCollection("switch_history", (Index((("county", 1), ("version", -1)), unique=True),)),
)


class Switch(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin in one county. ``settings`` are only those that differ from the plugin's own."""

    on: bool = False
    settings: dict[str, Any] = {}


class CountySwitches(msgspec.Struct, frozen=True, kw_only=True):
    """All switches of a county. ``version`` counts the changes: an event is handled under the one of its transaction."""

    county: str = msgspec.field(name="_id")
    version: int = 1
    plugins: dict[str, Switch] = {}


class Switchboard:
    """What is on where at one moment, and with which settings. Never changes: whoever holds one sees one state of things."""

    def __init__(
        self, rows: Mapping[str, CountySwitches], host: Host, settings: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._rows = rows
        self._host = host
        self._settings = settings
        self._configs: dict[tuple[str | None, str], Any] = {}

    def with_(self, row: CountySwitches) -> Switchboard:
        """This board with the switches of one county replaced."""
        return Switchboard(ChainMap({row.county: row}, dict(self._rows)), self._host, self._settings)

    def is_on(self, county: str | None, plugin: str) -> bool:
        """A builtin is on everywhere, the core wherever any plugin is; at the city (``county`` None) what any county has on."""
        known = self._host.plugins.get(plugin)
        if known is None:
            return False
        if known.builtin:
            return True
        if county is None:
            return any(self._is_on(switches, known) for switches in self._rows.values())
        switches = self._rows.get(county)
        return switches is not None and self._is_on(switches, known)

    def version(self, county: str | None) -> int:
        """The number of a county's switches; 0 where there are none."""
        switches = self._rows.get(county or "")
        return switches.version if switches else 0

    def switches(self, county: str) -> CountySwitches:
        """All off for a county that was never asked about."""
        return self._rows.get(county) or CountySwitches(county=county, version=0)

    def counties_with(self, plugin: str) -> list[str]:
        known = self._host.plugins.get(plugin)
        return [county for county, switches in self._rows.items() if known and self._is_on(switches, known)]

    def _is_on(self, switches: CountySwitches, plugin: Plugin) -> bool:
        if not plugin.core:
            return plugin.name in switches.plugins and switches.plugins[plugin.name].on
        return any(switch.on and self._is_switched(name) for name, switch in switches.plugins.items())

    def _is_switched(self, name: str) -> bool:
        known = self._host.plugins.get(name)
        return known is not None and known.switched

    def config(self, county: str | None, plugin: str) -> Any:
        """The plugin's settings in this county: its defaults, then config.yaml's, then the county's own."""
        key = (county, plugin)
        if key not in self._configs:
            self._configs[key] = self._merge(county, plugin)
        return self._configs[key]

    def check_settings(self, plugin: str, settings: Mapping[str, Any]) -> msgspec.Struct:
        """The settings as the plugin would see them. Raises ``msgspec.ValidationError`` for a value or a name it does not know."""
        kind = self._host.plugins[plugin].config_type
        given = {**self._settings.get(plugin, {}), **settings}
        known = {field.encode_name for field in msgspec.structs.fields(kind)}
        for name in given:
            if name not in known:
                raise msgspec.ValidationError(f"unknown setting '{name}'.{nearest(name, known)}")
        read: msgspec.Struct = msgspec.convert(given, kind)
        if wrong := list(violations(read, kind, plugin)):
            raise msgspec.ValidationError("; ".join(wrong))
        return read

    def _merge(self, county: str | None, plugin: str) -> Any:
        known = self._host.plugins.get(plugin)
        if known is None:
            return None
        switch = self.switches(county).plugins.get(plugin) if county else None
        try:
            return self.check_settings(plugin, switch.settings if switch else {})
        except msgspec.ValidationError as error:
            # A plugin update may drop a setting that a county still has: serve with the common ones, and say so.
            log.error(
                "settings of a county are not valid, using the common ones",
                county=county,
                plugin=plugin,
                problem=str(error),
            )
            return self.check_settings(plugin, {})


class Counties:
    """The switches in the database, and ``board``, kept in step with them by a change stream (within 1 s on every node)."""

    def __init__(self, database: Database, host: Host, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._database = database
        self._collection = database["switches"]
        self._history = database["switch_history"]
        self._host = host
        self._settings = settings
        self._loading = asyncio.Lock()
        self.board = Switchboard({}, host, settings)

    def is_on(self, county: str | None, plugin: str) -> bool:
        """As it is now; see :class:`Switchboard` for this and the others."""
        return self.board.is_on(county, plugin)

    def version(self, county: str | None) -> int:
        return self.board.version(county)

    def switches(self, county: str) -> CountySwitches:
        return self.board.switches(county)

    def counties_with(self, plugin: str) -> list[str]:
        return self.board.counties_with(plugin)

    def config(self, county: str | None, plugin: str) -> Any:
        return self.board.config(county, plugin)

    def check_settings(self, plugin: str, settings: Mapping[str, Any]) -> msgspec.Struct:
        return self.board.check_settings(plugin, settings)

    async def as_of(self, county: str | None, version: int) -> Switchboard:
        """The board with this version of a county's switches, for what was begun under it and must end under it."""
        board = self.board
        if county is None or board.version(county) == version:
            return board
        row = await self._history.find_one({"county": county, "version": version}, {"_id": 0, "plugins": 1})
        if row is None:
            # Of a county that had no switches then, or another node's that this one is about to hear of.
            return board
        return board.with_(self._database.decode(CountySwitches, {"_id": county, "version": version, **row}))

    async def seed(self, wanted: Mapping[str, Mapping[str, Switch]]) -> None:
        """Write the switches of config.yaml for counties that have none yet; afterwards the database decides."""
        for county, plugins in wanted.items():
            row = self._database.encode(CountySwitches(county=county, plugins=dict(plugins)))
            await self._collection.update_one(
                {"_id": county}, {"$setOnInsert": {k: v for k, v in row.items() if k != "_id"}}, upsert=True
            )
        await self.load()

    async def load(self) -> None:
        """Read all switches: one small row per county, 2,800 for the whole country."""
        # One after the other: a slow one must not put an older state in the place of a newer one.
        async with self._loading:
            rows = [row async for row in self._collection.find({})]
            switches = {row["_id"]: self._database.decode(CountySwitches, row) for row in rows}
            self.board = Switchboard(switches, self._host, self._settings)

    async def follow(self) -> None:
        """Reload whenever somebody turns a switch, until cancelled."""
        await follow(self._collection, self.load, "switches")

    def differences(self, wanted: Mapping[str, Mapping[str, Switch]]) -> list[str]:
        """Where config.yaml and the database disagree, in words: the database is what counts."""
        found = []
        for county, plugins in wanted.items():
            now = self.switches(county)
            for plugin, switch in plugins.items():
                if plugin in self._host.left_out:
                    continue  # Nobody can turn it now.
                present = now.plugins.get(plugin, Switch())
                if present.on != switch.on and self._host.plugins[plugin].switched:
                    found.append(
                        f"county {county}: config.yaml has '{plugin}' {_word(switch.on)}, the database has it {_word(present.on)} "
                        f"(the database decides; change it with hub plugins {_word(switch.on)} {plugin} --county {county})"
                    )
                elif present.settings != switch.settings:
                    found.append(
                        f"county {county}: settings of '{plugin}' differ between config.yaml and the database (the database decides)"
                    )
        return found


def read_switches(
    counties: Mapping[str, Mapping[str, bool | Mapping[str, Any]]], host: Host
) -> dict[str, dict[str, Switch]]:
    """The ``counties`` section of config.yaml: ``{county: {plugin: true | false | {setting: value}}}``.

    Raises ``SetupError`` naming every unknown plugin, bad setting and switched-on plugin whose ``NEEDS`` is off.
    """
    problems: list[str] = []
    wanted: dict[str, dict[str, Switch]] = {}
    for county, plugins in counties.items():
        wanted[county] = {}
        for plugin, given in plugins.items():
            if not host.is_known(plugin):
                problems.append(
                    f"config.yaml: counties.{county}: plugin '{plugin}' is unknown.{nearest(plugin, host.plugins)}"
                )
            switch = Switch(on=given) if isinstance(given, bool) else Switch(on=True, settings=dict(given))
            if plugin in host.plugins:
                wanted[county][plugin] = switch
                problems += _wrong_settings(switch.settings, host, plugin, f"config.yaml: counties.{county}.{plugin}")
            elif plugin in host.left_out:
                wanted[county][plugin] = switch  # The start that has it again looks at its settings.
        on = {plugin for plugin, switch in wanted[county].items() if switch.on and plugin in host.plugins}
        problems += [
            f"config.yaml: counties.{county}: '{plugin}' needs '{need}', which is off: turn it on or turn '{plugin}' off"
            for plugin in sorted(on)
            for need in host.plugins[plugin].needs
            if need not in on and need in host.plugins and not host.always_on(need)
        ]
    if problems:
        raise SetupError(*problems)
    return wanted


def common_problems(settings: Mapping[str, Mapping[str, Any]], host: Host) -> list[str]:
    """What is wrong in the section ``settings`` of config.yaml: unknown plugins and names, bad values, numbers out of range."""
    found: list[str] = []
    for plugin, given in settings.items():
        if plugin in host.plugins:
            found += _wrong_settings(given, host, plugin, f"config.yaml: settings.{plugin}")
        elif not host.is_known(plugin):
            found.append(f"config.yaml: settings: plugin '{plugin}' is unknown.{nearest(plugin, host.plugins)}")
    return found


def _wrong_settings(given: Mapping[str, Any], host: Host, plugin: str, where: str) -> Sequence[str]:
    try:
        convert(given, host.plugins[plugin].config_type, where, strict=True)
    except SetupError as error:
        return error.problems
    return ()


def _word(on: bool) -> str:
    return "on" if on else "off"
