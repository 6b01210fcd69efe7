"""The pages on which a declarant changes what was handed in: 补正, 撤回, 重新申报."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from hub.api import Choice, Context, Form
from plugins.declaration.actions.form import FormInput, asked_materials, files_of
from plugins.declaration.actions.offers import OFFERS
from plugins.declaration.actions.renewals import form_again
from plugins.declaration.actions.window import at_window, declared_here, door
from plugins.declaration.asking import (
    MovePage,
    answers_asked,
    categories_of,
    materials_asked,
    places_in,
    resident_page,
    town_of,
    under,
    whom,
)
from plugins.declaration.business import title_of
from plugins.declaration.documents import Case
from plugins.declaration.projects import Form as Asks
from plugins.declaration.projects import Material


class MendPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be mended of a declaration at ``href`` below the plugin: ``asked`` is what the handler wants. ``villages``: where the
    own one was merged into another."""

    id: str
    href: str
    title: str
    version: int
    asked: str
    form: Asks
    typed: FormInput
    materials: tuple[Material, ...]
    files: tuple[str, ...]
    villages: tuple[Choice, ...]


async def own(ctx: Context, id: str, move: str) -> Case:
    """Refused in the words of the check where the move is not possible by now."""
    case = await declared_here(ctx, id)
    await OFFERS.check(move, ctx, case)
    return case


async def mending(ctx: Context, id: str) -> MendPage:
    """补正"""
    case = await own(ctx, id, "mend")
    merged = ctx.regions[case.place].status != "active"
    town = town_of(ctx, case.place) if merged else ""
    return MendPage(
        id=case.id,
        href=f"{door(ctx)}/cases/{case.id}",
        title=title_of(case),
        version=case.version,
        asked=case.progress[-1].opinion,
        form=case.form,
        typed=form_again(case),
        materials=tuple(every_material(case)),
        files=tuple(files_of(case.handed_in)),
        villages=places_in(ctx, town) if town else (),
    )


def every_material(case: Case) -> list[Material]:
    """Those of every 人员类别, since that may be what is to be mended: what only another one needs is labelled so, and may be left out."""
    asked = {each.key for each in asked_materials(case.form, case.beneficiary.category, case.declared_for)}
    labels = {category.key: category.label for category in case.form.categories}
    return [
        each if each.key in asked else replace(each, label=f"{each.label}（{whom(each, labels)}）", required=False)
        for each in case.form.materials
        if each.key in asked or not each.for_other
    ]


async def mend_choices(ctx: Context, page: MendPage) -> Mapping[str, Sequence[Choice]]:
    return {"category": categories_of(page.form), "region": page.villages}


def mend_start(page: MendPage) -> Mapping[str, Any]:
    category = page.typed.beneficiary.category
    typed = {**under("answers", page.typed.answers), **under("materials", page.typed.materials)}
    return {"version": page.version, "category": category, **typed}


def mend_keyed(page: MendPage) -> Mapping[str, Any]:
    return {**answers_asked(page.form), **materials_asked(page.materials)}


def mend_asked(page: MendPage) -> Sequence[str]:
    besides = (("category", len(page.form.categories) > 1), ("region", bool(page.villages)))
    return ("phone", "card", *(name for name, asked in besides if asked), *mend_keyed(page))


def case_files(page: MendPage) -> Mapping[str, str]:
    return {file: f"{page.href}/files/{file}" for file in page.files}


async def withdrawing(ctx: Context, id: str) -> MovePage:
    """撤回申报"""
    return move_page(ctx, await own(ctx, id, "withdraw"))


async def redeclaring(ctx: Context, id: str) -> MovePage:
    """重新申报"""
    return move_page(ctx, await own(ctx, id, "redeclare"))


def move_page(ctx: Context, case: Case) -> MovePage:
    href = f"{door(ctx)}/cases/{case.id}"
    return MovePage(title=title_of(case), href=href, version=case.version, at_window=at_window(ctx))


def withdraw_asked(page: MovePage) -> Sequence[str]:
    return ("reason",) if page.at_window else ()


def version_of(page: MovePage) -> Mapping[str, Any]:
    return {"version": page.version}


PAGES = (
    resident_page(
        "/cases/{id}/mend",
        "补正",
        "mend.html",
        mending,
        Form(
            route="/cases/{id}/mend",
            then="/cases/{id}",
            submit="提交补正",
            start=mend_start,
            choices=mend_choices,
            asks=mend_asked,
            keyed=mend_keyed,
            kept=case_files,
        ),
        help="按要求改好内容、补拍材料，再提交。过了期限没有补正，申报可能不予受理。",
    ),
    resident_page(
        "/cases/{id}/withdraw",
        "撤回申报",
        "withdraw.html",
        withdrawing,
        Form(
            route="/cases/{id}/withdraw",
            then="/cases/{id}",
            submit="撤回申报",
            start=version_of,
            asks=withdraw_asked,
            needs=withdraw_asked,
        ),
        help="填错了，或者不想报了，才撤回，再报要从头办起。只是缺材料的不用撤回，等着补正就行。拿不准，先问村（社区）干部。",
    ),
    resident_page(
        "/cases/{id}/redeclare",
        "重新申报",
        "redeclare.html",
        redeclaring,
        Form(route="/cases/{id}/redeclare", then="/drafts/{answer}", submit="重新申报"),
        help="先看清上次为什么没有通过，把那一处改好、材料补齐，再提交。不明白的，问政策解答员或村（社区）干部。",
    ),
)
