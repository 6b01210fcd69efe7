"""The pages of a declaration that is being made: one part a page, kept as a draft by itself, until it is handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import msgspec

from hub.api import Choice, Context, Form, Invalid, NotFound, Paging
from plugins.declaration import handlers, views
from plugins.declaration.actions import catalogue
from plugins.declaration.actions.drafts import form_of
from plugins.declaration.actions.form import FormInput, asked_materials, check_answers
from plugins.declaration.actions.parts import material_of
from plugins.declaration.actions.window import at_window, door, drafts_at, home_of, offer, serves, towns_of
from plugins.declaration.asking import (
    MovePage,
    answers_asked,
    categories_of,
    places_in,
    resident_page,
    town_of,
    under,
)
from plugins.declaration.documents import Draft
from plugins.declaration.handlers import MY_DRAFTS
from plugins.declaration.projects import Material, Project

PERSON = tuple(f"beneficiary.{name}" for name in ("name", "id_number", "phone", "region", "category", "card"))


# --- C3: whom it is for -------------------------------------------------------------------------------------------------------


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """``project`` of a draft that is begun; ``declared_for`` and ``town`` as chosen on the page, which leads here again."""

    project: str = ""
    declared_for: Literal["", "self", "other"] = ""
    town: str = ""


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is for. 户籍 is chosen step by step, so that it works without script: ``towns`` to choose from, empty once it is known;
    ``others``: where else one has a window."""

    id: str
    project: Project
    declared_for: Literal["self", "other"]
    version: int
    typed: FormInput
    town: str
    where: str
    towns: tuple[Choice, ...]
    others: tuple[Choice, ...]


async def person(ctx: Context, id: str, query: Start) -> PersonPage:
    """为谁申报"""
    if ctx.county is None:
        raise Invalid("请先在首页选择户籍所在的区县。")
    draft: Draft | None = await drafts_at(ctx).first({"_id": id})
    project = await offer(ctx, query.project or (draft.project if draft else ""))
    before = form_of(draft) if draft else None
    whom = before.declared_for if before else "other" if project.form.agent_only else "self"
    whom = query.declared_for or whom
    # At a window it is the same person, whoever has come for them.
    typed = before if before and (at_window(ctx) or before.declared_for == whom) else begun(ctx, whom)
    town = town_of(ctx, query.town or typed.beneficiary.region or home_of(ctx))
    return PersonPage(
        id=id,
        project=project,
        declared_for=whom,
        version=draft.version if draft else 0,
        typed=typed,
        town=town,
        where=ctx.regions.full_name(town) if town else "",
        towns=() if town else places_in(ctx, ctx.county),
        others=tuple(each for each in towns_of(ctx) if each.value != town),
    )


def begun(ctx: Context, declared_for: Literal["self", "other"]) -> FormInput:
    """What is known of oneself is filled in; the number is not kept in the open, and is typed."""
    form = FormInput(declared_for=declared_for)
    if declared_for == "other" or ctx.actor.name is None or at_window(ctx):
        return form
    own = msgspec.structs.replace(form.beneficiary, name=ctx.actor.name.reveal(), region=ctx.actor.home)
    return msgspec.structs.replace(form, beneficiary=own)


async def person_choices(ctx: Context, page: PersonPage) -> Mapping[str, Sequence[Choice]]:
    """A town without villages stands for itself."""
    villages = (places_in(ctx, page.town) or (Choice(page.town, page.where),)) if page.town else ()
    if at_window(ctx):
        villages = tuple(each for each in villages if serves(ctx, each.value, page.project))
    return {
        "beneficiary.region": villages,
        "beneficiary.category": categories_of(page.project.form),
    }


def person_start(page: PersonPage) -> Mapping[str, Any]:
    beneficiary, categories = page.typed.beneficiary, page.project.form.categories
    if len(categories) == 1:
        beneficiary = msgspec.structs.replace(beneficiary, category=categories[0].key)
    return {
        "version": page.version,
        "project": page.project.code,
        "declared_for": page.declared_for,
        "beneficiary": beneficiary,
    }


def person_asked(page: PersonPage) -> Sequence[str]:
    """One 人员类别 is no choice."""
    return [name for name in PERSON if name != "beneficiary.category" or len(page.project.form.categories) > 1]


def person_needed(page: PersonPage) -> Sequence[str]:
    return [name for name in PERSON if name != "beneficiary.card" or page.project.form.card]


# --- the draft as it is so far ------------------------------------------------------------------------------------------------


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a declaration, at ``href`` below the plugin; ``says`` is what it holds so far."""

    title: str
    href: str
    says: str = ""
    done: bool = False
    needed: bool = True


class DraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """A draft with its parts; ``todo`` is the first that is still to be filled in."""

    draft: views.DraftView
    project: Project
    parts: tuple[PartView, ...]
    todo: PartView | None


async def draft(ctx: Context, id: str) -> DraftPage:
    """填写申报"""
    shown = await handlers.show_draft(ctx, id)
    project = await offer(ctx, shown.project)
    parts = parts_of(ctx, shown, project)
    return DraftPage(draft=shown, project=project, parts=parts, todo=first_todo(parts))


def first_todo(parts: Sequence[PartView]) -> PartView | None:
    return next((part for part in parts if part.needed and not part.done), None)


async def next_part(ctx: Context, names: Mapping[str, str]) -> str:
    """Where the next part is filled in; "" when the draft can be handed in."""
    shown = await handlers.show_draft(ctx, names["id"])
    todo = first_todo(parts_of(ctx, shown, await offer(ctx, shown.project)))
    return todo.href if todo else ""


def parts_of(ctx: Context, shown: views.DraftView, project: Project) -> tuple[PartView, ...]:
    form, base = shown.form, f"{door(ctx)}/drafts/{shown.id}"
    who = form.beneficiary.name
    parts = [
        PartView(title="申报人" if at_window(ctx) else "为谁申报", href=f"{base}/person", says=who, done=bool(who))
    ]
    if project.form.questions:
        wrong: dict[str, str] = {}
        check_answers(project.form, form.answers, catalogue.today_of(ctx), wrong)
        parts.append(PartView(title="申报内容", href=f"{base}/answers", done=not wrong))
    for each in asked_materials(project.form, form.beneficiary.category, form.declared_for):
        number = len(form.materials.get(each.key, ()))
        parts.append(
            PartView(
                title=each.label,
                href=f"{base}/materials/{each.key}",
                says=f"已传{number}张" if number else each.hint,
                done=number > 0,
                needed=each.required,
            )
        )
    return tuple(parts)


class DraftLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of my drafts; ``project`` is its name, "" where it is offered no more. ``elsewhere`` names the county of one that was begun in
    another: it goes on there."""

    draft: views.DraftView
    project: str
    elsewhere: str


