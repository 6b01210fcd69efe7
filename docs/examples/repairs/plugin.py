"""报修 Repairs: residents ask for one, the village's handlers do it. Each hook once; docs/reference/hooks.md shows it in parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import msgspec

from hub.api import (
    NEWEST_FIRST,
    Answer,
    Anyone,
    Asked,
    Belongings,
    Business,
    Button,
    Checkup,
    Collection,
    Command,
    Conflict,
    Context,
    Decision,
    Document,
    Event,
    Filed,
    Form,
    Guard,
    HealthCheck,
    Holders,
    Import,
    Imported,
    Index,
    Instruction,
    Invalid,
    Job,
    Limit,
    Machine,
    MenuEntry,
    MessageType,
    Migration,
    Move,
    News,
    Node,
    OpenWork,
    Page,
    Paged,
    Paging,
    Permission,
    Progress,
    Push,
    Question,
    Range,
    Reaction,
    RegionTree,
    RelatedLink,
    Resource,
    Role,
    Route,
    Step,
    StepHandler,
    Topic,
    Trigger,
    Withdraw,
    counting,
    passing_on,
    sheets,
    stored,
    update_in_ranges,
)

USES = ("declaration",)


class RepairsConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``answer_within``: until when a repair is done. ``most_open``: so many of one resident at a time."""

    answer_within: Limit = Limit(5)
    most_open: Annotated[int, Range(1, 100)] = 3


CONFIG = RepairsConfig

ROLES = (Role("repairer", "维修员"),)

PERMISSIONS = (Permission("repairs.do", "办理报修", ("repairer", "handler")),)


class RepairAsked(Event, frozen=True, kw_only=True):
    """A repair was asked for."""

    subject_field: ClassVar[str] = "repair"

    repair: str
    due_at: datetime


class RepairDone(Event, frozen=True, kw_only=True):
    """It was done, or is needed no more."""

    subject_field: ClassVar[str] = "repair"

    repair: str


class CallOff(Instruction, frozen=True, kw_only=True):
    """What another plugin asks for: the repair is needed no more."""

    subject_field: ClassVar[str] = "repair"

    repair: str


EVENTS = (RepairAsked, RepairDone, CallOff)


class Repair(Document, frozen=True, kw_only=True):
    """Its readers are who asked for it. ``slot``: which of the places that one resident has it takes while it is open."""

    what: str
    due_at: datetime
    readers: tuple[str, ...] = ()
    state: Literal["open", "done"] = "open"
    slot: str = ""


repairs_of = stored("repairs.repairs", Repair)


class Part(Filed, frozen=True, kw_only=True):
    """A spare part that somebody asks for."""

    name: str


COLLECTIONS = (
    Collection(
        name="repairs.repairs",
        document=Repair,
        scope="subtree",
        indexes=(
            Index((("state", 1), ("due_at", 1)), name="open"),
            # Two that come at once have both looked before either was stored: the index alone decides.
            Index((("slot", 1),), unique=True, partial={"slot": {"$gt": ""}}, name="slot"),
        ),
    ),
    Collection(name="repairs.parts", document=Part, scope="subtree", indexes=(NEWEST_FIRST,)),
)


async def say_until_when(database: Any) -> None:
    """Repairs of the first version had no day; run again, it finds none without."""
    wanted = {"due_at": {"$exists": False}}
    await update_in_ranges(database["repairs.repairs"], wanted, [{"$set": {"due_at": "$created_at"}}])


MIGRATIONS = (Migration("2026_11_until_when", say_until_when),)


@asynccontextmanager
async def lifespan(config: RepairsConfig) -> AsyncIterator[None]:
    """Given the settings common to all counties."""
    price_list = {"灯泡": 5}  # a model, a pool, a connection
    yield
    price_list.clear()


class RepairRequest(msgspec.Struct, frozen=True):
    what: Annotated[str, Asked("坏了什么"), msgspec.Meta(min_length=1, max_length=50)]


