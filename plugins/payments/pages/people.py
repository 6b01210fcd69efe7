"""One person's: 享受 in a project, and a payment of a batch, each with its moves and its whole life."""

from __future__ import annotations

from collections.abc import Sequence

from hub.api import App, Ask, Context, DetailPages, Form, ListPage, Page, PersonView, RowView
from plugins.payments import views
from plugins.payments.actions import periods
from plugins.payments.business import sees_persons, title_of
from plugins.payments.documents import Benefit, Row
from plugins.payments.handlers import BENEFIT, BENEFIT_LIST, READ
from plugins.payments.handlers import ROW as FACE

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
BENEFIT_TONES = {"active": "ok", "suspended": "wait", "stopped": "bad", "ended": "mute"}
ROW_TONES = {
    "listed": "wait",
    "confirmed": "info",
    "held": "wait",
    "sent": "info",
    "paid": "ok",
    "failed": "bad",
    "corrected": "info",
    "struck": "mute",
}
BENEFITS_TITLE = "享受人员"


def benefit_row(line: views.BenefitView) -> RowView:
    return RowView(
        title=f"{line.short} · {line.person.name}",
        facts=(line.place_name, f"{line.amount}元" if line.amount else "", line.quantity, line.person.id_number),
        pill=line.state_label,
        tone=BENEFIT_TONES.get(line.state, ""),
        lacks="" if line.amount else "还没有设定金额，不会列入名册",
        href=f"/benefits/{line.id}",
    )


def payment_row(line: views.RowView) -> RowView:
    return RowView(
        title=line.person.name,
        facts=(f"{line.amount}元", line.place_name, line.person.card, line.number),
        pill=line.state_label,
        tone=ROW_TONES.get(line.state, ""),
        lacks=line.reason,
        href=f"/rows/{line.id}",
    )


def facts_of_benefit(view: views.BenefitDetail) -> Sequence[tuple[str, str]]:
    benefit = view.benefit
    return (
        ("身份证号", benefit.person.id_number),
        ("社保卡", benefit.person.card),
        ("户籍", benefit.place_name),
        ("主管部门", benefit.bureau),
        ("补贴标准", benefit.standard),
        ("数量", benefit.quantity),
        ("每次发放", f"{benefit.amount}元" if benefit.amount else "还没有设定"),
        ("受理编号", benefit.number),
    )


def facts_of_payment(view: views.RowDetail) -> Sequence[tuple[str, str]]:
    payment = view.payment
    return (
        ("金额", f"{payment.amount}元"),
        ("期次", periods.in_chinese(payment.period)),
        ("身份证号", payment.person.id_number),
        ("社保卡", payment.person.card),
        ("户籍", payment.place_name),
        ("补贴标准", payment.standard),
        ("数量", payment.quantity),
    )


async def searching(ctx: Context) -> PersonView:
    """按身份证号查找享受人员"""
    return PersonView(title=BENEFITS_TITLE, href="/benefits", row=benefit_row)


def title_for(ctx: Context, document: Benefit | Row) -> str:
    """With whom it is about, for those who may see persons."""
    return title_of(document) if sees_persons(ctx, document) else document.short


PAGES = (
    ListPage(
        listing=BENEFIT_LIST,
        apps=STAFF_APPS,
        title=BENEFITS_TITLE,
        help="没有设定金额的，不会列进名册，请点开设定。去世、搬走、不再符合条件的，点开暂停或者终止，免得多发。",
        row=benefit_row,
        columns=("项目和人员", "户籍", "每次发放", "数量", "身份证号"),
        chips={
            "全部": {},
            "享受中": {"state": "active"},
            "暂停": {"state": "suspended"},
            "停发": {"state": "stopped"},
            "终止": {"state": "ended"},
        },
        template="payments/benefits.html",
        nothing=("没有享受人员", "导入名册，或等待申报批准。"),
    ).page(),
    Page(
        apps=STAFF_APPS,
        path="/benefits/search",
        title="按身份证号查找",
        help="身份证号要填全。找不到的，可能名册还没有导入，或申报还没有批准，也可能不归您管。每次查找都会记录，只为办理的事查。",
        template="ui/ask.html",
        load=searching,
        access=READ,
        form=Form(route="/benefits/search", shows="ui/found.html", submit="查找", fixed={"limit": "50"}),
    ),
    *DetailPages(
        face=BENEFIT,
        apps=STAFF_APPS,
        tones=BENEFIT_TONES,
        title=title_for,
        flow="steps",
        facts=facts_of_benefit,
        help="先看办理经过，再点下面的按钮。暂停、停发以后，还没有发出去的那一笔也先停下。金额改错了，可以再设定一次。",
        ask={
            "amount": Ask(
                label="设定金额",
                start=lambda shown: {"amount": shown.document.amount or ""},
                help="填一次发多少，不是一年的总数。理由里写清按哪个标准算。改好后，下一次编制的名册按新的金额。",
            ),
            "resume": Ask(
                label="恢复发放",
                says="以后编制的名册里照常列入",
                help="核实清楚、可以再领了，才恢复，恢复后请告诉本人。前面停着的要不要补发，请问主管部门。",
            ),
            "suspend": Ask(
                tone="bad",
                says="暂停期间不发放，以后可以恢复",
                help="要等核实、暂时联系不上本人的，用暂停。不会自动恢复，核实清楚后请点“恢复发放”。确定不该领的，用“停发”。",
            ),
            "stop": Ask(
                tone="bad",
                says="以后不再发放，不能恢复",
                help="查明不该领的，才停发。本人会收到通知，上面不写原因，请打电话告诉他。只是要等核实的，用“暂停”。拿不准的，先请示上级经办。",
            ),
            "end": Ask(
                tone="bad",
                label="终止享受",
                says="永久结束，不能恢复",
                help="去世、户口迁出、不再符合条件的，用终止，请告诉本人或家里人。只是要等核实的，用“暂停”。请先看清是不是这个人。",
            ),
        },
    ).pages(),
    *DetailPages(
        face=FACE,
        apps=STAFF_APPS,
        template="payments/row.html",
        tones=ROW_TONES,
        title=title_for,
        flow="steps",
        sub=lambda row: row.number,
        facts=facts_of_payment,
        help="这里是一个人这一笔钱的经过，群众来问，照这里答复。发放失败的点“更正卡号”，不该发的点“剔除”。",
        ask={
            "strike": Ask(
                tone="bad",
                label="剔除",
                says="本期不发给此人",
                help="只剔除这一期，下一次编制名册照常列入。以后都不该发的，到“享受人员”里停发或终止。请写清理由，以后查得到。",
            ),
            "correct": Ask(
                help="请本人拿着社保卡对着填，一位也不能错。更正后到“我的待办”办结更正，再提交银行重发；到账会通知本人。"
            ),
        },
    ).pages(),
)
