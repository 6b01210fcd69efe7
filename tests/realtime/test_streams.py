"""Every message once, in order: through cuts, lost memory, messages out of order, and readers who do not read."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from hub.realtime.settings import LiveSettings
from hub.store.backup import renew_epochs
from hub.store.inbox import Inbox, InboxEntry
from hub.words.actors import Actor
from tests.realtime.nodes import Node, Phone, Town, at, until

NO_RING = LiveSettings(rings_total=0, page=37, linger=timedelta(0), sweep_every=timedelta(milliseconds=10))


@pytest.mark.parametrize(
    ("settings", "source"), [(LiveSettings(), "ring"), (NO_RING, "store")], ids=["ring", "no ring"]
)
async def test_a_session_cut_20_times_has_every_message_once_in_order(
    town: Town, seed: int, settings: LiveSettings, source: str
) -> None:
    """2,000 messages in batches; with the ring, and when memory keeps nothing."""
    node = await town.start(settings)
    actor = await town.sign_in("p1")
    reader = CutReader(node, actor, cuts=20, of=2000, dice=random.Random(seed))

    async with asyncio.TaskGroup() as group:
        group.create_task(reader.read())
        group.create_task(push_all(node, 2000, random.Random(seed + 1)))

    assert reader.heard == list(range(1, 2001))
    assert reader.cuts_left == 0
    assert node.count("hub_live_resumes_total", source=source) > 0
    assert node.count("hub_live_resets_total") == 0


async def test_two_devices_both_get_all(town: Town, seed: int) -> None:
    """Each with its own cuts and its own position."""
    node = await town.start(LiveSettings(ring_messages=30))
    actor = await town.sign_in("p1")
    readers = [CutReader(node, actor, cuts=5, of=600, dice=random.Random(seed + n), device=f"d{n}") for n in range(2)]

    async with asyncio.TaskGroup() as group:
        for reader in readers:
            group.create_task(reader.read())
        group.create_task(push_all(node, 600, random.Random(seed), readers=2))

    assert [reader.heard for reader in readers] == [list(range(1, 601))] * 2


async def test_a_phone_that_was_away_gets_only_what_it_missed(node: Node) -> None:
    """From the position it has, wherever the stream stands now."""
    actor = await node.town.sign_in("p1")
    phone, welcome = await Phone.open(node, actor)
    await node.push("p1", 3)
    assert await phone.hear_many(3) == [1, 2, 3]
    phone.cut()
    await node.push("p1", 4)

    back, again = await Phone.open(
        node, actor, resume={"inbox": {"epoch": welcome["streams"]["inbox"]["epoch"], "seq": 2}}
    )

    assert again["streams"]["inbox"]["seq"] == 7
    assert await back.hear_many(5) == [3, 4, 5, 6, 7]
    assert await back.is_quiet()


async def test_who_resumes_nothing_goes_on_from_the_end(node: Node) -> None:
    """The snapshot is the inbox API's business: welcome says where it ends."""
    await node.push("p1", 5)

    phone, welcome = await Phone.open(node, await node.town.sign_in("p1"))
    await node.push("p1")

    assert welcome["streams"]["inbox"]["seq"] == 5
    assert await phone.hear_many(1) == [6]


@pytest.mark.parametrize(
    "known", [{"epoch": "another", "seq": 1}, {"seq": 99}], ids=["other epoch", "ahead of the hub"]
)
async def test_a_position_that_cannot_be_is_answered_with_a_reset(node: Node, known: dict[str, Any]) -> None:
    """Then the stream goes on, from where the reset says."""
    actor = await node.town.sign_in("p1")
    _, welcome = await Phone.open(node, actor)
    epoch = welcome["streams"]["inbox"]["epoch"]
    await node.push("p1", 3)

    back, _ = await Phone.open(node, actor, resume={"inbox": {"epoch": epoch, **known}})
    reset = await back.hear()
    await node.push("p1")

    assert reset == {"t": "reset", "stream": "inbox", "epoch": epoch, "seq": 3}
    assert await back.hear_many(1) == [4]


