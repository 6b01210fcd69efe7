"""``NEEDS`` and ``USES`` are true: whichever plugins are there, a hub starts and carries business as far as they go.

Each subset of the plugins that satisfies ``NEEDS`` is installed alone and goes through the same smoke; in some of them the others
are installed as well, and off in the county.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from hub.rules.finding import find
from hub.rules.gathering import gather
from hub.rules.plugins import Plugin
from hub.words.clock import MovingClock
from hub.words.ids import new_id
from tests.rows.rows import Walk, Walker
from tests.rows.test_complaints_rows import COMPLAINTS, complain, payment, press, reply
from tests.rows.test_interception_rows import bring, found, move
from tests.rows.test_survey_rows import declare_land, filled
from tests.rows.test_worklist_rows import declare
from tests.web.scope import Scene
from tests.whole import PLUGINS, whole_hub
from tests.world import ANJU, CITY, JUXIAN, MONDAY_MORNING, VILLAGE

CIVIL = "民政局"
PLAIN, LISTED = "510923194106120011", "510904193805120025"
FOUND: list[Plugin] = [plugin for plugin in gather(find(PLUGINS)) if isinstance(plugin, Plugin)]
# Who handles the smoke's business, and who hears of what goes wrong.
WINDOW = ("window", JUXIAN, None, "accept")
TOWN = ("handler", JUXIAN, CIVIL, "review_town")
BUREAU = ("handler", ANJU, CIVIL, "approve_county")
SURVEYOR = ("handler", VILLAGE, None, "survey")
VILLAGER = ("handler", VILLAGE, None, "review_village")
PUBLISHER = ("handler", VILLAGE, None, "publicity_village")
CHECKER = ("handler", ANJU, CIVIL, "interception")
LISTENER = ("handler", ANJU, CIVIL, "complaints")
DISCIPLINE = ("discipline", ANJU)
OPERATIONS = ("ops_system", CITY)
OFFICES = (WINDOW, TOWN, BUREAU, SURVEYOR, VILLAGER, PUBLISHER, CHECKER, LISTENER, DISCIPLINE, OPERATIONS)
Subset = frozenset[str]


def apart() -> list[Plugin]:
    """Those that need nobody and that nobody knows: each would double the subsets, and is tried alone and beside whom it uses."""
    named = {other for plugin in FOUND for other in (*plugin.needs, *plugin.uses)}
    return [plugin for plugin in FOUND if not plugin.needs and plugin.name not in named]


def with_needs(names: Iterable[str]) -> Subset:
    """These, with whom they need, and whom those need."""
    found = frozenset(names)
    wider = found.union(*(plugin.needs for plugin in FOUND if plugin.name in found))
    return found if wider == found else with_needs(wider)


def subsets() -> list[Subset]:
    """Every one that satisfies ``NEEDS``, the smaller ones first; then each that stands apart, and all together."""
    needs = {plugin.name: frozenset(plugin.needs) for plugin in FOUND}
    meeting = [name for name in PLUGINS if name not in {plugin.name for plugin in apart()}]
    sizes = range(len(meeting) + 1)
    every = [frozenset(some) for size in sizes for some in itertools.combinations(meeting, size)]
    several = [some for some in every if all(needs[name] <= some for name in some)]
    alone = [frozenset((plugin.name,)) for plugin in apart()]
    beside = [with_needs((plugin.name, *plugin.uses)) for plugin in apart() if plugin.uses]
    return [*several, *alone, *beside, frozenset(PLUGINS)]


# Where the others are off, code and events of all are there: one subset of each kind shows it.
WITH_OTHERS_OFF = (
    frozenset(()),
    frozenset(("complaints",)),
    frozenset(("declaration",)),
    frozenset(("declaration", "interception")),
    frozenset(("complaints", "declaration", "survey")),
    frozenset(("declaration", "payments", "publicity")),
)


def name_of(subset: Subset) -> str:
    return "+".join(sorted(subset)) or "none"


class Errors(logging.Handler):
    """What no subset may say: any error, and warnings of events that nobody can handle."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        words = repr(record.msg)
        if record.levelno >= logging.ERROR or "is gone" in words or "please report" in words:
            self.said.append(words)


