"""The table of field types against WeChat's own examples, and `fit` against everything hypothesis can think of."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.words.wechatfields import FIELD_TYPES, check, check_literal, fit

# WeChat's own examples and the edges of its limits.
LEGAL = [
    ("thing1", "高龄津贴（80周岁以上）"),
    ("thing1", "字" * 20),
    ("thing1", "𠮷" * 10),
    ("const2", "待处理"),
    ("number01", "9" * 32),
    ("number1", "12.5"),
    ("letter1", "abcXYZ"),
    ("symbol1", "！？"),
    ("character_string4", "510922-2026-000123"),
    ("time3", "15:01"),
    ("time3", "2019年10月1日 15:01"),
    ("time3", "2021年11月1日 15:01~2021年11月2日 09:00:30"),
    ("date3", "2019年10月1日"),
    ("date3", "2019年10月1日 15:01"),
    ("date3", "2018-01-01"),
    ("amount5", "¥1234567890.25"),
    ("amount5", "120元"),
    ("phone_number6", "+86-0766-66888866"),
    ("car_number7", "粤A8Z888挂"),
    ("name8", "买买提·吐尔逊"),
    ("name8", "Abigail Featherston"),
    ("name8", "李𠮷"),
    ("phrase9", "配送中"),
    ("enum10", "已通过"),
]

ILLEGAL = [
    ("thing1", ""),
    ("thing1", "   "),
    ("thing1", "字" * 21),
    ("thing1", "𠮷" * 11),
    ("thing1", "上\n下"),
    ("thing1", "好的👍"),
    ("thing1", "零\u200b宽"),
    ("thing1", "\ud800"),
    ("thing1", 5),
    ("thing1", None),
    ("number1", "9" * 33),
    ("number1", "-3"),
    ("number1", "１２"),
    ("letter1", "a1"),
    ("symbol1", "！！！！！！"),
    ("character_string1", "编号1"),
    ("time1", "2019年10月1日"),
    ("time1", "25:00"),
    ("time1", "2019年2月30日 15:01"),
    ("date1", "2019年13月1日"),
    ("date1", "明天"),
    ("amount1", "12345678901"),
    ("amount1", "一百元"),
    ("phone_number1", "1" * 18),
    ("phone_number1", "---"),
    ("car_number1", "川AB粤12"),
    ("name1", "阿卜杜热依木·麦麦提图尔"),
    ("name1", "张*三"),
    ("name1", "张3"),
    ("phrase1", "已受理通过了"),
    ("phrase1", "OK"),
    ("first", "您好"),
    ("remark", "再见"),
    ("keyword1", "旧式"),
    ("Thing1", "大写"),
]

keys = st.sampled_from([f"{name}{n}" for name in FIELD_TYPES for n in (1, 23)])

names = st.sampled_from(
    [
        "张*三",
        "阿卜杜热依木·麦麦提图尔荪江",
        "欧阳娜娜",
        "𠮷田𫠜",
        "Abdurehim Memettursun Heyder",
        "王　五",
        "扎西•卓玛",
    ]
)
moments = st.datetimes().map(str) | st.dates().map(str)
numbers = st.integers().map(str) | st.decimals(allow_nan=False).map(str) | st.integers()
values = (
    st.text(st.characters(exclude_categories=()), max_size=60)
    | st.text("张三·*高龄津贴ABab0123 \n\t，。¥元年月日:~-+👍\u200b𠮷𪚥\ud800\udc00", max_size=60)
    | names
    | moments
    | numbers
    | st.none()
)


@pytest.mark.parametrize(("key", "value"), LEGAL)
def test_what_wechat_takes_has_no_problem(key, value):
    """Every value of WeChat's own table passes."""
    problem = check(key, value)

    assert problem is None


@pytest.mark.parametrize(("key", "value"), ILLEGAL)
def test_what_wechat_refuses_is_named_without_the_value(key, value):
    """The problem says which field and which rule, never what was written in it."""
    problem = check(key, value)

    assert problem is not None
    assert problem.startswith(f"{key}:")
    assert not (isinstance(value, str) and len(value) > 2 and value in problem)


