"""What a plugin may give to the hub: frozen records, and nothing else.

The hub gathers them once at start-up, stamps each with the name of its plugin, checks them all together, and dispatches
them itself; no plugin code is called in order to find out what a plugin has.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    Protocol,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

import msgspec

from hub.words.actors import Actor, App, Position
from hub.words.personal import Secret
from hub.words.regions import Level, RegionTree

if TYPE_CHECKING:
    from hub.reading.sheets import Column
    from hub.rules.context import Context

T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)

MOST_OF_A_LIST = 200  # longer ones are paged


# --- facts -------------------------------------------------------------------------------------------------------------


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A fact, named in the past tense. ``place`` is the region code it belongs to; its county decides who hears of it.

    A plugin declares its event classes in ``events()``; the stored name is ``<plugin>.<ClassName>``. Events carry ids and
    states; a person only as values of :mod:`hub.words.personal` (such as an ``Identity``), which the outbox seals: events are kept,
    replayed and traced.

    ``subject_field`` names the field that says what the event is about: events of one subject are handled in the order in which
    they were told. One without such a field stands alone. ``formerly``: the class names under which older databases hold it, with
    their plugin where that was another.
    """

    subject_field: ClassVar[str] = "subject"
    formerly: ClassVar[tuple[str, ...]] = ()

    place: str

    @property
    def about(self) -> str | None:
        """The value of its ``subject_field``."""
        return getattr(self, self.subject_field, None)


class Instruction(Event, frozen=True, kw_only=True):
    """What one plugin asks another to do, named in the imperative: ``HoldCase``. It belongs to the plugin that does it, in a
    reaction; nobody else hears it. Telling it where that plugin is off is refused (:class:`hub.words.errors.SwitchedOff`): ask
    ``ctx.does(HoldCase)`` before.
    """


class Step(Event, frozen=True, kw_only=True):
    """A part of a plugin's own longer work, run later in a transaction of its own: ``ctx.enqueue(ReadPart(place=…, intake=…))``.

    Stored in the transaction that enqueues it, run at least once, tried again when it fails, in order within its subject. Work
    of many parts enqueues the next one at the end of each.
    """


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What every stored document has. ``path`` and ``county`` are filled in from ``place`` by the store.

    ``version`` counts the writes; a write that names an older one is refused (:class:`hub.words.errors.Stale`).
    Frozen: change it with ``msgspec.structs.replace`` and ``save`` the result.
    """

    id: str = msgspec.field(name="_id")
    place: str
    path: tuple[str, ...] = ()
    county: str | None = None
    version: int = 1
    created_at: datetime | None = None
    updated_at: datetime | None = None


# --- who may what ------------------------------------------------------------------------------------------------------


class Role(msgspec.Struct, frozen=True):
    """A kind of position. ``name`` is stable, ``label`` is what people read."""

    name: str
    label: str


class Permission(msgspec.Struct, frozen=True):
    """A right, held through the roles named. Its name begins with its plugin: ``worklist.decide``. ``whole``: it is used on a place as a
    whole, past what the store narrows, so that a position below the place does not give it there."""

    name: str
    label: str
    roles: tuple[str, ...]
    whole: bool = False


class Anyone(enum.Enum):
    """Rights that need no position. A route says one of these or the name of a permission."""

    PUBLIC = "public"  # also without signing in
    ANY_SESSION = "any_session"  # also before a first password was changed: for the change itself, and signing out
    SIGNED_IN = "signed_in"  # residents and staff, of any app
    RESIDENT = "resident"  # signed in to 遂宁一卡通, bound or not
    CLAIMED = "claimed"  # a resident who has typed name and ID number
    PROVED = "proved"  # a resident whose identity was proved


Access: TypeAlias = Anyone | str


# --- what is stored ----------------------------------------------------------------------------------------------------


class Index(msgspec.Struct, frozen=True):
    """An index, as a tuple of (field, 1 or -1); "2dsphere" for a position, of which the nearest ones are looked for."""

    keys: tuple[tuple[str, int | Literal["2dsphere"]], ...]
    unique: bool = False
    partial: Mapping[str, Any] | None = None
    name: str | None = None


NEWEST_FIRST = Index(keys=(("created_at", -1), ("_id", -1)), name="newest")
"""That of a list without filters."""
BY_STATE = Index(keys=(("state", 1), *NEWEST_FIRST.keys), name="state")
"""That of a list that is narrowed to one state."""

ScopeMode: TypeAlias = Literal["subtree", "open", "published_down", "person", "shared"]


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection and how readers are kept to what is theirs.

    ``scope``: ``subtree`` cases: staff by their positions, residents where their person id is in ``readers`` ·
    ``open`` whoever may use the route reads what lies below the place of the request ·
    ``published_down`` what an ancestor of the place has published · ``person`` only the owner (field ``person``) ·
    ``shared`` the catalogue of the place's city, readable by all, written by permission.
    ``narrowed_by``: which of bureau, project, node the documents carry, so that positions bound to one see only those.
    """

    name: str
    document: type[Document]
    scope: ScopeMode
    narrowed_by: tuple[Literal["bureau", "project", "node"], ...] = ()
    indexes: tuple[Index, ...] = ()


