"""What all Python servers share: the payload, and orders from the load side, one per line on stdin. No import of the hub."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable

Payload = dict[str, object]


def payload(number: int) -> Payload:
    return {"number": number, "title": "新的待办", "text": "MARK" + "x" * 180, "at": "2026-11-23T01:00:00Z"}


async def obey(
    burst: Callable[[int], Awaitable[None]],
    person: Callable[[int], Awaitable[None]],
    more: Callable[[str], Awaitable[str | None]] | None = None,
) -> None:
    """Until stdin ends or says quit: it must not outlive the load side."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async for line in lines:
        order, *words = line.decode().split()
        if order == "burst":
            await burst(int(words[0]))
        elif order == "persons":
            for number in range(int(words[0]), int(words[1])):
                await person(number)
                if number % 100 == 99:
                    await asyncio.sleep(0)
        elif order == "quit":
            return
        elif more is not None and (answer := await more(line.decode())) is not None:
            print(answer, flush=True)
