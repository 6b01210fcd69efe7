"""The job that carries runs of 数据导入 on: place by place, each of which is kept before the next begins.

A node that dies leaves its run where it was: the next tick, here or on another node, takes it up at the place that was not finished. What
of that place had been committed already is found again, and counts as unchanged. A node that was only thought dead finds its run taken
up by another, and leaves it alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any

import msgspec
import structlog

from hub.console.importrolls import Compared, compare, keep
from hub.console.imports import (
    AT_WORK,
    CONFIRMED_WITHIN,
    JOB,
    KEPT,
    MOST_CHANGES,
    MOST_REJECTS,
    OF_CITY,
    RUN,
    ImportMoved,
    Reject,
    Run,
    Signer,
    Tally,
    content_ids,
    contents_of,
    may_import,
    runs_of,
)
from hub.identity.accounts import ACCOUNTS
from hub.identity.holders import positions_of
from hub.rules.context import Context, transaction_of, unit_of
from hub.rules.importing import Plan, by_place, content_of, offered_imports
from hub.rules.plugins import Stamped
from hub.rules.traces import cause
from hub.store.mongo import PyMongoError
from hub.words.actors import Actor
from hub.words.contributions import Import, Imported, Job
from hub.words.endings import cancel_and_wait
from hub.words.errors import PASSING, Conflict, Forbidden, NotFound, Refused
from hub.words.personal import Secret

log = structlog.get_logger("hub.imports")

# Cut off so often at one place, it is given up: something there ends the hub.
MOST_BEGUN = 5
TOLD_EVERY = timedelta(seconds=1)
BUDGET = timedelta(hours=6)
MOST_SWEPT = 50
ENDED = ("done", "stopped", "failed", "left")
GONE = "提供这种导入的功能已停用，请启用后重新上传。"
CUT_OFF = "系统多次在同一个地区中断，已停止。请联系技术人员后重新上传。"
BROKEN = "导入程序出错，已停止。请联系技术人员，排除后重新上传。"
NO_RIGHT = "确认人已没有这项权限。"
MOVED_ON = "试算以后，数据有了变化，什么也没有导入。请看过新的结果，再确认。"
AGAIN = "又上传了同一种数据，这次试算不再有效，文件已删除。"
UNCONFIRMED = "一天内没有确认，文件已删除。"
NO_FILE = "上传的文件已不在，请重新上传。"
# What is kept of a row's name and of a reason, in characters: a plugin may quote the file.
LONGEST_ROW, LONGEST_WHY = 60, 200


class Stopped(Refused):
    """Ends an import in the midst of a place: it is to stop, or another node has taken it up."""


class Heard:
    """How far the import has said it is at the place at work, and what it has come to; the next row ends it with what it is ``over``
    for."""

    def __init__(self) -> None:
        self.row = self.rows = 0
        self.so_far: Imported | None = None
        self.over: Refused | None = None

    def __call__(self, done: int, total: int, so_far: Imported | None = None) -> None:
        self.row, self.rows, self.so_far = done, total, so_far
        if self.over is not None and done < total:
            raise self.over


class Work:
    """A run as this node has taken it up, and how far it is."""

    def __init__(self, run: Run) -> None:
        self.run, self.heard = run, Heard()

    def goes_on(self, run: Run) -> None:
        """To the next place. What was told between the two was told of neither."""
        self.run, self.heard.over = run, None
        self.heard(0, 0)


async def carry_on(ctx: Context) -> None:
    """Everything that waits: trials, which are short, then what is brought in, the oldest first."""
    await _sweep(ctx)
    at_work = {**OF_CITY, "state": {"$in": list(AT_WORK)}}
    while waiting := await runs_of(ctx).find(at_work, sort=(("state", -1), ("created_at", 1)), limit=1):
        if not await _carry(ctx, waiting[0].id):
            return


async def _carry(ctx: Context, id: str) -> bool:
    """Until the run's end; False where another node has taken it up meanwhile."""
    run: Run | None = await ctx.in_transaction(partial(_begin, id=id))
    if run is None or not run.busy:
        return True
    work, host = Work(run), unit_of(ctx).units.host
    found = offered_imports(host).get(run.kind)
    if found is None:
        return await ctx.in_transaction(partial(_fail, work=work, why=GONE))
    try:
        return await _bring_in(ctx, work, found)
    except (PyMongoError, *PASSING):
        # The database is away, or others were faster: the job goes on from here.
        raise
    except Stopped:
        end = partial(_stop, work=work)
    except Refused as refused:
        end = partial(_fail, work=work, why=refused.text)
    except Exception as error:  # noqa: BLE001 - whatever a plugin trips over; its words could hold what stands in the file
        log.error("an import failed", run=id, error=cause(error, host.plugins[found.plugin].has_file))
        end = partial(_fail, work=work, why=BROKEN)
    return await ctx.in_transaction(end)


