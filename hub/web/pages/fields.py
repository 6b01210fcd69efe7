"""From a record's type to the fields of a form: how each is asked for, what was typed, what is wrong with it."""

from __future__ import annotations

import re
import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from hub.web.cursors import PAGING
from hub.web.pages.forms import Field, Look, Problem
from hub.words.asking import Asked
from hub.words.clock import shanghai
from hub.words.contributions import Choice, Paging
from hub.words.personal import CardText, IdNumberText, Personal, PhoneText
from hub.words.text import AS_TYPED

# Below this many choices each is seen at once.
SEEN_AT_ONCE = 5
YES_NO = (Choice("true", "是"), Choice("false", "否"))
REQUIRED = "必填。"
UNFILLED: Mapping[str, str] = {
    "choice": "请选一项。",
    "options": "请选一项。",
    "select": "请选一项。",
    "ticks": "请至少选一项。",
}
PICTURES_MISSING, UNTYPED = "请选择照片。", "请填写。"
FILE, FILE_MISSING, FILES_READ = "file", "请选择一个文件。", "CSV或XLSX格式，第一行是表头。"
KEYBOARDS: Mapping[type, tuple[str, str]] = {
    PhoneText: ("tel", "tel"),
    CardText: ("numeric", "off"),
    IdNumberText: ("text", "off"),
}
LOOKS: Mapping[Any, Look] = {datetime: "moment", date: "day", int: "number", float: "number", Decimal: "number"}
AREA = 200
# What a browser sends of a moment.
_MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Kind:
    """A field's type taken apart: what stands beside it, and what it is without that."""

    bare: Any
    asked: Asked | None
    optional: bool
    bounds: tuple[msgspec.Meta, ...]

    @property
    def as_typed(self) -> bool:
        return AS_TYPED in self.bounds

    def bound(self, *names: str) -> int | None:
        """The first of these bounds that anything beside the type names."""
        found = (getattr(meta, name) for meta in self.bounds for name in names)
        return next((int(value) for value in found if value is not None), None)


def kind_of(annotation: Any) -> Kind:
    asked: Asked | None = None
    optional, bounds = False, []
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *beside = get_args(annotation)
            bounds += [each for each in beside if isinstance(each, msgspec.Meta)]
            asked = next((each for each in beside if isinstance(each, Asked)), asked)
        elif get_origin(annotation) in (Union, types.UnionType):
            inner = [each for each in get_args(annotation) if each is not type(None)]
            optional = optional or len(inner) < len(get_args(annotation))
            if len(inner) != 1:
                return Kind(annotation, asked, optional, tuple(bounds))
            annotation = inner[0]
        else:
            return Kind(annotation, asked, optional, tuple(bounds))


def asked_for(
    record: type[msgspec.Struct], hidden: Collection[str] = (), keyed: Mapping[str, Any] | None = None
) -> Iterator[tuple[str, Kind, bool]]:
    """(name, type, whether it must be filled in) of every field that somebody types into, those of fields behind a dot. ``keyed``: the
    types behind the keys of dictionaries, by the names of their fields; without it a dictionary is a field itself.
    """
    if issubclass(record, Paging):
        hidden = (*hidden, *PAGING)
    for field in msgspec.structs.fields(record):
        kind = kind_of(field.type)
        if field.encode_name in hidden:
            continue
        if isinstance(kind.bare, type) and issubclass(kind.bare, msgspec.Struct):
            within = None if keyed is None else _behind(field.encode_name, keyed)
            for name, below, required in asked_for(kind.bare, tuple(_behind(field.encode_name, hidden)), within):
                yield f"{field.encode_name}.{name}", below, required and field.required
        elif keyed is not None and get_origin(kind.bare) is dict:
            for key, annotation in _behind(field.encode_name, keyed).items():
                below = kind_of(annotation)
                yield f"{field.encode_name}.{key}", below, not below.optional
        else:
            yield field.encode_name, kind, field.required


