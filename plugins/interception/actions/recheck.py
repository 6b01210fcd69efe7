"""What comes round by itself: everybody who asks for something or enjoys it is looked at again; what was left behind goes."""

from __future__ import annotations

from functools import partial

import msgspec

from hub.api import Context, leave_unfinished
from plugins.interception.actions.people import Book
from plugins.interception.documents import LIST, CheckList, Person, lists_of, parts_of, people_of

AT_ONCE = 200


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
    """Uploads that never ended."""
    await leave_unfinished(ctx, lists_of, parts_of, "list", left)


def left(ctx: Context, stored: CheckList) -> CheckList:
    return msgspec.structs.replace(stored, state=LIST.transition("leave", stored.state), finished_at=ctx.now())
