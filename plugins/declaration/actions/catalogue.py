"""The catalogue of projects: what a county offers, whether its window is open, and how the catalogue is brought in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from hub.api import (
    Context,
    Imported,
    Invalid,
    NotFound,
    Paged,
    Paging,
    RegionTree,
    day_in_chinese,
    money,
    problem_in_words,
    shanghai,
)
from plugins.declaration.documents import Project, Question, Window, projects_of
from plugins.declaration.events import KnownProject, ListedProject, ListedProjects, ProjectOf

# The keys of a project in the catalogue file that make up its form.
FORM_KEYS = {
    "fields": "questions",
    "materials": "materials",
    "categories": "categories",
    "eligibility": "eligibility",
    "agent_only": "agent_only",
    "card": "card",
}


HELP = (
    "一个YAML文件：chains是办理流程，limits是各环节期限，projects是补贴项目。"
    "有一个项目写错，这个地区就一个也不导入。已提交的申报仍按原来的规定办理。"
)
SAMPLE = """chains:
  short: [accept, review_town, approve_county, disburse, pay]
limits:
  accept: {days: 5}
projects:
  - code: "10001"
    name: 耕地地力保护补贴
    short: 耕地补贴
    bureau: 农业农村局
    object: household
    chain: short
    counties:
      "510904": {standard: 100元/亩·年}
"""


class Openness(msgspec.Struct, frozen=True, kw_only=True):
    """可申报 (``open``), or in words why not, until or from when, and where to go instead."""

    open: bool
    text: str
    opens: date | None = None
    closes: date | None = None
    where: str | None = None


async def offered(ctx: Context) -> list[Project]:
    """The projects of this place, in the order of their codes: of each the version published nearest above it."""
    nearest: dict[str, Project] = {}
    for project in await _published(ctx, {}):
        known = nearest.get(project.code)
        if known is None or len(project.path) > len(known.path):
            nearest[project.code] = project
    return [project for project in nearest.values() if not project.withdrawn]


async def offer(ctx: Context, code: str) -> Project:
    """One project as this place offers it."""
    published: list[Project] = await projects_of(ctx).find({"code": code})
    if not published:
        raise NotFound("没有找到这个项目。")
    project = max(published, key=lambda version: len(version.path))
    if project.withdrawn:
        raise NotFound("这个项目已停止申报。")
    return project


async def describe(ctx: Context, asked: ProjectOf) -> KnownProject:
    """What another plugin needs to know of a project, if this place offers it."""
    try:
        known = await offer(ctx, asked.code)
    except NotFound:
        return KnownProject(code=asked.code, found=False)
    same = ("short", "bureau", "sensitive", "rules", "cycle")
    return KnownProject(code=asked.code, **{name: getattr(known, name) for name in same})


async def listed(ctx: Context, asked: ListedProjects) -> tuple[ListedProject, ...]:
    """What another plugin's form lets one choose from."""
    return tuple(ListedProject(code=each.code, name=each.short, bureau=each.bureau) for each in await offered(ctx))


async def _published(ctx: Context, filter: Mapping[str, Any]) -> list[Project]:
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


# --- bringing the catalogue in ---------------------------------------------------------------------------------------


def read_rows(catalogue: Any) -> list[dict[str, Any]]:
    """The projects of a catalogue file with its ``chains``, ``limits`` and ``projects``; ``Invalid`` for anything else."""
    rows = catalogue.get("projects") if isinstance(catalogue, dict) else None
    parts = (catalogue.get(name, {}) for name in ("chains", "limits")) if isinstance(rows, list) else ()
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in (*rows, *parts)):
        raise Invalid("项目目录应有 chains、limits、projects 三部分。")
    if not all(isinstance(row.get("counties", {}), dict) for row in rows):
        raise Invalid("项目目录中的 counties 应为：区县代码: 不同之处。")
    return rows


def places_of_catalogue(catalogue: Any, regions: RegionTree) -> Sequence[str]:
    """Where a catalogue file is published: at the city, then at each county with terms of its own."""
    counties = {county for row in read_rows(catalogue) for county in row.get("counties", {})}
    if unknown := sorted(str(county) for county in counties if county not in regions):
        raise Invalid(f"项目目录中有未知的区县：{'、'.join(unknown)}。请先导入地区。")
    return [*(root.code for root in regions.children(None)), *sorted(counties)]


