"""What is printed of a declaration: 受理回执, 申报表, and the decision that it was not taken up or refused; each for its declarant, and
for its handlers, who hand it over on paper."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from hub.api import (
    Anyone,
    App,
    Context,
    Forbidden,
    NotFound,
    Page,
    PaperView,
    check_here,
    day_in_chinese,
    printed_on,
    unit_of,
)
from plugins.declaration import views
from plugins.declaration.actions.window import ENTER, declared
from plugins.declaration.config import GROUNDS, DeclarationConfig
from plugins.declaration.documents import Case
from plugins.declaration.handlers import REVIEW, STAFF

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
ACCEPTING = "accept"
# Nodes that write no opinion on the form.
SILENT = ("disburse", "pay")
EVERY_OTHER = "*"
View: TypeAlias = views.CaseView | views.ReviewView


class CasePaper(PaperView, frozen=True, kw_only=True):
    """What all three have: the ``project``, the ``person`` it is for, who declared (``self``, ``other``), which window ``entered`` it, if
    one did, and when."""

    project: str
    person: views.PersonView
    declared_for: str
    entered: str
    submitted: str


class ReceiptPaper(CasePaper, frozen=True, kw_only=True):
    """受理回执; without ``accepted`` it says only that the papers have come. ``state`` is how it stands with the case.
    ``materials``: what each is called, and how many."""

    accepted: str
    open: bool
    state: str
    due: str
    handler: str
    materials: tuple[tuple[str, int], ...]


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """What a node has said; empty, it is written by hand."""

    label: str
    said: str = ""
    by: str = ""
    when: str = ""


class FormPaper(CasePaper, frozen=True, kw_only=True):
    """申报表, with what the nodes have said so far."""

    answers: tuple[tuple[str, str], ...]
    materials: tuple[tuple[str, int], ...]
    opinions: tuple[Opinion, ...]


class DecisionPaper(CasePaper, frozen=True, kw_only=True):
    """不予受理 (``taken_up`` is False) or 驳回: why, on which ``grounds``, and what can be done against it. ``unit`` has looked at it."""

    taken_up: bool
    unit: str
    decided: str
    reason: str
    grounds: str
    remedy: str


# --- what each says -----------------------------------------------------------------------------------------------------------


def receipt(ctx: Context, case: Case, view: View) -> ReceiptPaper:
    """受理回执"""
    stay = next((step for step in view.progress if step.node == ACCEPTING and step.state == "passed"), None)
    return ReceiptPaper(
        title="受理回执" if stay else "收件回执",
        office=(stay or view.progress[0]).unit or bureau_of(ctx, case),
        accepted=day_of(stay.done_at) if stay else "",
        open=case.open,
        state=view.state_label,
        due=day_of(view.progress[-1].due_at) if case.open else "",
        handler=stay.handler if stay else "",
        materials=tuple(materials_of(view)),
        **common(ctx, case, view),
    )


def form(ctx: Context, case: Case, view: View) -> FormPaper:
    """申报表"""
    return FormPaper(
        title=f"{view.name}申报表",
        office=bureau_of(ctx, case),
        answers=tuple((each.label, each.answer) for each in view.answers),
        materials=tuple(materials_of(view)),
        opinions=tuple(opinions_of(view)),
        **common(ctx, case, view),
    )


def decision(ctx: Context, case: Case, view: View) -> DecisionPaper:
    """补贴申报决定书. Raises ``NotFound`` where nothing was refused, and elsewhere than in its county, whose words of law count."""
    check_here(ctx, case)
    stay = view.progress[-1]
    if case.state != "refused":
        raise NotFound("这件申报没有不予受理或驳回的决定。")
    settings, taken_up = ctx.settings(DeclarationConfig), stay.node != ACCEPTING
    return DecisionPaper(
        title=f"补贴申报{'驳回' if taken_up else '不予受理'}决定书",
        office=bureau_of(ctx, case),
        taken_up=taken_up,
        unit=stay.unit,
        decided=day_of(stay.done_at),
        reason=stay.opinion,
        grounds=settings.grounds.get(case.project) or settings.grounds.get(EVERY_OTHER, GROUNDS),
        remedy=settings.remedy.replace("{county}", ctx.regions[case.county or case.place].name),
        **common(ctx, case, view),
    )


def common(ctx: Context, case: Case, view: View) -> dict[str, Any]:
    """Of every paper."""
    return {
        "number": view.number,
        "place": view.beneficiary.region,
        "printed": printed_on(ctx),
        "project": view.name,
        "person": view.beneficiary,
        "declared_for": view.declared_for,
        "entered": view.entered,
        "submitted": day_of(view.submitted_at),
    }


def bureau_of(ctx: Context, case: Case) -> str:
    """That of the county: it is whose decision it is."""
    return unit_of(ctx, case.county or case.place, case.bureau)


def materials_of(view: View) -> Iterator[tuple[str, int]]:
    for material in view.materials:
        yield material.label, len(material.files)


def opinions_of(view: View) -> Iterator[Opinion]:
    """The last stay at each node, in the order of the chain; publicities and surveys have papers of their own."""
    last = {step.node: step for step in view.progress if step.node == ACCEPTING or is_review(step.node)}
    for step in last.values():
        said = step.opinion or (step.state_label if step.done_at else "")
        by = step.handler if step.done_at else ""
        yield Opinion(label=f"{step.label}意见", said=said, by=by, when=day_of(step.done_at))


def is_review(node: str) -> bool:
    return node.startswith(("review_", "approve_"))


def day_of(moment: datetime | None) -> str:
    return day_in_chinese(moment) if moment else ""


# --- for whom -----------------------------------------------------------------------------------------------------------------


async def own(ctx: Context, id: str) -> tuple[Case, View]:
    """One of my declarations, or of those entered at my window."""
    case = await declared(ctx, id)
    return case, await views.case_view(ctx, case)


async def handled(ctx: Context, id: str) -> tuple[Case, View]:
    """One within reach, for who reads about its person."""
    case = await STAFF.found(ctx, id)
    view = await views.review_view(ctx, case, [])
    if not view.full:
        raise Forbidden("本项目涉及个人隐私，只有办理环节能打印。")
    return case, view


Made: TypeAlias = Callable[[Context, Case, View], CasePaper]
Finds: TypeAlias = Callable[[Context, str], Awaitable[tuple[Case, View]]]
PAPERS: tuple[tuple[str, str, Made], ...] = (
    ("receipt", "打印回执", receipt),
    ("form", "打印申报表", form),
    ("decision", "打印决定书", decision),
)
READERS: tuple[tuple[tuple[App, ...], str, str | Anyone, Finds], ...] = (
    (("ykt",), "/cases", Anyone.CLAIMED, own),
    (("ydsh",), "/window/cases", ENTER, own),
    (STAFF_APPS, "/review", REVIEW, handled),
)


def paper_page(apps: tuple[App, ...], path: str, title: str, access: str | Anyone, find: Finds, made: Made) -> Page:
    async def load(ctx: Context, id: str) -> CasePaper:
        return made(ctx, *await find(ctx, id))

    load.__doc__ = title
    return Page(
        apps=apps, path=path, title=title, template=f"declaration/paper_{made.__name__}.html", load=load, access=access
    )


PAGES = tuple(
    paper_page(apps, f"{path}/{{id}}/print/{name}", title, access, find, made)
    for apps, path, access, find in READERS
    for name, title, made in PAPERS
)
