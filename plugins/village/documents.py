"""What 村村响 stores: which lists had people of a village, how many, with what sum; what was paid; who follows; what was read aloud."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from hub.api import BY_STATE, NEWEST_FIRST, Collection, Document, Index, Machine, Move, Work, stored

READING = Machine(
    states={"logged": "已播报", "withdrawn": "已撤销"},
    moves={"withdraw": Move("撤销登记", ("logged",), "withdrawn")},
)


class Entry(Document, frozen=True, kw_only=True):
    """A publicity as it has people of one village (its place): how many were put up there, and the sum of what was shown of them, in cents.
    No person is in it. Its id is that of the publicity, a colon, and the village. ``label`` is what kind of publicity it is, ``batch``
    that of a 发放公示; ``heard`` are the ids of the facts that it was counted from.
    """

    publicity: str
    kind: Literal["case", "payment"]
    number: str
    project: str
    short: str
    label: str
    period: str
    batch: str
    sensitive: bool
    year: int
    people: int = 0
    cents: int = 0
    state: Literal["shown", "confirmed"] = "shown"
    started_at: datetime
    confirmed_at: datetime | None = None
    heard: tuple[str, ...] = ()


class Receipt(Document, frozen=True, kw_only=True):
    """A row of a batch (its id) has been paid in a village (its place). Whose it is and how much stays with payments."""

    batch: str
    paid_at: datetime


class Follow(Document, frozen=True, kw_only=True):
    """A resident who hears of new publicities in a village (its place)."""

    person: str


class Reading(Work, frozen=True, kw_only=True):
    """What was read over the loudspeaker of a village (its place), when, of how many publicities, with photos of the board."""

    read_at: datetime
    text: tuple[str, ...]
    publicities: int
    photos: tuple[str, ...] = ()


entries_of = stored("village.entries", Entry)
receipts_of = stored("village.receipts", Receipt)
follows_of = stored("village.follows", Follow)

LATEST = (("started_at", -1), ("_id", -1))
COLLECTIONS = (
    Collection(
        name="village.entries",
        document=Entry,
        # Numbers of what was published to everybody; which villages somebody may look at is decided by the routes.
        scope="open",
        indexes=(
            Index((("place", 1), ("year", 1), ("kind", 1), ("people", 1)), name="of_year"),
            Index((("place", 1), ("year", 1), ("project", 1), *LATEST), name="of_project"),
            Index((("place", 1), ("state", 1), *LATEST), name="in_state"),
            Index((("publicity", 1), ("_id", 1)), name="publicity"),
        ),
    ),
    Collection(
        name="village.receipts",
        document=Receipt,
        scope="open",
        indexes=(Index((("place", 1), ("batch", 1)), name="batch"),),
    ),
    Collection(
        name="village.follows",
        document=Follow,
        scope="person",
        indexes=(
            Index((("created_at", 1), ("_id", 1)), name="oldest"),
            Index((("place", 1),), name="village"),
            # The hub asks for those of a village, person by person; what is unique stands as it is written, without the owner in front.
            Index((("county", 1), ("place", 1), ("person", 1), ("_id", 1)), unique=True, name="of_village"),
        ),
    ),
    Collection(
        name="village.readings",
        document=Reading,
        scope="subtree",
        indexes=(NEWEST_FIRST, BY_STATE),
    ),
)
