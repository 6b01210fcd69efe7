"""Reading config.yaml: one file, environment variables for secrets, and every problem told at once with its fix."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import yaml

from hub.words.errors import SetupError
from hub.words.ranges import violations

T = TypeVar("T")
VARIABLE = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?::-([^}]*))?\}")


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file with ``${NAME}`` and ``${NAME:-default}`` filled in from the environment.

    Raises ``SetupError`` for a missing file, broken YAML (with line and column), or a variable that is not set.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{path}: cannot be read ({error.strerror}): name another with --config") from None
    found = _parsed(text, path)
    missing: list[str] = []
    filled: dict[str, Any] = _fill(found, missing)
    if missing:
        raise SetupError(*(f"{path}: environment variable {name} is not set" for name in sorted(set(missing))))
    return filled


class _Loader(yaml.CSafeLoader):
    """YAML lets a later key silently replace an earlier one; here each such key is noted."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        first: dict[Any, int] = {}
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if key.value in first:
                self.twice.append(f"line {line}: '{key.value}' stands there twice (first in line {first[key.value]})")
            elif isinstance(key, yaml.ScalarNode):
                first[key.value] = line
        return super().construct_mapping(node, deep)


def _parsed(text: str, path: Path) -> dict[str, Any]:
    loader = _Loader(text)
    try:
        found = loader.get_single_data() or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SetupError(f"{path}:{where} is no YAML: {getattr(error, 'problem', error)}") from None
    finally:
        loader.dispose()
    if not isinstance(found, dict):
        raise SetupError(f"{path}: must be a mapping of sections")
    if loader.twice:
        raise SetupError(*(f"{path}: {words}: take one away" for words in loader.twice))
    return found


def _fill(value: Any, missing: list[str]) -> Any:
    if isinstance(value, dict):
        return {str(key): _fill(item, missing) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, missing) for item in value]
    if not isinstance(value, str):
        return value

    def put(match: re.Match[str]) -> str:
        found: str | None = os.environ.get(match[1], match[2])
        if found is None:
            missing.append(match[1])
            return ""
        return found

    return VARIABLE.sub(put, value)


def convert(given: Mapping[str, Any], kind: type[T], where: str = "config.yaml", *, strict: bool = False) -> T:
    """The settings record ``kind``. ``strict``: a number as text is none (what the environment fills in is text).

    Raises ``SetupError`` naming every unknown key (with the nearest known one), every value of a wrong kind, and every
    number out of its range.
    """
    if problems := [*_unknown(given, kind, where), *_wrong(given, kind, where, strict)]:
        raise SetupError(*problems)
    try:
        return msgspec.convert(given, kind, strict=strict, dec_hook=_read_path)
    except msgspec.ValidationError as error:
        raise SetupError(f"{where}: {error}") from None


def _wrong(value: Any, hint: Any, path: str, strict: bool) -> Iterator[str]:
    """The problems of a value and of all below it, each with its own name."""
    struct = _struct_in(hint)
    if struct is not None and isinstance(value, Mapping):
        yield from _wrong_fields(value, struct, path, strict)
    elif struct is not None and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _wrong(item, struct, f"{path}[{number}]", strict)
    else:
        try:
            converted = msgspec.convert(value, hint, strict=strict, dec_hook=_read_path)
        except msgspec.ValidationError as error:
            yield f"{path}: {error}"
        else:
            yield from violations(converted, hint, path)


def _wrong_fields(given: Mapping[str, Any], struct: type[msgspec.Struct], path: str, strict: bool) -> Iterator[str]:
    hints = get_type_hints(struct, include_extras=True)
    for field in msgspec.structs.fields(struct):
        below = _below(path, field.encode_name)
        if field.encode_name in given:
            yield from _wrong(given[field.encode_name], hints[field.name], below, strict)
        elif field.required:
            yield f"{below} is needed"


def _below(path: str, key: str) -> str:
    return f"{path}: {key}" if path.endswith(".yaml") else f"{path}.{key}"


def _read_path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise msgspec.ValidationError(f"Expected `{kind.__name__}`, got `{type(value).__name__}`")


def _unknown(given: Any, kind: Any, where: str) -> list[str]:
    struct = _struct_in(kind)
    if struct is None or not isinstance(given, Mapping):
        return []
    hints = get_type_hints(struct)
    known = {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}
    problems = []
    for key, value in given.items():
        path = _below(where, key)
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            problems.append(
                f"{path} is unknown." + (f" Did you mean '{close[0]}'?" if close else f" Known are: {', '.join(known)}")
            )
            continue
        items = value if isinstance(value, list) else [value]
        problems += [problem for item in items for problem in _unknown(item, known[key], path)]
    return problems


def _struct_in(kind: Any) -> type[msgspec.Struct] | None:
    """The record type inside ``X``, ``X | None``, ``tuple[X, ...]``; None for mappings and plain values."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind
    if get_origin(kind) in (dict, Mapping):
        return None
    return next((found for part in get_args(kind) if (found := _struct_in(part)) is not None), None)
