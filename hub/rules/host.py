"""The plugin host: gathers what plugins contribute, once, stamped with their names, and checks it all before anything is served."""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import inspect
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar

import msgspec
import pluggy

from hub.rules.names import owned, wrong_action, wrong_names
from hub.rules.sources import (
    file_of,
    folder_names,
    folder_of,
    folders_of,
    look_in,
    package_of,
    place,
    place_in,
    place_of,
    place_of_error,
    place_of_point,
    places_of_imports,
    short,
)
from hub.words import contributions as c
from hub.words import hookspecs
from hub.words.apiversions import API_VERSION, Renamed, unmet

R = TypeVar("R")
ENTRY_POINTS = "hub.plugins"
# What set-up makes lies at /static/made, beside /static/<plugin>.
TAKEN = frozenset({"made"})


class NoSettings(msgspec.Struct, frozen=True):
    """For a plugin without settings."""


@dataclass(frozen=True, slots=True)
class Stamped(Generic[R]):
    """A record and the plugin it came from."""

    plugin: str
    record: R


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A trigger, a reaction or a step's handler: whoever hears of an event. ``name`` is stable, it is stored in the event's
    ``todo``."""

    name: str
    plugin: str
    record: c.Trigger | c.Reaction


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """One plugin's contributions.

    ``needs`` must be on where it is on; of those that it ``uses`` it knows events, questions and instructions, and does without
    where they are off or not installed. A builtin is part of the hub, on everywhere, and looks past the scoped store; ``core``
    is part of the hub as well, on wherever anything is on, and keeps to the scope like any plugin. ``prefix`` is its place in
    URLs; ``placeless`` when its URL names no place. ``folder``: where its own package lies; None for an object or a single file.
    ``source`` is the module or object that was asked; ``api`` the version of hub.api that it says it is written for.
    """

    name: str
    doc: str
    package: str
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    builtin: bool
    core: bool
    placeless: bool
    prefix: str
    config_type: type[msgspec.Struct]
    lifespan: Callable[..., Any] | None
    api: str | None = None
    folder: Path | None = None
    source: Any = field(default=None, compare=False, repr=False)
    roles: tuple[c.Role, ...] = ()
    permissions: tuple[c.Permission, ...] = ()
    events: tuple[type[c.Event], ...] = ()
    collections: tuple[c.Collection, ...] = ()
    migrations: tuple[c.Migration, ...] = ()
    routes: tuple[c.Route, ...] = ()
    commands: tuple[c.Command, ...] = ()
    topics: tuple[c.Topic, ...] = ()
    pages: tuple[c.Page, ...] = ()
    resources: tuple[c.Contributor, ...] = ()
    menu_entries: tuple[c.MenuEntry, ...] = ()
    message_types: tuple[c.MessageType, ...] = ()
    triggers: tuple[c.Trigger, ...] = ()
    reactions: tuple[c.Reaction, ...] = ()
    steps: tuple[c.StepHandler, ...] = ()
    answers: tuple[c.Answer, ...] = ()
    nodes: tuple[c.Node, ...] = ()
    guards: tuple[c.Guard, ...] = ()
    belongings: tuple[c.Belongings, ...] = ()
    jobs: tuple[c.Job, ...] = ()
    imports: tuple[c.Import, ...] = ()
    open_work: tuple[c.OpenWork, ...] = ()
    health_checks: tuple[c.HealthCheck, ...] = ()
    on_county_opened: tuple[Callable[..., Any], ...] = ()
    on_county_closed: tuple[Callable[..., Any], ...] = ()

    @property
    def told(self) -> tuple[type[c.Event], ...]:
        """All that it stores in the outbox: its facts, what it is instructed to do, and its own steps."""
        return (*self.events, *(handler.step for handler in self.steps))

    @property
    def knows(self) -> frozenset[str]:
        """The plugins whose events, questions and instructions it may import."""
        return frozenset((self.name, *self.needs, *self.uses))

    @property
    def reader_names(self) -> tuple[str, ...]:
        """Of its triggers, reactions and steps, as they are stored with events; former ones too."""
        return tuple(name for reader in _readers_of(self) for name in (reader.name, *_former(reader)))

    def has_file(self, file: str) -> bool:
        """Whether it is one of the plugin's own."""
        return Path(file).is_relative_to(self.folder) if self.folder else file == file_of(self.source)

    def place(self, hook: str, *words: str) -> str:
        """File and line, for what is wrong with what it gives there; "" for what no file tells of."""
        return place_in(self.source, hook, *words)

    @property
    def templates(self) -> Path | None:
        """Where its messages and pages lie."""
        return self.folder / "templates" if self.folder else None

    @property
    def static(self) -> Path | None:
        """Where the files lie that browsers load, as ``/static/<plugin>/…``."""
        return self.folder / "static" if self.folder else None

    @property
    def has_settings(self) -> bool:
        """Whether there is anything that a county may want otherwise."""
        return self.config_type is not NoSettings

    @property
    def switched(self) -> bool:
        """Whether a county turns it on and off."""
        return not (self.builtin or self.core)


