"""Passwords: what is allowed (等保 level 3, domain rules), and checking them without stopping the event loop."""

from __future__ import annotations

import asyncio
import re
import secrets
import string
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from hub.words.errors import TooMany

T = TypeVar("T")

SHORTEST, LONGEST, CLASSES = 8, 128, 3

# OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, two passes, one lane; 28 ms here.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

# What people build passwords from that have three classes and are guessed first: a word, a number, a sign.
_WORDS = """
    a aa ab abc abcd abcde abcdef admin administrator adm root super system sys user test guest demo temp pass
    passwd password pwd psw login welcome hello iloveyou love king master monkey dragon qwe qwer qwert qwerty
    qwertyuiop asd asdf asdfgh asdfghjkl zxc zxcv zxcvbn zxcvbnm qaz qazwsx wsx edc qwaszx changeme secret
    default letmein china beijing sichuan suining chuanshan anju shehong pengxi daying yikatong ykt hub butie
    shenpi jiandu mima nihao woaini zhongguo zhangsan lisi wangwu xiaoming
"""
WEAK_WORDS = frozenset(_WORDS.split())
# Rows of the keyboard and of the alphabet, forwards; their reverse counts as well.
RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "!@#$%^&*()",
)
# Signs that stand for letters; ! and | may also be what they are.
_LETTERS = str.maketrans("@4031$57", "aaoelsst")
_MORE_LETTERS = str.maketrans("@4031$57!|", "aaoelsstii")
_YEAR = re.compile(r"(?:19|20)\d\d")


class Passwords:
    """Hashes and compares in a few threads of its own; argon2 lets the interpreter go meanwhile.

    Not more than ``waiting`` are queued: beyond that all would wait for nothing, so the next is told to come again.
    """

    def __init__(self, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._waiting = waiting
        self._queued = 0
        # Compared with when there is no such user, so that this takes as long as a wrong password.
        self._nobody = HASHER.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        """The stored form of a password."""
        return await self._in_thread(lambda: HASHER.hash(plain(password)))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Whether this is the password; ``stored`` None (no such user) takes as long and is never right."""
        right = await self._in_thread(lambda: _matches(stored or self._nobody, password))
        return right and stored is not None

    async def is_one_of(self, hashes: Sequence[str], password: str) -> bool:
        """Whether the password was one of these."""
        return await self._in_thread(lambda: any(_matches(stored, password) for stored in hashes))

    def is_outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return HASHER.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._queued >= self._waiting:
            raise TooMany("现在登录的人太多，请稍后再试。", retry_after=2)
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._queued -= 1


def problem_of(password: str, *personal: str) -> str | None:
    """What is wrong with a new password, in Chinese, or None. ``personal``: what it must not hold, as the username."""
    text = plain(password)
    if not SHORTEST <= len(text) <= LONGEST:
        return f"密码应为{SHORTEST}至{LONGEST}位。"
    if _classes(text) < CLASSES:
        return "密码应包含大写字母、小写字母、数字、符号中的至少三种。"
    if any(part and len(part) >= 3 and part.lower() in text.lower() for part in personal):
        return "密码中不能包含账号。"
    if is_weak(text):
        return "密码过于简单，容易被猜到，请换一个。"
    return None


def is_weak(text: str) -> bool:
    """Whether it is guessed first: a common word, year, keyboard run or repetition, dressed up with signs."""
    lowered = text.lower()
    return any(not _core(form) for form in (lowered, lowered.translate(_LETTERS), lowered.translate(_MORE_LETTERS)))


def generate() -> str:
    """A random password that keeps the rules, without signs that are mistaken for each other (0 O, 1 l I)."""
    kinds = [
        "".join(sign for sign in kind if sign not in "0O1lI")
        for kind in (string.ascii_uppercase, string.ascii_lowercase, string.digits, "-_=+#")
    ]
    while True:
        signs = [secrets.choice(kinds[index % len(kinds)]) for index in range(16)]
        secrets.SystemRandom().shuffle(signs)
        if problem_of("".join(signs)) is None:
            return "".join(signs)


def plain(password: str) -> str:
    """Full-width signs of a Chinese keyboard and their plain forms are the same password."""
    return unicodedata.normalize("NFKC", password)


def _matches(stored: str, password: str) -> bool:
    try:
        return HASHER.verify(stored, plain(password)[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False


def _classes(text: str) -> int:
    kinds: tuple[Callable[[str], bool], ...] = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum())
    return sum(any(kind(sign) for sign in text) for kind in kinds)


def _core(text: str) -> str:
    """What is left without weak words, runs, years, repetitions and single signs: nothing of a weak password."""
    without_runs = _YEAR.sub(" ", _without_runs(text))
    pieces = re.findall(r"[a-z]+|\d+|[^a-z\d\s]+", without_runs)
    return "".join(piece for piece in pieces if not _is_trivial(piece))


def _is_trivial(piece: str) -> bool:
    if piece.isdigit() or not piece.isalpha():
        return len(piece) <= 3 or len(set(piece)) <= 2
    return len(piece) <= 2 or piece in WEAK_WORDS or len(set(piece)) == 1 or _is_two_weak_words(piece)


def _is_two_weak_words(piece: str) -> bool:
    return any(piece[:cut] in WEAK_WORDS and piece[cut:] in WEAK_WORDS for cut in range(1, len(piece)))


def _without_runs(text: str) -> str:
    """Four and more neighbours on the keyboard or in the alphabet count as nothing."""
    kept, start = [], 0
    while start < len(text):
        length = _run_at(text, start)
        kept.append(" " if length else text[start])
        start += length or 1
    return "".join(kept)


def _run_at(text: str, start: int) -> int:
    longest = 0
    for run in (*RUNS, *(run[::-1] for run in RUNS)):
        length = 4
        while start + length <= len(text) and text[start : start + length] in run:
            longest = max(longest, length)
            length += 1
    return longest
