"""The numbers are those of a full count, whatever happens in whatever order; and what they are of."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from hub.api import TaskArrived, TaskChanged, TaskClaimed, TaskClosed, TaskDone, TaskHalted
from hub.testing import ANJU, DONGCHAN, JUXIAN, NEXT_VILLAGE, VILLAGE, County
from hub.words.actors import Actor
from plugins.overdue.counting import fold
from plugins.overdue.looking import miscounted
from plugins.overdue.watching import follow, look_at_clock
from tests.overdue.watched import CIVIL, FARMING, LAND, OLD_AGE, TITLES, WATCHED, Watched

PLACES = (VILLAGE, NEXT_VILLAGE, JUXIAN, DONGCHAN, ANJU)
ROW = {VILLAGE: JUXIAN, NEXT_VILLAGE: JUXIAN}
MOVES, COMPARED_EVERY, MOST_AT_ONCE = 10_000, 500, 40


@pytest.fixture(scope="module")
def hub_setup():
    return WATCHED


@pytest.fixture
def office(county: County) -> Watched:
    return Watched(county.world)


class Play:
    """A worklist of which nothing is left but what it tells, and what should be late by now."""

    def __init__(self, office: Watched, seed: int) -> None:
        self.office, self.chance = office, random.Random(seed)
        self.tasks: dict[str, dict[str, Any]] = {}
        self.numbered = 0

    @property
    def now(self):
        return self.office.world.clock.now()

    async def moves(self, many: int) -> None:
        """A few facts in one unit, as at a busy time; between units the clock goes on, or numbers are folded."""
        while many > 0:
            some = min(many, self.chance.randint(1, MOST_AT_ONCE))
            facts = [self.move() for _ in range(some)]
            await self.in_unit(lambda ctx, facts=facts: self.hear(ctx, facts))
            many -= some
            if self.chance.random() < 0.3:
                self.office.world.clock.advance(timedelta(hours=self.chance.randint(1, 60)))
            for call in self.chance.sample((look_at_clock, fold), self.chance.randint(0, 2)):
                await self.in_unit(call)

    async def in_unit(self, call) -> Any:
        return await self.office.world.units.run(call, plugin="overdue", place=self.office.world.place(ANJU))

    async def hear(self, ctx, facts) -> None:
        for fact in facts:
            await follow(fact, ctx)

    def move(self):
        open = [id for id, task in self.tasks.items() if task["state"] != "over"]
        kinds = ("arrive", "claim", "release", "halt", "resume", "later", "done", "closed", "again")
        kind = self.chance.choices(kinds, (6, 3, 2, 2, 2, 1, 3, 1, 1))[0] if len(open) > 30 else "arrive"
        return getattr(self, kind)(self.chance.choice(open) if open else "")

    def arrive(self, _):
        self.numbered += 1
        id, project = f"t{self.numbered:05}", self.chance.choice((OLD_AGE, LAND))
        self.tasks[id] = {
            "state": "open",
            "place": self.chance.choice(PLACES),
            "bureau": CIVIL if project == OLD_AGE else FARMING,
            "project": project,
            "node": self.chance.choice(("review_town", "approve_county")),
            "due_at": self.now + timedelta(hours=self.chance.randint(-10, 200)),
            "arrived_at": self.now,
            "offer": 1,
        }
        return self.offered(id)

    def offered(self, id):
        task = self.tasks[id]
        same = {name: task[name] for name in ("place", "bureau", "project", "node", "due_at", "arrived_at", "offer")}
        said = {"label": "审核", "role": "handler", "title": TITLES[task["project"]], "number": id}
        return TaskArrived(task=id, subject=id, **same, **said)

    def again(self, id):
        """The same fact is heard twice."""
        return self.offered(id)

    def named(self, id):
        task = self.tasks[id]
        return {"task": id, "subject": id, "place": task["place"], "node": task["node"], "offer": task["offer"]}

    def claim(self, id):
        return TaskClaimed(**self.named(id), person="唐丽")

    def release(self, id):
        self.tasks[id]["offer"] += 1
        self.tasks[id]["state"] = "open"
        return self.offered(id)

    def halt(self, id):
        self.tasks[id]["state"] = "paused"
        return TaskHalted(**self.named(id))

    def resume(self, id):
        self.tasks[id]["due_at"] += timedelta(hours=self.chance.randint(0, 100))
        return self.release(id)

    def later(self, id):
        task = self.tasks[id]
        task["due_at"] += timedelta(hours=self.chance.randint(-20, 100))
        return TaskChanged(**self.named(id), round=1, due_at=task["due_at"], title=TITLES[task["project"]], number=id)

    def done(self, id):
        self.tasks[id]["state"] = "over"
        said = {"move": "pass", "label": "审核", "title": "", "number": id, "bureau": "", "project": "", "link": ""}
        return TaskDone(**self.named(id), person="唐丽", round=1, at=self.now, **said)

    def closed(self, id):
        self.tasks[id]["state"] = "over"
        return TaskClosed(**self.named(id))

    def expected(self) -> Counter[tuple[str, str, str]]:
        return Counter(
            (ROW.get(task["place"], task["place"]), task["project"], task["node"])
            for task in self.tasks.values()
            if task["state"] == "open" and task["due_at"] <= self.now
        )

    async def shown(self, leader: Actor) -> Counter[tuple[str, str, str]]:
        board = await self.office.board(leader)
        cells = {row.place: await self.office.cells(leader, row=row.place) for row in board.rows}
        assert all(row.late == cells[row.place].late for row in board.rows)
        assert board.late == sum(row.late for row in board.rows)
        return Counter({(row, each.project, each.node): each.late for row, of in cells.items() for each in of.cells})


async def test_whatever_happens_the_numbers_are_those_of_a_full_count(office, seed):
    """10,000 moves of tasks in any order, with the clock and the folding between them at random."""
    play, leader = Play(office, seed), await office.leader()

    for _ in range(MOVES // COMPARED_EVERY):
        await play.moves(COMPARED_EVERY)
        # Until there is nothing more to look at: what is late is what should be.
        await office.job("overdue.clock")

        assert await play.shown(leader) == play.expected()
        for row in (JUXIAN, DONGCHAN, ANJU):
            assert await play.in_unit(partial(miscounted, row=row, repair=False)) == []
    assert sum(play.expected().values()) > 20
