"""What the gallery's fixtures show: invented values, among them long ones, empty ones and wrong ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.business.pages import ListView
from hub.web.pages.drawing import Frame, Tab
from hub.web.pages.forms import Field, FormState, Picture, Problem
from hub.web.pages.home import HomeBar, HomeFigure
from hub.web.pages.refusals import said_of
from hub.words.actors import App
from hub.words.contributions import Choice
from hub.words.errors import Conflict, Forbidden, NotFound, Refused, TooMany, Unavailable

# A grey picture, small enough to stand in its address.
GREY = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mPMmLHqPwAGBALm0V1d1AAAAABJRU5ErkJggg=="

TABS = (
    Tab(label="首页", href="/ui/page-home", icon="home", current=True),
    Tab(label="待办", href="/ui/page-list", icon="clipboard-check", count=126),
    Tab(label="消息", href="/ui/page-list-empty", icon="bell", count=2),
    Tab(label="我的", href="/ui/page-detail", icon="user"),
)


def frame_of(app: App, size: int, elder: bool) -> Frame:
    """Of a visitor who is not signed in, so that no page of the gallery asks for anything live."""
    return Frame(
        app=app,
        home="/ui",
        place="蓬溪县 赤城镇 白塔村",
        size=size,
        elder=elder,
        tabs=TABS,
        csrf="none",
        sizes="/ui/page-view",
        view="/ui/page-home?elder=1",
    )


# --- forms -------------------------------------------------------------------------------------------------------------

REASONS = (
    Choice("unfit", "不符合条件"),
    Choice("false", "信息不真实", "姓名、住址、收入等和实际不一样"),
    Choice("other", "其他"),
)
PHRASES = (Choice("情况属实，同意。", "情况属实，同意"), Choice("材料齐全，同意上报。", "材料齐全，同意上报"))
TOWNS = tuple(Choice(str(number), f"第{number}镇") for number in range(1, 30))

FIELDS = (
    Field(name="version", id="version", label="版本", look="hidden", values=("3",)),
    Field(name="type", id="type", label="投诉类型", look="choice", choices=REASONS, required=True, values=("unfit",)),
    Field(
        name="text", id="text", label="情况说明", look="area", hint="时间、地点、什么事。10到500字。", required=True, most=500,
        values=("他没有住在村里，已经三年了。\n邻居都知道。",),
    ),
    Field(name="opinion", id="opinion", label="处理意见", look="phrases", choices=PHRASES, required=True, most=200),
    Field(
        name="result", id="result", label="调查结果", look="options", required=True, values=("true",),
        choices=(Choice("true", "属实"), Choice("not", "不属实"), Choice("changed", "情况变化"), Choice("none", "无法核实")),
    ),
    Field(
        name="after", id="after", label="以后怎么办", look="options",
        choices=(Choice("go", "继续享受", "按原来的标准发放"), Choice("stop", "停发", "从下个月起不再发放，会书面告知本人")),
    ),
    Field(name="town", id="town", label="所在乡镇", look="select", choices=TOWNS, required=True),
    Field(name="amount", id="amount", label="金额", look="number", hint="元，最多两位小数", values=("420.50",)),
    Field(name="day", id="day", label="发生日期", look="day", values=("2026-11-02",)),
    Field(name="at", id="at", label="谈话时间", look="moment", values=("2026-11-02T09:30",)),
    Field(name="phone", id="phone", label="联系电话", look="text", inputmode="tel", autocomplete="tel"),
    Field(name="new", id="new", label="新密码", look="password", required=True, autocomplete="new-password"),
    Field(
        name="why", id="why", label="还涉及", look="ticks", values=("false",), choices=REASONS,
    ),
    Field(name="towns", id="towns", label="涉及的乡镇", look="ticks", choices=TOWNS[:7], most=6),
    Field(
        name="pictures", id="pictures", label="照片", look="pictures", hint="最多10张。", most=10,
        pictures=(Picture("f1", "房屋.jpg", GREY), Picture("f2", "室内.jpg", GREY)),
    ),
    Field(name="table", id="table", label="名册表格", look="file", hint="CSV或XLSX格式，第一行是表头。", required=True),
    Field(name="agree", id="agree", label="我已阅读投诉须知，如实反映情况", look="tick", required=True),
)  # fmt: skip

WRONG: Mapping[str, str] = {
    "type": "请选一项",
    "text": "至少填写10个字",
    "opinion": "请填写",
    "result": "请选一项",
    "town": "请选一项",
    "amount": "须是数字，最多两位小数，例如420.50",
    "pictures": "第2张打不开，请换一张",
    "table": "请选择一个文件",
    "agree": "请先阅读投诉须知",
}

FORM = FormState(action="/ui/page-form", fields=FIELDS, csrf="none", key="k1", submit="提交投诉", multipart=True)
FORM_WRONG = msgspec.structs.replace(
    FORM,
    fields=tuple(msgspec.structs.replace(field, error=WRONG.get(field.name, "")) for field in FIELDS),
    problems=(
        *(Problem(f"{field.label}：{WRONG[field.name]}", field.id) for field in FIELDS if field.name in WRONG),
        Problem("这一公示已经结束，不能再投诉。"),
    ),
)
FORM_AGAIN = msgspec.structs.replace(
    FORM, banner="这件投诉刚刚被李强更新过，请看一看再提交。您写的还在。", fields=FIELDS[:3]
)

# --- rows, lines, buttons ----------------------------------------------------------------------------------------------


def _row(title: str, facts: tuple[str, ...] = (), **more: Any) -> Mapping[str, Any]:
    plain = {"icon": "", "pill": "", "tone": "", "lacks": "", "unread": False, "href": "/1"}
    return {"title": title, "facts": facts, **plain, **more}


LONG = "2026年度农村计划生育家庭特别扶助制度独生子女伤残死亡家庭扶助金申报资格村级初审公示"
ROWS = (
    _row("残疾人护理补贴", ("乡镇审核", "张*芳", "白塔村"), icon="alert-triangle", pill="逾期2天", tone="bad"),
    _row("农村低保", ("入户调查", "周*国", "石门村"), icon="home-check", pill="我已认领"),
    _row(
        LONG,
        ("船山区民政局社会救助和养老服务股", "共计1286户"),
        icon="message-report",
        pill="剩6个工作日",
        lacks="缺银行卡照片",
    ),
    _row("临时救助", unread=True),
)
# The record that real lists are drawn from: what it gains is in the gallery too.
LIST = msgspec.convert({
    "rows": ROWS, "next": "c+/=", "nothing": ("您还没有投诉", "对公示有疑问，可以在公示详情里投诉，身份保密。"),
    "find": "number", "found": "", "looks_for": "按编号找", "export": "/export",
    "chips": (
        {"label": "全部", "href": "?", "current": True},
        {"label": "待受理", "href": "?state=filed", "current": False},
        {"label": "已逾期", "href": "?overdue=true", "current": False},
    ),
}, ListView)  # fmt: skip
EMPTY = msgspec.structs.replace(LIST, rows=(), chips=(), find="", next=None, new=("投诉举报", "#"))


def _line(title: str, when: str, by: str = "", said: str = "", state: str = "done") -> Mapping[str, str]:
    return {"title": title, "when": when, "by": by, "said": said, "state": state}


FLOW = (
    _line("提交", "11-02 09:12", "您本人在手机上提交"),
    _line("补正材料", "11-05 16:20", "赤城镇便民服务中心 陈国强", "户口簿第2页不清楚，请重新拍照。", "back"),
    _line("乡镇审核", "12月3日前", state="now"),
    _line("县级审批", "10个工作日内", state="todo"),
)
BUTTONS = (
    {"label": "受理", "href": "#", "tone": "", "says": "", "direct": True},
    {"label": "延期", "href": "#", "tone": "", "says": "", "direct": False},
    {"label": "退回", "href": "#", "tone": "", "says": "退给石门村重新办", "direct": False},
    {"label": "放回", "href": "#", "tone": "", "says": "", "direct": True},
    {"label": "不予受理", "href": "#", "tone": "bad", "says": "不同意，要写明原因", "direct": False},
)
TILES = (
    {"label": "阳光公示", "href": "#", "icon": "list-details", "count": 0, "line": "白塔村有2项正在公示"},
    {"label": "投诉举报", "href": "#", "icon": "message-report", "count": 3, "line": ""},
    {"label": "我要留言", "href": "#", "icon": "message-2", "count": 0, "line": "一般5个工作日内回复"},
    {"label": "生存认证", "href": "#", "icon": "face-id", "count": 120, "line": "还剩33天，刷脸就行"},
    {"label": "农村计划生育家庭扶助", "href": "#", "icon": "wallet", "count": 0, "line": ""},
)

DETAIL = {
    "id": "c1", "version": 3, "title": "高龄津贴公示 第12行", "sub": "TS-5109-2026-004821", "pill": "已受理", "tone": "info", "flow": FLOW,
    "facts": (("投诉类型", "不符合条件"), ("答复期限", "2026年12月3日前"), ("情况说明", "他没有住在村里，已经三年了。")),
    "buttons": BUTTONS,
}  # fmt: skip

SIGN_IN = FormState(
    action="/ui/page-signin",
    fields=(
        Field(name="account", id="f-account", label="账号", look="text", required=True, autocomplete="username"),
        Field(
            name="password",
            id="f-password",
            label="密码",
            look="password",
            required=True,
            autocomplete="current-password",
        ),
    ),
    submit="登录",
)
POSITION = {"role_label": "乡镇受理", "region_name": "蓬溪县聚贤镇", "bureau": "民政"}
ME = {
    "kind": "staff", "name": "陈*强", "region_name": "", "assurance": "none", "id_number": "", "consent_due": False,
    "positions": (POSITION, {**POSITION, "bureau": ""}),
    "wechat": {"oa": "none", "hint": "绑定微信后，有新的待办会在微信里告诉您。"},
}  # fmt: skip
COUNTIES = (Choice("510921", "蓬溪县"), Choice("510923", "大英县"))

# What every fixture may use.
VALUES: Mapping[str, Any] = {
    "shown": FORM, "wrong_form": FORM_WRONG, "again": FORM_AGAIN, "long": LONG, "grey": GREY, "buttons": BUTTONS,
    "tabs": TABS, "here": "/ui", "following": "", "asked": {}, "href": lambda path, at="": f"/ui{path}",
}  # fmt: skip

# Refusals, and a fault of ours with the number to tell on the phone. 401 leads to the sign-in, 422 draws the form again.
REFUSED: Mapping[str, tuple[Refused | None, str]] = {
    "forbidden": (Forbidden(), ""),
    "missing": (NotFound(), ""),
    "changed": (Conflict(), ""),
    "often": (TooMany(retry_after=300), ""),
    "broken": (None, "0f4b9d1c8a7e4d22"),
    "away": (Unavailable(), ""),
}

# Whole pages: their template and what it is given.
FIGURES = (
    HomeFigure(label="在办申报", text="1000+", unit="件", tone="", href="#"),
    HomeFigure(label="未办结投诉", text="26", unit="件", tone="", href="#"),
    HomeFigure(label="投诉已逾期", text="少于5", unit="件", tone="bad", href="#"),
)
CHARTS = (
    (
        "拦截按地区",
        (
            HomeBar(label="安居区", text="41", unit="件", share=100, href="#"),
            HomeBar(label="射洪市", text="少于5", unit="件", share=0, href="#"),
        ),
    ),
    ("拦截按规则", ()),
)

PAGES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "page-home": ("ui/home.html", {"greeting": "王*英，您好", "tiles": TILES, "known": "已实名认证", "places": "#"}),
    "page-home-leader": (
        "ui/home.html",
        {"greeting": "罗*，早上好", "tiles": TILES, "figures": FIGURES, "charts": CHARTS, "places": "#"},
    ),
    "page-list": ("ui/list.html", {"title": "投诉处理", "page": LIST, "following": "?cursor=c"}),
    "page-list-empty": ("ui/list.html", {"title": "我的投诉", "page": EMPTY}),
    "page-detail": ("ui/detail.html", {"page": DETAIL, "said": "正在调查，您现在不用做什么。"}),
    "page-detail-bare": ("ui/detail.html", {"page": {**DETAIL, "facts": (), "flow": (), "buttons": (), "sub": "", "title": LONG}}),
    "page-form": ("ui/form.html", {"title": "投诉举报", "form": FORM, "sub": "办理的人看不到您的姓名和电话", "back": "/ui"}),
    "page-form-wrong": ("ui/form.html", {"title": "投诉举报", "form": FORM_WRONG}),
    "page-form-again": ("ui/form.html", {"title": "投诉举报", "form": FORM_AGAIN}),
    "page-signin": ("ui/signin.html", {"title": "登录", "form": SIGN_IN, "query": ""}),
    "page-password": ("ui/password.html", {"title": "修改密码", "back": "/ui", "form": SIGN_IN, "page": {"must_change_password": True}}),
    "page-claim": ("ui/claim.html", {"title": "实名绑定", "form": SIGN_IN, "more": "",
         "page": {"options": COUNTIES, "county": "", "where": ""}}),
    "page-claim-form": (
        "ui/claim.html",
        {"title": "实名绑定", "form": SIGN_IN, "more": "", "page": {"options": (), "county": "510921", "where": "蓬溪县赤城镇"}},
    ),
    "page-me": ("ui/me.html", {"title": "我的", "page": ME}),
    "page-me-resident": (
        "ui/me.html",
        {"title": "我的", "page": {**ME, "kind": "resident", "name": "", "positions": (), "wechat": {"oa": "bound", "hint": ""}}},
    ),
    "page-places": ("ui/places.html", {"title": "选择区县", "places": (("船山区", "#"), ("蓬溪县", "#"))}),
    "page-view": ("ui/view.html", {"title": "字号", "sizes": {"1": "标准", "2": "大", "3": "更大", "4": "特大"}, "to": "/ui"}),
    "page-ask": ("ui/ask.html", {"title": "不予受理", "form": FORM_WRONG, "page": {"title": LONG, "href": "/1"}, "tone": "bad"}),
    "page-revealed": (
        "ui/revealed.html",
        {
            "title": "查看全名", "answer": {"name": "欧阳修文", "phone": "13800005678", "none": None},
            "page": {"title": LONG, "href": "/1", "facts": (("姓名", "name"), ("电话", "phone"), ("没有的", "none"))},
        },
    ),
    "page-done": (
        "ui/done.html",
        {"title": "投诉已提交", "words": "15天内告知是否受理，60天内办结。进展会发到您的微信。", "href": "#", "label": "查看进度"},
    ),
    **{f"page-error-{name}": ("ui/error.html", {**msgspec.structs.asdict(said_of(refused, "/ui")), "number": number})
       for name, (refused, number) in REFUSED.items()},
    "page-maintenance": (
        "ui/maintenance.html",
        {"until": "12月1日8:00", "words": ("正在更换数据库服务器。",), "phone": "0825-5001234"},
    ),
    "page-choose": (
        "ui/error.html",
        {
            "title": "请选县区", "now": "这件事要在一个县区里办。", "icon": "map-pin", "tone": "mute",
            "ways": (("船山区", "#"), ("蓬溪县", "#"), ("大英县", "#")),
        },
    ),
}  # fmt: skip
