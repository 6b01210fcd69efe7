"""docs/writing-plugins.md builds a plugin in blocks: put into files as they are printed, it passes the hub's check and its own tests."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from hub import app
from hub.settings import HubSettings
from tests.typing_check import errors_in
from tests.world import ANJU

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "writing-plugins.md"
SETTINGS = "[pytest]\n" + "".join(
    f"{line}\n"
    for line in (
        "asyncio_mode = auto",
        "asyncio_default_fixture_loop_scope = session",
        "asyncio_default_test_loop_scope = session",
        "filterwarnings = error",
    )
)


def printed() -> dict[str, str]:
    """What the page says of each file, its blocks one after the other."""
    files: dict[str, str] = {}
    for name, text in re.findall(
        r"^```\w+ ((?:tests/)?plugins/\S+)\n(.*?)^```", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        files[name] = f"{files[name]}\n\n{text}" if name in files else text
    return files


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, typed into a folder."""
    typed = tmp_path_factory.mktemp("guide")
    for name, text in {**printed(), "pytest.ini": SETTINGS, "plugins/__init__.py": ""}.items():
        (typed / name).parent.mkdir(parents=True, exist_ok=True)
        (typed / name).write_text(text, "utf-8")
    return typed


def test_the_hub_finds_nothing_wrong(folder: Path) -> None:
    settings = HubSettings(
        plugins_dir=folder / "plugins",
        templates=ROOT / "templates",
        data_dir=folder / "data",
        plugins=("borrowing",),
        counties={ANJU: {"borrowing": True}},
    )

    assert app.problems(settings) == []


def test_a_type_checker_takes_it(folder: Path) -> None:
    """As strict as for the hub's own code: what is printed is what authors copy."""
    assert errors_in(folder / "plugins/borrowing/plugin.py") == []


async def test_its_own_tests_pass(folder: Path) -> None:
    """In a process of their own, as an author runs them."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/plugins"]
    running = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await running.communicate()

    assert running.returncode == 0, said.decode()
    assert "8 passed" in said.decode()
