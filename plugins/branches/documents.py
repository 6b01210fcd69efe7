"""What is stored: a branch of a bank, published by its county."""

from __future__ import annotations

from typing import Literal

import msgspec

from hub.api import Collection, Document, Index, stored


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A position as GeoJSON has it: degrees east, then degrees north."""

    type: Literal["Point"] = "Point"
    coordinates: tuple[float, float]


class Branch(Document, frozen=True, kw_only=True):
    """``place`` is its county, ``areas`` are the places that it lies in, the county first; ``words`` those of its name and bank."""

    name: str
    bank: str
    address: str
    phone: str = ""
    hours: str = ""
    areas: tuple[str, ...]
    words: tuple[str, ...]
    position: Point | None = None


BY_NAME = (("name", 1), ("_id", 1))
COLLECTIONS = (
    Collection(
        name="branches.branches",
        document=Branch,
        scope="published_down",
        indexes=(
            Index(BY_NAME, name="name"),
            Index((("areas", 1), *BY_NAME), name="area"),
            Index((("words", 1), *BY_NAME), name="words"),
            Index((("position", "2dsphere"),), name="position"),
        ),
    ),
)
branches_of = stored("branches.branches", Branch)
