"""Bytes to and from WeChat, as its server wants and gives them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import aiohttp

from hub.wechat.refusals import CallDoubtful

# A mini program code is some 100 KB; nothing else comes near.
_LARGEST_ANSWER = 4 << 20

_JSON: Mapping[str, str] = MappingProxyType({"Content-Type": "application/json; charset=utf-8"})


def present(params: Mapping[str, Any] | None) -> dict[str, str]:
    """Query parameters as text, those without a value dropped."""
    return {key: str(value) for key, value in (params or {}).items() if value is not None}


def encoded(data: Any, files: Any) -> tuple[Any, Mapping[str, str]]:
    """A request body and its headers: JSON with Chinese as it is (WeChat refuses \\u escapes with 40033), or a form."""
    if files:
        return _form(data, files), {}
    if isinstance(data, dict):
        # Halves of surrogate pairs cannot be sent; a question mark can.
        return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace"), _JSON
    return data, {}


def _form(data: Any, files: Mapping[str, Any]) -> aiohttp.FormData:
    """The way requests lays out ``files``: a file object, or (name, content) and (name, content, type)."""
    form = aiohttp.FormData()
    for key, value in (data or {}).items():
        form.add_field(key, str(value))
    for key, given in files.items():
        name, content, *kind = given if isinstance(given, tuple) else (getattr(given, "name", key), given)
        form.add_field(key, content, filename=name or uuid.uuid4().hex, content_type=kind[0] if kind else None)
    return form


async def bounded(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, unless it is longer than anything WeChat sends."""
    content = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        content += chunk
        if len(content) > _LARGEST_ANSWER:
            raise CallDoubtful("the answer is too long")
    return bytes(content)


def decoded(content: bytes) -> Any:
    """JSON where it is JSON (whatever the content type says: /sns/ calls it text), else the bytes."""
    if content.lstrip()[:1] not in (b"{", b"["):
        return content
    try:
        # Nicknames hold raw control characters, hence not strict.
        return json.loads(content.decode("utf-8", "ignore"), strict=False)
    except ValueError:
        return content


def errcode_of(answer: dict[str, Any]) -> int:
    """The errcode as a number (some APIs send text, the device APIs hide it in ``base_resp``); 0 when all is well."""
    inner = answer.get("base_resp")
    given: Any = answer.get("errcode", inner.get("errcode", 0) if isinstance(inner, dict) else 0)
    try:
        return int(given)
    except (TypeError, ValueError):
        raise CallDoubtful("the errcode is no number") from None
