"""From what was sent to typed records, with every problem of every field reported at once, in Chinese.

Text is cleaned here, once, before any rule looks at it: behind this door "" means that nothing can be seen. Digests of
requests are taken over the bytes that were sent, before. msgspec stops at the first problem, which is right for the many good
requests: they are converted in one step, once the shape of what was sent has been looked at (:mod:`hub.web.shapes`). Only a
refused one is walked again, field by field.
"""

from __future__ import annotations

import functools
import itertools
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

from hub.web.shapes import MOST_TOLD, check_bounds, tidied, unknown
from hub.words import idnumbers
from hub.words.clock import Clock, today
from hub.words.errors import Invalid, Malformed
from hub.words.personal import CardText, IdNumberText, Personal, PhoneText
from hub.words.sayings import said
from hub.words.text import AS_TYPED, clean, cleaned

T = TypeVar("T")

# BSON's keys end at a NUL; nobody types one.
NO_NUL = "内容含有不允许的字符。"


class Nothing(msgspec.Struct, frozen=True):
    """What is read where nothing is asked for: any key is one that nobody knows."""


class Decoder:
    """Reads JSON bodies and query strings. Personal fields (``IdNumberText`` …) are checked and made on the way in."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def json(self, raw: bytes, kind: type[T]) -> T:
        """The record in a JSON body; ``Malformed`` for what is no JSON, ``Invalid`` with all fields for what breaks a rule."""
        return self._read(_plain(raw, kind), kind, strict=True)

    def query(self, arguments: Mapping[str, Sequence[str]], kind: type[T]) -> T:
        """The record in a query string. A field left empty counts as not given, as forms send it."""
        strange = unknown(arguments, [name for name, _ in _fields(_struct_in(kind))])
        record = self._read(dict(_gather(arguments, kind)), kind, strict=False, wrong=strange)
        check_bounds(msgspec.structs.astuple(record) if isinstance(record, msgspec.Struct) else record)
        return record

    def form(self, arguments: Mapping[str, Sequence[str]], kind: type[T]) -> T:
        """The record that a form was filled in for: ``a.b`` stands for a field of a field or a key of a dictionary, ``a.0.b`` for one of
        a list's. A key that was left empty is there all the same. Everything else is as in a query string."""
        strange = unknown(
            {name.partition(".")[0]: "" for name in arguments}, [name for name, _ in _fields(_struct_in(kind))]
        )
        record = self._read(dict(_unfolded(arguments, kind)), kind, strict=False, wrong=strange)
        check_bounds(msgspec.to_builtins(record, enc_hook=str))
        return record

    def _read(self, plain: Any, kind: type[T], *, strict: bool, wrong: Mapping[str, str] = {}) -> T:
        """The record, or every problem at once: those that are known already, and those of every field."""
        tidy, found = tidied(plain, kind)
        wrong = {**wrong, **found}
        try:
            record = msgspec.convert(tidy, kind, strict=strict, dec_hook=self._personal)
        except msgspec.ValidationError:
            raise Invalid(fields=self._all_problems(tidy, kind, strict=strict) | wrong) from None
        if wrong:
            raise Invalid(fields=wrong)
        return record

    def value(self, text: str, kind: type[T]) -> T:
        """One parameter of a path; raises ``msgspec.ValidationError``, or ``Invalid`` for a number that nothing has."""
        read = msgspec.convert(text, kind, strict=False)
        check_bounds(read)
        return read

    def _personal(self, kind: type, typed: Any) -> Any:
        """Read what a person typed into a personal field, or say what is wrong with it, never what it was."""
        if not isinstance(typed, str):
            raise TypeError("应为文字。")
        try:
            if kind is IdNumberText:
                return IdNumberText(idnumbers.parse(typed, today(self._clock)).number)
            if kind is CardText:
                return CardText(idnumbers.card(typed))
            if kind is PhoneText:
                return PhoneText(idnumbers.phone(typed))
        except idnumbers.BadNumber as problem:
            raise ValueError(problem.text) from None
        if issubclass(kind, Personal):
            return kind(typed)
        raise NotImplementedError(f"no way to read a {kind.__name__} from JSON")

    def _all_problems(self, value: Any, kind: Any, *, strict: bool) -> dict[str, str]:
        return dict(self._problems(value, kind, "", strict))

    def _problems(self, value: Any, kind: Any, path: str, strict: bool) -> Iterator[tuple[str, str]]:
        """(path, saying) below ``value``, the first of many in a list; whatever msgspec would refuse gives at least one."""
        struct, item = _struct_in(kind), _item_in(kind)
        found: list[tuple[str, str]] = []
        if struct is not None and isinstance(value, dict):
            found = [
                problem
                for name, inner in _fields(struct)
                if name in value
                for problem in self._problems(value[name], inner, f"{path}.{name}", strict)
            ]
            found += [(f"{path}.{name}".lstrip("."), "必填。") for name in _missing(struct, value)]
        elif item is not None and isinstance(value, list):
            every = (self._problems(inner, item, f"{path}[{index}]", strict) for index, inner in enumerate(value))
            found = list(itertools.islice(itertools.chain.from_iterable(every), MOST_TOLD))
        if found:
            yield from found
            return
        try:
            msgspec.convert(value, kind, strict=strict, dec_hook=self._personal)
        except msgspec.ValidationError as problem:
            yield said(str(problem), path)


