"""What handlers do with tasks: claimed, released, decided one by one or together, a pass taken back."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

import msgspec

from hub.api import (
    Asked,
    Conflict,
    Context,
    Decision,
    Forbidden,
    Invalid,
    Offers,
    Refused,
    Stale,
    TaskClaimed,
    TaskDone,
    TaskRecalled,
    clean,
    read_words,
    recusal,
    shown_name,
)
from hub.worklist.actions.holders import (
    at_home,
    check_position,
    check_reach,
    node_of,
    not_hidden_from,
    task_of,
)
from hub.worklist.actions.tasks import put_back, shown, told_of
from hub.worklist.config import WorklistConfig
from hub.worklist.documents import TASK, Stay, Task, stays_of, tasks_of

# A person must be told why; a pass speaks for itself.
NEEDS_A_REASON = frozenset({"correct", "return", "refuse"})
# Of a node's moves the one that is no decision on an open task.
RECALL = "recall"
LONGEST_OPINION = 500
MOST_TOGETHER = 50
# Of one transaction of the job: a conflict with a handler costs little.
EXPIRED_AT_ONCE = 50


class DecideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``move``: pass, correct, return, refuse or another of the node's. ``version`` is the task's, as it was shown."""

    move: Annotated[str, Asked("处理", look="hidden")]
    version: int
    opinion: Annotated[str, Asked("处理意见", look="phrases")] = ""
    to: Annotated[str | None, Asked("退回到", look="hidden")] = None


class TogetherRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks of one project and one node. Only 通过 (受理): whom one refuses one looks at. ``ids``: each as ``id:version``, with the version
    that was shown, or as ``id`` alone, whatever its version."""

    ids: Annotated[tuple[str, ...], Asked("一起通过的待办"), msgspec.Meta(min_length=1, max_length=MOST_TOGETHER)]
    move: Annotated[Literal["pass"], Asked("处理", look="hidden")] = "pass"
    opinion: Annotated[str, Asked("处理意见")] = ""


class RecallRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` is the done task's, as it was shown."""

    version: int
    reason: Annotated[str, Asked("撤销的理由", long=True)]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one task of several: decided, or why not (``code`` as in error answers)."""

    id: str
    done: bool
    number: str = ""
    code: str = ""
    message: str = ""


# --- claims ----------------------------------------------------------------------------------------------------------


async def claim(ctx: Context, id: str) -> Task:
    """Take a task for oneself until the claim runs out. Of two at once one wins; the other sees who."""
    task = await task_of(ctx, id)
    await check_task(ctx, task)
    if is_mine(ctx, task):
        return task
    check_free(ctx, task)
    if ran_out(ctx, task):
        task = msgspec.structs.replace(task, state="open", offer=task.offer + 1)
    claimed = msgspec.structs.replace(
        task,
        state=TASK.transition("claim", task.state, **shown(task)),
        claimed_by=ctx.actor.person,
        claimed_name=shown_name(ctx.actor),
        claimed_until=ctx.now() + ctx.settings(WorklistConfig).claim_for,
    )
    await touch_stay(ctx, task)
    claimed = await tasks_of(ctx).save(claimed)
    ctx.audit("worklist.claim", claimed.id, stand_in=not at_home(ctx.actor, claimed))
    ctx.emit(
        TaskClaimed(
            place=claimed.place,
            task=claimed.id,
            subject=claimed.subject,
            node=claimed.node,
            offer=claimed.offer,
            person=ctx.actor.person or "",
        )
    )
    return claimed


async def check_task(ctx: Context, task: Task) -> None:
    """What whoever works on it needs: to be its position's, not concerned, and a node that is handled."""
    recusal.check_not_avoided(ctx.actor, task)
    await check_position(ctx, task)
    node_of(ctx, task)


def check_free(ctx: Context, task: Task) -> None:
    """``Conflict`` for what another works on, or what is over."""
    if task.state == "claimed" and not ran_out(ctx, task):
        raise Conflict(f"{task.claimed_name}正在处理这件待办。", state=shown(task))
    if task.state != "claimed":
        TASK.transition("claim", task.state, **shown(task))


def is_mine(ctx: Context, task: Task) -> bool:
    return task.state == "claimed" and task.claimed_by == ctx.actor.person


async def touch_stay(ctx: Context, task: Task) -> None:
    """Note that this round has been touched: from now on what led to it cannot be taken back."""
    stay: Stay | None = await stays_of(ctx).first({"_id": task.subject})
    if stay is None:
        await stays_of(ctx).insert(Stay(id=task.subject, place=task.place, touched=task.round))
        return
    if task.round <= stay.recalled:
        raise Conflict("上一环节撤销了通过，本件已收回。", state=shown(task))
    await stays_of(ctx).save(msgspec.structs.replace(stay, touched=max(stay.touched, task.round)))


