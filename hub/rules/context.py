"""What an operation, trigger, reaction or job is given: a small frozen record instead of an object that knows everything."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from hub.reading.officefiles import OfficeFile
from hub.reading.sheets import CHUNK, Column, SheetRow
from hub.words.actors import Actor, Position
from hub.words.contributions import Access, Crowd, Event, Holders, Instruction, Node, Question, Step, Upload
from hub.words.regions import Region, RegionTree

if TYPE_CHECKING:
    from hub.identity.crowds import Member
    from hub.identity.holders import Colleague, HolderAnswer
    from hub.rules.units import Unit
    from hub.store.documents import ScopedStore
    from hub.store.files import FilesOfPlugin
    from hub.store.mongo import AsyncClientSession
    from hub.store.scope import Scope
    from hub.words.workdays import Calendar

C = TypeVar("C")
T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Context:
    """The place, the one who acts, the plugin's settings there, and the documents within reach: of its own plugin, within the
    scope, never the raw database.

    Everything that is written through it belongs to one unit of work: documents, events and audit lines are committed
    together or not at all.
    """

    plugin: str
    """Whose function it is."""
    place: Region
    """Where it happens: that of the address, of the event, of the job's county."""
    actor: Actor
    """Who acts: somebody signed in, a guest, or the hub itself where nobody asked."""
    store: ScopedStore
    """The plugin's own collections."""
    files: FilesOfPlugin
    """Files that belong to its documents."""
    config: Any
    """The plugin's settings here, without their type; see :meth:`settings`."""
    regions: RegionTree
    """All places."""
    request_id: str
    """Of the request that began it all; the log's lines bear it."""
    event_id: str | None
    """Of the fact or instruction that is answered; None in a request or a job. What was told later has a greater one."""
    late: bool
    """Whether that was put off, since its reader was cut off: what was told later may have been heard before."""
    _unit: Unit = field(repr=False)
    scope: Scope = field(repr=False)
    """What is within reach: the store's business."""

    def settings(self, kind: type[C]) -> C:
        """The plugin's settings here, by their class: ``ctx.settings(VisitsConfig).limit``. ``config`` is the same without its type.

        Raises ``TypeError`` when they are of another class.
        """
        if not isinstance(self.config, kind):
            raise TypeError(
                f"the settings of plugin {self.plugin} are {type(self.config).__name__}, not {kind.__name__}"
            )
        return self.config

    def now(self) -> datetime:
        """When this unit of work began, by the hub's own clock, in UTC: one moment for all that it writes."""
        return self._unit.now()

    def new_id(self) -> str:
        """The id of something new, greater than those before."""
        return self._unit.new_id()

    @property
    def calendar(self) -> Calendar:
        """Working days: ``ctx.calendar.due(start, Limit(5))``."""
        return self._unit.units.calendar

    @property
    def county(self) -> str | None:
        """The code of the county in which it happens; None at the city."""
        return self.place.county

    def emit(self, event: Event) -> None:
        """Tell a fact, or another plugin what to do: it is stored with this unit's documents and delivered whatever dies
        afterwards. Raises :class:`hub.words.errors.SwitchedOff` for an instruction where that plugin is off, ``RuntimeError`` outside a
        transaction, ``KeyError`` for an event that no plugin declares or a place that there is not.
        """
        self._unit.emit(self, event)

    def enqueue(self, step: Step, pause: timedelta = timedelta(0)) -> None:
        """Have a part of this plugin's own work run after this unit is committed, in a transaction of its own; after a ``pause`` (of
        seconds), so that work of very many parts leaves room for everybody else's. Raises as :meth:`emit`."""
        self._unit.emit(self, step, pause)

    def does(self, instruction: type[Instruction]) -> bool:
        """Whether there is somebody here who carries it out: its plugin is installed, and on in this county."""
        return self._unit.does(self, instruction)

    def is_on(self, plugin: str) -> bool:
        """Whether this plugin is on here, for a link to its pages; what is to be done is told or asked by its events."""
        return self._unit.is_on(self, plugin)

    async def ask(self, question: Question[R]) -> R | None:
        """What another plugin knows: the first answer of those that are on in this county; None where nobody has one. In this transaction;
        whoever answers may refuse (``Refused``)."""
        return await self._unit.ask(self, question)

    def audit(self, what: str, subject: str, *, why: str = "", result: str = "ok", **details: Any) -> None:
        """Write who did what to which object, with this unit. ``what`` begins with the plugin (``visits.answer``), ``subject`` is the
        object's id, ``result`` how it ended; ``details`` must hold no personal data.

        ``ValueError`` for a ``what`` that is another's, ``RuntimeError`` outside a transaction.
        """
        self._unit.audit(self, what, subject, why=why, result=result, details=details)

    async def guard(self, action: str, subject: Any) -> None:
        """Let the guards that are on in this county look at what is about to be done; one may refuse it (``Refused``). A guard reaches
        what the one who acts reaches. ``action`` is ``<plugin>.<name>``, ``subject`` what the plugin's ``events.py`` says of it."""
        await self._unit.guard(self, action, subject)

    def overtaken_by(self, event_id: str) -> bool:
        """Whether what is answered here was put off, and told before that other event.

        All else comes in its order; by ids alone a node whose clock is behind would be overtaken by what it answers.
        """
        return self.late and self.event_id is not None and self.event_id < event_id

    async def told_since(self, *things: str) -> dict[str, Event | None]:
        """What was told later of these things (the plugin's own words, such as a case and its stay, ≤ 200), where what is answered
        here was put off; what is not in it was told here last, which is remembered. None: an event that is not kept any more.

        Whoever ends a thing asks too, so that what begins it and comes after does not.
        """
        return await self._unit.told_since(self, things)

    async def present(self, persons: Iterable[str]) -> tuple[str, ...]:
        """Who these persons are today, each once: since a fact named them, a proof may have put another record in one's
        place."""
        ids = tuple(persons)
        heirs = await self._unit.units.successions.heirs(ids, self._unit.session) if ids else {}
        return tuple(dict.fromkeys(heirs.get(each, each) for each in ids))

    async def in_transaction(self, call: Callable[[Context], Awaitable[T]]) -> T:
        """Run ``call`` with this act in a transaction of its own: for jobs and imports that work in chunks.

        For routes and jobs with ``transaction=False``; inside a transaction it would wait for itself.
        """
        if self._unit.session is not None:
            raise RuntimeError(
                "already in a transaction: write with ctx.store, or set transaction=False on the route or job"
            )
        return await self._unit.units.in_new_transaction(self, call)

    def read_table(self, upload: Upload, columns: Sequence[Column], size: int = CHUNK) -> AsyncIterator[list[SheetRow]]:
        """The filled rows of an uploaded CSV or XLSX file, in lists of at most ``size``: read apart, since a hostile file can
        make that long. Each row may carry a ``problem``. Raises ``Invalid`` for what is no table.
        """
        person = self.actor.person or self.actor.account or self.actor.kind
        return self._unit.units.tables.rows(person, upload, columns, size)

    async def read_office_file(self, upload: Upload, most_pages: int) -> OfficeFile:
        """An uploaded PDF or Word file or picture: checked, written anew, with its text and pictures of its first ``most_pages``; read
        apart, as tables are. ``Invalid`` for anything else.
        """
        person = self.actor.person or self.actor.account or self.actor.kind
        return await self._unit.units.tables.office_file(person, upload, most_pages)

    async def holders(self, audience: Holders) -> HolderAnswer:
        """Who holds a position now, else who stands in above: the same answer that a push to it gets, persons by their ids."""
        return await self._unit.holders(audience)

    async def holders_of_each(self, audiences: Collection[Holders]) -> Mapping[Holders, HolderAnswer]:
        """The same of many audiences of a county at once."""
        return await self._unit.holders_of_each(audiences)

    async def colleagues(self, persons: Collection[str]) -> Mapping[str, Colleague]:
        """Those of these persons (ids, a few hundred) who work here now: what they are called, what they act in, whether they are on leave.
        Who holds nothing any more is not among them."""
        return await self._unit.colleagues(persons)

    async def crowd_size(self, *crowds: Crowd) -> int:
        """How many people these are together, each once."""
        return await self._unit.crowd_size(crowds)

    async def crowd(self, crowd: Crowd, after: tuple[str, ...] = (), limit: int = 200) -> list[Member]:
        """The next of a crowd, behind the ``mark`` of the one that came last; one who has two positions comes twice. Who moves home
        meanwhile may come twice or not at all: look through it once more at the end."""
        return await self._unit.crowd(crowd, after, limit)

    async def positions_of(self, person: str) -> tuple[Position, ...]:
        """What somebody else (by person id) acts in now, deputies included; empty for whoever holds nothing."""
        return await self._unit.positions_of(person)

    def reached_by(self, actor: Actor, permission: str, collection: str) -> Mapping[str, Any]:
        """A filter: what somebody, also another than the one who acts, reaches here of the plugin's own ``collection`` by this right."""
        return self._unit.reached_by(self, actor, permission, collection)

    def node(self, name: str) -> Node | None:
        """The chain node of that name, or None where no plugin that is on in this county handles it. Its functions are called with this
        context and see their own plugin's."""
        return self._unit.node(self, name)

    def nodes_on(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the chain nodes that some plugin handles now, per county that lies here: for lists, which must leave out
        what waits at the node of a plugin that is off.
        """
        return self._unit.nodes_on(self)

    def has(self, access: Access) -> bool:
        """Whether the one who acts holds a right (the name of a permission, or one of ``Anyone``), wherever they reach; for showing or
        hiding, since routes are checked before."""
        return self._unit.holds(self.actor, access)


def unit_of(ctx: Context) -> Unit:
    """The unit of work behind a context, with the raw database: for the hub's own parts alone."""
    return ctx._unit


def transaction_of(ctx: Context) -> AsyncClientSession:
    """The transaction of this act, for the hub's own parts; ``RuntimeError`` where it has none."""
    session = unit_of(ctx).session
    if session is None:
        raise RuntimeError("this writes, so it belongs in a transaction")
    return session
