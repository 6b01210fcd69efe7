"""How a case goes along its chain: into a node, on to the next, back, or waiting where nobody handles a node.

No node is ever passed over: where a node's plugin is off, the case holds there until it is on again. A case that others
want held waits likewise (``holds.py``); so does the result of a node that comes meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from hub.api import (
    Conflict,
    Context,
    Decision,
    Duplicate,
    Invalid,
    Node,
    Paged,
    Paging,
    Refused,
    taken,
    unit_of,
)
from plugins.declaration.actions.catalogue import offered
from plugins.declaration.actions.rivals import ELSEWHERE, judge
from plugins.declaration.business import AT_NODE, CASES, identity_of, shown, tell, told
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import APPROVAL, AREA, CASE, NODE_LABELS, USUAL_LIMIT, Case, Pause, Stay, cases_of
from plugins.declaration.events import (
    CaseAccepted,
    CaseApproved,
    CaseFinished,
    CaseGuarded,
    CaseHeld,
    CaseIntercepted,
    CaseMended,
    CaseRefused,
    CaseReturned,
    CorrectionAsked,
    NodeEntered,
    TakeStep,
)

# Who acts where a node takes the business of all bureaus.
OFFICES = {"village": "村（居）民委员会", "town": "便民服务窗口", "county": "政务服务窗口", "city": "政务服务窗口"}
# Cases of one transaction of the job: a conflict with a handler costs little, thousands are through in seconds.
AT_ONCE = 50


# --- forward ---------------------------------------------------------------------------------------------------------


async def enter(
    ctx: Context,
    before: Case,
    left: Case,
    name: str,
    pauses: tuple[Pause, ...] = (),
    since: datetime | None = None,
    *,
    decided: Decision | None = None,
) -> Case:
    """Put a case that has ``left`` where it was ``before`` at a node of its chain, save it, and call whoever handles it there."""
    arrived = at_node(ctx, left, name, pauses, since)
    tell_arrival(ctx, arrived)
    return await begin(ctx, await CASES.keep(ctx, before, arrived, decided=decided))


def at_node(ctx: Context, case: Case, name: str, pauses: tuple[Pause, ...] = (), since: datetime | None = None) -> Case:
    """The case as it stands at a node: being handled, or waiting where the node's plugin is off."""
    if len(case.progress) >= ctx.settings(DeclarationConfig).steps_at_most:
        raise Conflict("往返次数过多，请终止本件后重新申报。", state={"state": case.state, "version": case.version})
    node = ctx.node(name)
    step = open_step(ctx, case, name, node, pauses, since or ctx.now())
    state = case.state if node else CASE.transition("hold", case.state)
    # Back at 受理 it is judged anew.
    admitted = case.admitted and name != case.chain[0]
    return msgspec.structs.replace(case, node=name, state=state, admitted=admitted, progress=(*case.progress, step))


def tell_arrival(ctx: Context, case: Case) -> None:
    """Tell that a node has a case, or that it waits there: before it is saved, since who hears of a stay hears of its task next."""
    tell(ctx, NodeEntered if ctx.node(case.node) else CaseHeld, case)


async def begin(ctx: Context, case: Case) -> Case:
    """What the node itself does first; and the stay waits where somebody wants the case held."""
    node = ctx.node(case.node)
    if node is None:
        return case
    if node.enter is not None:
        await node.enter(ctx, case.id)
    if not case.holds:
        return case
    return await CASES.keep(ctx, case, intercepted(ctx, case), tell=(told(CaseIntercepted),))


def intercepted(ctx: Context, case: Case) -> Case:
    """The present stay waits until no hold is left."""
    case = with_step(case, state="intercepted", held_at=ctx.now(), due_at=None)
    return msgspec.structs.replace(case, state=CASE.transition("intercept", case.state))


