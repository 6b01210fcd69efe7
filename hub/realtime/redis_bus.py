"""The bus of several nodes: Redis publish/subscribe, which keeps nothing and may die at any time."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from zlib import crc32

import msgspec
import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.connection import Connection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hub.realtime.bus import BusMessage, Receiver
from hub.realtime.tasks import Tasks
from hub.words.chance import CHANCE

log = structlog.get_logger("hub.realtime")

# A node that serves few people hears only their part of the traffic; more channels than this gain nothing.
SHARDS = 64
# What waits to be published while Redis is slow; beyond, the oldest is dropped and the other nodes see a gap.
_MAX_WAITING = 20_000
_MAX_BATCH = 500
# The canary sings every 5 s: a subscription that is silent for so long is dead.
_SILENT_FOR = 12.0
_CONFIRMED_WITHIN = 1.0
_TAKEN_WITHIN = 5.0
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_MAX_COUNTERS = 64 * SHARDS


class _Batch(msgspec.Struct, frozen=True, array_like=True):
    """Notices of one shard; numbered per node and shard, so that who hears 7 after 5 knows that something is lost."""

    node: str
    number: int
    notices: list[BusMessage]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Batch).decode


def shard_of(name: str) -> int:
    return crc32(name.encode()) % SHARDS


class RedisBus:
    """One connection to publish, one to subscribe, both made again with growing, jittered pauses.

    Of what this node publishes only its canary comes back to it.
    """

    reaches_others = True

    def __init__(self, url: str, node: str, *, prefix: str = "hub:live") -> None:
        # Its own retries would hide a cut, and with it that messages were lost.
        self._redis = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=2,
            socket_timeout=_TAKEN_WITHIN,
            max_connections=4,
        )
        self._node = node
        self._prefix = prefix
        self._tasks = Tasks()
        self._receiver: Receiver | None = None
        self._pubsub: PubSub | None = None
        self._writer: Connection | None = None
        self._waiting: deque[BusMessage] = deque()
        self._wake = asyncio.Event()
        self._listened: dict[int, int] = {}
        self._confirmed: dict[int, asyncio.Future[None]] = {}
        self._said: dict[int, int] = {}
        self._unsaid: set[int] = set()
        self._heard: OrderedDict[tuple[str, int], int] = OrderedDict()

    @property
    def healthy(self) -> bool:
        return self._pubsub is not None and not self._unsaid

    async def start(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._tasks.start(self._subscribe_forever())
        self._tasks.start(self._publish_forever())

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._redis.aclose()

    # --- publishing ---

    def publish(self, notices: Sequence[BusMessage]) -> None:
        self._waiting.extend(notices)
        while len(self._waiting) > _MAX_WAITING:
            self._drop([self._waiting.popleft()])
        self._wake.set()

    async def _publish_forever(self) -> None:
        failures = 0
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._publish_waiting()
                failures = 0
            except (RedisError, OSError, TimeoutError) as error:
                failures += 1
                log.warning("redis does not take messages, other nodes read from MongoDB", error=type(error).__name__)
                await asyncio.sleep(_pause(failures))
                self._drop(self._take(len(self._waiting)))
                self._wake.set()

    async def _publish_waiting(self) -> None:
        """All that waits, and an empty batch where something was dropped, which shows the gap to those who listen."""
        while self._waiting or self._unsaid:
            notices = self._take(_MAX_BATCH)
            try:
                await self._send(notices)
            except BaseException:
                self._drop(notices)
                raise

    async def _send(self, notices: Sequence[BusMessage]) -> None:
        by_shard: dict[int, list[BusMessage]] = {shard: [] for shard in self._unsaid}
        for notice in notices:
            by_shard.setdefault(shard_of(notice.name), []).append(notice)
        commands = []
        for shard, batch in by_shard.items():
            self._said[shard] = self._said.get(shard, 0) + 1
            commands.append(("PUBLISH", self._channel(shard), _encode(_Batch(self._node, self._said[shard], batch))))
        async with asyncio.timeout(_TAKEN_WITHIN):
            await self._say(commands)
        self._unsaid.difference_update(by_shard)

    async def _say(self, commands: Sequence[tuple[str, str, bytes]]) -> None:
        """Written in the same turn of the loop when the connection is there: the other nodes must not wait for this one to
        serve its own sockets first, which takes 10 µs for each. A pipeline of the client takes several turns.
        """
        if self._writer is None:
            self._writer = await self._redis.connection_pool.get_connection()  # type: ignore[no-untyped-call]
            self._writer.socket_timeout = None  # its own limit runs each write as a task, which is a turn of its own
        try:
            await self._writer.send_packed_command(self._writer.pack_commands(commands), check_health=False)
            for _ in commands:
                await self._writer.read_response()
        except BaseException:
            writer, self._writer = self._writer, None
            # The pool may lend it for the subscription, which must not wait for a dead peer for ever.
            writer.socket_timeout = _TAKEN_WITHIN
            await writer.disconnect(nowait=True)
            await self._redis.connection_pool.release(writer)
            raise

    def _take(self, count: int) -> list[BusMessage]:
        return [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]

    def _drop(self, notices: Iterable[BusMessage]) -> None:
        for shard in {shard_of(notice.name) for notice in notices}:
            # A number that is never heard: the next batch of the shard tells the others.
            self._said[shard] = self._said.get(shard, 0) + 1
            self._unsaid.add(shard)

    # --- listening ---

    async def listen(self, name: str) -> None:
        shard = shard_of(name)
        self._listened[shard] = self._listened.get(shard, 0) + 1
        if self._listened[shard] == 1 and self._pubsub is not None:
            self._confirmed[shard] = asyncio.get_running_loop().create_future()
            # When it fails the subscriber notices too, and subscribes to everything anew.
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                await self._pubsub.subscribe(self._channel(shard))
        if (confirmed := self._confirmed.get(shard)) is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(confirmed), _CONFIRMED_WITHIN)

    def unlisten(self, name: str) -> None:
        shard = shard_of(name)
        self._listened[shard] -= 1
        if not self._listened[shard]:
            del self._listened[shard]
            self._tasks.start(self._unsubscribe(shard))

    async def _unsubscribe(self, shard: int) -> None:
        if self._pubsub is not None and shard not in self._listened:
            self._confirmed.pop(shard, None)
            with contextlib.suppress(RedisError, OSError, TimeoutError):
                await self._pubsub.unsubscribe(self._channel(shard))

    async def _subscribe_forever(self) -> None:
        failures = 0
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await self._subscribe(pubsub)
                    failures = 0
                    await self._hear(pubsub)
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("subscription to redis is cut, messages come from MongoDB", error=type(error).__name__)
            finally:
                self._pubsub = None
            failures += 1
            await asyncio.sleep(_pause(failures))

    async def _subscribe(self, pubsub: PubSub) -> None:
        # Its own shard as well: there the canary comes back.
        shards = {shard_of(self._node), *self._listened}
        await pubsub.subscribe(*(self._channel(shard) for shard in shards))
        self._pubsub = pubsub
        self._heard.clear()

    async def _hear(self, pubsub: PubSub) -> None:
        assert self._receiver is not None
        # Whatever was said before this subscription is lost to this node.
        self._receiver.lost(lambda name: True)
        while True:
            message = await pubsub.get_message(timeout=_SILENT_FOR)
            if message is None:
                raise TimeoutError
            shard = int(message["channel"].rpartition(b":")[2])
            if message["type"] == "message":
                self._accept(shard, _decode(message["data"]))
            elif message["type"] == "subscribe" and shard in self._confirmed:
                confirmed = self._confirmed.pop(shard)
                if not confirmed.done():
                    confirmed.set_result(None)

    def _accept(self, shard: int, batch: _Batch) -> None:
        assert self._receiver is not None
        if batch.node == self._node:
            self._receiver.received([notice for notice in batch.notices if notice.kind == "canary"])
            return
        heard = self._heard.get((batch.node, shard))
        self._heard[batch.node, shard] = batch.number
        self._heard.move_to_end((batch.node, shard))
        if len(self._heard) > _MAX_COUNTERS:
            self._heard.popitem(last=False)
        self._receiver.received([notice for notice in batch.notices if notice.kind != "canary"])
        if heard is not None and batch.number != heard + 1:
            self._receiver.lost(lambda name: shard_of(name) == shard)

    def _channel(self, shard: int) -> str:
        return f"{self._prefix}:{shard}"


def _pause(failures: int) -> float:
    # Nodes that lost Redis together must not all come back at the same moment.
    return _PAUSES[min(failures, len(_PAUSES)) - 1] * CHANCE.uniform(0.5, 1.0)
