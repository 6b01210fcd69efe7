"""The transport to WeChat: aiohttp, Tornado's client, and wechatpy's own requests in threads, against one local server.

    scripts/bench decisions.transport

50 calls in flight, each a template message of the usual size. Prints a Markdown table of medians over rounds in turns.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import tornado
import wechatpy
from aiohttp import web
from tornado.httpclient import HTTPRequest
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from wechatpy import WeChatClient

from hub.wechat.accounts import WeChatAccount
from hub.wechat.client import WeChat
from hub.wechat.messages import TemplateMessage
from hub.wechat.outcomes import Sent
from hub.words.clock import SystemClock

ROUNDS, CALLS, IN_FLIGHT = 5, 2000, 50
BODY = {
    "touser": "o" * 28,
    "template_id": "t" * 43,
    "data": {f"thing{number}": {"value": "高龄津贴 · 王*"} for number in range(4)},
}
PATH = "/cgi-bin/message/template/send?access_token=" + "x" * 512
Work = Callable[[], Awaitable[None]]


async def answer(request: web.Request) -> web.Response:
    await request.read()
    if request.path.endswith("token"):
        return web.json_response({"access_token": "x" * 512, "expires_in": 7200})
    return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": 1})


async def serve() -> None:
    """The other side, in a process of its own: says its port and stays."""
    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


async def lanes(call: Callable[[], Awaitable[None]]) -> None:
    async def lane() -> None:
        for _ in range(CALLS // IN_FLIGHT):
            await call()

    await asyncio.gather(*[lane() for _ in range(IN_FLIGHT)])


def by_aiohttp(http: aiohttp.ClientSession, url: str) -> Work:
    async def call() -> None:
        async with http.post(url + PATH, data=json.dumps(BODY, ensure_ascii=False).encode()) as answered:
            await answered.json()

    return lambda: lanes(call)


def by_tornado(client: SimpleAsyncHTTPClient, url: str) -> Work:
    async def call() -> None:
        body = json.dumps(BODY, ensure_ascii=False).encode()
        json.loads((await client.fetch(HTTPRequest(url + PATH, method="POST", body=body))).body)

    return lambda: lanes(call)


def by_the_hub(wechat: WeChat) -> Work:
    message = TemplateMessage(
        openid=BODY["touser"],
        template_id=BODY["template_id"],
        data={key: field["value"] for key, field in BODY["data"].items()},
        client_msg_id="0",
    )

    async def call() -> None:
        assert isinstance(await wechat.send_template(message), Sent)

    return lambda: lanes(call)


def by_wechatpy(client: WeChatClient, threads: ThreadPoolExecutor) -> Work:
    loop = asyncio.get_running_loop()

    def send() -> None:
        client.message.send_template(BODY["touser"], BODY["template_id"], BODY["data"])

    async def call() -> None:
        await loop.run_in_executor(threads, send)

    return lambda: lanes(call)


async def measure(url: str) -> None:
    synchronous = WeChatClient("wx0123456789abcdef", "secret", access_token="x" * 512)
    synchronous.API_BASE_URL = f"{url}/cgi-bin/"
    connector = aiohttp.TCPConnector(limit=IN_FLIGHT)
    with ThreadPoolExecutor(IN_FLIGHT) as threads:
        async with aiohttp.ClientSession(connector=connector) as http:
            tornado_client = SimpleAsyncHTTPClient(force_instance=True, max_clients=IN_FLIGHT)
            account = WeChatAccount(
                name="oa", kind="oa", appid="wx0", secret="s", callback_token="t", aes_key="a" * 43, base_url=url
            )
            ways = {
                f"aiohttp {aiohttp.__version__}": by_aiohttp(http, url),
                "the hub's client on aiohttp": by_the_hub(WeChat(account, http, SystemClock())),
                f"Tornado {tornado.version}, SimpleAsyncHTTPClient": by_tornado(tornado_client, url),
                f"wechatpy {wechatpy.__version__} with requests, {IN_FLIGHT} threads": by_wechatpy(
                    synchronous, threads
                ),
            }
            figures = await in_turns(ways)
            tornado_client.close()
    best = statistics.median(next(iter(figures.values())))
    print("| client | calls/s | against aiohttp |\n|---|---|---|")
    for name, rates in figures.items():
        print(f"| {name} | {statistics.median(rates):.0f} | {statistics.median(rates) / best:.2f} |")


async def in_turns(ways: dict[str, Work]) -> dict[str, list[float]]:
    loop, figures = asyncio.get_running_loop(), {name: list[float]() for name in ways}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            before = loop.time()
            await work()
            figures[name].append(CALLS / (loop.time() - before))
    return figures


def main() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "bench.decisions.transport", "serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        try:
            asyncio.run(measure(f"http://127.0.0.1:{server.stdout.readline().strip()}"))
        finally:
            server.terminate()


if __name__ == "__main__":
    asyncio.run(serve()) if sys.argv[1:] == ["serve"] else main()
