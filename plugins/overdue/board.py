"""逾期督办 by place: how many are late, of how many projects; and of one line, at which 功能节点 of which project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from hub.api import Context, Group, Invalid, Route, both, charts, duties, recusal, smallcells
from plugins.overdue.config import OverdueConfig
from plugins.overdue.documents import tallies_of, watches_of
from plugins.overdue.late import DISCIPLINE, READ, not_hidden

# Projects × places of a city, or projects × nodes of a town.
MOST_CELLS = 20_000


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A place below, or (``own``) what is done at the place itself 本级. ``restricted`` is how many more there are of projects whose
    persons the reader may not see, as it is shown: ``""`` for none."""

    place: str
    name: str
    own: bool
    late: int
    projects: int
    restricted: str


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Of a city or a county; the rows add up to what stands above them."""

    place: str
    late: int
    projects: int
    restricted: str
    rows: list[BoardRow]


class CellRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is late of one project at one node. ``late`` is None where the number is withheld; ``text`` is what is shown."""

    project: str
    short: str
    node: str
    label: str
    late: int | None
    text: str
    restricted: bool


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """Of one line of a board, the most first; then what is not shown one by one."""

    row: str
    late: int
    cells: list[CellRow]


class CellsQuery(msgspec.Struct, frozen=True, kw_only=True):
    """``row``: a line of the board; the place itself, if left out."""

    row: str | None = None


async def show_board(ctx: Context) -> Board:
    """How many are late, place by place: the place itself first, then those below, the most first."""
    counted = await numbers(ctx, {}, (charts.field_below(ctx), "project", "sensitive"), ("short",))
    restricted = restriction(ctx)
    seen = [each for each in counted if not (restricted is not None and each.key[2])]
    hidden = [each for each in counted if restricted is not None and each.key[2]]
    codes = rows_of(ctx)
    kept = smallcells.shown([total(of_place(ctx, hidden, code)) for code in codes], restricted)
    rows = [board_row(ctx, code, of_place(ctx, seen, code), cell) for code, cell in zip(codes, kept, strict=True)]
    return Board(
        place=ctx.place.code,
        late=total(seen),
        projects=projects(seen),
        restricted=text(smallcells.shown([total(hidden)], restricted)[0]),
        rows=sorted(rows, key=lambda row: (not row.own, -row.late)),
    )


async def show_cells(ctx: Context, query: CellsQuery) -> Cells:
    """Of one line of the board: project by project, at which 功能节点 how many are late."""
    row = query.row or ctx.place.code
    if row not in ctx.regions:
        raise Invalid(fields={"row": "没有这个地区。"})
    by, restricted = ("project", "node", "sensitive"), restriction(ctx)
    if ctx.regions[row].level == "village":
        # Too small for a line of its own.
        here = both({"state": "late", "path": row}, not_hidden(ctx.actor))
        counted = await watches_of(ctx).groups(here, by, ("title", "label"), at_most=MOST_CELLS)
    else:
        counted = await numbers(ctx, {"place": row}, by, ("short", "label"))
    seen = [each for each in counted if not (restricted is not None and each.key[2])]
    hidden = sorted((each for each in counted if each not in seen), key=lambda each: each.key[:2])
    kept = smallcells.shown([each.count for each in hidden], restricted)
    cells = [*map(cell_row, seen, smallcells.plain([each.count for each in seen])), *map(cell_row, hidden, kept)]
    return Cells(row=row, late=total(seen), cells=cells)


async def numbers(ctx: Context, wanted: Mapping[str, Any], by: Sequence[str], names: Sequence[str]) -> list[Group]:
    """What the tallies add up to, without what is hidden from the one who asks: even a number would tell that it is there."""
    each, of = ("nodes", "nodes.change") if "node" in by else ("", "change")
    nodes = {"node": "nodes.node", "label": "nodes.label"}
    fields, least = [nodes.get(name, name) for name in by], [nodes.get(name, name) for name in names]
    counted = await tallies_of(ctx).sums(wanted, fields, of, least, each, at_most=MOST_CELLS)
    theirs = {"state": "late", "hidden": True, "$or": recusal.avoided(ctx.actor)}
    where, part = {"row": wanted["place"]} if wanted else {}, charts.field_below(ctx)
    hidden = await watches_of(ctx).groups(both(where, theirs), ("row", *by), at_most=MOST_CELLS)
    kept: Counter[tuple[Any, ...]] = Counter()
    for group in hidden:
        row, *values = group.key
        # They count where their line does: a village has none.
        kept[tuple(below(ctx, row) if name == part else value for name, value in zip(by, values, strict=True))] += (
            group.count
        )
    left = (msgspec.structs.replace(each, count=each.count - kept[each.key]) for each in counted)
    return [each for each in left if each.count > 0]


def below(ctx: Context, row: str) -> str | None:
    """What ``charts.field_below`` says of a line: the place below in which it lies, if any."""
    return next(iter(ctx.regions[row].path[len(ctx.place.path) :]), None)


def restriction(ctx: Context) -> int | None:
    """Below which number those of sensitive projects are withheld; None for whoever may see the persons of all."""
    if duties.sees_all(ctx.actor, ctx.scope.reaches, DISCIPLINE):
        return None
    return ctx.settings(OverdueConfig).least_shown


def rows_of(ctx: Context) -> list[str]:
    """The lines of this place's board that the reader reaches, the place itself first; a town is a line itself."""
    below = ctx.regions.children(ctx.place.code) if len(ctx.place.path) < 3 else ()
    return [code for code in (ctx.place.code, *(each.code for each in below)) if reached(ctx, code)]


def reached(ctx: Context, code: str) -> bool:
    """Whether something of it may lie within reach; nothing does where the plugin is off."""
    place, on = ctx.regions[code], ctx.scope.counties
    is_on = on is None or code == ctx.place.code or code in on
    return is_on and any(
        reach.region in place.path or (code != ctx.place.code and code in ctx.regions[reach.region].path)
        for reach in ctx.scope.reaches
    )


def of_place(ctx: Context, counted: Iterable[Group], code: str) -> list[Group]:
    return [each for each in counted if (each.key[0] or ctx.place.code) == code]


def board_row(ctx: Context, code: str, counted: list[Group], restricted: smallcells.Cell) -> BoardRow:
    return BoardRow(
        place=code,
        name=charts.name_below(ctx, code),
        own=code == ctx.place.code,
        late=total(counted),
        projects=projects(counted),
        restricted=text(restricted),
    )


def cell_row(group: Group, cell: smallcells.Cell) -> CellRow:
    (project, node, sensitive), (short, label) = group.key, group.least
    return CellRow(
        project=project,
        short=short.partition(" · ")[0],
        node=node,
        label=label,
        late=cell.count,
        text=cell.text,
        restricted=bool(sensitive),
    )


def total(groups: Iterable[Group]) -> int:
    return sum(each.count for each in groups)


def projects(groups: Iterable[Group]) -> int:
    return len({each.key[1] for each in groups})


def text(cell: smallcells.Cell) -> str:
    return "" if cell.count == 0 else cell.text


ROUTES = (
    Route(method="GET", path="/board", call=show_board, access=READ),
    Route(method="GET", path="/board/cells", call=show_cells, access=READ),
)
