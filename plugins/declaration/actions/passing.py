"""What identity asks of declarations: where somebody is known, whom their papers pass to, what can be forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import ANY, Context, Documents, Holders, KnownPlace, Leaver, Position, Succession, Unfinished, passing_on
from plugins.declaration.actions.drafts import unshared
from plugins.declaration.actions.window import ACCEPT, windows_among
from plugins.declaration.business import declarers
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import Case, Draft, cases_of, drafts_of, window_drafts_of

AT_ONCE = 200
EVERY: Mapping[str, Any] = {}


async def known(ctx: Context, id_key: str) -> Sequence[KnownPlace]:
    """Cases that an office has accepted; approved ones were looked at by several."""
    # The first node has passed them: what was only handed in is what anybody may type, as often as they like.
    accepted = {"beneficiary.id_number.b": id_key, "progress.0.state": "passed"}
    cases: list[Case] = await cases_of(ctx).find(accepted, limit=AT_ONCE)
    return [KnownPlace(case.place, granted=case.state == "approved") for case in cases]


def passed(case: Case, succession: Succession) -> Case:
    [applicant] = succession.swap((case.applicant,))
    agents = succession.swap((case.agent,)) if case.agent else (None,)
    readers = succession.swap(case.readers)
    passed = msgspec.structs.replace(case, applicant=applicant, agent=agents[0], readers=readers)
    return msgspec.structs.replace(passed, avoid=declarers(passed))


def passed_draft(draft: Draft, succession: Succession) -> Draft:
    """Its files stay under the name of the one who uploaded them."""
    kept_under = draft.files_of or f"{succession.before}:{draft.id}"
    return msgspec.structs.replace(draft, person=succession.person, files_of=kept_under)


pass_on = passing_on((cases_of, passed), (drafts_of, passed_draft), (window_drafts_of, passed_draft))


async def unfinished(ctx: Context, person: str) -> Sequence[Unfinished]:
    """What somebody has begun at a window, for others."""
    return [Unfinished(label="代录草稿", count=await window_drafts_of(ctx).count({"person": person}))]


async def hand_over(ctx: Context, leaver: Leaver) -> int:
    """What was begun at the window goes to whoever keeps it now, some at a time. What nobody keeps stays until it is forgotten."""
    windows, last = windows_among(leaver.positions), ""
    while found := await window_drafts_of(ctx).find(
        {"person": leaver.person, "_id": {"$gt": last}}, sort=(("_id", 1),), limit=AT_ONCE
    ):
        asked = {draft.id: _keepers_of(windows, draft) for draft in found}
        answers = await ctx.holders_of_each({each for keepers in asked.values() for each in keepers})
        heirs = {id: [person for each in keepers for person in answers[each].persons] for id, keepers in asked.items()}
        handed = [
            passed_draft(draft, Succession(before=leaver.person, person=heirs[draft.id][0]))
            for draft in found
            if heirs[draft.id]
        ]
        if handed:
            await window_drafts_of(ctx).save_many(handed)
            return len(handed)
        last = found[-1].id
    return 0


def _keepers_of(windows: Sequence[Position], draft: Draft) -> list[Holders]:
    """Who has the window at which it was begun: that of the place, or else any of theirs."""
    return [
        Holders(role=each.role, place=each.region, bureau=each.bureau or ANY, project=draft.project, node=ACCEPT)
        for each in sorted(windows, key=lambda each: each.region not in draft.path)
    ]


async def forget(ctx: Context, person: str) -> int:
    """Drafts are the person's own; declarations are files of the administration and stay."""
    return sum([await forget_some(ctx, drafts) for drafts in (drafts_of(ctx), window_drafts_of(ctx))])


async def forget_some(ctx: Context, drafts: Documents[Draft], which: Mapping[str, Any] = EVERY) -> int:
    """With their files. How many there were."""
    found: list[Draft] = await drafts.find(which, limit=AT_ONCE)
    for draft in found:
        await ctx.files.release(unshared(draft), draft.files_of or f"{draft.person}:{draft.id}")
    await drafts.delete_many(found)
    return len(found)


async def forget_left(ctx: Context) -> None:
    """What was begun at a window for somebody else, and left lying: their papers are not kept for whoever has forgotten them."""
    left = {"updated_at": {"$lt": ctx.now() - ctx.settings(DeclarationConfig).window_drafts_kept}}

    async def some(ctx: Context) -> int:
        return await forget_some(ctx, window_drafts_of(ctx), left)

    while await ctx.in_transaction(some):
        pass
