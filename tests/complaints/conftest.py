"""A county where people complain: the plugin's real parts on the real database, and a stand-in that keeps rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.api import Answer, Collection, Document, Identity, IdNumberText, Node, Secret, hookimpl
from hub.testing import HubSetup, StandIn
from hub.words.actors import Actor
from hub.words.ids import new_id
from plugins.complaints.events import AccusedRow, Ending, Filing, Holding
from plugins.declaration.events import KnownProject, ProjectOf
from plugins.survey import events as survey
from tests.plugins.conftest import Office, Watcher
from tests.world import ANJU, SHEHONG, VILLAGE, World

CIVIL, FARMING = "民政局", "农业农村局"
OLD_AGE = "30005"
ACCUSED = "510904194403150023"
NUMBERS = {
    "wang": "510921196711053319",
    "chen": "510981198902141130",
    "liu": "510923197512304629",
    "luo": "510903199010012486",
    "he": "510904194809200027",
    "accused": ACCUSED,
}


class Row(Document, frozen=True, kw_only=True):
    """What somebody complains about. ``ended`` is (complaint, upheld) of each end that was told."""

    kind: str
    bureau: str = CIVIL
    readers: tuple[str, ...] = ()
    sensitive: bool = False
    held: tuple[str, ...] = ()
    ended: tuple[tuple[str, bool], ...] = ()
    persons: tuple[str, ...] = ("daughter",)


class Owner:
    """Keeps rows as publicity and payments do: published ones that anybody sees, and payments that only their own see."""

    def __init__(self) -> None:
        self.before: list[Any] = []
        self.catalogue, self.sensitive, self.off = True, False, False

    @hookimpl
    def collections(self):
        return (
            Collection(name="owner.publicity", document=Row, scope="open"),
            Collection(name="owner.payment", document=Row, scope="subtree", narrowed_by=("bureau",)),
        )

    @hookimpl
    def answers(self) -> Sequence[Answer]:
        return (
            Answer(question=Filing, call=self.hold, reach="asker"),
            Answer(question=Holding, call=self.hold_later, reach="county"),
            Answer(question=Ending, call=self.let_go, reach="county"),
            Answer(question=ProjectOf, call=self.describe, reach="asker"),
        )

    async def describe(self, ctx: Any, asked: ProjectOf) -> KnownProject | None:
        """A catalogue with one project, as declaration answers."""
        if not self.catalogue:
            return None
        if asked.code != OLD_AGE:
            return KnownProject(code=asked.code, found=False)
        return KnownProject(code=OLD_AGE, short="高龄津贴", bureau=CIVIL, sensitive=self.sensitive)

    async def hold(self, ctx: Any, filing: Filing) -> AccusedRow | None:
        rows = ctx.store[f"owner.{filing.kind}"]
        row = await rows.first({"_id": filing.row})
        if row is None:
            return None
        if filing.holds:
            await rows.save(msgspec.structs.replace(row, held=(*row.held, filing.complaint)))
        return AccusedRow(
            place=row.place,
            number=f"P-{row.id}",
            project=OLD_AGE,
            short="高龄津贴",
            bureau=row.bureau,
            sensitive=row.sensitive,
            accused_masked="李*兰",
            accused=Identity(name=Secret("李桂兰"), id_number=IdNumberText(ACCUSED), region=VILLAGE),
            avoid_persons=row.persons,
            avoid_keys=(ctx.store.blind(IdNumberText(ACCUSED)),),
        )

    async def hold_later(self, ctx: Any, holding: Holding) -> bool:
        rows = ctx.store[f"owner.{holding.kind}"]
        row = await rows.get(holding.row)
        await rows.save(msgspec.structs.replace(row, held=(*row.held, holding.complaint)))
        return True

    async def let_go(self, ctx: Any, ending: Ending) -> bool | None:
        for call in self.before:
            await call()
        rows = ctx.store[f"owner.{ending.kind}"]
        if self.off:
            return None
        row = await rows.get(ending.row)
        held = tuple(complaint for complaint in row.held if complaint != ending.complaint)
        await rows.save(msgspec.structs.replace(row, held=held, ended=(*row.ended, (ending.complaint, ending.upheld))))
        return True


def surveys() -> StandIn:
    """Where surveys are: their facts and their node."""
    node = Node(name="survey", label="入户调查", level="village")
    return StandIn(needs=("worklist",), events=survey.EVENTS, nodes=(node,))


class ComplaintOffice(Office):
    """Complains, handles and looks on, through the plugin's own routes. A minute passes, so that steps have an order."""

    pace = timedelta(minutes=1)

    def __init__(self, world: World, owner: Owner) -> None:
        super().__init__(world, Watcher())
        self.owner = owner

    # --- people ------------------------------------------------------------------------------------------------------

    def key(self, number: str) -> str:
        return self.world.database.blind(IdNumberText(number))

    def citizen(self, person: str = "wang", number: str | None = None) -> Actor:
        """Who they are was proved at a window."""
        return msgspec.structs.replace(self.claimant(person, number), assurance="proved")

    def claimant(self, person: str = "wang", number: str | None = None) -> Actor:
        """Who only says who they are."""
        return self.resident(person, "王建国", number or NUMBERS.get(person, NUMBERS["wang"]))

    def handler(self, person: str = "罗勇", region: str = ANJU, bureau: str | None = CIVIL, **more: Any) -> Actor:
        node = more.pop("node", "complaints")
        return self.staff(person, self.position("handler", region, bureau=bureau, node=node), **more)

    def leader(self, person: str = "李区长", region: str = ANJU, bureau: str | None = None) -> Actor:
        return self.staff(person, self.position("leader", region, bureau=bureau))

    def discipline(self, person: str = "纪检", region: str = ANJU) -> Actor:
        return self.staff(person, self.position("discipline", region))

    # --- doors -------------------------------------------------------------------------------------------------------

    async def row(self, kind: str = "publicity", **more: Any) -> Row:
        place = more.pop("place", VILLAGE)
        row = Row(id=new_id(self.world.clock), place=place, kind=kind, **more)

        async def keep(ctx: Any) -> Row:
            kept: Row = await ctx.store[f"owner.{kind}"].insert(row)
            return kept

        return await self.world.units.run(keep, plugin="owner", place=self.world.place(place))

    async def stored_row(self, row: Row) -> dict[str, Any]:
        found = await self.world.database[f"owner.{row.kind}"].find_one({"_id": row.id})
        assert found is not None
        return found

    def form(self, row: Row | None = None, **changes: Any) -> dict[str, Any]:
        form = {"notice": "0", "type": "favour", "text": "李桂兰不符合条件，家里有车。", "publish": True}
        if row is not None:
            form |= {"kind": row.kind, "row": row.id}
        return form | changes

    async def file(self, actor: Actor | None = None, row: Row | None = None, at: str = ANJU, **changes: Any) -> Any:
        """Hand in a complaint and let everybody hear of it."""
        detail = await self.ask(actor or self.citizen(), "POST complaints", at=at, body=self.form(row, **changes))
        await self.deliver()
        return detail.complaint

    async def about_unit(self, region: str, bureau: str = "", actor: Actor | None = None, **changes: Any) -> Any:
        more = {"against": "unit", "unit_region": region, "unit_bureau": bureau, "project": OLD_AGE}
        return await self.file(actor, **more, short="高龄津贴", bureau=CIVIL, **changes)

    async def do(self, move: str, id: str, actor: Actor | None = None, at: str = ANJU, **body: Any) -> Any:
        """One of the handler's moves, on the present version."""
        body.setdefault("version", (await self.stored(id))["version"])
        if move in ("refuse", "return", "transfer", "merge", "extend", "survey"):
            body.setdefault("reason", "核实后决定")
        if move == "reply":
            body = self.reply() | body
        detail = await self.ask(actor or self.handler(), f"POST complaints/{{id}}/{move}", at=at, id=id, body=body)
        await self.deliver()
        return detail

    async def own(self, move: str, id: str, actor: Actor | None = None, **body: Any) -> Any:
        """One of the complainant's moves."""
        body.setdefault("version", (await self.stored(id))["version"])
        operation = f"POST complaints/mine/{{id}}/{move}"
        detail = await self.ask(actor or self.citizen(), operation, id=id, body=body)
        await self.deliver()
        return detail

    def reply(self, upheld: str = "no") -> dict[str, Any]:
        return {
            "processed_at": self.world.clock.now(),
            "opinion": "经核查不属实",
            "situation": "已入户核查车辆登记",
            "upheld": upheld,
            "public_summary": "经核查，反映的问题不属实。",
        }

    async def in_state(self, state: str, row: Row | None = None, **more: Any) -> Any:
        """A complaint that has come to this state by its ordinary way."""
        filed = await self.file(row=row or await self.row(), **more)
        for move in WAYS[state]:
            if move in ("answer", "withdraw"):
                said = {"satisfied": False, "words": "没有说清"} if state == "reopened" else {"satisfied": True}
                await self.own(move, filed.id, **(said if move == "answer" else {}))
            elif move == "transfer":
                await self.do(move, filed.id, region=ANJU, bureau=FARMING)
            elif move == "merge":
                other = await self.file(self.citizen("chen"), row=row_of(await self.stored(filed.id)))
                await self.do(move, filed.id, into=other.id)
            else:
                actor = self.handler(bureau=(await self.stored(filed.id))["bureau"] or None)
                await self.do(move, filed.id, actor)
        return await self.stored(filed.id)

    async def twin(self, stored: dict[str, Any]) -> str:
        """Another open complaint about the same row, where the same office has it."""
        known = await self.world.database["complaints.complaints"].find_one(
            {"row": stored["row"], "open": True, "_id": {"$ne": stored["_id"]}}
        )
        twin: str = known["_id"] if known else (await self.file(self.citizen("liu"), row=row_of(stored))).id
        if stored["bureau"] != (await self.stored(twin))["bureau"]:
            await self.do("transfer", twin, region=ANJU, bureau=stored["bureau"])
        return twin

    async def stored(self, id: str) -> dict[str, Any]:
        found = await self.world.database["complaints.complaints"].find_one({"_id": id})
        assert found is not None
        return found

    async def watch(self) -> Any:
        await self.job("complaints.watch")
        return await self.deliver()