@settings(deadline=None)
@given(keys, values)
def test_whatever_is_fitted_passes(key, value):
    """Rare characters, long and masked names, halves of surrogate pairs, missing values: all become sendable."""
    fitted = fit(key, value)

    assert check(key, fitted) is None
    fitted.encode("utf-8")


@settings(deadline=None)
@given(keys, values)
def test_fitting_again_changes_nothing(key, value):
    """`fit` is idempotent, and so leaves every legal value alone."""
    fitted = fit(key, value)

    again = fit(key, fitted)

    assert again == fitted


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_cut_text_keeps_its_beginning(text):
    """What is cut is cut at the end."""
    legal = fit("thing1", "开头的十个字就在这里了" + text * 30)

    assert legal.startswith("开头的十个字就在这里了")


@pytest.mark.parametrize(
    ("key", "value", "fitted"),
    [
        ("thing1", "射洪市聚贤镇高龄津贴申报材料需要补正请查看", "射洪市聚贤镇高龄津贴申报材料需要补正请…"),
        ("thing1", "第一行\r\n第二行👍", "第一行 第二行"),
        ("thing1", None, "—"),
        ("name1", "张*三", "张某三"),
        ("name1", "阿卜杜热依木·麦麦提图尔荪江", "阿卜杜热依木·麦麦提"),
        ("time1", "2026-11-23T07:01:00+00:00", "2026年11月23日 15:01"),
        ("date1", "2026-11-03T00:00:00", "2026年11月3日"),
        ("amount1", "￥1,200.505", "¥1200.50"),
        ("amount1", "-5", "0元"),
        ("number1", "23件", "23"),
        ("number1", "-23件", "0"),
        ("number1", "9" * 33, "0"),
        ("number1", 23, "23"),
        ("phrase1", "正在处理之中了", "正在处理之"),
        ("character_string1", "受理编号５１０-7", "510-7"),
        ("phone_number1", "1" * 18, "0"),
    ],
)
def test_fitting_keeps_the_meaning(key, value, fitted):
    """Shortened with an ellipsis, written the Chinese way, never turned into another number."""
    result = fit(key, value)

    assert result == fitted


def test_the_placeholder_can_be_chosen():
    """A template says itself what stands for a missing value."""
    result = fit("thing1", "", empty="未填写")

    assert result == "未填写"


def test_an_illegal_placeholder_is_a_mistake_of_the_program():
    """A placeholder that WeChat would refuse is found at once, not at the first missing value in production."""
    with pytest.raises(ValueError, match="placeholder"):
        fit("number1", "", empty="无")


def test_an_enum_knows_its_list():
    """The list comes from the template."""
    problem = check("enum1", "别的", allowed=("通过", "驳回"))

    assert problem == "enum1: not in the template's list"


@pytest.mark.parametrize(
    ("key", "source"),
    [
        ("thing1", "{{ project }}待受理"),
        ("number1", "{{ count }}"),
        ("time1", "{{ start }}~{{ end }}"),
        ("phrase1", "待{% if urgent %}急{% endif %}办"),
        ("thing1", "待办任务"),
        ("thing1", "{% if a %}" + "字" * 15 + "{% else %}" + "句" * 15 + "{% endif %}"),
    ],
)
def test_a_sound_template_value_passes_before_there_is_data(key, source):
    """Expressions are trusted to be fitted later."""
    problem = check_literal(key, source)

    assert problem is None


@pytest.mark.parametrize(
    ("key", "source"),
    [
        ("number1", "{{ count }}件"),
        ("thing1", "{{ a }}" + "字" * 21),
        ("thing1", "{{ a }}\n{{ b }}"),
        ("thing1", "📌{{ a }}"),
        ("phrase1", "OK{{ a }}"),
        ("keyword1", "{{ a }}"),
        ("thing1", "字" * 21),
        ("thing1", "{% if a %}好{% else %}" + "句" * 21 + "{% endif %}"),
    ],
)
def test_a_broken_template_value_is_found_before_there_is_data(key, source):
    """`hub check` finds it, not the resident's phone."""
    problem = check_literal(key, source)

    assert problem is not None
