"""Reading everything that lies in a hub, as the people who are in it: each list to its end, and each thing on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from hub.app import Hub
from tests.web.scope import Scene
from tests.web.small import Answer, Visitor
from tests.world import ANJU

READ, REFUSED = 200, {403, 404}
# A list, and what is asked of each thing on it; ``{id}`` is its id or its code.
FORM = "declaration/projects/{id}/form?category=farmer&declared_for=other"
OPEN_TO_ALL: Mapping[str, Sequence[str]] = {
    "complaints/published": (),
    "declaration/projects": ("declaration/projects/{id}", FORM),
    "publicity/notices": ("publicity/notices/{id}", "publicity/notices/{id}/rows"),
}
LISTS: Mapping[str, Sequence[str]] = {
    "complaints": ("complaints/{id}",),
    "complaints/mine": ("complaints/mine/{id}",),
    "declaration/cases": ("declaration/cases/{id}",),
    "declaration/drafts": ("declaration/drafts/{id}",),
    "interception/entries": (),
    "interception/hits": ("interception/hits/{id}",),
    "interception/kinds": ("interception/templates/{id}",),
    "interception/lists": ("interception/lists/{id}", "interception/lists/{id}/rejects"),
    "interception/recoveries": ("interception/recoveries/{id}",),
    "interception/rules": (),
    "message_board": ("message_board/{id}",),
    "message_board/mine": ("message_board/mine/{id}",),
    "payments/batches": ("payments/batches/{id}", "payments/batches/{id}/rows"),
    "payments/benefits": ("payments/benefits/{id}",),
    "payments/intakes": ("payments/intakes/{id}", "payments/intakes/{id}/rejects"),
    "payments/mine": ("payments/mine/{id}",),
    "publicity/board": ("publicity/board/{id}", "publicity/board/{id}/rows"),
    "survey/drafts": ("survey/surveys/{survey}/drafts/{id}",),
    "survey/surveys": ("survey/surveys/{id}",),
    "survey/todo": (),
    "worklist/done": (),
    "worklist/history": ("worklist/history/{id}",),
    "worklist/tasks": ("worklist/tasks/{id}",),
}
# Short enough to come whole.
WHOLE = ("interception/kinds", "interception/rules")
# Asked once.
ALONE = (
    "complaints/form",
    "complaints/notice",
    "complaints/overview",
    "interception/statistics",
    "message_board/form",
    "message_board/overview",
    "payments/templates/results",
    "payments/templates/roster",
    "survey/todo/count",
    "worklist/tasks/count",
    "worklist/tasks/groups",
)
# On the page of one thing: the field in which ids stand, and what is asked of each.
ON_PAGES: Mapping[str, tuple[str, str]] = {
    "payments/batches/{id}/rows": ("id", "payments/rows/{id}"),
    "complaints/{id}": ("pictures", "complaints/{page}/pictures/{id}"),
    "complaints/mine/{id}": ("pictures", "complaints/mine/{page}/pictures/{id}"),
    "declaration/cases/{id}": ("materials", "declaration/cases/{page}/files/{id}"),
    "declaration/drafts/{id}": ("materials", "declaration/drafts/{page}/files/{id}"),
    "declaration/review/{id}": ("materials", "declaration/review/{page}/files/{id}"),
    "message_board/{id}": ("pictures", "message_board/{page}/pictures/{id}"),
    "message_board/mine/{id}": ("pictures", "message_board/mine/{page}/pictures/{id}"),
    "survey/surveys/{id}": ("photos", "survey/surveys/{page}/files/{id}"),
}
# Of documents, and of files.
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
# One for each sort of business: more would be shown the same.
RESIDENTS = ("王建国", "陈芳", "new-phone", "uphold")
STAFF = (
    "window-510904114-None-accept",
    "handler-510904114204-None-None",
    "handler-510904-农业农村局-None",
    "handler-510904-自然资源和规划局-None",
    "handler-510904-民政局-complaints",
    "handler-510904-财政局-None",
    "discipline-510904-None-None",
)


@dataclass
class Reader:
    """Somebody at their place. ``answers``: what they were shown, by path; None where it is not theirs."""

    name: str
    place: str
    visitor: Visitor
    answers: dict[str, Any] = field(default_factory=dict)

    async def read(self, path: str) -> Any:
        if path not in self.answers:
            answer = await self.visitor.get(f"/api/v1/{self.place}/{path}")
            assert answer.status == READ or answer.status in REFUSED, f"{self.name} {path}: {answer.body!r}"
            self.answers[path] = _content(answer) if answer.status == READ else None
        return self.answers[path]

    async def read_lists(self, lists: Mapping[str, Sequence[str]]) -> None:
        """Each to its end, and everything on it."""
        for path, pages in lists.items():
            for item in await self._items(path):
                for page in pages:
                    await self.read_page(page, item)

    async def read_page(self, page: str, item: Mapping[str, Any]) -> None:
        """Of a line of a list, with what is found on it."""
        id = _id_of(item)
        shown = await self.read(page.format_map({**item, "id": id}))
        if shown is not None and page in ON_PAGES:
            name, path = ON_PAGES[page]
            for found in sorted(set(_ids_under(shown, name))):
                await self.read(path.format(page=id, id=found))

    async def _items(self, path: str) -> list[dict[str, Any]]:
        shown = await self.read(path if path in WHOLE else f"{path}?limit=100")
        assert shown is None or shown.get("next") is None, f"{self.name} {path} is longer than a page"
        return list(shown["items"]) if shown is not None else []


async def read_all(hub: Hub, http: aiohttp.ClientSession) -> list[Reader]:
    """Everybody, with all that they were shown."""
    scene = Scene(hub, http)
    guest = Reader("guest", ANJU, scene.guest)
    await guest.read_lists(OPEN_TO_ALL)
    readers = [guest, *await _residents(scene), *await _staff(scene)]
    numbers = sorted(await hub.database["declaration.cases"].distinct("number"))
    for reader in readers[1:]:
        await reader.read_lists(LISTS)
        for path in ALONE:
            await reader.read(path)
        await _look_up(reader, numbers)
    return readers


async def _look_up(reader: Reader, numbers: Sequence[str]) -> None:
    """Cases by their number, as staff find them."""
    for number in numbers:
        found = await reader.read(f"declaration/review?number={number}")
        for item in found["items"] if found is not None else ():
            await reader.read_page("declaration/review/{id}", item)


async def _residents(scene: Scene) -> list[Reader]:
    people = [f"resident-{name}" for name in RESIDENTS]
    return [Reader(person, ANJU, await scene.sign_in(person, "ykt", "resident")) for person in people]


async def _staff(scene: Scene) -> list[Reader]:
    """Each at the place of their position."""
    return [Reader(person, person.split("-")[1], await scene.sign_in(person, "ydsh", "staff")) for person in STAFF]


def _content(answer: Answer) -> Any:
    """Files are told by their kind alone: tables hold the moment at which they were made."""
    kind = answer.headers["Content-Type"].partition(";")[0]
    return answer.json if kind == "application/json" else kind


def _id_of(item: Mapping[str, Any]) -> str:
    """Of a line of any list."""
    id: str = item.get("id") or item.get("code") or item.get("kind") or item.get("key") or item["notice"]["id"]
    return id


def _ids_under(shown: Any, name: str) -> Iterator[str]:
    """Every id in a field of this name, however deep."""
    if isinstance(shown, Mapping):
        for key, value in shown.items():
            yield from ID.findall(json.dumps(value)) if key == name else _ids_under(value, name)
    elif isinstance(shown, list):
        for each in shown:
            yield from _ids_under(each, name)


def text_of(readers: Sequence[Reader]) -> str:
    """Who was shown what, a line per answer."""
    lines = []
    for reader in readers:
        lines.append(f"# {reader.name} at {reader.place}")
        for path, shown in reader.answers.items():
            if shown is not None:
                lines.append(f"{path} {json.dumps(shown, ensure_ascii=False, sort_keys=True)}")
    return "\n".join(lines) + "\n"
