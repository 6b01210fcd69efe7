"""The operations of 阳光申报: what residents ask for, and how a handler reads a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Literal

import msgspec

from hub.api import (
    Anyone,
    Context,
    Duty,
    Face,
    Listing,
    NotFound,
    Paged,
    Paging,
    Raw,
    Route,
    VersionRequest,
    both,
    check_here,
    duties,
    read_file,
)
from plugins.declaration import views
from plugins.declaration.actions import catalogue, drafts, entries, holds, parts, renewals, submit, window
from plugins.declaration.actions.drafts import DraftRequest
from plugins.declaration.actions.entries import PersonChecked, PersonRequest
from plugins.declaration.actions.form import files_of
from plugins.declaration.actions.nodes import NODES
from plugins.declaration.actions.parts import AnswersPart, MaterialPart, PersonPart
from plugins.declaration.actions.renewals import RedeclareRequest
from plugins.declaration.actions.submit import MendRequest, SubmitRequest
from plugins.declaration.business import CASES
from plugins.declaration.documents import Case, Draft, cases_of
from plugins.declaration.projects import Project

REVIEW = "declaration.review"
HANDLING = tuple(Duty(role=node.role, nodes=(node.name,)) for node in NODES if node.role)

STAFF: Face[Case, views.ReviewView] = Face(
    business=CASES,
    path="/review",
    find=CASES.seen,
    show=views.review_view,
    read=REVIEW,
    act="declaration.end",
    here=check_here,
    late_first=True,
    buttons=holds.BUTTONS,
)


class ProjectQuery(Paging, frozen=True, kw_only=True):
    """``keyword`` is looked for in names, 服务对象 and bureau; ``open``: only those that can be declared now. The
    area is the place of the request.
    """

    bureau: str | None = None
    keyword: str | None = None
    open: bool = False


class FormQuery(msgspec.Struct, frozen=True, kw_only=True):
    """For whom and for which 人员类别 the materials are asked."""

    category: str | None = None
    declared_for: Literal["self", "other"] = "self"


class CaseQuery(Paging, frozen=True, kw_only=True):
    """``declared_for``: only mine (self), or only those that I declared for others. ``number`` is a whole 受理编号."""

    declared_for: Literal["self", "other"] | None = None
    state: Literal["handling", "correcting", "approved", "refused"] | None = None
    project: str | None = None
    number: str | None = None


class ReviewQuery(Paging, frozen=True, kw_only=True):
    """``number`` is a whole 受理编号; without it those are listed that have not ended."""

    number: str | None = None


# --- the catalogue ---------------------------------------------------------------------------------------------------


async def list_projects(ctx: Context, query: ProjectQuery) -> Paged[views.ProjectLine]:
    """Projects offered here, each marked 可申报 or why not and where."""
    return page_of(ctx, await catalogue.offered(ctx), query)


def page_of(ctx: Context, offered: Iterable[Project], query: ProjectQuery) -> Paged[views.ProjectLine]:
    """Those that were asked for, as lines."""
    today = catalogue.today_of(ctx)
    lines = [views.project_line(project, today) for project in offered if _matches(project, query)]
    if query.open:
        lines = [line for line in lines if line.openness.open]
    return catalogue.after_code(lines, query)


async def show_project(ctx: Context, code: str) -> views.ProjectView:
    """申报须知 and 流程: conditions, standard, materials per 人员类别, advisers, the chain with its limits."""
    return views.project_view(ctx, await catalogue.offer(ctx, code), catalogue.today_of(ctx))


async def show_form(ctx: Context, code: str, query: FormQuery) -> views.FormView:
    """The form of a project: its own questions, and the materials for this 人员类别."""
    return views.form_view(
        await catalogue.offer(ctx, code), query.category, query.declared_for, catalogue.today_of(ctx)
    )


def _matches(project: Project, query: ProjectQuery) -> bool:
    if query.bureau and project.bureau != query.bureau:
        return False
    words = (query.keyword or "").split()
    text = f"{project.name} {project.short} {project.bureau} {project.audience}"
    return all(word in text for word in words)


# --- drafts ----------------------------------------------------------------------------------------------------------


async def show_draft(ctx: Context, id: str) -> views.DraftView:
    """One of my drafts, to go on with."""
    return views.draft_view(ctx, await window.drafts_at(ctx).get(id))


async def save_draft(ctx: Context, id: str, body: DraftRequest) -> views.DraftView:
    """存草稿: the id is the client's own; the same id again is the same draft."""
    return views.draft_view(ctx, await drafts.save_draft(ctx, id, body))