class Migration(msgspec.Struct, frozen=True):
    """A change of stored shape. Runs once per database, in the order given, before the hub listens; must be repeatable."""

    name: str
    run: Callable[[Any], Awaitable[None]]


# --- doors -------------------------------------------------------------------------------------------------------------


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the JSON API: ``METHOD /api/v1/{place}/{plugin}{path}``.

    ``call`` is ``async def operation(ctx, …)``. Its parameters say what it reads: a name in the path (``/cases/{id}`` →
    ``id: str``), ``query: SomeStruct`` (query string), ``body: SomeStruct`` (JSON), ``upload: Upload`` (multipart file),
    ``visit: Visit`` (where it comes from).
    Its return annotation is the shape of the answer (a ``msgspec.Struct``, ``Paged[T]``, or ``None`` → 204, ``Raw``).
    POST, PUT, PATCH and DELETE run in one transaction and may be run again after a write conflict: an operation has no
    effect but its documents, events and audit lines. The docstring's first line is the summary in OpenAPI.
    ``reads``: the path of the plugin's GET route that reads what this one answers, for a request that is sent twice; without it the
    first answer is given again. An id in it that stands not in ``path`` is that of the answer.
    ``changes_nothing``: it only looks, by POST because what is looked for must not stand in an address, or because its audit line
    says why (a search, a name in full). Whoever sends it again is asked for their right again, and nothing of its answer is kept.
    ``at_city``: it writes at a city too, what is the city's own and no county's.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    call: Callable[..., Awaitable[Any]]
    access: Access
    status: int = 200
    rate: tuple[int, timedelta] | None = None  # calls per person and period, over the default
    reads: str | None = None
    changes_nothing: bool = False
    transaction: bool = True  # False: it opens its own with ctx.in_transaction (outside calls, long imports)
    at_city: bool = False


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """A websocket command ``<plugin>.<name>``: ``async def call(ctx, body: Struct) -> Struct | None``."""

    name: str
    call: Callable[..., Awaitable[Any]]
    access: Access


