"""What a page says instead of what was asked for: what happened, what to do now, where to go on."""

from __future__ import annotations

import math

import msgspec

from hub.words.errors import Refused

Way = tuple[str, str]


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A page of error. ``ways`` are (label, address) of what to do next; ``tone`` is ``wait`` for what passes by itself."""

    title: str
    now: str
    ways: tuple[Way, ...] = ()
    tone: str = "bad"
    icon: str = "alert-triangle"


BROKEN = Said(
    title="系统出了点问题", now="不是您的操作有误。请稍后再试；如果还是不行，请打电话告诉工作人员下面的编号。"
)
AWAY = Said(title="系统暂时没有响应", now="请过几分钟再打开。已经提交的内容不会丢失。", tone="wait", icon="clock")
# By code where a refusal has more to say than its status, else by status.
BY_CODE: dict[str, Said] = {
    "prove_first": Said(
        title="请先核验身份",
        now="为保护您的信息，这里要先核验身份。请带身份证到村（社区）或乡镇便民服务窗口办理，办好后再打开。",
        tone="wait",
        icon="shield-check",
    ),
    "choose_county": Said(
        title="请选择区县", now="全市页面只能查看，请先选择要办理的区县。", tone="wait", icon="map-pin"
    ),
    "another_level": Said(title="请换个地方办理", now="", tone="wait", icon="map-pin"),
    "cross_site": Said(title="没有提交成功", now="页面已过期，或不是从本平台打开的。请返回重新打开后再提交。"),
    "in_progress": Said(
        title="正在办理", now="刚才的提交已经收到，正在办理，请稍候再看，不用重复提交。", tone="wait", icon="clock"
    ),
    "bad_wechat_state": Said(title="微信登录已超时", now="请返回后重新登录。", tone="wait", icon="clock"),
    "bad_wechat_code": Said(title="微信登录已失效", now="请返回后重新登录。", tone="wait", icon="clock"),
}
BY_STATUS: dict[int, Said] = {
    401: Said(title="请先登录", now="登录后再继续。您填写的内容需要重新提交。", tone="wait", icon="user"),
    403: Said(title="不能打开", now="您没有查看或办理的权限。如有疑问，请联系管理员。", icon="lock"),
    404: Said(title="没有找到", now="您要的内容不存在，或者不归您查看。请返回首页重新查找。", icon="search"),
    405: Said(title="不能这样操作", now="请返回后从页面上的按钮操作。"),
    409: Said(title="情况有变化", now="这件事刚刚有了变化，请返回查看最新情况。", tone="wait", icon="refresh"),
    413: Said(title="内容太大", now="提交的内容超过了限制，请减少照片或文字后再提交。"),
    422: Said(title="网址不正确", now="网址中有不正确的内容，请返回首页重新打开。"),
    503: AWAY,
}


def said_of(refused: Refused | None, home: str, came_from: str = "") -> Said:
    """The page of a refusal; None is a fault of ours. ``came_from`` is the page before, where it is known."""
    said = _of(refused)
    back = (("返回上一页", came_from),) if came_from and came_from != home else ()
    return said if said.ways else msgspec.structs.replace(said, ways=(*back, ("返回首页", home)))


def _of(refused: Refused | None) -> Said:
    if refused is None:
        return BROKEN
    if refused.status == 429:
        return _too_often(refused)
    said = BY_CODE.get(refused.code) or BY_STATUS.get(refused.status) or Said(title="没有办成", now=refused.text)
    if not said.now or (refused.text != type(refused).message and refused.code not in BY_CODE):
        # Said by whoever refused, about this very thing.
        said = msgspec.structs.replace(said, now=refused.text)
    return said


def _too_often(refused: Refused) -> Said:
    minutes = math.ceil((refused.retry_after or 60) / 60)
    return Said(title="操作太频繁", now=f"请约{minutes}分钟后再试。", tone="wait", icon="clock")
