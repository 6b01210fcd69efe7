"""Draws pages: one Jinja environment, and the frame that every page stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import msgspec

from hub.reading.templates import OWN, environment
from hub.web.pages import sprite
from hub.words.actors import APP_TITLES, App
from hub.words.errors import SetupError


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the tab bar. ``count`` stands in its badge."""

    label: str
    href: str
    icon: str
    current: bool = False
    count: int | None = None


class Own(msgspec.Struct, frozen=True, kw_only=True):
    """A row of 我的 that a plugin has put there; ``line`` stands under its label."""

    label: str
    line: str
    href: str
    icon: str


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around every page.

    ``place`` is the name of where one is, "" outside any place; ``home`` leads there. ``size`` is 字号 from 1 to 4, ``elder`` 长辈版.
    ``view`` turns 长辈版 on or off,
    ``sizes`` is where 字号 is chosen. ``mine`` is what plugins add to 我的.
    ``csrf`` is masked, for the scripts of the page. ``name`` is how the
    person is greeted, masked.
    ``who`` is a digest of the person, by which the page's scripts keep apart what they remember. ``wechat``: the app has an official
    account that somebody can sign in or be bound by.
    """

    app: App
    home: str
    place: str = ""
    name: str = ""
    signed_in: bool = False
    size: int = 1
    elder: bool = False
    tabs: tuple[Tab, ...] = ()
    mine: tuple[Own, ...] = ()
    csrf: str = ""
    view: str = ""
    sizes: str = ""
    live: tuple[str, ...] = ()
    who: str = ""
    wechat: bool = True

    @property
    def app_title(self) -> str:
        return APP_TITLES[self.app]


class _Compiled(jinja2.BytecodeCache):
    """Templates of this process, compiled once for every hub in it. As many as there are files."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: jinja2.bccache.Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()


class Drawing:
    """Templates of the operator before those of plugins before the hub's own."""

    def __init__(self, operators: Path, packages: Mapping[str, Path]) -> None:
        self._environment = environment(operators, OWN, html=True, packages=packages)
        self._environment.bytecode_cache = COMPILED
        self._environment.globals["asset"] = lambda path: f"/{path}"
        self._environment.globals["icons"] = sprite.made()

    def serve(self, asset: Callable[[str], str]) -> None:
        """``asset`` gives the address of a file that browsers load, with its digest."""
        self._environment.globals["asset"] = asset

    def compile(self, wanted: Mapping[str, Callable[[], str]] = {}) -> None:
        """All templates, before anybody waits for them: half a second, and what is wrong is known. Raises ``SetupError`` also for one that
        is ``wanted`` and not there; its value tells who names it."""
        there = self._environment.list_templates(extensions=["html"])
        problems = [f"{told()}template {name} is not there" for name, told in wanted.items() if name not in there]
        for name in there:
            try:
                self._environment.get_template(name)
            except jinja2.TemplateSyntaxError as error:
                problems.append(f"template {name}, line {error.lineno}: {error.message}")
        if problems:
            raise SetupError(*problems)

    def page(self, template: str, frame: Frame, **values: Any) -> str:
        """The page ``complaints/notice.html`` or ``ui/error.html``, with ``frame`` and these values."""
        drawn: str = self._environment.get_template(template).render(frame=frame, **values)
        return drawn
