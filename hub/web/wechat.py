"""WeChat's callbacks: checked, stored, answered at once; the work comes later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

from hub.web.base import BaseHandler
from hub.wechat.accounts import WeChatAccount
from hub.wechat.callbacks import ANSWER, Callback, CallbackQuery, CallbackRefused, NonceGuard, echo, open_callback
from hub.words.clock import Clock
from hub.words.errors import NotFound

log = structlog.get_logger("hub.web")

# WeChat's own envelopes are below 10 KB.
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class CallbackDesk:
    """Accounts by name, and where an opened callback goes: ``take`` returns once it is stored."""

    accounts: Mapping[str, WeChatAccount]
    take: Callable[[Callback], Awaitable[None]]
    clock: Clock
    nonces: NonceGuard


class CallbackHandler(BaseHandler):
    """``/wechat/callback/{account}``: GET proves the address, POST brings events.

    WeChat's few machines bring an event for each message that was sent: what is signed is never too often, only what is not.
    """

    most_bytes = MOST_BYTES

    def initialize(self, desk: CallbackDesk) -> None:
        self._desk = desk

    def take_rate(self) -> None:
        """Nothing is known of the sender yet."""

    async def get(self, name: str) -> None:
        account = self._account(name)
        try:
            answer = echo(account, self._asked(), self._desk.clock.now(), self._desk.nonces)
        except CallbackRefused:
            super().take_rate()
            raise
        self._say(answer)

    async def post(self, name: str) -> None:
        account = self._account(name)
        try:
            callback = open_callback(account, self._asked(), self.sent, self._desk.clock.now())
        except CallbackRefused as refused:
            super().take_rate()
            log.warning(
                "a WeChat callback was refused: check Token and EncodingAESKey of the account, else somebody forges them",
                account=name,
                reason=refused.reason,
                request_id=self.request_id,
            )
            raise
        await self._desk.take(callback)
        self._say(ANSWER)

    def _account(self, name: str) -> WeChatAccount:
        account = self._desk.accounts.get(name)
        if account is None:
            super().take_rate()
            raise NotFound
        return account

    def _asked(self) -> CallbackQuery:
        given: dict[str, Any] = {
            key: values[-1].decode("utf-8", "replace") for key, values in self.request.query_arguments.items()
        }
        try:
            return msgspec.convert(given, CallbackQuery)
        except msgspec.ValidationError:
            raise CallbackRefused("unreadable query") from None

    def _say(self, text: str) -> None:
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(text)
