"""What was sent, held beside the shape that it should have, before it is converted.

msgspec leaves out keys that it does not know, takes integers of any size, nests without end, years that no zone can shift, and
times without a zone. All of it is told or mended here, for every door alike.
"""

from __future__ import annotations

import difflib
import functools
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec
from msgspec import inspect

from hub.words.clock import SHANGHAI
from hub.words.errors import Invalid, Malformed

# BSON keeps integers of 64 bits.
LARGEST = 2**63 - 1
# Our deepest body has 4 levels. Whoever walks a body may do so by recursion.
DEEPEST = 32
# Dates of birth begin, and 长期 ends, within these years; years 1 and 9999 cannot be shifted to another zone.
FIRST_YEAR, LAST_YEAR = 1900, 2199
# Of what is wrong so much is told, of a key's name so far: the rest would cost seconds, and nobody reads it.
MOST_TOLD, LONGEST_TOLD = 20, 40

BAD_TIME = "日期或时间不正确。"
BAD_DATE = "日期不正确，应如2026-11-23。"
OUT_OF_RANGE = f"年份应在{FIRST_YEAR}至{LAST_YEAR}之间。"

Wrong: TypeAlias = dict[str, str]


def check_bounds(plain: Any) -> None:
    """Refuse what is nested deeper, or has larger numbers, than anything that the hub keeps."""
    waiting = [(plain, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, dict | list | tuple):
            if depth > DEEPEST:
                raise Malformed("内容嵌套的层数太多。")
            inner = value.values() if isinstance(value, dict) else value
            waiting.extend((each, depth + 1) for each in inner)
        elif not _fits(value):
            raise Invalid("数字太大。")


def _fits(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or -LARGEST <= value <= LARGEST


def unknown(given: Iterable[str], known: Collection[str], path: str = "") -> Wrong:
    """What to say of keys that nobody knows: misspelt, they would be left out in silence."""
    strange = [name for name in given if name not in known]
    return {f"{path}{name[:LONGEST_TOLD]}": _no_such_key(name, known) for name in strange[:MOST_TOLD]}


def _no_such_key(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name[:LONGEST_TOLD], known, n=1)
    return f"没有这个字段，是否应为“{close[0]}”？" if close else "没有这个字段。"


def tidied(plain: Any, kind: Any) -> tuple[Any, Wrong]:
    """``plain`` with dates and times read, those without a zone as Asia/Shanghai; and what is wrong, by path."""
    wrong: Wrong = {}
    return _tidied(plain, _shape(kind), "", wrong), wrong


@functools.cache
def _shape(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _tidied(value: Any, shape: inspect.Type, path: str, wrong: Wrong) -> Any:
    fitting = _fitting(value, shape)
    tidy = _TIDY.get(type(fitting))
    return value if tidy is None else tidy(value, fitting, path, wrong)


def _fitting(value: Any, shape: inspect.Type) -> inspect.Type | None:
    """The one shape for such a value; None where nothing is to be done, or several would do."""
    possible = shape.types if isinstance(shape, inspect.UnionType) else (shape,)
    fitting = [each for each in possible if isinstance(each, _FOR.get(type(value), ()))]
    return fitting[0] if len(fitting) == 1 else None


def _struct(value: Mapping[str, Any], shape: inspect.StructType, path: str, wrong: Wrong) -> Any:
    inside = f"{path}." if path else ""
    fields = {field.encode_name: field.type for field in shape.fields}
    if len(wrong) < MOST_TOLD:
        wrong |= unknown(value, fields, inside)
    return {
        name: _tidied(inner, fields[name], inside + name, wrong) if name in fields else inner
        for name, inner in value.items()
    }


def _mapping(value: Mapping[str, Any], shape: inspect.DictType, path: str, wrong: Wrong) -> Any:
    inside = f"{path}." if path else ""
    return {
        name: _tidied(inner, shape.value_type, inside + name[:LONGEST_TOLD], wrong) for name, inner in value.items()
    }


def _items(value: list[Any], shape: inspect.ListType, path: str, wrong: Wrong) -> Any:
    return [_tidied(inner, shape.item_type, f"{path}[{index}]", wrong) for index, inner in enumerate(value)]


def _time(value: str, shape: inspect.DateTimeType, path: str, wrong: Wrong) -> Any:
    return _read(value, datetime, path, wrong, BAD_TIME)


def _date(value: str, shape: inspect.DateType, path: str, wrong: Wrong) -> Any:
    return _read(value, date, path, wrong, BAD_DATE)


def _read(value: str, kind: type[date], path: str, wrong: Wrong, saying: str) -> Any:
    try:
        read = msgspec.convert(value, kind)
    except (msgspec.ValidationError, ValueError, OverflowError):
        _tell(wrong, path, saying)
        return value
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        _tell(wrong, path, OUT_OF_RANGE)
    return read.replace(tzinfo=SHANGHAI) if isinstance(read, datetime) and read.tzinfo is None else read


def _tell(wrong: Wrong, path: str, saying: str) -> None:
    if len(wrong) < MOST_TOLD:
        wrong[path] = saying


_LISTS = (inspect.ListType, inspect.VarTupleType, inspect.SetType, inspect.FrozenSetType)
_TIDY: Mapping[type, Callable[..., Any]] = MappingProxyType(
    {
        inspect.StructType: _struct,
        inspect.DictType: _mapping,
        **dict.fromkeys(_LISTS, _items),
        inspect.DateTimeType: _time,
        inspect.DateType: _date,
    }
)
_FOR: Mapping[type, tuple[type, ...]] = MappingProxyType(
    {
        dict: (inspect.StructType, inspect.DictType),
        list: _LISTS,
        # Text goes before: what may be either stays what it is.
        str: (inspect.StrType, inspect.DateTimeType, inspect.DateType),
    }
)
