"""Whom one can be on the page ``/demo``: three phones, each with the app of its people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.demo import people
from hub.demo.people import Invented
from hub.words.actors import APP_TITLES, App


class Part(msgspec.Struct, frozen=True):
    """``key`` of ``people.yaml``; who they are and what can be tried as them, in one line."""

    key: str
    says: str


class Held(msgspec.Struct, frozen=True):
    """A phone of the page, and who can hold it; the first does when the page is opened."""

    app: App
    owner: str
    parts: Sequence[Part]

    @property
    def title(self) -> str:
        return APP_TITLES[self.app]


PHONES = (
    Held(
        "ykt",
        "居民",
        (
            Part("wang_jianguo", "木莲寺村居民。替82岁的母亲申报高龄津贴，收到结果。"),
            Part("chen_xuewen", "85岁。替自己申报高龄津贴，或撤回申报。"),
            Part("he_shuzhen", "78岁。看村里的公示，对公示的人投诉。"),
            Part("zhao_deming", "70岁，没有关注公众号。消息由小程序送到。"),
        ),
    ),
    Held(
        "ydsh",
        "经办人员",
        (
            Part("zhoumin", "聚贤镇受理窗口。认领、受理、要求补正。"),
            Part("yangfan", "木莲寺村干部。入户调查、村级初审、公示。"),
            Part("tangli", "聚贤镇民政经办。乡镇审核、公示。"),
            Part("luoyong", "安居区民政局。县级审批、公示。"),
        ),
    ),
    Held(
        "ydjd",
        "领导和纪委",
        (
            Part("linfeng", "安居区领导。查申报的每一步，看公示和投诉。"),
            Part("meifang", "安居区纪委。看投诉，看被拦截的申报和享受。"),
        ),
    ),
)


def cast() -> Mapping[str, Invented]:
    """The people of the page by their keys, in its order."""
    known = people.everybody()
    return {part.key: known[part.key] for phone in PHONES for part in phone.parts}
