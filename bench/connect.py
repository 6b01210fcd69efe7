"""P4: connect, ticket, resume of 50 messages; against Socket.IO's bare connect.

python -m bench.connect [--write]        about 3 minutes
"""

from __future__ import annotations

import argparse

from bench.sockets.crowd import Crowd, Ears, Greeting
from bench.sockets.peers import Hub, Surroundings, hub, started
from bench.sockets.report import chosen, median, options, publish, ratio_of_runs, surroundings, table

PERSONS = 300
ROUNDS = 4
MISSED = 50

# What the hub is measured at; the goal speaks of the second.
SHAPES = ("hub: connect + ticket", "hub: + resume of 50 from memory", "hub: + resume of 50 from MongoDB")


def bare(name: str, around: Surroundings, scale: float) -> float:
    """CPU µs of a peer per connection."""
    persons = range(max(10, round(PERSONS * scale)))
    with started(name, around) as peer:
        crowd = Crowd(Ears())
        greetings = peer.greetings(persons)
        _connect(crowd, peer.server.port, greetings, 0)
        before = peer.server.cpu()
        for _ in range(ROUNDS):
            _connect(crowd, peer.server.port, greetings, 0)
        return (peer.server.cpu() - before) / (ROUNDS * len(persons)) * 1e6


def of_the_hub(shape: str, around: Surroundings, scale: float) -> float:
    """CPU µs of a node per connection, until the client has all it missed."""
    persons = range(max(10, round(PERSONS * scale)))
    from_memory = "memory" in shape
    # Without lingering a stream is gone when its socket is: the next one finds an empty memory, as after a restart.
    with hub(around, board=False, linger=0 if "MongoDB" in shape else 120) as peer:
        peer.server.ask(f"sign_in {persons.start} {persons.stop}")
        crowd = Crowd(Ears())
        if "resume" in shape and not from_memory:
            peer.server.ask(f"fill {persons.start} {persons.stop} {MISSED}")
        _connect(
            crowd, peer.server.port, [peer.greeting(ticket) for ticket in peer.tickets(persons)], 0, keep=from_memory
        )
        if from_memory:
            for _ in range(MISSED):
                peer.persons(persons)
                crowd.until(len(persons))
            crowd.close()
        needs = MISSED if "resume" in shape else 0
        rounds = [_greetings(peer, persons, needs, in_memory=from_memory) for _ in range(ROUNDS)]
        before = peer.server.cpu()
        for greetings in rounds:
            _connect(crowd, peer.server.port, greetings, needs)
        return (peer.server.cpu() - before) / (ROUNDS * len(persons)) * 1e6


def _greetings(peer: Hub, persons: range, missed: int, *, in_memory: bool) -> list[Greeting]:
    tickets = peer.tickets(persons)
    if not missed:
        return [peer.greeting(ticket) for ticket in tickets]
    resumes = [
        {"inbox": {"epoch": epoch, "seq": 0 if in_memory else seq - missed}} for epoch, seq in peer.heads(persons)
    ]
    return [peer.greeting(ticket, resume) for ticket, resume in zip(tickets, resumes, strict=True)]


def _connect(crowd: Crowd, port: int, greetings: object, needs: int, *, keep: bool = False) -> None:
    crowd.connect(port, greetings, needs)  # type: ignore[arg-type]
    crowd.forget()
    if not keep:
        crowd.close()


def main(arguments: list[str] | None = None) -> str:
    given = options(__doc__).parse_args(arguments)
    with surroundings(given) as around:
        peers = chosen(given, around, leave_out=("hub", "hub on asyncio"))
        runs = [
            {name: (of_the_hub if name in SHAPES else bare)(name, around, given.scale) for name in (*SHAPES, *peers)}
            for _ in range(given.runs)
        ]
        return _report(runs, around, given)


def _report(runs: list[dict[str, float]], around: Surroundings, given: argparse.Namespace) -> str:
    costs = {name: median([run[name] for run in runs]) for name in runs[0]}
    rows = [[name, f"{cost:.0f}", f"{1e6 / cost:,.0f}" if cost else "–"] for name, cost in costs.items()]
    parts = [
        (
            f"{max(10, round(PERSONS * given.scale))} clients, 64 at a time, {ROUNDS} rounds. The peers upgrade and greet, "
            "without signing in. CPU of the server process; MongoDB, which takes the used ticket's number, runs beside it."
        ),
        table(["server", "CPU µs per connection", "connections per CPU-second"], rows),
    ]
    goals = {
        f"P4 {shape} ≥ 1.3× Socket.IO's bare connect": ratio_of_runs(runs, "socket.io", goal=1.3, of=shape)
        for shape in SHAPES
    }
    return publish("connect", "Connecting", parts, around, given, goals)


if __name__ == "__main__":
    main()
