"""What a type checker says of a file, as strictly as of the hub's own code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def errors_in(file: Path) -> list[str]:
    """In a process of its own: mypy raises this one's recursion limit, and others rely on it."""
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "setup.cfg"), str(file)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode in (0, 1), said.stderr
    return [line.partition("error: ")[2] for line in said.stdout.splitlines() if "error: " in line]
