"""hub/static/hub-client.js in a mini program: a stand-in for ``wx`` over real sockets to a real node."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.realtime.frames import VERSION
from hub.realtime.redis_bus import RedisBus
from hub.realtime.settings import LiveSettings
from hub.realtime.topics import Address
from hub.words.actors import Actor
from tests.realtime.nodes import Node, Town, until
from tests.waiting import PATIENCE, patience
from tests.world import ANJU

PROGRAM = Path(__file__).parent / "js" / "phone.js"
BOARD = Address("pad.board", ANJU)


class MiniProgram:
    """A process that runs the client; answers its questions for tickets, and keeps what it tells."""

    def __init__(self, process: asyncio.subprocess.Process, tickets: Callable[[], str]) -> None:
        self._process = process
        self._tickets = tickets
        self.asked = 0
        self.heard: list[int] = []
        self.told: list[dict[str, Any]] = []
        self.gives_tickets = True
        self._reading = asyncio.create_task(self._read())

    @property
    def state(self) -> str | None:
        return next((event["state"] for event in reversed(self.told) if isinstance(event.get("state"), str)), None)

    async def order(self, name: str, argument: Any = None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([name, argument]).encode() + b"\n")
        await self._process.stdin.drain()

    async def until_open(self) -> None:
        await until(lambda: self.state == "open")

    def all(self, key: str) -> list[Any]:
        return [event[key] for event in self.told if key in event]

    async def wait_for(self, key: str, count: int = 1) -> list[Any]:
        await until(lambda: len(self.all(key)) >= count)
        return self.all(key)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            event = json.loads(line)
            self.told.append(event)
            if "heard" in event:
                self.heard.append(event["heard"])
            if event.get("ask") == "ticket":
                self.asked += 1
                if self.gives_tickets:
                    await self.order("ticket", self._tickets())

    async def storage(self) -> dict[str, str]:
        before = len(self.all("storage"))
        await self.order("storage")
        found: dict[str, str] = (await self.wait_for("storage", before + 1))[-1]
        return found

    async def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        await asyncio.wait_for(self._process.wait(), PATIENCE)
        await self._reading
        transport: Any = self._process._transport  # type: ignore[attr-defined]
        transport.close()


Start = Callable[..., Awaitable[MiniProgram]]


@pytest.fixture
async def launch() -> AsyncIterator[Start]:
    """Starts mini programs, ends them with the test."""
    program = shutil.which("node")
    assert program, "these tests need Node.js 18 or later on PATH"
    running: list[MiniProgram] = []

    async def start(
        node: Node | Balancer, actor: Actor, *flags: str, storage: dict[str, str] | None = None
    ) -> MiniProgram:
        process = await asyncio.create_subprocess_exec(
            program,
            str(PROGRAM),
            node.url,
            json.dumps(storage or {}),
            *flags,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        running.append(MiniProgram(process, lambda: node.town.tickets.issue(actor)))
        return running[-1]

    yield start
    for each in running:
        await each.end()


class Balancer:
    """One address for several nodes: new connections go to the node of the moment."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.to: Node | None = None
        self._server: asyncio.Server | None = None
        self._deaf: asyncio.Event = asyncio.Event()
        self._pipes: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/ws"

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)

    def swallow(self) -> None:
        """What comes from the node on the connections of now goes nowhere."""
        self._deaf.set()
        self._deaf = asyncio.Event()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self.to is not None
        back, forth = await asyncio.open_connection("127.0.0.1", self.to.port)
        for pipe in (self._pipe(reader, forth, asyncio.Event()), self._pipe(back, writer, self._deaf)):
            task = asyncio.create_task(pipe)
            self._pipes.add(task)
            task.add_done_callback(self._pipes.discard)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deaf: asyncio.Event) -> None:
        try:
            while data := await reader.read(65536):
                if not deaf.is_set():
                    writer.write(data)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._pipes):
            task.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)


@pytest.fixture
async def balancer(town: Town) -> AsyncIterator[Balancer]:
    made = Balancer(town)
    await made.start()
    yield made
    await made.stop()


async def test_messages_arrive_once_in_order_through_20_cuts(node: Node, launch: Start, seed: int) -> None:
    """500 messages; each cut at a random one."""
    phone = await launch(node, await node.town.sign_in("p1"))
    await phone.until_open()
    dice = random.Random(seed)
    cuts = sorted(dice.sample(range(1, 50), 20))

    for batch in range(50):
        await node.push("p1", 10)
        if batch in cuts:
            await phone.order("cut")
            await until(lambda: phone.state != "open")
            await phone.order("show")
        await phone.until_open()

    await until(lambda: len(phone.heard) >= 500)
    assert phone.heard == list(range(1, 501))
    assert phone.all("reset") == ["inbox"]


