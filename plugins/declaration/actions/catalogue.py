"""The catalogue of projects: what a county offers, and whether its window is open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, TypeVar

import msgspec

from hub.api import Context, NotFound, Paged, Paging, day_in_chinese, shanghai
from plugins.declaration.events import KnownProject, ListedProject, ListedProjects, ProjectOf
from plugins.declaration.projects import Project, Window, projects_of

# Of one place.
MOST_PROJECTS = 500


class Coded(Protocol):
    """A line of a list that is ordered by code."""

    @property
    def code(self) -> str: ...


L = TypeVar("L", bound=Coded)


class Openness(msgspec.Struct, frozen=True, kw_only=True):
    """可申报 (``open``), or in words why not, until or from when, and where to go instead."""

    open: bool
    text: str
    opens: date | None = None
    closes: date | None = None
    where: str | None = None


async def offered(ctx: Context) -> list[Project]:
    """The projects of this place, in the order of their codes: of each the version published nearest above it."""
    return [project for project in nearest(await published(ctx, {})).values() if not project.withdrawn]


def nearest(found: Iterable[Project]) -> dict[str, Project]:
    """Of each code the one that counts: published nearest above the reader, and not taken back. A county that is as the city is may
    have stopped it all the same."""
    counted: dict[str, Project] = {}
    for each in sorted(found, key=lambda each: (each.code, len(each.path))):
        if not each.as_city:
            counted[each.code] = each
        elif each.withdrawn and each.code in counted:
            counted[each.code] = msgspec.structs.replace(counted[each.code], withdrawn=True)
    return counted


async def offer(ctx: Context, code: str) -> Project:
    """One project as this place offers it."""
    project = await counting(ctx, code)
    if project is None:
        raise NotFound("没有找到这个项目。")
    if project.withdrawn:
        raise NotFound("这个项目已停止申报。")
    return project


async def counting(ctx: Context, code: str) -> Project | None:
    """One project as this place has it, offered or stopped."""
    return nearest(await projects_of(ctx).find({"code": code})).get(code)


async def describe(ctx: Context, asked: ProjectOf) -> KnownProject:
    """What another plugin needs to know of a project; one that is stopped is still paid, surveyed and complained about."""
    known = await counting(ctx, asked.code)
    if known is None:
        return KnownProject(code=asked.code, found=False)
    same = ("short", "bureau", "sensitive", "rules", "cycle")
    return KnownProject(code=asked.code, offered=not known.withdrawn, **{name: getattr(known, name) for name in same})


async def listed(ctx: Context, asked: ListedProjects) -> tuple[ListedProject, ...]:
    """What another plugin's form lets one choose from, those that are stopped among them."""
    projects = nearest(await published(ctx, {})).values()
    return tuple(ListedProject(code=each.code, name=each.short, bureau=each.bureau) for each in projects)


async def published(ctx: Context, filter: Mapping[str, Any]) -> list[Project]:
    """All of them: a catalogue is a few hundred records at most, more than one list holds."""
    found: list[Project] = []
    cursor: str | None = None
    while True:
        paging = Paging(limit=200, cursor=cursor)
        page: Paged[Project] = await projects_of(ctx).page(filter, paging, sort=(("code", 1),))
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


def after_code(lines: Sequence[L], paging: Paging) -> Paged[L]:
    """The catalogue is small and ordered by code: the cursor is the last code shown."""
    after = [line for line in lines if line.code > (paging.cursor or "")]
    limit = max(1, min(paging.limit, 200))
    return Paged(items=after[:limit], next=after[limit - 1].code if len(after) > limit else None)


def openness(windows: Iterable[Window], today: date) -> Openness:
    """Whether one can declare online on that day (Shanghai). No windows at all means always."""
    given = list(windows)
    if not given:
        return Openness(open=True, text="可申报")
    online = [window for window in given if not window.offline]
    for window in online:
        if closes := last_day(window, today):
            return Openness(open=True, text="可申报", closes=closes)
    return _closed(online, [window for window in given if window.offline], today)


def _closed(online: list[Window], offline: list[Window], today: date) -> Openness:
    opens = min((next_day(window.opens, today) for window in online), default=None)
    again = f"网上申报{day_in_chinese(opens)}开始。" if opens else "本项目不在网上申报。"
    for window in offline:
        if closes := last_day(window, today):
            text = f"{again}{day_in_chinese(closes)}前请到{window.where or '户籍地便民服务窗口'}办理。"
            return Openness(open=False, text=text, opens=opens, closes=closes, where=window.where)
    return Openness(open=False, text=again, opens=opens)


def last_day(window: Window, today: date) -> date | None:
    """The last day of the window that ``today`` lies in; None outside. A window may span the turn of the year."""
    opens, closes = _in_year(window.opens, today.year), _in_year(window.closes, today.year)
    if opens <= closes:
        return closes if opens <= today <= closes else None
    if today >= opens:
        return _in_year(window.closes, today.year + 1)
    return closes if today <= closes else None


def next_day(month_day: str, today: date) -> date:
    """The next time that this day of the year comes, after today."""
    this_year = _in_year(month_day, today.year)
    return this_year if this_year > today else _in_year(month_day, today.year + 1)


def _in_year(month_day: str, year: int) -> date:
    month, day = int(month_day[:2]), int(month_day[3:])
    # 02-29 is the last of February in common years too.
    return date(year, 2, 28) if (month, day) == (2, 29) and not _is_leap(year) else date(year, month, day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def today_of(ctx: Context) -> date:
    return shanghai(ctx.now()).date()
