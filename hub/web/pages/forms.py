"""A form as a page draws it: its fields with what was typed, what is wrong, and what travels along unseen."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.words.contributions import Choice

# How a field is drawn. ``phrases``: an area with words to pick from above it; ``options``: choices with a hint, one below the other.
Look = Literal[
    "text", "area", "phrases", "number", "day", "moment", "password", "choice", "options", "select", "tick", "ticks",
    "pictures", "file", "lines", "hidden",
]  # fmt: skip


class Picture(msgspec.Struct, frozen=True):
    """An uploaded file of a form: its id, its name, and where its small picture is read."""

    id: str
    name: str
    src: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One field. ``values`` are what was typed or chosen, one of them but for ``ticks``; ``id`` is that of its element; ``error`` is
    said at the field. ``least`` and ``most`` are lengths of text, or bounds of a number; ``accept`` the endings of a file's name."""

    name: str
    id: str
    label: str
    look: Look
    hint: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    pictures: tuple[Picture, ...] = ()
    error: str = ""
    required: bool = False
    most: int | None = None
    least: int | None = None
    inputmode: str = ""
    autocomplete: str = ""
    accept: str = ""

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""


class Problem(msgspec.Struct, frozen=True):
    """A line of the summary on top; ``field`` is the id that it leads to, "" for what belongs to no field."""

    text: str
    field: str = ""


class FormState(msgspec.Struct, frozen=True, kw_only=True):
    """``action`` is where it is posted; ``csrf`` and ``key`` are hidden fields (``_csrf``, ``_key``); ``banner`` says on top why the form
    is shown again although nothing in it is wrong; ``submit`` is the word on the button; ``saved``: what comes of it is a file."""

    action: str
    fields: tuple[Field, ...] = ()
    problems: tuple[Problem, ...] = ()
    csrf: str = ""
    key: str = ""
    banner: str = ""
    submit: str = "提交"
    multipart: bool = False
    saved: bool = False

    def field(self, name: str) -> Field:
        """The field of this name; a template that asks for another is wrong."""
        return next(field for field in self.fields if field.name == name)

    def __repr__(self) -> str:
        return f"FormState({self.action}, {len(self.fields)} fields, {len(self.problems)} problems)"
