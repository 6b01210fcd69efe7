"""Cursors as they leave the hub: sealed, and good for the one list whose page they came with.

Plugins page with cursors of their own, which hold sort values and ids. Sealed they tell nothing, cannot be invented, and open
only where the same operation is asked at the same path with the same filters: elsewhere they would skip what they do not know.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import msgspec

from hub.store.cipher import FieldCipher
from hub.words.contributions import Paging
from hub.words.errors import Invalid
from hub.words.personal import Secret

# What may change from page to page.
PAGING = frozenset(Paging.__struct_fields__)


class Cursors:
    """Seals cursors for clients. ``list_key`` names a list; see :func:`key_of`."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    def sealed(self, cursor: str, list_key: str) -> str:
        """The cursor as a client gets it."""
        sealed = self._cipher.seal(Secret(f"{self._mark(list_key)}{cursor}"))["c"]
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")  # type: ignore[arg-type]

    def opened(self, given: str, list_key: str) -> str:
        """The plugin's own cursor. Raises ``Invalid`` for one of another list, or of nobody's."""
        mark = self._mark(list_key)
        try:
            raw = base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))
            text = self._cipher.open(Secret, {"c": raw}).reveal()
        except (ValueError, binascii.Error, IndexError):
            text = ""
        if not text.startswith(mark):
            raise Invalid("页码已失效，请从第一页重新查看。", fields={"cursor": "不是这个列表的页码。"})
        return text.removeprefix(mark)

    def opened_in(self, asked: Any, list_key: str) -> Any:
        """What was asked, with the plugin's own cursor in place of the one that the client holds."""
        if not isinstance(asked, Paging) or not asked.cursor:
            return asked
        return msgspec.structs.replace(asked, cursor=self.opened(asked.cursor, list_key))

    def sealed_in(self, answer: Any, list_key: str) -> Any:
        """A page of a list whose cursor tells nothing; any other answer as it is."""
        following = getattr(answer, "next", None)
        if not isinstance(following, str):
            return answer
        return msgspec.structs.replace(answer, next=self.sealed(following, list_key))

    def _mark(self, list_key: str) -> str:
        return self._cipher.digest("cursor", list_key)


def key_of(operation: str, path: str, query: Mapping[str, list[str]], body: Any) -> str:
    """What makes a list this one: operation, path, and everything that was sent but the paging itself."""
    asked = {name: values for name, values in query.items() if name not in PAGING and any(values)}
    said = {name: value for name, value in body.items() if name not in PAGING} if isinstance(body, dict) else None
    return msgspec.json.encode((operation, path, asked, said), order="sorted").decode()
