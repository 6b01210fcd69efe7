"""Regions that come in as a table: in 数据导入. ``hub regions import`` brings in the same, also where there is no city yet to do it at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
LONGEST_NAME = 40
# Codes of one kind in an audit line.
MOST_LOGGED = 500
ELSEWHERE = "新增市、改级别、改上级或撤销市和区县，请由运维人员在服务器上办理。"
ENDED = {"abolished": "，撤销", "active": "，恢复"}
STATUSES = get_args(get_type_hints(Region)["status"])


def places(rows: Sequence[SheetRow], regions: RegionTree) -> Sequence[str]:
    """The city: the tree is one."""
    return [city.code for city in regions.children(None)[:1]]


async def bring_in(ctx: Context, rows: Sequence[SheetRow], progress: Progress) -> Imported:
    """All of the table, or nothing where a row is wrong: a town whose county is missing is nowhere."""
    known = unit_of(ctx).units.places
    before = known.tree
    given, problems = read(rows, before)
    if problems:
        return Imported(added=0, changed=0, unchanged=0, problems=problems)
    added = [each for each in given if each.code not in before]
    changed = [each for each in given if each.code in before and _differs(each, before[each.code])]

    async def write(unit: Context) -> None:
        await known.put([*added, *changed], transaction_of(unit))
        codes = {
            name: " ".join(each.code for each in rows[:MOST_LOGGED])
            for name, rows in (("added", added), ("changed", changed))
        }
        unit.audit("regions.import", ctx.place.code, **codes)

    if added or changed:
        await ctx.in_transaction(write)
        await known.load()
    progress(len(rows), len(rows))
    return Imported(
        added=len(added),
        changed=len(changed),
        unchanged=len(given) - len(added) - len(changed),
        changes=[*(_in_words(each, before.get(each.code)) for each in (*changed, *added))],
    )


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
        above = _above(region, lambda other: given.get(other) or known.get(other))
        if why := (
            _why_misplaced(region, above[0] if above else None)
            or _why_elsewhere(region, known.get(code))
            or _why_of_another(region, above)
        ):
            problems[str(lines[code])] = why
    return list(given.values()), problems


def _above(region: Region, find: Callable[[str], Region | None]) -> list[Region]:
    """Its parent, the parent of that, and so on: as far as they are there, and no further than there are levels."""
    found: list[Region] = []
    while len(found) < len(LEVELS) and (above := find((found[-1] if found else region).parent or "")):
        found.append(above)
    return found


def _why_none(cells: Mapping[str, str]) -> str:
    if not CODE.fullmatch(cells["code"]):
        return "code不是区划代码，请把这一列存成文本"
    if not cells["name"]:
        return "name没有填写"
    if len(cells["name"]) > LONGEST_NAME:
        return f"name不能超过{LONGEST_NAME}个字"
    if cells["level"] not in LEVELS:
        return f"level应为{'、'.join(LEVELS)}之一"
    return "" if cells["status"] in STATUSES else f"status应为{'、'.join(STATUSES)}之一"


def _why_misplaced(region: Region, parent: Region | None) -> str:
    if region.parent is None:
        return "" if region.level == "city" else "parent没有填写，只有市没有上级"
    if parent is None:
        return "上级既不在文件里，也没有登记"
    if parent.level == "city" and region.level != "county":
        return "市的下一级只能是区县"
    return "级别应低于它的上级" if LEVELS.index(parent.level) >= LEVELS.index(region.level) else ""


def _why_elsewhere(region: Region, before: Region | None) -> str:
    """Rights reach down from where a position is: whoever moves a place, adds a root, or takes a county away, changes who may what."""
    if before is None:
        same = region.parent is not None
    else:
        ends = region.level in ("city", "county") and region.status != before.status
        same = (region.level, region.parent) == (before.level, before.parent) and not ends
    return "" if same else ELSEWHERE


def _why_of_another(region: Region, above: Sequence[Region]) -> str:
    """An official code begins with that of its county, where that has one too."""
    county = next((each.code for each in above if each.level == "county"), "")
    numbers = region.code.isdecimal() and county.isdecimal()
    return f"代码应以区县的代码{county}开头" if numbers and not region.code.startswith(county) else ""


def _in_words(region: Region, before: Region | None) -> str:
    if before is None:
        return f"增加{region.code}{region.name}，上级{region.parent}"
    renamed = f"{before.name}改为{region.name}" if before.name != region.name else region.name
    return f"{region.code}{renamed}{ENDED.get(region.status, '') if region.status != before.status else ''}"


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
