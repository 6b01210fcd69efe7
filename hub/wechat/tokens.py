"""One access token per account, asked for once however many calls wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from hub.wechat.errors import ErrorKind, Verdict
from hub.words.clock import Clock

# stable_token answers with a new token in the last five minutes of the old one, while both are good.
RENEW_BELOW = timedelta(seconds=300)

# After a failed token call the waiting senders share its failure instead of knocking one after the other.
_HOLD_FAILURE = timedelta(seconds=5)
_HOLD_REFUSAL = timedelta(seconds=60)


class Token(msgspec.Struct, frozen=True):
    """An access token and the end of its life. Its value never shows in a repr."""

    value: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at.isoformat()})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("expires_at", self.expires_at)]


class NoToken(Exception):
    """The token call failed: nothing was sent. ``verdict`` says what to do, ``errcode`` is WeChat's, if any."""

    def __init__(self, verdict: Verdict, errcode: int | None = None, errmsg: str = "") -> None:
        super().__init__(f"no access token: {verdict.note}")
        self.verdict = verdict
        self.errcode = errcode
        self.errmsg = errmsg


class TokenStore(Protocol):
    """Where the nodes of a hub share the token of an account (Redis). Whatever it loses is asked for again.

    Both may raise ``OSError`` or ``TimeoutError``; the provider then goes on without the store.
    """

    async def load(self) -> Token | None:
        """The token saved last, or ``None``."""

    async def save(self, token: Token) -> None:
        """Keep it for the other nodes."""


class TokenProvider:
    """Gives the account's token: from memory, else from the store, else by ``fetch``, one flight at a time.

    ``fetch`` makes the stable_token call and raises :class:`NoToken`. It never asks for a forced refresh: that kills
    the token in the hands of everybody else.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Token]], clock: Clock, store: TokenStore | None = None) -> None:
        self._fetch = fetch
        self._clock = clock
        self._store = store
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._failure: tuple[NoToken, datetime] | None = None

    @property
    def expires_at(self) -> datetime | None:
        """When the token in memory ends; None while this node has needed none."""
        return self._token.expires_at if self._token else None

    async def get(self, stale: str | None = None) -> str:
        """The token's value. ``stale`` is one that WeChat has just refused: it is not given out again from memory.

        Raises :class:`NoToken`.
        """
        if token := self._usable(self._token, stale):
            return token.value
        async with self._lock:
            # The flight before ours may have brought it.
            if token := self._usable(self._token, stale):
                return token.value
            self._token = await self._from_store(stale) or await self._from_wechat()
            return self._token.value

    def _usable(self, token: Token | None, stale: str | None) -> Token | None:
        if token is None or token.value == stale:
            return None
        return token if token.expires_at - self._clock.now() >= RENEW_BELOW else None

    async def _from_store(self, stale: str | None) -> Token | None:
        if self._store is None:
            return None
        try:
            return self._usable(await self._store.load(), stale)
        except (OSError, TimeoutError):
            return None

    async def _from_wechat(self) -> Token:
        self._raise_held_failure()
        try:
            token = await self._fetch()
        except NoToken as failure:
            self._failure = failure, self._clock.now() + self._hold(failure)
            raise
        self._failure = None
        await self._share(token)
        return token

    def _raise_held_failure(self) -> None:
        if self._failure and self._clock.now() < self._failure[1]:
            failure = self._failure[0]
            # A new object: one exception raised by many tasks would collect all their tracebacks.
            raise NoToken(failure.verdict, failure.errcode, failure.errmsg)

    @staticmethod
    def _hold(failure: NoToken) -> timedelta:
        return _HOLD_FAILURE if failure.verdict.kind in (ErrorKind.WAIT, ErrorKind.ODD) else _HOLD_REFUSAL

    async def _share(self, token: Token) -> None:
        if self._store is None:
            return
        try:
            await self._store.save(token)
        except (OSError, TimeoutError):
            return
