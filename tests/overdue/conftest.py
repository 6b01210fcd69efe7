"""A county with a leader, those who have late tasks, and the tasks themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.testing import ANJU, JUXIAN, SHEHONG, VILLAGE, HubSetup
from hub.testing.county import County
from hub.words.actors import Actor
from hub.worklist.events import TaskDone
from plugins.overdue.documents import Watch, watches_of
from plugins.overdue.orders import Order
from tests.world import World

CIVIL, FARMING = "民政局", "农业农村局"
OLD_AGE, LAND = "30005", "10001"
WORDS = "请三日内办结，并说明原因。"


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("overdue",), on=(ANJU, SHEHONG))


class Supervised(County):
    """Short stories about orders."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.numbered = 0

    async def late(self, place: str = VILLAGE, **changes: Any) -> str:
        """A task that is late there since yesterday; its id."""
        self.numbered += 1
        day = timedelta(days=1)
        now = self.world.clock.now()
        watch: dict[str, Any] = {
            "id": f"task-{self.numbered:04}",
            "place": place,
            "row": JUXIAN,
            "subject": f"case-{self.numbered}",
            "node": "review_village",
            "label": "村级初审",
            "round": 1,
            "role": "handler",
            "bureau": CIVIL,
            "project": OLD_AGE,
            "title": "高龄津贴 · 王*",
            "number": f"{ANJU}-2026-{self.numbered:06}",
            "link": "/pages/case",
            "arrived_at": now - 10 * day,
            "limit_at": now - day,
            "days": 5,
            "due_at": now - day,
            "state": "late",
        }
        new = Watch(**(watch | changes))
        await self.world.units.run(
            lambda ctx: watches_of(ctx).insert(new), plugin="overdue", place=self.world.place(place)
        )
        return new.id

    async def handler(self, name: str = "杨帆", region: str = VILLAGE, bureau: str | None = None) -> Actor:
        return await self.employ(name, self.position("handler", region, bureau=bureau))

    async def leader(self, name: str = "林峰", region: str = ANJU, **narrowed: Any) -> Actor:
        return await self.employ(name, self.position("leader", region, **narrowed))

    # --- orders -------------------------------------------------------------------------------------------------------

    async def preview(self, leader: Actor, at: str = ANJU, **view: Any) -> Any:
        return await self.ask(leader, "POST overdue/at-once/preview", at=at, body=view)

    async def at_once(self, leader: Actor, at: str = ANJU, **view: Any) -> Any:
        """一键督办 of what is seen now, carried out."""
        seen = await self.preview(leader, at, **view)
        body = {**view, "cases": seen.cases, "people": seen.people, "words": WORDS}
        issue = await self.ask(leader, "POST overdue/at-once", at=at, body=body)
        await self.deliver()
        return await self.ask(leader, "GET overdue/issues/{id}", at=at, id=issue.id)

    async def name(self, leader: Actor, task: str, *persons: Actor, at: str = ANJU, **more: Any) -> Any:
        body = {"tasks": [task], "persons": [each.person for each in persons], "words": WORDS, **more}
        issue = await self.ask(leader, "POST overdue/named", at=at, body=body)
        await self.deliver()
        return issue

    async def ordered(self, leader: Actor, handler: Actor, **changes: Any) -> Any:
        """An order that the handler got, as they see it."""
        await self.name(leader, await self.late(**changes), handler)
        return (await self.mine(handler))[0]

    async def mine(self, person: Actor, at: str = ANJU) -> Any:
        return (await self.ask(person, "GET overdue/orders/mine", at=at)).items

    async def shown(self, reader: Actor, id: str, at: str = ANJU) -> Any:
        return await self.ask(reader, "GET overdue/orders/{id}", at=at, id=id)

    async def press(self, who: Actor, id: str, move: str, **body: Any) -> Any:
        """A button, on the version that is stored."""
        version = (await self.stored(id)).version
        pressed = await self.ask(who, f"POST overdue/orders/{{id}}/{move}", id=id, body={"version": version, **body})
        await self.deliver()
        return pressed

    async def stored(self, id: str) -> Order:
        row = await self.world.database["overdue.orders"].find_one({"_id": id})
        return self.world.database.decode(Order, row)

    async def all_stored(self) -> list[Order]:
        rows = await self.world.database["overdue.orders"].find({}).sort("_id", 1).to_list(None)
        return [self.world.database.decode(Order, row) for row in rows]

    async def done(self, task: str) -> None:
        """The case went on."""
        watch = await self.world.database["overdue.watches"].find_one({"_id": task})
        same = {name: watch[name] for name in ("subject", "node", "round", "label", "title", "number")}
        await self.tell(
            TaskDone(
                place=watch["place"],
                task=task,
                offer=1,
                person="杨帆",
                move="pass",
                bureau=watch["bureau"],
                project=watch["project"],
                link=watch["link"],
                at=self.world.clock.now(),
                **same,
            )
        )

    async def days(self, days: int) -> None:
        """Time passes, and what came due runs."""
        for _ in range(days):
            self.world.clock.advance(timedelta(days=1))
            await self.job("overdue.orders")
            await self.deliver()


@pytest.fixture
def office(county: County) -> Supervised:
    return Supervised(county.world)