def _plain(raw: bytes, kind: Any) -> Any:
    """What the JSON says, within bounds, its text cleaned."""
    if b"\\u0000" in raw:
        raise Malformed(NO_NUL)
    try:
        plain = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed("请求内容不是正确的JSON。") from None
    # Before anything walks it by recursion.
    check_bounds(plain)
    return cleaned(plain, _as_typed(kind))


def _gather(arguments: Mapping[str, Sequence[str]], kind: Any) -> Iterator[tuple[str, Any]]:
    if any("\0" in value for values in arguments.values() for value in values):
        raise Malformed(NO_NUL)
    as_typed = _as_typed(kind)
    for name, inner in _fields(_struct_in(kind)):
        typed = arguments.get(name, ())
        values = [value for value in (typed if name in as_typed else map(clean, typed)) if value]
        if _item_in(inner) is not None:
            if values:
                yield name, values
        elif len(values) > 1:
            raise Invalid(fields={name: "只能有一个值。"})
        elif values:
            yield name, values[0]


def _unfolded(arguments: Mapping[str, Sequence[str]], kind: Any) -> Iterator[tuple[str, Any]]:
    """What was typed, as the record's own shape: structs and lists of them hold what stands behind their dot."""
    plain = dict(_gather(arguments, kind))
    for name, inner in _fields(_struct_in(kind)):
        below = _below(arguments, name)
        item = _item_in(inner)
        if _struct_in(inner) is not None and below:
            yield name, dict(_unfolded(below, inner))
        elif item is not None and _struct_in(item) is not None:
            places = sorted(
                {at for key in below if (at := key.partition(".")[0]).isdecimal() and at.isascii() and len(at) < 4},
                key=int,
            )
            rows = [dict(_unfolded(_below(below, at), item)) for at in places]
            yield name, [row for row in rows if row]
        elif _value_in(inner) is not None and below:
            yield name, dict(_keyed(below, _value_in(inner), name))
        elif name in plain:
            yield name, plain[name]


def _keyed(arguments: Mapping[str, Sequence[str]], kind: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What was typed under the keys of a dictionary whose values are of this kind."""
    for key, typed in arguments.items():
        values = [clean(value) for value in typed]
        if _item_in(kind) is not None:
            yield key, [value for value in values if value]
        elif len(values) > 1:
            raise Invalid(fields={f"{name}.{key}": "只能有一个值。"})
        else:
            yield key, "".join(values)


def _below(arguments: Mapping[str, Sequence[str]], name: str) -> dict[str, Sequence[str]]:
    head = f"{name}."
    return {key.removeprefix(head): values for key, values in arguments.items() if key.startswith(head)}


@functools.cache
def _as_typed(kind: Any) -> frozenset[str]:
    """The fields below a type whose text is not cleaned: passwords, codes, tokens."""
    struct = _struct_in(_item_in(kind) or kind)
    fields = _fields(struct) if struct is not None else []
    below = (_as_typed(inner) for _, inner in fields)
    return frozenset(name for name, inner in fields if _is_as_typed(inner)).union(*below)


def _is_as_typed(kind: Any) -> bool:
    return kind == AS_TYPED or any(map(_is_as_typed, (*get_args(kind), *getattr(kind, "__metadata__", ()))))


def _fields(struct: Any) -> list[tuple[str, Any]]:
    return [(field.encode_name, field.type) for field in msgspec.structs.fields(struct)]


def _missing(struct: Any, value: Mapping[str, Any]) -> list[str]:
    return [f.encode_name for f in msgspec.structs.fields(struct) if f.required and f.encode_name not in value]


def _bare(kind: Any) -> Any:
    """The type without ``Annotated`` and without ``| None``; a union of several stays as it is."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        others = [inner for inner in get_args(kind) if inner is not type(None)]
        return _bare(others[0]) if len(others) == 1 else kind
    return kind


def _struct_in(kind: Any) -> Any:
    bare = _bare(kind)
    plain = get_origin(bare) or bare
    return bare if isinstance(plain, type) and issubclass(plain, msgspec.Struct) else None


def _value_in(kind: Any) -> Any:
    """What a dictionary holds, None for anything but a dictionary."""
    bare = _bare(kind)
    return get_args(bare)[1] if get_origin(bare) is dict and get_args(bare) else None


def _item_in(kind: Any) -> Any:
    """What a list holds, None for anything but a list."""
    bare = _bare(kind)
    arguments = get_args(bare)
    if get_origin(bare) is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return arguments[0]
    if get_origin(bare) in (list, set, frozenset, Sequence) and arguments:
        return arguments[0]
    return None
