"""The hub's live door with everything on: tickets, sequence, rings, acknowledgements, metrics, limits, heartbeat, canary.

Persons are b0 … b<n>, each with a session of their own; all may listen to one board. Messages are published as the dispatcher
does after its commit; the commit itself is the pipeline's benchmark.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path

from orders import obey, payload
from prometheus_client import CollectorRegistry
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from hub.identity import people, positions, sessions, tickets
from hub.identity.sessions import Session, Sessions
from hub.identity.settings import IdentitySettings
from hub.identity.tickets import Tickets
from hub.realtime.bus import Bus, InProcessBus
from hub.realtime.commands import Commands
from hub.realtime.handler import LiveHandler, SocketAccess
from hub.realtime.live import Live
from hub.realtime.redis_bus import RedisBus
from hub.realtime.settings import LiveSettings
from hub.realtime.topics import Address
from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.units import Units
from hub.store import canaries, files, inbox
from hub.store.canaries import Canaries
from hub.store.cipher import FieldCipher, load_keys
from hub.store.database import Database
from hub.store.files import Files
from hub.store.inbox import Inbox, InboxDraft, InboxEntry
from hub.web.decoding import Decoder
from hub.words.actors import Actor
from hub.words.clock import SystemClock
from hub.words.ids import IdMaker

BODY = "MARK" + "x" * 60
BOARD = Address("worklist.tasks", "510904")
COLLECTIONS = (
    *inbox.COLLECTIONS,
    *canaries.COLLECTIONS,
    *files.COLLECTIONS,
    *people.COLLECTIONS,
    *positions.COLLECTIONS,
    *sessions.COLLECTIONS,
    *tickets.COLLECTIONS,
)


def person(number: int) -> str:
    return f"b{number}"


class Bench:
    """One node under orders."""

    def __init__(self, database: Database, node: str, redis: str | None, linger: float) -> None:
        clock = SystemClock()
        settings = IdentitySettings()
        self.database = database
        self.clock = clock
        self.sessions = Sessions(database, clock, settings)
        self.tickets = Tickets(database, clock, settings, self.sessions)
        self.inbox = Inbox(database)
        self.new_id = IdMaker(clock)
        self.heads: dict[int, int] = {}
        self.names = [(f"{person(number)}:ydsh", person(number)) for number in range(20_000)]
        # Made by the pipeline, not by what is measured here.
        self.an_id, self.a_moment = self.new_id(), clock.now()
        self.live = self._live(node, RedisBus(redis, node) if redis else InProcessBus(), linger)

    def _live(self, node: str, bus: Bus, linger: float) -> Live:
        host = Host([])
        counties, places = Counties(self.database, host, {}), Places(self.database)
        units = Units(
            database=self.database,
            host=host,
            counties=counties,
            places=places,
            clock=self.clock,
            files=Files(self.database),
            reaches=lambda actor, permission: (),
        )
        return Live(
            # All come from one address and most under one county here; times and sizes are the defaults.
            LiveSettings(max_sessions_of_address=20_000, linger=timedelta(seconds=linger)),
            node=node,
            inbox=self.inbox,
            tickets=self.tickets,
            logins=self.sessions,
            commands=Commands(host, counties, places, units, lambda access, actor, place: None, Decoder(self.clock)),
            bus=bus,
            canaries=Canaries(self.database),
            clock=self.clock,
            may_listen=lambda actor, topic: actor.kind == "staff",
            registry=CollectorRegistry(),
        )

    # --- orders -----------------------------------------------------------------------------------------------------

    async def burst(self, count: int) -> None:
        for number in range(count):
            self.live.announce(BOARD, payload(number))

    async def person(self, number: int) -> None:
        """The next message of one person, as if it had just been committed."""
        self.live.publish([self._entry(number)])

    def _entry(self, number: int) -> InboxEntry:
        seq = self.heads[number] = self.heads.get(number, 0) + 1
        return InboxEntry(
            id=self.an_id,
            stream=self.names[number][0],
            seq=seq,
            kind="message",
            person=self.names[number][1],
            app="ydsh",
            county="510904",
            message="worklist.arrived",
            code="P01",
            title="新的待办",
            body=BODY,
            at=self.a_moment,
        )

    async def more(self, order: str) -> str | None:
        name, *words = order.split()
        numbers = [int(word) for word in words]
        if name == "sign_in":
            await self._sign_in(*numbers)
            return "done"
        if name == "tickets":
            return json.dumps([self._ticket(number) for number in range(*numbers)])
        if name == "fill":
            await self._fill(*numbers)
            return "done"
        if name == "heads":
            heads = await self.inbox.heads([f"{person(number)}:ydsh" for number in range(*numbers)])
            found = [heads[f"{person(number)}:ydsh"] for number in range(*numbers)]
            return json.dumps([[head.epoch, head.seq] for head in found])
        raise ValueError(order)

    async def _sign_in(self, first: int, last: int) -> None:
        now = self.clock.now()
        rows = [
            self.database.encode(
                Session(
                    id=f"session-of-{person(number)}",
                    app="ydsh",
                    kind="staff",
                    person=person(number),
                    created_at=now,
                    last_seen_at=now,
                    ends_at=now + timedelta(hours=12),
                )
            )
            for number in range(first, last)
        ]
        await self.database["sessions"].insert_many(rows, ordered=False)

    def _ticket(self, number: int) -> str:
        actor = Actor(kind="staff", app="ydsh", person=person(number), session=f"session-of-{person(number)}")
        return self.tickets.issue(actor, timedelta(hours=1))

    async def _fill(self, first: int, last: int, count: int) -> None:
        """So many stored messages for each."""
        for number in range(first, last):
            drafts = [self._draft(number) for _ in range(count)]
            await self.database.transaction(lambda session, drafts=drafts: self.inbox.append(session, drafts))  # type: ignore[misc]

    def _draft(self, number: int) -> InboxDraft:
        return InboxDraft(
            id=self.new_id(),
            person=person(number),
            app="ydsh",
            county="510904",
            message="worklist.arrived",
            code="P01",
            title="新的待办",
            body="MARK" + "x" * 60,
            at=self.clock.now(),
        )


async def main(given: argparse.Namespace) -> None:
    database = Database.connect(given.mongo, given.database, FieldCipher(load_keys(Path(given.keys), make=True)))
    await database.ensure(COLLECTIONS)
    bench = Bench(database, given.node, given.redis, given.linger)
    await bench.live.start()
    door = SocketAccess(bench.live, lambda origin, host: True, lambda request: request.remote_ip or "")
    server = HTTPServer(Application([("/ws", LiveHandler, {"door": door})]))
    [listening] = bind_sockets(0, "127.0.0.1", backlog=4096)
    server.add_sockets([listening])
    print("ready", listening.getsockname()[1], flush=True)
    await obey(bench.burst, bench.person, bench.more)
    await bench.live.stop()
    await database.client.drop_database(given.database)
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    for name in ("mongo", "database", "keys"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--node", default="bench")
    parser.add_argument("--redis")
    parser.add_argument("--linger", type=float, default=120)
    parser.add_argument("--loop", default="uvloop")
    options = parser.parse_args()
    if options.loop == "uvloop":
        # As `hub serve` does.
        import uvloop

        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main(options))
    else:
        asyncio.run(main(options))
    sys.exit(0)
