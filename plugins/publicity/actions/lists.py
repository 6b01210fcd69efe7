"""Who stands in a publicity: cases that come to its node and leave it, rows of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import (
    Conflict,
    Context,
    Limit,
    NotFound,
    ReasonRequest,
    read_reason,
    recusal,
    shown,
    taken,
)
from plugins.declaration.events import (
    CaseFact,
    CaseGuarded,
    CaseRecalled,
    CaseRefused,
    CaseReturned,
    CaseSuperseded,
    CaseTerminated,
    CaseWithdrawn,
    NodeEntered,
)
from plugins.publicity.actions.checks import check_not_ones_own, check_runs
from plugins.publicity.actions.making import AT_ONCE, hold, longer, number_of, publisher
from plugins.publicity.actions.running import begin
from plugins.publicity.business import LABELS, PAYMENT, PUBLICITIES, ROWS, asking, decided
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import (
    LIVE_ROWS,
    ROW,
    Objection,
    Publicity,
    Row,
    objections_of,
    publicities_of,
    rows_of,
)
from plugins.publicity.events import AddRows, OfferedRow, PublishRows
from plugins.publicity.steps import AddCase, TakeOutCase

LEVELS: Mapping[str, Any] = {"publicity_village": "village", "publicity_town": "town", "publicity_county": "county"}
WHY_GONE: Mapping[type[CaseFact], str] = {
    CaseReturned: "申报已退回",
    CaseRefused: "申报未通过",
    CaseWithdrawn: "申报已撤回",
    CaseTerminated: "申报已终止",
    CaseSuperseded: "已重新申报",
    CaseRecalled: "上一环节撤销通过",
}
STARTED = "公示已发起，不能撤销；名单有误的，请公示经办人员终止公示。"


class ReturnRequest(ReasonRequest, frozen=True, kw_only=True):
    """``version`` is the row's; ``reason`` is read by the declarant."""


# --- cases -----------------------------------------------------------------------------------------------------------


async def hear_arrival(event: NodeEntered, ctx: Context) -> None:
    """A case has come to a publicity node: hand it to the place that publishes, which lies above its village."""
    if event.node not in LEVELS or await ctx.told_since(stay_of(event)):
        return
    same = ("case", "round", "number", "project", "short", "bureau", "node", "declarants", "identity", "sensitive")
    known = {name: getattr(event, name) for name in (*same, "avoid_keys", "standard", "area_mu", "limit")}
    place = publisher_of(ctx, event)
    ctx.enqueue(AddCase(place=place, village=event.place, label=LABELS[event.node], **known))


async def hear_departure(event: CaseFact, ctx: Context) -> None:
    """A case has left a publicity node, and not by the publicity's own result."""
    if event.node in LEVELS:
        await ctx.told_since(stay_of(event))
        why = WHY_GONE[type(event)]
        ctx.enqueue(TakeOutCase(place=publisher_of(ctx, event), case=event.case, round=event.round, why=why))


def stay_of(event: CaseFact | AddCase | TakeOutCase) -> str:
    """What arrivals and departures are about: one that has left is not listed by a word of its arrival that was put off."""
    return f"{event.case}:{event.round}"


def publisher_of(ctx: Context, event: CaseFact) -> str:
    found = ctx.regions.at_level(event.place, LEVELS[event.node])
    return found.code if found else event.place


async def add_case(step: AddCase, ctx: Context) -> None:
    """A case waits for the next publicity of its place, project and node; told twice, it waits once.

    The publicity is written too: a start at the same moment comes before, and the case waits for the next one, or after.
    """
    known: list[Row] = await rows_of(ctx).find({"about": step.case, "round": step.round})
    if known:
        await keep_away(ctx, known, step.avoid_keys)
        return
    if await ctx.told_since(stay_of(step)):
        return
    publicity = await preparing(ctx, step)
    publicity = await take_in(ctx, publicity, [row_of_case(ctx, publicity, step)])
    if ctx.settings(PublicityConfig).start == "at_once":
        await begin(ctx, publicity, publicity.least)


async def keep_away(ctx: Context, rows: Sequence[Row], keys: Sequence[str]) -> None:
    """The case may tell of more numbers than when it came, or than the version before had told."""
    for row in rows:
        if (widened := recusal.widened(row, keys=keys)) != row:
            await ROWS.keep(ctx, row, widened)


