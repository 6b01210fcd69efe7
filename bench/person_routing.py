"""P5: each message for one of 5000 sockets, person by person.

python -m bench.person_routing [--write]        about 3 minutes
"""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager

from bench.sockets.crowd import Crowd
from bench.sockets.peers import Running, Surroundings, started
from bench.sockets.report import (
    all_at_once,
    chosen,
    median,
    options,
    publish,
    ratio_of_runs,
    surroundings,
    table,
)

CLIENTS = 5000
ROUNDS = 5


def turn(peer: Running, crowd: Crowd, clients: int, rounds: int) -> float:
    """CPU µs of the server per message."""
    before = peer.server.cpu()
    for _ in range(rounds):
        peer.persons(range(clients))
        crowd.until(clients)
    return (peer.server.cpu() - before) / (rounds * clients) * 1e6


def main(arguments: list[str] | None = None) -> str:
    given = options(__doc__).parse_args(arguments)
    clients = max(20, round(CLIENTS * given.scale))
    with surroundings(given) as around:
        # nchan takes messages over HTTP only: what it costs it to route cannot be told from that. Of the others those that
        # the goal needs: 5000 sockets to each of three servers is what 20,000 open files allow.
        names = [name for name in chosen(given, around) if name in ("hub", "ws", "socket.io")]

        def start(name: str) -> AbstractContextManager[Running]:
            # The hub's clients listen to their inbox only, as phones do.
            return started(name, around, board=False)

        with all_at_once(names, start, clients) as ready:
            for peer, crowd in ready.values():
                turn(peer, crowd, clients, 2)
            runs = [
                {name: turn(peer, crowd, clients, ROUNDS) for name, (peer, crowd) in ready.items()}
                for _ in range(given.runs)
            ]
        return _report(runs, clients, around, given)


def _report(runs: list[dict[str, float]], clients: int, around: Surroundings, given: argparse.Namespace) -> str:
    costs = {name: median([run[name] for run in runs]) for name in runs[0]}
    rows = [[name, f"{cost:.1f}", f"{1e6 / cost:,.0f}" if cost else "–"] for name, cost in costs.items()]
    parts = [
        (
            f"{clients} clients of each server, per run {ROUNDS} rounds of one message for each. The hub: a committed inbox entry, "
            "encoded, numbered, kept in the person's ring, sent; the peers: an object to a room (Socket.IO) or a socket in a map."
        ),
        table(["server", "CPU µs per message", "messages per CPU-second"], rows),
    ]
    goals = {"P5 ≥ 1.5× Socket.IO rooms": ratio_of_runs(runs, "socket.io", goal=1.5)}
    return publish("person_routing", "Person by person", parts, around, given, goals)


if __name__ == "__main__":
    main()