async def test_history_that_retention_has_deleted_is_answered_with_a_reset(town: Town) -> None:
    """A gap is never passed over in silence."""
    node = await town.start(NO_RING)
    actor = await town.sign_in("p1")
    _, welcome = await Phone.open(node, actor)
    await node.push("p1", 3)
    town.world.clock.advance(timedelta(days=1))
    await node.push("p1", 2)
    await town.inbox.forget(before=town.world.clock.now())

    back, _ = await Phone.open(node, actor, resume=at(welcome))

    assert (await back.hear())["t"] == "reset"
    await node.push("p1")
    assert await back.hear_many(1) == [6]


async def test_a_client_that_knows_more_than_was_restored_misses_nothing(town: Town) -> None:
    """It stands at 26, the backup at 6: after new epochs the next messages, 7 to 26 again, are all new to it."""
    before = await town.start()
    actor = await town.sign_in("p1")
    phone, welcome = await Phone.open(before, actor)
    await before.push("p1", 26)
    assert await phone.hear_many(26) == list(range(1, 27))
    phone.cut()
    await town.world.database["inbox"].delete_many({"seq": {"$gt": 6}})
    await town.world.database["streams"].update_one({"_id": "p1:ydsh"}, {"$set": {"seq": 6}})
    assert await renew_epochs(town.world.database.raw) == 1

    after = await town.start()
    back, _ = await Phone.open(
        after, actor, resume={"inbox": {"epoch": welcome["streams"]["inbox"]["epoch"], "seq": 26}}
    )
    reset = await back.hear()
    await after.push("p1", 20)

    assert (reset["t"], reset["seq"]) == ("reset", 6)
    assert await back.hear_many(20) == list(range(7, 27))


async def test_an_epoch_that_changes_resets_those_who_listen(town: Town) -> None:
    """The sequence began anew, say after a restored backup."""
    node = await town.start(LiveSettings(reconcile_every=timedelta(milliseconds=20)))
    phone, _ = await Phone.open(node, await town.sign_in("p1"))
    await node.push("p1", 3)
    assert await phone.hear_many(3) == [1, 2, 3]
    await town.world.database["inbox"].delete_many({})

    await town.world.database["streams"].replace_one({"_id": "p1:ydsh"}, {"epoch": "restored", "seq": 0})

    assert await phone.hear() == {"t": "reset", "stream": "inbox", "epoch": "restored", "seq": 0}
    await node.push("p1")
    assert await phone.hear_many(1) == [1]


async def test_messages_published_out_of_order_are_delivered_in_order(node: Node) -> None:
    """Two transactions: six is told before five."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))
    entries = await node.town.store("p1", 4)

    for place in (1, 3, 2, 0):
        node.live.publish([entries[place]])

    assert await phone.hear_many(4) == [1, 2, 3, 4]
    assert await phone.is_quiet()


async def test_a_message_that_was_never_published_comes_from_mongodb(node: Node) -> None:
    """Its node died after the commit; the next message shows the gap."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))

    entries = await node.town.store("p1", 3)
    node.live.publish(entries[2:])

    assert await phone.hear_many(3) == [1, 2, 3]


async def test_the_last_message_lost_comes_from_mongodb_without_a_next_one(town: Town) -> None:
    """Nothing shows a gap here: the heads are compared."""
    node = await town.start(LiveSettings(reconcile_every=timedelta(milliseconds=20)))
    phone, _ = await Phone.open(node, await town.sign_in("p1"))

    await town.store("p1", 2)

    assert await phone.hear_many(2) == [1, 2]


async def test_a_message_published_twice_is_delivered_once(node: Node) -> None:
    """A dispatcher that died in between tells again."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1"))
    entries = await node.push("p1", 2)

    node.live.publish(entries)

    assert await phone.hear_many(2) == [1, 2]
    assert await phone.is_quiet()


async def test_messages_that_come_while_the_stream_is_opened_are_neither_lost_nor_repeated(town: Town) -> None:
    """MongoDB's answer is held back; meanwhile one message is in it, and one is not."""
    slow = SlowInbox(town.inbox)
    node = await town.start(inbox=slow)
    await town.store("p1", 1)
    phone = await Phone.dial(node)
    await phone.hello(town.tickets.issue(await town.sign_in("p1")))
    await slow.asked.wait()
    await node.push("p1", 1)

    slow.go.set()

    welcome = await phone.hear()
    heard = await phone.hear_many(2 - welcome["streams"]["inbox"]["seq"])
    assert [*range(1, welcome["streams"]["inbox"]["seq"] + 1), *heard] == [1, 2]
    assert await phone.is_quiet()


