"""Who asks, and what keeps a browser from being used against its owner."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from hub.web.settings import Rate, WebSettings
from tests.web.small import SmallHub, small_hub
from tests.world import ANJU, DONGCHAN, JUXIAN, SHEHONG

NOTES = f"/api/v1/{JUXIAN}/notes/notes"


async def test_a_guest_is_asked_to_sign_in(hub: SmallHub) -> None:
    answer = await hub.guest.get(NOTES)

    assert (answer.status, answer.error["code"]) == (401, "not_signed_in")


async def test_a_token_that_is_none_is_refused_even_where_guests_may_read(hub: SmallHub) -> None:
    answer = await hub.guest.get(f"/api/v1/{ANJU}/trials/sum?number=1", headers={"Authorization": "Bearer nonsense"})

    assert answer.status == 401


async def test_a_token_is_good_in_its_own_app_only(hub: SmallHub) -> None:
    handler = await hub.handler(JUXIAN)

    here = await handler.get(NOTES)
    elsewhere = await handler.get(NOTES, headers={"X-Hub-App": "ydjd"})
    unsaid = await handler.without("X-Hub-App").get(NOTES)

    assert (here.status, elsewhere.status, unsaid.status) == (200, 401, 200)


async def test_a_resident_has_no_rights_of_staff(hub: SmallHub) -> None:
    resident = await hub.resident()

    answer = await resident.get(NOTES)

    assert (answer.status, answer.error["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("assurance", "mine", "proved"),
    [("none", "claim_first", "claim_first"), ("claimed", None, "prove_first"), ("proved", None, None)],
)
async def test_residents_are_told_what_comes_first(
    hub: SmallHub, assurance: str, mine: str | None, proved: str | None
) -> None:
    resident = await hub.resident(f"resident-{assurance}", assurance)

    answers = [await resident.get(f"/api/v1/{ANJU}/trials/{name}?number=1") for name in ("mine", "proved")]

    assert [None if answer.status == 200 else answer.error["code"] for answer in answers] == [mine, proved]


async def test_a_handler_is_refused_beside_their_own_place(hub: SmallHub) -> None:
    handler = await hub.handler(JUXIAN)

    statuses = [(await handler.get(f"/api/v1/{code}/notes/notes")).status for code in (JUXIAN, ANJU, DONGCHAN, SHEHONG)]

    assert statuses == [200, 200, 403, 403]


async def test_a_cookie_signs_in(hub: SmallHub) -> None:
    browser = await hub.by_cookie(await hub.handler(JUXIAN), "ydsh")

    read = await browser.get(NOTES)
    write = await browser.post(NOTES, {"text": "网页"})

    assert (read.status, write.status) == (200, 201)


@pytest.mark.parametrize(
    "change",
    [
        {"X-Hub-CSRF": ""},
        {"X-Hub-CSRF": "0" * 64},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
async def test_a_write_by_cookie_needs_our_own_page(hub: SmallHub, change: dict[str, str]) -> None:
    browser = await hub.by_cookie(await hub.handler(JUXIAN), "ydsh")
    before = await hub.world.database["notes.all"].count_documents({})

    answer = await browser.post(NOTES, {"text": "伪造"}, headers=change)

    assert (answer.status, answer.error["code"]) == (403, "cross_site")
    assert await hub.world.database["notes.all"].count_documents({}) == before


async def test_the_token_of_another_session_is_none(hub: SmallHub) -> None:
    browser = await hub.by_cookie(await hub.handler(JUXIAN), "ydsh")
    other = await hub.by_cookie(await hub.handler(DONGCHAN), "ydsh")

    answer = await browser.post(NOTES, {"text": "借用"}, headers={"X-Hub-CSRF": other.headers["X-Hub-CSRF"]})

    assert answer.status == 403


async def test_a_browser_says_where_a_request_comes_from(hub: SmallHub) -> None:
    browser = (await hub.by_cookie(await hub.handler(JUXIAN), "ydsh")).without("Origin")

    cross = await browser.post(NOTES, {"text": "一"}, headers={"Sec-Fetch-Site": "cross-site"})
    sibling = await browser.post(NOTES, {"text": "二"}, headers={"Sec-Fetch-Site": "same-site"})
    own = await browser.post(NOTES, {"text": "三"}, headers={"Sec-Fetch-Site": "same-origin"})

    assert (cross.status, sibling.status, own.status) == (403, 403, 201)


async def test_a_bearer_needs_no_csrf_token(hub: SmallHub) -> None:
    handler = await hub.handler(JUXIAN)

    answer = await handler.post(NOTES, {"text": "小程序"})

    assert answer.status == 201


async def test_three_apps_live_in_one_browser(hub: SmallHub) -> None:
    resident = await hub.by_cookie(await hub.resident(), "ykt")
    handler = await hub.by_cookie(await hub.handler(JUXIAN), "ydsh")
    both = hub.guest.with_headers(Cookie=f"{resident.headers['Cookie']}; {handler.headers['Cookie']}")

    as_handler = await both.get(NOTES, headers={"X-Hub-App": "ydsh"})
    as_resident = await both.get(NOTES, headers={"X-Hub-App": "ykt"})
    as_picture = await both.get(f"{NOTES}?hub_app=ydsh")
    unsaid = await both.get(NOTES)

    assert (as_handler.status, as_resident.status, as_picture.status, unsaid.status) == (200, 403, 200, 401)


async def test_an_unknown_app_is_malformed(hub: SmallHub) -> None:
    answer = await hub.guest.get(NOTES, headers={"X-Hub-App": "other"})

    assert (answer.status, answer.error["code"]) == (400, "malformed")


async def test_an_ended_session_is_refused(hub: SmallHub) -> None:
    handler = await hub.handler(SHEHONG, person="leaver")
    before = await handler.get(f"/api/v1/{SHEHONG}/notes/notes")

    await hub.identity.sessions.revoke_all(None, "leaver", "left")
    after = await handler.get(f"/api/v1/{SHEHONG}/notes/notes")

    assert (before.status, after.status) == (200, 401)


async def test_production_adds_hsts(mongo_uri: str) -> None:
    name = f"test_{uuid4().hex}"
    async with small_hub(mongo_uri, name, mode="production") as hub:
        answer = await hub.guest.get("/healthz")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


async def test_sockets_are_let_in_from_here_and_from_mini_programs(hub: SmallHub) -> None:
    protection = hub.application.parts.protection

    origins = (None, "https://servicewechat.com", "https://hub.example:443", "https://evil.example", "null")
    answers = [protection.allows_socket(origin, "hub.example:443") for origin in origins]

    assert answers == [True, True, True, False, False]


async def test_trusted_proxies_speak_for_their_clients(mongo_uri: str) -> None:
    """Behind one, each client has a bucket of its own; a client cannot speak for itself."""
    name = f"test_{uuid4().hex}"
    settings = WebSettings(trusted_proxies=("127.0.0.0/8",), address_rate=Rate(2))
    async with small_hub(mongo_uri, name, settings=settings) as hub:
        path = f"/api/v1/{ANJU}/trials/sum?number=1"
        forwarded = ["203.0.113.1", "203.0.113.1", "198.51.100.9, 203.0.113.1", "203.0.113.2"]
        statuses = [(await hub.guest.get(path, headers={"X-Forwarded-For": chain})).status for chain in forwarded]

    assert statuses == [200, 200, 429, 200]


async def test_others_cannot_say_who_they_are(mongo_uri: str) -> None:
    name = f"test_{uuid4().hex}"
    async with small_hub(mongo_uri, name, settings=WebSettings(address_rate=Rate(2))) as hub:
        path = f"/api/v1/{ANJU}/trials/sum?number=1"
        answers = [await hub.guest.get(path, headers={"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].error["code"] == "too_many"


async def test_guests_of_a_village_share_more_to_look(mongo_uri: str) -> None:
    """Five times what one person may, of a route's own rate, too; what they send is counted as one person's."""
    name = f"test_{uuid4().hex}"
    path = f"/api/v1/{ANJU}/trials"
    async with small_hub(mongo_uri, name, settings=WebSettings(person_rate=Rate(4, timedelta(days=1)))) as hub:
        seldom = [(await hub.guest.get(f"{path}/seldom?number=1")).status for _ in range(11)]
        looked = [(await hub.guest.get(f"{path}/sum?number=1")).status for _ in range(10)]
        sent = [(await hub.guest.ask("POST", f"{path}/fields", json={})).status for _ in range(5)]

    assert seldom == [200] * 10 + [429]
    assert looked == [200] * 9 + [429]
    assert sent.index(429) == 4


async def test_a_routes_own_rate_is_per_person(hub: SmallHub) -> None:
    first, second = await hub.resident("one"), await hub.resident("two")
    path = f"/api/v1/{ANJU}/trials/seldom?number=1"

    statuses = [(await visitor.get(path)).status for visitor in (first, first, first, second)]

    assert statuses == [200, 200, 429, 200]