@dataclass(frozen=True, slots=True)
class Broken:
    """A plugin that cannot be used, and why: it stands in the list of problems, and the others are checked all the same."""

    name: str
    problem: str


# The constant that a plugin may have in the place of the hook ``config_schema``.
SETTINGS = "CONFIG"

# The hooks that are no lists of records.
OTHER_HOOKS = ("config_schema", "lifespan")

# What each hook's list holds.
GATHERED: Mapping[str, Any] = {
    "roles": c.Role,
    "permissions": c.Permission,
    "events": type,
    "collections": c.Collection,
    "migrations": c.Migration,
    "routes": c.Route,
    "pages": c.Page,
    "resources": c.Contributor,
    "commands": c.Command,
    "topics": c.Topic,
    "menu_entries": c.MenuEntry,
    "message_types": c.MessageType,
    "triggers": c.Trigger,
    "reactions": c.Reaction,
    "steps": c.StepHandler,
    "answers": c.Answer,
    "nodes": c.Node,
    "guards": c.Guard,
    "belongings": c.Belongings,
    "jobs": c.Job,
    "imports": c.Import,
    "open_work": c.OpenWork,
    "health_checks": c.HealthCheck,
    "on_county_opened": Callable,
    "on_county_closed": Callable,
}

# Parts of the hub that are written as plugins are. An older config.yaml lists them among its plugins.
CORE: Mapping[str, str] = {"worklist": "hub.worklist.plugin"}

# A plugin's own code may do anything when it is asked, even end the process.
ANYTHING = (Exception, SystemExit)


class _Unusable(Exception):
    """A hook answers with something else than it should."""

    def __init__(self, problem: str, hook: str) -> None:
        super().__init__(problem)
        self.hook = hook


def gather(sources: Iterable[tuple[str, Any]]) -> list[Plugin | Broken]:
    """Ask each (name, module or object) for what it has, one plugin at a time. What fails in it is its own problem.

    What has the attribute ``builtin`` or ``core`` belongs to the hub itself.
    """
    return [_gather_one(name, source) for name, source in _each_once(sources)]


