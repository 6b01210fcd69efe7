"""Results as a Markdown table, with what is needed to judge them: date, machine, versions, number of runs."""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from bench.sockets.crowd import Crowd, Ears
from bench.sockets.peers import NODE_MODULES, Running, Surroundings, available, nchan_module
from bench.sockets.processes import cores, load_here
from hub.store import embedded

Start: TypeAlias = Callable[[str], contextlib.AbstractContextManager[Running]]
RESULTS = Path(__file__).parent.parent / "results"


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that all socket benchmarks share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=int, default=5, help="of each server, taking turns; medians are reported")
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of clients and messages")
    parser.add_argument("--only", nargs="*", help="these servers only")
    parser.add_argument("--python", help="an interpreter that has python-socketio and uvicorn")
    parser.add_argument("--mongo", help="a MongoDB replica set; without it one is started in a temporary folder")
    parser.add_argument("--write", action="store_true", help="put the table into bench/results/")
    return parser


@contextlib.contextmanager
def surroundings(given: argparse.Namespace) -> Iterator[Surroundings]:
    """Core 1 for this process and for what it starts; MongoDB in a folder that goes with the block."""
    before = os.sched_getaffinity(0)
    load_here()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _mongo(given.mongo, folder) as uri:
            import sys

            yield Surroundings(mongo=uri, folder=folder, python=given.python or sys.executable)
    os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _mongo(uri: str | None, folder: Path) -> Iterator[str]:
    if uri is not None:
        yield uri
        return
    import asyncio

    with asyncio.Runner() as runner:
        server = runner.run(embedded.start(embedded.EmbeddedSettings(folder / "mongod", port=0)))
        try:
            yield server.uri
        finally:
            runner.run(server.stop())


def chosen(given: argparse.Namespace, around: Surroundings, leave_out: Sequence[str] = ()) -> list[str]:
    """The servers to measure."""
    names = [name for name in available(around) if name not in leave_out]
    return [name for name in names if not given.only or name in given.only]


@contextlib.contextmanager
def all_at_once(names: Sequence[str], start: Start, clients: int) -> Iterator[dict[str, tuple[Running, Crowd]]]:
    """Every server with its clients, so that they can take turns within seconds: a busy machine then hits all alike."""
    with contextlib.ExitStack() as stack:
        ready, ears = {}, Ears()
        for name in names:
            peer, crowd = stack.enter_context(start(name)), Crowd(ears)
            crowd.connect(peer.server.port, peer.greetings(range(clients)))
            stack.callback(crowd.close)
            ready[name] = (peer, crowd)
        yield ready


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def versions(around: Surroundings) -> dict[str, str]:
    """Of everything that took part."""
    found = {"Python": platform.python_version()}
    found |= {name: importlib.metadata.version(name) for name in ("tornado", "uvloop", "msgspec", "pymongo")}
    for name in ("ws", "socket.io", "@socket.io/redis-streams-adapter"):
        with contextlib.suppress(OSError):
            found[name] = json.loads((NODE_MODULES / name / "package.json").read_text())["version"]
    if shutil.which("node"):
        found["node"] = _said(["node", "--version"])
    if nchan_module():
        found["nchan (Debian)"] = _said(["dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan"])
    asked = "import importlib.metadata as m; print(*(f'{n}={m.version(n)}' for n in ('python-socketio', 'uvicorn')))"
    if both := _said([around.python, "-c", asked]):
        found |= dict(pair.split("=") for pair in both.split())
    return found


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def publish(
    name: str,
    title: str,
    parts: Sequence[str],
    around: Surroundings,
    given: argparse.Namespace,
    goals: Mapping[str, str],
) -> str:
    """The whole page; written to bench/results/<name>.md when that was asked for."""
    server, load = cores()
    facts = (
        f"{datetime.now(UTC).date().isoformat()} · {given.runs} runs of each, taking turns, medians · scale {given.scale:g} · "
        f"server on core {server}, load on core {load} of a shared machine ({os.cpu_count()} cores, {platform.machine()}): trust the ratios"
    )
    used = " · ".join(f"{name} {version}" for name, version in versions(around).items())
    reached = table(["goal", "measured"], [[goal, value] for goal, value in goals.items()]) if goals else ""
    page = "\n\n".join(filter(None, [f"# {title}", facts, used, *parts, reached])) + "\n"
    print(page)
    if given.write:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.md").write_text(page, encoding="utf-8")
    return page


def ratio_of_runs(runs: Sequence[Mapping[str, float]], peer: str, *, goal: float, of: str = "hub") -> str:
    """How many times cheaper we are than a peer: the median of the ratios within each run, and whether that was wanted."""
    factors = [run[peer] / run[of] for run in runs if run.get(peer) and run.get(of)]
    if not factors:
        return "not measured"
    factor = median(factors)
    return f"{factor:.2f}× ({'reached' if factor >= goal else 'missed'})"
