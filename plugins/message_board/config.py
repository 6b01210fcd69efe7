"""What a county can set."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from hub.api import Asked, Limit, Range

BUREAUS = (
    *("民政局", "农业农村局", "财政局", "卫生健康局", "自然资源和规划局", "水利局", "住房和城乡建设局", "教育和体育局"),
    *("人力资源和社会保障局", "退役军人事务局"),
)


class MessageBoardConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``handled_at``: the level of the office to which a message goes first. ``bureaus``: to whom one can write. ``reply_within``: how long
    an office has, from the message or from what was asked again. ``return_within``: a wrong dispatch. ``rate_within``: without a word of
    the writer a reply stands, and a proposed complaint is not made. ``open_at_most``: of one person. ``follow_ups``: to one message.
    ``least_shown``: smaller numbers of grades are not shown to those who do not handle the messages. ``hotline``: shown to who waits.
    """

    handled_at: Annotated[
        Literal["county", "town"], Asked("留言先由哪一级办理", choices={"county": "县级", "town": "乡镇"})
    ] = "county"
    bureaus: Annotated[tuple[str, ...], Asked("可以留言的部门", look="lines")] = BUREAUS
    reply_within: Annotated[Limit, Asked("回复期限")] = Limit(5)
    return_within: Annotated[Limit, Asked("退回转办的期限")] = Limit(2)
    rate_within: Annotated[Limit, Asked("评价和确认的期限")] = Limit(15, "calendar")
    open_at_most: Annotated[int, Range(1, 50), Asked("每人同时在办的留言数")] = 5
    follow_ups: Annotated[int, Range(0, 5), Asked("每件留言可以追问的次数")] = 5
    least_shown: Annotated[int, Range(1, 100), Asked("评价件数小于此数不显示")] = 5
    hotline: Annotated[str, Asked("咨询电话")] = "12345"
