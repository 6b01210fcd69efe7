"""What surveys look after by themselves: what nobody need do any more, and drafts that nobody needs any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from hub.api import Context, Paged, Paging
from plugins.survey.actions.drafts import MOST_DRAFTS, records_on
from plugins.survey.business import SURVEYS
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import OWN, TODO, Draft, Survey, drafts_of, surveys_of
from plugins.survey.events import NoLongerWanted

# Of one transaction.
AT_ONCE = 200
CLOSED = ("archived", "cancelled")
NO_LONGER = "不再需要调查"


# --- called off ------------------------------------------------------------------------------------------------------


async def call_off_over(ctx: Context) -> None:
    """While surveys were off nobody heard that a case had ended or a survey was not wanted any more: ask for each open one."""
    for state in TODO:
        cursor: str | None = None
        while True:
            paging = Paging(limit=AT_ONCE, cursor=cursor)
            page: Paged[Survey] = await surveys_of(ctx).page({"state": state}, paging, sort=(("due_at", 1),))
            asked = [survey.id for survey in page.items if survey.origin != OWN]
            if asked:
                await ctx.in_transaction(partial(call_off_some, ids=asked))
            cursor = page.next
            if cursor is None:
                break


async def call_off_some(ctx: Context, ids: Sequence[str]) -> None:
    """Those of these (≤ 200) that whoever wanted them says are over. An asker that is off says nothing."""
    wanted: Mapping[str, Any] = {"_id": {"$in": list(ids)}, "state": {"$in": list(TODO)}}
    open_ones: list[Survey] = await surveys_of(ctx).find(wanted)
    over: list[Survey] = []
    for origin in {survey.origin for survey in open_ones}:
        theirs = [survey for survey in open_ones if survey.origin == origin]
        asked = NoLongerWanted(origin=origin, stays=tuple((survey.subject, survey.round) for survey in theirs))
        gone = await ctx.ask(asked) or frozenset()
        over += [survey for survey in theirs if (survey.subject, survey.round) in gone]
    await SURVEYS.move_many(ctx, [(survey, survey) for survey in over], "cancel", why=NO_LONGER)


# --- drafts ----------------------------------------------------------------------------------------------------------


async def forget_drafts(ctx: Context) -> None:
    """Drafts hold what somebody typed about a household: gone when their survey is closed and nobody has sent more for long."""
    before = ctx.now() - timedelta(days=ctx.settings(SurveyConfig).drafts_kept)
    cursor: str | None = None
    while True:
        paging = Paging(limit=AT_ONCE, cursor=cursor)
        old = {"received_at": {"$lt": before}}
        page: Paged[Draft] = await drafts_of(ctx).page(old, paging, sort=(("received_at", 1),))
        wanted = {"_id": {"$in": list({draft.survey for draft in page.items})}, "state": {"$in": list(CLOSED)}}
        for survey in await surveys_of(ctx).find(wanted):
            await ctx.in_transaction(partial(forget, survey=survey, old=old))
        cursor = page.next
        if cursor is None:
            return


async def forget(ctx: Context, survey: Survey, old: Mapping[str, Any]) -> None:
    """The old drafts of one closed survey, with the pictures that no record and no later draft has."""
    drafts: list[Draft] = await drafts_of(ctx).find({"survey": survey.id}, limit=2 * MOST_DRAFTS)
    gone = [draft for draft in drafts if draft.received_at < old["received_at"]["$lt"]]
    kept = {file for draft in drafts if draft not in gone for file in draft.files}
    kept |= {file for record in await records_on(ctx, survey) for file in (*record.photos, *record.signatures)}
    files = {file for draft in gone for file in draft.files} - kept
    await ctx.files.release(sorted(files), survey.id)
    await drafts_of(ctx).delete_many(gone)
    ctx.audit("survey.forget_drafts", survey.id, drafts=len(gone))