async def test_messages_during_a_replay_are_neither_lost_nor_repeated(town: Town) -> None:
    """New ones arrive between the pages of a long replay from MongoDB."""
    slow = SlowInbox(town.inbox)
    node = await town.start(NO_RING, inbox=slow)
    slow.go.set()
    actor = await town.sign_in("p1")
    first, welcome = await Phone.open(node, actor)
    await node.push("p1", 150)
    await first.hear_many(150)
    slow.between_pages = lambda: node.push("p1", 3)

    back, _ = await Phone.open(node, actor, resume=at(welcome))

    heard = await back.hear_many(150 + 3 * slow.pages)
    assert heard == list(range(1, len(heard) + 1))
    assert slow.pages >= 4


async def test_resume_on_an_open_session_starts_the_stream_again(node: Node) -> None:
    """A client that has lost its memory but not its socket."""
    phone, welcome = await Phone.open(node, await node.town.sign_in("p1"))
    await node.push("p1", 4)
    await phone.hear_many(4)

    await phone.say({"t": "resume", "stream": "inbox", "epoch": welcome["streams"]["inbox"]["epoch"], "seq": 1})

    assert await phone.hear_many(3) == [2, 3, 4]
    await node.push("p1")
    assert await phone.hear_many(1) == [5]
    assert await phone.is_quiet()


async def test_acknowledgements_move_the_watermark_of_the_device(town: Town) -> None:
    """Never back, and never beyond what exists."""
    node = await town.start(LiveSettings(acknowledge_every=timedelta(hours=1)))
    actor = await town.sign_in("p1")
    (phone, _), (tablet, _) = await Phone.open(node, actor, "phone"), await Phone.open(node, actor, "tablet")
    await node.push("p1", 3)

    for seq in (2, 1):
        await phone.say({"t": "ack", "stream": "inbox", "seq": seq})
    await tablet.say({"t": "ack", "stream": "inbox", "seq": 99})

    await until(lambda: len(node.live._acknowledgements._waiting) == 2)
    await node.live._acknowledgements.flush()
    marks = [row["seq"] async for row in town.world.database["watermarks"].find({"stream": "p1:ydsh"})]
    assert sorted(marks) == [2, 3]


async def test_a_reader_who_does_not_read_is_bounded_and_closed(town: Town) -> None:
    """64 KB wait for a socket; then it is closed, and comes back for the rest. Others get everything meanwhile."""
    node = await town.start(LiveSettings(send_buffer=4096, coalesce=timedelta(0)))
    actor = await town.sign_in("p1")
    slow, welcome = await Phone.open(node, actor)
    fast, _ = await Phone.open(node, actor)
    stop_reading(slow)
    [wire] = [each.wire for each in node.live.sessions if each.wire is not None][:1]
    most = 0

    for _ in range(100):
        await node.push("p1", 20, body="很长的消息" * 200)
        await fast.hear_many(20)
        most = max(most, wire.queued)
        if len(node.live.sessions) == 1:
            break

    assert 0 < most <= 64 * 1024
    await until(lambda: len(node.live.sessions) == 1)
    again, _ = await Phone.open(node, actor, resume=at(welcome))
    assert (await again.hear_many(20))[0] == 1


async def test_a_long_replay_to_a_slow_reader_is_not_held_against_it(town: Town) -> None:
    """More than 64 KB are missing: they come in pieces, as the reader takes them."""
    node = await town.start(LiveSettings(send_buffer=4096))
    actor = await town.sign_in("p1")
    _, welcome = await Phone.open(node, actor)
    await node.push("p1", 150, body="很长的消息" * 300)

    back, _ = await Phone.open(node, actor, resume=at(welcome))

    assert await back.hear_many(150) == list(range(1, 151))


