"""A page signs in: the session becomes a cookie that its scripts cannot read."""

from __future__ import annotations

from http.cookies import SimpleCookie
from uuid import uuid4

import pytest

from hub.identity.staff import NewStaff, PositionWanted
from hub.web.settings import WebSettings
from tests.web.small import Answer, SmallHub, small_hub
from tests.world import CITY, JUXIAN

PASSWORD = "Kuai-Le7-Shan"


@pytest.fixture(scope="module")
async def clerk(hub: SmallHub) -> dict[str, str]:
    return await _create(hub)


async def test_a_page_gets_a_cookie_and_no_token(hub: SmallHub, clerk: dict[str, str]) -> None:
    answer = await hub.guest.post("/api/v1/signin/account", clerk, headers={"X-Hub-Session": "cookie"})

    cookie = _cookie(answer)
    assert (answer.status, answer.json["token"]) == (200, "")
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "Lax", "/", "")
    assert 0 < int(cookie["max-age"]) <= 30 * 24 * 3600


async def test_the_cookie_and_the_csrf_token_of_me_are_enough_to_write(hub: SmallHub, clerk: dict[str, str]) -> None:
    signed_in = await hub.guest.post("/api/v1/signin/account", clerk, headers={"X-Hub-Session": "cookie"})
    browser = hub.guest.with_headers(Cookie=f"hub_ydsh={_cookie(signed_in).value}", Origin=hub.base)

    me = await browser.get("/api/v1/me")
    written = await browser.with_headers(X_Hub_CSRF=me.json["csrf"]).post(
        f"/api/v1/{JUXIAN}/notes/notes", {"text": "网页"}
    )

    assert (me.status, written.status) == (200, 201)


async def test_a_mini_program_gets_its_token_and_no_cookie(hub: SmallHub, clerk: dict[str, str]) -> None:
    answer = await hub.guest.post("/api/v1/signin/account", clerk)

    assert len(answer.json["token"]) > 40
    assert "Set-Cookie" not in answer.headers


async def test_another_site_cannot_sign_somebody_in(hub: SmallHub, clerk: dict[str, str]) -> None:
    answer = await hub.guest.post("/api/v1/signin/account", clerk, headers={"Origin": "https://evil.example"})

    assert (answer.status, answer.error["code"]) == (403, "cross_site")


async def test_a_sign_in_is_never_repeated_from_its_key(hub: SmallHub, clerk: dict[str, str]) -> None:
    """The answer is a secret, so each request gets a new one."""
    key = {"Idempotency-Key": uuid4().hex}

    first, second = [await hub.guest.post("/api/v1/signin/account", clerk, headers=key) for _ in range(2)]

    assert first.json["token"] != second.json["token"]


async def test_secure_in_production_and_behind_https(mongo_uri: str) -> None:
    """On plain http of this machine a secure cookie would be lost; anywhere else it is a must."""
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", mode="production") as hub:
        clerk = await _create(hub)
        production = await hub.guest.post("/api/v1/signin/account", clerk, headers={"X-Hub-Session": "cookie"})
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=WebSettings(trusted_proxies=("127.0.0.1",))) as hub:
        clerk = await _create(hub)
        headers = {"X-Hub-Session": "cookie", "X-Forwarded-Proto": "https"}
        proxied = await hub.guest.post("/api/v1/signin/account", clerk, headers=headers)

    assert (_cookie(production)["secure"], _cookie(proxied)["secure"]) == (True, True)


async def _create(hub: SmallHub) -> dict[str, str]:
    new = NewStaff(
        username="zhoumin", name="周敏", region=JUXIAN, positions=(PositionWanted(role="handler", region=JUXIAN),)
    )

    async def create(ctx):  # type: ignore[no-untyped-def]
        return await hub.identity.staff.create_account(ctx, new, PASSWORD, must_change=False)

    await hub.world.units.read(create, plugin="identity", place=hub.world.place(CITY))
    return {"app": "ydsh", "username": "zhoumin", "password": PASSWORD}


def _cookie(answer: Answer):  # type: ignore[no-untyped-def]
    return SimpleCookie(answer.headers["Set-Cookie"])["hub_ydsh"]