def _each_once(sources: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Of two with one name the second is a problem; the same one, named twice, is one."""
    first: dict[str, Any] = {}
    for name, source in sources:
        if name not in first:
            first[name] = source
            yield name, source
        elif source is not first[name] and not isinstance(source, Broken):
            yield name, Broken(name, f"plugin '{name}': {place_in(source)}{_taken(first[name])}: rename this one")


def _taken(source: Any) -> str:
    spot = "" if isinstance(source, Broken) else place_in(source).rstrip(": ")
    return f"the name is taken by {spot or 'another plugin'}"


def _gather_one(name: str, source: Any) -> Plugin | Broken:
    if isinstance(source, Broken):
        return source
    say = f"plugin '{name}': "
    try:
        return _asked(name, source)
    except pluggy.PluginValidationError as error:
        return Broken(name, f"{say}{_place_of_refused(source, str(error))}{_one_line(str(error))}")
    except _Unusable as error:
        return Broken(name, f"{say}{place_in(source, error.hook)}{error}")
    except ANYTHING as error:
        return Broken(name, f"{say}{place_of_error(error, folder_of(source))}{_words_of(error)}")


def _asked(name: str, source: Any) -> Plugin:
    _refuse_overlooked(source)
    if hasattr(source, "API") and (wrong := unmet(source.API)):
        raise _Unusable(wrong, "API")
    manager = pluggy.PluginManager("hub")
    manager.add_hookspecs(hookspecs)
    manager.register(source, name=name)
    given = {hook: _listed(manager, source, hook, kind) for hook, kind in GATHERED.items()}
    listed = {hook: owned(name, hook, records) for hook, records in _with_resources(given).items()}
    return Plugin(
        name=name,
        doc=(getattr(source, "__doc__", "") or "").strip(),
        package=package_of(source),
        needs=_names_in(source, "NEEDS"),
        uses=_names_in(source, "USES"),
        builtin=bool(getattr(source, "builtin", False)),
        core=bool(getattr(source, "core", False)),
        placeless=bool(getattr(source, "placeless", False)),
        prefix=getattr(source, "prefix", name),
        config_type=_schema(manager, source),
        lifespan=getattr(source, "lifespan", None),
        api=getattr(source, "API", None),
        folder=folder_of(source) if package_of(source) else None,
        source=source,
        **listed,
    )


def _listed(manager: pluggy.PluginManager, source: Any, hook: str, kind: Any) -> tuple[Any, ...]:
    """What one hook gives: what the constant of its name holds, else what the function answers.

    Functions are called with no arguments. The lifespan is not called here: it is a running hub's.
    """
    implemented, constant = getattr(manager.hook, hook), hook.upper()
    if implemented.get_hookimpls() and hasattr(source, constant):
        raise _Unusable(f"there is both {constant} and {hook}(): keep one of them", constant)
    given = [] if implemented.get_hookimpls() else [getattr(source, constant, ())]
    answers = given or implemented()
    for answer in answers:
        if not isinstance(answer, Sequence) or not all(isinstance(item, kind) for item in answer):
            what, rule = (constant, "be") if given else (f"{hook}()", "return")
            raise _Unusable(f"{what} must {rule} a list of {kind.__name__}", hook)
    return tuple(item for answer in answers for item in answer)


def _with_resources(given: Mapping[str, tuple[Any, ...]]) -> Mapping[str, tuple[Any, ...]]:
    """With what its resources give, behind what it has written itself."""
    came = {
        hook: tuple(record for each in given["resources"] for record in getattr(each, hook)())
        for hook in ("routes", "pages", "menu_entries")
    }
    return {**given, **{hook: (*given[hook], *records) for hook, records in came.items()}}


def _names_in(source: Any, constant: str) -> tuple[str, ...]:
    """The plugins that it names there. A single text would be read letter by letter."""
    names = getattr(source, constant, ())
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise _Unusable(f"{constant} must be a tuple of the names of plugins, as in {constant} = ('survey',)", constant)
    return tuple(names)


def _refuse_overlooked(source: Any) -> None:
    """What nobody would ask for, silently: a list of records or a hook under a wrong name, a hook that is not marked."""
    constants, hooks = {"NEEDS", "USES", SETTINGS, *map(str.upper, GATHERED)}, {*GATHERED, *OTHER_HOOKS}
    for name, value in vars(source).items():
        if name.isupper() and name not in constants and isinstance(value, tuple | list) and any(map(_is_given, value)):
            raise _Unusable(f"{name} is not the name of a hook.{nearest(name, constants)}", name)
    for name in dir(source):
        if name not in hooks and _is_marked(getattr(source, name, None)):
            raise _Unusable(f"{name}() is not the name of a hook.{nearest(name, hooks)}", name)
        if name in hooks and name != "lifespan" and _is_bare(source, getattr(source, name)):
            raise _Unusable(f"{name}() is never asked: write @hookimpl above it (from hub.api import hookimpl)", name)


def _is_given(value: Any) -> bool:
    return isinstance(value, tuple(kind for kind in GATHERED.values() if getattr(kind, "__module__", "") == c.__name__))


def _is_marked(value: Any) -> bool:
    return inspect.isroutine(value) and hasattr(value, "hub_impl")


def _is_bare(source: Any, value: Any) -> bool:
    """Whether it is written here as a hook is, and lacks the mark; what is imported from elsewhere may bear any name."""
    home = source.__name__ if isinstance(source, ModuleType) else type(source).__module__
    if not inspect.isroutine(value) or _is_marked(value) or value.__module__ != home:
        return False
    return not inspect.iscoroutinefunction(value) and not inspect.signature(value).parameters


def _place_of_refused(source: Any, words: str) -> str:
    """Where the hook stands that pluggy complains of."""
    return next((place_in(source, hook) for hook in GATHERED if f"'{hook}'" in words), place_in(source))


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _schema(manager: pluggy.PluginManager, source: Any) -> type[msgspec.Struct]:
    answers: list[Any] = manager.hook.config_schema() or [getattr(source, SETTINGS, NoSettings)]
    schema, written = answers[0], SETTINGS if hasattr(source, SETTINGS) else "config_schema"
    if not (isinstance(schema, type) and issubclass(schema, msgspec.Struct)):
        raise _Unusable("config_schema() must return a msgspec.Struct class, and CONFIG be one", written)
    try:
        schema()
    except TypeError:
        raise _Unusable(f"every setting of {schema.__name__} must have a default", written) from None
    return schema


def find(names: Sequence[str], folders: Sequence[Path] = (), package: str = "plugins") -> list[tuple[str, Any]]:
    """Import the plugins of these names: from the operator's ``folders``, else from ``package``, else from the entry points of
    other distributions; those in ``CORE`` from the hub.

    One that is unknown, cannot be imported, or is there twice, comes as :class:`Broken`, which ``gather`` hands on to the host's
    problems.
    """
    look_in(package, folders)
    offered = _offered()
    return [(name, _import(name, package, offered)) for name in names]


def available(folders: Sequence[Path] = (), package: str = "plugins") -> Mapping[str, str]:
    """The plugins that config.yaml may name, each with where it is: a folder, or a distribution and its version."""
    look_in(package, folders)
    given = {name: " and ".join(map(_giver, points)) for name, points in _offered().items()}
    return given | {name: short(folders_of(name, package)[0]) for name in folder_names(package)}


def _offered() -> Mapping[str, Sequence[EntryPoint]]:
    """What installed distributions offer under each name; one that the path leads to twice counts once."""
    found: dict[str, dict[str, EntryPoint]] = {}
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS):
        found.setdefault(point.name, {}).setdefault(_giver(point), point)
    return {name: list(points.values()) for name, points in found.items()}


def _giver(point: EntryPoint) -> str:
    """``visits-of-anju 1.0``."""
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _import(name: str, package: str, offered: Mapping[str, Sequence[EntryPoint]]) -> Any:
    module, points = f"{package}.{name}.plugin", offered.get(name, ())
    if clash := _clash(name, folders_of(name, package), [point for point in points if point.module != module]):
        return Broken(name, f"plugin '{name}': {clash}")
    try:
        if name in CORE:
            return importlib.import_module(CORE[name])
        if name in folder_names(package):
            return importlib.import_module(module)
        if points:
            return _versioned(name, points[0].load())
    except ANYTHING as error:
        folder = next(iter(folders_of(name, package)), None)
        return Broken(name, f"plugin '{name}': {place_of_error(error, folder)}{_words_of(error)}")
    return Broken(name, f"config.yaml: plugin '{name}' is unknown.{nearest(name, [*folder_names(package), *offered])}")


def _versioned(name: str, source: Any) -> Any:
    """Whoever has installed it cannot see what it was written for, so it says so itself."""
    if hasattr(source, "API"):
        return source
    rule = f"it does not say which hub.api it is written for: write API = '{API_VERSION}' into it"
    return Broken(name, f"plugin '{name}': {place_in(source)}{rule}")


def _clash(name: str, folders: Sequence[Path], points: Sequence[EntryPoint]) -> str | None:
    """What is wrong when a name leads to more than one plugin: it would hang on chance which one runs."""
    spots = [*(place(folder / "plugin.py", 1) for folder in folders), *map(place_of_point, points)]
    if name in CORE:
        return f"{spots[0]}the name is that of a part of the hub: rename this one" if spots else None
    if len(spots) < 2:
        return None
    if len(folders) > 1:
        return f"{spots[0]}this folder hides {short(folders[1])}: rename or remove one of them"
    if folders:
        return f"{spots[0]}this folder hides the installed package {_giver(points[0])}: rename or remove one of them"
    return f"{spots[0]}two installed packages bring it, {' and '.join(map(_giver, points))}: uninstall one of them"


def _package_of_name(name: str, package: str = "plugins") -> str | None:
    """Of a plugin that is not installed; None where its code is not there at all."""
    if name in folder_names(package):
        return f"{package}.{name}"
    points = importlib.metadata.entry_points(group=ENTRY_POINTS, name=name)
    return next((point.module.rpartition(".")[0] or point.module for point in points), None)


def _lies_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _words_of(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the file ends the process (SystemExit: {error.code}) instead of being imported"
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    return f"{type(error).__name__}: {error}".rstrip(": ")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as "Did you mean 'x'?", or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


class Host:
    """All plugins, and the look-ups that serving needs. Nothing in it changes after it was built."""

    def __init__(self, plugins: Iterable[Plugin | Broken], left_out: Iterable[str] = ()) -> None:
        """``left_out`` are installed, and not among the ``plugins``: this start does without them."""
        given = list(plugins)
        self.left_out = frozenset(left_out)
        every = [plugin for plugin in given if isinstance(plugin, Plugin)]
        self.unusable = tuple(each for each in given if isinstance(each, Broken))
        self.broken: Mapping[str, Broken] = {each.name: each for each in self.unusable}
        self.plugins: Mapping[str, Plugin] = {plugin.name: plugin for plugin in every}
        self.collections: Mapping[str, c.Collection] = {
            spec.name: spec for plugin in every for spec in plugin.collections
        }
        # By plugin, where those in a package of their own have their messages and pages, and their files for browsers.
        self.templates: Mapping[str, Path] = {each.name: each.templates for each in every if each.templates}
        self.statics: Mapping[str, Path] = {
            each.name: each.static for each in every if each.static and each.static.is_dir()
        }
        self._event_names: Mapping[type[c.Event], str] = {
            kind: f"{plugin.name}.{kind.__name__}" for plugin in every for kind in plugin.told
        }
        self._owners: Mapping[type[c.Event], str] = {kind: plugin.name for plugin in every for kind in plugin.told}
        self._events: Mapping[str, type[c.Event]] = {
            name if "." in name else f"{plugin.name}.{name}": kind
            for plugin in every
            for kind in plugin.told
            for name in (kind.__name__, *kind.formerly)
        }
        self._absent = _absent(every, self.plugins)
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
        answers: dict[type[c.Question[Any]], tuple[Stamped[c.Answer], ...]] = {}
        readers: dict[str, tuple[Subscriber, ...]] = {}
        for plugin in every:
            for guard in plugin.guards:
                guards[guard.action] = (*guards.get(guard.action, ()), Stamped(plugin.name, guard))
            for answer in plugin.answers:
                answers[answer.question] = (*answers.get(answer.question, ()), Stamped(plugin.name, answer))
            for reader in _readers_of(plugin):
                event = self._event_names.get(reader.record.event, "")
                readers[event] = (*readers.get(event, ()), reader)
        self._guards = guards
        self._answers = answers
        self._readers = readers
        self._reader = {
            name: reader for group in readers.values() for reader in group for name in (reader.name, *_former(reader))
        }

    def always_on(self, name: str) -> bool:
        """Whether it is a part of the hub, which nobody switches."""
        known = self.plugins.get(name)
        return known is not None and not known.switched

    def owner_of_file(self, file: str) -> str | None:
        """The plugin whose file it is."""
        return next((plugin.name for plugin in self.plugins.values() if plugin.has_file(file)), None)

    def event_name(self, kind: type[c.Event]) -> str:
        """``declaration.Submitted``. Raises ``KeyError`` for a class that no plugin declares."""
        return self._event_names[kind]

    def event_class(self, name: str) -> type[c.Event] | None:
        """By its stored name, also by one that it had in an older version."""
        return self._events.get(name)

    def owner(self, kind: type[c.Event]) -> str | None:
        """The plugin that declares it; None where that plugin is not installed."""
        return self._owners.get(kind)

    def is_absent(self, kind: type[c.Event]) -> bool:
        """Whether it belongs to a plugin that somebody uses and that is not installed."""
        return any(_lies_in(kind.__module__, package) for package in self._absent)

    def readers(self, event: str) -> tuple[Subscriber, ...]:
        """The triggers and reactions of an event, of all plugins."""
        return self._readers.get(event, ())

    def reader(self, name: str) -> Subscriber | None:
        """By the name stored in an event's ``todo``; None when that plugin is no longer installed."""
        return self._reader.get(name)

    def node(self, name: str) -> Stamped[c.Node] | None:
        return self._nodes.get(name)

    def all_nodes(self) -> tuple[Stamped[c.Node], ...]:
        return tuple(self._nodes.values())

    def guards(self, action: str) -> tuple[Stamped[c.Guard], ...]:
        return self._guards.get(action, ())

    def answers(self, question: type[c.Question[Any]]) -> tuple[Stamped[c.Answer], ...]:
        return self._answers.get(question, ())

    def message_type(self, name: str) -> c.MessageType | None:
        return self._messages.get(name)

    def is_known(self, plugin: str) -> bool:
        """Whether a name in config.yaml is told of already: a plugin that is there, is broken, or is left out."""
        return plugin in self.plugins or plugin in self.broken or plugin in self.left_out

    @property
    def message_types(self) -> Mapping[str, c.MessageType]:
        """By full name: ``worklist.arrived``."""
        return self._messages

    @property
    def permissions(self) -> Mapping[str, c.Permission]:
        return self._permissions

    def problems(self) -> list[str]:
        """Everything that is wrong with plugins and between them, each with file, line and fix; empty when all is well."""
        roles = {role.name for plugin in self.plugins.values() for role in plugin.roles}
        owners: dict[tuple[str, str], str] = {}
        found = [each.problem for each in self.unusable]
        for plugin in self.plugins.values():
            wrong = [*self._problems_of(plugin, roles), *_given_twice(plugin, owners)]
            found += [f"plugin '{plugin.name}': {spot}{words}" for spot, words in wrong]
        return found

    def old_names(self, renamed: Mapping[str, Renamed]) -> list[str]:
        """Where plugins write old names of hub.api, which still work: each with file, line and what to write."""
        return [
            f"plugin '{plugin.name}': {spot}{renamed[name].told(name)}"
            for plugin in self.plugins.values()
            if not plugin.builtin
            for name, spot in places_of_imports(plugin.source, "hub.api")
            if name in renamed
        ]

    def _problems_of(self, plugin: Plugin, roles: Collection[str]) -> Iterable[tuple[str, str]]:
        """What is wrong with one, each with its place."""
        return (
            *self._not_installed(plugin),
            *_misnamed(plugin),
            *self._unknown_roles(plugin, roles),
            *self._unknown_rights(plugin),
            *self._unheard(plugin),
            *_wrong_subjects(plugin),
            *self._misheard(plugin),
            *self._unnamed(plugin),
            *_without_time(plugin),
        )

    def _not_installed(self, plugin: Plugin) -> Iterable[tuple[str, str]]:
        for need in plugin.needs:
            if need in self.left_out:
                hint = f"leave this one out as well (--without {plugin.name})"
                yield plugin.place("NEEDS", need), f"NEEDS '{need}', which is left out: {hint}"
            elif need not in self.plugins and need not in self.broken:
                hint = f"add it to plugins in config.yaml.{nearest(need, self.plugins)}"
                yield plugin.place("NEEDS", need), f"NEEDS '{need}', which is not installed: {hint}"

    def _unknown_roles(self, plugin: Plugin, known: Collection[str]) -> Iterable[tuple[str, str]]:
        naming = [
            *(
                ("permissions", f"permission '{right.name}'", role)
                for right in plugin.permissions
                for role in right.roles
            ),
            *(("nodes", f"node '{node.name}'", node.role) for node in plugin.nodes if node.role is not None),
        ]
        for hook, what, role in naming:
            if role not in known:
                words = f"{what} names the role '{role}', which no plugin declares.{nearest(role, known)}"
                yield plugin.place(hook, role), words

    def _unknown_rights(self, plugin: Plugin) -> Iterable[tuple[str, str]]:
        asking: list[tuple[str, str, c.Access]] = [
            *(("routes", f"route {route.method} {route.path}", route.access) for route in plugin.routes),
            *(("commands", f"command {command.name}", command.access) for command in plugin.commands),
            *(("topics", f"topic {topic.name}", topic.access) for topic in plugin.topics),
            *(("pages", f"page {page.path or '/'}", page.access) for page in plugin.pages),
            *(("menu_entries", f"menu entry {entry.label}", entry.access) for entry in plugin.menu_entries),
        ]
        for hook, what, access in asking:
            if isinstance(access, str) and access not in self._permissions:
                hint = nearest(access, self._permissions)
                words = f"{what} asks for the permission '{access}', which no plugin declares.{hint}"
                yield plugin.place(hook, access), words

    def _unheard(self, plugin: Plugin) -> Iterable[tuple[str, str]]:
        hearing = [
            *((_hook_of(each), f"{each.name} hears", each.record.event) for each in _readers_of(plugin)),
            *(("topics", f"topic '{topic.name}' follows", event) for topic in plugin.topics for event in topic.events),
        ]
        for hook, what, event in hearing:
            if event not in self._event_names and not self.is_absent(event):
                words = f"{what} {event.__name__}, which no plugin declares in events()"
                yield plugin.place(hook, event.__name__), words

    def _misheard(self, plugin: Plugin) -> Iterable[tuple[str, str]]:
        """An instruction is carried out once, by the plugin that declares it."""
        hearers = {kind: [reader.plugin for reader in self.readers(name)] for kind, name in self._event_names.items()}
        for kind in plugin.events:
            if issubclass(kind, c.Instruction) and hearers[kind] != [plugin.name]:
                rule = f"the instruction {kind.__name__} must be heard by one reaction, its own"
                yield place_of(kind), f"{rule}; it is heard by {hearers[kind] or 'none'}"

    def _unnamed(self, plugin: Plugin) -> Iterable[tuple[str, str]]:
        """Whose events and questions it imports without saying so: it would not start, or fall silent, without that plugin."""
        if not (plugin.switched and plugin.package):
            return
        others = {other.package: other.name for other in self.plugins.values() if other.switched and other.package}
        strangers = {package: name for package, name in others.items() if name not in plugin.knows}
        found = {
            (strangers[package], name)
            for module, names in _classes_used_in(plugin.package)
            for name, home in names.items()
            for package in strangers
            if package != plugin.package and _lies_in(home, package)
        }
        for other, name in sorted(found):
            hint = f"name '{other}' in NEEDS, or in USES if it can do without"
            yield plugin.place("", name), f"it imports {name} of plugin '{other}': {hint}"


def _absent(plugins: Iterable[Plugin], installed: Mapping[str, Plugin]) -> frozenset[str]:
    """The packages of plugins that others use and that are not installed."""
    names = {name for plugin in plugins for name in plugin.uses if name not in installed}
    return frozenset(package for name in names if (package := _package_of_name(name)))


def _classes_used_in(package: str) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Per loaded module of a package the names of the classes and functions that it knows, each with the module it is from."""
    for name, module in list(sys.modules.items()):
        if _lies_in(name, package):
            yield name, {each: getattr(value, "__module__", None) or "" for each, value in vars(module).items()}


def _wrong_subjects(plugin: Plugin) -> Iterable[tuple[str, str]]:
    for kind in plugin.told:
        if kind.subject_field not in ("subject", *kind.__struct_fields__):
            words = f"{kind.__name__}.subject_field is '{kind.subject_field}', which is none of its fields"
            yield place_of(kind), words


def _misnamed(plugin: Plugin) -> Iterable[tuple[str, str]]:
    """The hub's own parts have older names, which are stored."""
    if plugin.name in TAKEN:
        yield plugin.place(""), "the name is taken by a folder of the hub's own: rename this one"
    if plugin.builtin:
        return
    given = {hook: getattr(plugin, hook) for hook in GATHERED}
    for hook, name, wrong in wrong_names(plugin.name, given):
        yield plugin.place(hook, name), wrong
    for guard in plugin.guards:
        if wrong_one := wrong_action(guard.action, plugin.knows):
            yield plugin.place("guards", guard.action), wrong_one


def _without_time(plugin: Plugin) -> Iterable[tuple[str, str]]:
    for job in plugin.jobs:
        if (job.every is None) == (job.cron is None):
            yield plugin.place("jobs", job.name), f"job '{job.name}' needs either every or cron"


def _given_twice(plugin: Plugin, owners: dict[tuple[str, str], str]) -> Iterable[tuple[str, str]]:
    """What another has given already; ``owners`` remembers who was first."""
    for kind, name, hook in _owned(plugin):
        if owner := owners.get((kind, name)):
            words = f"{kind} '{name}' is already given by plugin '{owner}': rename one"
            yield plugin.place(hook, name, name.rpartition(".")[2]), words
        owners[kind, name] = plugin.name


def _former(reader: Subscriber) -> Iterable[str]:
    """The names under which events of older versions wait for it. What is a step now was a reaction then."""
    kind, rest = reader.name.split(":", 1)
    call = rest.rpartition(":")[0]
    if isinstance(reader.record, c.Reaction):
        yield from (f"{kind}:{reader.plugin}.{name}" for name in reader.record.formerly)
    for name in (reader.record.event.__name__, *reader.record.event.formerly):
        for before in {kind, "reaction" if kind == "step" else kind}:
            yield f"{before}:{call}:{name.rpartition('.')[2]}"


def _readers_of(plugin: Plugin) -> list[Subscriber]:
    kinds: tuple[tuple[str, Sequence[c.Trigger | c.Reaction]], ...] = (
        ("trigger", plugin.triggers),
        ("reaction", plugin.reactions),
        ("step", [c.Reaction(event=each.step, call=each.call, budget=each.budget) for each in plugin.steps]),
    )
    return [
        Subscriber(f"{kind}:{plugin.name}.{record.call.__name__}:{record.event.__name__}", plugin.name, record)
        for kind, records in kinds
        for record in records
    ]


def _hook_of(reader: Subscriber) -> str:
    return f"{reader.name.partition(':')[0]}s"


def _owned(plugin: Plugin) -> Iterable[tuple[str, str, str]]:
    """What only one plugin may have: (kind, name, the hook that gives it)."""
    yield from (("permission", right.name, "permissions") for right in plugin.permissions)
    yield from (("collection", spec.name, "collections") for spec in plugin.collections)
    yield from (("role", role.name, "roles") for role in plugin.roles)
    yield from (("node", node.name, "nodes") for node in plugin.nodes)
    yield from (("reader", reader.name, _hook_of(reader)) for reader in _readers_of(plugin))
    yield from (("message", f"{plugin.name}.{kind.name}", "message_types") for kind in plugin.message_types)
    yield from (("job", f"{plugin.name}.{job.name}", "jobs") for job in plugin.jobs)
    yield from (("topic", f"{plugin.name}.{topic.name}", "topics") for topic in plugin.topics)
    yield from (("import", offered.name, "imports") for offered in plugin.imports)
    if plugin.routes and not plugin.placeless:
        yield "prefix", plugin.prefix, "prefix"
