"""What WeChat lets a template field hold: the type in front of its key decides (`thing1`, `phrase2`, `time3`).

A value that breaks its rule makes WeChat refuse the whole message (47003), so templates are checked against this table
before the hub listens, and values are fitted to it before they are sent. Source: WeChat's table 订阅消息参数值内容限制,
which holds for official account templates as well since 2023.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime

from hub.words.clock import SHANGHAI
from hub.words.text import HAN

ELLIPSIS = "…"

# The dots that join the parts of minority names (阿不都·热合曼); people type all three.
NAME_DOTS = "·•・"

_EMOJI = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2b05-\u2b55\u231a\u231b\u23e9-\u23fa\u200d\u20e3\ufe00-\ufe0f\U000e0020-\U000e007f]"
)
# Line breaks, controls, marks of direction, zero-width signs and halves of a surrogate pair: none can be seen or sent.
_UNSENDABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\uffff\ud800-\udfff]"
)
_LINE_BREAK = re.compile("[\n\r\v\f\x85\u2028\u2029]")
_WHITE = re.compile(r"\s+")
_UNKNOWN_PART = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_STATEMENT = re.compile(r"{%.*?%}", re.DOTALL)
_KEY = re.compile(r"([a-z]+(?:_[a-z]+)*)(\d*)")

_DAY = r"(?:(?P<y{n}>\d{{4}})(?:年|[-/.])(?P<m{n}>\d{{1,2}})(?:月|[-/.])(?P<d{n}>\d{{1,2}})日?)"
_CLOCK = r"(?:(?P<h{n}>\d{{1,2}}):(?P<i{n}>\d{{2}})(?::(?P<s{n}>\d{{2}}))?)"


def _moments(point: str) -> re.Pattern[str]:
    """One moment, or two joined by `~`."""
    return re.compile(f"{point.format(n=1)}(?:~{point.format(n=2)})?")


_TIME = _moments(f"(?:{_DAY} ?)?{_CLOCK}")
_DATE = _moments(f"{_DAY}(?: ?{_CLOCK})?")
_NAME_SIGNS = f"A-Za-z{NAME_DOTS}.' -"
_LOOSE_AMOUNT = re.compile(r"(?P<sign>[¥$€£]?)(?P<whole>[0-9]{1,10})(?:\.(?P<cents>[0-9]+))?(?P<yuan>元?)")


@dataclass(frozen=True, slots=True)
class FieldType:
    """One row of the table: what is legal, in words, and how to make a value so.

    ``limit`` is in UTF-16 units (a rare character counts 2: WeChat does not say how it counts, and this way a value is
    within the limit whichever it is). ``mend`` brings clean text to the legal form, ``None`` when that cannot be done;
    ``cut`` is put where text was cut off; ``empty`` stands in for a missing value.
    """

    rule: str
    limit: int
    is_legal: Callable[[str], bool]
    is_legal_part: Callable[[str], bool]
    mend: Callable[[str], str | None]
    empty: str
    cut: str = ""


def check(key: str, value: object, allowed: Collection[str] = ()) -> str | None:
    """The problem WeChat would have with this value, in words without the value itself, or ``None``.

    ``allowed`` is the template's own list for a field of type `enum`.
    """
    found = _row(key)
    if found is None:
        return _problem_with_key(key)
    if not isinstance(value, str):
        return f"{key}: values are sent as strings, this is {type(value).__name__}"
    return _trouble_everywhere(key, value, found) or _trouble_of_type(key, value, found, allowed)


def check_literal(key: str, source: str) -> str | None:
    """The problem that can be seen before there is data, in a value as its template writes it (`{{ … }}` inside).

    Only the literal text is judged: whatever an expression gives is fitted when the message is made. Each branch of an ``{% if %}`` is
    judged by itself.
    """
    literal = _UNKNOWN_PART.sub("", source)
    if literal == source:
        return check(key, source)
    found = _row(key)
    if found is None:
        return _problem_with_key(key)
    parts = (_UNKNOWN_PART.sub("", part) for part in _STATEMENT.split(source))
    return next((trouble for part in parts if (trouble := _trouble_of_part(key, part, found))), None)


def _trouble_of_part(key: str, literal: str, found: FieldType) -> str | None:
    if trouble := _trouble_everywhere(key, literal, found):
        return f"{trouble} (in the text around the expressions)"
    if not found.is_legal_part(literal):
        return f"{key}: {found.rule} (in the text around the expressions)"
    return None


def fit(key: str, value: object, empty: str | None = None) -> str:
    """The value, changed as little as possible so that :func:`check` finds nothing; a legal value comes back unchanged.

    Line breaks, emoji and unsendable signs go, what is too long is cut (with … where the type allows it), a date in ISO
    form is written in Chinese. What is missing or cannot be mended becomes ``empty``, else the type's own placeholder —
    for a time or a date that is a visibly unset one, so give an optional date to a `thing` field.
    Raises ``ValueError`` for a key of no known type and for an ``empty`` that is not legal itself.
    """
    found = _row(key)
    if found is None:
        raise ValueError(_problem_with_key(key))
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if check(key, text) is None:
        return text
    mended = found.mend(_clean(text))
    if mended:
        mended = _shortened(mended, found.limit, found.cut)
        if check(key, mended) is None:
            return mended
    stand_in = found.empty if empty is None else empty
    if trouble := check(key, stand_in):
        raise ValueError(f"the placeholder is not legal: {trouble}")
    return stand_in


def without_emoji(text: str) -> str:
    """As the platform shows it: emoji vanish."""
    return _EMOJI.sub("", text)


def field_type(key: str) -> str | None:
    """The type in front of a key (`thing` of `thing1`), or ``None`` when there is no such type."""
    matched = _KEY.fullmatch(key)
    return matched[1] if matched and matched[1] in FIELD_TYPES else None


def _row(key: str) -> FieldType | None:
    name = field_type(key)
    return FIELD_TYPES[name] if name else None


def _problem_with_key(key: str) -> str:
    if key in ("first", "remark"):
        return f"{key}: WeChat drops this field since 2023"
    return f"{key}: no such field type; one of {', '.join(FIELD_TYPES)}, followed by a number"


def _trouble_everywhere(key: str, text: str, found: FieldType) -> str | None:
    if _LINE_BREAK.search(text):
        return f"{key}: no line breaks"
    if _UNSENDABLE.search(text):
        return f"{key}: holds a control or invisible character"
    if _EMOJI.search(text):
        return f"{key}: WeChat drops emoji"
    if _units(text) > found.limit:
        return f"{key}: {found.rule}; it has {_units(text)}"
    return None


def _trouble_of_type(key: str, text: str, found: FieldType, allowed: Collection[str]) -> str | None:
    if not text.strip():
        return f"{key}: empty"
    if not found.is_legal(text):
        return f"{key}: {found.rule}"
    return f"{key}: not in the template's list" if allowed and text not in allowed else None


def _units(text: str) -> int:
    """Length in UTF-16 units; halves of surrogate pairs may occur in hostile input."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def _clean(text: str) -> str:
    visible = _UNSENDABLE.sub("", without_emoji(_WHITE.sub(" ", text)))
    # Taking signs away may bring two spaces together.
    return _WHITE.sub(" ", visible).strip()


