"""How hits, recoveries and check lists are shown: persons masked, evidence nowhere but in its own answer."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from hub.api import Context, HistoryLine, masking
from plugins.interception.actions.kinds import KINDS
from plugins.interception.actions.reading import SEVERITIES
from plugins.interception.actions.rules import BY_CODE
from plugins.interception.business import confirms, link_to, seconds, watches
from plugins.interception.documents import (
    HIT,
    LIST,
    RECOVERY,
    SOURCES,
    CheckList,
    Hit,
    Proof,
    Proposal,
    Recovery,
)


class HitLine(msgspec.Struct, frozen=True, kw_only=True):
    """A hit in a list. ``attempts`` counts the forms it was found at; ``case_number`` is empty while no declaration has come of
    them. ``due_at`` counts while it is ``open``.
    """

    id: str
    version: int
    number: str
    rule: str
    label: str
    severity: str
    severity_label: str
    project: str
    short: str
    bureau: str
    place: str
    place_name: str
    who: str
    state: str
    state_label: str
    outcome: str
    open: bool
    at_entry: bool
    source_label: str
    attempts: int
    case: str | None
    case_number: str
    benefit: str | None
    due_at: datetime | None
    overdue: bool
    link: str
    created_at: datetime | None


class StepView(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    label: str
    unit: str
    handler: str
    why: str


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """误报解除 as the first person proposed it, for the second."""

    handler: str
    reason: str
    evidence: str
    at: datetime


class HitDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A hit for staff. ``words`` say what the rule asks to look at; ``can`` what the reader may do now;
    ``evidence`` whether they may read what the lists say, which is in no view: ``POST …/evidence``.
    """

    hit: HitLine
    id_number: str
    words: str
    proposal: ProposalView | None
    recovery: str | None
    steps: list[StepView]
    can: list[str]
    evidence: bool


class RecoveryView(msgspec.Struct, frozen=True, kw_only=True):
    """追缴. Amounts in yuan, as text: ``amount`` = ``returned`` + ``remaining``."""

    id: str
    version: int
    hit: str
    number: str
    project: str
    short: str
    bureau: str
    place: str
    place_name: str
    who: str
    amount: str
    returned: str
    remaining: str
    state: str
    state_label: str
    steps: list[StepView]
    created_at: datetime | None


