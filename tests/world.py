"""A small world for tests of the core: the real database, real units of work, and the plugins a test hands in."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from hub.jobs import runner
from hub.reading.tables import Tables, TableSettings
from hub.rules import counties, places
from hub.rules.counties import Counties, Switch, Switchboard
from hub.rules.host import Host, gather
from hub.rules.places import Places
from hub.rules.units import Units
from hub.store import files, indexes, leases, numbers, outbox
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.numbers import Numbers
from hub.words.actors import Actor, Position, Reach
from hub.words.clock import MovingClock
from hub.words.regions import Region
from tests.slate import Slate

REGIONS = (Path(__file__).parent.parent / "hub/demo/data/regions.csv").read_text(encoding="utf-8")
CORE = (
    *outbox.COLLECTIONS,
    *files.COLLECTIONS,
    *numbers.COLLECTIONS,
    *leases.COLLECTIONS,
    *places.COLLECTIONS,
    *counties.COLLECTIONS,
    *runner.COLLECTIONS,
)
# One process reads the tables of all tests.
TABLES = Tables(TableSettings(at_once=1))
atexit.register(TABLES.close)
MONDAY_MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 09:00 in the city

# The same few people do everything, on a clock that stands still.
UNHURRIED = {"declaration": {"submits_per_hour": 10**6, "waiting_at_most": 10**6}}

CITY, ANJU, SHEHONG = "510900", "510904", "510981"
JUXIAN, DONGCHAN = "510904114", "510904101"  # two towns of 安居区
VILLAGE = "510904114204"  # 万古桥村 of 聚贤镇


@dataclass
class World:
    """``place(code)`` and ``staff(...)`` spell out who acts where."""

    database: Database
    host: Host
    counties: Counties
    places: Places
    clock: MovingClock
    units: Units
    slate: Slate
    board: Switchboard

    @classmethod
    async def make(cls, uri: str, name: str, plugins: Sequence[tuple[str, Any]], on: Sequence[str] = (ANJU,)) -> Self:
        """``plugins`` are (name, object) pairs, switched on in the counties ``on``."""
        database = Database.connect(uri, name, FieldCipher(new_key_file()))
        host = Host(gather(plugins))
        assert host.problems() == []
        await database.ensure([*CORE, *(indexes.of_plugin(spec) for spec in host.collections.values())])
        here = Places(database)
        await here.import_rows(places.read_csv(REGIONS))
        switches = Counties(database, host, {name: each for name, each in UNHURRIED.items() if name in host.plugins})
        await switches.seed({county: {plugin: Switch(on=True) for plugin, _ in plugins} for county in on})
        clock = MovingClock(MONDAY_MORNING)
        units = Units(
            database=database,
            host=host,
            counties=switches,
            places=here,
            clock=clock,
            files=files.Files(database),
            reaches=_every_position,
            tables=TABLES,
        )
        slate = Slate(database.client, name)
        return cls(database, host, switches, here, clock, units, slate, switches.board)

    async def keep(self) -> None:
        """Whoever begins finds the database and the switches as they are now."""
        await self.slate.keep()
        self.board = self.counties.board

    async def begin(self) -> None:
        """Monday morning again, and nothing has happened since :meth:`keep`."""
        await self.slate.wipe()
        self.counties.board = self.board
        # With the counters gone, what is left of a block that was taken before would be given twice.
        self.units.numbers = Numbers(self.database)
        self.clock.set(MONDAY_MORNING)

    def place(self, code: str) -> Region:
        return self.places.tree[code]

    def staff(self, region: str, **narrowed: str) -> Actor:
        """Somebody with one position there."""
        position = Position(id=f"at-{region}", role="handler", region=region, path=self.place(region).path, **narrowed)
        return Actor(kind="staff", person=f"staff-{region}", positions=(position,))


def _every_position(actor: Actor, _permission: str) -> tuple[Reach, ...]:
    return tuple(
        Reach(region=held.region, county=held.county, bureau=held.bureau, project=held.project, node=held.node)
        for held in actor.positions
    )
