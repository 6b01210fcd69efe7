"""The plugin host: all plugins together, and what the hub looks up in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from hub.rules import faults
from hub.rules.finding import lies_in, package_of_name
from hub.rules.plugins import Broken, Plugin, Stamped, Subscriber, former_names, readers_of
from hub.words import contributions as c


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
            for reader in readers_of(plugin):
                event = self._event_names.get(reader.record.event, "")
                readers[event] = (*readers.get(event, ()), reader)
        self._guards = guards
        self._answers = answers
        self._readers = readers
        self._reader = {
            name: reader
            for group in readers.values()
            for reader in group
            for name in (reader.name, *former_names(reader))
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
        return any(lies_in(kind.__module__, package) for package in self._absent)

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
        return faults.problems(self)


def _absent(plugins: Iterable[Plugin], installed: Mapping[str, Plugin]) -> frozenset[str]:
    """The packages of plugins that others use and that are not installed."""
    names = {name for plugin in plugins for name in plugin.uses if name not in installed}
    return frozenset(package for name in names if (package := package_of_name(name)))
