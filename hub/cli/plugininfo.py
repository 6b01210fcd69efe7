"""What ``hub plugins info`` tells of one plugin: where it comes from, what it brings, what is stored of it, what nobody owns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hub.app import Hub
from hub.rules.finding import available, nearest
from hub.rules.plugins import GATHERED, Plugin
from hub.store.footprint import Footprint, footprint
from hub.words.errors import SetupError


class PluginInfo(msgspec.Struct, frozen=True, kw_only=True):
    """``source`` is a folder, a distribution with its version, or None where its code is not there; ``state`` whether it is loaded.
    ``brings`` and ``waiting`` are counts by kind, ``documents`` by collection. ``orphans``: what is stored and belongs to nothing that
    is loaded, in words."""

    name: str
    doc: str
    source: str | None
    state: str
    api: str | None
    needs: tuple[str, ...]
    uses: tuple[str, ...]
    on_in: tuple[str, ...]
    brings: Mapping[str, int]
    documents: Mapping[str, int]
    files: int
    waiting: Mapping[str, int]
    orphans: tuple[str, ...]


async def info_of(hub: Hub, name: str) -> PluginInfo:
    """Raises ``SetupError`` for a name of which nothing is known."""
    known, there = hub.host.plugins.get(name), available([hub.settings.plugins_dir])
    stored = await footprint(hub.database, name) if name.isidentifier() else None
    if stored is None or not (known or name in there or any(msgspec.structs.astuple(stored))):
        hint = nearest(name, (*hub.host.plugins, *there))
        raise SetupError(f"plugin '{name}' is unknown, and nothing is stored of it.{hint}")
    return PluginInfo(
        name=name,
        doc=known.doc.partition("\n\n")[0] if known else "",
        source=there.get(name) or ("a part of the hub" if known else None),
        state=_state(hub, name, there),
        api=known.api if known else None,
        needs=known.needs if known else (),
        uses=known.uses if known else (),
        on_in=tuple(county for county, on in sorted(stored.switches.items()) if on),
        brings=_brought(known) if known else {},
        documents=stored.documents,
        files=stored.files,
        waiting=_waiting(stored),
        orphans=() if name in hub.host.left_out else tuple(_orphans(known, stored)),
    )


def _state(hub: Hub, name: str, there: Mapping[str, str]) -> str:
    if name in hub.host.plugins:
        return "loaded"
    if name in hub.host.left_out:
        return "left out (without in config.yaml)"
    return "not among plugins in config.yaml" if name in there else "not installed"


def _brought(plugin: Plugin) -> dict[str, int]:
    return {hook: len(given) for hook in GATHERED if (given := getattr(plugin, hook))}


def _waiting(stored: Footprint) -> dict[str, int]:
    """Events that wait for it, by what hears them; its own facts that wait for anybody; messages on their way."""
    kinds: Counter[str] = Counter()
    for reader, number in stored.waiting.items():
        kinds[f"{reader.partition(':')[0]}s"] += number
    return {**kinds, "facts": stored.told, "deliveries": stored.deliveries}


def _orphans(known: Plugin | None, stored: Footprint) -> Iterator[str]:
    """Of one that is loaded: what it does not know any more."""
    collections = [spec.name for spec in known.collections] if known else ()
    jobs = [job.name for job in known.jobs] if known else ()
    yield from _lines("collection {}: {} documents", stored.documents, collections)
    yield from _lines("{}: {} events wait for it", stored.waiting, known.reader_names if known else ())
    yield from _lines("job {}: a row in {} counties", stored.jobs, jobs)
    if known is None and stored.files:
        yield f"files: {stored.files}"
    if known is None and stored.switches:
        yield f"switches in {len(stored.switches)} counties: {', '.join(sorted(stored.switches))}"


def _lines(words: str, there: Mapping[str, int], owned: Sequence[str]) -> Iterator[str]:
    return (words.format(name, number) for name, number in there.items() if name not in owned)


def rows_of(info: PluginInfo) -> list[tuple[str, object]]:
    """For a table."""
    lists = {"needs": info.needs, "uses": info.uses, "on in": info.on_in}
    return [
        ("what it is", info.doc or None),
        ("source", info.source),
        ("state", info.state),
        ("hub.api", info.api),
        *((label, ", ".join(names) or None) for label, names in lists.items()),
        ("brings", info.brings or None),
        ("documents, about", info.documents or None),
        ("files", info.files),
        ("waiting", info.waiting),
        *(("orphan", line) for line in info.orphans),
    ]
