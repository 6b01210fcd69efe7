"""One rule for who may: plugins ask hub.duties, and none looks at somebody's positions on its own."""

from __future__ import annotations

from pathlib import Path

PLUGINS = Path(__file__).parents[2] / "plugins"
# Filters that are built position by position: one's own list, one's own publicities, 回避 by office.
BY_POSITION = {
    "worklist/actions/holders.py",
    "survey/actions/positions.py",
    "publicity/actions/boards.py",
    "complaints/actions/avoiding.py",
}


def test_no_plugin_adds_up_positions():
    looking = {
        str(file.relative_to(PLUGINS)) for file in PLUGINS.rglob("*.py") if "actor.positions" in file.read_text("utf-8")
    }

    assert looking == BY_POSITION
