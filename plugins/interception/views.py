"""How hits, recoveries and check lists are shown: persons masked, evidence nowhere but in its own answer."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from hub.api import Context, HistoryLine, UnitLineView, masking, shared
from plugins.interception.actions.kinds import KINDS, Kind
from plugins.interception.actions.reading import SEVERITIES
from plugins.interception.actions.rules import BY_CODE, Rule, severity_of
from plugins.interception.business import confirms, link_to, seconds, watches
from plugins.interception.config import InterceptionConfig
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
    Reject,
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
    steps: list[UnitLineView]
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
    steps: list[UnitLineView]
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
        severity_label=SEVERITIES[hit.severity],
        place_name=ctx.regions.full_name(hit.place),
        who=hit.identity.masked,
        state_label=HIT.label(hit.state),
        source_label=SOURCES[hit.source],
        due_at=hit.due_at if hit.open else None,
        overdue=hit.open and hit.due_at is not None and hit.due_at < ctx.now(),
        link=link_to(hit, hit.id),
        **shared(HitLine, hit, but=("due_at",)),
    )


def hit_detail(ctx: Context, hit: Hit, can: list[str]) -> HitDetail:
    """One hit with all that happened to it; without what the lists say."""
    own = is_own(ctx, hit)
    return HitDetail(
        hit=hit_line(ctx, hit),
        id_number=masking.id_number_staff(hit.identity.id_number.reveal()),
        words=words_of(hit),
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
    return ProposalView(handler=proposal.shown, **shared(ProposalView, proposal))


def step_view(line: HistoryLine, *, why: bool) -> UnitLineView:
    return UnitLineView(why=line.why if why else "", **shared(UnitLineView, line, but=("why",)))


def evidence_view(ctx: Context, hit: Hit) -> EvidenceView:
    """比对依据: for the confirming bureau and 纪委, with a reason; logged."""
    proofs = msgspec.json.decode(hit.evidence.reveal(), type=list[Proof])
    return EvidenceView(
        hit=hit.id,
        rule=hit.rule,
        label=hit.label,
        words=words_of(hit),
        proofs=[proof_view(proof) for proof in proofs],
    )


def proof_view(proof: Proof) -> ProofView:
    kind = KINDS[proof.list].label if proof.list in KINDS else proof.list
    return ProofView(list=kind, **shared(ProofView, proof, but=("list",)))


def words_of(hit: Hit) -> str:
    return BY_CODE[hit.rule].words if hit.rule in BY_CODE else ""


def recovery_detail(ctx: Context, recovery: Recovery, can: list[str]) -> RecoveryView:
    """One 追缴 with its steps."""
    return recovery_view(ctx, recovery)


def recovery_view(ctx: Context, recovery: Recovery) -> RecoveryView:
    own = confirms(ctx.actor, recovery) or watches(ctx.actor, recovery)
    return RecoveryView(
        place_name=ctx.regions.full_name(recovery.place),
        who=recovery.identity.masked,
        returned=recovery.returned or "0.00",
        remaining=str(recovery.remaining),
        state_label=RECOVERY.label(recovery.state),
        steps=[step_view(line, why=own) for line in recovery.acts],
        **shared(RecoveryView, recovery, but=("returned",)),
    )


def list_view(ctx: Context, stored: CheckList) -> ListView:
    return ListView(
        kind_label=KINDS[stored.kind].label,
        state_label=LIST.label(stored.state),
        handler=stored.maker_name,
        **shared(ListView, stored),
    )


def reject_view(ctx: Context, reject: Reject) -> RejectView:
    return RejectView(line=reject.line, reason=reject.reason)


def rule_view(ctx: Context, rule: Rule) -> RuleView:
    severity, on = (
        severity_of(ctx.settings(InterceptionConfig), rule),
        rule.code not in ctx.settings(InterceptionConfig).off,
    )
    return RuleView(severity=severity, on=on, **shared(RuleView, rule, but=("severity",)))


def kind_view(kind: Kind) -> KindView:
    return KindView(code=kind.code, label=kind.label, columns=[column.label for column in kind.columns])
