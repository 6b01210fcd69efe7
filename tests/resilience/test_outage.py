from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import AsyncMongoClient

from hub.demo.accounts import OFFICIAL
from hub.wechat.errors import quota_returns_at
from hub.wechat.simulator import Simulator
from tests.resilience.conftest import Found
from tests.resilience.load import Load
from tests.resilience.process import HubProcess, balance
from tests.resilience.town import Town
from tests.resilience.truth import Truth, until

SEND = "/cgi-bin/message/template/send"
# Per stage. The quota of the last one is used up in its middle.
DECLARATIONS, QUOTA_LEFT = 60, 20
# A pause of the breaker, and how long WeChat is watched while it is away.
PAUSE, AWAY = timedelta(seconds=1), 6.0
IN_FLIGHT, BREAKER = 10, 5
# Both lanes may be in the middle of theirs.
UNDER_WAY = 2 * IN_FLIGHT
# A hub that does nothing takes some 5 % of a processor: heartbeats, polls of 0.2 s, the canary.
IDLE_SHARE = 0.25

SETTINGS: dict[str, Any] = {
    "wechat": {"timeout": "PT1S", "connect_timeout": "PT1S"},
    "push": {
        "worker": {
            "in_flight": IN_FLIGHT,
            "breaker_after": BREAKER,
            "breaker_pause": "PT0.2S",
            "breaker_longest": f"PT{PAUSE.total_seconds():.0f}S",
            "doubt_pause": "PT0.3S",
            "longest_bundle": "PT0S",
            # Every message was taken by WeChat, and says so itself: nothing is presumed here.
            "confirm_within": "PT48H",
            "classes": {"service": {"max_age": "PT48H", "repeat_when_unknown": True}},
        }
    },
}


async def test_wechat_refuses_then_is_slow_then_over_quota_then_back(
    found: Found, mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str, seed: int
) -> None:
    """WeChat is away, then too slow, then says 45009, then the next day comes: nothing is lost or doubled, nobody runs hot.

    While WeChat is away the number of calls is bounded by the breaker and the hub's processor time by that of an idle one;
    while the quota is used up there is no call at all, until the day changes.
    """
    town = await found(**SETTINGS)
    hub = await town.start()
    load = Load(town, await town.residents(hub.url), [hub.url])
    truth = Truth(town, mongo_client[database_name])
    quiet = _Quiet(town, truth)

    # Away: connections are refused.
    await town.phones.sky(outage="refuse")
    await load.submit(DECLARATIONS, at_once=8, seed=seed)
    await until(lambda: _all_planned(truth))
    await until(lambda: _tried(truth, BREAKER))
    refused = await quiet.watch(hub)
    assert refused.sends <= UNDER_WAY + _probes() and refused.share < IDLE_SHARE, refused
    await town.phones.sky(outage="none")
    await truth.settled()

    # Slow: every answer comes after the hub has given up, though the message is on the phone.
    await town.phones.sky(latency=3.0)
    await load.submit(DECLARATIONS, at_once=8, seed=seed + 1)
    await until(lambda: _all_planned(truth))
    await until(lambda: _in_doubt(truth, BREAKER))
    slow = await quiet.watch(hub)
    assert slow.sends <= UNDER_WAY + _probes() and slow.share < IDLE_SHARE, slow
    await town.phones.sky(latency=0.0)
    await truth.settled()

    # Over quota: it comes back from another outage and soon says so, in the middle of what has queued up.
    taken = town.simulator.world.calls[f"{SEND} 0"] - truth.repeats
    await town.phones.set_quota(OFFICIAL, SEND, taken + QUOTA_LEFT)
    await town.phones.sky(outage="refuse")
    await load.submit(DECLARATIONS, at_once=8, seed=seed + 2)
    await until(lambda: _all_planned(truth))
    await town.phones.sky(outage="none")
    await until(lambda: _over_quota(town.simulator))
    await until(lambda: _paused(truth))
    over = await quiet.watch(hub)
    assert over.calls == 0 and over.share < IDLE_SHARE, over
    assert town.simulator.world.calls[f"{SEND} 45009"] <= UNDER_WAY

    # The next day, for the hub and for WeChat.
    until_tomorrow = _until_tomorrow()
    await hub.stop()
    await town.phones.advance_clock(until_tomorrow)
    hub = await town.start("node", "--clock-offset", str(until_tomorrow))
    await truth.settled()

    await truth.check_cases(load.accepted)
    await truth.check_inboxes(load.accepted)
    truth.check_phones(load.accepted)
    assert (await balance(town.config))["missing"] == 0
    # Those that had been on a phone when the hub gave up were sent again, under the same id.
    assert truth.repeats >= BREAKER
    states = await truth.states()
    assert {key for key in states if key[0] == "wechat" and key[1] != "suppressed"} == {("wechat", "delivered", None)}
    assert [line for each in town.hubs for line in each.complaints()] == []
    print(
        f"accepted {len(load.accepted)}; away: {refused}; slow: {slow}; over quota: {over}, "
        f"45009 {town.simulator.world.calls[f'{SEND} 45009']} times; repeats recognised {truth.repeats}; {dict(states)}"
    )


