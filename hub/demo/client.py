"""One person's app, from outside: the HTTP API, uploads, and the live session. Nothing here knows the hub's insides."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from hub.demo.people import Invented
from hub.words.endings import cancel_and_wait

TIMEOUT = aiohttp.ClientTimeout(total=30)
LONGEST_RETRY = 60.0


class Refusal(Exception):
    """The hub said no: status, code, its words for the person, and what else it told."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error.get('code')}: {error.get('message')} {error.get('fields') or ''}".strip())
        self.status = status
        self.code: str = error.get("code", "")
        self.error = error


@dataclass
class Phone:
    """An app in somebody's hand. ``token`` is set by signing in; ``person`` is the hub's id of whoever did."""

    http: aiohttp.ClientSession
    url: str
    app: str
    token: str = field(default="", repr=False)
    person: str = ""

    # --- signing in ----------------------------------------------------------------------------------------------------

    async def sign_in_by_wechat(self, code: str) -> dict[str, Any]:
        """With the code that ``wx.login`` gave to this phone."""
        return self._keep(await self.post("/signin/wechat", {"app": self.app, "code": code}))

    async def sign_in_by_account(self, username: str, password: str) -> dict[str, Any]:
        """With a staff account."""
        return self._keep(
            await self.post("/signin/account", {"app": self.app, "username": username, "password": password})
        )

    async def claim(self, own: Invented) -> dict[str, Any]:
        """Say who one is, with consent to the words as they are now; the answer is that of ``/me``."""
        consent = (await self.get("/me"))["consent_version"]
        said = {"name": own.name, "id_number": own.id_number, "region": own.region, "phone": own.phone}
        answer: dict[str, Any] = await self.post("/me/claim", {**said, "consent_version": consent})
        return answer

    def _keep(self, signed_in: dict[str, Any]) -> dict[str, Any]:
        self.token, self.person = signed_in["token"], signed_in["person"]
        return signed_in

    # --- asking --------------------------------------------------------------------------------------------------------

    async def get(self, path: str, **query: Any) -> Any:
        """The answer to ``GET /api/v1{path}``; raises :class:`Refusal`."""
        return await self._ask("GET", path, params={name: str(value) for name, value in query.items()})

    async def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        """The answer to a POST; ``key`` repeats an earlier one, else each is its own."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return await self._ask("POST", path, json=body if body is not None else {}, headers=headers)

    async def put(self, path: str, body: Any) -> Any:
        return await self._ask("PUT", path, json=body)

    async def upload(self, data: bytes, name: str = "picture.jpg", media_type: str = "image/jpeg") -> str:
        """Send a file; its id."""
        return str((await self.send("/files", data, name, media_type))["id"])

    async def send(self, path: str, data: bytes, name: str, media_type: str) -> Any:
        """The answer to a POST of a file."""
        form = aiohttp.FormData()
        form.add_field("file", data, filename=name, content_type=media_type)
        return await self._ask("POST", path, data=form)

    async def page(self, path: str) -> str:
        """The page ``/{app}{path}`` as this app's browser gets it; raises :class:`Refusal`."""
        headers = {"Cookie": f"hub_{self.app}={self.token}"}
        async with self.http.get(f"{self.url}/{self.app}{path}", headers=headers, timeout=TIMEOUT) as answer:
            if answer.status >= 400:
                raise Refusal(answer.status, {"code": "page", "message": f"/{self.app}{path}"})
            return await answer.text()

    async def refusal_of(self, path: str, **query: Any) -> Refusal | None:
        """What a GET is refused with; None when it is answered."""
        try:
            await self.get(path, **query)
        except Refusal as refusal:
            return refusal
        return None

    async def _ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **content: Any) -> Any:
        signed = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        while True:
            async with self.http.request(
                method, f"{self.url}/api/v1{path}", headers={**(headers or {}), **signed}, timeout=TIMEOUT, **content
            ) as response:
                data = await response.read()
                wait = float(response.headers.get("Retry-After", "0"))
            answer: Any = msgspec.json.decode(data) if data else None
            if response.status < 400:
                return answer
            if response.status != 429 or not 0 < wait <= LONGEST_RETRY:
                raise Refusal(response.status, answer["error"])
            # Several stories within a minute, from one address: what the hub asks for, it gets.
            await asyncio.sleep(wait)

    # --- the live session ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def live(self, hears: Callable[[dict[str, Any]], None]) -> AsyncIterator[None]:
        """Hold a live session while the block lasts; ``hears`` gets every message of the inbox stream that lands."""
        ticket = (await self.post("/me/ticket"))["ticket"]
        async with self.http.ws_connect(f"{self.url}/ws", heartbeat=None) as socket:
            device = f"{self.app}-{self.person}"[:60]
            await socket.send_json({"t": "hello", "v": 1, "ticket": ticket, "device": device, "resume": {}})
            welcome = msgspec.json.decode((await socket.receive(timeout=10)).data or b"{}")
            if welcome.get("t") != "welcome":
                raise Refusal(403, welcome.get("error", {}))
            listening = asyncio.create_task(_listen(socket, hears))
            try:
                yield
            finally:
                await cancel_and_wait((listening,))


async def _listen(socket: aiohttp.ClientWebSocketResponse, hears: Callable[[dict[str, Any]], None]) -> None:
    async for message in socket:
        frame = msgspec.json.decode(message.data)
        if frame["t"] == "msg" and frame["stream"] == "inbox":
            hears(frame["entry"] | {"seq": frame["seq"]})
            await socket.send_json({"t": "ack", "stream": "inbox", "seq": frame["seq"]})
