"""A county without doors: people act through the plugins' own routes, and facts are handed to those who hear of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar, get_type_hints
from uuid import uuid4

import msgspec

from hub.identity.holders import who_holds
from hub.identity.people import PEOPLE, Assurance, Person
from hub.identity.permissions import may, reaches
from hub.identity.positions import POSITIONS, Holding
from hub.jobs.schedule import next_time
from hub.push.dispatcher import NATIVE
from hub.reading.templates import Rendered, Templates
from hub.rules.context import Context
from hub.rules.finding import nearest
from hub.rules.switching import switch
from hub.testing.people import number_of
from hub.testing.places import ANJU, MONDAY_MORNING, VILLAGE
from hub.testing.setup import HubSetup
from hub.testing.world import World
from hub.words.actors import HUB, Actor, Position
from hub.words.contributions import Bearers, Event, Page, Persons, Push, Reaction, Route, Withdraw
from hub.words.errors import Forbidden
from hub.words.personal import IdNumberText, Secret

E = TypeVar("E", bound=Event)

PICTURE = b"\x89PNG\r\n\x1a\n"
# No operator has put templates of their own anywhere.
NOWHERE = Path("/nonexistent")


@asynccontextmanager
async def county_world(uri: str, setup: HubSetup) -> AsyncIterator[World]:
    """Units of work with these plugins and the rights of real roles, on a database of its own.

    To make its indexes takes longer than most tests: one for many of them, each of which begins with :meth:`World.begin`.
    """
    world = await World.make(uri, f"test_{uuid4().hex}", setup.sources(), setup.on, setup.settings)
    world.units.reaches = partial(reaches, host=world.host)
    try:
        await setup.prepare(world.units)
        await world.keep()
        yield world
    finally:
        await world.database.client.drop_database(world.database.name)
        await world.database.close()


class County:
    """What the fixture ``county`` gives. ``pushes``: all that came of what was told so far.

    ``pace`` passes before each delivery, so that what follows one another has an order.
    """

    pace = timedelta(0)

    def __init__(self, world: World) -> None:
        self.world = world
        self.pushes: list[Push | Withdraw] = []

    @cached_property
    def _routes(self) -> Mapping[str, tuple[str, Route]]:
        return {
            f"{route.method} {plugin.name}{route.path}": (plugin.name, route)
            for plugin in self.world.host.plugins.values()
            for route in plugin.routes
        }

    # --- people ------------------------------------------------------------------------------------------------------

    async def resident(
        self, name: str = "王建国", *, region: str = VILLAGE, proved: bool = False, number: str | None = None
    ) -> Actor:
        """Somebody who has said who they are, at home in ``region``; ``proved``: and has shown their card. Everybody is another human,
        also of the same name, unless their ``number`` is."""
        person, shown = self.world.units.new_id(), IdNumberText(number or number_of(uuid4().hex))
        assurance: Assurance = "proved" if proved else "claimed"
        await self._know(Person(id=person, name=name, id_number=shown, region=region, assurance=assurance))
        key = self.world.database.blind(shown)
        return Actor(
            kind="resident", app="ykt", person=person, assurance=assurance, name=Secret(name), id_key=key, home=region
        )

    async def staff(
        self,
        role: str = "handler",
        *,
        region: str = ANJU,
        bureau: str | None = None,
        node: str | None = None,
        project: str | None = None,
    ) -> Actor:
        """Somebody who holds this position, and whom pushes to it reach."""
        narrowed = {"bureau": bureau, "node": node, "project": project}
        return await self.employ(self.world.units.new_id(), self.position(role, region, **narrowed))

    def position(self, role: str, region: str, **narrowed: str | None) -> Position:
        path = self.world.place(region).path
        return Position(id=f"{role}-{region}", role=role, region=region, path=path, **narrowed)

    def acting(self, person: str, *positions: Position, id_number: str | None = None) -> Actor:
        """A member of staff who acts and whom nobody has to find: the directory does not know them."""
        key = self.world.database.blind(IdNumberText(id_number)) if id_number else None
        return Actor(kind="staff", app="ydsh", person=person, positions=positions, name=Secret(person), id_key=key)

    async def employ(self, person: str, *positions: Position, number: str | None = None) -> Actor:
        """A member of staff whom the directory finds, in several positions at once."""
        await self._know(Person(id=person, name=person, id_number=IdNumberText(number) if number else None))
        for held in positions:
            given = msgspec.structs.asdict(held) | {"id": uuid4().hex}
            holding = Holding(**given, person=person, since=MONDAY_MORNING - timedelta(days=1))
            await self.world.database[POSITIONS].insert_one(self.world.database.encode(holding))
        return self.acting(person, *positions, id_number=number)

    async def _know(self, person: Person) -> None:
        row = self.world.database.encode(person)
        await self.world.database[PEOPLE].replace_one({"_id": person.id}, row, upsert=True)

    # --- acting ------------------------------------------------------------------------------------------------------

    async def ask(self, actor: Actor, operation: str, *, at: str = ANJU, **given: Any) -> Any:
        """Run an operation as the JSON API would: ``ask(wang, "POST declaration/cases/{id}/mend", id=…, body={…})``."""
        plugin, route = self._route(operation)
        if not may(actor, route.access, self.world.host):
            raise Forbidden
        wanted = {name: self._read(route.call, name, value) for name, value in given.items()}
        if "query" in route.call.__annotations__ and "query" not in wanted:
            wanted["query"] = self._read(route.call, "query", {})
        reads = route.method == "GET" or not route.transaction
        run = self.world.units.read if reads else self.world.units.run
        return await run(
            lambda ctx: route.call(ctx, **wanted),
            plugin=plugin,
            place=self.world.place(at),
            actor=actor,
            permission=route.access if isinstance(route.access, str) else None,
            request_id=uuid4().hex,
        )

    async def look(self, actor: Actor, page: Page, *, at: str = ANJU, **given: Any) -> Any:
        """What a page's template is given when they open it: ``look(zhou, PAGE, id=…)``."""
        if not may(actor, page.access, self.world.host):
            raise Forbidden
        return await self.world.units.read(
            lambda ctx: page.load(ctx, **given),
            plugin=next(name for name, each in self.world.host.plugins.items() if page in each.pages),
            place=self.world.place(at),
            actor=actor,
            permission=page.access if isinstance(page.access, str) else None,
            request_id=uuid4().hex,
        )

    def _route(self, operation: str) -> tuple[str, Route]:
        if operation not in self._routes:
            raise LookupError(f"no plugin has the operation '{operation}'.{nearest(operation, self._routes)}")
        return self._routes[operation]

    def _read(self, call: Callable[..., Any], name: str, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return msgspec.convert(value, get_type_hints(call)[name])

    async def upload(self, actor: Actor, data: bytes = PICTURE) -> str:
        """A file as it waits after its upload; its id."""
        stored = await self.world.units.files.put_pending(
            data, owner=actor.person or "", media_type="image/png", sha256="0" * 64, now=self.world.clock.now()
        )
        return stored.id

    async def turn(
        self, plugin: str, *, on: bool, county: str = ANJU, settings: Mapping[str, Any] | None = None
    ) -> None:
        """Switch a plugin, as ops would; ``settings`` take the place of those that the county has of its own."""
        await switch(self.world.units, county, plugin, on=on, settings=settings, actor=HUB)

    # --- what comes of it --------------------------------------------------------------------------------------------

    async def tell(self, *facts: Event, plugin: str | None = None, place: str = ANJU) -> list[Push | Withdraw]:
        """Facts of another plugin, and what comes of them."""

        async def say(ctx: Context) -> None:
            for fact in facts:
                ctx.emit(fact)

        teller = plugin or next((self.world.host.owner(type(fact)) for fact in facts), None)
        await self.world.units.run(say, plugin=teller or "hub", place=self.world.place(place))
        return await self.deliver()

    async def facts(self, kind: type[E]) -> list[E]:
        """What was told or asked for of this kind, the oldest first."""
        database, wanted = self.world.database, {"type": self.world.host.event_name(kind)}
        return [database.decode(kind, row["data"]) async for row in database["events"].find(wanted, sort=[("_id", 1)])]

    async def deliver(self) -> list[Push | Withdraw]:
        """Hand every fact to its reactions and triggers until all is quiet; returns the pushes that came of it."""
        self.world.clock.advance(self.pace)
        came: list[Push | Withdraw] = []
        pending = self.world.database["events"]
        while events := await pending.find({"state": "pending"}, sort=[("_id", 1)]).to_list(100):
            for event in events:
                for item in event["todo"]:
                    came += await self._hear(event, item["name"])
                await pending.update_one({"_id": event["_id"]}, {"$set": {"state": "done"}})
        self.pushes += came
        return came

    async def _hear(self, event: Mapping[str, Any], name: str) -> list[Push | Withdraw]:
        reader, kind = self.world.host.reader(name), self.world.host.event_class(event["type"])
        if reader is None or kind is None:
            raise LookupError(f"nobody is there who hears {event['type']} as {name}")
        fact, record = self.world.database.decode(kind, event["data"]), reader.record
        acting: Any = {"plugin": reader.plugin, "place": self.world.place(event["place"]), "event_id": event["_id"]}
        acting["late"] = event.get("late", False)
        if isinstance(record, Reaction):
            await self.world.units.run(lambda ctx: record.call(fact, ctx), **acting)
            return []
        return list(await self.world.units.read(lambda ctx: record.call(fact, ctx), **acting))

    # --- pushes ------------------------------------------------------------------------------------------------------

    async def expect_push(self, actor: Actor, message: str, text: str = "", *, times: int | None = None) -> Push:
        """The newest push of this message, by full name, that reaches them, with ``text`` in its title or body; ``times``: so many of
        them in all."""
        came = await self._pushed(actor, message, text)
        if not came or times not in (None, len(came)):
            wanted = "no" if times is None else f"not {times}"
            pushed = [push.message for push in self.pushes if isinstance(push, Push)]
            raise AssertionError(f"{wanted} {message} with {text!r} for them; pushed was {pushed}")
        return came[-1]

    async def expect_no_push(self, actor: Actor, message: str, text: str = "") -> None:
        """No push of this message, with ``text`` in it, reaches them."""
        if await self._pushed(actor, message, text):
            raise AssertionError(f"{message} reaches them")

    async def _pushed(self, actor: Actor, message: str, text: str) -> list[Push]:
        if self.world.host.message_type(message) is None:
            raise LookupError(f"no plugin has a message '{message}'")
        await self.deliver()
        said = [each for each in self.pushes if isinstance(each, Push) and each.message == message]
        return [push for push in said if self._says(push, text) and actor.person in await self.reached(push)]

    async def reached(self, push: Push) -> tuple[str, ...]:
        """Who gets it, by the real directory."""
        if isinstance(push.to, Persons):
            return push.to.ids
        database = self.world.database
        if isinstance(push.to, Bearers):
            bearers = {"id_number.b": {"$in": list(push.to.keys)}, "_id": {"$nin": list(push.to.but_not)}}
            return tuple([row["_id"] async for row in database[PEOPLE].find(bearers, {"_id": 1})])
        return (await who_holds(database, self.world.places.tree, push.to, self.world.clock.now())).persons

    def words(self, push: Push) -> Rendered:
        """As the inbox shows it."""
        data = msgspec.to_builtins(dict(push.data), builtin_types=NATIVE)
        return Templates(NOWHERE, self.world.host.templates).text(push.message, data)

    def _says(self, push: Push, text: str) -> bool:
        if not text:
            return True
        words = self.words(push)
        return text in words.title or text in words.body

    # --- time --------------------------------------------------------------------------------------------------------

    async def job(self, name: str, county: str = ANJU) -> None:
        """Run a job, by its full name, as it runs in this county."""
        plugin = self.world.host.plugins[name.partition(".")[0]]
        [job] = [job for job in plugin.jobs if f"{plugin.name}.{job.name}" == name]
        run = self.world.units.run if job.transaction else self.world.units.read
        await run(job.call, plugin=plugin.name, place=self.world.place(county))

    async def travel(self, step: timedelta) -> None:
        """All is heard, time passes, what came due runs once, all is heard again."""
        await self.deliver()
        before = self.world.clock.now()
        self.world.clock.advance(step)
        due = [
            (plugin, job)
            for plugin in self.world.host.plugins.values()
            for job in plugin.jobs
            if next_time(job, before) <= self.world.clock.now()
        ]
        for plugin, job in due:
            counties = self.world.counties.counties_with(plugin.name)
            cities = {self.world.place(county).path[0] for county in counties if job.at_city}
            for place in (*counties, *cities):
                await self.job(f"{plugin.name}.{job.name}", place)
        await self.deliver()
