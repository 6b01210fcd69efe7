"""The pages of 重要信息通知: what one got, in each app; writing, looking over, sending, and who has read, at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from hub.api import (
    Anyone,
    App,
    Ask,
    ButtonView,
    Choice,
    Context,
    DetailPages,
    DetailView,
    Form,
    ListPage,
    News,
    Page,
    RowView,
    shanghai,
)
from plugins.notices import handlers, views
from plugins.notices.business import MANAGE, at_desk, check_level, check_sender, counted, writes_here
from plugins.notices.config import NoticesConfig
from plugins.notices.documents import OUT, ROLES, Notice, receipts_of
from plugins.notices.handlers import DESK, DESK_LIST, GOT, RECEIPTS
from plugins.notices.writing import URGENT, check_draft, towns_of, villages_of

APPS: tuple[App, ...] = ("ykt", "ydsh", "ydjd")
TITLE = "重要信息通知"
TONES = {
    "draft": "wait",
    "scheduled": "info",
    "sending": "info",
    "paused": "wait",
    "sent": "ok",
    "recalled": "mute",
    "deleted": "mute",
}


def moment(at: datetime | None) -> str:
    return f"{shanghai(at):%Y年%-m月%-d日 %H:%M}" if at else ""


# --- what one got -------------------------------------------------------------------------------------------------------------


def got_row(line: views.GotLine) -> RowView:
    pill, tone = ("已撤回", "mute") if line.recalled else ("请确认", "wait") if line.waits else ("", "")
    return RowView(
        title=line.title,
        facts=(line.unit, moment(line.at), "紧急" if line.urgent else ""),
        pill=pill,
        tone=tone,
        icon="speakerphone",
        href=f"/inbox/{line.id}",
        at=line.place,
        unread=line.waits,
    )


async def newest(ctx: Context) -> News:
    """How many one has still to confirm."""
    waiting = {"readers": ctx.actor.person, "asks": True, "read": False, "recalled": False}
    return News(count=await receipts_of(ctx).count(waiting, at_most=100))


# --- at the desk ----------------------------------------------------------------------------------------------------------------


def desk_row(line: views.NoticeLine) -> RowView:
    when = f"{moment(line.send_at)} 发" if line.state == "scheduled" else moment(line.sent_at)
    return RowView(
        title=line.title,
        facts=("紧急" if line.urgent else "一般", f"{line.people}人" if line.people else "", when, line.number),
        pill=line.state_label,
        tone=TONES[line.state],
        href=f"/desk/{line.id}",
    )


def facts_of(view: views.NoticeView) -> Sequence[tuple[str, str]]:
    said = {
        "发布单位": view.unit,
        "发给谁": "，".join(filter(None, (view.whom, "、".join(view.bureaus)))),
        "发到哪里": view.where,
        "急不急": URGENT[str(view.urgent).lower()],
        "确认已读": "要每个人确认" if view.asks else "不要",
        "定时": moment(view.send_at) if view.state == "scheduled" else "",
        "编号": view.number,
    }
    return tuple(said.items())


def receipts_lead(ctx: Context, view: views.NoticeView) -> Sequence[ButtonView]:
    """To who has read, once it is out."""
    shown = view.asks and view.state in OUT
    return (ButtonView(label="谁还没有确认", href=f"/desk/{view.id}/receipts"),) if shown else ()


def receipt_row(line: views.ReceiptLine) -> RowView:
    return RowView(
        title=line.name or "没有姓名",
        facts=(line.role, line.home, f"{moment(line.read_at)} 确认" if line.read_at else ""),
        pill="已确认" if line.read_at else "未确认",
        tone="ok" if line.read_at else "wait",
    )


async def to_whom(ctx: Context, page: Any) -> Mapping[str, Sequence[Choice]]:
    """Whom and what may be chosen here."""
    return {
        "roles": [Choice(role, label) for role, label in ROLES.items()],
        "bureaus": [Choice(each, each) for each in ctx.settings(NoticesConfig).bureaus],
        "towns": [Choice(each.code, each.name) for each in towns_of(ctx)],
    }


async def villages(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    notice: Notice = shown.document
    names = {town: ctx.regions[town].name for town in notice.towns}
    found = villages_of(ctx, notice)
    return {"villages": [Choice(each.code, each.name, names[each.parent or ""]) for each in found]}


async def people(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    """So many get it: ticked by whoever sends it, or it is not sent."""
    now = await counted(ctx, shown.document)
    return {"people": [Choice(str(now), f"共 {now} 人会收到，核对无误")] if now else []}


async def files(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    return {"file": [Choice(each.file, each.name) for each in shown.document.files]}


def described(shown: DetailView) -> Mapping[str, Any]:
    names = ("title", "text", "roles", "bureaus", "towns", "urgent", "asks")
    return {name: getattr(shown.document, name) for name in names}


SEND = "notices/send.html"
ASKS = {
    "describe": Ask(choices=to_whom, start=described, help="写清什么事、什么时候、怎么办、问谁。不选地方就是全部。"),
    "choose": Ask(
        choices=villages,
        start=lambda shown: {"villages": shown.document.villages},
        help="勾选后只发到这些村（社区）。一个乡镇一个都不选，就发到整个乡镇。",
    ),
    "detach": Ask(tone="bad", choices=files, help="去掉后可以重新上传。发出以后附件不能再改。"),
    "send": Ask(template=SEND, choices=people, says="发出后不能修改，只能撤回", help="从头看一遍，核对人数，再发。"),
    "schedule": Ask(
        template=SEND,
        choices=people,
        start=lambda shown: {"at": shown.view.suggested},
        says="到时自动发出，之前可以取消",
        help="一般选上班时间，收到的人好打电话问。到时会重新找收件人，人数可能变化。",
    ),
    "unschedule": Ask(says="变回草稿，可以修改", help="取消后谁都收不到，改好可以再发。"),
    "pause": Ask(says="没发的先不发，可以继续", help="已经发出的不收回。要收回的点“撤回”。"),
    "resume": Ask(says="从停下的地方接着发，不会重复", help="收到过的人不会再收到。"),
    "remind": Ask(says="再通知一次还没有确认的人，每天一次", help="提醒后还没有确认的，可以打电话或者上门告诉。"),
    "recall": Ask(
        tone="bad",
        says="没发的不再发，已发的显示已撤回，不能恢复",
        help="撤回后看不到正文和附件。微信上已经收到的收不回来，打开时会看到已撤回。",
    ),
    "delete": Ask(tone="bad", says="这条草稿不再出现", help="删除不能恢复，理由会记录在案。"),
}

DETAIL = DetailPages(
    face=DESK,
    apps=("ydsh",),
    template="notices/desk.html",
    help="先看清内容和发给谁，再发送。发送中刷新这一页看进度，发错了马上撤回。",
    tones=TONES,
    sub=lambda notice: notice.unit,
    facts=facts_of,
    leads=receipts_lead,
    ask=ASKS,
)


async def writing(ctx: Context) -> None:
    """新建通知"""
    check_level(ctx)
    check_sender(ctx)


async def attaching(ctx: Context, id: str) -> None:
    """添加附件"""
    check_draft(ctx, await at_desk(ctx, id))


PAGES = (
    ListPage(
        listing=GOT,
        apps=APPS,
        title=TITLE,
        help="这里是发给您的重要通知，点开看全文和附件。写着“请确认”的，看完点“我已阅读”。",
        row=got_row,
        nothing=("还没有通知", "有重要的事会发到这里，也会在微信上提醒您。"),
        live=("notices.resident", "notices.handler", "notices.leader"),
    ).page(),
    Page(
        apps=APPS,
        path="/inbox/{id}",
        title=TITLE,
        help="往下翻看全文和附件。看完点“我已阅读”，单位就知道您看到了。不清楚的，问发布单位。",
        template="notices/got.html",
        load=handlers.show_got,
        access=Anyone.SIGNED_IN,
        form=Form(route="/inbox/{id}/read", then="/inbox/{id}", submit="我已阅读"),
    ),
    ListPage(
        listing=DESK_LIST,
        apps=("ydsh",),
        title="通知编发",
        help="这里是本级编发的通知。点“新建通知”写一条，先存草稿，看过再发。点开一条看发到哪里了。",
        row=desk_row,
        chips={
            "全部": {},
            **{each: {"state": state} for state, each in list(DESK.business.machine.states.items())[:-1]},
        },
        nothing=("还没有通知", "点下面的按钮写一条，先存为草稿。"),
        new=("新建通知", "/desk/new"),
        new_place=lambda ctx: ctx.place.code if writes_here(ctx) else None,
        columns=("标题", "急不急", "人数", "时间", "编号"),
    ).page(),
    Page(
        apps=("ydsh",),
        path="/desk/new",
        title="新建通知",
        help="照着填写，先存为草稿，谁都收不到。下一步可以加附件、选村，看过再发。",
        access=MANAGE,
        load=writing,
        form=Form(route="/desk", then="/desk/{id}", submit="存为草稿", choices=to_whom),
    ),
    Page(
        apps=("ydsh",),
        path="/desk/{id}/files",
        title="添加附件",
        help="一次一个文件，最多五个。会检查内容，带宏的文件不收。",
        access=MANAGE,
        load=attaching,
        form=Form(
            route="/desk/{id}/files",
            then="/desk/{id}",
            submit="上传",
            labels={"file": "文件"},
            reads="PDF、Word（.docx）或图片，不超过10MB。不要含个人信息。",
        ),
    ),
    ListPage(
        listing=RECEIPTS,
        apps=("ydsh",),
        title="确认情况",
        help="这里是收到的人。没有确认的，可以点“提醒未读”，每天一次；也可以请村（社区）干部上门告诉。",
        row=receipt_row,
        chips={"没有确认": {}, "已确认": {"read": "true"}},
        nothing=("没有人", "换一个筛选看看。"),
        columns=("姓名", "身份", "地区", "确认时间"),
    ).page(),
    *DETAIL.pages(),
)
