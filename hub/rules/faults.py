"""What is wrong with plugins and between them: each with file, line, and what to do."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from hub.rules.finding import lies_in, nearest
from hub.rules.names import wrong_action, wrong_names
from hub.rules.plugins import GATHERED, Plugin, hook_of, readers_of
from hub.rules.sources import (
    place_of,
    places_of_imports,
    texts_given,
)
from hub.words import contributions as c
from hub.words.apiversions import Renamed

if TYPE_CHECKING:
    from hub.rules.host import Host

# What set-up makes lies at /static/made, beside /static/<plugin>.
TAKEN = frozenset({"made"})


def problems(host: Host) -> list[str]:
    """Everything that is wrong with plugins and between them, each with file, line and fix; empty when all is well."""
    roles = {role.name for plugin in host.plugins.values() for role in plugin.roles}
    owners: dict[tuple[str, str], str] = {}
    found = [each.problem for each in host.unusable]
    for plugin in host.plugins.values():
        wrong = [*_problems_of(host, plugin, roles), *_given_twice(plugin, owners)]
        found += [f"plugin '{plugin.name}': {spot}{words}" for spot, words in wrong]
    return found


def old_names(host: Host, renamed: Mapping[str, Renamed]) -> list[str]:
    """Where plugins write old names of hub.api, which still work: each with file, line and what to write."""
    return [
        f"plugin '{plugin.name}': {spot}{renamed[name].told(name)}"
        for plugin in host.plugins.values()
        if not plugin.builtin
        for name, spot in places_of_imports(plugin.source, "hub.api")
        if name in renamed
    ]


def left_behind(host: Host) -> list[str]:
    """Whose residents would lose what they keep under a record that turns out to be another's."""
    found = []
    for plugin in host.plugins.values():
        kept = [spec for spec in plugin.collections if "readers" in spec.document.__struct_fields__]
        if plugin.switched and kept and not any(each.pass_on for each in plugin.belongings):
            spot = plugin.place("collections", kept[0].name)
            hint = "write BELONGINGS = (Belongings(pass_on=passing_on(…)),)"
            words = f"documents of '{kept[0].name}' have readers, and nothing passes them on: {hint}"
            found.append(f"plugin '{plugin.name}': {spot}{words}")
    return found


def unnarrowed(host: Host) -> list[str]:
    """Documents of one bureau, or project, that positions bound to another one would read."""
    return [
        f"plugin '{plugin.name}': {plugin.place('collections', spec.name)}documents of '{spec.name}' have a field {field}, and positions "
        f"bound to another {field} read them: write narrowed_by=(…, '{field}'), or call the field otherwise"
        for plugin in host.plugins.values()
        for spec in plugin.collections
        if spec.scope == "subtree"
        for field in ("bureau", "project")
        if field in spec.document.__struct_fields__ and field not in spec.narrowed_by
    ]


def unknown_icons(host: Host, known: Collection[str]) -> list[str]:
    """Icons of menu entries that are not in the sprite, which set-up makes: a plain one is shown in their place."""
    return [
        f"plugin '{plugin.name}': {plugin.place('menu_entries', icon)}there is no icon '{icon}': /ui/icons of the demo shows all."
        f"{nearest(icon, known)}"
        for plugin in host.plugins.values()
        for icon in dict.fromkeys(entry.icon for entry in plugin.menu_entries)
        if known and icon not in known
    ]


def _problems_of(host: Host, plugin: Plugin, roles: Collection[str]) -> Iterable[tuple[str, str]]:
    """What is wrong with one, each with its place."""
    return (
        *_not_installed(host, plugin),
        *_misnamed(plugin),
        *_unknown_roles(plugin, roles),
        *_unknown_rights(host, plugin),
        *_unheard(host, plugin),
        *_wrong_subjects(plugin),
        *_misheard(host, plugin),
        *_unnamed(host, plugin),
        *_without_time(plugin),
        *_mistaken(plugin),
        *_unknown_nodes(host, plugin),
    )


def _not_installed(host: Host, plugin: Plugin) -> Iterable[tuple[str, str]]:
    for need in plugin.needs:
        if need in host.left_out:
            hint = f"leave this one out as well (--without {plugin.name})"
            yield plugin.place("NEEDS", need), f"NEEDS '{need}', which is left out: {hint}"
        elif need not in host.plugins and need not in host.broken:
            hint = f"add it to plugins in config.yaml.{nearest(need, host.plugins)}"
            yield plugin.place("NEEDS", need), f"NEEDS '{need}', which is not installed: {hint}"


def _unknown_roles(plugin: Plugin, known: Collection[str]) -> Iterable[tuple[str, str]]:
    naming = [
        *(("permissions", f"permission '{right.name}'", role) for right in plugin.permissions for role in right.roles),
        *(("nodes", f"node '{node.name}'", node.role) for node in plugin.nodes if node.role is not None),
    ]
    for hook, what, role in naming:
        if role not in known:
            words = f"{what} names the role '{role}', which no plugin declares.{nearest(role, known)}"
            yield plugin.place(hook, role), words


