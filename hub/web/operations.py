"""Route records compiled into operations: what each reads, what it answers, checked once before the hub listens."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_origin

import msgspec

from hub.rules.sources import place_of
from hub.words.contributions import Access, Paged, Raw, Route, Upload, Visit
from hub.words.errors import SetupError
from hub.words.personal import Personal

_PARAMETER = re.compile(r"\{(\w+)\}")
_SEGMENT = re.compile(r"\{\w+\}|[A-Za-z0-9][A-Za-z0-9._~-]*")
_PATH_TYPES = (str, int)


@dataclass(frozen=True, slots=True)
class Operation:
    """A route that can be run. ``template`` is its whole path, for logs, metrics and OpenAPI; ``segments`` what is matched:
    the path behind ``/api/v1/{place}/{plugin}``, or behind ``/api/v1`` for a placeless one."""

    plugin: str
    route: Route
    template: str
    placeless: bool
    segments: tuple[str, ...]
    parameters: Mapping[str, type]
    query: type[msgspec.Struct] | None
    body: type[msgspec.Struct] | None
    upload: bool
    visit: bool
    answer: Any  # a Struct type, Paged[…], Raw or None
    summary: str

    @property
    def method(self) -> str:
        return self.route.method

    @property
    def access(self) -> Access:
        return self.route.access

    @property
    def writes(self) -> bool:
        return self.route.method != "GET"

    @property
    def looks(self) -> bool:
        """Nothing is changed by it, whatever it asks by."""
        return not self.writes or self.route.changes_nothing

    @property
    def call(self) -> Callable[..., Awaitable[Any]]:
        return self.route.call

    @property
    def asks(self) -> type[msgspec.Struct] | None:
        """What a form of it is filled in for: its body, or where a file is sent its query."""
        return self.query if self.upload else self.body

    @property
    def status(self) -> int:
        """204 for an operation that answers nothing and says no other status."""
        return 204 if self.answer is None and self.route.status == 200 else self.route.status

    def reads_for(self, other: Operation) -> bool:
        """Whether this is the operation that the other names in ``reads``."""
        return self.method == "GET" and self.plugin == other.plugin and self.route.path == other.route.reads

    @property
    def shape(self) -> tuple[str | None, ...]:
        """What is matched of a path; None for a parameter."""
        return tuple(None if part.startswith("{") else part for part in self.segments)

    @property
    def where(self) -> str:
        """As a problem of it begins: ``plugin 'visits': plugins/visits/plugin.py:7: route GET /visits (…)``."""
        return _where(self.plugin, self.route)

    @property
    def name(self) -> str:
        """``GET /api/v1/{place}/worklist/tasks``: what logs and metrics call it."""
        return f"{self.method} {self.template}"


def compile_routes(plugin: str, base: str, routes: Iterable[Route], *, inside: str | None = None) -> list[Operation]:
    """The operations of one plugin below the path ``base``. Raises one ``SetupError`` with the problems of all of them.

    ``inside`` is the prefix of a placeless plugin, which is matched together with the route's own path.
    """
    operations: list[Operation] = []
    problems: list[str] = []
    seen: set[tuple[str, str]] = set()
    for route in routes:
        operation, found = _compile(plugin, base, route, inside)
        shape = (route.method, _PARAMETER.sub("{}", route.path))
        if shape in seen:
            found.append("this method and path are declared twice; remove one")
        seen.add(shape)
        problems += [f"{_where(plugin, route)}: {problem}" for problem in found]
        if not found:
            operations.append(operation)
    problems += [
        f"{operation.where}: {problem}"
        for operation in operations
        if (problem := _repeat_problem(operation, operations)) is not None
    ]
    if problems:
        raise SetupError(*problems)
    return operations


def _repeat_problem(operation: Operation, operations: Iterable[Operation]) -> str | None:
    """What is wrong with what it says of its repeats."""
    route = operation.route
    if route.changes_nothing:
        return route.reads and "reads is for the repeat of what changes something; what changes nothing is run again"
    if route.reads is not None and (problem := _reader_problem(operation, operations)):
        return f"reads {route.reads}: {problem}"
    if operation.writes and get_origin(operation.answer) is Paged:
        return "answers a page of a list, which is not kept for a repeat: say changes_nothing=True, or answer what it has changed"
    return None


def _reader_problem(operation: Operation, operations: Iterable[Operation]) -> str | None:
    """What is wrong with the operation that it names for a repeat."""
    reader = next((other for other in operations if other.reads_for(operation)), None)
    if reader is None:
        return "there is no such GET route"
    if reader.answer != operation.answer:
        return "that answers something else"
    asked = set(reader.parameters) - set(operation.parameters)
    if len(asked) > 1:
        return "more is asked there than the id of the answer"
    if asked and "id" not in getattr(operation.answer, "__struct_fields__", ()):
        return "the answer has no field id, by which it would be read"
    return None


def _compile(plugin: str, base: str, route: Route, inside: str | None) -> tuple[Operation, list[str]]:
    reading = _Reading(route.call)
    in_path = _PARAMETER.findall(route.path)
    parameters = {name: reading.take_parameter(name) for name in in_path}
    query, body, upload = reading.take("query"), reading.take("body"), reading.take("upload")
    visit = reading.take("visit")
    operation = Operation(
        plugin=plugin,
        route=route,
        template=base + route.path,
        placeless=inside is not None,
        segments=tuple(part for part in f"{inside or ''}{route.path}".split("/") if part),
        parameters=parameters,
        query=query,
        body=body,
        upload=upload is not None,
        visit=visit is not None,
        answer=reading.answer(),
        summary=(inspect.getdoc(route.call) or "").split("\n", 1)[0],
    )
    problems = [*reading.problems, *reading.left_over(), *_path_problems(route.path, in_path)]
    problems += _struct_problems("query", query) + _struct_problems("body", body)
    if upload is not None and upload is not Upload:
        problems.append("upload must be annotated as hub.api.Upload")
    if visit is not None and visit is not Visit:
        problems.append("visit must be annotated as hub.words.contributions.Visit")
    if upload is not None and body is not None:
        problems.append("has both body and upload; send the fields with another request")
    if route.method == "GET" and (body is not None or upload is not None):
        problems.append("GET reads no body; use query, or POST")
    problems += _answer_problems(operation.answer)
    return operation, problems


class _Reading:
    """One signature, read name by name; what is never asked for is left over."""

    def __init__(self, call: Callable[..., Any]) -> None:
        self.problems: list[str] = []
        self._call = call
        # A plain function of a partial or bound method; its globals resolve annotations that are text.
        self._globals = getattr(inspect.unwrap(getattr(call, "__func__", call)), "__globals__", {})
        signature = inspect.signature(call)
        self._returns = signature.return_annotation
        # The first parameter is the context, whatever it is called.
        self._parameters = dict(list(signature.parameters.items())[1:])
        if not signature.parameters:
            self.problems.append("takes no context; its first parameter must be ctx")
        if not inspect.iscoroutinefunction(call):
            self.problems.append("is no coroutine; write async def")

    def take(self, name: str) -> Any:
        parameter = self._parameters.pop(name, None)
        return None if parameter is None else self._resolve(parameter.annotation, name)

    def take_parameter(self, name: str) -> type:
        if name not in self._parameters:
            self.problems.append(f"{{{name}}} is in the path, but not among the parameters")
            return str
        kind = self.take(name)
        if kind not in _PATH_TYPES:
            self.problems.append(f"parameter {name} of the path must be str or int, not {kind!r}")
            return str
        return kind  # type: ignore[no-any-return]

    def answer(self) -> Any:
        if self._returns is inspect.Signature.empty:
            self.problems.append("has no return annotation; write -> None for an empty answer")
            return None
        kind = self._resolve(self._returns, "the return value")
        return None if kind in (None, NoneType) else kind

    def left_over(self) -> list[str]:
        return [
            f"parameter {name} comes from nowhere; known are names in the path, query, body, upload and visit"
            for name, parameter in self._parameters.items()
            if parameter.default is inspect.Parameter.empty
        ]

    def _resolve(self, annotation: Any, name: str) -> Any:
        if annotation is inspect.Parameter.empty:
            self.problems.append(f"parameter {name} has no annotation")
            return None
        if not isinstance(annotation, str):
            return annotation
        try:
            # As typing.get_type_hints does; the text is the plugin's own source.
            return eval(annotation, self._globals)  # noqa: S307
        except (NameError, AttributeError, TypeError, SyntaxError) as error:
            self.problems.append(
                f"annotation {annotation!r} of {name} cannot be resolved ({error}); import it outside TYPE_CHECKING"
            )
            return None


def _path_problems(path: str, in_path: list[str]) -> Iterator[str]:
    if path and not path.startswith("/"):
        yield f"path must begin with /, such as /{path}"
    if path.endswith("/"):
        yield "path must not end with /"
    for segment in path.split("/")[1:]:
        if segment and not _SEGMENT.fullmatch(segment):
            yield f"segment {segment!r} must be plain text or one {{parameter}}"
    if len(set(in_path)) < len(in_path):
        yield "a parameter stands twice in the path"


def _struct_problems(name: str, kind: Any) -> list[str]:
    if kind is None:
        return []
    if not is_struct(kind):
        return [f"{name} must be annotated with a msgspec.Struct, not {kind!r}"]
    try:
        _personal_names(kind)
    except (TypeError, NameError) as error:
        return [f"{name}: msgspec cannot read {kind!r}: {error}"]
    return []


def _answer_problems(kind: Any) -> list[str]:
    if kind is None or kind is Raw:
        return []
    if not is_struct(kind) and not (get_origin(kind) is list and is_struct(get_args(kind)[0])):
        return [f"must return a msgspec.Struct, a list of them, Paged[…], Raw or None, not {kind!r}"]
    try:
        personal = _personal_names(kind)
    except (TypeError, NameError) as error:
        return [f"msgspec cannot write {kind!r}: {error}"]
    return [f"answers the personal type {name}; answer a masked str instead" for name in personal]


# Several times the shapes of all plugins.
@lru_cache(4_096)
def _personal_names(kind: Any) -> tuple[str, ...]:
    """Which personal types stand anywhere in this shape. Looked up once a process: it costs milliseconds and never changes.

    Raises ``TypeError`` or ``NameError`` where msgspec cannot read the shape.
    """
    return tuple(sorted(set(personal_in(msgspec.inspect.type_info(kind)))))


def is_struct(kind: Any) -> bool:
    plain = get_origin(kind) or kind
    return isinstance(plain, type) and issubclass(plain, msgspec.Struct)


def personal_in(kind: Any, seen: frozenset[int] = frozenset()) -> Iterator[str]:
    """Names of the personal types anywhere below a ``msgspec.inspect`` type: they never leave through an answer."""
    if id(kind) in seen:
        return
    seen |= {id(kind)}
    if isinstance(kind, msgspec.inspect.CustomType):
        plain = get_origin(kind.cls) or kind.cls
        if issubclass(plain, Personal):
            yield plain.__name__
    for inner in _inside(kind):
        yield from personal_in(inner, seen)


def _inside(kind: Any) -> Iterator[Any]:
    """The types directly below one of ``msgspec.inspect``'s types, which are Structs themselves."""
    for name in getattr(kind, "__struct_fields__", ()):
        value = getattr(kind, name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, msgspec.inspect.Type | msgspec.inspect.Field):
                yield inner


def _where(plugin: str, route: Route) -> str:
    path = route.path or "(no path)"
    return f"plugin '{plugin}': {place_of(route.call)}route {route.method} {path} ({_name(route.call)})"


def _name(call: Any) -> str:
    return f"{getattr(call, '__module__', '?')}.{getattr(call, '__qualname__', repr(call))}"
