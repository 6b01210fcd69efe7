"""A case as a business: what waits for whom, what is told of it. How it goes along its chain stands in ``actions/chain.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import Business, Context, Fact, Identity, Secret, Task, masking, taken
from plugins.declaration.documents import AREA, CASE, Case
from plugins.declaration.events import CaseFact, Counter

# At a node, whether somebody may work on it now or not.
AT_NODE = ("handling", "holding", "intercepted")


def title_of(case: Case) -> str:
    return f"{case.short} · {masked_name(case)}"


def link_of(case: Case) -> str:
    """The case in the handlers' app."""
    return f"/{case.place}/declaration/review/{case.id}"


def masked_name(case: Case) -> str:
    return masking.name(case.beneficiary.name, minor=case.beneficiary.minor)


def shown(case: Case) -> dict[str, Any]:
    """The present state, for whoever came too late."""
    return {"state": case.state, "node": case.node, "version": case.version}


def tasks_of(ctx: Context, case: Case) -> Sequence[Task]:
    """One for each stay. Where the node's plugin wants somebody itself, or none for now, it tells so, and where it is off nobody
    knows: then the stay's task only pauses and ends here. What a handler's work has come to may be parked: nobody is wanted then.
    """
    if case.state not in AT_NODE:
        return ()
    step = case.progress[-1]
    node = ctx.node(step.node)
    role = node.role if node else None
    if role is not None and case.parked is not None:
        return ()
    return (
        Task(
            place=step.place,
            node=step.node,
            label=step.label,
            round=step.round,
            role=role or "",
            due_at=step.due_at or step.entered_at,
            subject_key=case.avoid_keys[0] if case.avoid_keys else None,
            sensitive=case.sensitive,
            paused=case.state == "intercepted",
            # One that waits for its plugin stays as it was when that went off.
            told=role is not None and case.state != "holding",
        ),
    )


def derived(ctx: Context, case: Case) -> Case:
    """Whoever declared or entered it neither handles it nor ends it, under whatever account."""
    keys = (*case.avoid_keys, *hand_keys(case))
    return msgspec.structs.replace(case, avoid=declarers(case), avoid_keys=tuple(dict.fromkeys(keys)))


def declarers(case: Case) -> tuple[str, ...]:
    """By whose hands it came."""
    hands = case.entry.hands if case.entry else ()
    return tuple(person for person in (case.applicant, *(hand.person for hand in hands)) if person)


def hand_keys(case: Case) -> tuple[str, ...]:
    """The blind ID numbers of those who entered and mended it at a window."""
    return tuple(hand.key for hand in case.entry.hands) if case.entry else ()


def entered_by(case: Case) -> str:
    """As the flow shows it; "" where somebody declared on a phone."""
    if case.entry is None:
        return ""
    return f"由{case.entry.unit}代录" + ("（他人代办）" if case.declared_for == "other" else "")


def nothing(ctx: Context, case: Case) -> Mapping[str, Any]:
    return {}


CASES: Business[Case] = Business(
    collection="declaration.cases",
    kind="declaration",
    machine=CASE,
    title=title_of,
    link=link_of,
    about=lambda case: case.beneficiary.id_number,
    tasks=tasks_of,
    derive=derived,
    shown=shown,
    noted=nothing,
    # Those it is about read it, as residents or as staff; they do not handle it.
    sees=lambda actor: {},
)


# --- facts -----------------------------------------------------------------------------------------------------------


def told(kind: type[CaseFact], **more: Any) -> Fact[Case]:
    """The fact of this kind about a case as it was saved."""

    def fact(ctx: Context, case: Case) -> CaseFact:
        return fact_of(ctx, kind, case, **more)

    return fact


def tell(ctx: Context, kind: type[CaseFact], case: Case, **more: Any) -> None:
    """Tell a fact of a case that goes on in the same act: of the stay that it leaves, or before its task is told of."""
    ctx.emit(fact_of(ctx, kind, case, **more))


def fact_of(ctx: Context, kind: type[CaseFact], case: Case, **more: Any) -> CaseFact:
    step = case.progress[-1] if case.progress else None
    return kind(
        **taken(
            derived(ctx, case),
            *("place", "number", "project", "short", "bureau", "node", "sensitive", "rules", "standard", "avoid_keys"),
        ),
        counter=counter_of(case),
        **more,
        case=case.id,
        label=step.label if step else "",
        round=step.round if step else 0,
        declarants=case.readers,
        agents=(case.agent,) if case.agent else (),
        who=masked_name(case),
        identity=identity_of(case),
        area_mu=case.answers.get(AREA, ""),
        limit=case.limits.get(case.node),
        at=ctx.now(),
    )


def counter_of(case: Case) -> Counter | None:
    return Counter(place=case.entry.place, role=case.entry.role) if case.entry else None


def identity_of(case: Case) -> Identity:
    person = case.beneficiary
    return Identity(name=Secret(person.name), **taken(person, "id_number", "phone", "card", "region", "minor"))
