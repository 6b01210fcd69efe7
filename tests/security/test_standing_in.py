"""Positions that nobody fills: who has their work then, and that it is nobody else's."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from hub.api import Office, OpenTask
from hub.identity.positions import Holding
from hub.identity.staff import Created, NewStaff, PositionWanted
from hub.store.database import to_milliseconds
from tests.chain.cast import City
from tests.web.scope import Staff
from tests.web.small import Visitor
from tests.world import ANJU, CITY, JUXIAN

PASSWORD = "Kuai-Le7-Shan"
SECURITY, OPS = Staff("ops_security", ANJU), Staff("ops_system", ANJU)
_NUMBERS = count(1)


class Bureau:
    """A bureau of its own for each test, with a position in the town, one in the county, and a task in the town."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.name = f"第{next(_NUMBERS)}局"
        self.subject = f"subject-{self.name}"

    async def hire(self, *regions: str) -> tuple[Created, Visitor]:
        """Somebody with the bureau's position there, signed in."""
        hub = self.city.hub
        posts = tuple(PositionWanted(role="handler", region=region, bureau=self.name) for region in regions)
        new = NewStaff(username=f"bureau{next(_NUMBERS)}", name="何俊", positions=posts)
        created = await hub.units.read(
            lambda ctx: hub.identity.staff.create_account(ctx, new, PASSWORD, must_change=False),
            plugin="identity",
            place=hub.places.tree[CITY],
        )
        await self.city.settled()
        return created, await self.city.scene.sign_in(created.person, "ydsh", "staff")

    async def want(self, **changes: Any) -> None:
        """A task arrives in the town, or is told anew."""
        now = self.city.hub.clock.now()
        wanted = OpenTask(
            place=JUXIAN,
            subject=self.subject,
            node="review_town",
            label="乡镇审核",
            role="handler",
            bureau=self.name,
            project="30005",
            title="高龄津贴 · 李*兰",
            number=f"510904-2026-{next(_NUMBERS):06d}",
            link="/",
            due_at=now + timedelta(days=5),
            **changes,
        )

        async def say(ctx: Any) -> None:
            ctx.emit(wanted)

        await self.city.hub.units.run(say, plugin="declaration", place=self.city.hub.places.tree[ANJU])
        await self.city.settled()

    async def task(self) -> dict[str, Any]:
        return await self.city.one("worklist.tasks", subject=self.subject)

    async def position_of(self, person: str) -> str:
        id: str = (await self.city.one("positions", person=person))["_id"]
        return id

    async def act(self, path: str, body: Any = None) -> None:
        """What a security administrator does, and what comes of it."""
        await self.city.done(SECURITY, "POST", f"/{ANJU}/staff{path}", body)

    async def ask(self, who: Visitor, method: str, act: str, body: Any = None) -> Any:
        path = f"/api/v1/{ANJU}/worklist/tasks/{(await self.task())['_id']}/{act}"
        answer = await who.ask(method, path, **({"json": body} if body is not None else {}))
        await self.city.settled()
        return answer


async def listed(who: Visitor) -> list[bool]:
    """Their own list: a line each, whether it is 代."""
    return [line["standing_in"] for line in (await who.get(f"/api/v1/{ANJU}/worklist/tasks")).json["items"]]


async def counted(who: Visitor) -> tuple[int, int]:
    counts = (await who.get(f"/api/v1/{ANJU}/worklist/tasks/count")).json
    return counts["todo"], counts["standing_in"]


async def told(who: Visitor) -> int:
    """How many messages of a task stand in their inbox."""
    items = (await who.get("/api/v1/inbox")).json["items"]
    return sum(item["code"] == "P01" for item in items)


@pytest.fixture
async def bureau(city: City) -> Bureau:
    # Whoever is to hear of vacant positions is there before.
    await city.visitor(OPS)
    return Bureau(city)


async def alerts_of(city: City) -> list[str]:
    return [row["cause"] for row in await city.all("alerts") if row["cause"].startswith("vacant")]


async def test_what_was_pushed_for_a_vacant_position_is_in_the_stand_ins_list_and_count_marked(bureau: Bureau) -> None:
    _, above = await bureau.hire(ANJU)

    await bureau.want()

    assert (await told(above), await listed(above), await counted(above)) == (1, [True], (1, 1))
    assert (await bureau.ask(above, "POST", "claim")).status == 200


async def test_nobody_above_takes_what_its_own_position_does(bureau: Bureau) -> None:
    (_, below), (_, above) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)

    await bureau.want()

    assert (await told(above), await listed(above), await counted(above)) == (0, [], (0, 0))
    refused = await bureau.ask(above, "POST", "claim")
    assert (refused.status, (await listed(below))) == (403, [False])


@pytest.mark.parametrize("way", ["end", "leave", "leave-job", "disable"])
async def test_when_the_only_holder_goes_open_tasks_are_offered_one_level_up_with_an_alert(
    bureau: Bureau, way: str
) -> None:
    (gone, _), (_, above) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)
    await bureau.want()
    before = await alerts_of(bureau.city)

    if way in ("leave-job", "disable"):
        await bureau.act(f"/accounts/{gone.account}/{way}")
    else:
        await bureau.act(f"/positions/{await bureau.position_of(gone.person)}/{way}", {} if way == "leave" else None)

    assert (await told(above), await listed(above), await counted(above)) == (1, [True], (1, 1))
    assert len(await alerts_of(bureau.city)) > len(before)


