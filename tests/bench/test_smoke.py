"""Each socket benchmark runs, at a fiftieth of its size: servers start, clients are let in, every message arrives.

The figures of such a run mean nothing. Peers take part where they are installed (`npm ci` in bench/, nginx with nchan).
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WITHIN = 240.0


@pytest.mark.parametrize("name", ["fanout", "person_routing", "idle_memory", "connect", "two_nodes"])
async def test_a_benchmark_runs_to_its_table(name: str, mongo_uri: str) -> None:
    """It ends by itself, with a row for the hub."""
    command = [sys.executable, "-m", f"bench.{name}", "--runs", "1", "--scale", "0.02", "--mongo", mongo_uri]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaints = await asyncio.wait_for(process.communicate(), WITHIN)

    assert process.returncode == 0, complaints.decode()
    rows = [line for line in said.decode().splitlines() if line.startswith("| hub")]
    assert rows, said.decode()
    assert all(float(row.split("|")[2]) >= 0 for row in rows)


async def test_the_deliveries_benchmark_runs_to_its_table() -> None:
    """With a server and a stand-in of its own; a rate for accepting and for delivering."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.deliveries", "--runs", "1", "--scale", "0.02"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await asyncio.wait_for(process.communicate(), WITHIN)

    assert process.returncode == 0, complaints.decode()
    rows = {line[2:4]: line.split("|") for line in said.decode().splitlines() if line.startswith("| P")}
    assert float(rows["P7"][4]) > 0 and float(rows["P8"][4]) > 0


async def test_the_check_lists_benchmark_runs_to_its_table() -> None:
    """With a server of its own; it ends with 0 only when everybody on the list was found and nobody else."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.interception", "--rows", "400"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await asyncio.wait_for(process.communicate(), WITHIN)

    assert process.returncode == 0, complaints.decode()
    assert "4 of 400 found, 396 enrolled, 4 left out" in said.decode()


async def test_the_reads_benchmark_runs_to_its_table() -> None:
    """With a server of its own; every list finds something, through the hub and by the bare query."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.reads", "--smoke", "--many", "20000"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await asyncio.wait_for(process.communicate(), WITHIN)

    assert process.returncode == 0, complaints.decode()
    rows = [line.split("|") for line in said.decode().splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) == 4 and all(float(cell) > 0 for row in rows[1:] for cell in row[2:-1])


async def test_the_overdue_benchmark_runs_to_its_table() -> None:
    """With a server of its own; it ends with 0 only when the board says what a full count says."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.overdue", "--size", "20000"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complaints = await asyncio.wait_for(process.communicate(), WITHIN)

    assert process.returncode == 0, complaints.decode()
    assert "| 20,000 | 607 | 607 |" in said.decode()


def test_the_servers_of_the_peers_know_nothing_of_the_hub() -> None:
    """Else they would not be peers."""
    folder = ROOT / "bench/sockets/servers"

    for program in folder.iterdir():
        if program.is_file() and program.name != "hub_node.py":
            text = program.read_text(encoding="utf-8")
            assert "import hub" not in text, program
            assert "from hub" not in text, program
