"""Where interception meets others: who confirms, what is heard of people, and what is guarded."""

from __future__ import annotations

from datetime import timedelta

from hub.api import Answer, Guard, Node, Reaction, StepHandler
from plugins.declaration.events import (
    CaseMended,
    CaseRecalled,
    CaseRefused,
    CaseSubmitted,
    CaseSuperseded,
    CaseTerminated,
    CaseWithdrawn,
    KnownRules,
    NodeEntered,
    PersonEntered,
)
from plugins.interception.actions import guards, hits, lists, registry, rules
from plugins.interception.business import HITS, NODE
from plugins.interception.events import HitFound
from plugins.interception.steps import JoinHit, ReadListPart
from plugins.payments.events import (
    BenefitEnded,
    BenefitResumed,
    BenefitsStarted,
    BenefitStarted,
    BenefitStopped,
)
from plugins.survey.events import PersonSurveyed

# A part of 200 rows takes well under a second here; a busy server is given time before it counts as hanging.
PART = timedelta(seconds=30)

# Nothing is decided in the worklist: 属实 and 误报解除 have their own page.
NODES = (Node(name=NODE, label="拦截信息确认", level="county", role="handler"),)

REACTIONS = (
    Reaction(event=PersonEntered, call=registry.entered),
    Reaction(event=PersonSurveyed, call=registry.surveyed),
    # Each node again: whose case was under way before interception was on here is met at the next one.
    *(
        Reaction(event=heard, call=registry.declared)
        for heard in (CaseSubmitted, CaseMended, CaseRecalled, NodeEntered)
    ),
    *(
        Reaction(event=ended, call=registry.case_over)
        for ended in (CaseRefused, CaseWithdrawn, CaseTerminated, CaseSuperseded)
    ),
    Reaction(event=BenefitStarted, call=registry.enjoyed),
    Reaction(event=BenefitsStarted, call=registry.enjoyed_together, budget=PART),
    Reaction(event=BenefitResumed, call=registry.enjoyed),
    Reaction(event=BenefitStopped, call=registry.no_more_enjoyed),
    Reaction(event=BenefitEnded, call=registry.no_more_enjoyed),
    Reaction(event=HitFound, call=hits.take_up),
)

STEPS = (
    StepHandler(step=JoinHit, call=hits.join),
    StepHandler(step=ReadListPart, call=lists.read_part),
)

GUARDS = (
    Guard(action="declaration.advance", call=guards.keep_from_approval),
    Guard(action="payments.pay", call=guards.keep_from_payment),
    Guard(action="payments.enrol", call=guards.keep_from_roster),
)

ANSWERS = (Answer(question=KnownRules, call=rules.known_rules, reach="asker"), *HITS.answers)
