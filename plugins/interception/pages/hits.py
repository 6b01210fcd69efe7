"""S10 拦截信息确认: the hits that a bureau must confirm, each with its buttons and its evidence; 追缴."""

from __future__ import annotations

from collections.abc import Sequence

from hub.api import App, Ask, DetailPages, DetailView, ListPage, Reveal, RowView, day_in_chinese
from plugins.interception import views
from plugins.interception.documents import Hit
from plugins.interception.handlers import EVIDENCE_VIEW, HIT, LIST, RECOVERY, RECOVERY_LIST

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
TONES = {
    "found": "wait",
    "waiting": "wait",
    "proposed": "wait",
    "confirmed": "bad",
    "cleared": "ok",
    "noted": "info",
    "reviewed": "ok",
    "archived": "mute",
}
RECOVERY_TONES = {"open": "wait", "recovered": "ok", "waived": "mute"}


def hit_row(line: views.HitLine) -> RowView:
    due = f"{day_in_chinese(line.due_at)}前" if line.due_at else ""
    return RowView(
        title=f"{line.short} · {line.who}",
        facts=(line.label, line.place_name, line.number, due),
        pill="已逾期" if line.overdue else line.state_label,
        tone="bad" if line.overdue else TONES.get(line.state, ""),
        href=f"/hits/{line.id}",
    )


def recovery_row(line: views.RecoveryView) -> RowView:
    return RowView(
        title=f"{line.short} · {line.who}",
        facts=(f"应追{line.amount}元", f"已追回{line.returned}元", line.place_name, line.number),
        pill=line.state_label,
        tone=RECOVERY_TONES.get(line.state, ""),
        href=f"/recoveries/{line.id}",
    )


def asked_of(shown: DetailView) -> Sequence[str]:
    """What 属实 leaves open: what blocks is stopped anyway, and without a declaration there is none to end."""
    hit: Hit = shown.document
    more = {"stop": hit.severity == "warn", "end_case": hit.case is not None, "recover": hit.recovery is None}
    return ("reason", *(name for name, is_open in more.items() if is_open))


def nothing_more(shown: DetailView) -> dict[str, bool]:
    return {"stop": False, "end_case": False}


