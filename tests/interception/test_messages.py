"""P09 and P01 fit WeChat's fields, whatever the people are called; what residents read never says which list or rule it was."""

from __future__ import annotations

import random

from hub.words.wechatfields import check_literal
from hub.worklist.triggers import MESSAGE_TYPES as TASK_TYPES
from plugins.interception.actions import guards, hits
from plugins.interception.actions.kinds import KINDS
from plugins.interception.actions.rules import RULES
from plugins.interception.triggers import MESSAGE_TYPES
from tests.interception.conftest import ELDER, identity
from tests.survey.test_messages import NUMBERS, SHORTS, name_of
from tests.whole import TEMPLATES
from tests.world import MONDAY_MORNING

RECORDS = 10_000
# What would tell a resident, or a handler of another office, what was found.
TELLING = [
    *(rule.code for rule in RULES),
    *(rule.label for rule in RULES),
    *(kind.label for kind in KINDS.values()),
    *(
        "死亡",
        "财政供养",
        "村干部",
        "车辆",
        "房产",
        "不动产",
        "工商",
        "服刑",
        "迁出",
        "承包面积",
        "赡养",
        "名单",
        "比对",
        "命中",
    ),
]


def data_of(chance: random.Random, name: str) -> dict[str, object]:
    """As the trigger gives it, missing values too."""
    return {
        "hit": "0190a000-0000-7000-8000-000000000000",
        "number": chance.choice([*NUMBERS, "510904-2026-L000001-200"]),
        "rule": chance.choice(RULES).label,
        "project": chance.choice(SHORTS),
        "who": identity(ELDER, name).masked,
        "at": MONDAY_MORNING,
        "due_at": MONDAY_MORNING,
    }


def test_ten_thousand_hard_hits_are_told_within_the_fields(seed):
    """By both channels, alone and bundled; never a full name of more than one character, nor the number."""
    chance = random.Random(seed)
    for turn in range(RECORDS):
        name = name_of(chance)
        data, channel = data_of(chance, name), ("oa", "mp")[turn % 2]

        fields = TEMPLATES.fields("interception.found", channel, data, 1 + turn % 3, data)

        assert fields
        for key, value in fields.items():
            assert value and check_literal(key, value) is None, (key, value, name)
        plain = "".join(name.split())
        assert len(plain) < 2 or plain not in repr(fields)


def test_the_messages_are_there():
    types = {"interception.found": MESSAGE_TYPES[0], "worklist.arrived": TASK_TYPES[0]}
    assert TEMPLATES.problems(types, ()) == []


def test_no_word_for_outsiders_tells_what_was_found():
    """Refusals, holds and stops, as they stand in the code."""
    for words in (guards.CHECKING, guards.REFUSE, guards.HELD, hits.STOPPED, hits.SURVEY_REASON):
        assert not [word for word in TELLING if word in words]


async def test_nothing_that_a_resident_reads_tells_it(office):
    """A case through hold, confirmation and end: its progress, and every push that goes to a person."""
    await office.dead()
    case = await office.elder()
    held = await office.state_of(case)
    await office.do(office.clerk(), "confirm", await office.hit(), end_case=True, reason="死亡证明已核对")
    ended = await office.state_of(case)

    to_persons = [push for push in office.pushes if hasattr(getattr(push, "to", None), "ids")]
    texts = [repr(held), repr(ended), *map(repr, to_persons)]

    assert to_persons and "核对" in texts[0]
    assert "便民服务窗口" in texts[0] and "年" in texts[0]
    for text in texts:
        assert not [word for word in TELLING if word in text], text
