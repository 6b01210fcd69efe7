"""P1, P2: one message to a thousand sockets, one by one and in bursts of ten.

python -m bench.fanout [--write]        about 4 minutes
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from bench.sockets.crowd import Crowd
from bench.sockets.peers import Surroundings, started
from bench.sockets.report import chosen, median, options, publish, ratio, surroundings, table

CLIENTS = 1000
ROUNDS = {1: 150, 10: 60}


@dataclass
class Result:
    """Of one server in one shape: CPU µs per delivery, and ms until the last client has a message."""

    cost: float
    last: list[float]


def measure(name: str, around: Surroundings, scale: float) -> dict[int, Result]:
    clients = max(10, round(CLIENTS * scale))
    with started(name, around) as peer:
        crowd = Crowd()
        crowd.connect(peer.server.port, peer.greetings(range(clients)))
        results = {}
        for size, wanted in ROUNDS.items():
            rounds = max(5, round(wanted * scale))
            _round(crowd, peer, clients, size, 3)
            before = peer.server.cpu()
            last = _round(crowd, peer, clients, size, rounds)
            results[size] = Result((peer.server.cpu() - before) / (rounds * clients * size) * 1e6, last)
        crowd.close()
    return results


def _round(crowd: Crowd, peer: object, clients: int, size: int, rounds: int) -> list[float]:
    last = []
    for _ in range(rounds):
        peer.burst(size)  # type: ignore[attr-defined]
        last.append(crowd.until(clients * size) * 1000)
    return last


def main(arguments: list[str] | None = None) -> str:
    given = options(__doc__).parse_args(arguments)
    with surroundings(given) as around:
        names = chosen(given, around)
        runs: dict[str, list[dict[int, Result]]] = {name: [] for name in names}
        for _ in range(given.runs):
            for name in names:
                runs[name].append(measure(name, around, given.scale))
        return _report(runs, around, given)


def _report(runs: dict[str, list[dict[int, Result]]], around: Surroundings, given: argparse.Namespace) -> str:
    costs = {
        size: {name: median([run[size].cost for run in results]) for name, results in runs.items()} for size in ROUNDS
    }
    parts = [
        (
            f"{max(10, round(CLIENTS * given.scale))} clients, about 250 B per message; the hub announces on a topic, every client has a "
            "ticket, a session and its inbox stream besides. CPU of the server process, user and system."
        ),
    ]
    for size in ROUNDS:
        rows = [_row(name, results, size) for name, results in runs.items()]
        shape = "one by one" if size == 1 else f"bursts of {size}"
        parts.append(f"## {shape}")
        parts.append(
            table(["server", "CPU µs per delivery", "deliveries per CPU-second", "last client p50 ms", "p99 ms"], rows)
        )
    one, burst = costs[1], costs[10]
    goals = {
        "P1 one by one ≥ 1.4× Socket.IO": ratio(one, "socket.io", more_is_better=False, goal=1.4),
        "P1 ≥ 1.1× ws": ratio(one, "ws", more_is_better=False, goal=1.1),
        "P1 ≥ 8× python-socketio": ratio(one, "python-socketio", more_is_better=False, goal=8),
        "P1 ≥ 0.7× nchan": ratio(one, "nchan", more_is_better=False, goal=0.7),
        "P2 bursts of ten ≥ 2.5× nchan": ratio(burst, "nchan", more_is_better=False, goal=2.5),
        "P2 ≥ 5× Socket.IO": ratio(burst, "socket.io", more_is_better=False, goal=5),
    }
    return publish("fanout", "Fan-out", parts, around, given, goals)


def _row(name: str, results: list[dict[int, Result]], size: int) -> list[str]:
    cost = median([run[size].cost for run in results])
    times = sorted(time for run in results for time in run[size].last)
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))]
    return [name, f"{cost:.1f}", f"{1e6 / cost:,.0f}" if cost else "–", f"{p50:.1f}", f"{p99:.1f}"]


if __name__ == "__main__":
    main()
