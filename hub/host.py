"""The plugin host: gathers what plugins contribute, once, stamped with their names, and checks it all before anything is served."""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
import pluggy

from hub import contributions as c
from hub import hookspecs
from hub.errors import SetupError

R = TypeVar("R")
ENTRY_POINTS = "hub.plugins"


class NoSettings(msgspec.Struct, frozen=True):
    """For a plugin without settings."""


@dataclass(frozen=True, slots=True)
class Stamped(Generic[R]):
    """A record and the plugin it came from."""

    plugin: str
    record: R


@dataclass(frozen=True, slots=True)
class Reader:
    """A trigger or a reaction: whoever hears of an event. ``name`` is stable, it is stored in the event's ``todo``."""

    name: str
    plugin: str
    record: c.Trigger | c.Reaction


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One plugin's contributions. A builtin is part of the hub, on everywhere; ``prefix`` is its place in URLs;
    ``placeless`` when its URL names no place."""

    name: str
    doc: str
    needs: tuple[str, ...]
    builtin: bool
    placeless: bool
    prefix: str
    config_type: type[msgspec.Struct]
    lifespan: Callable[..., Any] | None
    roles: tuple[c.Role, ...] = ()
    permissions: tuple[c.Permission, ...] = ()
    events: tuple[type[c.Event], ...] = ()
    collections: tuple[c.Collection, ...] = ()
    migrations: tuple[c.Migration, ...] = ()
    routes: tuple[c.Route, ...] = ()
    commands: tuple[c.Command, ...] = ()
    menu_entries: tuple[c.MenuEntry, ...] = ()
    message_types: tuple[c.MessageType, ...] = ()
    triggers: tuple[c.Trigger, ...] = ()
    reactions: tuple[c.Reaction, ...] = ()
    nodes: tuple[c.Node, ...] = ()
    guards: tuple[c.Guard, ...] = ()
    belongings: tuple[c.Belongings, ...] = ()
    jobs: tuple[c.Job, ...] = ()
    imports: tuple[c.Import, ...] = ()
    waiting: tuple[c.Waiting, ...] = ()
    health_checks: tuple[c.HealthCheck, ...] = ()
    on_county_opened: tuple[Callable[..., Any], ...] = ()
    on_county_closed: tuple[Callable[..., Any], ...] = ()

    @property
    def has_settings(self) -> bool:
        """Whether there is anything that a county may want otherwise."""
        return self.config_type is not NoSettings


GATHERED = (
    "roles",
    "permissions",
    "events",
    "collections",
    "migrations",
    "routes",
    "commands",
    "menu_entries",
    "message_types",
    "triggers",
    "reactions",
    "nodes",
    "guards",
    "belongings",
    "jobs",
    "imports",
    "waiting",
    "health_checks",
    "on_county_opened",
    "on_county_closed",
)


def gather(sources: Iterable[tuple[str, Any]]) -> list[Plugin]:
    """Ask each (name, module or object) for what it has, one plugin at a time. Raises ``SetupError`` for a wrong hook name.

    An object with the attribute ``builtin`` belongs to the hub itself.
    """
    manager = pluggy.PluginManager("hub")
    manager.add_hookspecs(hookspecs)
    given = dict(sources)
    for name, source in given.items():
        manager.register(source, name=name)
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise SetupError(f"{error}: see hub/hookspecs.py for the names of hooks") from None
    return [_gather_one(manager, name, source) for name, source in given.items()]


def _gather_one(manager: pluggy.PluginManager, name: str, source: Any) -> Plugin:
    others = [plugin for plugin in manager.get_plugins() if plugin is not source]

    def answers(hook: str) -> list[Any]:
        caller = manager.subset_hook_caller(hook, remove_plugins=others)
        # Called with no arguments but for the lifespan, which is not called here: it belongs to a running hub.
        return list(caller())

    listed = {hook: tuple(item for answer in answers(hook) for item in answer) for hook in GATHERED}
    schemas = answers("config_schema")
    return Plugin(
        name=name,
        doc=(getattr(source, "__doc__", "") or "").strip(),
        needs=tuple(getattr(source, "NEEDS", ())),
        builtin=bool(getattr(source, "builtin", False)),
        placeless=bool(getattr(source, "placeless", False)),
        prefix=getattr(source, "prefix", name),
        config_type=schemas[0] if schemas else NoSettings,
        lifespan=getattr(source, "lifespan", None),
        **listed,
    )


def find(names: Sequence[str], package: str = "plugins") -> list[tuple[str, Any]]:
    """Import the plugins of these names: from ``package``, else from the entry points of other distributions.

    Raises ``SetupError`` naming every unknown one, with the nearest known name.
    """
    offered = {point.name: point for point in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    found: list[tuple[str, Any]] = []
    problems: list[str] = []
    for name in names:
        module = f"{package}.{name}.plugin"
        try:
            found.append((name, importlib.import_module(module)))
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise
            if name in offered:
                found.append((name, offered[name].load()))
            else:
                problems.append(
                    f"config.yaml: plugin '{name}' is unknown.{nearest(name, [*_folders(package), *offered])}"
                )
    if problems:
        raise SetupError(*problems)
    return found


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as "Did you mean 'x'?", or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _folders(package: str) -> list[str]:
    parent = importlib.import_module(package)
    return [module.name for module in pkgutil.iter_modules(parent.__path__) if module.ispkg]


class Host:
    """All plugins, and the look-ups that serving needs. Nothing in it changes after it was built."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        every = list(plugins)
        self.plugins: Mapping[str, Plugin] = {plugin.name: plugin for plugin in every}
        self.collections: Mapping[str, c.Collection] = {
            spec.name: spec for plugin in every for spec in plugin.collections
        }
        self._event_names: Mapping[type[c.Event], str] = {
            kind: f"{plugin.name}.{kind.__name__}" for plugin in every for kind in plugin.events
        }
        self._events: Mapping[str, type[c.Event]] = {name: kind for kind, name in self._event_names.items()}
        self._nodes: Mapping[str, Stamped[c.Node]] = {
            node.name: Stamped(plugin.name, node) for plugin in every for node in plugin.nodes
        }
        self._messages: Mapping[str, c.MessageType] = {
            f"{plugin.name}.{kind.name}": kind for plugin in every for kind in plugin.message_types
        }
        self._permissions: Mapping[str, c.Permission] = {
            right.name: right for plugin in every for right in plugin.permissions
        }
        guards: dict[str, tuple[Stamped[c.Guard], ...]] = {}
        readers: dict[str, tuple[Reader, ...]] = {}
        for plugin in every:
            for guard in plugin.guards:
                guards[guard.action] = (*guards.get(guard.action, ()), Stamped(plugin.name, guard))
            for reader in _readers_of(plugin):
                event = self._event_names.get(reader.record.event, "")
                readers[event] = (*readers.get(event, ()), reader)
        self._guards = guards
        self._readers = readers
        self._reader = {reader.name: reader for group in readers.values() for reader in group}

    def event_name(self, kind: type[c.Event]) -> str:
        """``declaration.Submitted``. Raises ``KeyError`` for a class that no plugin declares."""
        return self._event_names[kind]

    def event_class(self, name: str) -> type[c.Event] | None:
        return self._events.get(name)

    def readers(self, event: str) -> tuple[Reader, ...]:
        """The triggers and reactions of an event, of all plugins."""
        return self._readers.get(event, ())

    def reader(self, name: str) -> Reader | None:
        """By the name stored in an event's ``todo``; None when that plugin is no longer installed."""
        return self._reader.get(name)

    def node(self, name: str) -> Stamped[c.Node] | None:
        return self._nodes.get(name)

    def guards(self, action: str) -> tuple[Stamped[c.Guard], ...]:
        return self._guards.get(action, ())

    def message_type(self, name: str) -> c.MessageType | None:
        return self._messages.get(name)

    @property
    def message_types(self) -> Mapping[str, c.MessageType]:
        """By full name: ``worklist.arrived``."""
        return self._messages

    @property
    def permissions(self) -> Mapping[str, c.Permission]:
        return self._permissions

    def problems(self) -> list[str]:
        """Everything that is wrong between the plugins, each with its fix; empty when all is well."""
        found: list[str] = []
        known_roles = {role.name for plugin in self.plugins.values() for role in plugin.roles}
        owners: dict[str, str] = {}
        for plugin in self.plugins.values():
            found += self._problems_of(plugin, known_roles)
            for kind, name in _owned_names(plugin):
                label = f"{kind} '{name}'"
                if label in owners:
                    found.append(
                        f"plugin '{plugin.name}': {label} is already given by plugin '{owners[label]}': rename one"
                    )
                owners[label] = plugin.name
        return found

    def _problems_of(self, plugin: Plugin, known_roles: set[str]) -> list[str]:
        say = f"plugin '{plugin.name}': "
        found = [
            f"{say}NEEDS '{need}', which is not installed: add it to plugins in config.yaml.{nearest(need, self.plugins)}"
            for need in plugin.needs
            if need not in self.plugins
        ]
        if plugin.builtin:
            prefixed: Iterable[tuple[str, str]] = ()
        else:
            prefixed = [(k, n) for k, n in _owned_names(plugin) if k in ("permission", "collection")]
        found += [
            f"{say}{kind} '{name}' must begin with '{plugin.name}.'"
            for kind, name in prefixed
            if not name.startswith(f"{plugin.name}.")
        ]
        found += [
            f"{say}permission '{right.name}' names the role '{role}', which no plugin declares.{nearest(role, known_roles)}"
            for right in plugin.permissions
            for role in right.roles
            if role not in known_roles
        ]
        asking: list[tuple[str, c.Access]] = [
            *((f"route {route.method} {route.path}", route.access) for route in plugin.routes),
            *((f"command {command.name}", command.access) for command in plugin.commands),
            *((f"menu entry {entry.label}", entry.access) for entry in plugin.menu_entries),
        ]
        found += [
            f"{say}{what} asks for the permission '{access}', which no plugin declares.{nearest(access, self._permissions)}"
            for what, access in asking
            if isinstance(access, str) and access not in self._permissions
        ]
        found += [
            f"{say}{reader.name} hears {reader.record.event.__name__}, which no plugin declares in events()"
            for reader in _readers_of(plugin)
            if reader.record.event not in self._event_names
        ]
        found += [
            f"{say}node '{node.name}' names the role '{node.role}', which no plugin declares.{nearest(node.role, known_roles)}"
            for node in plugin.nodes
            if node.role is not None and node.role not in known_roles
        ]
        found += [
            f"{say}job '{job.name}' needs either every or cron"
            for job in plugin.jobs
            if (job.every is None) == (job.cron is None)
        ]
        return found


def _readers_of(plugin: Plugin) -> list[Reader]:
    kinds: tuple[tuple[str, Sequence[c.Trigger | c.Reaction]], ...] = (
        ("trigger", plugin.triggers),
        ("reaction", plugin.reactions),
    )
    return [
        Reader(f"{kind}:{plugin.name}.{record.call.__name__}:{record.event.__name__}", plugin.name, record)
        for kind, records in kinds
        for record in records
    ]


def _owned_names(plugin: Plugin) -> list[tuple[str, str]]:
    return [
        *(("permission", right.name) for right in plugin.permissions),
        *(("collection", spec.name) for spec in plugin.collections),
        *(("role", role.name) for role in plugin.roles),
        *(("node", node.name) for node in plugin.nodes),
        *(("reader", reader.name) for reader in _readers_of(plugin)),
        *(("message", f"{plugin.name}.{kind.name}") for kind in plugin.message_types),
        *(("job", f"{plugin.name}.{job.name}") for job in plugin.jobs),
        *(("import", offered.name) for offered in plugin.imports),
    ]
