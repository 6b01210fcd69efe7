"""How benefits, batches and payments are shown: persons masked, unless the reader's own work asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from hub.api import Context, HistoryLine, UnitLineView, masking, money, shared
from plugins.payments.actions.life import life_of, state_label
from plugins.payments.actions.years import Year
from plugins.payments.business import returned, sees_persons
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import BATCH, BENEFIT, OURS, Batch, Benefit, Intake, Reject, Row, rows_of
from plugins.payments.returns import Return, named


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Masked; of a sensitive project not even that for who only looks on."""

    name: str
    id_number: str
    card: str


class BenefitView(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    version: int
    project: str
    short: str
    bureau: str
    place: str
    place_name: str
    person: PersonView
    source: str
    number: str
    standard: str
    quantity: str
    amount: str | None
    state: str
    state_label: str


class BenefitDetail(msgspec.Struct, frozen=True, kw_only=True):
    benefit: BenefitView
    steps: list[UnitLineView]
    moves: list[str]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by state; they add up to ``rows`` of the batch."""

    listed: int = 0
    confirmed: int = 0
    held: int = 0
    sent: int = 0
    paid: int = 0
    failed: int = 0
    corrected: int = 0
    struck: int = 0


class BatchView(msgspec.Struct, frozen=True, kw_only=True):
    """``passed_over``: benefits that have no amount yet and are not on the 名册. ``collected``: it is complete."""

    id: str
    version: int
    number: str
    title: str
    project: str
    short: str
    bureau: str
    period: str
    rows: int
    total: str
    passed_over: int
    collected: bool
    sending: bool
    state: str
    state_label: str
    created_at: datetime | None


class BatchDetail(msgspec.Struct, frozen=True, kw_only=True):
    batch: BatchView
    counts: Counts
    steps: list[UnitLineView]
    moves: list[str]


class RowView(msgspec.Struct, frozen=True, kw_only=True):
    """``reason``: why it failed or waits; of one that the bank gave back, residents read what that means. ``next_step``: what whoever reads
    it does about that."""

    id: str
    version: int
    number: str
    batch: str
    project: str
    short: str
    period: str
    place: str
    place_name: str
    person: PersonView
    standard: str
    quantity: str
    amount: str
    state: str
    state_label: str
    reason: str
    next_step: str
    recover: bool
    paid_at: datetime | None
    created_at: datetime | None


class RowDetail(msgspec.Struct, frozen=True, kw_only=True):
    payment: RowView
    steps: list[UnitLineView]


class YearView(msgspec.Struct, frozen=True, kw_only=True):
    """年度发放清单: what ``person`` was paid in ``year``, the newest first, at most 200; ``more``: there are others. ``total`` in yuan is
    of those that are shown."""

    year: int
    person: PersonView
    place_name: str
    items: list[RowView]
    total: str
    more: bool


class IntakeView(msgspec.Struct, frozen=True, kw_only=True):
    """Reconciliation: ``added + changed + unchanged + rejected`` grows to ``rows``. ``progress`` in percent."""

    id: str
    kind: str
    project: str
    short: str
    batch: str | None
    dry_run: bool
    state: str
    progress: int
    rows: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    created_at: datetime | None
    finished_at: datetime | None


class RejectView(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the file that was left out, and why."""

    line: int
    reason: str


def person_view(ctx: Context, document: Benefit | Row) -> PersonView:
    identity = document.identity
    if not sees_persons(ctx, document):
        return PersonView(name=masking.HIDDEN, id_number=masking.HIDDEN, card=masking.HIDDEN)
    staff = ctx.actor.kind == "staff"
    number = identity.id_number.reveal()
    return PersonView(
        name=identity.masked,
        id_number=masking.id_number_staff(number) if staff else masking.id_number_public(number),
        card=masking.card(identity.card.reveal()) if identity.card else "",
    )


def steps_view(ctx: Context, acts: Sequence[HistoryLine]) -> list[UnitLineView]:
    """``handler`` is empty where the county shows residents the unit alone."""
    named = ctx.settings(PaymentsConfig).show_handler or ctx.actor.kind == "staff"
    return [
        UnitLineView(
            at=act.at, label=act.label, unit=act.unit, handler=act.handler if named else "", why=why_of(ctx, act)
        )
        for act in acts
    ]


def why_of(ctx: Context, act: HistoryLine) -> str:
    """What handlers write for each other stays with them; residents read why a payment failed or waits."""
    if ctx.actor.kind == "staff":
        return act.why
    if act.move == "fail":
        return meant(ctx, act.why).label
    return act.why if act.move in ("hold", "approved") else ""


def meant(ctx: Context, said: str) -> Return:
    """What the bank's text means."""
    return named(returned(ctx, said))


def benefit_view(ctx: Context, benefit: Benefit) -> BenefitView:
    return BenefitView(
        place_name=ctx.regions.full_name(benefit.place),
        person=person_view(ctx, benefit),
        state_label=BENEFIT.label(benefit.state),
        **shared(BenefitView, benefit),
    )


def benefit_detail(ctx: Context, benefit: Benefit, moves: list[str]) -> BenefitDetail:
    """One 享受 with all that happened to it."""
    return BenefitDetail(benefit=benefit_view(ctx, benefit), steps=steps_view(ctx, benefit.acts), moves=moves)


async def batch_detail(ctx: Context, batch: Batch, moves: list[str]) -> BatchDetail:
    """A batch with its counts by state and all its steps."""
    counts = await count_rows(ctx, batch.id)
    return BatchDetail(batch=batch_view(ctx, batch), counts=counts, steps=steps_view(ctx, batch.acts), moves=moves)


async def count_rows(ctx: Context, id: str) -> Counts:
    """By state."""
    return Counts(**{group.key[0]: group.count for group in await rows_of(ctx).groups({"batch": id}, ("state",))})


def batch_view(ctx: Context, batch: Batch) -> BatchView:
    state_label = BATCH.label(batch.state)
    return BatchView(bureau=batch.owner, state_label=state_label, **shared(BatchView, batch, but=("bureau",)))


async def row_detail(ctx: Context, row: Row, moves: Sequence[str] = ()) -> RowDetail:
    """One payment with its whole life: every node, time and 经办人员."""
    return RowDetail(payment=row_view(ctx, row), steps=steps_view(ctx, await life_of(ctx, row)))


def reason_of(ctx: Context, row: Row) -> str:
    """The same rule for the row itself: why a handler has struck it they wrote for each other."""
    if ctx.actor.kind == "staff":
        return row.reason
    if row.state == "failed":
        return meant(ctx, row.reason).label
    return row.reason if row.state != "struck" or row.reason in OURS else ""


def next_step_of(ctx: Context, row: Row) -> str:
    if row.state != "failed":
        return ""
    what = meant(ctx, row.reason)
    return what.handler if ctx.actor.kind == "staff" else what.person


def row_view(ctx: Context, row: Row) -> RowView:
    return RowView(
        reason=reason_of(ctx, row),
        next_step=next_step_of(ctx, row),
        place_name=ctx.regions.full_name(row.place),
        person=person_view(ctx, row),
        state_label=state_label(row),
        **shared(RowView, row, but=("reason",)),
    )


def year_view(ctx: Context, year: Year) -> YearView:
    return YearView(
        year=year.year,
        person=person_view(ctx, year.row),
        place_name=ctx.regions.full_name(year.row.place),
        items=[row_view(ctx, row) for row in year.paid],
        total=money.written(money.total(row.amount for row in year.paid)),
        more=year.more,
    )


def intake_view(ctx: Context, intake: Intake) -> IntakeView:
    progress = intake.done * 100 // intake.parts if intake.parts else 0
    return IntakeView(progress=progress, **shared(IntakeView, intake))


def reject_view(ctx: Context, reject: Reject) -> RejectView:
    return RejectView(line=reject.line, reason=reject.reason)
