"""``hub plugins new``: what it writes works at once, and nothing that is there already is touched."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from hub.cli import main
from tests.cli.conftest import ROOT, Ended, run, write_config
from tests.forked import ENVIRONMENT
from tests.world import ANJU


def invoke(config: Path, *arguments: str) -> Ended:
    """In this process: nothing here opens a database."""
    result = CliRunner().invoke(main, ["--config", str(config), "plugins", "new", *arguments])
    return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Somebody's config.yaml, with an empty folder for plugins beside it."""
    return write_config(tmp_path, plugins_dir=str(tmp_path / "plugins"))


async def test_what_it_writes_passes_check_and_its_own_tests(config: Path) -> None:
    """After the two changes of config.yaml that it names."""
    made = invoke(config, "visits")

    wanted = yaml.safe_load(config.read_text("utf-8"))
    wanted |= {"plugins": [*wanted["plugins"], "visits"], "counties": {ANJU: {"visits": True}}}
    config.write_text(yaml.safe_dump(wanted, allow_unicode=True), "utf-8")
    checked = await run(config, "check")
    tested = await pytest_in(config.parent, "tests/plugins/test_visits.py")

    assert (made.code, checked.code, tested.code) == (0, 0, 0), f"{made.err}{checked.err}{tested.out}"
    assert "4 passed" in tested.out
    assert "visits: true to a county" in made.out


@pytest.mark.parametrize(
    "check",
    ["ruff format --check plugins", "ruff check plugins", "mypy plugins", "lint-imports"],
)
async def test_in_a_clone_it_passes_the_checks_of_the_project(config: Path, check: str) -> None:
    """Format, lint, types, import contracts: those that all plugins of the project are held to."""
    clone = config.parent
    (clone / "hub").symlink_to(ROOT / "hub")
    for settings in ("ruff.toml", "setup.cfg"):
        shutil.copy(ROOT / settings, clone)
    invoke(config, "visits")
    (clone / "plugins/__init__.py").touch()

    program, *arguments = check.split()
    checked = await started_in(clone, str(Path(sys.executable).with_name(program)), *arguments)

    assert checked.code == 0, checked.out


async def pytest_in(folder: Path, *arguments: str) -> Ended:
    """As its author starts it there."""
    quiet = ("-q", "-p", "no:cacheprovider", "--basetemp", str(folder / "made"))
    return await started_in(folder, sys.executable, "-m", "pytest", *quiet, *arguments)


async def started_in(folder: Path, *words: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=folder,
        env=ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Visits", "'Visits' cannot be a plugin's name: small letters, digits and _, a letter first"),
        ("home-visits", "'home-visits' cannot be a plugin's name"),
        ("class", "'class' cannot be a plugin's name"),
        ("survey", "plugin 'survey' is there already ("),
        ("worklist", "plugin 'worklist' is there already (a part of the hub)"),
        ("ops", "plugin 'ops' is there already (a part of the hub)"),
    ],
)
def test_a_name_that_is_none_or_taken_is_refused(config: Path, name: str, words: str) -> None:
    """With what to do, and nothing is written."""
    ended = invoke(config, name)

    assert ended.code == 2
    assert words in ended.err
    assert [file.name for file in config.parent.iterdir()] == ["config.yaml"]


def test_files_that_are_there_are_left_alone(config: Path) -> None:
    """All of them are named."""
    for file in ("plugins/visits/events.py", "tests/plugins/test_visits.py"):
        (config.parent / file).parent.mkdir(parents=True)
        (config.parent / file).write_text("mine")

    ended = invoke(config, "visits")

    assert ended.code == 2
    assert "events.py is there already" in ended.err and "test_visits.py is there already" in ended.err
    assert not (config.parent / "plugins/visits/plugin.py").exists()


def test_pytest_settings_that_are_there_are_kept(config: Path) -> None:
    """They say what hub.testing needs if they lack it."""
    (config.parent / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")

    ended = invoke(config, "visits")

    assert ended.code == 0
    assert not (config.parent / "pytest.ini").exists()
