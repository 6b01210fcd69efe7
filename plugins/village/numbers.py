"""What of a village's numbers may be shown: no sum that tells what one person has got."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from hub.api import Context, Group, money
from plugins.village.config import VillageConfig
from plugins.village.counting import CENTS
from plugins.village.documents import Entry, entries_of

MOST_PROJECTS = 400  # of a year, each twice


class ProjectNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What a village has got of one project in a year. ``times`` are persons counted once for each batch (人次), as it is shown, and
    ``total`` the sum (yuan) of those batches that have people enough; both "" where there is nothing to show."""

    project: str
    short: str
    times: str
    total: str


async def projects_of(ctx: Context, place: str, year: int) -> list[ProjectNumbers]:
    """Of every project with people of the village on a list of that year. Whoever waits for an approval is on several lists: of them no
    number is added up."""
    least = ctx.settings(VillageConfig).least
    of_year, by = {"place": place, "year": year}, ("project", "kind", "sensitive")
    people = await entries_of(ctx).sums(of_year, by, "people", ("short",), at_most=MOST_PROJECTS)
    enough = {**of_year, "kind": "payment", "people": {"$gte": least}}
    sums = {group.key[0]: group.count for group in await entries_of(ctx).sums(enough, ("project",), "cents")}
    known = sorted({group.key[0]: group.least[0] for group in people}.items(), key=lambda each: each[1])
    return [
        ProjectNumbers(
            project=project,
            short=short,
            times=times_of([group for group in people if group.key[:2] == (project, "payment")], least),
            total=yuan(sums.get(project, 0)),
        )
        for project, short in known
    ]


def times_of(groups: Sequence[Group], least: int) -> str:
    times = sum(group.count for group in groups)
    return counted(times, any(group.key[2] for group in groups), least, "人次") if times else ""


def people_of(ctx: Context, entry: Entry) -> str:
    return counted(entry.people, entry.sensitive, ctx.settings(VillageConfig).least, "人")


def total_of(ctx: Context, entry: Entry) -> str:
    """Of fewer people than that it would say what one of them has got, or nearly so."""
    return yuan(entry.cents) if entry.people >= ctx.settings(VillageConfig).least else ""


def counted(number: int, sensitive: bool, least: int, unit: str) -> str:
    return f"少于{least}{unit}" if sensitive and number < least else f"{number}{unit}"


def yuan(cents: int) -> str:
    return money.written(Decimal(cents) / CENTS) if cents else ""
