"""One token, one flight, and no knocking at a closed door."""

import asyncio
from datetime import timedelta

import pytest

from hub.wechat.client import WeChat
from hub.wechat.errors import NOT_REACHED, ErrorKind, classify_token_call
from hub.wechat.tokens import NoToken, Token, TokenProvider

from .conftest import NOON, official

STABLE = "/cgi-bin/stable_token"


class StreamRegistry:
    """A shared store, as Redis is for several nodes; it can break."""

    def __init__(self) -> None:
        self.token: Token | None = None
        self.is_broken = False

    async def load(self) -> Token | None:
        self._fail()
        return self.token

    async def save(self, token: Token) -> None:
        self._fail()
        self.token = token

    def _fail(self) -> None:
        if self.is_broken:
            raise OSError("the store is down")


async def test_a_hundred_waiting_calls_make_one_token_call(oa, phones):
    """Single flight: the account has 2000 token calls a day for everything."""
    tokens = await asyncio.gather(*(oa.tokens.get() for _ in range(100)))

    assert len(set(tokens)) == 1
    assert (await phones.counters())["calls"] == {f"{STABLE} 0": 1}


async def test_a_hundred_refused_calls_make_one_token_call(oa, phones):
    """All found the same token stale: the first replaces it, the others take the new one."""
    stale = await oa.tokens.get()
    await phones.kill_tokens("wx-oa")

    tokens = await asyncio.gather(*(oa.tokens.get(stale) for _ in range(100)))

    assert set(tokens) != {stale}
    assert len(set(tokens)) == 1
    assert (await phones.counters())["calls"] == {f"{STABLE} 0": 2}


async def test_a_token_is_renewed_before_it_ends(oa, clock):
    """In the last five minutes the platform gives a new one; until then the old one serves."""
    first = await oa.tokens.get()
    clock.advance(timedelta(seconds=7200 - 300))
    same = await oa.tokens.get()
    clock.advance(timedelta(seconds=1))

    renewed = await oa.tokens.get()

    assert same == first
    assert renewed != first


async def test_the_old_token_serves_beside_the_new_one(oa, phones, clock, http):
    """Another node that has not renewed yet is not thrown out."""
    openid = (await phones.add_person("李四", follows=True))["wx-oa"]
    old = await oa.tokens.get()
    clock.advance(timedelta(seconds=7200 - 299))
    await oa.tokens.get()

    asked = {"access_token": old, "openid": openid}
    async with http.get(f"{oa.account.base_url}/cgi-bin/user/info", params=asked) as response:
        answer = await response.json(content_type=None)

    assert answer["subscribe"] == 1


async def test_nodes_share_a_token(stand_in, http, clock, phones):
    """The second node finds it on the shelf and calls nobody."""
    shelf = StreamRegistry()
    nodes = [WeChat(official(stand_in.url), http, clock, shelf) for _ in range(2)]

    tokens = [await node.tokens.get() for node in nodes]

    assert tokens[0] == tokens[1]
    assert (await phones.counters())["calls"] == {f"{STABLE} 0": 1}


async def test_a_stale_token_on_the_shelf_is_not_taken(stand_in, http, clock, phones):
    """The shelf holds the very token that was refused."""
    shelf = StreamRegistry()
    node = WeChat(official(stand_in.url), http, clock, shelf)
    stale = await node.tokens.get()
    await phones.kill_tokens("wx-oa")

    fresh = await node.tokens.get(stale)

    assert fresh != stale
    assert shelf.token.value == fresh


async def test_a_broken_store_costs_nothing_but_a_call(stand_in, http, clock):
    """Redis may lose everything at any time."""
    shelf = StreamRegistry()
    shelf.is_broken = True

    token = await WeChat(official(stand_in.url), http, clock, shelf).tokens.get()

    assert token


async def test_a_failed_token_call_is_shared_for_a_while(clock):
    """A thousand waiting senders must not knock a thousand times."""
    calls = []

    async def fail() -> Token:
        calls.append(clock.now())
        raise NoToken(NOT_REACHED)

    provider = TokenProvider(fail, clock)
    held = [await _failure(provider) for _ in range(3)]
    clock.advance(timedelta(seconds=5))

    again = await _failure(provider)

    assert len(calls) == 2
    assert {each.verdict.kind for each in [*held, again]} == {ErrorKind.WAIT}


async def test_a_wrong_secret_is_tried_again_once_a_minute(clock):
    """Somebody may have mended it on the platform; until then there is an alert, not a storm."""
    calls = []

    async def refuse() -> Token:
        calls.append(clock.now())
        raise NoToken(classify_token_call(40125), 40125)

    provider = TokenProvider(refuse, clock)
    for seconds in (0, 30, 29, 1):
        clock.advance(timedelta(seconds=seconds))
        await _failure(provider)

    assert calls == [NOON, NOON + timedelta(seconds=60)]


async def test_a_cancelled_waiter_does_not_take_the_flight_down(clock):
    """The first caller gives up; the others still get their token."""
    landed = asyncio.Event()

    async def fetch() -> Token:
        await landed.wait()
        return Token("t1", clock.now() + timedelta(hours=2))

    provider = TokenProvider(fetch, clock)
    impatient, patient = asyncio.create_task(provider.get()), asyncio.create_task(provider.get())
    await asyncio.sleep(0)
    impatient.cancel()
    landed.set()

    token = await patient

    assert token == "t1"


async def test_a_token_does_not_show_itself():
    """It opens the account for two hours."""
    token = Token("76_secret-token", NOON)

    assert "secret" not in f"{token!r} {token} {token.__rich_repr__()}"


async def _failure(provider: TokenProvider) -> NoToken:
    with pytest.raises(NoToken) as raised:
        await provider.get()
    return raised.value
