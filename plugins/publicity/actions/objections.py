"""异议: a complaint holds its own row from the moment it may until it ends, whatever becomes of the others meanwhile.

It may when it is filed by somebody who is proved, else when an office has accepted it. What is asked here
is asked in the complaint's transaction, for a resident who files it or a handler who accepts or ends it; each answer writes the
row and its publicity's standing.
"""

from __future__ import annotations

import msgspec

from hub.api import Conflict, Context, NotFound
from plugins.complaints.events import AccusedRow, Ending, Filing, Holding
from plugins.publicity.actions.confirming import tell_passed
from plugins.publicity.actions.lists import dissolve_empty
from plugins.publicity.actions.making import hold
from plugins.publicity.business import ROWS, decided, row_told
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import (
    LIVE_ROWS,
    PUBLIC_ROWS,
    ROW,
    Objection,
    Row,
    Standing,
    objections_of,
    rows_of,
)
from plugins.publicity.events import RowStruck

UNFOUNDED, UPHELD = "公示异议不成立", "公示异议成立"


async def take_objection(ctx: Context, filing: Filing) -> AccusedRow | None:
    """The row is 异议中 if the complaint holds it, and nothing confirms it until that has ended."""
    if filing.kind != "publicity":
        return None
    row: Row | None = await rows_of(ctx).first({"_id": filing.row})
    if row is None:
        return None
    standing = await hold(ctx, row.publicity)
    if standing.phase != "open" or row.state not in PUBLIC_ROWS:
        raise Conflict(words_of(standing, row), state={"state": row.state})
    if filing.holds:
        await objected(ctx, row, standing, filing.complaint)
    return accused(ctx, row)


async def hold_objected(ctx: Context, holding: Holding) -> bool | None:
    """Hold a row that is objected to, from now on, wherever the row stands by now, unless it is confirmed or gone."""
    if holding.kind != "publicity":
        return None
    row = await newest_of(ctx, holding.row)
    if row is None:
        return False
    standing = await hold(ctx, row.publicity)
    if standing.phase == "confirmed" or row.state not in LIVE_ROWS:
        return False
    await objected(ctx, row, standing, holding.complaint)
    return True


async def newest_of(ctx: Context, id: str) -> Row | None:
    """The row, or the one that took its place when it was published again, if it was."""
    row: Row | None = await rows_of(ctx).first({"_id": id})
    if row is None or row.state != "withdrawn":
        return row
    newer: Row | None = await rows_of(ctx).first({"about": row.about, "state": {"$in": list(LIVE_ROWS)}})
    return newer or row


async def objected(ctx: Context, row: Row, standing: Standing, complaint: str) -> None:
    """The row is held by this complaint too. One that is not shown yet is 异议中 from its first moment."""
    # Who complains is the complaint's own secret.
    line = msgspec.structs.replace(ROWS.line(ctx, row, "object", "收到异议"), person=None, handler="")
    held = msgspec.structs.replace(
        row,
        state=row.state if row.state == "waiting" else ROW.transition("object", row.state),
        objections=(*row.objections, complaint),
    )
    await ROWS.amend(ctx, row, held, "object", line.label, line=line, audited=False)
    await objections_of(ctx).insert(Objection(id=complaint, place=row.place, row=row.id))


def words_of(standing: Standing, row: Row) -> str:
    """Why a row cannot be objected to, and what to do instead."""
    if standing.phase == "confirmed":
        return "公示已最终确认，请在补贴发放信息中投诉，或拨打监督电话反映。"
    if standing.phase == "over":
        return "公示已终止，重新公示后可以提出异议。"
    if row.state == "waiting":
        return "公示名单正在生成，请稍候再试。"
    return "此人已不在公示名单中，无需再提出异议。"


def accused(ctx: Context, row: Row) -> AccusedRow:
    """Whose row it is, for the complaint."""
    same = ("place", "number", "project", "short", "bureau", "sensitive")
    return AccusedRow(
        accused_masked=row.face.name if row.face else row.identity.masked,
        accused=row.identity,
        avoid_persons=row.persons,
        # A row from before it said so names its person alone.
        avoid_keys=ROWS.derived(ctx, row).avoid_keys,
        **{name: getattr(row, name) for name in same},
    )


async def end_objection(ctx: Context, ending: Ending) -> bool | None:
    """Unfounded, the row goes on (confirmed at once where the others are); upheld, it goes, also one that was never held; of a
    batch even after it was confirmed.
    """
    if ending.kind != "publicity":
        return None
    # The complaint may have gone with its case to a newer publicity.
    held: Objection | None = await objections_of(ctx).first({"_id": ending.complaint})
    row: Row | None = await rows_of(ctx).first({"_id": held.row}) if held else await newest_of(ctx, ending.row)
    if row is None:
        raise NotFound("没有找到被投诉的公示记录。")
    if held is not None:
        await objections_of(ctx).delete(held)
    elif ending.holds or not ending.upheld:
        return True
    standing = await hold(ctx, row.publicity)
    left = tuple(complaint for complaint in row.objections if complaint != ending.complaint)
    row = msgspec.structs.replace(row, objections=left)
    if ending.upheld and ROW.allows("strike", row.state):
        await strike(ctx, row, standing, ending.reason)
    elif ending.upheld and row.state == "confirmed" and row.kind == "payment":
        ctx.emit(row_told(RowStruck, standing.place)(ctx, row))
    elif not left and row.state == "objected":
        await clear(ctx, row, standing)
    else:
        await ROWS.keep(ctx, row, row)
    return True


async def clear(ctx: Context, row: Row, standing: Standing) -> None:
    """No complaint is left: back among the shown, or confirmed if they are already."""
    state = ROW.transition("clear", row.state)
    late = standing.phase == "confirmed"
    cleared = msgspec.structs.replace(row, state=ROW.transition("confirm", state) if late else state)
    row = await ROWS.amend(ctx, row, cleared, "clear", ROW.moves["clear"].label)
    if late:
        tell_passed(ctx, standing.place, [row], (standing.person, standing.shown), UNFOUNDED)


async def strike(ctx: Context, row: Row, standing: Standing, reason: str) -> None:
    """剔除: the batch goes without it; a case goes back, or is refused, as the county has set."""
    waited = row.state == "waiting"
    line = ROWS.line(ctx, row, "strike", ROW.moves["strike"].label, reason or UPHELD)
    told = row_told(RowStruck, standing.place)
    back = (decided(ctx.settings(PublicityConfig).upheld, UPHELD),) if row.kind == "case" else ()
    await ROWS.move(ctx, row, "strike", why=UPHELD, line=line, tell=(told, *back))
    if waited:
        await dissolve_empty(ctx, row.publicity)