async def _bring_in(ctx: Context, work: Work, found: Stamped[Import]) -> bool:
    """Place by place. False where another node has taken it up; raises ``Refused`` where it cannot go on."""
    run, units = work.run, unit_of(ctx).units
    await _check_right(ctx, run, found)
    plan = Plan(run.places, run.parts, partial(_part, ctx, run, found.record))
    parts = by_place(units, found, plan, work.heard, _actor_of(run), trial=run.state == "trying", after=run.done)
    async with _telling(ctx, work, found), aclosing(parts) as done:
        async for part in done:
            last = work.run.done + 1 == run.steps
            compared = await compare(ctx, run.kind, found, run.parts, plan.part) if last else None
            after = await ctx.in_transaction(partial(_next, work=work, part=part, compared=compared))
            if after is None:
                return False
            work.goes_on(after)
            if not after.busy or after.state != run.state:
                break
            await _check_right(ctx, after, found)
    return True


async def _part(ctx: Context, run: Run, found: Import, number: int) -> Any:
    """A part of its file; ``NotFound`` where it is gone."""
    content = await contents_of(ctx).first({**OF_CITY, "_id": content_ids(run)[number]})
    if content is None:
        raise NotFound(NO_FILE)
    return content_of(found, content.said.reveal().encode())


def _actor_of(run: Run) -> Actor:
    """Whoever answers for it; what is an affair of either's is kept from both."""
    maker = _acting(run.maker)
    return maker if run.confirmer is None else msgspec.structs.replace(_acting(run.confirmer), sender=maker)


def _acting(who: Signer) -> Actor:
    name = Secret(who.name) if who.name else None
    return Actor(kind="hub", app="ops", person=who.person, name=name, account=who.account, id_key=who.id_key)


async def _check_right(ctx: Context, run: Run, found: Stamped[Import]) -> None:
    """``Forbidden`` where who has confirmed it may not bring it in any more, by the account that they confirmed it with. A trial
    writes nothing."""
    if run.confirmer is None:
        return
    database, person = unit_of(ctx).database, run.confirmer.person
    disabled = {"_id": run.confirmer.account, "disabled_at": {"$ne": None}}
    positions = await positions_of(database, person, ctx.now())
    acting = Actor(kind="staff", app="ops", person=person, positions=positions)
    if not may_import(ctx, acting, found) or await database[ACCOUNTS].find_one(disabled, {"_id": 1}) is not None:
        raise Forbidden(NO_RIGHT)


# --- units ----------------------------------------------------------------------------------------------------------------


async def _begin(ctx: Context, id: str) -> Run | None:
    """Taken up; not any more where it is to stop, or was cut off too often. None where it has ended meanwhile."""
    run = await runs_of(ctx).get(id)
    if run.state not in AT_WORK:
        return None
    if run.stopping:
        return await _end(ctx, run, "stop")
    if run.begun >= MOST_BEGUN:
        return await _end(ctx, run, "fail", CUT_OFF)
    begun = msgspec.structs.replace(run, begun=run.begun + 1, cut_off=run.cut_off or run.begun > 0)
    return await runs_of(ctx).save(begun)


async def _held(ctx: Context, work: Work) -> Run | None:
    """The run as it stands; None where it is no longer at what was taken up."""
    run = await runs_of(ctx).get(work.run.id)
    taken = work.run
    same = (run.state, run.done, run.begun, run.busy) == (taken.state, taken.done, taken.begun, True)
    return run if same else None


async def _next(ctx: Context, work: Work, part: Imported, compared: Compared | None) -> Run | None:
    """A part is done at a place: what came of it, and what follows; after the last one, how it compares with the last table. None where
    another node has taken it up."""
    run = await _held(ctx, work)
    if run is None:
        return None
    before = Tally() if run.done == 0 else run.tried if run.state == "trying" else run.tally
    tally = before.plus(part)
    new = (Reject(row=row[:LONGEST_ROW], why=why[:LONGEST_WHY]) for row, why in part.problems.items())
    rejects = (*run.rejects, *new)[:MOST_REJECTS]
    run = msgspec.structs.replace(
        run,
        done=run.done + 1,
        row=0,
        rows=0,
        begun=1,
        rejects=rejects,
        changes=(*run.changes, *(each[:LONGEST_WHY] for each in part.changes))[:MOST_CHANGES],
        tried=tally if run.state == "trying" else run.tried,
        mark=_mark(run, part) if run.state == "trying" else run.mark,
        tally=tally if run.state == "running" else run.tally,
    )
    last = run.done == run.steps
    if compared is not None:
        run = msgspec.structs.replace(run, lost=compared.lost)
    if run.stopping and not (last and run.state == "running"):
        return await _end(ctx, run, "stop")
    if not last:
        return await _save(ctx, run)
    if run.state == "trying":
        return await _tried(ctx, run)
    if compared is not None:
        await keep(ctx, run.kind, compared)
    return await _end(ctx, run, "finish")


def _mark(run: Run, part: Imported) -> str:
    """Of the trial with this place: of all that is shown of it, and of what it came upon."""
    before = run.mark if run.done else ""
    said = (before, part.added, part.changed, part.unchanged, dict(part.problems), part.found, list(part.changes))
    return sha256(msgspec.json.encode(said)).hexdigest()


