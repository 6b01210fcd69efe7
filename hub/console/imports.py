"""数据导入: what plugins and the hub itself let operators bring in, tried before it counts, carried out in the background.

A file is read at once and kept sealed until its run ends; its name is nowhere. It is no intake cut into parts
(:mod:`hub.business.intakes`): an import needs the whole file at each of its places, and goes on, is stopped and begins anew between
places.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec

from hub.business.history import shown_name
from hub.business.listings import Listing
from hub.business.machines import Machine, Move
from hub.business.stored import stored
from hub.console import importrolls
from hub.console.importrolls import MOST_LISTED, Lost
from hub.jobs.runner import HUB_WIDE, rearm
from hub.reading.sheets import XLSX_TYPE, write_rows
from hub.reading.sheets import template as empty_table
from hub.rules.context import Context, transaction_of, unit_of
from hub.rules.importing import offered_imports, places_of, read_content
from hub.rules.plugins import Stamped
from hub.words.actors import Actor
from hub.words.asking import Asked
from hub.words.contributions import (
    Collection,
    Document,
    Event,
    Import,
    Imported,
    Index,
    Missing,
    Paging,
    Raw,
    Route,
    Topic,
    Upload,
)
from hub.words.errors import Conflict, Duplicate, Invalid, NotFound, Stale
from hub.words.personal import Secret

ENTER, IMPORT = "ops.imports", "ops.import"
JOB = "imports"
# Of a report; the rest is said by number.
MOST_REJECTS = 1000
# Of what is changed, in words.
MOST_CHANGES = 100
# A trial that nobody has confirmed is given up, and its file forgotten.
CONFIRMED_WITHIN = timedelta(days=1)
KEPT = timedelta(days=180)
AT_CITY = "数据导入在市级办理，请切换到市级页面。"
BUSY = "这种数据正在导入，请等它结束后再试。"
ANOTHER = "这个文件已重新试算，结果有变化，什么也没有导入。请看过新的结果，再确认。"

RUN = Machine(
    states={
        "trying": "试算中",
        "tried": "待确认",
        "running": "导入中",
        "done": "已完成",
        "stopped": "已停止",
        "failed": "未完成",
        "left": "已放弃",
    },
    moves={
        "try": Move("试算完成", ("trying",), "tried"),
        "confirm": Move("确认导入", ("tried",), "trying"),
        "begin": Move("开始导入", ("trying",), "running"),
        "finish": Move("完成", ("running",), "done"),
        "stop": Move("停止", ("trying", "running"), "stopped"),
        "fail": Move("中止", ("trying", "running"), "failed"),
        "leave": Move("放弃", ("tried",), "left"),
    },
)
AT_WORK = ("trying", "running")


class ImportMoved(Event, frozen=True, kw_only=True):
    """A run is further than before: its page may look again."""

    run: str

    subject_field = "run"


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What was, or would be, done; ``rejected`` rows are left out."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0

    def plus(self, part: Imported) -> Tally:
        """With what came of a place, or of a part of it."""
        return Tally(
            added=self.added + part.added,
            changed=self.changed + part.changed,
            unchanged=self.unchanged + part.unchanged,
            rejected=self.rejected + len(part.problems),
        )


class Reject(msgspec.Struct, frozen=True, kw_only=True):
    """A row that is left out, as people find it in the file, and why, without what stands there."""

    row: str
    why: str


class Signer(msgspec.Struct, frozen=True, kw_only=True):
    """Who has sent or confirmed a file, by the ``name`` that stands open; ``id_key`` as the actor's."""

    person: str
    name: str = ""
    account: str | None = None
    id_key: str | None = None