def _behind(name: str, names: Collection[str] | Mapping[str, Any]) -> dict[str, Any]:
    """What stands behind this field's dot."""
    of = names if isinstance(names, Mapping) else dict.fromkeys(names)
    return {each.removeprefix(f"{name}."): value for each, value in of.items() if each.startswith(f"{name}.")}


def without_words(record: type[msgspec.Struct], hidden: Collection[str]) -> list[str]:
    """The fields that a page could not ask for, since nothing says what they are called."""
    return [name for name, kind, _ in asked_for(record, hidden) if kind.asked is None and name != "version"]


def fields_of(
    record: type[msgspec.Struct],
    typed: Mapping[str, Sequence[str]],
    problems: Mapping[str, str] | None = None,
    choices: Mapping[str, Sequence[Choice]] | None = None,
    hidden: Collection[str] = (),
    labels: Mapping[str, str] = {},
    keyed: Mapping[str, Any] = {},
) -> tuple[Field, ...]:
    """The fields in the record's order. ``typed``, ``choices``, ``labels`` and ``keyed`` are by name, ``problems`` by the decoder's
    paths."""
    wrong = {as_name(path): text for path, text in (problems or {}).items()}
    return tuple(
        _field(
            name,
            _called(kind, labels.get(name)),
            required,
            typed.get(name, ()),
            wrong.get(name, ""),
            (choices or {}).get(name),
        )
        for name, kind, required in asked_for(record, hidden, keyed)
    )


def file_field(label: str, wrong: str, reads: str) -> Field:
    """The table that is sent, or the file of which ``reads`` says what it is. No browser fills it in again, so that after a mistake it is
    chosen once more."""
    return Field(
        name=FILE,
        id=f"f-{FILE}",
        label=label,
        look="file",
        hint=reads or FILES_READ,
        error=wrong,
        required=True,
        accept="" if reads else ".csv,.xlsx",
    )


def _field(
    name: str, kind: Kind, required: bool, typed: Sequence[str], wrong: str, choices: Sequence[Choice] | None
) -> Field:
    asked = kind.asked or Asked(name)
    offered = tuple(choices) if choices is not None else _choices(kind, asked)
    look = _look(name, kind, asked, offered)
    inputmode, autocomplete = _keyboard(kind, look)
    return Field(
        name=name,
        id=f"f-{name.replace('.', '-')}",
        label=asked.label,
        hint=asked.hint,
        look=look,
        values=() if look == "password" else tuple(typed),
        choices=offered,
        error=_said(wrong, look),
        required=required and not kind.optional,
        most=kind.bound("max_length", "le"),
        least=kind.bound("min_length", "ge"),
        inputmode=inputmode,
        autocomplete=autocomplete,
    )


