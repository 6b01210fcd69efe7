"""Each kind that may be followed: what is told of it, and to whom it is not."""

from __future__ import annotations

from hub.testing import ANJU, CITY, JUXIAN
from hub.worklist.events import TaskClaimed
from plugins.overdue.documents import Watch
from tests.follow.conftest import Followers


async def claimed(office: Followers, task: str, person: str = "杨帆") -> None:
    """Somebody has taken the task over."""
    row = await office.world.database["overdue.watches"].find_one({"_id": task})
    watch = office.world.database.decode(Watch, row)
    fields = TaskClaimed.__struct_fields__
    known = {name: getattr(watch, name) for name in fields if name in watch.__struct_fields__}
    await office.tell(TaskClaimed(**{**known, "task": task, "person": person}), place=watch.place)


async def test_a_complaint(office: Followers) -> None:
    lin = await office.leader()
    filed = await office.complaints.about_unit(JUXIAN)
    await office.follow(lin, filed.id, "complaint")

    await office.complaints.do("accept", filed.id)

    [push] = await office.heard(lin)
    assert (push.data["sort"], push.data["moved"], push.data["state"]) == ("投诉", "受理", "已受理")
    [line] = await office.followed(lin, kind="complaint")
    assert (line.href, line.unread) == (f"/{ANJU}/complaints/{filed.id}", True)


async def test_the_accused_office_hears_nothing_of_a_complaint(office: Followers) -> None:
    """A leader of the county who has come to lead the accused town as well."""
    lin = await office.leader()
    filed = await office.complaints.about_unit(JUXIAN)
    await office.follow(lin, filed.id, "complaint")
    await office.employ(lin.person or "", office.position("leader", JUXIAN))

    await office.complaints.do("accept", filed.id)

    assert await office.heard(lin) == []


async def test_a_late_case(office: Followers) -> None:
    """Claimed, then done; what only moves its moments is no news."""
    lin = await office.leader()
    task = await office.late.late()
    await office.follow(lin, task, "overdue")

    await claimed(office, task)
    await office.job("overdue.clock")
    await office.late.done(task)

    assert [push.data["moved"] for push in await office.heard(lin)] == ["办理中", "已通过"]
    [line] = await office.followed(lin)
    assert (line.state, line.over, line.href) == ("已通过", True, f"/{ANJU}/overdue/cases/{task}")


async def test_an_order_about_a_late_case_is_news_but_to_whoever_has_issued_it(office: Followers) -> None:
    lin, hears = await office.leader(), await office.leader("高峰")
    await office.late.handler()
    task = await office.late.late()
    for who in (lin, hears):
        await office.follow(who, task, "overdue")

    await office.late.at_once(lin)

    assert [push.data["moved"] for push in await office.heard(hears)] == ["督办已签发"]
    assert await office.heard(lin) == []


async def test_of_a_sensitive_project_a_late_case_is_not_followed_by_leaders(office: Followers) -> None:
    """It has become one since: 纪委 hears of it, the leader no more."""
    lin = await office.leader()
    wei = await office.employ("纪伟", office.position("discipline", ANJU))
    task = await office.late.late()
    for who in (lin, wei):
        await office.follow(who, task, "overdue")
    await office.change("overdue.watches", task, sensitive=True)

    await claimed(office, task)

    assert (await office.heard(lin), len(await office.heard(wei))) == ([], 1)


async def test_a_late_case_of_the_city_itself_is_followed_at_the_city(office: Followers) -> None:
    above, lin = await office.leader("市领导", CITY), await office.leader()
    task = await office.late.late(CITY, row=CITY)
    await office.follow(above, task, "overdue", at=CITY)

    await claimed(office, task)

    [line] = await office.followed(above, at=CITY)
    assert (line.at, line.href, line.state) == (CITY, f"/{CITY}/overdue/cases/{task}", "办理中")
    assert (len(await office.heard(above)), await office.heard(lin)) == (1, [])


async def test_a_case_that_was_halted_and_ended_then_is_over_for_its_followers(office: Followers) -> None:
    """It is gone, so nobody hears of it; it is followed for a year still, and then no more."""
    lin = await office.leader()
    task = await office.late.late()
    await office.follow(lin, task, "overdue")
    await office.change("overdue.watches", task, state="halted")

    await office.late.done(task)

    kept = await office.world.database["follow.follows"].find_one({"subject": task})
    assert (kept["over_at"] is not None, await office.heard(lin), await office.followed(lin)) == (True, [], [])
