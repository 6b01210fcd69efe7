"""The canary: readiness follows what really works."""

from __future__ import annotations

from datetime import timedelta

from hub.realtime.settings import LiveSettings
from tests.realtime.nodes import Node, Town, until
from tests.realtime.test_sessions import Stopwatch


async def test_a_song_goes_through_mongodb_bus_and_socket(node: Node) -> None:
    """Its time is a metric."""
    await node.live.canary.sing()

    await until(lambda: node.count("hub_live_canary_seconds") > 0)
    assert node.live.canary.problem() is None


async def test_songs_that_stay_away_make_the_node_not_ready(town: Town) -> None:
    """And the next one that comes through makes it ready again."""
    watch = Stopwatch()
    node = await town.start(LiveSettings(canary_every=timedelta(hours=1)), now=watch)

    watch.seconds += 16
    problem = node.live.canary.problem()
    await node.live.canary.sing()

    assert problem == "no canary message came through MongoDB, bus and socket for 16 s"
    await until(lambda: node.live.canary.problem() is None)


async def test_a_socket_that_takes_nothing_is_noticed(town: Town) -> None:
    """The song is in MongoDB and on the bus, yet nobody hears it."""
    watch = Stopwatch()
    node = await town.start(LiveSettings(canary_every=timedelta(hours=1)), now=watch)
    assert node.live.canary._wire is not None
    node.live.canary._wire.shut()

    await node.live.canary.sing()
    watch.seconds += 16

    assert node.live.canary.problem() is not None


async def test_a_stopped_node_leaves_no_canary_behind(town: Town) -> None:
    """The collection does not grow with every restart."""
    node = await town.start()
    await node.live.canary.sing()
    assert await town.world.database["canaries"].count_documents({}) == 1

    await node.live.canary.stop()

    assert await town.world.database["canaries"].count_documents({}) == 0
