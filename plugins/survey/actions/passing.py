"""Drafts of somebody who leaves: whoever goes to the household now goes on with them."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.api import Context, Holders, Leaver, Unfinished
from plugins.survey.actions.positions import NODE, SURVEYING
from plugins.survey.documents import TODO, Draft, Survey, drafts_of, surveys_of

AT_ONCE = 200


async def unfinished(ctx: Context, person: str) -> Sequence[Unfinished]:
    """What somebody's phones have sent of surveys that are still to be made."""
    found: list[Draft] = await drafts_of(ctx).find({"person": person}, limit=AT_ONCE)
    of_open = {"_id": {"$in": sorted({each.survey for each in found})}, "state": {"$in": list(TODO)}}
    open_ones = {survey.id for survey in await surveys_of(ctx).find(of_open)}
    return [Unfinished(label="入户调查草稿", count=sum(each.survey in open_ones for each in found))]


async def hand_over(ctx: Context, leaver: Leaver) -> int:
    """To who has the survey now, some at a time. Who had typed it stays with it in words."""
    last = ""
    while found := await drafts_of(ctx).find(
        {"person": leaver.person, "_id": {"$gt": last}}, sort=(("_id", 1),), limit=AT_ONCE
    ):
        surveys: list[Survey] = await surveys_of(ctx).find({"_id": {"$in": sorted({each.survey for each in found})}})
        asked = {each.id: surveyors_of(each) for each in surveys}
        answers = await ctx.holders_of_each(set(asked.values()))
        heirs = {id: answers[surveyors].persons for id, surveyors in asked.items()}
        handed = [
            msgspec.structs.replace(draft, person=heirs[draft.survey][0]) for draft in found if heirs.get(draft.survey)
        ]
        if handed:
            await drafts_of(ctx).save_many(handed)
            return len(handed)
        last = found[-1].id
    return 0


def surveyors_of(survey: Survey) -> Holders:
    """Whoever goes there, but for those who must keep away."""
    return Holders(
        role=SURVEYING.role,
        place=survey.place,
        bureau=survey.bureau,
        project=survey.project,
        node=NODE,
        but_not=survey.avoid,
        but_not_keys=survey.avoid_keys,
        but_not_offices=survey.avoid_offices,
    )
