"""The stand-in's HTTP: WeChat's face on one port, the control face on both."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec
from aiohttp import web

from hub.wechat.simulator import api, control
from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.api import Call
from hub.wechat.simulator.codes import Code
from hub.wechat.simulator.refusal import Refusal
from hub.wechat.simulator.settings import SimulatorSettings
from hub.wechat.simulator.weather import Fault
from hub.wechat.simulator.world import World
from hub.words.clock import Clock

_CONTROL = "/_control/"
_AUTHORIZE = "/connect/oauth2/authorize"
_NO_FAULT = Fault(times=None)
# WeChat calls the answers of /sns/ text, whatever is in them.
_JSON = {"Content-Type": "application/json; encoding=utf-8"}
_TEXT = {"Content-Type": "text/plain"}
_STREAM_PAUSE = 15.0
# Answers under way when the stand-in is stopped get this long.
_SHUTDOWN = 0.5

Reply = web.StreamResponse


class _Nothing(web.StreamResponse):
    """For a connection that was cut: there is nobody to write to."""

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write nothing."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing."""


class Simulator:
    """The stand-in as an object: ``url = await simulator.start()``, ``await simulator.stop()``.

    Two ports: ``url`` is WeChat (and the control face), ``control_url`` is the control face alone and stays there
    when an outage makes WeChat refuse connections.
    """

    def __init__(
        self, accounts: Iterable[StandInAccount], clock: Clock, settings: SimulatorSettings | None = None
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self.world = World(clock, self.settings)
        for account in accounts:
            self.world.open_account(account)
        self.url = ""
        self.control_url = ""
        self._calm = asyncio.Event()
        self._wechat: web.ServerRunner | None = None
        self._control: web.ServerRunner | None = None
        self._site: web.TCPSite | None = None

    async def start(self, port: int = 0, control_port: int = 0) -> str:
        """Listen, on free ports unless told, and return the address of WeChat's face."""
        await self.world.events.start()
        self._wechat = await _ready(self._serve)
        self._control = await _ready(self._serve_control)
        self.url = await self._listen(self._wechat, port)
        control_site = web.TCPSite(self._control, self.settings.host, control_port)
        await control_site.start()
        self.control_url = _address(control_site)
        return self.url

    async def stop(self) -> None:
        """Close both faces; hanging calls end."""
        self._calm.set()
        await self.world.events.stop()
        for runner in (self._wechat, self._control):
            if runner:
                await runner.cleanup()

    # --- WeChat's face ---------------------------------------------------------------------------------------------

    async def _serve(self, request: web.BaseRequest) -> Reply:
        if request.path.startswith(_CONTROL):
            return await self._serve_control(request)
        if self.world.weather.outage == "503":
            return web.Response(status=503, text="<html><body>503 Service Unavailable</body></html>")
        if request.path == _AUTHORIZE:
            return self._redirect_with_code(request)
        call = Call(request.method, request.path, request.query, await request.read())
        self.world.in_flight += 1
        try:
            return await self._weathered(request, call)
        finally:
            self.world.in_flight -= 1
            if call.account and call.busy:
                call.account.busy.discard(call.busy)

    async def _weathered(self, request: web.BaseRequest, call: Call) -> Reply:
        """Work on the call, with whatever goes wrong before and after."""
        fault = self._fault(call)
        if await self._is_cut(request, fault, "before"):
            return _Nothing()
        status, content, headers = self._worked(call, fault)
        delay = fault.latency or self.world.weather.latency
        if delay:
            await asyncio.sleep(delay)
        if await self._is_cut(request, fault, "after"):
            return _Nothing()
        return web.Response(status=status, body=content, headers=headers)

    def _fault(self, call: Call) -> Fault:
        if not self.world.weather.faults:
            return _NO_FAULT
        appid, openid = self._whose(call)
        return self.world.weather.take(call.path, appid, openid) or _NO_FAULT

    def _whose(self, call: Call) -> tuple[str | None, str | None]:
        """Account and addressee, as far as they can be told, for faults that are meant for one of them."""
        try:
            fields: Mapping[str, Any] = call.fields() if call.body else call.query
        except Refusal:
            fields = {}
        try:
            appid: str | None = self.world.account_of_token(call.query.get("access_token", "")).setup.appid
        except Refusal:
            appid = fields.get("appid")
        return appid, fields.get("touser") or fields.get("openid")

    async def _is_cut(self, request: web.BaseRequest, fault: Fault, when: Literal["before", "after"]) -> bool:
        """Whether the caller gets no answer: the connection is cut, for `hang` when the stand-in stops."""
        if fault.hang == when:
            await self._calm.wait()
        if when not in (fault.hang, fault.reset):
            return False
        _cut(request)
        return True

    def _worked(self, call: Call, fault: Fault) -> tuple[int, bytes, Mapping[str, str]]:
        if fault.status is not None:
            self._count(call, f"HTTP {fault.status}")
            return fault.status, b"<html></html>", {"Content-Type": "text/html"}
        answer = self._answer(call, fault)
        errcode = 0 if isinstance(answer, bytes) else answer.get("errcode", 0)
        self._count(call, str(errcode))
        if isinstance(answer, bytes):
            return 200, answer, {"Content-Type": "image/png"}
        return 200, msgspec.json.encode(answer), _TEXT if call.path.startswith("/sns/") else _JSON

    def _count(self, call: Call, result: str) -> None:
        # A stranger's paths must not fill the memory.
        path = call.path if (call.method, call.path) in api.ENDPOINTS else "elsewhere"
        self.world.calls[f"{path} {result}"] += 1

    def _answer(self, call: Call, fault: Fault) -> dict[str, Any] | bytes:
        if fault.errcode is not None:
            return Refusal(fault.errcode, fault.detail).answer()
        if self.world.in_flight > self.settings.overload_at:
            return Refusal(-1).answer()
        try:
            return api.answer(self.world, call)
        except Refusal as refusal:
            return refusal.answer()

    def _redirect_with_code(self, request: web.BaseRequest) -> web.Response:
        """WeChat's page that sends a person back with a code; ``as`` says who holds the phone."""
        query = request.query
        try:
            contact = self.world.people.contact(
                self.world.account(query.get("appid", "")).setup.appid, query.get("as", "somebody")
            )
        except Refusal as refusal:
            return web.json_response(refusal.answer())
        code = self.world.codes.mint(Code("oauth", contact, self.world.now(), query.get("scope", "snsapi_base")))
        back = urlsplit(query.get("redirect_uri", ""))
        parameters = [*parse_qsl(back.query), ("code", code), ("state", query.get("state", ""))]
        location = urlunsplit(back._replace(query=urlencode(parameters)))
        return web.Response(status=302, headers={"Location": location})

    # --- the control face ------------------------------------------------------------------------------------------

    async def _serve_control(self, request: web.BaseRequest) -> Reply:
        name = request.path.removeprefix(_CONTROL)
        try:
            reader = self._readers.get((request.method, name))
            if reader:
                return await reader(self, request)
            return self._control_answer(control.act(self.world, request.method, name, await request.read()))
        except control.BadControl as trouble:
            return self._control_answer({"error": str(trouble)}, status=400)
        except Refusal as refusal:
            return self._control_answer({"error": refusal.answer()["errmsg"]}, status=404)

    def _control_answer(self, answer: Any, status: int = 200) -> web.Response:
        return web.Response(status=status, body=msgspec.json.encode(answer), headers={**_JSON, **self._cors()})

    def _cors(self) -> dict[str, str]:
        origin = self.settings.allow_origin
        return {"Access-Control-Allow-Origin": origin} if origin else {}

    async def _read_messages(self, request: web.BaseRequest) -> Reply:
        return self._control_answer(await control.messages(self.world, _message_query(request)))

    async def _read_counters(self, _: web.BaseRequest) -> Reply:
        return self._control_answer(control.counters(self.world))

    async def _read_people(self, _: web.BaseRequest) -> Reply:
        return self._control_answer(control.people(self.world))

    async def _settle(self, _: web.BaseRequest) -> Reply:
        """Answers when no callback is queued or under way."""
        await self.world.events.settled()
        return self._control_answer(control.counters(self.world))

    async def _stream_messages(self, request: web.BaseRequest) -> Reply:
        """Server-sent events: every message as it lands. A reader that is behind catches up from memory."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", **self._cors()}
        )
        await response.prepare(request)
        query = _message_query(request)
        after = query.after
        while not self._calm.is_set():
            found = await control.messages(
                self.world, control.MessageQuery(query.openid, after, query.limit, _STREAM_PAUSE)
            )
            lines = [f"id: {each['seq']}\ndata: {msgspec.json.encode(each).decode()}\n\n" for each in found["messages"]]
            # A comment now and then shows whether the reader is still there.
            await response.write("".join(lines or [": still here\n\n"]).encode())
            after = found["next"]
        return response

    async def _set_sky(self, request: web.BaseRequest) -> Reply:
        """Latency and outage; a refused outage closes the port and cuts what is open."""
        sky = _convert_body(await request.read())
        if sky.latency is not None:
            self.world.weather.latency = sky.latency
        if sky.outage is not None:
            await self._set_outage(sky.outage)
        return self._control_answer({"latency": self.world.weather.latency, "outage": self.world.weather.outage})

    async def _set_outage(self, outage: Literal["refuse", "503", "none"]) -> None:
        if self._wechat is None:
            raise control.BadControl("the stand-in has not been started")
        self.world.weather.outage = None if outage == "none" else outage
        if outage == "refuse" and self._site:
            await self._site.stop()
            self._site = None
            _cut_connections(self._wechat)
        elif outage != "refuse" and self._site is None:
            await self._listen(self._wechat, urlsplit(self.url).port or 0)

    async def _listen(self, runner: web.ServerRunner, port: int) -> str:
        self._site = web.TCPSite(runner, self.settings.host, port, reuse_address=True, backlog=1024)
        await self._site.start()
        return _address(self._site)

    _readers: Mapping[tuple[str, str], Callable[[Simulator, web.BaseRequest], Awaitable[Reply]]] = MappingProxyType(
        {
            ("GET", "messages"): _read_messages,
            ("GET", "stream"): _stream_messages,
            ("GET", "counters"): _read_counters,
            ("GET", "people"): _read_people,
            ("POST", "settle"): _settle,
            ("POST", "sky"): _set_sky,
        }
    )


async def _ready(serve: Callable[[web.BaseRequest], Awaitable[Reply]]) -> web.ServerRunner:
    runner = web.ServerRunner(web.Server(serve, access_log=None), shutdown_timeout=_SHUTDOWN, access_log=None)
    await runner.setup()
    return runner


def _cut_connections(runner: web.ServerRunner) -> None:
    for connection in list(runner.server.connections) if runner.server else []:
        if connection.transport:
            connection.transport.abort()


def _convert_body(body: bytes) -> control.Sky:
    try:
        return msgspec.json.decode(body or b"{}", type=control.Sky)
    except msgspec.DecodeError as trouble:
        raise control.BadControl(str(trouble)) from None


def _message_query(request: web.BaseRequest) -> control.MessageQuery:
    try:
        return msgspec.convert(dict(request.query), control.MessageQuery, strict=False)
    except msgspec.ValidationError as trouble:
        raise control.BadControl(str(trouble)) from None


def _cut(request: web.BaseRequest) -> None:
    """Break the connection the hard way: the peer sees a reset, not a polite end."""
    if request.transport is None:
        return
    raw = request.transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


def _address(site: web.TCPSite) -> str:
    server = site._server  # noqa: SLF001 -- aiohttp tells a chosen port nowhere else
    host, port = server.sockets[0].getsockname()[:2]  # type: ignore[union-attr]
    return f"http://{host}:{port}"
