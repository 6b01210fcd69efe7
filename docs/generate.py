"""Writes docs/reference/ from the records that the hub runs on: hooks, what functions are given, the kit, plugins, events, permissions,
messages, settings, errors, and the API document.

`scripts/docs` runs it; tests/docs/test_reference.py fails when a page is not what this makes.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import click
import msgspec

import hub
from docs import coverage, kitpages
from docs import shown as example
from docs.markdown import cell, escaped, prose, table
from hub.app import installed, openapi_document
from hub.cli import main
from hub.cli.console import json_text
from hub.cli.opening import read_settings
from hub.push.operations import WORDS
from hub.reading.templates import Templates
from hub.rules import names
from hub.rules.host import Host
from hub.rules.plugins import Plugin
from hub.settings import HubSettings
from hub.store.deliveries import ENDED_BADLY
from hub.wechat.errors import classify, known_codes
from hub.words import contributions, errors, hookspecs, ranges
from hub.words.contributions import Access, Anyone, MessageClass, MessageType

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs/reference"
HEAD = "<!-- Written by scripts/docs from the code: change it there. -->\n"


def pages() -> dict[str, str]:
    """File name in docs/reference → text, of every page; ``../coverage.md`` is made from tests."""
    settings = read_settings(ROOT / "config.yaml")
    host = installed(settings)
    made = {
        "hooks.md": hooks(),
        "context.md": kitpages.context(),
        "kit.md": kitpages.kit(),
        "testing.md": kitpages.testing_page(),
        "plugins.md": plugins(host),
        "events.md": events(host),
        "permissions.md": permissions(host),
        "messages.md": messages(host, Templates(settings.templates, host.templates)),
        "settings.md": all_settings(host),
        "errors.md": refusals(),
        "command-line.md": command_line(),
        "../coverage.md": coverage.page(),
    }
    # As ``hub openapi`` prints it: what a change does to the API is read in its diff.
    api = {"openapi.json": f"{json_text(openapi_document(settings))}\n"}
    return {name: f"{HEAD}{text.strip()}\n" for name, text in made.items()} | api


def write() -> None:
    """Bring the folder up to date; says which pages changed."""
    FOLDER.mkdir(exist_ok=True)
    made = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        file = FOLDER / name
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8")
            click.echo(str(file.resolve().relative_to(ROOT)))


# --- pages -----------------------------------------------------------------------------------------------------------


def hooks() -> str:
    """What a plugin may implement, and the records it gives."""
    specs = [(name, call) for name, call in vars(hookspecs).items() if hasattr(call, "hub_spec")]
    rows = [(f"`{name}`", record_in(call), prose(call.__doc__)) for name, call in specs]
    kinds = [
        kind
        for kind in vars(contributions).values()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == contributions.__name__
    ]
    return "\n".join(
        [
            "# Hooks\n",
            "An implementation is a function of this name in `plugin.py`, marked with `@hookimpl`, that returns frozen records. All are",
            "called once, at start-up.\n",
            table(("hook", "returns", "what"), rows),
            "\n# Names\n",
            f"{prose(names.__doc__)}\n",
            "# Examples\n",
            "One plugin, [docs/examples/repairs](../examples/repairs/plugin.py), in the order of the hooks: what is shown above is used",
            "below. A test runs it.\n",
            *(
                f"## {hook}\n\n```python\n{code}\n```\n"
                for hook, code in example.by_hook([name for name, _ in specs]).items()
            ),
            "\n# Records\n",
            "All are imported from `hub.api`.\n",
            *(record(kind) for kind in kinds),
            *(words(kind) for kind in (Anyone, MessageClass)),
        ]
    )


def plugins(host: Host) -> str:
    """Everything that each plugin brings."""
    return "\n".join(
        [
            "# Plugins\n",
            "Those that `config.yaml` installs, and the hub's own parts.\n",
            *map(plugin, host.plugins.values()),
        ]
    )


def plugin(found: Plugin) -> str:
    part = "switched per county" if found.switched else "part of the hub, on everywhere"
    needs = f"; needs {', '.join(found.needs)}" if found.needs else ""
    needs += f"; uses {', '.join(found.uses)}" if found.uses else ""
    lists = {
        "stores": [f"`{each.name}` ({each.scope})" for each in found.collections],
        "nodes": [f"`{each.name}` {each.label} ({each.level})" for each in found.nodes],
        "guards": [f"`{each.action}`" for each in found.guards],
        "answers": [f"`{each.question.__name__}` ({each.reach})" for each in found.answers],
        "steps": [f"`{each.step.__name__}`" for each in found.steps],
        "jobs": [f"`{each.name}` {each.label} ({when(each)})" for each in found.jobs],
        "checkups": [f"`hub {found.name} {each.name}`: {each.says}" for each in found.checkups],
        "imports": [f"`hub {each.name} import`: {each.label}" for each in found.imports],
        "menu": [f"{each.app}: {each.label}" for each in found.menu_entries],
        "commands": [f"`{each.name}`" for each in found.commands],
        "topics": [f"`{each.name}`" for each in found.topics],
        "open work": [each.label for each in found.open_work],
    }
    lines = [f"## {found.name}\n", f"{prose(found.doc)} ({part}{needs})\n"]
    brought = [f"- {word}: {', '.join(items)}" for word, items in lists.items() if items]
    lines += [*brought, ""] if brought else []
    if found.routes:
        rows = [
            (f"`{each.method}`", f"`{path_of(found, each.path)}`", access(each.access), summary(each.call))
            for each in found.routes
        ]
        lines += [table(("", "operation", "who", "what"), rows)]
    return "\n".join([*lines, ""])


def events(host: Host) -> str:
    """The facts and instructions, what they carry, and who hears of them. A plugin's own steps are its own business."""
    lines = [
        "# Events\n",
        "A fact says what has happened, an instruction what its plugin is to do. The stored name is `<plugin>.<Class>`. Every event",
        "has `place`, the region code it belongs to; those of one subject are handled in the order in which they were told.\n",
    ]
    for found in host.plugins.values():
        for kind in found.events:
            heard = [f"`{name}`" for name in hearers(host, kind)]
            fields = [field for field in msgspec.structs.fields(kind) if field.name != "place"]
            lines += [f"## {host.event_name(kind)}\n", f"{prose(kind.__doc__)}\n"]
            lines += ["- an instruction"] if issubclass(kind, contributions.Instruction) else []
            lines += [f"- carries: {', '.join(f'`{field.name}`' for field in fields) or 'nothing more'}"]
            lines += [f"- subject: `{kind.subject_field}`"] if kind.subject_field in kind.__struct_fields__ else []
            lines += [f"- heard by: {', '.join(heard) or 'nobody yet'}\n"]
    return "\n".join(lines)


