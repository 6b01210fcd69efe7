"""What the pages ask of a declaration: a project's own questions, materials and 人员类别, and places, as fields of a form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from hub.api import Anyone, Asked, Choice, Context, Form, Page
from plugins.declaration.projects import Form as Asks
from plugins.declaration.projects import Material, Question

# The right to change the catalogue.
CATALOGUE = "declaration.catalogue"
TYPES: Mapping[str, Any] = {"text": str, "integer": int, "decimal": Decimal, "choice": str, "date": date}


def answers_asked(form: Asks) -> dict[str, Any]:
    """The project's own questions."""
    return {f"answers.{question.key}": kind_of(question) for question in form.questions}


def kind_of(question: Question) -> Any:
    kind = TYPES[question.type]
    asked = Asked(question.label, question.hint, choices=dict(zip(question.of, question.of, strict=True)))
    bounds = msgspec.Meta(max_length=question.max_length) if question.type == "text" else msgspec.Meta()
    return Annotated[kind if question.required else kind | None, asked, bounds]


def materials_asked(materials: Sequence[Material]) -> dict[str, Any]:
    """All that 补正 may replace."""
    return {f"materials.{each.key}": pictures_of(each) for each in materials}


def pictures_of(material: Material) -> Any:
    kind: Any = tuple[str, ...]
    asked = Asked(material.label, material.hint, look="pictures")
    return Annotated[kind if material.required else kind | None, asked, msgspec.Meta(max_length=material.max_files)]


def under(name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a dictionary by the names of their fields."""
    return {f"{name}.{key}": value for key, value in values.items()}


def categories_of(form: Asks) -> list[Choice]:
    return [Choice(each.key, each.label) for each in form.categories]


def town_of(ctx: Context, code: str) -> str:
    """The town of a place of this county; "" of any other."""
    town = ctx.regions.at_level(code, "town") if code in ctx.regions else None
    return town.code if town is not None and town.county == ctx.county else ""


def places_in(ctx: Context, code: str) -> tuple[Choice, ...]:
    """Those one level below that are still there."""
    return tuple(Choice(each.code, each.name) for each in ctx.regions.children(code) if each.status == "active")


class MovePage(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked before something is done with a declaration or a draft, which stands at ``href`` below the plugin."""

    title: str
    href: str
    version: int = 0
    at_window: bool = False


def resident_page(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    """Of whoever has said who they are."""
    return Page(
        apps=("ykt",),
        path=path,
        title=title,
        template=f"declaration/{template}",
        load=load,
        access=Anyone.CLAIMED,
        form=form,
        help=help,
    )


def console_page(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    """Of the operations staff."""
    return Page(
        apps=("ops",),
        path=path,
        title=title,
        template=template if "/" in template else f"declaration/{template}",
        load=load,
        access=CATALOGUE,
        form=form,
        help=help,
    )


def whom(material: Material, labels: Mapping[str, str]) -> str:
    """Who hands it in; "" for everybody. ``labels`` are those of the 人员类别."""
    if material.for_other:
        return "为他人申报的提供"
    return f"{'、'.join(labels.get(key, key) for key in material.categories)}提供" if material.categories else ""
