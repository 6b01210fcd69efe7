"""What 阳光公示 stores: publicities with their frozen rows, where each stands, how often it was looked at; and the machines."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

import msgspec

from hub.api import Collection, Document, Identity, Index, Limit, Machine, Move, Work, stored

PUBLICITY = Machine(
    states={
        "preparing": "待公示",
        "running": "公示中",
        "due": "到期待确认",
        "confirmed": "已确认",
        "ended": "已终止",
        "renewed": "已重新公示",
    },
    moves={
        "start": Move("发起公示", ("preparing",), "running"),
        "dissolve": Move("取消", ("preparing",), "ended"),
        "expire": Move("到期", ("running",), "due"),
        "extend": Move("延长公示", ("running", "due"), "running"),
        "confirm": Move("公示最终确认", ("due",), "confirmed"),
        "end": Move("终止公示", ("preparing", "running", "due"), "ended"),
        "renew": Move("重新公示", ("ended",), "renewed"),
    },
)

ROW = Machine(
    states={
        "waiting": "待公示",
        "shown": "公示中",
        "objected": "异议中",
        "confirmed": "已确认",
        "struck": "已剔除",
        "withdrawn": "已撤下",
    },
    moves={
        "show": Move("公示", ("waiting",), "shown"),
        "object": Move("提出异议", ("shown", "objected"), "objected"),
        "clear": Move("异议不成立", ("objected",), "shown"),
        "confirm": Move("确认", ("shown",), "confirmed"),
        "strike": Move("剔除", ("waiting", "shown", "objected"), "struck"),
        "withdraw": Move("撤下", ("waiting", "shown", "objected"), "withdrawn"),
    },
)
# On the public page, while it runs.
PUBLIC_ROWS = ("shown", "objected")
# Not through with it.
LIVE_ROWS = ("waiting", "shown", "objected")


class Hung(msgspec.Struct, frozen=True, kw_only=True):
    """Photos of the paper on the village board, and the day on which it hung there so."""

    day: date
    photos: tuple[str, ...]
    handler: str


class Publicity(Work, frozen=True, kw_only=True):
    """A publicity. ``place`` is the unit that publishes, ``unit`` its name. ``node`` is the chain's node of a 资格公示 (kind
    case), ``subject`` the batch of a 发放公示 (kind payment), whose rows start it once ``awaited`` of them are in; it was
    ``asked`` for in this round of the batch.

    ``least`` is the time that the project wants, ``limit`` the one chosen. ``rows`` are those taken in; ``shown``, ``total``
    (yuan, a decimal text) were counted when they were frozen. ``working``: parts of it are on their way. ``round`` counts
    the tasks of its handlers, ``task_due`` is by when the newest is to be done. ``look_at`` is when the watch has something to do,
    ``phase`` what it told last. ``put_up``, ``at_end``: its paper on the board, when it was put up and when the days were over.
    """

    kind: Literal["case", "payment"]
    title: str
    project: str
    short: str
    bureau: str
    sensitive: bool
    node: str
    label: str
    unit: str
    subject: str = ""
    period: str = ""
    awaited: int = 0
    asked: int = 0
    least: Limit
    limit: Limit
    phone: str = ""
    state: str = "preparing"
    working: Literal["", "freezing", "confirming", "renewing"] = ""
    rows: int = 0
    shown: int = 0
    total: str = "0"
    round: int = 0
    task_due: datetime | None = None
    extensions: int = 0
    started_at: datetime | None = None
    handler: str = ""
    ends_at: datetime | None = None
    look_at: datetime | None = None
    phase: Literal["", "before", "end", "after"] = ""
    confirmed_at: datetime | None = None
    put_up: Hung | None = None
    at_end: Hung | None = None


Phase: TypeAlias = Literal["preparing", "open", "confirmed", "over"]


class Standing(Document, frozen=True, kw_only=True):
    """Where a publicity (same id) stands, for whoever acts below its place: complaints and 撤销通过 reach its rows, but not
    itself. Whoever starts, confirms or ends it and whoever objects writes this, so that of two at once one comes after.
    ``person``, ``shown``: who confirmed.
    """

    phase: Phase = "preparing"
    person: str | None = None
    shown: str = ""


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A row as it is published: masked, and frozen when the publicity started."""

    name: str
    id_tail: str = ""
    village: str
    standard: str = ""
    quantity: str = ""
    amount: str = ""


