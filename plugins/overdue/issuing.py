"""签发: what is late is ordered done: all that a leader looks at (一键督办), or chosen cases of chosen persons.

What was seen is frozen when it is confirmed, and carried out in parts. Nobody gets a second open order about one task, whoever
issues it and however often.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from hub.api import (
    ANY,
    Actor,
    Asked,
    Colleague,
    Conflict,
    Context,
    HistoryLine,
    Holders,
    Invalid,
    Placement,
    Position,
    Secret,
    Step,
    StepHandler,
    asked,
    audience_of,
    duties,
    next_number,
    read_words,
    recusal,
    shown_name,
    taken,
    unit_of,
)
from plugins.overdue.answering import Day, File, answer_by
from plugins.overdue.board import restriction
from plugins.overdue.config import OverdueConfig
from plugins.overdue.documents import OFFER, Watch, offered, watches_of
from plugins.overdue.events import OrderIssued
from plugins.overdue.late import LEADER, late_of, tell_followers
from plugins.overdue.orders import MOST_WORDS, ORDERS, Issue, Order, issues_of, open_as, orders_of, said_of, told

PART = 25
MOST_NAMED, MOST_PERSONS = 20, 10
# What may have come and gone meanwhile without being asked about again.
FEW, SHARE = 3, 0.1
MANY_HOLDERS = 40
# Open ones are looked for so many tasks at a time, each with its handlers and leaders.
TASKS_AT_ONCE, MOST_OPEN = 200, 20_000

Short = Annotated[str, msgspec.Meta(max_length=64)]


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a leader looks at: all that is late here, or of one line of the board, one project, one 功能节点."""

    row: Annotated[Short | None, Asked("地区", look="hidden")] = None
    project: Annotated[Short | None, Asked("项目", look="hidden")] = None
    node: Annotated[Short | None, Asked("环节", look="hidden")] = None


class AtOnceRequest(View, frozen=True, kw_only=True):
    """一键督办 of what was seen: so many ``cases`` of so many ``people``."""

    cases: Annotated[int, Asked("案件", look="hidden")]
    people: Annotated[int, Asked("人数", look="hidden")]
    words: Annotated[str, Asked("督办要求", "写清要办到哪一步", long=True), msgspec.Meta(max_length=MOST_WORDS)]
    day: Day = None

    def __repr__(self) -> str:
        return "AtOnceRequest(***)"


class NamedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """These persons, of each of these late tasks that they have to do with."""

    tasks: Annotated[tuple[File, ...], Asked("督办哪些案件"), msgspec.Meta(min_length=1, max_length=MOST_NAMED)]
    persons: Annotated[tuple[File, ...], Asked("督办哪些人"), msgspec.Meta(min_length=1, max_length=MOST_PERSONS)]
    words: Annotated[str, Asked("督办要求", "写清要办到哪一步", long=True), msgspec.Meta(max_length=MOST_WORDS)]
    day: Day = None

    def __repr__(self) -> str:
        return "NamedRequest(***)"


