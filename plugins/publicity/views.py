"""How publicities are shown: to everybody, and to the handlers who run them. Persons are masked in both."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hub.api import Context, Duty, HistoryLine, duties
from plugins.publicity.actions.faces import face_of
from plugins.publicity.business import LABELS
from plugins.publicity.documents import PUBLICITY, ROW, Publicity, Row

HIDDEN = "***"
PUBLISHING = Duty(role="handler", nodes=tuple(LABELS))
WATCHING = Duty(role="discipline")


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


class Step(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    label: str
    handler: str
    why: str


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


class BoardDetail(msgspec.Struct, frozen=True, kw_only=True):
    """``least`` and ``least_unit``: fewer days are refused at the start. ``moves``: what may be done now."""

    board: BoardLine
    counts: Counts
    total: str
    least: int
    least_unit: str
    period: str
    views: int
    steps: list[Step]
    moves: list[str]


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row for handlers; ``number`` is the 受理编号 of its case, or the publicity's."""

    id: str
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


def is_open(ctx: Context, publicity: Publicity) -> bool:
    """Whether its persons stand on the public page: while it runs, to the end of its last day."""
    return publicity.state == "running" and publicity.ends_at is not None and ctx.now() <= publicity.ends_at


def notice_card(ctx: Context, publicity: Publicity) -> NoticeCard:
    return NoticeCard(
        id=publicity.id,
        number=publicity.number,
        title=publicity.title,
        unit=publicity.unit,
        place=publicity.place,
        place_name=ctx.regions.full_name(publicity.place),
        kind=publicity.kind,
        project=publicity.project,
        short=publicity.short,
        bureau=publicity.bureau,
        started_at=publicity.started_at,
        ends_at=publicity.ends_at,
        days=publicity.limit.days,
        days_unit=publicity.limit.unit,
        state=publicity.state,
        state_label=PUBLICITY.label(publicity.state),
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
    face = row.face or face_of(ctx, row)
    return NoticeRow(
        id=row.id,
        serial=row.serial,
        name=face.name,
        id_tail=face.id_tail,
        village=face.village,
        standard=face.standard,
        quantity=face.quantity,
        amount=face.amount,
    )


def board_line(ctx: Context, publicity: Publicity, objections: int) -> BoardLine:
    return BoardLine(
        notice=notice_card(ctx, publicity),
        version=publicity.version,
        handler=publicity.handler,
        rows=publicity.rows,
        objections=objections,
        working=bool(publicity.working),
        created_at=publicity.created_at,
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
        steps=[step_of(act) for act in publicity.acts],
        moves=moves,
    )


def step_of(act: HistoryLine) -> Step:
    return Step(at=act.at, label=act.label, handler=act.handler, why=act.why)


def row_line(ctx: Context, row: Row) -> BoardRow:
    """Of a sensitive project who looks on sees no person; whoever stands in it does not see that they are objected to."""
    face = row.face or face_of(ctx, row)
    shown = sees_persons(ctx, row)
    state = "shown" if row.state == "objected" and is_about(ctx, row) else row.state
    return BoardRow(
        id=row.id,
        version=row.version,
        serial=row.serial,
        # By its number a case is found.
        number=row.number if shown else "",
        name=face.name if shown else HIDDEN,
        id_tail=face.id_tail if shown else "",
        village=face.village,
        standard=face.standard,
        quantity=face.quantity,
        amount=face.amount,
        state=state,
        state_label=ROW.label(state),
    )


def sees_persons(ctx: Context, row: Row) -> bool:
    return duties.sees_persons(ctx.actor, row, PUBLISHING, WATCHING)


def is_about(ctx: Context, row: Row) -> bool:
    """Whether a row is the actor's own, or one that they declared for."""
    me = ctx.actor
    same = me.id_key is not None and ctx.store.blind(row.identity.id_number) == me.id_key
    return same or (me.person is not None and me.person in row.persons)
