"""What an author mistypes in the plugin of docs/writing-plugins.md is told at the start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hub import app
from hub.settings import HubSettings
from tests.docs.test_guide import ROOT, printed
from tests.world import ANJU

PLUGIN = "plugins/borrowing/plugin.py"
# What stands there, what is written instead, what is told of it.
MISTAKES = {
    "row": ('row=("取机日期", "应还")', 'row=("应归还",)', "row names '应归还', which is no label of its facts."),
    "fact": ('"应还": "back_by"', '"应还": "bak_by"', "facts names 'bak_by', which is no field of Loan. Did you mean 'back_by'?"),
    "ask": ('ask={"refuse"', 'ask={"refused"', "ask names 'refused', which is no button of its own. Did you mean 'refuse'?"),
    "state": ('TONES = {"asked"', 'TONES = {"askd"', "tones names 'askd', which is no state of its table."),
    "colour": ('"returned": "ok"', '"returned": "green"', "tones names 'green', which is no colour (ok, info, wait, bad, mute)."),
    "by_state": ("indexes=(NEWEST_FIRST, BY_STATE)", "indexes=(NEWEST_FIRST,)", "by_state needs the index BY_STATE"),
    "node": ('Task(node="borrowing"', 'Task(node="borowing"', "a task names the node 'borowing', which no plugin has in NODES."),
    "setting": ('after="decide_within"', 'after="decide"', "after names 'decide', which is no setting of the plugin"),
    "message": ('message="borrowing.due"', 'message="borrowing.do"', "names 'borrowing.do', which is no message of MESSAGE_TYPES."),
    "moment": ('until="back_by"', 'until="back"', "names 'back', which is no field of Loan."),
    "one_open": ('per=("machine",)', 'per=("sort",)', "one_open names 'sort', which is no field of Loan."),
    "personal": ('per=("machine",)', 'per=("purpose",)', "per names 'purpose', which is personal: all persons would be one."),
    "day": ('until="back_by"', 'until="day"', "until names 'day', which is no moment (datetime)"),
    "sample": ("DUE = REMINDER_SAMPLE", 'DUE = {**REMINDER_SAMPLE, "days": 3}', "reminder 'borrowing.due': names 'days', which is no key"),
    "filed": ('per=("machine",)', 'states=("lent",)', "one_open states lack 'asked', in which one is filed"),
    "live": ('live=("borrowing.decided",)', 'live=("borrowing.decide",)', "live 'borrowing.decide' is neither a message nor a topic"),
    "bureau": ("    days: int\n", "    days: int\n    bureau: str = \"农业农村局\"\n", "positions bound to another bureau read them"),
    "readers": ("RESOURCES = (MINE, DESK)", "RESOURCES = ()", "documents of 'borrowing.loans' have readers, and nothing passes them on"),
}  # fmt: skip


def problems_with(folder: Path, mistake: str) -> list[str]:
    """Of the plugin as it is printed, but for this; what hub check notes, where it starts all the same."""
    right, wrong, _ = MISTAKES[mistake]
    files = printed()
    assert files[PLUGIN].count(right) == 1
    for name, text in {**files, PLUGIN: files[PLUGIN].replace(right, wrong)}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    settings = HubSettings(
        plugins_dir=folder / "plugins",
        templates=ROOT / "templates",
        data_dir=folder / "data",
        plugins=("borrowing",),
        counties={ANJU: {"borrowing": True}},
    )
    return app.problems(settings) or app.notes(settings)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_it_is_told_with_file_and_line(tmp_path: Path, mistake: str) -> None:
    """Once, however many resources share it."""
    found = problems_with(tmp_path, mistake)

    [problem] = [each for each in found if MISTAKES[mistake][2] in each]
    assert re.search(r"plugin 'borrowing': \S+plugin\.py:\d+: ", problem)
