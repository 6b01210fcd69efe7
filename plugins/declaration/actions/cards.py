"""A declaration as the page of its task shows it, to whoever handles it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from hub.api import CardFile, CardStep, CaseCard, Context, Describe, day_in_chinese, masking, shanghai
from plugins.declaration import views
from plugins.declaration.documents import Case, cases_of

AHEAD = "ahead"


async def describe_case(ctx: Context, asked: Describe) -> CaseCard | None:
    """Masked, and withheld, as 查看申报 does it."""
    case: Case | None = await cases_of(ctx).first({"_id": asked.subject})
    return None if case is None else card_of(await views.review_view(ctx, case, []))


def card_of(view: views.ReviewView) -> CaseCard:
    facts = (
        ("申请", view.name),
        *person_facts(view.beneficiary),
        ("申报人", view.applicant if view.declared_for != "self" else ""),
        ("申报方式", view.entered),
    )
    return CaseCard(
        who=view.beneficiary.name,
        facts=tuple((label, words) for label, words in facts if words and words != masking.HIDDEN),
        answers=answered(view.answers),
        files=tuple(files_of(view)),
        steps=(*entered(view), *map(step_of, view.progress)),
        bars=("同一人同一项目还有其他申报，请先核对。",) if view.rivals else (),
    )


def person_facts(person: views.PersonView) -> tuple[tuple[str, str], ...]:
    return (
        ("身份证", person.id_number),
        ("手机", person.phone),
        ("社保卡", person.card),
        ("户籍", person.region),
        ("类别", person.category),
    )


def answered(answers: Iterable[views.AnswerView]) -> tuple[tuple[str, str], ...]:
    return tuple((answer.label, answer.answer) for answer in answers if answer.answer)


def files_of(view: views.ReviewView) -> list[CardFile]:
    return [
        CardFile(
            label=material.label if len(material.files) == 1 else f"{material.label}{at}",
            path=f"declaration/review/{view.id}/files/{file}",
        )
        for material in view.materials
        for at, file in enumerate(material.files, 1)
    ]


def entered(view: views.ReviewView) -> Iterator[CardStep]:
    """What came before the first node, where a window did it."""
    if view.entered and view.full:
        yield CardStep(label="代录", state="done", when=on(view.submitted_at), by=view.entered)


def step_of(step: views.StepView) -> CardStep:
    over = step.done_at is not None
    when = step.done_at or step.entered_at
    return CardStep(
        label=step.label,
        state="done" if over else ("todo" if step.state == AHEAD else "now"),
        when=on(when) if when else "",
        by=" ".join(part for part in (step.unit, step.handler) if part),
        said=step.opinion,
    )


def on(moment: datetime) -> str:
    return day_in_chinese(shanghai(moment).date())
