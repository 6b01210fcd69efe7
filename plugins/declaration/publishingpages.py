"""The pages of what is done with a project of 项目目录: asked before it is done, looked at as residents will see it, and its versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from hub.api import Context, Form, NotFound, Page
from plugins.declaration import cataloguing, views
from plugins.declaration.actions import catalogue, revisions
from plugins.declaration.actions.differences import Change, record_in_words
from plugins.declaration.actions.revisions import Desk, desk_of, group_named, item_mark
from plugins.declaration.asking import answers_asked, console_page, whom
from plugins.declaration.cataloguing import ITEM, ITEMS, PROJECT, CatalogueView
from plugins.declaration.groups import GROUPS, Group
from plugins.declaration.pages import NoticePage, notice_page
from plugins.declaration.projects import Project


class SurePage(msgspec.Struct, frozen=True, kw_only=True):
    """What comes of it, before it is done."""

    title: str
    href: str
    says: tuple[str, ...]
    seen: str
    was: str | None = None
    tone: str = ""


class PublishPage(SurePage, frozen=True, kw_only=True):
    """``changes`` as (what, now, then)."""

    changes: tuple[tuple[str, str, str], ...]
    flaws: tuple[tuple[str, str], ...]


class PreviewPage(NoticePage, frozen=True, kw_only=True):
    """申报须知 as residents would see it."""

    href: str


class PreviewForm(msgspec.Struct, frozen=True, kw_only=True):
    """The draft's own questions and materials, as residents would be asked."""

    project: Project
    href: str
    materials: tuple[tuple[str, str, bool], ...]


