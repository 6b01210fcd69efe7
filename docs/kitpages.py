"""The pages of what is no record of a hook: what a plugin's functions are given, and all else that hub.api has."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import itertools
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import msgspec

from docs.markdown import escaped, prose, table
from hub import api, fixtures, testing
from hub.identity.holders import Colleague, HolderAnswer
from hub.rules.context import Context
from hub.rules.places import read_csv
from hub.store.documents import Documents, Group, ScopedStore
from hub.store.files import Content, FilesOfPlugin, StoredFile
from hub.testing.places import REGIONS
from hub.words import contributions
from hub.words.actors import Actor, Position
from hub.words.regions import Region, RegionTree
from hub.words.workdays import Calendar, Limit

# What a context leads to, by how a plugin writes it.
GIVEN: Mapping[str, Sequence[type]] = {
    "ctx": (Context,),
    "ctx.store": (ScopedStore, Documents, Group),
    "ctx.files": (FilesOfPlugin, StoredFile, Content),
    "ctx.calendar": (Calendar, Limit),
    "ctx.regions": (RegionTree, Region),
    "ctx.actor": (Actor, Position),
    "await ctx.holders(…)": (HolderAnswer,),
    "await ctx.colleagues(…)": (Colleague,),
}


def context() -> str:
    """What a plugin's function is given first."""
    lines = [
        "# What a function is given\n",
        "Every function of a plugin is given a `Context`: routes, pages, jobs, answers, guards and moves first, triggers, reactions and",
        "steps behind the event. What follows is reached from it.\n",
    ]
    for written, kinds in GIVEN.items():
        lines += [f"# {written}\n", *(_class(kind) for kind in kinds)]
    return "\n".join(lines)


def kit() -> str:
    """All of hub.api but the records of hooks and what a context leads to, by the module it comes from."""
    elsewhere = {contributions.__name__, *(kind.__module__ for kinds in GIVEN.values() for kind in kinds)}
    members = {name: getattr(api, name) for name in api.__all__}
    modules = {value.__name__: value for value in members.values() if isinstance(value, ModuleType)}
    by_module: dict[str, list[Any]] = {name: _own(module) for name, module in modules.items()}
    for value in members.values():
        home = getattr(value, "__module__", "")
        if _is_described(value) and home not in elsewhere and value not in by_module.setdefault(home, []):
            by_module[home].append(value)
    used = ", ".join(f"`{name.rpartition('.')[2]}.…`" for name in sorted(modules))
    lines = [
        "# The kit\n",
        "What `hub.api` has besides the [records of hooks](hooks.md) and [what a function is given](context.md).",
        f"Modules are used with their name: {used}.\n",
    ]
    for name in sorted(filter(by_module.get, by_module), key=_order):
        lines += [f"# {name.rpartition('.')[2].capitalize()}\n", f"{prose(sys.modules[name].__doc__)}\n"]
        used_as = f"{name.rpartition('.')[2]}." if name in modules else ""
        lines += [
            _class(each, used_as, made=True) if inspect.isclass(each) else _function(each, used_as)
            for each in by_module[name]
        ]
    values = [(f"`{name}`", f"`{escaped(_value(value))}`") for name, value in members.items() if _is_value(value)]
    return "\n".join([*lines, "# Values\n", table(("name", "is"), values)])


def _order(module: str) -> tuple[bool, bool, str]:
    """A business and how it is reached come first."""
    return (module != "hub.business.business", not module.startswith("hub.business."), module)


def _own(module: ModuleType) -> list[Any]:
    """What a module that is used with its name has."""
    there = [value for name, value in vars(module).items() if not name.startswith("_") and _is_described(value)]
    return [value for value in there if value.__module__ == module.__name__]


def _is_described(value: Any) -> bool:
    return inspect.isclass(value) or inspect.isfunction(value)


def _is_value(value: Any) -> bool:
    """Without a place of its own here, or in the page of hooks."""
    return not (_is_described(value) or isinstance(value, ModuleType) or value is api.hookimpl)


def _value(value: Any) -> str:
    """An alias as it is written, a value as it is."""
    if isinstance(value, str):
        return repr(value)
    return re.sub(r"\b(?:\w+\.)+(\w+)", r"\1", repr(value)).replace("~", "")


def testing_page() -> str:
    """What tests of plugins are given: fixtures, places, what each of them can do."""
    members = {name: getattr(testing, name) for name in testing.__all__}
    known = {region.code: region.name for region in read_csv(REGIONS)}
    values = [
        (f"`{name}`", f"`{escaped(str(value))}`", known.get(value, "") if isinstance(value, str) else "")
        for name, value in members.items()
        if not _is_described(value)
    ]
    lines = [
        "# Testing\n",
        "What `hub.testing` has, and the fixtures that pytest finds by itself. [How they are used](../writing-plugins.md#tests).\n",
        "# Fixtures\n",
        table(("fixture", "lives for", ""), _fixtures()),
        "\n# Places and moments\n",
        "Others are found by their codes: the villages of a town begin with its code, and `hub regions` has them all.\n",
        table(("name", "is", "called"), values),
        "\n# What it has\n",
        *(
            _class(each, made=True) if inspect.isclass(each) else _function(each, "")
            for each in members.values()
            if _is_described(each)
        ),
    ]
    return "\n".join(lines)