# How a complaint comes to a state.
WAYS: dict[str, tuple[str, ...]] = {
    "filed": (),
    "assigned": ("transfer",),
    "returned": ("transfer", "return"),
    "accepted": ("accept",),
    "investigating": ("accept", "investigate"),
    "replied": ("accept", "reply"),
    "reopened": ("accept", "reply", "answer"),
    "closed": ("accept", "reply", "answer"),
    "refused": ("refuse",),
    "merged": ("merge",),
    "withdrawn": ("withdraw",),
}


def row_of(stored: dict[str, Any]) -> Row:
    return Row(id=stored["row"], place=VILLAGE, kind=stored["kind"])


@pytest.fixture(scope="session")
def owner() -> Owner:
    return Owner()


@pytest.fixture(scope="session")
def hub_setup(owner: Owner) -> HubSetup:
    return HubSetup(plugins=("complaints",), stand_ins={"owner": owner, "survey": surveys()}, on=(ANJU, SHEHONG))


@pytest.fixture(scope="session")
async def complaint_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    return await county_worlds(hub_setup)


@pytest.fixture
async def office(complaint_world: World, owner: Owner) -> ComplaintOffice:
    """安居区 and 射洪市 with complaints on; nothing has happened yet."""
    await complaint_world.begin()
    owner.before = []
    owner.catalogue, owner.sensitive, owner.off = True, False, False
    return ComplaintOffice(complaint_world, owner)
