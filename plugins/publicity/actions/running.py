"""A publicity while it runs: started, its rows frozen, its end moved forward, broken off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from hub.api import Context, Invalid, Limit, masking, money, one_line, read_reason
from plugins.publicity.actions.appearing import appear
from plugins.publicity.actions.boards import (
    AT_ONCE,
    end_task,
    finish_task,
    moved,
    result_of,
    shown_name,
    tell,
    touched,
    want,
)
from plugins.publicity.actions.faces import face_of
from plugins.publicity.actions.offers import taken
from plugins.publicity.documents import ROW, Publicity, Row, publicities_of, rows_of
from plugins.publicity.events import (
    FreezePartDue,
    PublicityEnded,
    PublicityExtended,
    PublicityStarted,
    RowsPublished,
)

ONE_DAY = timedelta(days=1)


class StartRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``days`` and ``unit`` may be longer than the project's, never shorter; left out, they are the project's."""

    version: int
    days: int | None = None
    unit: Literal["workday", "calendar"] | None = None
    title: Annotated[str, msgspec.Meta(max_length=60)] = ""


class ExtendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``days`` are added, in the publicity's own unit."""

    version: int
    days: int
    reason: str


class EndRequest(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    reason: str


# --- started ---------------------------------------------------------------------------------------------------------


async def start(ctx: Context, id: str, request: StartRequest) -> Publicity:
    """发起公示 of the cases that wait; of a 发放公示 nobody needs to."""
    publicity = await taken(ctx, id, request.version, "start")
    limit = chosen(ctx, publicity, request)
    title = masking.check_published(one_line(request.title), "title") or publicity.title
    return await begin(ctx, msgspec.structs.replace(publicity, title=title), limit)


def chosen(ctx: Context, publicity: Publicity, request: StartRequest) -> Limit:
    """The days asked for, if they are no fewer than the project's and no more than the county's."""
    least = publicity.least
    days = least.days if request.days is None else request.days
    limit = Limit(days, request.unit or least.unit)
    if not 1 <= days <= ctx.config.longest:
        raise Invalid(fields={"days": f"公示天数应为1至{ctx.config.longest}天。"})
    if ctx.calendar.due(ctx.now(), limit) < ctx.calendar.due(ctx.now(), least):
        unit = "个工作日" if least.unit == "workday" else "天（自然日）"
        raise Invalid(fields={"days": f"公示时间不能少于该项目规定的{least.days}{unit}。"})
    return limit


async def begin(ctx: Context, publicity: Publicity, limit: Limit) -> Publicity:
    """From now on it runs; its rows are frozen part by part and appear one after the other."""
    ends_at = ctx.calendar.due(ctx.now(), limit)
    if publicity.round:
        finish_task(ctx, publicity, "start")
    publicity = await moved(
        ctx,
        publicity,
        "start",
        standing="open",
        limit=limit,
        phone=ctx.config.phone,
        working="freezing",
        started_at=ctx.now(),
        handler=shown_name(ctx.actor),
        ends_at=ends_at,
        look_at=ends_at - ONE_DAY,
    )
    tell(ctx, PublicityStarted, publicity)
    ctx.emit(FreezePartDue(place=publicity.place, subject=publicity.id, part=0))
    return publicity


async def freeze_part(event: FreezePartDue, ctx: Context) -> None:
    """Mask the next rows as they are now, and show them. Told twice, nothing is frozen again."""
    publicity: Publicity | None = await publicities_of(ctx).first({"_id": event.subject})
    if publicity is None or publicity.working != "freezing":
        return
    wanted = {"publicity": publicity.id, "state": "waiting"}
    rows: list[Row] = await rows_of(ctx).find(wanted, sort=(("serial", 1),), limit=AT_ONCE)
    frozen = await rows_of(ctx).save_many([froze(ctx, row) for row in rows])
    publicity = msgspec.structs.replace(
        publicity,
        shown=publicity.shown + len(frozen),
        total=str(sum((amount_of(row) for row in frozen), Decimal(publicity.total))),
        working="" if len(rows) < AT_ONCE else "freezing",
    )
    await publicities_of(ctx).save(publicity)
    await appear(ctx, publicity, frozen)
    tell_persons(ctx, publicity, "started", frozen)
    if publicity.working:
        ctx.emit(FreezePartDue(place=publicity.place, subject=publicity.id, part=event.part + 1))


def froze(ctx: Context, row: Row) -> Row:
    """A complaint that was open about the same case before holds the row from its first moment."""
    state = ROW.follow("show", row.state)
    if row.objections:
        state = ROW.follow("object", state)
    return msgspec.structs.replace(row, state=state, face=face_of(ctx, row))


def amount_of(row: Row) -> Decimal:
    """What the row adds to the sum: as it is shown, so that of sensitive projects nothing is."""
    try:
        return money.decimal(row.face.amount) if row.face and row.face.amount else Decimal(0)
    except money.BadAmount:
        return Decimal(0)


def tell_persons(
    ctx: Context, publicity: Publicity, phase: Literal["started", "confirmed"], rows: Sequence[Row]
) -> None:
    """P04 to those in these rows, and to whoever follows their villages."""
    if not rows:
        return
    persons = tuple(dict.fromkeys(person for row in rows for person in row.persons))
    villages = tuple(dict.fromkeys(row.place for row in rows))
    tell(ctx, RowsPublished, publicity, phase=phase, persons=persons, villages=villages)


# --- longer, or broken off -------------------------------------------------------------------------------------------


async def extend(ctx: Context, id: str, request: ExtendRequest) -> Publicity:
    """延长公示: the end moves forward, with the reason."""
    publicity = await taken(ctx, id, request.version, "extend")
    reason = read_reason(request.reason)
    limit = Limit(publicity.limit.days + request.days, publicity.limit.unit)
    if request.days < 1 or limit.days > ctx.config.longest:
        raise Invalid(fields={"days": f"至少延长1天，公示总天数不超过{ctx.config.longest}天。"})
    ends_at = ctx.calendar.due(publicity.started_at or ctx.now(), limit)
    if ends_at <= ctx.now() or (publicity.ends_at is not None and ends_at <= publicity.ends_at):
        raise Invalid(fields={"days": "延长后的截止日应在今天之后，并晚于原截止日。"})
    if publicity.state == "due":
        end_task(ctx, publicity)
    publicity = await moved(
        ctx,
        publicity,
        "extend",
        why=reason,
        standing="open",
        limit=limit,
        ends_at=ends_at,
        look_at=ends_at - ONE_DAY,
        phase="",
        extensions=publicity.extensions + 1,
    )
    touched(ctx, publicity, "延长公示")
    tell(ctx, PublicityExtended, publicity, reason=reason)
    return publicity


async def end(ctx: Context, id: str, request: EndRequest) -> Publicity:
    """终止公示: nothing of it counts. A batch goes back to its bureau; cases wait to be published again."""
    publicity = await taken(ctx, id, request.version, "end")
    reason = read_reason(request.reason)
    if publicity.round:
        end_task(ctx, publicity)
    if publicity.kind == "case":
        publicity = want(ctx, publicity, "重新公示", ctx.config.start_limit)
    publicity = await moved(ctx, publicity, "end", why=reason, standing="over", working="", look_at=None)
    touched(ctx, publicity, "终止公示")
    ctx.emit(PublicityEnded(reason=reason, **result_of(publicity)))
    return publicity
