"""Is it alive, is it ready, and its figures: for load balancers, orchestrators and Prometheus."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from hub.rules.places import Places
from hub.rules.units import Units
from hub.store import keyring
from hub.store.database import Database
from hub.store.mongo import PyMongoError
from hub.web.addresses import is_this_machine
from hub.web.base import JSON, BaseHandler
from hub.words.contributions import HealthCheck
from hub.words.endings import within
from hub.words.errors import Forbidden, HubError

log = structlog.get_logger("hub.web")

# Load balancers ask every second or two, from many machines: one look serves them all.
FRESH_FOR = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Check:
    """A question before the hub calls itself ready. None is well; else what is wrong, in English, for the operator."""

    name: str
    ask: Callable[[], Awaitable[str | None]]


class Readiness(msgspec.Struct, frozen=True):
    """``checks`` by name: ``ok``, or what is wrong."""

    ready: bool
    checks: dict[str, str]


class Health:
    """Asks all checks at once, each within ``within``, and remembers the answer for a moment."""

    def __init__(self, checks: Iterable[Check], within: timedelta) -> None:
        self._checks = tuple(checks)
        self._within = within
        self._last: Readiness | None = None
        self._asked_at = 0.0
        self._asking: asyncio.Task[Readiness] | None = None

    async def look(self) -> Readiness:
        now = asyncio.get_running_loop().time()
        if self._last is not None and now - self._asked_at < FRESH_FOR.total_seconds():
            return self._last
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all(), name="readiness")
        # Shielded: a caller who hangs up must not take the answer from the others.
        return await asyncio.shield(self._asking)

    async def _ask_all(self) -> Readiness:
        try:
            answers = await asyncio.gather(*(self._ask(check) for check in self._checks))
            checks = {check.name: answer for check, answer in zip(self._checks, answers, strict=True)}
            self._last = Readiness(all(answer == "ok" for answer in answers), checks)
            self._asked_at = asyncio.get_running_loop().time()
            return self._last
        finally:
            self._asking = None

    async def _ask(self, check: Check) -> str:
        try:
            async with within(self._within):
                return await check.ask() or "ok"
        except TimeoutError:
            return f"no answer within {self._within.total_seconds():g} s"
        except Exception as error:
            # A check that breaks is a hub that is not ready; the others still want to be asked.
            if not isinstance(error, HubError | PyMongoError):
                log.exception("health check failed", check=check.name)
            return f"check failed: {type(error).__name__}"


def core_checks(database: Database, units: Units, places: Places) -> list[Check]:
    """The database takes writes, and what is served from memory has been read."""

    async def primary() -> str | None:
        if problem := database.problem():
            return problem
        answer = await database.client.admin.command("hello")
        return None if answer.get("isWritablePrimary") else "MongoDB has no primary: look at the replica set's state"

    async def keys() -> str | None:
        return await keyring.problem_of(database)

    async def loaded() -> str | None:
        return None if len(places.tree) else "no regions: run hub regions import"

    return [Check("mongodb", primary), Check("keys", keys), Check("regions", loaded), *_of_plugins(units, places)]


def _of_plugins(units: Units, places: Places) -> Sequence[Check]:
    return [
        Check(f"{plugin.name}.{check.name}", _asking(units, places, plugin.name, check))
        for plugin in units.host.plugins.values()
        for check in plugin.health_checks
    ]


def _asking(units: Units, places: Places, plugin: str, check: HealthCheck) -> Callable[[], Awaitable[str | None]]:
    async def ask() -> str | None:
        roots = places.tree.children(None)
        if not roots or not units.counties.is_on(None, plugin):
            return None
        return await units.read(units.turns.of(plugin, "health", check.call), plugin=plugin, place=roots[0])

    return ask


class Alive(BaseHandler):
    """``/healthz``: the process runs and its loop turns."""

    @property
    def route(self) -> str:
        return "/healthz"

    async def get(self) -> None:
        self.answer({"alive": True})


class Ready(BaseHandler):
    """``/readyz``: 200 when requests can be served, else 503; both say which check failed."""

    def initialize(self, health: Health) -> None:
        self._health = health

    @property
    def route(self) -> str:
        return "/readyz"

    async def get(self) -> None:
        readiness = await self._health.look()
        self.answer(readiness, 200 if readiness.ready else 503)


class MetricsHandler(BaseHandler):
    """``/metrics``: for this machine, or with the token of the settings. Readiness is among the figures."""

    def initialize(self, health: Health) -> None:
        self._health = health

    @property
    def route(self) -> str:
        return "/metrics"

    async def get(self) -> None:
        if not self._is_allowed():
            raise Forbidden
        readiness = await self._health.look()
        self.parts.metrics.checked(readiness.ready, {name: said == "ok" for name, said in readiness.checks.items()})
        self.set_header("Content-Type", CONTENT_TYPE_LATEST)
        self.parts.metrics.uploads.set(self.parts.uploads.taken)
        await self.finish(generate_latest(self.parts.metrics.registry))

    def _is_allowed(self) -> bool:
        token = self.parts.settings.metrics_token
        given = self.request.headers.get("Authorization", "")
        if token is not None and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return True
        return is_this_machine(self.request)


class Description(BaseHandler):
    """``/openapi.json``."""

    def initialize(self, document: Callable[[], bytes]) -> None:
        self._document = document

    @property
    def route(self) -> str:
        return "/openapi.json"

    async def get(self) -> None:
        self.set_header("Content-Type", JSON)
        await self.finish(self._document())


def encode_document(document: dict[str, Any]) -> bytes:
    """The document with its keys in order, so that two versions can be compared."""
    return msgspec.json.format(msgspec.json.encode(document), indent=1)