async def delete_draft(ctx: Context, id: str) -> None:
    """Throw a draft away."""
    await drafts.delete_draft(ctx, id)


async def show_draft_file(ctx: Context, id: str, file: str) -> Raw:
    """A file of one of my drafts."""
    draft: Draft = await window.drafts_at(ctx).get(id)
    return await read_file(ctx, file, draft.files, drafts.files_name(ctx, id, draft))


async def keep_person(ctx: Context, id: str, body: PersonPart) -> views.DraftView:
    """下一步, with the draft: whom it is for is checked and kept."""
    return views.draft_view(ctx, await parts.keep_person(ctx, id, body))


async def keep_answers(ctx: Context, id: str, body: AnswersPart) -> views.DraftView:
    """Check and keep the answers to the project's own questions."""
    return views.draft_view(ctx, await parts.keep_answers(ctx, id, body))


async def keep_material(ctx: Context, id: str, key: str, body: MaterialPart) -> views.DraftView:
    """Upload, replace or remove one material."""
    return views.draft_view(ctx, await parts.keep_material(ctx, id, key, body))


async def submit_draft(ctx: Context, id: str, body: VersionRequest) -> views.CaseView:
    """提交: hand in what a draft holds."""
    return await views.case_view(ctx, await parts.submit_draft(ctx, id, body))


# --- who it is for ---------------------------------------------------------------------------------------------------


async def check_person(ctx: Context, body: PersonRequest) -> PersonChecked:
    """下一步: check name, ID number and 户籍 before the rest of the form is filled."""
    return await entries.check(ctx, body)


# --- my declarations -------------------------------------------------------------------------------------------------


async def submit_case(ctx: Context, body: SubmitRequest) -> views.CaseView:
    """提交: hand in a declaration."""
    return await views.case_view(ctx, await submit.submit(ctx, body))


async def show_case(ctx: Context, id: str) -> views.CaseView:
    """申报进度 of one declaration: every node, acting unit and handler, time, opinion, state."""
    return await views.case_view(ctx, await window.declared(ctx, id))


async def show_case_file(ctx: Context, id: str, file: str) -> Raw:
    """A material of one of my declarations."""
    case = await window.declared(ctx, id)
    return await read_file(ctx, file, files_of(case.handed_in), case.files_of)


async def mend_case(ctx: Context, id: str, body: MendRequest) -> views.CaseView:
    """补正: what was asked for, and the declaration goes on."""
    return await views.case_view(ctx, await submit.mend(ctx, id, body))


async def withdraw_case(ctx: Context, id: str, body: submit.WithdrawRequest) -> views.CaseView:
    """撤回, possible before 县级审批."""
    return await views.case_view(ctx, await submit.withdraw(ctx, id, body))


async def redeclare_case(ctx: Context, id: str, body: RedeclareRequest) -> views.DraftView:
    """重新申报: a draft filled with what this declaration held; submitted, it takes this one's place."""
    return views.draft_view(ctx, await renewals.redeclare(ctx, id, body))


# --- a handler's look at a case --------------------------------------------------------------------------------------


async def review_file(ctx: Context, id: str, file: str) -> Raw:
    """A material of a declaration, for the handlers of its nodes."""
    case: Case = await cases_of(ctx).get(id)
    if not views.handles(ctx, case):
        raise NotFound("没有找到该文件。")
    return await read_file(ctx, file, files_of(case.handed_in), case.files_of)


