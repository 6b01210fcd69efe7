"""``python -m hub.wechat.simulator``: the stand-in as a process of its own.

Prints one line of JSON with its addresses when it listens; ends on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import msgspec

from hub.wechat.simulator import Simulator, SimulatorSettings, StandInAccount
from hub.words.clock import SystemClock


def main() -> None:
    """Read the options and serve until told to stop."""
    options = _parser().parse_args()
    settings = SimulatorSettings(
        host=options.host, keep_messages=options.keep_messages, allow_origin=options.allow_origin
    )
    clock = SystemClock(timedelta(seconds=options.clock_offset))
    asyncio.run(_serve(Simulator(_accounts(options.accounts), clock, settings), options.port, options.control_port))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hub.wechat.simulator", description="A stand-in for WeChat's API.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--port", type=int, default=0, help="port of WeChat's face (default: a free one)")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control face (default: a free one)")
    parser.add_argument("--accounts", help="file with a JSON array of accounts; - reads them from standard input")
    parser.add_argument("--keep-messages", type=int, default=10_000, help="messages remembered over all phones")
    parser.add_argument("--clock-offset", type=float, default=0.0, help="seconds ahead of the machine's clock")
    parser.add_argument("--allow-origin", help="origin of a page that may read the control face from a browser")
    return parser


def _accounts(source: str | None) -> list[StandInAccount]:
    if source is None:
        return []
    text = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    try:
        return msgspec.json.decode(text, type=list[StandInAccount])
    except msgspec.DecodeError as trouble:
        sys.exit(f"{source}: not a list of accounts: {trouble}")


async def _serve(simulator: Simulator, port: int, control_port: int) -> None:
    stopping = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
    url = await simulator.start(port, control_port)
    sys.stdout.write(msgspec.json.encode({"url": url, "control_url": simulator.control_url}).decode() + "\n")
    sys.stdout.flush()
    await stopping.wait()
    await simulator.stop()


if __name__ == "__main__":
    main()
