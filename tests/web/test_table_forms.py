"""A form that sends a table: the file beside what stands in the operation's query; and a page that may be looked at so often."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Annotated
from uuid import uuid4

import msgspec
import pytest

from hub.api import Asked, Context, Form, Page, Permission, Route, Upload, hookimpl
from tests.web.small import SmallHub, small_hub
from tests.web.test_pages import Browser
from tests.world import ANJU

SHEETS = f"/ydsh/{ANJU}/sheets"


class SheetQuery(msgspec.Struct, frozen=True, kw_only=True):
    source: Annotated[str, Asked("来源"), msgspec.Meta(min_length=2)]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What has come: from whom, which file, how long."""

    id: str


class Blank(msgspec.Struct, frozen=True):
    """Nothing is loaded."""


async def blank(ctx: Context) -> Blank:
    """An empty page."""
    return Blank()


async def take(ctx: Context, query: SheetQuery, upload: Upload) -> Taken:
    """Take a table."""
    return Taken(id=f"{query.source}-{upload.filename}-{len(upload.data)}")


class Sheets:
    """Takes tables."""

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return [Permission("sheets.take", "收表", ("handler",))]

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [Route(method="POST", path="", call=take, access="sheets.take", transaction=False)]

    @hookimpl
    def pages(self) -> Sequence[Page]:
        form = Form(route="", then="/{id}", submit="导入", labels={"file": "名册"})
        return [
            Page(apps=("ydsh",), path="/new", title="导入名册", access="sheets.take", load=blank, form=form),
            Page(
                apps=("ydsh",),
                path="/rare",
                title="少看",
                access="sheets.take",
                load=blank,
                form=form,
                rate=(1, timedelta(hours=1)),
            ),
        ]


@pytest.fixture(scope="module")
async def hub(mongo_uri: str) -> AsyncIterator[SmallHub]:
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", plugins=[("sheets", Sheets())], on=(ANJU,)) as made:
        yield made


@pytest.fixture
async def handler(hub: SmallHub) -> Browser:
    return Browser(await hub.by_cookie(await hub.handler(ANJU), "ydsh"))


async def test_a_table_goes_to_the_function_of_the_api(handler):
    new = await handler.look(f"{SHEETS}/new")

    done = await handler.send_files(new, {"source": "民政"}, ("file", "名册.csv", b"a,b"))

    assert (done.status, done.leads.rpartition("/")[2]) == (303, "%E6%B0%91%E6%94%BF-%E5%90%8D%E5%86%8C.csv-3")


async def test_a_table_that_is_missing_is_asked_for_with_all_else_that_is_wrong(handler):
    new = await handler.look(f"{SHEETS}/new")

    again = await handler.send_files(new, {"source": "民"})

    assert again.status == 422
    assert "来源：至少填写2个字。" in again.words and "名册：请选择一个文件。" in again.words
    assert again.typed("source") == "民"


async def test_two_tables_at_once_are_none(handler):
    new = await handler.look(f"{SHEETS}/new")

    again = await handler.send_files(new, {"source": "民政"}, ("file", "1.csv", b"a"), ("file", "2.csv", b"b"))

    assert (again.status, "名册：请选择一个文件。" in again.words) == (422, True)


async def test_a_page_with_a_rate_may_be_looked_at_so_often(handler):
    first, second = [await handler.look(f"{SHEETS}/rare") for _ in range(2)]

    assert (first.status, second.status) == (200, 429)
    assert "操作太频繁" in second.words
