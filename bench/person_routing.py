"""P5: each message for one of 5000 sockets, person by person.

python -m bench.person_routing [--write]        about 3 minutes
"""

from __future__ import annotations

import argparse

from bench.sockets.crowd import Crowd
from bench.sockets.peers import Surroundings, hub, started
from bench.sockets.report import chosen, median, options, publish, ratio, surroundings, table

CLIENTS = 5000
ROUNDS = 20


def measure(name: str, around: Surroundings, scale: float) -> float:
    """CPU µs of the server per message."""
    clients = max(20, round(CLIENTS * scale))
    # Here the hub's clients listen to their inbox only, as phones do.
    loop = "asyncio" if name.endswith("asyncio") else "uvloop"
    peer_of = hub(around, loop=loop, board=False) if name.startswith("hub") else started(name, around)
    with peer_of as peer:
        crowd = Crowd()
        crowd.connect(peer.server.port, peer.greetings(range(clients)))
        for _ in range(2):
            peer.persons(range(clients))
            crowd.until(clients)
        before = peer.server.cpu()
        for _ in range(ROUNDS):
            peer.persons(range(clients))
            crowd.until(clients)
        cost = (peer.server.cpu() - before) / (ROUNDS * clients) * 1e6
        crowd.close()
    return cost


def main(arguments: list[str] | None = None) -> str:
    given = options(__doc__).parse_args(arguments)
    with surroundings(given) as around:
        # nchan takes messages over HTTP only: what it costs it to route cannot be told from that.
        names = chosen(given, around, leave_out=("nchan",))
        runs: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(given.runs):
            for name in names:
                runs[name].append(measure(name, around, given.scale))
        return _report(runs, around, given)


def _report(runs: dict[str, list[float]], around: Surroundings, given: argparse.Namespace) -> str:
    costs = {name: median(results) for name, results in runs.items()}
    rows = [[name, f"{cost:.1f}", f"{1e6 / cost:,.0f}" if cost else "–"] for name, cost in costs.items()]
    parts = [
        (
            f"{max(20, round(CLIENTS * given.scale))} clients, {ROUNDS} rounds of one message for each. The hub: a committed inbox entry, "
            "encoded, numbered, kept in the person's ring, sent; the peers: an object to a room (Socket.IO) or a socket in a map."
        ),
        table(["server", "CPU µs per message", "messages per CPU-second"], rows),
    ]
    goals = {"P5 ≥ 1.5× Socket.IO rooms": ratio(costs, "socket.io", more_is_better=False, goal=1.5)}
    return publish("person_routing", "Person by person", parts, around, given, goals)


if __name__ == "__main__":
    main()
