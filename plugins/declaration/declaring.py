"""The pages of a declaration that is being made: one part a page, kept as a draft by itself; then 提交, 补正 and 重新申报."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from hub.api import Anyone, Asked, Choice, Context, Form, NotFound, Page, Paging
from plugins.declaration import handlers, views
from plugins.declaration.actions import catalogue
from plugins.declaration.actions.drafts import form_of
from plugins.declaration.actions.form import FormInput, asked_materials, check_answers, files_of
from plugins.declaration.actions.offers import OFFERS
from plugins.declaration.actions.parts import material_of
from plugins.declaration.actions.renewals import form_again
from plugins.declaration.business import CASES, title_of
from plugins.declaration.documents import Case, Draft, Material, Project, Question, drafts_of
from plugins.declaration.documents import Form as Asks
from plugins.declaration.handlers import MY_DRAFTS

TYPES: Mapping[str, Any] = {"text": str, "integer": int, "decimal": Decimal, "choice": str, "date": date}
PERSON = tuple(f"beneficiary.{name}" for name in ("name", "id_number", "phone", "region", "category", "card"))


# --- what a project asks, as fields of a form ---------------------------------------------------------------------------------


def answers_asked(form: Asks) -> dict[str, Any]:
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


# --- C3: whom it is for -------------------------------------------------------------------------------------------------------


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """``project`` of a draft that is begun; ``declared_for`` and ``town`` as chosen on the page, which leads here again."""

    project: str = ""
    declared_for: Literal["", "self", "other"] = ""
    town: str = ""


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is for. 户籍 is chosen step by step, so that it works without script: ``towns`` to choose from, empty once it is known."""

    id: str
    project: Project
    declared_for: Literal["self", "other"]
    version: int
    typed: FormInput
    town: str
    where: str
    towns: tuple[Choice, ...]


async def person(ctx: Context, id: str, query: Start) -> PersonPage:
    """为谁申报"""
    draft: Draft | None = await drafts_of(ctx).first({"_id": id})
    project = await catalogue.offer(ctx, query.project or (draft.project if draft else ""))
    before = form_of(draft) if draft else None
    whom = before.declared_for if before else "other" if project.form.agent_only else "self"
    whom = query.declared_for or whom
    typed = before if before and before.declared_for == whom else begun(ctx, whom)
    town = town_of(ctx, query.town or typed.beneficiary.region or ctx.actor.home)
    return PersonPage(
        id=id,
        project=project,
        declared_for=whom,
        version=draft.version if draft else 0,
        typed=typed,
        town=town,
        where=ctx.regions.full_name(town) if town else "",
        towns=() if town else tuple(Choice(each.code, each.name) for each in active(ctx, ctx.county or "")),
    )


def begun(ctx: Context, declared_for: Literal["self", "other"]) -> FormInput:
    """What is known of oneself is filled in; the number is not kept in the open, and is typed."""
    form = FormInput(declared_for=declared_for)
    if declared_for == "other" or ctx.actor.name is None:
        return form
    own = msgspec.structs.replace(form.beneficiary, name=ctx.actor.name.reveal(), region=ctx.actor.home)
    return msgspec.structs.replace(form, beneficiary=own)


def town_of(ctx: Context, code: str) -> str:
    """The town of a place of this county; "" of any other."""
    town = ctx.regions.at_level(code, "town") if code in ctx.regions else None
    return town.code if town is not None and town.county == ctx.county else ""


def active(ctx: Context, code: str) -> list[Any]:
    return [each for each in ctx.regions.children(code) if each.status == "active"]


