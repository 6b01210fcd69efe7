"""Bringing the catalogue in from a file: place by place, all of it or nothing, checked as the editor's is, and kept as a version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from hub.api import Context, Imported, Invalid, Progress, RegionTree, problem_in_words
from plugins.declaration.actions.bounds import tidied
from plugins.declaration.actions.catalogue import MOST_PROJECTS, nearest, published
from plugins.declaration.actions.checks import Flaw, flaws_of, known_nodes, known_rules
from plugins.declaration.actions.differences import differences, in_words
from plugins.declaration.actions.editions import publish
from plugins.declaration.groups import GROUPS
from plugins.declaration.projects import Project, id_of, mark_of

# The keys of a project in the catalogue file that make up its form.
FORM_KEYS = {
    "fields": "questions",
    "materials": "materials",
    "categories": "categories",
    "eligibility": "eligibility",
    "agent_only": "agent_only",
    "card": "card",
}
IN_FILE = {**{name: key for key, name in FORM_KEYS.items()}, "about": "", "handling": ""}
# Those of a county's own terms, and of the whole row. What else a project has is the hub's.
OF_PROJECT = (
    "name short bureau object standard audience conditions process chain limits windows advisers rules liveness "
    "sensitive cycle withdrawn"
)
OWN_KEYS = {*OF_PROJECT.split(), *FORM_KEYS}
ROW_KEYS = OWN_KEYS | {"code", "counties"}
# What is wrong with a project.
Check = Callable[[Project], list[Flaw]]
IMPORTED = "导入项目目录"
# Of counties that there are not, and of the code of each, in characters.
MOST_TOLD, LONGEST_CODE, LONGEST_KEY = 10, 12, 40
HELP = (
    "一个YAML文件：chains是办理流程，limits是各环节期限，projects是补贴项目。"
    "有一个项目写错，这个地区就一个也不导入。在“项目目录”里改过的内容会被文件覆盖，停用的仍然停用。已提交的申报仍按原来的规定办理。"
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


def read_rows(catalogue: Any) -> list[dict[str, Any]]:
    """The projects of a catalogue file with its ``chains``, ``limits`` and ``projects``; ``Invalid`` for anything else."""
    rows = catalogue.get("projects") if isinstance(catalogue, dict) else None
    parts = (catalogue.get(name, {}) for name in ("chains", "limits")) if isinstance(rows, list) else ()
    if not isinstance(rows, list) or not all(isinstance(each, dict) for each in (*rows, *parts)):
        raise Invalid("项目目录应有 chains、limits、projects 三部分。")
    terms = [row.get("counties", {}) for row in rows]
    if not all(isinstance(each, dict) and all(isinstance(own, dict | None) for own in each.values()) for each in terms):
        raise Invalid("项目目录中的 counties 应为：区县代码: 不同之处。")
    if len(rows) > MOST_PROJECTS:
        raise Invalid(f"项目目录最多{MOST_PROJECTS}个项目。")
    return rows


def places_of_catalogue(catalogue: Any, regions: RegionTree) -> Sequence[str]:
    """Where a catalogue file is published: at the city, then at each county with terms of its own."""
    counties = {county for row in read_rows(catalogue) for county in row.get("counties", {})}
    if unknown := sorted(str(county) for county in counties if not _is_county(county, regions)):
        told = "、".join(each[:LONGEST_CODE] for each in unknown[:MOST_TOLD]) + (
            "等" if len(unknown) > MOST_TOLD else ""
        )
        raise Invalid(f"counties下面这些不是区县：{told}。代码要加英文引号，没有登记的区县请先导入地区。")
    return [*(root.code for root in regions.children(None)), *sorted(counties)]


def _is_county(code: Any, regions: RegionTree) -> bool:
    region = regions.get(code)
    return region is not None and region.county == code


async def import_file(ctx: Context, catalogue: Any, progress: Progress) -> Imported:
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
    check = partial(flaws_of, nodes=known_nodes(ctx), rules=await known_rules(ctx))
    catalogue = {**catalogue, "projects": await _as_offered(ctx, catalogue["projects"])}
    wanted, problems = read_catalogue(catalogue, ctx.place.code, check, common=ctx.county is None)
    if problems:
        return Imported(added=0, changed=0, unchanged=0, problems=problems)
    written = await publish(ctx, wanted, why=IMPORTED)
    added = sum(before is None for before, _ in written)
    found = " ".join(mark_of(before) for before, _ in written)
    ctx.audit("declaration.import_projects", ctx.place.code, added=added, changed=len(written) - added)
    return Imported(
        added=added,
        changed=len(written) - added,
        unchanged=len(wanted) - len(written),
        found=found,
        changes=[_announced(ctx, before, after) for before, after in written],
    )


def _announced(ctx: Context, before: Project | None, after: Project) -> str:
    where = ctx.regions[after.place].name
    said = "；".join(map(in_words, differences(ctx, before, after))) if before else after.code
    return f"{where}{'更改' if before else '增加'}“{after.name}”：{said}"


async def _as_offered(ctx: Context, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What has been withdrawn here stays so where the file does not say otherwise."""
    withdrawn = [each.code for each in nearest(await published(ctx, {})).values() if each.withdrawn]
    return [{"withdrawn": row.get("code") in withdrawn, **row} for row in rows]


