"""What a county can set."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Range

BUREAUS = (
    *("民政局", "农业农村局", "财政局", "卫生健康局", "自然资源和规划局", "水利局", "住房和城乡建设局", "教育和体育局"),
    *("人力资源和社会保障局", "退役军人事务局"),
)


class NoticesConfig(msgspec.Struct, frozen=True, kw_only=True):
    """``bureaus``: whose handlers can be chosen. ``part``: how many persons are told in one transaction, ``pace`` how many in a second, so
    that there is room for all else. ``urgent_most``: an urgent notice to more people than these goes behind other urgent messages, though
    at once. ``pages``: of how many pages of an attachment pictures are made."""

    bureaus: Annotated[tuple[str, ...], Asked("可以选择的部门", look="lines")] = BUREAUS
    part: Annotated[int, Range(1, 200), Asked("每批通知多少人")] = 20
    pace: Annotated[int, Range(1, 10_000), Asked("每秒最多通知多少人")] = 100
    urgent_most: Annotated[int, Range(1, 10_000), Asked("多少人以内的紧急通知优先发送")] = 500
    pages: Annotated[int, Range(1, 20), Asked("附件预览多少页")] = 5
