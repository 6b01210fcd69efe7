"""The door of the window (代录): the same operations and pages as a resident's, below ``/window``, for whoever sits there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import msgspec

from hub.api import Context, ListPage, Page, Paged, Route, RowView
from plugins.declaration import declaring, handlers, mending, pages, views
from plugins.declaration.actions import catalogue, window
from plugins.declaration.actions.window import ENTER
from plugins.declaration.handlers import DECLARING, MY_CASES, MY_DRAFTS, FormQuery, ProjectQuery

# A morning's people, each with a slip or two.
ALL_MORNING = (300, timedelta(hours=1))


# --- what can be declared there -------------------------------------------------------------------------------------------------


async def list_projects(ctx: Context, query: ProjectQuery) -> Paged[views.ProjectLine]:
    """Projects that my window takes, each marked 可申报 or why not."""
    return handlers.page_of(ctx, window.taken_here(ctx, await catalogue.offered(ctx)), query)


async def show_project(ctx: Context, code: str) -> views.ProjectView:
    """申报须知 and 流程, with the signed paper among the materials."""
    return views.project_view(ctx, await window.offer(ctx, code), catalogue.today_of(ctx))


async def show_form(ctx: Context, code: str, query: FormQuery) -> views.FormView:
    """The form of a project as a window fills it in: with the signed paper among the materials."""
    project = await window.offer(ctx, code)
    return views.form_view(project, query.category, query.declared_for, catalogue.today_of(ctx))


async def projects(ctx: Context, query: ProjectQuery) -> pages.ProjectsPage:
    """代录：选择项目"""
    return pages.projects_page(ctx, window.taken_here(ctx, await catalogue.offered(ctx)), query)


async def notice(ctx: Context, code: str) -> pages.NoticePage:
    """代录：申报须知"""
    return pages.notice_page(ctx, await show_project(ctx, code))


# --- the door -------------------------------------------------------------------------------------------------------------------


def by_window(route: Route) -> Route:
    """The same operation, for what was entered at my window."""
    reads = f"/window{route.reads}" if route.reads else None
    rate = ALL_MORNING if route.rate else None
    return msgspec.structs.replace(route, path=f"/window{route.path}", access=ENTER, reads=reads, rate=rate)


def page_by_window(page: Page) -> Page:
    """The same page, in the handlers' app and in its words."""
    form = page.form and msgspec.structs.replace(
        page.form, route=f"/window{page.form.route}", then=f"/window{page.form.then}"
    )
    return msgspec.structs.replace(
        page,
        apps=("ydsh",),
        path=f"/window{page.path}",
        access=ENTER,
        form=form,
        live=(),
        title=TITLES.get(page.path, page.title),
        help=HELP.get(page.path, page.help),
    )


def entered_row(line: views.CaseLine) -> RowView:
    """At the window's own place."""
    row = pages.my_row(line)
    return msgspec.structs.replace(row, href=f"/window{row.href}", at="")


ENTERED = replace(
    MY_CASES, path="/window/cases", read=ENTER, says="代录: what was entered at my window, the newest first."
)
BEGUN = replace(MY_DRAFTS, path="/window/drafts", read=ENTER, says="What I have begun to enter, the newest first.")

ROUTES = (
    Route(method="GET", path="/window/projects", call=list_projects, access=ENTER),
    Route(method="GET", path="/window/projects/{code}", call=show_project, access=ENTER),
    Route(method="GET", path="/window/projects/{code}/form", call=show_form, access=ENTER),
    *BEGUN.routes(),
    *ENTERED.routes(),
    *map(by_window, DECLARING),
)

# What a page is called, and what it says at its foot, where the resident's words do not fit whoever sits at a window.
TITLES: Mapping[str, str] = {
    "/drafts": "没有录完的代录",
    "/drafts/{id}": "填写代录",
    "/drafts/{id}/person": "申报人",
    "/cases/{id}": "代录的申报",
}
HELP: Mapping[str, str] = {
    "/drafts": "这里是您没有录完的代录，只有您自己能看到。点开可以接着录。",
    "/drafts/{id}": "照申报人的纸质申报表逐项录入，并上传有签名或手印的申报表照片。都填好后点“提交申报”。",
    "/drafts/{id}/person": "照身份证和申报表填。申报人自己来的选“本人”，由家人代办的选“他人代办”。手机号填家人或村干部能打通、愿意转告的。",
    "/drafts/{id}/answers": "照申报表填，不清楚的当面问申报人。保存后还可以改，提交后就不能改了。",
    "/cases/{id}": "这里能看到办到哪一步。有了结果，微信会告诉本窗口，请打电话告知申报人；并把回执打印出来交给他。",
    "/cases/{id}/withdraw": "先当面或打电话问清，是申报人自己要撤回。只是缺材料的，不用撤回，补正就行。撤回以后，请告诉申报人。",
    "/cases/{id}/mend": "按要求补材料。内容有改动的，请申报人在改好的申报表上重新签名或按手印，拍照上传。",
}

PAGES = (
    ListPage(
        listing=ENTERED,
        apps=("ydsh",),
        title="代录",
        row=entered_row,
        help="没有手机或不会用手机的群众，由窗口代为申报。这里是本窗口代录的，点开能打印回执、补正、撤回。",
        chips={
            "全部": {},
            "待补正": {"state": "correcting"},
            "已批准": {"state": "approved"},
            "未通过": {"state": "refused"},
        },
        find="number",
        looks_for="完整的受理编号",
        nothing=("没有代录的申报", "群众没有手机的，点下面的按钮替他录入。"),
        new=("代录一件", "/window/projects"),
    ).page(),
    Page(
        apps=("ydsh",),
        path="/window/projects",
        title="代录：选择项目",
        help="选群众要申报的项目。先看申报须知，材料齐全、申报表签了名或按了手印再录。",
        template="declaration/projects.html",
        load=projects,
        access=ENTER,
    ),
    Page(
        apps=("ydsh",),
        path="/window/projects/{code}",
        title="申报须知",
        help="核对申报人的条件和材料，都有了再点“开始代录”。纸质申报表要本人签名或按手印。",
        template="declaration/notice.html",
        load=notice,
        access=ENTER,
    ),
    *(
        page_by_window(page)
        for page in (pages.PROGRESS, *declaring.PAGES, *mending.PAGES)
        if page.path != "/cases/{id}/redeclare"
    ),
)