async def test_an_app_that_was_suspended_comes_back_by_itself(node: Node, launch: Start) -> None:
    """Its socket died and onClose never fired: what it has missed is there soon after it is shown."""
    phone = await launch(node, await node.town.sign_in("p1"))
    await phone.until_open()
    await node.push("p1", 3)
    await until(lambda: len(phone.heard) == 3)
    await phone.order("suspend")
    await until(lambda: len(node.live.sessions) == 0)
    await node.push("p1", 4)

    await phone.order("show")

    await until(lambda: len(phone.heard) == 7)
    assert phone.heard == list(range(1, 8))


async def test_an_app_started_anew_goes_on_where_it_was(node: Node, launch: Start) -> None:
    """Position and device id are in the phone's storage; what was not shown yet comes, nothing comes twice."""
    actor = await node.town.sign_in("p1")
    phone = await launch(node, actor)
    await phone.until_open()
    await node.push("p1", 5)
    await until(lambda: len(phone.heard) == 5)
    await phone.order("stop")
    kept = await phone.storage()
    await node.push("p1", 5)

    again = await launch(node, actor, storage=kept)

    await until(lambda: len(again.heard) == 5)
    assert again.heard == [6, 7, 8, 9, 10]
    assert again.all("reset") == []
    assert (await again.storage())["hub.device"] == kept["hub.device"]


async def test_what_the_app_has_shown_is_acknowledged(node: Node, launch: Start) -> None:
    """In batches, under its own device id."""
    phone = await launch(node, await node.town.sign_in("p1"))
    await phone.until_open()
    await node.push("p1", 30)

    async def acknowledged() -> int:
        return (await node.town.inbox.acknowledged(["p1:ydsh"])).get("p1:ydsh", 0)

    async with patience():
        while await acknowledged() < 30:
            await asyncio.sleep(0.02)
    assert node.count("hub_live_heard_total", type="ack") < 10


async def test_history_that_is_gone_asks_for_a_snapshot_first(node: Node, launch: Start) -> None:
    """Messages that come while the page loads it are shown after it, once."""
    actor = await node.town.sign_in("p1")
    await node.push("p1", 3)
    phone = await launch(node, actor, "snapshots")
    await phone.wait_for("reset")
    await node.push("p1", 2)
    heard_before = list(phone.heard)

    await phone.order("snapshot", True)

    await until(lambda: len(phone.heard) == 2)
    assert (heard_before, phone.heard) == ([], [4, 5])


async def test_a_snapshot_that_fails_is_taken_again(node: Node, launch: Start) -> None:
    """The position does not count before."""
    phone = await launch(node, await node.town.sign_in("p1"), "snapshots")
    await phone.wait_for("reset")

    await phone.order("snapshot", False)
    await phone.wait_for("reset", 2)
    await phone.order("snapshot", True)

    await phone.until_open()
    await node.push("p1", 1)
    await until(lambda: phone.heard == [1])


@pytest.mark.parametrize("flag", ["failing", "slow"])
async def test_a_page_that_fails_or_is_slow_still_gets_every_message_in_order(
    node: Node, launch: Start, flag: str
) -> None:
    """Its mistakes are its own."""
    phone = await launch(node, await node.town.sign_in("p1"), flag)
    await phone.until_open()

    await node.push("p1", 100)

    await until(lambda: len(phone.heard) >= 100)
    assert phone.heard == list(range(1, 101))


async def test_a_quiet_connection_is_asked_by_the_heartbeat(town: Town, launch: Start) -> None:
    """As often as the welcome says; while there are answers, nothing else happens."""
    node = await town.start(LiveSettings(heartbeat=timedelta(seconds=0.2)))
    phone = await launch(node, await town.sign_in("p1"))
    await phone.until_open()

    await until(lambda: node.count("hub_live_heard_total", type="ping") >= 3)

    assert phone.state == "open"
    assert phone.asked == 1


async def test_a_dead_connection_is_found_when_the_app_comes_to_the_front(
    town: Town, launch: Start, balancer: Balancer
) -> None:
    """The wire swallows everything, and no end tells of it."""
    node = await town.start()
    balancer.to = node
    phone = await launch(balancer, await town.sign_in("p1"))
    await phone.until_open()
    balancer.swallow()
    await node.push("p1", 2)

    await phone.order("show")

    await until(lambda: len(phone.heard) == 2)
    assert phone.all("state")[-3:] == ["waiting", "connecting", "open"]


async def test_who_is_signed_out_stops(node: Node, launch: Start) -> None:
    """The session was revoked: the socket is closed, and no ticket is given any more."""
    actor = await node.town.sign_in("p1")
    phone = await launch(node, actor)
    await phone.until_open()
    phone.gives_tickets = False
    node.live._apply(list(node.live.sessions), None)

    await until(lambda: phone.asked == 2)
    await phone.order("refuse", {"status": 401})

    await until(lambda: phone.state == "signed_out")
    assert phone.all("error") == ["not_signed_in"]


