"""A woman of 74 from 万古桥村: what she wants of 遂宁一卡通, from the first visit on, in 长辈版."""

from __future__ import annotations

from collections.abc import Mapping

from tests.pages.flows.conftest import Lends
from tests.pages.flows.tapping import Count, Does, Tapping, counted
from tests.rows.rows import Walk


async def turns_on_large_type(walk: Walk, phone: Tapping) -> None:
    await phone.open("/ykt")
    await phone.tap("安居区")
    await phone.tap("长辈版")
    await phone.reads("标准版")


TASKS: Mapping[str, Does] = {
    "first visit: switch on 长辈版": turns_on_large_type,
}


async def walked_by_a_resident(walk: Walk, lends: Lends) -> Mapping[str, Count]:
    return await counted(walk, Tapping.of(await lends(None)), TASKS)
