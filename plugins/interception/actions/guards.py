"""Where nobody passes with an open suspicion: 县级审批, 拨付, every payment, every roster.

A guard writes the people it has looked at. A list, a hit or a decision that arrives meanwhile conflicts with it, and one of
both comes after the other.
"""

from __future__ import annotations

import msgspec

from hub.api import Conflict, Context, taken
from plugins.declaration.events import CaseGuarded
from plugins.interception.actions.people import Book, remembered
from plugins.interception.actions.registry import area
from plugins.interception.actions.rules import blocks, findings, rules_for
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import Person, Source, Stake
from plugins.payments.events import Payee, Paying

# The approval, and where money follows from it without another look.
GATES = ("approve_county", "publicity_county", "disburse")
# Read by handlers of any office, and by residents where a payment waits: never what was found, nor where.
CHECKING = "有关信息正在核对，核对结束前暂不能通过。"
REFUSE = "经主管部门核实，不符合本项目的享受条件，不能通过；请驳回或终止。"
HELD = "信息核对中"


async def keep_from_approval(ctx: Context, guarded: CaseGuarded) -> None:
    """Guard of ``declaration.advance``: ``Conflict`` while something blocking is unresolved, or was confirmed."""
    if guarded.move != "pass" or guarded.node not in GATES:
        return
    key = ctx.store.blind(guarded.identity.id_number)
    book = await Book.open(ctx, [key])
    stake = stake_of_case(ctx, book[key], guarded)
    if blocks(book[key], stake, findings(ctx, book[key], stake)):
        raise Conflict(words_for(book[key], guarded.project), state={"node": guarded.node})
    await book.write(everything=True)


def words_for(person: Person, project: str) -> str:
    """Whether to wait, or that there is nothing to wait for."""
    states = {mark.state for mark in person.marks if mark.project == project and mark.severity == "block"}
    return REFUSE if "confirmed" in states and "open" not in states else CHECKING


def stake_of_case(ctx: Context, person: Person, guarded: CaseGuarded) -> Stake:
    known = next((each for each in person.stakes if each.case == guarded.case), None)
    return Stake(
        short=known.short if known else "",
        rules=rules_for(ctx.settings(InterceptionConfig), guarded.project, guarded.rules),
        quantity=area(guarded.area_mu),
        **taken(guarded, "project", "bureau", "place", "sensitive", "identity", "number", "case"),
        benefit=known.benefit if known else None,
        since=known.since if known else ctx.now(),
    )


async def keep_from_payment(ctx: Context, paying: Paying) -> None:
    """Guard of ``payments.pay``: rows whose person is under suspicion are held, whatever the bank waits for."""
    await look_at(ctx, paying, "pay")


async def keep_from_roster(ctx: Context, paying: Paying) -> None:
    """Guard of ``payments.enrol``: whom a rule finds does not come onto a roster before the bureau has decided."""
    await look_at(ctx, paying, "roster")


async def look_at(ctx: Context, paying: Paying, source: Source) -> None:
    """All rows (≤ 200) with one query; whoever is found becomes a hit in the same transaction."""
    keys = {payee.row: ctx.store.blind(payee.identity.id_number) for payee in paying.rows}
    book = await Book.open(ctx, keys.values())
    for payee in paying.rows:
        key = keys[payee.row]
        stake = stake_of_payee(ctx, book[key], paying, payee)
        if stake.benefit is not None and source == "pay":
            # Also for benefits that began before interception was on here.
            book.put(remembered(book[key], stake))
        if book.check(key, stake, source):
            paying.hold(payee.row, HELD)
    if not paying.dry_run:
        await book.write(everything=True)


def stake_of_payee(ctx: Context, person: Person, paying: Paying, payee: Payee) -> Stake:
    """The benefit of the row as it is now; of a roster's line, the benefit that it would renew."""
    same = [each for each in person.stakes if each.project == paying.project and each.benefit is not None]
    known = next((each for each in same if payee.benefit in (None, each.benefit)), None)
    if known is not None:
        return msgspec.structs.replace(
            known, identity=payee.identity, quantity=payee.quantity, place=payee.place, sensitive=paying.sensitive
        )
    return Stake(
        rules=rules_for(ctx.settings(InterceptionConfig), paying.project),
        **taken(paying, "project", "short", "bureau", "sensitive"),
        **taken(payee, "place", "identity", "quantity", "benefit"),
        since=ctx.now(),
    )
