"""What each task asks of its user, in taps, characters and pages: a flow that takes more or fewer of them shows as a difference."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

import msgspec
import pytest

from hub.app import Hub
from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.server import Simulator
from hub.words.clock import MovingClock
from tests.pages.flows.conftest import Lends
from tests.pages.flows.tapping import QUICK, SLOW, Count, Pace, keep, kept, rows_of, table
from tests.pages.flows.tasks_clerk import walked_by_a_clerk
from tests.pages.flows.tasks_leader import walked_by_a_leader
from tests.pages.flows.tasks_operator import walked_by_operators
from tests.pages.flows.tasks_resident import walked_by_a_resident
from tests.pages.flows.tasks_surveyor import walked_by_a_surveyor
from tests.pages.flows.test_signing_in import OFFICIAL
from tests.rows.rows import Walk
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, MONDAY_MORNING, SHEHONG

# Of each user, by the heading of their table in the results: how quick they are, and the walk through all their tasks, one after the other.
USERS: Mapping[str, tuple[Pace, Callable[[Walk, Lends], Awaitable[Mapping[str, Count]]]]] = {
    "A woman of 74, in 长辈版": (SLOW, walked_by_a_resident),
    "A village surveyor, 入户调查 without a network": (QUICK, walked_by_a_surveyor),
    "A town's window clerk, at a desk": (QUICK, walked_by_a_clerk(1280)),
    "A town's window clerk, on a phone": (QUICK, walked_by_a_clerk(375)),
    "A county's leader, in ten seconds": (QUICK, walked_by_a_leader),
    "Operators at three in the morning": (QUICK, walked_by_operators),
}

# Taps, characters and pages are the same each time; what is read differs by a bar that is there for a moment.
EXACT, READ = 3, 3


@pytest.fixture
async def hub(mongo_uri: str, tmp_path: Path) -> AsyncIterator[Hub]:
    """For one user alone, as what others have left would have to be read too; with an official account at WeChat's stand-in."""
    clock = MovingClock(MONDAY_MORNING)
    stand_in = Simulator([StandInAccount.of(OFFICIAL)], clock)
    try:
        account = msgspec.structs.replace(OFFICIAL, base_url=await stand_in.start())
        counties = {ANJU: ALL_ON, SHEHONG: ALL_ON}
        async with whole_hub(mongo_uri, tmp_path, counties, clock=clock, accounts=[account]) as made:
            yield made
    finally:
        await stand_in.stop()


@pytest.mark.parametrize("user", USERS)
async def test_a_task_takes_what_the_results_say(walk: Walk, lends: Lends, golden: bool, user: str) -> None:
    pace, walked = USERS[user]

    made = table(await walked(walk, lends), pace)

    if golden:
        keep(user, made)
    now, known = rows_of(made), rows_of(kept(user))
    assert {task: row[:EXACT] for task, row in now.items()} == {task: row[:EXACT] for task, row in known.items()}
    assert {
        task: (row, known[task]) for task, row in now.items() if row[READ] != pytest.approx(known[task][READ], rel=0.25)
    } == {}
