"""One rule for who may: plugins ask hub.business.duties, and none looks at somebody's positions on its own."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
# Filters that are built position by position: one's own list, one's own publicities, 回避 by office, one's own windows, one's
# own policy files, what one orders from.
BY_POSITION = {
    "hub/worklist/actions/holders.py",
    "plugins/survey/actions/reading.py",
    "plugins/publicity/business.py",
    "plugins/declaration/actions/window.py",
    "plugins/policy/business.py",
    "plugins/overdue/issuing.py",
}


def test_no_plugin_adds_up_positions():
    files = [*ROOT.glob("plugins/**/*.py"), *ROOT.glob("hub/worklist/**/*.py")]
    looking = {str(file.relative_to(ROOT)) for file in files if "actor.positions" in file.read_text("utf-8")}

    assert looking == BY_POSITION
