"""What publicity says: every template fits WeChat's fields, whatever a project, a place or a batch is called."""

from __future__ import annotations

from datetime import UTC, datetime

import hypothesis
import pytest
from hypothesis import strategies as st

from hub.words.wechatfields import check, check_literal
from plugins.publicity.triggers import MESSAGE_TYPES, WORDS
from tests.whole import TEMPLATES

MESSAGES = {f"publicity.{kind.name}": kind for kind in MESSAGE_TYPES}
HARD = [
    "",
    " ",
    "买买提·阿不都热合曼·依布拉音村",
    "𠮷林县䶮村",
    "〇" * 40,
    "遂宁经济技术开发区管理委员会便民服务中心耕地地力保护补贴（2026年度第十二批次）",
    "line\nbreak\t",
    "emoji😀👨‍👩‍👧",
    "\u202e反向\u200b零宽",
    "{{ 7 * 7 }}{% raw %}",
    "<script>alert(1)</script>&amp;",
    "A" * 200,
    "=cmd|' /C calc'!A0",
    "\ud7ff\ufeff",
]
TEXTS = st.one_of(st.sampled_from(HARD), st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
# 60 names × 60 titles × 3 messages: more than ten thousand.
MANY = st.lists(TEXTS, min_size=60, max_size=60)


@pytest.mark.parametrize("message", MESSAGES)
def test_no_template_has_a_problem(message):
    """As `hub check` looks at them."""
    assert TEMPLATES.problems({message: MESSAGES[message]}, ()) == []


def test_all_together_share_their_kinds():
    assert TEMPLATES.problems(MESSAGES, ()) == []


@pytest.mark.parametrize("channel", ["oa", "mp"])
@pytest.mark.parametrize("words", WORDS.values())
def test_the_words_of_each_phase_fit(words, channel):
    """In full: what to do stands in them."""
    data = dict(MESSAGES["publicity.due"].sample) | {"words": words}

    fields = TEMPLATES.fields("publicity.due", channel, data, 1, data)

    assert fields["thing2"] == words
    assert all(check_literal(key, value) is None for key, value in fields.items())


@hypothesis.settings(max_examples=1, suppress_health_check=list(hypothesis.HealthCheck), database=None)
@hypothesis.given(projects=MANY, titles=MANY)
def test_ten_thousand_hard_records_fit(projects, titles):
    """Long names, rare characters, dots, line breaks, nothing at all; on both channels and in the inbox."""
    seen = 0
    at = datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC)
    for turn, project in enumerate([*HARD, *projects[len(HARD) :]]):
        channel = ("oa", "mp")[turn % 2]
        for title in titles:
            for message, kind in MESSAGES.items():
                data = dict(kind.sample) | {"project": project, "title": title, "ends_at": at, "at": at}
                fields = TEMPLATES.fields(message, channel, data, 1, data)
                problems = [problem for key, value in fields.items() if (problem := check(key, value))]
                assert not problems, (message, problems)
                seen += 1
            shown = TEMPLATES.text(message, data)
            assert shown.title and shown.body
    assert seen >= 10_000


@pytest.mark.parametrize("message", MESSAGES)
def test_the_inbox_has_title_and_text(message):
    shown = TEMPLATES.text(message, MESSAGES[message].sample)

    assert shown.title and shown.body
    assert "{" not in shown.title + shown.body
