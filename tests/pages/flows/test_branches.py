"""银行网点 as a resident looks for one on the phone: from the home, by town, by name, near the phone."""

from __future__ import annotations

from playwright.async_api import expect

from hub.rules.importing import run_import
from tests.branches.conftest import AT_SEAT, AT_TOWN, SEAT, TOWN, table
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.world import ANJU, VILLAGE


async def test_a_resident_finds_a_branch_and_may_phone_it(walk: Walk, lends: Lends, script: bool) -> None:
    """By position only where there is script and the owner of the phone lets it."""
    await run_import(
        walk.hub.units, "branches", table(TOWN | AT_TOWN, SEAT | AT_SEAT), lambda done, total, so_far=None: None
    )
    phone = await lends(await walk.resident("王建国"), script=script)
    context = phone.page.context
    await context.grant_permissions(["geolocation"])
    await context.set_geolocation({"latitude": 30.31, "longitude": 105.4})

    await phone.open(f"/ykt/{VILLAGE}")
    await phone.tap("银行网点")
    await phone.reads("农业银行安居支行", "农商银行聚贤支行")
    await phone.tap("聚贤镇")
    await phone.reads_not("农业银行安居支行")
    await expect(phone.page.get_by_label("给农商银行聚贤支行打电话")).to_have_attribute("href", "tel:0825-8661234")
    await phone.tap("离我最近的网点")
    await phone.reads("位置只用来查这一次")
    if script:
        await phone.tap("用我的位置查找")
        await phone.reads("约1.1公里", "农商银行聚贤支行")
        assert "30.31" not in phone.page.url
    else:
        await phone.tap("不用位置，按乡镇查")
        await phone.reads("农商银行聚贤支行")

    await phone.open(f"/ykt/{ANJU}/branches")
    await phone.search("工商")
    await phone.reads("没有找到网点")