def open_step(
    ctx: Context, case: Case, name: str, node: Node | None, pauses: tuple[Pause, ...], since: datetime
) -> Stay:
    place = place_of(ctx, case, node)
    return Stay(
        node=name,
        label=node.label if node else NODE_LABELS.get(name, name),
        round=len(case.progress) + 1,
        place=place,
        unit=acting_unit(ctx, case, place, node),
        state="handling" if node else "holding",
        held_at=None if node else ctx.now(),
        entered_at=ctx.now(),
        since=since,
        due_at=due_of(ctx, case, name, pauses, since) if node else None,
        pauses=pauses,
    )


def due_of(ctx: Context, case: Case, name: str, pauses: tuple[Pause, ...], since: datetime) -> datetime:
    """When the limit of a node ends that runs from ``since`` without the pauses."""
    limit = case.limits.get(name, USUAL_LIMIT)
    return ctx.calendar.due(since, limit, [(pause.start, pause.end) for pause in pauses])


def place_of(ctx: Context, case: Case, node: Node | None) -> str:
    """Where a node is done: the village, town or county of the case."""
    found = ctx.regions.at_level(case.place, node.level) if node else None
    return found.code if found else case.place


def acting_unit(ctx: Context, case: Case, place: str, node: Node | None) -> str:
    """As people read it: 安居区聚贤镇便民服务窗口, 安居区民政局."""
    if node is None:
        return ""
    return unit_of(ctx, place, OFFICES[node.level] if node.any_bureau else case.bureau)


# --- waiting for a plugin --------------------------------------------------------------------------------------------


async def hold(ctx: Context, case: Case) -> Case:
    """Let a case wait whose node's plugin was switched off while it was there, and tell the operators."""
    held = with_step(case, state="holding", held_at=ctx.now(), due_at=None)
    held = msgspec.structs.replace(held, state=CASE.transition("hold", case.state))
    return await CASES.keep(ctx, case, held, tell=(told(CaseHeld),))


async def go_on(ctx: Context, case: Case, node: Node) -> Case:
    """Take up a waiting case. It is the same stay: a task that was open is still the one to do; the wait does not
    count.
    """
    step = case.progress[-1]
    pauses = (*step.pauses, Pause(step.held_at or step.entered_at, ctx.now()))
    fresh = open_step(ctx, case, step.node, node, pauses, step.since)
    fresh = msgspec.structs.replace(fresh, round=step.round, entered_at=step.entered_at)
    state = CASE.transition("release", case.state)
    released = msgspec.structs.replace(case, state=state, progress=(*case.progress[:-1], fresh))
    tell_arrival(ctx, released)
    return await begin(ctx, await CASES.keep(ctx, case, released))


async def watch_nodes(ctx: Context) -> None:
    """Hold the cases whose node's plugin has gone off, take up those whose node is on again, in small transactions."""
    while await ctx.in_transaction(hold_and_release):
        pass


async def hold_and_release(ctx: Context) -> int:
    """Some of them; returns how many."""
    known = {name for project in await offered(ctx) for name in project.chain} | set(NODE_LABELS)
    on = {name: node for name in known if (node := ctx.node(name)) is not None}
    stranded, waiting = await cases_at(ctx, "handling", known - on.keys()), await cases_at(ctx, "holding", on.keys())
    for case in stranded:
        await hold(ctx, case)
    for case in waiting:
        await go_on(ctx, case, on[case.node])
    return len(stranded) + len(waiting)


async def cases_at(ctx: Context, state: str, nodes: Iterable[str]) -> list[Case]:
    wanted = {"state": state, "node": {"$in": sorted(nodes)}}
    found: list[Case] = await cases_of(ctx).find(wanted, limit=AT_ONCE)
    return found


# --- what handlers decide --------------------------------------------------------------------------------------------


