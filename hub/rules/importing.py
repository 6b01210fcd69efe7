"""Running a plugin's import: the file that an operator brings in, at every place it speaks of."""

from __future__ import annotations

from collections.abc import Callable

from hub.rules.finding import nearest
from hub.rules.host import Host
from hub.rules.plugins import Stamped
from hub.rules.units import Units
from hub.words.actors import HUB, Actor
from hub.words.contributions import Import, Imported
from hub.words.errors import SetupError

Progress = Callable[[int, int], None]


def find_import(host: Host, name: str) -> Stamped[Import]:
    """The import of this name, of whichever installed plugin offers it; ``SetupError`` when none does."""
    offered = {each.name: Stamped(plugin.name, each) for plugin in host.plugins.values() for each in plugin.imports}
    if name not in offered:
        raise SetupError(
            f"no installed plugin imports '{name}': add its plugin to plugins in config.yaml.{nearest(name, offered)}"
        )
    return offered[name]


async def run_import(units: Units, name: str, content: bytes, progress: Progress, actor: Actor = HUB) -> Imported:
    """Bring ``content`` in, place by place; the sum of what happened. ``progress`` hears (rows done, rows in all) of each place.

    Raises ``SetupError`` for a place that the hub does not know, ``Refused`` for content that cannot be read.
    """
    found = find_import(units.host, name)
    codes = list(found.record.places(content, units.places.tree))
    if unknown := [code for code in codes if code not in units.places.tree]:
        raise SetupError(
            *(f"the file names the region {code}, which is not known: run hub regions import first" for code in unknown)
        )
    total = Imported(added=0, changed=0, unchanged=0)
    for code in codes:
        region = units.places.tree[code]
        call = units.turns.of(found.plugin, "import", lambda ctx: found.record.call(ctx, content, progress))
        part = await units.read(call, plugin=found.plugin, place=region, actor=actor)
        total = _sum(total, part)
    return total


def _sum(one: Imported, other: Imported) -> Imported:
    return Imported(
        added=one.added + other.added,
        changed=one.changed + other.changed,
        unchanged=one.unchanged + other.unchanged,
        problems={**one.problems, **other.problems},
    )
