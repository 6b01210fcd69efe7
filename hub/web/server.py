"""The HTTP server: before it stops, it answers what it has taken."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPConnection, HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine

# A request whose first bytes are on their way when the last answer goes out is still taken: nothing at work, so many
# looks in a row.
LOOK_EVERY, LOOKS = timedelta(milliseconds=20), 3


class Server(HTTPServer):
    """Knows which of its connections are in the middle of a request: from its headers to the last byte of the answer."""

    _at_work: set[object]

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        super().initialize(*args, **kwargs)
        self._at_work = set()

    async def finish(self, within: timedelta) -> None:
        """Take no more connections, answer the requests at work, and close; those that take longer than ``within`` are cut.

        A connection that is kept alive may bring one more request, and is told to close with its answer.
        """
        # One turn for what the kernel has accepted already: its clients have sent their requests.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        self.stop()
        self.conn_params.no_keep_alive = True
        with suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                await self._quiet()
        await self.close_all_connections()

    async def _quiet(self) -> None:
        looks = 0
        while looks < LOOKS:
            await asyncio.sleep(LOOK_EVERY.total_seconds())
            looks = 0 if self._at_work else looks + 1

    # --- asked by the connections

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        # Asked again only when the answer before is written in full.
        self._at_work.discard(server_conn)
        return _Marked(super().start_request(server_conn, request_conn), lambda: self._at_work.add(server_conn))

    def on_close(self, server_conn: object) -> None:
        self._at_work.discard(server_conn)
        super().on_close(server_conn)


class _Marked(HTTPMessageDelegate):
    """Passes a request on, and says when its headers are there."""

    def __init__(self, inner: HTTPMessageDelegate, begun: Callable[[], None]) -> None:
        self._inner = inner
        self._begun = begun
        self.data_received = inner.data_received  # type: ignore[method-assign]  # asked for every chunk
        self.finish = inner.finish  # type: ignore[method-assign]
        self.on_connection_close = inner.on_connection_close  # type: ignore[method-assign]

    def headers_received(
        self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders
    ) -> Awaitable[None] | None:
        self._begun()
        return self._inner.headers_received(start_line, headers)
