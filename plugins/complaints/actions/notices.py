"""投诉须知: what everybody accepts before complaining. The plugin brings a text, a county may put its own in its place."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.api import Asked, Conflict, Context, Duplicate, Duty, Forbidden, Placement, duties, read_words
from plugins.complaints.documents import Notice, notices_of

POINTS = (
    "请如实反映情况，对所写内容的真实性负责；写清时间、地点和经过，有助于尽快查清。",
    "您的姓名和联系方式只用于办理本件。选择“保密”后，办理人员也看不到；但仅凭投诉内容仍可能推断出是谁，请自行斟酌所写细节。",
    "请依法反映诉求，不捏造事实、不诬告陷害、不使用侮辱性语言；触犯法律的，依法承担责任。",
    "同一事项办理期间请勿重复投诉；有补充情况，可在办理人员联系您时说明。",
    "办结结果可能隐去个人信息后公开；不愿公开的，请在提交时选择“不公开”。",
)
SHIPPED = "0"
READ_AGAIN = "投诉须知已更新，请重新阅读并同意后再提交。"
MOST_POINTS = 20
LONGEST_POINT = 300

Point = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_POINT)]


class NoticeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The new text, and the ``version`` that it comes after, so that of two editors one wins."""

    version: str
    points: Annotated[
        tuple[Point, ...],
        Asked("须知", f"每行一条，最多{MOST_POINTS}条，每条不超过{LONGEST_POINT}字", look="lines"),
        msgspec.Meta(min_length=1, max_length=MOST_POINTS),
    ]


async def newest(ctx: Context) -> Notice | None:
    """The county's own text; None while that of the plugin holds."""
    if ctx.county is None:
        return None
    found: Notice | None = await notices_of(ctx).first({"place": ctx.county}, sort=(("number", -1),))
    return found


def version_of(notice: Notice | None) -> str:
    return SHIPPED if notice is None else str(notice.number)


def points_of(notice: Notice | None) -> tuple[str, ...]:
    return POINTS if notice is None else notice.points


async def check_accepted(ctx: Context, version: str) -> None:
    """Whoever has read an older text reads again."""
    if version != version_of(await newest(ctx)):
        raise Conflict(READ_AGAIN, state={"notice": version_of(await newest(ctx))})


async def publish(ctx: Context, request: NoticeRequest) -> Notice:
    """Put a new version in force."""
    at = Placement(path=ctx.place.path, county=ctx.county)
    if not duties.does(ctx.actor, at, Duty(role="leader"), at=ctx.county):
        raise Forbidden("投诉须知由区县领导岗位维护。")
    before = await newest(ctx)
    if request.version != version_of(before):
        raise Conflict(state={"notice": version_of(before)})
    points = tuple(read_words(point, "points", "每一条", LONGEST_POINT) for point in request.points)
    number = int(version_of(before)) + 1
    county = ctx.county or ""
    notice = Notice(id=f"{county}:{number}", place=county, number=number, points=points, by=ctx.actor.person or "")
    try:
        saved: Notice = await notices_of(ctx).insert(notice)
    except Duplicate:
        raise Conflict from None
    ctx.audit("complaints.notice", saved.id, number=number)
    return saved
