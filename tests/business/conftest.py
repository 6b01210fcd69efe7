"""A small plugin whose lists, table and unmasking are declared, and people who may or may not read them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.api import (
    Business,
    Collection,
    Columns,
    Context,
    Export,
    Forbidden,
    IdNumberText,
    Index,
    Listing,
    Machine,
    Office,
    Paged,
    Paging,
    Permission,
    Role,
    Route,
    Search,
    Secret,
    Unmasking,
    Work,
    check_here,
    masking,
    stored,
)
from hub.words.actors import Actor
from tests.world import ANJU, SHEHONG, World

BUREAU = "民政局"
NUMBERS = ("510904194403150023", "510923194106120011")
NAME = "papers.papers"


class Paper(Work, frozen=True, kw_only=True):
    """About somebody, in a town."""

    subject: str
    bureau: str = BUREAU
    name: Secret
    id_number: IdNumberText
    state: str = "open"
    desk: str = "a"


class PaperQuery(Paging, frozen=True, kw_only=True):
    """``title`` is the beginning of what it is about."""

    state: str | None = None
    desk: str | None = None
    title: str | None = None
    oldest: bool = False


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True):
    reason: str
    state: str | None = None
    desk: str | None = None
    numbers: tuple[str, ...] = ()


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    number: str
    subject: str
    who: str


class InFull(msgspec.Struct, frozen=True, kw_only=True):
    name: str


def line(ctx: Context, paper: Paper) -> PaperLine:
    return PaperLine(id=paper.id, number=paper.number, subject=paper.subject, who=masking.name(paper.name.reveal()))


def in_full(ctx: Context, paper: Paper) -> InFull:
    """Whom it is about."""
    return InFull(name=paper.name.reveal())


def at_desk(ctx: Context, paper: Paper) -> None:
    if paper.desk != "a":
        raise Forbidden


async def of_subject(ctx: Context, id: str) -> dict[str, str]:
    paper = await PAPERS.seen(ctx, id)
    return {"subject": paper.subject}


papers_of = stored(NAME, Paper)
PAPERS: Business[Paper] = Business(
    collection=NAME,
    kind="paper",
    machine=Machine(states={"open": "待办", "closed": "已办"}, moves={}),
    title=lambda paper: paper.subject,
    link=lambda paper: f"/pages/paper?id={paper.id}",
    bureau=lambda paper: paper.bureau,
    project=lambda paper: "",
    about=lambda paper: paper.id_number,
)
COLUMNS: Columns[Paper] = {
    "编号": lambda ctx, paper: paper.number,
    "事项": lambda ctx, paper: paper.subject,
    "姓名": lambda ctx, paper: masking.name(paper.name.reveal()),
}
LIST = Listing(
    path="/papers",
    read="papers.read",
    says="Papers within reach.",
    of=PAPERS,
    line=line,
    query=PaperQuery,
    exact=("state", "desk"),
    wanted=lambda ctx, query: {"subject": {"$regex": f"^{query.title}"}} if query.title else {},
    order=lambda query: (("number", 1),) if query.oldest else (("created_at", -1),),
    search=Search(
        says="Of one person.",
        subject="papers",
        wanted=lambda ctx, number: {"id_number": number},
    ),
    export=Export(
        says="As a table.",
        act="papers.export",
        request=ExportRequest,
        columns=COLUMNS,
        asked="导出的理由",
        wanted=lambda ctx, request: {"number": {"$in": list(request.numbers)}} if request.numbers else {},
    ),
)
ALIKE = Listing(
    path="/papers/{id}/alike",
    read="papers.read",
    says="Those about the same.",
    of=PAPERS,
    below=of_subject,
    line=line,
    query=Paging,
    order=(("number", 1),),
)
MINE = Listing(
    path="/mine",
    read="papers.read",
    says="Those of my desk.",
    of=papers_of,
    own=lambda ctx: {"desk": "a"},
    line=line,
    query=Paging,
)
FULL = Unmasking(
    business=PAPERS,
    path="/papers/{id}/person",
    name="person",
    act="papers.read",
    may=(check_here, at_desk),
    show=in_full,
    hourly=7,
    asked="查看的理由",
    noted=lambda paper: {"number": paper.number},
)


class PapersPlugin:
    """Its hooks are constants."""

    ROLES = (Role("handler", "经办"),)
    PERMISSIONS = (
        Permission("papers.read", "查看文件", ("handler",)),
        Permission("papers.export", "导出文件", ("handler",)),
    )
    COLLECTIONS = (
        Collection(
            name=NAME,
            document=Paper,
            scope="subtree",
            narrowed_by=("bureau",),
            indexes=(Index((("created_at", -1), ("_id", -1)), name="newest"),),
        ),
    )
    ROUTES = (*LIST.routes(), *ALIKE.routes(), *MINE.routes(), FULL.route())


class Papers:
    """Keeps papers and asks for them through the routes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.routes: dict[str, Route] = {f"{route.method} {route.path}": route for route in PapersPlugin.ROUTES}
        self.made = 0

    async def paper(self, place: str, **given: Any) -> Paper:
        """The next one, a minute later."""
        self.made += 1
        fields = {"number": f"n{self.made:03d}", "subject": "修路", "name": Secret("王建国")}
        new = Paper(id=f"p{self.made:03d}", place=place, **{**fields, "id_number": IdNumberText(NUMBERS[0]), **given})
        self.world.clock.advance(timedelta(minutes=1))

        async def keep(ctx: Context) -> Paper:
            return await papers_of(ctx).insert(new)

        return await self.world.units.run(keep, plugin="papers", place=self.world.place(place))

    async def ask(self, actor: Actor, operation: str, *, at: str = ANJU, **given: Any) -> Any:
        route = self.routes[operation]
        hints = route.call.__annotations__
        wanted = {name: msgspec.convert(value, hints[name]) for name, value in given.items()}
        if "query" in hints:
            wanted.setdefault("query", msgspec.convert({}, hints["query"]))
        run = self.world.units.run if route.method != "GET" and route.transaction else self.world.units.read
        place = self.world.place(at)
        return await run(
            lambda ctx: route.call(ctx, **wanted),
            plugin="papers",
            place=place,
            actor=actor,
            permission=str(route.access),
        )

    async def numbers(self, actor: Actor, operation: str = "GET /papers", **given: Any) -> list[str]:
        page: Paged[PaperLine] = await self.ask(actor, operation, **given)
        return [each.number for each in page.items]

    async def lines(self) -> list[dict[str, Any]]:
        """The audit lines, the oldest first."""
        return await self.world.database["audit"].find({}).sort("_id", 1).to_list(100)

    def county(self, **narrowed: str) -> Actor:
        return self.world.staff(ANJU, **narrowed)

    @property
    def office(self) -> Office:
        return Office(ANJU, BUREAU)


@pytest.fixture
async def papers(mongo_uri, database_name):
    world = await World.make(mongo_uri, database_name, [("papers", PapersPlugin())], on=(ANJU, SHEHONG))
    yield Papers(world)
    await world.database.close()
