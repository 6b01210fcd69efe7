"""Work that a hostile file can make long or large, in processes that can be ended.

Decoders of pictures, tables and PDF files are compiled code that no ``await`` interrupts: what takes too long, or grows too
large, is ended with its process, and a fresh process takes its place. One pool per kind of work, so that slow tables never
keep pictures waiting.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import resource
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import TimeoutError as TookTooLong
from datetime import timedelta
from typing import ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from hub.words.errors import Invalid, TooMany, Unavailable

P = ParamSpec("P")
T = TypeVar("T")
GIBIBYTE = 1 << 30


class TooCostly(Invalid):
    """The work was ended because of the time or the memory that it took."""

    code = "too_costly"
    message = "文件过于复杂，无法处理，请重新保存或拆分后再上传。"


class Processes:
    """A pool of ``at_once`` processes, started with the first work.

    ``waiting`` bounds what waits for one of them, ``of_one`` what one person may have at work and waiting. A process may use
    ``memory`` bytes of address space.
    """

    def __init__(self, *, at_once: int, waiting: int, of_one: int, memory: int = 2 * GIBIBYTE) -> None:
        self._at_once = at_once
        self._most = at_once + waiting
        self._of_one = of_one
        self._memory = memory
        self._pool: ProcessPool | None = None
        self._people: Counter[str] = Counter()

    @property
    def busy(self) -> int:
        """How much is at work or waiting."""
        return self._people.total()

    async def run(
        self, person: str, within: timedelta, call: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What ``call`` returns; arguments and result are pickled. What it raises is raised here.

        ``within`` counts from the start of the work. Raises ``TooCostly`` for work that was ended, ``TooMany`` when ``person``
        has enough of it already, ``Unavailable`` when everybody together has. Cancelling ends the work.
        """
        self._enter(person)
        try:
            future = self._started().schedule(call, args=args, kwargs=kwargs, timeout=within.total_seconds())
            return await asyncio.wrap_future(future)
        except (TookTooLong, ProcessExpired, MemoryError):
            # `from None`: what a decoder says may quote the file.
            raise TooCostly from None
        finally:
            self._leave(person)

    def close(self) -> None:
        """End all processes, whatever they do."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble leaves it without types
            self._pool.join()
            self._pool = None

    def _enter(self, person: str) -> None:
        if self._people[person] >= self._of_one:
            raise TooMany("您上传的文件还在处理，请等处理完再上传。", retry_after=5)
        if self.busy >= self._most:
            raise Unavailable("上传的人较多，请稍后再试。", retry_after=5)
        self._people[person] += 1

    def _leave(self, person: str) -> None:
        self._people[person] -= 1
        if not self._people[person]:
            del self._people[person]

    def _started(self) -> ProcessPool:
        if self._pool is None:
            # Fresh interpreters: a fork would copy the event loop, its threads and its sockets.
            self._pool = ProcessPool(
                max_workers=self._at_once,
                initializer=_bounded,
                initargs=(self._memory,),
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool


def _bounded(memory: int) -> None:
    # The terminal's Ctrl-C reaches the whole group: the hub ends its processes itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
