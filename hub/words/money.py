"""Amounts of money as people and spreadsheets write them: the one reader, for tables, forms, declarations and settings.

An amount is read or refused, never guessed: ``12,50`` may be twelve and a half or 1250. Amounts are ``Decimal`` in the code
and plain decimal texts in documents and answers (``"1250.00"``), in yuan.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Context, Decimal

from hub.words import text
from hub.words.errors import Invalid

CENT = Decimal("0.01")
# Of one payment to one person; what is more is a mistyped number.
MOST = Decimal(10_000_000)
# Spreadsheets count to 15 digits, and show no more; what a cell holds beyond them is noise.
SPREADSHEET = Context(prec=15)

_PLAIN = re.compile(r"-?(?:[0-9]{1,12}|[0-9]{1,3}(?:,[0-9]{3}){1,3})(?:\.[0-9]{1,20})?")
_FULL_WIDTH_SIGNS = str.maketrans("，．－", ",.-")


class BadAmount(ValueError):
    """What was typed is no such number; ``text`` says why, to be put behind the name of the field, and without the number."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.text = said


def decimal(typed: str, places: int = 2) -> Decimal:
    """A number in plain digits, full-width ones included, with commas between thousands only, and at most ``places`` decimals.

    Raises ``BadAmount`` for all else: exponents, underscores, digits of other scripts, spaces between digits.
    """
    return _exact(_number(typed), places)


def cell(typed: str, places: int = 2) -> Decimal:
    """The number in a spreadsheet's cell, whose arithmetic may have left ``300.29999999999995`` for 300.30."""
    number = _number(typed)
    shown = SPREADSHEET.plus(number)
    return _exact(shown if abs(number - shown) < CENT else number, places)


def amount(typed: str, most: Decimal = MOST) -> Decimal:
    """Yuan, more than nothing and at most ``most``; ``BadAmount`` else."""
    return _within(decimal(typed), most)


def amount_in_cell(typed: str, most: Decimal = MOST) -> Decimal:
    """The amount in a spreadsheet's cell."""
    return _within(cell(typed), most)


def read_amount(typed: str, field: str = "amount", most: Decimal = MOST) -> Decimal:
    """The amount in a request; ``Invalid`` at ``field`` else."""
    try:
        return amount(typed, most)
    except BadAmount as problem:
        raise Invalid(fields={field: f"金额{problem.text}"}) from None


def written(yuan: Decimal) -> str:
    """As it is kept and shown: ``1250.00``. Reading that gives the same amount."""
    return format(yuan.quantize(CENT), "f")


def total(amounts: Iterable[str]) -> Decimal:
    """The sum of amounts as they are kept; a text that is no amount adds nothing."""
    return sum(map(_or_nothing, amounts), Decimal(0))


def _or_nothing(kept: str) -> Decimal:
    try:
        return decimal(kept)
    except BadAmount:
        return Decimal(0)


def _number(typed: str) -> Decimal:
    plain = text.clean(typed).translate(_FULL_WIDTH_SIGNS)
    if not _PLAIN.fullmatch(plain):
        raise BadAmount("应为数字，如1250.50；逗号只能用于千位分隔。")
    return Decimal(plain.replace(",", ""))


def _exact(number: Decimal, places: int) -> Decimal:
    rounded = round(number, places)
    if rounded != number:
        raise BadAmount(f"最多{places}位小数。" if places else "应为整数。")
    # As it was typed: 3.5 stays 3.5. Adding 0 makes -0 plain.
    return min(number, rounded, key=lambda same: len(format(same, "f"))) + 0


def _within(yuan: Decimal, most: Decimal) -> Decimal:
    if not 0 < yuan <= most:
        raise BadAmount(f"应大于0且不超过{most}元。")
    return yuan
