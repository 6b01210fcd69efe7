"""What surveyors are told (P01, by the worklist) fits WeChat's fields, whatever the people and projects are called."""

from __future__ import annotations

import random

from hub.api import Identity, IdNumberText, Secret
from hub.words.wechatfields import check_literal
from hub.worklist.triggers import MESSAGE_TYPES
from plugins.survey import business
from plugins.survey.documents import HANDLINGS, RESULTS, Survey
from tests.whole import TEMPLATES
from tests.world import MONDAY_MORNING, VILLAGE

[ARRIVED] = MESSAGE_TYPES
RECORDS = 10_000
# Two characters to fifty; rare ones beyond U+FFFF, dots as they are typed, letters, spaces, nothing readable at all.
PARTS = [
    "李桂兰",
    "阿依古丽",
    "买买提",
    "欧阳",
    "𠮷",
    "䶮",
    "〇",
    "·",
    "•",
    "Müller",
    " ",
    "\u200b",
    "\n",
    "{{",
    "%}",
    "=1",
    "💰",
]
SHORTS = ["地力保护", "城乡居民最低生活保障金", "", "=高龄", "农机\n补贴", "卍" * 8]
NUMBERS = ["510904-2026-D00001", "5109K1-2026-999999", "TS-2026-00000012"]


def name_of(chance: random.Random) -> str:
    return "".join(chance.choices(PARTS, k=chance.randint(1, 12)))[:50]


def survey_of(chance: random.Random, name: str) -> Survey:
    return Survey(
        id="0190a000-0000-7000-8000-000000000000",
        place=VILLAGE,
        origin="survey",
        subject="s",
        round=1,
        number=chance.choice(NUMBERS),
        project="10001",
        short=chance.choice(SHORTS),
        bureau="农业农村局",
        sensitive=False,
        identity=Identity(
            name=Secret(name), id_number=IdNumberText("510904194403150023"), region=VILLAGE, minor=chance.random() < 0.1
        ),
        due_at=MONDAY_MORNING,
    )


def data_of(survey: Survey, label: str) -> dict[str, object]:
    """As the worklist gives it to its template."""
    return {
        "task": survey.id,
        "title": business.title_of(survey),
        "node": label,
        "number": survey.number,
        "arrived_at": MONDAY_MORNING,
        "due_at": survey.due_at,
    }


def test_ten_thousand_hard_surveys_are_told_within_the_fields(seed):
    """By both channels, alone and bundled; never a full name of more than one character."""
    chance = random.Random(seed)
    for turn in range(RECORDS):
        name = name_of(chance)
        survey = survey_of(chance, name)
        data, channel = data_of(survey, chance.choice(["入户调查", "落实调查处理"])), ("oa", "mp")[turn % 2]

        fields = TEMPLATES.fields("worklist.arrived", channel, data, 1 + turn % 3, data)

        assert fields
        for key, value in fields.items():
            assert value and check_literal(key, value) is None, (key, value, name)
        plain = "".join(name.split())
        assert len(plain) < 2 or plain not in repr(fields)


def test_what_the_declarant_reads_is_fixed_words():
    """Of every result with every handling; nothing that somebody typed."""
    chance = random.Random(0)
    for result in RESULTS:
        for handling in HANDLINGS:
            said = business.summary_of(result, handling)  # type: ignore[arg-type]
            assert said == f"{RESULTS[result]}，{HANDLINGS[handling]}"
            assert survey_of(chance, "李桂兰").identity.name.reveal() not in said


def test_the_message_is_there():
    assert TEMPLATES.problems({"worklist.arrived": ARRIVED}, ()) == []