async def preparing(ctx: Context, event: AddCase) -> Publicity:
    """The one that is to be started next, found or made. Its days are the longest that one of its cases needs."""
    least = longer(ctx, event.limit or ctx.settings(PublicityConfig).usual, ctx.settings(PublicityConfig).least)
    place, project, node = event.place, event.project, event.node
    found = await waiting_one(ctx, place, project, node)
    if found is not None:
        return msgspec.structs.replace(found, least=longer(ctx, found.least, least))
    fresh = Publicity(
        id=ctx.new_id(),
        place=place,
        number=await number_of(ctx),
        kind="case",
        title=f"{ctx.regions[place].name}{event.short}{event.label}",
        project=project,
        short=event.short,
        bureau=event.bureau,
        sensitive=event.sensitive,
        node=node,
        label=event.label,
        unit=publisher(ctx, place, event.bureau),
        least=least,
        limit=least,
    )
    return await make(ctx, fresh)


async def waiting_one(ctx: Context, place: str, project: str, node: str) -> Publicity | None:
    wanted = {"place": place, "project": project, "node": node, "state": "preparing", "kind": "case"}
    found: Publicity | None = await publicities_of(ctx).first(wanted)
    return found


async def make(ctx: Context, fresh: Publicity) -> Publicity:
    """A new 资格公示, and the task to start it."""
    if ctx.settings(PublicityConfig).start == "by_hand":
        fresh = asking(ctx, fresh, ctx.settings(PublicityConfig).start_limit)
    return await PUBLICITIES.add(ctx, fresh, what="create")


def row_of_case(ctx: Context, publicity: Publicity, event: AddCase) -> Row:
    return Row(
        id=ctx.new_id(),
        place=event.village,
        publicity=publicity.id,
        serial=0,
        kind="case",
        about=event.case,
        persons=event.declarants,
        **taken(
            event, "round", "number", "project", "short", "bureau", "sensitive", "identity", "standard", "avoid_keys"
        ),
        quantity=f"{event.area_mu}亩" if event.area_mu else "",
    )


async def take_in(ctx: Context, publicity: Publicity, rows: Sequence[Row]) -> Publicity:
    """Add rows at the end. Open complaints about the same go with them: a new publicity does not wash them off."""
    earlier = await objected_before(ctx, [row.about for row in rows])
    held = {row.about: row.objections for row in earlier}
    numbered = [
        msgspec.structs.replace(row, serial=publicity.rows + at, objections=held.get(row.about, ()))
        for at, row in enumerate(rows, 1)
    ]
    await hand_over(ctx, earlier, {row.about: row.id for row in rows})
    await rows_of(ctx).insert_many([ROWS.derived(ctx, row) for row in numbered])
    after = msgspec.structs.replace(publicity, rows=publicity.rows + len(rows))
    return await PUBLICITIES.keep(ctx, publicity, after)


async def objected_before(ctx: Context, about: Sequence[str]) -> list[Row]:
    wanted = {"about": {"$in": list(about)}, "objections.0": {"$exists": True}}
    found: list[Row] = await rows_of(ctx).find(wanted)
    return found


async def hand_over(ctx: Context, earlier: Sequence[Row], to: Mapping[str, str]) -> None:
    """From earlier rows to newer ones (id by ``about``): their complaints are held there from now on."""
    complaints = {complaint: to[row.about] for row in earlier for complaint in row.objections}
    if not complaints:
        return
    ids = list(complaints)
    # One row may have more than one: a disputed list of 200 may have more complaints than one find holds.
    for at in range(0, len(ids), AT_ONCE):
        known: list[Objection] = await objections_of(ctx).find({"_id": {"$in": ids[at : at + AT_ONCE]}})
        await objections_of(ctx).save_many([msgspec.structs.replace(each, row=complaints[each.id]) for each in known])
    await rows_of(ctx).save_many([replaced(ctx, row) for row in earlier])


def replaced(ctx: Context, row: Row) -> Row:
    """An earlier row whose complaints are held by a newer one."""
    state = ROW.transition("withdraw", row.state) if ROW.allows("withdraw", row.state) else row.state
    line = ROWS.line(ctx, row, "withdraw", "撤下", "已重新公示")
    return ROWS.amended(ctx, row, msgspec.structs.replace(row, state=state, objections=()), line)


async def take_out(step: TakeOutCase, ctx: Context) -> None:
    """撤下: the case is gone from its node, and from the public page."""
    await ctx.told_since(stay_of(step))
    wanted = {"about": step.case, "round": step.round, "state": {"$in": list(LIVE_ROWS)}}
    row: Row | None = await rows_of(ctx).first(wanted)
    if row is None:
        return
    await ROWS.move(ctx, row, "withdraw", why=step.why)
    await dissolve_empty(ctx, row.publicity)


async def dissolve_empty(ctx: Context, id: str) -> None:
    """Nobody waits for a publicity any more that was not started: its task ends."""
    publicity: Publicity | None = await publicities_of(ctx).first({"_id": id, "state": "preparing"})
    if publicity is None or await rows_of(ctx).count({"publicity": id, "state": "waiting"}, at_most=1):
        return
    await PUBLICITIES.move(ctx, publicity, "dissolve", why="名单已空")