class Row(Work, frozen=True, kw_only=True):
    """One person of a publicity. ``place`` is the village. ``about`` is the case (``round`` its stay at the node) or the
    batch's row; ``subject`` the batch. ``persons`` hear of it. ``objections`` are open complaints.
    """

    publicity: str
    serial: int
    kind: Literal["case", "payment"]
    about: str
    round: int = 0
    subject: str = ""
    number: str = ""
    project: str
    short: str
    bureau: str
    sensitive: bool
    identity: Identity
    persons: tuple[str, ...] = ()
    standard: str = ""
    quantity: str = ""
    amount: str = ""
    face: Face | None = None
    state: str = "waiting"
    objections: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Row({self.id!r}, {self.state!r})"


class Appearance(Document, frozen=True, kw_only=True):
    """A publicity has people of this village (``place``): so it is found there, whoever published it. What never changes
    of it stands beside it, for filters. Its id is that of the publicity, a colon, and the place.
    """

    publicity: str
    kind: Literal["case", "payment"]
    title: str
    project: str
    bureau: str
    started_at: datetime | None


class Objection(Document, frozen=True, kw_only=True):
    """Which row an open complaint (its id) holds now: a row that is published again takes its complaints along."""

    row: str


class Glance(Document, frozen=True, kw_only=True):
    """Somebody opened a publicity: one of many small lines, so that no document is hot."""

    publicity: str


class Tally(Document, frozen=True, kw_only=True):
    """How often a publicity (same id) was opened, without the glances that are not folded in yet."""

    views: int = 0


# All at or below the place, open to everybody: handlers ask through the business, for their own.
publicities_of = stored("publicity.publicities", Publicity)
standings_of = stored("publicity.standings", Standing)
rows_of = stored("publicity.rows", Row)
appearances_of = stored("publicity.appearances", Appearance)
objections_of = stored("publicity.objections", Objection)
glances_of = stored("publicity.glances", Glance)
tallies_of = stored("publicity.tallies", Tally)


NEWEST_STARTED = (("started_at", -1), ("_id", -1))

COLLECTIONS = (
    Collection(
        name="publicity.publicities",
        document=Publicity,
        scope="open",
        indexes=(
            Index((("number", 1),), unique=True, name="number"),
            # Two cases that arrive at once wait for one publicity.
            Index(
                (("place", 1), ("project", 1), ("node", 1)),
                unique=True,
                partial={"state": "preparing", "kind": "case"},
                name="one_preparing",
            ),
            Index((("subject", 1), ("created_at", -1)), partial={"kind": "payment"}, name="subject"),
            Index(NEWEST_STARTED, name="started"),
            Index((("state", 1), *NEWEST_STARTED), name="started_in_state"),
            Index((("project", 1), *NEWEST_STARTED), name="started_of_project"),
            Index((("bureau", 1), *NEWEST_STARTED), name="started_of_bureau"),
            Index((("created_at", -1), ("_id", -1)), name="newest"),
            Index((("state", 1), ("created_at", -1), ("_id", -1)), name="newest_in_state"),
            Index((("look_at", 1), ("_id", 1)), name="watch"),
        ),
    ),
    # By id alone.
    Collection(name="publicity.standings", document=Standing, scope="shared"),
    Collection(
        name="publicity.rows",
        document=Row,
        # Residents object to them, whoever they are about; what is shown of them is decided by the routes.
        scope="open",
        indexes=(
            Index((("publicity", 1), ("about", 1), ("round", 1)), unique=True, name="once"),
            Index((("publicity", 1), ("serial", 1), ("_id", 1)), name="order"),
            Index((("publicity", 1), ("state", 1), ("serial", 1), ("_id", 1)), name="state"),
            Index((("publicity", 1), ("place", 1), ("serial", 1), ("_id", 1)), name="village"),
            Index((("publicity", 1), ("identity.id_number.b", 1)), name="person"),
            Index((("about", 1), ("round", 1)), name="about"),
        ),
    ),
    Collection(
        name="publicity.appearances",
        document=Appearance,
        scope="open",
        indexes=(
            Index((("place", 1), *NEWEST_STARTED), name="started"),
            Index((("place", 1), ("project", 1), *NEWEST_STARTED), name="started_of_project"),
            Index((("place", 1), ("bureau", 1), *NEWEST_STARTED), name="started_of_bureau"),
        ),
    ),
    # By id alone; who ends a complaint may sit beside the place that publishes.
    Collection(name="publicity.objections", document=Objection, scope="shared"),
    Collection(
        name="publicity.glances",
        document=Glance,
        scope="open",
        indexes=(Index((("publicity", 1),), name="publicity"), Index((("created_at", 1), ("_id", 1)), name="oldest")),
    ),
    # By id alone.
    Collection(name="publicity.tallies", document=Tally, scope="open"),
)
