"""One exchange with WeChat: bytes as its server wants and gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import aiohttp
import msgspec

from hub.wechat.errors import NOT_REACHED, odd_answer
from hub.wechat.refusals import CallDoubtful, CallRefused

# A mini program code is some 100 KB; nothing else comes near.
_LARGEST_ANSWER = 4 << 20

# The gateway itself answers these while it sheds load: the call was not worked on.
_SHEDDING = frozenset({429, 503})

_JSON: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json; charset=utf-8"})

# Nicknames hold raw control characters.
_LENIENT = json.JSONDecoder(strict=False)


async def exchange(
    http: aiohttp.ClientSession, method: Literal["GET", "POST"], url: str, body: Mapping[str, Any] | None = None
) -> Any:
    """The decoded answer, ``bytes`` where it is not JSON. Raises :class:`CallRefused` and :class:`CallDoubtful`.

    No exception of aiohttp leaves it: their texts hold the URL, and that the token.
    """
    data, headers = (None, None) if body is None else (_encoded(body), _JSON)
    try:
        async with http.request(method, url, data=data, headers=headers, allow_redirects=False) as response:
            content = await _bounded(response)
    except aiohttp.ClientConnectorError:
        raise CallRefused(None, "not connected", NOT_REACHED) from None
    except aiohttp.ConnectionTimeoutError:
        raise CallRefused(None, "no connection in time", NOT_REACHED) from None
    except TimeoutError:
        raise CallDoubtful("no answer in time") from None
    except (aiohttp.ClientError, OSError) as trouble:
        raise CallDoubtful(f"the connection broke ({type(trouble).__name__})") from None
    _check_status(response.status)
    return _decoded(content)


def errcode_of(answer: Mapping[str, Any]) -> int:
    """The errcode as a number (some APIs send text, the device APIs hide it in ``base_resp``); 0 when all is well."""
    inner = answer.get("base_resp")
    given: Any = answer.get("errcode", inner.get("errcode", 0) if isinstance(inner, dict) else 0)
    try:
        return int(given)
    except (TypeError, ValueError, OverflowError):
        raise CallDoubtful("the errcode is no number") from None


def _encoded(body: Mapping[str, Any]) -> bytes:
    """JSON with Chinese as it is: WeChat refuses \\u escapes with 40033."""
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:
        # Halves of surrogate pairs cannot be sent; a question mark can.
        return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, unless it is longer than anything WeChat sends."""
    content = bytearray()
    while chunk := await response.content.read(1 << 16):
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise CallDoubtful("the answer is too long")
    return bytes(content)


def _check_status(status: int) -> None:
    """Raises for a status that is none of WeChat's."""
    if status in _SHEDDING:
        raise CallRefused(None, f"HTTP {status}", NOT_REACHED)
    if status >= 500:
        raise CallDoubtful(f"HTTP {status}")
    if status != 200:
        raise CallRefused(None, f"HTTP {status}", odd_answer(status))


def _decoded(content: bytes) -> Any:
    """JSON where it is JSON (whatever the content type says: /sns/ calls it text), else the bytes."""
    if content.lstrip()[:1] not in (b"{", b"["):
        return content
    try:
        return _LENIENT.decode(content.decode("utf-8", "ignore"))
    except ValueError:
        return content
