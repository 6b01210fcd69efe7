"""Bringing the catalogue in from a file: place by place, all of it or nothing, checked as the editor's is, and kept as a version."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import msgspec
import yaml

from hub.api import Context, Imported, Invalid, RegionTree, cleaned
from plugins.declaration.actions.catalogue import MOST_PROJECTS
from plugins.declaration.actions.checks import Flaw, flaws_of, known_nodes
from plugins.declaration.actions.editions import publish
from plugins.declaration.groups import GROUPS
from plugins.declaration.projects import Project, id_of

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
IMPORTED = "导入项目目录"


def parse_catalogue(content: bytes) -> dict[str, Any]:
    """A catalogue file (YAML) with its ``chains``, ``limits`` and ``projects``; ``Invalid`` for anything else."""
    try:
        catalogue = cleaned(yaml.safe_load(content))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError):
        raise Invalid("项目目录不是有效的 YAML 文件。") from None
    if not isinstance(catalogue, dict) or not isinstance(catalogue.get("projects"), list):
        raise Invalid("项目目录应有 chains、limits、projects 三部分。")
    if len(catalogue["projects"]) > MOST_PROJECTS:
        raise Invalid(f"项目目录最多{MOST_PROJECTS}个项目。")
    return catalogue


def places_of_catalogue(content: bytes, regions: RegionTree) -> Sequence[str]:
    """Where a catalogue file is published: at the city, then at each county with terms of its own."""
    rows = parse_catalogue(content)["projects"]
    counties = {county for row in rows for county in row.get("counties", {})}
    if unknown := sorted(county for county in counties if county not in regions):
        raise Invalid(f"项目目录中有未知的区县：{'、'.join(unknown)}。")
    return [*(root.code for root in regions.children(None)), *sorted(counties)]


async def import_file(ctx: Context, content: bytes, progress: Callable[[int, int], None]) -> Imported:
    """``hub projects import FILE``, for one place of the file."""
    catalogue = parse_catalogue(content)
    done = await ctx.in_transaction(lambda unit: import_projects(unit, catalogue))
    count = done.added + done.changed + done.unchanged
    progress(count, count)
    return done


async def import_projects(ctx: Context, catalogue: Mapping[str, Any]) -> Imported:
    """Publish what a catalogue has for the place of ``ctx``: the common terms at a city, a county's own (``counties``
    of a project) at that county. Again with the same catalogue nothing changes; with a bad row nothing is done at
    all.
    """
    wanted, problems = read_catalogue(catalogue, ctx.place.code, known_nodes(ctx), common=ctx.county is None)
    if problems:
        return Imported(added=0, changed=0, unchanged=0, problems=problems)
    written = await publish(ctx, wanted, why=IMPORTED)
    added = sum(before is None for before, _ in written)
    ctx.audit("declaration.import_projects", ctx.place.code, added=added, changed=len(written) - added)
    return Imported(added=added, changed=len(written) - added, unchanged=len(wanted) - len(written))


def read_catalogue(
    catalogue: Mapping[str, Any], place: str, nodes: Collection[str], *, common: bool
) -> tuple[list[Project], dict[str, str]]:
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
            projects.append(read_project(terms, place, chains, limits, nodes))
        except (msgspec.ValidationError, Unreadable) as error:
            problems[f"projects[{position}]"] = f"{row.get('code', '?')}: {error}"
        except KeyError as error:
            problems[f"projects[{position}]"] = f"{row.get('code', '?')}: {error} is missing or unknown"
    return projects, problems


def read_project(
    row: Mapping[str, Any], place: str, chains: Mapping[str, Any], limits: Mapping[str, Any], nodes: Collection[str]
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
    project: Project = msgspec.convert(given, Project)
    if flaws := flaws_of(project, nodes):
        raise Unreadable("; ".join(_in_file(project, flaw) for flaw in flaws))
    return project


class Unreadable(ValueError):
    """Values of a catalogue file that have the right type and cannot be published."""


def _in_file(project: Project, flaw: Flaw) -> str:
    """Where it stands in the file, by the item's key where it has one, and what is wrong."""
    group = GROUPS[flaw.group]
    item = next(iter(group.items(project)[flaw.at : flaw.at + 1]), None)
    at = str(getattr(item, "key", flaw.at)) if group.many else ""
    return f"{'.'.join(filter(None, (IN_FILE.get(flaw.group, flaw.group), at, flaw.field)))}: {flaw.text}"
