"""What comes round by itself: everybody who asks for something or enjoys it is looked at again; what was left behind goes."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import msgspec

from hub.api import Context
from plugins.interception.actions.people import Book
from plugins.interception.documents import LIST, CheckList, ListPart, Person, lists_of, parts_of, people_of

AT_ONCE = 200
# An upload is read within its request; one that still receives after a day was cut off.
GIVEN_UP = timedelta(days=1)
MOST_SWEPT = 50


async def recheck(ctx: Context) -> None:
    """Ages pass limits and settings change without anybody telling: all who have a stake, a part per transaction."""
    after: str | None = ""
    while after is not None:
        after = await ctx.in_transaction(partial(recheck_part, after=after))


async def recheck_part(ctx: Context, after: str) -> str | None:
    """The next 200 people; returns where to go on, None at the end."""
    wanted = {"staked": True, "_id": {"$gt": after}}
    people: list[Person] = await people_of(ctx).find(wanted, sort=(("_id", 1),), limit=AT_ONCE)
    book = Book.of(ctx, people)
    for person in people:
        for stake in person.stakes:
            book.check(person.key, stake, "recheck")
    await book.write()
    return people[-1].id if len(people) == AT_ONCE else None


async def sweep(ctx: Context) -> None:
    """Uploads that never ended: their sealed parts go, the list stays as one that was left."""
    before = ctx.now() - GIVEN_UP
    wanted = {"state": "receiving", "created_at": {"$lt": before}}
    for stored in await lists_of(ctx).find(wanted, limit=MOST_SWEPT):
        while await ctx.in_transaction(partial(drop_parts, stored=stored)):
            pass
        await ctx.in_transaction(partial(leave, stored=stored))


async def drop_parts(ctx: Context, stored: CheckList) -> bool:
    """The next 200 parts; returns whether there may be more."""
    parts: list[ListPart] = await parts_of(ctx).find({"list": stored.id}, limit=AT_ONCE)
    await parts_of(ctx).delete_many(parts)
    return len(parts) == AT_ONCE


async def leave(ctx: Context, stored: CheckList) -> None:
    state = LIST.transition("leave", stored.state)
    await lists_of(ctx).save(msgspec.structs.replace(stored, state=state, finished_at=ctx.now()))
