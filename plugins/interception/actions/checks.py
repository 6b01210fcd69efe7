"""What may not be done with a hit or a recovery now: asked by the pages and by the calls."""

from __future__ import annotations

from hub.api import Conflict, Context, Forbidden, is_same, shown
from plugins.interception.actions.people import Book
from plugins.interception.business import confirms, seconds, watches
from plugins.interception.documents import Hit, Person, Recovery

SECOND_PERSON = (
    "误报解除须由第二人确认：请本岗位另一名经办人员办理；本岗位只有一人的，由市级主管部门或本局领导确认。"
    "同一人的其他账号不能确认。"
)


def check_confirms(ctx: Context, thing: Hit | Recovery) -> None:
    if not confirms(ctx.actor, thing):
        raise Forbidden("由区县主管部门的拦截信息确认岗位办理。")


def check_second(ctx: Context, hit: Hit) -> None:
    """Whoever acts may be the second person: not the first under any account of theirs."""
    first = hit.proposal
    if not seconds(ctx.actor, hit) or (first is not None and is_same(ctx.actor, first.person, first.id_key)):
        raise Forbidden(SECOND_PERSON)


def check_watches(ctx: Context, hit: Hit) -> None:
    if not watches(ctx.actor, hit):
        raise Forbidden("复核由纪委办理。")


def check_evidence(ctx: Context, hit: Hit) -> None:
    if not (confirms(ctx.actor, hit) or watches(ctx.actor, hit)):
        raise Forbidden("比对依据只供确认的主管部门和纪委查看。")


def check_needs_no_more(ctx: Context, hit: Hit) -> None:
    if hit.severity == "block":
        raise Conflict("此类命中须确认属实或误报解除，不能只作知悉。", state=shown(hit))


async def check_not_overtaken(ctx: Context, hit: Hit) -> None:
    """What is to wait for the bureau again must be the newest of its kind."""
    check_newest((await Book.open(ctx, [hit.key]))[hit.key], hit)


def check_newest(person: Person, hit: Hit) -> None:
    if not any(each.hit == hit.id for each in person.marks):
        raise Conflict("此人在本项目已有新的同类命中，请办理新的一条。", state=shown(hit))
