"""How a notice goes out: in parts, each in one transaction with how far it has come; paused, resumed, taken back, reminded of.

A part finds the next people, keeps a receipt of each and tells the fact that becomes their messages. So a process that is killed has
done a part or not; whoever was told has a receipt, which there can be but one of. At the end all are looked through once more, for
those who have come or moved meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Annotated, Any

from msgspec.structs import replace

from hub.api import (
    SHANGHAI,
    App,
    Asked,
    Button,
    Buttons,
    Conflict,
    Context,
    Invalid,
    Job,
    Member,
    Moved,
    Reason,
    ReasonRequest,
    StepHandler,
    VersionRequest,
    shanghai,
    taken,
)
from plugins.notices.business import NOTICES, Group, counted, groups_of
from plugins.notices.config import NoticesConfig
from plugins.notices.documents import OUT, Notice, Receipt, Sending, notices_of, receipts_of, sendings_of
from plugins.notices.events import NoticeRecalled, NoticeTold, RecallPart, RemindPart, TellPart

ROUNDS = 2
AT_ONCE = 200
# What may have come and gone since it was counted without being asked about again.
FEW, SHARE = 3, 0.05
LATEST = timedelta(days=90)
MORNING = 9


class SendRequest(VersionRequest, frozen=True, kw_only=True):
    """To as many ``people`` as were shown."""

    people: Annotated[int, Asked("请核对人数")]


class ScheduleRequest(SendRequest, frozen=True, kw_only=True):
    """The same, later."""

    at: Annotated[datetime, Asked("什么时候发")]


# --- buttons --------------------------------------------------------------------------------------------------------------


async def send(ctx: Context, notice: Notice, form: SendRequest) -> Moved[Notice]:
    """发送"""
    return Moved(await begun(ctx, replace(notice, people=await agreed(ctx, notice, form.people))))


async def schedule(ctx: Context, notice: Notice, form: ScheduleRequest) -> Moved[Notice]:
    """定时发送"""
    people = await agreed(ctx, notice, form.people)
    if not ctx.now() < form.at <= ctx.now() + LATEST:
        raise Invalid(fields={"at": f"请选以后的时间，最晚{LATEST.days}天以内。"})
    return Moved(replace(notice, people=people, send_at=form.at))


async def unschedule(ctx: Context, notice: Notice, form: VersionRequest) -> Moved[Notice]:
    """取消定时"""
    return Moved(replace(notice, send_at=None))


async def resume(ctx: Context, notice: Notice, form: VersionRequest) -> Moved[Notice]:
    """继续发送"""
    sending = await sendings_of(ctx).get(notice.id)
    ctx.enqueue(TellPart(place=notice.place, notice=notice.id, part=sending.parts))
    return Moved(notice)


async def recall(ctx: Context, notice: Notice, form: ReasonRequest) -> Moved[Notice]:
    """撤回"""
    ctx.enqueue(RecallPart(place=notice.place, notice=notice.id))
    return Moved(notice)


async def remind(ctx: Context, notice: Notice, form: VersionRequest) -> Moved[Notice]:
    """提醒未读"""
    day = shanghai(ctx.now()).date()
    ctx.enqueue(RemindPart(place=notice.place, notice=notice.id, day=day))
    return Moved(replace(notice, reminded_on=day))


async def agreed(ctx: Context, notice: Notice, seen: int) -> int:
    """How many people get it, if that is what was shown."""
    now = await counted(ctx, notice)
    if not now:
        raise Conflict("这样选没有人会收到，请修改发给谁、发到哪里。")
    if abs(now - seen) > max(FEW, int(SHARE * seen)):
        raise Conflict(f"刚才有变化：现在是{now}人。请核对后再发。")
    return now


async def begun(ctx: Context, notice: Notice) -> Notice:
    await sendings_of(ctx).insert(Sending(id=notice.id, place=notice.place))
    ctx.enqueue(TellPart(place=notice.place, notice=notice.id, part=0))
    return replace(notice, sent_at=ctx.now())


def check_unread(ctx: Context, notice: Notice) -> None:
    if notice.state not in OUT or not notice.asks:
        raise Conflict("只有要确认已读、已经发出的通知可以提醒。")
    if notice.reminded_on == shanghai(ctx.now()).date():
        raise Conflict("今天已经提醒过，请明天再提醒。")


def suggested(ctx: Context) -> datetime:
    """When it is sent if nobody says otherwise: the next working morning."""
    now = shanghai(ctx.now())
    morning = datetime(now.year, now.month, now.day, MORNING, tzinfo=SHANGHAI)
    today = now < morning and ctx.calendar.is_workday(now.date())
    return morning if today else ctx.calendar.add_workdays(morning, 1)


# --- parts ----------------------------------------------------------------------------------------------------------------


async def tell_part(step: TellPart, ctx: Context) -> None:
    """Tell the next people, then the next part; after the last one it is sent."""
    notice = await notices_of(ctx).first({"_id": step.notice})
    sending = await sendings_of(ctx).first({"_id": step.notice})
    if notice is None or sending is None or notice.state != "sending" or sending.parts != step.part:
        return
    groups, settings = groups_of(ctx, notice), ctx.settings(NoticesConfig)
    most = settings.part
    group = groups[sending.at]
    found = await ctx.crowd(group.crowd, sending.after, most)
    new = await untold(ctx, notice, found)
    await receipts_of(ctx).insert_many([receipt_of(ctx, notice, group, each) for each in new])
    if new:
        persons = tuple(each.person for each in new)
        ctx.emit(NoticeTold(app=group.app, persons=persons, **about(ctx, notice)))
    after = gone_on(sending, found, len(new), most, len(groups))
    await sendings_of(ctx).save(after)
    if after.round == ROUNDS:
        await NOTICES.move(ctx, notice, "finish", replace(notice, people=after.told))
    else:
        pause = timedelta(seconds=most / settings.pace) if new else timedelta(0)
        ctx.enqueue(TellPart(place=step.place, notice=notice.id, part=after.parts), pause)


def gone_on(sending: Sending, found: Sequence[Member], told: int, most: int, groups: int) -> Sending:
    """After the last one that was found; where that was all, at the next crowd; after all crowds in the next round."""
    told, parts = sending.told + told, sending.parts + 1
    if len(found) == most:
        return replace(sending, told=told, parts=parts, after=found[-1].mark)
    rounds, at = divmod(sending.round * groups + sending.at + 1, groups)
    return replace(sending, told=told, parts=parts, round=rounds, at=at, after=())


async def untold(ctx: Context, notice: Notice, found: Sequence[Member]) -> list[Member]:
    """Those of these who have not been told, each once."""
    members = {each.person: each for each in found}
    wanted = {"notice": notice.id, "person": {"$in": list(members)}}
    told = {each.person for each in await receipts_of(ctx).find(wanted, limit=AT_ONCE)} if members else set()
    return [each for person, each in members.items() if person not in told]


def receipt_of(ctx: Context, notice: Notice, group: Group, member: Member) -> Receipt:
    return Receipt(
        id=ctx.new_id(),
        place=notice.place,
        notice=notice.id,
        readers=(member.person,),
        app=group.app,
        home=member.region,
        **taken(member, "person", "name"),
        **taken(notice, "title", "unit", "urgent", "asks"),
    )


def about(ctx: Context, notice: Notice) -> dict[str, Any]:
    """What is told of it to whomever."""
    bulk = not notice.urgent or notice.people > ctx.settings(NoticesConfig).urgent_most
    said = taken(notice, "place", "number", "title", "unit", "urgent")
    return {"subject": notice.id, "bulk": bulk, "at": notice.sent_at or ctx.now(), **said}


async def recall_part(step: RecallPart, ctx: Context) -> None:
    """Take it back from the next people. Whom a part still told that was under way comes before this: facts of one notice keep their
    order."""
    notice = await notices_of(ctx).get(step.notice)
    found = await receipts_of(ctx).find(
        {"notice": notice.id, "recalled": False}, sort=(("_id", 1),), limit=ctx.settings(NoticesConfig).part
    )
    if not found:
        return
    await receipts_of(ctx).save_many([replace(each, recalled=True) for each in found])
    for app, persons in by_app(found).items():
        ctx.emit(NoticeRecalled(place=step.place, subject=notice.id, app=app, persons=persons, day=notice.reminded_on))
    ctx.enqueue(RecallPart(place=step.place, notice=notice.id))


async def remind_part(step: RemindPart, ctx: Context) -> None:
    """Remind the next people who have not confirmed it."""
    notice = await notices_of(ctx).get(step.notice)
    if notice.state not in OUT:
        return
    most = ctx.settings(NoticesConfig).part
    behind = {"_id": {"$gt": step.after}} if step.after else {}
    found = await receipts_of(ctx).find(
        {"notice": notice.id, "recalled": False, "read": False, **behind}, sort=(("_id", 1),), limit=most
    )
    for app, persons in by_app(found).items():
        ctx.emit(NoticeTold(app=app, persons=persons, day=step.day, **about(ctx, notice)))
    if len(found) == most:
        ctx.enqueue(RemindPart(place=step.place, notice=notice.id, day=step.day, after=found[-1].id))


def by_app(receipts: Sequence[Receipt]) -> Mapping[App, tuple[str, ...]]:
    ordered = sorted(receipts, key=lambda each: each.app)
    return {app: tuple(each.person for each in some) for app, some in groupby(ordered, key=lambda each: each.app)}


async def begin_due(ctx: Context) -> None:
    """What was to be sent by now; more of them wait for the next minute."""
    due = {"place": ctx.place.code, "state": "scheduled", "send_at": {"$lte": ctx.now()}}
    for notice in await notices_of(ctx).find(due, sort=(("send_at", 1), ("_id", 1)), limit=20):
        await NOTICES.move(ctx, notice, "begin", await begun(ctx, notice))


BUTTONS: Buttons[Notice] = (
    Button(name="send", call=send, form=SendRequest),
    Button(name="schedule", call=schedule, form=ScheduleRequest),
    Button(name="unschedule", call=unschedule),
    Button(name="pause"),
    Button(name="resume", call=resume),
    Button(name="remind", label="提醒未读", call=remind, rows=(), checks=(check_unread,)),
    Button(name="recall", call=recall, form=ReasonRequest, reason=Reason("撤回的理由")),
    Button(name="delete", form=ReasonRequest, reason=Reason("删除的理由")),
)
STEPS = (
    StepHandler(step=TellPart, call=tell_part),
    StepHandler(step=RecallPart, call=recall_part),
    StepHandler(step=RemindPart, call=remind_part),
)
JOBS = (Job(name="begin_due", call=begin_due, label="定时通知发送", every=timedelta(minutes=1), at_city=True),)
