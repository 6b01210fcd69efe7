"""Where plugins are found: a folder, another distribution, the hub itself."""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from hub.rules.plugins import Broken
from hub.rules.sources import (
    folder_names,
    folders_of,
    look_in,
    place,
    place_in,
    place_of_error,
    place_of_point,
    short,
)
from hub.words.apiversions import API_VERSION

ENTRY_POINTS = "hub.plugins"
# Parts of the hub that are written as plugins are. An older config.yaml lists them among its plugins.
CORE: Mapping[str, str] = {"worklist": "hub.worklist.plugin"}

# A plugin's own code may do anything when it is asked, even end the process.
ANYTHING = (Exception, SystemExit)


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
        return Broken(name, f"plugin '{name}': {place_of_error(error, folder)}{words_of(error)}")
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


def package_of_name(name: str, package: str = "plugins") -> str | None:
    """Of a plugin that is not installed; None where its code is not there at all."""
    if name in folder_names(package):
        return f"{package}.{name}"
    points = importlib.metadata.entry_points(group=ENTRY_POINTS, name=name)
    return next((point.module.rpartition(".")[0] or point.module for point in points), None)


def lies_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def words_of(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the file ends the process (SystemExit: {error.code}) instead of being imported"
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg}"
    return f"{type(error).__name__}: {error}".rstrip(": ")


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint such as "Did you mean 'x'?", or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" Did you mean '{close[0]}'?" if close else ""
