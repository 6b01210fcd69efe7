"""Regions that come in as a table: in 数据导入. ``hub regions import`` brings in the same, also where there is no city yet to do it at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args, get_type_hints

import msgspec

from hub.reading.sheets import Column, SheetRow
from hub.rules.context import Context, transaction_of, unit_of
from hub.rules.places import CODE
from hub.words.contributions import Import, Imported, Progress
from hub.words.regions import LEVELS, Region, RegionTree

COLUMNS = (
    Column(label="code", hint="区划代码，6、9或12位，存成文本", sample="510904114206"),
    Column(label="name", hint="名称", sample="万古桥村"),
    Column(label="level", hint="city市、county区县、town乡镇、village村", sample="village"),
    Column(label="parent", hint="上级的代码，市留空", sample="510904114"),
    Column(label="status", hint="active在用、abolished已撤销", sample="active"),
)
STATUSES = get_args(get_type_hints(Region)["status"])


def places(rows: Sequence[SheetRow], regions: RegionTree) -> Sequence[str]:
    """The city: the tree is one."""
    return [city.code for city in regions.children(None)[:1]]


async def bring_in(ctx: Context, rows: Sequence[SheetRow], progress: Progress) -> Imported:
    """All of the table, or nothing where a row is wrong: a town whose county is missing is nowhere."""
    known = unit_of(ctx).units.places
    given, problems = read(rows, known.tree)
    if problems:
        return Imported(added=0, changed=0, unchanged=0, problems=problems)
    added = [each for each in given if each.code not in known.tree]
    changed = [each for each in given if each.code in known.tree and _differs(each, known.tree[each.code])]

    async def write(unit: Context) -> None:
        await known.put([*added, *changed], transaction_of(unit))
        unit.audit("regions.import", ctx.place.code, added=len(added), changed=len(changed))

    if added or changed:
        await ctx.in_transaction(write)
        await known.load()
    progress(len(rows), len(rows))
    return Imported(added=len(added), changed=len(changed), unchanged=len(given) - len(added) - len(changed))


def read(rows: Sequence[SheetRow], known: RegionTree) -> tuple[list[Region], dict[str, str]]:
    """The regions of a table, and what is wrong with which row."""
    given: dict[str, Region] = {}
    lines: dict[str, int] = {}
    problems: dict[str, str] = {}
    for row in rows:
        code = row.cells["code"]
        if why := row.problem or _why_none(row.cells) or (f"与第{lines[code]}行代码相同" if code in lines else ""):
            problems[str(row.number)] = why
            continue
        lines[code] = row.number
        given[code] = msgspec.convert({**row.cells, "parent": row.cells["parent"] or None}, Region)
    for code, region in given.items():
        parent = given.get(region.parent or "") or known.get(region.parent or "")
        if why := _why_misplaced(region, parent) or _why_elsewhere(region, known.get(code)):
            problems[str(lines[code])] = why
    return list(given.values()), problems


def _why_none(cells: Mapping[str, str]) -> str:
    if not CODE.fullmatch(cells["code"]):
        return "code不是区划代码，请把这一列存成文本"
    if not cells["name"]:
        return "name没有填写"
    if cells["level"] not in LEVELS:
        return f"level应为{'、'.join(LEVELS)}之一"
    return "" if cells["status"] in STATUSES else f"status应为{'、'.join(STATUSES)}之一"


def _why_misplaced(region: Region, parent: Region | None) -> str:
    if region.parent is None:
        return "" if region.level == "city" else "parent没有填写，只有市没有上级"
    if parent is None:
        return "上级既不在文件里，也没有登记"
    return "级别应低于它的上级" if LEVELS.index(parent.level) >= LEVELS.index(region.level) else ""


def _why_elsewhere(region: Region, before: Region | None) -> str:
    """Rights reach down from where a position is: whoever moves a place, or adds a root, changes who may what."""
    same = (
        region.parent is not None if before is None else (region.level, region.parent) == (before.level, before.parent)
    )
    return "" if same else "新增市、改级别或改上级，请由运维人员在服务器上办理。"


def _differs(one: Region, other: Region) -> bool:
    return any(getattr(one, column.label) != getattr(other, column.label) for column in COLUMNS)


REGIONS = Import(
    name="regions",
    label="地区",
    places=places,
    call=bring_in,
    columns=COLUMNS,
    whole_place=True,
    help="一行一个地区。代码已有的改名称和状态，没有的加上，文件里没有的不动。有一行写错就一行也不导入。撤销的村也留着，status写abolished。",
)
