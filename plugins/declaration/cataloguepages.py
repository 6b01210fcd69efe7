"""The pages of 项目目录: the list, a project by its groups, one record of it, the preview, and what is published of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from hub.api import ButtonView, Chip, Choice, Context, Form, NotFound, Page, RowView
from plugins.declaration import cataloguing, views
from plugins.declaration.actions.checks import known_nodes
from plugins.declaration.actions.differences import record_in_words
from plugins.declaration.actions.revisions import Desk, desk_of, group_named, item_mark
from plugins.declaration.asking import console_page, under
from plugins.declaration.cataloguing import ITEMS, PROJECT, CatalogueQuery, CatalogueView, item_path
from plugins.declaration.groups import GROUPS, Group

STATES = {
    "open": ("可申报", "ok"), "closed": ("未到时间", "mute"), "withdrawn": ("已停用", "bad"), "new": ("未发布", "wait")
}  # fmt: skip
CHIPS = {"全部": None, "可申报": "open", "停用": "withdrawn", "有草稿": "draft", "本县另行规定": "own"}


class CataloguePage(msgspec.Struct, frozen=True, kw_only=True):
    """The projects of a place; ``nothing`` where there is none at all."""

    keyword: str
    chips: tuple[Chip, ...]
    rows: tuple[RowView, ...]
    next: str | None
    nothing: bool


class ProjectPage(msgspec.Struct, frozen=True, kw_only=True):
    """One project: its groups, and what else can be done with it."""

    view: CatalogueView
    code: str
    pill: str
    tone: str
    whose: str
    rows: tuple[RowView, ...]
    buttons: tuple[ButtonView, ...]


class ItemsPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list of a project; ``more`` is where one is added, "" where no more is allowed."""

    title: str
    sub: str
    says: str
    rows: tuple[RowView, ...]
    more: str


class ItemPage(msgspec.Struct, frozen=True, kw_only=True):
    """One record; ``start`` is what its form holds, ``present`` the same in words. ``at`` is its address below the plugin where it can be
    moved and removed, ``places`` its number and of how many."""

    title: str
    href: str
    seen: str
    was: str
    start: Mapping[str, Any]
    asks: tuple[str, ...]
    present: tuple[tuple[str, str], ...]
    says: str = ""
    at: str = ""
    number: int = 0
    of: int = 0
    nodes: tuple[Choice, ...] = ()
    categories: tuple[Choice, ...] = ()


class NewPage(msgspec.Struct, frozen=True, kw_only=True):
    known: tuple[Choice, ...]


# --- looking ------------------------------------------------------------------------------------------------------------------


async def show_list(ctx: Context, query: CatalogueQuery) -> CataloguePage:
    """项目目录"""
    lines = await cataloguing.lines_of(ctx)
    found = cataloguing.page_of(lines, query)
    keyword = query.keyword or ""
    return CataloguePage(
        keyword=keyword,
        chips=tuple(
            Chip(label=label, href=_asking(keyword, state), current=state == query.state)
            for label, state in CHIPS.items()
            if state != "own" or ctx.county
        ),
        rows=tuple(map(_row, found.items)),
        next=found.next,
        nothing=not lines,
    )


def _asking(keyword: str, state: str | None) -> str:
    return "?" + urlencode({name: value for name, value in (("keyword", keyword), ("state", state)) if value})


def _row(line: cataloguing.CatalogueLine) -> RowView:
    pill, tone = STATES[line.state]
    marks = ("本县另行规定" if line.own else "", "有草稿" if line.draft else "")
    return RowView(
        title=line.name,
        facts=(line.code, line.bureau, f"在办{line.cases}件" if line.cases else "没有在办", *marks),
        pill=pill,
        tone=tone,
        href=f"/catalogue/{line.code}",
    )


async def show_project(ctx: Context, code: str) -> ProjectPage:
    """目录中的一个项目"""
    desk = await desk_of(ctx, code)
    view = await cataloguing.view_of(ctx, desk)
    pill, tone = STATES[view.state]
    whose = "全市统一" if ctx.county is None or not view.own else "本县另行规定"
    return ProjectPage(
        view=view,
        code=code,
        pill=pill,
        tone=tone,
        whose=whose if desk.counted else "还没有发布",
        rows=tuple(_group_row(desk, view, group) for group in GROUPS.values()),
        buttons=tuple(_buttons(view)),
    )


def _group_row(desk: Desk, view: CatalogueView, group: Group) -> RowView:
    items = group.items(desk.terms)
    wrong = any(flaw.group == group.name for flaw in view.flaws)
    changed = desk.revision is not None and (desk.counted is None or items != group.items(desk.counted))
    return RowView(
        title=group.title,
        facts=((f"{len(items)}项" if items else "没有") if group.many else "",),
        pill="要改" if wrong else "草稿已改" if changed else "",
        tone="bad" if wrong else "wait",
        href=f"/catalogue/{desk.code}{group.path}",
    )