class ProofView(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence."""

    list: str
    source: str
    as_of: str
    says: dict[str, str]


class EvidenceView(msgspec.Struct, frozen=True, kw_only=True):
    """What the rule found, for the confirming bureau and 纪委."""

    hit: str
    rule: str
    label: str
    words: str
    proofs: list[ProofView]


class ListView(msgspec.Struct, frozen=True, kw_only=True):
    """A check list: how far it is (``done`` of ``parts``) and its reconciliation: ``rows`` = added + changed + unchanged +
    rejected when it is done. ``ended`` entries were not in a complete list any more.
    """

    id: str
    kind: str
    kind_label: str
    source: str
    as_of: date
    replace: bool
    dry_run: bool
    state: str
    state_label: str
    parts: int
    done: int
    rows: int
    added: int
    changed: int
    unchanged: int
    rejected: int
    ended: int
    hits: int
    handler: str
    created_at: datetime | None
    finished_at: datetime | None


class RejectView(msgspec.Struct, frozen=True, kw_only=True):
    line: int
    reason: str


class RuleView(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as this county runs it."""

    code: str
    label: str
    severity: str
    words: str
    kind: str | None
    full_survey: bool
    on: bool


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of check list and its columns."""

    code: str
    label: str
    columns: list[str]


def hit_line(ctx: Context, hit: Hit) -> HitLine:
    return HitLine(
        id=hit.id,
        version=hit.version,
        number=hit.number,
        rule=hit.rule,
        label=hit.label,
        severity=hit.severity,
        severity_label=SEVERITIES[hit.severity],
        project=hit.project,
        short=hit.short,
        bureau=hit.bureau,
        place=hit.place,
        place_name=ctx.regions.full_name(hit.place),
        who=hit.identity.masked,
        state=hit.state,
        state_label=HIT.label(hit.state),
        outcome=hit.outcome,
        open=hit.open,
        at_entry=hit.at_entry,
        source_label=SOURCES[hit.source],
        attempts=hit.attempts,
        case=hit.case,
        case_number=hit.case_number,
        benefit=hit.benefit,
        due_at=hit.due_at if hit.open else None,
        overdue=hit.open and hit.due_at is not None and hit.due_at < ctx.now(),
        link=link_to(hit.id),
        created_at=hit.created_at,
    )


def hit_detail(ctx: Context, hit: Hit, can: list[str]) -> HitDetail:
    """One hit with all that happened to it; without what the lists say."""
    own = is_own(ctx, hit)
    return HitDetail(
        hit=hit_line(ctx, hit),
        id_number=masking.id_number_staff(hit.identity.id_number.reveal()),
        words=BY_CODE[hit.rule].words if hit.rule in BY_CODE else "",
        proposal=proposal_view(hit.proposal) if hit.proposal and own else None,
        recovery=hit.recovery,
        # What handlers write for each other stays with them.
        steps=[step_view(line, why=own) for line in hit.acts],
        can=can,
        evidence=sees_evidence(ctx, hit),
    )


def is_own(ctx: Context, hit: Hit) -> bool:
    return seconds(ctx.actor, hit) or watches(ctx.actor, hit)


def sees_evidence(ctx: Context, hit: Hit) -> bool:
    return confirms(ctx.actor, hit) or watches(ctx.actor, hit)


def proposal_view(proposal: Proposal) -> ProposalView:
    return ProposalView(handler=proposal.shown, reason=proposal.reason, evidence=proposal.evidence, at=proposal.at)


def step_view(line: HistoryLine, *, why: bool) -> StepView:
    return StepView(at=line.at, label=line.label, unit=line.unit, handler=line.handler, why=line.why if why else "")


def evidence_view(hit: Hit, proofs: list[Proof]) -> EvidenceView:
    return EvidenceView(
        hit=hit.id,
        rule=hit.rule,
        label=hit.label,
        words=BY_CODE[hit.rule].words if hit.rule in BY_CODE else "",
        proofs=[
            ProofView(
                list=KINDS[proof.list].label if proof.list in KINDS else proof.list,
                source=proof.source,
                as_of=proof.as_of,
                says=proof.says,
            )
            for proof in proofs
        ],
    )


def recovery_detail(ctx: Context, recovery: Recovery, can: list[str]) -> RecoveryView:
    """One 追缴 with its steps."""
    return recovery_view(ctx, recovery)


def recovery_view(ctx: Context, recovery: Recovery) -> RecoveryView:
    own = confirms(ctx.actor, recovery) or watches(ctx.actor, recovery)
    return RecoveryView(
        id=recovery.id,
        version=recovery.version,
        hit=recovery.hit,
        number=recovery.number,
        project=recovery.project,
        short=recovery.short,
        bureau=recovery.bureau,
        place=recovery.place,
        place_name=ctx.regions.full_name(recovery.place),
        who=recovery.identity.masked,
        amount=recovery.amount,
        returned=recovery.returned or "0.00",
        remaining=str(recovery.remaining),
        state=recovery.state,
        state_label=RECOVERY.label(recovery.state),
        steps=[step_view(line, why=own) for line in recovery.acts],
        created_at=recovery.created_at,
    )


def list_view(stored: CheckList) -> ListView:
    same = ("id", "kind", "source", "as_of", "replace", "dry_run", "state", "parts", "done", "rows", "added", "changed")
    more = ("unchanged", "rejected", "ended", "hits", "created_at", "finished_at")
    return ListView(
        **{name: getattr(stored, name) for name in (*same, *more)},
        kind_label=KINDS[stored.kind].label,
        state_label=LIST.label(stored.state),
        handler=stored.maker_name,
    )
