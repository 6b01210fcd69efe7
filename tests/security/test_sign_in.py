"""Guessing passwords, locking others out, first passwords, web-views that outlive their mini program, and who mends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from hub.app import Hub
from hub.identity.desk import StaffPlugin
from hub.identity.staff import Created, NewStaff, PositionWanted
from tests.chain.cast import City
from tests.web.scope import Staff
from tests.web.small import Answer, Visitor
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

RIGHT, WRONG = "Kuai-Le7-Shan", "Wrong-Pass-1"
SECURITY = Staff("ops_security", ANJU)
ELSEWHERE = Staff("ops_security", SHEHONG)
_NAMES = count(1)


@asynccontextmanager
async def somewhere(hub: Hub, number: int) -> AsyncIterator[Visitor]:
    """Somebody at a network address of their own."""
    connector = aiohttp.TCPConnector(local_addr=(f"127.0.0.{number}", 0))
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Visitor(http, hub.url)


async def hire(hub: Hub, *, must_change: bool = False, region: str = JUXIAN) -> Created:
    new = NewStaff(
        username=f"clerk{next(_NAMES)}", name="周敏", positions=(PositionWanted(role="handler", region=region),)
    )
    return await hub.units.read(
        lambda ctx: hub.identity.staff.create_account(ctx, new, RIGHT, must_change=must_change),
        plugin="identity",
        place=hub.places.tree[CITY],
    )


async def sign_in(visitor: Visitor, username: str, password: str = RIGHT, **headers: str) -> Answer:
    body = {"app": "ydsh", "username": username, "password": password}
    return await visitor.post("/api/v1/signin/account", body, headers=headers)


async def guess(visitor: Visitor, username: str, times: int) -> list[str]:
    """What the wrong passwords were answered with."""
    return [(await sign_in(visitor, username, WRONG)).error["code"] for _ in range(times)]


def bearer(visitor: Visitor, answer: Answer) -> Visitor:
    return visitor.with_headers(Authorization=f"Bearer {answer.json['token']}", X_Hub_App="ydsh")


async def with_account(city: City, created: Created, act: str, who: Staff = SECURITY, body: Any = None) -> Answer:
    return await city.ask(who, "POST", f"/{ANJU}/staff/accounts/{created.account}/{act}", body)


# --- the lock -------------------------------------------------------------------------------------------------------


async def test_wrong_passwords_lock_an_account_only_for_where_they_come_from(city: City) -> None:
    clerk = await hire(city.hub)

    async with somewhere(city.hub, 11) as attacker, somewhere(city.hub, 12) as office:
        answers = await guess(attacker, clerk.username, 6)
        locked, elsewhere = await sign_in(attacker, clerk.username), await sign_in(office, clerk.username)

    assert answers == ["wrong_password"] * 5 + ["locked"]
    assert (locked.status, elsewhere.status) == (429, 200)


async def test_a_device_that_signed_in_before_goes_on_while_its_own_address_is_locked(city: City) -> None:
    clerk = await hire(city.hub)

    async with somewhere(city.hub, 13) as shared:
        device = (await sign_in(shared, clerk.username)).json["device"]
        await guess(shared, clerk.username, 6)
        known = await sign_in(shared, clerk.username, **{"X-Hub-Device": device})
        unknown = await sign_in(shared, clerk.username)

    assert (known.status, unknown.status) == (200, 429)


async def test_a_browsers_device_is_a_cookie_that_no_other_site_sends(city: City) -> None:
    clerk = await hire(city.hub)

    async with somewhere(city.hub, 14) as browser:
        answer = await sign_in(browser, clerk.username, **{"X-Hub-Session": "cookie"})
        [cookie] = [line for line in answer.headers.getall("Set-Cookie") if line.startswith("hub_device=")]
        await guess(browser, clerk.username, 6)
        known = await sign_in(browser, clerk.username, Cookie=cookie.partition(";")[0])

    assert answer.json["device"] == ""
    assert all(part in cookie for part in ("HttpOnly", "Path=/;", "SameSite=Strict"))
    assert known.status == 200


async def test_wrong_passwords_on_a_page_lock_only_where_they_come_from(city: City) -> None:
    """A page tells where it is asked from, as a program's request does: else five tries from anywhere would lock everybody out."""
    clerk = await hire(city.hub)

    async def by_page(visitor: Visitor, password: str) -> int:
        form = {"username": clerk.username, "password": password}
        async with visitor.http.post(f"{visitor.base}/ydsh/signin", data=form, allow_redirects=False) as answer:
            return answer.status

    async with somewhere(city.hub, 16) as stranger, somewhere(city.hub, 17) as owner:
        refused = [await by_page(stranger, WRONG) for _ in range(6)]
        let_in = await by_page(owner, RIGHT)

    assert let_in == 303 and refused[0] in (401, 422) and refused[-1] == 429


