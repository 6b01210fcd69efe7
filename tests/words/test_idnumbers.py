"""Identity cards, bank cards and phones, as people type them."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hub.words import idnumbers
from hub.words.idnumbers import REASONS, BadNumber

TODAY = date(2026, 11, 23)
VALID = "510904194403150023"

# The standard's own words, independent of the library that the module uses.
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def with_check_digit(seventeen: str) -> str:
    remainder = sum(int(digit) * weight for digit, weight in zip(seventeen, WEIGHTS, strict=True)) % 11
    return seventeen + "10X98765432"[remainder]


numbers = st.builds(
    lambda area, birth, order: with_check_digit(f"{area:06}{birth:%Y%m%d}{order:03}"),
    st.integers(0, 999999),
    st.dates(date(1896, 11, 23), TODAY),
    st.integers(0, 999),
)


@pytest.mark.parametrize(
    ("typed", "birth", "gender"),
    [
        ("510904194403150023", date(1944, 3, 15), "female"),
        ("510923194106120011", date(1941, 6, 12), "male"),
        ("510903195603120011", date(1956, 3, 12), "male"),
        ("510904194809200027", date(1948, 9, 20), "female"),
        ("510921196711053319", date(1967, 11, 5), "male"),
        ("510981198902141130", date(1989, 2, 14), "male"),
        ("510923197512304629", date(1975, 12, 30), "female"),
        ("510903199010012486", date(1990, 10, 1), "female"),
        (with_check_digit("51090418951124001"), date(1895, 11, 24), "male"),  # 130 today, 131 tomorrow
    ],
)
def test_invented_numbers_are_read(typed, birth, gender):
    """Birth and gender are in the number."""
    read = idnumbers.parse(typed, TODAY)

    assert (read.number, read.birth, read.gender) == (typed, birth, gender)


@given(number=numbers)
def test_whatever_the_standard_allows_is_read(number):
    """Any area code, old or unknown; birthdays from 130 years ago until today."""
    read = idnumbers.parse(number, TODAY)

    assert read.number == number


@given(number=numbers, place=st.integers(0, 17), digit=st.integers(0, 9))
def test_one_wrong_digit_is_never_read(number, place, digit):
    """The check digit finds every single slip."""
    slipped = number[:place] + str(digit) + number[place + 1 :]
    assume(slipped != number)

    with pytest.raises(BadNumber) as refusal:
        idnumbers.parse(slipped, TODAY)

    assert refusal.value.reason.startswith("id_")


@pytest.mark.parametrize(
    "typed",
    [
        " 510904 19440315 0023 ",
        "５１０９０４１９４４０３１５００２３",
        "510904\u300019440315\u200b0023",
        "510904-19440315-0023",
    ],
)
def test_spaces_and_full_width_digits_are_forgiven(typed):
    """Copied from a chat, or typed on a Chinese keyboard."""
    read = idnumbers.parse(typed, TODAY)

    assert read.number == VALID


@pytest.mark.parametrize("last", ["x", "X", "ｘ", "Ｘ"])
def test_the_letter_may_be_small(last):
    """It is kept as a capital, so that one person has one number."""
    seventeen = next(
        body for body in (f"51090419440315{n:03}" for n in range(1000)) if with_check_digit(body).endswith("X")
    )

    read = idnumbers.parse(seventeen + last, TODAY)

    assert read.number == seventeen + "X"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "id_length"),
        ("510904440315002", "id_length"),  # the 15 digits of before 1999
        ("5109041944031500233", "id_length"),
        ("51090419440315002A", "id_characters"),
        ("X10904194403150023", "id_characters"),
        ("٥١٠٩٠٤١٩٤٤٠٣١٥٠٠٢٣", "id_characters"),  # Arabic digits, which int() would read
        (with_check_digit("51090419440230002"), "id_date"),
        (with_check_digit("51090420261124002"), "id_future"),
        (with_check_digit("51090418951122002"), "id_age"),
        ("510904194403150024", "id_checksum"),
    ],
)
def test_each_slip_has_its_reason(typed, reason):
    """A stable code for programs, a sentence for the person, and nowhere the number."""
    with pytest.raises(BadNumber) as refusal:
        idnumbers.parse(typed, TODAY)

    assert refusal.value.reason == reason
    assert refusal.value.text == REASONS[reason]
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_number_does_not_print_itself():
    """Records end up in logs."""
    read = idnumbers.parse(VALID, TODAY)

    shown = repr(read)

    assert VALID not in shown
    assert "1944" not in shown


@pytest.mark.parametrize(
    ("birth", "years"),
    [
        (date(1946, 11, 23), 80),  # the birthday itself
        (date(1946, 11, 24), 79),
        (date(2026, 11, 23), 0),
        (date(1944, 2, 29), 82),
    ],
)
def test_age_goes_by_the_full_date(birth, years):
    """高龄津贴 begins on the eightieth birthday."""
    answer = idnumbers.age(birth, TODAY)

    assert answer == years


def test_a_leap_day_child_turns_on_the_first_of_march():
    """In years without a 29 February."""
    birth = date(1948, 2, 29)

    ages = [idnumbers.age(birth, day) for day in (date(2027, 2, 28), date(2027, 3, 1))]

    assert ages == [78, 79]


@given(birth=st.dates(date(1900, 1, 1), TODAY), days=st.integers(0, 40000))
def test_age_never_falls(birth, days):
    """A day later nobody is younger."""
    day = birth + timedelta(days=days)

    assert idnumbers.age(birth, day) <= idnumbers.age(birth, day + timedelta(days=1))


@pytest.mark.parametrize(
    "typed", ["6229990000000000019", "6229 9900 0000 0000 019", "６２２９９９０００００００００００１９"]
)
def test_cards_pass_luhn(typed):
    """An invented number of 19 digits with its check digit."""
    number = idnumbers.card(typed)

    assert number == "6229990000000000019"


@pytest.mark.parametrize(
    ("typed", "reason"),
    [("6229990000000000018", "card_checksum"), ("62299900", "card_length"), ("622999000000000001X", "card_length")],
)
def test_other_cards_are_refused(typed, reason):
    """With a reason of their own."""
    with pytest.raises(BadNumber) as refusal:
        idnumbers.card(typed)

    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "typed", ["13812345678", "138 1234 5678", "138-1234-5678", "+86 13812345678", "１３８１２３４５６７８"]
)
def test_phones_are_read_plain(typed):
    """One spelling, so that the blind index finds it again."""
    number = idnumbers.phone(typed)

    assert number == "13812345678"


@pytest.mark.parametrize("typed", ["12812345678", "1381234567", "138123456789", "0825-2345678", "", "8613812345678x"])
def test_other_phones_are_refused(typed):
    """Only mobile numbers of the mainland."""
    with pytest.raises(BadNumber) as refusal:
        idnumbers.phone(typed)

    assert refusal.value.reason == "phone_format"


@pytest.mark.parametrize(
    "typed", ["51090419440315002x", "510904-19440315-002X", " ５１０９０４19440315002Ｘ", "51090419440315\u200b002X"]
)
def test_one_number_has_one_key_however_it_is_typed(typed):
    assert idnumbers.key(typed) == "51090419440315002X"
