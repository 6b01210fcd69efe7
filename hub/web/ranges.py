"""Parts of a file, as a phone asks for them that goes on with a download after it was cut off (RFC 9110, 14.2)."""

from __future__ import annotations

import re

from hub.words.errors import Refused

# One range; several at once are answered with the whole, as everything else that is not understood.
_ONE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


class Unsatisfiable(Refused):
    """Nothing of the file lies there."""

    status, code = 416, "range_not_satisfiable"
    message = "文件没有这一部分，请从头下载。"


def wanted(header: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one behind the last, of a file of this ``size``; None for the whole. ``Unsatisfiable`` beyond its end."""
    found = _ONE.fullmatch(header.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= end:
        raise Unsatisfiable
    return start, end
