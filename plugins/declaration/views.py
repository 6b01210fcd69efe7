"""The answers of 阳光申报: frozen, and masked for whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from hub.api import Context, Duty, Limit, Node, duties, masking, shared
from plugins.declaration.actions.catalogue import Openness, openness
from plugins.declaration.actions.drafts import form_of
from plugins.declaration.actions.form import FormInput, asked_materials
from plugins.declaration.actions.offers import OFFERS
from plugins.declaration.actions.rivals import rivals_of
from plugins.declaration.business import entered_by, masked_name
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import CASE, NODE_LABELS, STEP_LABELS, USUAL_LIMIT, Case, Draft, Stay
from plugins.declaration.events import Rival
from plugins.declaration.projects import Adviser, Category, Material, Project, Question


class ProjectLine(msgspec.Struct, frozen=True, kw_only=True):
    """A project in the list."""

    code: str
    name: str
    short: str
    bureau: str
    audience: str
    openness: Openness


class FlowNode(msgspec.Struct, frozen=True, kw_only=True):
    """A node of the 流程 with its limit in whole days."""

    node: str
    label: str
    limit: Limit


class ProjectView(msgspec.Struct, frozen=True, kw_only=True):
    """申报须知 and 流程."""

    code: str
    name: str
    short: str
    bureau: str
    object: str
    openness: Openness
    standard: str
    audience: str
    conditions: tuple[str, ...]
    process: str
    categories: tuple[Category, ...]
    materials: tuple[Material, ...]
    advisers: tuple[Adviser, ...]
    flow: list[FlowNode]
    agent_only: bool


class FormView(msgspec.Struct, frozen=True, kw_only=True):
    """What to fill in, and which materials to hand in; ``card``: whether the card's number must be given."""

    project: str
    name: str
    openness: Openness
    categories: tuple[Category, ...]
    questions: tuple[Question, ...]
    materials: list[Material]
    agent_only: bool
    card: bool


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """One's own draft, as it was typed; ``supersedes`` is the case that it declares anew."""

    id: str
    project: str
    county: str | None
    form: FormInput
    supersedes: str | None
    version: int
    saved_at: datetime | None


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    """A stay at a node; those still to come have the state ``ahead``."""

    node: str
    label: str
    state: str
    state_label: str
    unit: str = ""
    handler: str = ""
    entered_at: datetime | None = None
    due_at: datetime | None = None
    done_at: datetime | None = None
    opinion: str = ""


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration in its declarant's list."""

    id: str
    number: str
    project: str
    short: str
    place: str
    county: str | None
    declared_for: str
    who: str
    state: str
    state_label: str
    node: str
    node_label: str
    submitted_at: datetime


class MaterialView(msgspec.Struct, frozen=True, kw_only=True):
    """A material and its files' ids."""

    key: str
    label: str
    files: tuple[str, ...]


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the project and what was answered."""

    key: str
    label: str
    answer: str


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """A person, masked as far as the reader's part in the case demands."""

    name: str
    id_number: str
    phone: str
    card: str
    region: str
    category: str


NOBODY = PersonView(**dict.fromkeys(PersonView.__struct_fields__, masking.HIDDEN))
WATCHING = Duty(role="discipline")


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """What the declarant reads while data are being checked: how to object, since when, until when."""

    words: str
    since: datetime
    until: datetime | None