class Topic(msgspec.Struct, frozen=True, kw_only=True):
    """What an open page listens to, ``<plugin>.<name>:<place>``: it is told to look again when one of ``events`` happens there.

    ``access`` is what a listener needs at that place as a whole. A place hears what happens below it, too.
    """

    name: str
    access: Access
    events: tuple[type[Event], ...]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A number that somebody looks for first. ``text`` is the number as it is shown, which may be 少于5; ``path`` (below the plugin) leads
    to the page that says the same number. ``tone``: bad, where it calls for something to be done."""

    label: str
    text: str
    path: str
    unit: str = "件"
    tone: str = ""


class ChartBar(msgspec.Struct, frozen=True, kw_only=True):
    """A bar as long as ``count``; None where the number is withheld. ``path`` is below the plugin, at ``place`` if that is another one."""

    label: str
    text: str
    count: int | None
    path: str
    place: str = ""


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers side by side."""

    label: str
    bars: tuple[ChartBar, ...]
    unit: str = "件"


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How something of one's own stands, at the head of the home: ``label`` what it is, ``says`` where it lies and until when, ``pill`` a
    word about its state in a ``tone``. ``path`` (below the plugin) leads to it, at ``place`` if that is another one; ``asked`` is whom to
    phone, "" where nobody is named."""

    label: str
    says: str
    path: str
    place: str = ""
    pill: str = ""
    tone: str = ""
    asked: str = ""
    phone: str = ""


class News(msgspec.Struct, frozen=True, kw_only=True):
    """What a menu entry has to say: ``count`` in its badge, ``line`` below its name where there is room. ``standing`` and ``figures`` stand
    at the head of the home, ``charts`` below them, those of the first entries first."""

    count: int | None = None
    line: str = ""
    standing: Standing | None = None
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()


class MenuEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A tile of an app's home screen, shown where the plugin is on and the person has ``access``.

    ``icon`` is a name of Tabler Icons; ``tab`` puts it into the tab bar as well; ``news`` is asked when a home is drawn.
    ``fits``: for whom of those who have access it is meant, where that is not all of them; ``level``: at places of which level, where
    that is not every one. ``mine``: a row of 我的 instead of a tile, for what is about oneself; ``line`` says under it what is there.
    """

    app: App
    label: str
    path: str
    access: Access
    order: int = 100
    icon: str = "file-text"
    tab: bool = False
    news: Callable[[Context], Awaitable[News]] | None = None
    fits: Callable[[Actor], bool] | None = None
    level: Level | None = None
    mine: bool = False
    line: str = ""


class RelatedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A way from a page of another plugin to one of this plugin's, at the same place: shown at the foot of the page that stands ``beside``
    it, named as in an address (``payments/mine/{id}``), where both plugins are on and the person has ``access``. ``path`` is below this
    plugin and may have the names of the other page's path: ``?project={code}``. Where that plugin is not installed nothing is shown.
    """

    app: App
    beside: str
    label: str
    path: str
    access: Access
    order: int = 100


# --- pages -------------------------------------------------------------------------------------------------------------


class Choice(msgspec.Struct, frozen=True):
    """One of several that a form offers."""

    value: str
    label: str
    hint: str = ""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What a page posts: the plugin's own operation ``method`` ``route``, read into the same record and handed to the same function.

    Done, the browser is sent ``then`` (below the plugin, with names of the path, ``{answer}``: the id of what was made, and ``{id}``:
    the same where the path has none of its own), or ``shows`` is drawn with the answer as ``answer``. ``submit`` is the word on the
    button, ``tone`` its colour: bad for what harms. ``start`` gives first values from what the page has loaded; ``fixed`` those that
    nobody types (``{app}`` stands for the app); ``choices``, asked with what the page has loaded, the offers of fields that depend on
    the place. ``labels``: what fields are called here, where their record says otherwise or nothing; ``asks``: which of them are shown,
    where that depends on what was loaded, ``needs`` which of these must be filled in although the record lets them be. ``anew``: fields
    that nobody types, and that are taken from what is loaded once more where the form came too late, as ``version`` is.
    ``keyed``: what is asked under the keys of the record's dictionaries, by ``answers.area_mu``, each as a field of a record would say it
    (``Annotated[Decimal, Asked("面积")]``). ``kept``: the files that what was loaded holds already, each with its path below the plugin.
    ``onward``, asked with the names of the path once the form was taken in, says where it goes on instead of to ``then``: the next part
    of something longer, "" where nothing is left. An operation that takes a file is asked for it, called ``file``, and for what stands
    in its query; ``reads`` says which files, where it
    is not a table.
    """

    route: str
    method: Literal["POST", "PUT", "DELETE"] = "POST"
    then: str = ""
    shows: str = ""
    submit: str = "提交"
    tone: str = ""
    fixed: Mapping[str, str] = {}
    start: Callable[[Any], Mapping[str, Any]] | None = None
    choices: Callable[[Context, Any], Awaitable[Mapping[str, Sequence[Choice]]]] | None = None
    labels: Mapping[str, str] = {}
    asks: Callable[[Any], Sequence[str]] | None = None
    needs: Callable[[Any], Sequence[str]] | None = None
    anew: tuple[str, ...] = ()
    keyed: Callable[[Any], Mapping[str, Any]] | None = None
    kept: Callable[[Any], Mapping[str, str]] | None = None
    onward: Callable[[Context, Mapping[str, str]], Awaitable[str]] | None = None
    reads: str = ""