def joined(record: type[msgspec.Struct], sent: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """What was sent, with the words that were picked and those that were written as one text, and lines one by one."""
    looks = {name: kind.asked.look for name, kind, _ in asked_for(record) if kind.asked is not None}
    apart = {"phrases": lambda values: ["".join(values)], "lines": lines_of}
    return {name: apart.get(looks.get(name, ""), list)(values) for name, values in sent.items()}


def zoned(record: type[msgspec.Struct], sent: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The same, with moments as a program would send them: a phone's are those of Shanghai, and say no zone."""
    moments = {name for name, kind, _ in asked_for(record) if kind.bare is datetime}
    return {
        name: [f"{value}:00+08:00" if _MINUTE.fullmatch(value) else value for value in values]
        if name in moments
        else values
        for name, values in sent.items()
    }


def lines_of(values: Sequence[str]) -> list[str]:
    """What stands on the lines of an area, without empty ones."""
    return [line.strip() for value in values for line in value.splitlines() if line.strip()]


def needed(fields: Sequence[Field], names: Collection[str]) -> tuple[Field, ...]:
    """The same, of which these must be filled in too."""
    return tuple(msgspec.structs.replace(field, required=field.required or field.name in names) for field in fields)


def settled(fields: Sequence[Field]) -> tuple[Field, ...]:
    """The same; where one must be selected and there is but one, it is."""
    return tuple(
        msgspec.structs.replace(field, values=(field.choices[0].value,))
        if field.look == "select" and field.required and len(field.choices) == 1
        else field
        for field in fields
    )


def only(fields: Sequence[Field], names: Collection[str]) -> tuple[Field, ...]:
    """Those that are asked for; of the others, unseen, what has a value."""
    unseen = [
        msgspec.structs.replace(field, look="hidden") for field in fields if field.name not in names and field.values
    ]
    return (*unseen, *(field for field in fields if field.name in names))


def _called(kind: Kind, label: str | None) -> Kind:
    """The same under another name."""
    if label is None:
        return kind
    asked = msgspec.structs.replace(kind.asked, label=label) if kind.asked else Asked(label)
    return replace(kind, asked=asked)


def _choices(kind: Kind, asked: Asked) -> tuple[Choice, ...]:
    if kind.bare is bool:
        return tuple(Choice(value, label) for value, label in asked.choices.items()) or YES_NO
    values = get_args(kind.bare) if get_origin(kind.bare) is Literal else tuple(asked.choices)
    return tuple(Choice(str(value), asked.choices.get(str(value), str(value))) for value in values)


def _look(name: str, kind: Kind, asked: Asked, choices: Sequence[Choice]) -> Look:
    said: Look | Literal[""] = asked.look or ("password" if kind.as_typed else "")
    if said == "select" and not choices:
        return "text"
    if said or name.rpartition(".")[2] == "version":
        return said or "hidden"
    if get_origin(kind.bare) in (tuple, list, frozenset):
        return "ticks"
    if choices:
        return "choice" if len(choices) < SEEN_AT_ONCE else "select"
    longest = kind.bound("max_length")
    lines: Look = "area" if asked.long or (longest is not None and longest > AREA) else "text"
    return LOOKS.get(kind.bare, lines)


def _keyboard(kind: Kind, look: Look) -> tuple[str, str]:
    if look == "number":
        return ("numeric" if kind.bare is int else "decimal"), "off"
    if isinstance(kind.bare, type) and issubclass(kind.bare, Personal):
        return KEYBOARDS.get(kind.bare, ("", "off"))
    return (kind.asked.keyboard, "off") if kind.asked and kind.asked.keyboard else ("", "")


def _said(wrong: str, look: Look) -> str:
    """What an empty field is told in a program's answer, said to somebody who looks at it."""
    if wrong != REQUIRED:
        return wrong
    return PICTURES_MISSING if look == "pictures" else UNFILLED.get(look, UNTYPED)


def as_name(path: str) -> str:
    """``points[2]`` of the decoder → ``points``: what is wrong with one of a list is said at its field."""
    return path.partition("[")[0]


def problems_of(fields: Sequence[Field], problems: Mapping[str, str], refusal: str) -> tuple[Problem, ...]:
    """The summary on top, in the order of the fields; at its end what belongs to none of them."""
    names = {field.name for field in fields if field.look != "hidden"}
    at_fields = [
        Problem(f"{field.label}：{field.error}", field.id) for field in fields if field.error and field.name in names
    ]
    others = [Problem(text) for path, text in problems.items() if as_name(path) not in names]
    return (*at_fields, *others) or (Problem(refusal),)


def typed_of(values: Mapping[str, Any], above: str = "") -> dict[str, tuple[str, ...]]:
    """First values of a form, as its fields would send them."""
    typed: dict[str, tuple[str, ...]] = {}
    for name, value in values.items():
        if isinstance(value, msgspec.Struct):
            inner = {field.encode_name: getattr(value, field.name) for field in msgspec.structs.fields(value)}
            typed |= typed_of(inner, f"{above}{name}.")
        elif isinstance(value, tuple | list):
            typed[f"{above}{name}"] = tuple(_as_text(each) for each in value)
        elif value is not None:
            typed[f"{above}{name}"] = (_as_text(value),)
    return typed


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return shanghai(value).strftime("%Y-%m-%dT%H:%M")
    return str(value)
