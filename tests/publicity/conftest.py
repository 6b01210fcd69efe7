"""A county office that publishes: real declarations and batches, the clock moved by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.api import Bearers, Identity, IdNumberText, Limit, Push, Secret
from hub.rules.switching import switch
from hub.rules.units import Units
from hub.testing import HubSetup
from hub.words.actors import GUEST, HUB, Actor
from plugins.complaints.events import AccusedRow, Ending, Filing, Holding
from plugins.declaration.events import NodeEntered
from plugins.publicity import events
from tests.payments.conftest import Guarding, PayOffice, number_of
from tests.plugins.conftest import CATALOGUE, CIVIL, FARMING, OLD_AGE, open_projects
from tests.world import ANJU, JUXIAN, SHEHONG, UNHURRIED, VILLAGE, World

__all__ = ["ANJU", "CIVIL", "FARMING", "JUXIAN", "OLD_AGE", "SHEHONG", "VILLAGE", "number_of"]

OTHER_VILLAGE = "510904114206"
NOTICES, BOARD = "GET publicity/notices", "GET publicity/board"
LINE = "publicity/board/{id}"


def sunny_catalogue() -> dict[str, Any]:
    """高龄津贴 in 安居区 with every publicity there is."""
    catalogue = deepcopy(CATALOGUE)
    catalogue["chains"]["sunny"] = [
        *("accept", "publicity_village", "review_town", "publicity_town", "approve_county", "publicity_county")
    ]
    [project] = [each for each in catalogue["projects"] if each["code"] == OLD_AGE]
    project["counties"][ANJU]["chain"] = "sunny"
    return catalogue


def person(n: int, **changes: Any) -> Identity:
    """Somebody invented."""
    names = "张李王赵钱孙周吴郑冯"
    given = {
        "name": Secret(f"{names[n % 10]}{'小' if n % 2 else ''}{'一二三四五六七八九十'[n // 10 % 10]}"),
        "id_number": IdNumberText(number_of(n)),
        "region": VILLAGE,
    }
    return Identity(**(given | changes))


class SunOffice(PayOffice):
    """The same for publicities."""

    # --- people ------------------------------------------------------------------------------------------------------

    def clerk(self, person: str = "唐丽", region: str = JUXIAN, node: str = "publicity_town", **more: Any) -> Actor:
        bureau = None if node == "publicity_village" else more.pop("bureau", CIVIL)
        bound = {"node": node} | ({"bureau": bureau} if bureau else {})
        return self.staff(person, self.position("handler", region, **bound), **more)

    def village_clerk(self, person: str = "易芳", region: str = VILLAGE) -> Actor:
        return self.clerk(person, region, "publicity_village")

    def payer(self, person: str = "秦川") -> Actor:
        """Who runs the 发放公示 of the granting bureau."""
        return self.clerk(person, ANJU, "publicity_payment", bureau=FARMING)

    # --- doors -------------------------------------------------------------------------------------------------------

    async def board(self, actor: Actor | None = None, *, at: str = ANJU, **query: Any) -> list[Any]:
        return (await self.ask(actor or self.clerk(), BOARD, at=at, query={"limit": 100} | query)).items

    async def detail(self, id: str, actor: Actor | None = None) -> Any:
        return await self.ask(actor or self.clerk(), f"GET {LINE}", id=id)

    async def rows(self, id: str, actor: Actor | None = None, **query: Any) -> list[Any]:  # type: ignore[override]
        query = {"limit": 200} | query
        return (await self.ask(actor or self.clerk(), f"GET {LINE}/rows", id=id, query=query)).items

    async def states(self, id: str) -> list[str]:
        stored = await self.world.database["publicity.rows"].find({"publicity": id}, sort=[("serial", 1)]).to_list(None)
        return [row["state"] for row in stored]

    async def stored(self, id: str) -> dict[str, Any]:
        found = await self.world.database["publicity.publicities"].find_one({"_id": id})
        assert found is not None
        return dict(found)

    async def notices(self, *, at: str = ANJU, **query: Any) -> list[Any]:
        return (await self.ask(GUEST, NOTICES, at=at, query={"limit": 100} | query)).items

    async def public_rows(self, id: str, *, at: str = ANJU, **query: Any) -> list[Any]:
        query = {"limit": 200} | query
        return (await self.ask(GUEST, "GET publicity/notices/{id}/rows", at=at, id=id, query=query)).items

    async def do(self, verb: str, id: str, actor: Actor | None = None, **body: Any) -> Any:
        """``do("start", id)`` with the version as it is now."""
        if "version" not in body:
            body["version"] = (await self.stored(id))["version"]
        done = await self.ask(actor or self.clerk(), f"POST {LINE}/{verb}", id=id, body=body)
        await self.deliver()
        return done

    async def watch(self) -> list[Any]:
        """A run of the job, and what comes of it."""
        await self.job("publicity.watch")
        return list(await self.deliver())

    async def complain(
        self, row: str, complaint: str = "c1", *, at: str = ANJU, actor: Actor | None = None, holds: bool = True
    ) -> AccusedRow | None:
        """As complaints do it: asked in the complaint's own transaction."""
        filing = Filing(complaint=complaint, kind="publicity", row=row, holds=holds)
        return await self.world.units.run(
            lambda ctx: ctx.ask(filing),
            plugin="publicity",
            place=self.world.place(at),
            actor=actor or self.resident(),
        )

    async def accept_complaint(self, row: str, complaint: str = "c1") -> bool:
        """受理 of one that did not hold its row; whether it does now."""
        holding = Holding(complaint=complaint, kind="publicity", row=row)
        taken = await self.world.units.run(
            lambda ctx: ctx.ask(holding), plugin="publicity", place=self.world.place(ANJU)
        )
        await self.deliver()
        return bool(taken)

    async def end_complaint(
        self, row: str, complaint: str = "c1", *, upheld: bool, at: str = ANJU, holds: bool = True
    ) -> None:
        ending = Ending(complaint=complaint, kind="publicity", row=row, upheld=upheld, holds=holds)
        await self.world.units.run(lambda ctx: ctx.ask(ending), plugin="publicity", place=self.world.place(at))
        await self.deliver()

    async def configure(self, county: str = ANJU, **settings: Any) -> None:
        await self.turn("publicity", on=True, county=county, settings=settings)

    # --- short stories -----------------------------------------------------------------------------------------------

    async def arrive(self, *numbers: int, node: str = "publicity_town", **changes: Any) -> None:
        """Cases come to a publicity node, as the declaration tells it."""
        await self.tell(*(self.arrival(n, node=node, **changes) for n in numbers), plugin="declaration")

    def arrival(self, n: int, *, node: str = "publicity_town", **changes: Any) -> NodeEntered:
        given: dict[str, Any] = {
            "place": VILLAGE,
            "case": f"case-{n}",
            "number": f"510904-2026-{n:06d}",
            "project": OLD_AGE,
            "short": "高龄津贴",
            "bureau": CIVIL,
            "node": node,
            "label": "公示",
            "round": 3,
            "declarants": (f"declarant-{n}",),
            "who": "张*",
            "identity": person(n),
            "sensitive": False,
            "rules": (),
            "standard": "25元/月",
            "limit": Limit(5, "calendar"),
            "at": self.world.clock.now(),
        }
        return NodeEntered(**(given | changes))

    async def prepared(self, *numbers: int, **changes: Any) -> str:
        """A 待公示 with these cases; its id."""
        await self.arrive(*numbers, **changes)
        [found] = [
            each
            async for each in self.world.database["publicity.publicities"].find({"state": "preparing", "kind": "case"})
        ]
        return str(found["_id"])

    async def started(self, *numbers: int, **changes: Any) -> str:
        id = await self.prepared(*numbers, **changes)
        await self.do("start", id)
        return id

    async def expired(self, *numbers: int, **changes: Any) -> str:
        """到期待确认."""
        id = await self.started(*numbers, **changes)
        await self.pass_end(id)
        return id

    async def pass_end(self, id: str) -> list[Any]:
        """The last day is over, and the watch has seen it."""
        self.world.clock.set((await self.stored(id))["ends_at"] + timedelta(seconds=2))
        return await self.watch()

    async def row_ids(self, id: str) -> list[str]:
        stored = await self.world.database["publicity.rows"].find({"publicity": id}, sort=[("serial", 1)]).to_list(None)
        return [row["_id"] for row in stored]

    async def task_of_kind(self, label: str) -> str:
        """The subject of the open task of this kind."""
        [task] = await self.world.database["worklist.tasks"].find({"label": label, "state": "open"}).to_list(9)
        return str(task["subject"])

    async def told(self, type: str) -> list[dict[str, Any]]:
        """The facts of this type, in order, as stored."""
        found = self.world.database["events"].find({"type": type}, sort=[("_id", 1)])
        return [event["data"] async for event in found]

    async def offer(self, rows: int, *, subject: str = "batch-1", days: int = 7, **changes: Any) -> None:
        """A batch asks for its publicity, as payments do."""
        wanted = {
            "place": ANJU,
            "subject": subject,
            "project": "10001",
            "short": "地力保护",
            "bureau": FARMING,
            "title": "2026年地力保护补贴",
            "period": "2026",
            "days": days,
            "rows_total": rows,
        }
        offered = [
            events.OfferedRow(
                subject_row=f"{subject}-{n}",
                identity=person(n),
                standard="100元/亩",
                quantity="3.5亩",
                amount="350.00",
                persons=(f"told-{n}",),
                place=VILLAGE if n % 2 else OTHER_VILLAGE,
            )
            for n in range(rows)
        ]
        parts = [
            events.AddRows(place=ANJU, subject=subject, rows=tuple(offered[at : at + 200]))
            for at in range(0, rows, 200)
        ]
        await self.tell(events.PublishRows(**(wanted | changes)), *parts)

    async def payment(self, subject: str = "batch-1") -> str:
        """The newest publicity of a batch."""
        [found] = (
            await self.world.database["publicity.publicities"].find({"subject": subject}, sort=[("_id", -1)]).to_list(1)
        )
        return str(found["_id"])


def pushed(pushes: Sequence[Any]) -> list[tuple[str, Any]]:
    """Message, and persons or the position it goes to."""
    return [
        (push.message, getattr(push.to, "ids", None) or f"{push.to.node}@{push.to.place}")
        for push in pushes
        if isinstance(push, Push) and not isinstance(push.to, Bearers)
    ]


async def prepare(units: Units) -> None:
    await switch(units, ANJU, "publicity", on=True, settings={}, actor=HUB)
    await open_projects(units, sunny_catalogue())


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(
        plugins=("declaration", "publicity", "payments"),
        stand_ins={"guarding": Guarding()},
        on=(ANJU, SHEHONG),
        settings=UNHURRIED,
        prepare=prepare,
    )


@pytest.fixture(scope="session")
async def sun_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    return await county_worlds(hub_setup)


@pytest.fixture
async def office(sun_world: World) -> SunOffice:
    """安居区 and 射洪市 with publicity on; nothing has happened yet."""
    await sun_world.begin()
    return SunOffice(sun_world, Guarding())


def builtins(view: Any) -> Mapping[str, Any]:
    return dict(msgspec.to_builtins(view))