def hearers(host: Host, kind: type[contributions.Event]) -> Iterator[str]:
    """Readers, and the live topics whose listeners look again."""
    yield from (reader.name.rpartition(":")[0] for reader in host.readers(host.event_name(kind)))
    for found in host.plugins.values():
        yield from (f"topic:{found.name}.{topic.name}" for topic in found.topics if kind in topic.events)


def permissions(host: Host) -> str:
    """Roles, rights, and which operations ask for them."""
    asking: dict[str, list[str]] = {}
    for found in host.plugins.values():
        for route in found.routes:
            asking.setdefault(access(route.access), []).append(f"`{route.method} {path_of(found, route.path)}`")
    roles = [(f"`{role.name}`", role.label, found.name) for found in host.plugins.values() for role in found.roles]
    rights = [
        (f"`{right.name}`", right.label, ", ".join(right.roles), "<br>".join(asking.get(f"`{right.name}`", [])))
        for right in host.permissions.values()
    ]
    open_to = [(access(kind), "<br>".join(asking.get(access(kind), []))) for kind in Anyone]
    return "\n".join(
        [
            "# Permissions\n",
            "A right is held through the role of a position, and reaches as far as that position does.\n",
            table(("role", "label", "from"), roles),
            "",
            table(("permission", "label", "roles", "operations"), rights),
            "\n# Without a position\n",
            table(("who", "operations"), open_to),
        ]
    )


