"""A county where people write to offices, beside complaints: the plugins' real parts on the real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from hub.testing import County, HubSetup
from hub.words.actors import Actor
from hub.words.personal import IdNumberText, Secret
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE, World

CIVIL, FARMING = "民政局", "农业农村局"
NUMBERS = {"wang": "510921196711053319", "chen": "510981198902141130", "liu": "510923197512304629"}
ALL = "message_board.messages"


class MessageOffice(County):
    """Writes, handles and looks on, through the plugin's own routes. A minute passes, so that steps have an order."""

    pace = timedelta(minutes=1)

    # --- people ------------------------------------------------------------------------------------------------------

    def citizen(self, person: str = "wang", number: str | None = None, home: str = VILLAGE) -> Actor:
        """Who they are was proved at a window."""
        return msgspec.structs.replace(self.claimant(person, number, home), assurance="proved")

    def claimant(self, person: str = "wang", number: str | None = None, home: str = VILLAGE) -> Actor:
        """Who only says who they are."""
        key = self.world.database.blind(IdNumberText(number or NUMBERS[person]))
        who = {"person": person, "assurance": "claimed", "name": Secret("王建国"), "id_key": key, "home": home}
        return Actor(kind="resident", app="ykt", **who)

    def handler(self, person: str = "罗勇", region: str = ANJU, bureau: str | None = CIVIL, **more: Any) -> Actor:
        node = more.pop("node", "message_board")
        return self.acting(person, self.position("handler", region, bureau=bureau, node=node), **more)

    def leader(self, person: str = "李区长", region: str = ANJU, bureau: str | None = None) -> Actor:
        return self.acting(person, self.position("leader", region, bureau=bureau))

    def discipline(self, person: str = "纪检", region: str = ANJU) -> Actor:
        return self.acting(person, self.position("discipline", region))

    # --- doors -------------------------------------------------------------------------------------------------------

    def form(self, **changes: Any) -> dict[str, Any]:
        said = {"title": "高龄津贴什么时候发", "text": "我母亲今年八十二岁，想问高龄津贴几号到账。"}
        return {"kind": "consult", "bureau": CIVIL, **said, "confidential": False, **changes}

    async def write(self, actor: Actor | None = None, at: str = ANJU, **changes: Any) -> Any:
        """Hand in a message and let everybody hear of it."""
        detail = await self.ask(actor or self.citizen(), "POST message_board", at=at, body=self.form(**changes))
        await self.deliver()
        return detail

    async def do(self, move: str, id: str, actor: Actor | None = None, at: str = ANJU, **body: Any) -> Any:
        """One of the handler's moves, on the present version."""
        stored = await self.stored(id)
        filled = {"version": stored["version"], **WELL.get(move, {}), **body}
        who = actor or self.handler(region=stored["place"], bureau=stored["bureau"])
        detail = await self.ask(who, f"POST message_board/{{id}}/{move}", at=at, id=id, body=filled)
        await self.deliver()
        return detail

    async def own(self, move: str, id: str, actor: Actor | None = None, **body: Any) -> Any:
        """One of the writer's moves."""
        filled = {"version": (await self.stored(id))["version"], **OWN_WELL.get(move, {}), **body}
        detail = await self.ask(actor or self.citizen(), f"POST message_board/mine/{{id}}/{move}", id=id, body=filled)
        await self.deliver()
        return detail

    async def in_state(self, state: str, **more: Any) -> dict[str, Any]:
        """A message that has come to this state by its ordinary way."""
        written = await self.write(kind="complain", **more)
        for move in WAYS[state]:
            await (self.own if move in OWN_MOVES else self.do)(move, written.id)
        return await self.stored(written.id)

    async def stored(self, id: str) -> dict[str, Any]:
        found = await self.world.database[ALL].find_one({"_id": id})
        assert found is not None
        return found


WELL: dict[str, dict[str, Any]] = {
    "reply": {"text": "每月15日前发到社保卡上，请放心。"},
    "transfer": {"region": ANJU, "bureau": FARMING, "reason": "属农业补贴"},
    "return": {"reason": "不归我局办理"},
    "propose": {"reason": "反映的是办事人员的问题"},
}
OWN_WELL: dict[str, dict[str, Any]] = {
    "ask": {"text": "我们村为什么还没有发？"},
    "rate": {"grade": "5"},
    "complain": {
        "notice": "0",
        "about": f"unit:{JUXIAN}",
        "type": "attitude",
        "text": "窗口不理人",
        "confidential": False,
        "publish": False,
    },
}
OWN_MOVES = ("ask", "rate", "close", "complain", "decline")
# How a message comes to a state.
WAYS: dict[str, tuple[str, ...]] = {
    "waiting": (),
    "handling": ("take",),
    "replied": ("reply",),
    "proposed": ("propose",),
    "rated": ("reply", "rate"),
    "closed": ("close",),
    "complained": ("propose", "complain"),
}


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("complaints", "message_board"), on=(ANJU, SHEHONG))


@pytest.fixture(scope="session")
async def message_world(county_worlds: Any, hub_setup: HubSetup) -> World:
    world: World = await county_worlds(hub_setup)
    return world


@pytest.fixture
async def office(message_world: World) -> MessageOffice:
    """安居区 and 射洪市 with the message board on; nothing has happened yet."""
    await message_world.begin()
    return MessageOffice(message_world)
