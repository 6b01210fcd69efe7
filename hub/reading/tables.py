"""Reading uploaded tables, YAML and office files in processes that can be ended, while the hub serves others.

The file goes to the process, and its rows come back, through files without a name: neither is in the hub's memory as a whole,
and nothing of them stays on the disk, whoever dies.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import IO, Annotated, Any

import msgspec
import yaml

from hub.reading.officefiles import OfficeFile, read_office_file
from hub.reading.sheets import CHUNK, Column, SheetRow, decoded, read_rows
from hub.words.contributions import Upload
from hub.words.errors import Invalid
from hub.words.processes import Processes
from hub.words.ranges import Range, Threads
from hub.words.text import cleaned

MEBIBYTE = 1 << 20
SIZE = 4  # bytes that tell how long a frame of rows is
# Of what a YAML file says, and of a table that is kept as a whole: so much is read and written at once without holding others up.
MOST_WHOLE = 4 * MEBIBYTE
TOO_MUCH = "文件内容太多，请分成几个文件。"


class TableSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``tables:`` of config.yaml: uploaded tables are read by ``at_once`` processes, each within ``seconds`` and ``memory``
    (MB); the request's own ``web.answer_within`` ends them as well. ``waiting`` more may wait for them, ``of_one`` of one person
    at work and waiting.
    """

    at_once: Threads = 2
    waiting: Annotated[int, Range(0, 1000)] = 16
    of_one: Annotated[int, Range(1, 1000)] = 2
    seconds: Annotated[int, Range(1, 3600)] = 60
    memory: Annotated[int, Range(256, 65_536)] = 1024


class Tables:
    """Reads tables. One per process of the hub; its own processes start with the first table."""

    def __init__(self, settings: TableSettings) -> None:
        self._within = timedelta(seconds=settings.seconds)
        self._processes = Processes(
            at_once=settings.at_once,
            waiting=settings.waiting,
            of_one=settings.of_one,
            memory=settings.memory * MEBIBYTE,
        )

    async def rows(
        self, person: str, upload: Upload, columns: Sequence[Column], size: int = CHUNK
    ) -> AsyncIterator[list[SheetRow]]:
        """The rows of an uploaded table as :func:`hub.reading.sheets.read_rows` gives them, in lists of at most ``size``.

        The whole table is read before the first list is given. Raises ``Invalid`` for what is no table, ``TooCostly`` for what
        took too much time or memory, ``TooMany`` and ``Unavailable`` for too many at once.
        """
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as taken:
            await asyncio.to_thread(_fill, given, upload.data)
            await self._processes.run(
                person, self._within, read_into, _path(taken), _path(given), upload.filename, tuple(columns), size
            )
            while chunk := await asyncio.to_thread(_next, taken):
                yield chunk

    async def document(self, person: str, upload: Upload) -> Any:
        """What a YAML file says, as JSON would: its texts cleaned, its dates and keys as text. Raises as :meth:`rows` does, ``Invalid``
        also for more than ``MOST_WHOLE``."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as taken:
            await asyncio.to_thread(_fill, given, upload.data)
            await self._processes.run(person, self._within, read_yaml_into, _path(taken), _path(given))
            return msgspec.json.decode(await asyncio.to_thread(taken.read))

    async def office_file(self, person: str, upload: Upload, most_pages: int) -> OfficeFile:
        """A PDF or Word file or a picture as :func:`hub.reading.officefiles.read_office_file` gives it. Raises as :meth:`rows` does."""
        return await self._processes.run(person, self._within, read_office_file, upload.data, most_pages)

    def close(self) -> None:
        """End what is at work."""
        self._processes.close()


def read_into(taken: Path, given: Path, filename: str, columns: Sequence[Column], size: int) -> None:
    """Read the table in ``given`` and write its rows to ``taken``, frame by frame: in a process of its own."""
    rows = read_rows(given.read_bytes(), filename, columns)
    with taken.open("wb") as out:
        while chunk := list(itertools.islice(rows, size)):
            frame = msgspec.msgpack.encode(chunk)
            out.write(len(frame).to_bytes(SIZE, "big") + frame)


def read_yaml_into(taken: Path, given: Path) -> None:
    """Read the YAML file in ``given`` and write what it says to ``taken``: in a process of its own, since a few lines of YAML can say
    more than fits into memory."""
    try:
        loaded = yaml.load(decoded(given.read_bytes(), table=False), yaml.CSafeLoader)
        _check_size(loaded)
        said = msgspec.json.encode(cleaned(loaded))
    except (yaml.YAMLError, RecursionError, ValueError, TypeError, OverflowError):
        # `from None`: the reason would quote the file.
        raise Invalid("文件不是正确的YAML，请检查引号和缩进。") from None
    if len(said) > MOST_WHOLE:
        raise Invalid(TOO_MUCH)
    taken.write_bytes(said)


def _check_size(loaded: Any) -> None:
    """``Invalid`` for what would say too much once its references are written out."""
    size, rest = 0, [loaded]
    while rest:
        each = rest.pop()
        size += 1 + (len(each) if isinstance(each, str | bytes) else 0)
        if size > MOST_WHOLE:
            raise Invalid(TOO_MUCH)
        if isinstance(each, dict):
            rest += (*each.keys(), *each.values())
        elif isinstance(each, list | tuple | set):
            rest += each


def _path(file: IO[bytes]) -> Path:
    """Where another process of this machine finds an open file that has no name."""
    return Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")


def _fill(file: IO[bytes], data: bytes) -> None:
    file.write(data)
    file.flush()


def _next(file: IO[bytes]) -> list[SheetRow]:
    length = int.from_bytes(file.read(SIZE), "big")
    return msgspec.msgpack.decode(file.read(length), type=list[SheetRow]) if length else []
