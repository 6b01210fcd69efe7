"""Places: the tree of city, counties, towns and villages, and functional areas that act as counties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

Level = Literal["city", "county", "town", "village"]
LEVELS: tuple[Level, ...] = ("city", "county", "town", "village")


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """One node of the tree.

    ``path`` holds the codes from the root down to this node, itself included: scope goes by it and never by comparing
    codes, because 510903 (a county) does not begin with 510900 (its city). An abolished village stays readable.
    """

    code: str
    name: str
    level: Level
    parent: str | None = None
    status: Literal["active", "abolished"] = "active"
    path: tuple[str, ...] = ()

    @property
    def county(self) -> str | None:
        """The code of the county this place lies in (itself for a county); none for a city."""
        # A city is the root; whatever stands second on a path is a county or a functional area acting as one.
        return self.path[1] if len(self.path) > 1 else None


class RegionTree:
    """All regions of this hub, held in memory: a few thousand rows."""

    def __init__(self, rows: Iterable[Region]) -> None:
        given = {row.code: row for row in rows}
        self._regions: dict[str, Region] = {}
        self._children: dict[str | None, list[str]] = {}
        for code in given:
            self._place(code, given, ())

    def _place(self, code: str, given: dict[str, Region], below: tuple[str, ...]) -> Region:
        if code in self._regions:
            return self._regions[code]
        row = given.get(code)
        if row is None:
            raise ValueError(f"region {below[-1]} names the parent {code}, which does not exist")
        if code in below:
            raise ValueError(f"region {code} is its own ancestor")
        above = self._place(row.parent, given, (*below, code)).path if row.parent else ()
        placed = msgspec.structs.replace(row, path=(*above, code))
        self._regions[code] = placed
        self._children.setdefault(row.parent, []).append(code)
        return placed

    def __contains__(self, code: str) -> bool:
        return code in self._regions

    def __iter__(self) -> Iterator[Region]:
        return iter(self._regions.values())

    def __len__(self) -> int:
        return len(self._regions)

    def get(self, code: str) -> Region | None:
        """None for a code that there is not."""
        return self._regions.get(code)

    def __getitem__(self, code: str) -> Region:
        """``KeyError`` for a code that there is not."""
        return self._regions[code]

    def children(self, code: str | None) -> list[Region]:
        """The places directly below, in the order of the table."""
        return [self._regions[child] for child in self._children.get(code, ())]

    def counties(self) -> list[Region]:
        """Of every city."""
        return [region for region in self if region.level == "county"]

    def counties_below(self, city: str) -> list[Region]:
        """What acts as a county in a city: functional areas, too."""
        return [region for region in self if len(region.path) == 2 and region.path[0] == city]

    def at_level(self, code: str, level: Level) -> Region | None:
        """The place of that level on the way from the root to ``code``.

        A town without villages acts as its own village, so asking a town for its village gives the town.
        """
        region = self._regions.get(code)
        if region is None:
            return None
        for ancestor in region.path:
            if self._regions[ancestor].level == level:
                return self._regions[ancestor]
        if level == "village" and region.level == "town" and not self._children.get(code):
            return region
        return None

    def full_name(self, code: str) -> str:
        """Such as 安居区聚贤镇万古桥村: from the county down, for screens."""
        region = self._regions[code]
        return "".join(self._regions[part].name for part in region.path[1:]) or region.name
