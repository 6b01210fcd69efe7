"""Amounts are read or refused, never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.words import money
from hub.words.errors import Invalid

amounts = st.decimals(Decimal("0.01"), money.MOST, places=2)


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("120", "120.00"),
        ("120.5", "120.50"),
        ("1,250.50", "1250.50"),
        ("1,234,567", "1234567.00"),
        ("１２５０．５０", "1250.50"),
        ("１，２５０", "1250.00"),
        (" 12.50\u200b\u202c", "12.50"),
        ("0012", "12.00"),
        ("10000000", "10000000.00"),
    ],
)
def test_what_can_mean_one_amount_only_is_read(typed: str, yuan: str) -> None:
    """Plain digits, full-width ones as such, commas between thousands."""
    assert money.written(money.amount(typed)) == yuan


@pytest.mark.parametrize(
    "typed",
    [
        *("12,50", "1,5", "12，5", "1,2345", ",123", "1 250", "5.", ".5", "1.2.3", "1," * 50 + "000"),
        *("1e3", "1E3", "1_0", "0x10", "NaN", "Infinity", "9" * 13, "1" * 5000),
        *("١٢", "१२", "①", "一百", "+5", "12元", "¥12", "", "\u200b"),
    ],
)
def test_what_could_mean_another_amount_is_refused(typed: str) -> None:
    """12,50 was taken for 1250, 1,5 for 15, 1e3 and 1_0 for what Python makes of them."""
    with pytest.raises(money.BadAmount, match="应为数字"):
        money.amount(typed)


@pytest.mark.parametrize("typed", ["300.299", "0.001", "300.29999999999995"])
def test_more_than_two_decimals_are_refused(typed: str) -> None:
    """Nobody can be paid a tenth of a cent."""
    with pytest.raises(money.BadAmount, match="最多2位小数"):
        money.amount(typed)


@pytest.mark.parametrize("typed", ["0", "0.00", "-0", "-5", "-0.01", "10000000.01", "99999999"])
def test_nothing_and_too_much_are_no_amounts(typed: str) -> None:
    """More than ten million for one person is a mistyped number."""
    with pytest.raises(money.BadAmount, match="大于0且不超过10000000元"):
        money.amount(typed)


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [("300.29999999999995", "300.30"), ("0.30000000000000004", "0.30"), ("1234567.8900000001", "1234567.89")],
)
def test_the_noise_of_a_spreadsheets_arithmetic_is_no_third_decimal(typed: str, yuan: str) -> None:
    """A cell of =100.1*3 holds 300.29999999999995 and shows 300.30."""
    assert money.written(money.amount_in_cell(typed)) == yuan


@pytest.mark.parametrize("typed", ["300.299", "0.001", "10.005", "300.2999999"])
def test_a_third_decimal_that_a_cell_shows_is_refused(typed: str) -> None:
    """Noise lies beyond the fifteenth digit."""
    with pytest.raises(money.BadAmount, match="最多2位小数"):
        money.amount_in_cell(typed)


@given(yuan=amounts)
def test_what_is_written_is_read_again_as_the_same_amount(yuan: Decimal) -> None:
    """Plain, with commas between thousands, and as a spreadsheet's double."""
    assert money.amount(money.written(yuan)) == yuan
    assert money.amount(f"{yuan:,.2f}") == yuan
    assert money.amount_in_cell(repr(float(yuan))) == yuan


@given(typed=st.text())
def test_any_text_is_an_amount_in_range_or_refused(typed: str) -> None:
    """No other exception, no amount out of range."""
    try:
        yuan = money.amount_in_cell(typed)
    except money.BadAmount:
        return
    assert 0 < yuan <= money.MOST
    assert yuan == round(yuan, 2)


def test_a_request_is_told_at_which_field() -> None:
    """In words, without repeating what was typed."""
    with pytest.raises(Invalid) as refused:
        money.read_amount("12,50", "recover")

    assert refused.value.fields == {"recover": "金额应为数字，如1250.50；逗号只能用于千位分隔。"}


def test_a_sum_is_of_what_is_an_amount() -> None:
    """Of a sensitive project nothing is shown, and a village's own words are no number."""
    kept = ["320.00", "", "0.50", "按标准"]

    assert money.total(kept) == Decimal("320.50")
