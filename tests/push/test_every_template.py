"""Every message of every installed plugin, with 10,000 hard records: what WeChat is sent is within its fields' limits."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.app import installed
from hub.cli.opening import read_settings
from hub.words.contributions import MessageType
from hub.words.masking import name as masked
from hub.words.wechatfields import check
from tests.whole import TEMPLATES

ROOT = Path(__file__).parents[2]
MESSAGES = installed(read_settings(ROOT / "config.yaml")).message_types
RECORDS = 10_000
NAMES = (
    *("王*", "李桂兰", "欧阳小雨", "阿依古丽·买买提", "买买提·吐尔逊·阿不都热合曼", "𠮷田", "㛃𬍛𫖯", "张", "", "〇一"),
    *(
        "Jean-Baptiste O'Neill",
        "李　桂兰",
        "阿依古丽•买买提",
        "完颜阿骨打",
        "👵王奶奶",
        "张三\u200b丰",
        "=cmd()",
        "<b>王</b>",
    ),
)
WORDS = (
    *(
        "",
        "高龄津贴",
        "城乡居民最低生活保障金",
        "实际种粮农民一次性补贴（含流转土地的新型农业经营主体）",
        "退耕还林\n补助",
    ),
    *(
        "遂宁经济技术开发区管理委员会便民服务中心",
        "𣑱𪨊村",
        "补贴👍",
        "100元/亩·年",
        "Ａ类　补贴",
        "…",
        "{{ x }}",
        "a" * 300,
    ),
)


def hard(chance: random.Random, field: str, value: Any) -> Any:
    """A value such as may really come for this field of a message's data: persons come masked, moments as they are."""
    if not isinstance(value, str):
        return chance.choice([value, 0, 1, 99_999]) if isinstance(value, int) else value
    if (
        field.endswith(("at", "day", "until", "since", "on", "end", "start", "due", "by", "when", "soon"))
        and value[:2] == "20"
    ):
        return value
    if field in ("who", "name", "handler", "accused"):
        return masked(chance.choice(NAMES), minor=chance.random() < 0.2)
    if field == "title":
        return f"{chance.choice(WORDS)} · {masked(chance.choice(NAMES))}"
    if field in ("number", "batch"):
        return chance.choice([value, "5109K1-2026-P9999-999999", ""])
    return chance.choice(WORDS)


def problem(message: str, kind: MessageType, data: Mapping[str, Any], count: int) -> str | None:
    """What WeChat, or a reader of the inbox, would have to say against this message."""
    for channel in ("oa", "mp") if kind.app != "ops" else ("oa",):
        for key, value in TEMPLATES.fields(message, channel, data, count, data).items():
            if trouble := check(key, value):
                return f"{channel}: {trouble}"
    shown = TEMPLATES.text(message, {**data, "count": count, "first": data})
    return None if shown.title and "\n" not in shown.title.strip() else "inbox: no title in one line"


@pytest.mark.parametrize("message", sorted(MESSAGES))
def test_hard_records_fit(message: str, seed: int) -> None:
    """Long names, rare characters, names with ·, missing values, one or many at once."""
    kind, chance = MESSAGES[message], random.Random(f"{seed}-{message}")

    for _ in range(-(-RECORDS // len(MESSAGES))):
        data = {field: hard(chance, field, value) for field, value in kind.sample.items()}
        found = problem(message, kind, data, chance.choice([1, 1, 23]))
        assert found is None, f"{data}: {found}"
