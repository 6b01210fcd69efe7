"""Everything that a run has noted and told, as lines of text that are the same in every run.

**Order.** Lines stand in groups, a blank line between them. A group is a request with all that came of it, in the order of the
requests by the database's own sequence of ids. What no request asked for (jobs, alerts) stands together: under a clock that
stands still before the requests of the same moment, else at the end. Within a group what the request itself wrote comes first,
as it was written; what reactions wrote side by side follows, sorted by its text.

**Names.** Ids become ``<tasks1>``, ``<tasks2>`` … by the collection that holds them, in the order in which the two files together
show them; keyed digests become ``<key1>``, sealed values ``<sealed>``. Lines that differ in nothing but ids which nobody has
seen before are told apart by where else in the run these ids stand.

**Under a clock that runs** several people's business goes on side by side, in an order of its own: there all lines of a group are
sorted, no time is shown, and an id is shown by its collection alone. What comes of a job that counts is left out: how often it ran
while hours passed in a moment is chance.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from hub.app import Hub
from hub.words.clock import shanghai

Kind = Literal["audit", "events"]
Row = Mapping[str, Any]
# UUIDs with and without dashes, digests of 32 or 64 digits, and numbers like 510904-2026-G0001.
NUMBER = re.compile(r"(\d{6}-\d{4}-[A-Z]?)(\d{4,})")
ID = re.compile(
    rf"[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}|\b[0-9a-f]{{64}}\b|\b[0-9a-f]{{32}}\b|{NUMBER.pattern}"
)
ROUNDS = 3
# What is counted each morning, and what the look of each night finds to be mended, comes between a story's leaps in time as it likes.
MENDED = frozenset({"overdue.mended"})
COUNTING = frozenset(
    f"overdue.{name}" for name in ("CountRegions", "CountTasks", "LookOver", "MorningCounted", "SendCounts")
)


@dataclass(frozen=True)
class Line:
    """``own``: written by the request itself, not by a reaction to what it told."""

    kind: Kind
    at: datetime
    request: str
    own: bool
    text: str


@dataclass(frozen=True)
class Texts:
    """The two files."""

    audit: str
    events: str


async def read(hub: Hub, headings: Mapping[str, str], *, clock_stands: bool) -> Texts:
    """All lines of the run in this hub's database. ``headings`` tells a request by its id, where that is known."""
    groups = grouped(await _lines(hub, clock_stands), clock_stands)
    names = (Names if clock_stands else Kinds)(await _collections_of_ids(hub))
    sorted_groups = names.settle(groups)
    heads = [_heading(group[0], headings, clock_stands) for group in sorted_groups]
    texts = {kind: _text(kind, heads, sorted_groups, names) for kind in ("audit", "events")}
    return Texts(**texts)


# --- reading ---------------------------------------------------------------------------------------------------------


async def _lines(hub: Hub, clock_stands: bool) -> list[Line]:
    """Both collections in one sequence."""
    show = _shown(clock_stands)
    untold, left_out = ([], []) if clock_stands else (sorted(MENDED), sorted(COUNTING))
    noted = [
        (row["_id"], _line("audit", row, audit_text(row, show)))
        async for row in hub.database["audit"].find({"what": {"$nin": untold}})
    ]
    told = [
        (row["_id"], _line("events", row, event_text(row, show)))
        async for row in hub.database["events"].find({"type": {"$nin": left_out}})
    ]
    return [line for _, line in sorted([*noted, *told], key=lambda each: each[0])]


def _line(kind: Kind, row: Row, text: str) -> Line:
    return Line(kind, row["at"], row["request_id"], row["actor"]["kind"] != "hub", text)


def audit_text(row: Row, show: Callable[[Any], Any]) -> str:
    """What, on which object, by whom, where, how it ended, why, and the rest."""
    parts = [row["what"], row["subject"], _who(row), row["place"], row["result"], row["why"] or "-"]
    return " | ".join([*parts, _json(row["details"], show)])


def event_text(row: Row, show: Callable[[Any], Any]) -> str:
    """Which fact, where, by whom, to how many deliveries it has led, and what it carries."""
    parts = [row["type"], row["place"], _who(row), f"accepted {row['accepted']}"]
    return " | ".join([*parts, _json({name: value for name, value in row["data"].items() if name != "place"}, show)])


def _who(row: Row) -> str:
    actor = row["actor"]
    if actor["kind"] == "hub":
        return "hub"
    return f"{actor['kind']} {actor['person'] or actor['account'] or '-'} by {actor['app'] or '-'}"


def _json(value: Any, show: Callable[[Any], Any]) -> str:
    return json.dumps(_plain(value, show), ensure_ascii=False, sort_keys=True)


def _plain(value: Any, show: Callable[[Any], Any]) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"b", "c"}:
            return "<sealed>"
        return {name: _plain(each, show) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each, show) for each in value]
    return show(value)


def _shown(clock_stands: bool) -> Callable[[Any], Any]:
    def show(value: Any) -> Any:
        if isinstance(value, bytes):
            return "<sealed>"
        if isinstance(value, datetime):
            return f"{shanghai(value):%Y-%m-%d %H:%M:%S}" if clock_stands else "<time>"
        return value

    return show


# Their ids are those of what they follow, for as long as they do.
COPIES = frozenset({"overdue.watches"})