async def _tried(ctx: Context, run: Run) -> Run:
    """Confirmed as it comes out, it goes on; else it is put to people, in the place of older ones."""
    if run.expected == run.mark:
        state = RUN.transition("begin", run.state)
        ctx.audit("imports.run", run.id, kind=run.kind, **msgspec.to_builtins(run.tried))
        return await _save(ctx, msgspec.structs.replace(run, state=state, done=0, begun=0, rejects=(), changes=()))
    for older in await runs_of(ctx).find({**OF_CITY, "place": run.place, "kind": run.kind, "state": "tried"}):
        await _end(ctx, older, "leave", f"{run.maker_name}{AGAIN}")
    why = MOVED_ON if run.expected is not None else ""
    return await _end(ctx, msgspec.structs.replace(run, confirmer=None, expected=None), "try", why)


async def _fail(ctx: Context, work: Work, why: str) -> bool:
    """False where another node has taken it up."""
    run = await _held(ctx, work)
    if run is None:
        return False
    await _end(ctx, _as_heard(run, work.heard), "fail", why[:LONGEST_WHY])
    return True


async def _stop(ctx: Context, work: Work) -> bool:
    """In the midst of a place: the run says at which row. False where another node has taken it up."""
    run = await _held(ctx, work)
    if run is None:
        return False
    await _end(ctx, _as_heard(run, work.heard), "stop")
    return True


def _as_heard(run: Run, heard: Heard) -> Run:
    """With the row that it has come to, and what has been written of the place at work."""
    so_far = heard.so_far if run.state == "running" else None
    return msgspec.structs.replace(
        run, row=heard.row, rows=heard.rows, tally=run.tally.plus(so_far) if so_far else run.tally
    )


async def _end(ctx: Context, run: Run, move: str, why: str = "") -> Run:
    """Nobody carries it on; what the file says is forgotten, but where a confirmation is awaited."""
    state = RUN.transition(move, run.state)
    ended = msgspec.structs.replace(run, state=state, busy=False, why=why, finished_at=ctx.now())
    if state in ENDED:
        # Unseen: of a long table it is much.
        contents = unit_of(ctx).database["ops.import_contents"]
        await contents.delete_many({"_id": {"$in": content_ids(run)}}, session=transaction_of(ctx))
        ctx.audit("imports.end", run.id, kind=run.kind, state=state, **msgspec.to_builtins(run.tally))
    return await _save(ctx, ended)


async def _save(ctx: Context, run: Run) -> Run:
    saved = await runs_of(ctx).save(run)
    ctx.emit(ImportMoved(place=run.place, run=run.id))
    return saved


# --- progress -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _telling(ctx: Context, work: Work, found: Stamped[Import]) -> AsyncIterator[None]:
    """Meanwhile writes down every second how far it is, for whoever looks, and hears whether it is to stop, or may not go on."""
    task = asyncio.create_task(_tell(ctx, work, found), name=f"progress of {work.run.id}")
    try:
        yield
    finally:
        await cancel_and_wait([task])


async def _tell(ctx: Context, work: Work, found: Stamped[Import]) -> None:
    while True:
        await asyncio.sleep(TOLD_EVERY.total_seconds())
        # The next one says it, where this one could not.
        with suppress(PyMongoError, Conflict):
            await ctx.in_transaction(partial(_write_progress, work=work))
            taken = work.run
            try:
                await _check_right(ctx, taken, found)
            except Forbidden as refused:
                if taken is work.run:
                    work.heard.over = refused


async def _write_progress(ctx: Context, work: Work) -> None:
    taken, heard = work.run, work.heard
    run = await _held(ctx, work)
    if taken is not work.run:
        return
    if run is None or run.stopping:
        heard.over = Stopped()
    elif (run.row, run.rows) != (heard.row, heard.rows):
        await _save(ctx, msgspec.structs.replace(run, row=heard.row, rows=heard.rows))


# --- what is over ---------------------------------------------------------------------------------------------------------


async def _sweep(ctx: Context) -> None:
    now = ctx.now()
    unconfirmed = {**OF_CITY, "state": "tried", "created_at": {"$lt": now - CONFIRMED_WITHIN}}
    for run in await runs_of(ctx).find(unconfirmed, limit=MOST_SWEPT):
        with suppress(Conflict):  # confirmed meanwhile
            await ctx.in_transaction(partial(_end, run=run, move="leave", why=UNCONFIRMED))
    old = {**OF_CITY, "state": {"$in": list(ENDED)}, "created_at": {"$lt": now - KEPT}}
    if over := await runs_of(ctx).find(old, limit=MOST_SWEPT):
        await ctx.in_transaction(lambda unit: runs_of(unit).delete_many(over))


JOBS = (Job(name=JOB, label="数据导入", call=carry_on, every=timedelta(minutes=1), budget=BUDGET, transaction=False),)
