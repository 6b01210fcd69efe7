"""What people type is cleaned and compared in one place."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.words import text
from hub.words.errors import Invalid

# Every category that hides, mixed with what people write.
hostile = st.text(
    st.one_of(
        st.characters(), st.characters(categories=["Cf", "Cc", "Zs", "Mn"]), st.sampled_from("张三〇·.⽅Ａ１ \n\r")
    )
)


INVISIBLE = (
    "200b 200c 200d 200e 202e 2060 feff ad 61c 180e 2028 a0 3000 2800 3164 115f ffa0 34f 301 fe0f e0020 e000 fffc"
)


@pytest.mark.parametrize("code", INVISIBLE.split())
def test_what_shows_nothing_is_no_text(code: str) -> None:
    """Format characters alone counted as a complaint, a reason, an official reply."""
    sign = chr(int(code, 16))

    assert text.clean(sign) == text.clean(f" {sign}\n{sign * 3}\u200b") == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("张\u200b三", "张三"),
        ("\u202e收款\u202c", "收款"),
        ("  公示\u3000", "公示"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("\u3000\u3000一\n\u3000\u3000二", "一\n\u3000\u3000二"),
        ("２０２６年Ａ组", "2026年A组"),
        ("⽅⽂", "方文"),
        ("e\u0301", "é"),
        ("a\u00a0b", "a b"),
        ("❤️", "❤️"),
    ],
)
def test_what_is_kept_is_what_a_reader_sees(typed: str, kept: str) -> None:
    """Invisible characters go, look-alikes of a computer's making become one, spaces around go."""
    assert text.clean(typed) == kept


@pytest.mark.parametrize("typed", ["①②", "m²", "㎡", "½", "你好，世界！（一）", "“引号”……", "𠮷〇"])
def test_signs_that_mean_something_of_their_own_stay(typed: str) -> None:
    """NFKC as a whole would make m2 of m² and a comma of ，."""
    assert text.clean(typed) == typed


@given(typed=hostile)
def test_cleaning_twice_changes_nothing_more(typed: str) -> None:
    """Whatever passes two doors is the same behind both."""
    once = text.clean(typed)

    assert text.clean(once) == once
    name = text.plain_name(typed)
    assert not text.is_name(name) or text.plain_name(name) == name


@given(typed=hostile)
def test_nothing_invisible_comes_through(typed: str) -> None:
    """No format and no control characters but line ends and tabs; whatever is left shows something."""
    kept = text.clean(typed)

    assert not [sign for sign in kept if unicodedata.category(sign) in ("Cf", "Cc", "Cs") and sign not in "\n\t"]
    assert kept == kept.strip()
    assert unicodedata.is_normalized("NFC", kept)


@pytest.mark.parametrize("pile", ["\u0315\u0300", "\u0315\uff9e", "\u3099\u0300"])
def test_a_pile_of_marks_costs_no_time(pile: str) -> None:
    """Python sorts them in quadratic time: a body of 256 KB would have kept the loop for ten minutes."""
    kept = text.clean("a" + pile * 60_000 + "b")

    assert kept.endswith("b")
    assert not text.is_name(text.plain_name("张" + pile * 60_000))


def test_every_text_of_a_body_is_cleaned_but_passwords() -> None:
    """At any depth, also within lists; keys, numbers and nothing stay."""
    body = {"name": " 张\u200b三", "password": " ａ\u200b ", "more": [{"why": "\u200b", "n": 1, "none": None}]}

    cleaned = text.cleaned(body, frozenset({"password"}))

    assert cleaned == {"name": "张三", "password": " ａ\u200b ", "more": [{"why": "", "n": 1, "none": None}]}


def test_a_title_is_one_line() -> None:
    """Breaks and runs of spaces are one space."""
    assert text.one_line(" 高龄津贴\n\u3000 公示\u202e ") == "高龄津贴 公示"


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "\u200c\u200d", "\u3164"])
def test_what_must_be_written_must_be_visible(typed: str) -> None:
    """A reason of zero-width characters is none."""
    with pytest.raises(Invalid) as refused:
        text.read_reason(typed)

    assert refused.value.fields == {"reason": "请填写理由。"}