async def person_choices(ctx: Context, page: PersonPage) -> Mapping[str, Sequence[Choice]]:
    """A town without villages stands for itself."""
    villages = (active(ctx, page.town) or [ctx.regions[page.town]]) if page.town else []
    return {
        "beneficiary.region": [Choice(each.code, each.name) for each in villages],
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
    """A draft with its parts; ``following`` is the first that is still to be filled in."""

    draft: views.DraftView
    project: Project
    parts: tuple[PartView, ...]
    todo: PartView | None


async def draft(ctx: Context, id: str) -> DraftPage:
    """填写申报"""
    shown = await handlers.show_draft(ctx, id)
    project = await catalogue.offer(ctx, shown.project)
    parts = parts_of(ctx, shown, project)
    todo = next((part for part in parts if part.needed and not part.done), None)
    return DraftPage(draft=shown, project=project, parts=parts, todo=todo)


def parts_of(ctx: Context, shown: views.DraftView, project: Project) -> tuple[PartView, ...]:
    form, base = shown.form, f"/drafts/{shown.id}"
    who = form.beneficiary.name
    parts = [PartView(title="为谁申报", href=f"{base}/person", says=who, done=bool(who))]
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
    """One of my drafts; ``project`` is its name, "" where it is offered no more."""

    draft: views.DraftView
    project: str


class DraftsPage(msgspec.Struct, frozen=True, kw_only=True):
    """My drafts."""

    lines: tuple[DraftLine, ...]
    next: str | None


async def drafts(ctx: Context, query: Paging) -> DraftsPage:
    """我的草稿"""
    found = await MY_DRAFTS.page(ctx, query)
    names = {project.code: project.name for project in await catalogue.offered(ctx)}
    lines = tuple(DraftLine(draft=each, project=names.get(each.project, "")) for each in found.items)
    return DraftsPage(lines=lines, next=found.next)


# --- C5: materials, and the project's own questions ---------------------------------------------------------------------------


class MaterialPage(msgspec.Struct, frozen=True, kw_only=True):
    """One material of a draft and what of it is there."""

    draft: views.DraftView
    project: str
    material: Material


async def material(ctx: Context, id: str, key: str) -> MaterialPage:
    """上传材料"""
    shown = await handlers.show_draft(ctx, id)
    project = await catalogue.offer(ctx, shown.project)
    return MaterialPage(draft=shown, project=project.name, material=material_of(project.form, shown.form, key))


def material_start(page: MaterialPage) -> Mapping[str, Any]:
    return {"version": page.draft.version, "files": page.draft.form.materials.get(page.material.key, ())}


def draft_files(page: MaterialPage) -> Mapping[str, str]:
    files = page.draft.form.materials.get(page.material.key, ())
    return {file: f"/drafts/{page.draft.id}/files/{file}" for file in files}


# --- 补正 and 重新申报 -----------------------------------------------------------------------------------------------------------


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
    case = await CASES.here(ctx, id)
    await OFFERS.check(move, ctx, case)
    return case


async def mending(ctx: Context, id: str) -> MendPage:
    """补正"""
    case = await own(ctx, id, "mend")
    merged = ctx.regions[case.place].status != "active"
    town = town_of(ctx, case.place) if merged else ""
    return MendPage(
        id=case.id,
        href=f"/cases/{case.id}",
        title=title_of(case),
        version=case.version,
        asked=case.progress[-1].opinion,
        form=case.form,
        typed=form_again(case),
        materials=tuple(asked_materials(case.form, case.beneficiary.category, case.declared_for)),
        files=tuple(files_of(case.handed_in)),
        villages=tuple(Choice(each.code, each.name) for each in active(ctx, town)) if town else (),
    )


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
    return {file: f"/cases/{page.id}/files/{file}" for file in page.files}


class MovePage(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked before something is done with a declaration or a draft, which stands at ``href`` below the plugin."""

    title: str
    href: str
    version: int = 0


async def withdrawing(ctx: Context, id: str) -> MovePage:
    """撤回申报"""
    return move_page(await own(ctx, id, "withdraw"))


async def redeclaring(ctx: Context, id: str) -> MovePage:
    """重新申报"""
    return move_page(await own(ctx, id, "redeclare"))


def move_page(case: Case) -> MovePage:
    return MovePage(title=title_of(case), href=f"/cases/{case.id}", version=case.version)


async def deleting(ctx: Context, id: str) -> MovePage:
    """删除草稿"""
    shown = await handlers.show_draft(ctx, id)
    try:
        title = (await catalogue.offer(ctx, shown.project)).name
    except NotFound:
        title = "草稿"
    return MovePage(title=title, href=f"/drafts/{id}")


def version_of(page: MovePage) -> Mapping[str, Any]:
    return {"version": page.version}


def _page(path: str, title: str, template: str, load: Any, form: Form | None = None) -> Page:
    template = template if "/" in template else f"declaration/{template}"
    return Page(apps=("ykt",), path=path, title=title, template=template, load=load, access=Anyone.CLAIMED, form=form)


PAGES = (
    _page("/drafts", "我的草稿", "drafts.html", drafts),
    _page(
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
    ),
    _page(
        "/drafts/{id}/person",
        "为谁申报",
        "person.html",
        person,
        Form(
            route="/drafts/{id}/person",
            method="PUT",
            then="/drafts/{id}",
            submit="保存，下一步",
            start=person_start,
            choices=person_choices,
            asks=person_asked,
            needs=person_needed,
        ),
    ),
    _page(
        "/drafts/{id}/answers",
        "申报内容",
        "answers.html",
        draft,
        Form(
            route="/drafts/{id}/answers",
            method="PUT",
            then="/drafts/{id}",
            submit="保存，下一步",
            start=lambda page: {"version": page.draft.version, **under("answers", page.draft.form.answers)},
            keyed=lambda page: answers_asked(page.project.form),
        ),
    ),
    _page(
        "/drafts/{id}/materials/{key}",
        "上传材料",
        "material.html",
        material,
        Form(
            route="/drafts/{id}/materials/{key}",
            method="PUT",
            then="/drafts/{id}",
            submit="保存，下一步",
            start=material_start,
            needs=lambda page: ("files",) if page.material.required else (),
            kept=draft_files,
        ),
    ),
    _page(
        "/drafts/{id}/delete",
        "删除草稿",
        "delete.html",
        deleting,
        Form(route="/drafts/{id}", method="DELETE", then="/drafts", submit="删除草稿"),
    ),
    _page(
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
    ),
    _page(
        "/cases/{id}/withdraw",
        "撤回申报",
        "withdraw.html",
        withdrawing,
        Form(route="/cases/{id}/withdraw", then="/cases/{id}", submit="撤回申报", start=version_of),
    ),
    _page(
        "/cases/{id}/redeclare",
        "重新申报",
        "redeclare.html",
        redeclaring,
        Form(route="/cases/{id}/redeclare", then="/drafts/{id}", submit="重新申报"),
    ),
)
