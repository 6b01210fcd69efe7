"""The rehearsal: a trial hub is backed up, its folder is lost, and another machine goes on with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pymongo import AsyncMongoClient

from hub import demo
from hub.cli import main
from hub.cli.opening import read_settings
from hub.store import backup, embedded
from tests.cli.conftest import run, write_config

PASSPHRASE = {"HUB_BACKUP_PASSPHRASE": "a-passphrase-of-2026"}
ADD_SOMEBODY = ("users", "add", "zhangwei", "--name", "张伟", "--role", "ops_system", "--region", "510900")


async def test_a_backup_is_restored_on_another_machine_with_its_keys(tmp_path: Path) -> None:
    """Data and keys from two files; what to do next is said; the new hub knows who was there."""
    lost, found, data, keys = (tmp_path / name for name in ("lost", "found", "hub.backup", "hub.keys"))
    for folder in (lost, found):
        folder.mkdir()
    before, after = write_config(lost), write_config(found)
    async with await embedded.start(embedded.EmbeddedSettings(lost / "mongodb", port=0)):
        assert (await run(before, "regions", "import", str(demo.REGIONS))).code == 0
        added = await run(before, *ADD_SOMEBODY)
        made = await run(before, "backup", "make", str(data), "--keys", str(keys), **PASSPHRASE)
    verified = await run(after, "backup", "verify", str(data), **PASSPHRASE)
    async with await embedded.start(embedded.EmbeddedSettings(found / "mongodb", port=0)) as server:
        without = await run(after, "restore", str(data), **PASSPHRASE)
        restored = await run(after, "restore", str(data), "--keys", str(keys), **PASSPHRASE)
        again = await run(after, *ADD_SOMEBODY)
        full = await run(after, "restore", str(data), **PASSPHRASE)
        told = await run(after, "restored")
        async with AsyncMongoClient[dict[str, Any]](server.uri) as client:
            await client[read_settings(after).store.database]["installation"].insert_one({"_id": backup.RESTORING})
        half = await run(after, "restored")

    assert [each.code for each in (added, made, verified, restored, told)] == [0] * 5
    assert "read back, and well" in made.out and "is well" in verified.out
    assert all("took back since" in each.out and "sign-ins that were ended" in each.out for each in (restored, told))
    assert "What to do next" in restored.out and "streams have a new epoch" in told.out
    assert (without.code, full.code, half.code) == (2, 2, 2)
    assert "did not end" in half.err
    assert "keys.json is missing" in without.err and "is not empty" in full.err
    assert (found / "keys.json").read_bytes() == (lost / "keys.json").read_bytes()
    # Taken: the name is there, and the keys are those that its digest was made with.
    assert again.code == 1


@pytest.mark.parametrize(
    ("arguments", "passphrase", "words"),
    [
        (("make", "x"), "a-passphrase-of-2026", "there is no database yet"),
        (("make", "x"), "short", "at least 12 characters"),
        (("verify", "config.yaml"), "a-passphrase-of-2026", "this is no file of hub backup"),
        (("verify", "no-such-file"), "a-passphrase-of-2026", "cannot be read"),
    ],
)
def test_a_backup_that_cannot_be_made_or_read_is_one_sentence(
    tmp_path: Path, arguments: tuple[str, str], passphrase: str, words: str
) -> None:
    config = write_config(tmp_path)
    what, file = arguments
    call = ["--config", str(config), "backup", what, str(tmp_path / file)]

    result = CliRunner().invoke(main, call, env={"HUB_BACKUP_PASSPHRASE": passphrase})

    assert result.exit_code == 2
    assert words in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["config.yaml"]
