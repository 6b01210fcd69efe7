"""What identity asks of declarations: where somebody is known, whom their papers pass to, what can be forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.api import Context, KnownPlace, Succession, passing_on
from plugins.declaration.actions.drafts import unshared
from plugins.declaration.business import declarers
from plugins.declaration.documents import Case, Draft, cases_of, drafts_of, window_drafts_of

AT_ONCE = 200


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


async def forget(ctx: Context, person: str) -> int:
    """Drafts are the person's own; declarations are files of the administration and stay."""
    drafts: list[Draft] = await drafts_of(ctx).find({}, limit=AT_ONCE)
    for draft in drafts:
        await ctx.files.release(unshared(draft), draft.files_of or f"{person}:{draft.id}")
    await drafts_of(ctx).delete_many(drafts)
    return len(drafts)
