"""公示最终确认: of every row that nobody objects to, after the last day is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from hub.api import Asked, Context, HistoryLine, Moved, VersionRequest, clean
from plugins.publicity.actions.making import AT_ONCE
from plugins.publicity.actions.running import published
from plugins.publicity.business import PUBLICITIES, ROWS, By, decided, part_due, result, row_told
from plugins.publicity.documents import ROW, Publicity, Row, publicities_of, rows_of
from plugins.publicity.events import PublicityConfirmed, RowConfirmed
from plugins.publicity.steps import ConfirmPart

UNOBJECTED = "公示无异议"


class ConfirmRequest(VersionRequest, frozen=True, kw_only=True):
    """``opinion`` stands in the publicity's own steps."""

    opinion: Annotated[str, Asked("确认意见", long=True), msgspec.Meta(max_length=200)] = ""


async def confirm(ctx: Context, publicity: Publicity, form: ConfirmRequest) -> Moved[Publicity]:
    """公示最终确认: of all rows but those that somebody objects to.

    These are excepted, never the whole village.
    """
    opinion = clean(form.opinion) or UNOBJECTED
    passed = msgspec.structs.replace(publicity, working="confirming", confirmed_at=ctx.now(), look_at=None)
    return Moved(passed, (part_due(ConfirmPart),), opinion=opinion, why=opinion)


async def confirm_part(step: ConfirmPart, ctx: Context) -> None:
    """The next rows pass. They are written: a complaint that was first has made its row another."""
    publicity: Publicity | None = await publicities_of(ctx).first({"_id": step.subject})
    if publicity is None or publicity.working != "confirming":
        return
    wanted = {"publicity": publicity.id, "state": "shown"}
    rows: list[Row] = await rows_of(ctx).find(wanted, sort=(("serial", 1),), limit=AT_ONCE)
    line = confirmation_of(publicity)
    passed = await rows_of(ctx).save_many([confirmed(ctx, row, line) for row in rows])
    tell_passed(ctx, publicity.place, passed, (line.person, line.handler))
    for fact in published("confirmed", passed):
        ctx.emit(fact(ctx, publicity))
    if len(rows) == AT_ONCE:
        ctx.emit(part_due(ConfirmPart, step.part + 1)(ctx, publicity))
        return
    through = msgspec.structs.replace(publicity, working="")
    await PUBLICITIES.keep(ctx, publicity, through, tell=(result(PublicityConfirmed, at=publicity.confirmed_at),))


def confirmation_of(publicity: Publicity) -> HistoryLine:
    """Who confirmed, for every row alike."""
    return next(line for line in reversed(publicity.acts) if line.move == "confirm")


def confirmed(ctx: Context, row: Row, line: HistoryLine) -> Row:
    own_line = msgspec.structs.replace(line, label=ROW.moves["confirm"].label, why=UNOBJECTED)
    return ROWS.moved(ctx, row, "confirm", row, own_line)


def tell_passed(ctx: Context, place: str, rows: Sequence[Row], by: By, opinion: str = UNOBJECTED) -> None:
    """To whoever waits for these rows. ``place`` is the unit that published; ``by`` whom they were confirmed."""
    for row in rows:
        fact = row_told(RowConfirmed, place) if row.kind == "payment" else decided("pass", opinion, by)
        ctx.emit(fact(ctx, row))
