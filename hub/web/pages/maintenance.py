"""The page for the time in which the hub is stopped: whole in one file, since a proxy shows it while nothing else is there."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from hub.web.pages.drawing import Drawing, Frame
from hub.web.statics import OWN
from hub.words.actors import App
from hub.words.clock import in_chinese


def maintenance_page(
    operators: Path, *, app: App = "ykt", until: datetime | None = None, words: Sequence[str] = (), phone: str = ""
) -> str:
    """``operators`` is the folder whose ``ui/maintenance.html`` goes before the hub's own; ``app`` gives it its colour and name."""
    drawing = Drawing(operators, {})
    drawing.serve(_within)
    said = {"until": in_chinese(until) if until else "", "words": words, "phone": phone}
    return drawing.page("ui/maintenance.html", Frame(app=app, home="/"), **said)


def _within(path: str) -> str:
    """A file that the page needs, as an address that holds it."""
    kind, content = mimetypes.guess_type(path)[0], (OWN.parent / path).read_bytes()
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
