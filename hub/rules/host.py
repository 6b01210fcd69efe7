"""The plugin host: gathers what plugins contribute, once, stamped with their names, and checks it all before anything is served."""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec
import pluggy

from hub.words import contributions as c
from hub.words import hookspecs

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
    folder: Path | None = None
    roles: tuple[c.Role, ...] = ()
    permissions: tuple[c.Permission, ...] = ()
    events: tuple[type[c.Event], ...] = ()
    collections: tuple[c.Collection, ...] = ()
    migrations: tuple[c.Migration, ...] = ()
    routes: tuple[c.Route, ...] = ()
    commands: tuple[c.Command, ...] = ()
    topics: tuple[c.Topic, ...] = ()
    pages: tuple[c.Page, ...] = ()
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

# What each hook's list holds.
GATHERED: Mapping[str, Any] = {
    "roles": c.Role,
    "permissions": c.Permission,
    "events": type,
    "collections": c.Collection,
    "migrations": c.Migration,
    "routes": c.Route,
    "pages": c.Page,
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


def gather(sources: Iterable[tuple[str, Any]]) -> list[Plugin | Broken]:
    """Ask each (name, module or object) for what it has, one plugin at a time. What fails in it is its own problem.

    What has the attribute ``builtin`` or ``core`` belongs to the hub itself.
    """
    return [_gather_one(name, source) for name, source in dict(sources).items()]


def _gather_one(name: str, source: Any) -> Plugin | Broken:
    if isinstance(source, Broken):
        return source
    try:
        return _asked(name, source)
    except pluggy.PluginValidationError as error:
        return Broken(name, f"plugin '{name}': {error}: see hub/words/hookspecs.py for the names of hooks")
    except _Unusable as error:
        return Broken(name, f"plugin '{name}': {_file_of(source)}{error}")
    except ANYTHING as error:
        return Broken(name, f"plugin '{name}': {_place_of(error, _folder_of(source))}{_words_of(error)}")


def _asked(name: str, source: Any) -> Plugin:
    manager = pluggy.PluginManager("hub")
    manager.add_hookspecs(hookspecs)
    manager.register(source, name=name)
    manager.check_pending()
    _refuse_unknown_constants(source)
    listed = {hook: _listed(manager, source, hook, kind) for hook, kind in GATHERED.items()}
    return Plugin(
        name=name,
        doc=(getattr(source, "__doc__", "") or "").strip(),
        package=_package_of(source),
        needs=tuple(getattr(source, "NEEDS", ())),
        uses=tuple(getattr(source, "USES", ())),
        builtin=bool(getattr(source, "builtin", False)),
        core=bool(getattr(source, "core", False)),
        placeless=bool(getattr(source, "placeless", False)),
        prefix=getattr(source, "prefix", name),
        config_type=_schema(manager, source),
        lifespan=getattr(source, "lifespan", None),
        folder=_folder_of(source) if _package_of(source) else None,
        **listed,
    )


def _listed(manager: pluggy.PluginManager, source: Any, hook: str, kind: Any) -> tuple[Any, ...]:
    """What one hook gives: what the constant of its name holds, else what the function answers.

    Functions are called with no arguments. The lifespan is not called here: it is a running hub's.
    """
    implemented = getattr(manager.hook, hook)
    given = [] if implemented.get_hookimpls() else [getattr(source, hook.upper(), ())]
    answers = given or implemented()
    for answer in answers:
        if not isinstance(answer, Sequence) or not all(isinstance(item, kind) for item in answer):
            what = hook.upper() if given else f"{hook}()"
            raise _Unusable(f"{what} must {'be' if given else 'return'} a list of {kind.__name__}")
    return tuple(item for answer in answers for item in answer)


def _refuse_unknown_constants(source: Any) -> None:
    """A list of records under a name that is no hook's would be overlooked, silently."""
    known = {"NEEDS", "USES", SETTINGS, *(hook.upper() for hook in GATHERED)}
    for name, value in vars(source).items():
        if name.isupper() and name not in known and isinstance(value, tuple | list) and any(map(_is_given, value)):
            raise _Unusable(f"{name} is not the name of a hook.{nearest(name, known)}")


def _is_given(value: Any) -> bool:
    return isinstance(value, tuple(kind for kind in GATHERED.values() if getattr(kind, "__module__", "") == c.__name__))


def _schema(manager: pluggy.PluginManager, source: Any) -> type[msgspec.Struct]:
    answers: list[Any] = manager.hook.config_schema() or [getattr(source, SETTINGS, NoSettings)]
    schema = answers[0]
    if not (isinstance(schema, type) and issubclass(schema, msgspec.Struct)):
        raise _Unusable("config_schema() must return a msgspec.Struct class, and CONFIG be one")
    try:
        schema()
    except TypeError:
        raise _Unusable(f"every setting of {schema.__name__} must have a default") from None
    return schema


def find(names: Sequence[str], package: str = "plugins") -> list[tuple[str, Any]]:
    """Import the plugins of these names: from ``package``, else from the entry points of other distributions; those in ``CORE``
    from the hub.

    One that is unknown, or cannot be imported, comes as :class:`Broken`, which ``gather`` hands on to the host's problems.
    """
    offered = {point.name: point for point in importlib.metadata.entry_points(group=ENTRY_POINTS)}
    return [(name, _import(name, package, offered)) for name in names]


def _import(name: str, package: str, offered: Mapping[str, importlib.metadata.EntryPoint]) -> Any:
    module = f"{package}.{name}.plugin"
    try:
        if name in CORE:
            return importlib.import_module(CORE[name])
        if name in _folders(package):
            return importlib.import_module(module)
        if name in offered:
            return offered[name].load()
    except ANYTHING as error:
        return Broken(name, f"plugin '{name}': {_place_of(error, _folder_of_name(name, package))}{_words_of(error)}")
    return Broken(name, f"config.yaml: plugin '{name}' is unknown.{nearest(name, [*_folders(package), *offered])}")


def _package_of(source: Any) -> str:
    """Where the plugin's own code lies: ``plugins.survey``; "" for an object, whose module may hold anything."""
    return str(getattr(source, "__name__", "")).rpartition(".")[0]


def _package_of_name(name: str, package: str = "plugins") -> str | None:
    """Of a plugin that is not installed; None where its code is not there at all."""
    if name in _folders(package):
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


def _place_of(error: BaseException, folder: Path | None) -> str:
    """File and line: where it was raised inside the plugin's folder, else where it was raised at all."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)}:{error.lineno}: "
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    own = [(file, line) for file, line in frames if folder is not None and Path(file).is_relative_to(folder)]
    outside = [(file, line) for file, line in frames if not file.startswith("<frozen")]
    file, line = (own or outside)[-1]
    return f"{_short(file)}:{line}: "


def _short(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _file_of(source: Any) -> str:
    file = getattr(source, "__file__", None)
    return f"{_short(file)}: " if file else ""


def _folder_of(source: Any) -> Path | None:
    file = getattr(source, "__file__", None)
    return Path(file).parent if file else None


def _folder_of_name(name: str, package: str) -> Path | None:
    """Where the plugin's files lie, also when none of them can be imported."""
    parents = importlib.import_module(package).__path__
    return next((Path(parent, name) for parent in parents if Path(parent, name).is_dir()), None)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as "Did you mean 'x'?", or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""


def _folders(package: str) -> list[str]:
    """The folders of a package, with or without an ``__init__.py``: one that lacks it is a plugin still."""
    parents = [Path(parent) for parent in importlib.import_module(package).__path__]
    return sorted({file.parent.name for parent in parents for file in parent.glob("*/plugin.py")})


class Host:
    """All plugins, and the look-ups that serving needs. Nothing in it changes after it was built."""

    def __init__(self, plugins: Iterable[Plugin | Broken]) -> None:
        given = list(plugins)
        every = [plugin for plugin in given if isinstance(plugin, Plugin)]
        self.broken: Mapping[str, Broken] = {each.name: each for each in given if isinstance(each, Broken)}
        self.plugins: Mapping[str, Plugin] = {plugin.name: plugin for plugin in every}
        self.collections: Mapping[str, c.Collection] = {
            spec.name: spec for plugin in every for spec in plugin.collections
        }
        # By plugin, where those in a package of their own have their messages and pages, and their files for browsers.
        self.templates: Mapping[str, Path] = {each.name: each.templates for each in every if each.templates}
        self.statics: Mapping[str, Path] = {each.name: each.static for each in every if each.static}
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

    @property
    def message_types(self) -> Mapping[str, c.MessageType]:
        """By full name: ``worklist.arrived``."""
        return self._messages

    @property
    def permissions(self) -> Mapping[str, c.Permission]:
        return self._permissions

    def problems(self) -> list[str]:
        """Everything that is wrong between the plugins, each with its fix; empty when all is well."""
        found = [each.problem for each in self.broken.values()]
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
            if need not in self.plugins and need not in self.broken
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
            *((f"topic {topic.name}", topic.access) for topic in plugin.topics),
            *((f"page {page.path or '/'}", page.access) for page in plugin.pages),
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
            if reader.record.event not in self._event_names and not self.is_absent(reader.record.event)
        ]
        found += [
            f"{say}topic '{topic.name}' follows {event.__name__}, which no plugin declares in events()"
            for topic in plugin.topics
            for event in topic.events
            if event not in self._event_names and not self.is_absent(event)
        ]
        found += [f"{say}{problem}" for problem in (*_wrong_subjects(plugin), *self._misheard(plugin))]
        found += [f"{say}{problem}" for problem in self._unnamed(plugin)]
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

    def _misheard(self, plugin: Plugin) -> list[str]:
        """An instruction is carried out once, by the plugin that declares it."""
        hearers = {kind: [reader.plugin for reader in self.readers(name)] for kind, name in self._event_names.items()}
        return [
            f"the instruction {kind.__name__} must be heard by one reaction, its own; it is heard by {hearers[kind] or 'none'}"
            for kind in plugin.events
            if issubclass(kind, c.Instruction) and hearers[kind] != [plugin.name]
        ]

    def _unnamed(self, plugin: Plugin) -> list[str]:
        """Whose events and questions it imports without saying so: it would not start, or fall silent, without that plugin."""
        if not (plugin.switched and plugin.package):
            return []
        others = {other.package: other.name for other in self.plugins.values() if other.switched and other.package}
        strangers = {package: name for package, name in others.items() if name not in plugin.knows}
        found = {
            (strangers[package], name)
            for module, names in _classes_used_in(plugin.package)
            for name, home in names.items()
            for package in strangers
            if package != plugin.package and _lies_in(home, package)
        }
        return [
            f"it imports {name} of plugin '{other}': name '{other}' in NEEDS, or in USES if it can do without"
            for other, name in sorted(found)
        ]