def reviewed(ctx: Context, query: ReviewQuery) -> Mapping[str, Any]:
    """What is found by its number is known already; what is only looked through shows no persons of sensitive projects to
    others."""
    if query.number:
        return {"number": query.number.upper()}
    return both({"open": True}, duties.seen(ctx.actor, views.WATCHING, *HANDLING))


MY_DRAFTS = Listing(
    path="/drafts",
    read=Anyone.CLAIMED,
    says="My drafts, the newest first.",
    of=window.drafts_at,
    line=views.draft_view,
    query=Paging,
    order=(("updated_at", -1),),
)
MY_CASES = Listing(
    path="/cases",
    read=Anyone.CLAIMED,
    says="申报进度: my declarations and those that I made for others, the newest first.",
    of=cases_of,
    line=views.case_line,
    query=CaseQuery,
    exact=("declared_for", "project", "number", "state"),
    own=window.mine,
)
REVIEW_LIST = Listing(
    path="/review",
    read=REVIEW,
    says="The declarations within reach that have not ended, the newest first; or the one of a 受理编号.",
    of=CASES,
    line=views.review_line,
    query=ReviewQuery,
    wanted=reviewed,
)

# A form is corrected a few times; who tries numbers is stopped.
A_FEW_TIMES = (30, timedelta(hours=1))

# What a resident does on a phone, and a window for whoever has none: ``windows.py`` opens its own door to them.
DECLARING = (
    Route(method="GET", path="/drafts/{id}", call=show_draft, access=Anyone.CLAIMED),
    Route(method="PUT", path="/drafts/{id}", call=save_draft, access=Anyone.CLAIMED, reads="/drafts/{id}"),
    Route(method="DELETE", path="/drafts/{id}", call=delete_draft, access=Anyone.CLAIMED),
    Route(method="GET", path="/drafts/{id}/files/{file}", call=show_draft_file, access=Anyone.CLAIMED),
    Route(method="PUT", path="/drafts/{id}/person", call=keep_person, access=Anyone.CLAIMED, rate=A_FEW_TIMES),
    Route(method="PUT", path="/drafts/{id}/answers", call=keep_answers, access=Anyone.CLAIMED),
    Route(method="PUT", path="/drafts/{id}/materials/{key}", call=keep_material, access=Anyone.CLAIMED),
    Route(
        method="POST",
        path="/drafts/{id}/submit",
        call=submit_draft,
        access=Anyone.CLAIMED,
        status=201,
        reads="/cases/{id}",
    ),
    Route(method="POST", path="/persons/check", call=check_person, access=Anyone.CLAIMED, rate=A_FEW_TIMES),
    Route(method="POST", path="/cases", call=submit_case, access=Anyone.CLAIMED, status=201, reads="/cases/{id}"),
    Route(method="GET", path="/cases/{id}", call=show_case, access=Anyone.CLAIMED),
    Route(method="GET", path="/cases/{id}/files/{file}", call=show_case_file, access=Anyone.CLAIMED),
    Route(method="POST", path="/cases/{id}/mend", call=mend_case, access=Anyone.CLAIMED, reads="/cases/{id}"),
    Route(method="POST", path="/cases/{id}/withdraw", call=withdraw_case, access=Anyone.CLAIMED, reads="/cases/{id}"),
)
ROUTES = (
    Route(method="GET", path="/projects", call=list_projects, access=Anyone.PUBLIC),
    Route(method="GET", path="/projects/{code}", call=show_project, access=Anyone.PUBLIC),
    Route(method="GET", path="/projects/{code}/form", call=show_form, access=Anyone.PUBLIC),
    *MY_DRAFTS.routes(),
    *MY_CASES.routes(),
    *DECLARING,
    Route(method="POST", path="/cases/{id}/redeclare", call=redeclare_case, access=Anyone.CLAIMED, status=201),
    *REVIEW_LIST.routes(),
    *STAFF.routes(),
    Route(method="GET", path="/review/{id}/files/{file}", call=review_file, access=REVIEW),
)
