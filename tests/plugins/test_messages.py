"""What the two plugins say: every template fits WeChat's fields, also for the longest names."""

from __future__ import annotations

import pytest

from hub.rules.finding import find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.words.wechatfields import check_literal
from tests.whole import TEMPLATES

HOST = Host(gather(find(["worklist", "declaration"])))
LONG = {
    "title": "城乡居民最低生活保障金 · 阿***·***",
    "project": "城乡居民最低生活保障金",
    "who": "买***·***·***",
    "node": "住房和城乡建设局审核",
    "county": "遂宁经济技术开发区管理委员会",
    "number": "5109K1-2026-1234567",
}


def test_no_template_has_a_problem():
    """As `hub check` looks at them."""
    assert TEMPLATES.problems(HOST.message_types, ()) == []


@pytest.mark.parametrize("message", HOST.message_types)
@pytest.mark.parametrize("count", [1, 123])
def test_the_longest_values_fit(message, count):
    """Shortened to the field's rule, never empty."""
    kind = HOST.message_types[message]
    data = dict(kind.sample) | {name: value for name, value in LONG.items() if name in kind.sample}

    fields = TEMPLATES.fields(message, "oa", data, count, data)

    assert fields
    for key, value in fields.items():
        assert value
        assert check_literal(key, value) is None


@pytest.mark.parametrize("message", HOST.message_types)
def test_the_inbox_has_title_and_text(message):
    """Both filled with the sample."""
    shown = TEMPLATES.text(message, HOST.message_types[message].sample)

    assert shown.title
    assert "{" not in shown.title + shown.body
