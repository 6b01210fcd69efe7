"""What is in the database and on the phones, looked at past the hub, and whether it is what was promised."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.asynchronous.database import AsyncDatabase

from hub.store.deliveries import UNFINISHED
from tests.resilience.load import Accepted
from tests.resilience.town import Town

Rows = list[dict[str, Any]]
# Between two looks.
PAUSE = 0.1
# What is under way may be thousands of pushes on a busy machine; a test that waits this long has failed.
PATIENCE = 600.0


@dataclass
class Truth:
    """The documents of a town's database."""

    town: Town
    database: AsyncDatabase[dict[str, Any]]

    # --- waiting -------------------------------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Return when no event and no delivery has anything left to be done, and nothing waits for a confirmation."""
        await until(self._is_settled)

    async def _is_settled(self) -> str | None:
        events = await self.database["events"].count_documents({"state": "pending"})
        wanted = {"state": {"$in": [*UNFINISHED, "sent"]}}
        deliveries = await self.database["deliveries"].count_documents(wanted)
        return f"{events} events and {deliveries} deliveries are under way" if events or deliveries else None

    # --- counting ------------------------------------------------------------------------------------------------------

    async def attempts(self) -> int:
        """Calls to WeChat that were begun: each is recorded before it is made."""
        rows = await self._rows("deliveries", [{"$group": {"_id": None, "count": {"$sum": "$attempts"}}}])
        return int(rows[0]["count"]) if rows else 0

    async def states(self) -> Counter[tuple[str, str, str | None]]:
        """How many deliveries there are per channel, state and reason."""
        key = {"channel": "$channel", "state": "$state", "reason": "$reason"}
        rows = await self._rows("deliveries", [{"$group": {"_id": key, "count": {"$sum": 1}}}])
        return Counter(
            {(row["_id"]["channel"], row["_id"]["state"], row["_id"].get("reason")): row["count"] for row in rows}
        )

    async def alerts(self) -> list[str]:
        """What the operations staff was told."""
        return [row["cause"] for row in await self._rows("alerts", [])]

    # --- checking ------------------------------------------------------------------------------------------------------

    async def check_cases(self, accepted: Sequence[Accepted]) -> None:
        """Each accepted declaration is there once, and nothing else is; each has one task."""
        cases = await self._rows("declaration.cases", [{"$project": {"number": 1, "key": "$beneficiary.id_number.b"}}])
        assert Counter(case["_id"] for case in cases) == Counter(each.id for each in accepted), "cases"
        assert most(case["key"] for case in cases) == 1, "somebody was declared for twice"
        assert most(case["number"] for case in cases) == 1, "a 受理编号 was given twice"
        tasks = await self._rows("worklist.tasks", [{"$project": {"subject": 1, "state": 1}}])
        assert Counter(task["subject"] for task in tasks) == Counter(each.id for each in accepted), "tasks"

    async def check_versions(self, county: str) -> None:
        """Every fact of the county was told under switches by which its plugin was on, and has been handled."""
        lines = await self._rows("switch_history", [{"$match": {"county": county}}])
        on = {line["version"]: {name for name, switch in line["plugins"].items() if switch["on"]} for line in lines}
        events = await self._rows("events", [{"$match": {"county": county, **_OF_PLUGINS}}])
        wrong = [event for event in events if event["type"].partition(".")[0] not in on[event["switch_version"]]]
        assert not wrong, [(event["type"], event["switch_version"]) for event in wrong][:5]
        assert {event["state"] for event in events} == {"done"}

    async def versions(self, county: str) -> dict[int, int]:
        """How many facts were told under which version of the county's switches."""
        wanted = {"county": county, **_OF_PLUGINS}
        steps = [{"$match": wanted}, {"$group": {"_id": "$switch_version", "count": {"$sum": 1}}}]
        return {row["_id"]: row["count"] for row in await self._rows("events", steps)}

    async def check_inboxes(self, accepted: Sequence[Accepted]) -> None:
        """Every window of its town has each declaration once; nobody else has it; no number is left out in any stream."""
        entries = await self._rows("inbox", [{"$match": {"message": "worklist.arrived", "kind": "message"}}])
        assert Counter((entry["person"], _number_in(entry["body"])) for entry in entries) == self._wanted(accepted)
        streams = await self._rows("inbox", [{"$group": {"_id": "$stream", "seqs": {"$push": "$seq"}}}])
        assert all(sorted(row["seqs"]) == list(range(1, len(row["seqs"]) + 1)) for row in streams), "a gap in an inbox"

    def check_phones(self, accepted: Sequence[Accepted]) -> None:
        """The same for the phones, where nothing is bundled; and no two messages are of one send."""
        by_openid = {window.openid: window.person for window in self.town.windows}
        messages = list(self.town.simulator.world.phones.messages())
        shown = Counter((by_openid[message.openid], message.fields["character_string3"]) for message in messages)
        assert shown == self._wanted(accepted)
        assert most((message.openid, message.client_msg_id) for message in messages) == 1

    def _wanted(self, accepted: Sequence[Accepted]) -> Counter[tuple[str, str]]:
        return Counter((person, each.number) for each in accepted for person in self.town.windows_of(each.town))

    @property
    def repeats(self) -> int:
        """Sends that the stand-in has swallowed as repeats."""
        return sum(message.repeats for message in self.town.simulator.world.phones.messages())

    async def _rows(self, collection: str, steps: Sequence[dict[str, Any]]) -> Rows:
        return await (await self.database[collection].aggregate(list(steps))).to_list()


# Facts of the hub's own parts are told whatever is on.
_OF_PLUGINS = {"type": {"$not": {"$regex": "^(alerts|identity)"}}}


async def until(unmet: Callable[[], Awaitable[str | None]]) -> None:
    """Look again and again until nothing is unmet any more; fails with what still is."""
    ends = time.monotonic() + PATIENCE
    while (problem := await unmet()) is not None:
        assert time.monotonic() < ends, f"after {PATIENCE:.0f} s: {problem}"
        await asyncio.sleep(PAUSE)


def most(values: Iterable[Any]) -> int:
    """How often the most frequent one comes."""
    return max(Counter(values).values(), default=1)


def _number_in(body: str) -> str:
    """The 受理编号 in an inbox message."""
    line = next(line for line in body.splitlines() if line.startswith("受理编号："))
    return line.removeprefix("受理编号：")
