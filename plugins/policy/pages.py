"""The pages of 政策文件: the list, a file, one's subscriptions; what a bureau publishes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.api import (
    Anyone,
    App,
    Ask,
    Choice,
    Context,
    DetailPages,
    DetailView,
    Form,
    ListPage,
    ListView,
    News,
    NotFound,
    Page,
    Paging,
    RowView,
    Standing,
    day_in_chinese,
    shanghai,
)
from plugins.policy import handlers, publishing, views
from plugins.policy.business import MANAGE, bureaus_of
from plugins.policy.documents import files_of, subscriptions_of
from plugins.policy.handlers import DESK, DESK_LIST, MINE, PUBLISHED, FileQuery, here

TITLE = "政策文件"
READERS: tuple[App, ...] = ("ykt", "ydsh")
TONES = {"draft": "wait", "published": "ok", "withdrawn": "mute", "superseded": "mute", "deleted": "mute"}
# Of one bureau, to choose what has come in another's place.
MOST_OFFERED = 50


# --- C10, S6: reading -------------------------------------------------------------------------------------------------------


class FilesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The files that were asked for, and the bureaus that have any. ``full``: there may be more than are found. ``manages``: whoever
    looks publishes some."""

    asked: FileQuery
    bureaus: tuple[str, ...]
    lines: tuple[views.FileLine, ...]
    next: str | None
    full: bool
    manages: bool


async def listed(ctx: Context, query: FileQuery) -> FilesPage:
    """政策文件"""
    page, full = await handlers.search(ctx, query)
    groups = await files_of(ctx).groups(PUBLISHED.seen(ctx), ("bureau",))
    return FilesPage(
        asked=query,
        bureaus=tuple(sorted(group.key[0] for group in groups)),
        lines=tuple(page.items),
        next=page.next,
        full=full,
        manages=ctx.has(MANAGE),
    )


class FilePage(msgspec.Struct, frozen=True, kw_only=True):
    """A file; ``subscribed`` are the projects of it that whoever looks hears of already."""

    file: views.FileView
    facts: tuple[tuple[str, str], ...]
    subscribed: frozenset[str]


async def shown(ctx: Context, id: str) -> FilePage:
    """政策文件"""
    file = await handlers.show_file(ctx, id)
    codes = [project.code for project in file.projects]
    mine = ctx.has(Anyone.CLAIMED) and codes
    found = await subscriptions_of(ctx).find({"project": {"$in": codes}, **here(ctx)}, limit=100) if mine else []
    return FilePage(file=file, facts=facts_of(file), subscribed=frozenset(each.project for each in found))


def facts_of(file: views.FileView) -> tuple[tuple[str, str], ...]:
    return (
        ("文号", file.reference),
        ("发文单位", file.issuer),
        ("发文日期", day_in_chinese(file.issued_on) if file.issued_on else ""),
        ("业务局", file.bureau),
        ("有关项目", "、".join(project.name for project in file.projects)),
        ("文件", f"{file.kind}，{round(file.size / 1024) or 1}KB" + (f"，{file.pages}页" if file.pages > 1 else "")),
    )


async def newest(ctx: Context) -> News:
    """At the head of the home: the newest file."""
    found = await files_of(ctx).find(PUBLISHED.seen(ctx), sort=(("published_at", -1), ("_id", -1)), limit=1)
    if not found or found[0].published_at is None:
        return News()
    day = day_in_chinese(shanghai(found[0].published_at).date())
    says = f"{found[0].title}（{day}发布）"
    return News(standing=Standing(label="最新政策文件", says=says, path=f"/files/{found[0].id}"))


# --- hearing of new ones --------------------------------------------------------------------------------------------------------


async def mine(ctx: Context, query: Paging) -> ListView:
    """我订阅的政策文件"""
    page = await MINE.page(ctx, query)
    rows = tuple(RowView(title=each.name, href=f"/subscriptions/{each.project}/cancel") for each in page.items)
    return ListView(
        rows=rows, next=page.next, nothing=("还没有订阅", "打开一个政策文件，点下面的“订阅”，有新文件就告诉您。")
    )


class CancelPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be heard of no more."""

    title: str
    href: str = "/subscriptions"


async def cancelling(ctx: Context, project: str) -> CancelPage:
    """取消订阅"""
    found = await subscriptions_of(ctx).first({"project": project, **here(ctx)})
    if found is None:
        raise NotFound("没有订阅这个项目。")
    return CancelPage(title=found.name)


# --- S6: publishing -------------------------------------------------------------------------------------------------------------


def desk_row(line: views.FileLine) -> RowView:
    return RowView(
        title=line.title,
        facts=(line.reference, line.issuer, line.bureau),
        pill=line.state_label,
        tone=TONES[line.state],
        href=f"/desk/{line.id}",
    )


async def offered(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    """The bureaus for which one publishes, and the projects of the catalogue; words where there is none."""
    bureaus = bureaus_of(ctx)
    projects = sorted(await publishing.listed(ctx), key=lambda each: each.bureau not in (bureaus or ()))
    known = dict.fromkeys(each.bureau for each in projects) if bureaus is None else bureaus
    return {
        "projects": [Choice(each.code, each.name, each.bureau) for each in projects],
        **({"bureau": [Choice(each, each) for each in known]} if known else {}),
    }


async def newer(ctx: Context, shown: DetailView) -> Mapping[str, Sequence[Choice]]:
    rivals = publishing.rivals(ctx, shown.document)
    found = await files_of(ctx).find(rivals, sort=(("created_at", -1), ("_id", -1)), limit=MOST_OFFERED)
    return {"by": [Choice(each.id, each.title, each.reference) for each in found]}


def described(shown: DetailView) -> Mapping[str, object]:
    names = ("title", "reference", "issuer", "issued_on", "bureau", "projects")
    return {name: getattr(shown.document, name) for name in names}


ASKS = {
    "publish": Ask(
        template="ui/ask.html",
        asks=lambda shown: ("office_phones",) if shown.document.mobiles else (),
        says="发布后群众都能看到，订阅有关项目的人会收到通知",
        help="发布前请从头看一遍，确认没有个人信息、没有涉密内容。发布后内容不能改，错了要先下架。",
    ),
    "describe": Ask(
        choices=offered,
        start=described,
        help="照着文件填写标题、文号和日期，群众靠这些查找。选上有关的项目，订阅的人才收得到通知。",
    ),
    "supersede": Ask(
        choices=newer,
        says="以后看到旧文件的人，会被引到新文件",
        help="新文件要先发布，这里才能选到。旧文件不再出现在列表里，原来的链接还能打开。不能撤销。",
    ),
    "withdraw": Ask(
        tone="bad", says="群众不能再看到这个文件", help="下架后可以改好再发布。要换成新文件的，用“用新文件替代”。"
    ),
    "delete": Ask(
        tone="bad",
        says="这个文件不再出现在任何列表里",
        help="删除不能撤销，理由会记录在案。只是暂时不公开的，下架就够了。",
    ),
}

DETAIL = DetailPages(
    face=DESK,
    apps=("ydsh",),
    template="policy/desk.html",
    help="先填写信息，看过内容再发布。发布后要改的，先下架；有新文件的，用新文件替代。",
    tones=TONES,
    sub=lambda file: file.reference,
    facts=facts_of,
    ask=ASKS,
)

PAGES = (
    Page(
        apps=READERS,
        path="/files",
        title=TITLE,
        help="输入几个字，比如补贴的名字，就能查文件。点开可以看、可以下载。看不懂的，问村（社区）干部。",
        template="policy/files.html",
        load=listed,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=READERS,
        path="/files/{id}",
        title=TITLE,
        help="往下翻看每一页，点一下图片可以放大。要保存或打印，点“下载”。点“订阅”，以后有新文件就告诉您。",
        template="policy/file.html",
        load=shown,
        access=Anyone.PUBLIC,
    ),
    Page(
        apps=("ykt",),
        path="/subscriptions",
        title="我订阅的政策文件",
        help="这里是您订阅的项目，有新文件会在微信告诉您。不想再收的，点开取消。",
        template="policy/subscriptions.html",
        load=mine,
        access=Anyone.CLAIMED,
        form=Form(route="/subscriptions", then="/subscriptions", submit="订阅"),
    ),
    Page(
        apps=("ykt",),
        path="/subscriptions/{project}/cancel",
        title="取消订阅",
        help="取消后这个项目有新文件不再通知您，文件还是随时能查。以后可以再订阅。",
        template="ui/ask.html",
        load=cancelling,
        access=Anyone.CLAIMED,
        form=Form(route="/subscriptions/{project}", method="DELETE", then="/subscriptions", submit="取消订阅"),
    ),
    ListPage(
        listing=DESK_LIST,
        apps=("ydsh",),
        title="政策文件维护",
        help="这里是本单位的文件。先上传，再填写信息，看过再发布。村（社区）不发布，请切换到乡镇或区县。",
        row=desk_row,
        chips={
            "全部": {},
            "草稿": {"state": "draft"},
            "已发布": {"state": "published"},
            "已下架": {"state": "withdrawn"},
            "被替代": {"state": "superseded"},
        },
        nothing=("没有文件", "点下面的按钮上传。"),
        new=("上传文件", "/desk/upload"),
        columns=("标题", "文号", "发文单位", "业务局"),
    ).page(),
    Page(
        apps=("ydsh",),
        path="/desk/upload",
        title="上传文件",
        help="一次一个文件，多页的扫描件请先合成一份。上传后是草稿，别人看不到。",
        access=MANAGE,
        form=Form(
            route="/desk",
            then="/desk/{id}/describe",
            submit="上传",
            labels={"file": "文件"},
            reads="PDF、Word（.docx）或图片，不超过10MB。不要含个人信息。",
        ),
    ),
    *DETAIL.pages(),
)
