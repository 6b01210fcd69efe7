"""The distribution: what is in the wheel, and that it works where there is no clone, only Python."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import ROOT, Ended

PLAYS_WITHIN = 300


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files under version control, some new ones among them, and what set-up has made for browsers."""
    folder = tmp_path_factory.mktemp("clone")
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    known = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    made = [str(file.relative_to(ROOT)) for file in (ROOT / "hub/static/made").rglob("*")]
    for name in (*known, *made):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(clone))
    [built] = out.iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it. What it requires is lent by ours, whose own hub is not seen there."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    [packages] = folder.glob("lib/*/site-packages")
    # The .pth files of a folder that a .pth file names are not read: the hub that is installed in place stays unseen.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    pip(str(folder / "bin/python"), "install", "--no-deps", str(wheel))
    return folder / "bin/python"


def pip(python: str, *arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *arguments, *quiet], check=True)


async def hub(python: Path, here: Path, *arguments: str) -> Ended:
    """The command of that environment, started elsewhere than in the clone, with an empty environment."""
    process = await asyncio.create_subprocess_exec(
        python.with_name("hub"),
        *arguments,
        cwd=here,
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PLAYS_WITHIN):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


def test_the_wheel_has_all_that_is_read_at_run_time(clone: Path, wheel: Path) -> None:
    """Each file of our packages but what is written for their authors, and nothing of the tests."""
    packed = set(zipfile.ZipFile(wheel).namelist())

    files = (file for package in ("hub", "plugins") for file in (clone / package).rglob("*") if file.is_file())
    wanted = {str(file.relative_to(clone)) for file in files if file.suffix != ".md"}
    assert wanted - packed == set()
    assert {"hub/py.typed", "plugins/py.typed", "hub/static/docs.css", "hub/demo/data/people.yaml"} <= packed
    assert {name.split("/")[0] for name in packed if ".dist-info/" not in name} == {"hub", "plugins"}


async def test_the_story_plays_from_an_empty_environment(python: Path, tmp_path: Path) -> None:
    """Without a clone, a config.yaml or a variable: its own database, its own counties."""
    version = await hub(python, tmp_path, "--version")
    played = await hub(python, tmp_path, "demo", "--story")

    assert version.out.startswith("hub, version ")
    assert played.code == 0, played.err
    assert "条推送全部按时送达" in played.out
    assert (tmp_path / "data/demo/mongodb").is_dir()


PLUGIN = '''"""A plugin beside config.yaml."""
from hub.api import Anyone, MessageType, Route, hookimpl

async def look(ctx) -> None:
    """Look."""

@hookimpl
def routes():
    return [Route(method="GET", path="/look", call=look, access=Anyone.PUBLIC, status=204)]

@hookimpl
def message_types():
    return [MessageType(name="asked", code="X01", kind="visit", app="ops", label="上门", sample={"day": "2026-11-30"})]
'''


async def test_plugins_and_words_lie_beside_the_configuration(python: Path, tmp_path: Path) -> None:
    """A folder below ./plugins, or wherever ``plugins_dir`` says; its templates with it."""
    for folder in ("plugins", "elsewhere"):
        (tmp_path / folder / "visits/templates").mkdir(parents=True)
        (tmp_path / folder / "visits/plugin.py").write_text(PLUGIN, "utf-8")
        (tmp_path / folder / "visits/templates/asked.inbox").write_text("上门：{{ day | day }}\n。\n", "utf-8")
    (tmp_path / "plugins/visits/templates/asked.oa").write_text("thing1: 上门\n", "utf-8")
    (tmp_path / "config.yaml").write_text("plugins: [visits, complaints]\n", "utf-8")
    (tmp_path / "other.yaml").write_text("plugins: [visits]\nplugins_dir: elsewhere\n", "utf-8")

    described = await hub(python, tmp_path, "openapi")
    checked = await hub(python, tmp_path, "check", "--offline")
    other = await hub(python, tmp_path, "--config", "other.yaml", "check", "--offline")

    assert "/api/v1/{place}/visits/look" in described.json["paths"]
    assert (checked.code, other.code) == (0, 2), checked.err
    assert "elsewhere/visits/templates/asked.oa: missing" in other.err


def test_the_demo_without_a_clone_is_the_one_that_a_clone_plays() -> None:
    """Its own config.yaml names the same features, in the same counties."""
    own, ours = (yaml.safe_load((ROOT / name).read_text("utf-8")) for name in ("hub/demo/config.yaml", "config.yaml"))

    assert own == {key: ours[key] for key in own}
