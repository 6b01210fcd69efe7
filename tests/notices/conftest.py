"""安居区 where notices are sent: the real plugin, small parts, and whoever writes them."""

from __future__ import annotations

from typing import Any

import pytest

from hub.api import Push, Upload, Withdraw
from hub.testing import County, HubSetup
from hub.words.actors import Actor
from plugins.notices.documents import Receipt
from tests.officefiles import docx
from tests.world import ANJU, SHEHONG

WORDS = {
    "title": "汛期办理时间调整",
    "text": "七月起上午八点开门。\n有事请打电话。",
    "roles": ["resident"],
    "asks": True,
}
WHY = {"reason": "时间写错了"}


@pytest.fixture(scope="session")
def hub_setup() -> HubSetup:
    return HubSetup(
        plugins=("notices",), on=(ANJU, SHEHONG), off=(), settings={"notices": {"part": 2, "urgent_most": 5}}
    )


class Desk:
    """What is done at the desk of 安居区, unless said otherwise; and what came of it."""

    def __init__(self, county: County, clerk: Actor, at: str = ANJU) -> None:
        self.county, self.clerk, self.at = county, clerk, at

    async def write(self, **words: Any) -> Any:
        return await self.county.ask(self.clerk, "POST notices/desk", at=self.at, body={**WORDS, **words})

    async def press(self, notice: Any, button: str, **form: Any) -> Any:
        body = {"version": (await self.show(notice)).version, **form}
        return await self.county.ask(
            self.clerk, f"POST notices/desk/{{id}}/{button}", at=self.at, id=notice.id, body=body
        )

    async def show(self, notice: Any) -> Any:
        return await self.county.ask(self.clerk, "GET notices/desk/{id}", at=self.at, id=notice.id)

    async def attach(self, notice: Any, data: bytes = docx("各乡镇："), name: str = "安排.docx") -> Any:
        upload = Upload(filename=name, data=data)
        return await self.county.ask(
            self.clerk, "POST notices/desk/{id}/files", at=self.at, id=notice.id, upload=upload
        )

    async def begin(self, people: int, **words: Any) -> Any:
        """Sent to so many, and nothing of it was done yet."""
        return await self.press(await self.write(**words), "send", people=people)

    async def send(self, people: int, **words: Any) -> Any:
        """Sent, and everybody told."""
        notice = await self.begin(people, **words)
        await self.county.deliver()
        return await self.show(notice)

    async def hear(self) -> bool:
        """The oldest fact or step that waits, and no other; whether there was one."""
        pending = self.county.world.database["events"]
        event = await pending.find_one({"state": "pending"}, sort=[("_id", 1)])
        for item in event["todo"] if event else ():
            self.county.pushes += await self.county._hear(event, item["name"])
        if event:
            await pending.update_one({"_id": event["_id"]}, {"$set": {"state": "done"}})
        return event is not None

    def told(self, key: str) -> list[str]:
        """To whom messages of this key went, one by one."""
        pushes = [each for each in self.county.pushes if isinstance(each, Push) and each.key == key]
        return [person for push in pushes for person in push.to.ids]

    def taken_back(self, key: str) -> list[str]:
        taken = [each for each in self.county.pushes if isinstance(each, Withdraw) and each.key == key]
        return [person for each in taken for person in each.only or ()]

    async def receipts(self, notice: Any) -> list[Receipt]:
        database = self.county.world.database
        return [database.decode(Receipt, row) async for row in database["notices.receipts"].find({"notice": notice.id})]


@pytest.fixture
async def desk(county: County) -> Desk:
    return Desk(county, await county.staff("handler", region=ANJU))
