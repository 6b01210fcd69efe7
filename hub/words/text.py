"""Text that people type: the one place that cleans it, says whether there is any, and compares names.

Every door cleans what it takes in, once: JSON bodies and query strings, table cells, file names, command lines. Behind the
doors an empty text is one in which nothing can be seen, so ``if not text`` is enough.

What cannot be seen says nothing and hides much: zero-width characters split a name that is searched for, direction marks turn
the reading order of a whole page. They go (Unicode category Cf, and the letters that are drawn as nothing). Characters that
are the same to a reader become one: full-width letters and digits, the radicals that PDF files give back in place of
characters, presentation forms. Not all of NFKC: it would make ① and ² digits that nobody typed, and ， a comma.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set
from typing import Any

import msgspec

from hub.words.errors import Invalid

# Of a reason, an opinion, a note.
LONGEST_WORDS = 500
LONGEST_NAME = 50

# Ideographs with the rare ones beyond U+FFFF, and 〇. Not the private use areas: what stands there is another thing on
# every machine.
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# The middle dot of minority names, and all that is typed for it.
DOT = "·"
DOTS = "·.•‧∙⋅․・･．﹒⸱ᐧ"

# Drawn as nothing, though Unicode calls them letters, marks or symbols; or not assigned, to be ignored.
_DRAWN_AS_NOTHING = "\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0\ufffc"
# Unicode category → what stands instead.
_INSTEAD = {"Cf": "", "Cc": "", "Cs": "", "Zs": " ", "Zl": "\n", "Zp": "\n"}
# All of these kinds lie below, but the tags of _IGNORED.
_LAST_OF_KIND = 0x1F000
_IGNORED = (*range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE0100), *range(0xE01F0, 0xE1000))
# Choose between shapes of the character before: kept in texts (❤️), of no account in names.
_VARIATIONS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Same to a reader, another character to a computer: radicals, Arabic presentation forms and Latin ligatures, full-width
# letters and digits.
_ALIKE = (
    (0x2E80, 0x2FDF),
    (0xFB00, 0xFDFF),
    (0xFE70, 0xFEFC),
    (0xFF10, 0xFF19),
    (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A),
)


def _table() -> dict[int, str]:
    """What each character becomes that does not stay as it is."""
    becomes = {
        code: unicodedata.normalize("NFKC", chr(code)) for first, last in _ALIKE for code in range(first, last + 1)
    }
    becomes |= {
        code: _INSTEAD[kind] for code in range(_LAST_OF_KIND) if (kind := unicodedata.category(chr(code))) in _INSTEAD
    }
    becomes |= dict.fromkeys((*map(ord, _DRAWN_AS_NOTHING), *_IGNORED), "")
    stay = {"\n", "\t", "\u3000"}
    return {code: new for code, new in becomes.items() if new != chr(code) and chr(code) not in stay}


def _any_of(table: Iterable[int]) -> str:
    """A pattern that finds one of these characters, much faster than a table does."""
    spans: list[list[int]] = []
    for code in sorted(table):
        if spans and spans[-1][1] == code - 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return "[" + "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in spans) + "]"


_BECOMES = _table()


def _is_settled(code: int) -> bool:
    """Whether a character stays as it is whatever stands beside it: nothing to remove, to replace or to compose (marks, jamo)."""
    sign = chr(code)
    composes = unicodedata.category(sign)[0] == "M" or 0x1100 <= code <= 0x11FF
    return code not in _BECOMES and not composes and unicodedata.normalize("NFC", sign) == sign


# Most texts hold none of these and are let through at once. Of what lies beyond U+FFFF all: a pattern with many ranges
# there is slow.
_UNSETTLED = re.compile(
    _any_of(code for code in range(0x10000) if not _is_settled(code))[:-1] + "\U00010000-\U0010ffff]"
)
# Marks that stand on one letter: no script piles up more than these.
_MARK = _any_of(code for code in range(_LAST_OF_KIND) if unicodedata.combining(chr(code)))
_PILE = re.compile(f"({_MARK}{{8}}){_MARK}+")
_LINE_END = re.compile("\r\n?|\x85")


def clean(text: str) -> str:
    """``text`` as a reader sees it: without what cannot be seen, in composed form, trimmed; "" where nothing is visible.

    Lines end in ``\\n``. Cleaning twice changes nothing more. Not for passwords and tokens.
    """
    if _UNSETTLED.search(text):
        text = _composed(_LINE_END.sub("\n", text).translate(_BECOMES))
    trimmed = text.strip()
    return trimmed if any(map(_is_visible, trimmed)) else ""


def compatible(text: str) -> str:
    """For comparing, in whatever way it was written: ① is 1, ㎡ is m2, ｶﾞ is ガ."""
    # Sign by sign: as a whole it could grow into one run of marks, see _composed.
    return _composed("".join(unicodedata.normalize("NFKC", sign) for sign in clean(text)))


def _composed(text: str) -> str:
    # Python sorts the marks on one letter in quadratic time: 40,000 of them would take minutes.
    return unicodedata.normalize("NFC", _PILE.sub(r"\1", text))


def one_line(text: str) -> str:
    """A cleaned title, name or label: every run of white space is one space."""
    return " ".join(clean(text).split())


def _is_visible(sign: str) -> bool:
    # A mark alone hangs on nothing. Ideographs that are newer than Python's tables have no category yet.
    return unicodedata.category(sign)[0] in "LNPS" or 0x20000 <= ord(sign) <= 0x3FFFD


# Says of a field, beside its type, that its text is nobody's to clean: ``Annotated[str, AS_TYPED]``.
AS_TYPED = msgspec.Meta(extra={"as_typed": True})


def cleaned(value: Any, untouched: Set[str] = frozenset()) -> Any:
    """Every text in what JSON can hold, cleaned; what stands under a key of ``untouched`` stays to the letter."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {key: inner if key in untouched else cleaned(inner, untouched) for key, inner in value.items()}
    if isinstance(value, list):
        return [cleaned(inner, untouched) for inner in value]
    return value


