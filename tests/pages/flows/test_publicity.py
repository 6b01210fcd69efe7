"""阳光公示 as everybody reads it and complains from a row; 公示栏 as its handler starts, extends, confirms and ends; as leaders read it."""

from __future__ import annotations

import pytest

from plugins.complaints.events import Filing
from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.rows.test_publicity_rows import TUOPAI, come_to_publicity, days_pass, start, waiting
from tests.web.conftest import picture
from tests.world import SHEHONG

PUBLIC, BOARD = f"/ykt/{SHEHONG}/publicity", f"/ydsh/{TUOPAI}/publicity/board"
TITLE = "沱牌镇高龄津贴乡镇公示"
# Over 80, each of a test of their own.
OLD = {
    True: (
        *("510904194403150023", "510923194106120011", "510904193805120025"),
        *("510904193712090023", "510904193905060023", "510904193705180020"),
        "510904193907170023",
        "510904194111060026",
    ),
    False: (
        *("510904194012250027", "510904193905120022", "510904194006130010"),
        *("510904194107080024", "510904194203040022", "510904193804110028"),
        "510904194108220017",
        "510904194009080012",
    ),
}


@pytest.fixture
def numbers(script: bool) -> tuple[str, ...]:
    return OLD[script]


async def object_to(walk: Walk, board: str, clerk: Walker) -> None:
    """The first row is 异议中, as a complaint holds it."""
    [row, *_] = (await clerk.get(f"/{TUOPAI}/publicity/board/{board}/rows"))["items"]
    filing = Filing(complaint=f"complaint-{board}", kind="publicity", row=row["id"], holds=True)
    place = walk.hub.places.tree[SHEHONG]
    await walk.hub.units.run(lambda ctx: ctx.ask(filing), plugin="publicity", place=place)


async def test_a_resident_reads_who_stands_in_it_and_complains(
    walk: Walk, lends: Lends, script: bool, numbers: tuple[str, ...]
) -> None:
    """Found by its state, its project and the words of its title; the complaint is about that row."""
    _, clerk, _ = await come_to_publicity(walk, numbers[0])
    await start(clerk)
    resident = await walk.resident("刘梅" if script else "陈芳")
    phone = await lends(resident, script=script)

    await phone.open(f"/ykt/{SHEHONG}")
    await phone.tap("阳光公示查询")
    await phone.headed("阳光公示")
    await phone.tap("公示中")
    await phone.tap("全部项目")
    await phone.tap("高龄津贴")
    await phone.search("沱牌镇")
    assert "project=" in phone.page.url  # as it was chosen before
    await phone.tap(TITLE)
    await phone.headed(TITLE)
    await phone.reads("还剩5天", "射洪市沱牌镇民政局", "1人")
    await phone.tap("1. 李*兰")
    await phone.headed("投诉举报")
    await phone.reads("这条记录")
    await phone.choose("投诉类型", "优亲厚友")
    await phone.fill("投诉内容", "此人已搬走多年。")
    await phone.pick("可以公开")
    await phone.tap("提交投诉")

    await phone.is_at(f"/ykt/{SHEHONG}/complaints/mine/[^/]+")
    await phone.reads("此人已搬走多年。", "李*兰")


async def test_a_handler_photographs_the_board(
    walk: Walk, lends: Lends, script: bool, numbers: tuple[str, ...]
) -> None:
    """The paper that was put up, with the day; a wrong photo is taken away again."""
    _, clerk, _ = await come_to_publicity(walk, numbers[7])
    id = await start(clerk)
    phone = await lends(clerk, "ydsh", script=script)
    await phone.open(f"{BOARD}/{id}")

    await phone.tap("张贴照片")
    await phone.reads("标题和日期看得清", "不向群众公开")
    await phone.tap("张贴照片")
    await phone.reads("处要改")
    await phone.attach("公示栏.jpg", picture())
    await phone.tap("张贴照片")

    await phone.is_at(f"{BOARD}/{id}")
    await phone.reads("公示栏：张贴照片", "第1张", "张贴照片")


async def test_after_the_end_the_persons_are_gone(
    walk: Walk, lends: Lends, script: bool, numbers: tuple[str, ...]
) -> None:
    """Number and state stay, also for somebody who is not signed in."""
    _, clerk, _ = await come_to_publicity(walk, numbers[1])
    id = await start(clerk)
    phone = await lends(None, script=script)

    await phone.open(f"{PUBLIC}/notices/{id}")
    await phone.reads("李*兰")
    await days_pass(walk, 6)
    await phone.open(f"{PUBLIC}/notices/{id}")

    await phone.reads("公示期已满", "1人")
    await phone.reads_not("李*兰")
    assert (await clerk.get(f"/{TUOPAI}/publicity/board/{id}"))["views"] == 2