async def test_all_rings_together_stay_below_their_bound(town: Town) -> None:
    """Streams that were quiet longest lose their memory first; they resume from MongoDB."""
    node = await town.start(LiveSettings(rings_total=20_000))
    welcomes = {}
    for n in range(8):
        _, welcomes[n] = await Phone.open(node, await town.sign_in(f"p{n}"))

    for n in range(8):
        await node.push(f"p{n}", 20, body="x" * 200)

    assert 0 < node.live._rings.used <= 20_000
    for n, source in ((7, "ring"), (0, "store")):
        back, _ = await Phone.open(node, await town.sign_in(f"p{n}"), resume=at(welcomes[n]))
        assert await back.hear_many(20) == list(range(1, 21))
        assert node.count("hub_live_resumes_total", source=source) == 1


async def test_streams_that_nobody_listens_to_are_let_go(town: Town) -> None:
    """After the linger time, and not while a phone may come back."""
    node = await town.start(LiveSettings(linger=timedelta(seconds=60), sweep_every=timedelta(hours=1)))
    gone, _ = await Phone.open(node, await town.sign_in("p1"))
    _kept, _ = await Phone.open(node, await town.sign_in("p2"))
    gone.cut()
    await until(lambda: len(node.live.sessions) == 1)
    now = asyncio.get_running_loop().time()

    node.live._inboxes.sweep(now + 59)
    assert node.live._inboxes.wants("p1:ydsh")
    node.live._inboxes.sweep(now + 61)

    assert not node.live._inboxes.wants("p1:ydsh")
    assert node.live._inboxes.wants("p2:ydsh")


class CutReader:
    """Reads messages and loses its connection at moments that the dice choose; keeps position and what it heard."""

    def __init__(
        self, node: Node, actor: Actor, *, cuts: int, of: int, dice: random.Random, device: str = "phone"
    ) -> None:
        self._node, self._actor, self._device, self._of = node, actor, device, of
        self._at = sorted(dice.sample(range(1, of), cuts))
        self._position: dict[str, Any] | None = None
        self.heard: list[int] = []

    @property
    def cuts_left(self) -> int:
        return len(self._at)

    async def read(self) -> None:
        while len(self.heard) < self._of:
            phone, welcome = await Phone.open(self._node, self._actor, self._device, self._resume())
            self._position = self._position or welcome["streams"]["inbox"]
            await self._read_until_the_cut(phone)
            phone.cut()

    def _resume(self) -> dict[str, Any]:
        return {"inbox": self._position} if self._position else {}

    async def _read_until_the_cut(self, phone: Phone) -> None:
        assert self._position is not None
        until = self._at.pop(0) if self._at else self._of
        while len(self.heard) < until:
            frame = await phone.hear()
            assert frame["t"] == "msg", frame
            self.heard.append(frame["seq"])
            self._position = {**self._position, "seq": frame["seq"]}


async def push_all(node: Node, count: int, dice: random.Random, readers: int = 1) -> None:
    """In batches of different sizes; the readers must have come first, else they would rightly begin behind them."""
    await until(lambda: sum(session.inbox is not None for session in node.live.sessions) >= readers)
    while count:
        batch = min(count, dice.choice([1, 1, 2, 5, 20, 50]))
        await node.push("p1", batch)
        count -= batch


class SlowInbox:
    """The real inbox behind a door that a test opens."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.pages = 0
        self.between_pages: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inbox, name)

    async def begin(self, stream: str) -> Any:
        head = await self._inbox.begin(stream)
        self.asked.set()
        await self.go.wait()
        return head

    async def since(self, stream: str, seq: int, limit: int) -> list[InboxEntry]:
        entries = await self._inbox.since(stream, seq, limit)
        if self.between_pages is not None and self.pages < 4:
            self.pages += 1
            await self.between_pages()
        return entries


def stop_reading(phone: Phone) -> None:
    """The phone's kernel takes little, and nobody empties it."""
    assert phone.socket.protocol is not None and phone.socket.protocol.stream is not None
    stream = phone.socket.protocol.stream
    stream.io_loop.remove_handler(stream.fileno())
