"""What a county can set."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import msgspec

from hub.api import Asked, Range

# Words of law, each once: a county's lawyer reads them before the first decision is sealed (README.md of this plugin).
REMEDY = (
    "自收到本决定书之日起60日内，可以向{county}人民政府申请行政复议；"
    "也可以自收到本决定书之日起6个月内，直接向有管辖权的人民法院提起行政诉讼。"
)
GROUNDS = "本项目的补贴政策和申报须知"


class DeclarationConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``show_handler``: 申报进度 names the handler beside the unit, else the unit alone. ``drafts_at_most`` drafts
    are kept per person; ``steps_at_most`` ends an endless to and fro between 补正 and 退回. A pass that ended the chain can be
    taken back for ``recall_finished_within``; before, nothing but the next node's hand ends that. One declarant hands in
    ``submits_per_hour`` and has ``waiting_at_most`` cases that wait for 受理; one at a window enters ``entries_per_hour`` for others,
    and what it has begun and left lying is forgotten after ``window_drafts_kept``. Of printed decisions: ``grounds`` is what they
    rest on, by project code, ``*`` for all others; ``remedy`` what can be done against them, in
    which ``{county}`` is the county's name.
    """

    show_handler: Annotated[bool, Asked("进度中显示处理人")] = True
    drafts_at_most: Annotated[int, Range(1, 200), Asked("每人最多草稿数")] = 20
    steps_at_most: Annotated[int, Range(1, 200), Asked("一件最多流转次数")] = 60
    recall_finished_within: Annotated[
        timedelta, Range(timedelta(0), timedelta(days=30)), Asked("办结后可撤销的时间")
    ] = timedelta(days=1)
    submits_per_hour: Annotated[int, Range(1, 1_000_000), Asked("每人每小时最多提交数")] = 10
    entries_per_hour: Annotated[int, Range(1, 1_000_000), Asked("窗口每人每小时最多代录数")] = 60
    window_drafts_kept: Annotated[
        timedelta, Range(timedelta(days=1), timedelta(days=365)), Asked("窗口代录草稿保留的时间")
    ] = timedelta(days=30)
    waiting_at_most: Annotated[int, Range(1, 1_000_000), Asked("每人最多待受理数")] = 20
    grounds: Annotated[dict[str, str], Asked("决定书引用的依据", "按项目编码，*为其他项目")] = msgspec.field(
        default_factory=lambda: {"*": GROUNDS}
    )
    remedy: Annotated[str, Asked("决定书上的复议和诉讼途径", "{county}会换成区县名称", long=True)] = REMEDY