class RepairView(msgspec.Struct, frozen=True):
    id: str
    what: str
    due_at: datetime


async def ask(ctx: Context, body: RepairRequest) -> RepairView:
    """报修"""
    most, person = ctx.settings(RepairsConfig).most_open, ctx.actor.person or ""
    taken = {repair.slot for repair in await repairs_of(ctx).find({"state": "open"}, limit=200)}
    free = [slot for slot in (f"{person}:{n}" for n in range(most)) if slot not in taken]
    if not free:
        raise Conflict(f"您已有{most}件报修在办，请办结后再提交。")
    due_at = ctx.calendar.due(ctx.now(), ctx.settings(RepairsConfig).answer_within)
    id, place = ctx.new_id(), ctx.place.code
    new = Repair(id=id, place=place, what=body.what, due_at=due_at, readers=(person,), slot=free[0])
    repair = await repairs_of(ctx).insert(new)
    ctx.emit(RepairAsked(place=repair.place, repair=repair.id, due_at=due_at))
    return view(repair)


async def read(ctx: Context, id: str) -> RepairView:
    """一件报修"""
    return view(await repairs_of(ctx).get(id))


async def finish(ctx: Context, id: str) -> RepairView:
    """办结报修"""
    return view(await close(ctx, await repairs_of(ctx).get(id)))


async def list_open(ctx: Context, query: Paging) -> Paged[RepairView]:
    """在办的报修"""
    page = await repairs_of(ctx).page({"state": "open"}, query, sort=(("due_at", 1),))
    return Paged(items=[view(repair) for repair in page.items], next=page.next)


def view(repair: Repair) -> RepairView:
    return RepairView(repair.id, repair.what, repair.due_at)


async def close(ctx: Context, repair: Repair) -> Repair:
    if repair.state == "done":
        raise Conflict("这件报修已办结。")
    done = await repairs_of(ctx).save(msgspec.structs.replace(repair, state="done", slot=""))
    ctx.emit(RepairDone(place=done.place, repair=done.id))
    ctx.audit("repairs.close", done.id)
    return done


ROUTES = (
    Route(method="POST", path="/repairs", call=ask, access=Anyone.CLAIMED, status=201, reads="/repairs/{id}"),
    Route(method="GET", path="/repairs/{id}", call=read, access=Anyone.CLAIMED),
    Route(method="GET", path="/repairs", call=list_open, access="repairs.do"),
    Route(method="POST", path="/repairs/{id}/finish", call=finish, access="repairs.do", reads="/repairs/{id}"),
)


async def look(ctx: Context) -> None:
    """The page needs nothing but its form."""


PAGES = (
    Page(
        apps=("ykt",),
        path="/new",
        title="报修",
        template="repairs/new.html",
        load=look,
        access=Anyone.CLAIMED,
        form=Form(route="/repairs", then="/new"),
    ),
)


PARTS: Business[Part] = Business(
    collection="repairs.parts",
    kind="part",
    machine=Machine({"asked": "待领取", "given": "已领取"}, {"give": Move("登记领取", ("asked",), "given")}),
    title=lambda part: part.name,
    about=lambda part: None,
)


class PartRequest(msgspec.Struct, frozen=True):
    name: Annotated[str, Asked("什么配件"), msgspec.Meta(min_length=1, max_length=50)]


async def ask_part(ctx: Context, body: PartRequest) -> Part:
    """申领配件"""
    return await PARTS.file(ctx, Part, "申领配件", name=body.name)


RESOURCES = (
    Resource(business=PARTS, apps=("ykt",), path="/parts/mine", title="我的配件", read=Anyone.CLAIMED, new=ask_part),
    Resource(
        business=PARTS,
        apps=("ydsh",),
        path="/parts",
        title="配件",
        read="repairs.do",
        buttons=(Button(name="give"),),
    ),
)


class HowMany(msgspec.Struct, frozen=True):
    open: int


async def count(ctx: Context) -> HowMany:
    """By websocket: ``repairs.count``."""
    return HowMany(await repairs_of(ctx).count({"state": "open"}))


