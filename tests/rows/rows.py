"""The rows of the owner's manual, each walked by a test as its user would; ``docs/coverage.md`` is made from these tests.

A test says with :func:`row` which operations and pushes its row is made of. While it walks, what it asks and what lands in
the inboxes is noted; at the end both must be what it said, so that the table cannot claim what no test does.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest

from hub.app import Hub
from hub.web.operations import Operation
from tests.waiting import patience
from tests.web.scope import Resident, Scene, Staff
from tests.web.small import Answer, Visitor


def row(id: str, *, operations: Sequence[str], pushes: Sequence[str] = ()) -> pytest.MarkDecorator:
    """This test walks row ``id``: ``operations`` as ``METHOD /{place}/plugin/path``, ``pushes`` by catalogue code."""
    return pytest.mark.row(id, tuple(operations), tuple(pushes))


@dataclass
class Walk:
    """A whole hub and whoever walks through it."""

    scene: Scene
    asked: set[str] = field(default_factory=set)
    began: Any = None

    @property
    def hub(self) -> Hub:
        return self.scene.hub

    async def resident(self, name: str) -> Walker:
        """A resident with a claimed name; see ``tests.web.scope.RESIDENTS``."""
        return Walker(self, await self.scene.visitor(Resident(name)))

    async def staff(self, role: str, region: str, bureau: str | None = None, node: str | None = None) -> Walker:
        """Somebody with this one position."""
        return Walker(self, await self.scene.visitor(Staff(role, region, bureau, node)))

    def guest(self) -> Walker:
        """Somebody who is not signed in."""
        return Walker(self, self.scene.guest)

    async def settled(self) -> None:
        """Wait until every fact has been heard by everybody, and what came of it."""
        async with patience():
            while await self.hub.database["events"].count_documents({"state": "pending"}, limit=1):
                await asyncio.sleep(0.02)

    async def job(self, name: str, county: str) -> None:
        """Let a job of a plugin run now: ``publicity.watch``."""
        plugin, _, job = name.partition(".")
        [found] = [each for each in self.hub.host.plugins[plugin].jobs if each.name == job]
        run = self.hub.units.run if found.transaction else self.hub.units.read
        await run(found.call, plugin=plugin, place=self.hub.places.tree[county])
        await self.settled()

    async def pushes(self) -> set[str]:
        """The codes of what has landed in inboxes since the walk began."""
        return set(await self.hub.database["inbox"].distinct("code", {"_id": {"$nin": self.began}}))

    def note(self, method: str, path: str) -> None:
        for operation in self.hub.application.parts.router.operations:
            if operation.method == method and _pattern(operation).fullmatch(path):
                self.asked.add(f"{method} {operation.template.removeprefix('/api/v1')}")
                return


@dataclass
class Walker:
    """One person's phone. Paths are those behind ``/api/v1``."""

    walk: Walk
    visitor: Visitor

    @property
    def person(self) -> str:
        return self.visitor.person or ""

    async def get(self, path: str, **query: Any) -> Any:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return self._read(await self._ask("GET", path, f"?{asked}" if asked else ""))

    async def post(self, path: str, body: Any = None) -> Any:
        return self._read(await self._ask("POST", path, json=body if body is not None else {}))

    async def put(self, path: str, body: Any) -> Any:
        return self._read(await self._ask("PUT", path, json=body))

    async def delete(self, path: str) -> Any:
        return self._read(await self._ask("DELETE", path))

    async def upload(self, path: str, data: bytes, filename: str, query: str = "") -> Any:
        """A table or a paper."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=filename)
        return self._read(await self._ask("POST", path, query, data=form))

    async def download(self, path: str, query: str = "") -> bytes:
        answer = await self._ask("GET", path, query)
        assert answer.status == 200, answer.body
        return answer.body

    async def refusal(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = await self._ask(method, path, **({} if body is None else {"json": body}))
        assert answer.status >= 400, answer.body
        return answer.status, answer.json["error"]["code"]

    async def inbox(self) -> list[dict[str, Any]]:
        """What has come, the newest first, after everything was heard."""
        await self.walk.settled()
        answer = await self.visitor.get("/api/v1/inbox?limit=100")
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    async def task(self, place: str, number: str, node: str) -> dict[str, Any]:
        """The task of this business in 我的待办."""
        await self.walk.settled()
        page = await self.get(f"/{place}/worklist/tasks", number=number)
        [task] = [each for each in page["items"] if each["node"] == node]
        return dict(task)

    async def decide(self, place: str, number: str, node: str, move: str = "pass", opinion: str = "同意") -> Any:
        """Claim and decide a task of the worklist."""
        task = await self.task(place, number, node)
        claimed = await self.post(f"/{place}/worklist/tasks/{task['id']}/claim")
        body = {"move": move, "opinion": opinion, "version": claimed["version"]}
        done = await self.post(f"/{place}/worklist/tasks/{task['id']}/decide", body)
        await self.walk.settled()
        return done

    async def _ask(self, method: str, path: str, query: str = "", **options: Any) -> Answer:
        self.walk.note(method, f"/api/v1{path}")
        return await self.visitor.ask(method, f"/api/v1{path}{query}", **options)

    def _read(self, answer: Answer) -> Any:
        assert answer.status < 300, f"{answer.status} {answer.body!r}"
        return msgspec.json.decode(answer.body) if answer.body else None


def _pattern(operation: Operation) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]+", operation.template))


def declared(test: Any) -> Mapping[str, Any] | None:
    """What a test says of its row; None for a test of no row."""
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "row":
            id, operations, pushes = mark.args
            return {"row": id, "operations": operations, "pushes": pushes}
    return None
