"""The keys of personal data: nobody works on a database with others, and none are made beside what is sealed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pymongo import AsyncMongoClient

from hub.store import keyring
from hub.store.cipher import FieldCipher, KeyFile, load_keys, new_key_file, replace_keys, with_new_key
from hub.store.database import Database
from hub.words.errors import SetupError
from hub.words.personal import IdNumberText
from tests.cli.conftest import Ended, run, write_config

SOMEBODY = IdNumberText("510904194403150023")


@pytest.fixture
async def sealed(mongo_uri: str, database_name: str, tmp_path: Path) -> Path:
    """config.yaml of a database in which something is sealed, with its key file beside it."""
    config = write_config(tmp_path, store={"uri": mongo_uri, "database": database_name})
    async with AsyncMongoClient[dict[str, Any]](mongo_uri, tz_aware=True) as client:
        keys = await keyring.agreed_keys(client[database_name], tmp_path / "keys.json", make=True)
        await client[database_name]["people"].insert_one({"_id": "1", "who": FieldCipher(keys).seal(SOMEBODY)})
    return config


async def started(database: Database, keys: KeyFile, path: Path) -> KeyFile:
    """What a start of a node with these keys does about them."""
    replace_keys(path, keys)
    return await keyring.agreed_keys(database.raw, path, make=False)


@pytest.mark.parametrize("command", ["serve", "check"])
async def test_other_keys_than_the_databases_are_refused(sealed: Path, command: str) -> None:
    """At the start and by check, in one sentence that says what to do; nothing is changed."""
    replace_keys(sealed.with_name("keys.json"), new_key_file())

    ended = await run(sealed, command)

    assert ended.code == 2
    assert "these are not the keys that this database is sealed with" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("command", [("serve",), ("keys", "make")], ids=" ".join)
async def test_keys_are_never_made_where_sealed_data_exists(sealed: Path, command: tuple[str, ...]) -> None:
    """Also of a database that knows no fingerprint, because an older hub has written it."""
    sealed.with_name("keys.json").unlink()
    await (await forget_fingerprints(sealed)).close()

    ended: Ended = await run(sealed, *command)

    assert ended.code == 2
    assert "backup" in ended.err
    assert not sealed.with_name("keys.json").exists()


async def test_the_keys_of_an_older_database_are_those_that_open_it(sealed: Path) -> None:
    """Its first start writes the fingerprint down, if the keys are right."""
    path = sealed.with_name("keys.json")
    right = load_keys(path, make=False)
    database = await forget_fingerprints(sealed)

    with pytest.raises(SetupError, match="not the keys"):
        await started(database, new_key_file(), path)
    assert await started(database, right, path) == right
    with pytest.raises(SetupError, match="not the keys"):
        await started(database, new_key_file(), path)
    await database.close()


async def test_a_node_that_lacks_a_key_in_use_is_refused_and_one_that_runs_is_not_ready(sealed: Path) -> None:
    """A key counts as in use from the first node that seals with it to the resealing that finds nothing left of it."""
    path = sealed.with_name("keys.json")
    old = load_keys(path, make=False)
    new = with_new_key(old, use=True)
    database = await connected(sealed, old)

    assert await keyring.problem_of(database) is None
    await started(database, new, path)
    assert new.current in str(await keyring.problem_of(database))
    with pytest.raises(SetupError, match=new.current):
        await started(database, old, path)
    await database.close()


async def test_a_key_may_leave_the_file_when_nothing_is_sealed_with_it(sealed: Path) -> None:
    path = sealed.with_name("keys.json")
    old = load_keys(path, make=False)
    new = with_new_key(old, use=True)
    without_old = KeyFile(
        current=new.current, keys={new.current: new.keys[new.current]}, blind=new.blind, digest=new.digest
    )
    database = await connected(sealed, new)
    await started(database, new, path)

    with pytest.raises(SetupError, match=old.current):
        await started(database, without_old, path)
    replace_keys(path, new)
    first, second = await run(sealed, "keys", "reseal"), await run(sealed, "keys", "reseal")

    assert (first.out, second.out) == ("1 values sealed anew\n", "0 values sealed anew\n")
    assert await started(database, without_old, path) == without_old
    await database.close()


async def test_every_key_has_a_random_id(tmp_path: Path) -> None:
    """Of new files, and of keys that are added: two installations never call different keys by one name."""
    config = write_config(tmp_path)
    await run(config, "keys", "make")
    before = json.loads((tmp_path / "keys.json").read_text())

    added = await run(config, "keys", "add")
    after = json.loads((tmp_path / "keys.json").read_text())

    [id] = after["keys"].keys() - before["keys"].keys()
    assert id in added.out and after["current"] == before["current"]
    assert len({*after["keys"], *new_key_file().keys, *new_key_file().keys}) == 4
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"current": "k9"}, "current names no key"),
        ({"blind": "c2hvcnQ="}, "blind is no key"),
        ({"digest": "?"}, "digest is no key"),
    ],
)
def test_a_damaged_key_file_says_where(tmp_path: Path, change: dict[str, str], words: str) -> None:
    path = tmp_path / "keys.json"
    load_keys(path, make=True)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(SetupError, match=words):
        load_keys(path, make=False)


async def connected(config: Path, keys: KeyFile) -> Database:
    store = yaml.safe_load(config.read_text())["store"]
    return Database.connect(store["uri"], store["database"], FieldCipher(keys))


async def forget_fingerprints(config: Path) -> Database:
    database = await connected(config, new_key_file())
    await database["installation"].delete_many({})
    return database