COMMANDS = (Command(name="count", call=count, access="repairs.do"),)

TOPICS = (Topic(name="list", access="repairs.do", events=(RepairAsked, RepairDone)),)


async def news(ctx: Context) -> News:
    """The number beside the tile."""
    return News(count=await repairs_of(ctx).count({"state": "open"}, at_most=100))


MENU_ENTRIES = (MenuEntry(app="ykt", label="报修", path="/new", access=Anyone.CLAIMED, icon="tool", news=news),)

RELATED_LINKS = (
    RelatedLink(app="ykt", beside="complaints/notice", label="房屋报修", path="/new", access=Anyone.CLAIMED),
)

MESSAGE_TYPES = (
    MessageType(
        name="asked",
        code="P90",
        kind="todo",
        app="ydsh",
        label="报修待办",
        link="/{place}/repairs/{repair}",
        sample={"repair": "0190", "due_at": "2026-11-30T10:00:00+08:00"},
    ),
)


async def tell(event: RepairAsked, ctx: Context) -> list[Push]:
    """Whoever handles things in that village hears of it."""
    to = Holders(role="handler", place=event.place)
    data = {"repair": event.repair, "due_at": event.due_at}
    return [Push(to=to, message="repairs.asked", key=event.repair, data=data)]


async def take_back(event: RepairDone, ctx: Context) -> list[Withdraw]:
    """What nobody has read yet need not be read any more."""
    return [Withdraw(message="repairs.asked", key=event.repair, reason="已办结")]


TRIGGERS = (Trigger(event=RepairAsked, call=tell), Trigger(event=RepairDone, call=take_back))


async def call_off(event: CallOff, ctx: Context) -> None:
    """At least once: one that is done already stays as it is."""
    repair = await repairs_of(ctx).first({"_id": event.repair, "state": "open"})
    if repair is not None:
        await close(ctx, repair)


REACTIONS = (Reaction(event=CallOff, call=call_off),)


async def repaired(ctx: Context, id: str, decision: Decision) -> None:
    """``pass`` at the node: its repair is done."""
    await close(ctx, await repairs_of(ctx).get(id))


NODES = (Node(name="repair", label="维修", level="village", role="repairer", moves={"pass": repaired}),)

AT_ONCE = 100


class ClosePart(Step, frozen=True, kw_only=True):
    """The next hundred that nobody has done in a year."""


async def close_part(step: ClosePart, ctx: Context) -> None:
    """A part of long work, in a transaction of its own; each enqueues the next."""
    forgotten = {"state": "open", "due_at": {"$lt": ctx.now() - timedelta(days=365)}}
    found = await repairs_of(ctx).find(forgotten, sort=(("due_at", 1),), limit=AT_ONCE)
    for repair in found:
        await close(ctx, repair)
    if len(found) == AT_ONCE:
        ctx.enqueue(ClosePart(place=step.place))


STEPS = (StepHandler(step=ClosePart, call=close_part),)


class OpenRepairs(Question[int], frozen=True, kw_only=True):
    """How many repairs are open in this county? Another plugin: ``await ctx.ask(OpenRepairs())``."""


async def open_repairs(ctx: Context, question: OpenRepairs) -> int:
    """A number alone, of what the one who asks may not see."""
    return await repairs_of(ctx).count({"state": "open"})


ANSWERS = (Answer(question=OpenRepairs, call=open_repairs, reach="county"),)


async def not_while_open(ctx: Context, case: Any) -> None:
    """A case does not go on while a repair at its place is open. What it relies on is written, so that both cannot commit."""
    repair = await repairs_of(ctx).first({"place": case.place, "state": "open"})
    if repair is not None:
        await repairs_of(ctx).touch(repair)
        raise Conflict("该地还有报修在办，办结后再继续。")


GUARDS = (Guard(action="declaration.advance", call=not_while_open),)


def passed(repair: Repair, succession: Any) -> Repair:
    """Two records turned out to be one human."""
    return msgspec.structs.replace(repair, readers=succession.swap(repair.readers))


