"""A county whose worklist has things to do, watched."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hub.api import CloseTask, Node, OpenTask, PauseTask, ResumeTask
from hub.testing import ANJU, JUXIAN, VILLAGE, HubSetup, StandIn
from hub.testing.county import County
from hub.words.actors import Actor
from plugins.overdue.documents import Watch

CIVIL, FARMING = "民政局", "农业农村局"
OLD_AGE, LAND = "30005", "10001"
TITLES = {OLD_AGE: "高龄津贴 · 王*", LAND: "地力保护 · 李*"}
DAY = timedelta(days=1)
# Later than the last limit of a task that is asked for in a test.
SOME_DAYS = 6 * DAY


async def passed(*_: Any) -> None:
    """The case goes on."""


NODES = tuple(
    Node(name=name, label=label, level="town", role="handler", moves={"pass": passed, "return": passed})
    for name, label in (("review_town", "乡镇审核"), ("approve_county", "县级审批"))
)
WATCHED = HubSetup(plugins=("overdue",), stand_ins={"declaration": StandIn(nodes=NODES)})


class Watched(County):
    """Short stories about tasks and their limits."""

    numbered = 0

    async def want(self, place: str = JUXIAN, *, days: int = 1, **changes: Any) -> str:
        """Somebody is wanted for a new task, due at the end of a working day; its id."""
        Watched.numbered += 1
        wanted: dict[str, Any] = {
            "place": place,
            "subject": f"case-{Watched.numbered:05}",
            "node": "review_town",
            "label": "乡镇审核",
            "role": "handler",
            "bureau": CIVIL,
            "project": OLD_AGE,
            "number": f"{ANJU}-2026-{Watched.numbered:06}",
            "link": "/pages/case",
            "due_at": self.due(days),
            **changes,
        }
        await self.tell(OpenTask(**({"title": TITLES[wanted["project"]]} | wanted)), place=place)
        row = await self.world.database["worklist.tasks"].find_one({"subject": wanted["subject"]})
        return str(row["_id"]) if row else ""

    def due(self, days: int) -> datetime:
        """The end of that working day from now."""
        return self.world.units.calendar.add_workdays(self.world.clock.now(), days).replace(
            hour=15, minute=59, second=59
        )

    async def late(self, place: str = JUXIAN, **changes: Any) -> str:
        """A task that nobody has done in time."""
        id = await self.want(place, **changes)
        await self.pass_days(3)
        return id

    async def pass_days(self, days: float) -> None:
        """Time passes, and the clock is looked at."""
        self.world.clock.advance(days * DAY)
        await self.clock()

    async def clock(self, at: str = ANJU) -> None:
        await self.job("overdue.clock", at)
        await self.deliver()

    async def halt(self, id: str) -> None:
        await self.tell(PauseTask(**await self.named(id)))

    async def resume(self, id: str, due_at: datetime) -> None:
        await self.tell(ResumeTask(**await self.named(id), due_at=due_at))

    async def move_limit(self, id: str, due_at: datetime) -> None:
        """Somebody is wanted for the same until later."""
        row = await self.world.database["worklist.tasks"].find_one({"_id": id})
        same = {name: row[name] for name in ("label", "role", "bureau", "project", "title", "number", "link")}
        await self.tell(OpenTask(**await self.named(id), **same, due_at=due_at))

    async def close(self, id: str) -> None:
        await self.tell(CloseTask(**await self.named(id)))

    async def named(self, id: str) -> dict[str, Any]:
        row = await self.world.database["worklist.tasks"].find_one({"_id": id})
        return {name: row[name] for name in ("place", "subject", "node", "round")}

    async def do(self, handler: Actor, id: str, move: str = "pass") -> None:
        """Claimed and decided."""
        line = await self.ask(handler, "POST worklist/tasks/{id}/claim", id=id)
        body = {"move": move, "version": line.version, "opinion": "情况属实"}
        await self.ask(handler, "POST worklist/tasks/{id}/decide", id=id, body=body)
        await self.deliver()

    async def watch(self, id: str) -> Watch | None:
        row = await self.world.database["overdue.watches"].find_one({"_id": id})
        return self.world.database.decode(Watch, row) if row else None

    async def state(self, id: str) -> str:
        watch = await self.watch(id)
        return watch.state if watch else ""

    # --- people ---------------------------------------------------------------------------------------------------------------

    async def handler(self, name: str = "唐丽", region: str = JUXIAN, **narrowed: Any) -> Actor:
        return await self.employ(name, self.position("handler", region, **narrowed))

    async def leader(self, name: str = "林峰", region: str = ANJU, **narrowed: Any) -> Actor:
        return await self.employ(name, self.position("leader", region, **narrowed))

    async def discipline(self, name: str = "陈纪", region: str = ANJU) -> Actor:
        return await self.employ(name, self.position("discipline", region))

    async def board(self, reader: Actor, at: str = ANJU) -> Any:
        return await self.ask(reader, "GET overdue/board", at=at)

    async def cells(self, reader: Actor, at: str = ANJU, **query: Any) -> Any:
        return await self.ask(reader, "GET overdue/board/cells", at=at, query=query)

    async def cases(self, reader: Actor, at: str = ANJU, **query: Any) -> list[Any]:
        return list((await self.ask(reader, "GET overdue/cases", at=at, query=query)).items)

    async def name(self, leader: Actor, task: str, *persons: str) -> None:
        """指定督办."""
        body = {"tasks": [task], "persons": list(persons), "words": "请办结"}
        await self.ask(leader, "POST overdue/named", body=body)
        await self.deliver()

    async def recount(self, *, repair: bool = False, at: str = ANJU) -> list[str]:
        """What the operators' command finds."""
        plugin = self.world.host.plugins["overdue"]
        [checkup] = plugin.checkups
        found = await self.world.units.read(
            lambda ctx: checkup.call(ctx, repair), plugin="overdue", place=self.world.place(at)
        )
        return list(found)


__all__ = ["ANJU", "CIVIL", "FARMING", "JUXIAN", "LAND", "OLD_AGE", "SOME_DAYS", "VILLAGE", "WATCHED", "Watched"]
