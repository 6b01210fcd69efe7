"""A callback's bytes as a mapping: XML or JSON, both from a stranger until the signature says otherwise."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

import msgspec

# WeChat's own callbacks are below 4 KB and three levels deep.
LARGEST = 64 << 10
_DEEPEST = 8


class NotReadable(ValueError):
    """Neither the XML nor the JSON that WeChat sends; the text says why, without the content."""


def read(content: bytes | str) -> dict[str, Any]:
    """The fields of a callback. XML leaves are text, an element that occurs several times is a list.

    Raises :class:`NotReadable`; document types and entities are refused before anything is expanded.
    """
    raw = content.encode("utf-8") if isinstance(content, str) else content
    if len(raw) > LARGEST:
        raise NotReadable("too long")
    return _from_json(raw) if raw.lstrip()[:1] == b"{" else _from_xml(raw)


def _from_json(raw: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(raw, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise NotReadable("not JSON") from None


def _from_xml(raw: bytes) -> dict[str, Any]:
    tree = _Tree()
    # Fixed, so that neither a declaration nor (decoding below) a UTF-16 mark smuggles signs past us.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = tree.open
    parser.EndElementHandler = tree.close
    parser.CharacterDataHandler = tree.text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.EntityDeclHandler = _refuse_doctype
    try:
        parser.Parse(raw.decode("utf-8"), True)
    except (expat.ExpatError, UnicodeDecodeError):
        raise NotReadable("not XML") from None
    fields = tree.root.get("xml")
    if not isinstance(fields, dict):
        raise NotReadable("no xml element")
    return fields


def _refuse_doctype(*_: object) -> None:
    raise NotReadable("document types and entities are not taken")


class _Tree:
    """Collects elements into dicts while the parser walks."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[dict[str, Any], list[str]]] = [(self.root, [])]

    def open(self, _name: str, _attributes: dict[str, str]) -> None:
        if len(self._open) > _DEEPEST:
            raise NotReadable("too deep")
        self._open.append(({}, []))

    def text(self, text: str) -> None:
        self._open[-1][1].append(text)

    def close(self, name: str) -> None:
        children, text = self._open.pop()
        value: Any = children or "".join(text).strip()
        siblings = self._open[-1][0]
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]
