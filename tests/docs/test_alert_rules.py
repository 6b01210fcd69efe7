"""The alert rules that are handed out work: Prometheus's own tool plays them, and every figure they ask for exists."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from prometheus_client import CollectorRegistry, generate_latest

from hub.push.metrics import PushMetrics
from hub.realtime.metrics import LiveMetrics
from hub.rules.turns import Turns
from hub.web.metrics import WebMetrics
from hub.words.clock import SystemClock

FOLDER = Path(__file__).parents[2] / "docs/prometheus"
RULES = yaml.safe_load((FOLDER / "hub.rules.yml").read_text("utf-8"))["groups"][0]["rules"]


@pytest.mark.parametrize("arguments", [("check", "rules", "hub.rules.yml"), ("test", "rules", "hub.test.yml")])
def test_promtool_takes_and_plays_the_rules(arguments: tuple[str, ...]) -> None:
    program = shutil.which("promtool")
    assert program, "the alert rules are tested with promtool: `apt-get install -y prometheus`"

    ended = subprocess.run([program, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_figure_that_a_rule_asks_for_exists() -> None:
    """A renamed one would silence its alert."""
    registry = CollectorRegistry()
    push = PushMetrics(registry, SystemClock(), timedelta(seconds=5))
    push.watch_sending(list, int)
    for kind in (LiveMetrics, WebMetrics, Turns):
        kind(registry)

    known = set(re.findall(r"^# TYPE (\w+)", generate_latest(registry).decode(), re.MULTILINE))
    asked = {name for rule in RULES for name in re.findall(r"hub_\w+", rule["expr"])}

    assert asked and asked <= known


def test_every_rule_says_what_to_do() -> None:
    assert [rule["alert"] for rule in RULES if not rule["annotations"].get("do")] == []