# --- what people must write ------------------------------------------------------------------------------------------


def read_words(text: str, field: str, what: str, most: int = LONGEST_WORDS) -> str:
    """``what`` somebody must write, cleaned: never empty, at most ``most`` characters; ``Invalid`` at ``field`` else."""
    words = clean(text)
    if not words:
        raise Invalid(fields={field: f"请填写{what}。"})
    if len(words) > most:
        raise Invalid(fields={field: f"{what}不超过{most}字。"})
    return words


def read_reason(text: str) -> str:
    """Why something is done, as people type it."""
    return read_words(text, "reason", "理由")


# --- names -----------------------------------------------------------------------------------------------------------

_TO_DOT = str.maketrans(dict.fromkeys(DOTS, DOT))
_MANY_DOTS = re.compile(f"{DOT}{{2,}}")
_OF_HAN = re.compile(f"[{HAN}]")
# A circle of geometry is what keyboards offer for 〇.
_TO_ZERO = str.maketrans(dict.fromkeys("○◯", "〇"))
_LATIN = "A-Za-z\u00c0-\u024f\u1e00-\u1eff"
# Nearly every name: each of these is one sign in one form, of which nothing is made but itself.
_PLAIN = re.compile("[\u4e00-\u9fff]+")
_NAME = re.compile(f"[{HAN}]+(?:{DOT}[{HAN}]+)*|[{_LATIN}][{_LATIN}{DOT} .'’-]*")


def plain_name(text: str) -> str:
    """A person's name as it is kept: Chinese ones without spaces, their dot as ``·``; between Latin words one space."""
    if _PLAIN.fullmatch(text):
        return text
    words = clean(_VARIATIONS.sub("", compatible(text))).split()
    if not any(map(_OF_HAN.search, words)):
        return " ".join(words)
    return _MANY_DOTS.sub(DOT, "".join(words).translate(_TO_DOT).translate(_TO_ZERO)).strip(DOT)


def is_name(name: str) -> bool:
    """Whether a plain name can stand on an identity card: Chinese characters with dots between, or Latin letters."""
    return 2 <= len(name) <= LONGEST_NAME and _NAME.fullmatch(name) is not None


def name_key(text: str) -> str:
    """What of a name is compared: two offices may write its spaces, dots and capitals in their own ways."""
    return "".join(plain_name(text).translate(_TO_DOT).split()).replace(DOT, "").casefold()


def same_name(one: str, other: str) -> bool:
    """Whether two texts name the same; never of two empty ones."""
    return name_key(one) == name_key(other) != ""


# --- numbers ---------------------------------------------------------------------------------------------------------

_DASHES = re.compile("[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_FULL_WIDTH_SIGNS = str.maketrans("＋．，", "+.,")


def number_signs(text: str) -> str:
    """What was typed for a number that has no spaces and dashes: ``138 1234-5678`` → ``13812345678``.

    Digits of other scripts, ① and ² stay what they are, for the reader to refuse.
    """
    return "".join(_DASHES.sub("", clean(text)).translate(_FULL_WIDTH_SIGNS).split())
