"""数据导入 on a phone: a table is tried before it counts, the rows that are left out are read, and progress arrives by itself."""

from __future__ import annotations

import pytest

from hub.console.imports import ImportMoved, Tally
from tests.console.runs import brought_in
from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk
from tests.waiting import patience
from tests.web.samples.console import at_rest, stored_run
from tests.world import CITY, JUXIAN

BAD_ROWS = Tally(added=1, rejected=2)
HEAD = "code,name,level,parent,status\n"


async def looked_until(phone: Phone, words: str) -> None:
    """Loads the page again until it says so."""
    async with patience():
        while not await phone.page.get_by_text(words).count():
            await phone.page.reload()


async def test_a_table_is_tried_and_then_counts(walk: Walk, lends: Lends, script: bool) -> None:
    """A wrong row is named; the table is mended, tried again and brought in; the history says who did it."""
    code = f"{JUXIAN}{701 if script else 702}"
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops", script=script)
    await at_rest(walk.scene)

    await phone.open(f"/ops/{CITY}")
    await phone.tap("数据导入")
    await phone.tap("地区")
    await phone.reads("文件里的列", "区划代码")
    await phone.attach("regions.csv", f"{HEAD}{code},新村,hamlet,{JUXIAN},active\n".encode())
    await phone.tap("上传并试算")
    await looked_until(phone, "没有可以导入的内容")
    await phone.tap("查看不能导入的1行和原因")
    await phone.reads("第2行", "level应为city、county、town、village之一")
    await phone.tap("返回")
    await phone.tap("重新上传")
    await phone.attach("regions.csv", f"{HEAD}{code},新村,village,{JUXIAN},active\n".encode())
    await phone.tap("上传并试算")
    await looked_until(phone, "试算完成")
    assert code not in walk.hub.places.tree
    await phone.tap("确认导入")
    await phone.reads("将新增1项，更改0项")
    await phone.tap("确认导入")
    await looked_until(phone, "导入完成")

    assert code in walk.hub.places.tree
    await phone.tap("返回")
    await phone.reads("导入记录", "已完成", "新增1，更改0")


async def test_a_run_is_stopped(walk: Walk, lends: Lends, script: bool) -> None:
    """Asked before; what is done stays."""
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops", script=script)
    run = await stored_run(walk.scene, "running")

    await phone.open(f"/ops/{CITY}/ops/imports/{run.id}")
    await phone.tap("停止导入")
    await phone.reads("已经导入的保留")
    await phone.tap("停止导入")
    await looked_until(phone, "已停止。")

    await phone.reads("重新上传同一个文件")


@pytest.mark.parametrize("script", [False], indirect=True)
@pytest.mark.parametrize(
    ("state", "told", "page", "words", "never"),
    [
        ("stopped", {"confirmer": None}, "", "没有改动数据", "已导入的保留"),
        ("failed", {"confirmer": None, "why": "出错。"}, "", "没有改动数据", "已导入的保留"),
        ("done", {"tally": BAD_ROWS}, "", "有的没有导入", "导入完成"),
        ("tried", {"tried": BAD_ROWS, "whole_place": True}, "/run", "整个地区都不导入", "会跳过"),
    ],
    ids=("stopped trial", "failed trial", "done in part", "whole places"),
)
async def test_what_became_of_it_is_not_made_better(  # type: ignore[no-untyped-def]
    walk: Walk, lends: Lends, script: bool, state, told, page, words, never
) -> None:
    """Nothing was brought in by a trial; what is left out is told."""
    phone = await lends(await walk.staff("ops_system", CITY), "ops", script=script)
    run = await stored_run(walk.scene, state, **told)

    await phone.open(f"/ops/{CITY}/ops/imports/{run.id}{page}")

    await phone.reads(words)
    assert not await phone.page.get_by_text(never).count()


@pytest.mark.parametrize("script", [True], indirect=True)
async def test_progress_arrives_while_one_looks(walk: Walk, lends: Lends, script: bool) -> None:
    """By the socket; nothing moves under the finger."""
    operator = await walk.staff("ops_system", CITY)
    phone = await lends(operator, "ops", script=script)
    run = await stored_run(walk.scene, "tried")
    moved = ImportMoved(place=CITY, run=run.id)

    async def tell(ctx):  # type: ignore[no-untyped-def]
        ctx.emit(moved)

    await phone.open(f"/ops/{CITY}/ops/imports/{run.id}")
    async with patience():
        while not await phone.page.locator("#arrived:visible").count():
            await walk.hub.units.run(tell, plugin="ops", place=walk.hub.places.tree[CITY])
            await phone.page.wait_for_timeout(100)

    await phone.reads("有更新，点这里显示")


STAFF = "账号,姓名,身份证号,手机号,角色,地区代码,地区名称,部门,项目,岗位环节\n"


async def test_a_table_of_staff_says_who_is_missing(walk: Walk, lends: Lends, script: bool) -> None:
    """The last one had somebody more: told before it counts; the list leads to the person, where 离职 is done."""
    one, other = (f"{name}{'s' if script else 'p'}" for name in ("stayer", "leaver"))
    rows = {name: f"{name},周敏,,,经办人员,,聚贤镇,,,\n" for name in (one, other)}
    officer = await walk.staff("ops_security", CITY)
    await walk.hub.database["ops.import_rolls"].delete_many({})
    await brought_in(officer, "staff_table", f"{STAFF}{rows[one]}{rows[other]}".encode())
    phone = await lends(officer, "ops", script=script)

    await phone.open(f"/ops/{CITY}/ops/imports")
    await phone.tap("人员和岗位表")
    await phone.reads("同一个人的几行写同一个账号", "下载空表")
    await phone.attach("staff.csv", f"{STAFF}{rows[one]}".encode())
    await phone.tap("上传并试算")
    await looked_until(phone, "上次的表里有、这次没有：1人，1个岗位")
    await phone.tap("上次的表里有、这次没有")
    await phone.reads(other, "经办人员", "仍有岗位", "系统不会自己收回")
    await phone.tap(f"周敏（{other}）")
    await phone.tap("离职")
    await phone.reads("手上没有已认领的任务和草稿")
    await phone.tap("离职")

    await phone.reads("已停用")
    assert (
        await walk.hub.identity.staff.held(await walk.hub.identity.staff.person_of(other), walk.hub.clock.now()) == []
    )
