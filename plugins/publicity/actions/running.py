"""A publicity while it runs: started, its rows frozen, its end moved forward, broken off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from hub.api import (
    Asked,
    Context,
    Fact,
    Invalid,
    Limit,
    Moved,
    ReasonRequest,
    VersionRequest,
    masking,
    money,
    one_line,
    shown_name,
)
from plugins.publicity.actions.appearing import appear
from plugins.publicity.actions.faces import face_of
from plugins.publicity.actions.making import AT_ONCE
from plugins.publicity.business import PUBLICITIES, asking, part_due, result, told
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import ROW, Publicity, Row, publicities_of, rows_of
from plugins.publicity.events import PublicityEnded, RowsPublished, VillageRows
from plugins.publicity.steps import FreezePart

ONE_DAY = timedelta(days=1)
UNITS = {"workday": "工作日", "calendar": "自然日"}


class StartRequest(VersionRequest, frozen=True, kw_only=True):
    """``days`` and ``unit`` may be longer than the project's, never shorter; left out, they are the project's."""

    days: Annotated[int | None, Asked("公示天数", "不少于项目规定的天数")] = None
    unit: Annotated[Literal["workday", "calendar"] | None, Asked("按哪种天数计算", choices=UNITS)] = None
    title: Annotated[str, Asked("公示标题"), msgspec.Meta(max_length=60)] = ""


class ExtendRequest(ReasonRequest, frozen=True, kw_only=True):
    """``days`` are added, in the publicity's own unit."""

    days: Annotated[int, Asked("延长几天")]


# --- started ---------------------------------------------------------------------------------------------------------


async def start(ctx: Context, publicity: Publicity, form: StartRequest) -> Moved[Publicity]:
    """发起公示: the rows are frozen and shown from now on."""
    limit = chosen(ctx, publicity, form)
    title = masking.check_published(one_line(form.title), "title") or publicity.title
    return await begun(ctx, msgspec.structs.replace(publicity, title=title), limit)


def chosen(ctx: Context, publicity: Publicity, request: StartRequest) -> Limit:
    """The days asked for, if they are no fewer than the project's and no more than the county's."""
    least = publicity.least
    days = least.days if request.days is None else request.days
    limit = Limit(days, request.unit or least.unit)
    if not 1 <= days <= ctx.settings(PublicityConfig).longest:
        raise Invalid(fields={"days": f"公示天数应为1至{ctx.settings(PublicityConfig).longest}天。"})
    if ctx.calendar.due(ctx.now(), limit) < ctx.calendar.due(ctx.now(), least):
        unit = "个工作日" if least.unit == "workday" else "天（自然日）"
        raise Invalid(fields={"days": f"公示时间不能少于该项目规定的{least.days}{unit}。"})
    return limit


async def begin(ctx: Context, publicity: Publicity, limit: Limit) -> None:
    """Where nobody needs to press: with its first case, or the last row of a batch."""
    running = await begun(ctx, publicity, limit)
    await PUBLICITIES.move(ctx, publicity, "start", running.after, tell=running.tell)


async def begun(ctx: Context, publicity: Publicity, limit: Limit) -> Moved[Publicity]:
    """From now on it runs; its rows are frozen part by part and appear one after the other."""
    ends_at = ctx.calendar.due(ctx.now(), limit)
    running = msgspec.structs.replace(
        publicity,
        limit=limit,
        phone=ctx.settings(PublicityConfig).phone,
        working="freezing",
        started_at=ctx.now(),
        handler=shown_name(ctx.actor),
        ends_at=ends_at,
        look_at=ends_at - ONE_DAY,
    )
    return Moved(running, (part_due(FreezePart),))


async def freeze_part(step: FreezePart, ctx: Context) -> None:
    """Mask the next rows as they are now, and show them. Told twice, nothing is frozen again."""
    publicity: Publicity | None = await publicities_of(ctx).first({"_id": step.subject})
    if publicity is None or publicity.working != "freezing":
        return
    wanted = {"publicity": publicity.id, "state": "waiting"}
    rows: list[Row] = await rows_of(ctx).find(wanted, sort=(("serial", 1),), limit=AT_ONCE)
    frozen = await rows_of(ctx).save_many([froze(ctx, row) for row in rows])
    more = len(rows) == AT_ONCE
    counted = msgspec.structs.replace(
        publicity,
        shown=publicity.shown + len(frozen),
        # As they are shown, so that those of sensitive projects add nothing.
        total=str(Decimal(publicity.total) + money.total(row.face.amount for row in frozen if row.face)),
        working="freezing" if more else "",
    )
    await appear(ctx, publicity, frozen)
    go_on = (part_due(FreezePart, step.part + 1),) if more else ()
    await PUBLICITIES.keep(ctx, publicity, counted, tell=(*published("started", frozen), *go_on))


def froze(ctx: Context, row: Row) -> Row:
    """A complaint that was open about the same case before holds the row from its first moment."""
    state = ROW.transition("show", row.state)
    if row.objections:
        state = ROW.transition("object", state)
    return msgspec.structs.replace(row, state=state, face=face_of(ctx, row))


def published(phase: Literal["started", "confirmed"], rows: Sequence[Row]) -> tuple[Fact[Publicity], ...]:
    """P04 to those in these rows, and to whoever follows their villages."""
    if not rows:
        return ()
    persons = tuple(dict.fromkeys(person for row in rows for person in row.persons))
    villages = tuple(dict.fromkeys(row.place for row in rows))
    counts = tuple(counted(village, [row for row in rows if row.place == village]) for village in villages)
    return (told(RowsPublished, phase=phase, persons=persons, villages=villages, counts=counts),)


def counted(village: str, rows: Sequence[Row]) -> VillageRows:
    """As they are shown: those of sensitive projects add nothing to the sum."""
    total = money.written(money.total(row.face.amount for row in rows if row.face))
    return VillageRows(village=village, people=len(rows), total=total)


# --- longer, or broken off -------------------------------------------------------------------------------------------


async def extend(ctx: Context, publicity: Publicity, form: ExtendRequest) -> Moved[Publicity]:
    """延长公示: the end moves forward, with the reason."""
    limit = Limit(publicity.limit.days + form.days, publicity.limit.unit)
    if form.days < 1 or limit.days > ctx.settings(PublicityConfig).longest:
        raise Invalid(fields={"days": f"至少延长1天，公示总天数不超过{ctx.settings(PublicityConfig).longest}天。"})
    ends_at = ctx.calendar.due(publicity.started_at or ctx.now(), limit)
    if ends_at <= ctx.now() or (publicity.ends_at is not None and ends_at <= publicity.ends_at):
        raise Invalid(fields={"days": "延长后的截止日应在今天之后，并晚于原截止日。"})
    longer = msgspec.structs.replace(
        publicity,
        limit=limit,
        ends_at=ends_at,
        look_at=ends_at - ONE_DAY,
        phase="",
        extensions=publicity.extensions + 1,
    )
    return Moved(longer)


async def end(ctx: Context, publicity: Publicity, form: ReasonRequest) -> Moved[Publicity]:
    """终止公示, with the reason.

    Nothing of it counts. A batch goes back to its bureau; cases wait to be published again.
    """
    ended = msgspec.structs.replace(publicity, working="", look_at=None)
    if publicity.kind == "case":
        ended = asking(ctx, ended, ctx.settings(PublicityConfig).start_limit)
    return Moved(ended, (result(PublicityEnded, reason=form.reason),))