async def test_a_full_hub_is_asked_again_when_it_said(town: Town, launch: Start) -> None:
    """retry_after rules, and coming to the front does not shorten it."""
    node = await town.start(
        LiveSettings(max_sessions=0, retry_from=timedelta(seconds=1), retry_to=timedelta(seconds=1))
    )
    phone = await launch(node, await town.sign_in("p1"))
    await phone.wait_for("error")

    await phone.order("show")
    await until(lambda: phone.asked > 1)

    # By the client's own clock, in milliseconds.
    refused = next(event["at"] for event in phone.told if "error" in event)
    again = [event["at"] for event in phone.told if event.get("ask") == "ticket"][1]
    assert again - refused > 900
    assert set(phone.all("error")) == {"too_many"}


async def test_a_move_to_another_node_loses_nothing_and_shows_nothing(
    town: Town, launch: Start, balancer: Balancer, redis_url: str
) -> None:
    """The new connection stands before the old one is let go: the page sees no state but open, and asks for no ticket."""
    settings = LiveSettings(move_over=timedelta(milliseconds=100))
    old, new = [await town.start(settings, RedisBus(redis_url, f"n{at}")) for at in range(2)]
    balancer.to = old
    phone = await launch(balancer, await town.sign_in("p1"))
    await phone.until_open()
    await old.push("p1", 2)
    balancer.to = new

    await old.live.drain()
    await new.push("p1", 2)

    await until(lambda: len(phone.heard) == 4)
    assert phone.heard == [1, 2, 3, 4]
    assert phone.all("state") == ["connecting", "open"]
    assert phone.asked == 1


async def test_a_restart_of_the_only_node_is_over_in_a_moment(town: Town, launch: Start, balancer: Balancer) -> None:
    """The phone comes to the heir at its own moment, with the ticket it was given."""
    node = await town.start()
    balancer.to = node
    phone = await launch(balancer, await town.sign_in("p1"))
    await phone.until_open()
    await node.push("p1", 2)
    await until(lambda: len(phone.heard) == 2)

    await asyncio.wait_for(node.live.drain(), PATIENCE)
    balancer.to = await town.start()
    await balancer.to.push("p1", 2)

    await until(lambda: len(phone.heard) == 4)
    assert phone.heard == [1, 2, 3, 4]
    assert phone.all("state") == ["connecting", "open", "waiting", "open"]
    assert phone.asked == 1


async def test_topics_are_joined_again_after_a_cut(node: Node, launch: Start) -> None:
    """And what was said meanwhile is heard."""
    phone = await launch(node, await node.town.sign_in("p1"))
    await phone.until_open()
    await phone.order("subscribe", str(BOARD))
    await phone.wait_for("reset", 2)
    node.live.announce(BOARD, "a")
    await phone.wait_for("topic")

    await phone.order("cut")
    await until(lambda: len(node.live.sessions) == 0)
    node.live.announce(BOARD, "b")

    assert await phone.wait_for("topic", 2) == ["a", "b"]


async def test_topics_beside_a_resumed_inbox_never_spoil_its_acknowledgements(node: Node, launch: Start) -> None:
    """A topic's snapshot acknowledges nothing: four frames without a number would close the socket."""
    phone = await launch(node, await node.town.sign_in("p1"))
    await phone.until_open()
    await node.push("p1", 1)
    await until(lambda: phone.heard == [1])
    await phone.order("cut")
    await until(lambda: len(node.live.sessions) == 0)

    for name in "abcde":
        await phone.order("subscribe", f"pad.{name}:{ANJU}")
    await phone.wait_for("reset", 6)
    await node.push("p1", 1)
    await until(lambda: phone.heard == [1, 2])

    assert phone.all("error") == []
    assert phone.all("state") == ["connecting", "open", "waiting", "connecting", "open"]


async def test_a_command_is_answered_or_refused(node: Node, launch: Start) -> None:
    """By a promise."""
    phone = await launch(node, await node.town.sign_in("p1"))
    await phone.until_open()

    await phone.order("command", [ANJU, "pad.echo", {"text": "好"}])
    await phone.order("command", [ANJU, "pad.taken", {}])

    assert await phone.wait_for("answer") == [{"text": f"pad@{ANJU}: 好", "times": 1}]
    assert await phone.wait_for("broken") == ["conflict"]


async def test_a_command_is_broken_by_a_cut(node: Node, launch: Start) -> None:
    """Nobody waits for ever."""
    phone = await launch(node, await node.town.sign_in("p1"))
    await phone.until_open()

    await phone.order("command", [ANJU, "pad.hang", {}])
    await until(lambda: node.count("hub_live_heard_total", type="cmd") == 1)
    await phone.order("cut")

    assert await phone.wait_for("broken") == ["disconnected"]


def test_both_ends_speak_the_same_version() -> None:
    """The client's is spelled in another language."""
    text = (Path(__file__).parents[2] / "hub/static/hub-client.js").read_text(encoding="utf-8")

    assert f"const VERSION = {VERSION};" in text