class _Quiet:
    """Watches a hub that has nothing to do but wait."""

    def __init__(self, town: Town, truth: Truth) -> None:
        self._town, self._truth = town, truth

    async def watch(self, hub: HubProcess) -> _Seen:
        """What happens in the next seconds. There is nothing to wait for: that little happens is what is shown."""
        attempts, calls = await self._truth.attempts(), self._town.simulator.world.calls.total()
        used, began = hub.processor_seconds, time.monotonic()
        await asyncio.sleep(AWAY)
        share = (hub.processor_seconds - used) / (time.monotonic() - began)
        return _Seen(await self._truth.attempts() - attempts, self._town.simulator.world.calls.total() - calls, share)


class _Seen:
    """``sends`` that were begun, ``calls`` that reached WeChat, and the ``share`` of a processor that the hub used."""

    def __init__(self, sends: int, calls: int, share: float) -> None:
        self.sends, self.calls, self.share = sends, calls, share

    def __repr__(self) -> str:
        return f"{self.sends} sends, {self.calls} calls, {self.share:.0%} of a processor in {AWAY:.0f} s"


def _probes() -> int:
    """One try per pause of the breaker, and those that the shorter first pauses allow."""
    return int(AWAY / PAUSE.total_seconds()) + 4


def _until_tomorrow() -> float:
    """Seconds until the quota is back, and what was put off until then and spread over a minute is due."""
    now = datetime.now(UTC)
    return (quota_returns_at(now) - now).total_seconds() + 120


async def _tried(truth: Truth, times: int) -> str | None:
    attempts = await truth.attempts()
    return None if attempts >= times else f"{attempts} attempts"


async def _all_planned(truth: Truth) -> str | None:
    count = await truth.database["events"].count_documents({"state": "pending"})
    return f"{count} events are pending" if count else None


async def _in_doubt(truth: Truth, wanted: int) -> str | None:
    count = await truth.database["deliveries"].count_documents({"reason": "doubt"})
    return None if count >= wanted else f"{count} are in doubt"


async def _over_quota(simulator: Simulator) -> str | None:
    return None if simulator.world.calls[f"{SEND} 45009"] else "WeChat has not said 45009"


async def _paused(truth: Truth) -> str | None:
    """Everything that is left waits for the next day."""
    count = await truth.database["deliveries"].count_documents({"state": "sending"})
    events = await truth.database["events"].count_documents({"state": "pending"})
    due = await truth.database["deliveries"].count_documents(
        {"state": "pending", "next_at": {"$lte": datetime.now(UTC) + timedelta(minutes=1)}}
    )
    return None if not count + events + due else f"{count} are being sent, {due} are due, {events} events are pending"
