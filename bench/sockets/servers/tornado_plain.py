"""Peer: Tornado as its documentation shows it: ``write_message`` to each socket."""

from __future__ import annotations

import asyncio

from orders import obey, payload
from tornado.escape import json_encode
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application
from tornado.websocket import WebSocketHandler


class Socket(WebSocketHandler):
    """Registers itself under its person."""

    def initialize(self, persons: dict[int, Socket]) -> None:
        self.persons = persons

    def open(self, *args: str, **kwargs: str) -> None:
        self.person = int(self.get_query_argument("person"))
        self.persons[self.person] = self

    def on_message(self, message: str | bytes) -> None:
        """Says nothing."""

    def on_close(self) -> None:
        self.persons.pop(self.person, None)


async def main() -> None:
    persons: dict[int, Socket] = {}

    async def burst(count: int) -> None:
        for number in range(count):
            text = json_encode(payload(number))
            for socket in persons.values():
                socket.write_message(text)

    async def person(number: int) -> None:
        persons[number].write_message(json_encode(payload(number)))

    server = HTTPServer(Application([("/ws", Socket, {"persons": persons})]))
    [listening] = bind_sockets(0, "127.0.0.1", backlog=4096)
    server.add_sockets([listening])
    print("ready", listening.getsockname()[1], flush=True)
    await obey(burst, person)


asyncio.run(main())
