"""Pages that are wrong are named before anybody sees them: with plugin, file and line, as ``hub check`` tells them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.api import Anyone, Context, Form, Page, Permission, RelatedLink, Route, hookimpl
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.web.pages.drawing import Drawing
from hub.web.pages.table import PageTable
from hub.web.router import Router
from hub.words.errors import SetupError
from hub.words.regions import RegionTree
from tests.web.small import ROOT


class Blank(msgspec.Struct, frozen=True):
    """Nothing is loaded."""


async def blank(ctx: Context) -> Blank:
    """An empty page."""
    return Blank()


class Nameless(msgspec.Struct, frozen=True, kw_only=True):
    colour: str


async def paint(ctx: Context, body: Nameless) -> Blank:
    """A form that nothing gives words to."""
    raise NotImplementedError


def bad(**changes: Any) -> Page:
    given: Mapping[str, Any] = {
        "apps": ("ydsh",), "path": "/bad", "title": "坏", "template": "ui/form.html", "load": blank, "access": "bad.do",
    }  # fmt: skip
    return Page(**{**given, **changes})


class NoSwitches:
    """Nobody asks."""

    def is_on(self, county: str | None, plugin: str) -> bool:
        raise NotImplementedError

    def counties_with(self, plugin: str) -> Sequence[str]:
        raise NotImplementedError


class Bad:
    """Has these pages."""

    def __init__(self, *pages: Page) -> None:
        self._pages = pages

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return [Permission("bad.do", "坏", ("handler",))]

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return [Route(method="POST", path="/paint", call=paint, access="bad.do")]

    @hookimpl
    def pages(self) -> Sequence[Page]:
        return self._pages


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        ([bad(form=Form(route="/nowhere", then="/"))], "plugin 'bad': tests/web/test_page_table.py:"),
        ([bad(form=Form(route="/nowhere", then="/"))], "posts POST /nowhere, which is no route of the plugin"),
        ([bad(form=Form(route="/paint"))], "neither where it leads"),
        ([bad(form=Form(route="/paint", then="/"))], "asks for 'colour', of which nothing says what it is called"),
        ([bad(), bad(path="/bad")], "declared twice"),
        ([bad(template="bad/nowhere.html")], "page /bad: template bad/nowhere.html is not there"),
        ([bad(template="bad/nowhere.html")], "plugin 'bad': tests/web/test_page_table.py:"),
        (
            [bad(form=Form(route="/paint", shows="bad/done.html", labels={"colour": "颜色"}))],
            "template bad/done.html is not there",
        ),
        ([bad(path="bad")], "path must begin with /"),
        ([bad(kept=timedelta(days=7))], "its access is Anyone.PUBLIC"),
        ([bad(live=("bad.arived",))], "live 'bad.arived' is neither a message nor a topic of any plugin"),
    ],
)
def test_a_page_that_is_wrong_is_named_before_anybody_sees_it(pages, problem):
    with pytest.raises(SetupError, match=re.escape(problem)):
        opened(pages)


class Astray:
    """Beside one page that is there, and two that are not."""

    @hookimpl
    def related_links(self) -> Sequence[RelatedLink]:
        there = {"label": "别处", "path": "", "access": Anyone.PUBLIC}
        return [
            RelatedLink(app=app, beside=beside, **there)
            for app, beside in (("ykt", "bad/bed"), ("ydsh", "bad/bad"), ("ykt", "elsewhere/page"))
        ]


def test_a_link_beside_no_page_is_named_unless_that_plugin_is_not_installed():
    with pytest.raises(SetupError) as refused:
        opened([bad()], ("astray", Astray()))

    [said] = refused.value.problems
    assert said.endswith("beside 'bad/bed' there is no page in ykt.")


def test_where_a_good_page_is_written_is_never_looked_up(monkeypatch):
    """To parse a plugin's sources took longer than all else of a start."""

    def parsed(*given: Any, **more: Any) -> None:
        raise AssertionError("the sources are read for what is wrong alone")

    monkeypatch.setattr(ast, "parse", parsed)

    opened([bad()])


def opened(pages: Sequence[Page], *others: tuple[str, Any]) -> None:
    """As ``hub check`` looks at them."""
    host = Host(gather([("bad", Bad(*pages)), *others]))
    router = Router(lambda: RegionTree(()), NoSwitches())
    router.add("bad", host.plugins["bad"].routes, prefix="bad")
    table = PageTable(host, router, lambda: RegionTree(()), NoSwitches())
    Drawing(ROOT / "templates", {}).compile(table.templates)