BELONGINGS = (Belongings(pass_on=passing_on((repairs_of, passed), PARTS)),)


async def close_forgotten(ctx: Context) -> None:
    """Once per county where it is on."""
    ctx.enqueue(ClosePart(place=ctx.place.code))


JOBS = (
    Job(name="close", label="关闭遗忘的报修", call=close_forgotten, cron="30 3 * * *", budget=timedelta(minutes=1)),
)


async def forgotten(ctx: Context, repair: bool) -> Sequence[str]:
    """What the night's work would close; with --repair it is told to."""
    late = {"state": "open", "due_at": {"$lt": ctx.now() - timedelta(days=30)}}
    count = await repairs_of(ctx).count(late)
    if count and repair:
        await ctx.in_transaction(close_forgotten)
    return [f"{count} repairs are forgotten"] if count else []


CHECKUPS = (Checkup(name="forgotten", says="Look for repairs that nobody has closed.", call=forgotten),)


COLUMNS = (
    sheets.Column(label="村", hint="12位区划代码", sample="510904114003"),
    sheets.Column(label="报修事项", sample="路灯不亮"),
)


def places(rows: Sequence[sheets.SheetRow], regions: RegionTree) -> Sequence[str]:
    """The regions of the table's rows, each once."""
    codes = tuple(dict.fromkeys(row.cells["村"] for row in rows))
    if unknown := [code for code in codes if code not in regions]:
        raise Invalid(f"没有行政区划{unknown[0]}。")
    return codes


AT_ONCE = 100  # lines in a transaction


async def add(wanted: Sequence[str], ctx: Context) -> int:
    """Those of them that are not there yet; how many."""
    there = await repairs_of(ctx).groups({"what": {"$in": wanted}, "state": "open"}, ("what",))
    known = {group.key[0] for group in there}
    due_at = ctx.calendar.due(ctx.now(), ctx.settings(RepairsConfig).answer_within)
    fresh = [what for what in wanted if what not in known]
    await repairs_of(ctx).insert_many(
        [Repair(id=ctx.new_id(), place=ctx.place.code, what=what, due_at=due_at) for what in fresh]
    )
    return len(fresh)


async def bring_in(ctx: Context, rows: Sequence[sheets.SheetRow], progress: Progress) -> Imported:
    """Once per region; again with the same file nothing changes."""
    wanted = list(dict.fromkeys(row.cells["报修事项"] for row in rows if row.cells["村"] == ctx.place.code))
    so_far = Imported(added=0, changed=0, unchanged=0)
    for begin in range(0, len(wanted), AT_ONCE):
        some = wanted[begin : begin + AT_ONCE]
        added = so_far.added + await ctx.in_transaction(partial(add, some))
        so_far = Imported(added=added, changed=0, unchanged=begin + len(some) - added)
        progress(begin + len(some), len(wanted), so_far)
    return so_far


IMPORTS = (
    Import(name="repairs", label="报修清单", places=places, call=bring_in, columns=COLUMNS, help="一行一处报修。"),
)

OPEN_WORK = (OpenWork(label="在办的报修", count=counting(repairs_of, {"state": "open"})),)


async def well(ctx: Context) -> str | None:
    """For the operator, in English; None is well."""
    late = {"state": "open", "due_at": {"$lt": ctx.now() - timedelta(days=30)}}
    return "a repair is a month late" if await repairs_of(ctx).count(late, at_most=1) else None


HEALTH_CHECKS = (HealthCheck(name="late", call=well),)


async def opened(ctx: Context) -> None:
    """In the transaction of the switch: what it raises keeps the plugin off."""
    ctx.audit("repairs.opened", ctx.place.code)


ON_COUNTY_OPENED = (opened,)


async def closed(ctx: Context) -> None:
    """In the transaction of the switch."""
    ctx.audit("repairs.closed", ctx.place.code)


ON_COUNTY_CLOSED = (closed,)
