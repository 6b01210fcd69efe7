"""Today's hub reads what earlier versions have stored: see tests/data/README.md."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from typing import NamedTuple

import aiohttp
import pytest

from hub.app import Hub
from hub.web.operations import Operation
from tests.chain.cast import number_of
from tests.golden.comparing import hold
from tests.golden.keeping import FOLDER, brought_up, kept
from tests.golden.reading import Reader, read_all, text_of
from tests.whole import PLUGINS
from tests.world import ANJU

BUREAU = "handler-510904-农业农村局-None"
# By version: ways to read that came after it, with the reason why its data show nothing there.
LATER: dict[str, dict[str, str]] = {
    "0.1.0": {
        "/api/v1/{place}/branches": "bank branches came later",
        "/api/v1/{place}/declaration/catalogue": "the catalogue's editor came later",
        "/api/v1/{place}/declaration/catalogue/{code}": "the catalogue's editor came later",
        "/api/v1/{place}/declaration/catalogue/{code}/editions": "the catalogue's editor came later",
        "/api/v1/{place}/declaration/catalogue/{code}/editions/{number}": "the catalogue's editor came later",
        "/api/v1/{place}/declaration/people": "whom one declares for came later",
        "/api/v1/{place}/declaration/people/{id}": "whom one declares for came later",
        "/api/v1/{place}/declaration/window/cases": "a window's entries came later",
        "/api/v1/{place}/declaration/window/cases/{id}": "a window's entries came later",
        "/api/v1/{place}/declaration/window/cases/{id}/files/{file}": "a window's entries came later",
        "/api/v1/{place}/declaration/window/drafts": "a window's entries came later",
        "/api/v1/{place}/declaration/window/drafts/{id}": "a window's entries came later",
        "/api/v1/{place}/declaration/window/drafts/{id}/files/{file}": "a window's entries came later",
        "/api/v1/{place}/declaration/window/projects": "a window's entries came later",
        "/api/v1/{place}/declaration/window/projects/{code}": "a window's entries came later",
        "/api/v1/{place}/declaration/window/projects/{code}/form": "a window's entries came later",
        "/api/v1/{place}/notices/desk": "notices came later",
        "/api/v1/{place}/notices/desk/{id}": "notices came later",
        "/api/v1/{place}/notices/desk/{id}/files/{file}": "notices came later",
        "/api/v1/{place}/notices/desk/{id}/people": "notices came later",
        "/api/v1/{place}/notices/desk/{id}/receipts": "notices came later",
        "/api/v1/{place}/notices/inbox": "notices came later",
        "/api/v1/{place}/notices/inbox/{id}": "notices came later",
        "/api/v1/{place}/notices/inbox/{id}/files/{file}": "notices came later",
        "/api/v1/{place}/follow": "关注记录 came later",
        "/api/v1/{place}/follow/{kind}/{id}": "关注记录 came later",
        "/api/v1/{place}/policy/desk": "policy files came later",
        "/api/v1/{place}/policy/desk/{id}": "policy files came later",
        "/api/v1/{place}/policy/desk/{id}/download": "policy files came later",
        "/api/v1/{place}/policy/desk/{id}/pages/{number}": "policy files came later",
        "/api/v1/{place}/policy/files": "policy files came later",
        "/api/v1/{place}/policy/files/{id}": "policy files came later",
        "/api/v1/{place}/policy/files/{id}/download": "policy files came later",
        "/api/v1/{place}/policy/files/{id}/pages/{number}": "policy files came later",
        "/api/v1/{place}/policy/subscriptions": "policy files came later",
        "/api/v1/{place}/message_board": "the message board came later",
        "/api/v1/{place}/message_board/form": "the message board came later",
        "/api/v1/{place}/message_board/mine": "the message board came later",
        "/api/v1/{place}/message_board/mine/{id}": "the message board came later",
        "/api/v1/{place}/message_board/mine/{id}/pictures/{file}": "the message board came later",
        "/api/v1/{place}/message_board/overview": "the message board came later",
        "/api/v1/{place}/message_board/{id}": "the message board came later",
        "/api/v1/{place}/message_board/{id}/pictures/{file}": "the message board came later",
        "/api/v1/{place}/overdue/board": "逾期督办 came later",
        "/api/v1/{place}/overdue/board/cells": "逾期督办 came later",
        "/api/v1/{place}/overdue/cases": "逾期督办 came later",
        "/api/v1/{place}/overdue/cases/{id}": "逾期督办 came later",
        "/api/v1/{place}/overdue/issues/{id}": "逾期督办 came later",
        "/api/v1/{place}/overdue/named": "逾期督办 came later",
        "/api/v1/{place}/overdue/orders": "逾期督办 came later",
        "/api/v1/{place}/overdue/orders/issued": "逾期督办 came later",
        "/api/v1/{place}/overdue/orders/mine": "逾期督办 came later",
        "/api/v1/{place}/overdue/orders/{id}": "逾期督办 came later",
        "/api/v1/{place}/overdue/orders/{id}/pictures/{file}": "逾期督办 came later",
        "/api/v1/{place}/overdue/wishes": "逾期督办 came later",
        "/api/v1/{place}/publicity/board/{id}/photos/{file}": "photos of the board came later",
        "/api/v1/{place}/village": "村村响 came later",
        "/api/v1/{place}/village/follows": "村村响 came later",
        "/api/v1/{place}/village/projects/{project}": "村村响 came later",
        "/api/v1/{place}/village/readings": "村村响 came later",
        "/api/v1/{place}/village/readings/{id}": "村村响 came later",
        "/api/v1/{place}/village/readings/{id}/photos/{file}": "村村响 came later",
        "/api/v1/{place}/village/script": "村村响 came later",
    }
}


class Read(NamedTuple):
    """A version's data on today's hub, and what everybody was shown of them."""

    version: str
    hub: Hub
    readers: Sequence[Reader]


@pytest.fixture(scope="module", params=kept())
async def read(
    request: pytest.FixtureRequest, mongo_uri: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Read]:
    async with (
        brought_up(mongo_uri, request.param, tmp_path_factory.mktemp("hub")) as hub,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        yield Read(request.param, hub, await read_all(hub, http))


def test_everybody_is_shown_what_is_committed(read: Read, golden: bool) -> None:
    """Every list to its end, everything on it, and the papers and tables beside; sealed values open."""
    hold(FOLDER / read.version / "answers.txt", text_of(read.readers), write=golden)


def test_every_way_to_read_has_shown_something(read: Read) -> None:
    """Of each feature, to somebody."""
    shown = {path for reader in read.readers for path, answer in reader.answers.items() if answer is not None}

    never = {operation.template for operation in _reads(read.hub) if not any(_is(path, operation) for path in shown)}

    assert never == set(LATER[read.version])


async def test_a_number_typed_today_finds_what_was_stored_under_it(read: Read) -> None:
    """The blind indexes are those of the old keys."""
    [bureau] = [each for each in read.readers if each.name == BUREAU]
    about = {"id_number": number_of(1)}

    benefits = await bureau.visitor.post(f"/api/v1/{ANJU}/payments/benefits/search", about)
    surveys = await bureau.visitor.post(f"/api/v1/{ANJU}/survey/surveys/search", about)

    assert [len(found.json["items"]) for found in (benefits, surveys)] == [1, 1]


async def test_whom_a_stored_benefit_or_payment_is_about_keeps_away(read: Read) -> None:
    """Also from what was stored before payments kept anybody away; who declared it, too."""
    for name in ("payments.benefits", "payments.rows"):
        rows = await read.hub.database[name].find({}).to_list(1000)

        assert rows
        for row in rows:
            assert row["identity"]["id_number"]["b"] in row["avoid_keys"]
            assert set(row["told"]) <= set(row["avoid"])


def _reads(hub: Hub) -> list[Operation]:
    operations = hub.application.parts.router.operations
    return [each for each in operations if each.method == "GET" and each.plugin in PLUGINS]


def _is(path: str, operation: Operation) -> bool:
    template = operation.template.removeprefix("/api/v1/{place}/")
    return re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path.partition("?")[0]) is not None
