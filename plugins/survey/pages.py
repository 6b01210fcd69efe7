"""The pages of 入户调查: what is to do, one survey with its versions, the form and its hand-in, 更正; and looking over.

The form is the draft that a phone would send: the same record, under an id that the page brings along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from hub.api import (
    Anyone,
    App,
    Ask,
    ButtonView,
    Choice,
    Context,
    DetailPages,
    Form,
    Invalid,
    ListPage,
    Page,
    Reveal,
    RowView,
    check_all,
    day_in_chinese,
    shanghai,
)
from plugins.declaration.events import ListedProjects
from plugins.survey import papers, views
from plugins.survey.actions.checks import ON_SITE
from plugins.survey.actions.drafts import SurveyForm, drafts_on, form_of, records_on
from plugins.survey.actions.positions import sees_persons
from plugins.survey.actions.records import check_form, required
from plugins.survey.business import SURVEYS, title_of
from plugins.survey.documents import HANDLINGS, RESULTS, TODO, Draft, Record, Survey
from plugins.survey.handlers import DO, LIST, ONE, PERSON, SURVEY_PAGE, TODO_LIST, show_draft

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd")
DRAFT = f"{ONE}/drafts/{{draft}}"
TONES = {"wanted": "wait", "draft": "info", "submitted": "ok", "archived": "mute", "cancelled": "mute"}
# Whatever a county has set.
ALWAYS = ("result", "handling", "visited_at")


# --- lists ------------------------------------------------------------------------------------------------------------------


def survey_row(line: views.SurveyLine) -> RowView:
    due = f"{day_in_chinese(shanghai(line.due_at).date())}前" if line.state in TODO else ""
    return RowView(
        title=f"{line.short} · {line.who}",
        facts=(line.place_name, line.number, due, line.result_label, line.handling_label),
        pill="已逾期" if line.overdue else line.state_label,
        tone="bad" if line.overdue else TONES[line.state],
        href=f"/surveys/{line.id}",
        lacks="调查处理待落实" if line.followup == "due" else "",
    )


# --- one survey -------------------------------------------------------------------------------------------------------------


def facts_of(view: views.SurveyDetail) -> Iterator[tuple[str, str]]:
    line = view.survey
    yield "所在村", line.place_name
    yield "办理期限", f"{day_in_chinese(shanghai(line.due_at).date())}前" if line.state in TODO else ""
    yield "调查原因", view.reason
    yield "调查结果", line.result_label
    yield "调查后处理", line.handling_label
    yield "提交人", line.submitted_name


def fills(ctx: Context, view: views.SurveyDetail) -> Iterator[ButtonView]:
    """The way to the form: the newest draft if it is one's own, else a new one."""
    own = view.drafts[0].id if view.drafts and view.drafts[0].mine else ctx.new_id()
    href, state = f"/surveys/{view.id}/drafts/{own}", view.survey.state
    if state in TODO and "save" in view.can:
        yield ButtonView(label="继续填写" if view.drafts else "开始填写", href=href)
    if "correct" in view.can:
        yield ButtonView(label="更正", href=href, says="原来的记录保留")


DETAIL = DetailPages(
    face=SURVEY_PAGE,
    apps=STAFF_APPS,
    template="survey/survey.html",
    help="这里是一次调查的全部记录。还没提交的，点“填写”接着做。退回的须重新入户。",
    tones=TONES,
    title=lambda ctx, survey: title_of(survey) if sees_persons(ctx.actor, survey) else survey.short,
    sub=lambda survey: survey.number,
    flow="steps",
    leads=lambda ctx, view: tuple(fills(ctx, view)),
    facts=lambda view: [each for each in facts_of(view) if each[1]],
    ask={
        "return": Ask(
            says="须重新入户调查",
            help="写清哪里要重查，如照片看不清、没有签名、情况对不上。调查人员会重新收到待办，期限重新算，原来的记录还在。",
        ),
        "archive": Ask(
            template="survey/archive.html",
            help="先看照片、签名和调查情况对不对得上。有疑问的不要归档，请返回，点“退回”重查。",
        ),
        "followup": Ask(
            help="写清怎么处理的，如金额调成多少、报给了谁。处理是停发的，提交后补贴马上停。提交后这件就办完了，不能再改。"
        ),
    },
    reveal=Reveal(
        unmasking=PERSON,
        facts={"姓名": "name", "身份证号": "id_number", "联系电话": "phone"},
        label="查看证件号",
    ),
)


# --- the form ---------------------------------------------------------------------------------------------------------------


