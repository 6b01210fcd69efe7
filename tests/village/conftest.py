"""安居区 where publicities run and batches are paid, and what a village sees of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.api import Bearers, Persons, Push
from hub.testing import HubSetup
from hub.words.actors import Actor
from plugins.publicity import events
from tests.payments.conftest import Guarding
from tests.publicity.conftest import FARMING, OTHER_VILLAGE, SunOffice, person, prepare
from tests.world import ANJU, SHEHONG, UNHURRIED, VILLAGE, World

__all__ = ["ANJU", "OTHER_VILLAGE", "SHEHONG", "VILLAGE"]

LAND, OLD_AGE = "10001", "30005"


class VillageOffice(SunOffice):
    """The same, seen from a village."""

    def villager(self, who: str = "wang", at: str = VILLAGE, n: int | None = None) -> Actor:
        """Somebody at home there; ``n``: proved to be that person of the batches."""
        actor = self.proved(who, n) if n is not None else self.resident(who)
        return msgspec.structs.replace(actor, home=at)

    def reader(self, at: str = VILLAGE, role: str = "handler") -> Actor:
        """Who has to do with a village's loudspeaker."""
        return self.staff(f"{role}-{at}", self.position(role, at))

    async def village(self, actor: Actor | None = None, *, at: str = VILLAGE, **query: Any) -> Any:
        return await self.ask(actor or self.villager(at=at), "GET village", at=at, query=query)

    async def lists(self, project: str = LAND, actor: Actor | None = None, *, at: str = VILLAGE, **query: Any) -> Any:
        actor = actor or self.villager(at=at)
        page = await self.ask(actor, "GET village/projects/{project}", at=at, project=project, query=query)
        return page.items

    async def put_up(
        self, people: int, subject: str = "batch-1", *, at: str = VILLAGE, first: int = 1, **more: Any
    ) -> str:
        """A 发放公示 with so many people of one village begins; its id."""
        wanted = {
            "project": LAND,
            "short": "地力保护",
            "title": "2026年地力保护补贴",
            "period": "2026",
            "days": 7,
        } | more
        begun = events.PublishRows(place=ANJU, subject=subject, bureau=FARMING, rows_total=people, **wanted)
        rows = [
            events.OfferedRow(
                subject_row=f"{subject}-{n}",
                identity=person(n),
                standard="100元/亩",
                quantity="3.5亩",
                amount="350.00",
                persons=(f"told-{n}",),
                place=at,
            )
            for n in range(first, first + people)
        ]
        parts = [rows[n : n + 200] for n in range(0, people, 200)]
        await self.tell(begun, *(events.AddRows(place=ANJU, subject=subject, rows=tuple(part)) for part in parts))
        return await self.payment(subject)

    async def confirmed_list(self, id: str) -> None:
        await self.pass_end(id)
        await self.do("confirm", id, self.payer())

    async def days_pass(self, days: int) -> None:
        self.world.clock.advance(timedelta(days=days))
        await self.watch()

    def told_of(self, message: str) -> list[str]:
        """Whom it went to, by name."""
        return [
            who
            for push in self.pushes
            if isinstance(push, Push) and push.message == message and isinstance(push.to, Persons)
            for who in push.to.ids
            if not isinstance(push.to, Bearers)
        ]


def said(view: Any) -> str:
    """All that is in an answer."""
    return msgspec.json.encode(view).decode()


def of_project(view: Any, project: str = LAND) -> Mapping[str, str]:
    [found] = [each for each in view.projects if each.project == project]
    return {"times": found.times, "total": found.total}


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(
        plugins=("declaration", "publicity", "payments", "village"),
        stand_ins={"guarding": Guarding()},
        on=(ANJU, SHEHONG),
        settings=UNHURRIED,
        prepare=prepare,
    )


@pytest.fixture(scope="session")
async def village_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    return await county_worlds(hub_setup)


@pytest.fixture
async def office(village_world: World) -> VillageOffice:
    await village_world.begin()
    return VillageOffice(village_world, Guarding())