def messages(host: Host, templates: Templates) -> str:
    """The push catalogue as installed, each message shown with its sample."""
    found = sorted(host.message_types.items(), key=lambda item: (item[1].code, item[0]))
    rows = [
        (
            kind.code,
            f"`{name}`",
            kind.label,
            kind.app,
            kind.kind,
            kind.message_class.value,
            duration(kind.bundle),
            channels(name, templates),
        )
        for name, kind in found
    ]
    return "\n".join(
        [
            "# Messages\n",
            "`kind` names the WeChat template that messages share; `bundle` is the time within which further ones are sent as one.\n",
            table(("code", "message", "label", "app", "kind", "class", "bundle", "channels"), rows),
            "\n# As they read\n",
            "With the sample data that templates are checked with.\n",
            *(sample(name, kind, templates) for name, kind in found),
            "# Where a delivery stands\n",
            "States, reasons and steps of a trace, as `hub deliveries` and the API tell them.",
            f"Those that can be replayed: {', '.join(f'`{state}`' for state in ENDED_BADLY)}.\n",
            table(("word", "read as"), [(f"`{word}`", text) for word, text in WORDS.items()]),
        ]
    )


def sample(name: str, kind: MessageType, templates: Templates) -> str:
    shown = templates.text(name, kind.sample)
    lines = [f"## {kind.code} {name}\n", "```text", shown.title, "", shown.body, "```\n"]
    if templates.path(name, "oa").exists():
        fields = templates.fields(name, "oa", kind.sample)
        lines += ["WeChat:\n", "```text", *(f"{key}: {value}" for key, value in fields.items()), "```\n"]
    return "\n".join(lines)


def all_settings(host: Host) -> str:
    """config.yaml, and the settings of each plugin."""
    lines = [
        "# Settings\n",
        "What `config.yaml` may hold. What is left out has its default; times are ISO 8601 durations.\n",
    ]
    lines += [section(kind, path) for path, kind in sections(HubSettings, "")]
    lines += [
        "# Settings of plugins\n",
        "Under `settings.<plugin>` for all counties, and under `counties.<code>.<plugin>` for one.\n",
    ]
    kinds = [
        (found.name, found.config_type) for found in host.plugins.values() if msgspec.structs.fields(found.config_type)
    ]
    return "\n".join([*lines, *(section(kind, f"settings.{name}") for name, kind in kinds)])


def refusals() -> str:
    """The one shape of errors, and what is done with WeChat's."""
    rows = sorted({(str(kind.status), f"`{kind.code}`", kind.message) for kind in every_refusal()})
    wechat = []
    for code in sorted(known_codes()):
        verdict = classify(code)
        waits = ", ".join(duration(wait) for wait in verdict.waits)
        wechat.append((str(code), verdict.kind.name, waits, "yes" if verdict.alert else "", verdict.note))
    return "\n".join(
        [
            "# Errors of the API\n",
            '`{"error": {"code", "message", "fields", "request_id", "state"?}}`. Here the message is that for want of a more exact one.\n',
            table(("status", "code", "message"), rows),
            "\n# Error codes of WeChat\n",
            "What a sender does: TOKEN new token, once more · WAIT later · USER, USER_TEMPLATE stop for this person ·",
            "CONFIG stop the template or account · QUOTA pause the account until midnight · DROP never again · DONE counts as",
            "sent. An answer that is none of WeChat's (404, 302) is tried again twice, then taken as CONFIG. An unknown code is",
            "dropped with an alert.\n",
            table(("code", "class", "pauses", "alert", "meaning"), wechat),
        ]
    )


