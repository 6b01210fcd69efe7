"""What is looked for in Chinese texts, which have no blanks between their words: single characters and pairs of neighbours.

A document keeps those of its text in a field with an index; it holds what is looked for where it has all of that's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hub.words.text import HAN, compatible

# A run of characters, or a word or number of other signs.
_RUNS = re.compile(f"[{HAN}]+|[^\\W{HAN}_]+")
_OF_HAN = re.compile(f"[{HAN}]")


def kept_words(text: str) -> tuple[str, ...]:
    """What a document keeps of its text, each once: every character, every pair of neighbours, other words and numbers whole."""
    return tuple(sorted({word for run in _runs(text) for word in (*_pairs(run), *_singles(run))}))


def asked_words(text: str) -> tuple[str, ...]:
    """What of these a document must have in which somebody looks for ``text``; none for signs alone."""
    return tuple(sorted({word for run in _runs(text) for word in (_pairs(run) or _singles(run))}))


def _runs(text: str) -> Iterator[str]:
    yield from _RUNS.findall(compatible(text).casefold())


def _pairs(run: str) -> tuple[str, ...]:
    return tuple(run[at : at + 2] for at in range(len(run) - 1)) if _OF_HAN.match(run) else ()


def _singles(run: str) -> tuple[str, ...]:
    return tuple(run) if _OF_HAN.match(run) else (run,)
