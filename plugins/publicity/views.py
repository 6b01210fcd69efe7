"""How publicities are shown: to everybody, and to the handlers who run them. Persons are masked in both."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from hub.api import Context, Duty, LineView, duties, masking, shared
from plugins.publicity.actions.faces import face_of
from plugins.publicity.actions.hanging import lacking
from plugins.publicity.business import LABELS, is_about
from plugins.publicity.documents import PUBLICITY, ROW, Face, Hung, Publicity, Row

PUBLISHING = Duty(role="handler", nodes=tuple(LABELS))
WATCHING = Duty(role="discipline")
MANAGE = "publicity.manage"


class NoticeCard(msgspec.Struct, frozen=True, kw_only=True):
    """A publicity in the public list. ``unit`` is the 公示机构, ``days`` in ``days_unit`` (workday, calendar)."""

    id: str
    number: str
    title: str
    unit: str
    place: str
    place_name: str
    kind: str
    project: str
    short: str
    bureau: str
    started_at: datetime | None
    ends_at: datetime | None
    days: int
    days_unit: str
    state: str
    state_label: str

    @property
    def days_in_words(self) -> str:
        """For people to read; no field of the answer."""
        return f"{self.days}{'天' if self.days_unit == 'calendar' else '个工作日'}"


class NoticeDetail(msgspec.Struct, frozen=True, kw_only=True):
    """``people`` and ``total`` (yuan) are those published at the start, and stay; ``open``: the persons can be read."""

    notice: NoticeCard
    period: str
    people: int
    total: str
    phone: str
    views: int
    open: bool


class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One person as published. ``id`` is what a complaint is filed with."""

    id: str
    serial: int
    name: str
    id_tail: str
    village: str
    standard: str
    quantity: str
    amount: str


class BoardLine(msgspec.Struct, frozen=True, kw_only=True):
    """A publicity in 公示栏. ``handler`` is the 经办人 who started it (empty: it started by itself), ``objections`` the rows
    that are 异议中."""

    notice: NoticeCard
    version: int
    handler: str
    rows: int
    objections: int
    working: bool
    created_at: datetime | None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by state; they add up to ``rows``."""

    waiting: int = 0
    shown: int = 0
    objected: int = 0
    confirmed: int = 0
    struck: int = 0
    withdrawn: int = 0


class HungView(msgspec.Struct, frozen=True, kw_only=True):
    """The paper on the village board on a day; ``photos`` are the files' ids, none for who may not see them, ``number`` how many."""

    day: date
    handler: str
    number: int
    photos: tuple[str, ...]


class BoardDetail(msgspec.Struct, frozen=True, kw_only=True):
    """``least`` and ``least_unit``: fewer days are refused at the start. ``moves``: what may be done now. ``put_up``, ``at_end``: the
    paper on the board; ``lacks`` are the photos without which it is not confirmed."""

    board: BoardLine
    counts: Counts
    total: str
    least: int
    least_unit: str
    period: str
    views: int
    put_up: HungView | None
    at_end: HungView | None
    lacks: list[str]
    steps: list[LineView]
    moves: list[str]


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row for handlers; ``number`` is the 受理编号 of its case, or the publicity's. ``returns``: it can be given back alone, before
    the publicity starts."""

    id: str
    publicity: str
    version: int
    serial: int
    number: str
    name: str
    id_tail: str
    village: str
    standard: str
    quantity: str
    amount: str
    state: str
    state_label: str
    returns: bool


def is_open(ctx: Context, publicity: Publicity) -> bool:
    """Whether its persons stand on the public page: while it runs, to the end of its last day."""
    return publicity.state == "running" and publicity.ends_at is not None and ctx.now() <= publicity.ends_at


def notice_card(ctx: Context, publicity: Publicity) -> NoticeCard:
    return NoticeCard(
        place_name=ctx.regions.full_name(publicity.place),
        days=publicity.limit.days,
        days_unit=publicity.limit.unit,
        state_label=PUBLICITY.label(publicity.state),
        **shared(NoticeCard, publicity),
    )


def notice_detail(ctx: Context, publicity: Publicity, views: int) -> NoticeDetail:
    return NoticeDetail(
        notice=notice_card(ctx, publicity),
        period=publicity.period,
        people=publicity.shown,
        total=publicity.total,
        phone=publicity.phone,
        views=views,
        open=is_open(ctx, publicity),
    )


def notice_row(ctx: Context, row: Row) -> NoticeRow:
    """As frozen; that somebody objects is nobody else's business."""
    return NoticeRow(id=row.id, serial=row.serial, **shared(NoticeRow, row.face or face_of(ctx, row)))


def board_line(ctx: Context, publicity: Publicity, objections: int) -> BoardLine:
    return BoardLine(
        notice=notice_card(ctx, publicity),
        objections=objections,
        working=bool(publicity.working),
        **shared(BoardLine, publicity, but=("working",)),
    )


def board_detail(ctx: Context, publicity: Publicity, counts: Counts, views: int, moves: list[str]) -> BoardDetail:
    return BoardDetail(
        board=board_line(ctx, publicity, counts.objected),
        counts=counts,
        total=publicity.total,
        least=publicity.least.days,
        least_unit=publicity.least.unit,
        period=publicity.period,
        views=views,
        put_up=hung_view(ctx, publicity, publicity.put_up),
        at_end=hung_view(ctx, publicity, publicity.at_end),
        lacks=lacking(ctx, publicity),
        steps=[LineView(**shared(LineView, act)) for act in publicity.acts],
        moves=moves,
    )


def hung_view(ctx: Context, publicity: Publicity, hung: Hung | None) -> HungView | None:
    if hung is None:
        return None
    photos = hung.photos if sees_photos(ctx, publicity) else ()
    return HungView(day=hung.day, handler=hung.handler, number=len(hung.photos), photos=photos)


def sees_photos(ctx: Context, publicity: Publicity) -> bool:
    """Whoever publishes it, and who watches over that: the paper may show more of a name than the rows do."""
    return duties.does(ctx.actor, publicity, PUBLISHING, WATCHING)


def row_line(ctx: Context, row: Row) -> BoardRow:
    state = seen_state(ctx, row)
    return BoardRow(
        id=row.id,
        publicity=row.publicity,
        version=row.version,
        serial=row.serial,
        returns=row.kind == "case" and row.state == "waiting" and ctx.has(MANAGE),
        # By its number a case is found.
        number=row.number if sees_persons(ctx, row) else "",
        state=state,
        state_label=ROW.label(state),
        **shared(BoardRow, seen_face(ctx, row)),
    )


def seen_face(ctx: Context, row: Row) -> Face:
    """Of a sensitive project who looks on sees no person."""
    face = row.face or face_of(ctx, row)
    return face if sees_persons(ctx, row) else msgspec.structs.replace(face, name=masking.HIDDEN, id_tail="")


def seen_state(ctx: Context, row: Row) -> str:
    """Whoever stands in it does not see that they are objected to."""
    return "shown" if row.state == "objected" and is_about(ctx, row) else row.state


def sees_persons(ctx: Context, row: Row) -> bool:
    return duties.sees_persons(ctx.actor, row, PUBLISHING, WATCHING)
