"""A backup holds everything of one moment, opens for its keeper alone, says so when it is damaged, and comes back whole."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from bson import Decimal128
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import AutoReconnect

from hub.store import backup, keyring, vault
from hub.store.cipher import FieldCipher, load_keys, new_key_file
from hub.store.database import Database
from hub.store.files import Files
from hub.store.nodes import NodeName
from hub.store.vault import Damaged, Passphrase, PrivateKey, Recipient
from hub.words.errors import SetupError

Client = AsyncMongoClient[dict[str, Any]]
SECRET = Passphrase("a-passphrase-of-2026")
# More than the first batch of a cursor, and than a chunk of the file.
LETTERS, LONG = 300, "长信" * 2000
MONEY = 1000


def unheard(done: int, total: int) -> None:
    """Progress that nobody looks at."""


async def content(client: Client, name: str) -> dict[str, list[dict[str, Any]]]:
    """Everything in a database but the epochs of streams, which a restore renews."""
    names = await client[name].list_collection_names()
    found = {each: await client[name][each].find({}, sort=[("_id", 1)]).to_list() for each in names}
    found["streams"] = [{**row, "epoch": None} for row in found.get("streams", [])]
    return {each: rows for each, rows in found.items() if rows}


@pytest.fixture(scope="module")
async def full(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    """A database with a bit of everything: long texts, a file, decimals, dates, sealed values, a stream."""
    name, keys = f"test_{uuid4().hex}", tmp_path_factory.mktemp("keys") / "keys.json"
    async with Client(mongo_uri, tz_aware=True) as client:
        made = Database(client, name, FieldCipher(await keyring.agreed_keys(client[name], keys, make=True)))
        await made["letters"].insert_many([{"_id": number, "text": f"{number}{LONG}"} for number in range(LETTERS)])
        await made["odd"].insert_one({"_id": "a", "sum": Decimal128("12.50"), "at": datetime.now(UTC), "none": None})
        await made["streams"].insert_one({"_id": "p1:ykt", "epoch": "old", "seq": 6})
        await made.raw.create_collection("empty")
        await Files(made).put_pending(
            random.Random(0).randbytes(3 * vault.CHUNK),
            owner="p1",
            media_type="image/png",
            sha256="x",
            now=datetime.now(UTC),
        )
        yield made
        await client.drop_database(name)


@pytest.fixture
async def elsewhere(full: Database) -> AsyncIterator[str]:
    """The name of a database that does not exist yet."""
    name = f"test_{uuid4().hex}"
    yield name
    await full.client.drop_database(name)


@pytest.fixture(scope="module")
async def written(full: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of it."""
    file = tmp_path_factory.mktemp("backup") / "data"
    await backup.write(full.client, full.name, file, SECRET, hub="0", told=unheard)
    return file


async def restored(full: Database, name: str, file: Path, *, replace: bool = False) -> None:
    manifest = backup.verify(file, SECRET)
    await backup.restore(full.client, name, file, SECRET, manifest=manifest, replace=replace, told=unheard)


async def test_what_was_backed_up_comes_back_whole(full: Database, written: Path, elsewhere: str) -> None:
    """Every document to the byte, files included; streams have a new epoch."""
    await restored(full, elsewhere, written)

    assert await content(full.client, elsewhere) == await content(full.client, full.name)
    stream = await full.client[elsewhere]["streams"].find_one({})
    assert stream is not None and stream["epoch"] != "old"


async def test_a_backup_is_of_one_moment_though_people_go_on(full: Database, tmp_path: Path, elsewhere: str) -> None:
    """Money moves between two collections all the while; in the backup none is missing or there twice."""
    await full["a.accounts"].insert_one({"_id": 1, "sum": MONEY})
    await full["z.accounts"].insert_one({"_id": 1, "sum": 0})

    async def move() -> None:
        while True:
            async with full.client.start_session() as session, await session.start_transaction():
                await full["a.accounts"].update_one({"_id": 1}, {"$inc": {"sum": -1}}, session=session)
                await full["z.accounts"].update_one({"_id": 1}, {"$inc": {"sum": 1}}, session=session)

    moving = asyncio.create_task(move())
    while (await full["z.accounts"].find_one({}) or {})["sum"] < 5:
        await asyncio.sleep(0)
    await backup.write(full.client, full.name, tmp_path / "data", SECRET, hub="0", told=unheard)
    moving.cancel()
    await asyncio.gather(moving, return_exceptions=True)
    await restored(full, elsewhere, tmp_path / "data")

    there = full.client[elsewhere]
    sums = [(await there[name].find_one({}) or {})["sum"] for name in ("a.accounts", "z.accounts")]
    assert sum(sums) == MONEY and sums[1] >= 5


