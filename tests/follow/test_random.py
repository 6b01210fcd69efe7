"""Whatever people do, in whatever order: nobody hears of what they may not see, nobody who may misses a move, nobody hears twice."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from hub.identity.positions import POSITIONS
from hub.testing import ANJU, CITY, JUXIAN, SHEHONG
from hub.words.actors import Actor
from hub.words.errors import Conflict, Refused
from tests.follow.conftest import Followers

STEPS = 80
MESSAGES = "message_board.messages"
# Who leads where, and whether a message to 民政局 of 安居区 lies below that.
LEADERS = {
    "区长": (ANJU, None, True),
    "民政": (ANJU, "民政局", True),
    "水利": (ANJU, "水利局", False),
    "市长": (CITY, None, True),
    "镇长": (JUXIAN, None, False),
    "射洪": (SHEHONG, None, False),
}
MOVES = {"waiting": "take", "handling": "reply", "replied": "ask"}


@dataclass
class Story:
    """What should be so: who ``leads`` now, who is ``kept`` away from which message, who follows which, and what each is to hear."""

    office: Followers
    actors: dict[str, Actor]
    messages: list[str]
    leads: set[str] = field(default_factory=lambda: set(LEADERS))
    kept: set[tuple[str, str]] = field(default_factory=set)
    follows: set[tuple[str, str]] = field(default_factory=set)
    due: list[tuple[str, str]] = field(default_factory=list)

    def sees(self, name: str, id: str) -> bool:
        return LEADERS[name][2] and name in self.leads and (name, id) not in self.kept

    async def follow(self, name: str, id: str) -> None:
        """Refused where they may not see it; whoever leads nothing is not signed in."""
        if name not in self.leads:
            return
        try:
            await self.office.follow(self.actors[name], id)
        except Refused:
            assert not self.sees(name, id)
        else:
            assert self.sees(name, id)
            self.follows.add((name, id))

    async def cancel(self, name: str, id: str) -> None:
        if (name, id) in self.follows:
            await self.office.cancel(self.actors[name], id)
            self.follows.remove((name, id))

    async def lose(self, name: str, id: str) -> None:
        """The position, or get it back."""
        if name in self.leads:
            await self.office.without(POSITIONS, person=name)
            self.leads.remove(name)
        else:
            await self.employ(name)
            self.leads.add(name)

    async def employ(self, name: str) -> None:
        region, bureau, _ = LEADERS[name]
        self.actors[name] = await self.office.employ(name, self.office.position("leader", region, bureau=bureau))

    async def keep_away(self, name: str, id: str) -> None:
        """They must keep away from it, or no more."""
        self.kept ^= {(name, id)}
        avoid = [person for person, message in self.kept if message == id]
        await self.office.change(MESSAGES, id, avoid=avoid)

    async def move(self, name: str, id: str) -> None:
        """Its office or its writer does something; whoever follows it and sees it is to hear of that."""
        move = MOVES[(await self.office.board.stored(id))["state"]]
        act = self.office.board.own if move == "ask" else self.office.board.do
        with suppress(Conflict):  # asked again too often
            await act(move, id)
            key = f"{id}:{(await self.office.board.stored(id))['version']}"
            self.due += [(who, key) for who, of in self.follows if of == id and self.sees(who, id)]


@pytest.mark.parametrize("seed", range(3))
async def test_who_follows_and_sees_hears_once(office: Followers, seed: int) -> None:
    chance = random.Random(seed)
    story = Story(office, {}, [await office.message() for _ in range(3)])
    for name in LEADERS:
        await story.employ(name)
    acts: list[Callable[[str, str], Awaitable[None]]] = [
        *(story.follow, story.follow, story.follow, story.cancel),
        *(story.lose, story.keep_away, story.move, story.move, story.move),
    ]

    for _ in range(STEPS):
        await chance.choice(acts)(chance.choice(list(LEADERS)), chance.choice(story.messages))

    came = [(name, push.key) for name, actor in story.actors.items() for push in await office.heard(actor)]
    assert story.due and sorted(came) == sorted(story.due)
    shown = {
        (name, line.subject) for name in story.leads for line in await office.followed(story.actors[name], at=CITY)
    }
    assert shown == {(name, id) for name, id in story.follows if story.sees(name, id)}
