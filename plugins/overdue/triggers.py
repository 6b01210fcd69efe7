"""P02 临期 / 逾期: handlers once a day, leaders once a day and region, or at once."""

from __future__ import annotations

from collections.abc import Sequence

from hub.api import Context, MessageClass, MessageType, Paging, Persons, Placement, Push, Trigger, duties, shanghai
from plugins.overdue.documents import wishes_of
from plugins.overdue.events import MorningCounted, TasksLate, Told
from plugins.overdue.late import LEADER

# Leaders at a time.
AT_ONCE = 200
SAMPLE = {
    "late": 3,
    "more": 2,
    "soon": "2026-11-24T15:59:59Z",
    "where": "射洪市",
    "at": "510981",
    "when": "2026-11-23T01:00:00Z",
}
LINK = "/{at}/overdue"
MESSAGE_TYPES = (
    MessageType(
        name="due",
        code="P02",
        kind="reminder",
        app="ydsh",
        label="待办临期和逾期",
        link="/{at}/worklist/tasks",
        sample=SAMPLE,
    ),
    MessageType(
        name="digest",
        code="P02",
        kind="alert",
        app="ydjd",
        label="逾期每日汇总",
        message_class=MessageClass.DIGEST,
        link=LINK,
        sample=SAMPLE,
    ),
    MessageType(name="late", code="P02", kind="alert", app="ydjd", label="刚刚逾期", link=LINK, sample=SAMPLE),
)


async def tell_morning(event: MorningCounted, ctx: Context) -> Sequence[Push]:
    """One message for each; of a second count for the same day nothing is told again."""
    return [morning_push(ctx, event, told) for told in event.persons]


def morning_push(ctx: Context, event: MorningCounted, told: Told) -> Push:
    where = ctx.regions.full_name(told.at)
    data = {"late": told.late, "more": told.more, "soon": event.soon, "where": where, "at": told.at, "when": ctx.now()}
    message, key = ("overdue.digest", f"{event.day}:{told.at}") if told.leader else ("overdue.due", f"{event.day}")
    return Push(to=Persons((told.person,)), message=message, key=key, data=data)


async def tell_at_once(event: TasksLate, ctx: Context) -> Sequence[Push]:
    """Leaders who want it, of what their position reaches: that something is late, at most once an hour. What is hidden from some is
    told to none."""
    region, hour = ctx.regions[event.place], f"{shanghai(ctx.now()):%Y-%m-%dT%H}"
    told = {(task.bureau, task.project) for task in event.tasks if not task.hidden}
    placed = [
        Placement(path=region.path, county=region.county, bureau=bureau, project=project) for bureau, project in told
    ]
    wanted = {"mode": "at_once", "place": {"$in": list(region.path)}}
    pushes: list[Push] = []
    cursor: str | None = ""
    while placed and cursor is not None:
        page = await wishes_of(ctx).page(wanted, Paging(limit=AT_ONCE, cursor=cursor or None), sort=(("place", 1),))
        working = await ctx.colleagues({wish.person for wish in page.items})
        for wish in page.items:
            positions = working[wish.person].positions if wish.person in working else ()
            if any(duties.fits(held, each, LEADER, at=wish.place) for held in positions for each in placed):
                data = {"where": ctx.regions.full_name(event.place), "at": wish.place, "when": ctx.now()}
                key = f"{hour}:{wish.place}"
                pushes.append(Push(to=Persons((wish.person,)), message="overdue.late", key=key, data=data))
        cursor = page.next
    return pushes


TRIGGERS = (Trigger(event=MorningCounted, call=tell_morning), Trigger(event=TasksLate, call=tell_at_once))