ASKS = {
    "confirm": Ask(
        tone="bad",
        says="确认情况属实",
        template="interception/confirm.html",
        asks=asked_of,
        start=nothing_more,
        help="理由里写清查了什么、问了谁。要追回已经发的钱，填上金额，会有一条追缴记录。之后由纪委复核，可能退回重新核实。",
    ),
    "propose": Ask(
        says="由第二人确认后解除",
        help="第二人会照您写的去核对，您自己不能确认。本岗位没有别人的，由部门领导或上一级确认。确认以前，相关的申报仍然等着。",
    ),
    "note": Ask(
        says="不停发，只作记录",
        help="只是提醒、看过没有问题的，用“知悉”。确实不符合条件的，用“确认属实”；认错了人的，提出误报解除。之后纪委会复核。",
    ),
    "clear": Ask(
        says="补贴照常办理和发放，同样的情况不再提醒",
        help="您是第二人，请自己看过证明再定，不要只听提出的人说。确认后，等着的申报接着办。之后纪委会复核，可能退回。",
    ),
    "reject": Ask(
        says="退回主管部门重新核实",
        help="写清还缺什么证明，主管部门照着补查，期限从现在重新算。补查好了，可以再提出一次。",
    ),
    "review": Ask(
        says="同意主管部门的核实结果",
        help="先看办理经过里的理由，够了再同意；没有查清的，退回重新核实。同意以后不能再退回，只能归档。",
    ),
    "return": Ask(
        says="退回主管部门重新核实，相关申报等核实结果",
        help="写清哪里没有查明、要补什么。主管部门会重新收到待办，期限从现在重新算。核实好了，再到您这里复核。",
    ),
    "archive": Ask(
        says="这件就此办结",
        help="已经复核、没有别的要查了，才归档，归档后不再改动。钱还没有追回的，在追缴记录里接着办。",
    ),
}
HIT_PAGES = DetailPages(
    face=HIT,
    apps=STAFF_APPS,
    template="interception/hit.html",
    help="核实后确认属实，或写明理由提出误报解除，由第二人确认。比对依据要写明查看的理由，会记录在案。",
    tones=TONES,
    flow="steps",
    sub=lambda hit: hit.number,
    facts={
        "规则": "hit.label",
        "类别": "hit.severity_label",
        "身份证号": "id_number",
        "户籍": "hit.place_name",
        "主管部门": "hit.bureau",
        "来源": "hit.source_label",
        "录入次数": "hit.attempts",
        "受理编号": "hit.case_number",
        "办理期限": "hit.due_at",
    },
    ask=ASKS,
    reveal=Reveal(
        unmasking=EVIDENCE_VIEW,
        facts={},
        label="查看比对依据",
        template="interception/evidence.html",
        help="依据可能过时，也可能是同名的人，请向出具的单位问清再定。不要告诉本人和无关的人，不要截图。谁看过，以后都查得到。",
    ),
)
RECOVERY_PAGES = DetailPages(
    face=RECOVERY,
    apps=STAFF_APPS,
    template="interception/recovery.html",
    help="收到钱就点“登记追回”，可以分几次登记，收齐了自动办结。确实收不回的，按规定报批后，写明理由不予追缴。",
    tones=RECOVERY_TONES,
    flow="steps",
    sub=lambda recovery: recovery.number,
    facts=lambda view: (
        ("应追金额", f"{view.amount}元"),
        ("已追回", f"{view.returned}元"),
        ("待追缴", f"{view.remaining}元"),
        ("户籍", view.place_name),
        ("主管部门", view.bureau),
    ),
    ask={
        "recovered": Ask(
            label="登记追回", help="先和财务对好账，登记后不能改。没有收齐的，下次收到再登记；收齐了，这件自动办结。"
        ),
        "waive": Ask(
            tone="bad",
            says="余下的不再追缴",
            help="确实收不回的才用，先按规定报批，把批准的文件写在理由里。已经追回的照样记着。定了以后不能恢复。",
        ),
    },
)
PAGES = (
    *ListPage(
        listing=LIST,
        apps=STAFF_APPS,
        title="拦截信息",
        help="这里是比对发现可能不该享受的人员。请逐件核实，确认属实，或者提出误报解除。",
        row=hit_row,
        columns=("项目和人员", "规则", "地区", "编号", "期限"),
        chips={
            "全部": {},
            "待确认": {"state": "waiting"},
            "待第二人确认": {"state": "proposed"},
            "属实": {"state": "confirmed"},
            "误报解除": {"state": "cleared"},
            "知悉": {"state": "noted"},
            "已复核": {"state": "reviewed"},
        },
        exports=True,
        persons=True,
        template="interception/hits.html",
        nothing=("没有拦截信息", "换一个筛选条件看看。有新的会发消息提醒您。"),
        live=("interception.found",),
    ).pages(),
    *HIT_PAGES.pages(),
    ListPage(
        listing=RECOVERY_LIST,
        apps=STAFF_APPS,
        title="追缴记录",
        help="点开一件，登记收到的钱。还没有收回的，请主管部门催缴；全部收齐的，自动列入“已追回”。",
        row=recovery_row,
        columns=("项目和人员", "应追", "已追回", "地区", "编号"),
        chips={
            "全部": {},
            "待追缴": {"state": "open"},
            "已追回": {"state": "recovered"},
            "不予追缴": {"state": "waived"},
        },
        nothing=("没有追缴记录", "确认属实时填写追缴金额的，列在这里。"),
    ).page(),
    *RECOVERY_PAGES.pages(),
)
