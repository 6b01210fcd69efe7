"""Access tokens shared by the nodes of a hub through Redis.

A hub without Redis needs none of this: `stable_token` gives every node the same token. Sharing saves the calls.
"""

from __future__ import annotations

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from hub.wechat.tokens import Token


class SharedTokens:
    """One account's token in Redis; it goes with its life time. Redis may lose it, or be away, at any time."""

    def __init__(self, redis: Redis, appid: str) -> None:
        self._redis = redis
        self._key = f"hub:wechat:token:{appid}"

    async def load(self) -> Token | None:
        """The token saved last; raises ``OSError`` when Redis is away."""
        try:
            stored = await self._redis.get(self._key)
        except RedisError as trouble:
            raise OSError(type(trouble).__name__) from None
        try:
            return msgspec.json.decode(stored, type=Token) if stored else None
        except msgspec.DecodeError:
            # Written by another version of the hub: asked for again, and overwritten.
            return None

    async def save(self, token: Token) -> None:
        """Keep it until it ends; raises ``OSError`` when Redis is away."""
        try:
            await self._redis.set(self._key, msgspec.json.encode(token), exat=int(token.expires_at.timestamp()))
        except RedisError as trouble:
            raise OSError(type(trouble).__name__) from None
