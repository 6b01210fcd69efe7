"""Callbacks to the hub: signed, encrypted, repeated until the hub says that it has them."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import xml.sax.saxutils
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
from wechatpy.crypto import WeChatCrypto

from hub.wechat.simulator.accounts import StandInAccount
from hub.wechat.simulator.settings import SimulatorSettings
from hub.words.clock import Clock
from hub.words.endings import cancel_and_wait


class Events:
    """A bounded queue of events and the workers that post them.

    ``copies``: how often each is sent although it was taken (as WeChat does now and then). ``delay`` (seconds) keeps
    each back. ``hold``/``release`` keep all back.
    """

    def __init__(self, clock: Clock, settings: SimulatorSettings) -> None:
        self.counts: Counter[str] = Counter()
        self.copies = 1
        self.delay = 0.0
        self._clock = clock
        self._settings = settings
        self._queue: asyncio.Queue[tuple[StandInAccount, dict[str, Any]]] = asyncio.Queue(settings.callback_backlog)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._workers: list[asyncio.Task[None]] = []
        self._http: aiohttp.ClientSession | None = None

    def emit(self, account: StandInAccount, openid: str, event: str, **fields: Any) -> None:
        """Queue an event of this account; nothing happens when it has no callback address."""
        if account.callback_url is None:
            return
        named = {
            "ToUserName": account.original_id,
            "FromUserName": openid,
            "CreateTime": int(self._clock.now().timestamp()),
            "MsgType": "event",
            "Event": event,
            **fields,
        }
        try:
            self._queue.put_nowait((account, named))
        except asyncio.QueueFull:
            self.counts["dropped"] += 1

    async def start(self) -> None:
        """Start the workers; call it inside the loop that shall run them."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._settings.callback_workers),
            timeout=aiohttp.ClientTimeout(total=self._settings.callback_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._workers = [asyncio.create_task(self._work(self._http)) for _ in range(self._settings.callback_workers)]

    async def stop(self) -> None:
        """Stop; what is still queued is lost."""
        await cancel_and_wait(self._workers)
        if self._http:
            await self._http.close()

    def hold(self) -> None:
        """Keep all events back."""
        self._flowing.clear()

    def release(self) -> None:
        """Let them go."""
        self._flowing.set()

    async def settled(self) -> None:
        """Return when nothing is queued or under way."""
        await self._queue.join()

    @property
    def waiting(self) -> int:
        """How many are queued."""
        return self._queue.qsize()

    async def _work(self, http: aiohttp.ClientSession) -> None:
        while True:
            account, fields = await self._queue.get()
            try:
                await self._flowing.wait()
                if self.delay:
                    await asyncio.sleep(self.delay)
                for _ in range(self.copies):
                    await self._deliver(http, account, fields)
            finally:
                self._queue.task_done()

    async def _deliver(self, http: aiohttp.ClientSession, account: StandInAccount, fields: dict[str, Any]) -> None:
        for attempt in range(self._settings.callback_attempts):
            if attempt:
                await asyncio.sleep(self._settings.callback_retry_gap)
            if await self._post(http, account, fields):
                self.counts["taken"] += 1
                return
            self.counts["refused"] += 1
        self.counts["lost"] += 1

    async def _post(self, http: aiohttp.ClientSession, account: StandInAccount, fields: dict[str, Any]) -> bool:
        """One attempt: taken means 200 and `success` or an empty body, within five seconds."""
        query, body = packed(account, fields, str(int(self._clock.now().timestamp())))
        url = f"{account.callback_url}?{urlencode(query)}"
        kind = "application/json" if account.callback_format == "json" else "text/xml"
        try:
            async with http.post(url, data=body, headers={"Content-Type": kind}) as response:
                return response.status == 200 and (await response.read()) in (b"success", b"")
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False


def packed(account: StandInAccount, fields: Mapping[str, Any], timestamp: str) -> tuple[dict[str, str], bytes]:
    """The query and the body of a callback, in the account's format and mode."""
    nonce = secrets.token_hex(8)
    text = _as_json(fields) if account.callback_format == "json" else _as_xml(fields)
    query = {
        "signature": _signature(account.callback_token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": str(fields.get("FromUserName", "")),
    }
    if not account.encrypted:
        return query, text.encode()
    crypto = WeChatCrypto(account.callback_token, account.aes_key, account.appid)
    sealed = _encrypt(crypto, text, nonce, timestamp)
    envelope = {"ToUserName": account.original_id, "Encrypt": sealed}
    query |= {
        "encrypt_type": "aes",
        "msg_signature": _signature(account.callback_token, timestamp, nonce, sealed),
    }
    return query, (_as_json(envelope) if account.callback_format == "json" else _as_xml(envelope)).encode()


def _encrypt(crypto: WeChatCrypto, text: str, nonce: str, timestamp: str) -> str:
    """wechatpy builds the whole reply envelope; the sealed text is what a callback carries."""
    reply: str = crypto.encrypt_message(text, nonce, timestamp)
    return reply.split("<Encrypt><![CDATA[", 1)[1].split("]]></Encrypt>", 1)[0]


def _signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def _as_json(fields: Mapping[str, Any]) -> str:
    return msgspec.json.encode(fields).decode()


def _as_xml(fields: Mapping[str, Any]) -> str:
    return f"<xml>{_elements(fields)}</xml>"


def _elements(fields: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in fields.items())


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, Mapping):
        return f"<{name}>{_elements(value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    if "]]>" in value:
        return f"<{name}>{xml.sax.saxutils.escape(value)}</{name}>"
    return f"<{name}><![CDATA[{value}]]></{name}>"
