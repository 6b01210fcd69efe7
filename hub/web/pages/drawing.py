"""Draws pages: one Jinja environment, and the frame that every page stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from hub.reading.templates import OWN, environment
from hub.words.actors import App

APP_TITLES: Mapping[App, str] = {"ykt": "遂宁一卡通", "ydsh": "移动审核", "ydjd": "移动监督", "ops": "运行维护"}


class Tab(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of the tab bar. ``count`` stands in its badge."""

    label: str
    href: str
    icon: str
    current: bool = False
    count: int | None = None


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What stands around every page.

    ``place`` is the name of where one is, "" outside any place; ``home`` leads there. ``size`` is 字号 from 1 to 4, ``elder`` 长辈版.
    ``view`` is where both are changed. ``csrf`` is masked, for the scripts of the page. ``name`` is how the person is greeted, masked.
    ``who`` is a digest of the person, by which the page's scripts keep apart what they remember.
    """

    app: App
    home: str
    place: str = ""
    name: str = ""
    signed_in: bool = False
    size: int = 1
    elder: bool = False
    tabs: tuple[Tab, ...] = ()
    csrf: str = ""
    view: str = ""
    live: tuple[str, ...] = ()
    who: str = ""

    @property
    def app_title(self) -> str:
        return APP_TITLES[self.app]


class Drawing:
    """Templates of the operator before those of plugins before the hub's own."""

    def __init__(self, operators: Path, packages: Mapping[str, Path], asset: Callable[[str], str]) -> None:
        self._environment = environment(operators, OWN, html=True, packages=packages)
        self._environment.globals.update(asset=asset)

    def page(self, template: str, frame: Frame, **values: Any) -> str:
        """The page ``complaints/notice.html`` or ``ui/error.html``, with ``frame`` and these values."""
        return self._environment.get_template(template).render(frame=frame, **values)
