"""村村响 on the phone: a resident looks at their village, follows it and complains of a row; its handler reads aloud, and notes it."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from hub.app import Hub
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk
from tests.rows.test_village_rows import confirm, prove, put_up
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN, VILLAGE


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """Of its own: what the village has got is counted."""
    return own_hub


async def test_a_resident_looks_follows_and_complains(walk: Walk, lends: Lends, script: bool) -> None:
    """From the home to a row; afterwards the names are gone, but for one's own."""
    chen, mei = await walk.resident("陈芳"), await walk.resident("刘梅")
    await prove(walk, mei, "刘梅")
    phone = await lends(chen, script=script)
    await phone.open(f"/ykt/{VILLAGE}")
    await phone.tap("村村响")
    await phone.reads("万古桥村", "现在没有公示", "还没有公示过的补贴")
    await phone.tap("关注")
    await phone.headed("我关注的村")
    await phone.reads("万古桥村")

    shown = await put_up(walk, "刘梅")
    await phone.open(f"/ykt/{VILLAGE}/village")
    await phone.reads("5人", "1750.00元", "公示中", "已关注")
    await phone.tap("地力保护")
    await expect(phone.page.locator("a.row", has_text="投诉")).to_have_count(5)
    await phone.page.locator("a.row", has_text="投诉").first.click()
    await phone.reads("投诉")

    await confirm(walk, shown)
    await phone.open(f"/ykt/{VILLAGE}/village/projects/10001")
    await phone.reads("公示已确认", "5人", "1750.00元")
    await phone.reads_not("350.00")
    own = await lends(mei, script=script)
    await own.open(f"/ykt/{VILLAGE}/village/projects/10001")
    await own.reads("刘*（我）", "已确认")
    await own.tap("刘*")
    await own.headed("地力保护")

    await phone.open(f"/ykt/{VILLAGE}/village/follows")
    await phone.tap("安居区聚贤镇万古桥村")
    await phone.tap("取消关注")
    await phone.reads("还没有关注")


async def test_a_handler_reads_aloud_and_notes_it(walk: Walk, lends: Lends, script: bool) -> None:
    """From the town down to the village; a photo of the board; a wrong entry is taken back; a leader reads the log."""
    mei = await walk.resident("刘梅")
    await prove(walk, mei, "刘梅")
    await put_up(walk, "刘梅")
    phone = await lends(await walk.staff("handler", JUXIAN), "ydsh", script=script)

    await phone.open(f"/ydsh/{JUXIAN}")
    await phone.tap("村村响")
    await phone.reads("还没有播报记录")
    await phone.tap("播报稿")
    await phone.tap("万古桥村")
    await phone.reads("各位乡亲", "地力保护，发放公示，5人，金额合计1750元")
    await phone.reads_not("刘梅")
    await phone.tap("念完了，登记播报")
    await phone.attach("board.jpg", picture())
    await phone.tap("登记播报")
    await phone.reads("已播报", "公示栏照片", "各位乡亲")
    await phone.tap("撤销登记")
    await phone.reads("这次播报不算数")
    await phone.fill("撤销的理由", "还没有播")
    await phone.tap("撤销登记")
    await phone.reads("这次登记已撤销", "还没有播")

    looking = await lends(await walk.staff("leader", ANJU), "ydjd", script=script)
    await looking.open(f"/ydjd/{ANJU}/village/readings")
    await looking.tap("安居区聚贤镇万古桥村")
    await looking.reads("已撤销", "只给经办人员和纪委看")