class EditionsPage(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    lines: tuple[cataloguing.EditionLine, ...]
    href: str


class EditionPage(msgspec.Struct, frozen=True, kw_only=True):
    """A version: ``parts`` are its groups, each with pairs of a word and what it is."""

    title: str
    href: str
    line: cataloguing.EditionLine
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


# --- before something is done ---------------------------------------------------------------------------------------------------


async def removing(ctx: Context, code: str, group: str, number: int) -> SurePage:
    """删除一项前"""
    return await _about_item(ctx, code, group, number, "只从草稿里去掉，发布后才生效。", "bad")


async def moving(ctx: Context, code: str, group: str, number: int) -> SurePage:
    """移动一项前"""
    return await _about_item(ctx, code, group, number, "在草稿里按您选的方向移一位，发布后才生效。", "")


async def _about_item(ctx: Context, code: str, group: str, number: int, says: str, tone: str) -> SurePage:
    desk, kind = await desk_of(ctx, code), group_named(group)
    items = kind.items(desk.terms)
    if not 0 <= number < len(items):
        raise NotFound("这一项已经不在了。")
    title, href = f"{kind.title}“{kind.called(ctx, items[number])}”", f"/catalogue/{code}{kind.path}"
    return SurePage(title=title, href=href, says=(says,), seen=desk.seen, was=item_mark(items, number), tone=tone)


async def publishing(ctx: Context, code: str) -> PublishPage:
    """发布前"""
    view = await cataloguing.show_catalogue(ctx, code)
    if not view.version:
        raise NotFound("没有草稿，不用发布。")
    whose = "本县" if ctx.county else "全市（已另行规定的区县除外）"
    return PublishPage(
        title=view.name,
        href=f"/catalogue/{code}",
        says=(f"发布后马上生效：{whose}新的申报和没有提交的草稿按新规定。", _kept(view.cases), *_behind(view)),
        seen=view.seen,
        changes=tuple(_cells(change) for change in view.changes),
        flaws=tuple((_said_where(flaw.group, flaw.text), f"/catalogue/{code}{_where(flaw)}") for flaw in view.flaws),
    )


def _kept(cases: int) -> str:
    return f"在办的{cases}件按提交时的规定继续办理。" if cases else "现在没有在办的申报。"


def _cells(change: Change) -> tuple[str, str, str]:
    return change.what, change.was, change.becomes


def _said_where(group: str, text: str) -> str:
    return f"{GROUPS[group].title}：{text}"


def _where(flaw: Any) -> str:
    group = GROUPS[flaw.group]
    return f"{group.path}/{flaw.at}" if group.many and flaw.field else group.path


def _behind(view: CatalogueView) -> tuple[str, ...]:
    return ("草稿开始后，这里又发布过新内容，请看清下面的不同。",) if view.behind else ()


async def discarding(ctx: Context, code: str) -> SurePage:
    """放弃草稿前"""
    desk = await desk_of(ctx, code)
    if desk.revision is None:
        raise NotFound("没有草稿。")
    says = (f"这份草稿（最后由{desk.revision.by}更改）全部去掉，不能找回。", "已发布的内容不变。")
    return SurePage(title=desk.terms.name, href="/catalogue", says=says, seen=desk.seen, tone="bad")


async def withdrawing(ctx: Context, code: str) -> SurePage:
    """停用前"""
    says = ("居民马上看不到这个项目，不能再提交申报。", *_elsewhere(ctx), "以后可以恢复。")
    return await _standing(ctx, await desk_of(ctx, code), says, "bad")


async def resuming(ctx: Context, code: str) -> SurePage:
    """恢复申报前"""
    says = ("居民马上可以看到这个项目，按申报时间申报。", *_elsewhere(ctx))
    return await _standing(ctx, await desk_of(ctx, code), says, "")


def _elsewhere(ctx: Context) -> tuple[str, ...]:
    """A county with its own terms offers them itself."""
    return () if ctx.county else ("已另行规定的区县不变，由区县自己停用或恢复。",)


async def following(ctx: Context, code: str) -> SurePage:
    """恢复与市一致前"""
    desk = await desk_of(ctx, code)
    says = (
        "本县另行规定的内容不再使用，马上按全市的规定。",
        *filter(None, [_left_stopped(desk)]),
        "原来的内容在版本记录里，可以再作为草稿。",
    )
    return await _standing(ctx, desk, says, "bad")


def _left_stopped(desk: Desk) -> str:
    """Why nobody can declare for it when it is as the city is; "" where they can."""
    if desk.above is not None and desk.above.withdrawn:
        return "全市已停用这个项目：居民马上看不到，不能再提交申报。"
    return "本县已停用这个项目：仍然停用，要受理请再恢复申报。" if desk.own and desk.own.withdrawn else ""


async def _standing(ctx: Context, desk: Desk, says: tuple[str, ...], tone: str) -> SurePage:
    cases = (await cataloguing.open_cases(ctx, [desk.code])).get(desk.code, 0)
    return SurePage(
        title=desk.terms.name,
        href=f"/catalogue/{desk.code}",
        says=(*says, _kept(cases)),
        seen=desk.seen,
        tone=tone,
    )


async def restoring(ctx: Context, code: str, number: int) -> SurePage:
    """把一个版本作为草稿前"""
    desk = await desk_of(ctx, code)
    await revisions.edition_of(ctx, code, number)
    says = ("这个版本的全部内容放进草稿，发布后才生效。", *(["现在的草稿会被替换。"] if desk.revision else []))
    return SurePage(title=f"{desk.terms.name}第{number}版", href=f"/catalogue/{code}", says=says, seen=desk.seen)


# --- the preview, and versions ----------------------------------------------------------------------------------------------------


async def preview(ctx: Context, code: str) -> PreviewPage:
    """预览申报须知"""
    desk = await desk_of(ctx, code)
    notice = notice_page(ctx, views.project_view(ctx, desk.terms, catalogue.today_of(ctx)))
    return PreviewPage(href=f"/catalogue/{code}", **msgspec.structs.asdict(notice))


async def preview_form(ctx: Context, code: str) -> PreviewForm:
    """预览申报内容"""
    form = (desk := await desk_of(ctx, code)).terms.form
    labels = {category.key: category.label for category in form.categories}
    return PreviewForm(
        project=desk.terms,
        href=f"/catalogue/{code}",
        materials=tuple((each.label, whom(each, labels) or each.hint, each.required) for each in form.materials),
    )


async def show_editions(ctx: Context, code: str) -> EditionsPage:
    """版本记录"""
    lines = tuple(await cataloguing.list_editions(ctx, code))
    desk = await desk_of(ctx, code)
    return EditionsPage(title=desk.terms.name, lines=lines, href=f"/catalogue/{code}")


async def show_edition(ctx: Context, code: str, number: int) -> EditionPage:
    """一个版本"""
    revisions.check_place(ctx)
    edition = await revisions.edition_of(ctx, code, number)
    return EditionPage(
        title=edition.terms.name,
        href=f"/catalogue/{code}/editions",
        line=cataloguing.edition_line(edition),
        parts=tuple((group.title, tuple(_pairs(ctx, group, edition.terms))) for group in GROUPS.values()),
    )


def _pairs(ctx: Context, group: Group, project: Project) -> list[tuple[str, str]]:
    items = group.items(project)
    if group.many:
        return [(group.called(ctx, item), "，".join(filter(None, group.says(item))) or "有") for item in items]
    return record_in_words(items[0])


# --- the table of pages ---


def _sure(path: str, title: str, load: Any, help: str, then: str = PROJECT) -> Page:
    """What is asked before it is done."""
    form = Form(route=path, then=then, submit=title, start=_seen, anew=("seen",))
    return console_page(path, title, "identity/sure.html", load, form, help=help)


def _seen(page: SurePage) -> Mapping[str, Any]:
    return {"seen": page.seen, "was": page.was}


PAGES = (
    _sure(
        f"{ITEM}/remove",
        "删除",
        removing,
        "删错了，发布前可以重新加上，也可以放弃草稿。在办的申报按提交时的规定办，不受影响。",
        ITEMS,
    ),
    _sure(
        f"{ITEM}/move",
        "移动",
        moving,
        "居民看到的先后，就是这里的先后；办理环节也照这个先后走。移错了，把它下面的一项移上来。",
        ITEMS,
    ),
    console_page(
        PROJECT + "/preview", "预览", "catalogue_preview.html", preview, help="居民看到的就是这样。只能看，不能申报。"
    ),
    console_page(
        PROJECT + "/try",
        "预览申报内容",
        "catalogue_try.html",
        preview_form,
        Form(
            route=PROJECT + "/try",
            shows="declaration/catalogue_tried.html",
            submit="试填",
            keyed=lambda page: answers_asked(page.project.form),
        ),
        help="试着填一遍，看看提示对不对。填的内容不会保存，也不会提交。",
    ),
    console_page(
        PROJECT + "/publish",
        "发布",
        "catalogue_publish.html",
        publishing,
        Form(route=PROJECT + "/publish", then=PROJECT, submit="确认发布", start=_seen, anew=("seen",)),
        help="逐条看清改了什么，再确认。发布后可以在版本记录里找回以前的内容。",
    ),
    _sure(
        PROJECT + "/discard",
        "放弃草稿",
        discarding,
        "改乱了、不要了，才放弃。只是以后再改的，直接返回，草稿会留着。草稿是别人改的，先问问他。",
        "/catalogue",
    ),
    _sure(
        PROJECT + "/withdraw",
        "停用",
        withdrawing,
        "停用前先告诉窗口和村（社区），免得群众白跑。只想改内容的，不用停用，改好草稿再发布就行。",
    ),
    _sure(
        PROJECT + "/resume",
        "恢复申报",
        resuming,
        "先看申报时间、材料和办理环节对不对，再恢复，并告诉窗口和村（社区）。发现不对，可以马上再停用。",
    ),
    _sure(
        PROJECT + "/follow-city",
        "恢复与市一致",
        following,
        "以后全市改了规定，本县跟着变。本县要有不同，再改、再发布就行。拿不准的，先问本县的业务主管部门。",
    ),
    console_page(
        PROJECT + "/editions",
        "版本记录",
        "catalogue_editions.html",
        show_editions,
        help="每次发布都记在这里。点一个版本，可以查看，也可以再作为草稿。",
    ),
    console_page(
        PROJECT + "/editions/{number}",
        "版本",
        "catalogue_edition.html",
        show_edition,
        help="只能看，不能改。要用回这一版，点“作为草稿”，再发布；发布以前，居民看到的都不变。",
    ),
    _sure(
        PROJECT + "/editions/{number}/restore",
        "作为草稿",
        restoring,
        "放好以后回到项目页，先预览，看清和现在有哪些不同，再发布。不要了，可以放弃草稿。",
    ),
)
