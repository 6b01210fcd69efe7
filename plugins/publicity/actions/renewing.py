"""重新公示: the cases of a publicity that was broken off wait for a new one."""

from __future__ import annotations

import msgspec

from hub.api import Context, Moved, VersionRequest
from plugins.publicity.actions.lists import make, replaced, take_in, waiting_one
from plugins.publicity.actions.making import AT_ONCE, number_of
from plugins.publicity.actions.running import begin
from plugins.publicity.business import PUBLICITIES, part_due
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import LIVE_ROWS, Publicity, Row, publicities_of, rows_of
from plugins.publicity.steps import RenewPart


async def republish(ctx: Context, publicity: Publicity, form: VersionRequest) -> Moved[Publicity]:
    """重新公示: the cases of a publicity that was broken off wait for a new one."""
    return Moved(msgspec.structs.replace(publicity, working="renewing"), (part_due(RenewPart),))


async def renew_part(step: RenewPart, ctx: Context) -> None:
    """The next rows to the publicity that waits for its start. What was moved is no longer found, so again nothing happens."""
    old: Publicity | None = await publicities_of(ctx).first({"_id": step.subject})
    if old is None or old.working != "renewing":
        return
    wanted = {"publicity": old.id, "state": {"$in": list(LIVE_ROWS)}}
    rows: list[Row] = await rows_of(ctx).find(wanted, limit=AT_ONCE)
    if rows:
        await move(ctx, old, rows)
    if len(rows) == AT_ONCE:
        ctx.emit(part_due(RenewPart, step.part + 1)(ctx, old))
        return
    await PUBLICITIES.keep(ctx, old, msgspec.structs.replace(old, working=""))


async def move(ctx: Context, old: Publicity, rows: list[Row]) -> None:
    """Each row is withdrawn here and waits there; open complaints go with it."""
    new = await waiting_one(ctx, old.place, old.project, old.node) or await make(
        ctx, anew(ctx, old, await number_of(ctx))
    )
    # Those with complaints are written when their complaints move.
    plain = [row for row in rows if not row.objections]
    await rows_of(ctx).save_many([replaced(ctx, row) for row in plain])
    new = await take_in(ctx, new, [waiting_again(ctx, row, new.id) for row in rows])
    if ctx.settings(PublicityConfig).start == "at_once":
        await begin(ctx, new, new.least)


def anew(ctx: Context, old: Publicity, number: str) -> Publicity:
    same = ("place", "kind", "title", "project", "short", "bureau", "sensitive", "node", "label", "unit", "least")
    known = {name: getattr(old, name) for name in same}
    return Publicity(id=ctx.new_id(), number=number, limit=old.least, **known)


def waiting_again(ctx: Context, row: Row, publicity: str) -> Row:
    """Not frozen any more: what is right now is published."""
    return Row(
        id=ctx.new_id(),
        publicity=publicity,
        serial=0,
        **{
            name: getattr(row, name)
            for name in (
                *("place", "kind", "about", "round", "subject", "number", "project", "short", "bureau", "sensitive"),
                *("identity", "persons", "avoid_keys", "standard", "quantity", "amount"),
            )
        },
    )