async def pass_on(ctx: Context, case: Case, decision: Decision) -> None:
    """受理, 通过: on to the next node, or to the end of the chain."""
    if case.node == case.chain[0]:
        await judge(ctx, case, decision)
    left = closed(case, "passed", ctx.now(), decision)
    if case.node == case.chain[0]:
        left = accepted(left)
        tell(ctx, CaseAccepted, left)
    if case.node == APPROVAL:
        tell(ctx, CaseApproved, left)
    following = case.chain.index(case.node) + 1
    if following < len(case.chain):
        await go_to(ctx, case, left, case.chain[following], decision)
    else:
        await finish(ctx, case, left, decision)


async def go_to(ctx: Context, case: Case, left: Case, name: str, decision: Decision) -> None:
    try:
        await enter(ctx, case, left, name, decided=decision)
    except Duplicate:
        # The unique index speaks: of two that are passed at once, and across counties.
        raise Conflict(ELSEWHERE) from None


def accepted(case: Case) -> Case:
    """It is the admitted one for its person and project. Accepting a declaration for somebody else makes the applicant the
    agent for this case (domain: two-level binding).
    """
    agent = (case.applicant or None) if case.declared_for == "other" else case.agent
    return msgspec.structs.replace(case, admitted=True, agent=agent)


async def finish(ctx: Context, case: Case, left: Case, decision: Decision) -> None:
    """The chain is done: 待拨付 where payments follow by themselves, else the end."""
    state = CASE.transition("finish", case.state)
    ended = msgspec.structs.replace(left, state=state, open=False, closed_at=ctx.now())
    await CASES.keep(ctx, case, ended, decided=decision, tell=(told(CaseFinished),))


async def ask_correction(ctx: Context, case: Case, decision: Decision) -> None:
    """补正: the declarant must mend something; the limit stands still until then."""
    left = closed(case, "correcting", ctx.now(), decision)
    asked = msgspec.structs.replace(left, state=CASE.transition("correct", case.state))
    await CASES.keep(ctx, case, asked, decided=decision, tell=(told(CorrectionAsked),))


async def resume(ctx: Context, case: Case, mended: Case) -> Case:
    """Back from 补正 to the node that asked: a new stay, on the time that was left."""
    step = case.progress[-1]
    waited = Pause(step.done_at or step.entered_at, ctx.now())
    again = msgspec.structs.replace(mended, state=CASE.transition("mend", case.state))
    arrived = at_node(ctx, again, step.node, (*step.pauses, waited), step.since)
    tell(ctx, CaseMended, mended)
    tell_arrival(ctx, arrived)
    saved = await CASES.amend(ctx, case, arrived, "mend", CASE.moves["mend"].label, node=case.node)
    return await begin(ctx, saved)


async def send_back(ctx: Context, case: Case, decision: Decision) -> None:
    """退回: to an earlier node, the one before if none is named."""
    to = earlier_node(case, decision.to)
    left = closed(case, "returned", ctx.now(), decision)
    tell(ctx, CaseReturned, left, to=to)
    await enter(ctx, case, left, to, decided=decision)


def earlier_node(case: Case, wanted: str | None) -> str:
    before = case.chain[: case.chain.index(case.node)]
    if not before:
        raise Invalid(fields={"move": "这是第一个环节，不能退回；可要求补正或不予受理。"})
    if wanted is None:
        return before[-1]
    if wanted not in before:
        raise Invalid(fields={"to": "只能退回到前面的环节。"})
    return wanted


async def refuse(ctx: Context, case: Case, decision: Decision) -> None:
    """不予受理, 驳回: the case has ended."""
    left = closed(case, "refused", ctx.now(), decision)
    state = CASE.transition("refuse", case.state)
    ended = msgspec.structs.replace(left, state=state, open=False, closed_at=ctx.now())
    await CASES.keep(ctx, case, ended, decided=decision, tell=(told(CaseRefused),))


STEPS: Mapping[str, Callable[[Context, Case, Decision], Awaitable[None]]] = {
    "pass": pass_on,
    "correct": ask_correction,
    "return": send_back,
    "refuse": refuse,
}