class IssuePart(Step, frozen=True, kw_only=True):
    """The orders about these tasks; ``subject`` is the issue."""

    subject: str
    part: int
    tasks: tuple[str, ...]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What 一键督办 would do now: of so many ``cases``, ``people`` get ``orders``; ``already`` are open, and of ``nobodys`` cases nobody
    can be named. ``restricted``: it orders others besides, of projects whose persons the one who asks may not see. How many does not
    stand here: of one project at one node it would tell what the board withholds."""

    cases: int
    people: int
    orders: int
    already: int
    nobodys: int
    restricted: bool


class Target(msgspec.Struct, frozen=True):
    """Who can be named of a task: who has it ``at`` that place, or who leads there."""

    task: str
    person: str
    at: str
    leads: bool = False


class Late(msgspec.Struct, frozen=True):
    """A late task: who has claimed it, to whom it is offered, and where its issuer leads."""

    id: str
    holder: str | None
    offered: Holders
    top: str
    sensitive: bool


# --- to whom --------------------------------------------------------------------------------------------------------------


def late_in(ctx: Context, view: View) -> Mapping[str, Any]:
    """All that is late there, also of sensitive projects, whose orders name nobody; without what the one who asks must keep away from."""
    return recusal.left_to(ctx.actor, {"state": "late", **asked(view, ("row", "project", "node"))})


def held_by(actor: Actor) -> tuple[Position, ...]:
    """What the one who acts leads in."""
    return tuple(position for position in actor.positions if position.role == LEADER.role)


def top_of(ctx: Context, held: Sequence[Position], offered: Holders) -> str:
    """The highest place from which one of these positions leads such a task; ``""`` for none. Who leads one bureau at the county and all of
    a town orders nobody of another bureau at the county."""
    place = ctx.regions[offered.place]
    task = Placement(path=place.path, county=place.county, bureau=offered.bureau, project=offered.project)
    fitting = [position for position in held if duties.fits(position, task, LEADER)]
    return min(fitting, key=lambda position: len(position.path)).region if fitting else ""


def late_task(ctx: Context, held: Sequence[Position], watch: Watch) -> Late:
    offered = audience_of(watch)
    return Late(watch.id, watch.holder, offered, top_of(ctx, held, offered), watch.sensitive)


async def handlers_of(ctx: Context, late: Sequence[Late], issuer: str) -> list[Target]:
    """Who has them: whoever claimed one, else all who hold its position today; as far as they have it below where it is led."""
    answers = await ctx.holders_of_each({each.offered for each in late})
    found = []
    for each in late:
        answer = answers[each.offered]
        persons = (each.holder,) if each.holder in answer.persons else answer.persons
        if each.top in ctx.regions[answer.at].path:
            found += [Target(each.id, person, answer.at) for person in persons[:MANY_HOLDERS] if person != issuer]
    return found


async def leaders_of(ctx: Context, late: Sequence[Late], issuer: str) -> list[Target]:
    """Who leads a place between the task and the one who issues, both but the latter's own included."""
    asked_for = {
        (each.id, place): replace(each.offered, role=LEADER.role, place=place, node=ANY)
        for each in late
        for place in ctx.regions[each.offered.place].path
        if each.top in ctx.regions[place].path[:-1]
    }
    answers = await ctx.holders_of_each(set(asked_for.values()))
    return [
        Target(task, person, place, leads=True)
        for (task, place), audience in asked_for.items()
        for person in answers[audience].persons
        if answers[audience].at == place and person != issuer
    ]


# --- 一键督办 ----------------------------------------------------------------------------------------------------------------


async def looked_at(ctx: Context, view: View) -> list[Late]:
    """All of it, in one query. ``Conflict`` for more than may be ordered at once."""
    most = ctx.settings(OverdueConfig).at_once_most
    rows = await watches_of(ctx).groups(late_in(ctx, view), ("_id", "holder", "sensitive", *OFFER), at_most=most + 1)
    if len(rows) > most:
        raise Conflict(f"这里逾期的超过{most}件，请先选定乡镇、项目或环节，再一键督办。")
    held = held_by(ctx.actor)
    offers = [(*row.key[:3], offered(*row.key[3:])) for row in rows]
    return [Late(id, holder, offer, top_of(ctx, held, offer), sensitive) for id, holder, sensitive, offer in offers]


async def counted(ctx: Context, late: Sequence[Late]) -> Preview:
    """What would come of these."""
    shown = [each for each in late if not each.sensitive or restriction(ctx) is None]
    targets = await handlers_of(ctx, shown, ctx.actor.person or "")
    already = await open_among(ctx, targets)
    fresh = [each for each in targets if open_as(each.person, each.task) not in already]
    return Preview(
        cases=len(shown),
        people=len({each.person for each in fresh}),
        orders=len(fresh),
        already=len(already),
        nobodys=len({each.id for each in shown} - {each.task for each in targets}),
        restricted=len(shown) < len(late),
    )