@pytest.mark.parametrize("planted", ["x" * 43, "x.y", "." * 1000])
async def test_a_device_that_the_hub_did_not_make_is_not_remembered(city: City, planted: str) -> None:
    clerk = await hire(city.hub)

    async with somewhere(city.hub, 15) as visitor:
        answer = await sign_in(visitor, clerk.username, **{"X-Hub-Device": planted})

    assert answer.json["device"] not in ("", planted)


async def test_anothers_device_is_unknown_for_this_account(city: City) -> None:
    mine, theirs = await hire(city.hub), await hire(city.hub)

    async with somewhere(city.hub, 16) as shared:
        device = (await sign_in(shared, mine.username)).json["device"]
        await guess(shared, theirs.username, 6)
        answer = await sign_in(shared, theirs.username, **{"X-Hub-Device": device})

    assert answer.status == 429


async def test_a_thousand_addresses_are_slowed_and_the_known_device_goes_on(city: City) -> None:
    clerk = await hire(city.hub)
    async with somewhere(city.hub, 20) as office:
        device = (await sign_in(office, clerk.username)).json["device"]
    for number in range(21, 31):
        async with somewhere(city.hub, number) as attacker:
            await guess(attacker, clerk.username, 5)

    async with somewhere(city.hub, 31) as fresh, somewhere(city.hub, 20) as office:
        slowed = await sign_in(fresh, clerk.username)
        known = await sign_in(office, clerk.username, **{"X-Hub-Device": device})
        city.hub.clock.advance(timedelta(minutes=1))  # type: ignore[attr-defined]
        after_a_minute = await guess(fresh, clerk.username, 2)

    assert (slowed.status, slowed.error["code"], known.status) == (429, "locked", 200)
    assert after_a_minute == ["wrong_password", "locked"], "one try a minute"


async def test_each_lock_is_twice_as_long_as_the_one_before(city: City) -> None:
    clerk, waits = await hire(city.hub), []

    async with somewhere(city.hub, 32) as attacker:
        for _ in range(6):
            await guess(attacker, clerk.username, 5)
            waits.append(int((await sign_in(attacker, clerk.username)).headers["Retry-After"]))
            city.hub.clock.advance(timedelta(seconds=waits[-1]))  # type: ignore[attr-defined]

    assert [round(wait / 60) for wait in waits] == [15, 30, 60, 120, 240, 240]


async def test_an_unknown_name_is_locked_and_slowed_in_the_same_words(city: City) -> None:
    clerk = await hire(city.hub)

    async with somewhere(city.hub, 33) as attacker:
        known = [(await sign_in(attacker, clerk.username, WRONG)) for _ in range(7)]
        unknown = [(await sign_in(attacker, "nobody-at-all", WRONG)) for _ in range(7)]

    assert [(each.status, each.error["message"]) for each in known] == [
        (each.status, each.error["message"]) for each in unknown
    ]


# --- the first password ---------------------------------------------------------------------------------------------


async def test_before_the_first_password_change_only_the_change_is_possible_and_the_error_says_so(city: City) -> None:
    clerk = await hire(city.hub, must_change=True)
    async with somewhere(city.hub, 34) as visitor:
        mine = bearer(visitor, await sign_in(visitor, clerk.username))

        refused = [
            await mine.get(f"/api/v1/{JUXIAN}/worklist/tasks"),
            await mine.get("/api/v1/inbox"),
            await mine.get("/api/v1/me/sessions"),
            await mine.post("/api/v1/me/ticket"),
            await mine.post("/api/v1/me/handover"),
        ]
        change = await mine.post("/api/v1/me/password", {"old": RIGHT, "new": "Xin-Mi7-Ma-Hao"})
        after = await mine.get("/api/v1/inbox")

    assert {(each.status, each.error["code"]) for each in refused} == {(403, "password_first")}
    assert "修改初始密码" in refused[0].error["message"]
    assert (change.status, after.status) == (204, 200)


# --- hand-over ------------------------------------------------------------------------------------------------------


async def opened_from(visitor: Visitor, parent: Visitor) -> Visitor:
    """The web-view that a mini program opens."""
    code = (await parent.post("/api/v1/me/handover")).json["code"]
    return bearer(visitor, await visitor.post("/api/v1/signin/handover", {"code": code}))


