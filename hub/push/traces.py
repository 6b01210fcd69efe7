"""Where an exception came from, for a log line: never its text, which may hold somebody's data."""

from __future__ import annotations

import traceback


def where(error: BaseException) -> str:
    """The innermost file (last three parts of its path) and line."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "an unknown line"
    inner = frames[-1]
    return f"{'/'.join(inner.filename.split('/')[-3:])}:{inner.lineno}"
