"""The table of branches that operators bring in: row by row, each county's in parts; again with the same table nothing changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from statistics import median
from typing import NamedTuple

from msgspec.structs import replace

from hub.api import Context, Imported, Invalid, Progress, RegionTree, kept_words, one_line, sheets, taken
from plugins.branches.documents import BY_NAME, Branch, Point, branches_of
from plugins.branches.handlers import FARTHEST, distance

CODE, NAME, BANK, ADDRESS, PHONE, HOURS = "地区代码", "网点名称", "银行", "地址", "电话", "营业时间"
EAST, NORTH, STATE = "经度", "纬度", "状态"
GONE = "撤销"
COLUMNS = (
    sheets.Column(
        label=CODE, hint="网点所在乡镇（街道）的区划代码，存成文本；不知道乡镇的写区县的", sample="510904114"
    ),
    sheets.Column(label=NAME, hint="全称，同一区县内不能重复", sample="遂宁农商银行聚贤支行"),
    sheets.Column(label=BANK, sample="遂宁农商银行"),
    sheets.Column(label=ADDRESS, sample="聚贤镇正街12号"),
    sheets.Column(label=PHONE, required=False, hint="区号和号码之间用-", sample="0825-8661234"),
    sheets.Column(label=HOURS, required=False, sample="周一至周五9:00-17:00"),
    sheets.Column(label=EAST, required=False, hint="东经的度数，和纬度一起填", sample="105.4561"),
    sheets.Column(label=NORTH, required=False, hint="北纬的度数", sample="30.3742"),
    sheets.Column(label=STATE, required=False, hint=f"已撤销的写“{GONE}”，其他留空", sample=""),
)
HELP = (
    "一行一个网点，按区县和网点名称认（全角半角、大小写不分）：已有的改，没有的加，文件里没有的不动。撤销的在“状态”写“撤销”。"
    "写错的行不导入，其他行照常。经纬度用来找最近的网点，没有也能导入。"
)
LONGEST: Mapping[str, int] = {NAME: 60, BANK: 40, ADDRESS: 100, HOURS: 60}
DIALLED = re.compile(r"[0-9]{3,12}(-[0-9]{1,8}){0,2}")
# What a country spans in degrees: the two numbers in each other's place lie outside.
EASTS, NORTHS = (73.0, 136.0), (3.0, 54.0)
# What the table says of a branch; the rest is the store's.
IN_TABLE = ("name", "bank", "address", "phone", "hours", "areas", "words", "position")
AT_ONCE = 200
# As it is written, and not all that Python takes for a number.
DEGREES = re.compile(r"[0-9]{1,3}(\.[0-9]{1,10})?", re.ASCII)
# Of branches with a position: of fewer nobody can say which one lies elsewhere.
FEWEST = 3
FAR = f"位置离本区县其他网点超过{FARTHEST // 1000}公里，请核对{EAST}、{NORTH}"
UNKNOWN = "没有登记这个网点，不用撤销，请核对网点名称"


class Given(NamedTuple):
    """What a row says: a branch, or that it is gone."""

    branch: Branch
    gone: bool
    number: int


def places_of(rows: Sequence[sheets.SheetRow], regions: RegionTree) -> Sequence[str]:
    """The counties that have rows."""
    counties = dict.fromkeys(filter(None, (county_of(row, regions) for row in rows)))
    if not counties:
        raise Invalid(f"没有一行的{CODE}是登记过的区县或乡镇，请核对后重新上传。")
    return tuple(counties)


def county_of(row: sheets.SheetRow, regions: RegionTree) -> str | None:
    region = regions.get(row.cells[CODE])
    return region.county if region else None


async def import_branches(ctx: Context, rows: Sequence[sheets.SheetRow], progress: Progress) -> Imported:
    """The rows of one county. A row of no county is told with those of the first."""
    first = places_of(rows, ctx.regions)[0] == ctx.place.code
    problems: dict[str, str] = {}
    given: list[Given] = []
    twins = sheets.Twins()
    for row in rows:
        county = county_of(row, ctx.regions)
        if county != ctx.place.code and not (county is None and first):
            continue
        if why := why_none(ctx, twins.marked(row, row.cells[NAME])):
            problems[str(row.number)] = why
        else:
            given.append(Given(branch_of(ctx, row), row.cells[STATE] == GONE, row.number))
    far = far_away(await branches_of(ctx).find({}, sort=BY_NAME, limit=AT_ONCE), given)
    problems |= {str(each.number): FAR for each in far}
    given = [each for each in given if each not in far]
    added = changed = 0
    for done in range(0, len(given), AT_ONCE):
        part = given[done : done + AT_ONCE]
        more = await ctx.in_transaction(partial(bring_in, given=part))
        added, changed = added + more[0], changed + more[1]
        problems |= {str(number): UNKNOWN for number in more[2]}
        progress(min(done + AT_ONCE, len(given)), len(given))
    unchanged = len(given) - added - changed - sum(why == UNKNOWN for why in problems.values())
    return Imported(added=added, changed=changed, unchanged=unchanged, problems=problems)


def far_away(stored: Sequence[Branch], given: Sequence[Given]) -> Sequence[Given]:
    """Those that lie so far from the middle of all that a digit must be wrong: a branch there would be nearest to nobody."""
    known = [each.position for each in (*stored, *(each.branch for each in given)) if each.position]
    if len(known) < FEWEST:
        return ()
    middle = (median(each.coordinates[0] for each in known), median(each.coordinates[1] for each in known))
    return [
        each
        for each in given
        if each.branch.position and distance(middle, each.branch.position.coordinates) * 1000 > FARTHEST
    ]


async def bring_in(ctx: Context, given: Sequence[Given]) -> tuple[int, int, Sequence[int]]:
    """How many were added, how many changed or taken away, and the rows that would end what there is not."""
    found = await branches_of(ctx).find({"_id": {"$in": [each.branch.id for each in given]}}, limit=AT_ONCE)
    before = {each.id: each for each in found}
    new = [each.branch for each in given if not each.gone and each.branch.id not in before]
    other = list(_changed(before, given))
    ended = [before[each.branch.id] for each in given if each.gone and each.branch.id in before]
    unknown = [each.number for each in given if each.gone and each.branch.id not in before]
    await branches_of(ctx).insert_many(new)
    await branches_of(ctx).save_many(other)
    await branches_of(ctx).delete_many(ended)
    if new or other or ended:
        ctx.audit("branches.import", ctx.place.code, added=len(new), changed=len(other), removed=len(ended))
    return len(new), len(other) + len(ended), unknown


def _changed(before: Mapping[str, Branch], given: Sequence[Given]) -> Iterator[Branch]:
    """Those that say something else than what is stored, each to be saved in its place."""
    for each in given:
        if each.branch.id in before and not each.gone:
            old = before[each.branch.id]
            after = replace(old, **taken(each.branch, *IN_TABLE))
            if after != old:
                yield after


def why_none(ctx: Context, row: sheets.SheetRow) -> str:
    """Why a row is no branch; "" for one that is."""
    cells = row.cells
    empty = next((label for label in (NAME, BANK, ADDRESS) if not one_line(cells[label])), "")
    long = next((label for label, most in LONGEST.items() if len(cells[label]) > most), "")
    wrong = {
        row.problem: bool(row.problem),
        f"与第{row.twin}行是同一个网点": row.twin is not None,
        f"{CODE}没有登记，或不是区县、乡镇的代码": county_of(row, ctx.regions) is None,
        f"{empty}没有填写": bool(empty),
        f"{long}不能超过{LONGEST.get(long)}个字": bool(long),
        f"{PHONE}只能是一个号码，区号后面用-": bool(cells[PHONE]) and not DIALLED.fullmatch(cells[PHONE]),
        f"{STATE}留空，或写“{GONE}”": cells[STATE] not in ("", GONE),
        f"{EAST}、{NORTH}应是中国境内的度数，两个一起填或都不填": not _is_position(cells[EAST], cells[NORTH]),
    }
    return next((why for why, is_so in wrong.items() if is_so), "")


def _is_position(east: str, north: str) -> bool:
    if not east and not north:
        return True
    if not (DEGREES.fullmatch(east) and DEGREES.fullmatch(north)):
        return False
    return EASTS[0] <= float(east) <= EASTS[1] and NORTHS[0] <= float(north) <= NORTHS[1]


def branch_of(ctx: Context, row: sheets.SheetRow) -> Branch:
    """What a good row says."""
    cells = {label: one_line(text) for label, text in row.cells.items()}
    region, county = ctx.regions[cells[CODE]], ctx.place.code
    position = Point(coordinates=(float(cells[EAST]), float(cells[NORTH]))) if cells[EAST] else None
    return Branch(
        id=f"{county}:{sheets.compared(cells[NAME])}",
        place=county,
        name=cells[NAME],
        bank=cells[BANK],
        address=cells[ADDRESS],
        phone=cells[PHONE],
        hours=cells[HOURS],
        areas=region.path[region.path.index(county) :],
        words=kept_words(f"{cells[NAME]} {cells[BANK]}"),
        position=position,
    )
