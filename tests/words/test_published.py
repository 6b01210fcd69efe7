"""What is written for everybody tells nobody's name and number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.words import masking

PHONE = "13812345678"
separators = st.sampled_from(
    ["", " ", "-", "－", ".", "·", "，", "/", "_", "（", "\u200b", "\u202d", "\n", "\u3000", "*"]
)
digits = st.sampled_from(
    ["0123456789", "０１２３４５６７８９", "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖", "٠١٢٣٤٥٦٧٨٩", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗"]
)


@pytest.mark.parametrize(
    "written",
    [
        *(PHONE, "138 1234 5678", "138-1234-5678", "138.1234.5678", "138，1234，5678", "138（1234）5678"),
        *(
            "一三八一二三四五六七八",
            "幺三八一二三四五六七八",
            "壹叁捌壹贰叁肆伍陆柒捌",
            "１３８１２３４５６７８",
            "①③⑧①②③④⑤⑥⑦⑧",
        ),
        *("1 3 8 1 2 3 4 5 6 7 8", "138\u200b1234\u200b5678", "13,812,345,678", "0825-222 2222", "2222222"),
        *("510904194403150023", "510904 1944-03-15 0023", "6217 0000 0000 0000 004"),
        "510904-2026-13812345678",
        "〔2023〕13812345678号",
        *(
            "138-1234-5678元旦前有效",
            "138 1234-5678 元",
            "13812-345678元",
            "0825 6612-345元",
            "139(2012)3456号",
            "138[2034]5678号",
        ),
        *("身份证510904 198001-111234元", "卡号622848-123456元", "138、1234、5678", "66,123,45"),
    ],
)
def test_numbers_of_people_are_found_however_they_are_written(written: str) -> None:
    """Spaces, dashes, full-width and Chinese digits let a phone through."""
    assert masking.tells_who(f"联系{written}核实。")


@given(script=digits, between=st.lists(separators, min_size=10, max_size=10))
def test_no_script_and_no_separators_hide_a_number(script: str, between: list[str]) -> None:
    """Any digits of Unicode, anything that is no letter between them."""
    spelled = "".join(script[int(sign)] + sep for sign, sep in zip(PHONE, [*between, ""], strict=True))

    assert masking.tells_who(f"电话是{spelled}。")


@pytest.mark.parametrize(
    "written",
    [
        "经查，2026年1月至3月共3笔，每笔350.00元，已于2026-04-01 09:00:00补发。",
        "共120户、30000元；其中12,500.00元已追回，3,000,000元待拨。",
        "详情请拨打12345、12388。",
        "按川农发〔2023〕112号、川财规[2024]7号和遂府办（2025）第1234号执行。",
        "户均 14000—35000 元，最高14000-135000元。",
        "2024、2025、2026年均已发放，编号510904-2026-T000123、510904-2026-000001。",
        "周一至周五8:30-12:00，14:00-17:30；星期六8:30-12:00。",
        "每月80、100、150元，300/400/500元，1200/2400元；5,10,15,20年。",
        "第10、11、12、13条和第三、四、五、六、七、八、九条。",
        "第一、第二、第三项属实；川民发〔2026〕12号；二〇二六年补发三百五十元。",
        "",
    ],
)
def test_dates_amounts_and_numbers_of_cases_may_be_written(written: str) -> None:
    """A summary must be able to say what was found."""
    assert not masking.tells_who(written)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        *(("张三", "张三"), ("张 三", "张三"), ("张\u3000三", "张三"), ("张\u200b三", "张三"), ("张·三", "张三")),
        *(("张-三", "张三"), ("“张”“三”", "张三"), ("⽅⽂", "方文"), ("张○", "张〇")),
        *(("阿依.买买提", "阿依·买买提"), ("阿依买买提", "阿依·买买提"), ("阿依 • 买买提", "阿依·买买提")),
        *(("MARIA GARCIA", "Maria Garcia"), ("Ｍaria Garcia", "Maria Garcia")),
    ],
)
def test_known_names_are_found_however_they_are_written(written: str, name: str) -> None:
    """A space or another dot let a name through."""
    assert masking.tells_who(f"经查，{written}情况属实。", [name])


@pytest.mark.parametrize("written", ["经查，张*情况属实。", "经查，张某情况属实。", "已开张，三天后办结。", ""])
def test_what_is_not_the_name_may_be_written(written: str) -> None:
    """Masked, 某, or the characters by chance in two clauses."""
    assert not masking.tells_who(written, ["张三", "", "张", "·"])


@pytest.mark.parametrize(
    ("paper", "id_or_card", "mobile"),
    [
        ("王建国 510904198803129942", True, False),
        ("510904 19880312 9942", True, False),
        ("51090419880312994x，２０", True, False),
        ("510904198803\n129942", True, False),
        ("510904********9942", False, False),
        ("510904 20261120 1234", False, False),
        ("6217 0037 6001 2345 678", True, False),
        ("6217003760012345678", True, False),
        ("9559 9800 1234 5678", True, False),
        ("统一社会信用代码：115109040088123456", False, False),
        ("手机：138 1234 5678", False, True),
        ("13812345678、13912345678", False, True),
        ("+86 138-1234-5678", False, True),
        ("一三八一二三四五六七八", False, True),
        ("138****5678", False, False),
        ("联系电话：0825-8661234", False, False),
        ("合计 1,380,000.00元，12345热线，2026-11-20", False, False),
        ("510904-2026-000123", False, False),
    ],
)
def test_in_the_papers_of_an_office_numbers_have_shapes(paper: str, id_or_card: bool, mobile: bool) -> None:
    """They are full of figures that are nobody's: codes, amounts, the telephones of offices."""
    assert (masking.holds_id_or_card(paper), masking.holds_mobile(paper)) == (id_or_card, mobile)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("王建国510904198803129942，电话138 1234 5678。", "王建国 ,电话 。"),
        ("安民〔2026〕15号，补贴100元", "安民〔2026〕15号,补贴100元"),
        ("申报编号510904-2026-000123，周五8:30", "申报编号510904-2026-000123,周五8:30"),
        ("打一三八一二三四五六七八", "打 "),
    ],
)
def test_what_may_be_looked_for_holds_no_number_of_anybody(said: str, kept: str) -> None:
    assert masking.without_numbers(said) == kept
