"""Identifiers: UUID version 7 (RFC 9562), in the 36 characters of its text form.

They sort by the time they were made, so that a B-tree grows at its right edge; nobody can guess the next one,
because 74 bits are random.
"""

import re
import secrets
import threading
from uuid import UUID

from hub.words.clock import Clock

_RANDOM_BITS = 74
_STEP_BITS = 32
_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class IdMaker:
    """Makes ids that only ever grow; one per process, called from any thread: `new_id = IdMaker(clock)`.

    Within one millisecond, or when the clock steps back, the random part grows by a random step (RFC 9562 §6.2,
    method 2); an overflow, one in 2^42 or so, borrows the next millisecond.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def __call__(self) -> str:
        """The next id."""
        fresh = _number(self._clock)
        with self._lock:
            if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
                fresh = self._last + 1 + secrets.randbits(_STEP_BITS)
            self._last = fresh
        return _text(fresh)


def new_id(clock: Clock) -> str:
    """One id on its own. Those of the same millisecond are in no order: for that, keep an `IdMaker`."""
    return _text(_number(clock))


def is_id(text: str) -> bool:
    """Whether `text` is an id as this module writes it: lower case, version 7."""
    return _TEXT.fullmatch(text) is not None


def _number(clock: Clock) -> int:
    """Milliseconds since 1970 and the random bits below them, as one number of 122 bits."""
    milliseconds = int(clock.now().timestamp() * 1000)
    return (milliseconds << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)


def _text(number: int) -> str:
    # Version and variant bits split the random part into 12 and 62 bits.
    high, low = number >> 62, number & ((1 << 62) - 1)
    milliseconds, middle = high >> 12, high & 0xFFF
    return str(UUID(int=(milliseconds << 80) | (0x7 << 76) | (middle << 64) | (0b10 << 62) | low))
