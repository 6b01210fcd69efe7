"""Units of work: what one request, reaction or job changes is committed together with its facts and its audit lines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal, Required, TypedDict, TypeVar, Unpack

import msgspec
import structlog

from hub.identity.crowds import Member, members
from hub.identity.crowds import counted as crowds_counted
from hub.identity.holders import Colleague, HolderAnswer, colleagues_named, positions_of, who_hold, who_holds
from hub.identity.permissions import may
from hub.identity.successions import Successions
from hub.reading.tables import Tables, TableSettings
from hub.rules.context import Context, unit_of
from hub.rules.counties import Counties, CountySwitches, Switchboard
from hub.rules.host import Host
from hub.rules.names import check_own
from hub.rules.places import Places
from hub.rules.turns import Turns
from hub.rules.workdaytable import WorkdayTable
from hub.store.database import Database, to_milliseconds
from hub.store.documents import ScopedStore
from hub.store.files import Files, FilesOfPlugin
from hub.store.mongo import AsyncClientSession
from hub.store.numbers import Numbers
from hub.store.outbox import Outbox, PendingHandler, StoredEvent, due_after
from hub.store.scope import NOTHING, Scope, narrow
from hub.words.actors import HUB, Actor, Position, Reach
from hub.words.clock import Clock
from hub.words.contributions import Access, Crowd, Event, Holders, Instruction, Node, Question
from hub.words.errors import SwitchedOff
from hub.words.ids import IdMaker
from hub.words.regions import Region
from hub.words.workdays import Calendar

log = structlog.get_logger("hub.units")

T = TypeVar("T")
R = TypeVar("R")


class AuditLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what, when, from which app, to which object, and how it ended. Unchained; a job seals the lines in order."""

    id: str = msgspec.field(name="_id")
    at: datetime
    actor: dict[str, Any]
    place: str
    county: str | None
    what: str
    subject: str
    why: str
    result: str
    details: dict[str, Any]
    request_id: str
    sealed: bool = False


class Acting(TypedDict, total=False):
    """Who does what where. ``permission`` is what the actor's reach is taken from; ``event_id`` is that of the event that is
    answered; ``late``: it was put off."""

    plugin: Required[str]
    place: Required[Region]
    actor: Actor
    permission: str | None
    request_id: str
    event_id: str | None
    late: bool


class Units:
    """Opens units of work. One per process."""

    def __init__(
        self,
        *,
        database: Database,
        host: Host,
        counties: Counties,
        places: Places,
        clock: Clock,
        files: Files,
        reaches: Callable[[Actor, str], tuple[Reach, ...]],
        workdays: WorkdayTable | None = None,
        tables: Tables | None = None,
        turns: Turns | None = None,
    ) -> None:
        self.database = database
        self.host = host
        self.counties = counties
        self.places = places
        self.clock = clock
        self.files = files
        self.reaches = reaches
        self.workdays = workdays or WorkdayTable(database)
        self.tables = tables or Tables(TableSettings())
        self.turns = turns or Turns()
        self.new_id = IdMaker(clock)
        self.numbers = Numbers(database)
        self.outbox = Outbox(database)
        self.successions = Successions(database)
        self.on_commit: list[Callable[[Sequence[StoredEvent]], None]] = []

    @property
    def calendar(self) -> Calendar:
        return self.workdays.calendar

    async def run(
        self,
        call: Callable[[Context], Awaitable[T]],
        *,
        board: Switchboard | None = None,
        **acting: Unpack[Acting],
    ) -> T:
        """Await ``call`` with a context inside one transaction, and again after a write conflict; return its result.

        ``board`` is the switches to go by, those of the moment when it is left out. Listeners in ``on_commit`` hear of the
        events after the commit.
        """
        return await self._transact(lambda unit: unit.context(**acting), call, board)

    async def _transact(
        self,
        context_in: Callable[[Unit], Context],
        call: Callable[[Context], Awaitable[T]],
        board: Switchboard | None = None,
    ) -> T:
        events: list[StoredEvent] = []

        async def work(session: AsyncClientSession) -> T:
            unit = Unit(self, session, board or self.counties.board)
            result = await call(context_in(unit))
            events[:] = await unit.flush()
            return result

        result = await self.database.transaction(work)
        if events:
            for heard in self.on_commit:
                heard(events)
        return result

    async def in_new_transaction(self, ctx: Context, call: Callable[[Context], Awaitable[T]]) -> T:
        """Run in a transaction of its own, committed before the caller goes on; in a trial it is taken back instead."""
        if unit_of(ctx).trial:
            return await self._try(ctx, call)
        return await self._transact(lambda unit: unit.again(ctx), call)

    async def _try(self, ctx: Context, call: Callable[[Context], Awaitable[T]]) -> T:
        """The same up to its end, where all that was written is taken back. Nobody hears of it."""
        results: list[T] = []

        async def work(session: AsyncClientSession) -> None:
            unit = Unit(self, session, self.counties.board, trial=True)
            results[:] = [await call(unit.again(ctx))]
            await unit.flush()
            raise _TakenBack

        with suppress(_TakenBack):
            await self.database.transaction(work)
        return results[0]

    async def read(
        self,
        call: Callable[[Context], Awaitable[T]],
        *,
        board: Switchboard | None = None,
        trial: bool = False,
        **acting: Unpack[Acting],
    ) -> T:
        """Run what only reads: no transaction, and ``emit`` and ``audit`` are refused. ``trial``: what it writes in transactions of its
        own is taken back."""
        unit = Unit(self, None, board or self.counties.board, trial=trial)
        return await call(unit.context(**acting))

    async def note(
        self, what: str, subject: str, *, actor: Actor, place: Region, request_id: str, **details: Any
    ) -> None:
        """One audit line outside any unit: for what was refused, since a refusal rolls its own unit back."""

        async def write(ctx: Context) -> None:
            ctx.audit(what, subject, result="refused", **details)

        await self.run(write, plugin="hub", place=place, actor=actor, request_id=request_id)


