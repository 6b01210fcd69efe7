"""Addresses as messages of the version before have them: ``/{app}/pages/complaint?id=…&place=…`` leads to the page of today.

Messages lie in people's chats for years: none of these addresses is ever taken away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hub.web.pages.base import PageBase
from hub.web.pages.frames import kept_place, usual_place
from hub.words.actors import App
from hub.words.errors import NotFound, NotSignedIn, Refused

# Name → the page below the place; ``{id}`` is that of the query.
PAGES: Mapping[str, str] = {
    "task": "worklist/tasks/{id}",
    "tasks": "worklist/tasks",
    "history": "worklist/history",
    "done": "worklist/done",
    "complain": "complaints/notice",
    "complaint": "complaints/{id}",
    "complaints": "complaints",
    "my-complaint": "complaints/mine/{id}",
    "my-complaints": "complaints/mine",
    "projects": "declaration/projects",
    "cases": "declaration/cases",
    "progress": "declaration/cases/{id}",
    "case": "declaration/review/{id}",
    "surveys": "survey/todo",
    "survey": "survey/surveys/{id}",
    "hits": "interception/hits",
    "hit": "interception/hits/{id}",
    "entries": "interception/entries",
    "interception": "interception",
    "batches": "payments/batches",
    "batch": "payments/batches/{id}",
    "benefit": "payments/benefits/{id}",
    "payments": "payments/mine",
    "payment": "payments/mine/{id}",
    "publicities": "publicity/notices",
    "publicity": "publicity/notices/{id}",
    "boards": "publicity/board",
    "board": "publicity/board/{id}",
    "dispute": "proofs/disputes/{id}",
}


class OldAddress(PageBase):
    """``/{app}/pages/{name}``."""

    @property
    def route(self) -> str:
        return f"/{self.app}/pages/{{name}}"

    async def get(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        page = PAGES.get(self.rest.removeprefix("pages/"))
        if page is None:
            raise NotFound
        asked = self.get_query_argument("place", "")
        place = asked if asked in self.parts.places.tree else self._usual()
        if not place:
            raise NotSignedIn if self.actor.kind == "guest" else NotFound
        path = f"{place}/{page.format(id=quote(self.get_query_argument('id', ''), safe=''))}"
        self.lead(f"/{self.app}/{path if self._is_there(path) else place}")

    head = get

    def _usual(self) -> str:
        return usual_place(self.actor, kept_place(self.request), self.parts.places.tree) or ""

    def _is_there(self, path: str) -> bool:
        """Whether it has a page by now; else its home is the next best."""
        try:
            self.pages.table.find(self.app, path)
        except Refused:
            return False
        return True


def handlers(arguments: Mapping[str, Any], apps: tuple[App, ...]) -> list[tuple[Any, ...]]:
    return [(rf"/(?:{'|'.join(apps)})/pages/[a-z-]+", OldAddress, arguments)]