async def import_file(ctx: Context, catalogue: Any, progress: Callable[[int, int], None]) -> Imported:
    """The catalogue of a file, for one place of it."""
    done = await ctx.in_transaction(lambda unit: import_projects(unit, catalogue))
    count = done.added + done.changed + done.unchanged
    progress(count, count)
    return done


async def import_projects(ctx: Context, catalogue: Mapping[str, Any]) -> Imported:
    """Publish what a catalogue has for the place of ``ctx``: the common terms at a city, a county's own (``counties``
    of a project) at that county. Again with the same catalogue nothing changes; with a bad row nothing is done at
    all.
    """
    wanted, problems = read_catalogue(catalogue, ctx.place.code, common=ctx.county is None)
    if problems:
        return Imported(added=0, changed=0, unchanged=0, problems=problems)
    known = {project.id: project for project in await _published(ctx, {"place": ctx.place.code})}
    new = [project for project in wanted if project.id not in known]
    changed = [_onto(known[project.id], project) for project in wanted if project.id in known]
    changed = [project for project in changed if project != known[project.id]]
    await projects_of(ctx).insert_many(new)
    for project in changed:
        await projects_of(ctx).save(project)
    ctx.audit("declaration.import_projects", ctx.place.code, added=len(new), changed=len(changed))
    return Imported(added=len(new), changed=len(changed), unchanged=len(wanted) - len(new) - len(changed))


def read_catalogue(catalogue: Mapping[str, Any], place: str, *, common: bool) -> tuple[list[Project], dict[str, str]]:
    """The documents that a catalogue makes at a place (``common``: with the terms that hold everywhere), and what is
    wrong with which row.
    """
    chains, limits = catalogue.get("chains", {}), catalogue.get("limits", {})
    projects: list[Project] = []
    problems: dict[str, str] = {}
    for position, row in enumerate(catalogue["projects"]):
        own = row.get("counties", {}).get(place)
        if own is None and not common:
            continue
        terms = {key: value for key, value in row.items() if key != "counties"} | (own or {})
        try:
            projects.append(read_project(terms, place, chains, limits))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems[f"projects[{position}]"] = f"{row.get('code', '?')}：{_in_words(error)}"
    return projects, problems


def _in_words(error: Exception) -> str:
    """Why a row is no project. What is no number, list or mapping where one is wanted fails as Python would have it."""
    if isinstance(error, msgspec.ValidationError):
        return problem_in_words(error)
    if isinstance(error, Unreadable):
        return str(error)
    return f"“{error.args[0]}”没有填写，或没有定义。" if isinstance(error, KeyError) else "写法不对，请对照示例。"


def read_project(row: Mapping[str, Any], place: str, chains: Mapping[str, Any], limits: Mapping[str, Any]) -> Project:
    """One project of a catalogue file, published at ``place``."""
    chain = chains[row["chain"]] if isinstance(row["chain"], str) else row["chain"]
    plain = {key: value for key, value in row.items() if key not in FORM_KEYS}
    form = {FORM_KEYS[key]: value for key, value in row.items() if key in FORM_KEYS}
    own_limits = {node: limit for node, limit in {**limits, **row.get("limits", {})}.items() if node in chain}
    given = {
        **plain,
        "_id": f"{place}:{row['code']}",
        "place": place,
        "chain": chain,
        "limits": own_limits,
        "form": form,
    }
    project: Project = msgspec.convert(given, Project)
    if blank := [key for key in ("name", "short", "bureau") if not getattr(project, key)]:
        raise Unreadable(f"{'、'.join(blank)}：没有可读的文字。")
    for question in project.form.questions:
        check_bounds(question)
    return project


class Unreadable(ValueError):
    """A value of a catalogue file that has the right type and says nothing."""


def check_bounds(question: Question) -> None:
    """What bounds an answer must be readable as one."""
    try:
        for bound in (question.min, question.max):
            if bound is not None:
                READ_BOUND.get(question.type, str)(str(bound))
    except ValueError:
        raise Unreadable(f"fields.{question.key}：min、max不是这一类问题的值。") from None


def read_day(text: str) -> date | None:
    return None if text == "today" else date.fromisoformat(text)


READ_BOUND: Mapping[str, Callable[[str], object]] = {
    "integer": lambda text: money.decimal(text, 0),
    "decimal": money.decimal,
    "date": read_day,
}


# What the store fills in, which says nothing about the project itself.
_STORED = ("version", "path", "county", "created_at", "updated_at")


def _onto(known: Project, project: Project) -> Project:
    return msgspec.structs.replace(project, **{name: getattr(known, name) for name in _STORED})