async def test_nothing_of_it_can_be_read_without_the_passphrase(written: Path) -> None:
    """Neither texts nor names of collections; the file is its owner's alone."""
    bytes_ = written.read_bytes()

    assert b"letters" not in bytes_ and "长信".encode() not in bytes_
    assert written.stat().st_mode & 0o077 == 0
    with pytest.raises(SetupError, match="does not open with this passphrase"):
        backup.verify(written, Passphrase("another-passphrase"))


@pytest.mark.parametrize("at", [-1, -20, 700, 2_000], ids=["end", "last chunk", "first chunk", "further on"])
def test_a_changed_byte_is_found(written: Path, tmp_path: Path, at: int) -> None:
    changed = bytearray(written.read_bytes())
    changed[at] ^= 1
    (tmp_path / "data").write_bytes(changed)

    with pytest.raises(Damaged, match="damaged"):
        backup.verify(tmp_path / "data", SECRET)


def test_a_file_cut_short_is_found(written: Path, tmp_path: Path) -> None:
    """At the end of a chunk too, where all that is there is right."""
    whole = written.read_bytes()
    header = len(vault.FIRST_LINE) + 4 + int.from_bytes(whole[13:17])
    first_chunk = header + 4 + int.from_bytes(whole[header : header + 4])
    for length in (len(whole) - 1, first_chunk, header):
        (tmp_path / "data").write_bytes(whole[:length])

        with pytest.raises(Damaged):
            backup.verify(tmp_path / "data", SECRET)


ABSURD_LOCKS = [{"passes": 0}, {"memory": -5}, {"lanes": 0}, {"salt": ""}, {"salt": [[]]}]


@pytest.mark.parametrize("change", ABSURD_LOCKS, ids=str)
def test_an_absurd_beginning_is_damage_and_nothing_else(written: Path, tmp_path: Path, change: dict[str, Any]) -> None:
    """It is read before anything can say whether it is what was written."""
    whole = written.read_bytes()
    body = len(vault.FIRST_LINE) + 4
    end = body + int.from_bytes(whole[body - 4 : body])
    header = msgspec.json.decode(whole[body:end])
    header["lock"].update(change)
    other = msgspec.json.encode(header)
    (tmp_path / "data").write_bytes(vault.FIRST_LINE + len(other).to_bytes(4) + other + whole[end:])

    with pytest.raises(Damaged, match="damaged at its beginning"):
        backup.verify(tmp_path / "data", SECRET)


FORGED = {
    "a document of no length": [(b"C", b"letters"), (b"D", bytes(8))],
    "a document that is longer than what there is": [(b"C", b"letters"), (b"D", b"\xff\xff\0\0\0")],
    "a name that is none": [(b"C", b"\xff"), (b"D", b"\x05\0\0\0\0")],
    "a collection of the server's own": [(b"C", b"system.views"), (b"D", b"\x05\0\0\0\0")],
    "a manifest that is none": [(b"M", b"{}")],
    "a manifest that is nested without end": [(b"M", b'{"x":' + b"[" * 100_000)],
    "a frame of four gigabytes": [],
}


@pytest.mark.parametrize("frames", FORGED.values(), ids=FORGED.keys())
def test_a_file_that_somebody_forged_for_the_recipient_is_refused(tmp_path: Path, frames: list[Any]) -> None:
    """The public key is enough to write one that opens."""
    mine = vault.new_private_key()
    with vault.new_file(tmp_path / "data") as file:
        writer = vault.Writer(file, Recipient(mine.recipient.public), kind="data", made_at=datetime.now(UTC))
        for kind, data in frames:
            writer.write(kind + len(data).to_bytes(4) + data)
        if not frames:
            writer.write(b"D\xff\xff\xff\xff")
        writer.close()

    with pytest.raises(Damaged):
        backup.verify(tmp_path / "data", mine)


async def test_a_recipient_needs_no_secret_on_the_machine_that_writes(full: Database, tmp_path: Path) -> None:
    """Read back all the same; it opens with the private key alone."""
    mine, other = vault.new_private_key(), vault.new_private_key()
    file = tmp_path / "data"

    wrote = await backup.write(full.client, full.name, file, Recipient(mine.recipient.public), hub="0", told=unheard)

    assert backup.verify(file, mine) == wrote
    for stranger in (other, SECRET):
        with pytest.raises(SetupError):
            backup.verify(file, stranger)


async def test_keys_go_into_a_file_of_their_own(full: Database, written: Path, tmp_path: Path) -> None:
    """Locked, too; and those of another database are told before anything is restored."""
    load_keys(tmp_path / "keys.json", make=True)
    others = load_keys(tmp_path / "keys.json", make=False)
    backup.write_keys(tmp_path / "keys", others, SECRET)

    assert backup.read_keys(tmp_path / "keys", SECRET) == others
    assert others.blind.encode() not in (tmp_path / "keys").read_bytes()
    with pytest.raises(SetupError, match="not the keys"):
        backup.check_keys(backup.verify(written, SECRET), new_key_file(), tmp_path / "keys")
    with pytest.raises(SetupError, match="name the other file"):
        backup.read_keys(written, SECRET)


