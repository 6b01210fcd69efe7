"""Batches as a handler brings them from the 名册 to the bank and back; where it is another's turn, the page says whose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from hub.api import (
    App,
    Ask,
    Choice,
    Context,
    DetailPages,
    Form,
    Limit,
    ListPage,
    ListView,
    Page,
    RowView,
    both,
    day_in_chinese,
    shanghai,
)
from plugins.payments import views
from plugins.payments.actions import expected, periods
from plugins.payments.actions.expected import Unpaid
from plugins.payments.business import BENEFITS
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import BATCH as TABLE
from plugins.payments.documents import ROW, benefits_of
from plugins.payments.handlers import BATCH, BATCH_LIST, EXPORT, MANAGE, READ, ROW_LIST
from plugins.payments.pages.people import payment_row

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
TONES = {
    "roster": "wait",
    "applied": "info",
    "publicity": "info",
    "confirmed": "info",
    "disbursed": "info",
    "paying": "wait",
    "done": "ok",
    "cancelled": "mute",
}
# Projects of one county.
MOST_OFFERED = 200
UNITS = (Choice("calendar", "自然日"), Choice("workday", "工作日"))


def batch_row(line: views.BatchView) -> RowView:
    return RowView(
        title=line.title,
        facts=(line.short, periods.in_chinese(line.period), f"{line.rows}人", f"{line.total}元", line.number),
        pill=line.state_label,
        tone=TONES.get(line.state, ""),
        href=f"/batches/{line.id}",
    )


def facts_of(view: views.BatchDetail) -> Sequence[tuple[str, str]]:
    batch = view.batch
    return (
        ("补贴项目", batch.short),
        ("期次", periods.in_chinese(batch.period)),
        ("主管部门", batch.bureau),
        ("人数", f"{batch.rows}人"),
        ("金额", f"{batch.total}元"),
        ("没有金额、未列入", f"{batch.passed_over}人" if batch.passed_over else ""),
    )


# --- a new one -----------------------------------------------------------------------------------------------------------------


class NewPage(msgspec.Struct, frozen=True, kw_only=True):
    """编制名册: ``projects`` are those in which somebody is 享受中, ``periods`` those that one of them may pay for, ``publicity`` how long
    the county publishes."""

    projects: tuple[Choice, ...]
    periods: tuple[Choice, ...]
    publicity: Limit


async def new(ctx: Context) -> NewPage:
    """编制名册"""
    enjoyed = both({"state": "active"}, BENEFITS.sees(ctx.actor))
    found = await benefits_of(ctx).groups(enjoyed, ("project", "short"), at_most=MOST_OFFERED)
    # A project that was renamed is one choice, under the name that most have.
    projects: dict[str, Choice] = {}
    for group in found:
        code, short = group.key
        projects.setdefault(code, Choice(code, short, code if code != short else ""))
    offered = periods.offered(shanghai(ctx.now()).date())
    return NewPage(
        projects=tuple(projects.values()),
        periods=tuple(Choice(each.text, periods.in_chinese(each.text)) for each in offered),
        publicity=ctx.settings(PaymentsConfig).publicity,
    )


async def offers(ctx: Context, page: NewPage) -> Mapping[str, Sequence[Choice]]:
    return {"project": page.projects, "period": page.periods, "publicity.unit": UNITS}


def first_values(page: NewPage) -> Mapping[str, Any]:
    return {"publicity": page.publicity}


# --- what should have been paid ---------------------------------------------------------------------------------------------------


async def unpaid(ctx: Context) -> ListView:
    """应发未发"""
    return ListView(
        rows=tuple(unpaid_row(line, ctx.has(MANAGE)) for line in await expected.unpaid(ctx)),
        nothing=("没有应发未发的补贴", "每一期过了应发的月份、还没有提交银行的，列在这里。"),
    )


def unpaid_row(line: Unpaid, makes: bool) -> RowView:
    """It leads to the batch that is on its way, else whoever makes one to where that is done."""
    there = f"/batches/{line.batch}" if line.batch else "/batches/new" if makes else ""
    return RowView(
        title=f"{line.short} {periods.in_chinese(line.period)}",
        facts=(f"应在{day_in_chinese(line.due)}前发放", line.bureau),
        pill=TABLE.label(line.batch_state) if line.batch else "没有名册",
        tone="bad",
        href=there,
    )


# --- its tables ------------------------------------------------------------------------------------------------------------------


class AboutBatch(msgspec.Struct, frozen=True, kw_only=True):
    """Which batch a form is about, at ``href`` below the plugin."""

    title: str
    href: str


async def about(ctx: Context, id: str) -> AboutBatch:
    """The batch whose table is asked for."""
    batch = await BATCH.found(ctx, id)
    return AboutBatch(title=f"{batch.title} {batch.number}", href=f"/batches/{id}")


async def about_bank(ctx: Context, id: str) -> AboutBatch:
    """The same for the bureau that pays, while the bank has it."""
    await BATCH.offers.check("bank_file", ctx, await BATCH.found(ctx, id))
    return await about(ctx, id)


async def about_results(ctx: Context, id: str) -> AboutBatch:
    """The same for the bureau that pays, once the bank answers."""
    await BATCH.offers.check("results", ctx, await BATCH.found(ctx, id))
    return await about(ctx, id)


PAGES = (
    Page(
        apps=STAFF_APPS,
        path="/unpaid",
        title="应发未发",
        help="点开正在办的批次，看停在哪一步。没有名册的，请主管部门编制。这一期本来就不发的，请运维人员改“各项目应发月份”。",
        template="ui/list.html",
        load=unpaid,
        access=READ,
    ),
    ListPage(
        listing=BATCH_LIST,
        apps=STAFF_APPS,
        title="补贴发放",
        help="每一批补贴从编制名册开始，经公示、确认，再下载发放文件交银行。银行办完，把结果导入回来。",
        row=batch_row,
        chips={"全部": {}, **{label: {"state": state} for state, label in TABLE.states.items()}},
        new=("编制名册", "/batches/new"),
        act=MANAGE,
        template="payments/batches.html",
        nothing=("没有发放批次", "先导入名册或等待申报批准，再编制名册。"),
        columns=("批次", "补贴项目", "期次", "人数", "金额", "批次编号"),
    ).page(),
    Page(
        apps=STAFF_APPS,
        path="/batches/new",
        title="编制名册",
        help="选项目和发放期间，应发的人员会列进名册。编好后请核对人数和金额，再公示。",
        template="payments/new_batch.html",
        load=new,
        access=MANAGE,
        form=Form(
            route="/batches",
            then="/batches/{id}",
            submit="编制名册",
            start=first_values,
            choices=offers,
            labels={"publicity.days": "公示天数", "publicity.unit": "按哪种天数算"},
        ),
    ),
    *DetailPages(
        face=BATCH,
        apps=STAFF_APPS,
        template="payments/batch.html",
        help="这里能看到这一批办到哪一步，下面的按钮是下一步。按钮没有出现，说明还在等别人办理。",
        tones=TONES,
        flow="steps",
        sub=lambda batch: batch.number,
        facts=facts_of,
        ask={
            "apply": Ask(
                says="提交后进入审核，通过后公示",
                help="先核对人数和金额，最好请另一个人看一遍。提交后到公示结束，不能再剔除人。审核退回的，改好再提交。",
            ),
            "collect": Ask(
                says="把后来的人员加进名册",
                help="刚批准的、刚设定金额的人，再汇总一次就列进来，已经在名册里的不变。人多时要等几分钟，可以离开再来看。",
            ),
            "cancel": Ask(
                tone="bad",
                says="名册作废，人员可列入其他批次",
                help="整个名册编错了才作废；只错几个人的，打开名册逐个剔除。作废不能恢复，要重新编制、重新公示。",
            ),
        },
    ).pages(),
    ListPage(
        listing=ROW_LIST,
        apps=STAFF_APPS,
        title="发放名册",
        help="点一个人，看他这一笔的经过。发放失败的，点开更正卡号；不该发的，点开剔除。金额错了，先剔除，再到“享受人员”里改。",
        row=payment_row,
        chips={"全部": {}, **{label: {"state": state} for state, label in ROW.states.items()}},
        nothing=("没有这样的人员", "换一个筛选条件看看。正在汇总的，请稍候再打开。"),
        columns=("姓名", "金额", "户籍", "社保卡", "编号"),
    ).page(),
    Page(
        apps=STAFF_APPS,
        path="/batches/{id}/export",
        title="导出名册",
        help="审阅和存档用这张表。交给银行的，要用“下载发放文件”。人多时要等一会儿，不要连着点。",
        template="payments/export.html",
        load=about,
        access=EXPORT,
        form=Form(route="/batches/{id}/export", then="/batches/{id}", submit="导出表格"),
    ),
    Page(
        apps=STAFF_APPS,
        path="/batches/{id}/bank-file",
        title="下载发放文件",
        help="请用单位的电脑下载，写清交给哪家银行、谁经手。银行办完，回到这一批导入发放结果，群众才看得到到账。",
        template="payments/bank_file.html",
        load=about_bank,
        access=MANAGE,
        form=Form(
            route="/batches/{id}/bank-file",
            then="/batches/{id}",
            submit="下载",
            labels={"reason": "下载的理由（会记录在案）"},
        ),
    ),
    Page(
        apps=STAFF_APPS,
        path="/batches/{id}/results",
        title="导入发放结果",
        help="把银行退回的结果表格原样导入。失败的会列出原因，并通知本人更正卡号。",
        template="payments/results.html",
        load=about_results,
        access=MANAGE,
        form=Form(
            route="/batches/{id}/results",
            then="/intakes/{answer}",
            submit="导入结果",
            start=lambda page: {"dry_run": False},
            labels={"file": "银行的结果表格"},
        ),
    ),
)