def command_line() -> str:
    """``hub --help`` of every command."""
    return "\n".join(
        ["# Command line\n", "`--config FILE` (or `HUB_CONFIG`) stands before the command.\n", *help_of(main, "hub")]
    )


def help_of(command: click.Command, name: str) -> Iterator[str]:
    # As on the terminal, where every command has -h from the first one; click remembers what it was asked first.
    settings = {**main.context_settings, "max_content_width": 120, "terminal_width": 120}
    context = click.Context(command, info_name=name, **settings)
    yield f"## {name}\n\n```text\n{command.get_help(context).strip()}\n```\n"
    if isinstance(command, click.Group):
        for word in command.list_commands(context):
            yield from help_of(command.commands[word], f"{name} {word}")


# --- records ---------------------------------------------------------------------------------------------------------


def record(kind: Any) -> str:
    """A record with its fields, their types as written."""
    names, defaults = kind.__struct_fields__, kind.__struct_defaults__
    written = {
        name: text for each in reversed(kind.__mro__) for name, text in vars(each).get("__annotations__", {}).items()
    }
    # The defaults are those of the last fields.
    values = dict(zip(names[len(names) - len(defaults) :], defaults, strict=True))
    rows = [
        (f"`{name}`", f"`{escaped(written[name])}`", default(values.get(name, msgspec.NODEFAULT))) for name in names
    ]
    fields = [table(("field", "type", "default"), rows), ""] if rows else []
    return "\n".join([f"## {kind.__name__}\n", f"{prose(kind.__doc__)}\n", *fields])


def words(kind: type[enum.Enum]) -> str:
    """An enumeration."""
    comments = re.findall(r'^    (\w+) = "\w+"(?:  # (.*))?$', inspect.getsource(kind), re.MULTILINE)
    rows = [(f"`{kind.__name__}.{name}`", comment) for name, comment in comments]
    return "\n".join([f"## {kind.__name__}\n", f"{prose(kind.__doc__)}\n", table(("", ""), rows), ""])


def section(kind: type[msgspec.Struct], path: str) -> str:
    """A record of settings, with the comments that stand beside its fields."""
    comments = comments_of(kind)
    exact = get_type_hints(kind, include_extras=True)
    rows = [
        (
            f"`{field.encode_name}`",
            type_of(hint),
            allowed(exact[field.name]),
            default(default_of(field)),
            comments.get(field.name, ""),
        )
        for field, hint in fields_of(kind)
    ]
    head = f"## {path}" if path else "## The file"
    columns = ("setting", "type", "range", "default", "")
    return "\n".join([f"{head}\n", f"{prose(kind.__doc__)}\n", table(columns, rows), ""])


def allowed(hint: Any) -> str:
    """The range of a number, of what is in a list, and of the numbers in a small record."""
    if is_record(hint):
        small = struct_in(hint) is None
        inner = get_type_hints(hint, include_extras=True) if small else {}
        return ", ".join(f"{name} {allowed(each)}" for name, each in inner.items())
    own = ranges.range_of(hint)
    found = [str(own)] if own else [text for part in get_args(hint) if (text := allowed(part))]
    return found[0] if found else ""


def sections(kind: type[msgspec.Struct], path: str) -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """The record and those below it, each with its path in the file."""
    yield path, kind
    for field, hint in fields_of(kind):
        below = struct_in(hint)
        if below is not None:
            yield from sections(below, f"{path}.{field.encode_name}".lstrip("."))


def fields_of(kind: type) -> list[tuple[Any, Any]]:
    hints = get_type_hints(kind)
    return [(field, hints[field.name]) for field in msgspec.structs.fields(kind)] if is_record(kind) else []


def struct_in(hint: Any) -> type[msgspec.Struct] | None:
    """The record in ``X``, ``X | None``, ``tuple[X, ...]``; rates and spans are shown where they stand."""
    if is_record(hint):
        return None if len(msgspec.structs.fields(hint)) <= 2 and hint.__name__ in ("Rate", "Span") else hint
    if get_origin(hint) is dict:
        return None
    return next((found for part in get_args(hint) if (found := struct_in(part)) is not None), None)


