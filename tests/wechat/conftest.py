"""A stand-in per test, the hub's client on it, and a place for its callbacks to land."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import msgspec
import pytest
from aiohttp import web

from hub.wechat.accounts import WeChatAccount
from hub.wechat.callbacks import ANSWER, Callback, CallbackQuery, CallbackRefused, open_callback
from hub.wechat.client import WeChat
from hub.wechat.connections import open_http
from hub.wechat.simulator import Remote, Simulator, SimulatorSettings, StandInAccount, Template
from hub.words.clock import MovingClock

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
OA_AES = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MP_AES = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
TODO = "tpl-todo-0001"
PROGRESS = "tpl-progress-0002"


class Landing:
    """The hub's callback address: opens what comes, keeps it, and answers as told."""

    def __init__(self, clock: MovingClock) -> None:
        self.accounts: dict[str, WeChatAccount] = {}
        self.taken: list[Callback] = []
        self.refused: list[str] = []
        self.raw: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[str] = []
        self.url = ""
        self._clock = clock

    @property
    def notices(self) -> list[object]:
        return [notice for callback in self.taken for notice in callback.notices]

    async def receive(self, request: web.BaseRequest) -> web.Response:
        query, body = dict(request.query), await request.read()
        self.raw.append((query, body))
        account = self.accounts[request.path.rsplit("/", 1)[-1]]
        try:
            self.taken.append(open_callback(account, msgspec.convert(query, CallbackQuery), body, self._clock.now()))
        except CallbackRefused as trouble:
            self.refused.append(trouble.reason)
            return web.Response(status=403)
        return web.Response(text=self.answers.pop(0) if self.answers else ANSWER)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock(NOON)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_http() as session:
        yield session


@pytest.fixture
async def landing(clock: MovingClock) -> AsyncIterator[Landing]:
    landing = Landing(clock)
    runner = web.ServerRunner(web.Server(landing.receive, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    landing.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"
    yield landing
    await runner.cleanup()


@pytest.fixture
async def stand_in(clock: MovingClock, landing: Landing) -> AsyncIterator[Simulator]:
    """One official account `wx-oa`, one mini program `wx-mp`; their callbacks go to `landing`."""
    simulator = Simulator((), clock, SimulatorSettings(callback_retry_gap=0.01, callback_timeout=60.0))
    await simulator.start()
    for account in (official(simulator.url), mini_program(simulator.url)):
        landing.accounts[account.appid] = account
        templates = {
            TODO: Template(title="待办提醒", fields=("thing1", "time2")),
            PROGRESS: Template(title="申报进度", fields=("thing1", "phrase2")),
        }
        simulator.world.open_account(StandInAccount.of(account, f"{landing.url}/{account.appid}", templates))
    yield simulator
    await simulator.stop()


@pytest.fixture
async def phones(stand_in: Simulator, http: aiohttp.ClientSession) -> Remote:
    """The people: what a test says to the stand-in."""
    return Remote(stand_in.control_url, http)


@pytest.fixture
def oa(stand_in: Simulator, http: aiohttp.ClientSession, clock: MovingClock) -> WeChat:
    return WeChat(official(stand_in.url), http, clock)


@pytest.fixture
def mp(stand_in: Simulator, http: aiohttp.ClientSession, clock: MovingClock) -> WeChat:
    return WeChat(mini_program(stand_in.url), http, clock)


def official(url: str) -> WeChatAccount:
    return WeChatAccount(
        name="oa",
        kind="oa",
        appid="wx-oa",
        secret="oa-secret-0123456789",
        callback_token="oa-callback-token",
        aes_key=OA_AES,
        base_url=url,
        templates={"todo": TODO, "progress": PROGRESS},
    )


def mini_program(url: str) -> WeChatAccount:
    return WeChatAccount(
        name="ykt",
        kind="mp",
        app="ykt",
        appid="wx-mp",
        secret="mp-secret-0123456789",
        callback_token="mp-callback-token",
        aes_key=MP_AES,
        base_url=url,
        templates={"todo": TODO, "progress": PROGRESS},
    )
