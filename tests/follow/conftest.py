"""A county whose leaders follow messages, complaints and late cases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.api import Push
from hub.testing import ANJU, SHEHONG, VILLAGE, HubSetup
from hub.testing.county import County
from hub.words.actors import Actor
from hub.words.personal import IdNumberText
from plugins.follow.pages import PAGES
from tests.complaints.conftest import ComplaintOffice, Owner
from tests.message_board.conftest import MessageOffice
from tests.overdue.conftest import Supervised

MOVED, ONE = "follow.moved", "follow/{kind}/{id}"
LIST, PAGE = (next(page for page in PAGES if page.path == path) for path in ("", "/{kind}/{id}"))


class Followers(County):
    """Who follows what, and what becomes of it. A minute passes before each delivery."""

    pace = timedelta(minutes=1)

    @property
    def board(self) -> MessageOffice:
        return self._sharing(MessageOffice(self.world))

    @property
    def complaints(self) -> ComplaintOffice:
        return self._sharing(ComplaintOffice(self.world, Owner()))

    @property
    def late(self) -> Supervised:
        return self._sharing(Supervised(self.world))

    def _sharing(self, office: Any) -> Any:
        """What comes of its acts comes to this one's pushes."""
        office.pushes = self.pushes
        return office

    async def leader(self, name: str = "林峰", region: str = ANJU, **narrowed: Any) -> Actor:
        return await self.employ(name, self.position("leader", region, **narrowed))

    async def message(self, at: str = ANJU) -> str:
        home = {ANJU: VILLAGE, SHEHONG: "510981104"}[at]
        written = await self.board.write(self.board.citizen(home=home), at=at)
        return str(written.id)

    async def follow(self, who: Actor, id: str, kind: str = "message", at: str = ANJU) -> Any:
        return await self.ask(who, f"POST {ONE}", at=at, kind=kind, id=id)

    async def cancel(self, who: Actor, id: str, kind: str = "message", at: str = ANJU) -> None:
        await self.ask(who, f"DELETE {ONE}", at=at, kind=kind, id=id)

    async def followed(self, who: Actor, at: str = ANJU, **asked: Any) -> list[Any]:
        return list((await self.ask(who, "GET follow", at=at, query=asked)).items)

    async def heard(self, who: Actor) -> list[Push]:
        """All that this one was told of what they follow."""
        await self.deliver()
        said = [push for push in self.pushes if isinstance(push, Push) and push.message == MOVED]
        return [push for push in said if who.person in await self.reached(push)]

    async def without(self, collection: str, **wanted: Any) -> None:
        await self.world.database[collection].delete_many(wanted)

    async def change(self, collection: str, id: str, **fields: Any) -> None:
        """As if it had been written so."""
        await self.world.database[collection].update_one({"_id": id}, {"$set": fields})

    def key(self, number: str) -> str:
        return self.world.database.blind(IdNumberText(number))


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("complaints", "message_board", "overdue", "follow"), on=(ANJU, SHEHONG))


@pytest.fixture
async def office(hub_setup: HubSetup, county_worlds: Any) -> Followers:
    """安居区 and 射洪市 with all of it on; nobody follows anything yet."""
    world = await county_worlds(hub_setup)
    await world.begin()
    return Followers(world)