def test_a_reason_is_cleaned_before_it_is_measured() -> None:
    """Five hundred characters that can be seen."""
    assert text.read_reason("\u200b" + "因" * 500 + "\u202e ") == "因" * 500

    with pytest.raises(Invalid) as refused:
        text.read_words("因" * 11, "opinion", "处理意见", 10)
    assert refused.value.fields == {"opinion": "处理意见不超过10字。"}


def test_common_ideographs_are_their_own_plain_form() -> None:
    """A name of these alone is kept as it is, unread: so none of them may have another form or be invisible."""
    common = "".join(map(chr, range(0x4E00, 0xA000)))

    assert text.plain_name(common) == common
    assert text.compatible(common) == common
    assert not set(common) & set("○◯" + text.DOTS)


@pytest.mark.parametrize("dot", list("·.•‧∙⋅․・･．﹒"))
def test_all_dots_of_minority_names_are_one(dot: str) -> None:
    """What the phone's keyboard offers differs from what stands on the card."""
    name = text.plain_name(f"阿依古丽{dot}买买提")

    assert name == "阿依古丽·买买提"
    assert text.is_name(name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" 张 三 ", "张三"),
        ("张\u202d三\u202c", "张三"),
        ("阿〇·〇孜", "阿〇·〇孜"),
        ("阿○·买买提", "阿〇·买买提"),
        ("𠮷𡃁·𪚥", "𠮷𡃁·𪚥"),
        ("㐂䶮", "㐂䶮"),
        ("⽅⽂", "方文"),
        ("葛\U000e0100城", "葛城"),
        ("阿依··买买提·", "阿依·买买提"),
        ("Maria  Garcia", "Maria Garcia"),
        ("Ｊ． Smith", "J. Smith"),
        ("José", "José"),
    ],
)
def test_names_that_stand_on_cards_are_names(typed: str, kept: str) -> None:
    """Rare characters, 〇 on either side of a dot, Latin letters."""
    name = text.plain_name(typed)

    assert name == kept
    assert text.is_name(name)


@pytest.mark.parametrize(
    "typed", ["", "张", "张3", "张\ue000", "张①", "·", "·.·", "张-三", "-Maria", "张" * 51, "\u200b\u200c"]
)
def test_what_cannot_stand_on_a_card_is_no_name(typed: str) -> None:
    """Digits, signs, characters of a private use area."""
    assert not text.is_name(text.plain_name(typed))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("张三", "张\u200b三"),
        ("张三", "张 三"),
        ("阿依·买买提", "阿依.买买提"),
        ("阿依·买买提", "阿依买买提"),
        ("Maria Garcia", "MARIA GARCIA"),
        ("葛城", "葛\U000e0100城"),
    ],
)
def test_two_writings_of_a_name_are_the_same(one: str, other: str) -> None:
    """Spaces, dots, capitals and what is invisible say nothing."""
    assert text.same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("张三", "张四"), ("", ""), ("\u200b", "\u200c"), ("·", ".")])
def test_other_names_and_no_names_are_not_the_same(one: str, other: str) -> None:
    """Nobody is named by nothing."""
    assert not text.same_name(one, other)


@pytest.mark.parametrize(
    ("typed", "signs"),
    [
        ("\u202d13812345678\u202c", "13812345678"),
        ("138 1234－5678", "13812345678"),
        ("１３８‐１２３４‑５６７８", "13812345678"),
        ("+86 138\u00a01234\u20095678", "+8613812345678"),
        ("١٣٨", "١٣٨"),
        ("①②", "①②"),
    ],
)
def test_numbers_are_read_as_they_are_pasted(typed: str, signs: str) -> None:
    """Phones put direction marks around a number that is copied; digits that nobody types stay what they are."""
    assert text.number_signs(typed) == signs