async def release(ctx: Context, id: str) -> Task:
    """Give a claimed task back to all holders."""
    task = await task_of(ctx, id)
    check_claim(ctx, task, "release")
    ctx.audit("worklist.release", task.id)
    return await put_back(ctx, task, expired=False)


async def release_expired(ctx: Context) -> None:
    """Give back what was claimed and left lying, in small transactions."""
    while await ctx.in_transaction(release_some):
        pass


async def release_some(ctx: Context) -> int:
    """A few of them, the oldest first; returns how many."""
    left = {"state": "claimed", "claimed_until": {"$lte": ctx.now()}}
    tasks = await tasks_of(ctx).find(left, sort=(("claimed_until", 1),), limit=EXPIRED_AT_ONCE)
    for task in tasks:
        await put_back(ctx, task, expired=True)
    return len(tasks)


def check_claim(ctx: Context, task: Task, move: str) -> None:
    """``Conflict`` unless the actor holds the claim on the task."""
    if task.state == "open":
        raise Conflict("请先认领这件待办。", state=shown(task))
    TASK.transition(move, task.state, **shown(task))
    if task.claimed_by != ctx.actor.person:
        raise Conflict(f"{task.claimed_name}正在处理这件待办。", state=shown(task))


def ran_out(ctx: Context, task: Task) -> bool:
    return task.state == "claimed" and task.claimed_until is not None and task.claimed_until <= ctx.now()


# --- decisions -------------------------------------------------------------------------------------------------------


async def decide(ctx: Context, id: str, request: DecideRequest, *, together: bool = False) -> Task:
    """Do the claimer's decision: the task is done and the node's move made in one transaction."""
    task = await task_of(ctx, id)
    check_claim(ctx, task, "decide")
    await check_task(ctx, task)
    if task.version != request.version:
        raise Stale(state=shown(task))
    move = move_of(ctx, task, request)
    done = msgspec.structs.replace(
        task,
        state=TASK.transition("decide", task.state),
        move=request.move,
        opinion=request.opinion,
        done_by=ctx.actor.person,
        done_name=shown_name(ctx.actor),
        done_at=ctx.now(),
    )
    decision = decision_of(ctx, done, request.move, request.opinion, request.to)
    # First: its guards look at what was before.
    await move(ctx, task.subject, msgspec.structs.replace(decision, together=together))
    done = await tasks_of(ctx).save(done)
    ctx.audit("worklist.decide", done.id, why=request.move, of=done.subject, node=done.node)
    ctx.emit(TaskDone(**told_of(done, ctx.actor.person or "", ctx.now())))
    return done


def decision_of(ctx: Context, task: Task, move: str, opinion: str, to: str | None = None) -> Decision:
    return Decision(
        move=move,
        opinion=opinion,
        round=task.round,
        person=ctx.actor.person,
        shown=shown_name(ctx.actor),
        to=to,
        in_worklist=True,
        node=task.node,
    )


def move_of(ctx: Context, task: Task, request: DecideRequest) -> Any:
    """The node's function for the move asked for, its reason given."""
    node = node_of(ctx, task)
    move = node.moves.get(request.move) if request.move != RECALL else None
    if move is None:
        raise Invalid(fields={"move": f"“{task.label}”环节没有这种处理方式。"})
    if request.move in NEEDS_A_REASON:
        read_words(request.opinion, "opinion", "理由（申请人会看到）", LONGEST_OPINION)
    if len(request.opinion) > LONGEST_OPINION:
        raise Invalid(fields={"opinion": f"意见不超过{LONGEST_OPINION}字。"})
    return move


# --- 合并: several at once --------------------------------------------------------------------------------------------


async def decide_together(ctx: Context, request: TogetherRequest) -> list[Outcome]:
    """Claim and pass each task in a transaction of its own: what is wrong with one does not hold up the others."""
    shown_at = dict(map(read_ticked, request.ids))
    known = await tasks_of(ctx).find({"_id": {"$in": list(shown_at)}, **not_hidden_from(ctx.actor)})
    if len({(task.project, task.node) for task in known}) > 1:
        raise Invalid(fields={"ids": "合并办理只限同一项目、同一环节的待办。"})
    if len(request.opinion) > LONGEST_OPINION:
        raise Invalid(fields={"opinion": f"意见不超过{LONGEST_OPINION}字。"})
    return [await pass_one(ctx, id, version, request.opinion) for id, version in shown_at.items()]


