"""What a county can set."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

from hub.api import Asked, Limit, Range

Days: TypeAlias = Annotated[int, Range(1, 366)]


class PublicityConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``start``: a 资格公示 is started by its handler, or with the first case that comes. ``names``: how much of a name is
    shown, by project code: ``usual`` 张*三, ``surname`` 张**. ``show_id_tail``: the last 4 of the ID number beside it, never
    of minors. ``sensitive_shows``: of sensitive projects name and village alone, or as of the others. ``phone``: 监督电话.
    ``upheld``: where a case goes whose objection is true. ``usual`` days where a project says none, ``least`` whatever it
    says, ``longest`` at all; ``payment_days`` the least and the most of a 发放公示. ``start_limit``, ``confirm_limit``: of
    the handler's tasks. ``board_photo``: which photos of the paper on the village board there must be before
    最终确认; ``asked``: none must.
    """

    start: Annotated[
        Literal["by_hand", "at_once"],
        Asked("资格公示如何开始", choices={"by_hand": "由经办人开始", "at_once": "自动开始"}),
    ] = "by_hand"
    names: Annotated[dict[str, Literal["usual", "surname"]], Asked("各项目的姓名显示方式")] = {}
    show_id_tail: Annotated[bool, Asked("显示身份证后四位")] = False
    sensitive_shows: Annotated[
        Literal["name", "all"], Asked("敏感项目显示", choices={"name": "只显示姓名和村", "all": "与其他项目相同"})
    ] = "name"
    phone: Annotated[str, Asked("监督电话")] = ""
    upheld: Annotated[
        Literal["return", "refuse"], Asked("异议属实后", choices={"return": "退回", "refuse": "驳回"})
    ] = "return"
    usual: Annotated[Limit, Asked("默认公示时间")] = Limit(7, "calendar")
    least: Annotated[Limit, Asked("最短公示时间")] = Limit(1, "calendar")
    longest: Annotated[Days, Asked("最长公示天数")] = 60
    payment_days: Annotated[tuple[Days, Days], Asked("发放公示最短和最长天数")] = (3, 60)
    start_limit: Annotated[Limit, Asked("开始公示的期限")] = Limit(2)
    board_photo: Annotated[
        Literal["asked", "put_up", "both"],
        Asked(
            "最终确认前的公示栏照片",
            choices={"asked": "请经办人上传，不强制", "put_up": "必须有张贴照片", "both": "必须有张贴和期满照片"},
        ),
    ] = "asked"
    confirm_limit: Annotated[Limit, Asked("最终确认的期限")] = Limit(3)