class _TakenBack(Exception):
    """Ends the transaction of a trial."""


class Unit:
    """One try of one unit of work. After a conflict a fresh one takes its place, so nothing of a failed try stays."""

    def __init__(
        self, units: Units, session: AsyncClientSession | None, board: Switchboard, *, trial: bool = False
    ) -> None:
        self.units = units
        self.session = session
        self.trial = trial
        # One for the whole unit: a switch that is turned meanwhile must not be off for one half of it and on for the other.
        self._board = board
        self._now = to_milliseconds(units.clock.now())
        self._events: list[StoredEvent] = []
        self._audit: list[AuditLine] = []
        self._holders: dict[Holders, HolderAnswer] = {}

    @property
    def database(self) -> Database:
        """Raw access, for the hub's own parts."""
        return self.units.database

    def go_by(self, switches: CountySwitches) -> None:
        """What is told from now on in this unit is told under these switches of a county, which it has written itself."""
        self._board = self._board.with_(switches)

    def now(self) -> datetime:
        # One moment for the whole unit: documents, events and audit lines agree on when it happened.
        return self._now

    def new_id(self) -> str:
        return self.units.new_id()

    def context(
        self,
        plugin: str,
        place: Region,
        actor: Actor = HUB,
        permission: str | None = None,
        request_id: str = "",
        event_id: str | None = None,
        late: bool = False,
    ) -> Context:
        reaches = self.units.reaches(actor, permission) if permission else ()
        counties = self._counties_below(plugin, place)
        scope = Scope(kind=actor.kind, place=place, person=actor.person, reaches=reaches, counties=counties)
        return self._context(plugin, place, actor, scope, request_id, event_id, late)

    def _counties_below(self, plugin: str, place: Region) -> tuple[str | None, ...] | None:
        """For a city, the counties where the plugin is on; not asked elsewhere, nor for the hub's own parts."""
        known = self.units.host.plugins.get(plugin)
        if place.county is not None or known is None or known.builtin:
            return None
        tree, on = self.units.places.tree, self._board.counties_with(plugin)
        return (None, *(code for code in on if code in tree and place.code in tree[code].path))

    def _context(
        self,
        plugin: str,
        place: Region,
        actor: Actor,
        scope: Scope,
        request_id: str,
        event_id: str | None,
        late: bool,
    ) -> Context:
        return Context(
            plugin=plugin,
            place=place,
            actor=actor,
            store=self._store(plugin, scope),
            files=FilesOfPlugin(self.units.files, self.session, plugin, actor.person),
            config=self._board.config(place.county, plugin),
            regions=self.units.places.tree,
            request_id=request_id,
            event_id=event_id,
            late=late,
            _unit=self,
            scope=scope,
        )

    def _store(self, plugin: str, scope: Scope) -> ScopedStore:
        units = self.units
        return ScopedStore(
            units.database,
            units.host.collections,
            plugin,
            scope,
            units.places.tree,
            self.session,
            self._now,
            units.numbers,
        )

    def as_plugin(self, ctx: Context, plugin: str) -> Context:
        """The act's context for another plugin: its own documents, files and settings."""
        return self._context(plugin, ctx.place, ctx.actor, ctx.scope, ctx.request_id, ctx.event_id, ctx.late)

    def belongings(self, ctx: Context, plugin: str, person: str | None = None) -> Context:
        """The act's context for what another plugin keeps of one person, or of everybody: in all counties of the city, also where
        it is off. For identity, which asks on behalf of the person and not of whoever acts."""
        tree = self.units.places.tree
        city = tree[ctx.place.path[0]]
        below = (None, *(county.code for county in tree.counties_below(city.code)))
        kind: Literal["resident", "hub"] = "hub" if person is None else "resident"
        scope = Scope(kind=kind, place=city, person=person, counties=below)
        return self._context(plugin, city, ctx.actor, scope, ctx.request_id, ctx.event_id, ctx.late)

    def again(self, ctx: Context) -> Context:
        """The act's context inside this unit."""
        return self._context(ctx.plugin, ctx.place, ctx.actor, ctx.scope, ctx.request_id, ctx.event_id, ctx.late)

    def emit(self, ctx: Context, event: Event, pause: timedelta = timedelta(0)) -> None:
        if self.session is None:
            raise RuntimeError("a fact is told inside a transaction")
        region = self.units.places.tree[event.place]
        if isinstance(event, Instruction) and not self._carries_out(region.county, type(event)):
            raise SwitchedOff
        name = self.units.host.event_name(type(event))
        version = self._board.version(region.county)
        readers = self.units.host.readers(name)
        todo = tuple(
            PendingHandler(name=reader.name) for reader in readers if self._board.is_on(region.county, reader.plugin)
        )
        id = self.new_id()
        self._events.append(
            StoredEvent(
                id=id,
                subject=event.about or id,
                type=name,
                county=region.county,
                place=region.code,
                path=region.path,
                data=self.database.encode(event),
                at=self._now,
                actor=_who(ctx.actor),
                request_id=ctx.request_id,
                switch_version=version,
                todo=todo,
                state="pending" if todo else "done",
                next_at=due_after(pause),
            )
        )

    def audit(
        self, ctx: Context, what: str, subject: str, *, why: str, result: str, details: Mapping[str, Any]
    ) -> None:
        if self.session is None:
            raise RuntimeError("an audit line is written inside a transaction")
        known = self.units.host.plugins.get(ctx.plugin)
        if known is not None and not known.builtin:
            check_own(ctx.plugin, what)
        self._audit.append(
            AuditLine(
                id=self.new_id(),
                at=self._now,
                actor=_who(ctx.actor),
                place=ctx.place.code,
                county=ctx.county,
                what=what,
                subject=subject,
                why=why,
                result=result,
                details=dict(details),
                request_id=ctx.request_id,
            )
        )

    def does(self, ctx: Context, instruction: type[Instruction]) -> bool:
        return self._carries_out(ctx.county, instruction)

    def _carries_out(self, county: str | None, instruction: type[Instruction]) -> bool:
        owner = self.units.host.owner(instruction)
        return owner is not None and self._board.is_on(county, owner)

    async def told_since(self, ctx: Context, things: Sequence[str]) -> dict[str, Event | None]:
        if ctx.event_id is None or not things:
            return {}
        if self.session is None:
            raise RuntimeError("what was heard is written inside a transaction")
        names = {f"{ctx.plugin}|{thing}": thing for thing in things}
        await self.units.outbox.hear(self.session, ctx.event_id, names, self._now)
        if not ctx.late:
            return {}
        later = await self.units.outbox.heard_since(self.session, ctx.event_id, names)
        return {names[name]: await self._event(id) for name, id in later.items()}

    async def _event(self, id: str) -> Event | None:
        stored = await self.units.outbox.get(id)
        kind = self.units.host.event_class(stored.type) if stored else None
        return self.database.decode(kind, stored.data) if stored and kind else None

    async def ask(self, ctx: Context, question: Question[R]) -> R | None:
        for answer in self.units.host.answers(type(question)):
            if self._board.is_on(ctx.county, answer.plugin):
                asked = ctx if answer.record.reach == "asker" else self._reaching_all_of_its_county(ctx)
                call = answer.record.call(self.as_plugin(asked, answer.plugin), question)
                found: R | None = await self.units.turns.take(answer.plugin, "answer", call)
                if found is not None:
                    return found
        return None

    async def guard(self, ctx: Context, action: str, subject: Any) -> None:
        for guard in self.units.host.guards(action):
            if self._board.is_on(ctx.county, guard.plugin):
                call = guard.record.call(self.as_plugin(ctx, guard.plugin), subject)
                await self.units.turns.take(guard.plugin, "guard", call)

    def _reaching_all_of_its_county(self, ctx: Context) -> Context:
        """The act's context, by the same person, with the hub's reach: what the other plugin does about it is its own business."""
        place = self.units.places.tree[ctx.county or ctx.place.code]
        scope = Scope(kind="hub", place=place, counties=ctx.scope.counties)
        return self._context(ctx.plugin, place, ctx.actor, scope, ctx.request_id, ctx.event_id, ctx.late)

    def reached_by(self, ctx: Context, actor: Actor, permission: str, collection: str) -> Mapping[str, Any]:
        """As the store would narrow it, were it them who ask; nothing for whoever does not hold the right."""
        reaches = self.units.reaches(actor, permission)
        if not reaches:
            return NOTHING
        counties = self._counties_below(ctx.plugin, ctx.place)
        scope = Scope(kind=actor.kind, place=ctx.place, person=actor.person, reaches=reaches, counties=counties)
        return narrow(self.units.host.collections[collection], scope)

    def node(self, ctx: Context, name: str) -> Node | None:
        """The node with its functions bound to their own plugin's view of this act."""
        stamped = self.units.host.node(name)
        if stamped is None or not self._board.is_on(ctx.county, stamped.plugin):
            return None
        node = stamped.record

        def bound(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            async def lent(given: Context, *rest: Any) -> Any:
                lent_to = self.as_plugin(given, stamped.plugin)
                return await self.units.turns.take(stamped.plugin, "node", call(lent_to, *rest))

            return lent

        return msgspec.structs.replace(
            node,
            moves={move: bound(call) for move, call in node.moves.items()},
            enter=bound(node.enter) if node.enter else None,
        )

    def nodes_on(self, ctx: Context) -> dict[str, tuple[str, ...]]:
        """Per county that lies at the place of this act, the nodes whose plugin is on there."""
        tree, nodes = self.units.places.tree, self.units.host.all_nodes()
        counties = [ctx.county] if ctx.county else [each.code for each in tree.counties_below(ctx.place.code)]
        return {
            county: tuple(node.record.name for node in nodes if self._board.is_on(county, node.plugin))
            for county in counties
        }

    async def holders(self, audience: Holders) -> HolderAnswer:
        """What only reads asks for each once; what writes may have changed them itself."""
        known = self._holders.get(audience) if self.session is None else None
        if known is None:
            known = await who_holds(self.database, self.units.places.tree, audience, self._now, self.session)
            self._holders[audience] = known
        return known

    async def holders_of_each(self, audiences: Collection[Holders]) -> dict[Holders, HolderAnswer]:
        return await who_hold(self.database, self.units.places.tree, audiences, self._now, self.session)

    async def colleagues(self, persons: Collection[str]) -> dict[str, Colleague]:
        return await colleagues_named(self.database, persons, self._now, self.session)

    async def crowd_size(self, crowds: Sequence[Crowd]) -> int:
        return await crowds_counted(self.database, self.units.places.tree, crowds, self._now, self.session)

    async def crowd(self, crowd: Crowd, after: tuple[str, ...], limit: int) -> list[Member]:
        return await members(self.database, self.units.places.tree, crowd, after, limit, self._now, self.session)

    async def positions_of(self, person: str) -> tuple[Position, ...]:
        return await positions_of(self.database, person, self._now, self.session)

    def is_on(self, ctx: Context, plugin: str = "") -> bool:
        """Whether this plugin, or else the one that acts, is on where it acts."""
        return self._board.is_on(ctx.county, plugin or ctx.plugin)

    def holds(self, actor: Actor, access: Access) -> bool:
        return may(actor, access, self.units.host)

    async def flush(self) -> list[StoredEvent]:
        """Write what was told and noted; returns the events."""
        if self.session is None:
            raise RuntimeError("nothing to flush outside a transaction")
        if self._events:
            await self.units.outbox.insert(self.session, self._events)
        if self._audit:
            lines = [self.database.encode(line) for line in self._audit]
            await self.database["audit"].insert_many(lines, session=self.session)
        return self._events


def _who(actor: Actor) -> dict[str, Any]:
    return {"kind": actor.kind, "person": actor.person, "account": actor.account, "app": actor.app}