def _absent(plugins: Iterable[Plugin], installed: Mapping[str, Plugin]) -> frozenset[str]:
    """The packages of plugins that others use and that are not installed."""
    names = {name for plugin in plugins for name in plugin.uses if name not in installed}
    return frozenset(package for name in names if (package := _package_of_name(name)))


def _classes_used_in(package: str) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Per loaded module of a package the names of the classes and functions that it knows, each with the module it is from."""
    for name, module in list(sys.modules.items()):
        if _lies_in(name, package):
            yield name, {each: getattr(value, "__module__", None) or "" for each, value in vars(module).items()}


def _wrong_subjects(plugin: Plugin) -> Iterable[str]:
    for kind in plugin.told:
        if kind.subject_field not in ("subject", *kind.__struct_fields__):
            yield f"{kind.__name__}.subject_field is '{kind.subject_field}', which is none of its fields"


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


def _owned_names(plugin: Plugin) -> list[tuple[str, str]]:
    return [
        *(("permission", right.name) for right in plugin.permissions),
        *(("collection", spec.name) for spec in plugin.collections),
        *(("role", role.name) for role in plugin.roles),
        *(("node", node.name) for node in plugin.nodes),
        *(("reader", reader.name) for reader in _readers_of(plugin)),
        *(("message", f"{plugin.name}.{kind.name}") for kind in plugin.message_types),
        *(("job", f"{plugin.name}.{job.name}") for job in plugin.jobs),
        *(("topic", f"{plugin.name}.{topic.name}") for topic in plugin.topics),
        *(("import", offered.name) for offered in plugin.imports),
    ]
