"""下一步 after name and ID number: told at once, so that a warning is there also for declarations that never come."""

from __future__ import annotations

import msgspec

from hub.api import Context, Identity, IdNumberText, Invalid, PhoneText, Secret, idnumbers, is_id, plain_name
from plugins.declaration.actions import catalogue
from plugins.declaration.actions.form import (
    MINOR_UNDER,
    FormInput,
    area_so_far,
    check_card,
    check_eligibility,
    check_person,
    check_phone,
    check_region,
)
from plugins.declaration.actions.window import offer
from plugins.declaration.events import PersonEntered
from plugins.declaration.projects import Form


class PersonRequest(FormInput, frozen=True, kw_only=True):
    """The form so far: of the person at least name, ID number and 户籍. ``attempt_id`` is made by the client and stays the
    same while one form is being filled (the id of its draft); without one, the hub makes it.
    """

    project: str
    attempt_id: str | None = None

    def __repr__(self) -> str:
        return "PersonRequest(***)"


class PersonChecked(msgspec.Struct, frozen=True, kw_only=True):
    """Name and number can be right and the person may be declared for; nothing else is told."""

    attempt_id: str


async def check(ctx: Context, request: PersonRequest) -> PersonChecked:
    """Check who it is for; ``Invalid`` names every wrong field. What lists say about the person is told to nobody here."""
    if request.attempt_id is not None and not is_id(request.attempt_id):
        raise Invalid(fields={"attempt_id": "编号格式不正确。"})
    project = await offer(ctx, request.project)
    identity = identity_of(ctx, project.form, request)
    attempt = request.attempt_id or ctx.new_id()
    ctx.audit("declaration.check_person", attempt, project=project.code)
    ctx.emit(
        PersonEntered(
            place=identity.region,
            attempt_id=attempt,
            project=project.code,
            short=project.short,
            bureau=project.bureau,
            rules=project.rules,
            sensitive=project.sensitive,
            identity=identity,
            area_mu=area_so_far(request.answers),
            by=ctx.actor.person or "",
            by_key=ctx.actor.id_key,
            at=ctx.now(),
        )
    )
    return PersonChecked(attempt_id=attempt)


def identity_of(ctx: Context, form: Form, given: FormInput) -> Identity:
    """The person as typed so far; phone and card may still be missing, yet not wrong."""
    wrong: dict[str, str] = {}
    typed = given.beneficiary
    check_region(ctx, typed.region, wrong)
    number = check_person(ctx, form, given, wrong)
    phone = check_phone(typed.phone, wrong) if typed.phone else None
    card = check_card(form, typed.card, wrong) if typed.card else None
    age = idnumbers.age(number.birth, catalogue.today_of(ctx)) if number else 0
    if number is not None:
        check_eligibility(form, age, wrong)
    if wrong or number is None:
        raise Invalid(fields=wrong)
    return Identity(
        name=Secret(plain_name(typed.name)),
        id_number=IdNumberText(number.number),
        phone=PhoneText(phone) if phone else None,
        card=card,
        region=typed.region,
        minor=age < MINOR_UNDER,
    )
