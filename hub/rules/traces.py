"""Where an exception came from: types, file and line. Never its text, which may hold somebody's data."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable

from hub.reading.templates import TemplateFailed

# Of what led to an error, for a line that people read.
MOST_TYPES = 3
LONGEST_CHAIN = 10

IsOwn = Callable[[str], bool]
Spot = tuple[str, int]


def where(error: BaseException) -> str:
    """The innermost file (last three parts of its path) and line."""
    spots = _spots(error)
    return _said(spots[-1]) if spots else "an unknown line"


def cause(error: BaseException, is_own: IsOwn) -> str:
    """What is kept of a plugin's failure: the types of the error and of what led to it, and the plugin's innermost line."""
    return f"{' from '.join(_types(error)[:MOST_TYPES])} at {spot_of(error, is_own)}"


def spot_of(error: BaseException, is_own: IsOwn) -> str:
    """The plugin's innermost line; in a template its line there; else the innermost of all. For a timeout: where it stood."""
    chain = chain_of(error)
    if failed := next((each for each in chain if isinstance(each, TemplateFailed)), None):
        return _said((failed.file, failed.line))
    own = own_spot(error, is_own)
    return _said(own) if own else where(next((each for each in reversed(chain) if _spots(each)), error))


def own_spot(error: BaseException, is_own: IsOwn) -> Spot | None:
    """The innermost line in the plugin's own files, of what began it all where that was there."""
    for each in reversed(chain_of(error)):
        if own := [spot for spot in _spots(each) if is_own(spot[0])]:
            return own[-1]
    return None


def chain_of(error: BaseException) -> list[BaseException]:
    """The error, and what led to it, the beginning last; of a group the first."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain and len(chain) < LONGEST_CHAIN:
        chain.append(following)
        following = _led_to(following)
    return chain


def _led_to(error: BaseException) -> BaseException | None:
    if isinstance(error, BaseExceptionGroup):
        first: BaseException = error.exceptions[0]
        return first
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _types(error: BaseException) -> list[str]:
    """What a timeout has cancelled is no error of its own."""
    return [type(each).__name__ for each in chain_of(error) if not isinstance(each, asyncio.CancelledError)]


def _spots(error: BaseException) -> list[Spot]:
    return [(frame.filename, frame.lineno or 0) for frame in traceback.extract_tb(error.__traceback__)]


def _said(spot: Spot) -> str:
    return f"{'/'.join(spot[0].split('/')[-3:])}:{spot[1]}"
