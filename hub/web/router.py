"""Finds the operation of a request. Routes are compiled once per plugin; whether a county has it is asked per request."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote_to_bytes

from hub.web.operations import Operation, compile_routes
from hub.words.contributions import Route
from hub.words.errors import MethodNotAllowed, NotFound, Refused, SetupError
from hub.words.regions import Region, RegionTree

API = "/api/v1"


class Switches(Protocol):
    """What the router asks of :class:`hub.rules.counties.Counties`."""

    def is_on(self, county: str | None, plugin: str) -> bool: ...

    def counties_with(self, plugin: str) -> Collection[str]: ...


class ChooseCounty(Refused):
    """A city place is the read-only union of its counties, but for what is the city's own."""

    code = "choose_county"
    message = "市级页面只能查看，请先选择区县再办理。"


@dataclass(frozen=True, slots=True)
class Match:
    """A request's operation, where it applies (None for placeless ones), and the texts that stood in its path."""

    operation: Operation
    place: Region | None
    arguments: Mapping[str, str]


class Table:
    """Operations by path. Plain segments are tried before parameters, whatever the order of the records."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        # number of segments → segments (None for a parameter) → method → operation
        self._by_length: dict[int, dict[tuple[str | None, ...], dict[str, Operation]]] = {}
        for operation in operations:
            shape = operation.shape
            self._by_length.setdefault(len(shape), {}).setdefault(shape, {})[operation.method] = operation
        for length, shapes in self._by_length.items():
            self._by_length[length] = dict(sorted(shapes.items(), key=lambda item: [part is None for part in item[0]]))

    def find(self, segments: tuple[str, ...]) -> Mapping[str, Operation]:
        """The operations at a path, by method; none for an unknown path."""
        found: dict[str, Operation] = {}
        for shape, methods in self._by_length.get(len(segments), {}).items():
            if all(part is None or part == segment for part, segment in zip(shape, segments, strict=True)):
                found = {**methods, **found}
        return found


class Router:
    """All operations of all plugins below ``base``. ``regions`` gives the present tree, which an import may replace."""

    def __init__(self, regions: Callable[[], RegionTree], switches: Switches, base: str = API) -> None:
        self._base = base
        self._regions = regions
        self._switches = switches
        self._placed: dict[str, tuple[str, Table]] = {}
        self._placeless = Table(())
        self.operations: tuple[Operation, ...] = ()

    def add(self, plugin: str, routes: Iterable[Route], *, prefix: str, placeless: bool = False) -> None:
        """Compile a plugin's routes below ``{base}/{place}/<prefix>``, placeless ones below ``{base}/<prefix>``.

        A placeless prefix may be empty. Raises ``SetupError`` with all problems.
        """
        if placeless:
            operations = compile_routes(plugin, f"{self._base}/{prefix}".rstrip("/"), routes, inside=prefix)
            _refuse_digits(operations)
            known = [other for other in self.operations if other.placeless]
            _refuse_taken(operations, known)
            self._placeless = Table([*known, *operations])
        else:
            operations = compile_routes(plugin, f"{self._base}/{{place}}/{prefix}", routes)
            self._placed[prefix] = (plugin, Table(operations))
        self.operations += tuple(operations)

    def reader_of(self, operation: Operation) -> Operation | None:
        """The operation that reads what ``operation`` answers, if it names one."""
        return next((other for other in self.operations if other.reads_for(operation)), None)

    def find(self, method: str, path: str, *, writes: bool = False) -> Match:
        """The operation for a raw path below the base; ``NotFound`` or ``MethodNotAllowed`` when there is none.

        A plugin that is off in the county answers exactly as a path that never was.
        """
        segments = _segments(path)
        if segments and segments[0][:1].isdigit():
            return self._find_placed(method, segments, writes)
        operation = _choose(self._placeless.find(segments), method)
        return Match(operation, None, _arguments(operation, segments))

    def methods(self, path: str) -> Collection[str]:
        """The methods that there are at a raw path; none where nothing is, or is on."""
        with contextlib.suppress(NotFound):
            segments = _segments(path)
            if not segments[0][:1].isdigit():
                return self._placeless.find(segments).keys()
            _, table = self._placed_at(segments)
            return table.find(segments[2:]).keys()
        return ()

    def _find_placed(self, method: str, segments: tuple[str, ...], writes: bool) -> Match:
        place, table = self._placed_at(segments)
        operation = _choose(table.find(segments[2:]), method)
        if (writes or operation.writes) and place.county is None and not operation.route.at_city:
            raise ChooseCounty
        return Match(operation, place, _arguments(operation, segments[2:]))

    def _placed_at(self, segments: tuple[str, ...]) -> tuple[Region, Table]:
        place = self._regions().get(segments[0])
        plugin, table = self._placed.get(segments[1] if len(segments) > 1 else "", ("", Table(())))
        if place is None or not self._is_on(place, plugin):
            raise NotFound
        return place, table

    def _is_on(self, place: Region, plugin: str) -> bool:
        if not self._switches.is_on(place.county, plugin):
            return False
        counties = self._switches.counties_with(plugin)
        if place.county is not None or not counties:
            # A county, or a part of the hub itself, which is on everywhere.
            return True
        return any(place.code in county.path for code in counties if (county := self._regions().get(code)) is not None)


def _segments(path: str) -> tuple[str, ...]:
    try:
        segments = tuple(unquote_to_bytes(part).decode() for part in path.split("/"))
    except UnicodeDecodeError:
        raise NotFound from None
    if any(not part or "\0" in part for part in segments):
        raise NotFound
    return segments


def _choose(methods: Mapping[str, Operation], method: str) -> Operation:
    if not methods:
        raise NotFound
    operation = methods.get("GET" if method == "HEAD" else method)
    if operation is None:
        raise MethodNotAllowed
    return operation


def _arguments(operation: Operation, segments: tuple[str, ...]) -> dict[str, str]:
    return {
        part[1:-1]: segment for part, segment in zip(operation.segments, segments, strict=True) if part.startswith("{")
    }


def _refuse_digits(operations: Iterable[Operation]) -> None:
    wrong = [known.where for known in operations if not known.segments or known.segments[0][:1].isdigit()]
    if wrong:
        raise SetupError(*(f"{where}: this path would be taken for a place; begin it with a word" for where in wrong))


def _refuse_taken(operations: Iterable[Operation], known: Iterable[Operation]) -> None:
    """The later of two at one path would answer in the place of the other."""
    owners = {(other.method, other.shape): other.plugin for other in known}
    wrong = [(each, owners[key]) for each in operations if (key := (each.method, each.shape)) in owners]
    if wrong:
        raise SetupError(
            *(f"{each.where}: plugin '{owner}' has this path already: name another" for each, owner in wrong)
        )