def _fixtures() -> Iterator[tuple[str, str, str]]:
    """As hub/fixtures.py says of each: its name, how long one lives, what it is."""
    for node in ast.parse(inspect.getsource(fixtures)).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for mark in node.decorator_list:
            if ast.unparse(mark).startswith("pytest.fixture"):
                given = {each.arg: ast.literal_eval(each.value) for each in getattr(mark, "keywords", ())}
                yield f"`{node.name}`", given.get("scope", "test"), prose(ast.get_docstring(node))


# --- one of them -------------------------------------------------------------------------------------------------------


def _class(kind: type, used_as: str = "", *, made: bool = False) -> str:
    """Its words, its fields, and what it can do. ``made``: by plugins, who must know how."""
    said = _said_of_fields(kind)
    fields = [
        (f"`{name}`", f"`{escaped(written)}`", default, said.get(name, "")) for name, written, default in _fields(kind)
    ]
    columns = ("field", "type", "default", "") if said else ("field", "type", "default")
    rows = [row[: len(columns)] for row in fields]
    return "\n".join(
        [
            f"## {used_as}{kind.__name__}\n",
            *([f"```python\n{_making(kind)}\n```\n"] if made and _has_own_init(kind) else []),
            f"{prose(kind.__doc__)}\n",
            *([table(columns, rows), ""] if rows else []),
            *(_method(name, value) for name, value in methods(kind)),
        ]
    )


def _has_own_init(kind: type) -> bool:
    """Written by hand; that of a record follows from its fields."""
    return "__init__" in vars(kind) and not dataclasses.is_dataclass(kind)


def _making(kind: Any) -> str:
    """How one is made."""
    return _signature(kind.__init__, kind.__name__).removeprefix("def ").removesuffix(" -> None")


def _said_of_fields(kind: type) -> Mapping[str, str]:
    """The words below a field, by its name."""
    if not inspect.getsourcefile(kind):
        return {}
    [body] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: prose(below.value.value)
        for field, below in itertools.pairwise(body.body)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }


def _fields(kind: type) -> Iterator[tuple[str, str, str]]:
    """Name, type as written, default; those of the classes below it first."""
    written = {name: text for each in reversed(kind.__mro__) for name, text in inspect.get_annotations(each).items()}
    if dataclasses.is_dataclass(kind):
        found: Iterable[tuple[str, Any]] = ((each.name, each.default) for each in dataclasses.fields(kind) if each.init)
        missing: Any = dataclasses.MISSING
    elif issubclass(kind, msgspec.Struct):
        found, missing = ((each.name, each.default) for each in msgspec.structs.fields(kind)), msgspec.NODEFAULT
    elif hasattr(kind, "_fields"):
        missing = inspect.Parameter.empty
        found = ((name, kind._field_defaults.get(name, missing)) for name in kind._fields)
    else:
        return
    for name, default in found:
        if not name.startswith("_"):
            yield name, str(written[name]), "" if default is missing else _default(default)


def _default(value: Any) -> str:
    if inspect.isfunction(value):
        return "see above" if value.__name__ == "<lambda>" else f"`{value.__name__}`"
    return f"`{escaped(_value(value))}`"


def methods(kind: type) -> Iterator[tuple[str, Any]]:
    """What it can do. The default of a field is no method."""
    fields = {name for name, _, _ in _fields(kind)}
    for name, value in vars(kind).items():
        call = getattr(value, "__func__", value.fget if isinstance(value, property) else value)
        public = not name.startswith("_") or name == "__getitem__"
        if public and name not in fields and inspect.isfunction(call):
            yield name, value


def _method(name: str, value: Any) -> str:
    if isinstance(value, property):
        kind = inspect.signature(value.fget).return_annotation
        return f"### {name}\n\n```python\n{name}: {kind}\n```\n\n{prose(value.fget.__doc__)}\n"
    call = getattr(value, "__func__", value)
    shown = "[…]" if name == "__getitem__" else name
    return f"### {shown}\n\n```python\n{_signature(call, name)}\n```\n\n{prose(call.__doc__)}\n"


def _function(call: Any, used_as: str) -> str:
    return (
        f"## {used_as}{call.__name__}\n\n```python\n{_signature(call, call.__name__)}\n```\n\n{prose(call.__doc__)}\n"
    )


def _signature(call: Any, name: str) -> str:
    """As written, without ``self``."""
    written = inspect.signature(call)
    given = [
        each.replace(annotation=_unquoted(each.annotation))
        for each in written.parameters.values()
        if each.name not in ("self", "cls")
    ]
    shown = written.replace(parameters=given, return_annotation=_unquoted(written.return_annotation))
    word = "async def" if inspect.iscoroutinefunction(call) else "def"
    return f"{word} {name}{shown}"


def _unquoted(annotation: Any) -> Any:
    """A text, which a signature would show in quotes."""
    return _AsWritten(annotation) if isinstance(annotation, str) else annotation


class _AsWritten:
    """An annotation as it is written."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text
