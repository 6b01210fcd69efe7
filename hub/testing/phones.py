"""People with a phone: signed in to a hub that serves, asking as their app does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import aiohttp

from hub.app import Hub
from hub.demo.client import Phone
from hub.identity.people import Claim, Proof
from hub.identity.staff import NewStaff, PositionWanted
from hub.store.mongo import AsyncClientSession
from hub.testing.people import number_of
from hub.testing.places import ANJU, CITY, VILLAGE
from hub.testing.served import settled
from hub.words.actors import HUB, App

# Who looks on: they have an app of their own.
WATCHERS = frozenset({"leader", "discipline"})
PASSWORD = "Correct-horse-9"  # noqa: S105 - of invented people


@dataclass(frozen=True)
class Phones:
    """Hands out phones of people who are signed in to ``hub``."""

    hub: Hub
    http: aiohttp.ClientSession

    async def resident(
        self, name: str = "王建国", *, region: str = VILLAGE, proved: bool = False, number: str | None = None
    ) -> Phone:
        """Somebody who has said who they are, at home in ``region``; ``proved``: and has shown their card. Everybody is another human,
        also of the same name, unless their ``number`` is."""
        identity = self.hub.identity
        consent = identity.settings.consent_version
        number = number or number_of(uuid4().hex)
        claim = Claim(name=name, id_number=number, region=region, consent_version=consent)

        async def enter(session: AsyncClientSession) -> tuple[str, str]:
            person = await identity.people.add(session)
            claimed = await identity.people.claim(session, person.id, claim, consent)
            if proved:
                proof = Proof(place=region, by="window", method="id_card", at=self.hub.clock.now())
                await identity.people.prove(session, claimed, proof)
            opened = await identity.sessions.open(session, app="ykt", kind="resident", person=person.id)
            return opened.token, person.id

        token, person = await self.hub.database.transaction(enter)
        return Phone(self.http, self.hub.url, "ykt", token, person)

    async def staff(
        self,
        role: str = "handler",
        *,
        region: str = ANJU,
        bureau: str | None = None,
        node: str | None = None,
        project: str | None = None,
        also: Sequence[PositionWanted] = (),
        app: App | None = None,
    ) -> Phone:
        """Somebody with an account and this position, and what they hold ``also``, signed in on ``app``: left out, that of leaders and
        discipline inspection for these, else the handlers'."""
        wanted = PositionWanted(role=role, region=region, bureau=bureau, node=node, project=project)
        id = uuid4().hex
        new = NewStaff(username=f"u{id[:12]}", name="周敏", id_number=number_of(id), positions=(wanted, *also))
        await self.hub.units.read(
            lambda ctx: self.hub.identity.staff.create_account(ctx, new, PASSWORD, must_change=False),
            plugin="identity",
            place=self.hub.places.tree[CITY],
            actor=HUB,
        )
        phone = Phone(self.http, self.hub.url, app or ("ydjd" if role in WATCHERS else "ydsh"))
        await phone.sign_in_by_account(new.username, PASSWORD)
        return phone

    async def expect_push(
        self, phone: Phone, message: str, text: str = "", *, times: int | None = None
    ) -> dict[str, Any]:
        """The newest message of this kind, by full name, in their inbox, with ``text`` in its title or body; ``times``: so many of them
        in all."""
        items, came = await self._inbox(phone, message, text)
        if not came or times not in (None, len(came)):
            wanted, titles = "no" if times is None else f"not {times}", [item["title"] for item in items]
            raise AssertionError(f"{wanted} {message} with {text!r} in the inbox; there is {titles}")
        return came[0]

    async def expect_no_push(self, phone: Phone, message: str, text: str = "") -> None:
        """None of this kind, with ``text`` in it, has come by the time that all is heard."""
        _, came = await self._inbox(phone, message, text)
        if came:
            raise AssertionError(f"{message} has come: {came[0]['title']}")

    async def _inbox(self, phone: Phone, message: str, text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What is in it, and what of that is looked for."""
        kind = self.hub.host.message_type(message)
        if kind is None:
            raise LookupError(f"no plugin has a message '{message}'")
        await settled(self.hub)
        items: list[dict[str, Any]] = (await phone.get("/inbox"))["items"]
        return items, [
            item for item in items if item["code"] == kind.code and (text in item["title"] or text in item["body"])
        ]

    async def expect_silence(self, plugin: str, county: str) -> None:
        """In a county where a plugin is off it has no route, no page, no menu entry, no document, no event and no job, for staff
        and residents; and it has heard of nothing there."""
        known, people = self.hub.host.plugins[plugin], [await self.staff(region=county), await self.resident()]
        below = f"/{county}/{known.prefix}"
        asked = [(route.method, f"/api/v1{below}{route.path}") for route in known.routes]
        asked += [("GET", f"/{app}{below}{page.path}") for page in known.pages for app in page.apps]
        there = [
            f"{method} {path}"
            for method, path in asked
            for phone in people
            if await self._status(phone, method, path) != HTTPStatus.NOT_FOUND
        ]
        menus = [item for phone in people for item in (await phone.get(f"/{county}/menu"))["items"]]
        there += [f"menu entry {item['path']}" for item in menus if item["plugin"] == plugin]
        kept: dict[str, dict[str, Any]] = {spec.name: {"county": county} for spec in known.collections}
        told = ({"type": {"$regex": f"^{plugin}\\."}}, {"todo.name": {"$regex": f":{plugin}\\."}})
        kept |= {"events": {"county": county, "$or": told}}
        kept |= {"jobs": {"county": county, "plugin": plugin}}
        there += [name for name, which in kept.items() if await self.hub.database[name].find_one(which)]
        if there:
            raise AssertionError(f"{plugin} is off in {county}, and yet there is: {', '.join(there)}")

    async def _status(self, phone: Phone, method: str, path: str) -> int:
        address = f"{self.hub.url}{re.sub('{[^}]*}', 'x', path)}"
        headers = {"Authorization": f"Bearer {phone.token}", "Idempotency-Key": uuid4().hex}
        async with self.http.request(method, address, headers=headers) as answer:
            return answer.status
