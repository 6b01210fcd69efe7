"""P6: two nodes through Redis, one message to a thousand sockets, half of them on each.

python -m bench.two_nodes [--write]        about 2 minutes; needs redis-server
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from bench.sockets.crowd import Crowd, Ears
from bench.sockets.peers import NODE_MODULES, Running, Surroundings, free_port, hub, socket_io, until_it_listens
from bench.sockets.report import median, options, publish, ratio_of_runs, surroundings, table

CLIENTS = 1000
ROUNDS = 150


@dataclass
class Result:
    """CPU µs of both nodes per delivery, and the ms by which the far node's last client is later, at half load."""

    cost: float
    added: list[float]


@contextmanager
def redis() -> Iterator[str]:
    """A Redis of its own that keeps nothing."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        until_it_listens(port)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def measure(name: str, around: Surroundings, scale: float) -> Result:
    half = max(10, round(CLIENTS * scale / 2))
    rounds = max(10, round(ROUNDS * scale))
    with ExitStack() as stack:
        nodes = _two(name, around, stack)
        ears = Ears()
        near, far = crowds = [Crowd(ears), Crowd(ears)]
        for at, (crowd, node) in enumerate(zip(crowds, nodes, strict=True)):
            crowd.connect(node.server.port, node.greetings(range(at * half, (at + 1) * half)))
        time.sleep(1)  # until each node knows what the other wants to hear
        _rounds(nodes[0], near, far, half, 5, 0)
        before, began = sum(node.server.cpu() for node in nodes), time.perf_counter()
        _rounds(nodes[0], near, far, half, rounds, 0)
        spent, took = sum(node.server.cpu() for node in nodes) - before, time.perf_counter() - began
        added = _rounds(nodes[0], near, far, half, rounds, took / rounds)
        for crowd in crowds:
            crowd.close()
    return Result(spent / (rounds * 2 * half) * 1e6, added)


def _two(name: str, around: Surroundings, stack: ExitStack) -> list[Running]:
    around = replace(around, redis=stack.enter_context(redis()))
    if name != "hub":
        return [stack.enter_context(socket_io(around.redis)) for _ in range(2)]
    database = f"bench_{os.urandom(6).hex()}"
    return [stack.enter_context(hub(around, node=f"n{at}", database=database)) for at in range(2)]


def _rounds(node: Running, near: Crowd, far: Crowd, half: int, rounds: int, pause: float) -> list[float]:
    """ms between the last client here and the last one there, for each message; ``pause`` seconds after each."""
    added = []
    for _ in range(rounds):
        node.burst(1)
        near.until(half)
        added.append(far.until(half) * 1000)
        time.sleep(pause)
    return added


def main(arguments: list[str] | None = None) -> str:
    given = options(__doc__).parse_args(arguments)
    there = (NODE_MODULES / "@socket.io/redis-streams-adapter").exists() and shutil.which("node") is not None
    names = [name for name in ("hub", *(["socket.io"] if there else [])) if not given.only or name in given.only]
    with surroundings(given) as around:
        runs = [{name: measure(name, around, given.scale) for name in names} for _ in range(given.runs)]
        return _report(runs, around, given)


def _report(runs: list[dict[str, Result]], around: Surroundings, given: argparse.Namespace) -> str:
    costs = {name: median([run[name].cost for run in runs]) for name in runs[0]}
    late = {name: _late([time for run in runs for time in run[name].added]) for name in runs[0]}
    rows = [
        [name, f"{cost:.1f}", f"{1e6 / cost:,.0f}", " / ".join(f"{ms:.1f}" for ms in late[name])]
        for name, cost in costs.items()
        if cost
    ]
    parts = [
        (
            f"{2 * max(10, round(CLIENTS * given.scale / 2))} clients, half on each node; both nodes on the server's core, Redis beside "
            "the load. The last column: at half load, how much later the far node's last client has a message than the near "
            "node's. Where both nodes share a core, one of them is at times served by the kernel only when the other's half is "
            "done: that is 500 times the cost of a delivery, and no bus makes it shorter."
        ),
        table(
            ["server", "CPU µs per delivery, both nodes", "deliveries per CPU-second", "added ms, p50 / p90 / p99"],
            rows,
        ),
    ]
    goals = {
        "P6 ≥ 1.5× Socket.IO with redis-streams": ratio_of_runs(
            [{name: result.cost for name, result in run.items()} for run in runs], "socket.io", goal=1.5
        ),
        "P6 added p99 ≤ 3 ms": f"{late['hub'][-1]:.1f} ms ({'reached' if late['hub'][-1] <= 3 else 'missed'})"
        if "hub" in late
        else "not measured",
    }
    return publish("two_nodes", "Two nodes", parts, around, given, goals)


def _late(times: list[float]) -> list[float]:
    """p50, p90 and p99."""
    return [sorted(times)[min(len(times) - 1, int(len(times) * share))] for share in (0.5, 0.9, 0.99)]


if __name__ == "__main__":
    main()