def ticked(id: str, version: int) -> str:
    """One of ``TogetherRequest.ids``."""
    return f"{id}:{version}"


def read_ticked(text: str) -> tuple[str, int | None]:
    """The id, and the version where it is said."""
    id, _, version = text.partition(":")
    try:
        return id, int(version) if version else None
    except ValueError:
        raise Invalid(fields={"ids": "请重新打开这一页，再勾选。"}) from None


async def pass_one(ctx: Context, id: str, version: int | None, opinion: str) -> Outcome:
    try:
        done = await ctx.in_transaction(partial(claim_and_pass, id=id, version=version, opinion=opinion))
    except Refused as refusal:
        return Outcome(id=id, done=False, code=refusal.code, message=refusal.text)
    return Outcome(id=id, done=True, number=done.number)


async def claim_and_pass(ctx: Context, id: str, version: int | None, opinion: str) -> Task:
    """What one has passed already counts as passed: the request may have ended halfway, and is sent again."""
    task = await task_of(ctx, id)
    if task.state == "done" and task.move == "pass" and task.done_by == ctx.actor.person:
        return task
    if version is not None and version != task.version:
        raise Stale(state=shown(task))
    claimed = await claim(ctx, id)
    return await decide(ctx, id, DecideRequest(move="pass", version=claimed.version, opinion=opinion), together=True)


# --- 撤销通过 --------------------------------------------------------------------------------------------------------


async def recall(ctx: Context, id: str, request: RecallRequest) -> Task:
    """Take one's own pass back, as long as nobody has touched what followed. The node's move makes the case wait here again,
    which opens a new task, and returns the round that is void by it (0: nothing followed).
    """
    task = await task_of(ctx, id)
    move = recall_of(ctx, task)
    stay = await untouched_stay(ctx, task)
    if task.version != request.version:
        raise Stale(state=shown(task))
    read_words(request.reason, "reason", "撤销的理由", LONGEST_OPINION)
    recalled = msgspec.structs.replace(task, state=TASK.transition(RECALL, task.state), reason=clean(request.reason))
    void: int = await move(ctx, task.subject, decision_of(ctx, task, RECALL, recalled.reason))
    recalled = await tasks_of(ctx).save(recalled)
    await stays_of(ctx).save(msgspec.structs.replace(stay, recalled=max(stay.recalled, void)))
    ctx.audit("worklist.recall", task.id, why=recalled.reason, of=task.subject, node=task.node)
    ctx.emit(TaskRecalled(**told_of(recalled, ctx.actor.person or "", ctx.now())))
    return recalled


def recall_of(ctx: Context, task: Task) -> Any:
    """The node's function for 撤销通过, if this is the maker's own pass, who need not keep away from it by now."""
    recusal.check_not_avoided(ctx.actor, task)
    check_reach(ctx, task)
    TASK.transition(RECALL, task.state, **shown(task))
    if task.done_by != ctx.actor.person:
        raise Forbidden("只有作出“通过”决定的本人可以撤销。")
    move = node_of(ctx, task).moves.get(RECALL) if task.move == "pass" else None
    if move is None:
        raise Conflict("这项决定不能撤销。", state=shown(task))
    return move


async def untouched_stay(ctx: Context, task: Task) -> Stay:
    """Where the subject stands, if nobody has claimed a later task of it; saving it keeps everybody from that."""
    stay: Stay = await stays_of(ctx).get(task.subject)
    if stay.touched > task.round:
        raise Conflict("下一环节已开始办理，不能撤销。", state=shown(task))
    return stay


# --- what is offered -------------------------------------------------------------------------------------------------


async def moves_of(ctx: Context, task: Task) -> list[str]:
    """What the one who reads may do with it now: of what they have claimed the node's decisions."""
    offered = await OFFERS.offered(ctx, task)
    if "decide" not in offered:
        return offered
    decisions = [move for move in node_of(ctx, task).moves if move != RECALL]
    return [*decisions, *(move for move in offered if move != "decide")]


async def check_claimable(ctx: Context, task: Task) -> None:
    """What is one's own already is not claimed again, though the same call sent twice is answered."""
    await check_task(ctx, task)
    if is_mine(ctx, task):
        raise Conflict("您已认领这件待办。", state=shown(task))
    check_free(ctx, task)


async def check_recall(ctx: Context, task: Task) -> None:
    recall_of(ctx, task)
    await untouched_stay(ctx, task)


OFFERS: Offers[Task] = Offers(
    {
        "claim": (check_claimable,),
        "decide": (partial(check_claim, move="decide"), check_task),
        "release": (partial(check_claim, move="release"),),
        RECALL: (check_recall,),
    }
)
