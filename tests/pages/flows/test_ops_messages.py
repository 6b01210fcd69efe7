"""消息模板 as a system administrator looks at it on a phone."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.world import ANJU


async def test_a_message_is_seen_as_the_phone_shows_it(walk: Walk, lends: Lends, script: bool) -> None:
    """In full and as WeChat's fields, each with its rule; and where its words and its template's id are kept."""
    operator = await walk.staff("ops_system", ANJU)
    phone = await lends(operator, "ops", script=script)

    await phone.open(f"/ops/{ANJU}")
    await phone.tap("消息模板")
    await phone.reads("P01", "待办到达", "经办人员")
    await phone.page.locator("a[href$='worklist.arrived']").click()

    await phone.headed("待办到达")
    await phone.reads("本人会在“移动审核”读到", "请在办理期限前认领办理", "thing1 事项", "不超过20个字", "arrived.oa")
