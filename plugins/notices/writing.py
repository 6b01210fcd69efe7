"""How a notice is written: its words, to whom it goes, what goes along."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from hub.api import (
    Asked,
    Attachment,
    Button,
    Buttons,
    Conflict,
    Context,
    Invalid,
    Moved,
    Region,
    Upload,
    VersionRequest,
    next_number,
    one_line,
    read_words,
    take_attachment,
    taken,
    unit_of,
)
from plugins.notices.business import NOTICES, at_desk, check_level, check_sender, counties_on
from plugins.notices.config import NoticesConfig
from plugins.notices.documents import ROLES, Notice

MOST_FILES, LONGEST_TITLE, LONGEST_TEXT = 5, 60, 2000
Code = Annotated[str, msgspec.Meta(max_length=20)]
Some = msgspec.Meta(max_length=100)
ASKS = {"true": "要，谁没有读看得到", "false": "不要"}
URGENT = {"false": "一般，夜里不打扰", "true": "紧急，夜里也发"}


class WordsRequest(VersionRequest, frozen=True, kw_only=True):
    """What a notice says, and to whom; of a new one there is no ``version``."""

    version: int = 0
    title: Annotated[str, Asked("标题"), msgspec.Meta(min_length=2, max_length=LONGEST_TITLE)]
    text: Annotated[
        str, Asked("正文", "不要写个人信息", long=True), msgspec.Meta(min_length=2, max_length=LONGEST_TEXT)
    ]
    asks: Annotated[bool, Asked("要每个人确认已读吗", choices=ASKS, look="options")] = True
    urgent: Annotated[bool, Asked("急不急", choices=URGENT, look="options")] = False
    roles: Annotated[tuple[Code, ...], Asked("发给谁"), msgspec.Meta(min_length=1, max_length=len(ROLES))]
    towns: Annotated[tuple[Code, ...], Asked("只发到哪里", "不选就是全部"), Some] = ()
    bureaus: Annotated[tuple[Code, ...], Asked("只发给哪些部门的人", "群众不分部门；不选就是所有部门"), Some] = ()


class VillagesRequest(VersionRequest, frozen=True, kw_only=True):
    """Of the chosen towns these villages alone; of a town without any the whole."""

    villages: Annotated[tuple[Code, ...], Asked("只发到这些村（社区）"), msgspec.Meta(max_length=300)] = ()


class DetachRequest(VersionRequest, frozen=True, kw_only=True):
    """Which attachment goes."""

    file: Annotated[str, Asked("去掉哪个附件"), msgspec.Meta(max_length=64)]


def towns_of(ctx: Context) -> list[Region]:
    """What may be chosen here: the towns of a county, of a city the counties that have notices."""
    if ctx.county is None:
        return [ctx.regions[county] for county in counties_on(ctx)]
    return [each for each in ctx.regions.children(ctx.place.code) if each.status == "active"]


def villages_of(ctx: Context, notice: Notice) -> list[Region]:
    """Those of the chosen towns."""
    below = [each for town in notice.towns for each in ctx.regions.children(town)]
    return [each for each in below if each.status == "active"] if notice.county else []


def said(ctx: Context, words: WordsRequest) -> dict[str, Any]:
    """As it is kept; ``Invalid`` for what was not offered."""
    towns, bureaus = [town.code for town in towns_of(ctx)], ctx.settings(NoticesConfig).bureaus
    offered = {"roles": tuple(ROLES), "bureaus": bureaus, "towns": tuple(towns)}
    wrong = {name: "不在可选范围内，请重新选择。" for name in offered if set(getattr(words, name)) - set(offered[name])}
    if wrong:
        raise Invalid(fields=wrong)
    return {
        "title": one_line(read_words(words.title, "title", "标题", LONGEST_TITLE)),
        "text": read_words(words.text, "text", "正文", LONGEST_TEXT),
        **taken(words, "roles", "bureaus", "towns", "urgent", "asks"),
    }


async def write(ctx: Context, words: WordsRequest) -> Notice:
    """A draft, which nobody gets yet."""
    check_level(ctx)
    check_sender(ctx)
    bureau = next((reach.bureau for reach in ctx.scope.reaches if reach.region in ctx.place.path), None)
    unit, number = unit_of(ctx, ctx.place.code, bureau), await next_number(ctx, "X")
    draft = Notice(id=ctx.new_id(), place=ctx.place.code, number=number, state="draft", unit=unit, **said(ctx, words))
    return await NOTICES.open(ctx, draft, "拟稿")


async def describe(ctx: Context, notice: Notice, form: WordsRequest) -> Moved[Notice]:
    """修改"""
    after = replace(notice, **said(ctx, form))
    there = {each.code for each in villages_of(ctx, after)}
    return Moved(replace(after, villages=tuple(code for code in after.villages if code in there)))


async def choose(ctx: Context, notice: Notice, form: VillagesRequest) -> Moved[Notice]:
    """选村（社区）"""
    if set(form.villages) - {each.code for each in villages_of(ctx, notice)}:
        raise Invalid(fields={"villages": "有的村（社区）不在所选的乡镇里，请重新选择。"})
    return Moved(replace(notice, villages=form.villages))


async def attach(ctx: Context, id: str, upload: Upload) -> Notice:
    """One more file, checked by its content."""
    check_draft(ctx, await at_desk(ctx, id))

    async def add(unit: Context, new: Attachment) -> Notice:
        notice = await at_desk(unit, id)
        check_draft(unit, notice)
        if len(notice.files) >= MOST_FILES:
            raise Conflict(f"最多{MOST_FILES}个附件，请先去掉一个。")
        await unit.files.claim(new.stored, notice.id)
        return await NOTICES.amend(unit, notice, replace(notice, files=(*notice.files, new)), "attach", "添加附件")

    async with take_attachment(ctx, upload, ctx.settings(NoticesConfig).pages) as new:
        return await ctx.in_transaction(partial(add, new=new))


async def detach(ctx: Context, notice: Notice, form: DetachRequest) -> Moved[Notice]:
    """去掉附件"""
    gone = next((each for each in notice.files if each.file == form.file), None)
    if gone is None:
        raise Invalid(fields={"file": "没有这个附件，请重新选择。"})
    await ctx.files.release(gone.stored, notice.id)
    return Moved(replace(notice, files=tuple(each for each in notice.files if each != gone)))


def check_draft(ctx: Context, notice: Notice) -> None:
    if notice.state != "draft":
        raise Conflict("只有草稿可以改。已发出的请撤回，另写一条。")


def check_towns(ctx: Context, notice: Notice) -> None:
    if not villages_of(ctx, notice):
        raise Conflict("请先选几个乡镇，再选其中的村（社区）。")


def check_files(ctx: Context, notice: Notice) -> None:
    if not notice.files:
        raise Conflict("还没有附件。")


BUTTONS: Buttons[Notice] = (
    Button(name="describe", label="修改", call=describe, form=WordsRequest, rows=(), checks=(check_draft,)),
    Button(
        name="choose",
        label="选村（社区）",
        call=choose,
        form=VillagesRequest,
        rows=(),
        checks=(check_draft, check_towns),
    ),
    Button(
        name="detach", label="去掉附件", call=detach, form=DetachRequest, rows=(), checks=(check_draft, check_files)
    ),
)
