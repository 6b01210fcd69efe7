"""Who is tried against every route, and what counts as being let in.

``tests/web/samples/`` says for each route how to ask it for something real; here that question is put by everybody who must
not have the answer, then by the one who may.
"""

from __future__ import annotations

import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
from stdnum.iso7064 import mod_11_2

from hub.api import IdNumberText
from hub.app import Hub
from hub.identity.people import Person
from hub.identity.permissions import ROLES
from hub.identity.positions import Holding
from hub.store.database import to_milliseconds
from hub.web.operations import Operation
from hub.words.contributions import Anyone
from tests.waiting import until
from tests.web.small import Answer, Visitor
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, SHEHONG, VILLAGE

# An audit line and a key are left by it; the others by what the hub does beside.
CHANGED_BY_LOOKING = frozenset({"audit", "idempotency", "events", "nodes", "leases", "clocks", "canaries"})
REFUSED = frozenset({401, 403, 404})
FARMING = "农业农村局"
# 王建国 declares, 陈芳 is somebody else; both numbers are invented.
RESIDENTS = {"王建国": "510921196711053319", "陈芳": "510981198902141130", "刘梅": "510923197512304629"}


@dataclass(frozen=True)
class Staff:
    """A member of staff by their one position."""

    role: str
    region: str
    bureau: str | None = None
    node: str | None = None
    project: str | None = None

    @property
    def person(self) -> str:
        return f"{self.role}-{self.region}-{self.bureau}-{self.node}"

    @property
    def positions(self) -> tuple[Staff, ...]:
        return (self,)


@dataclass(frozen=True)
class Pair:
    """A member of staff by their two positions."""

    person: str
    first: Staff
    second: Staff

    @property
    def positions(self) -> tuple[Staff, ...]:
        return (self.first, self.second)


@dataclass(frozen=True)
class Resident:
    """A resident by name; without one, somebody who has only signed in."""

    name: str | None


Who = Staff | Pair | Resident


