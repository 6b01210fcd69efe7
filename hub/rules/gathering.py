"""Asks each plugin for what it has, once, at the start."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, TypeVar

import msgspec
import pluggy

from hub.rules.finding import ANYTHING, nearest, words_of
from hub.rules.names import owned
from hub.rules.plugins import GATHERED, OTHER_HOOKS, SETTINGS, Broken, NoSettings, Plugin
from hub.rules.sources import (
    folder_of,
    package_of,
    place_in,
    place_of_error,
)
from hub.words import contributions as c
from hub.words import hookspecs
from hub.words.apiversions import unmet

R = TypeVar("R")


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
        return Broken(name, f"{say}{place_of_error(error, folder_of(source))}{words_of(error)}")


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
    """With what its resources give, behind what it has written itself; two of one business give the same, which counts once."""
    came = {
        hook: tuple(record for each in given["resources"] for record in getattr(each, hook)())
        for hook in ("routes", "pages", "menu_entries", "jobs", "belongings")
    }
    written = {hook: _each_one((*given[hook], *records)) for hook, records in came.items()}
    wanted = [each.indexes() for each in given["resources"]]
    collections = tuple(
        msgspec.structs.replace(spec, indexes=_each_one((*spec.indexes, *_indexes_for(spec.name, wanted))))
        for spec in given["collections"]
    )
    return {**given, **written, "collections": collections}


def _each_one(records: Iterable[R]) -> tuple[R, ...]:
    """Each record once: the same one is the same object."""
    return tuple({id(record): record for record in records}.values())


def _indexes_for(collection: str, wanted: Iterable[Mapping[str, Sequence[c.Index]]]) -> Iterator[c.Index]:
    for each in wanted:
        yield from each.get(collection, ())


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
