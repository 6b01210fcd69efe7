"""人员与岗位 as a security administrator uses it on a phone: a vacancy filled, a position ended, leave, a forgotten password."""

from __future__ import annotations

from tests.pages.flows.conftest import Lends
from tests.pages.flows.phone import Phone
from tests.rows.rows import Walk
from tests.web.samples import core, staff, survey
from tests.world import ANJU, JUXIAN


async def test_a_vacancy_is_filled_with_somebody_who_was_found(walk: Walk, lends: Lends, script: bool) -> None:
    """A post that nobody does stands first; who takes it over is looked for by account, and has the right at once."""
    await staff.vacant(walk.scene)
    free = await staff.clerk(walk.scene, "window")
    phone = await signed_in(walk, lends, script)

    await phone.open(f"/ops/{ANJU}")
    await phone.tap("人员与岗位")
    await phone.reads("空缺", "纪委", "离岗，没有代理人")
    await phone.tap("找人")
    await phone.fill("姓名或账号", free.username)
    await phone.tap("查找")
    await phone.tap("周敏")
    await phone.reads(free.username, "受理窗口", "正常")
    await phone.tap("给岗位")
    await phone.choose("岗位", "领导")
    await phone.choose("地区", "安居区聚贤镇")
    await phone.tap("给岗位")

    await phone.is_at(f"/ops/{ANJU}/staff/accounts/{free.account}")
    await phone.reads("领导", "受理窗口")
    held = await walk.hub.identity.staff.held(free.person, walk.hub.clock.now())
    assert {(each.role, each.region) for each in held} == {("window", JUXIAN), ("leader", JUXIAN)}


async def test_a_position_says_whose_its_work_will_be_before_it_ends(walk: Walk, lends: Lends, script: bool) -> None:
    """What waits, and who has it then; afterwards the position is over and the audit log knows who ended it."""
    await core.tasks(walk.scene)
    ending = await staff.clerk(walk.scene, "window")
    held = await staff.held(walk.scene, ending)
    phone = await signed_in(walk, lends, script)

    await phone.open(f"/ops/{ANJU}/staff/positions/{held.id}")
    await phone.reads("待认领")
    await phone.tap("结束岗位")
    await phone.reads("件待认领", "任务转给周敏")
    await phone.tap("结束岗位")

    await phone.is_at(f"/ops/{ANJU}/staff/positions/{held.id}")
    await phone.reads("已结束")
    assert await walk.hub.identity.staff.held(ending.person, walk.hub.clock.now()) == []
    assert await walk.hub.database["audit"].find_one({"what": "position.ended", "subject": held.id}) is not None


async def test_leave_is_given_with_a_deputy(walk: Walk, lends: Lends, script: bool) -> None:
    """Somebody of the same place, by name; the position says so, and takes its holder back."""
    going, deputy = await staff.clerk(walk.scene), await staff.clerk(walk.scene)
    held = await staff.held(walk.scene, going)
    phone = await signed_in(walk, lends, script)

    await phone.open(f"/ops/{ANJU}/staff/positions/{held.id}")
    await phone.tap("离岗")
    await phone.field("代理人（AB岗）").select_option(value=deputy.account)
    await phone.tap("离岗")
    await phone.is_at(f"/ops/{ANJU}/staff/positions/{held.id}")
    await phone.reads("离岗，有代理")
    left = await walk.hub.identity.staff.position(held.id)
    await phone.tap("返岗")
    await phone.tap("返岗")

    await phone.reads("在岗")
    assert left is not None and (left.on_leave, left.deputy) == (True, deputy.person)


async def test_a_closed_account_is_given_a_deputy_and_not_its_work(walk: Walk, lends: Lends, script: bool) -> None:
    """Its positions say that it is closed, and what can be done."""
    closed, deputy = await staff.clerk(walk.scene), await staff.clerk(walk.scene)
    held = await staff.held(walk.scene, closed)
    officer = await walk.staff("ops_security", ANJU)
    await officer.post(f"/{ANJU}/staff/accounts/{closed.account}/disable")
    phone = await lends(officer, "ops", script=script)

    await phone.open(f"/ops/{ANJU}/staff/positions/{held.id}")
    await phone.reads("账号已停用")
    offered = await phone.said("返岗").count()
    await phone.tap("指定代理人")
    await phone.field("代理人（AB岗）").select_option(value=deputy.account)
    await phone.tap("指定代理人")

    await phone.is_at(f"/ops/{ANJU}/staff/positions/{held.id}")
    await phone.reads("更换代理人")
    left = await walk.hub.identity.staff.position(held.id)
    assert offered == 0
    assert left is not None and (left.on_leave, left.deputy) == (True, deputy.person)


async def test_a_forgotten_password_is_reset_and_shown_once(walk: Walk, lends: Lends, script: bool) -> None:
    """All sign-ins end, and the owner has to choose a new one."""
    owner = await staff.clerk(walk.scene)
    session = await walk.scene.session(owner.person, "ydsh", "staff")
    phone = await signed_in(walk, lends, script)

    await phone.open(f"/ops/{ANJU}/staff/accounts/{owner.account}")
    await phone.reads("1处正在使用")
    await phone.tap("重置密码")
    await phone.reads("请先核实是本人")
    await phone.tap("重置密码")
    await phone.headed("新密码")
    await phone.tap("记好了")
    await phone.reads("下次登录必须修改")
    await phone.tap("结束全部登录")
    await phone.tap("结束全部登录")

    await phone.reads("现在没有登录")
    assert await walk.hub.identity.sessions.get(session) is None


async def test_an_administrator_does_nothing_to_themselves(walk: Walk, lends: Lends, script: bool) -> None:
    """Their own position is shown without buttons, and says whom to ask."""
    officer = await walk.staff("ops_security", ANJU)
    phone = await lends(officer, "ops", script=script)

    await phone.open(f"/ops/{ANJU}/staff/positions/holding-{officer.person}")

    await phone.reads("请由另一位安全管理员办理")
    assert not await phone.said("结束岗位").count()


async def signed_in(walk: Walk, lends: Lends, script: bool) -> Phone:
    return await lends(await walk.staff("ops_security", ANJU), "ops", script=script)


async def test_leaving_says_before_what_is_in_hand(walk: Walk, lends: Lends, script: bool) -> None:
    """What was claimed and begun, and which posts nobody does afterwards; then it is with others."""
    draft = await survey.draft(walk.scene)
    leaver = await staff.clerk(walk.scene, "discipline")
    drafts = walk.hub.database["survey.drafts"]
    await drafts.update_one({"_id": draft.path["draft"]}, {"$set": {"person": leaver.person}})
    phone = await signed_in(walk, lends, script)

    await phone.open(f"/ops/{ANJU}/staff/accounts/{leaver.account}")
    await phone.tap("离职")
    await phone.reads("手上有1份入户调查草稿", "转给同岗位的人", "不能一次恢复")
    await phone.tap("离职")

    await phone.is_at(f"/ops/{ANJU}/staff/accounts/{leaver.account}")
    await phone.reads("已停用")
    handed = await drafts.find_one({"_id": draft.path["draft"]})
    assert handed is not None and handed["person"] != leaver.person
