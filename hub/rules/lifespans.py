"""What plugins keep for as long as the hub serves: entered at the start, left at the stop, each for itself."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog

from hub.rules.blame import blamed
from hub.rules.plugins import Plugin
from hub.rules.sources import place_of
from hub.rules.traces import cause
from hub.words.endings import within
from hub.words.errors import SetupError

log = structlog.get_logger("hub.plugins")

# Nobody is served before all have come; the whole stop has ``server.stop_within``.
ENTERED_WITHIN, LEFT_WITHIN = timedelta(minutes=1), timedelta(seconds=5)


@asynccontextmanager
async def alive(
    plugins: Iterable[Plugin],
    config: Callable[[str], Any],
    *,
    entered_within: timedelta = ENTERED_WITHIN,
    left_within: timedelta = LEFT_WITHIN,
) -> AsyncIterator[None]:
    """Within all their lifespans. Raises one ``SetupError`` with the problems of all that cannot be entered."""
    problems: list[str] = []
    async with AsyncExitStack() as stack:
        for plugin in plugins:
            if plugin.lifespan is not None:
                try:
                    life = await _enter(plugin, plugin.lifespan, config(plugin.name), entered_within)
                except SetupError as error:
                    problems += error.problems
                else:
                    stack.push_async_callback(_leave, plugin, life, left_within)
        if problems:
            raise SetupError(*problems)
        yield


async def _enter(
    plugin: Plugin, lifespan: Callable[[Any], Any], config: Any, limit: timedelta
) -> AbstractAsyncContextManager[Any]:
    with blamed(plugin, "lifespan", lifespan):
        life = lifespan(config)
        if not isinstance(life, AbstractAsyncContextManager):
            if inspect.iscoroutine(life):
                life.close()
            rule = "lifespan is no context manager: write @asynccontextmanager above it"
            raise SetupError(f"plugin '{plugin.name}': {place_of(lifespan)}{rule}")
        async with within(limit):
            await life.__aenter__()
    return life


async def _leave(plugin: Plugin, life: AbstractAsyncContextManager[Any], limit: timedelta) -> None:
    """One that fails here, or does not end, keeps nobody from stopping in good order."""
    try:
        async with within(limit):
            await life.__aexit__(None, None, None)
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises is its own trouble, not the others'
        log.warning("a plugin's lifespan failed at its end", plugin=plugin.name, error=cause(error, plugin.has_file))