async def preview(ctx: Context, body: View) -> Preview:
    """一键督办 as it would be now: how many cases, how many people, how many orders are open already. Nothing is done."""
    return await counted(ctx, await looked_at(ctx, body))


async def issue_at_once(ctx: Context, body: AtOnceRequest) -> Issue:
    """一键督办: the handlers of all that is late in this view get orders, in parts."""
    late = await looked_at(ctx, body)
    now = await counted(ctx, late)
    if not now.orders and not now.restricted:
        raise Conflict("这里没有可以督办的人：没有逾期的案件，或者都已经督办。")
    if moved(body.cases, now.cases) or moved(body.people, now.people):
        raise Conflict(f"刚才有变化：现在是{now.cases}件、{now.people}人。请核对后再签发。")
    ids = [each.id for each in late]
    parts = [tuple(ids[at : at + PART]) for at in range(0, len(ids), PART)]
    issue = await begin(ctx, body.words, body, cases=len(late), parts=len(parts), people=now.people)
    for number, tasks in enumerate(parts):
        ctx.enqueue(IssuePart(place=issue.place, subject=issue.id, part=number, tasks=tasks))
    return issue


def moved(seen: int, now: int) -> bool:
    """Whether it is another number than a few cases that came and went would make it."""
    return abs(now - seen) > max(FEW, int(SHARE * seen))


async def begin(
    ctx: Context, words: str, request: AtOnceRequest | NamedRequest, *, cases: int, parts: int, people: int
) -> Issue:
    """The act itself, by whoever leads."""
    number = await next_number(ctx, "D", series="order-")
    said, held = read_words(words, "words", "督办要求"), held_by(ctx.actor)
    unit, handler = unit_of(ctx, held[0].region, None), shown_name(ctx.actor)
    line = HistoryLine(at=ctx.now(), move="issue", label="签发", unit=unit, handler=handler, person=ctx.actor.person)
    new = Issue(
        id=ctx.new_id(),
        place=ctx.place.code,
        person=ctx.actor.person or "",
        name=handler,
        number=number,
        held=held,
        words=Secret(said),
        answer_by=answer_by(ctx, request.day),
        line=line,
        cases=cases,
        parts=parts,
    )
    ctx.audit("overdue.issue", new.id, number=number, cases=cases, people=people)
    return await issues_of(ctx).insert(new)


async def issue_part(step: IssuePart, ctx: Context) -> None:
    """The orders of one part, of what is still late. Run again, nothing happens."""
    issue: Issue | None = await issues_of(ctx).first({"_id": step.subject})
    if issue is None or step.part in issue.done:
        return
    watches: list[Watch] = await watches_of(ctx).find({"_id": {"$in": list(step.tasks)}, "state": "late"})
    late = [late_task(ctx, issue.held, watch) for watch in watches]
    made = await make(ctx, issue, watches, await handlers_of(ctx, late, issue.person))
    done = (*issue.done, step.part)
    await issues_of(ctx).save(replace(issue, done=done, orders=issue.orders + made))


# --- named ----------------------------------------------------------------------------------------------------------------


async def targets_of(ctx: Context, watches: Sequence[Watch]) -> list[Target]:
    """All who can be named of these: handlers who have them, leaders below the one who asks."""
    me, held = ctx.actor.person or "", held_by(ctx.actor)
    late = [late_task(ctx, held, watch) for watch in watches]
    return [*await handlers_of(ctx, late, me), *await leaders_of(ctx, late, me)]