async def test_a_web_view_ends_with_its_mini_program_and_not_later(city: City) -> None:
    clerk = await hire(city.hub)
    async with somewhere(city.hub, 35) as visitor:
        answer = await sign_in(visitor, clerk.username)
        parent = bearer(visitor, answer)
        city.hub.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
        view = await opened_from(visitor, parent)
        deeper = await opened_from(visitor, view)
        ends = {line["ends_at"] for line in (await parent.get("/api/v1/me/sessions")).json["items"]}
        await parent.post("/api/v1/signin/out")
        after = [(await each.get("/api/v1/me")).status for each in (view, deeper)]

    assert ends == {answer.json["ends_at"]}
    assert after == [401, 401]


async def test_a_password_changed_in_a_web_view_ends_neither_it_nor_its_mini_program(city: City) -> None:
    clerk = await hire(city.hub)
    async with somewhere(city.hub, 36) as visitor:
        parent = bearer(visitor, await sign_in(visitor, clerk.username))
        other = bearer(visitor, await sign_in(visitor, clerk.username))
        view = await opened_from(visitor, parent)
        await view.post("/api/v1/me/password", {"old": RIGHT, "new": "Xin-Mi7-Ma-Hao"})
        after = [(await each.get("/api/v1/me")).status for each in (view, parent, other)]

    assert after == [200, 200, 401]


# --- who mends it ---------------------------------------------------------------------------------------------------


async def test_an_administrator_unlocks_resets_closes_and_opens_an_account_and_it_is_audited(city: City) -> None:
    clerk = await hire(city.hub)
    async with somewhere(city.hub, 37) as office:
        await guess(office, clerk.username, 6)
        await with_account(city, clerk, "unlock")
        unlocked = await sign_in(office, clerk.username)
        fresh = (await with_account(city, clerk, "reset")).json["password"]
        reset = await sign_in(office, clerk.username, fresh)
        await with_account(city, clerk, "disable")
        closed = [await sign_in(office, clerk.username, fresh), await bearer(office, reset).get("/api/v1/me")]
        await with_account(city, clerk, "enable")
        opened = await sign_in(office, clerk.username, fresh)

    assert (unlocked.status, reset.json["must_change_password"], opened.status) == (200, True, 200)
    assert [each.status for each in closed] == [401, 401]
    lines = [
        line["what"] for line in await city.all("audit", subject=clerk.account) if line["what"].startswith("account")
    ]
    assert lines == [
        "account.created",
        "account.unlocked",
        "account.password_reset",
        "account.disabled",
        "account.enabled",
    ]


async def test_a_new_first_password_is_not_kept_for_a_repeat_of_the_request(city: City) -> None:
    clerk = await hire(city.hub)
    administrator = await city.visitor(SECURITY)
    path, once = f"/api/v1/{ANJU}/staff/accounts/{clerk.account}/reset", {"Idempotency-Key": uuid4().hex}

    first, again = [await administrator.post(path, headers=once) for _ in range(2)]

    assert (first.status, again.status) == (200, 200)
    assert first.json["password"] != again.json["password"]


@pytest.mark.parametrize("act", ["unlock", "reset", "disable", "enable", "leave-job"])
async def test_an_administrator_reaches_neither_another_county_nor_themselves(city: City, act: str) -> None:
    clerk, spread = await hire(city.hub), await hire(city.hub, region=SHEHONG)
    myself = NewStaff(
        username=f"clerk{next(_NAMES)}", name="周敏", positions=(PositionWanted(role="ops_security", region=ANJU),)
    )
    own = await city.hub.units.read(
        lambda ctx: city.hub.identity.staff.create_account(ctx, myself, RIGHT, must_change=False),
        plugin="identity",
        place=city.hub.places.tree[CITY],
    )

    beyond = await with_account(city, spread, act)
    from_beyond = await with_account(city, clerk, act, who=ELSEWHERE)
    async with somewhere(city.hub, 38) as office:
        me = bearer(office, await sign_in(office, myself.username))
        oneself = await me.post(f"/api/v1/{ANJU}/staff/accounts/{own.account}/{act}")

    assert (beyond.status, from_beyond.status, oneself.status) == (404, 403, 403)


async def test_whoever_runs_the_system_grants_no_rights(city: City) -> None:
    clerk = await hire(city.hub)

    answer = await with_account(city, clerk, "reset", who=Staff("ops_system", ANJU))

    assert answer.status == 403


def test_every_act_on_staff_asks_for_the_one_right(city: City) -> None:
    routes = StaffPlugin(city.hub.identity).routes()

    assert {route.access for route in routes} == {"staff.manage"}
