"""Batching without timers: what comes while the last batch is being written is written together next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Batches(Generic[T, R]):
    """One batch is under way at a time: a lone item waits for nothing, a crowd shares one round trip.

    ``write`` gets the items in the order they came and answers with one result per item; when it raises, each of the
    batch's callers gets that exception. Its callers wait, so their number bounds what is kept here.
    """

    def __init__(
        self, write: Callable[[list[T]], Awaitable[Sequence[R]]], *, most: int, weight: Callable[[T], int]
    ) -> None:
        self._write = write
        self._most = most
        self._weight = weight
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """Wait until the item has been written; its result."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            batch = self._next()
            try:
                results = await self._write([item for item, _ in batch])
            except BaseException as error:
                _fail(batch, error)
                if not isinstance(error, Exception):
                    _fail(list(self._waiting), error)
                    raise
            else:
                for (_, future), result in zip(batch, results, strict=True):
                    if not future.done():
                        future.set_result(result)

    def _next(self) -> list[tuple[T, asyncio.Future[R]]]:
        """As many as fit, at least one."""
        batch = [self._waiting.popleft()]
        room = self._most - self._weight(batch[0][0])
        while self._waiting and (room := room - self._weight(self._waiting[0][0])) >= 0:
            batch.append(self._waiting.popleft())
        return batch


def _fail(batch: Sequence[tuple[T, asyncio.Future[R]]], error: BaseException) -> None:
    for _, future in batch:
        if not future.done():
            # Its own copy would lose the traceback; the same one in several callers is fine, they only look at it.
            future.set_exception(error) if isinstance(error, Exception) else future.cancel()