async def send_back(ctx: Context, id: str, row_id: str, request: ReturnRequest) -> Row:
    """退回 one case before the publicity starts: what is wrong on paper need not be published first."""
    publicity = await PUBLICITIES.here(ctx, id)
    check_runs(ctx, publicity)
    row: Row | None = await rows_of(ctx).first({"_id": row_id, "publicity": id})
    if row is None:
        raise NotFound
    check_not_ones_own(ctx, row)
    ROWS.check_version(row, request.version)
    if publicity.state != "preparing" or publicity.kind != "case":
        raise Conflict("只有尚未开始的资格公示可以退回单件；公示中请按异议处理。", state=shown(publicity))
    reason = read_reason(request.reason)
    row = await ROWS.move(ctx, row, "withdraw", why=reason, tell=(decided("return", reason),))
    # Held, so that it is not started meanwhile.
    await hold(ctx, id)
    PUBLICITIES.touch(ctx, publicity, "退回申报")
    await dissolve_empty(ctx, id)
    return row


async def keep_started(ctx: Context, case: CaseGuarded) -> None:
    """Guard of ``declaration.recall``: a pass into a publicity node can be taken back while its row waits.

    What the case has entered is written, so that of a recall and a start at once one comes after.
    """
    if case.node not in LEVELS:
        return
    row: Row | None = await rows_of(ctx).first({"about": case.case, "round": case.round}, sort=(("_id", -1),))
    if row is None:
        # The word of its arrival is under way; that of the recall follows it.
        return
    if row.state != "waiting" or (await hold(ctx, row.publicity)).phase != "preparing":
        raise Conflict(STARTED, state={"state": row.state})
    await rows_of(ctx).touch(row)


# --- batches ---------------------------------------------------------------------------------------------------------


async def want_batch(event: PublishRows, ctx: Context) -> None:
    """A 发放公示: it takes in the batch's rows and starts with the last."""
    known = {"subject": event.subject, "kind": "payment", "state": {"$nin": ["ended", "renewed"]}}
    if await publicities_of(ctx).first(known) is not None:
        return
    publicity = await PUBLICITIES.add(ctx, of_batch(ctx, event, await number_of(ctx)), what="create")
    if not event.rows_total:
        await begin(ctx, publicity, publicity.limit)


def of_batch(ctx: Context, event: PublishRows, number: str) -> Publicity:
    """Its days are those that the batch wants, within the county's bounds."""
    fewest, most = ctx.settings(PublicityConfig).payment_days
    limit = Limit(min(max(event.days, fewest), most), event.unit)
    return Publicity(
        id=ctx.new_id(),
        number=number,
        kind="payment",
        node=PAYMENT,
        label=LABELS[PAYMENT],
        unit=publisher(ctx, event.place, event.bureau),
        awaited=event.rows_total,
        asked=event.round,
        least=limit,
        limit=limit,
        **taken(event, "place", "subject", "title", "period", "project", "short", "bureau", "sensitive"),
    )


async def take_offered(event: AddRows, ctx: Context) -> None:
    """More rows of a batch; the same again change nothing.

    ``Conflict``, so that they are offered again, where the word of their publicity was put off and is still to come. What is over
    takes none, nor does the one of a later round.
    """
    asked: dict[str, Any] = {"subject": event.subject, "kind": "payment"}
    if event.round:
        # One from before there were rounds stands for all.
        asked["asked"] = {"$in": [event.round, 0, None]}
    publicity: Publicity | None = await publicities_of(ctx).first({**asked, "state": "preparing"})
    if publicity is None:
        if event.round and not await publicities_of(ctx).count(asked, at_most=1):
            raise Conflict("公示尚未建立，名单稍后重新提交。")
        return
    about = [row.subject_row for row in event.rows]
    there = await rows_of(ctx).find({"publicity": publicity.id, "about": {"$in": about}})
    known = {row.about for row in there}
    fresh = [row_of_batch(ctx, publicity, row) for row in event.rows if row.subject_row not in known]
    publicity = await take_in(ctx, publicity, fresh)
    if publicity.rows >= publicity.awaited:
        await begin(ctx, publicity, publicity.least)


def row_of_batch(ctx: Context, publicity: Publicity, offered: OfferedRow) -> Row:
    return Row(
        id=ctx.new_id(),
        publicity=publicity.id,
        serial=0,
        kind="payment",
        about=offered.subject_row,
        **taken(publicity, "subject", "number", "project", "short", "bureau", "sensitive"),
        **taken(offered, "place", "identity", "persons", "avoid_keys", "standard", "quantity", "amount"),
    )