class DraftPage(msgspec.Struct, frozen=True, kw_only=True):
    """A draft of a survey, at ``href`` below the plugin: as it was saved, or, under an id that is new, begun with what is newest.

    ``revision`` is that of the next save. ``needed`` must be filled in before it is handed in, ``missing`` says in words what is not;
    ``replaces`` is the record that it would correct.
    """

    id: str
    draft: str
    href: str
    title: str
    number: str
    form: SurveyForm
    revision: int
    needed: tuple[str, ...]
    missing: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    corrects: bool
    replaces: str | None


async def draft_page(ctx: Context, id: str, draft: str) -> DraftPage:
    """填写入户调查"""
    survey = await SURVEYS.seen(ctx, id)
    await check_all(ON_SITE["save"], ctx, survey)
    drafts = await drafts_on(ctx, survey)
    known = next((each for each in drafts if each.id == draft), None)
    form = form_of(known) if known else await begun_with(ctx, survey, drafts)
    return page_of(ctx, survey, draft, form, known.revision if known else 0)


async def saved_page(ctx: Context, id: str, draft: str) -> DraftPage:
    """核对后提交"""
    survey, saved = await SURVEYS.seen(ctx, id), await show_draft(ctx, id, draft)
    return page_of(ctx, survey, draft, saved.form, saved.draft.revision)


async def begun_with(ctx: Context, survey: Survey, drafts: Sequence[Draft]) -> SurveyForm:
    """A new draft goes on from the newest one, whosever it is, else from what was handed in; the first begins now."""
    if drafts:
        return form_of(drafts[0])
    records = await records_on(ctx, survey)
    return handed_in(records[-1]) if records else SurveyForm(visited_at=ctx.now())


def handed_in(record: Record) -> SurveyForm:
    """A record as the form that it was."""
    same = ("result", "handling", "visited_at", "investigators", "photos", "signatures")
    known = {name: getattr(record, name) for name in same}
    return SurveyForm(spot=record.spot.reveal(), findings=record.findings.reveal(), **known)


def page_of(ctx: Context, survey: Survey, draft: str, form: SurveyForm, revision: int) -> DraftPage:
    return DraftPage(
        id=survey.id,
        draft=draft,
        href=f"/surveys/{survey.id}",
        title=title_of(survey),
        number=survey.number,
        form=form,
        revision=revision,
        needed=(*ALWAYS, *required(ctx, survey)),
        missing=missing_of(ctx, survey, form),
        facts=tuple(form_facts(form)),
        corrects=survey.state == "submitted",
        replaces=survey.record,
    )


def missing_of(ctx: Context, survey: Survey, form: SurveyForm) -> tuple[str, ...]:
    try:
        check_form(ctx, survey, form)
    except Invalid as problem:
        return tuple(problem.fields.values())
    return ()


def form_facts(form: SurveyForm) -> Iterator[tuple[str, str]]:
    yield "调查结果", RESULTS[form.result] if form.result else ""
    yield "调查后处理", HANDLINGS[form.handling] if form.handling else ""
    yield "调查时间", f"{shanghai(form.visited_at):%Y年%-m月%-d日 %H:%M}" if form.visited_at else ""
    yield "调查地点", form.spot
    yield "调查人员", "、".join(form.investigators)


def kept_of(page: DraftPage) -> Mapping[str, str]:
    """Its pictures, where they lie."""
    return {file: f"{page.href}/files/{file}" for file in (*page.form.photos, *page.form.signatures)}


DRAFT_FORM = Form(
    route=DRAFT,
    method="PUT",
    then=f"{DRAFT}/submit",
    submit="保存",
    start=lambda page: {"revision": page.revision + 1, "form": page.form},
    needs=lambda page: [f"form.{name}" for name in page.needed],
    kept=kept_of,
)


def handing_in(page: DraftPage) -> Mapping[str, Any]:
    return {"draft": page.draft, "revision": page.revision}


# --- begun on site ----------------------------------------------------------------------------------------------------------


async def whereabouts(ctx: Context, page: Any) -> Mapping[str, Sequence[Choice]]:
    """The villages at or below the place, each with the town that it lies in where the place is above towns: many have one name; and the
    county's projects."""
    above = len(ctx.place.path)
    villages = [
        each
        for each in ctx.regions
        if each.level == "village" and ctx.place.code in each.path and each.status == "active"
    ]
    projects = await ctx.ask(ListedProjects()) or ()
    return {
        "place": [
            Choice(each.code, "".join(ctx.regions[part].name for part in each.path[above:]) or each.name)
            for each in villages or [ctx.place]
        ],
        "project": [Choice(each.code, each.name) for each in projects],
    }


