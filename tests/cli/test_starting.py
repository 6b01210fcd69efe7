"""A start that fails says why in one sentence, with exit code 2 and never a traceback; a start that works says what it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import AsyncMongoClient

from hub.store import embedded
from tests.cli.conftest import Ended, run, write_config


def assert_one_sentence(ended: Ended, words: str) -> None:
    """Exit code 2, one problem, and nothing of how the program is built."""
    assert ended.code == 2, ended.err
    assert words in ended.err
    assert "Traceback" not in ended.err and " 2. " not in ended.err


@pytest.fixture(scope="module")
async def standalone(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The address of a MongoDB that is no replica set, as `apt-get install` leaves it."""
    folder = tmp_path_factory.mktemp("standalone")
    socket = folder / "mongodb-27017.sock"
    process = await asyncio.create_subprocess_exec(
        embedded.find_program(),
        *("--dbpath", str(folder), "--bind_ip", str(socket), "--logpath", str(folder / "log"), "--port", "27017"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    uri = f"mongodb://{str(socket).replace('/', '%2F')}/"
    async with AsyncMongoClient[Any](uri) as client:
        await client.admin.command("ping")
    yield uri
    process.terminate()
    await process.wait()


@pytest.mark.parametrize("command", [("check",), ("serve",), ("deliveries", "balance")])
async def test_a_database_that_is_away(tmp_path: Path, command: tuple[str, ...]) -> None:
    config = write_config(tmp_path, store={"uri": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100"})

    assert_one_sentence(await run(config, *command), "the database does not answer (ServerSelectionTimeoutError)")


async def test_a_standalone_database(tmp_path: Path, standalone: str) -> None:
    """It has no transactions: the first write would fail."""
    config = write_config(tmp_path, store={"uri": standalone})

    assert_one_sentence(
        await run(config, "check"), "standalone server, which has no transactions: start it with --replSet"
    )


async def test_a_wrong_password_of_the_database(tmp_path: Path, mongo_uri: str) -> None:
    """It is told without being quoted."""
    password = urlsplit(mongo_uri).password or ""
    config = write_config(tmp_path, store={"uri": mongo_uri.replace(password, "guessed")})

    ended = await run(config, "check")

    assert_one_sentence(ended, "refuses the user or the password of store.uri")
    assert "guessed" not in ended.err


def open_to_others(folder: Path) -> None:
    (folder / "keys.json").write_text("{}")
    (folder / "keys.json").chmod(0o644)


def password_is_empty(folder: Path) -> None:
    (folder / "mongodb").mkdir()
    (folder / "mongodb" / "password").touch(0o600)


def no_folder(folder: Path) -> None:
    (folder / "mongodb").touch()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (open_to_others, "can be read by other users: chmod 600"),
        (password_is_empty, "password is empty: put back the one"),
        (no_folder, "mongodb: File exists: mend it and start again"),
    ],
)
async def test_files_that_are_not_as_they_should_be(tmp_path: Path, harm: Callable[[Path], None], words: str) -> None:
    config = write_config(tmp_path)
    harm(tmp_path)

    assert_one_sentence(await run(config, "serve", "--log-level", "error"), words)
