"""A plugin's settings one by one, read from its config schema: how each is asked for, how it stands, and what was typed.

A setting is a field of the schema, or of a record in it (``accept_within.days``). What is neither word, number, day nor choice is written
as JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

import msgspec

from hub.words.asking import Asked
from hub.words.contributions import Choice
from hub.words.errors import Invalid, NotFound
from hub.words.ranges import Range, range_of
from hub.words.text import cleaned

REASON = Asked("原因", "写入变更记录")
Reason: TypeAlias = Annotated[str, REASON, msgspec.Meta(min_length=1, max_length=200)]

SCALARS = (str, int, float, bool, timedelta)
UNITS: Mapping[str, str] = {"days": "天数", "unit": "单位", "workday": "工作日", "calendar": "自然日"}
MOST_IN_A_LIST = 40
NO_JSON, WRONG = "格式不对，请按JSON填写。", "填写有误，请核对。"


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them. ``kind`` is its type, ``asked`` what its schema says it is called."""

    name: str
    kind: Any
    asked: Asked | None

    @property
    def top(self) -> str:
        """The field of the schema that it is or stands in."""
        return self.name.partition(".")[0]

    @property
    def label(self) -> str:
        head = self.asked.label if self.asked else self.top
        inner = self.name.partition(".")[2]
        return f"{head}（{UNITS.get(inner, inner)}）" if inner else head

    @property
    def choices(self) -> tuple[Choice, ...]:
        """Of a setting that has few values."""
        words = {**UNITS, **(self.asked.choices if self.asked else {})}
        bare = _bare(self.kind)
        values = get_args(bare) if get_origin(bare) is Literal else ()
        if bare is bool:
            return (Choice("true", "是"), Choice("false", "否"))
        return tuple(Choice(str(value), words.get(str(value), str(value))) for value in values)

    @property
    def hint(self) -> str:
        """What may be written."""
        said = [self.asked.hint] if self.asked and self.asked.hint else []
        within = range_of(self.kind)
        if _bare(self.kind) is timedelta:
            said.append("如PT2H是2小时，P1D是1天")
        elif within is not None:
            said.append(_between(within))
        elif not self.choices and _bare(self.kind) not in SCALARS:
            said.append("按JSON填写")
        return "；".join(said)

    def text(self, config: msgspec.Struct) -> str:
        """How it stands, as it is typed."""
        value = self._value(config)
        return value if isinstance(value, str) else msgspec.json.encode(value).decode()

    def words(self, config: msgspec.Struct) -> str:
        """How it stands, as it is read in a list."""
        value = self._value(config)
        text = _listed(value) if isinstance(value, (dict, list)) else self.text(config)
        short = text if len(text) <= MOST_IN_A_LIST else f"{text[:MOST_IN_A_LIST]}…"
        return next((each.label for each in self.choices if each.value == text), short)

    def read(self, text: str) -> Any:
        """What was typed, as a settings file would have it; ``Invalid`` at the field ``value``."""
        bare = _bare(self.kind)
        try:
            plain = text if bare in SCALARS or get_origin(bare) is Literal else msgspec.json.decode(text)
        except msgspec.DecodeError:
            raise Invalid(fields={"value": NO_JSON}) from None
        try:
            value = msgspec.convert(cleaned(plain), self.kind, strict=False)
        except (msgspec.ValidationError, ValueError):
            raise Invalid(fields={"value": WRONG}) from None
        within = range_of(self.kind)
        if within is not None and not within.holds(value):
            raise Invalid(fields={"value": f"{_between(within)}。"})
        return msgspec.to_builtins(value)

    def put(self, own: Mapping[str, Any], config: msgspec.Struct, text: str) -> dict[str, Any]:
        """A county's ``own`` settings with this one as typed; nothing typed is what all have. ``config`` is how all of them stand."""
        others = {name: value for name, value in own.items() if name != self.top}
        if not text:
            return others
        inner = self.name.partition(".")[2]
        if not inner:
            return {**others, self.top: self.read(text)}
        stands = {**msgspec.to_builtins(getattr(config, self.top)), **own.get(self.top, {})}
        return {**others, self.top: {**stands, inner: self.read(text)}}

    def _value(self, config: msgspec.Struct) -> Any:
        value: Any = config
        for part in self.name.split("."):
            value = getattr(value, part)
        return msgspec.to_builtins(value)


def settings_of(schema: type[msgspec.Struct]) -> list[Setting]:
    """All of a schema, in its order."""
    return [setting for field in msgspec.structs.fields(schema) for setting in _of_field(field)]


def setting_of(schema: type[msgspec.Struct], name: str) -> Setting:
    """The one of this name; ``NotFound`` where there is none."""
    for setting in settings_of(schema):
        if setting.name == name:
            return setting
    raise NotFound


def _of_field(field: msgspec.structs.FieldInfo) -> Iterator[Setting]:
    asked = next((each for each in _beside(field.type) if isinstance(each, Asked)), None)
    bare = _bare(field.type)
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        for inner in msgspec.structs.fields(bare):
            yield Setting(f"{field.name}.{inner.name}", inner.type, asked)
    else:
        yield Setting(field.name, field.type, asked)


def _listed(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Several values as they are read: their words, or where they are records how many there are."""
    each = list(value.values()) if isinstance(value, Mapping) else value
    return "、".join(each) if all(isinstance(one, str) for one in each) else f"{len(each)}项"


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _beside(kind: Any) -> Sequence[Any]:
    return get_args(kind)[1:] if get_origin(kind) is Annotated else ()


def _between(within: Range) -> str:
    if isinstance(within.least, timedelta):
        return f"从{msgspec.to_builtins(within.least)}到{msgspec.to_builtins(within.most)}"
    return f"从{within.least}到{within.most}"
