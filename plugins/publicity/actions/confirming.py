"""公示最终确认: of every row that nobody objects to, after the last day is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from hub.api import Context, clean
from plugins.declaration.events import StepDecided
from plugins.publicity.actions.boards import (
    AT_ONCE,
    finish_task,
    moved,
    result_of,
    with_act,
)
from plugins.publicity.actions.offers import taken
from plugins.publicity.actions.running import tell_persons
from plugins.publicity.documents import ROW, Act, Publicity, Row, publicities_of, rows_of
from plugins.publicity.events import ConfirmPartDue, PublicityConfirmed, RowConfirmed

UNOBJECTED = "公示无异议"


class ConfirmRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``opinion`` stands in the publicity's own steps."""

    version: int
    opinion: Annotated[str, msgspec.Meta(max_length=200)] = ""


async def confirm(ctx: Context, id: str, request: ConfirmRequest) -> Publicity:
    """公示最终确认: rows with an open objection are excepted, never the whole village."""
    publicity = await taken(ctx, id, request.version, "confirm")
    opinion = clean(request.opinion) or UNOBJECTED
    publicity = await moved(
        ctx,
        publicity,
        "confirm",
        why=opinion,
        standing="confirmed",
        working="confirming",
        confirmed_at=ctx.now(),
        look_at=None,
    )
    finish_task(ctx, publicity, "confirm", opinion)
    ctx.emit(ConfirmPartDue(place=publicity.place, subject=id, part=0))
    return publicity


async def confirm_part(event: ConfirmPartDue, ctx: Context) -> None:
    """The next rows pass. They are written: a complaint that was first has made its row another."""
    publicity: Publicity | None = await publicities_of(ctx).first({"_id": event.subject})
    if publicity is None or publicity.working != "confirming":
        return
    wanted = {"publicity": publicity.id, "state": "shown"}
    rows: list[Row] = await rows_of(ctx).find(wanted, sort=(("serial", 1),), limit=AT_ONCE)
    line = confirmation_of(publicity)
    passed = await rows_of(ctx).save_many([confirmed(row, line) for row in rows])
    tell_passed(ctx, publicity.place, passed, line)
    tell_persons(ctx, publicity, "confirmed", passed)
    if len(rows) == AT_ONCE:
        ctx.emit(ConfirmPartDue(place=publicity.place, subject=publicity.id, part=event.part + 1))
        return
    await publicities_of(ctx).save(msgspec.structs.replace(publicity, working=""))
    ctx.emit(PublicityConfirmed(at=publicity.confirmed_at, **result_of(publicity)))


def confirmation_of(publicity: Publicity) -> Act:
    """Who confirmed, for every row alike."""
    return next(line for line in reversed(publicity.acts) if line.move == "confirm")


def confirmed(row: Row, line: Act) -> Row:
    state = ROW.follow("confirm", row.state, version=row.version)
    own_line = msgspec.structs.replace(line, label=ROW.moves["confirm"].label, why=UNOBJECTED)
    return msgspec.structs.replace(row, state=state, acts=with_act(row.acts, own_line))


def tell_passed(ctx: Context, place: str, rows: Sequence[Row], line: Act, opinion: str = UNOBJECTED) -> None:
    """To whoever waits for these rows. ``place`` is the unit that published; ``line`` says who confirmed."""
    for row in rows:
        if row.kind == "payment":
            ctx.emit(RowConfirmed(place=place, subject=row.subject, row=row.id, subject_row=row.about))
        else:
            ctx.emit(
                StepDecided(
                    place=row.place,
                    case=row.about,
                    round=row.round,
                    move="pass",
                    opinion=opinion,
                    person=line.person,
                    shown=line.handler,
                )
            )
