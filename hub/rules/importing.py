"""Running an import that a plugin offers: the file that an operator brings in, at every place it speaks of.

The command line runs all of it (:func:`run_import`); the console reads once, and goes on from place to place.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import reduce
from typing import Any

import msgspec

from hub.reading.sheets import SheetRow
from hub.reading.tables import MOST_WHOLE, TOO_MUCH
from hub.rules.finding import nearest
from hub.rules.host import Host
from hub.rules.plugins import Stamped
from hub.rules.units import Units
from hub.words.actors import HUB, Actor
from hub.words.contributions import Import, Imported, Progress, Upload
from hub.words.errors import Invalid, SetupError
from hub.words.regions import Region

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


async def read_content(units: Units, found: Import, upload: Upload, person: str) -> Any:
    """What an import is given of the file, which ``person`` sends. Raises ``Refused`` for one of another kind, and for too much."""
    if not found.columns and found.reads == "yaml":
        return await units.tables.document(person, upload)
    if not found.columns:
        if len(upload.data) > MOST_WHOLE:
            raise Invalid(TOO_MUCH)
        return upload.data
    rows: list[SheetRow] = []
    size = 0
    async for chunk in units.tables.rows(person, upload, found.columns):
        rows += chunk
        size += len(msgspec.json.encode(chunk))
        if size > MOST_WHOLE:
            raise Invalid(TOO_MUCH)
    return rows


def kind_of_content(found: Import) -> Any:
    """Of which type the content is, for whoever keeps it as JSON meanwhile."""
    return list[SheetRow] if found.columns else Any if found.reads == "yaml" else bytes


def places_of(units: Units, found: Import, content: Any) -> list[Region]:
    """Of which places the content speaks, in order; ``Invalid`` for one that the hub does not know."""
    codes, tree = list(found.places(content, units.places.tree)), units.places.tree
    if unknown := [code for code in codes if code not in tree]:
        raise Invalid(f"文件中有未登记的地区：{'、'.join(str(code)[:12] for code in unknown[:5])}。请先导入地区。")
    return [tree[code] for code in codes]


async def by_place(
    units: Units,
    found: Stamped[Import],
    content: Any,
    progress: Progress,
    actor: Actor = HUB,
    *,
    trial: bool = False,
    after: int = 0,
) -> AsyncGenerator[Imported, None]:
    """What was done at each place, one after the other, without the first ``after`` of them. ``progress`` hears (rows done, rows in all)
    of the place at work. ``trial``: nothing is written.
    """
    for region in places_of(units, found.record, content)[after:]:
        call = units.turns.of(found.plugin, "import", lambda ctx: found.record.call(ctx, content, progress))
        yield await units.read(call, plugin=found.plugin, place=region, actor=actor, trial=trial)


async def run_import(
    units: Units, name: str, data: bytes, progress: Progress, actor: Actor = HUB, *, trial: bool = False
) -> Imported:
    """Bring the file ``data`` in, place by place; the sum of what happened. Raises ``SetupError`` for an import that there is not,
    ``Refused`` for a file that cannot be read and for a place that the hub does not know.
    """
    found = find_import(units.host, name)
    content = await read_content(units, found.record, Upload(filename="", data=data), actor.account or actor.kind)
    parts = [part async for part in by_place(units, found, content, progress, actor, trial=trial)]
    return reduce(together, parts, NOTHING)


def together(one: Imported, other: Imported) -> Imported:
    """The sum of two places."""
    return Imported(
        added=one.added + other.added,
        changed=one.changed + other.changed,
        unchanged=one.unchanged + other.unchanged,
        problems={**one.problems, **other.problems},
        handed={**one.handed, **other.handed},
    )
