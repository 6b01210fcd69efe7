"""One rule for names: what a plugin owns is `<plugin>.<name>` wherever it is used, stored or told: permissions, collections, messages,
topics, commands, jobs, health checks, migrations, event classes, guarded actions, audit lines. Only the record that declares it may leave
the plugin out, since it can be no other: `Permission("answer", …)` in the plugin `visits` is `Permission("visits.answer", …)`.

A name is small letters, digits and `_`, a letter first, at most 40; that of an event is its class's. Roles, nodes of a chain and imports
belong to the whole office, and are named in its projects, positions and commands: they have no plugin before them, and two plugins cannot
give the same. Another plugin's name is always written in full. Names are stored: a class that is renamed says its old name in
`formerly`, the function of a trigger or reaction keeps its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

PLAIN = re.compile(r"[a-z][a-z0-9_]{0,39}")
# Migrations are often called by their month.
DATED = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
SHAPE = "small letters, digits and _, a letter first, at most 40"


class Owned(NamedTuple):
    """How the records of one hook are named. ``whole``: the record keeps its name with the plugin's before it."""

    what: str
    whole: bool = False
    shape: re.Pattern[str] = PLAIN


OWNED: Mapping[str, Owned] = {
    "permissions": Owned("permission", whole=True),
    "collections": Owned("collection", whole=True),
    "message_types": Owned("message"),
    "topics": Owned("topic"),
    "commands": Owned("command"),
    "jobs": Owned("job"),
    "checkups": Owned("checkup"),
    "health_checks": Owned("health check"),
    "migrations": Owned("migration", shape=DATED),
}
# Of the whole office.
COMMON: Mapping[str, str] = {"roles": "role", "nodes": "node", "imports": "import"}


def owned(plugin: str, hook: str, records: Sequence[Any]) -> tuple[Any, ...]:
    """The records of a hook as the hub keeps them, whether they were written with the plugin's name or without."""
    rule = OWNED.get(hook)
    return tuple(_named(plugin, rule, record) for record in records) if rule else tuple(records)


def _named(plugin: str, rule: Owned, record: Any) -> Any:
    short = record.name.removeprefix(f"{plugin}.")
    # One with another's name before it stays as it is, and is a problem.
    name = f"{plugin}.{short}" if rule.whole and "." not in short else short
    return record if name == record.name else msgspec.structs.replace(record, name=name)


def wrong_names(plugin: str, given: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, str, str]]:
    """What is against the rule in what a plugin's hooks give: (hook, name, what is wrong)."""
    if not PLAIN.fullmatch(plugin):
        yield "", plugin, f"a plugin's name is {SHAPE}"
    for hook, rule in OWNED.items():
        for record in given[hook]:
            short = record.name.removeprefix(f"{plugin}.")
            if "." in short:
                yield hook, record.name, f"{rule.what} '{record.name}' must begin with '{plugin}.'"
            elif not rule.shape.fullmatch(short):
                yield hook, record.name, f"{rule.what} '{record.name}' is no name: {SHAPE}"
    for hook, what in COMMON.items():
        for record in given[hook]:
            if not PLAIN.fullmatch(record.name):
                rule_of_common = f"it is the whole office's, without a plugin: {SHAPE}"
                yield hook, record.name, f"{what} '{record.name}' is no name: {rule_of_common}"


def wrong_action(action: str, known: frozenset[str]) -> str | None:
    """What is wrong with the action that a guard looks at, by the plugins that its own knows."""
    owner, dot, name = action.partition(".")
    if not dot or not PLAIN.fullmatch(name):
        return f"the guarded action '{action}' must be written '<plugin>.<name>'"
    if owner not in known:
        return f"it guards '{action}': name '{owner}' in NEEDS, or in USES if it can do without"
    return None


def check_own(plugin: str, name: str) -> None:
    """For what is named while serving, such as audit lines. Raises ``ValueError``."""
    if not name.startswith(f"{plugin}."):
        raise ValueError(f"plugin {plugin} names '{name}', which must begin with '{plugin}.'")
