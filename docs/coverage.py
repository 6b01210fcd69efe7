"""Makes docs/coverage.md from the tests in tests/rows: which test walks which row of the owner's manual, and how.

What a test says of its row is checked while it walks (tests/rows/conftest.py), so the table claims what was seen.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.rows.rows import declared

ROOT = Path(__file__).parents[1]
TESTS = ROOT / "tests/rows"

# The screens of the manual: 遂宁一卡通 (C), 移动审核 (S), 移动监督 (L).
SCREENS: Mapping[str, str] = {
    "C1": "阳光申报",
    "C2": "申报须知 / 流程",
    "C3": "申报表",
    "C4": "生存认证",
    "C5": "资料上传",
    "C6": "申报进度",
    "C7": "阳光公示查询",
    "C8": "投诉举报",
    "C9": "补贴发放信息查询",
    "C10": "政策文件查询",
    "C11": "银行网点查询",
    "C12": "我要留言 / 我的留言",
    "C13": "投诉举报进度查询",
    "C14": "村村响",
    "C15": "我的",
    "C16": "消息",
    "S1": "移动审核首页",
    "S2": "我的待办",
    "S3": "入户调查",
    "S4": "经办历史",
    "S5": "投诉处理",
    "S6": "政策文件",
    "S7": "公示栏",
    "S8": "纪委监督（移动审核）",
    "S9": "我的已办",
    "S10": "拦截信息确认",
    "S11": "留言处理",
    "S12": "督办单",
    "S13": "消息",
    "S14": "代录 / 现场认证 / 放行",
    "L1": "移动监督首页",
    "L2": "投诉处理（移动监督）",
    "L3": "逾期督办",
    "L4": "关注记录",
    "L5": "待办任务 / 已办",
    "L6": "被督办记录",
    "L7": "纪委监督（移动监督）",
    "L8": "留言板",
    "L9": "大屏订阅",
    "L10": "消息",
}


def page() -> str:
    """The page: a section per row that a test walks, then the rows that none does yet."""
    walked = sorted(_walked(), key=lambda walk: list(SCREENS).index(walk["row"]))
    rows = ["| row | screen | test | operations | pushes |", "| --- | --- | --- | --- | --- |"]
    rows += [_line(walk) for walk in walked]
    missing = [f"{id} {name}" for id, name in SCREENS.items() if id not in {walk["row"] for walk in walked}]
    return (
        "# Rows of the manual\n\n"
        "Each row is walked by a test over HTTP, as its user would; the test asks all of these operations and sees all of these "
        "pushes land, or fails.\n\n" + "\n".join(rows) + f"\n\nNo test walks these yet: {'、'.join(missing)}.\n"
    )


def _walked() -> Iterator[Mapping[str, Any]]:
    for file in sorted(TESTS.glob("test_*.py")):
        module = importlib.import_module(f"tests.rows.{file.stem}")
        for name, test in inspect.getmembers(module, inspect.isfunction):
            if name.startswith("test_") and (said := declared(test)) is not None:
                yield {**said, "test": f"{file.name}::{name}", "what": (test.__doc__ or "").strip().partition("\n")[0]}


def _line(walk: Mapping[str, Any]) -> str:
    operations = "<br>".join(f"`{each}`" for each in walk["operations"])
    cells = (
        walk["row"],
        SCREENS[walk["row"]],
        f"`{walk['test']}`<br>{walk['what']}",
        operations,
        "、".join(walk["pushes"]) or "—",
    )
    return f"| {' | '.join(cells)} |"
