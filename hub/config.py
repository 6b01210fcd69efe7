"""Reading config.yaml: one file, environment variables for secrets, and every problem told at once with its fix."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec
import yaml

from hub.errors import SetupError

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
    try:
        found = yaml.load(text, Loader=yaml.CSafeLoader) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise SetupError(f"{path}:{where} is no YAML: {getattr(error, 'problem', error)}") from None
    if not isinstance(found, dict):
        raise SetupError(f"{path}: must be a mapping of sections")
    missing: list[str] = []
    filled: dict[str, Any] = _fill(found, missing)
    if missing:
        raise SetupError(*(f"{path}: environment variable {name} is not set" for name in sorted(set(missing))))
    return filled


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


def convert(given: Mapping[str, Any], kind: type[T], where: str = "config.yaml") -> T:
    """The settings record ``kind``. Raises ``SetupError`` naming every unknown key (with the nearest known one) and bad value."""
    problems = [*_unknown(given, kind, where)]
    try:
        settings = msgspec.convert(given, kind, strict=False, dec_hook=_read_path)
    except msgspec.ValidationError as error:
        raise SetupError(*problems, f"{where}: {error}") from None
    if problems:
        raise SetupError(*problems)
    return settings


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
        path = f"{where}: {key}" if where.endswith(".yaml") else f"{where}.{key}"
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
