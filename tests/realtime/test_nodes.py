"""Several nodes through a real Redis, which may lose everything at any time."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis.asyncio
from redis.exceptions import RedisError

from hub.realtime.bus import BusMessage
from hub.realtime.redis_bus import RedisBus, shard_of
from hub.realtime.settings import LiveSettings
from hub.realtime.topics import Address
from tests.realtime.nodes import Node, Phone, Town, at, until
from tests.realtime.test_streams import CutReader
from tests.waiting import patience
from tests.world import ANJU

BOARD = Address("pad.board", ANJU)
# Found by Redis or not at all: MongoDB is not asked within any test.
ONLY_REDIS = LiveSettings(reconcile_every=timedelta(hours=1), gap_wait=timedelta(hours=1))


class RedisServer:
    """A server that a test may kill; it keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"unix://{folder / 'redis.sock'}"

    async def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "these tests need Redis: `apt-get install -y redis-server`"
        options = ["--port", "0", "--unixsocket", str(self._folder / "redis.sock"), "--save", "", "--appendonly", "no"]
        self._process = await asyncio.create_subprocess_exec(program, *options, stdout=asyncio.subprocess.DEVNULL)
        async with patience(), redis.asyncio.from_url(self.url) as client:
            while not await answers(client):
                await asyncio.sleep(0.01)

    async def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            await self._process.wait()
            self._process = None


async def answers(client: redis.asyncio.Redis) -> bool:
    try:
        return bool(await client.ping())
    except (RedisError, OSError):
        return False


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RedisServer]:
    made = RedisServer(tmp_path)
    await made.start()
    yield made
    await made.kill()


async def two_nodes(town: Town, server: RedisServer, settings: LiveSettings | None = None) -> tuple[Node, Node]:
    """Both connected."""
    nodes = [await town.start(settings, RedisBus(server.url, f"n{n}")) for n in range(2)]
    await until(lambda: all(node.live._bus.healthy for node in nodes))
    return nodes[0], nodes[1]


async def test_a_message_told_on_one_node_reaches_the_phone_on_the_other(town: Town, server: RedisServer) -> None:
    """And the phone on its own node, once each."""
    here, there = await two_nodes(town, server, ONLY_REDIS)
    actor = await town.sign_in("p1")
    (near, _), (far, _) = await Phone.open(here, actor), await Phone.open(there, actor)

    await here.push("p1", 20)
    await there.push("p1", 20)

    assert await near.hear_many(20) == list(range(1, 21))
    assert await far.hear_many(20) == list(range(1, 21))
    assert sorted(await near.hear_many(20) + await far.hear_many(20)) == sorted([*range(21, 41)] * 2)
    assert await near.is_quiet() and await far.is_quiet()


async def test_a_topic_is_heard_on_both_nodes(town: Town, server: RedisServer) -> None:
    """Each numbers for itself."""
    here, there = await two_nodes(town, server)
    phones = [(await Phone.open(node, await town.sign_in("p1")))[0] for node in (here, there)]
    for phone in phones:
        await phone.say({"t": "sub", "topic": str(BOARD)})
        assert (await phone.hear())["t"] == "joined"

    here.live.announce(BOARD, "a")
    there.live.announce(BOARD, "b")

    for phone in phones:
        assert {(await phone.hear())["body"] for _ in range(2)} == {"a", "b"}


async def test_redis_killed_and_started_again_loses_no_message(town: Town, server: RedisServer, seed: int) -> None:
    """A phone on the other node is cut ten times meanwhile: every message once, in order."""
    here, there = await two_nodes(town, server)
    dice = random.Random(seed)
    reader = CutReader(there, await town.sign_in("p1"), cuts=10, of=600, dice=dice)

    async def tell() -> None:
        await until(lambda: any(session.inbox for session in there.live.sessions))
        for number in range(60):
            if number in (15, 35):
                await server.kill()
            if number in (25, 45):
                await server.start()
            await here.push("p1", 10)

    async with asyncio.TaskGroup() as group:
        group.create_task(reader.read())
        group.create_task(tell())

    assert reader.heard == list(range(1, 601))


async def test_without_redis_messages_come_from_mongodb(town: Town, server: RedisServer) -> None:
    """Later, not never."""
    here, there = await two_nodes(town, server)
    phone, _ = await Phone.open(there, await town.sign_in("p1"))
    await server.kill()
    await until(lambda: not there.live._bus.healthy)

    await here.push("p1", 3)

    assert await phone.hear_many(3) == [1, 2, 3]


