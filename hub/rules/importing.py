"""Running an import that a plugin offers: the file that an operator brings in, at every place it speaks of.

The command line runs all of it (:func:`run_import`); the console reads once, and goes on from place to place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from functools import partial, reduce
from typing import Any

import msgspec

from hub.reading.sheets import SheetRow
from hub.reading.tables import MOST_WHOLE, TOO_MUCH
from hub.rules.context import Context
from hub.rules.finding import nearest
from hub.rules.host import Host
from hub.rules.plugins import Stamped
from hub.rules.units import Units
from hub.words.actors import HUB, Actor
from hub.words.contributions import Import, Imported, Progress, Upload
from hub.words.errors import Invalid, SetupError
from hub.words.regions import Region
from hub.words.text import compatible

# Of a table that is given in parts, and of all its parts.
ROWS_OF_PART = 500
MOST_IN_PARTS = 12 * MOST_WHOLE
NOTHING = Imported(added=0, changed=0, unchanged=0)


def offered_imports(host: Host) -> dict[str, Stamped[Import]]:
    """What can be imported, by its name."""
    return {each.name: Stamped(plugin.name, each) for plugin in host.plugins.values() for each in plugin.imports}


def find_import(host: Host, name: str) -> Stamped[Import]:
    """The import of this name, of whichever installed plugin offers it; ``SetupError`` when none does."""
    offered = offered_imports(host)
    if name not in offered:
        raise SetupError(
            f"no installed plugin imports '{name}': add its plugin to plugins in config.yaml.{nearest(name, offered)}"
        )
    return offered[name]


async def read_content(units: Units, found: Import, upload: Upload, person: str) -> list[bytes]:
    """What an import is given of the file, which ``person`` sends, as JSON: in one piece, or in the parts in which it is given a long
    table. Raises ``Refused`` for a file of another kind, and for too much.
    """
    if not found.columns and found.reads == "yaml":
        return [msgspec.json.encode(await units.tables.document(person, upload))]
    if not found.columns:
        if len(upload.data) > MOST_WHOLE:
            raise Invalid(TOO_MUCH)
        return [msgspec.json.encode(upload.data)]
    groups: dict[str, list[bytes]] = {}
    size, most = 0, MOST_IN_PARTS if found.together else MOST_WHOLE
    async for chunk in units.tables.rows(person, upload, found.columns):
        for row in chunk:
            line = msgspec.json.encode(row)
            size += len(line)
            groups.setdefault(_compared(row.cells[found.together]) if found.together else "", []).append(line)
        if size > most:
            raise Invalid(TOO_MUCH)
    return list(_in_parts(groups.values()))


def _in_parts(groups: Iterable[list[bytes]]) -> Iterator[bytes]:
    """What belongs together is not cut; at least one part, which may be empty."""
    part: list[bytes] = []
    for group in groups:
        if part and len(part) + len(group) > ROWS_OF_PART:
            yield _joined(part)
            part = []
        part += group
    yield _joined(part)


def _joined(lines: list[bytes]) -> bytes:
    part = b"[" + b",".join(lines) + b"]"
    if len(part) > MOST_WHOLE:
        raise Invalid(TOO_MUCH)
    return part


def _compared(text: str) -> str:
    """A cell without what people do not see or mean: width, case, blanks."""
    return "".join(compatible(text).split()).lower()


def content_of(found: Import, part: bytes) -> Any:
    """What was read of a part, as the import is given it."""
    kind: Any = list[SheetRow] if found.columns else Any if found.reads == "yaml" else bytes
    return msgspec.json.decode(part, type=kind)


async def places_of(units: Units, found: Import, parts: Iterable[bytes]) -> list[Region]:
    """Of which places the content speaks, in order; ``Invalid`` for one that the hub does not know."""
    codes: dict[str, None] = {}
    tree = units.places.tree
    for part in parts:
        codes |= dict.fromkeys(found.places(content_of(found, part), tree))
        # Of a long table others are let by in between.
        await asyncio.sleep(0)
    if unknown := [code for code in codes if code not in tree]:
        raise Invalid(f"文件中有未登记的地区：{'、'.join(str(code)[:12] for code in unknown[:5])}。请先导入地区。")
    return [tree[code] for code in codes]


class Plan(msgspec.Struct, frozen=True):
    """At which places how many parts are brought in: all parts at the first place, then at the next. ``part`` gives one, by its number."""

    places: Sequence[str]
    parts: int
    part: Callable[[int], Awaitable[Any]]


async def by_place(
    units: Units,
    found: Stamped[Import],
    plan: Plan,
    progress: Progress,
    actor: Actor = HUB,
    *,
    trial: bool = False,
    after: int = 0,
) -> AsyncGenerator[Imported, None]:
    """What was done at each place with each part, one after the other, without the first ``after`` of them. ``progress`` hears (rows
    done, rows in all) of the one at work. ``trial``: nothing is written.
    """
    steps = [(place, part) for place in plan.places for part in range(plan.parts)]
    at_hand, content = -1, None
    for place, part in steps[after:]:
        if part != at_hand:
            at_hand, content = part, await plan.part(part)
        call = units.turns.of(found.plugin, "import", partial(_call, found.record, content, progress))
        yield await units.read(call, plugin=found.plugin, place=units.places.tree[place], actor=actor, trial=trial)


async def _call(found: Import, content: Any, progress: Progress, ctx: Context) -> Imported:
    return await found.call(ctx, content, progress)


async def run_import(
    units: Units, name: str, data: bytes, progress: Progress, actor: Actor = HUB, *, trial: bool = False
) -> Imported:
    """Bring the file ``data`` in, place by place; the sum of what happened. Raises ``SetupError`` for an import that there is not,
    ``Refused`` for a file that cannot be read and for a place that the hub does not know.
    """
    found = find_import(units.host, name)
    parts = await read_content(units, found.record, Upload(filename="", data=data), actor.account or actor.kind)
    places = await places_of(units, found.record, parts)

    async def part(number: int) -> Any:
        return content_of(found.record, parts[number])

    plan = Plan([each.code for each in places], len(parts), part)
    done = [each async for each in by_place(units, found, plan, progress, actor, trial=trial)]
    return reduce(together, done, NOTHING)


def together(one: Imported, other: Imported) -> Imported:
    """The sum of two places."""
    return Imported(
        added=one.added + other.added,
        changed=one.changed + other.changed,
        unchanged=one.unchanged + other.unchanged,
        problems={**one.problems, **other.problems},
        handed={**one.handed, **other.handed},
    )
