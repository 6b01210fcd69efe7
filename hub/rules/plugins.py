"""What the hub knows of one plugin: its contributions, and who in it hears of what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from hub.rules.sources import (
    file_of,
    place_in,
)
from hub.words import contributions as c

R = TypeVar("R")

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")


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
    related_links: tuple[c.RelatedLink, ...] = ()
    message_types: tuple[c.MessageType, ...] = ()
    triggers: tuple[c.Trigger, ...] = ()
    reactions: tuple[c.Reaction, ...] = ()
    steps: tuple[c.StepHandler, ...] = ()
    answers: tuple[c.Answer, ...] = ()
    nodes: tuple[c.Node, ...] = ()
    guards: tuple[c.Guard, ...] = ()
    belongings: tuple[c.Belongings, ...] = ()
    jobs: tuple[c.Job, ...] = ()
    checkups: tuple[c.Checkup, ...] = ()
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
        return tuple(name for reader in readers_of(self) for name in (reader.name, *former_names(reader)))

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

    @property
    def label(self) -> str:
        """What people call it: the first Chinese words of its docstring's first line, else its name."""
        found = _CHINESE.search(self.doc.partition("\n")[0])
        return found[0] if found else self.name


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
    "related_links": c.RelatedLink,
    "message_types": c.MessageType,
    "triggers": c.Trigger,
    "reactions": c.Reaction,
    "steps": c.StepHandler,
    "answers": c.Answer,
    "nodes": c.Node,
    "guards": c.Guard,
    "belongings": c.Belongings,
    "jobs": c.Job,
    "checkups": c.Checkup,
    "imports": c.Import,
    "open_work": c.OpenWork,
    "health_checks": c.HealthCheck,
    "on_county_opened": Callable,
    "on_county_closed": Callable,
}


# --- who hears ---------------------------------------------------------------------------------------------------------


def former_names(reader: Subscriber) -> Iterable[str]:
    """The names under which events of older versions wait for it. What is a step now was a reaction then."""
    kind, rest = reader.name.split(":", 1)
    call = rest.rpartition(":")[0]
    if isinstance(reader.record, c.Reaction):
        yield from (f"{kind}:{reader.plugin}.{name}" for name in reader.record.formerly)
    for name in (reader.record.event.__name__, *reader.record.event.formerly):
        for before in {kind, "reaction" if kind == "step" else kind}:
            yield f"{before}:{call}:{name.rpartition('.')[2]}"


def readers_of(plugin: Plugin) -> list[Subscriber]:
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


def hook_of(reader: Subscriber) -> str:
    return f"{reader.name.partition(':')[0]}s"
