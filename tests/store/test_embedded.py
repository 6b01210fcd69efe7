"""The embedded server survives what happens to real processes, and each of its users."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import AsyncMongoClient
from pymongo.errors import InvalidOperation, OperationFailure

from hub.store import embedded
from hub.store.database import close_client, new_client
from hub.store.embedded import EmbeddedSettings
from hub.words.errors import SetupError
from tests.waiting import patience, until

# What another process does: joins, says so, and stays until its end.
JOIN_AND_STAY = """
import asyncio, sys
from pathlib import Path
from hub.store import embedded

async def stay():
    server = await embedded.start(embedded.EmbeddedSettings(Path(sys.argv[1]), port=0))
    print(server.pid, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()

asyncio.run(stay())
"""


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[EmbeddedSettings]:
    """A folder of the test's own; what a failed test left running in it is ended."""
    chosen = EmbeddedSettings(tmp_path / "mongod", port=0)
    yield chosen
    for leftover in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # It ended while we looked.
            if os.fsencode(chosen.folder) + b"/" in leftover.read_bytes().split(b"\0"):
                os.kill(int(leftover.parent.name), signal.SIGKILL)


async def another_process(settings: EmbeddedSettings) -> asyncio.subprocess.Process:
    """Returns when it has joined."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", JOIN_AND_STAY, settings.folder, stdin=pipe, stdout=pipe
    )
    assert process.stdout
    assert await process.stdout.readline()
    return process


async def leave(process: asyncio.subprocess.Process) -> None:
    assert process.stdin
    process.stdin.close()
    await process.wait()


def runs(pid: int) -> bool:
    """A process that has ended, yet was not asked for its exit code by its parent, does not run."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


async def test_a_started_server_takes_transactions_and_change_streams(settings):
    """It is a replica set, not a lone server."""
    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        async with await client.town.letters.watch() as stream, client.start_session() as session:
            async with await session.start_transaction():
                await client.town.letters.insert_one({"_id": 1}, session=session)
            change = await anext(stream)

    assert change["fullDocument"] == {"_id": 1}


async def test_nobody_gets_in_without_the_password(settings):
    async with await embedded.start(settings) as server:
        async with AsyncMongoClient("127.0.0.1", server.port, directConnection=True) as stranger:
            with pytest.raises(OperationFailure, match="authentication"):
                await stranger.town.letters.find_one()


async def test_secrets_are_readable_by_the_owner_alone(settings):
    async with await embedded.start(settings) as server:
        files = [settings.folder / "password", settings.folder / "keyfile"]

        assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
        assert files[0].read_text() in server.uri
        assert files[0].read_text() not in repr(server)
        assert files[0].read_bytes() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


async def test_it_listens_on_loopback_only(settings):
    async with await embedded.start(settings) as server:
        listening = [line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines() if " 0A " in line]

    assert [address for address in listening if address.endswith(f":{server.port:04X}")] == [
        f"0100007F:{server.port:04X}"
    ]


async def test_it_may_open_all_files_that_the_machine_allows(settings):
    """It holds one for each collection, index and connection; a shell allows fewer."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, allowed[1]), allowed[1]))

    async with await embedded.start(settings) as server:
        limits = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)

    assert limits == (allowed[1], allowed[1])


async def test_what_is_dropped_gives_its_files_back(settings):
    """Else a run of tests, where hubs come and go, would have all files open that the machine allows."""
    often = replace(settings, history=timedelta(0), checkpoint_every=timedelta(seconds=1))
    async with await embedded.start(often) as server, AsyncMongoClient[Any](server.uri) as client:
        for number in range(50):
            await client.town[f"letters{number}"].insert_one({"_id": 1})
        full = len(list((settings.folder / "db").glob("*.wt")))

        await client.drop_database("town")

        async def given_back() -> bool:
            return len(list((settings.folder / "db").glob("*.wt"))) <= full - 100

        await until(given_back)


async def test_the_second_process_joins(settings):
    async with await embedded.start(settings) as server:
        other = await another_process(settings)
        joined = await embedded.start(settings)

        assert joined.pid == server.pid
        await joined.stop()
        await leave(other)
        assert runs(server.pid)


async def test_processes_that_start_at_once_share_one_server(settings):
    servers = await asyncio.gather(*(embedded.start(settings) for _ in range(4)))

    assert len({server.pid for server in servers}) == 1
    for server in servers:
        await server.stop()


async def test_the_starter_may_leave_first_and_the_last_one_stops_it(settings):
    starter = await another_process(settings)
    server = await embedded.start(settings)

    await leave(starter)
    survived = runs(server.pid)
    pid = server.pid
    await server.stop()

    assert survived
    assert not runs(pid)


async def test_a_server_that_outlived_its_hub_is_adopted(settings):
    starter = await another_process(settings)
    starter.kill()
    await starter.wait()

    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        pid = server.pid
        await client.town.letters.insert_one({"_id": 1})

    assert not runs(pid)


async def test_a_hub_killed_while_it_starts_or_stops_the_server_leaves_no_mess(settings):
    """Killed at any moment of a first start, and of the stop that follows, the next one ends with a working server."""
    for after in (0.1, 0.3, 0.5, 0.7, 0.9, 1.1):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", JOIN_AND_STAY, settings.folder, stdin=asyncio.subprocess.DEVNULL
        )
        await asyncio.sleep(after)  # A moment to be hit by chance, not a time to wait for.
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        assert await client.town.letters.count_documents({}) == 0


async def test_a_server_that_is_just_being_stopped_is_replaced(settings):
    """At once, or as soon as it has gone: for a moment after the signal it still answers as if nothing were the matter."""
    async with await embedded.start(settings) as server:
        stopping = server.pid
        os.kill(stopping, signal.SIGTERM)

        async with await embedded.start(settings) as joined, AsyncMongoClient[Any](joined.uri) as client:
            async with patience():
                while joined.pid == stopping:
                    await asyncio.sleep(0.01)

            assert await client.town.letters.count_documents({}) == 0


async def test_a_killed_server_is_started_again_with_its_documents(settings):
    """Its clients keep their address and need not know."""
    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        letters, killed = client.town.letters, server.pid
        await letters.insert_one({"_id": 1})

        os.kill(server.pid, signal.SIGKILL)
        await letters.insert_one({"_id": 2})

        assert await letters.distinct("_id") == [1, 2]
        async with patience():
            while server.pid == killed:
                await asyncio.sleep(0.01)


async def test_a_full_disk_does_not_end_whoever_keeps_the_server_alive(settings):
    """It is told, tried again, and goes on by itself when there is room. (A folder where a file belongs: an OSError, too.)"""
    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        in_the_way, killed = settings.folder / "address.new", server.pid
        in_the_way.mkdir()
        os.kill(killed, signal.SIGKILL)
        async with asyncio.timeout(60):
            while "does not start" not in (server.problem() or ""):
                await asyncio.sleep(0.01)

        in_the_way.rmdir()

        await client.town.letters.insert_one({"_id": 1})
        async with asyncio.timeout(60):
            while server.pid == killed:
                await asyncio.sleep(0.01)
        assert server.problem() is None


async def test_a_server_that_never_answers_is_one_sentence(settings):
    async with await embedded.start(settings) as server:
        os.kill(server.pid, signal.SIGSTOP)

        with pytest.raises(SetupError, match="mongod was not ready") as told:
            await embedded.start(replace(settings, start_within=timedelta(seconds=1)))

        os.kill(server.pid, signal.SIGCONT)
    assert len(told.value.problems) == 1


async def test_a_killed_server_and_hub_come_back_with_their_documents(settings):
    starter = await another_process(settings)
    joined = await embedded.start(settings)
    async with AsyncMongoClient[Any](joined.uri) as client:
        await client.town.letters.insert_one({"_id": 1})
    starter.kill()
    await starter.wait()
    os.kill(joined.pid, signal.SIGKILL)
    await joined.stop()

    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        assert await client.town.letters.distinct("_id") == [1]


async def test_a_port_in_use_is_gone_round_and_the_data_stay(settings):
    """Also when the data were made on another port, which their replica set remembers."""
    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        await client.town.letters.insert_one({"_id": 1})
    with socket.create_server(("127.0.0.1", 0)) as squatter:
        taken = squatter.getsockname()[1]

        async with await embedded.start(replace(settings, port=taken)) as server:
            async with AsyncMongoClient[Any](server.uri) as client:
                found = await client.town.letters.distinct("_id")

    assert server.port != taken
    assert found == [1]


async def test_a_port_that_is_snatched_between_the_look_and_the_listening_is_gone_round(settings):
    """Linux lets two bind it; the one that listens first has it. Where that was the server, nothing was seen: once more."""
    for n in range(5):
        own = replace(settings, folder=settings.folder / str(n))
        if await is_snatched_and_gone_round(own):
            assert "31339" in (own.folder / "mongod.log.1").read_text()
            return
    pytest.fail("the server always listened first")


async def is_snatched_and_gone_round(settings: EmbeddedSettings) -> bool:
    """Whether the port was snatched; then the server has another."""
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", 0))
        taken = squatter.getsockname()[1]

        starting = asyncio.create_task(embedded.start(replace(settings, port=taken)))
        await until(opens_its_data(settings.folder / "mongod.log"))
        try:
            squatter.listen()
            snatched = True
        except OSError:
            snatched = False
        async with await starting as server:
            assert (server.port != taken) == snatched
    return snatched


def opens_its_data(log: Path) -> Callable[[], Awaitable[bool]]:
    """Then a server has bound its port, and does not listen yet."""

    async def looked() -> bool:
        return log.exists() and "Opening WiredTiger" in log.read_text()

    return looked


async def test_a_process_number_used_again_by_another_program_is_not_the_server(settings):
    await (await embedded.start(settings)).stop()
    (settings.folder / "db" / "mongod.lock").write_text(f"{os.getpid()}\n")

    async with await embedded.start(settings) as server:
        assert server.pid != os.getpid()


async def test_values_that_are_searched_for_stay_out_of_the_server_log(settings):
    async with await embedded.start(settings) as server, AsyncMongoClient[Any](server.uri) as client:
        letters = client.town.letters
        await letters.insert_one({"name": "张三丰"})
        await letters.find_one({"$where": "sleep(300) || this.name == '张三丰'"})

    assert "张三丰" not in (settings.folder / "mongod.log").read_text()


async def test_the_wrong_password_file_is_told(settings):
    await (await embedded.start(settings)).stop()
    right = (settings.folder / "password").read_text()
    (settings.folder / "password").write_text("0" * len(right))

    with pytest.raises(SetupError, match="password"):
        await embedded.start(settings)

    (settings.folder / "password").write_text(right)


@pytest.mark.parametrize(
    ("words", "code", "advice"),
    [
        ("error while loading shared libraries: libcurl.so.4: cannot open", 127, "apt-get install -y libcurl4"),
        ("error while loading shared libraries: libcrypto.so.3: cannot open", 127, "OpenSSL 3"),
        ("", 132, "AVX"),
        ("ERROR: child process failed, exited with 62", 62, "another MongoDB version"),
        ("something new", 1, "something new"),
    ],
)
async def test_a_program_that_does_not_start_says_what_to_do(settings, tmp_path, monkeypatch, words, code, advice):
    program = tmp_path / "bin" / "mongod"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\necho '{words}'\nexit {code}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)

    with pytest.raises(SetupError, match=advice):
        await embedded.start(settings)


async def test_a_client_is_closed_though_its_server_is_gone(settings):
    """The driver would wait for it to say goodbye: here for an hour."""
    async with await embedded.start(settings) as server:
        client = new_client(server.uri + "&serverSelectionTimeoutMS=3600000")
        await client.admin.command("ping")

    async with patience():
        await close_client(client)

    with pytest.raises(InvalidOperation, match="after close"):
        await client.admin.command("ping")


async def test_a_client_whose_closing_is_cancelled_is_closed(settings):
    async with await embedded.start(settings) as server:
        client = new_client(server.uri + "&serverSelectionTimeoutMS=3600000")
        await client.admin.command("ping")
    closing = asyncio.create_task(close_client(client))

    await asyncio.sleep(0)
    closing.cancel()
    async with patience():
        with pytest.raises(asyncio.CancelledError):
            await closing

    with pytest.raises(InvalidOperation, match="after close"):
        await client.admin.command("ping")


async def test_a_closing_that_is_cut_off_leaves_no_socket(settings):
    """At whichever turn of the loop: one that is found later is a warning, and so an error of this test."""
    async with await embedded.start(settings) as server:
        for turns in range(1, 21):
            client = new_client(server.uri)
            await client.admin.command("ping")
            closing = asyncio.create_task(close_client(client))
            for _ in range(turns):
                await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait((closing,))
            del client, closing

    gc.collect()
