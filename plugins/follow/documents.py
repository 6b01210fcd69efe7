"""What is stored: who follows what."""

from __future__ import annotations

from datetime import datetime

from hub.api import Collection, Document, Index, stored


class Follow(Document, frozen=True, kw_only=True):
    """``person`` follows the document ``subject`` of this ``kind``, which lies at ``place``. ``revision`` is the last that they were to be
    told of, what ``moved`` then and when; ``unread``: they have not looked since. ``over_at``: when it ended, if it has."""

    person: str
    kind: str
    subject: str
    revision: int
    moved: str
    moved_at: datetime
    unread: bool = False
    over_at: datetime | None = None


MOVED = (("moved_at", -1), ("_id", -1))
COLLECTIONS = (
    Collection(
        name="follow.follows",
        document=Follow,
        scope="person",
        indexes=(
            Index((("path", 1), *MOVED), name="moved"),
            Index((("path", 1), ("kind", 1), *MOVED), name="moved_of_kind"),
            Index((("subject", 1),), name="subject"),
            # The hub asks for those of a thing, person by person, and for what is over; what is unique stands as it is written, without
            # the owner in front.
            Index((("county", 1), ("subject", 1), ("person", 1)), unique=True, name="of_subject"),
            Index((("county", 1), ("over_at", 1), ("_id", 1)), unique=True, name="over"),
        ),
    ),
)
follows_of = stored("follow.follows", Follow)