async def nothing_to_load(ctx: Context) -> None:
    """The page says what it says whatever is stored."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page that people see, at ``/{app}/{place}/{plugin}{path}`` of each of ``apps``.

    ``load`` is ``async def load(ctx, …)`` and reads what an operation's function reads (names in the path, ``query``); the
    ``template`` is given its answer as ``page``. It may be the function of a GET route. Without them it
    is a form alone. ``form`` is what the page posts to itself.
    ``live`` names messages (``complaints.arrived``) and topics whose arrival the page shows. ``rate``: so often in so long one person
    may look at it. ``marks``: opening it writes, such as that something was read; whoever asks only whether it is there (HEAD) does not
    open it. ``kept``: the browser may keep it for so long and open it without a network; it is ``PUBLIC``, drawn as for somebody unknown,
    and its form is its scripts' to send. ``help`` stands folded at its foot: two or three short sentences, at most 120 characters, to
    whoever is unsure: what one does here, what happens then, whom to ask.
    """

    apps: tuple[App, ...]
    path: str
    title: str
    access: Access
    load: Callable[..., Awaitable[Any]] = nothing_to_load
    template: str = "ui/form.html"
    form: Form | None = None
    live: tuple[str, ...] = ()
    rate: tuple[int, timedelta] | None = None
    marks: bool = False
    kept: timedelta | None = None
    help: str = ""


@runtime_checkable
class Contributor(Protocol):
    """What is declared once and gives records of several hooks: ``Resource``. ``indexes`` are those that collections of the plugin, by
    their names, need for it besides their own; ``mistakes`` what it names that the plugin has not: a word, and what to do."""

    def routes(self) -> Sequence[Route]: ...
    def pages(self) -> Sequence[Page]: ...
    def menu_entries(self) -> Sequence[MenuEntry]: ...
    def jobs(self) -> Sequence[Job]: ...
    def belongings(self) -> Sequence[Belongings]: ...
    def indexes(self) -> Mapping[str, Sequence[Index]]: ...
    def mistakes(self, plugin: Any) -> Iterable[tuple[str, str]]: ...


# --- pushes ------------------------------------------------------------------------------------------------------------


class MessageClass(enum.Enum):
    """What a message is for; decides muting, escalation, doubt policy and lane. Quiet hours go by app and urgency."""

    LEGAL = "legal"  # cannot be muted
    SERVICE = "service"
    DIGEST = "digest"
    NOTICE = "notice"