@pytest.mark.parametrize("claimed", [False, True])
async def test_when_the_only_holder_must_keep_away_by_now_the_task_is_offered_one_level_up(
    bureau: Bureau, claimed: bool
) -> None:
    (gone, below), (_, above) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)
    await bureau.want()
    if claimed:
        await bureau.ask(below, "POST", "claim")

    await bureau.want(avoid=(gone.person,))

    assert (await told(above), await listed(above), await listed(below)) == (1, [True], [])
    assert (await bureau.ask(above, "POST", "claim")).status == 200


async def test_where_all_who_could_do_it_must_keep_away_an_alert_says_so(bureau: Bureau) -> None:
    gone, _ = await bureau.hire(JUXIAN)
    await bureau.want()
    before = await alerts_of(bureau.city)

    await bureau.want(avoid=(gone.person,), avoid_offices=(Office(ANJU), Office(CITY)))

    assert len(await alerts_of(bureau.city)) == len(before) + 1
    assert (await bureau.task())["unfilled"]


async def test_whoever_comes_back_from_leave_has_the_work_again_and_the_stand_in_no_more(bureau: Bureau) -> None:
    (gone, below), (_, above) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)
    position = await bureau.position_of(gone.person)
    await bureau.want()
    await bureau.act(f"/positions/{position}/leave", {})
    await bureau.ask(above, "POST", "claim")

    await bureau.act(f"/positions/{position}/return")

    refused = await bureau.ask(above, "POST", "claim")
    assert (await listed(above), refused.status) == ([], 403)
    assert (await listed(below), await told(below)) == ([False], 2)


async def test_a_deputy_hears_of_the_tasks_that_are_there(bureau: Bureau) -> None:
    (gone, _), (deputy, standing) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)
    await bureau.want()

    await bureau.act(f"/positions/{await bureau.position_of(gone.person)}/leave", {"deputy": deputy.account})

    assert (await told(standing), await listed(standing)) == (1, [False])
    assert (await bureau.ask(standing, "POST", "claim")).status == 200


async def test_a_claimed_task_of_somebody_who_lost_the_position_is_free_at_once(bureau: Bureau) -> None:
    (gone, first), (_, second) = await bureau.hire(JUXIAN), await bureau.hire(JUXIAN)
    await bureau.want()
    await bureau.ask(first, "POST", "claim")
    taken = await bureau.ask(second, "POST", "claim")

    await bureau.act(f"/positions/{await bureau.position_of(gone.person)}/end")

    free = await bureau.ask(second, "POST", "claim")
    assert (taken.status, free.status, await told(second)) == (409, 200, 2)


async def test_whoever_holds_the_position_again_is_asked_in_the_decision_too(bureau: Bureau) -> None:
    """Also when the stand-in claimed before, and the fact that somebody came has not been heard yet."""
    _, above = await bureau.hire(ANJU)
    await bureau.want()
    line = (await bureau.ask(above, "POST", "claim")).json
    hub = bureau.city.hub
    holding = Holding(
        id=f"late-{bureau.name}",
        role="handler",
        region=JUXIAN,
        path=hub.places.tree[JUXIAN].path,
        bureau=bureau.name,
        person="somebody",
        since=to_milliseconds(hub.clock.now()),
    )
    await hub.database["positions"].insert_one(hub.database.encode(holding))

    decided = await bureau.ask(above, "POST", "decide", {"move": "pass", "version": line["version"]})

    assert decided.status == 403


async def test_a_position_that_ends_on_its_last_day_is_left_like_any_other(bureau: Bureau) -> None:
    (gone, _), (_, above) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)
    hub, until = bureau.city.hub, bureau.city.hub.clock.now() + timedelta(hours=1)
    await bureau.act(f"/positions/{await bureau.position_of(gone.person)}/end")
    wanted = PositionWanted(role="handler", region=JUXIAN, bureau=bureau.name)
    await hub.units.read(
        lambda ctx: hub.identity.staff.appoint(ctx, gone.person, wanted, until=until),
        plugin="identity",
        place=hub.places.tree[CITY],
    )
    await bureau.want()
    before = await listed(above)

    hub.clock.advance(timedelta(hours=2))  # type: ignore[attr-defined]
    await bureau.city.job("identity.tell_of_days")

    assert (before, await listed(above), await told(above)) == ([], [True], 1)


async def test_what_nobody_anywhere_can_do_waits_for_whoever_comes(bureau: Bureau) -> None:
    await bureau.want()

    _, above = await bureau.hire(ANJU)

    assert (await told(above), await listed(above)) == (1, [True])


async def test_many_tasks_go_up_in_small_steps(bureau: Bureau) -> None:
    """More than one transaction looks at."""
    (gone, _), (_, above) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)
    for number in range(60):
        bureau.subject = f"subject-{bureau.name}-{number}"
        await bureau.want()

    await bureau.act(f"/positions/{await bureau.position_of(gone.person)}/end")

    assert await counted(above) == (60, 60)


async def test_what_no_fact_has_told_is_seen_by_the_daily_look(bureau: Bureau) -> None:
    (gone, _), (_, above) = await bureau.hire(JUXIAN), await bureau.hire(ANJU)
    await bureau.want()
    await bureau.city.hub.database["positions"].delete_many({"person": gone.person})

    await bureau.city.job("worklist.look_at_all")

    assert (await told(above), await listed(above)) == (1, [True])
