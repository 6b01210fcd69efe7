"""The gallery behind real HTTP, with the headers of the hub's pages and nothing else of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

from hub.web.pages import sprite
from hub.web.pages.drawing import Drawing
from hub.web.pages.gallery import Gallery, GalleryHandler
from hub.web.protection import Protection
from hub.web.statics import OWN

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


def browser_files(folder: Path) -> Path:
    """All that a page loads, with the sprite of this very tree."""
    shutil.copytree(OWN, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("made"))
    sprite.make(folder / "made")
    return folder


def make_gallery() -> Gallery:
    return Gallery(Drawing(ROOT / "templates", {}))


@contextmanager
def serving(static: Path) -> Iterator[str]:
    """The address of a gallery, until the block ends."""
    protection = Protection(SimpleNamespace(), None, (), production=False)  # type: ignore[arg-type]

    class Page(GalleryHandler):
        """As the hub draws it, without the hub's rates and logs."""

        prepare = RequestHandler.prepare  # type: ignore[assignment]

        def set_default_headers(self) -> None:
            for name, value in protection.headers(page=True).items():
                self.set_header(name, value)

    shared: dict[str, Any] = {"gallery": make_gallery()}
    server = HTTPServer(
        Application(
            [
                (r"/ui(?:/([a-z-]*))?", Page, shared),
                (r"/static/(.*)", StaticFileHandler, {"path": str(static)}),
            ]
        )
    )
    [listening] = bind_sockets(0, "127.0.0.1")
    server.add_sockets([listening])
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.stop()
