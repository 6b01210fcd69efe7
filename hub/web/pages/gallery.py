"""``/ui``: every component with its fixtures, for each app, size of type and 长辈版. In the demo and in tests alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from hub.reading.templates import OWN
from hub.web.base import BaseHandler
from hub.web.docs import HTML
from hub.web.pages.drawing import Drawing
from hub.web.pages.samples import PAGES, VALUES, frame_of
from hub.words.actors import APP_TITLES, App
from hub.words.errors import NotFound

SIZES = (1, 2, 3, 4)


def fixtures() -> list[str]:
    """The names of all, those of components before those of whole pages."""
    components = sorted(file.stem for file in (OWN / "ui" / "fixtures").glob("*.html"))
    return [*components, *PAGES]


class Gallery:
    """Draws a fixture as somebody sees it."""

    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing

    def draw(self, name: str, app: App = "ykt", size: int = 1, *, elder: bool = False) -> str:
        """The fixture ``name``; "" is the list of all. Raises ``NotFound`` for one that is not there."""
        frame = frame_of(app, size, elder)
        if not name:
            return self._drawing.page("ui/gallery.html", frame, title="组件", **self._ways(app, size, elder))
        if name not in fixtures():
            raise NotFound
        template, values = PAGES.get(name, (f"ui/fixtures/{name}.html", {}))
        return self._drawing.page(template, frame, **{"title": name, **VALUES, **values})

    def _ways(self, app: App, size: int, elder: bool) -> Mapping[str, Any]:
        def at(**changed: Any) -> str:
            return "?" + urlencode({"app": app, "size": size, "elder": int(elder)} | changed)

        return {
            "fixtures": [(name, f"/ui/{name}{at()}") for name in fixtures()],
            "apps": [(title, at(app=each), each == app) for each, title in APP_TITLES.items()],
            "sizes": [(f"字号{each}", at(size=each), each == size) for each in SIZES],
            "modes": [("标准版", at(elder=0), not elder), ("长辈版", at(elder=1), elder)],
        }


class GalleryHandler(BaseHandler):
    """``/ui`` and ``/ui/rows?app=ydsh&size=4&elder=1``."""

    page = True

    def initialize(self, gallery: Gallery) -> None:
        self._gallery = gallery

    @property
    def route(self) -> str:
        return "/ui"

    async def get(self, name: str | None = None) -> None:
        drawn = self._gallery.draw(
            name or "", _app(self._asked("app")), _size(self._asked("size")), elder=self._elder()
        )
        self.set_header("Content-Type", HTML)
        await self.finish(drawn)

    def _asked(self, name: str) -> str:
        return self.get_query_argument(name, "")

    def _elder(self) -> bool:
        return self._asked("elder") == "1"


def _app(asked: str) -> App:
    return next((app for app in APP_TITLES if app == asked), "ykt")


def _size(asked: str) -> int:
    return next((size for size in SIZES if str(size) == asked), 1)