def decided_by_hand(move: str) -> Callable[[Context, str, Decision], Awaitable[None]]:
    """A node's move, as the worklist calls it in the handler's own transaction."""

    async def decide(ctx: Context, id: str, decision: Decision) -> None:
        case: Case = await cases_of(ctx).get(id)
        CASE.transition(move, case.state, **shown(case))
        if case.progress[-1].round != decision.round:
            raise Conflict("本件已到其他环节，请刷新后再看。", state=shown(case))
        await ctx.guard("declaration.advance", guarded(case, move))
        await STEPS[move](ctx, case, decision)

    return decide


MOVES = {move: decided_by_hand(move) for move in STEPS}


# --- what other plugins' nodes come to -------------------------------------------------------------------------------


async def take_step(event: TakeStep, ctx: Context) -> None:
    """Another plugin's node has come to its result: the case goes the way that a handler's decision would take it.

    Told at least once, so a result for a stay that is over changes nothing. One that comes while the case is held, or waits for the
    node's plugin, is kept: nobody tells it again.
    """
    case: Case | None = await cases_of(ctx).first({"_id": event.case})
    if case is None or case.progress[-1].round != event.round or case.state not in AT_NODE:
        return
    decision = Decision(
        move=event.move, opinion=event.opinion, round=event.round, person=event.person, shown=event.shown, to=event.to
    )
    if case.state == "handling":
        await carry_out(ctx, case, decision)
    else:
        await park(ctx, case, decision)


async def carry_out(ctx: Context, case: Case, decision: Decision) -> None:
    """Let a result that nobody waits for at a screen take effect; where a guard is against it, later."""
    try:
        await ctx.guard("declaration.advance", guarded(case, decision.move))
    except Refused:
        await park(ctx, case, decision)
        return
    await STEPS[decision.move](ctx, case, decision)


async def park(ctx: Context, case: Case, decision: Decision) -> None:
    """Keep the result of a node until the case may go on; who came to it is done."""
    if case.parked != decision:
        await CASES.keep(ctx, case, msgspec.structs.replace(case, parked=decision), decided=decision)


async def retry_parked(ctx: Context) -> None:
    """Ask the guards again, case by case."""
    parked, cursor = {"parked.round": {"$gte": 1}, "state": "handling"}, None
    while True:
        paging = Paging(limit=AT_ONCE, cursor=cursor)
        page: Paged[Case] = await cases_of(ctx).page(parked, paging, sort=(("parked.round", 1),))
        for waiting in page.items:
            await ctx.in_transaction(partial(retry_one, id=waiting.id))
        cursor = page.next
        if cursor is None:
            return


async def retry_one(ctx: Context, id: str) -> None:
    case: Case | None = await cases_of(ctx).first({"_id": id})
    if case is not None and case.state == "handling" and case.parked is not None:
        await carry_out(ctx, case, case.parked)


# --- small words -----------------------------------------------------------------------------------------------------


def closed(case: Case, state: str, now: datetime, decision: Decision | None = None) -> Case:
    """The present step ends in this state."""
    said = {"handler": decision.shown, "opinion": decision.opinion} if decision else {}
    return msgspec.structs.replace(with_step(case, state=state, done_at=now, **said), parked=None)


def with_step(case: Case, **changes: Any) -> Case:
    *before, last = case.progress
    return msgspec.structs.replace(case, progress=(*before, msgspec.structs.replace(last, **changes)))


def guarded(case: Case, move: str) -> CaseGuarded:
    """The case as guards of other plugins see it."""
    return CaseGuarded(
        case=case.id,
        round=case.progress[-1].round if case.progress else 0,
        move=move,
        identity=identity_of(case),
        **taken(case, "number", "project", "bureau", "place", "node", "rules", "sensitive"),
        area_mu=case.answers.get(AREA, ""),
    )
