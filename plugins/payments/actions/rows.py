"""One payment: struck, corrected, held by an objection and let go, asked back."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from hub.api import (
    Asked,
    Button,
    CardText,
    Conflict,
    Context,
    Invalid,
    Moved,
    NotFound,
    Reason,
    ReasonRequest,
    idnumbers,
    shown,
)
from plugins.complaints.events import AccusedRow, Ending, Filing, Holding
from plugins.payments.actions.batches import want_payment
from plugins.payments.business import BENEFITS, ROWS, benefit_told
from plugins.payments.documents import BENEFIT, OBJECTED, PAYABLE, ROW, UPHELD, Row, batches_of, benefits_of, rows_of
from plugins.payments.events import BenefitStopped
from plugins.publicity.events import RowStruck


class CorrectionRequest(ReasonRequest, frozen=True, kw_only=True):
    """The new ``card`` and why it differs."""

    card: Annotated[str, Asked("新的社保卡号", "与本人核对后填写，以后的发放也用这张卡。")]

    def __repr__(self) -> str:
        return "CorrectionRequest(***)"


# --- 剔除, 更正 ------------------------------------------------------------------------------------------------------


async def check_not_published(ctx: Context, row: Row) -> None:
    batch = await batches_of(ctx).get(row.batch)
    if batch.state in ("applied", "publicity"):
        raise Conflict("名册已提交，公示结束前不能剔除；如有异议请在公示中处理。", state=shown(batch))


async def strike(ctx: Context, row: Row, form: ReasonRequest) -> Moved[Row]:
    """剔除 one payment before its money is under way."""
    return Moved(struck(row, form.reason))


def struck(row: Row, reason: str) -> Row:
    return msgspec.structs.replace(row, live=False, reason=reason)


async def correct(ctx: Context, row: Row, form: CorrectionRequest) -> Moved[Row]:
    """更正: another card for a payment that failed.

    Later batches use it too.
    """
    card = read_card(form.card)
    line = ROWS.line(ctx, row, "correct", "更正卡号", form.reason)
    benefit = await benefits_of(ctx).get(row.benefit)
    own = msgspec.structs.replace(benefit.identity, card=card)
    renewed = msgspec.structs.replace(benefit, identity=own)
    await BENEFITS.amend(ctx, benefit, renewed, "correct", line.label, line=line, audited=False)
    identity = msgspec.structs.replace(row.identity, card=card)
    corrected = msgspec.structs.replace(row, identity=identity, reason="")
    return Moved(corrected, line=line)


def read_card(text: str) -> CardText:
    try:
        return CardText(idnumbers.card(text))
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"card": problem.text}) from None


WHY = Reason("理由")
BUTTONS: tuple[Button[Row, Any], ...] = (
    Button(name="strike", call=strike, form=ReasonRequest, reason=WHY, checks=(check_not_published,)),
    Button(name="correct", call=correct, form=CorrectionRequest, reason=WHY, label="更正卡号"),
)


# --- objections ------------------------------------------------------------------------------------------------------


async def take_objection(ctx: Context, filing: Filing) -> AccusedRow | None:
    """A complaint on a payment holds its row if it may, in the complaint's own transaction."""
    if filing.kind != "payment":
        return None
    row: Row | None = await rows_of(ctx).first({"_id": filing.row})
    if row is None:
        return None
    if row.state == "struck":
        raise Conflict("这一笔已从批次中剔除，不能再投诉。", state={"state": row.state})
    if filing.holds:
        await objected(ctx, row, filing.complaint)
    return AccusedRow(
        bureau=row.bureau[0],
        accused_masked=row.identity.masked,
        accused=row.identity,
        avoid_persons=row.told,
        avoid_keys=row.avoid_keys,
        **{name: getattr(row, name) for name in ("place", "number", "project", "short", "sensitive")},
    )


async def hold_objected(ctx: Context, holding: Holding) -> bool | None:
    """Hold a row that is objected to, from now on."""
    if holding.kind != "payment":
        return None
    row: Row | None = await rows_of(ctx).first({"_id": holding.row})
    if row is None or row.state == "struck":
        return False
    await objected(ctx, row, holding.complaint)
    return True


async def objected(ctx: Context, row: Row, complaint: str) -> None:
    await rows_of(ctx).save(msgspec.structs.replace(row, objections=(*row.objections, complaint)))


async def end_objection(ctx: Context, ending: Ending) -> bool | None:
    """Unfounded, the row goes on; upheld, it is struck, or what was paid is to be recovered."""
    if ending.kind != "payment":
        return None
    row: Row | None = await rows_of(ctx).first({"_id": ending.row})
    if row is None:
        raise NotFound("没有找到被投诉的发放记录。")
    left = tuple(complaint for complaint in row.objections if complaint != ending.complaint)
    row = msgspec.structs.replace(row, objections=left)
    if not ending.upheld or row.state == "struck":
        # Of one that another complaint has struck no money went out.
        await let_go(ctx, row)
    elif ROW.allows("strike", row.state):
        await ROWS.move(ctx, row, "strike", struck(row, UPHELD), why=UPHELD)
    else:
        await recover(ctx, row)
    return True


async def strike_objected(event: RowStruck, ctx: Context) -> None:
    """An objection in the publicity was upheld: the row leaves the batch; came the word too late, its money comes back."""
    row: Row | None = await rows_of(ctx).first({"_id": event.subject_row, "batch": event.subject})
    if row is None or row.state == "struck":
        return
    if ROW.allows("strike", row.state):
        await ROWS.move(ctx, row, "strike", struck(row, OBJECTED), why=OBJECTED)
    else:
        await recover(ctx, row)


async def let_go(ctx: Context, row: Row) -> None:
    await rows_of(ctx).save(row)
    if not row.objections and row.state in PAYABLE:
        await want_payment(ctx, row.batch)


async def recover(ctx: Context, row: Row) -> None:
    """追缴: the money is out; the benefit stops. Told again, nothing changes."""
    if row.recover:
        return
    back = msgspec.structs.replace(row, recover=True)
    await ROWS.amend(ctx, row, back, "recover", "投诉属实，应予追缴", audited=False)
    benefit = await benefits_of(ctx).get(row.benefit)
    if BENEFIT.allows("stop", benefit.state):
        await BENEFITS.move(ctx, benefit, "stop", why=UPHELD, tell=(benefit_told(BenefitStopped, UPHELD),))