async def issue_named(ctx: Context, body: NamedRequest) -> Issue:
    """督办 of chosen cases: each of the chosen persons gets an order about each of them that they have to do with."""
    wanted = late_of(ctx, {"_id": {"$in": list(body.tasks)}, "county": ctx.county})
    watches: list[Watch] = await watches_of(ctx).find(wanted)
    if len(watches) < len(set(body.tasks)):
        raise Invalid("有的案件已经办结，请重新选择。", fields={"tasks": "有的已经办结或不再逾期，请重新选择。"})
    targets = [each for each in await targets_of(ctx, watches) if each.person in body.persons]
    if set(body.persons) - {each.person for each in targets}:
        raise Invalid(fields={"persons": "有的人不经办所选的案件，请重新选择。"})
    people = len(set(body.persons))
    issue = await begin(ctx, body.words, body, cases=len(watches), parts=0, people=people)
    made = await make(ctx, issue, watches, targets)
    if not made:
        raise Conflict("所选的人都已收到这些案件的督办单，还没有办结。")
    return await issues_of(ctx).save(replace(issue, orders=made))


# --- both -----------------------------------------------------------------------------------------------------------------


async def open_among(ctx: Context, targets: Sequence[Target]) -> set[str]:
    """Those of these that have an open order already, as ``open_as``."""
    tasks, found = list(dict.fromkeys(each.task for each in targets)), set[str]()
    for at in range(0, len(tasks), TASKS_AT_ONCE):
        about = {"task": {"$in": tasks[at : at + TASKS_AT_ONCE]}, "open_as": {"$ne": ""}}
        found |= {each.key[0] for each in await orders_of(ctx).groups(about, ("open_as",), at_most=MOST_OPEN)}
    return found & {open_as(each.person, each.task) for each in targets}


async def make(ctx: Context, issue: Issue, watches: Sequence[Watch], targets: Sequence[Target]) -> int:
    """Their orders, but for those who have one. How many. What is ordered is written too: a task that ends meanwhile conflicts with it, and
    takes along orders that are there."""
    already = await open_among(ctx, targets)
    working = await ctx.colleagues({each.person for each in targets})
    fresh = {
        open_as(each.person, each.task): each
        for each in reversed(targets)
        if each.person in working and open_as(each.person, each.task) not in already
    }
    by_task = {watch.id: watch for watch in watches}
    new = [
        order_of(ctx, issue, by_task[each.task], each, working[each.person], issue.orders + at)
        for at, each in enumerate(fresh.values(), 1)
    ]
    await ORDERS.open_many(ctx, new, issue.line, tell=(told(OrderIssued, "issued"),))
    ordered = [by_task[id] for id in {order.task: None for order in new}]
    saved = await watches_of(ctx).save_many([replace(watch, ordered=said_of("issued")) for watch in ordered])
    for before, after in zip(ordered, saved, strict=True):
        tell_followers(ctx, before, after, by=issue.line.person or "")
    return len(new)


def order_of(ctx: Context, issue: Issue, watch: Watch, target: Target, person: Colleague, serial: int) -> Order:
    """``issued``. Of a sensitive project its title is the project alone."""
    copied = taken(
        watch,
        "row",
        "project",
        "bureau",
        "node",
        "label",
        "due_at",
        "sensitive",
        "avoid",
        "avoid_keys",
        "avoid_offices",
    )
    return Order(
        id=ctx.new_id(),
        place=watch.place,
        number=f"{issue.number}-{serial}",
        state="issued",
        open_as=open_as(target.person, watch.id),
        issue=issue.id,
        task=watch.id,
        title=watch.title.partition(" · ")[0] if watch.sensitive else watch.title,
        case=watch.number,
        person=target.person,
        name=person.name,
        office=target.at,
        role=LEADER.role if target.leads else watch.role,
        leads=target.leads,
        issuer=issue.person,
        issuer_name=issue.name,
        issued_at=top_of(ctx, issue.held, audience_of(watch)),
        words=issue.words,
        answer_by=issue.answer_by,
        since=ctx.now(),
        **copied,
    )


STEPS = (StepHandler(step=IssuePart, call=issue_part),)