class MessageType(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the plugin sends: ``<plugin>.<name>``, with templates ``templates/<name>.inbox|oa|mp`` in its package.

    ``code`` is its place in the push catalogue (P01 …). ``kind`` names the shared WeChat template (todo, progress,
    reminder, result, alert): an OA allows 25 templates and the catalogue has more messages. ``app`` is the app it belongs to:
    whose inbox it enters and which mini program a tap opens. ``link`` is a path inside that app with ``{fields}``
    of the data and ``{place}``, that of the fact where the data names no other: ``/{place}/visits/{visit}``.
    ``bundle``: after one was sent to a person, further ones within this time are sent together when it ends.
    ``sample`` is data for checking the templates before the hub listens.
    ``discreet``: that somebody got it tells what is kept secret, such as who complains: operators do not read to whom it went, and do
    not find it by a person.
    """

    name: str
    code: str
    kind: str
    app: App
    label: str
    sample: Mapping[str, Any]
    link: str | None = None
    message_class: MessageClass = MessageClass.SERVICE
    bundle: timedelta | None = None
    discreet: bool = False


class Persons(msgspec.Struct, frozen=True, tag="persons"):
    """These people, by person id; whoever a proof has put in the place of one hears of it instead. ``themselves``: it is
    about these very records, such as the end of one."""

    ids: tuple[str, ...]
    themselves: bool = False


class Office(msgspec.Struct, frozen=True):
    """Whoever acts at exactly this region in this bureau; without a bureau, in any."""

    region: str
    bureau: str | None = None


# Of a position's bureau, project or node: whichever one it is bound to.
ANY = "*"


class Holders(msgspec.Struct, frozen=True, kw_only=True, tag="holders"):
    """Whoever holds a fitting position at exactly this place when the push is made.

    A position fits when its role is ``role`` and each of bureau, project, node is either not bound or the one named; with
    ``ANY`` it fits whatever it is bound to.
    A position that nobody holds raises P17 and the push goes to the holders one level up.
    ``but_not`` leaves persons out (回避, or the one who did it); ``but_not_keys`` whoever has one of these blind ID numbers,
    under whatever account; ``but_not_offices`` everybody who holds a position there.
    """

    role: str
    place: str
    bureau: str | None = None
    project: str | None = None
    node: str | None = None
    but_not: tuple[str, ...] = ()
    but_not_keys: tuple[str, ...] = ()
    but_not_offices: tuple[Office, ...] = ()


class Bearers(msgspec.Struct, frozen=True, kw_only=True, tag="bearers"):
    """Everybody who has given one of these ID numbers (blind indexes) as their own, claimed or proved.

    Who only claims it may be somebody else: tell that something happened, not what.
    """

    keys: tuple[str, ...]
    but_not: tuple[str, ...] = ()


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """Many people, to be found in parts: whoever holds a position of one of ``roles`` below one of ``places``, where ``bureaus`` are named
    one of theirs or one that is bound to none; without ``roles`` the residents whose home lies there.
    """

    places: tuple[str, ...]
    roles: tuple[str, ...] = ()
    bureaus: tuple[str, ...] = ()


Audience: TypeAlias = Persons | Holders | Bearers


class Push(msgspec.Struct, frozen=True, kw_only=True):
    """One message to an audience. ``message`` is the full name (``worklist.arrived``); ``key`` says which fact it is about:
    one person gets one message per key and channel, however often the trigger runs. ``data`` feeds the templates: no full
    names, ID, card or phone numbers. ``urgent`` comes through quiet hours and waits for nothing; ``bulk``: it goes to so many that all
    else goes before it, urgent or not."""

    to: Audience
    message: str
    key: str
    data: Mapping[str, Any]
    urgent: bool = False
    bulk: bool = False


class Withdraw(msgspec.Struct, frozen=True, kw_only=True):
    """Take back what has not been sent of a message with this key, from everybody but ``keep``; inboxes mark it. ``only``: from these
    persons (≤ 200), of what goes to so many that it is taken back in parts."""

    message: str
    key: str
    keep: tuple[str, ...] = ()
    only: tuple[str, ...] | None = None
    reason: str


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """``async def call(event, ctx) -> Sequence[Push | Withdraw]``. Reads, never writes. ``budget`` is its time limit."""

    event: type[Event]
    call: Callable[[Any, Context], Awaitable[Sequence[Push | Withdraw]]]
    budget: timedelta = timedelta(seconds=2)


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """``async def call(event, ctx) -> None``: writes in a transaction of its own, at least once, so idempotent.

    ``formerly``: under which names events of older versions wait for it, where it heard others then: ``take_task:TaskWanted``.
    """

    event: type[Event]
    call: Callable[[Any, Context], Awaitable[None]]
    budget: timedelta = timedelta(seconds=5)
    formerly: tuple[str, ...] = ()


class StepHandler(msgspec.Struct, frozen=True, kw_only=True):
    """``async def call(step, ctx) -> None``: runs one kind of step, at least once, so idempotent."""

    step: type[Step]
    call: Callable[[Any, Context], Awaitable[None]]
    budget: timedelta = timedelta(seconds=30)


# --- plugins that meet -------------------------------------------------------------------------------------------------


class Question(msgspec.Struct, Generic[R_co], frozen=True, kw_only=True):
    """What one plugin asks another and needs the answer to, in the same transaction: ``await ctx.ask(ProjectOf(code=…))``.

    ``class ProjectOf(Question[Project], frozen=True, kw_only=True)`` stands beside the events of the plugin that answers; of a
    question that any plugin may answer, with the plugin that asks.
    """


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """``async def call(ctx, question) -> R | None``: the answer to a question, from the plugin's own documents; None where it
    has none.

    ``reach``: what it looks at. ``asker``: what whoever acts reaches. ``county``: all that the plugin keeps in this county, for
    what somebody may ask although they see only their own side of it; the answer must not tell more than the question needs.

    Runs inside the asker's transaction, and may refuse. What must still hold when that commits it writes, as a guard does.
    """

    question: type[Question[Any]]
    call: Callable[[Context, Any], Awaitable[Any]]
    reach: Literal["asker", "county"]


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A node of a case's chain that this plugin handles (受理, 入户调查, 村级公示 …).

    ``level`` is where it is done. ``role`` is the role of those who do it. ``any_bureau``: done by a window for all bureaus.
    ``moves`` maps a move's name (pass, correct, return, refuse …) to ``async def move(ctx, subject_id, decision) -> None``, which
    runs in the decider's transaction. ``label`` is for people.
    ``enter``, when given, is called in the transaction that moves a case here: ``async def enter(ctx, subject_id) -> None``.
    ``link`` is where its tasks are worked on, if that is not the page of their subject: ``/{place}/survey/surveys/{subject}``.
    ``in_chain``: cases pass through it, so that a project's chain may name it. The ten nodes of the domain need not say so.
    """

    name: str
    label: str
    level: Level
    role: str | None = None
    any_bureau: bool = False
    moves: Mapping[str, Callable[..., Awaitable[Any]]] = {}
    enter: Callable[..., Awaitable[None]] | None = None
    link: str = ""
    in_chain: bool = False


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """A veto on another plugin's action: ``async def call(ctx, subject) -> None`` raises ``Refused``.

    Runs inside the action's transaction. A guard must *write* (``ctx.store[…].touch(document)``) what it relies on:
    two transactions that only read each other's ground both commit.
    """

    action: str
    call: Callable[[Context, Any], Awaitable[None]]


class KnownPlace(msgspec.Struct, frozen=True):
    """Where something of somebody's lies. ``granted``: an office above those who met them has approved it."""

    place: str
    granted: bool = False


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """Two records turned out to be one human: what was ``before``'s is ``person``'s from now on."""

    before: str
    person: str

    def swap(self, persons: Iterable[str]) -> tuple[str, ...]:
        """These persons with the one who succeeds in the place of the one before, each once."""
        return tuple(dict.fromkeys(self.person if each == self.before else each for each in persons))


class Leaver(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff who has left (离职): the ``positions`` that have just ended, deputies of colleagues not among them."""

    person: str
    positions: tuple[Position, ...]


class Unfinished(msgspec.Struct, frozen=True, kw_only=True):
    """So many things that somebody has begun at work, such as drafts, and what they are called."""

    label: str
    count: int


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """What the plugin keeps for persons, asked for by identity across all counties, also where the plugin is off.

    ``known``: ``async def known(ctx, id_key) -> Sequence[KnownPlace]``: where business of this ID number (its blind index)
    lies that an office has looked at; what anybody may type is not knowledge. ``pass_on``: ``async def pass_on(ctx, succession)
    -> int`` in the transaction of a proof; ``ctx`` reaches what ``before`` is a reader or the owner of; at most 200 documents
    of a collection at a time, asked again until it answers 0. ``forget``: ``async def forget(ctx, person) -> int`` deletes
    what the law does not say to keep (drafts, never business), likewise until 0.

    Of members of staff: ``unfinished``: ``async def unfinished(ctx, person) -> Sequence[Unfinished]``: what they have begun and nobody
    else can go on with, told before they leave. ``hand_over``: ``async def hand_over(ctx, leaver) -> int`` in the transaction in which
    they leave: gives it to whoever has their work now (``ctx.holders``), likewise until 0; ``ctx`` reaches all that the plugin keeps.
    Tasks are no matter of it: they are offered to others by themselves.
    """

    known: Callable[[Context, str], Awaitable[Sequence[KnownPlace]]] | None = None
    pass_on: Callable[[Context, Succession], Awaitable[int]] | None = None
    forget: Callable[[Context, str], Awaitable[int]] | None = None
    unfinished: Callable[[Context, str], Awaitable[Sequence[Unfinished]]] | None = None
    hand_over: Callable[[Context, Leaver], Awaitable[int]] | None = None


# --- work without a person ---------------------------------------------------------------------------------------------


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Work that comes round by itself: ``async def call(ctx) -> None``, once per county where the plugin is on.

    ``every`` or ``cron`` (five fields, Asia/Shanghai). Leased: one node runs it; ``budget`` ends a run that hangs.
    ``transaction`` False when the job opens its own in chunks (``ctx.in_transaction``). ``at_city``: once at the city as well, where it
    reaches all counties and is there for what is the city's own (``county`` None).
    """

    name: str
    call: Callable[[Context], Awaitable[None]]
    label: str
    every: timedelta | None = None
    cron: str | None = None
    budget: timedelta = timedelta(minutes=5)
    transaction: bool = True
    at_city: bool = False


class Checkup(msgspec.Struct, frozen=True, kw_only=True):
    """What operators have looked at by ``hub <plugin> <name>``: ``async def call(ctx, repair) -> Sequence[str]`` answers what is wrong,
    a line each, in English, with nothing personal in it; with ``repair`` (``--repair``) it mends that as well. Once per county where the
    plugin is on, and at the city for what is the city's own; outside a transaction: it opens its own with ``ctx.in_transaction``. ``says``
    is the command's help.
    """

    name: str
    says: str
    call: Callable[[Context, bool], Awaitable[Sequence[str]]]


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """How an import ended: counts, and by row what is wrong with those that were left out, in words without what stands there.
    ``handed``: what is shown once to whoever runs the command, and kept nowhere: first passwords, by account. ``found`` marks what stood
    there before: where it is another one than at the trial, what was shown of the trial is not what would be done. ``changes`` says in
    words what is added and changed, for whoever confirms it; nothing personal.
    """

    added: int
    changed: int
    unchanged: int
    problems: Mapping[str, str] = {}
    handed: Mapping[str, Secret] = {}
    found: str = ""
    changes: Sequence[str] = ()


class Progress(Protocol):
    """Told how far an import is: so many ``rows`` of ``total`` are ``done``. ``so_far``: what has been written of them for good, where that
    is more than nothing before the end."""

    def __call__(self, done: int, total: int, so_far: Imported | None = None) -> None: ...


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the last table named and this one does not, as people read it: whose it is, and what; ``href`` leads to where it is
    ended, as a whole address, "" where nothing is left to end. ``state`` says how it stands today."""

    title: str
    what: str
    state: str = ""
    href: str = ""


class Roll(msgspec.Struct, frozen=True, kw_only=True):
    """What a table names, so that two of them can be compared: nothing is taken away because a table names it no more, but it is said.

    ``names`` is ``def names(ctx, content) -> Iterable[tuple[str, str]]``: whose and what, by keys, such as an account and one of its
    positions. ``show`` is ``async def show(ctx, names) -> Sequence[Missing]``, of a hundred at most. ``counted``: what the first ones and
    the second ones are called behind their number: 3人，5个岗位.
    """

    names: Callable[[Context, Any], Iterable[tuple[str, str]]]
    show: Callable[[Context, Sequence[tuple[str, str]]], Awaitable[Sequence[Missing]]]
    counted: tuple[str, str]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A file that operators bring in: in the console's 数据导入, or by ``hub <name> import FILE``.

    The hub reads it, apart from what it serves: with ``columns`` a CSV or XLSX table into a list of ``SheetRow``; where it ``reads`` yaml,
    such a file into what it says, as JSON would; else it is given as it is. That is the ``content`` of both functions. ``places`` is ``def
    places(content, regions) -> Sequence[str]``: the regions that the file has something for, in order; it raises ``Refused`` for content
    that is something else. ``call`` is ``async def call(ctx, content, progress) -> Imported``, once per such place, outside a transaction:
    it opens its own with ``ctx.in_transaction``, and may call ``progress(done, total)`` (a ``Progress``) with rows; one that writes part
    by part says what it has come to as well, ``progress(done, total, so_far)``. Again with the same file nothing changes.

    In a trial each of these transactions is taken back at its end, and the next sees nothing of it; what ``call`` returns is what would
    have been done. It writes nowhere else, and need not know.

    ``help`` says in Chinese what the file must look like, ``sample`` shows some of it where it is no table. ``access`` is the permission
    that the console asks for at the city, where that is not the one for importing. ``whole_place``: a bad row keeps all of its place
    out, not itself alone. ``counted``: what its rows are called, behind their number: 第2个项目.

    ``together``, of a table that may be long: the column whose equal rows belong together. ``call`` is then given some hundred rows at a
    time, those that belong together in one part, so that no more is held. ``roll``: what the table names, to be compared with the last one.
    """

    name: str
    label: str
    places: Callable[[Any, RegionTree], Sequence[str]]
    call: Callable[[Context, Any, Progress], Awaitable[Imported]]
    columns: tuple[Column, ...] = ()
    reads: Literal["bytes", "yaml"] = "bytes"
    help: str = ""
    sample: str = ""
    access: str = ""
    whole_place: bool = False
    counted: str = "行"
    together: str = ""
    roll: Roll | None = None

    def __post_init__(self) -> None:
        if self.together and self.together not in {column.label for column in self.columns}:
            raise ValueError(f"the import '{self.name}' has no column '{self.together}' to keep together by")


class OpenWork(msgspec.Struct, frozen=True, kw_only=True):
    """Open business that stands still while the plugin is off in a county: ``async def count(ctx) -> int``, told before
    somebody turns it off."""

    label: str
    count: Callable[[Context], Awaitable[int]]


class HealthCheck(msgspec.Struct, frozen=True, kw_only=True):
    """``async def call(ctx) -> str | None``: None is well; else what is wrong, in English, for the operator."""

    name: str
    call: Callable[[Context], Awaitable[str | None]]


# --- shapes that plugins and doors share -------------------------------------------------------------------------------


class Paged(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """The one paging shape: items, and the cursor for the next ones (None at the end)."""

    items: list[T]
    next: str | None = None


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """The query of every list; extend it with filters. ``cursor`` is the ``next`` of the page before, of the same list with the
    same filters: the hub seals it on its way out and opens it on its way in."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_OF_A_LIST, description="每页条数。")] = 20
    cursor: (
        Annotated[str, msgspec.Meta(max_length=2048, description="上一页返回的next；只用于同一列表、同样的筛选条件。")]
        | None
    ) = None


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is not JSON: a picture, a spreadsheet."""

    data: bytes
    media_type: str
    filename: str | None = None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Where a request comes from, for what must be counted by it: the network ``address`` (of IPv6 its /64), and the token
    of the ``device``, which the hub gave it at an earlier sign-in."""

    address: str = "unknown"
    device: str | None = None

    def __repr__(self) -> str:
        return "Visit(***)"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it was sent: nothing about it is believed before it is checked by content."""

    filename: str
    data: bytes
