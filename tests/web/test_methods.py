"""What HTTP itself promises: methods that come with others, ``Allow``, and statuses that say what was wrong with a request."""

from __future__ import annotations

import pytest

from tests.web.small import SmallHub
from tests.world import ANJU, JUXIAN

PAGES = ("/", "/healthz", "/readyz", "/docs", "/openapi.json", "/static/docs.css")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        (f"/api/v1/{JUXIAN}/notes/notes", "GET, HEAD, OPTIONS, POST"),
        (f"/api/v1/{JUXIAN}/notes/notes/1", "DELETE, GET, HEAD, OPTIONS, PATCH"),
        (f"/api/v1/{ANJU}/trials/fields", "OPTIONS, POST"),
        ("/api/v1/places", "GET, HEAD, OPTIONS"),
        *((page, "GET, HEAD, OPTIONS") for page in PAGES),
    ],
)
async def test_options_names_the_methods_to_anybody(hub: SmallHub, path: str, allowed: str) -> None:
    answer = await hub.guest.ask("OPTIONS", path)

    assert (answer.status, answer.headers["Allow"], answer.body) == (204, allowed, b"")


@pytest.mark.parametrize("path", ["/nowhere", f"/api/v1/{ANJU}/trials/nowhere", "/api/v1/999999/trials/sum"])
async def test_nothing_is_allowed_where_nothing_is(hub: SmallHub, path: str) -> None:
    answer = await hub.guest.ask("OPTIONS", path)

    assert answer.status == 404


@pytest.mark.parametrize("page", PAGES)
async def test_head_is_get_without_a_body(hub: SmallHub, page: str) -> None:
    get, head = await hub.guest.get(page), await hub.guest.ask("HEAD", page)

    assert (head.status, head.body) == (get.status, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"]


@pytest.mark.parametrize("page", PAGES)
async def test_another_method_is_told_which_there_are(hub: SmallHub, page: str) -> None:
    answer = await hub.guest.ask("DELETE", page)

    assert (answer.status, answer.error["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/healthz", f"/api/v1/{ANJU}/trials/sum"])
async def test_too_long_a_head_is_told(hub: SmallHub, path: str) -> None:
    long_header = await hub.guest.get(
        path, headers={"X-Long": "x" * 7000, "X-Longer": "y" * 7000, "X-Last": "z" * 7000}
    )
    long_address = await hub.guest.get(f"{path}?number={'1' * 20_000}")

    assert (long_header.status, long_header.error["code"]) == (431, "head_too_large")
    assert (long_address.status, long_address.error["code"]) == (431, "head_too_large")


async def test_a_body_of_another_kind_is_told(hub: SmallHub) -> None:
    answer = await hub.guest.ask(
        "POST", f"/api/v1/{ANJU}/trials/fields", data=b"<a/>", headers={"Content-Type": "application/xml"}
    )

    assert (answer.status, answer.error["code"]) == (415, "unsupported_type")


async def test_the_bare_address_leads_somewhere(hub: SmallHub) -> None:
    home = await hub.guest.get("/")
    there = await hub.guest.get(home.headers["Location"])

    assert (home.status, home.headers["Location"], there.status) == (302, "/docs", 200)
