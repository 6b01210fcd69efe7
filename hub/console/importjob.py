"""The job that carries runs of 数据导入 on: place by place, each of which is kept before the next begins.

A node that dies leaves its run where it was: the next tick, here or on another node, takes it up at the place that was not finished. What
of that place had been committed already is found again, and counts as unchanged.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

import msgspec
import structlog

from hub.console.imports import (
    AT_WORK,
    CONFIRMED_WITHIN,
    JOB,
    KEPT,
    MOST_REJECTS,
    OF_CITY,
    RUN,
    Content,
    ImportMoved,
    Reject,
    Run,
    Tally,
    contents_of,
    runs_of,
)
from hub.rules.context import Context, unit_of
from hub.rules.importing import by_place, kind_of_content, offered_imports
from hub.rules.traces import cause
from hub.store.mongo import PyMongoError
from hub.words.actors import Actor
from hub.words.contributions import Imported, Job
from hub.words.endings import cancel_and_wait
from hub.words.errors import Conflict, Refused, WriteContention

log = structlog.get_logger("hub.imports")

# Cut off so often at one place, it is given up: something there ends the hub.
MOST_BEGUN = 5
TOLD_EVERY = timedelta(seconds=1)
BUDGET = timedelta(hours=6)
MOST_SWEPT = 50
ENDED = ("done", "stopped", "failed", "left")
GONE = "提供这种导入的功能已停用，请启用后重新上传。"
CUT_OFF = "系统多次在同一个地区中断，已停止。已导入的保留，请联系技术人员后重新上传。"
BROKEN = "导入程序出错，已停止，没有导入的部分没有改动。请联系技术人员，排除后重新上传。"


class Heard:
    """How far the import has said it is at the place at work."""

    def __init__(self) -> None:
        self.row = self.rows = 0

    def __call__(self, row: int, rows: int) -> None:
        self.row, self.rows = row, rows


async def carry_on(ctx: Context) -> None:
    """Everything that waits, the oldest first."""
    await _sweep(ctx)
    at_work = {**OF_CITY, "state": {"$in": list(AT_WORK)}}
    while waiting := await runs_of(ctx).find(at_work, sort=(("created_at", 1),), limit=1):
        await _carry(ctx, waiting[0].id)


async def _carry(ctx: Context, id: str) -> None:
    run = await ctx.in_transaction(partial(_begin, id=id))
    if not run.busy:
        return
    units = unit_of(ctx).units
    found = offered_imports(units.host).get(run.kind)
    if found is None:
        await ctx.in_transaction(partial(_fail, id=id, why=GONE))
        return
    content = await contents_of(ctx).get(id)
    said = msgspec.json.decode(content.said.reveal(), type=kind_of_content(found.record))
    heard = Heard()
    actor = Actor(kind="hub", app="ops", person=run.maker)
    parts = by_place(units, found, said, heard, actor, trial=run.state == "trying", after=run.done)
    try:
        async with _telling(ctx, id, heard), aclosing(parts) as done:
            async for part in done:
                run = await ctx.in_transaction(partial(_next, id=id, part=part))
                heard(0, 0)
                if not run.busy:
                    return
    except (PyMongoError, WriteContention):
        # The database is away, or others were faster: the job goes on from here.
        raise
    except Refused as refused:
        await ctx.in_transaction(partial(_fail, id=id, why=refused.text))
    except Exception as error:  # noqa: BLE001 - whatever a plugin trips over; its words could hold what stands in the file
        log.error("an import failed", run=id, error=cause(error, units.host.plugins[found.plugin].has_file))
        await ctx.in_transaction(partial(_fail, id=id, why=BROKEN))


# --- units ----------------------------------------------------------------------------------------------------------------


async def _begin(ctx: Context, id: str) -> Run:
    """Taken up; not any more where it is to stop, or was cut off too often."""
    run = await runs_of(ctx).get(id)
    if run.stopping:
        return await _end(ctx, run, "stop")
    if run.begun >= MOST_BEGUN:
        return await _end(ctx, run, "fail", CUT_OFF)
    begun = msgspec.structs.replace(run, begun=run.begun + 1, cut_off=run.cut_off or run.begun > 0)
    return await runs_of(ctx).save(begun)


async def _next(ctx: Context, id: str, part: Imported) -> Run:
    """A place is done: what came of it, and what follows."""
    run = await runs_of(ctx).get(id)
    before = Tally() if run.done == 0 else run.tried if run.state == "trying" else run.tally
    tally = Tally(
        added=before.added + part.added,
        changed=before.changed + part.changed,
        unchanged=before.unchanged + part.unchanged,
        rejected=before.rejected + len(part.problems),
    )
    rejects = (*run.rejects, *(Reject(row=row, why=why) for row, why in part.problems.items()))[:MOST_REJECTS]
    run = msgspec.structs.replace(
        run,
        done=run.done + 1,
        row=0,
        rows=0,
        begun=1,
        rejects=rejects,
        tried=tally if run.state == "trying" else run.tried,
        tally=tally if run.state == "running" else run.tally,
    )
    if run.done == len(run.places):
        return await _end(ctx, run, "try" if run.state == "trying" else "finish")
    return await _end(ctx, run, "stop") if run.stopping else await _save(ctx, run)


async def _fail(ctx: Context, id: str, why: str) -> Run:
    return await _end(ctx, await runs_of(ctx).get(id), "fail", why)


async def _end(ctx: Context, run: Run, move: str, why: str = "") -> Run:
    """Nobody carries it on; what the file says is forgotten, but where a confirmation is awaited."""
    state = RUN.transition(move, run.state)
    ended = msgspec.structs.replace(run, state=state, busy=False, why=why, finished_at=ctx.now())
    if state in ENDED:
        kept: Content = await contents_of(ctx).get(run.id)
        await contents_of(ctx).delete(kept)
        ctx.audit("imports.end", run.id, kind=run.kind, state=state, **msgspec.to_builtins(run.tally))
    return await _save(ctx, ended)


async def _save(ctx: Context, run: Run) -> Run:
    saved = await runs_of(ctx).save(run)
    ctx.emit(ImportMoved(place=run.place, run=run.id))
    return saved


# --- progress -------------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _telling(ctx: Context, id: str, heard: Heard) -> AsyncIterator[None]:
    """Meanwhile writes down every second how far it is, for whoever looks."""
    task = asyncio.create_task(_tell(ctx, id, heard), name=f"progress of {id}")
    try:
        yield
    finally:
        await cancel_and_wait([task])


async def _tell(ctx: Context, id: str, heard: Heard) -> None:
    told = (0, 0)
    while True:
        await asyncio.sleep(TOLD_EVERY.total_seconds())
        now = (heard.row, heard.rows)
        if now != told:
            # The next one says it, where this one could not.
            with suppress(PyMongoError, Conflict):
                await ctx.in_transaction(partial(_write_progress, id=id, row=now[0], rows=now[1]))
                told = now


async def _write_progress(ctx: Context, id: str, row: int, rows: int) -> None:
    run = await runs_of(ctx).get(id)
    if run.busy:
        await _save(ctx, msgspec.structs.replace(run, row=row, rows=rows))


# --- what is over ---------------------------------------------------------------------------------------------------------


async def _sweep(ctx: Context) -> None:
    now = ctx.now()
    unconfirmed = {**OF_CITY, "state": "tried", "created_at": {"$lt": now - CONFIRMED_WITHIN}}
    for run in await runs_of(ctx).find(unconfirmed, limit=MOST_SWEPT):
        with suppress(Conflict):  # confirmed meanwhile
            await ctx.in_transaction(partial(_end, run=run, move="leave"))
    old = {**OF_CITY, "state": {"$in": list(ENDED)}, "created_at": {"$lt": now - KEPT}}
    if over := await runs_of(ctx).find(old, limit=MOST_SWEPT):
        await ctx.in_transaction(lambda unit: runs_of(unit).delete_many(over))


JOBS = (Job(name=JOB, label="数据导入", call=carry_on, every=timedelta(minutes=1), budget=BUDGET, transaction=False),)
