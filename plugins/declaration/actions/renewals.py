"""重新申报: a case is declared anew, from a draft filled with what it held; the old one becomes 作废 when the new one is in."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Context, Invalid, Secret, is_id
from plugins.declaration.actions import catalogue, chain
from plugins.declaration.actions.drafts import add_draft
from plugins.declaration.actions.form import BeneficiaryInput, Filled, FormInput, files_in, still_asked
from plugins.declaration.actions.offers import OFFERS
from plugins.declaration.actions.window import declared_here, drafts_at
from plugins.declaration.business import CASES, told
from plugins.declaration.documents import Case, Draft, HandedIn
from plugins.declaration.events import CaseSuperseded
from plugins.declaration.projects import Project


class RedeclareRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``id``: of the new draft, made by the client; the same id again is the same draft."""

    id: Annotated[str | None, Asked("编号", look="hidden")] = None


async def redeclare(ctx: Context, id: str, request: RedeclareRequest) -> Draft:
    """A draft with what the old case held and the project still asks for, its files shared with it."""
    if request.id is not None and not is_id(request.id):
        raise Invalid(fields={"id": "编号格式不正确。"})
    old = await renewable(ctx, id)
    project = await catalogue.offer(ctx, old.project)
    known: Draft | None = await drafts_at(ctx).first({"supersedes": old.id})
    if known is not None:
        return known
    form = still_asked(project.form, form_again(old))
    files = files_in(form)
    return await add_draft(
        ctx,
        Draft(
            id=request.id or ctx.new_id(),
            place=ctx.place.code,
            person=ctx.actor.person or "",
            project=project.code,
            content=Secret(msgspec.json.encode(form).decode()),
            files=files,
            supersedes=old.id,
            files_of=old.files_of,
            shared=files,
        ),
    )


async def renewable(ctx: Context, id: str) -> Case:
    """One's own case, of this county, that has ended without approval or has not come to it yet."""
    old = await declared_here(ctx, id)
    await OFFERS.check("redeclare", ctx, old)
    return old


def form_again(case: Case) -> FormInput:
    """The form as it was handed in."""
    person = case.beneficiary
    typed = BeneficiaryInput(
        name=person.name,
        id_number=person.id_number.reveal(),
        phone=person.phone.reveal(),
        card=person.card.reveal() if person.card else "",
        region=person.region,
        category=person.category,
    )
    return FormInput(
        declared_for=case.declared_for,
        beneficiary=typed,
        answers=dict(case.answers),
        materials=materials_of(case.handed_in),
    )


def materials_of(handed_in: tuple[HandedIn, ...]) -> dict[str, tuple[str, ...]]:
    return {item.key: item.files for item in handed_in}


async def supersede(ctx: Context, id: str, by: str, project: Project, filled: Filled) -> Case:
    """作废: the old case gives way to the new one ``by``, which is for the same person and project."""
    old = await renewable(ctx, id)
    if (old.project, old.beneficiary.id_number) != (project.code, filled.beneficiary.id_number):
        raise Invalid(fields={"beneficiary.id_number": "重新申报须为同一人、同一项目；替别人申报请另行填写。"})
    void = old
    if old.open:
        await ctx.guard("declaration.withdraw", chain.guarded(old, "withdraw"))
        void = chain.closed(old, "void", ctx.now())
    void = msgspec.structs.replace(
        void, open=False, closed_at=old.closed_at or ctx.now(), superseded_by=by, holds=(), parked=None
    )
    return await CASES.move(ctx, old, "supersede", void, tell=(told(CaseSuperseded, by=by),), by=by)
