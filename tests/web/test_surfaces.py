"""What stands beside the API: health, figures, description, documentation, files for browsers, places, menus."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from openapi_spec_validator import validate

from hub.web.health import Check
from hub.web.settings import WebSettings
from tests.web.small import SmallHub, small_hub
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

# --- health


async def test_alive_and_ready(hub: SmallHub) -> None:
    alive, ready = await hub.guest.get("/healthz"), await hub.guest.get("/readyz")

    assert (alive.status, alive.json) == (200, {"alive": True})
    assert (ready.status, ready.json) == (
        200,
        {"ready": True, "checks": {"mongodb": "ok", "keys": "ok", "regions": "ok", "notes.well": "ok"}},
    )


async def test_not_ready_says_why(mongo_uri: str) -> None:
    """One check that fails, hangs or breaks is enough, and hides no other."""

    async def late() -> str | None:
        return "the canary is 9 s late"

    async def hangs() -> str | None:
        await asyncio.Event().wait()
        return None

    async def breaks() -> str | None:
        raise ZeroDivisionError("secret")

    checks = [Check("canary", late), Check("hangs", hangs), Check("breaks", breaks)]
    settings = WebSettings(readiness_timeout=timedelta(seconds=10))
    async with (
        small_hub(mongo_uri, f"test_{uuid4().hex}", checks=checks, settings=settings) as hub,
        hub.http.get(f"{hub.base}/readyz") as answer,
    ):
        status, content = answer.status, await answer.json()

    assert status == 503
    assert content["checks"] | {"mongodb": "ok", "keys": "ok"} == {
        "mongodb": "ok",
        "keys": "ok",
        "regions": "ok",
        "notes.well": "ok",
        "canary": "the canary is 9 s late",
        "hangs": "no answer within 10 s",
        "breaks": "check failed: ZeroDivisionError",
    }


async def test_figures_are_by_template_and_never_by_url(hub: SmallHub) -> None:
    handler = await hub.handler(JUXIAN)
    await handler.get(f"/api/v1/{JUXIAN}/notes/notes/some-id")
    await hub.guest.get("/api/v1/no-such-thing-at-all")

    figures = (await hub.guest.get("/metrics")).body.decode()

    assert 'hub_http_requests_total{method="GET",route="/api/v1/{place}/notes/notes/{id}",status="404"}' in figures
    assert "some-id" not in figures
    assert "no-such-thing" not in figures


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "203.0.113.7"}, 403),  # a proxy on this machine speaks for somebody else
        ({"X-Forwarded-For": "203.0.113.7", "Authorization": "Bearer scrape-me"}, 200),
        ({"X-Forwarded-For": "203.0.113.7", "Authorization": "Bearer wrong"}, 403),
    ],
)
async def test_figures_are_for_this_machine_or_a_token(mongo_uri: str, headers: dict[str, str], status: int) -> None:
    settings = WebSettings(metrics_token="scrape-me")
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", settings=settings) as hub:
        answer = await hub.guest.get("/metrics", headers=headers)

    assert answer.status == status


# --- description


async def test_the_description_is_valid_openapi(hub: SmallHub) -> None:
    answer = await hub.guest.get("/openapi.json")

    validate(answer.json)
    operation = answer.json["paths"]["/api/v1/{place}/notes/notes"]["post"]
    assert answer.json["openapi"] == "3.1.0"
    assert operation["tags"] == ["notes"]
    assert [given["name"] for given in operation["parameters"]] == ["place", "Idempotency-Key"]
    assert {"201", "401", "403", "404", "409", "413", "422", "429"} <= set(operation["responses"])


async def test_every_operation_of_every_plugin_is_described(hub: SmallHub) -> None:
    paths = (await hub.guest.get("/openapi.json")).json["paths"]

    described = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert described == {operation.name for operation in hub.application.parts.router.operations}


async def test_personal_fields_are_sent_and_never_answered(hub: SmallHub) -> None:
    document = (await hub.guest.get("/openapi.json")).json

    field = document["components"]["schemas"]["trials.Tested"]["properties"]["id_number"]["anyOf"][0]
    assert field["writeOnly"] is True


async def test_the_documentation_is_one_page_without_scripts(hub: SmallHub) -> None:
    page = await hub.guest.get("/docs")

    text = page.body.decode()
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "/api/v1/{place}/notes/notes/{id}" in text
    assert "<script" not in text
    assert "style=" not in text


# --- files for browsers


async def test_a_file_with_its_digest_is_kept_for_long(hub: SmallHub) -> None:
    page = (await hub.guest.get("/docs")).body.decode()
    url = page.partition('href="/static/docs.css')[2].partition('"')[0]

    digested = await hub.guest.get(f"/static/docs.css{url}")
    stale = await hub.guest.get("/static/docs.css?v=0000000000000000")
    plain = await hub.guest.get("/static/docs.css")

    assert url.startswith("?v=")
    assert digested.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (stale.headers["Cache-Control"], plain.headers["Cache-Control"]) == ("no-cache", "no-cache")


async def test_an_unchanged_file_is_not_sent_again(hub: SmallHub) -> None:
    first = await hub.guest.get("/static/docs.css")

    again = await hub.guest.get("/static/docs.css", headers={"If-None-Match": first.headers["Etag"]})

    assert (again.status, again.body) == (304, b"")


# --- places and menus


async def test_places_are_walked_from_the_city_down(hub: SmallHub) -> None:
    cities = (await hub.guest.get("/api/v1/places")).json["items"]
    counties = (await hub.guest.get(f"/api/v1/places?parent={CITY}")).json["items"]
    towns = (await hub.guest.get(f"/api/v1/places?parent={ANJU}")).json["items"]

    assert [city["code"] for city in cities] == [CITY]
    assert {ANJU, SHEHONG} <= {county["code"] for county in counties}
    assert next(town for town in towns if town["code"] == JUXIAN) == {
        "code": JUXIAN,
        "name": "聚贤镇",
        "full_name": "安居区聚贤镇",
        "level": "town",
        "leaf": False,
        "abolished": False,
    }


async def test_abolished_places_are_shown_when_asked_for(hub: SmallHub) -> None:
    today = (await hub.guest.get(f"/api/v1/places?parent={JUXIAN}")).json["items"]
    ever = (await hub.guest.get(f"/api/v1/places?parent={JUXIAN}&abolished=true")).json["items"]

    assert not any(place["abolished"] for place in today)
    assert any(place["abolished"] for place in ever)


async def test_an_unknown_place_is_not_found(hub: SmallHub) -> None:
    below, itself = await hub.guest.get("/api/v1/places?parent=999"), await hub.guest.get("/api/v1/places/999")

    assert (below.status, itself.status) == (404, 404)


async def test_a_menu_shows_what_is_on_and_open_to_the_person(hub: SmallHub) -> None:
    handler, resident = await hub.handler(JUXIAN), await hub.resident()

    async def labels(visitor, place: str) -> list[str]:  # type: ignore[no-untyped-def]
        return [tile["label"] for tile in (await visitor.get(f"/api/v1/{place}/menu")).json["items"]]

    assert await labels(handler, JUXIAN) == ["记录"]
    assert await labels(handler, SHEHONG) == []  # no position there
    assert await labels(resident, ANJU) == ["试一试"]
    assert await labels(hub.guest, ANJU) == ["试一试"]
    assert await labels(resident, "510921") == []  # nothing is on there
    assert await labels(resident, CITY) == ["试一试"]


async def test_a_menu_leads_to_whole_addresses(hub: SmallHub) -> None:
    """Of an entry without a page yet, to what it says."""
    handler = await hub.handler(JUXIAN)

    answers = [await handler.get(f"/api/v1/{JUXIAN}/menu"), await hub.guest.get(f"/api/v1/{ANJU}/menu?app=ydjd")]

    paths = [tile["path"] for answer in answers for tile in answer.json["items"]]
    assert paths == [f"/ydsh/{JUXIAN}/notes/notes", "/pages/notes"]