class DraftsPage(msgspec.Struct, frozen=True, kw_only=True):
    """My drafts."""

    lines: tuple[DraftLine, ...]
    next: str | None


async def drafts(ctx: Context, query: Paging) -> DraftsPage:
    """我的草稿"""
    found = await MY_DRAFTS.page(ctx, query)
    names = {project.code: project.name for project in await catalogue.offered(ctx)}
    lines = tuple(
        DraftLine(draft=each, project=names.get(each.project, ""), elsewhere=elsewhere(ctx, each))
        for each in found.items
    )
    return DraftsPage(lines=lines, next=found.next)


def elsewhere(ctx: Context, draft: views.DraftView) -> str:
    """The name of the other county that it was begun in."""
    return "" if draft.county in (None, ctx.county) else ctx.regions[draft.county].name


# --- C5: materials, and the project's own questions ---------------------------------------------------------------------------


class MaterialPage(msgspec.Struct, frozen=True, kw_only=True):
    """One material of a draft and what of it is there."""

    draft: views.DraftView
    project: str
    material: Material
    href: str


async def material(ctx: Context, id: str, key: str) -> MaterialPage:
    """上传材料"""
    shown = await handlers.show_draft(ctx, id)
    project = await offer(ctx, shown.project)
    asked = material_of(project.form, shown.form, key)
    return MaterialPage(draft=shown, project=project.name, material=asked, href=f"{door(ctx)}/drafts/{id}")


def material_start(page: MaterialPage) -> Mapping[str, Any]:
    return {"version": page.draft.version, "files": page.draft.form.materials.get(page.material.key, ())}


def draft_files(page: MaterialPage) -> Mapping[str, str]:
    files = page.draft.form.materials.get(page.material.key, ())
    return {file: f"{page.href}/files/{file}" for file in files}


async def deleting(ctx: Context, id: str) -> MovePage:
    """删除草稿"""
    shown = await handlers.show_draft(ctx, id)
    try:
        title = (await offer(ctx, shown.project)).name
    except NotFound:
        title = "草稿"
    return MovePage(title=title, href=f"{door(ctx)}/drafts/{id}")


PAGES = (
    resident_page(
        "/drafts",
        "我的草稿",
        "drafts.html",
        drafts,
        help="没有填完的申报都留在这里，只有您能看到。点开接着填，最后要点“提交申报”才算数。不会填的，问村（社区）干部。",
    ),
    resident_page(
        "/drafts/{id}",
        "填写申报",
        "draft.html",
        draft,
        Form(
            route="/drafts/{id}/submit",
            then="/cases/{id}",
            submit="提交申报",
            start=lambda page: {"version": page.draft.version},
        ),
        help="照顺序填好每一部分，随时可以停下来，内容会留着。都填好后点“提交申报”。",
    ),
    resident_page(
        "/drafts/{id}/person",
        "为谁申报",
        "person.html",
        person,
        Form(
            route="/drafts/{id}/person",
            method="PUT",
            then="/drafts/{id}",
            submit="保存，下一步",
            onward=next_part,
            start=person_start,
            choices=person_choices,
            asks=person_asked,
            needs=person_needed,
        ),
        help="为自己申报，选“本人”。为家里老人或孩子申报，要填他们的姓名和身份证号。",
    ),
    resident_page(
        "/drafts/{id}/answers",
        "申报内容",
        "answers.html",
        draft,
        Form(
            route="/drafts/{id}/answers",
            method="PUT",
            then="/drafts/{id}",
            submit="保存，下一步",
            onward=next_part,
            start=lambda page: {"version": page.draft.version, **under("answers", page.draft.form.answers)},
            keyed=lambda page: answers_asked(page.project.form),
        ),
        help="如实填写，不清楚的问问村（社区）干部。保存后还可以改，提交后就不能改了。",
    ),
    resident_page(
        "/drafts/{id}/materials/{key}",
        "上传材料",
        "material.html",
        material,
        Form(
            route="/drafts/{id}/materials/{key}",
            method="PUT",
            then="/drafts/{id}",
            submit="保存，下一步",
            onward=next_part,
            start=material_start,
            needs=lambda page: ("files",) if page.material.required else (),
            kept=draft_files,
        ),
        help="把材料放平、对准光拍照，字要看得清。拍得不好，可以删掉重拍。",
    ),
    resident_page(
        "/drafts/{id}/delete",
        "删除草稿",
        "delete.html",
        deleting,
        Form(route="/drafts/{id}", method="DELETE", then="/drafts", submit="删除草稿"),
        help="只删这一份草稿，已经提交的申报不受影响。只是现在不想填的，不用删，以后可以接着填。",
    ),
)
