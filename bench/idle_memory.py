"""P3: memory per idle connection.

python -m bench.idle_memory [--write]        about 2 minutes
"""

from __future__ import annotations

import argparse
import time

from bench.sockets.crowd import Crowd, Ears
from bench.sockets.peers import Surroundings, hub, started
from bench.sockets.report import chosen, median, options, publish, surroundings, table

CLIENTS = 4000
GOAL = 16.0


def measure(name: str, around: Surroundings, scale: float) -> float:
    """KB of proportional set size per connection, above what the server needs for the first few."""
    clients = max(100, round(CLIENTS * scale))
    warm = clients // 10
    settle = min(3.0, 30 * scale)
    loop = "asyncio" if name.endswith("asyncio") else "uvloop"
    peer_of = hub(around, loop=loop, board=False) if name.startswith("hub") else started(name, around)
    with peer_of as peer:
        crowd = Crowd(Ears())
        crowd.connect(peer.server.port, peer.greetings(range(warm)))
        time.sleep(settle / 3)
        before = peer.server.memory()
        crowd.connect(peer.server.port, peer.greetings(range(warm, clients)))
        # Garbage of the upgrades is collected, buffers are given back.
        time.sleep(settle)
        used = (peer.server.memory() - before) / (clients - warm) / 1024
        crowd.close()
    return used


def main(arguments: list[str] | None = None) -> str:
    given = options(__doc__).parse_args(arguments)
    with surroundings(given) as around:
        names = chosen(given, around)
        runs: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(given.runs):
            for name in names:
                runs[name].append(measure(name, around, given.scale))
        return _report(runs, around, given)


def _report(runs: dict[str, list[float]], around: Surroundings, given: argparse.Namespace) -> str:
    used = {name: median(results) for name, results in runs.items()}
    rows = [[name, f"{kilobytes:.1f}"] for name, kilobytes in used.items()]
    parts = [
        (
            f"{max(100, round(CLIENTS * given.scale))} connections; growth of PSS from the first tenth of them to all. The hub's have a "
            "ticket "
            "redeemed, a session, limits counted, an inbox stream with epoch and sequence, ready to resume."
        ),
        table(["server", "KB per idle connection"], rows),
    ]
    if "hub" in used:
        verdict = "reached" if used["hub"] <= GOAL else "missed"
        return publish(
            "idle_memory", "Idle memory", parts, around, given, {"P3 ≤ 16 KB": f"{used['hub']:.1f} KB ({verdict})"}
        )
    return publish("idle_memory", "Idle memory", parts, around, given, {})


if __name__ == "__main__":
    main()
