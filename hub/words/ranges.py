"""What a number in the settings may be: a range beside its type, read by ``hub check``, the start and the reference pages.

``port: Annotated[int, Range(0, 65535)] = 8080``. Of kinds that come often there are names (:data:`Count`, :data:`Poll`, …).
A number without one, as third parties' plugins may have it, has the widest of its kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, TypeAlias, get_args, get_origin, get_type_hints

import msgspec

Number: TypeAlias = int | float | timedelta


class Range(msgspec.Struct, frozen=True):
    """From ``least`` to ``most``, both included."""

    least: Number
    most: Number

    def holds(self, value: Any) -> bool:
        """Whether the value lies in it; no number does that is none (NaN)."""
        return bool(self.least <= value <= self.most)

    def __str__(self) -> str:
        return f"{plain(self.least)} to {plain(self.most)}"


_MS, _S, _MIN, _HOUR, _DAY = (
    timedelta(milliseconds=1),
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
_CENTURY = 36_500 * _DAY

Port: TypeAlias = Annotated[int, Range(0, 65_535)]
# Of things in memory or in hand.
Count: TypeAlias = Annotated[int, Range(1, 1_000_000)]
Many: TypeAlias = Annotated[int, Range(1, 1_000_000_000)]
Threads: TypeAlias = Annotated[int, Range(1, 64)]
# Bytes of something that is held in memory.
Bytes: TypeAlias = Annotated[int, Range(1 << 10, 1 << 30)]
# How often something is looked at.
Poll: TypeAlias = Annotated[timedelta, Range(10 * _MS, _MIN)]
# How long a dead node keeps what it held: shorter than a pause of the database would have it done twice.
Lease: TypeAlias = Annotated[timedelta, Range(_S, 10 * _MIN)]
# How long something is waited for, or put off.
Wait: TypeAlias = Annotated[timedelta, Range(_MS, _HOUR)]
# How long somebody may stay away, or something is tried.
Long: TypeAlias = Annotated[timedelta, Range(_S, 3_660 * _DAY)]
# How long something is kept.
Kept: TypeAlias = Annotated[timedelta, Range(_MIN, _CENTURY)]

WIDEST: Mapping[type, Range] = {
    int: Range(0, 1_000_000_000),
    float: Range(0.0, 1e9),
    timedelta: Range(timedelta(0), _CENTURY),
}


def range_of(hint: Any) -> Range | None:
    """The range of an annotated number; None where there is none of its own."""
    marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((mark for mark in marks if isinstance(mark, Range)), None)


def violations(value: Any, hint: Any, path: str) -> Iterator[str]:
    """Every number in a settings value that lies outside its range: its name, what it is, what it may be."""
    if isinstance(value, msgspec.Struct):
        yield from _of_record(value, path)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from violations(item, _inside(hint), f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for number, item in enumerate(value):
            yield from violations(item, _inside(hint), f"{path}[{number}]")
    elif type(value) in WIDEST and hint is not Any:  # Of no stated kind: whoever reads it checks it.
        allowed = _range_within(hint) or WIDEST[type(value)]
        if not allowed.holds(value):
            yield f"{path}: {plain(value)} is out of range: {allowed}"


def _of_record(record: msgspec.Struct, path: str) -> Iterator[str]:
    hints = get_type_hints(type(record), include_extras=True)
    for field in msgspec.structs.fields(record):
        yield from violations(getattr(record, field.name), hints[field.name], f"{path}.{field.encode_name}")


def _inside(hint: Any) -> Any:
    """Of what a list or a mapping holds; also in ``X | None`` and in an annotated one."""
    if get_origin(hint) is Annotated:
        return _inside(get_args(hint)[0])
    parts = [part for part in get_args(hint) if part not in (Ellipsis, type(None))]
    return parts[-1] if parts else Any


def _range_within(hint: Any) -> Range | None:
    """Also in ``X | None``."""
    found = (range_of(part) for part in (hint, *get_args(hint)))
    return next((each for each in found if each is not None), None)


def plain(value: Number) -> str:
    """A number as config.yaml has it; times in ISO 8601, in their largest whole unit: PT10M, not PT600S."""
    if not isinstance(value, timedelta):
        return str(value)
    if not value:
        return "PT0S"
    for unit, sign in ((_DAY, "P{}D"), (_HOUR, "PT{}H"), (_MIN, "PT{}M")):
        if not value % unit:
            return sign.format(value // unit)
    return str(msgspec.to_builtins(value))