@dataclass(frozen=True)
class Question:
    """A request to put. ``shows``: what only an insider may read in its answer. ``guards``: (collection, id) of the document
    that nobody else may change."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    json: Any = None
    form: Callable[[], aiohttp.FormData] | None = None
    shows: str | None = None
    guards: tuple[str, str] | None = None


@dataclass(frozen=True)
class Sample:
    """How to ask one route. ``insider`` may; ``place`` is where they ask.

    ``bureaus``: whether another bureau of the same place must be kept out. ``refusals``: statuses by which others are turned
    away. ``only_guests``: the operation is about whoever asks and takes nothing of anybody else's, so there is nothing to get
    at. ``unproved``: why the insider is not let try, such as that WeChat would be asked; another test does.
    """

    insider: Who
    ask: Callable[[Scene], Awaitable[Question]]
    place: str = JUXIAN
    bureaus: bool = False
    refusals: frozenset[int] = REFUSED
    only_guests: bool = False
    unproved: str | None = None


class Scene:
    """A running hub, its people, and the sessions of one test."""

    def __init__(self, hub: Hub, http: aiohttp.ClientSession) -> None:
        self.hub = hub
        self.http = http
        self.visitors: dict[Who, Visitor] = {}

    @property
    def guest(self) -> Visitor:
        return Visitor(self.http, self.hub.url)

    async def visitor(self, who: Who) -> Visitor:
        """The one session of this person in this test."""
        if who not in self.visitors:
            self.visitors[who] = await (self._resident(who) if isinstance(who, Resident) else self._staff(who))
        return self.visitors[who]

    async def session(self, person: str, app: str, kind: str) -> str:
        """Another sign-in of somebody; the id of the session."""
        token = await self._open(person, app, kind)
        actor = await self.hub.identity.sessions.actor(token, app)  # type: ignore[arg-type]
        assert actor is not None and actor.session is not None
        return actor.session

    async def stored(self) -> Mapping[str, str]:
        """A digest of each collection but those that change by looking, once what was due has run, and every fact was heard, or
        tried in vain; and how many facts there are."""
        database = self.hub.database
        # A sample may have moved the clock: what came due by it would run beside the next look, sooner or later.
        while await self.hub.jobs.tick():
            await self.hub.jobs.settle()
        await self.hub.jobs.settle()
        unheard = {"state": "pending", "todo": {"$elemMatch": {"attempts": 0}}}

        async def at_rest() -> bool:
            return not await database["events"].count_documents(unheard, limit=1)

        await until(at_rest)
        found = await database.client[database.name].command("dbHash")
        digests = {name: digest for name, digest in found["collections"].items() if name not in CHANGED_BY_LOOKING}
        return {**digests, "facts": str(await database["events"].count_documents({}))}

    async def _staff(self, who: Staff | Pair) -> Visitor:
        app = "ops" if who.positions[0].role.startswith("ops") else "ydsh"
        # Known by number, as whoever proves others must be.
        record = Person(id=who.person, name="周敏", id_number=IdNumberText(number_of(who.person)), assurance="claimed")
        await self._keep("people", record)
        for at, position in enumerate(who.positions):
            # The first is called as the golden files know it.
            id = f"holding-{who.person}" + (f"-{at}" if at else "")
            await self._keep("positions", self._holding(id, who.person, position))
        return await self.sign_in(who.person, app, "staff")

    def _holding(self, id: str, person: str, position: Staff) -> Holding:
        return Holding(
            id=id,
            role=position.role,
            region=position.region,
            path=self.hub.places.tree[position.region].path,
            bureau=position.bureau,
            project=position.project,
            node=position.node,
            person=person,
            since=to_milliseconds(self.hub.clock.now()),
        )

    async def _keep(self, collection: str, document: msgspec.Struct) -> None:
        row = self.hub.database.encode(document)
        await self.hub.database[collection].replace_one({"_id": row["_id"]}, row, upsert=True)

    async def _resident(self, who: Resident) -> Visitor:
        person, people = f"resident-{who.name}", self.hub.database["people"]
        await people.update_one({"_id": person}, {"$setOnInsert": {"name": "", "assurance": "none"}}, upsert=True)
        visitor = await self.sign_in(person, "ykt", "resident")
        # Somebody new, or who took their consent back in another test.
        nobody = {"_id": person, "$or": [{"assurance": "none"}, {"withdrawn_at": {"$type": "date"}}]}
        if who.name is not None and await people.count_documents(nobody):
            claim = {"name": who.name, "id_number": RESIDENTS[who.name], "region": VILLAGE, "consent_version": "1"}
            claimed = await visitor.post("/api/v1/me/claim", claim)
            assert claimed.status == 200, claimed.body
            # What a session may do is remembered for a moment; the claim has changed it.
            return await self.sign_in(person, "ykt", "resident")
        return visitor

    async def sign_in(self, person: str, app: str, kind: str) -> Visitor:
        """One more session of somebody who is known."""
        token = await self._open(person, app, kind)
        return Visitor(self.http, self.hub.url, person, {"Authorization": f"Bearer {token}", "X-Hub-App": app})

    async def _open(self, person: str, app: str, kind: str) -> str:
        open_session = self.hub.identity.sessions.open
        opened = await self.hub.database.transaction(
            lambda session: open_session(session, app=app, kind=kind, person=person)  # type: ignore[arg-type]
        )
        return opened.token


def number_of(person: str) -> str:
    """An ID number of a member of staff, the same each time."""
    chance = zlib.crc32(person.encode())
    digits = (
        f"{ANJU}{1960 + chance % 40}{1 + chance // 40 % 12:02d}{1 + chance // 480 % 28:02d}{chance // 13440 % 1000:03d}"
    )
    return digits + mod_11_2.calc_check_digit(digits)


async def check(scene: Scene, operation: Operation, sample: Sample) -> None:
    """Everybody who must not have it is turned away, and nothing of it changes; then its insider is let in."""
    question = await sample.ask(scene)
    before = await _guarded(scene, question)
    for label, who, place in strangers(scene, operation, sample):
        visitor = scene.guest if who is None else await scene.visitor(who)
        answer = await put(visitor, operation, place, question)
        assert answer.status < 500, f"{label} at {place}: {answer.body!r}"
        assert not _is_let_in(answer, operation, question, sample), f"{label} at {place} was let in: {answer.status}"
        assert await _guarded(scene, question) == before, f"{label} at {place} has changed it: {answer.status}"
    if sample.unproved is None:
        answer = await put(await scene.visitor(sample.insider), operation, sample.place, question)
        assert answer.status < 300, (
            f"the insider was refused, so the sample proves nothing: {answer.status} {answer.body!r}"
        )
        assert question.shows is None or question.shows.encode() in answer.body, "the insider does not see it either"


def strangers(scene: Scene, operation: Operation, sample: Sample) -> list[tuple[str, Who | None, str]]:
    """(what they are, who, where they ask). A guest is None."""
    people: list[tuple[str, Who | None, Sequence[str]]] = [("somebody who is not signed in", None, ())]
    if not sample.only_guests:
        if isinstance(operation.access, Anyone):
            people += _other_people(operation, sample)
        else:
            people += _other_staff(scene, operation, sample)
    # A place is part of the question: the same one may be asked at the stranger's own, at the county, at the city.
    reading = (CITY,) if operation.method == "GET" else ()
    return [
        (label, who, place)
        for label, who, own in people
        for place in dict.fromkeys((sample.place, *own, ANJU, *reading))
        if not operation.placeless or place == sample.place
    ]


def _other_people(operation: Operation, sample: Sample) -> list[tuple[str, Who | None, Sequence[str]]]:
    others: list[tuple[str, Who | None, Sequence[str]]] = [
        ("another resident", Resident("陈芳"), (VILLAGE,)),
        ("a resident who has claimed no name", Resident(None), ()),
        ("a handler of the place", Staff("handler", JUXIAN, "民政局"), ()),
    ]
    return [other for other in others if other[1] != sample.insider]


def _other_staff(scene: Scene, operation: Operation, sample: Sample) -> list[tuple[str, Who | None, Sequence[str]]]:
    insider = sample.insider
    assert isinstance(insider, Staff) and isinstance(operation.access, str)
    holders = scene.hub.host.permissions[operation.access].roles
    without = next(role.name for role in ROLES if role.name not in holders)
    others: list[tuple[str, Who | None, Sequence[str]]] = [
        ("a resident", Resident("陈芳"), ()),
        ("staff of the place without this right", Staff(without, insider.region), ()),
        ("another county's reader", Staff(insider.role, SHEHONG, insider.bureau, insider.node), (SHEHONG,)),
        ("a sibling town's reader", Staff(insider.role, DONGCHAN, insider.bureau, insider.node), (DONGCHAN,)),
    ]
    if sample.bureaus:
        others.append(("another bureau's reader", Staff(insider.role, insider.region, FARMING, insider.node), ()))
    return others


async def put(visitor: Visitor, operation: Operation, place: str, question: Question) -> Answer:
    """Send the request as a client would."""
    path = operation.template.format(place=place, **question.path)
    options: dict[str, Any] = {} if question.json is None else {"json": question.json}
    if question.form is not None:
        options = {"data": question.form()}
    return await visitor.ask(operation.method, path + question.query, **options)


def _is_let_in(answer: Answer, operation: Operation, question: Question, sample: Sample) -> bool:
    """A list may answer others with what is theirs, and an operation on oneself may be done by others on themselves; unless
    it shows what it must not. What it changes is looked at beside."""
    if answer.status in sample.refusals:
        return False
    if answer.status >= 300:
        return True
    if question.shows is not None and question.shows.encode() in answer.body:
        return True
    # Nothing to tell by: then only a refusal is one.
    return question.shows is None and question.guards is None


async def _guarded(scene: Scene, question: Question) -> Any:
    if question.guards is None:
        return None
    collection, id = question.guards
    found = await scene.hub.database[collection].find_one({"_id": id})
    assert found is not None, f"the sample guards {collection}/{id}, which is not there"
    return msgspec.json.encode(found, enc_hook=repr)