@pytest.fixture
def errors() -> Iterator[list[str]]:
    """What was logged that must not be."""
    handler = Errors()
    logging.getLogger().addHandler(handler)
    yield handler.said
    logging.getLogger().removeHandler(handler)


@asynccontextmanager
async def walk_on(uri: str, folder: Path, on: Subset, installed: Collection[str]) -> AsyncIterator[Walk]:
    """Through a county where the plugins ``on`` are on; no others than ``installed`` exist."""
    switches, clock = {ANJU: {name: name in on for name in installed}}, MovingClock(MONDAY_MORNING)
    async with (
        whole_hub(uri, folder, switches, plugins=tuple(installed), clock=clock) as hub,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http,
    ):
        yield Walk(Scene(hub, http))


@pytest.mark.parametrize("subset", subsets(), ids=name_of)
async def test_every_subset_starts_and_works(mongo_uri: str, tmp_path: Path, errors: list[str], subset: Subset) -> None:
    """Alone: the code of the others may as well not exist."""
    async with walk_on(mongo_uri, tmp_path, subset, sorted(subset)) as walk:
        await answers(walk, subset)
        await work(walk, subset)
        await nothing_is_left(walk)

    assert errors == []


@pytest.mark.parametrize("subset", WITH_OTHERS_OFF, ids=name_of)
async def test_it_works_where_the_others_are_off(
    mongo_uri: str, tmp_path: Path, errors: list[str], subset: Subset
) -> None:
    """Installed for another county: here they are as good as not there."""
    async with walk_on(mongo_uri, tmp_path, subset, PLUGINS) as walk:
        await answers(walk, subset)
        await work(walk, subset)
        await nothing_is_left(walk)

    assert errors == []


def test_there_are_as_many_subsets_as_we_think() -> None:
    """Complaints stand alone; all others that meet any need declarations, payments publicity as well."""
    several = subsets()

    users = [plugin for plugin in apart() if plugin.uses]
    assert len(several) == 26 + len(apart()) + len(users) + 1 and set(WITH_OTHERS_OFF) < set(several)
    assert frozenset(("declaration", "payments")) not in several


# --- the smoke ---------------------------------------------------------------------------------------------------------


async def answers(walk: Walk, on: Subset) -> None:
    """It is well, describes itself, and its menus show what is on."""
    guest, handler = walk.guest().visitor, await walk.staff("handler", ANJU, CIVIL)
    ready, described = await guest.get("/readyz"), await guest.get("/openapi.json")
    menus = [await walk.guest().get(f"/{ANJU}/menu", app=app) for app in ("ykt", "ydsh", "ops")]
    menus.append(await handler.get(f"/{ANJU}/menu"))

    assert walk.hub.host.problems() == []
    assert (ready.status, described.status) == (200, 200)
    tiles = {tile["plugin"] for menu in menus for tile in menu["items"]}
    assert tiles & set(PLUGINS) <= on and {"declaration", "complaints"} & on <= tiles


async def work(walk: Walk, on: Subset) -> None:
    """One piece of business of each plugin that is there, once everybody is there who handles it."""
    for who in OFFICES:
        await walk.staff(*who)
    resident = await walk.resident("王建国")
    if "declaration" in on:
        await declare_plainly(walk, resident)
        await declare_for_a_long_chain(walk, resident, on)
    if "interception" in on:
        await stop_one_who_is_listed(walk, resident)
    if "complaints" in on:
        await complain_of_a_project(walk, resident)
    if "payments" in on:
        await pay(walk, on)


