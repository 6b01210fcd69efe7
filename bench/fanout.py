"""P1, P2: one message to a thousand sockets, one by one and in bursts of ten.

python -m bench.fanout [--write]        about 4 minutes
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TypeAlias

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

CLIENTS = 1000
# Messages at a time, and how often per run.
ROUNDS = {1: 40, 10: 15}


@dataclass
class Result:
    """Of one server in one run: CPU µs per delivery, and ms until the last client has a message."""

    cost: float
    last: list[float]


def turn(peer: Running, crowd: Crowd, clients: int, size: int, rounds: int) -> Result:
    before, last = peer.server.cpu(), []
    for _ in range(rounds):
        peer.burst(size)
        last.append(crowd.until(clients * size) * 1000)
    return Result((peer.server.cpu() - before) / (rounds * clients * size) * 1e6, last)


Run: TypeAlias = dict[str, Result]


def main(arguments: list[str] | None = None) -> str:
    given = options(__doc__).parse_args(arguments)
    clients = max(10, round(CLIENTS * given.scale))
    with surroundings(given) as around:
        names = chosen(given, around)
        with all_at_once(names, lambda name: started(name, around), clients) as ready:
            runs: dict[int, list[Run]] = {}
            for size, rounds in ROUNDS.items():
                for peer, crowd in ready.values():
                    turn(peer, crowd, clients, size, 3)
                wanted = max(5, round(rounds * given.scale))
                runs[size] = [
                    {name: turn(peer, crowd, clients, size, wanted) for name, (peer, crowd) in ready.items()}
                    for _ in range(given.runs)
                ]
        return _report(runs, clients, around, given)


def _report(runs: dict[int, list[Run]], clients: int, around: Surroundings, given: argparse.Namespace) -> str:
    parts = [
        (
            f"{clients} clients of each server, about 250 B per message; the hub announces on a topic, every client has a "
            "ticket, a session and its inbox stream besides. CPU of the server process, user and system."
        )
    ]
    for size, of_size in runs.items():
        parts.append(f"## {'one by one' if size == 1 else f'bursts of {size}'}")
        head = ["server", "CPU µs per delivery", "deliveries per CPU-second", "last client p50 ms", "p99 ms"]
        parts.append(table(head, [_row(name, of_size) for name in of_size[0]]))
    one, burst = ([{name: result.cost for name, result in run.items()} for run in runs[size]] for size in (1, 10))
    goals = {
        "P1 one by one ≥ 1.4× Socket.IO": ratio_of_runs(one, "socket.io", goal=1.4),
        "P1 ≥ 1.1× ws": ratio_of_runs(one, "ws", goal=1.1),
        "P1 ≥ 8× python-socketio": ratio_of_runs(one, "python-socketio", goal=8),
        "P1 ≥ 0.7× nchan": ratio_of_runs(one, "nchan", goal=0.7),
        "P2 bursts of ten ≥ 2.5× nchan": ratio_of_runs(burst, "nchan", goal=2.5),
        "P2 ≥ 5× Socket.IO": ratio_of_runs(burst, "socket.io", goal=5),
    }
    return publish("fanout", "Fan-out", parts, around, given, goals)


def _row(name: str, runs: list[Run]) -> list[str]:
    cost = median([run[name].cost for run in runs])
    times = sorted(time for run in runs for time in run[name].last)
    p50, p99 = times[len(times) // 2], times[min(len(times) - 1, int(len(times) * 0.99))]
    return [name, f"{cost:.1f}", f"{1e6 / cost:,.0f}" if cost else "–", f"{p50:.1f}", f"{p99:.1f}"]


if __name__ == "__main__":
    main()
