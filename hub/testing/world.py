"""A small world: the real database and real units of work, with the plugins that a test hands in. Nothing is served."""

from __future__ import annotations

import atexit
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

from hub.jobs import runner
from hub.reading.tables import Tables, TableSettings
from hub.rules import counties, places
from hub.rules.counties import Counties, Switch, Switchboard
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.units import Units
from hub.store import files, indexes, leases, numbers, outbox
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.numbers import Numbers
from hub.testing.places import ANJU, MONDAY_MORNING, REGIONS
from hub.testing.slate import Slate
from hub.words.actors import Actor, Position, Reach
from hub.words.clock import MovingClock
from hub.words.errors import SetupError
from hub.words.regions import Region

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
    async def make(
        cls,
        uri: str,
        name: str,
        plugins: Sequence[tuple[str, Any]],
        on: Sequence[str] = (ANJU,),
        settings: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> Self:
        """``plugins`` are (name, object) pairs, switched on in the counties ``on``; ``settings`` are those of all counties."""
        database = Database.connect(uri, name, FieldCipher(new_key_file()))
        host = Host(gather(plugins))
        if wrong := host.problems():
            raise SetupError(*wrong)
        await database.ensure([*CORE, *(indexes.of_plugin(spec) for spec in host.collections.values())])
        here = Places(database)
        await here.import_rows(places.read_csv(REGIONS))
        switches = Counties(database, host, settings)
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