class BeginPage(msgspec.Struct, frozen=True, kw_only=True):
    """Where a survey is begun."""

    place: str


async def begin_page(ctx: Context) -> BeginPage:
    """现场发起入户调查"""
    return BeginPage(place=ctx.place.code)


# --- without a network ------------------------------------------------------------------------------------------------------


class OfflinePage(msgspec.Struct, frozen=True, kw_only=True):
    """What a phone asks for whatever the project: ``always`` must be filled in."""

    always: tuple[str, ...]


async def offline_page(ctx: Context) -> OfflinePage:
    """无网络时填写入户调查: the same for everybody; what is in it lies on the phone."""
    return OfflinePage(always=ALWAYS)


OFFLINE = Page(
    apps=("ydsh",),
    path="/offline",
    title="无网络时填写",
    help="出发前在这里带走要去的几户，把手机充好电。回来连上网，打开这一页，等全部发出再关。换手机以前，先发完。",
    template="survey/offline.html",
    load=offline_page,
    access=Anyone.PUBLIC,
    form=Form(route=DRAFT, method="PUT", then=ONE),
    kept=timedelta(days=7),
)

PAGES = (
    OFFLINE,
    ListPage(
        listing=TODO_LIST,
        apps=("ydsh",),
        title="入户调查",
        help="这里是派给您的入户调查，点开填写。没有网络，也能先在手机上填，连上后再提交。",
        template="survey/list.html",
        row=survey_row,
        columns=("项目和人员", "地区", "调查编号", "期限", "结果", "处理"),
        chips={"本村": {}, "含下级": {"stand_in": "true"}},
        nothing=("没有待调查的", "派给您的入户调查会出现在这里。没有派单，也可以现场发起。"),
        new=("现场发起调查", "/new"),
        live=("worklist.arrived",),
    ).page(),
    Page(
        apps=("ydsh",),
        path="/new",
        title="现场发起调查",
        help="没有派单时，在这里写下调查的对象和项目，就可以开始。",
        template="survey/new.html",
        load=begin_page,
        access=DO,
        form=Form(
            route="/surveys",
            then=ONE,
            submit="开始调查",
            start=lambda page: {"place": page.place},
            choices=whereabouts,
        ),
    ),
    *ListPage(
        listing=LIST,
        apps=STAFF_APPS,
        title="全部调查",
        help="点一件看调查记录。写着“调查处理待落实”的，由区县主管部门办。逾期的，请打电话催一催调查人员。",
        template="survey/list.html",
        row=survey_row,
        columns=("项目和人员", "地区", "调查编号", "期限", "结果", "处理"),
        chips={
            "全部": {},
            "草稿": {"state": "draft"},
            "已提交": {"state": "submitted"},
            "待落实": {"followup": "true"},
            "已归档": {"state": "archived"},
        },
        find="number",
        looks_for="完整的编号",
        exports=True,
        nothing=("没有调查", "换一个筛选条件看看。"),
    ).pages(),
    *DETAIL.pages(),
    Page(
        apps=STAFF_APPS,
        path=DRAFT,
        title="填写入户调查",
        help="按实地看到的情况填写，拍好照片。可以先保存，核对后再提交。提交后不能修改，只能更正。",
        template="survey/draft.html",
        load=draft_page,
        access=DO,
        form=DRAFT_FORM,
    ),
    Page(
        apps=STAFF_APPS,
        path=f"{DRAFT}/submit",
        title="核对后提交",
        help="再看一遍结果、照片和签名，有错点“修改”。现在不提交也行，草稿会留着。提交后，等这份调查的人会接着办。",
        template="survey/submit.html",
        load=saved_page,
        access=DO,
        form=Form(route=f"{ONE}/submit", then=ONE, submit="提交", start=handing_in),
    ),
    Page(
        apps=STAFF_APPS,
        path=f"{DRAFT}/correct",
        title="更正调查记录",
        help="写清哪里错了、为什么。原来的记录还在，更正的另存一份。已经往下办的申报不会因此退回，请告诉办理的人。",
        template="ui/ask.html",
        load=saved_page,
        access=DO,
        form=Form(
            route=f"{ONE}/correct",
            then=ONE,
            submit="提交更正",
            start=lambda page: {**handing_in(page), "replaces": page.replaces},
        ),
    ),
    *papers.PAGES,
)
