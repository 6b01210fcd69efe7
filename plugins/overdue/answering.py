"""What becomes of an order by hand: its person reads, begins, feeds back; its issuer returns, closes, withdraws it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

import msgspec
from msgspec.structs import replace

from hub.api import (
    SHANGHAI,
    Asked,
    Button,
    Buttons,
    Context,
    Forbidden,
    Invalid,
    Moved,
    Persons,
    Reason,
    ReasonRequest,
    Secret,
    VersionRequest,
    read_words,
    shanghai,
)
from plugins.overdue.config import OverdueConfig
from plugins.overdue.events import OrderClosed, OrderFedBack, OrderRead, OrderReturned, OrderWithdrawn
from plugins.overdue.orders import MOST_PICTURES, MOST_WORDS, Feedback, Order, issuer_of, told

ANSWER, SUPERVISE = "overdue.answer", "overdue.supervise"
LONGEST_TIME = 366  # days ahead
File = Annotated[str, msgspec.Meta(max_length=64)]
Day = Annotated[date | None, Asked("反馈期限", "不选的，按规定的期限")]


class FeedbackRequest(VersionRequest, frozen=True, kw_only=True):
    """反馈, with pictures that were uploaded before."""

    text: Annotated[
        str, Asked("反馈内容", "写清办到哪一步、为什么晚、什么时候办完", long=True), msgspec.Meta(max_length=MOST_WORDS)
    ]
    pictures: Annotated[tuple[File, ...], Asked("图片", f"最多{MOST_PICTURES}张", look="pictures")] = ()

    def __repr__(self) -> str:
        return "FeedbackRequest(***)"


class ReturnRequest(ReasonRequest, frozen=True, kw_only=True):
    """退回再办; without a ``day`` the usual time runs from now."""

    day: Day = None


def answer_by(ctx: Context, day: date | None) -> datetime:
    """The end of that day; without one, of the usual time from now. ``Invalid`` for a day that is over, or too far."""
    if day is None:
        return ctx.calendar.due(ctx.now(), ctx.settings(OverdueConfig).answer_within)
    if not 0 <= (day - shanghai(ctx.now()).date()).days <= LONGEST_TIME:
        raise Invalid(fields={"day": "请选今天以后、一年以内的日期。"})
    return datetime.combine(day, time(23, 59, 59), SHANGHAI)


# --- whose turn it is -----------------------------------------------------------------------------------------------------


def is_person(ctx: Context, order: Order) -> None:
    """Only who got it answers it."""
    if ctx.actor.person != order.person:
        raise Forbidden("由收到督办单的人办理。")


async def is_issuer(ctx: Context, order: Order) -> None:
    """Only who issued it ends it, or whoever leads in their place by now."""
    if ctx.actor.person == order.issuer:
        return
    issuer = await issuer_of(ctx, order)
    if isinstance(issuer, Persons) or ctx.actor.person not in (await ctx.holders(issuer)).persons:
        raise Forbidden("由签发人办理。签发人不在岗的，由接替的领导办理。")


# --- what they do ---------------------------------------------------------------------------------------------------------


async def read(ctx: Context, order: Order, form: VersionRequest) -> Moved[Order]:
    """我已知悉: by hand, since a page that was opened is not a page that was read."""
    return Moved(replace(order, read_at=ctx.now()), (told(OrderRead, "read"),))


async def feed(ctx: Context, order: Order, form: FeedbackRequest) -> Moved[Order]:
    """反馈"""
    text = read_words(form.text, "text", "反馈内容")
    if len(form.pictures) > MOST_PICTURES:
        raise Invalid(fields={"pictures": f"图片不超过{MOST_PICTURES}张。"})
    await ctx.files.claim(form.pictures, order.id)
    number = len(order.feedbacks) + 1
    new = Feedback(number=number, text=Secret(text), pictures=form.pictures, at=ctx.now())
    after = replace(order, feedbacks=(*order.feedbacks, new), read_at=order.read_at or ctx.now())
    return Moved(after, (told(OrderFedBack, "fed_back"),))


async def return_(ctx: Context, order: Order, form: ReturnRequest) -> Moved[Order]:
    """退回再办: the clock begins anew."""
    after = replace(order, since=ctx.now(), answer_by=answer_by(ctx, form.day), warned="", escalated="")
    return Moved(after, (told(OrderReturned, "returned"),))


async def close(ctx: Context, order: Order, form: VersionRequest) -> Moved[Order]:
    """办结"""
    return Moved(order, (told(OrderClosed, "closed"),))


async def withdraw(ctx: Context, order: Order, form: ReasonRequest) -> Moved[Order]:
    """撤回, as long as it is unread."""
    return Moved(order, (told(OrderWithdrawn, "withdrawn"),))


BUTTONS: Buttons[Order] = (
    Button(name="read", call=read, may=(is_person,), act=ANSWER),
    Button(name="feed", call=feed, form=FeedbackRequest, may=(is_person,), act=ANSWER),
    Button(name="begin", may=(is_person,), act=ANSWER),
    Button(name="close", call=close, may=(is_issuer,), act=SUPERVISE),
    Button(
        name="return", call=return_, form=ReturnRequest, reason=Reason("退回的理由"), may=(is_issuer,), act=SUPERVISE
    ),
    Button(
        name="withdraw", call=withdraw, form=ReasonRequest, reason=Reason("撤回的理由"), may=(is_issuer,), act=SUPERVISE
    ),
)