async def declare_plainly(walk: Walk, resident: Walker) -> None:
    """高龄津贴: its three nodes are declarations' own."""
    case = await declare(resident, PLAIN)
    await (await walk.staff(*WINDOW)).decide(JUXIAN, case["number"], "accept")
    await (await walk.staff(*TOWN)).decide(JUXIAN, case["number"], "review_town")
    bureau = await walk.staff(*BUREAU)
    await bureau.decide(ANJU, case["number"], "approve_county")

    assert (await resident.get(f"/{ANJU}/declaration/cases/{case['id']}"))["state"] == "approved"


async def declare_for_a_long_chain(walk: Walk, resident: Walker, on: Subset) -> None:
    """耕地地力保护: handled at each node that is there, and waiting at the first that is not."""
    case = await declare_land(resident)
    await (await walk.staff(*WINDOW)).decide(JUXIAN, case["number"], "accept")
    if "survey" in on:
        await survey(walk)
        village = await walk.staff(*VILLAGER)
        await village.decide(VILLAGE, case["number"], "review_village")

    await walk.settled()
    stored = await walk.hub.database["declaration.cases"].find_one({"_id": case["id"]})
    node = "publicity_village" if "survey" in on else "survey"
    state = "handling" if {"survey", "publicity"} <= on else "holding"
    assert stored is not None and (stored["node"], stored["state"]) == (node, state)


async def survey(walk: Walk) -> None:
    """What waits is looked at, and handed in."""
    surveyor = await walk.staff(*SURVEYOR)
    [waiting] = (await surveyor.get(f"/{VILLAGE}/survey/todo"))["items"]
    one, draft = f"/{VILLAGE}/survey/surveys/{waiting['id']}", new_id(walk.hub.clock)
    await surveyor.put(f"{one}/drafts/{draft}", await filled(walk, surveyor))
    await surveyor.post(f"{one}/submit", {"draft": draft, "revision": 1})


async def stop_one_who_is_listed(walk: Walk, resident: Walker) -> None:
    """A dead person's declaration is held, and ended when the bureau says that it is true."""
    bureau = await walk.staff(*CHECKER)
    await bring(walk, await walk.staff(*DISCIPLINE), LISTED)
    case = await declare(resident, LISTED)
    held = (await resident.get(f"/{ANJU}/declaration/cases/{case['id']}"))["state"]
    await move(bureau, await found(bureau, LISTED), "confirm", end_case=True)
    ended = (await resident.get(f"/{ANJU}/declaration/cases/{case['id']}"))["state"]

    assert (held, ended) == ("intercepted", "ended")


async def complain_of_a_project(walk: Walk, resident: Walker) -> None:
    """Filed, accepted, replied."""
    handler = await walk.staff(*LISTENER)
    filed = (await complain(resident))["complaint"]
    await press(handler, filed["id"], "accept")
    replied = await press(handler, filed["id"], "reply", **reply(walk))

    assert replied["complaint"]["state_label"] == "已回复"


async def pay(walk: Walk, on: Subset) -> None:
    """A roster is on its way to the bank; where there are complaints, one of its rows is objected to, and let go again."""
    mei = await walk.resident("刘梅")
    row = await payment(walk, mei, "刘梅")
    if "complaints" not in on:
        return
    about = {"kind": "payment", "row": row["id"], "type": "amount", "text": "面积少算了一亩。"}
    filed = (await complain(mei, **about))["complaint"]
    held = await mei.get(f"/{ANJU}/payments/mine/{row['id']}")
    await mei.post(f"{COMPLAINTS}/mine/{filed['id']}/withdraw", {"version": filed["version"]})
    await walk.settled()
    freed = await mei.get(f"/{ANJU}/payments/mine/{row['id']}")

    assert ["异议中" in each["payment"]["state_label"] for each in (held, freed)] == [True, False]


async def nothing_is_left(walk: Walk) -> None:
    """Everybody has heard everything, nobody failed or was cut off."""
    await walk.settled()
    database: Any = walk.hub.database

    assert await database["events"].count_documents({"$or": [{"state": "pending"}, {"todo.0": {"$exists": True}}]}) == 0
    assert await database["cutoffs"].count_documents({}) == 0