def comments_of(kind: type) -> dict[str, str]:
    """Field → the comment lines above it, and the one behind it."""
    found: dict[str, str] = {}
    above: list[str] = []
    for line in inspect.getsource(kind).splitlines():
        text = line.strip()
        if text.startswith("#"):
            above.append(text.lstrip("# "))
            continue
        if match := re.match(r"(\w+): [^#]+(?:# (.*))?$", text):
            found[match[1]] = " ".join([*above, *([match[2]] if match[2] else [])])
        above = []
    return found


def is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and bool(getattr(kind, "__struct_fields__", ()))


# --- words -----------------------------------------------------------------------------------------------------------


def record_in(call: Any) -> str:
    """What a hook returns, as written."""
    written = inspect.signature(call).return_annotation
    return f"`{re.sub(r'[a-z]+[.]', '', str(written))}`"


def type_of(hint: Any) -> str:
    text = "Literal" if get_origin(hint) is typing.Literal else ""
    if text:
        return " \\| ".join(f"`{value}`" for value in get_args(hint))
    if hint is type(None):
        return "nothing"
    if get_origin(hint) in (typing.Union, type(int | None)):
        return " or ".join(type_of(part) for part in get_args(hint))
    if isinstance(hint, type) and not get_args(hint):
        return hint.__name__
    bare = re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", str(hint))
    return f"`{escaped(bare)}`"


def default_of(field: Any) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


def default(value: Any) -> str:
    if value is msgspec.NODEFAULT:
        return "required"
    if inspect.isfunction(value):
        return f"`{value.__name__}`"
    return shown(value() if callable(value) else getattr(value, "factory", lambda: value)())


def shown(value: Any) -> str:
    """A value as config.yaml would have it; a record of its own is shown in its own section."""
    if is_record(type(value)) and len(value.__struct_fields__) > 2:
        return "see below"
    text = plain(value)
    return f"`{text}`" if text else ("" if value is None else "empty")


def plain(value: Any) -> str:
    match value:
        case None | timedelta():
            return duration(value)
        case bool():
            return str(value).lower()
        case tuple() | list():
            return ", ".join(map(plain, value))
        case dict():
            return ", ".join(f"{key}: {plain(item)}" for key, item in value.items())
        case msgspec.Struct():
            return f"{{{plain(msgspec.structs.asdict(value))}}}"
    return str(value)


def duration(value: timedelta | None) -> str:
    """ISO 8601 in its largest whole unit: PT10M, not PT600S."""
    return "" if value is None else ranges.plain(value)


def when(job: Any) -> str:
    return f"every {duration(job.every)}" if job.every is not None else f"cron `{job.cron}`"


def access(wanted: Access) -> str:
    return wanted.value.replace("_", " ") if isinstance(wanted, Anyone) else f"`{wanted}`"


def path_of(found: Plugin, path: str) -> str:
    place = "" if found.placeless else "/{place}"
    prefix = f"/{found.prefix}" if found.prefix else ""
    return f"{place}{prefix}{path}"


def channels(name: str, templates: Templates) -> str:
    return ", ".join(channel for channel in ("inbox", "oa", "mp") if templates.path(name, channel).exists())


def summary(call: Any) -> str:
    return cell((call.__doc__ or "").strip().partition("\n")[0])


def every_refusal() -> Iterator[type[errors.Refused]]:
    """Those of the hub; whatever a test has made is none of them."""
    for module in pkgutil.walk_packages(hub.__path__, "hub."):
        if module.name != "hub.__main__":
            importlib.import_module(module.name)
    kinds = [errors.Refused]
    for kind in kinds:
        kinds += kind.__subclasses__()
        if kind.__module__.startswith("hub."):
            yield kind


if __name__ == "__main__":
    write()
