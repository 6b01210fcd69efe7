"""A whole hub, built as `hub serve` builds it, for a module's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from hub.app import Hub
from hub.identity.settings import IdentitySettings, Span
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.testing.places import MONDAY_MORNING, REGIONS
from hub.testing.setup import HubSetup
from hub.testing.waiting import until
from hub.web.settings import Rate, WebSettings
from hub.words.clock import Clock, MovingClock

MANY = Rate(10**6)
ENDLESS = Span(timedelta(days=36500), timedelta(days=36500))


@asynccontextmanager
async def served_hub(uri: str, folder: Path, setup: HubSetup) -> AsyncIterator[Hub]:
    """Serving on a free port, on a clock that stands until it is moved and a database of its own.

    Rates and sessions are without limit: the same few people sign in for every test of a module, and its clock jumps.
    """
    async with serving(settings_of(uri, folder, setup), setup, MovingClock(MONDAY_MORNING)) as hub:
        yield hub


@asynccontextmanager
async def serving(settings: HubSettings, setup: HubSetup, clock: Clock) -> AsyncIterator[Hub]:
    """With these settings, and prepared by ``setup``; its database goes with it."""
    async with Hub.open(settings, clock=clock, extra_plugins=tuple(setup.stand_ins.items())) as hub:
        await hub.places.import_rows(read_csv(REGIONS))
        await setup.prepare(hub.units)
        async with hub.serving():
            yield hub
        await hub.database.client.drop_database(settings.store.database)


def settings_of(uri: str, folder: Path, setup: HubSetup) -> HubSettings:
    return HubSettings(
        mode="test",
        data_dir=folder,
        templates=folder / "templates",
        plugins_dir=setup.plugins_dir,
        server=ServerSettings(port=0),
        store=StoreSettings(uri=uri, database=f"test_{uuid4().hex}"),
        web=WebSettings(
            person_rate=MANY,
            address_rate=MANY,
            upload_rate=MANY,
            uploads_at_once=200,
            uploads_of_one=200,
            # However slow the machine is, a home says all that it has to say.
            news_within=timedelta(minutes=1),
        ),
        identity=IdentitySettings(sessions_per_app=10_000, resident_session=ENDLESS, phone_session=ENDLESS),
        plugins=tuple(name for name in setup.plugins if name not in setup.stand_ins),
        settings={name: dict(each) for name, each in setup.settings.items()},
        counties=setup.switches(),
    )


async def settled(hub: Hub) -> None:
    """Until no fact and no delivery is at work: what has not come by then does not come."""

    async def quiet() -> bool:
        return not await _at_work(hub)

    await until(quiet)


async def _at_work(hub: Hub) -> bool:
    due = {"state": {"$in": ["pending", "held"]}, "next_at": {"$lte": hub.clock.now()}}
    return bool(
        await hub.database["events"].count_documents({"state": "pending", "parked": False}, limit=1)
        or await hub.database["deliveries"].count_documents({"$or": [due, {"state": "sending"}]}, limit=1)
    )


async def travel(hub: Hub, step: timedelta) -> None:
    """All is heard, time passes, what came due runs once, all is heard again."""
    if not isinstance(hub.clock, MovingClock):
        raise TypeError("this hub goes by a clock that nobody moves")
    await _done(hub)
    hub.clock.advance(step)
    await _done(hub)


async def _done(hub: Hub) -> None:
    """What is due has run, and all has been heard that came of it."""
    while await hub.jobs.tick():
        await hub.jobs.settle()
    # One that the hub has started by itself.
    await hub.jobs.settle()
    await settled(hub)