class CaseView(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration as its declarant sees it; ``can`` names what they may do now (mend, withdraw, redeclare). ``entered`` says which
    window entered it, "" where the resident declared on a phone."""

    id: str
    number: str
    project: str
    name: str
    place: str
    county: str | None
    declared_for: str
    entered: str
    beneficiary: PersonView
    state: str
    state_label: str
    node: str
    node_label: str
    answers: list[AnswerView]
    materials: list[MaterialView]
    progress: list[StepView]
    notices: list[Notice]
    can: list[str]
    supersedes: str | None
    superseded_by: str | None
    submitted_at: datetime
    version: int


class ReviewLine(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration found by its 受理编号. Of a sensitive project ``who`` is empty for readers of other nodes."""

    id: str
    number: str
    project: str
    short: str
    bureau: str
    place: str
    who: str
    state: str
    state_label: str
    node: str
    node_label: str
    submitted_at: datetime


class ReviewView(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration as staff see it. ``full`` is False for readers of a sensitive project who are none of the case's
    own nodes: nothing of a person is shown, answers and materials are left out. ``rivals``: other open declarations for
    the same person and project, which 受理 judges; the case's own nodes see them. ``handles``: the reader is one of these, and opens
    the files of materials. ``entered`` as the declarant sees it.
    """

    id: str
    number: str
    project: str
    name: str
    bureau: str
    place: str
    sensitive: bool
    full: bool
    handles: bool
    declared_for: str
    entered: str
    applicant: str
    beneficiary: PersonView
    state: str
    state_label: str
    node: str
    node_label: str
    answers: list[AnswerView]
    materials: list[MaterialView]
    progress: list[StepView]
    supersedes: str | None
    superseded_by: str | None
    submitted_at: datetime
    rivals: tuple[Rival, ...]
    version: int


# --- the catalogue ---------------------------------------------------------------------------------------------------


def project_line(project: Project, today: date) -> ProjectLine:
    return ProjectLine(openness=openness(project.windows, today), **shared(ProjectLine, project))


def project_view(ctx: Context, project: Project, today: date) -> ProjectView:
    return ProjectView(
        openness=openness(project.windows, today),
        flow=[
            FlowNode(node=node, label=label_of(ctx, node), limit=project.limits.get(node, USUAL_LIMIT))
            for node in project.chain
        ],
        **shared(ProjectView, project),
        **shared(ProjectView, project.form),
    )


def form_view(project: Project, category: str | None, declared_for: str, today: date) -> FormView:
    return FormView(
        project=project.code,
        name=project.name,
        openness=openness(project.windows, today),
        materials=asked_materials(project.form, category or "", declared_for),
        **shared(FormView, project.form, but=("materials",)),
    )


def label_of(ctx: Context, name: str) -> str:
    """What a node is called, also where its plugin is off: whether it is, is not the resident's business."""
    node: Node | None = ctx.node(name)
    return node.label if node else NODE_LABELS.get(name, name)


# --- drafts and cases ------------------------------------------------------------------------------------------------


def draft_view(ctx: Context, draft: Draft) -> DraftView:
    return DraftView(form=form_of(draft), saved_at=draft.updated_at, **shared(DraftView, draft))


def case_line(ctx: Context, case: Case) -> CaseLine:
    return CaseLine(
        who=masked_name(case),
        state_label=CASE.label(case.state),
        node_label=case.progress[-1].label,
        **shared(CaseLine, case),
    )


async def case_view(ctx: Context, case: Case) -> CaseView:
    return CaseView(
        name=case.project_name,
        entered=entered_by(case),
        # The declarant typed all this; the number stays masked all the same, for phones lie about.
        beneficiary=person_view(ctx, case, name=case.beneficiary.name),
        state_label=CASE.label(case.state),
        node_label=case.progress[-1].label,
        answers=answers_of(case),
        materials=materials_of(case),
        progress=progress_of(ctx, case, named=ctx.settings(DeclarationConfig).show_handler),
        notices=[Notice(**shared(Notice, hold)) for hold in case.holds],
        can=await OFFERS.offered(ctx, case),
        **shared(CaseView, case, but=("beneficiary", "answers", "progress")),
    )


def review_line(ctx: Context, case: Case) -> ReviewLine:
    return ReviewLine(
        place=ctx.regions.full_name(case.place),
        who=masked_name(case) if sees_persons(ctx, case) else "",
        state_label=CASE.label(case.state),
        node_label=case.progress[-1].label,
        **shared(ReviewLine, case, but=("place",)),
    )


async def review_view(ctx: Context, case: Case, moves: list[str]) -> ReviewView:
    """A declaration as handlers read it. Of a sensitive project persons are shown to the case's own nodes alone."""
    full, own = sees_persons(ctx, case), handles(ctx, case)
    return ReviewView(
        name=case.project_name,
        place=ctx.regions.full_name(case.place),
        full=full,
        handles=own,
        entered=entered_by(case),
        applicant=masking.name(case.applicant_name) if full else masking.HIDDEN,
        beneficiary=reviewed_person(ctx, case) if full else NOBODY,
        state_label=CASE.label(case.state),
        node_label=case.progress[-1].label,
        answers=answers_of(case) if full else [],
        materials=materials_of(case) if full else [],
        progress=progress_of(ctx, case, named=True) if full else [],
        rivals=await rivals_of(ctx, case) if own else (),
        **shared(ReviewView, case, but=("place", "applicant", "beneficiary", "answers", "progress")),
    )


def sees_persons(ctx: Context, case: Case) -> bool:
    """Of a sensitive project only the case's own nodes and 纪委 read about persons."""
    return duties.sees_persons(ctx.actor, case, WATCHING) or handles(ctx, case)


def handles(ctx: Context, case: Case) -> bool:
    """Whether the reader is one of the case's own nodes: holds the position that a node of its chain is done by."""
    nodes = [node for name in case.chain if (node := ctx.node(name)) is not None]
    return any(_does(ctx, node, case) for node in nodes)


def _does(ctx: Context, node: Node, case: Case) -> bool:
    at = ctx.regions.at_level(case.place, node.level)
    if at is None or node.role is None:
        return False
    return duties.does(ctx.actor, case, Duty(role=node.role, nodes=(node.name,)), at=at.code)


def reviewed_person(ctx: Context, case: Case) -> PersonView:
    """The name is in full for those who must know whose case it is."""
    return person_view(ctx, case, name=case.beneficiary.name if handles(ctx, case) else masked_name(case))


def person_view(ctx: Context, case: Case, name: str) -> PersonView:
    person = case.beneficiary
    categories = {category.key: category.label for category in case.form.categories}
    return PersonView(
        name=name,
        id_number=masking.id_number_staff(person.id_number.reveal()),
        phone=masking.phone(person.phone.reveal()),
        card=masking.card(person.card.reveal()) if person.card else "",
        region=ctx.regions.full_name(person.region),
        category=categories.get(person.category, ""),
    )


def answers_of(case: Case) -> list[AnswerView]:
    asked = [question for question in case.form.questions if question.key in case.answers]
    return [AnswerView(key=question.key, label=question.label, answer=case.answers[question.key]) for question in asked]


def materials_of(case: Case) -> list[MaterialView]:
    labels = {material.key: material.label for material in case.form.materials}
    return [
        MaterialView(key=item.key, label=labels.get(item.key, item.key), files=item.files) for item in case.handed_in
    ]


def progress_of(ctx: Context, case: Case, *, named: bool) -> list[StepView]:
    """All stays so far, then the nodes still ahead."""
    ahead: Sequence[str] = case.chain[case.chain.index(case.node) + 1 :] if case.open else ()
    coming = [StepView(node=name, label=label_of(ctx, name), state="ahead", state_label="未开始") for name in ahead]
    return [step_view(step, named) for step in case.progress] + coming


def step_view(step: Stay, named: bool) -> StepView:
    handler = step.handler if named else ""
    return StepView(state_label=STEP_LABELS[step.state], handler=handler, **shared(StepView, step, but=("handler",)))
