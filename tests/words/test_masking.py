"""What may be seen of a person by others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.words import masking

ideographs = st.one_of(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), st.sampled_from("〇𠮷𪚥䶮"))
chinese_names = st.text(ideographs, min_size=2, max_size=6)
any_text = st.text(st.characters(exclude_characters="*", exclude_categories=("Cs",)), min_size=2, max_size=40)
digits = st.text("0123456789", min_size=5, max_size=24)


@pytest.mark.parametrize(
    ("full", "masked"),
    [
        ("张三", "张*"),
        ("张小三", "张*三"),
        ("张小三丰", "张**丰"),
        ("欧阳三", "欧阳*"),
        ("欧阳小三", "欧阳*三"),
        ("欧阳", "欧*"),
        ("阿依古丽·买买提", "阿***·***"),
        ("阿依古丽•买买提", "阿***·***"),
        ("李〇", "李*"),
        ("𠮷野家", "𠮷*家"),
        (" 张 三 ", "张*"),
        ("张\u200b三", "张*"),
        ("Maria", "M***"),
        ("张", "*"),
        ("", ""),
    ],
)
def test_names(full, masked):
    """A village must be able to know which 张 it is, a stranger must not."""
    answer = masking.name(full)

    assert answer == masked


@pytest.mark.parametrize(
    ("full", "masked"), [("张三", "张**"), ("张小三", "张**"), ("欧阳小三", "欧阳**"), ("阿依·买买提", "阿**")]
)
def test_of_a_minor_only_the_surname_is_seen(full, masked):
    """Under 14."""
    answer = masking.name(full, minor=True)

    assert answer == masked


@given(full=any_text, minor=st.booleans())
def test_no_name_comes_out_whole(full, minor):
    """Whatever was typed into the field."""
    masked = masking.name(full, minor)

    assert full not in masked


@given(full=chinese_names)
def test_a_given_name_loses_all_but_its_last_character(full):
    """At most surname and last character are left, and a star stands for every other."""
    masked = masking.name(full)

    assert len(masked) == len(full)
    assert masked.count("*") >= 1
    assert all(seen in ("*", original) for seen, original in zip(masked, full, strict=True))


@given(full=any_text)
def test_masking_a_masked_name_changes_nothing(full):
    """A mask may pass through two layers."""
    masked = masking.name(full)

    assert masking.name(masked) == masked


def test_identity_cards():
    """Neither form shows the birthday."""
    number = "510904194403150023"

    assert masking.id_number_staff(number) == "510904********0023"
    assert masking.id_number_public(number) == "****0023"


def test_cards_and_phones():
    """The last four, and three before them of a phone."""
    assert masking.card("6229990000000000019") == "****0019"
    assert masking.phone("13812345678") == "138****5678"


@pytest.mark.parametrize("mask", [masking.id_number_staff, masking.id_number_public, masking.card, masking.phone])
@given(number=digits)
def test_no_number_comes_out_whole(mask, number):
    """At least four digits are hidden; of a number of the wrong length, all."""
    masked = mask(number)

    hidden = len(number) - sum(letter.isdigit() for letter in masked)
    assert hidden >= 4
    assert masked != number


@pytest.mark.parametrize(
    ("full", "shown"),
    [
        ("四川省遂宁市安居区聚贤镇木莲寺村3组12号", "四川省遂宁市安居区聚贤镇木莲寺村3组"),
        ("聚贤镇木莲寺村第三村民小组张家院子", "聚贤镇木莲寺村第三村民小组"),
        ("聚贤镇木莲寺村５社１２号", "聚贤镇木莲寺村5社"),
        ("聚贤镇文兴社区正街18号2单元301", "聚贤镇文兴社区"),
        ("中村镇下坝村5组李家村口", "中村镇下坝村5组"),
        ("聚贤镇中村村3组8号", "聚贤镇中村村3组"),
        ("木莲寺村村民委员会旁", "木莲寺村"),
        ("船山区镇江寺街道明霞路1号", "船山区镇江寺街道"),
        ("安居镇解放路7号", "安居镇"),
        ("某某路7号", "****"),
        ("", "****"),
    ],
)
def test_addresses_end_at_village_and_group(full, shown):
    """House and building stay away."""
    answer = masking.address(full)

    assert answer == shown


@given(head=st.sampled_from(["安居区聚贤镇", ""]), house=st.text("0123456789号单元-路巷", min_size=1, max_size=12))
def test_nothing_after_the_group_is_shown(head, house):
    """However the house is written."""
    masked = masking.address(f"{head}木莲寺村3组{house}")

    assert masked == f"{head}木莲寺村3组"
