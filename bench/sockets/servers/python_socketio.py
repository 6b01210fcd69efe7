"""Peer: python-socketio on uvicorn (uvloop, httptools), a room per person."""

from __future__ import annotations

import asyncio
import os
import socket

import socketio
import uvicorn
from orders import obey, payload


async def main() -> None:
    io = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], ping_interval=300, http_compression=False)

    @io.event
    async def connect(sid: str, environ: object, auth: dict[str, str]) -> None:
        await io.enter_room(sid, "p" + auth["person"])

    async def burst(count: int) -> None:
        for number in range(count):
            await io.emit("msg", payload(number))

    async def person(number: int) -> None:
        await io.emit("msg", payload(number), room=f"p{number}")

    listening = socket.create_server(("127.0.0.1", 0), backlog=4096)
    config = uvicorn.Config(
        socketio.ASGIApp(io), log_level="error", ws_per_message_deflate=False, ws_ping_interval=None, lifespan="off"
    )
    serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[listening]))
    await asyncio.sleep(0.5)
    print("ready", listening.getsockname()[1], flush=True)
    await obey(burst, person)
    # Its polite shutdown waits for every connection.
    os._exit(0)
    await serving


uvloop_factory = uvicorn.Config(lambda: None, loop="uvloop").get_loop_factory()
with asyncio.Runner(loop_factory=uvloop_factory) as runner:
    runner.run(main())
