"""What payments and proofs say: every template fits WeChat's fields, also for the longest names."""

from __future__ import annotations

import pytest

from hub.identity.proofs import ProofsPlugin
from hub.words.wechatfields import check_literal
from plugins.payments.triggers import MESSAGE_TYPES
from tests.whole import TEMPLATES

MESSAGES = {f"payments.{kind.name}": kind for kind in MESSAGE_TYPES}
PROOFS = {f"proofs.{kind.name}": kind for kind in ProofsPlugin(None).message_types()}  # type: ignore[arg-type]
ALL = {**MESSAGES, **PROOFS}
LONG = {
    "project": "城乡居民最低生活保障金",
    "who": "买***·***·***",
    "number": "5109K1-2026-P9999-999999",
    "period": "2026-H2",
    "unit": "遂宁经济技术开发区管理委员会便民服务中心",
}


@pytest.mark.parametrize("message", ALL)
def test_no_template_has_a_problem(message):
    """As `hub check` looks at them."""
    assert TEMPLATES.problems({message: ALL[message]}, ()) == []


# The operations console has no mini program.
BY_CHANNEL = [
    (message, channel) for message, kind in ALL.items() for channel in ("oa", "mp")[: 1 + (kind.app != "ops")]
]


@pytest.mark.parametrize(("message", "channel"), BY_CHANNEL)
def test_the_longest_values_fit(message, channel):
    kind = ALL[message]
    data = dict(kind.sample) | {name: value for name, value in LONG.items() if name in kind.sample}

    fields = TEMPLATES.fields(message, channel, data, 1, data)

    assert fields
    for key, value in fields.items():
        assert value
        assert check_literal(key, value) is None


@pytest.mark.parametrize("message", ALL)
def test_the_inbox_has_title_and_text(message):
    shown = TEMPLATES.text(message, ALL[message].sample)

    assert shown.title and shown.body
    assert "{" not in shown.title + shown.body
