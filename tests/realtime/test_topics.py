"""Topics: what many listen to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.realtime.settings import LiveSettings
from hub.realtime.topics import Address, topic
from hub.words.errors import Invalid
from tests.realtime.nodes import Node, Phone, Town, until
from tests.world import ANJU, SHEHONG, VILLAGE

BOARD = Address("pad.board", ANJU)


async def listener(node: Node, person: str, name: str, since: Any = None) -> tuple[Phone, Any]:
    """A phone that has joined a topic, and the answer."""
    phone, _ = await Phone.open(node, await node.town.sign_in(person))
    await phone.say({"t": "sub", "topic": name, "since": since})
    return phone, await phone.hear()


async def test_who_listens_hears_what_is_announced(node: Node) -> None:
    """Others do not."""
    phone, joined = await listener(node, "p1", str(BOARD))
    other, _ = await listener(node, "p2", f"pad.board:{VILLAGE}")

    node.live.announce(BOARD, {"count": 3})

    assert joined == {"t": "joined", "stream": str(BOARD), "epoch": joined["epoch"], "seq": 0}
    assert await phone.hear() == {"t": "msg", "stream": str(BOARD), "seq": 1, "body": {"count": 3}}
    assert await other.is_quiet()


async def test_who_comes_back_gets_what_it_missed(node: Node) -> None:
    """From the topic's short memory."""
    phone, joined = await listener(node, "p1", str(BOARD))
    phone.cut()
    await until(lambda: len(node.live.sessions) == 0)
    node.live.announce(BOARD, 1)
    node.live.announce(BOARD, 2)

    back, _ = await listener(node, "p1", str(BOARD), since={"epoch": joined["epoch"], "seq": 0})

    assert [(await back.hear())["body"] for _ in range(2)] == [1, 2]


async def test_who_was_away_longer_than_the_memory_takes_a_snapshot(town: Town) -> None:
    """A topic has no other past."""
    node = await town.start(LiveSettings(topic_messages=2))
    _, joined = await listener(node, "p1", str(BOARD))
    for number in range(5):
        node.live.announce(BOARD, number)

    back, _ = await listener(node, "p2", str(BOARD), since={"epoch": joined["epoch"], "seq": 1})

    assert await back.hear() == {"t": "reset", "stream": str(BOARD), "epoch": joined["epoch"], "seq": 5}
    node.live.announce(BOARD, "next")
    assert (await back.hear())["seq"] == 6


@pytest.mark.parametrize("name", [f"pad.board:{SHEHONG}", f"pad.other:{SHEHONG}"])
async def test_another_countys_topic_is_refused(node: Node, name: str) -> None:
    """The injected rule decides."""
    phone, answer = await listener(node, "p1", name)

    assert answer["error"]["code"] == "forbidden"
    assert await phone.is_quiet()


async def test_a_resident_may_not_listen_to_the_office(node: Node) -> None:
    """Same rule, another kind of actor."""
    phone, _ = await Phone.open(node, await node.town.sign_in("p1", "ykt"))

    await phone.say({"t": "sub", "topic": str(BOARD)})

    assert (await phone.hear())["error"]["code"] == "forbidden"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "pad",
        "pad:510904",
        "pad.board",
        "pad.board:",
        "pad.board:../x",
        ".board:510904",
        "pad.board:510904:x",
        "inbox",
    ],
)
def test_names_of_topics_are_checked(name: str) -> None:
    """Only what the hub knows how to judge."""
    with pytest.raises(Invalid):
        topic(name)


async def test_after_leaving_nothing_is_heard(node: Node) -> None:
    """And joining again works."""
    phone, _ = await listener(node, "p1", str(BOARD))

    await phone.say({"t": "unsub", "topic": str(BOARD)})
    assert await phone.is_quiet()
    node.live.announce(BOARD, 1)

    assert await phone.is_quiet()
    await phone.say({"t": "sub", "topic": str(BOARD)})
    assert (await phone.hear())["seq"] == 1


async def test_a_session_listens_to_so_many_topics_only(town: Town) -> None:
    """Each costs memory."""
    node = await town.start(LiveSettings(max_topics=2))
    phone, _ = await listener(node, "p1", f"pad.a:{ANJU}")
    await phone.say({"t": "sub", "topic": f"pad.b:{ANJU}"})
    await phone.hear()

    await phone.say({"t": "sub", "topic": f"pad.c:{ANJU}"})

    assert (await phone.hear())["error"]["code"] == "too_many"


async def test_a_burst_is_heard_in_order_and_whole(town: Town) -> None:
    """What is held for some milliseconds goes out as one, to those who came meanwhile as well."""
    node = await town.start(LiveSettings(coalesce=timedelta(milliseconds=50), topic_messages=1000))
    first, joined = await listener(node, "p1", str(BOARD))
    for number in range(30):
        node.live.announce(BOARD, number)

    late, _ = await listener(node, "p2", str(BOARD), since={"epoch": joined["epoch"], "seq": 10})
    for number in range(30, 60):
        node.live.announce(BOARD, number)

    assert await first.hear_many(60) == list(range(1, 61))
    assert await late.hear_many(50) == list(range(11, 61))
    assert await late.is_quiet()


async def test_a_topic_with_more_listeners_than_one_turn_serves_reaches_them_all(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In order, also for what is announced while it is being poured out."""
    monkeypatch.setattr("hub.realtime.fastpath._AT_ONCE", 3)
    phones = [(await listener(node, f"p{n}", str(BOARD)))[0] for n in range(10)]

    for number in range(20):
        node.live.announce(BOARD, number)

    assert [await phone.hear_many(20) for phone in phones] == [list(range(1, 21))] * 10