class Run(Document, frozen=True, kw_only=True):
    """A file of one ``kind`` that is tried, then brought in, at ``places`` one after the other, in ``parts`` at each; so many of both are
    ``done``; ``row`` of ``rows`` at the next. ``busy``: a job is to carry it on. ``begun``: how often it was taken up at this place; more
    than once it was cut off. ``confirmer`` is there once it is no trial any more, and answers for what is done.
    ``tried`` is what the trial came to, ``tally`` what is done; ``mark`` tells a trial from one that came to something else, or upon
    something else. Once confirmed, it is tried again, and goes on where the mark is the one that was ``expected``; ``rejects`` are
    the first of them, ``changes`` in words the first of what is written. ``lost``: what the last table had besides. ``why`` a run has
    failed, was given up, or is to be confirmed anew.
    """

    kind: str
    label: str
    whole_place: bool = False
    maker: Signer
    maker_name: str
    confirmer: Signer | None = None
    state: str = "trying"
    busy: bool = True
    stopping: bool = False
    places: tuple[str, ...]
    parts: int = 1
    done: int = 0
    row: int = 0
    rows: int = 0
    begun: int = 0
    cut_off: bool = False
    tried: Tally = Tally()
    mark: str = ""
    expected: str | None = None
    tally: Tally = Tally()
    rejects: tuple[Reject, ...] = ()
    changes: tuple[str, ...] = ()
    lost: Lost | None = None
    why: str = ""
    finished_at: datetime | None = None

    @property
    def steps(self) -> int:
        """How often something is brought in, in all."""
        return len(self.places) * self.parts

    @property
    def place_at_work(self) -> str | None:
        """Where the next part is brought in; None where none is left."""
        return self.places[self.done // self.parts] if self.done < self.steps else None


class Content(Document, frozen=True, kw_only=True):
    """What a part of a run's file says, as JSON: it may be full of people. Its id: :func:`content_ids`."""

    said: Secret


class ConfirmRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``seen`` is the ``mark`` of the trial that was shown."""

    seen: Annotated[str, Asked("看到的结果", look="hidden")]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A run, of which ``done`` of ``places`` times ``parts`` are done. ``counted`` is what its rows are called, behind their number.
    ``confirmed``: it is no trial any more. ``where`` is the place at work, with its ``row`` of ``rows``; ``rejects`` are the first of the
    rows that are left out, ``changes`` of what is written. ``lost`` says what the last table had besides. ``mark`` is sent with the
    confirmation: it is another where the trial came to something else."""

    id: str
    kind: str
    label: str
    counted: str
    whole_place: bool
    confirmed: bool
    state: str
    state_text: str
    stopping: bool
    places: int
    parts: int
    done: int
    where: str
    row: int
    rows: int
    cut_off: bool
    tried: Tally
    tally: Tally
    rejects: list[Reject]
    changes: list[str]
    lost: str
    mark: str
    why: str
    by: str
    created_at: datetime | None
    finished_at: datetime | None


class ColumnView(msgspec.Struct, frozen=True, kw_only=True):
    label: str
    required: bool
    hint: str
    sample: str


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """What can be imported; without ``columns`` it is no table."""

    name: str
    label: str
    help: str
    columns: list[ColumnView]
    sample: str


COLLECTIONS = (
    Collection(
        name="ops.imports",
        document=Run,
        scope="open",
        indexes=(
            Index((("place", 1), ("kind", 1)), unique=True, partial={"busy": True}, name="one_at_a_time"),
            Index((("created_at", -1), ("_id", -1)), name="newest"),
            Index((("state", 1), ("created_at", 1)), name="by_state"),
        ),
    ),
    Collection(name="ops.import_contents", document=Content, scope="open"),
    importrolls.COLLECTION,
)
# Said with every question: the indexes begin with it.
OF_CITY: Mapping[str, Any] = {"county": None}
runs_of = stored("ops.imports", Run)
contents_of = stored("ops.import_contents", Content)


def content_ids(run: Run) -> list[str]:
    """Of the parts of its file, in order."""
    return [run.id, *(f"{run.id}:{number}" for number in range(1, run.parts))]


TOPICS = (Topic(name="imports", access=ENTER, events=(ImportMoved,)),)


# --- what can be imported -----------------------------------------------------------------------------------------------------


def open_to(ctx: Context, found: Stamped[Import]) -> bool:
    """Whether the one who acts may bring it in."""
    return may_import(ctx, ctx.actor, found)


def may_import(ctx: Context, actor: Actor, found: Stamped[Import]) -> bool:
    """By a position that reaches all of the city."""
    reaches = unit_of(ctx).units.reaches(actor, found.record.access or IMPORT)
    return any(reach.region in ctx.place.path for reach in reaches)


def kinds_of(ctx: Context) -> dict[str, Stamped[Import]]:
    """What is offered here, by its name."""
    if ctx.county is not None:
        raise NotFound(AT_CITY)
    units = unit_of(ctx).units
    return {
        name: found
        for name, found in offered_imports(units.host).items()
        if open_to(ctx, found) and units.counties.is_on(None, found.plugin)
    }


def kind_of(ctx: Context, name: str) -> Stamped[Import]:
    found = kinds_of(ctx).get(name)
    if found is None:
        raise NotFound("没有这种数据，或不由您导入。")
    return found


def kind_view(found: Import) -> KindView:
    columns = [
        ColumnView(label=each.label, required=each.required, hint=each.hint, sample=each.sample)
        for each in found.columns
    ]
    return KindView(name=found.name, label=found.label, help=found.help, columns=columns, sample=found.sample)


async def kinds(ctx: Context) -> list[KindView]:
    """可导入的数据"""
    return [kind_view(found.record) for found in kinds_of(ctx).values()]


async def template(ctx: Context, kind: str) -> Raw:
    """空表"""
    found = kind_of(ctx, kind).record
    if not found.columns:
        raise NotFound
    return empty_table(kind, found.columns)


# --- operations ---------------------------------------------------------------------------------------------------------------


async def receive(ctx: Context, kind: str, upload: Upload) -> RunView:
    """上传文件并试算"""
    found, units = kind_of(ctx, kind), unit_of(ctx).units
    parts = await read_content(units, found.record, upload, ctx.actor.person or "")
    places = await places_of(units, found.record, parts)
    if not places:
        raise Invalid("文件里没有可以导入的内容，请核对后重新上传。")
    run = Run(
        id=ctx.new_id(),
        place=ctx.place.code,
        kind=kind,
        label=found.record.label,
        whole_place=found.record.whole_place,
        maker=_signer(ctx.actor),
        maker_name=shown_name(ctx.actor),
        places=tuple(each.code for each in places),
        parts=len(parts),
    )

    async def begin(unit: Context) -> Run:
        unit.audit("imports.try", run.id, kind=kind, places=len(places))
        for id, part in zip(content_ids(run), parts, strict=True):
            await contents_of(unit).insert(Content(id=id, place=run.place, said=Secret(part.decode())))
        begun = await runs_of(unit).insert(run)
        await _call_job(unit)
        return begun

    try:
        return view(ctx, await ctx.in_transaction(begin))
    except Duplicate:
        # The unique index decides between two at once.
        raise Conflict(BUSY) from None


async def confirm(ctx: Context, id: str, body: ConfirmRequest) -> RunView:
    """确认导入"""
    run = await mine(ctx, id)
    state = RUN.transition("confirm", run.state)
    if body.seen != run.mark:
        raise Stale(ANOTHER)
    anew = msgspec.structs.replace(
        run,
        state=state,
        busy=True,
        stopping=False,
        confirmer=_signer(ctx.actor),
        expected=body.seen,
        why="",
        finished_at=None,
        done=0,
        row=0,
        rows=0,
        begun=0,
        cut_off=False,
        rejects=(),
        changes=(),
    )
    ctx.audit("imports.confirm", id, kind=run.kind, **msgspec.to_builtins(run.tried))
    try:
        saved = await runs_of(ctx).save(anew)
    except Duplicate:
        raise Conflict(BUSY) from None
    await _call_job(ctx)
    return view(ctx, saved)


async def stop(ctx: Context, id: str) -> RunView:
    """停止导入：按行导入的做完手上这一批就停，其他的做完正在导入的地区"""
    run = await mine(ctx, id)
    RUN.transition("stop", run.state)
    ctx.audit("imports.stop", id, kind=run.kind)
    saved = await runs_of(ctx).save(msgspec.structs.replace(run, stopping=True))
    await _call_job(ctx)
    return view(ctx, saved)


async def show(ctx: Context, id: str) -> RunView:
    """一次导入"""
    return view(ctx, await mine(ctx, id))


async def report(ctx: Context, id: str) -> Raw:
    """没有导入的和原因"""
    run = await mine(ctx, id)

    async def rows() -> AsyncIterator[list[tuple[str, str]]]:
        yield [(each.row, each.why) for each in run.rejects]

    return Raw(
        data=await write_rows(("序号", "原因"), rows()), media_type=XLSX_TYPE, filename=f"{run.kind}-{id[-6:]}.xlsx"
    )


async def missing(ctx: Context, id: str) -> Raw:
    """上次的表里有、这次没有的"""
    run = await mine(ctx, id)

    async def rows() -> AsyncIterator[list[tuple[str, str, str]]]:
        yield [(each.title, each.what, each.state) for each in await lost_of(ctx, run, MOST_LISTED)]

    data = await write_rows(("人员", "岗位", "现在"), rows())
    return Raw(data=data, media_type=XLSX_TYPE, filename=f"{run.kind}-missing-{id[-6:]}.xlsx")


async def lost_of(ctx: Context, run: Run, at_most: int) -> Sequence[Missing]:
    """The first of what the last table had besides."""
    return await importrolls.shown(ctx, offered_imports(unit_of(ctx).units.host).get(run.kind), run.lost, at_most)


async def mine(ctx: Context, id: str) -> Run:
    """A run of a kind that the one who acts may bring in; ``NotFound`` for any other. That of a plugin that is gone may be seen still."""
    if ctx.county is not None:
        raise NotFound(AT_CITY)
    run: Run = await runs_of(ctx).get(id)
    found = offered_imports(unit_of(ctx).units.host).get(run.kind)
    if found is not None and not open_to(ctx, found):
        raise NotFound
    return run


def _signer(actor: Actor) -> Signer:
    return Signer(person=actor.person or "", name=shown_name(actor), account=actor.account, id_key=actor.id_key)


async def _call_job(ctx: Context) -> None:
    """In a moment and not at its next turn."""
    await rearm(unit_of(ctx).database, f"ops.{JOB}", HUB_WIDE, ctx.now(), transaction_of(ctx))


def view(ctx: Context, run: Run) -> RunView:
    found = offered_imports(unit_of(ctx).units.host).get(run.kind)
    return RunView(
        id=run.id,
        kind=run.kind,
        label=run.label,
        counted=found.record.counted if found else "行",
        whole_place=run.whole_place,
        confirmed=run.confirmer is not None and run.state != "trying",
        state=run.state,
        state_text=RUN.label(run.state),
        stopping=run.stopping and run.busy,
        places=len(run.places),
        parts=run.parts,
        done=run.done,
        where=ctx.regions.full_name(run.place_at_work) if run.busy and run.place_at_work else "",
        row=run.row,
        rows=run.rows,
        cut_off=run.cut_off,
        tried=run.tried,
        tally=run.tally,
        rejects=list(run.rejects),
        changes=list(run.changes),
        lost=importrolls.in_words(run.lost, found.record.roll if found else None),
        mark=run.mark,
        why=run.why,
        by=run.maker_name,
        created_at=run.created_at,
        finished_at=run.finished_at,
    )


def _those_open(ctx: Context) -> dict[str, Any]:
    """Of kinds that the one who acts may not bring in, nothing is seen."""
    offered = offered_imports(unit_of(ctx).units.host)
    return {**OF_CITY, "kind": {"$nin": sorted(name for name, found in offered.items() if not open_to(ctx, found))}}


HISTORY = Listing(path="/imports", read=ENTER, says="导入记录", of=runs_of, line=view, query=Paging, own=_those_open)

ROUTES = (
    Route(method="GET", path="/imports/kinds", call=kinds, access=ENTER),
    Route(method="GET", path="/imports/kinds/{kind}/template", call=template, access=ENTER),
    Route(
        method="POST",
        path="/imports/kinds/{kind}",
        call=receive,
        access=ENTER,
        rate=(30, timedelta(hours=1)),
        transaction=False,
        at_city=True,
    ),
    *HISTORY.routes(),
    Route(method="GET", path="/imports/{id}", call=show, access=ENTER),
    Route(method="POST", path="/imports/{id}/run", call=confirm, access=ENTER, at_city=True),
    Route(method="POST", path="/imports/{id}/stop", call=stop, access=ENTER, at_city=True),
    Route(method="POST", path="/imports/{id}/report", call=report, access=ENTER, changes_nothing=True, at_city=True),
    Route(method="POST", path="/imports/{id}/missing", call=missing, access=ENTER, changes_nothing=True, at_city=True),
)
