"""Numbers that people type: identity cards (GB 11643), bank and social-security cards (Luhn), mobile phones.

Each reader takes what a person typed or pasted, with full-width digits, spaces and dashes anywhere, and gives the plain number or raises
`BadNumber`. No error ever carries the number itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from hub.words.text import number_signs

OLDEST = 130  # years; nobody has lived that long, a mistyped century has

Gender = Literal["male", "female"]

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "id_length": "身份证号应为18位。",
        "id_characters": "身份证号前17位应为数字，最后一位为数字或X。",
        "id_date": "身份证号中的出生日期不存在，请核对。",
        "id_future": "身份证号中的出生日期晚于今天，请核对。",
        "id_age": "身份证号中的出生年份有误，请核对。",
        "id_checksum": "身份证号校验不通过，请核对。",
        "card_length": "银行卡号应为12至19位数字。",
        "card_checksum": "银行卡号校验不通过，请核对。",
        "phone_format": "手机号应为11位数字，以13至19开头。",
    }
)


class BadNumber(ValueError):
    """What was typed is no such number. `reason` is one of `REASONS`, `text` says it to the person."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = REASONS[reason]


@dataclass(frozen=True, slots=True)
class IdNumber:
    """An identity-card number that can exist, and what it tells. Its `repr` keeps the number and the birthday back."""

    number: str = field(repr=False)
    birth: date = field(repr=False)
    gender: Gender


def parse(text: str, today: date) -> IdNumber:
    """Read an identity-card number of 18 characters, `x` for `X` allowed; `today` is the date in Shanghai.

    The area code may be any: codes that were abolished decades ago live on in people's cards.
    """
    number = number_signs(text).upper()
    if len(number) != 18:
        raise BadNumber("id_length")
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise BadNumber("id_characters")
    birth = _birth(number, today)
    if not mod_11_2.is_valid(number):
        raise BadNumber("id_checksum")
    return IdNumber(number, birth, "male" if int(number[16]) % 2 else "female")


def key(text: str) -> str:
    """One text for one number, however it was typed; for finding two of them, right or wrong."""
    return number_signs(text).upper()


def age(birth: date, today: date) -> int:
    """Full years, the birthday itself counted as reached; one born on 29 February turns on 1 March of a common year."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def card(text: str) -> str:
    """Read a card number: 12 to 19 digits, the last one by Luhn."""
    number = number_signs(text)
    if not re.fullmatch(r"[0-9]{12,19}", number):
        raise BadNumber("card_length")
    if not luhn.is_valid(number):
        raise BadNumber("card_checksum")
    return number


def phone(text: str) -> str:
    """Read a mobile phone number of the mainland; a leading `+86` is dropped."""
    number = number_signs(text).removeprefix("+86")
    if not re.fullmatch(r"1[3-9][0-9]{9}", number):
        raise BadNumber("phone_format")
    return number


def _birth(number: str, today: date) -> date:
    try:
        birth = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        # `from None`: the original message could carry parts of the number into a log.
        raise BadNumber("id_date") from None
    if birth > today:
        raise BadNumber("id_future")
    if age(birth, today) > OLDEST:
        raise BadNumber("id_age")
    return birth