def _shortened(text: str, limit: int, cut: str) -> str:
    if _units(text) <= limit:
        return text
    room, kept = limit - len(cut), []
    for sign in text:
        room -= _units(sign)
        if room < 0:
            break
        kept.append(sign)
    return "".join(kept).rstrip() + cut


def _as_is(text: str) -> str:
    return text


def _keeping(signs: str) -> Callable[[str], str]:
    """Keep only these signs, after full-width forms were made plain (１２３ → 123)."""
    others = re.compile(f"[^{signs}]")
    return lambda text: others.sub("", unicodedata.normalize("NFKC", text))


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _is_symbols(text: str) -> bool:
    return all(unicodedata.category(sign)[0] in "PS" for sign in text)


def _mend_symbols(text: str) -> str:
    return "".join(sign for sign in text if _is_symbols(sign))


def _mend_number(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    found = re.fullmatch(r"[^\d.-]*(\d+(?:\.\d+)?)[^\d.-]*", plain, re.ASCII)
    # A number cut short, or without its minus, would be another number.
    return found[1] if found and len(found[1]) <= 32 else None


def _mend_amount(text: str) -> str | None:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    found = _LOOSE_AMOUNT.fullmatch(plain)
    if not found:
        return None
    cents = f".{found['cents'][:2]}" if found["cents"] else ""
    return f"{found['sign']}{found['whole']}{cents}{found['yuan']}"


def _mend_name(text: str) -> str:
    # A masked name (张*三) goes to a field that takes no asterisk: 张某三 is how a Chinese notice writes it.
    named = re.sub(r"[*＊]+", "某", text)
    kept = re.sub(f"[^{HAN}{_NAME_SIGNS}]", "", named).strip()
    return kept if _is_name(kept) else _shortened(kept, 10, "")


def _is_name(text: str) -> bool:
    """Latin names may have 20 letters, a name with a Chinese character 10 signs; something must be a letter."""
    has_han = re.search(f"[{HAN}]", text) is not None
    signs_fit = re.fullmatch(f"[{HAN}{_NAME_SIGNS}]*", text) is not None
    return signs_fit and (_units(text) <= 10 if has_han else re.search("[A-Za-z]", text) is not None)


def _mend_phone(text: str) -> str | None:
    kept = _keeping("0-9+() *-")(text).strip()
    # The first 17 digits of a longer number would ring at somebody else's.
    return kept if _units(kept) <= 17 else None


def _mend_car_number(text: str) -> str:
    plain = re.sub(f"[^{HAN}A-Za-z0-9]", "", unicodedata.normalize("NFKC", text))
    return plain.upper()


def _is_moment(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.fullmatch(text)
    return found is not None and all(_exists(found, n) for n in ("1", "2"))


def _exists(found: re.Match[str], n: str) -> bool:
    """Whether the n-th moment is on the calendar and on the clock (absent parts are fine)."""
    year, month, day = found[f"y{n}"], found[f"m{n}"], found[f"d{n}"]
    hour, minute, second = found[f"h{n}"], found[f"i{n}"], found[f"s{n}"]
    try:
        if year is not None:
            date(int(year), int(month), int(day))
    except ValueError:
        return False
    return hour is None or (int(hour) < 24 and int(minute) < 60 and int(second or 0) < 60)


def _mend_time(text: str) -> str | None:
    moment = _iso(text)
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}" if moment else None


def _mend_date(text: str) -> str | None:
    moment = _iso(text)
    return f"{moment.year}年{moment.month}月{moment.day}日" if moment else None


def _iso(text: str) -> datetime | None:
    """A moment written by a program, as the wall clocks of the city show it."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(SHANGHAI) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


_ASCII_TEXT = _matching(r"[\x20-\x7e]*")
_HAN_ONLY = _matching(f"[{HAN}]*")
_PHONE = r"[0-9+() *-]*"

# `is_legal` judges a whole value (already short enough, without line breaks and emoji), `is_legal_part` a piece of one.
FIELD_TYPES: dict[str, FieldType] = {
    "thing": FieldType("at most 20 characters", 20, bool, lambda _: True, _as_is, "—", ELLIPSIS),
    "const": FieldType("at most 20 characters", 20, bool, lambda _: True, _as_is, "—", ELLIPSIS),
    "enum": FieldType("one of the template's list, at most 20 characters", 20, bool, lambda _: True, _as_is, "其他"),
    "number": FieldType(
        "at most 32 digits", 32, _matching(r"[0-9]+(?:\.[0-9]+)?"), _matching(r"[0-9.]*"), _mend_number, "0"
    ),
    "letter": FieldType(
        "at most 32 letters", 32, _matching("[A-Za-z]+"), _matching("[A-Za-z]*"), _keeping("A-Za-z"), "NA"
    ),
    "symbol": FieldType("at most 5 symbols", 5, _is_symbols, _is_symbols, _mend_symbols, "-"),
    "character_string": FieldType(
        "at most 32 digits, letters or symbols, no Chinese",
        32,
        _ASCII_TEXT,
        _ASCII_TEXT,
        _keeping(r"\x20-\x7e"),
        "-",
        "..",
    ),
    "time": FieldType(
        "a 24-hour time like 2021年11月1日 15:01, or two with ~",
        50,
        lambda text: _is_moment(_TIME, text),
        _matching(r"[0-9年月日:/. ~-]*"),
        _mend_time,
        "1970年1月1日 00:00",
    ),
    "date": FieldType(
        "a date like 2021年11月1日, or two with ~",
        50,
        lambda text: _is_moment(_DATE, text),
        _matching(r"[0-9年月日:/. ~-]*"),
        _mend_date,
        "1970年1月1日",
    ),
    "amount": FieldType(
        "a currency sign and at most 10 digits, two decimals, 元 at the end",
        16,
        _matching(r"[¥￥$€£]?[0-9]{1,10}(?:\.[0-9]{1,2})?元?"),
        _matching(r"[¥￥$€£0-9.元]*"),
        _mend_amount,
        "0元",
    ),
    "phone_number": FieldType(
        "at most 17 digits and symbols", 17, _matching(f"{_PHONE}[0-9]{_PHONE}"), _matching(_PHONE), _mend_phone, "0"
    ),
    "car_number": FieldType(
        "at most 8, Chinese characters only first and last, else letters and digits",
        8,
        _matching(f"[{HAN}A-Za-z0-9](?:[A-Za-z0-9]*[{HAN}A-Za-z0-9])?"),
        _matching(f"[{HAN}A-Za-z0-9]*"),
        _mend_car_number,
        "无",
    ),
    "name": FieldType(
        "at most 10 Chinese characters or 20 letters, no digits, no asterisk",
        20,
        _is_name,
        _matching(f"[{HAN}{_NAME_SIGNS}]*"),
        _mend_name,
        "未填写",
    ),
    "phrase": FieldType("at most 5 Chinese characters", 5, _HAN_ONLY, _HAN_ONLY, _keeping(HAN), "无"),
}