def read_catalogue(
    catalogue: Mapping[str, Any], place: str, check: Check, *, common: bool
) -> tuple[list[Project], dict[str, str]]:
    """The documents that a catalogue makes at a place (``common``: with the terms that hold everywhere), and what is
    wrong with which row.
    """
    chains, limits = catalogue.get("chains", {}), catalogue.get("limits", {})
    projects: list[Project] = []
    problems: dict[str, str] = {}
    first: dict[str, int] = {}
    for number, row in enumerate(catalogue["projects"], start=1):
        own = row.get("counties", {}).get(place)
        if own is None and not common:
            continue
        try:
            _check_keys(row)
            terms = {key: value for key, value in row.items() if key != "counties"} | (own or {})
            project = read_project(terms, place, chains, limits, check)
            if first.setdefault(project.code, number) != number:
                raise Unreadable(f"编码与第{first[project.code]}个项目相同。")
            projects.append(project)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            problems[str(number)] = f"{row.get('code', '?')}：{_in_words(error)}"
    return projects, problems


def _check_keys(row: Mapping[str, Any]) -> None:
    """``Unreadable`` with what a row, or the terms of a county, may not say."""
    own = dict.fromkeys(key for terms in row.get("counties", {}).values() for key in terms or {})
    unknown = [*(row.keys() - ROW_KEYS), *(f"counties.{key}" for key in own if key not in OWN_KEYS)]
    if unknown:
        raise Unreadable(_unknown(sorted(map(str, unknown))))


def _unknown(names: Sequence[str]) -> str:
    told = "、".join(each[:LONGEST_KEY] for each in names[:MOST_TOLD])
    return f"没有这样的内容：{told}。请对照示例改写，或删去。"


def _dropped(given: Any, kept: Any, at: str = "") -> Iterator[str]:
    """Which keys of what was ``given`` are not among what was read of it: a slip of the pen would change nothing, and nobody knew."""
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        for key, value in given.items():
            if key in kept:
                yield from _dropped(value, kept[key], f"{at}{key}.")
            else:
                yield f"{at}{key}"
    elif isinstance(given, list) and isinstance(kept, Sequence):
        for value, same in zip(given, kept, strict=False):
            yield from _dropped(value, same, at)


def _in_words(error: Exception) -> str:
    """Why a row is no project. What is no number, list or mapping where one is wanted fails as Python would have it."""
    if isinstance(error, msgspec.ValidationError):
        return problem_in_words(error)
    if isinstance(error, Unreadable):
        return str(error)
    return f"“{error.args[0]}”没有填写，或没有定义。" if isinstance(error, KeyError) else "写法不对，请对照示例。"


def read_project(
    row: Mapping[str, Any], place: str, chains: Mapping[str, Any], limits: Mapping[str, Any], check: Check
) -> Project:
    """One project of a catalogue file, published at ``place``; ``Unreadable`` with all that is wrong with it."""
    chain = chains[row["chain"]] if isinstance(row["chain"], str) else row["chain"]
    plain = {key: value for key, value in row.items() if key not in FORM_KEYS}
    form = {FORM_KEYS[key]: value for key, value in row.items() if key in FORM_KEYS}
    own_limits = {node: limit for node, limit in {**limits, **row.get("limits", {})}.items() if node in chain}
    given = {
        **plain,
        "_id": id_of(place, row["code"]),
        "place": place,
        "chain": chain,
        "limits": own_limits,
        "form": form,
    }
    read = msgspec.convert(given, Project)
    kept = msgspec.to_builtins(read)
    kept |= {key: kept["form"][name] for key, name in FORM_KEYS.items()}
    if dropped := list(_dropped({**row, "limits": own_limits}, kept)):
        raise Unreadable(_unknown(dropped))
    questions = tuple(map(tidied, read.form.questions))
    project: Project = replace(read, form=replace(read.form, questions=questions))
    if flaws := check(project):
        raise Unreadable("；".join(_in_file(project, flaw) for flaw in flaws))
    return project


class Unreadable(ValueError):
    """Values of a catalogue file that have the right type and cannot be published."""


def _in_file(project: Project, flaw: Flaw) -> str:
    """Where it stands in the file, by the item's key where it has one, and what is wrong."""
    group = GROUPS[flaw.group]
    at = ""
    if group.many and flaw.at is not None:
        at = str(getattr(group.items(project)[flaw.at], "key", flaw.at))
    return f"{'.'.join(filter(None, (IN_FILE.get(flaw.group, flaw.group), at, flaw.field)))}：{flaw.text}"