async def _collections_of_ids(hub: Hub) -> dict[str, str]:
    """Which collection holds a document of this id."""
    found: dict[str, str] = {}
    names = await hub.database.raw.list_collection_names()
    for name in sorted(names, key=lambda each: (each in COPIES, each)):
        async for row in hub.database[name].find({}, {"_id": 1}):
            if isinstance(row["_id"], str):
                found.setdefault(row["_id"], name)
    return found


# --- order -----------------------------------------------------------------------------------------------------------


def grouped(lines: Iterable[Line], clock_stands: bool) -> list[list[Line]]:
    """The lines of a request together; those of no request together by their moment, or all."""
    groups: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for line in lines:
        alone = ("", line.at if clock_stands else None)
        groups[(line.request,) if line.request else alone].append(line)
    numbered = list(enumerate(groups.values()))

    def place(each: tuple[int, list[Line]]) -> tuple[Any, ...]:
        number, group = each
        asked = bool(group[0].request)
        return (group[0].at, asked, number) if clock_stands else (not asked, number)

    return [group for _, group in sorted(numbered, key=place)]


def ids_in(text: str) -> list[str]:
    return [found[0] for found in ID.finditer(text)]


class Kinds:
    """Shows ids by what they are ids of."""

    def __init__(self, collections: Mapping[str, str]) -> None:
        self._collections = collections

    def settle(self, groups: Sequence[Sequence[Line]]) -> list[list[Line]]:
        """Sort what was written side by side: here each group."""
        return [sorted(group, key=self.bare) for group in groups]

    def named(self, text: str) -> str:
        return ID.sub(lambda found: f"<{self.kind(found[0])}>", text)

    def bare(self, line: Line) -> str:
        return f"{line.kind} {Kinds.named(self, line.text)}"

    def kind(self, id: str) -> str:
        if number := NUMBER.fullmatch(id):
            return number[1]
        if id in self._collections:
            return self._collections[id]
        return "id" if "-" in id else "key"


class Names(Kinds):
    """Gives each id a name of its own."""

    def __init__(self, collections: Mapping[str, str]) -> None:
        super().__init__(collections)
        self._names: dict[str, str] = {}
        self._colours: dict[str, str] = {}
        self._last: dict[str, int] = defaultdict(int)

    def settle(self, groups: Sequence[Sequence[Line]]) -> list[list[Line]]:
        """Sort what was written side by side, and name every id on the way."""
        self._colours = self._coloured(groups)
        settled = []
        for group in groups:
            own = [line for line in group if line.own]
            self._meet(own)
            rest = sorted((line for line in group if not line.own), key=self._rank)
            self._meet(rest)
            settled.append([*own, *rest])
        return settled

    def named(self, text: str) -> str:
        return ID.sub(lambda found: self._names[found[0]], text)

    def _meet(self, lines: Iterable[Line]) -> None:
        for line in lines:
            for id in ids_in(line.text):
                if id not in self._names:
                    self._names[id] = self._new_name(id)

    def _new_name(self, id: str) -> str:
        kind = self.kind(id)
        self._last[kind] += 1
        if number := NUMBER.fullmatch(id):
            return f"{kind}{self._last[kind]:0{len(number[2])}}"
        return f"<{kind}{self._last[kind]}>"

    def _rank(self, line: Line) -> tuple[str, ...]:
        """By words, then by known names, then by where else an unknown id stands."""
        known = ID.sub(lambda found: self._names.get(found[0], "<?>"), line.text)
        return self.bare(line), known, ID.sub(lambda found: self._colours[found[0]], line.text)

    def _coloured(self, groups: Sequence[Sequence[Line]]) -> dict[str, str]:
        """Two ids have one colour where the whole run looks the same from both."""
        mentions: dict[str, list[tuple[int, Line]]] = defaultdict(list)
        for number, group in enumerate(groups):
            for line in group:
                for id in set(ids_in(line.text)):
                    mentions[id].append((number, line))
        colours = {id: self.kind(id) for id in mentions}
        for _ in range(ROUNDS):
            colours = {id: _colour(id, where, colours) for id, where in mentions.items()}
        return colours


def _colour(id: str, where: Iterable[tuple[int, Line]], colours: Mapping[str, str]) -> str:
    def seen(line: Line) -> str:
        return ID.sub(lambda found: "<self>" if found[0] == id else colours[found[0]], line.text)

    looks = sorted(f"{number} {line.kind} {seen(line)}" for number, line in where)
    return hashlib.sha256("\n".join([colours[id], *looks]).encode()).hexdigest()[:16]


# --- text ------------------------------------------------------------------------------------------------------------


def _heading(line: Line, headings: Mapping[str, str], clock_stands: bool) -> str:
    if not clock_stands:
        return "# a request" if line.request else "# what no request asked for"
    asked = headings.get(line.request, "a request") if line.request else "what no request asked for"
    return f"# {shanghai(line.at):%Y-%m-%d %H:%M:%S} {asked}"


def _text(kind: str, heads: Sequence[str], groups: Sequence[Sequence[Line]], names: Kinds) -> str:
    parts = []
    for head, group in zip(heads, groups, strict=True):
        lines = [names.named(line.text) for line in group if line.kind == kind]
        if lines:
            parts.append("\n".join([head, *lines]) + "\n")
    return "\n".join(parts)
