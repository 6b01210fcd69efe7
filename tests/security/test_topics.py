"""Who may listen to what happens in an office, and what is told: that something has happened, never about whom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.chain import acts
from tests.chain.cast import DECLARANT, FARMING, WINDOW, City
from tests.waiting import patience
from tests.web.scope import Staff, Who
from tests.world import ANJU, DONGCHAN, JUXIAN, SHEHONG

TASKS = f"worklist.tasks:{JUXIAN}"
NOT_ON = "510903"  # 船山区 has every plugin off here.


class Socket:
    """A live session of somebody of the city."""

    def __init__(self, socket: WebSocketClientConnection) -> None:
        self.socket = socket

    async def say(self, frame: dict[str, Any]) -> None:
        await self.socket.write_message(msgspec.json.encode(frame).decode())

    async def hear(self) -> dict[str, Any]:
        """The next frame but those of the inbox."""
        async with patience():
            while (text := await self.socket.read_message()) is not None:
                frame: dict[str, Any] = msgspec.json.decode(text)
                if frame.get("stream") != "inbox":
                    return frame
        raise AssertionError(f"closed with {self.socket.close_code}")

    async def listen(self, topic: str) -> dict[str, Any]:
        await self.say({"t": "sub", "topic": topic})
        return await self.hear()


@asynccontextmanager
async def socket_of(city: City, who: Who) -> AsyncIterator[Socket]:
    """Welcomed; closed at the end."""
    ticket = (await city.done(who, "POST", "/me/ticket", {}))["ticket"]
    opened = Socket(await websocket_connect(city.hub.url.replace("http", "ws") + "/ws"))
    await opened.say({"t": "hello", "v": 1, "ticket": ticket, "device": "d"})
    assert (await opened.hear())["t"] == "welcome"
    yield opened
    opened.socket.close()
    while await opened.socket.read_message() is not None:
        pass


async def test_an_open_list_is_told_to_look_again_and_nothing_about_anybody(city: City) -> None:
    """A declaration arrives at the window of the town; its county hears of it, too."""
    async with AsyncExitStack() as stack:
        window = await stack.enter_async_context(socket_of(city, WINDOW))
        county = await stack.enter_async_context(socket_of(city, Staff("handler", ANJU)))
        joined = [await window.listen(TASKS), await county.listen(f"worklist.tasks:{ANJU}")]

        declared = await acts.declare(city, 1)
        heard, above = await window.hear(), await county.hear()

    assert declared.status == 201, declared.body
    assert [frame["t"] for frame in joined] == ["joined", "joined"]
    told = {"event": "worklist.TaskArrived", "place": JUXIAN}
    assert heard == {"t": "msg", "stream": TASKS, "seq": 1, "body": told}
    assert above["body"] == told


async def test_who_does_not_work_there_does_not_hear_what_happens_there(city: City) -> None:
    """Nor what is above one's own place, of another right or county, off there, or does not exist."""
    refused: list[tuple[Who, str]] = [
        (DECLARANT, TASKS),
        (WINDOW, f"worklist.tasks:{ANJU}"),
        (WINDOW, f"worklist.tasks:{DONGCHAN}"),
        (Staff("handler", ANJU, FARMING), f"worklist.tasks:{SHEHONG}"),
        (Staff("handler", SHEHONG, FARMING), TASKS),
        (Staff("discipline", ANJU), TASKS),
        (WINDOW, f"worklist.no_such_topic:{JUXIAN}"),
        (WINDOW, "worklist.tasks:999999"),
        (Staff("handler", NOT_ON), f"worklist.tasks:{NOT_ON}"),
    ]

    answers = []
    for who, topic in refused:
        async with socket_of(city, who) as socket:
            answers.append((await socket.listen(topic))["error"]["code"])

    assert answers == ["forbidden"] * len(refused)
