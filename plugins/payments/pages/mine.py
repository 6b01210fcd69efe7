"""C9 补贴发放信息查询: one's own payments and those of persons one is the approved agent of, each with its whole life."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from hub.api import (
    Anyone,
    Context,
    Form,
    ListView,
    Page,
    Paging,
    PersonView,
    RowView,
    UnitLineView,
    day_in_chinese,
    unit_of,
)
from plugins.payments import handlers, views
from plugins.payments.actions import life, periods, years
from plugins.payments.actions.paying import NOT_ACTIVE
from plugins.payments.config import PaymentsConfig

TITLE = "补贴发放信息查询"
TONES = {"paid": "ok", "failed": "bad", "sent": "info", "held": "wait", "corrected": "wait", "struck": "mute"}
# What comes next, or what to do, by how a payment stands; of one that failed the bank's answer says it.
NEXT: Mapping[str, tuple[str, str]] = {
    "listed": ("等待审核和公示", "名册公示期满、没有异议后发放，请耐心等待。"),
    "confirmed": ("等待拨付", "公示已确认，财政部门拨付后由银行发放。"),
    "held": ("暂缓发放", "有关情况正在核对，核对清楚后告诉您结果，不用重新申报。"),
    "sent": ("银行正在办理", "到账后会通知您。"),
    "paid": ("已到账", "银行已发放到您的社保卡。如没有收到，请打下面的电话。"),
    "corrected": ("等待重新发放", "卡号已经更正，银行会重新发放，到账后会通知您。"),
    "struck": ("本期不发放", "如有疑问，请打下面的电话询问。"),
}
STOPPED = ("现在不发放", "享受已经暂停或者停止。如有疑问，请打下面的电话询问。")
WENT_WRONG = "发放失败"
BARS = {"failed": "bad", "paid": "ok", "struck": "wait"}


def row_of(payment: views.RowView) -> RowView:
    when = f"{day_in_chinese(payment.paid_at)}到账" if payment.paid_at else ""
    return RowView(
        title=title_of(payment),
        facts=(f"{payment.amount}元", payment.person.name, tail_of(payment), when),
        pill=payment.state_label,
        tone=TONES.get(payment.state, ""),
        icon="cash",
        href=f"/mine/{payment.id}",
        at=payment.place,
    )


def title_of(payment: views.RowView) -> str:
    return f"{payment.short} {periods.in_chinese(payment.period)}"


def tail_of(payment: views.RowView) -> str:
    """The last four of the card; nothing of one that is not shown."""
    tail = payment.person.card.lstrip("*")
    return f"尾号{tail}" if tail else ""


async def listed(ctx: Context, query: Paging) -> ListView:
    """补贴发放信息查询"""
    page = await handlers.list_mine(ctx, query)
    return ListView(
        rows=tuple(map(row_of, page.items)),
        next=page.next,
        nothing=("还没有发放记录", "补贴列入发放名册后显示在这里。刚核验过身份的，请过几分钟再打开。"),
    )


class PaymentPage(msgspec.Struct, frozen=True, kw_only=True):
    """One payment. ``told`` says how it stands and what to do; ``office`` is asked at ``phone``. ``wrong`` names the steps that went
    wrong; ``year``: whose list it is on; ``disputes``: it can be complained about here."""

    title: str
    payment: views.RowView
    tone: str
    bar: str
    told: tuple[str, str]
    facts: tuple[tuple[str, str], ...]
    steps: tuple[UnitLineView, ...]
    wrong: str
    year: int
    office: str
    phone: str
    disputes: bool


def told_of(payment: views.RowView) -> tuple[str, str]:
    """How it stands, why it waits or failed, and what to do."""
    if payment.state == "failed":
        return payment.reason, payment.next_step
    if payment.state == "held" and payment.reason == NOT_ACTIVE:
        return STOPPED
    stands, comes = NEXT[payment.state]
    return stands, f"{payment.reason}。{comes}" if payment.reason else comes


async def shown(ctx: Context, id: str) -> PaymentPage:
    """补贴发放详情"""
    row = await life.show_mine(ctx, id)
    detail = await views.row_detail(ctx, row)
    payment, settings = detail.payment, ctx.settings(PaymentsConfig)
    phone = settings.phones.get(row.owner, "")
    return PaymentPage(
        title=title_of(payment),
        payment=payment,
        tone=TONES.get(payment.state, ""),
        bar=BARS.get(payment.state, "info"),
        told=told_of(payment),
        facts=(
            ("收款人", payment.person.name),
            ("社保卡", tail_of(payment)),
            ("补贴标准", payment.standard),
            ("数量", payment.quantity),
            ("到账时间", day_in_chinese(payment.paid_at) if payment.paid_at else ""),
            ("户籍地", payment.place_name),
            ("流水号", payment.number),
        ),
        steps=tuple(detail.steps),
        wrong=WENT_WRONG,
        year=years.year_of(ctx, row),
        office=unit_of(ctx, row.county or row.place, row.owner) if phone else "政务服务便民热线",
        phone=phone or settings.hotline,
        disputes=payment.state != "struck" and ctx.is_on("complaints"),
    )


async def searching(ctx: Context) -> PersonView:
    """按姓名和身份证号查询"""
    return PersonView(title=TITLE, href="/mine", row=row_of)


PAGES = (
    Page(
        apps=("ykt",),
        path="/mine",
        title=TITLE,
        help="这里是发给您的每笔补贴。点开能看金额、日期和到账情况。没有收到或金额不对，请打页面上的咨询电话。",
        template="payments/mine.html",
        load=listed,
        access=Anyone.PROVED,
        live=("payments.paid", "payments.failed"),
        rate=handlers.LISTED,
        marks=True,
    ),
    Page(
        apps=("ykt",),
        path="/mine/search",
        title="查询他人的补贴",
        help="只能查您替他申报过、窗口核对过代办关系的人。姓名和号码照身份证填。查不到的，问村（社区）干部。",
        template="ui/ask.html",
        load=searching,
        access=Anyone.PROVED,
        form=Form(route="/mine/search", shows="ui/found.html", submit="查询", fixed={"limit": "50"}),
    ),
    Page(
        apps=("ykt",),
        path="/mine/{id}",
        title="补贴发放详情",
        help="这里能看到这笔补贴发到哪一步。发放失败多是卡号不对，请打咨询电话更正。有异议可以投诉。",
        template="payments/payment.html",
        load=shown,
        access=Anyone.PROVED,
        live=("payments.paid", "payments.failed"),
        rate=handlers.SHOWN,
        marks=True,
    ),
)
