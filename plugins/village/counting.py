"""What a village's numbers are made of: counted from what publicity and payments tell, each fact once."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from hub.api import Context, Event, Reaction, StepHandler, money, shanghai, taken
from plugins.payments.events import PaymentMade
from plugins.publicity.events import PublicityEnded, RowsPublished, VillageRows
from plugins.village.documents import Entry, Receipt, entries_of, follows_of, receipts_of
from plugins.village.events import ForgetEntries, TellFollowers

AT_ONCE = 200
CENTS = 100


async def count_rows(event: RowsPublished, ctx: Context) -> None:
    """More rows are shown, or have passed, in these villages."""
    later = await ctx.told_since(event.publicity)
    if any(not isinstance(told, RowsPublished) for told in later.values()):
        return  # It was put off, and has ended since.
    ids = [entry_id(event.publicity, village) for village in event.villages]
    found = await entries_of(ctx).find({"_id": {"$in": ids}}, limit=AT_ONCE)
    known: Mapping[str, Entry] = {entry.place: entry for entry in found}
    changed = counted(ctx, event, known) if event.phase == "started" else list(known.values())
    passed = event if event.phase == "confirmed" else later.get(event.publicity)
    changed = [confirmed(entry, passed) for entry in changed]
    await entries_of(ctx).insert_many([entry for entry in changed if entry.place not in known])
    await entries_of(ctx).save_many([entry for entry in changed if entry.place in known])
    first = [each for each in changed if known.get(each.place, each).state != each.state or each.place not in known]
    await tell_of(ctx, event, first)


def counted(ctx: Context, event: RowsPublished, known: Mapping[str, Entry]) -> list[Entry]:
    """Those that change: of a fact that is heard again, none."""
    id = ctx.event_id or ""
    each = [(known.get(count.village) or new(event, count), count) for count in event.counts]
    return [added(entry, count, id) for entry, count in each if id not in entry.heard]


def new(event: RowsPublished, count: VillageRows) -> Entry:
    return Entry(
        id=entry_id(event.publicity, count.village),
        place=count.village,
        batch=event.subject,
        year=shanghai(event.at).year,
        started_at=event.at,
        **taken(event, "publicity", "kind", "number", "project", "short", "label", "period", "sensitive"),
    )


def added(entry: Entry, count: VillageRows, id: str) -> Entry:
    cents = int(money.total((count.total,)) * CENTS)
    return replace(entry, people=entry.people + count.people, cents=entry.cents + cents, heard=(*entry.heard, id))


def confirmed(entry: Entry, told: Event | None) -> Entry:
    """As it stands once rows have passed."""
    if not isinstance(told, RowsPublished) or told.phase != "confirmed" or entry.state == "confirmed":
        return entry
    return replace(entry, state="confirmed", confirmed_at=told.at)


async def tell_of(ctx: Context, event: RowsPublished, entries: list[Entry]) -> None:
    """Whoever follows these villages, in each once in each phase; whoever stands in it hears of that by publicity."""
    wanted = {"county": ctx.county, "place": {"$in": [entry.place for entry in entries]}}
    followed = {group.key[0] for group in await follows_of(ctx).groups(wanted, ("place",))} if entries else set()
    for entry in entries:
        if entry.place in followed:
            ctx.enqueue(TellFollowers(place=entry.place, entry=entry.id, phase=event.phase, but_not=event.persons))


async def forget_ended(event: PublicityEnded, ctx: Context) -> None:
    """终止: nothing of it counts. In a step: that comes after all that was told of its rows."""
    ctx.enqueue(ForgetEntries(place=event.place, publicity=event.publicity))


async def forget_part(step: ForgetEntries, ctx: Context) -> None:
    await ctx.told_since(step.publicity)
    found = await entries_of(ctx).find({"publicity": step.publicity}, sort=(("_id", 1),), limit=AT_ONCE)
    await entries_of(ctx).delete_many(found)
    if len(found) == AT_ONCE:
        ctx.enqueue(step)


async def count_paid(event: PaymentMade, ctx: Context) -> None:
    """One row of a batch, once."""
    if await receipts_of(ctx).first({"_id": event.row}) is None:
        receipt = Receipt(id=event.row, place=event.place, batch=event.batch, paid_at=event.at)
        await receipts_of(ctx).insert(receipt)


def entry_id(publicity: str, village: str) -> str:
    return f"{publicity}:{village}"


REACTIONS = (
    Reaction(event=RowsPublished, call=count_rows),
    Reaction(event=PublicityEnded, call=forget_ended),
    Reaction(event=PaymentMade, call=count_paid),
)
STEPS = (StepHandler(step=ForgetEntries, call=forget_part),)
