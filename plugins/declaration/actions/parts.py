"""A draft that is filled part by part, as its pages ask for it: each part is checked when it is kept, all of it when it is handed in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Asked, Context, Invalid, NotFound, Stale, VersionRequest
from plugins.declaration.actions import catalogue, entries
from plugins.declaration.actions.drafts import DraftRequest, form_of, let_go, save_draft
from plugins.declaration.actions.entries import PersonRequest
from plugins.declaration.actions.form import (
    Answer,
    BeneficiaryInput,
    FormInput,
    asked_materials,
    check_answers,
    check_beneficiary,
    check_region,
    files_of,
    still_asked,
)
from plugins.declaration.actions.submit import SubmitRequest, submit
from plugins.declaration.actions.window import drafts_at, offer
from plugins.declaration.documents import Case, Draft
from plugins.declaration.projects import Form, Material


class PersonPart(msgspec.Struct, frozen=True, kw_only=True):
    """Whom it is for. ``version`` 0 for a new draft."""

    version: int = 0
    project: Annotated[str, Asked("项目", look="hidden")]
    declared_for: Annotated[Literal["self", "other"], Asked("为谁申报", look="hidden")] = "self"
    beneficiary: BeneficiaryInput = BeneficiaryInput()

    def __repr__(self) -> str:
        return "PersonPart(***)"


class AnswersPart(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to the project's own questions, by their keys."""

    version: int
    answers: Annotated[dict[str, Answer], Asked("申报内容")] = {}

    def __repr__(self) -> str:
        return "AnswersPart(***)"


class MaterialPart(VersionRequest, frozen=True, kw_only=True):
    """All files of one material; without any it is taken away."""

    files: Annotated[tuple[str, ...], Asked("照片", look="pictures")] = ()


async def keep_person(ctx: Context, id: str, part: PersonPart) -> Draft:
    """Checked as a whole, then told as 下一步 tells it. What is not asked for any more is let go."""
    project = await offer(ctx, part.project)
    draft: Draft | None = await drafts_at(ctx).first({"_id": id})
    before = form_of(draft) if draft is not None else FormInput()
    form = msgspec.structs.replace(before, declared_for=part.declared_for, beneficiary=part.beneficiary)
    check_person_part(ctx, project.form, form)
    form = still_asked(project.form, form)
    await entries.check(ctx, PersonRequest(project=project.code, attempt_id=id, **msgspec.structs.asdict(form)))
    return await save_draft(ctx, id, DraftRequest(project=project.code, form=form, version=part.version))


def check_person_part(ctx: Context, form: Form, given: FormInput) -> None:
    """``Invalid`` names every wrong field of the person."""
    wrong: dict[str, str] = {}
    check_region(ctx, given.beneficiary.region, wrong)
    check_beneficiary(ctx, form, given, wrong)
    if wrong:
        raise Invalid(fields=wrong)


async def keep_answers(ctx: Context, id: str, part: AnswersPart) -> Draft:
    """Each problem at its own field."""
    draft: Draft = await drafts_at(ctx).get(id)
    project = await offer(ctx, draft.project)
    wrong: dict[str, str] = {}
    check_answers(project.form, part.answers, catalogue.today_of(ctx), wrong)
    if wrong:
        raise Invalid(fields=wrong)
    form = msgspec.structs.replace(form_of(draft), answers=part.answers)
    return await save_draft(ctx, id, DraftRequest(project=draft.project, form=form, version=part.version))


async def keep_material(ctx: Context, id: str, key: str, part: MaterialPart) -> Draft:
    """What is missing is said when it is handed in."""
    draft: Draft = await drafts_at(ctx).get(id)
    before = form_of(draft)
    material = material_of((await offer(ctx, draft.project)).form, before, key)
    files = tuple(dict.fromkeys(part.files))
    if len(files) > material.max_files:
        raise Invalid(fields={"files": f"{material.label}最多{material.max_files}张，请去掉多余的。"})
    form = msgspec.structs.replace(before, materials={**before.materials, key: files})
    return await save_draft(ctx, id, DraftRequest(project=draft.project, form=form, version=part.version))


def material_of(form: Form, given: FormInput, key: str) -> Material:
    """``NotFound`` for what this declaration does not hand in."""
    asked = asked_materials(form, given.beneficiary.category, given.declared_for)
    found = next((material for material in asked if material.key == key), None)
    if found is None:
        raise NotFound("本次申报不需要这份材料。")
    return found


async def submit_draft(ctx: Context, id: str, seen: VersionRequest) -> Case:
    """提交 what the draft holds; ``Stale`` where it was changed since it was seen, on another phone. What the project has
    ceased to ask for meanwhile goes with the draft: its pages show nothing of it that one could take away."""
    draft: Draft = await drafts_at(ctx).get(id)
    if draft.version != seen.version:
        raise Stale(state={"version": draft.version})
    form = still_asked((await offer(ctx, draft.project)).form, form_of(draft))
    case = await submit(ctx, SubmitRequest(id=id, project=draft.project, **msgspec.structs.asdict(form)))
    await let_go(ctx, draft, kept=files_of(case.handed_in))
    return case
