"""Units of work: documents, facts and audit lines together, or nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from hub.api import Collection, Context, Document, Event, Guard, Limit, Node, Reaction, Trigger, hookimpl, shanghai
from hub.rules.context import unit_of
from hub.rules.counties import Counties
from hub.rules.switching import NeedsOthers, switch
from hub.rules.units import Units
from hub.rules.workdaytable import Day, WorkdayTable
from hub.words.errors import Conflict, Refused
from tests.waiting import patience
from tests.world import ANJU, SHEHONG, VILLAGE, World


class Note(Document, frozen=True, kw_only=True):
    text: str
    readers: tuple[str, ...] = ()


class Noted(Event, frozen=True, kw_only=True):
    note: str


async def tell(event, ctx):
    return []


async def count(event, ctx):
    return None


class Notes:
    NEEDS = ()

    @hookimpl
    def collections(self):
        return (Collection(name="notes.all", document=Note, scope="subtree"),)

    @hookimpl
    def events(self):
        return (Noted,)

    @hookimpl
    def triggers(self):
        return (Trigger(event=Noted, call=tell),)


async def veto(ctx, note):
    """Takes hold of the rule it relies on, then looks."""
    [rule] = await ctx.store["rules.all"].find({})
    rule = await ctx.store["rules.all"].touch(rule)
    if rule.text == "closed":
        raise Refused("现在不能办理。")


async def pass_on(ctx, note_id):
    return ctx.plugin, note_id


class Rules:
    NEEDS = ("notes",)

    @hookimpl
    def collections(self):
        return (Collection(name="rules.all", document=Note, scope="subtree"),)

    @hookimpl
    def guards(self):
        return (Guard(action="notes.make", call=veto),)

    @hookimpl
    def nodes(self):
        return (Node(name="read", label="阅读", level="town", moves={"pass": pass_on}),)

    @hookimpl
    def reactions(self):
        return (Reaction(event=Noted, call=count),)


@pytest.fixture
async def world(mongo_uri, database_name):
    world = await World.make(mongo_uri, database_name, [("notes", Notes()), ("rules", Rules())], on=(ANJU, SHEHONG))
    yield world
    await world.database.close()


async def make(ctx, text="a", fail=False):
    note = await ctx.store["notes.all"].insert(Note(id=ctx.new_id(), place=VILLAGE, text=text))
    ctx.emit(Noted(place=VILLAGE, note=note.id))
    ctx.audit("notes.made", note.id)
    if fail:
        raise Refused
    return note


async def counts(world):
    return [await world.database[name].count_documents({}) for name in ("notes.all", "events", "audit")]


async def test_documents_facts_and_audit_lines_are_committed_together(world):
    """And whoever waits for facts is told after the commit."""
    heard = []
    world.units.on_commit.append(heard.extend)

    note = await world.units.run(make, plugin="notes", place=world.place(ANJU), request_id="r1")

    assert await counts(world) == [1, 1, 1]
    assert [(event.type, event.data["note"], event.request_id) for event in heard] == [("notes.Noted", note.id, "r1")]


async def test_a_refusal_leaves_nothing(world):
    """Neither document nor fact nor audit line, and nobody is told."""
    heard = []
    world.units.on_commit.append(heard.extend)

    with pytest.raises(Refused):
        await world.units.run(lambda ctx: make(ctx, fail=True), plugin="notes", place=world.place(ANJU))

    assert await counts(world) == [0, 0, 0]
    assert heard == []


async def test_whatever_only_reads_cannot_write_documents(world):
    """A trigger, and whatever else runs without a transaction: a document without its event is refused, and none stays."""
    note = await world.units.run(make, plugin="notes", place=world.place(ANJU))
    changes = {
        "insert": lambda notes: notes.insert(Note(id=world.units.new_id(), place=VILLAGE, text="b")),
        "save": lambda notes: notes.save(note),
        "save_many": lambda notes: notes.save_many([note]),
        "delete": lambda notes: notes.delete(note),
        "delete_many": lambda notes: notes.delete_many([note]),
    }

    for change in changes.values():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await world.units.read(
                lambda ctx, change=change: change(ctx.store["notes.all"]), plugin="notes", place=world.place(ANJU)
            )

    assert await world.database["notes.all"].find({}, {"version": 1}).to_list(9) == [{"_id": note.id, "version": 1}]


async def test_twenty_writers_of_one_document_all_get_through(world):
    """A write conflict runs the unit again from its start: every change counts, each fact is told once."""
    note = await world.units.run(make, plugin="notes", place=world.place(ANJU))

    async def lengthen(ctx):
        present = await ctx.store["notes.all"].get(note.id)
        await ctx.store["notes.all"].save(msgspec.structs.replace(present, text=present.text + "x"))
        ctx.emit(Noted(place=VILLAGE, note=note.id))

    async def patiently():
        while True:
            try:
                return await world.units.run(lengthen, plugin="notes", place=world.place(ANJU))
            except Conflict:
                continue

    await asyncio.gather(*[patiently() for _ in range(20)])

    present = await world.database["notes.all"].find_one({"_id": note.id})
    assert (present["text"], present["version"]) == ("a" + "x" * 20, 21)
    assert await world.database["events"].count_documents({}) == 21


async def test_an_event_names_the_readers_that_are_on(world):
    """Under the switches of its transaction; later changes do not touch it."""
    await world.units.run(make, plugin="notes", place=world.place(ANJU))
    await switch(world.units, ANJU, "rules", on=False, actor=world.staff(ANJU))
    await world.units.run(make, plugin="notes", place=world.place(ANJU))

    events = await world.database["events"].find({}, sort=[("_id", 1)]).to_list(2)

    assert [[item["name"] for item in event["todo"]] for event in events] == [
        ["trigger:notes.tell:Noted", "reaction:rules.count:Noted"],
        ["trigger:notes.tell:Noted"],
    ]
    assert [event["switch_version"] for event in events] == [1, 2]


async def test_a_plugin_that_others_need_cannot_be_turned_off(world):
    """The answer names them."""
    with pytest.raises(NeedsOthers, match="rules"):
        await switch(world.units, ANJU, "notes", on=False, actor=world.staff(ANJU))


async def test_a_switch_reaches_another_node_through_the_change_stream(world):
    """Without asking: its own counties object follows the collection."""
    other = Counties(world.database, world.host, {})
    following = asyncio.create_task(other.follow())
    async with patience():
        while not other.is_on(ANJU, "rules"):
            await asyncio.sleep(0.01)

        await switch(world.units, ANJU, "rules", on=False, actor=world.staff(ANJU))
        while other.is_on(ANJU, "rules"):
            await asyncio.sleep(0.01)
    following.cancel()

    assert other.is_on(SHEHONG, "rules")


async def test_a_node_acts_with_its_own_plugins_documents(world):
    """Whoever calls its move; and it does not exist where its plugin is off."""
    moved = await world.units.run(
        lambda ctx: ctx.node("read").moves["pass"](ctx, "n1"), plugin="notes", place=world.place(ANJU)
    )
    await switch(world.units, ANJU, "rules", on=False, actor=world.staff(ANJU))

    async def look(ctx):
        return ctx.node("read")

    assert moved == ("rules", "n1")
    assert await world.units.read(look, plugin="notes", place=world.place(ANJU)) is None


async def test_a_guard_holds_at_the_moment_of_writing(world):
    """The rule changes after the guard has read it: the unit runs again and is refused, nothing is half done."""

    async def rule(ctx):
        return await ctx.store["rules.all"].insert(Note(id="rule", place=VILLAGE, text="open"))

    await world.units.run(rule, plugin="rules", place=world.place(ANJU))
    looked, go_on = asyncio.Event(), asyncio.Event()

    async def guarded(ctx):
        await make(ctx)
        if not looked.is_set():
            # Take the snapshot before the other writer commits, then write after it.
            await unit_of(ctx).as_plugin(ctx, "rules").store["rules.all"].find({})
            looked.set()
            await go_on.wait()
        await ctx.guard("notes.make", None)

    async def close(ctx):
        [present] = await ctx.store["rules.all"].find({})
        await ctx.store["rules.all"].save(msgspec.structs.replace(present, text="closed"))

    making = asyncio.create_task(world.units.run(guarded, plugin="notes", place=world.place(ANJU)))
    await looked.wait()
    await world.units.run(close, plugin="rules", place=world.place(ANJU))
    go_on.set()

    with pytest.raises(Refused, match="现在不能办理"):
        await making
    assert await counts(world) == [0, 0, 0]


async def test_an_event_is_claimed_by_one_of_two_dispatchers(world):
    """Each gets only what it really took."""
    for _ in range(20):
        await world.units.run(make, plugin="notes", place=world.place(ANJU))

    claims = await asyncio.gather(*[world.units.outbox.claim(owner, 20, timedelta(minutes=1)) for owner in ("a", "b")])

    ids = [event.id for claim in claims for event in claim]
    assert len(ids) == len(set(ids)) == 20


async def test_the_administrators_table_decides_which_days_are_worked(world: World) -> None:
    """A make-up Saturday counts at once, in units that begin afterwards; a year beyond the package's end needs it."""
    friday = datetime(2027, 2, 12, 1, 0, tzinfo=UTC)
    table = WorkdayTable(world.database)
    units = Units(
        database=world.database,
        host=world.host,
        counties=world.counties,
        places=world.places,
        clock=world.clock,
        files=world.units.files,
        reaches=world.units.reaches,
        workdays=table,
    )

    async def due(ctx: Context) -> datetime:
        return ctx.calendar.due(friday, Limit(1))

    before = await units.read(due, plugin="notes", place=world.place(ANJU))
    await table.import_days([Day(day=date(2027, 2, 13), kind="work", note="春节调休")])
    after = await units.read(due, plugin="notes", place=world.place(ANJU))

    assert (shanghai(before).date(), shanghai(after).date()) == (date(2027, 2, 15), date(2027, 2, 13))
