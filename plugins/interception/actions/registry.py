"""Who asks for what and who enjoys what, as other plugins tell it; each time it is held against the rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.api import Context, taken
from plugins.declaration.events import CaseFact, PersonEntered
from plugins.interception.actions.people import Book, remembered, with_stakes
from plugins.interception.actions.rules import rules_for
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import Person, Source, Stake
from plugins.payments.events import BenefitFact, BenefitsStarted
from plugins.survey.events import PersonSurveyed


async def entered(event: PersonEntered, ctx: Context) -> None:
    """Somebody typed for whom they want to declare: looked at whether or not a declaration comes of it."""
    by, key = (event.by,) if event.by else (), (event.by_key,) if event.by_key else ()
    stake = stake_of(ctx, event, quantity=area(event.area_mu), avoid=by, avoid_keys=key, since=event.at)
    await look_at_form(ctx, stake, "entry", event.attempt_id)


async def surveyed(event: PersonSurveyed, ctx: Context) -> None:
    """A surveyor typed on site whom they visit. The surveyor is no party to it."""
    await look_at_form(ctx, stake_of(ctx, event, since=event.at), "survey", event.survey)


async def look_at_form(ctx: Context, stake: Stake, source: Source, attempt: str) -> None:
    key = ctx.store.blind(stake.identity.id_number)
    book = await Book.open(ctx, [key])
    book.check(key, stake, source, attempt=attempt)
    await book.write()


def stake_of(ctx: Context, event: PersonEntered | PersonSurveyed | CaseFact, **more: Any) -> Stake:
    """What a fact says that somebody asks for."""
    same = taken(event, "project", "short", "bureau", "place", "sensitive", "identity")
    return Stake(rules=rules_for(ctx.settings(InterceptionConfig), event.project, event.rules), **same, **more)


async def declared(event: CaseFact, ctx: Context) -> None:
    """A declaration was handed in, mended, or is open again: remembered and looked at. What was found at its form is its own."""
    if await ctx.told_since(event.case):
        return
    key = ctx.store.blind(event.identity.id_number)
    book = await Book.open(ctx, [key])
    before = next((each for each in book[key].stakes if each.case == event.case), None)
    stake = stake_of(
        ctx,
        event,
        quantity=area(event.area_mu),
        number=event.number,
        case=event.case,
        benefit=before.benefit if before else None,
        avoid=event.declarants,
        avoid_keys=event.avoid_keys,
        since=before.since if before else event.at,
    )
    book.put(remembered(book[key], stake))
    book.check(key, stake, "submit", attempt=event.case)
    await book.write()


async def case_over(event: CaseFact, ctx: Context) -> None:
    """A declaration has ended without approval. Its hits stay: they say something about the person, too."""
    await ctx.told_since(event.case)
    key = ctx.store.blind(event.identity.id_number)
    book = await Book.open(ctx, [key])
    stakes = [each for each in book[key].stakes if each.case != event.case or each.benefit is not None]
    book.put(with_stakes(book[key], stakes))
    await book.write()


async def enjoyed(event: BenefitFact, ctx: Context) -> None:
    """享受 has begun, by a declaration, or again."""
    await take_in(ctx, [event])


async def enjoyed_together(event: BenefitsStarted, ctx: Context) -> None:
    """享受 of the persons on a part of a roster."""
    await take_in(ctx, event.benefits)


async def take_in(ctx: Context, facts: Sequence[BenefitFact]) -> None:
    """≤ 200 benefits, remembered and looked at in one unit of work; but those of which something else was told since."""
    late = await ctx.told_since(*(fact.benefit for fact in facts))
    facts = [fact for fact in facts if fact.benefit not in late]
    keys = [ctx.store.blind(fact.identity.id_number) for fact in facts]
    book = await Book.open(ctx, keys)
    for key, fact in zip(keys, facts, strict=True):
        stake = benefit_of(ctx, book[key], fact)
        book.put(remembered(book[key], stake))
        book.check(key, stake, "benefit")
    await book.write()


def benefit_of(ctx: Context, person: Person, event: BenefitFact) -> Stake:
    """The benefit; of the case that it came from it keeps the rules, whose it is and since when."""
    case = next((each for each in person.stakes if event.case and each.case == event.case), None)
    return Stake(
        sensitive=event.sensitive or (case is not None and case.sensitive),
        rules=case.rules if case else rules_for(ctx.settings(InterceptionConfig), event.project),
        quantity=event.quantity or (case.quantity if case else ""),
        number=event.number or (case.number if case else ""),
        **taken(event, "project", "short", "bureau", "place", "identity", "case", "benefit"),
        avoid=case.avoid if case else (),
        avoid_keys=case.avoid_keys if case else (),
        since=case.since if case else event.at,
    )


async def no_more_enjoyed(event: BenefitFact, ctx: Context) -> None:
    """停发 or 终止, unless it was resumed since."""
    if await ctx.told_since(event.benefit):
        return
    key = ctx.store.blind(event.identity.id_number)
    book = await Book.open(ctx, [key])
    book.put(with_stakes(book[key], [each for each in book[key].stakes if each.benefit != event.benefit]))
    await book.write()


def area(mu: str) -> str:
    return f"{mu}亩" if mu else ""
