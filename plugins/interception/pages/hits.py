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
        tone="bad", says="确认情况属实", template="interception/confirm.html", asks=asked_of, start=nothing_more
    ),
    "propose": Ask(says="由第二人确认后解除"),
    "note": Ask(says="不停发，只作记录"),
    "clear": Ask(says="补贴照常办理和发放，同样的情况不再提醒"),
    "reject": Ask(says="退回主管部门重新核实"),
    "review": Ask(says="同意主管部门的核实结果"),
    "return": Ask(says="退回主管部门重新核实，相关申报等核实结果"),
    "archive": Ask(says="这件就此办结"),
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
    reveal=Reveal(unmasking=EVIDENCE_VIEW, facts={}, label="查看比对依据", template="interception/evidence.html"),
)
RECOVERY_PAGES = DetailPages(
    face=RECOVERY,
    apps=STAFF_APPS,
    template="interception/recovery.html",
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
        "recovered": Ask(label="登记追回"),
        "waive": Ask(tone="bad", says="余下的不再追缴"),
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
