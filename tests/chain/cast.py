"""A whole city to walk through: who acts in it, and how its time, its facts and its answers are looked at."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any

import aiohttp
from stdnum.cn import ric

from hub.api import IdNumberText
from hub.app import Hub
from hub.identity.people import Person
from hub.identity.positions import Holding
from hub.store.database import to_milliseconds
from tests.waiting import patience
from tests.web.conftest import picture
from tests.web.scope import FARMING, RESIDENTS, Resident, Scene, Staff, Who
from tests.web.small import Answer, Visitor
from tests.web.test_files import form
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, SHEHONG, VILLAGE

LAND, CIVIL, MONEY = "10001", "民政局", "财政局"
PICTURE = picture()
# What works by itself as time goes by.
WATCHES = (
    "publicity.watch",
    "complaints.watch",
    "worklist.release_expired",
    "declaration.watch_nodes",
    "declaration.retry_parked",
)

WINDOW = Staff("window", JUXIAN, node="accept")
VILLAGER = Staff("handler", VILLAGE)
TOWN = Staff("handler", JUXIAN, FARMING)
BUREAU = Staff("handler", ANJU, FARMING)
LISTENER = Staff("handler", ANJU, FARMING, "complaints")
CHECKER = Staff("handler", ANJU, FARMING, "interception")
FINANCE = Staff("handler", ANJU, MONEY)
ABOVE = Staff("handler", CITY)
DISCIPLINE = Staff("discipline", ANJU)
# Another bureau, another town, another county: nothing of all this is theirs.
STRANGERS = (
    Staff("handler", JUXIAN, CIVIL),
    Staff("handler", ANJU, CIVIL, "complaints"),
    Staff("handler", DONGCHAN, FARMING),
    Staff("handler", SHEHONG, FARMING),
    Staff("window", SHEHONG, node="accept"),
)
DECLARANT, NEIGHBOUR, OTHER = Resident("王建国"), Resident("陈芳"), Resident("刘梅")


@dataclass(frozen=True)
class Clerk:
    """Somebody with several positions, or who is also whom others declare for. ``number`` is their ID number."""

    name: str
    positions: tuple[Staff, ...]
    number: str | None = None


def number_of(serial: int) -> str:
    """The ID number of an invented person."""
    digits = f"{ANJU}1962{1 + serial // 28 % 12:02d}{1 + serial % 28:02d}{serial % 999 + 1:03d}"
    return digits + ric.calc_check_digit(f"{digits}0")


# Each of them could handle complaints, and stands accused: as a beneficiary, or with the office that they work in.
AS_BENEFICIARY = Clerk("beneficiary", (LISTENER,), number_of(0))
OF_THE_OFFICE = Clerk("office", (LISTENER, TOWN), number_of(900))
ACCUSED = (AS_BENEFICIARY, OF_THE_OFFICE)


@dataclass
class City:
    """``answers`` counts what was asked and what came of it, by (what, status)."""

    hub: Hub
    http: aiohttp.ClientSession
    chance: Random
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    declared: int = 0

    def __post_init__(self) -> None:
        self.scene = Scene(self.hub, self.http)
        self.clerks: dict[Clerk, Visitor] = {}

    # --- asking --------------------------------------------------------------------------------------------------------

    async def visitor(self, who: Who | Clerk) -> Visitor:
        """Whoever it is, signed in."""
        if not isinstance(who, Clerk):
            return await self.scene.visitor(who)
        if who not in self.clerks:
            self.clerks[who] = await self._employ(who)
        return self.clerks[who]

    async def ask(self, who: Who | Clerk, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Put a request. Refusals are answers too; only the hub's own failure fails the test."""
        if body is not None:
            options["json"] = body
        answer = await (await self.visitor(who)).ask(method, f"/api/v1{path}", **options)
        self.answers[f"{method} {_shape(path)}", answer.status] += 1
        assert answer.status < 500, f"{who} {method} {path}: {answer.status} {answer.body!r}"
        return answer

    async def done(self, who: Who | Clerk, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The same, where it must be granted; then everybody has heard of it."""
        answer = await self.ask(who, method, path, body, **options)
        assert answer.status < 300, f"{who} {method} {path}: {answer.status} {answer.body.decode()}"
        await self.settled()
        return answer.json if answer.body else None

    async def upload(self, who: Who | Clerk) -> str:
        answer = await self.ask(who, "POST", "/files", data=form(PICTURE))
        assert answer.status == 201, answer.body
        id: str = answer.json["id"]
        return id

    async def table(self, who: Who | Clerk, path: str, lines: Sequence[str]) -> Answer:
        """Send a CSV table."""
        sheet = aiohttp.FormData()
        sheet.add_field("file", "\n".join(lines).encode(), filename="table.csv")
        return await self.ask(who, "POST", path, data=sheet)

    # --- looking -------------------------------------------------------------------------------------------------------

    async def all(self, collection: str, **where: Any) -> list[dict[str, Any]]:
        """Documents as they are stored, the oldest first."""
        return await self.hub.database[collection].find(where).sort("_id", 1).to_list(5000)

    async def one(self, collection: str, **where: Any) -> dict[str, Any]:
        found = await self.all(collection, **where)
        assert len(found) == 1, f"{len(found)} documents of {collection} where {where}"
        return found[0]

    def key(self, number: str) -> str:
        """The blind index of an ID number."""
        return self.hub.database.blind(IdNumberText(number))

    # --- time ----------------------------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Until every fact has been heard by everybody, and what came of it."""
        try:
            async with patience():
                while await self.hub.database["events"].count_documents({"state": "pending"}, limit=1):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            stuck = await self.all("events", state="pending")
            raise AssertionError(f"facts that nobody gets done: {[(e['type'], e['todo']) for e in stuck]}") from None

    async def pass_days(self, days: float) -> None:
        """Time goes by, and what watches it looks. Sessions end meanwhile: everybody signs in again."""
        self.hub.clock.advance(timedelta(days=days))  # type: ignore[attr-defined]
        self.scene.visitors.clear()
        self.clerks.clear()
        for watch in WATCHES:
            await self.job(watch)

    async def job(self, name: str, at: str = ANJU) -> None:
        """A job of a plugin, now."""
        plugin, _, job = name.partition(".")
        [found] = [each for each in self.hub.host.plugins[plugin].jobs if each.name == job]
        run = self.hub.units.run if found.transaction else self.hub.units.read
        await run(found.call, plugin=plugin, place=self.hub.places.tree[at])
        await self.settled()

    # --- people --------------------------------------------------------------------------------------------------------

    async def _employ(self, who: Clerk) -> Visitor:
        person, database = f"clerk-{who.name}", self.hub.database
        number = IdNumberText(who.number) if who.number else None
        record = Person(id=person, name="周敏", id_number=number, assurance="claimed" if number else "none")
        holdings = [self._holding(person, serial, post) for serial, post in enumerate(who.positions)]
        await database["people"].replace_one({"_id": person}, database.encode(record), upsert=True)
        for holding in holdings:
            await database["positions"].replace_one({"_id": holding.id}, database.encode(holding), upsert=True)
        return await self.scene.sign_in(person, "ydsh", "staff")

    def _holding(self, person: str, serial: int, post: Staff) -> Holding:
        return Holding(
            id=f"holding-{person}-{serial}",
            role=post.role,
            region=post.region,
            path=self.hub.places.tree[post.region].path,
            bureau=post.bureau,
            node=post.node,
            person=person,
            since=to_milliseconds(self.hub.clock.now()),
        )


async def settle_in(city: City) -> None:
    """Everybody is there before anything happens, so that pushes reach them; the declarant and the neighbour who complains are
    proved at the window, the other is not.
    """
    staff = (WINDOW, VILLAGER, TOWN, BUREAU, LISTENER, CHECKER, FINANCE, ABOVE, DISCIPLINE, *STRANGERS, *ACCUSED)
    for who in (*staff, DECLARANT, NEIGHBOUR, OTHER):
        await city.visitor(who)
    for name in (DECLARANT.name, NEIGHBOUR.name):
        proof = {"person": f"resident-{name}", "name": name, "id_number": RESIDENTS[name]}
        proved = await city.ask(WINDOW, "POST", f"/{JUXIAN}/proofs", proof)
        # An earlier test on this hub may have had it done.
        assert proved.status in (200, 409), proved.body


def fitting(task: Mapping[str, Any]) -> Staff:
    """Whose task this is."""
    if task["role"] == "window":
        return WINDOW
    if task["place"] in (VILLAGE, JUXIAN, CITY):
        return {VILLAGE: VILLAGER, JUXIAN: TOWN, CITY: ABOVE}[task["place"]]
    return FINANCE if task["bureau"] == MONEY else replace(BUREAU, bureau=task["bureau"])


def _shape(path: str) -> str:
    """The path without ids: what stays are places and words."""
    parts = path.partition("?")[0].split("/")
    return "/".join("{id}" if len(part) > 14 or (part.isdigit() and len(part) > 5) else part for part in parts)
