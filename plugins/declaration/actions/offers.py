"""What a declarant may do with a declaration now: asked by its page and by the calls.

It is offered wherever one's declarations are read, and made in the declaration's own county, which stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from hub.api import Conflict, Context, NotFound, Offers
from plugins.declaration.actions import catalogue, window
from plugins.declaration.business import shown
from plugins.declaration.documents import APPROVAL, CASE, Case


def before_approval(case: Case) -> bool:
    return APPROVAL not in case.chain or case.chain.index(case.node) < case.chain.index(APPROVAL)


def follows(move: str) -> Callable[[Context, Case], None]:
    """The table allows it."""

    def check(ctx: Context, case: Case) -> None:
        CASE.transition(move, case.state, **shown(case))

    return check


def in_time(words: str) -> Callable[[Context, Case], None]:
    """Not at 县级审批 yet, or over."""

    def check(ctx: Context, case: Case) -> None:
        if case.open and not before_approval(case):
            raise Conflict(words, state=shown(case))

    return check


def check_applicant(ctx: Context, case: Case) -> None:
    if case.applicant != ctx.actor.person:
        raise NotFound


async def check_offered(ctx: Context, case: Case) -> None:
    """The project is still there; asked in its own county, for others have catalogues of their own."""
    if case.county == ctx.county:
        await catalogue.offer(ctx, case.project)


OFFERS: Offers[Case] = Offers(
    {
        "mend": (follows("mend"),),
        "withdraw": (follows("withdraw"), in_time("已进入县级审批，不能撤回。"), window.check_hand),
        "redeclare": (
            check_applicant,
            follows("supersede"),
            in_time("已进入县级审批，不能重新申报。"),
            check_offered,
        ),
    }
)