def _unknown_rights(host: Host, plugin: Plugin) -> Iterable[tuple[str, str]]:
    asking: list[tuple[str, str, c.Access]] = [
        *(("routes", f"route {route.method} {route.path}", route.access) for route in plugin.routes),
        *(("commands", f"command {command.name}", command.access) for command in plugin.commands),
        *(("topics", f"topic {topic.name}", topic.access) for topic in plugin.topics),
        *(("pages", f"page {page.path or '/'}", page.access) for page in plugin.pages),
        *(("menu_entries", f"menu entry {entry.label}", entry.access) for entry in plugin.menu_entries),
        *(("related_links", f"related link {link.label}", link.access) for link in plugin.related_links),
    ]
    for hook, what, access in asking:
        if isinstance(access, str) and access not in host.permissions:
            hint = nearest(access, host.permissions)
            words = f"{what} asks for the permission '{access}', which no plugin declares.{hint}"
            yield plugin.place(hook, access), words


def _unheard(host: Host, plugin: Plugin) -> Iterable[tuple[str, str]]:
    hearing = [
        *((hook_of(each), f"{each.name} hears", each.record.event) for each in readers_of(plugin)),
        *(("topics", f"topic '{topic.name}' follows", event) for topic in plugin.topics for event in topic.events),
    ]
    for hook, what, event in hearing:
        if host.owner(event) is None and not host.is_absent(event):
            words = f"{what} {event.__name__}, which no plugin declares in events()"
            yield plugin.place(hook, event.__name__), words


def _misheard(host: Host, plugin: Plugin) -> Iterable[tuple[str, str]]:
    """An instruction is carried out once, by the plugin that declares it."""
    for kind in plugin.events:
        hearers = [reader.plugin for reader in host.readers(host.event_name(kind))]
        if issubclass(kind, c.Instruction) and hearers != [plugin.name]:
            rule = f"the instruction {kind.__name__} must be heard by one reaction, its own"
            yield place_of(kind), f"{rule}; it is heard by {hearers or 'none'}"


def _unnamed(host: Host, plugin: Plugin) -> Iterable[tuple[str, str]]:
    """Whose events and questions it imports without saying so: it would not start, or fall silent, without that plugin."""
    if not (plugin.switched and plugin.package):
        return
    others = {other.package: other.name for other in host.plugins.values() if other.switched and other.package}
    strangers = {package: name for package, name in others.items() if name not in plugin.knows}
    found = {
        (strangers[package], name)
        for module, names in _classes_used_in(plugin.package)
        for name, home in names.items()
        for package in strangers
        if package != plugin.package and lies_in(home, package)
    }
    for other, name in sorted(found):
        hint = f"name '{other}' in NEEDS, or in USES if it can do without"
        yield plugin.place("", name), f"it imports {name} of plugin '{other}': {hint}"


def _classes_used_in(package: str) -> Iterable[tuple[str, Mapping[str, str]]]:
    """Per loaded module of a package the names of the classes and functions that it knows, each with the module it is from."""
    for name, module in list(sys.modules.items()):
        if lies_in(name, package):
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


def _mistaken(plugin: Plugin) -> Iterable[tuple[str, str]]:
    """What its resources name that is not there; of one business each tells the same."""
    found = {words: word for each in plugin.resources for word, words in each.mistakes(plugin)}
    for words, word in found.items():
        yield plugin.place("resources", word), words


def _unknown_nodes(host: Host, plugin: Plugin) -> Iterable[tuple[str, str]]:
    """Of tasks whose node is written out. Nobody would hold it but positions that are bound to none. A plugin that it does without may
    have had it."""
    if not set(plugin.uses) <= host.plugins.keys():
        return
    known = {stamped.record.name for stamped in host.all_nodes()}
    for node, spot in texts_given(plugin.source, "Task", "node") if plugin.package else ():
        if node not in known:
            yield spot, f"a task names the node '{node}', which no plugin has in NODES.{nearest(node, known)}"


def _given_twice(plugin: Plugin, owners: dict[tuple[str, str], str]) -> Iterable[tuple[str, str]]:
    """What another has given already; ``owners`` remembers who was first."""
    for kind, name, hook in _owned(plugin):
        if owner := owners.get((kind, name)):
            words = f"{kind} '{name}' is already given by plugin '{owner}': rename one"
            yield plugin.place(hook, name, name.rpartition(".")[2]), words
        owners[kind, name] = plugin.name


def _owned(plugin: Plugin) -> Iterable[tuple[str, str, str]]:
    """What only one plugin may have: (kind, name, the hook that gives it)."""
    yield from (("permission", right.name, "permissions") for right in plugin.permissions)
    yield from (("collection", spec.name, "collections") for spec in plugin.collections)
    yield from (("role", role.name, "roles") for role in plugin.roles)
    yield from (("node", node.name, "nodes") for node in plugin.nodes)
    yield from (("reader", reader.name, hook_of(reader)) for reader in readers_of(plugin))
    yield from (("message", f"{plugin.name}.{kind.name}", "message_types") for kind in plugin.message_types)
    yield from (("job", f"{plugin.name}.{job.name}", "jobs") for job in plugin.jobs)
    yield from (("topic", f"{plugin.name}.{topic.name}", "topics") for topic in plugin.topics)
    yield from (("import", offered.name, "imports") for offered in plugin.imports)
    if plugin.routes and not plugin.placeless:
        yield "prefix", plugin.prefix, "prefix"
