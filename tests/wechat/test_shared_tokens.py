"""Tokens shared through a real Redis."""

from datetime import UTC, datetime, timedelta

import pytest
import redis.asyncio

from hub.wechat.client import WeChat
from hub.wechat.shared_tokens import SharedTokens
from hub.wechat.tokens import Token

from .conftest import official


@pytest.fixture
async def server(redis_url):
    async with redis.asyncio.from_url(redis_url) as client:
        yield client
        await client.delete("hub:wechat:token:wx-oa")


def fresh():
    # Redis forgets by the machine's clock, so this token lives by it too.
    return Token("t1", datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2))


async def test_what_one_node_saves_the_other_loads(server):
    """The whole token, with its end."""
    await SharedTokens(server, "wx-oa").save(fresh())

    loaded = await SharedTokens(server, "wx-oa").load()

    assert (loaded.value, loaded.expires_at > datetime.now(UTC)) == ("t1", True)


async def test_redis_forgets_a_token_at_its_end(server):
    """Nobody sweeps it."""
    await SharedTokens(server, "wx-oa").save(fresh())

    left = await server.ttl("hub:wechat:token:wx-oa")

    assert 7100 < left <= 7200


@pytest.mark.parametrize("stored", [None, b"", b"not json", b'{"value": 5}'])
async def test_what_is_not_a_token_is_asked_for_again(server, stored):
    """Lost, or written by another version."""
    if stored is not None:
        await server.set("hub:wechat:token:wx-oa", stored)

    loaded = await SharedTokens(server, "wx-oa").load()

    assert loaded is None


async def test_without_redis_the_hub_still_has_its_token(stand_in, http, clock):
    """Redis is away: one more call to WeChat, nothing else."""
    async with redis.asyncio.from_url("unix:///nowhere/redis.sock") as away:
        wechat = WeChat(official(stand_in.url), http, clock, SharedTokens(away, "wx-oa"))

        token = await wechat.tokens.get()

    assert token
