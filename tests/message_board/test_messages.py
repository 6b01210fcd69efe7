"""P13: every template fits WeChat's fields, whatever the bureaus are called."""

from __future__ import annotations

import pytest

from hub.words.wechatfields import check_literal
from plugins.message_board.triggers import MESSAGE_TYPES
from tests.whole import TEMPLATES

MESSAGES = {f"message_board.{kind.name}": kind for kind in MESSAGE_TYPES}
LONG = {
    "bureau": "人力资源和社会保障局",
    "title": "投诉 · 人力资源和社会保障局",
    "what": "不转投诉的留言",
    "sort": "建议",
}


@pytest.mark.parametrize("message", MESSAGES)
def test_no_template_has_a_problem(message):
    """As `hub check` looks at them."""
    assert TEMPLATES.problems({message: MESSAGES[message]}, ()) == []


@pytest.mark.parametrize("message", MESSAGES)
@pytest.mark.parametrize("channel", ["oa", "mp"])
def test_the_longest_names_fit(message, channel):
    sample = MESSAGES[message].sample
    filled = dict(sample) | {name: value for name, value in LONG.items() if name in sample}

    fields = TEMPLATES.fields(message, channel, filled, 1, filled)

    assert fields
    assert all(value and check_literal(key, value) is None for key, value in fields.items())


@pytest.mark.parametrize("message", MESSAGES)
def test_the_inbox_has_title_and_text(message):
    shown = TEMPLATES.text(message, MESSAGES[message].sample)

    assert shown.title and shown.body
    assert "{" not in shown.title + shown.body
