"""What identity asks of payments: where somebody is known, and whom benefits and payments pass to with a proof."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.api import Context, KnownPlace, Succession, passing_on
from plugins.payments.business import Paid, kept_away
from plugins.payments.documents import Benefit, benefits_of, rows_of

MOST_KNOWN = 200  # one person has a few


async def known(ctx: Context, id_key: str) -> Sequence[KnownPlace]:
    """Whoever enjoys something, or did: a bureau has granted it there."""
    benefits: list[Benefit] = await benefits_of(ctx).find({"identity.id_number.b": id_key}, limit=MOST_KNOWN)
    return [KnownPlace(benefit.place, granted=True) for benefit in benefits]


def passed(document: Paid, succession: Succession) -> Paid:
    """What somebody could read, as the person or as an agent, and must keep away from."""
    return msgspec.structs.replace(
        document,
        readers=succession.swap(document.readers),
        agents=succession.swap(document.agents),
        told=succession.swap(document.told),
        avoid=succession.swap(kept_away(document).avoid),
    )


pass_on = passing_on((benefits_of, passed), (rows_of, passed))
