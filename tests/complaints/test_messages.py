"""P05 and P06: every template fits WeChat's fields, whatever the names of projects and types, and names nobody."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.words.wechatfields import check_literal
from plugins.complaints.triggers import MESSAGE_TYPES
from tests.whole import TEMPLATES

MESSAGES = {f"complaints.{kind.name}": kind for kind in MESSAGE_TYPES}
# Each is put into every message in both channels: more than 10,000 records.
RECORDS = 550

# Rare characters beyond U+FFFF, middle dots, spaces, emoji, long ones.
HARD = st.text(st.sampled_from("高龄津贴𠮷㐂〇·•　 （）—😀a1\n"), min_size=1, max_size=60).filter(
    lambda text: text.strip()
)
MOMENTS = st.integers(1_600_000_000, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
DATA = st.fixed_dictionaries(
    {
        "project": HARD,
        "kind": st.sampled_from(["公示投诉", "补贴发放投诉", "其他投诉举报"]),
        "type": HARD,
        "number": st.text(string.digits, min_size=6, max_size=6).map(lambda digits: f"5109K1-2026-T{digits}"),
        "at": MOMENTS.map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}Z"),
        "due_at": MOMENTS.map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%S}Z"),
        "late": st.booleans(),
        "final": st.booleans(),
    }
)


@pytest.mark.parametrize("message", MESSAGES)
def test_no_template_has_a_problem(message):
    """As `hub check` looks at them."""
    assert TEMPLATES.problems({message: MESSAGES[message]}, ()) == []


@settings(max_examples=RECORDS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(DATA)
def test_whatever_comes_fits(data):
    for message, kind in MESSAGES.items():
        filled = dict(kind.sample) | {name: value for name, value in data.items() if name in kind.sample}
        for channel in ("oa", "mp"):
            fields = TEMPLATES.fields(message, channel, filled, 1, filled)
            assert fields
            for key, value in fields.items():
                assert value and check_literal(key, value) is None


@pytest.mark.parametrize("message", MESSAGES)
def test_the_inbox_has_title_and_text(message):
    shown = TEMPLATES.text(message, MESSAGES[message].sample)

    assert shown.title and shown.body
    assert "{" not in shown.title + shown.body


def test_the_end_points_elsewhere():
    """With the second reply, and with a refusal."""
    for message, more in (
        ("complaints.replied", {"final": True}),
        ("complaints.refused", {}),
        ("complaints.closed", {}),
    ):
        assert "12345" in TEMPLATES.text(message, dict(MESSAGES[message].sample) | more).body
    assert "12345" not in TEMPLATES.text("complaints.replied", MESSAGES["complaints.replied"].sample).body