async def test_a_database_that_is_not_empty_is_refused_unless_told(
    full: Database, written: Path, elsewhere: str
) -> None:
    there = full.client[elsewhere]
    await there["letters"].insert_one({"_id": "mine"})

    with pytest.raises(SetupError, match="is not empty"):
        await restored(full, elsewhere, written)
    assert await there["letters"].find_one({"_id": "mine"})

    await restored(full, elsewhere, written, replace=True)
    assert await there["letters"].count_documents({}) == LETTERS


async def test_a_restore_beside_a_living_hub_is_refused(full: Database, written: Path, elsewhere: str) -> None:
    await full.client[elsewhere]["canaries"].insert_one({"_id": "node-1", "at": datetime.now(UTC)})

    with pytest.raises(SetupError, match="a hub works on this database"):
        await restored(full, elsewhere, written, replace=True)


async def test_a_restore_beside_a_hub_that_has_just_started_is_refused(
    full: Database, written: Path, elsewhere: str
) -> None:
    """It has not sung yet, but holds its name; when it has left, the restore goes on."""
    there = Database(full.client, elsewhere, full.cipher)
    name = NodeName(there, "node-1")
    await name.take()

    with pytest.raises(SetupError, match=r"a hub works on this database \(node node-1\)"):
        await restored(full, elsewhere, written, replace=True)

    await name.leave()
    await restored(full, elsewhere, written, replace=True)


async def test_a_restore_that_did_not_end_is_told_and_can_be_done_again(
    full: Database, written: Path, elsewhere: str, tmp_path: Path
) -> None:
    """Killed in the middle, it leaves its mark: no hub starts on half a database, and no backup is made of it."""
    there = full.client[elsewhere]
    await there["installation"].insert_one({"_id": backup.RESTORING})

    with pytest.raises(SetupError, match="did not end"):
        await backup.refuse_half(there)
    with pytest.raises(SetupError, match="did not end"):
        await backup.write(full.client, elsewhere, tmp_path / "data", SECRET, hub="0", told=unheard)
    await restored(full, elsewhere, written, replace=True)
    await backup.refuse_half(there)


async def test_a_database_that_is_half_emptied_when_a_restore_ends_is_marked_too(
    full: Database, written: Path, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost after the first collection has gone."""
    there = full.client[elsewhere]
    for name in ("accounts", "letters"):
        await there[name].insert_one({"_id": "mine"})
    drop, dropped = AsyncDatabase.drop_collection, []

    async def drop_one(database: AsyncDatabase[Any], name: Any, *rest: Any, **more: Any) -> Any:
        if dropped:
            raise AutoReconnect("connection closed")
        dropped.append(name)
        return await drop(database, name, *rest, **more)

    monkeypatch.setattr(AsyncDatabase, "drop_collection", drop_one)
    with pytest.raises(AutoReconnect):
        await restored(full, elsewhere, written, replace=True)

    assert dropped == ["accounts"]
    with pytest.raises(SetupError, match="did not end"):
        await backup.refuse_half(there)


async def test_a_backup_never_replaces_a_file_and_leaves_no_half_one(full: Database, written: Path) -> None:
    before = written.read_bytes()

    with pytest.raises(SetupError, match="is there already"):
        await backup.write(full.client, full.name, written, SECRET, hub="0", told=unheard)
    with pytest.raises(SetupError, match="cannot be written"):
        await backup.write(full.client, full.name, written.parent / "no" / "x", SECRET, hub="0", told=unheard)

    assert written.read_bytes() == before
    assert [file.name for file in written.parent.iterdir()] == ["data"]


def test_of_two_commands_that_write_one_file_one_does_and_the_other_says_so(tmp_path: Path) -> None:
    """The first ends while the second is in the middle: it must not give its name to what the second has so far."""
    path = tmp_path / "data"
    first, second = vault.new_file(path), vault.new_file(path)
    first.__enter__().write(b"the first, in full")
    file = second.__enter__()
    file.write(b"half of ")

    with pytest.raises(SetupError, match="another command"):
        first.__exit__(None, None, None)
    there = path.exists()
    file.write(b"the second")
    second.__exit__(None, None, None)

    assert (there, path.read_bytes()) == (False, b"half of the second")
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_secrets_do_not_print() -> None:
    assert "2026" not in repr(SECRET)
    assert repr(PrivateKey(b"x" * 32)) == "Identity(***)"