async def test_a_handler_gives_one_case_back_before_it_starts(
    walk: Walk, lends: Lends, script: bool, numbers: tuple[str, ...]
) -> None:
    """What is wrong on paper need not be published first; the declarant reads why."""
    resident, clerk, _ = await come_to_publicity(walk, numbers[6])
    board = (await waiting(clerk))["notice"]["id"]
    phone = await lends(clerk, "ydsh", script=script)

    await phone.open(f"{BOARD}/{board}")
    await phone.tap("查看名单")
    await phone.tap("1. 李*兰")
    await phone.headed("退回单件")
    await phone.fill("退回原因（申报人会看到）", "户口簿缺一页。")
    await phone.tap("退回")

    await phone.is_at(f"{BOARD}/{board}")
    await phone.reads("已终止")
    await walk.settled()
    [case, *_] = (await resident.get(f"/{TUOPAI}/declaration/cases"))["items"]
    assert case["state"] == "handling"


async def test_a_handler_starts_extends_and_confirms_all_but_who_is_objected_to(
    walk: Walk, lends: Lends, script: bool, numbers: tuple[str, ...]
) -> None:
    """Fewer days than the project wants are refused at the field; the one who is objected to is excepted, and that is said."""
    for number in numbers[2:4]:
        _, clerk, _ = await come_to_publicity(walk, number)
    notice = (await waiting(clerk))["notice"]
    board = notice["id"]
    phone = await lends(clerk, "ydsh", script=script)

    await phone.open(f"/ydsh/{TUOPAI}/worklist/tasks?number={notice['number']}")
    await phone.tap("高龄津贴 · 乡镇公示")
    await phone.tap("去办理")
    await phone.is_at(f"{BOARD}/{board}")
    await phone.tap("发起公示")
    await phone.fill("公示天数", "1")
    await phone.tap("发起公示")
    await phone.reads("处要改", "公示时间不能少于该项目规定的5天")
    await phone.fill("公示天数", "5")
    await phone.tap("发起公示")
    await phone.is_at(f"{BOARD}/{board}")
    await walk.settled()
    await object_to(walk, board, clerk)
    await phone.open(f"{BOARD}/{board}")
    await phone.tap("延长公示")
    await phone.fill("延长几天", "2")
    await phone.fill("理由", "群众要求延长。")
    await phone.tap("延长公示")
    await phone.is_at(f"{BOARD}/{board}")
    await phone.reads("7天", "群众要求延长。")
    await days_pass(walk, 8)
    await phone.open(f"{BOARD}/{board}")
    await phone.reads("请办理最终确认", "1人异议中")
    await phone.tap("公示最终确认")
    await phone.reads("本次确认1人", "不在本次确认之内")
    await phone.fill("确认意见", "公示期内已逐户核对。")
    await phone.tap("公示最终确认")

    await phone.is_at(f"{BOARD}/{board}")
    await phone.reads("公示期内已逐户核对。")
    await walk.settled()
    await phone.open(f"{BOARD}/{board}/rows")
    await phone.reads("异议中", "已确认")


async def test_a_handler_ends_and_publishes_again(
    walk: Walk, lends: Lends, script: bool, numbers: tuple[str, ...]
) -> None:
    """With the reason; who stood in it waits for a new one."""
    _, clerk, _ = await come_to_publicity(walk, numbers[4])
    ended = await start(clerk)
    phone = await lends(clerk, "ydsh", script=script)

    await phone.open(f"/ydsh/{TUOPAI}")
    await phone.tap("公示栏")
    await phone.tap("公示中")
    await phone.tap(TITLE)
    await phone.is_at(f"{BOARD}/{ended}")
    await phone.tap("终止公示")
    await phone.reads("这次公示不算数")
    await phone.tap("终止公示")
    await phone.reads("处要改")
    await phone.fill("理由", "名单有误。")
    await phone.tap("终止公示")
    await phone.is_at(f"{BOARD}/{ended}")
    await phone.reads("已终止", "名单有误。")
    await phone.tap("重新公示")
    await phone.reads("已重新公示")
    await walk.settled()
    fresh = (await waiting(clerk))["notice"]["id"]

    assert fresh != ended
    await phone.open(f"{BOARD}/{fresh}")
    await phone.reads("待公示")


async def test_a_leader_reads_it_and_takes_the_list_as_a_table(
    walk: Walk, lends: Lends, script: bool, numbers: tuple[str, ...]
) -> None:
    """Behind a reason, as a file; no move is offered."""
    await come_to_publicity(walk, numbers[5])
    leader = await walk.staff("leader", TUOPAI)
    phone = await lends(leader, "ydjd", script=script)

    await phone.open(f"/ydjd/{TUOPAI}")
    await phone.tap("公示栏")
    await phone.tap("待公示")
    await phone.tap(TITLE)
    await phone.reads_not("发起公示")
    await phone.tap("导出名单")
    await phone.fill("导出的理由（会记录在案）", "村务公开栏张贴。")
    async with phone.page.expect_download() as download:
        await phone.tap("导出名单")

    assert (await download.value).suggested_filename.endswith(".xlsx")
