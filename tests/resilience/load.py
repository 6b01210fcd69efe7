"""Residents who declare, many at once, and do not let go: whatever goes wrong, they send the same request again."""

from __future__ import annotations

import asyncio
import itertools
import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from hub.demo.client import Phone
from tests.resilience.town import PROJECT, RESIDENTS, Town, id_number

TIMEOUT = aiohttp.ClientTimeout(total=40)
# A phone that gets no answer asks again after about this long.
AGAIN = 0.15


class GaveUp(Exception):
    """The hub refused a declaration that is right; the text is its answer."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A declaration that the hub has answered with 2xx. ``tries`` counts the requests that were sent for it."""

    id: str
    number: str
    town: str
    tries: int
    replayed: bool


@dataclass
class Load:
    """``urls``: the hubs that may be asked; whoever gets no answer tries the next. ``accepted`` grows while it runs.

    ``first`` is the number of the first beneficiary: two loads of one test must not declare for the same people.
    """

    town: Town
    residents: Sequence[Phone]
    urls: Sequence[str]
    first: int = 0
    accepted: list[Accepted] = field(default_factory=list)
    # What a county without the plugin answers is waited out, and counted here.
    turned_away: int = 0
    # Whose phones have been answered so: of theirs nothing is under way that was accepted.
    waiting: set[str] = field(default_factory=set)

    async def submit(self, count: int, *, at_once: int = RESIDENTS, towns: Sequence[str] = (), seed: int = 0) -> None:
        """Have ``count`` declarations accepted, ``at_once`` under way together, spread over ``towns`` (all)."""
        chance = random.Random(seed)
        numbers = range(self.first, self.first + count)
        self.first += count
        work = iter([(number, chance.choice(list(towns) or self.town.towns)) for number in numbers])
        async with asyncio.TaskGroup() as phones:
            for _, resident in zip(range(at_once), itertools.cycle(self.residents), strict=False):
                phones.create_task(self._declare_all(resident, work, random.Random(chance.random())))

    async def _declare_all(self, resident: Phone, work: Iterator[tuple[int, str]], chance: random.Random) -> None:
        for number, town in work:
            self.accepted.append(await self._declare(resident, number, town, chance))

    async def _declare(self, resident: Phone, number: int, town: str, chance: random.Random) -> Accepted:
        """One declaration, with one idempotency key, until it is accepted."""
        path = f"/api/v1/{self.town.tree[town].county}/declaration/cases"
        headers = {"Idempotency-Key": str(uuid.uuid4()), "Authorization": f"Bearer {resident.token}"}
        for tries, url in enumerate(itertools.cycle(self.urls), start=1):
            try:
                async with resident.http.post(
                    url + path, json=form(number, town), headers=headers, timeout=TIMEOUT
                ) as response:
                    answer: dict[str, Any] = msgspec.json.decode(await response.read())
                    replayed = "Idempotency-Replayed" in response.headers
            except (aiohttp.ClientError, OSError, TimeoutError):
                await asyncio.sleep(AGAIN * chance.uniform(0.5, 1.5))
                continue
            if response.status < 300:
                return Accepted(answer["id"], answer["number"], town, tries, replayed)
            self._check_passing(resident, response.status, answer["error"])
            await asyncio.sleep(AGAIN * chance.uniform(0.5, 1.5))
        raise AssertionError("a cycle does not end")

    def _check_passing(self, resident: Phone, status: int, error: dict[str, Any]) -> None:
        """Only what passes by itself is tried again."""
        if status == 404 and error["code"] == "not_found":
            self.turned_away += 1
            self.waiting.add(resident.token)
        elif status not in (429, 503) and error["code"] not in ("in_progress", "conflict"):
            raise GaveUp(f"{status} {error['code']} {error['message']} {error['fields']}")


def form(number: int, town: str) -> dict[str, Any]:
    """A declaration for somebody else, whom no other declaration is for."""
    beneficiary = {"name": "李桂兰", "id_number": id_number(number, 1944), "phone": "19900000001", "region": town}
    return {"project": PROJECT, "declared_for": "other", "beneficiary": beneficiary}
