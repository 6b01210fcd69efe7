"""What terminals, pipes and typing slips make of commands: an answer, or one sentence."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from hub.app import url_of
from tests.cli.conftest import ROOT, Ended, Hub, run, write_config

SCRIPTS = ("setup", "test", "lock", "bench", "docs", "check", "run")


def is_one_sentence(ended: Ended) -> bool:
    return ended.code == 2 and "Traceback" not in ended.err and 0 < len(ended.err.strip().splitlines()) <= 6


async def test_a_question_on_a_fresh_clone_makes_neither_database_nor_keys(tmp_path: Path) -> None:
    config = write_config(tmp_path)

    ended = [await run(config, *words) for words in (("deliveries", "balance"), ("jobs", "list"), ("plugins", "list"))]

    assert [is_one_sentence(each) and "hub serve" in each.err for each in ended] == [True] * 3
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "utf-8"])
async def test_json_is_the_same_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    config = write_config(tmp_path)
    wanted = (await run(config, "openapi")).json

    ended = await run(config, "openapi", PYTHONIOENCODING=encoding, out=encoding)

    assert (ended.code, json.loads(ended.out)) == (0, wanted)


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
@pytest.mark.parametrize("words", [("plugins", "list"), ("deliveries", "balance"), ("jobs", "list"), ("regions", "-h")])
async def test_a_table_is_printed_in_every_encoding(played: Hub, words: tuple[str, str], encoding: str) -> None:
    ended = await played(*words, PYTHONIOENCODING=encoding, out=encoding)

    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) > 3


@pytest.mark.parametrize("hours", ["1e400", "nan", "-1", "0", "1e9", "soon"])
async def test_hours_that_are_none_are_refused(tmp_path: Path, hours: str) -> None:
    ended = await run(write_config(tmp_path), "deliveries", "balance", "--within", hours)

    assert is_one_sentence(ended) and "--within" in ended.err


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    ended = await run(write_config(tmp_path), "openapi", "--output", str(tmp_path / "nowhere" / "api.json"))

    assert is_one_sentence(ended) and "cannot be written" in ended.err


def test_an_ipv6_address_is_in_brackets() -> None:
    assert [url_of(host, 8080) for host in ("127.0.0.1", "::1")] == ["http://127.0.0.1:8080", "http://[::1]:8080"]


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_help_of_a_script_installs_nothing(tmp_path: Path, script: str) -> None:
    """In a clone that was never set up."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    before = sorted(tmp_path.rglob("*"))

    ended = subprocess.run([tmp_path / "scripts" / script, "--help"], capture_output=True, text=True, check=True)

    assert len(ended.stdout.splitlines()) >= 1 and not ended.stdout.startswith("#")
    assert sorted(tmp_path.rglob("*")) == before