def _buttons(view: CatalogueView) -> list[ButtonView]:
    path = f"/catalogue/{view.id}"
    found = []
    if view.version:
        found.append(ButtonView(label="放弃草稿", href=f"{path}/discard", tone="bad", says="已发布的内容不变"))
    if view.state == "withdrawn":
        found.append(ButtonView(label="恢复申报", href=f"{path}/resume", says="居民可以重新申报"))
    elif view.state != "new":
        found.append(ButtonView(label="停用", href=f"{path}/withdraw", tone="bad", says="不再受理新的申报"))
    if view.own and view.above:
        found.append(ButtonView(label="恢复与市一致", href=f"{path}/follow-city", says="不再另行规定"))
    return found


async def show_items(ctx: Context, code: str, group: str) -> ItemsPage:
    """项目的一组内容"""
    desk, kind = await desk_of(ctx, code), group_named(group)
    items, path = kind.items(desk.terms), f"/catalogue/{code}{kind.path}"
    return ItemsPage(
        title=kind.title,
        sub=desk.terms.name,
        says=kind.intro,
        rows=tuple(
            RowView(title=kind.called(ctx, item), facts=kind.says(item), href=f"{path}/{at}")
            for at, item in enumerate(items)
        ),
        more=f"{path}/{len(items)}" if len(items) < kind.most else "",
    )


async def show_record(ctx: Context, desk: Desk, group: Group, at: int) -> ItemPage:
    """One record of a group with its form; the one after the last is a new one."""
    items, path = group.items(desk.terms), f"/catalogue/{desk.code}"
    if not 0 <= at <= min(len(items), group.most - 1):
        raise NotFound("这一项已经不在了。")
    there = at < len(items)
    fields = msgspec.structs.fields(group.record)
    categories = tuple(Choice(each.key, each.label) for each in desk.terms.form.categories)
    return ItemPage(
        title=desk.terms.name,
        href=f"{path}{group.path}" if group.many else path,
        seen=desk.seen,
        was=item_mark(items, at),
        start=under(
            "item",
            {each.encode_name: getattr(items[at], each.name) if there else _first_of(each) for each in fields},
        ),
        asks=tuple(f"item.{each.encode_name}" for each in fields if each.name != "categories" or categories),
        present=tuple(record_in_words(items[at])) if there else (),
        says=group.intro,
        at=f"{path}{group.path}/{at}" if group.many and there else "",
        number=at + 1,
        of=len(items),
        nodes=tuple(Choice(node, views.label_of(ctx, node)) for node in known_nodes(ctx)),
        categories=categories,
    )


def _first_of(field: Any) -> Any:
    return None if field.default is msgspec.NODEFAULT else field.default


async def item_choices(ctx: Context, page: ItemPage) -> Mapping[str, Sequence[Choice]]:
    return {"item.node": page.nodes, "item.categories": page.categories}


def _loading(group: Group) -> Any:
    """What loads the page of a record of this group."""

    async def load(ctx: Context, code: str) -> ItemPage:
        return await show_record(ctx, await desk_of(ctx, code), group, 0)

    async def load_at(ctx: Context, code: str, number: int) -> ItemPage:
        return await show_record(ctx, await desk_of(ctx, code), group, number)

    call = load_at if group.many else load
    call.__doc__, call.__name__ = group.title, f"show_{group.name}"
    return call


async def show_new(ctx: Context) -> NewPage:
    """新增项目"""
    published = [each for each in await cataloguing.lines_of(ctx) if each.state != "new"]
    return NewPage(known=tuple(Choice(each.code, each.name) for each in published))


async def new_choices(ctx: Context, page: NewPage) -> Mapping[str, Sequence[Choice]]:
    return {"like": page.known}


# --- the table of pages ---------------------------------------------------------------------------------------------------------

ITEM_HELP = "存入草稿后，居民还看不到；回到项目页预览、发布，才生效。改错了，发布前可以再改，也可以放弃草稿。"


def _of_group(group: Group) -> Page:
    form = Form(
        route=item_path(group),
        method="PUT",
        then=f"{PROJECT}{group.path}" if group.many else PROJECT,
        submit="存入草稿",
        start=lambda page: {"seen": page.seen, "was": page.was, **page.start},
        anew=("seen",),
        choices=item_choices,
        asks=lambda page: page.asks,
    )
    return console_page(item_path(group), group.title, "catalogue_item.html", _loading(group), form, help=ITEM_HELP)


PAGES = (
    console_page(
        "/catalogue",
        "项目目录",
        "catalogue.html",
        show_list,
        help="点一个项目查看和更改。改动先成为草稿，发布后才生效。区县改了，只在本县生效。",
    ),
    console_page(
        "/catalogue/new",
        "新增项目",
        "ui/form.html",
        show_new,
        Form(route="/catalogue", then="/catalogue/{id}", submit="建立草稿", choices=new_choices),
        help="先建立草稿，填好各部分再发布。相近的项目可以选“参照已有项目”，少填很多。",
    ),
    console_page(
        PROJECT,
        "项目",
        "catalogue_project.html",
        show_project,
        help="点一部分就可以改。改好后先预览，再发布。发布前居民看到的不变。",
    ),
    *map(_of_group, GROUPS.values()),
    console_page(
        ITEMS, "项目内容", "catalogue_items.html", show_items, help="点一项可以更改、移动或删除。改好后回到项目页发布。"
    ),
)