async def test_a_session_that_opens_while_redis_is_away_works(town: Town, server: RedisServer) -> None:
    """It is welcomed, and has its messages when Redis is back."""
    here, there = await two_nodes(town, server)
    await server.kill()
    phone, _ = await Phone.open(there, await town.sign_in("p1"))
    await server.start()
    await until(lambda: here.live._bus.healthy and there.live._bus.healthy)

    await here.push("p1", 3)

    assert await phone.hear_many(3) == [1, 2, 3]


async def test_topics_are_reset_when_redis_was_away(town: Town, server: RedisServer) -> None:
    """Nobody knows what was said meanwhile, so everybody looks again."""
    here, there = await two_nodes(town, server)
    phone, _ = await Phone.open(there, await town.sign_in("p1"))
    await phone.say({"t": "sub", "topic": str(BOARD)})
    joined = await phone.hear()

    await server.kill()
    here.live.announce(BOARD, "lost")
    await server.start()

    reset = await phone.hear()
    assert (reset["t"], reset["stream"]) == ("reset", str(BOARD))
    assert reset["epoch"] != joined["epoch"]


async def test_a_batch_that_was_dropped_shows_as_a_gap(server: RedisServer) -> None:
    """The next batch of its shard carries a number too high."""
    ear = Ear()
    mouth, listener = RedisBus(server.url, "mouth"), RedisBus(server.url, "ear")
    await mouth.start(Ear())
    await listener.start(ear)
    await until(lambda: mouth.healthy and listener.healthy)
    await listener.listen("p1:ydsh")
    mouth.publish([BusMessage("inbox", "p1:ydsh", b"1", 1)])
    await until(lambda: len(ear.heard) == 1)
    ear.gaps.clear()

    mouth._drop([BusMessage("inbox", "p1:ydsh", b"2", 2)])
    mouth.publish([BusMessage("inbox", "p1:ydsh", b"3", 3)])

    await until(lambda: len(ear.heard) == 2)
    assert ear.gaps == [shard_of("p1:ydsh")]
    await mouth.stop()
    await listener.stop()


async def test_a_node_hears_only_the_shards_it_listens_to(server: RedisServer) -> None:
    """A node with few people is not woken for everybody's messages."""
    ear = Ear()
    mouth, listener = RedisBus(server.url, "mouth"), RedisBus(server.url, "ear")
    await mouth.start(Ear())
    await listener.start(ear)
    await until(lambda: mouth.healthy and listener.healthy)
    names = [f"p{n}:ydsh" for n in range(200)]
    await listener.listen(names[0])
    await listener.listen(names[0])
    listener.unlisten(names[0])

    mouth.publish([BusMessage("inbox", name, b"", 1) for name in [*names, names[0]]])

    heard_here = {shard_of(names[0]), shard_of("ear")}
    await until(lambda: ear.heard.count(names[0]) == 2)
    assert {shard_of(name) for name in ear.heard} <= heard_here
    await mouth.stop()
    await listener.stop()


async def test_the_canary_goes_through_redis(town: Town, server: RedisServer) -> None:
    """MongoDB, Redis, socket; without Redis the node is still ready, since it still serves."""
    node, _ = await two_nodes(town, server)
    await node.live.canary.sing()
    await until(lambda: node.count("hub_live_canary_seconds") > 0)

    await server.kill()
    await until(lambda: not node.live._bus.healthy)
    before = node.live.canary._heard_at
    await node.live.canary.sing()

    await until(lambda: node.live.canary._heard_at > before)
    assert node.live.canary.problem() is None


async def test_a_drained_node_hands_its_phones_to_the_other(town: Town, server: RedisServer) -> None:
    """Messages told before, during and after the move arrive once, in order."""
    here, there = await two_nodes(town, server, LiveSettings(move_over=timedelta(0)))
    phone, welcome = await Phone.open(here, await town.sign_in("p1"))
    await there.push("p1", 2)
    assert await phone.hear_many(2) == [1, 2]
    draining = asyncio.create_task(here.live.drain())
    move = await phone.hear()
    await there.push("p1", 2)

    moved = await Phone.dial(there)
    await moved.hello(move["ticket"], resume={"inbox": {**at(welcome)["inbox"], "seq": 2}})
    assert (await moved.hear())["t"] == "welcome"
    phone.hang_up()
    await draining
    await there.push("p1", 1)

    assert await moved.hear_many(3) == [3, 4, 5]


class Ear:
    """Hears a bus."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.gaps: list[int] = []

    def received(self, notices: object) -> None:
        assert isinstance(notices, list)
        self.heard += [notice.name for notice in notices]

    def lost(self, touches: object) -> None:
        assert callable(touches)
        self.gaps += sorted({shard_of(f"p{n}:ydsh") for n in range(500) if touches(f"p{n}:ydsh")})
